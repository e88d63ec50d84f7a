"""The shapes of dossiers: what callers send, and what they are told. Times are ISO 8601 with offset."""

from typing import Any, Literal

from pydantic import Field

from coldchain.archive.disposition.words import Outcome, State, Verdict
from dashboards.api.models import Shape

Number = int
Sha = str


class DossierRow(Shape):
    """A dossier in a list."""

    id: Number
    excursion: str
    facility: str
    version: int
    state: State
    opened_at: str


class HeldAnswer(Shape):
    """Doses of a lot held in one place."""

    lot: str
    compartment: int | None = Field(description="Its number, as proposals name it; null: somewhere at the facility.")
    place: str | None = Field(description="equipment/compartment")
    doses: int


class GoneAnswer(Shape):
    """Doses that had been issued, or had gone on, before they could be held."""

    lot: str
    place: str | None
    doses: int
    movement: Number | None
    lifted_at: str | None


class BackAnswer(Shape):
    """Released doses when later facts came: held again, or gone by that movement."""

    lot: str
    doses: int
    facility: str
    compartment: int | None
    movement: Number | None
    held: bool


class VersionAnswer(Shape):
    """A version; `sha256` is of its evidence, which has an address of its own."""

    version: int
    opened_at: str
    changed: list[str] = Field(description="The facts that the version before did not say so.")
    back: list[BackAnswer]
    revision: int | None
    sha256: str | None
    frozen_at: str | None
    frozen_by: str | None


class PaperAnswer(Shape):
    """A photo or document."""

    id: Number
    document: Sha
    kind: str
    note: str
    by: str
    at: str
    withdrawn_at: str | None


class OpinionAnswer(Shape):
    """What the manufacturer wrote about a lot."""

    id: Number
    version: int
    lot: str
    verdict: Verdict
    condition: str
    use_by: str | None
    author: str
    organisation: str
    dated: str
    document: Sha
    by: str
    at: str
    withdrawn_at: str | None


class ReportAnswer(Shape):
    """A report to an authority."""

    id: Number
    article: str
    authority: str
    told: str
    told_at: str
    document: Sha
    note: str
    by: str
    at: str
    withdrawn_at: str | None


class SignatureAnswer(Shape):
    """A name under a proposal."""

    place: int
    user: str
    display: str
    role: str
    meaning: str
    sha256: str
    at: str


class ProposedLineAnswer(Shape):
    """What is to become of doses, and on what that rests."""

    lot: str
    compartment: int | None
    doses: int
    outcome: Outcome
    opinion: Number | None
    stability: list[Number] = Field(description="Lines of the maker's table that cover the exposure.")
    document: Sha | None
    witness: Number | None
    movement: Number | None = Field(description="By which it was carried out.")


class ProposalAnswer(Shape):
    """A proposal; `sha256` is what is signed."""

    id: Number
    version: int
    why: str
    sha256: str
    by: str
    at: str
    decided_at: str | None
    lapsed_at: str | None
    lapsed_why: str | None
    lines: list[ProposedLineAnswer]
    signatures: list[SignatureAnswer]


class WitnessAnswer(Shape):
    """An outsider who saw it carried out."""

    id: Number
    outcome: Outcome
    name: str
    organisation: str
    document: Sha
    seen_at: str
    by: str
    at: str


class DueAnswer(Shape):
    """A report that the law demands and nobody has made."""

    article: str
    authority: str


class DossierAnswer(Shape):
    """All of a dossier but the evidence itself."""

    dossier: DossierRow
    lines: list[HeldAnswer]
    gone: list[GoneAnswer]
    versions: list[VersionAnswer]
    papers: list[PaperAnswer]
    opinions: list[OpinionAnswer]
    reports: list[ReportAnswer]
    reports_due: list[DueAnswer]
    proposals: list[ProposalAnswer]
    witnesses: list[WitnessAnswer]


class Opened(Shape):
    """An excursion and a facility where it holds doses."""

    excursion: str = Field(max_length=64)
    facility: str = Field(max_length=64)


class Frozen(Shape):
    """The version whose evidence is to be frozen."""

    version: int


class AppendixAnswer(Shape):
    """Who was told, as known now: the rows of the archive as the chains have them, numbers by fingerprint and first digits."""

    dossier: Number
    version: int
    frozen_sha256: Sha | None = Field(
        description="Of the alarms as they were frozen; null: nothing is, or by an older programme."
    )
    sha256: Sha = Field(description="Of the alarms as they are told here.")
    new: list[str] = Field(description="Rows that came after the freeze, by their names in the chains.")
    changed: list[str] = Field(description="Rows that were frozen and say otherwise now.")
    alarms: list[dict[str, Any]]


class SentPaper(Shape):
    """A document that was sent before."""

    document: str = Field(max_length=64)
    kind: Literal["photo", "document"] = "document"
    note: str = Field("", max_length=2000)


class SentOpinion(Shape):
    """A written opinion."""

    lot: str = Field(max_length=64)
    verdict: Verdict
    author: str = Field(max_length=200)
    organisation: str = Field(max_length=200)
    dated: str = Field(max_length=10)
    document: str = Field(max_length=64)
    condition: str = Field("", max_length=2000)
    use_by: str | None = Field(None, max_length=10)


class SentReport(Shape):
    """A report as it was made."""

    article: str = Field(max_length=20)
    authority: str = Field(max_length=20)
    told: str = Field(max_length=200)
    told_at: str = Field(max_length=40, description="ISO 8601 with offset, or ms since 1970.")
    document: str = Field(max_length=64)
    note: str = Field("", max_length=2000)


class SentLine(Shape):
    """What is to become of doses; `document` shows that they are missing."""

    lot: str = Field(max_length=64)
    compartment: int | None
    doses: int = Field(ge=1, le=2**31 - 1)
    outcome: Outcome
    document: str | None = Field(None, max_length=64)


class SentProposal(Shape):
    """A proposal on the evidence of a version."""

    version: int
    lines: list[SentLine] = Field(max_length=500)
    why: str = Field("", max_length=2000)


class SentSignature(Shape):
    """The caller's own password, once more."""

    password: str = Field(max_length=1000)
    meaning: str = Field("", max_length=500)


class SentWitness(Shape):
    """Who from outside saw it."""

    outcome: Outcome
    name: str = Field(max_length=200)
    organisation: str = Field(max_length=200)
    document: str = Field(max_length=64)
    seen_at: str = Field(max_length=40, description="ISO 8601 with offset, or ms since 1970.")
