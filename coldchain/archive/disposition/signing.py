"""Signing: two different users decide; with the second name a release lifts its holds.

password checked (before the transaction) ─► in scope? not the same person? nothing changed? ─► place 1 ─► place 2: decided

All that is signed is in the proposal's digest: the evidence, what it rests on, the lines. The transactions of two who sign
at once come one after the other, so that a place is taken once, and there is one decision.
"""

from typing import Final

from sqlalchemy import select

from coldchain.archive import audit, lots, tables, views
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition import placing
from coldchain.archive.disposition.dossiers import check_seen, dossier_row, lines_of, show
from coldchain.archive.disposition.papers import counting_opinion, state_by_opinions
from coldchain.archive.disposition.portions import shrunk
from coldchain.archive.disposition.proposing import check_held, check_release, due
from coldchain.archive.disposition.records import Proposal
from coldchain.archive.disposition.tracing import in_force
from coldchain.archive.disposition.words import CARRIED_OUT, LIFTED, Outcome, State, name_key
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.people import Role, User
from coldchain.archive.rows import check_texts
from coldchain.errors import BadInput, Stale

SIGNERS: Final = frozenset({Role.CLINIC, Role.MANAGER, Role.ADMINISTRATOR})
MEANINGS: Final = {1: "proposed to be so", 2: "decided so"}


async def sign(
    tx: Tx, number: int, proposal: int, user: User, by: By, *, meaning: str = "", seen: str | None = None
) -> Proposal:  # fmt: skip
    """Put a user's name, whose password was just checked, under a proposal.

    Raises:
        BadInput: when it lapsed or is decided, the user may not sign here, or has signed it already.
        Stale: when what it speaks of is no longer so.
    """
    check_texts("signature", {"meaning": meaning})
    await audit.begin(tx)
    await check_seen(tx, number, seen)
    row = await dossier_row(tx, number)
    await _check_signer(tx, row, user)
    standing = await _standing(tx, row, proposal)
    signed = await _signatures(tx, proposal)
    _check_other(user, signed)
    lines = await _lines(tx, proposal)
    await _check_ground(tx, row, lines, by)
    place = len(signed) + 1
    signature = tables.Signature(
        proposal=proposal, place=place, user=user.name, display=user.display, role=str(user.role),
        meaning=meaning or MEANINGS[place], sha256=standing.sha256, at=by.at,
    )  # fmt: skip
    tx.add(signature)
    await audit.record(tx, by, "signed", [signature])
    if place == 1:
        row.state = State.FIRST_SIGNATURE.value
        await audit.record(tx, by, row.state, [row])
    else:
        await _decide(tx, row, standing, lines, by)
    return next(each for each in (await show(tx, number)).proposals if each.id == proposal)


async def _check_signer(tx: Tx, row: tables.Dossier, user: User) -> None:
    """As the archive knows the user now, whatever was known when the password was checked."""
    now = await tx.get(tables.User, user.name, populate_existing=True)
    if now is None or now.disabled_at is not None or Role(now.role) not in SIGNERS:
        raise BadInput(
            "user", f"{user.name[:80]!r} may not sign", "let a clinic's, a manager's or an administrator's user"
        )
    if now.facility is not None:
        is_seen = now.facility == row.facility
    else:
        is_seen = now.region is None or row.facility in await views.facilities_below(tx, now.region)
    if not is_seen:
        raise BadInput("dossier", f"there is no dossier {row.id}", "see the list of dossiers")


async def _standing(tx: Tx, row: tables.Dossier, proposal: int) -> tables.Proposal:
    found = await tx.get(tables.Proposal, proposal, populate_existing=True)
    if found is None or found.dossier != row.id:
        raise BadInput("proposal", f"{proposal} is none of this dossier's", "choose the one that stands")
    if found.decided_at is not None:
        raise BadInput("proposal", f"{proposal} is decided", "nothing is left to sign")
    if found.lapsed_at is not None or found.version != row.version:
        raise Stale(
            "proposal", f"{proposal} lapsed: {found.lapsed_why}", "look at what changed; sign what is proposed then"
        )
    return found


async def _signatures(tx: Tx, proposal: int) -> list[tables.Signature]:
    signature = tables.Signature
    query = select(signature).where(signature.proposal == proposal).order_by(signature.place)
    return list(await tx.scalars(query.execution_options(populate_existing=True)))


def _check_other(user: User, signed: list[tables.Signature]) -> None:
    """Not the same login, nor the same person by another."""
    for each in signed:
        if each.user == user.name or name_key(each.display) == name_key(user.display):
            wrong = f"{each.display} has signed it already, as {each.user}"
            raise BadInput("user", wrong, "let a second person sign; somebody at the county may")


async def _lines(tx: Tx, proposal: int) -> list[tables.ProposalLine]:
    line = tables.ProposalLine
    return list(await tx.scalars(select(line).where(line.proposal == proposal).order_by(line.id)))


async def _check_ground(tx: Tx, row: tables.Dossier, lines: list[tables.ProposalLine], by: By) -> None:
    """Doses may have been isolated since it was proposed, another opinion have come, or a table or day be over."""
    await check_held(tx, row, lines)
    for line in lines:
        opinion = await counting_opinion(tx, row, line.lot)
        if line.opinion != (None if opinion is None else opinion.id):
            raise Stale("proposal", f"it rests on another opinion on {line.lot}", "propose it anew")
        if line.outcome == Outcome.RELEASE:
            await check_release(tx, row, line, opinion, by)


async def _decide(
    tx: Tx, row: tables.Dossier, proposal: tables.Proposal, lines: list[tables.ProposalLine], by: By
) -> None:  # fmt: skip
    proposal.decided_at = by.at
    await tx.flush()
    for line in lines:
        if line.outcome == Outcome.MISSING:
            await lots.move(tx, _out_of_the_books(row, line, by), by)
        elif line.outcome not in CARRIED_OUT:
            held = [hold for hold in await in_force(tx, line.lot, row.facility) if hold.compartment == line.compartment]
            mine = [hold for hold in held if hold.excursion == row.excursion]
            await placing.lift(tx, shrunk(mine, line.doses, row.excursion), LIFTED[Outcome(line.outcome)], by, row.id)
    row.state = (await _state_after(tx, row)).value
    await audit.record(tx, by, "decided", [proposal, *(line for line in lines if line.movement), row])


def _out_of_the_books(row: tables.Dossier, line: tables.ProposalLine, by: By) -> NewMovement:
    """What is missing is missing from now on: it can be issued no more, and turns up by a count only."""
    return NewMovement(
        lot=line.lot, at=by.at, doses=line.doses, held=line.doses, reason=Reason.COUNTED, source=line.compartment,
        document=f"dossier {row.id}",
    )  # fmt: skip


async def _state_after(tx: Tx, row: tables.Dossier) -> State:
    """What nobody decided of yet is still due."""
    waits = sum(line.doses for line in await due(tx, row))
    is_all = sum(line.doses for line in await lines_of(tx, row)) == waits
    return State.DECIDED if is_all else await state_by_opinions(tx, row)
