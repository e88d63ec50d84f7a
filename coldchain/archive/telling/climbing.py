"""How far each alarm's ladder was climbed, and when it is looked at next: rows, moved by compare-and-set.

Whoever looked at a row that another moved meanwhile has looked in vain: nothing of it is written.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, or_, select

from coldchain.archive import audit, tables
from coldchain.archive.arrows import RINGING, Alarm, Arrow, stand, write
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.archive.telling.taking import LONGEST_ETA_MIN
from coldchain.excursion import AlarmState, Kind

FARTHEST_MS: Final = (LONGEST_ETA_MIN + 5) * 60_000  # nobody waits for longer than for whoever is on the way

Rungs = tuple[tuple[int, int], ...]  # of each level begun: how often it was said again, and when last


@dataclass(frozen=True, slots=True)
class Ringing:
    """An alarm whose ladder is to be looked at, and the transition by which it rings."""

    alarm: Alarm
    transition: int
    why: str
    since: int  # that transition's time


@dataclass(frozen=True, slots=True)
class Move:
    """How far a ladder is climbed now."""

    seen: Alarm  # the row as it was when that was decided
    rungs: Rungs
    rings: int | None
    next_at: int | None
    eta_at: int | None


async def is_due(tx: Tx, at: int) -> bool:
    """True when a ladder is to be looked at."""
    return await tx.scalar(_due(at).with_only_columns(tables.Alarm.id).limit(1)) is not None


async def due(tx: Tx, at: int, limit: int, kinds: Collection[Kind] = ()) -> list[Ringing]:
    """Alarms whose ladder is to be looked at, the loudest and oldest first; of these kinds alone, where some are named."""
    alarm, query = tables.Alarm, _due(at)
    if kinds:
        query = query.where(alarm.kind.in_([kind.value for kind in kinds]))
    return await _ringing(tx, query.order_by(alarm.severity, alarm.next_at, alarm.id).limit(limit))


async def held(tx: Tx, at: int, hold_ms: int, limit: int, kinds: Collection[Kind]) -> list[Ringing]:
    """Alarms of these kinds of which nobody was called yet, because others of the same cause may come for so long."""
    alarm = tables.Alarm
    query = select(alarm).where(alarm.next_at > at, alarm.next_at <= at + hold_ms, alarm.level == 0)
    query = query.where(alarm.kind.in_([kind.value for kind in kinds]))
    return await _ringing(tx, query.order_by(alarm.id).limit(limit))


async def _ringing(tx: Tx, query: Select[tables.Alarm]) -> list[Ringing]:
    """These alarms, each with the transition by which it rings."""
    rows = {row.id: record_of(row, Alarm) for row in await tx.scalars(query)}  # critical < warning
    why = tables.Transition
    last = select(func.max(why.id)).where(why.alarm.in_(list(rows)), why.why.in_(RINGING)).group_by(why.alarm)
    found = {row.alarm: row for row in await tx.scalars(select(why).where(why.id.in_(last)))}
    return [Ringing(row, found[n].id, found[n].why, found[n].at) for n, row in rows.items() if n in found]


def _due(at: int) -> Select[tables.Alarm]:
    """… also those that were looked at, or called for, in the future: then the clock went back, and they wait from now."""
    alarm = tables.Alarm
    is_due = or_(alarm.next_at <= at, alarm.next_at > at + FARTHEST_MS, alarm.rung_at > at)
    return select(alarm).where(alarm.next_at.is_not(None), is_due)


async def lock(tx: Tx, alarms: Iterable[int]) -> None:
    """All rows that are going to be moved, by rising number: two that each hold one of the other's would wait for ever."""
    row = tables.Alarm
    await tx.execute(select(row.id).where(row.id.in_(sorted(set(alarms)))).order_by(row.id).with_for_update())


async def move(tx: Tx, moves: Sequence[Move], at: int) -> set[int]:
    """Write how far these ladders are climbed; returns those that nobody else moved meanwhile."""
    query = select(tables.Alarm).where(tables.Alarm.id.in_(sorted(each.seen.id for each in moves)))
    rows = {row.id: row for row in await tx.scalars(query.order_by(tables.Alarm.id).with_for_update())}
    done = set()
    for each in moves:
        row = rows[each.seen.id]
        if not _is_as_seen(row, each.seen):
            continue
        if each.rings != row.rings or list(each.rungs) != [tuple(rung) for rung in row.rungs]:
            audit.decided(tx, By(MACHINE, at), "climbed", [row])
        row.rungs, row.level = [list(rung) for rung in each.rungs], len(each.rungs)
        row.rung_at = max((begun for _, begun in each.rungs), default=None)
        row.rings, row.next_at, row.eta_at = each.rings, each.next_at, each.eta_at
        done.add(row.id)
    await tx.flush()
    return done


def _is_as_seen(row: tables.Alarm, seen: Alarm) -> bool:
    now = record_of(row, Alarm)
    return (now.state, now.next_at, now.rings, now.rungs, now.severity, now.eta_at) == (
        seen.state, seen.next_at, seen.rings, seen.rungs, seen.severity, seen.eta_at,
    )  # fmt: skip


async def lapse(tx: Tx, seen: Alarm, at: int) -> bool:
    """Whoever was on the way has not said that they arrived: the alarm rings again. False when it changed meanwhile."""
    row = await tx.get_one(tables.Alarm, seen.id, with_for_update=True)
    if not _is_as_seen(row, seen):
        return False
    arrow = Arrow(AlarmState.RINGING, "lapsed", at, note=row.taken_by or "")
    write(tx, row, AlarmState(row.state), arrow)
    stand(row, arrow)
    row.eta_at = None
    await tx.flush()
    return True


async def look_at(tx: Tx, alarms: Iterable[int], at: int) -> None:
    """Let these ladders be looked at now, where they climb: something was heard that a next path may follow from."""
    query = select(tables.Alarm).where(tables.Alarm.id.in_(sorted(set(alarms))), tables.Alarm.next_at > at)
    for row in await tx.scalars(query.order_by(tables.Alarm.id).with_for_update()):
        row.next_at = at
    await tx.flush()
