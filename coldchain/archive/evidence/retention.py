"""Deletion of readings: by default there is none, ever. What the law's term still covers, is held or is undecided stays.

    channels, span ─► what they cover (`covering`) ─► any lot within its term? held? undecided? not recorded? ─► refused
                                                └─► act: who, who else, why, what it was, which lots it no longer concerns
                                                       decided (chained) ─► deleted ─► done (chained)

Seals stay, so that a verification says of each deleted day by which act it is gone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Protocol

from sqlalchemy import or_, select

from coldchain.archive import audit, people, tables, views
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.disposition.words import name_key
from coldchain.archive.evidence import covering, exporting, law
from coldchain.archive.evidence.covering import Wish as Wish  # noqa: PLC0414 - known by this name too
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
class Covered:
    """A lot that these readings cover, and how long they must be kept for it."""

    lot: str
    expires_on: str  # the latest that was ever said
    kept_until: str
    is_over: bool
    is_held: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way of a deletion, or does not."""

    term: law.Term
    lots: tuple[Covered, ...]
    undecided: tuple[str, ...]  # excursions that are open, or in a dossier of which something is due
    unassigned: tuple[str, ...]  # channels of which nobody wrote down what they measured then
    unrecorded: tuple[str, ...]  # channels with a day on which nobody recorded a lot where they measured
    unrecorded_until: str  # readings of no recorded lot stay until then
    is_unrecorded_over: bool

    @property
    def obstacles(self) -> list[str]:
        """Why it is refused; none: it may be."""
        within = [f"{each.lot} until {each.kept_until}" for each in self.lots if not each.is_over]
        held = [each.lot for each in self.lots if each.is_held]
        found = [f"they cover lots within their term: {', '.join(within[:5])}"] if within else []
        found += [f"they cover lots that are held: {', '.join(held[:5])}"] if held else []
        found += [f"excursions are undecided: {', '.join(self.undecided[:5])}"] if self.undecided else []
        if self.unrecorded and not self.is_unrecorded_over:
            named = ", ".join(self.unrecorded[:5])
            found.append(f"nobody recorded which lots they cover, and such stay until {self.unrecorded_until}: {named}")
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
    ground = await covering.covered_by(tx, wish)
    its = [await _covered(tx, lot, ground.expiries[lot], term, at) for lot in sorted(ground.expiries)]
    until = law.unrecorded_until(wish.end - 1, at)
    return Standing(
        term=term,
        lots=tuple(its),
        undecided=tuple(await _undecided(tx, wish, ground.rooms)),
        unassigned=ground.unassigned,
        unrecorded=ground.unrecorded,
        unrecorded_until=until,
        is_unrecorded_over=law.is_over(until, at),
    )


async def delete(archive: Archive, series: Deletable, wish: Wish, signed: Signed, by: By) -> tables.Deletion:
    """Delete readings by a signed act.

    Raises:
        BadInput: when a name or a password is wrong, one signs twice, or something stands in the way.
    """
    act = await decide(archive, series, wish, signed, by)
    return await carry_out(archive, series, act.id, by)


async def decide(archive: Archive, series: Readings, wish: Wish, signed: Signed, by: By) -> tables.Deletion:
    """Chain an act that two people sign; nothing is deleted by that yet.

    Raises:
        BadInput: as `delete`.
    """
    check_texts("deletion", {"reason": by.reason})
    if not by.reason.strip():
        raise BadInput("reason", "none is given", "write why these readings need not be kept")
    await _check_signed(archive, signed, wish)
    async with archive.reading() as tx:
        await _allowed(tx, wish, by.at)
    were = [await _digest(series, channel, wish) for channel in wish.channels]
    async with archive.writing() as tx:
        await audit.begin(tx)
        row = _row(wish, await _allowed(tx, wish, by.at), were, signed, by)
        tx.add(row)
        await audit.record(tx, by, "decided", [row])
    return row


async def carry_out(archive: Archive, series: Deletable, act: int, by: By) -> tables.Deletion:
    """Delete what an act says; again, if it was cut off. What holds it by now, and what came since, is honoured.

    Raises:
        BadInput: when there is no such act, it is carried out already, something stands in the way by now, or a channel
            says something else than when it was signed.
    """
    async with archive.reading() as tx:
        row = await tx.get(tables.Deletion, act)
        if row is None:
            raise BadInput("act", f"there is no act {act}", "see `coldchain retention show`")
        if row.done_at is not None:
            raise BadInput(
                "act", f"act {act} was carried out at {iso(row.done_at)}", "what came since needs an act of its own"
            )
        wish = Wish(tuple(channel for channel, _, _ in row.channels), row.start, row.end)
        await _allowed(tx, wish, by.at)
    for said in row.channels:
        await _check_same(series, wish, said)
    for channel in wish.channels:
        await series.delete(channel, row.start, row.end)
    async with archive.writing() as tx:
        await audit.begin(tx)
        row = await tx.get_one(tables.Deletion, act)
        row.done_at = by.at
        await audit.record(tx, by, "carried out", [row])
    return row


async def _check_same(series: Readings, wish: Wish, said: Sequence[Any]) -> None:
    """A channel holds what its act says, or nothing any more where the act was cut off."""
    now = await _digest(series, said[0], wish)
    if now != list(said) and now[1]:
        wrong = f"{said[0]} holds {now[1]} readings, and not those {said[1]} that were signed for"
        raise BadInput("act", wrong, "let an act of its own be signed for what is there now")


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


async def _check_signed(archive: Archive, signed: Signed, wish: Wish) -> None:
    """Two people, not two logins of one; each may sign, and for all of these channels."""
    first = await _signer(archive, "user", signed.first, signed.first_password)
    second = await _signer(archive, "second", signed.second, signed.second_password)
    if first.name == second.name or name_key(first.display) == name_key(second.display):
        wrong = f"one person signs twice: {first.display} as {first.name} and as {second.name}"
        raise BadInput("second", wrong, "let another person sign")
    async with archive.reading() as tx:
        await _check_seen(tx, "user", first, wish)
        await _check_seen(tx, "second", second, wish)


async def _signer(archive: Archive, field: str, name: str, password: str) -> User:
    roles = MAY_DECIDE if field == "user" else MAY_SECOND
    user = await people.check_password(archive, name, password)
    if user is None:
        raise BadInput(field, "name or password is wrong", "sign with your own login")
    if user.role not in roles:
        raise BadInput(field, f"a {user.role} may not sign this", f"let a {' or '.join(sorted(roles))} sign")
    return user


async def _check_seen(tx: Tx, field: str, user: User, wish: Wish) -> None:
    """Whoever answers for one county does not sign for another's readings."""
    if user.facility is None and user.region is None:
        return
    its = {user.facility} if user.facility else await views.facilities_below(tx, user.region or "")
    strange = sorted(set(wish.channels) - await exporting.channels_of(tx, its))
    if strange:
        wrong = f"{user.name} does not answer for {', '.join(strange[:5])}"
        raise BadInput(field, wrong, "let somebody sign whose region these channels are of")


async def _covered(tx: Tx, lot: str, expires_on: str, term: law.Term, at: int) -> Covered:
    held = select(tables.Hold.id).where(tables.Hold.lot == lot, tables.Hold.lifted_at.is_(None)).limit(1)
    kept = law.kept_until(expires_on, term)
    return Covered(lot, expires_on, kept, law.is_over(kept, at), await tx.scalar(held) is not None)


async def _undecided(tx: Tx, wish: Wish, rooms: Collection[int]) -> Sequence[str]:
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
