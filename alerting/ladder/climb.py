"""The one writer of ladders: looks at those that are due, decides in memory, writes what nobody else moved meanwhile.

    [ due · told · levels · scenes ] one snapshot ─► rungs ─► steps ─► folds ─► [ moved rows + notices ] one transaction

Two processes may look at the same alarm: the rows are moved by compare-and-set, and whoever is late writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from alerting import folding
from alerting.folding import Cause, Part
from alerting.ladder.book import Levels
from alerting.ladder.rungs import Climbed, climbed, next_change
from alerting.ladder.steps import Ways, due
from alerting.notify.scene import Scene, scenes_of
from alerting.notify.short import of_many, short_of
from alerting.notify.texts import Text, joined, text_of
from coldchain import crash
from coldchain.archive import cases
from coldchain.archive.db import Archive, Tx
from coldchain.archive.duty.nights import nights_of
from coldchain.archive.duty.quiet import Night
from coldchain.archive.duty.who import Level
from coldchain.archive.telling import climbing, notices
from coldchain.archive.telling.climbing import Move, Ringing
from coldchain.archive.telling.notices import WAITING, NewNotice, Notice
from coldchain.excursion import AlarmState, Kind

AT_ONCE: Final = 200  # ladders looked at together: a transaction of some hundred milliseconds
LOOK_AGAIN_MS: Final = 60 * 60_000  # so often at least: a policy may have changed, a person may have come
MOST: Final = 5_000  # … but all parts of what may have a shared cause: a desk would hear of it in pieces
OUT_MS: Final = 10 * 60_000  # so long a broken channel is tried after all others, then again as ever


@dataclass(frozen=True, slots=True)
class Desk:
    """With what ladders are climbed."""

    levels: Levels
    channels: Sequence[str]  # that are open, in the order of the settings
    of_groups: frozenset[str]  # those whose address is nobody in particular
    zone: ZoneInfo  # of the site


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one snapshot showed."""

    ringing: Sequence[Ringing]
    told: Mapping[int, list[Notice]]
    scenes: Mapping[int, Scene]
    levels: Mapping[int, Sequence[Level]]
    ways: Ways
    causes: Mapping[int, Cause]
    gathered: frozenset[str]  # the causes whose parts are told now, together
    nights: Mapping[int, Night]  # of those that may wait for the morning, by the alarms' numbers


async def climb(archive: Archive, desk: Desk, at: int) -> int:
    """Look at the ladders that are due; returns how many were moved.

    Raises:
        Unavailable: the archive is not there; nothing was moved.
    """
    async with archive.reading() as tx:
        if not await climbing.is_due(tx, at):
            return 0
        seen = await _look(tx, desk, at)
    lapsed = [each.alarm for each in seen.ringing if _has_lapsed(each, at)]
    late = {alarm.id for alarm in lapsed}
    moves, parts = [], []
    for ringing in seen.ringing:
        if ringing.alarm.id not in late and _is_due(ringing, seen, at):
            move, its = _decide(ringing, seen, at)
            moves.append(move)
            parts += its
    async with archive.writing() as tx:
        await climbing.lock(tx, [*late, *(each.seen.id for each in moves)])
        done = await climbing.move(tx, moves, at)
        await notices.make(tx, _notices([part for part in parts if part.alarm.id in done], seen, desk, at))
        rung = [await climbing.lapse(tx, alarm, at) for alarm in lapsed]
        crash.point("ladder.before_commit")
    return len(done) + sum(rung)


async def _look(tx: Tx, desk: Desk, at: int) -> _Seen:
    ringing = await climbing.due(tx, at, AT_ONCE)
    if len(ringing) == AT_ONCE:
        known = {each.alarm.id for each in ringing}
        ringing += [each for each in await climbing.due(tx, at, MOST, folding.SHARED) if each.alarm.id not in known]
    ringing += await climbing.held(tx, at, folding.GATHER_MS, MOST, folding.SHARED)
    alarms = [each.alarm for each in ringing]
    told: dict[int, list[Notice]] = {}
    for notice in await notices.called(tx, [alarm.id for alarm in alarms]):
        told.setdefault(notice.alarm, []).append(notice)
    out = [
        o.subject for o in await cases.open_observations(tx, Kind.CHANNEL_OUT) if at - int(o.detail["last"]) < OUT_MS
    ]
    scenes = await scenes_of(tx, alarms)
    causes = {a.id: folding.cause_of(a, scenes[a.id].observation, scenes[a.id].feeder) for a in alarms}
    return _Seen(
        ringing=ringing,
        told=told,
        scenes=scenes,
        levels=await desk.levels(tx, alarms, at),
        ways=Ways(desk.channels, frozenset(out), desk.of_groups),
        causes=causes,
        gathered=frozenset(causes[each.alarm.id].key for each in ringing if _was_held(each, causes, at)),
        nights=await nights_of(tx, [alarm for alarm in alarms if folding.may_wait(alarm)], at, desk.zone),
    )


def _was_held(ringing: Ringing, causes: Mapping[int, Cause], at: int) -> bool:
    """Others of its cause were waited for, as long as it may be: with it all that came meanwhile are told."""
    hold_ms = folding.hold_ms(ringing.alarm, causes[ringing.alarm.id])
    return hold_ms > 0 and not ringing.alarm.rungs and not 0 <= at - ringing.since < hold_ms


def _is_due(ringing: Ringing, seen: _Seen, at: int) -> bool:
    """Its time has come, or that of another of its cause."""
    alarm = ringing.alarm
    is_held = alarm.next_at is not None and at < alarm.next_at <= at + climbing.FARTHEST_MS
    return not is_held or (alarm.rung_at or 0) > at or seen.causes[alarm.id].key in seen.gathered


def _has_lapsed(ringing: Ringing, at: int) -> bool:
    alarm = ringing.alarm
    return alarm.state is AlarmState.TAKEN and alarm.eta_at is not None and alarm.eta_at <= at


def _decide(ringing: Ringing, seen: _Seen, at: int) -> tuple[Move, list[Part]]:
    """How far one ladder is climbed, and who is called for it."""
    alarm, levels, night = ringing.alarm, seen.levels[ringing.alarm.id], seen.nights.get(ringing.alarm.id)
    cause = seen.causes[alarm.id]
    hold_ms = 0 if cause.key in seen.gathered else folding.hold_ms(alarm, cause)
    awake = ringing if night is None else _slept(ringing, night)
    stands = climbed(awake, levels, at, hold_ms)
    if stands.is_paused:
        return _move(ringing, stands, [stands.eta_at]), []
    if night is not None and night.until is not None:
        until = min(night.until, at + LOOK_AGAIN_MS)  # another policy may let it ring before
        return Move(alarm, tuple(alarm.rungs), alarm.rings, until, alarm.eta_at), []
    if hold_ms and not stands.rungs:
        return _move(ringing, stands, [ringing.since + hold_ms]), []
    found = due(stands.rungs, levels, seen.told.get(alarm.id, ()), seen.ways, at, is_loud=not folding.may_wait(alarm))
    times = [found.next_at, next_change(awake, stands.rungs, levels, at), at + LOOK_AGAIN_MS]
    times += [at + levels[step.level - 1].receipt_min * 60_000 for step in found.steps]
    parts = [Part(alarm, ringing.transition, cause, step) for step in found.steps]
    return _move(ringing, stands, times), parts


def _slept(ringing: Ringing, night: Night) -> Ringing:
    """What waited for the morning begins, and goes on, with it: the night counts for nobody's minutes."""
    if night.awake_since is None:
        return ringing
    rungs = tuple((turn, max(begun, night.awake_since)) for turn, begun in ringing.alarm.rungs)
    since = max(ringing.since, night.awake_since)
    return replace(ringing, alarm=msgspec.structs.replace(ringing.alarm, rungs=rungs), since=since)


def _move(ringing: Ringing, stands: Climbed, times: Sequence[int | None]) -> Move:
    next_at = min((time for time in times if time is not None), default=None)
    return Move(ringing.alarm, stands.rungs, ringing.transition, next_at, stands.eta_at)


def _notices(parts: Sequence[Part], seen: _Seen, desk: Desk, at: int) -> list[NewNotice]:
    """A row for each part: of those that one message tells the first waits, the others are folded into it."""
    whys = {each.alarm.id: each.why for each in seen.ringing}
    found = []
    for fold in folding.folds(parts):
        scenes = [seen.scenes[part.alarm.id] for part in fold]
        own = [
            _notice(part, text_of(scene, whys[part.alarm.id], at, desk.zone), scene, desk.zone, at)
            for part, scene in zip(fold, scenes, strict=True)
        ]
        if len(own) > 1:
            text = joined(Text(own[0].text_zh, own[0].text_en), scenes)
            own = folding.as_one(own, text, of_many(own[0].short, len(own)))
        found += own
    return found


def _notice(part: Part, text: Text, scene: Scene, zone: ZoneInfo, at: int) -> NewNotice:
    step = part.step
    return NewNotice(
        transition=part.transition,
        alarm=part.alarm.id,
        person=str(step.person),
        channel=step.channel,
        step=step.step,
        text_zh=text.zh,
        text_en=text.en,
        created_at=at,
        kind="drill" if part.alarm.is_drill else "alarm",
        level=step.level,
        turn=step.turn,
        sent_to=step.address,
        language=step.language,
        short=short_of(scene, at, zone),
        state=WAITING,
    )
