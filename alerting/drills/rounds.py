"""The one writer of drills: begins what is asked for and may be, and ends what has found something. Rows, no timers.

    every second ─► asked: refused, or an observation is seen ─► running ─► found ─► the observation ends, another may begin
    every minute ─► a month's drill is due somewhere ─► asked

Several processes may look at the same drill: rows move by compare-and-set, and whoever is late writes nothing.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from alerting.drills.finding import Found, found
from alerting.drills.plan import Budget, is_due, refusal, windows
from alerting.ladder.book import Levels, by_duty
from alerting.notify.channels import OWN
from alerting.shift import whole
from coldchain import clock
from coldchain.archive import cases, drills
from coldchain.archive.alarms import Alarm
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive, Tx
from coldchain.archive.drills import Drill, DrillState, Link
from coldchain.archive.facilities import calendar, days, persons, sessions
from coldchain.backoff import delays
from coldchain.errors import ColdchainError
from coldchain.excursion import AlarmState, Kind, Severity
from coldchain.providers.outcome import Channel
from coldchain.settings import DrillsSection

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0  # somebody waits at a terminal
PLAN_S: Final = 60.0
AT_ONCE: Final = 2  # planned drills together: who starts late in a month does not ring the county's desk all morning
LEAST_S: Final = 120.0  # real seconds for an answer, also where the demo's minutes are seconds
FIRST_WAIT_S, MOST_WAIT_S = 0.5, 30.0
FAULT_WORDS: Final = 1000  # of what it found, as people are told
_MINUTE: Final = 60_000


@dataclass(frozen=True, slots=True)
class Exercise:
    """How a site drills."""

    levels: Levels
    proving: frozenset[str]  # ways whose acceptance says that a named person was told
    zone: ZoneInfo
    budget: Budget
    answer_ms: int
    is_monthly: bool = True


def proving_of(channels: Mapping[str, Channel]) -> frozenset[str]:
    """The ways that lead to a named person; a page and a console lead to whoever looks."""
    return frozenset(name for name, way in channels.items() if way.names_person and name not in OWN)


def exercise_of(section: DrillsSection, zone: ZoneInfo, channels: Mapping[str, Channel]) -> Exercise:
    """How a site with these settings and ways drills."""
    budget = Budget(section.times_a_month, section.fen_a_month)
    return Exercise(by_duty, proving_of(channels), zone, budget, section.answer_min * _MINUTE, section.monthly)


async def work(archive: Archive, exercise: Exercise) -> None:
    """Drill until cancelled, whatever fails on the way."""
    waits, plan_at = delays(FIRST_WAIT_S, MOST_WAIT_S), 0.0
    while True:
        try:
            if clock.monotonic() >= plan_at:
                await plan(archive, exercise, clock.now())
                plan_at = clock.monotonic() + PLAN_S
            await look(archive, unhurried(exercise, clock.speed()), clock.now())
            waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
            await asyncio.sleep(LOOK_S)
        except ColdchainError as error:
            log.warning("no drill goes on: %s", error)
            await asyncio.sleep(next(waits))


def unhurried(exercise: Exercise, speed: float) -> Exercise:
    """People answer in real time, however fast the domain's runs."""
    return replace(exercise, answer_ms=max(exercise.answer_ms, round(LEAST_S * 1000 * speed)))


async def plan(archive: Archive, exercise: Exercise, at: int) -> int:
    """Ask for the month's drills that are due; returns how many. A site without ways has no path to try by itself."""
    if not (exercise.is_monthly and exercise.proving):
        return 0
    month = days.month_of(at, exercise.zone)
    async with archive.reading() as tx:
        known = await drills.planned_in(tx, month)
        left = [code for code in await drills.clinics(tx) if code not in known]
        due = [code for code in left if await _is_due(tx, code, month, exercise, at)]
        free = max(0, AT_ONCE - len(await drills.going_on(tx)))
    asked = 0
    for code in due[:free]:  # each by itself: a county has hundreds
        asked += await whole(_plan(archive, code, month, at))
    return asked


async def _is_due(tx: Tx, facility: str, month: str, exercise: Exercise, at: int) -> bool:
    first, last = days.month_days(at, exercise.zone)
    held = await sessions.held(tx, facility, first, last, exercise.zone)
    working = set() if held else await calendar.working_days(tx, facility, first, last)
    if not is_due(facility, month, windows(held, working, exercise.zone), at):
        return False
    return await drills.real_alarm(tx, facility) is None  # then on another day


async def _plan(archive: Archive, facility: str, month: str, at: int) -> bool:
    async with archive.writing() as tx:
        return await drills.plan(tx, facility, month, at)


async def look(archive: Archive, exercise: Exercise, at: int) -> int:
    """Let every drill that goes on go a step; returns how many did."""
    async with archive.reading() as tx:
        going_on = await drills.going_on(tx)
    moved = 0
    for each in going_on:
        step = _begin if each.state is DrillState.ASKED else _follow
        moved += await whole(step(archive, exercise, each, at))
    return moved


async def _begin(archive: Archive, exercise: Exercise, drill: Drill, at: int) -> bool:
    async with archive.writing() as tx:
        refused = await _refused(tx, exercise, drill, at)
        if refused is not None:
            link, words = refused
            return await drills.move(tx, drill, DrillState.REFUSED, at, link=link, words=words)
        people = await _first_level(tx, exercise, drill.facility, at)
        if not people:
            return await _fail(tx, drill, Found(link=Link.PEOPLE, words="nobody is named at the first level"), at)
        answer_by = at + exercise.answer_ms
        if not await drills.move(tx, drill, DrillState.RUNNING, at, begun_at=at, answer_by=answer_by, people=people):
            return False
        seen = await cases.observe(tx, _observation(drill, at))
        await drills.attach(tx, drill.id, seen.id, at)
    log.info("drill %d begins at %s", drill.id, drill.facility)
    return True


async def _refused(tx: Tx, exercise: Exercise, drill: Drill, at: int) -> tuple[str, str] | None:
    real = await drills.real_alarm(tx, drill.facility)
    if real is not None:
        return Link.REAL.value, f"alarm {real} goes on there"
    return refusal(await drills.used(tx, drill.facility, days.month_begins(at, exercise.zone)), exercise.budget)


async def _first_level(tx: Tx, exercise: Exercise, facility: str, at: int) -> list[int]:
    """Whom the county's policy would call first, if something critical were wrong there."""
    alarm = Alarm(
        id=0, kind=Kind.DRILL, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=at, facility=facility
    )  # fmt: skip
    levels = (await exercise.levels(tx, [alarm], at))[0]
    return [reach.person for level in levels[:1] for reach in level.people]


def _observation(drill: Drill, at: int) -> NewObservation:
    return NewObservation(
        kind=Kind.DRILL,
        subject=f"{drill.facility}/{drill.id}",  # no other drill: it never is one that came again
        severity=Severity.CRITICAL,
        start=at,
        seen_at=at,
        detail={"facility": drill.facility, "drill": drill.id},
    )


async def _follow(archive: Archive, exercise: Exercise, drill: Drill, at: int) -> bool:
    """End a drill that yields to a real alarm, or has found something."""
    async with archive.reading() as tx:
        real = await drills.real_alarm(tx, drill.facility, drill.begun_at)
        story = await drills.story(tx, drill)
        what = found(drill, story, exercise.proving, await persons.names(tx, drill.people), at)
    if real is None and what is None:
        return False
    async with archive.writing() as tx:
        if real is not None:
            ended = await drills.move(
                tx, drill, DrillState.WITHDRAWN, at, link=Link.REAL.value, words=f"alarm {real} came"
            )
            closing = "withdrawn"
        else:
            assert what is not None
            ended = await _found(tx, drill, what, at)
            closing = "ended" if story.alarm is not None else "withdrawn"  # what nobody heard of is told to nobody
        if ended and drill.observation is not None:
            await cases.end_observation(tx, drill.observation, at, ended=closing)
    log.info("drill %d at %s ended", drill.id, drill.facility)
    return ended


async def _found(tx: Tx, drill: Drill, what: Found, at: int) -> bool:
    if what.link is not None:
        return await _fail(tx, drill, what, at)
    if not await drills.move(tx, drill, DrillState.VERIFIED, at, ways=list(what.ways)):
        return False
    fault = await cases.last_observation(tx, Kind.DRILL_FAILED, drill.facility)
    if fault is not None and fault.end is None:
        await cases.end_observation(tx, fault.id, at)
    return True


async def _fail(tx: Tx, drill: Drill, what: Found, at: int) -> bool:
    """A fault by itself, until another drill has shown that the path is whole."""
    assert what.link is not None
    begun = at if drill.begun_at is None else drill.begun_at
    if not await drills.move(tx, drill, DrillState.FAILED, at, link=what.link.value, words=what.words, begun_at=begun):
        return False
    known = await cases.last_observation(tx, Kind.DRILL_FAILED, drill.facility)
    said = {"facility": drill.facility, "drill": drill.id, "link": what.link.value, "words": what.words[:FAULT_WORDS]}
    if known is not None and known.end is None:
        await cases.say_more(tx, known.id, at, **said)
        return True
    new = NewObservation(
        kind=Kind.DRILL_FAILED, subject=drill.facility, severity=Severity.WARNING, start=at, seen_at=at, detail=said
    )  # fmt: skip
    await cases.observe(tx, new)
    return True
