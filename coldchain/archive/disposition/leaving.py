"""What movements do to holds: held doses cannot be issued; isolated they stay held; forgotten movements take theirs along.

movement ─► check: free? known to be held by then? ─► written ─► follow: held where they are now, or gone, or destroyed

What was known counts, not what is known now: an issue of the morning that is entered in the evening was no use of held
doses if the hold came at noon. Its doses are written down as gone, with the movement that tells of it.
"""

from typing import Final

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition import arriving, placing
from coldchain.archive.disposition.levels import Levels, facility_of, levels_in, places_at
from coldchain.archive.disposition.portions import held_by, movable, shrunk
from coldchain.archive.disposition.tracing import Named, Piece, in_force, pieces_of
from coldchain.archive.disposition.words import CARRIED_OUT, LIFTED, Lifted, Outcome
from coldchain.archive.stock.words import NewMovement, Reason
from coldchain.clock import iso
from coldchain.errors import BadInput

_DECIDED: Final = {
    Reason.DISPOSED: Outcome.DESTROY,
    Reason.RETURNED: Outcome.RETURN,
    Reason.COUNTED: Outcome.MISSING,
}
_NEVER_HELD: Final = frozenset({Reason.RECEIVED, Reason.ISSUED})


async def check(tx: Tx, new: NewMovement) -> None:
    """See `holds.check_movement`."""
    if new.source is None:
        if new.held:
            raise BadInput("held", "nothing outside of what we see is under hold", "leave `held` out")
        return
    facility = await facility_of(tx, new.source)
    rows = await in_force(tx, new.lot, facility)
    if new.held:
        await _check_held(tx, new, rows)
    if not rows:
        return
    here = frozenset({new.source})
    _check_free(new, await levels_in(tx, new.lot, here), [row for row in rows if row.compartment == new.source])
    everywhere = await places_at(tx, facility)
    if new.target not in everywhere:
        _check_free(new, await levels_in(tx, new.lot, everywhere), rows)


def _check_free(new: NewMovement, levels: Levels, rows: list[tables.Hold]) -> None:
    """All that was known to be held when they left stays, at every later time that is in the books."""
    known = [row for row in rows if row.held_at <= new.at]
    free = min(level - held_by(_by(known, at)) for at, level in levels.since(new.at))
    if known and new.doses - new.held > max(0, free):
        held = held_by(known)
        wrong = f"{held} of the doses of {new.lot} there are under hold since {iso(min(row.since for row in known))}"
        cure = (
            f"take {max(0, free)} or fewer, or another lot; what is held waits for its dossier, or is moved with `held`"
        )
        raise BadInput("doses", wrong, cure)


def _by(rows: list[tables.Hold], at: int) -> list[tables.Hold]:
    return [row for row in rows if row.came_at is None or row.came_at <= at]


async def _check_held(tx: Tx, new: NewMovement, rows: list[tables.Hold]) -> None:
    if not 0 < new.held <= new.doses:
        raise BadInput("held", f"{new.held} of {new.doses} doses cannot be", "write how many of them are under hold")
    if new.reason in _NEVER_HELD:
        raise BadInput(
            "held", f"held doses cannot be {new.reason!s}", "isolate them with `moved`, or decide their dossier"
        )
    known = [row for row in _placed(rows, new.source) if row.held_at <= new.at and (row.came_at or 0) <= new.at]
    if new.held > movable(known):
        wrong = f"{movable(known)} doses of {new.lot} were known to be held there at {iso(new.at)}, not {new.held}"
        raise BadInput("held", wrong, "correct the quantity, or the time")
    if new.target is None and await _line(tx, new.lot, new.source, new.reason, new.held) is None:
        wrong = f"no decision that is being carried out covers {new.held} held doses of {new.lot}"
        raise BadInput("held", wrong, "decide them in their dossier: opinion, two signatures, witness")


def _placed(rows: list[tables.Hold], compartment: int | None) -> list[tables.Hold]:
    return [row for row in rows if row.compartment in {None, compartment}]


async def follow(tx: Tx, row: tables.Movement, by: By) -> None:
    """See `holds.follow_movement`."""
    if row.source is None:
        return
    facility = await facility_of(tx, row.source)
    rows = await in_force(tx, row.lot, facility)
    if not rows:
        return
    if row.held and row.target is None:
        await _carried_out(tx, row, rows, by)
    elif row.held:
        await _isolated(tx, row, rows, by)
    if any(each.held_at > row.at for each in rows):
        await _forgotten(
            tx, row, frozenset({row.source}), [each for each in rows if each.compartment == row.source], by
        )
        await _forgotten_of_facility(tx, row, facility, by)


async def _isolated(tx: Tx, row: tables.Movement, rows: list[tables.Hold], by: By) -> None:
    assert row.target is not None
    facility = await facility_of(tx, row.target)
    shares = shrunk(_placed(rows, row.source), row.held)
    excursions = {hold.excursion for hold, _ in shares}
    is_within = {hold.facility for hold, _ in shares} == {facility}
    await placing.part(tx, shares, Piece(row.held, facility, row.target, row.id, row.at), by, "moved")
    for excursion in sorted(excursions):
        await arriving.follow(tx, excursion, facility, by, is_within=is_within)


async def _carried_out(tx: Tx, row: tables.Movement, rows: list[tables.Hold], by: By) -> None:
    found = await _line(tx, row.lot, row.source, Reason(row.reason), row.held)
    assert found is not None, "checked before it was written"
    line, dossier = found
    line.movement = row.id
    shares = shrunk(_placed(rows, row.source), row.held, dossier.excursion)
    await placing.lift(tx, shares, LIFTED[Outcome(line.outcome)], by, dossier.id)


async def _line(
    tx: Tx, lot: str, compartment: int | None, reason: Reason, doses: int
) -> tuple[tables.ProposalLine, tables.Dossier] | None:
    """A decided line that a witness saw carried out, or that needs none, and no movement tells of yet."""
    line, proposal, dossier = tables.ProposalLine, tables.Proposal, tables.Dossier
    if reason not in _DECIDED:
        return None
    query = select(line, dossier).join(proposal, proposal.id == line.proposal)
    query = query.join(dossier, (dossier.id == proposal.dossier) & (dossier.version == proposal.version))
    query = query.where(line.lot == lot, line.compartment == compartment, line.doses == doses)
    outcome = _DECIDED[reason]
    query = query.where(line.outcome == outcome.value, line.movement.is_(None))
    query = query if outcome not in CARRIED_OUT else query.where(line.witness.is_not(None))
    found = (await tx.execute(query.where(proposal.decided_at.is_not(None)).limit(1))).first()
    return None if found is None else (found[0], found[1])


async def _forgotten_of_facility(tx: Tx, row: tables.Movement, facility: str, by: By) -> None:
    everywhere = await places_at(tx, facility)
    if row.target not in everywhere:
        rows = [each for each in await in_force(tx, row.lot, facility) if each.compartment is None]
        await _forgotten(tx, row, everywhere, rows, by)


async def _forgotten(
    tx: Tx, row: tables.Movement, places: frozenset[int], rows: list[tables.Hold], by: By
) -> None:  # fmt: skip
    """A movement of before the hold was known: what is not there is held where it went, or written down as gone."""
    late = [each for each in rows if each.held_at > row.at]
    if not late:
        return
    least = max(0, (await levels_in(tx, row.lot, places)).least(min(each.held_at for each in late)))
    stood = {each.id: (each.facility, each.compartment) for each in rows}
    for excursion in sorted({each.excursion for each in late}):  # what is still there may be any one's
        its = [each for each in rows if each.excursion == excursion]
        await _send_over(tx, row, its, held_by(its) - least, by)
    rest = [each for each in rows if each.lifted_at is None and (each.facility, each.compartment) == stood[each.id]]
    await _send_over(tx, row, rest, held_by(rest) - least, by)


async def _send_over(tx: Tx, row: tables.Movement, rows: list[tables.Hold], over: int, by: By) -> None:
    late = [each for each in rows if each.held_at > row.at]
    for hold, doses in shrunk(late, over) if over > 0 else []:
        await _send_on(tx, row, hold, doses, by)


async def _send_on(tx: Tx, row: tables.Movement, hold: tables.Hold, doses: int, by: By) -> None:
    if row.target is None:
        gone = Piece(doses, hold.facility, row.source, row.id, row.at, is_gone=True)
        await placing.part(tx, [(hold, doses)], gone, by, "gone")
        return
    named = Named(hold.excursion, row.lot, await facility_of(tx, row.target), row.target, doses, row.at - 1)
    excursion, left = hold.excursion, hold.facility
    for piece in await pieces_of(tx, named, by.at):
        brought = piece if piece.movement or piece.is_gone else _by_movement(piece, row)
        await placing.part(tx, [(hold, piece.doses)], brought, by, "followed")
        if not brought.is_gone:
            await arriving.follow(tx, excursion, brought.facility, by, is_within=brought.facility == left)


def _by_movement(piece: Piece, row: tables.Movement) -> Piece:
    return Piece(piece.doses, piece.facility, piece.compartment, row.id, row.at)


async def check_withdrawal(tx: Tx, row: tables.Movement) -> None:
    """See `holds.check_withdrawal`."""
    if row.held:
        wrong = f"{row.held} of its doses were under hold, and what it did with them stands in their dossier"
        raise BadInput("movement", wrong, "enter the way back as a movement of its own")
    if row.target is None:
        return
    facility = await facility_of(tx, row.target)
    rows = [each for each in await in_force(tx, row.lot, facility) if each.movement != row.id]
    if not rows:
        return
    here = [each for each in rows if each.compartment == row.target]
    await _check_remaining(tx, row, frozenset({row.target}), here)
    everywhere = await places_at(tx, facility)
    if row.source not in everywhere:
        await _check_remaining(tx, row, everywhere, rows)


async def _check_remaining(tx: Tx, row: tables.Movement, places: frozenset[int], rows: list[tables.Hold]) -> None:
    levels = await levels_in(tx, row.lot, places, without=row.id)
    start = max([row.at, *(each.held_at for each in rows)])
    short = max(held_by(_by(rows, at)) - level for at, level in levels.since(start))
    if rows and short > 0:
        wrong = f"{short} of its doses are under hold"
        raise BadInput("movement", wrong, "decide them in their dossier as missing: that takes them out of the books")


async def follow_withdrawal(tx: Tx, row: tables.Movement, by: By) -> None:
    """See `holds.follow_withdrawal`."""
    if row.source is None:
        return
    hold = tables.Hold
    is_its = hold.lifted_at.is_(None) | (hold.lifted_why == Lifted.GONE.value)
    rows = list(await tx.scalars(select(hold).where(hold.lot == row.lot, hold.movement == row.id, is_its)))
    facility = await facility_of(tx, row.source) if rows else ""
    for each in rows:
        is_within = each.facility == facility
        brought, came_at = await _brought(tx, row, each.excursion)
        await placing.place(tx, each, [Piece(each.doses, facility, row.source, brought, came_at)], by)
        await arriving.follow(tx, each.excursion, facility, by, is_within=is_within)


async def _brought(tx: Tx, row: tables.Movement, excursion: str) -> tuple[int | None, int | None]:
    """By what, and when, doses came to where this movement took them from; none where they were exposed there."""
    case, movement = await tx.get_one(tables.Excursion, excursion), tables.Movement
    if row.source == case.compartment or case.compartment is None:
        return None, None
    query = select(movement).where(movement.lot == row.lot, movement.target == row.source, movement.at <= row.at)
    query = query.where(movement.source.is_not(None), movement.withdrawn_at.is_(None), movement.at >= case.first_bad)
    came = await tx.scalar(query.order_by(movement.at.desc(), movement.id.desc()).limit(1))
    return (None, None) if came is None else (came.id, came.at)
