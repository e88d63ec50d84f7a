"""Proposals: what is to become of held doses, each line on a ground that may carry it.

lines ─► held here? ─► release: the maker's opinion, or the maker's limits · destroy: an opinion · missing: a paper ─► digest

Nobody decides `usable` on a model: heat sums and vial monitors stand in the evidence as estimates, and are no ground.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import select

from coldchain.archive import audit, documents, images, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition import changed
from coldchain.archive.disposition.dossiers import check_seen, dossier_row, lines_of, show, version_row
from coldchain.archive.disposition.papers import counting_opinion
from coldchain.archive.disposition.records import Proposal
from coldchain.archive.disposition.words import CARRIED_OUT, Outcome, State, Verdict
from coldchain.archive.rows import Record, check_texts
from coldchain.errors import BadInput, Stale


class NewLine(Record, frozen=True, kw_only=True):
    """What is to become of so many doses of a lot in one place; `document` shows that they are missing."""

    lot: str
    compartment: int | None
    doses: int
    outcome: Outcome
    document: str | None = None


class NewProposal(Record, frozen=True, kw_only=True):
    """What is to become of a dossier's doses, or of some of them; `version` is the evidence that was looked at."""

    version: int
    lines: list[NewLine]
    why: str = ""


async def propose(tx: Tx, number: int, new: NewProposal, by: By, *, seen: str | None = None) -> Proposal:
    """Propose a decision. One that was proposed before and is not decided lapses, with its signature.

    Raises:
        BadInput: naming the line and why it cannot be.
        Stale: when facts came since, and another version is in force.
    """
    await audit.begin(tx)
    await check_seen(tx, number, seen)
    row = await dossier_row(tx, number)
    check_texts("proposal", {"why": new.why})
    await _check_version(tx, row, new.version)
    lines = [await _grounded(tx, row, line, by) for line in await _checked(tx, row, new.lines)]
    await changed.lapse(tx, row, by, "another proposal took its place")
    content = {"evidence": (await version_row(tx, row)).sha256, "version": row.version, "why": new.why, "lines": lines}
    digest = hashlib.sha256(images.canonical(content).encode()).hexdigest()
    proposal = tables.Proposal(
        dossier=number, version=row.version, why=new.why, sha256=digest, by=by.actor, at=by.at
    )  # fmt: skip
    tx.add(proposal)
    await tx.flush()
    rows = [tables.ProposalLine(proposal=proposal.id, **line) for line in lines]
    tx.add_all(rows)
    row.state = State.PROPOSED.value
    await audit.record(tx, by, "proposed", [proposal, *rows, row])
    return (await show(tx, number)).proposals[-1]


async def check_held(tx: Tx, row: tables.Dossier, lines: Sequence[Any]) -> None:
    """Refuse lines that name more doses than the dossier holds there now and nobody decided about.

    Raises:
        BadInput: naming the line.
    """
    held = {(line.lot, line.compartment): line.doses for line in await lines_of(tx, row)}
    for decided in await due(tx, row):
        held[decided.lot, decided.compartment] -= decided.doses
    for line in lines:
        there = held.get((line.lot, line.compartment), 0)
        if line.doses > there:
            wrong = f"{there} doses of {line.lot} are held there and undecided, not {line.doses}"
            raise BadInput(
                "doses", wrong, "propose for what is held, by lot and compartment; carry out what is decided"
            )


async def due(tx: Tx, row: tables.Dossier) -> list[tables.ProposalLine]:
    """What was decided on this version and is still to be carried out, where it is still held.

    What was set apart meanwhile is elsewhere, and decided there.
    """
    held = {(line.lot, line.compartment): line.doses for line in await lines_of(tx, row)}
    found = []
    for line in await _decided(tx, row):
        place = line.lot, line.compartment
        if held.get(place, 0) >= line.doses:
            held[place] -= line.doses
            found.append(line)
    return found


async def _decided(tx: Tx, row: tables.Dossier) -> list[tables.ProposalLine]:
    line, proposal = tables.ProposalLine, tables.Proposal
    query = select(line).join(proposal, proposal.id == line.proposal).where(proposal.dossier == row.id)
    query = query.where(proposal.version == row.version, proposal.decided_at.is_not(None), line.movement.is_(None))
    query = query.where(line.outcome.in_([outcome.value for outcome in CARRIED_OUT])).order_by(line.id.desc())
    return list(await tx.scalars(query.execution_options(populate_existing=True)))


async def _check_version(tx: Tx, row: tables.Dossier, version: int) -> None:
    if version != row.version:
        raise Stale("version", f"{version} is not in force, {row.version} is", "look at what changed, and propose anew")
    if (await version_row(tx, row)).sha256 is None:
        raise BadInput("dossier", "its evidence is not frozen", "freeze it first")


async def _checked(tx: Tx, row: tables.Dossier, lines: Sequence[NewLine]) -> Sequence[NewLine]:
    if len({(line.lot, line.compartment) for line in lines}) < len(lines):
        raise BadInput("lines", "a lot is named twice in one place", "write one line for each lot and compartment")
    if any(line.doses < 1 for line in lines):
        raise BadInput("doses", "a line is of no dose", "leave the line out, or write 1 or more")
    if not lines and (row.state == State.DECIDED or await lines_of(tx, row)):
        raise BadInput("lines", "nothing is proposed", "say what is to become of what is held, if anything is")
    await check_held(tx, row, lines)
    return lines


async def _grounded(tx: Tx, row: tables.Dossier, line: NewLine, by: By) -> dict[str, Any]:
    """The line with what it rests on."""
    opinion = await counting_opinion(tx, row, line.lot)
    limits: list[int] = []
    if line.outcome is Outcome.RELEASE:
        limits = await check_release(tx, row, line, opinion, by)
    elif line.outcome is Outcome.DESTROY and opinion is None:
        raise BadInput("outcome", f"nobody gave an opinion on {line.lot}", "enter the manufacturer's opinion first")
    elif line.outcome is Outcome.MISSING and line.document is None:
        raise BadInput("document", f"nothing shows that {line.lot} is missing", "add the sheet of the count")
    if line.outcome is not Outcome.RELEASE and line.compartment is None:
        wrong = f"nobody knows where these doses of {line.lot} are"
        raise BadInput("compartment", wrong, "isolate them: a movement with `held` says where they are")
    await documents.check(tx, "document", line.document)
    said: dict[str, Any] = msgspec.to_builtins(line)
    return said | {"opinion": None if opinion is None else opinion.id, "stability": limits}


async def check_release(
    tx: Tx, row: tables.Dossier, line: NewLine | tables.ProposalLine, opinion: tables.Opinion | None, by: By
) -> list[int]:  # fmt: skip
    """The lines of the maker's table that carry a release where there is no opinion.

    Raises:
        BadInput: when neither carries it, or no longer.
    """
    if opinion is not None:
        _check_opinion(opinion, by)
        return []
    evidence = (await version_row(tx, row)).evidence
    known = msgspec.json.decode(evidence or b"{}").get("exposures", {}).get(line.lot, {})
    limits: list[int] = known.get("covered_by", [])
    standing = [each for each in limits if await _stands(tx, each, by)]
    if not standing or len(standing) < len(limits):
        wrong = f"no opinion says that {line.lot} is usable, and no table of its maker that its exposure is covered"
        raise BadInput("outcome", wrong, "wait for the manufacturer's opinion; estimates are no ground")
    return limits


def _check_opinion(opinion: tables.Opinion, by: By) -> None:
    if opinion.verdict == Verdict.NOT_USABLE:
        wrong = f"{opinion.organisation} wrote that {opinion.lot} is not usable"
        raise BadInput("outcome", wrong, "destroy or return it")
    today = datetime.fromtimestamp(by.at / 1000, UTC).date().isoformat()
    if opinion.use_by is not None and opinion.use_by < today:
        wrong = f"{opinion.organisation} allowed the use of {opinion.lot} until {opinion.use_by}"
        raise BadInput("outcome", wrong, "destroy or return it, or ask again")


async def _stands(tx: Tx, number: int, by: By) -> bool:
    row = await tx.get(tables.Stability, number)
    is_there = row is not None and row.withdrawn_at is None and row.valid_from <= by.at
    is_there = is_there and row is not None and row.approved_at is not None
    return is_there and row is not None and (row.valid_to is None or row.valid_to > by.at)
