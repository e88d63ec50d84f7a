"""Deletion of readings: by default there is none, ever. What the law's term still covers, is held or is undecided stays.

    channels, span ─► compartments they measured ─► lots that were inside ─► any within its term? held? undecided? ─► refused
                                                └─► act: who, who else, why, what it was, which lots it no longer concerns
                                                       decided (chained) ─► deleted ─► done (chained)

Seals stay, so that a verification says of each deleted day by which act it is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Protocol

from sqlalchemy import or_, select

from coldchain.archive import audit, lots, people, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.evidence import law
from coldchain.archive.evidence.days import DAY_MS, lines_of
from coldchain.archive.evidence.sources import Readings
from coldchain.archive.people import Role, User
from coldchain.archive.rows import check_texts
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.excursion import CaseState

AT_ONCE_MS: Final = 30 * DAY_MS
MAY_DECIDE: Final = frozenset({Role.ADMINISTRATOR})
MAY_SECOND: Final = frozenset({Role.ADMINISTRATOR, Role.MANAGER})
DONE_WITH: Final = ("decided", "void")  # states of a dossier of which nothing is due


class Deletable(Readings, Protocol):
    """A time series that can delete."""

    async def delete(self, channel: str, start: int, end: int) -> None:
        """Delete a channel's readings in [start, end)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants deleted: readings of these channels in [start, end), whole UTC days."""

    channels: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Covered:
    """A lot that these readings cover, and how long they must be kept for it."""

    lot: str
    expires_on: str
    kept_until: str
    is_over: bool
    is_held: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way of a deletion, or does not."""

    term: law.Term
    lots: tuple[Covered, ...]
    undecided: tuple[str, ...]  # excursions that are open, or in a dossier of which something is due

    @property
    def obstacles(self) -> list[str]:
        """Why it is refused; none: it may be."""
        within = [f"{each.lot} until {each.kept_until}" for each in self.lots if not each.is_over]
        held = [each.lot for each in self.lots if each.is_held]
        found = [f"they cover lots within their term: {', '.join(within[:5])}"] if within else []
        found += [f"they cover lots that are held: {', '.join(held[:5])}"] if held else []
        found += [f"excursions are undecided: {', '.join(self.undecided[:5])}"] if self.undecided else []
        return found


@dataclass(frozen=True, slots=True)
class Signed:
    """Two people who put their names under it, each with their password."""

    first: str
    first_password: str
    second: str
    second_password: str


async def standing(tx: Tx, wish: Wish, at: int) -> Standing:
    """What the readings cover.

    Raises:
        BadInput: when the wish is none: half days, a time to come, no such channel.
    """
    await _check(tx, wish, at)
    term = law.term_at(at)
    rooms = await _compartments(tx, wish)
    found: dict[str, Covered] = {}
    for room in sorted(rooms):
        for inside in await lots.in_compartment(tx, room, wish.start, wish.end):
            found[inside.lot.id] = await _covered(tx, inside.lot.id, inside.lot.expires_on, term, at)
    for lot, expires_on in await _carried(tx, wish):
        found[lot] = await _covered(tx, lot, expires_on, term, at)
    return Standing(term, tuple(found[lot] for lot in sorted(found)), tuple(await _undecided(tx, wish, rooms)))


async def delete(archive: Archive, series: Deletable, wish: Wish, signed: Signed, by: By) -> tables.Deletion:
    """Delete readings by a signed act.

    Raises:
        BadInput: when a name or a password is wrong, one signs twice, or something stands in the way.
    """
    check_texts("deletion", {"reason": by.reason})
    if not by.reason.strip():
        raise BadInput("reason", "none is given", "write why these readings need not be kept")
    await _check_signed(archive, signed)
    async with archive.reading() as tx:
        await _allowed(tx, wish, by.at)
    were = [await _digest(series, channel, wish) for channel in wish.channels]
    async with archive.writing() as tx:
        await audit.begin(tx)
        row = _row(wish, await _allowed(tx, wish, by.at), were, signed, by)
        tx.add(row)
        await audit.record(tx, by, "decided", [row])
    await carry_out(archive, series, row.id, by)
    return row


async def carry_out(archive: Archive, series: Deletable, act: int, by: By) -> None:
    """Delete what an act says; again, if it was cut off.

    Raises:
        BadInput: when there is no such act.
    """
    async with archive.reading() as tx:
        row = await tx.get(tables.Deletion, act)
        if row is None:
            raise BadInput("act", f"there is no act {act}", "see `coldchain retention show`")
    for channel, _, _ in row.channels:
        await series.delete(channel, row.start, row.end)
    async with archive.writing() as tx:
        await audit.begin(tx)
        row = await tx.get_one(tables.Deletion, act)
        if row.done_at is None:
            row.done_at = by.at
            await audit.record(tx, by, "carried out", [row])


async def acts(tx: Tx) -> list[tables.Deletion]:
    """All there ever were."""
    return list(await tx.scalars(select(tables.Deletion).order_by(tables.Deletion.id)))


def _row(wish: Wish, stands: Standing, were: Sequence[list[Any]], signed: Signed, by: By) -> tables.Deletion:
    return tables.Deletion(
        at=by.at,
        start=wish.start,
        end=wish.end,
        channels=list(were),
        lots=[[each.lot, each.expires_on, each.kept_until] for each in stands.lots],
        signed_by=signed.first,
        second=signed.second,
        reason=by.reason,
    )


async def _check(tx: Tx, wish: Wish, at: int) -> None:
    if wish.start % DAY_MS or wish.end % DAY_MS or wish.end <= wish.start:
        raise BadInput("start", "these are no whole UTC days", "begin and end at midnight UTC")
    if wish.end > at:
        raise BadInput("end", f"{iso(wish.end)} is still to come", "name days that are over")
    known = set(await tx.scalars(select(tables.Channel.name).where(tables.Channel.name.in_(wish.channels))))
    unknown = sorted(set(wish.channels) - known)
    if unknown or not wish.channels:
        raise BadInput(
            "channel", f"{', '.join(unknown)[:80] or 'none'} is not in the archive", "write gateway/device/quantity"
        )


async def _allowed(tx: Tx, wish: Wish, at: int) -> Standing:
    stands = await standing(tx, wish, at)
    if stands.obstacles:
        raise BadInput("retention", "; ".join(stands.obstacles), "these readings stay")
    return stands


async def _check_signed(archive: Archive, signed: Signed) -> None:
    if signed.first == signed.second:
        raise BadInput("second", "one person signs twice", "let another person sign")
    for field, name, password, roles in (
        ("user", signed.first, signed.first_password, MAY_DECIDE),
        ("second", signed.second, signed.second_password, MAY_SECOND),
    ):
        user: User | None = await people.check_password(archive, name, password)
        if user is None:
            raise BadInput(field, "name or password is wrong", "sign with your own login")
        if user.role not in roles:
            raise BadInput(field, f"a {user.role} may not sign this", f"let a {' or '.join(sorted(roles))} sign")


async def _compartments(tx: Tx, wish: Wish) -> set[int]:
    """What these channels measured then; one of a whole piece of equipment measured all its compartments."""
    assigned, room = tables.Assignment, tables.Compartment
    query = select(assigned.compartment, assigned.equipment).where(assigned.channel.in_(wish.channels))
    query = query.where(assigned.start < wish.end, or_(assigned.end.is_(None), assigned.end > wish.start))
    found: set[int] = set()
    for compartment, equipment in await tx.execute(query):
        if compartment is not None:
            found.add(compartment)
        else:
            found |= set(await tx.scalars(select(room.id).where(room.equipment == equipment)))
    return found


async def _carried(tx: Tx, wish: Wish) -> Sequence[tuple[str, str]]:
    """Lots on board of the runs that these channels went with."""
    movement, its = tables.Movement, tables.RunChannel
    runs = select(its.run).where(its.channel.in_(wish.channels))
    query = select(tables.Lot.id, tables.Lot.expires_on).join(movement, movement.lot == tables.Lot.id)
    query = query.where(movement.run.in_(runs)).distinct()
    return [(row[0], row[1]) for row in await tx.execute(query)]


async def _covered(tx: Tx, lot: str, expires_on: str, term: law.Term, at: int) -> Covered:
    held = select(tables.Hold.id).where(tables.Hold.lot == lot, tables.Hold.lifted_at.is_(None)).limit(1)
    kept = law.kept_until(expires_on, term)
    return Covered(lot, expires_on, kept, law.is_over(kept, at), await tx.scalar(held) is not None)


async def _undecided(tx: Tx, wish: Wish, rooms: set[int]) -> Sequence[str]:
    case, dossier = tables.Excursion, tables.Dossier
    due = select(dossier.excursion).where(dossier.state.not_in(DONE_WITH))
    query = select(case.id).where(or_(case.channel.in_(wish.channels), case.compartment.in_(rooms)))
    query = query.where(case.first_bad < wish.end, case.last_bad >= wish.start)
    query = query.where(or_(case.state == CaseState.OPEN.value, case.id.in_(due)))
    return list(await tx.scalars(query.order_by(case.id)))


async def _digest(series: Readings, channel: str, wish: Wish) -> list[Any]:
    """[channel, readings, sha256 of their lines]: what they were."""
    count, whole, at = 0, sha256(), wish.start
    while at < wish.end:
        until = min(at + AT_ONCE_MS, wish.end)
        trace = await series.read(channel, at, until)
        count += len(trace)
        whole.update("".join(lines_of(trace)).encode())
        at = until
    return [channel, count, whole.hexdigest()]
