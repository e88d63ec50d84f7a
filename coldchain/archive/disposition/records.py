"""The records of a dossier: what callers see of its rows.

dossier ─► lines, gone, versions · papers, opinions, reports · proposals with lines and signatures · witnesses
"""

import hashlib
from typing import Any

import msgspec

from coldchain.archive import images
from coldchain.archive.disposition.words import Outcome, State, Verdict
from coldchain.archive.rows import Record


class Dossier(Record, frozen=True, kw_only=True):
    """What an excursion's doses at one facility are decided by."""

    id: int
    excursion: str
    facility: str
    version: int
    state: State
    opened_at: int


class Version(Record, frozen=True, kw_only=True):
    """A version without its evidence; `changed` names the facts that the one before did not say so."""

    version: int
    opened_at: int
    changed: list[str]
    back: list[dict[str, Any]]
    revision: int | None
    sha256: str | None
    frozen_at: int | None
    frozen_by: str | None


class Line(Record, frozen=True, kw_only=True):
    """Doses of a lot held in one place (None: somewhere at the facility)."""

    lot: str
    compartment: int | None
    doses: int


class Gone(Record, frozen=True, kw_only=True):
    """Doses that had left before they could be held, with the movement that tells of it, and when that was entered."""

    lot: str
    compartment: int | None
    doses: int
    movement: int | None
    lifted_at: int | None


class Paper(Record, frozen=True, kw_only=True):
    """A photo or document in a dossier."""

    id: int
    document: str
    kind: str
    note: str
    by: str
    at: int
    withdrawn_at: int | None


class Opinion(Record, frozen=True, kw_only=True):
    """What the holder of the marketing authorisation wrote about a lot."""

    id: int
    version: int
    lot: str
    verdict: Verdict
    condition: str
    use_by: str | None
    author: str
    organisation: str
    dated: str
    document: str
    by: str
    at: int
    withdrawn_at: int | None


class Report(Record, frozen=True, kw_only=True):
    """A report to an authority, as it was made."""

    id: int
    article: str
    authority: str
    told: str
    told_at: int
    document: str
    note: str
    by: str
    at: int
    withdrawn_at: int | None


class Signature(Record, frozen=True, kw_only=True):
    """A name under a proposal."""

    place: int
    user: str
    display: str
    role: str
    meaning: str
    sha256: str
    at: int


class ProposedLine(Record, frozen=True, kw_only=True):
    """What is to become of doses, and on what that rests; `movement`: carried out."""

    lot: str
    compartment: int | None
    doses: int
    outcome: Outcome
    opinion: int | None
    stability: list[int]
    document: str | None
    witness: int | None
    movement: int | None


class Proposal(Record, frozen=True, kw_only=True):
    """A proposal with its lines and signatures."""

    id: int
    version: int
    why: str
    sha256: str
    by: str
    at: int
    decided_at: int | None
    lapsed_at: int | None
    lapsed_why: str | None
    lines: list[ProposedLine]
    signatures: list[Signature]


class Witness(Record, frozen=True, kw_only=True):
    """An outsider who saw a destruction, or took a return."""

    id: int
    outcome: Outcome
    name: str
    organisation: str
    document: str
    seen_at: int
    by: str
    at: int


class Shown(Record, frozen=True, kw_only=True):
    """All of a dossier but the evidence itself."""

    dossier: Dossier
    lines: list[Line]
    gone: list[Gone]
    versions: list[Version]
    papers: list[Paper]
    opinions: list[Opinion]
    reports: list[Report]
    reports_due: list[tuple[str, str]]
    proposals: list[Proposal]
    witnesses: list[Witness]

    @property
    def tag(self) -> str:
        """The state of all of it in 16 characters."""
        return hashlib.sha256(images.canonical(msgspec.to_builtins(self)).encode()).hexdigest()[:16]
