"""Carrying out: a destruction under the eyes of an outsider, or a return to whom takes it, by a signed scan.

decided lines ─► witness (name, organisation, scan) ─► a movement for each line, with its held doses ─► its holds are over
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import select

from coldchain.archive import audit, documents, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition import proposing
from coldchain.archive.disposition.dossiers import check_seen, dossier_row
from coldchain.archive.disposition.records import Witness
from coldchain.archive.disposition.words import CARRIED_OUT, Outcome, name_key
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.clock import iso
from coldchain.errors import BadInput

REASONS: Final = {Outcome.DESTROY: Reason.DISPOSED, Outcome.RETURN: Reason.RETURNED}


class NewWitness(Record, frozen=True, kw_only=True):
    """Who saw it, from where, by which scan, and when."""

    outcome: Outcome
    name: str
    organisation: str
    document: str
    seen_at: int


async def witness(tx: Tx, number: int, new: NewWitness, by: By, *, seen: str | None = None) -> Witness:
    """Carry out all that was decided to be destroyed, or to be returned.

    Raises:
        BadInput: when nothing of the kind is decided and due, the witness is not from outside, the time cannot be, or the
            scan does not exist.
    """
    await audit.begin(tx)
    await check_seen(tx, number, seen)
    row = await dossier_row(tx, number)
    check_texts("witness", {"name": new.name, "organisation": new.organisation})
    due = await _due(tx, row, new.outcome)
    await _check_outsider(tx, row, new)
    _check_time(new, [proposal for _, proposal in due], by)
    await documents.check(tx, "document", new.document)
    entered = tables.Witness(
        dossier=number, outcome=str(new.outcome), name=new.name.strip(), organisation=new.organisation.strip(),
        document=new.document, seen_at=new.seen_at, by=by.actor, at=by.at,
    )  # fmt: skip
    tx.add(entered)
    await tx.flush()
    for line, _ in due:
        line.witness = entered.id
        await tx.flush()
        await lots.move(tx, _movement(row, line, new), by)
    await audit.record(tx, by, "carried_out", [entered, *(line for line, _ in due)])
    return record_of(entered, Witness)


def _movement(row: tables.Dossier, line: tables.ProposalLine, new: NewWitness) -> NewMovement:
    return NewMovement(
        lot=line.lot, at=new.seen_at, doses=line.doses, held=line.doses, reason=REASONS[new.outcome],
        source=line.compartment, document=f"dossier {row.id}", counterparty=new.organisation.strip(),
        taken_by=new.name.strip(),
    )  # fmt: skip


async def _due(
    tx: Tx, row: tables.Dossier, outcome: Outcome
) -> list[tuple[tables.ProposalLine, tables.Proposal]]:  # fmt: skip
    if outcome not in CARRIED_OUT:
        raise BadInput("outcome", f"{outcome!s} needs no witness", "name a destruction or a return")
    lines = sorted(await proposing.due(tx, row), key=lambda line: line.id)
    found = [
        (line, await tx.get_one(tables.Proposal, line.proposal)) for line in lines if line.outcome == outcome.value
    ]
    if not found:
        raise BadInput("outcome", f"nothing is decided and due to {outcome!s}", "propose it, and have it signed by two")
    return found


async def _check_outsider(tx: Tx, row: tables.Dossier, new: NewWitness) -> None:
    """Nobody who keeps the vaccine, or decided about it, witnesses its destruction."""
    signature, proposal = tables.Signature, tables.Proposal
    signed = select(signature.display).join(proposal, proposal.id == signature.proposal)
    deciders = set(await tx.scalars(signed.where(proposal.dossier == row.id)))
    await check_outside(tx, row.facility, new.name, new.organisation, deciders)


async def check_outside(tx: Tx, facility_code: str, name: str, organisation: str, others: Collection[str]) -> None:
    """Refuse a witness who is of the facility, or one of `others`.

    Raises:
        BadInput: naming who or what is not from outside.
    """
    if not name.strip() or not organisation.strip():
        raise BadInput("name", "nobody from outside is named", "write the name and the organisation")
    person, facility = tables.Person, await tx.get_one(tables.Facility, facility_code)
    staff = {*others, *await tx.scalars(select(person.name).where(person.facility == facility_code))}
    if name_key(name) in {name_key(each) for each in staff}:
        raise BadInput("name", f"{name.strip()} is of the house", "let somebody from outside see it")
    if name_key(organisation) in {name_key(each) for each in (facility.name_zh, facility.name_en, facility.code)}:
        raise BadInput("organisation", "it is the facility itself", "let somebody from outside see it")


def _check_time(new: NewWitness, proposals: list[tables.Proposal], by: By) -> None:
    decided = max(each.decided_at or 0 for each in proposals)
    if not decided <= new.seen_at <= by.at:
        wrong = f"{iso(new.seen_at)} is not between the decision and now"
        raise BadInput("seen_at", wrong, f"write when it was, after {iso(decided)}")
