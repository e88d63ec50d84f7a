"""Alarms follow cases and observations: what is loud has an alarm, what is over rings no longer. The decision is pure.

A case that was over for more than 15 minutes when it was found is past: it is told once, marked so, and rings nobody.
Written in the transaction that wrote the case; asked of the archive, not of memory, so that no crash leaves one out.
"""

from dataclasses import dataclass
from typing import Final

from alerting.excursion.policy import ORDER
from coldchain.archive import alarms, views
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.cases import Observation
from coldchain.archive.db import Tx
from coldchain.excursion import AlarmState, Case, CaseState, Kind, Severity

PAST_AFTER_MS: Final = 15 * 60_000


@dataclass(frozen=True, slots=True)
class Matter:
    """What an alarm is about, in the few words that decide about it."""

    severity: Severity
    is_going_on: bool
    ended: int | None  # when, as the readings say
    closing: str = "ended"  # ended | merged | withdrawn


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an alarm; `severity` is what it is from then on."""

    after: AlarmState
    why: str
    severity: Severity
    is_past: bool = False


def next_steps(matter: Matter, alarm: Alarm | None, at: int) -> list[Step]:
    """What must become of an alarm (None: of one that is not there yet)."""
    loud = matter.severity
    if alarm is None:
        return _first_steps(matter, at)
    is_over = alarm.state is AlarmState.ENDED
    if not matter.is_going_on:
        return [] if is_over else [Step(AlarmState.ENDED, matter.closing, loud)]
    if is_over:
        return [] if loud is Severity.NOTE else [Step(AlarmState.RINGING, "reopened", loud)]
    return [] if loud is alarm.severity else [_other_loudness(loud, alarm)]


def _other_loudness(loud: Severity, alarm: Alarm) -> Step:
    """It goes on, louder or quieter than before."""
    if loud is Severity.NOTE:
        return Step(AlarmState.ENDED, "eased", loud)
    if ORDER.index(loud) < ORDER.index(alarm.severity):
        return Step(alarm.state, "eased", loud)
    is_taken = alarm.state is AlarmState.TAKEN  # who is on the way hears of it, but nobody is looked for again
    return Step(AlarmState.TAKEN if is_taken else AlarmState.RINGING, "worsened", loud)


def _first_steps(matter: Matter, at: int) -> list[Step]:
    loud = matter.severity
    if loud is Severity.NOTE:
        return []
    if matter.is_going_on:
        return [Step(AlarmState.RINGING, "raised", loud)]
    if matter.ended is not None and at - matter.ended > PAST_AFTER_MS:
        return [Step(AlarmState.ENDED, "past", loud, is_past=True)]
    return [Step(AlarmState.RINGING, "raised", loud), Step(AlarmState.ENDED, matter.closing, loud)]


def matter_of_case(case: Case) -> Matter:
    """A case as its alarm sees it."""
    ended = case.facts.last_bad if case.facts.known_good_after is None else case.facts.known_good_after
    closing = case.state.value if case.state in {CaseState.MERGED, CaseState.WITHDRAWN} else "ended"
    return Matter(case.facts.severity, case.facts.is_open, ended, closing)


def matter_of_observation(seen: Observation) -> Matter:
    """An observation as its alarm sees it."""
    return Matter(seen.severity, seen.end is None, seen.end)


@dataclass(frozen=True, slots=True)
class _About:
    """What a new alarm's row says."""

    kind: Kind
    equipment: str | None
    case: str | None = None
    observation: int | None = None


async def is_behind(tx: Tx) -> bool:
    """True when some alarm does not say what it should."""
    return bool(await alarms.unfollowed(tx) or await alarms.unfollowed_observations(tx))


async def follow(tx: Tx, at: int) -> int:
    """Let every alarm say what its case or observation says; returns how many arrows that took."""
    arrows = 0
    for case, alarm in await alarms.unfollowed(tx):
        if alarm is not None and case.merged_into and await alarms.alarm_of(tx, case.merged_into) is None:
            # the trouble is the same and somebody may be on the way: the alarm goes along
            await alarms.change(tx, alarm, Arrow(alarm.state, "merged", at), case=case.merged_into)
            arrows += 1
    for case, alarm in await alarms.unfollowed(tx):
        about = _About(case.facts.kind, case.facts.equipment, case=case.id)
        arrows += await _go(tx, about, alarm, next_steps(matter_of_case(case), alarm, at), at)
    for seen, alarm in await alarms.unfollowed_observations(tx):
        about = _About(seen.kind, seen.equipment, observation=seen.id)
        arrows += await _go(tx, about, alarm, next_steps(matter_of_observation(seen), alarm, at), at)
    return arrows


async def _go(tx: Tx, about: _About, alarm: Alarm | None, steps: list[Step], at: int) -> int:
    for step in steps:
        arrow = Arrow(step.after, step.why, at)
        if alarm is None:
            alarm = await alarms.raise_alarm(tx, await _new(tx, about, step, at), arrow)
        else:
            await alarms.change(tx, alarm, arrow, severity=step.severity)
    return len(steps)


async def _new(tx: Tx, about: _About, step: Step, at: int) -> NewAlarm:
    stands = await views.equipment_of(tx, about.equipment) if about.equipment else None
    return NewAlarm(
        excursion=about.case,
        observation=about.observation,
        equipment=about.equipment,
        facility=stands.facility if stands else None,
        kind=about.kind,
        severity=step.severity,
        state=step.after,
        is_past=step.is_past,
        raised_at=at,
        ended_at=at if step.after is AlarmState.ENDED else None,
    )
