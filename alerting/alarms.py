"""Alarms follow cases and observations: what is loud has an alarm, what is over rings no longer. The decision is pure.

A case that was over for more than 15 minutes when it was found is past: it is told once, marked so, and rings nobody.
Written in the transaction that wrote the case; asked of the archive, not of memory, so that no crash leaves one out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from alerting.excursion.policy import ORDER
from alerting.folding import WINDOW_MS
from coldchain.archive import alarms, cases, views
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.cases import Observation
from coldchain.archive.db import Tx
from coldchain.excursion import AlarmState, Case, CaseState, Certainty, Kind, Severity

PAST_AFTER_MS: Final = 15 * 60_000
Key = tuple[bool, str | None]  # of a case its equipment, of an observation its subject
Behind = tuple[Case | Observation, Alarm | None]  # what has no alarm that says the same
UNSURE_MS: Final = 10 * 60_000  # the newest readings come first: what lies between follows within minutes


@dataclass(frozen=True, slots=True)
class Matter:
    """What an alarm is about, in the few words that decide about it."""

    severity: Severity
    is_going_on: bool
    ended: int | None  # when, as the readings say
    closing: str = "ended"  # ended | merged | withdrawn
    waits_at_night: bool = False
    unsure_until: int = 0  # what is only possible may be back-filled any moment: what is past can wait for that

    @property
    def counts(self) -> bool:
        """False for what turned out to be another's part, or nothing."""
        return self.closing == "ended"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an alarm; `severity` is what it is from then on."""

    after: AlarmState
    why: str
    severity: Severity
    is_past: bool = False


def next_steps(matter: Matter, alarm: Alarm | None, at: int, last_why: str = "") -> list[Step]:
    """What must become of an alarm.

    Args:
        matter: what it is about, as it is now.
        alarm: as it stands; None is one that is not there yet.
        at: domain time.
        last_why: why the alarm last changed.
    """
    if alarm is None:
        return _first_steps(matter, at)
    if alarm.state.is_over:
        return _again(matter, alarm, at, last_why)
    if matter.is_going_on:
        is_as_loud = matter.severity is alarm.severity
        return [] if is_as_loud and not _is_urgent_now(matter, alarm) else [_other_loudness(matter.severity, alarm)]
    is_worse = matter.counts and ORDER.index(matter.severity) > ORDER.index(alarm.severity)
    worse = [_other_loudness(matter.severity, alarm)] if is_worse else []
    return [*worse, Step(AlarmState.ENDED, matter.closing, matter.severity)]


def _again(matter: Matter, alarm: Alarm, at: int, last_why: str) -> list[Step]:
    """An alarm that was over: what goes on again rings; what late data made worse, true after all, or nothing, is told."""
    loud = matter.severity
    if matter.closing == "withdrawn" and last_why not in alarms.UNDONE:
        return [Step(alarm.state, matter.closing, alarm.severity)]  # what was closed stays so
    if loud is Severity.NOTE or not matter.counts:
        return []
    if matter.is_going_on:
        return [Step(_rung(alarm, at), "reopened", loud)]
    if last_why not in alarms.UNDONE and ORDER.index(loud) <= ORDER.index(alarm.severity):
        return []
    if _is_past(matter, at):
        return [Step(AlarmState.ENDED, "past", loud)]
    return [Step(AlarmState.RINGING, "reopened", loud), Step(AlarmState.ENDED, matter.closing, loud)]


def _rung(alarm: Alarm, at: int) -> AlarmState:
    """Who was on the way when it seemed over is on the way still."""
    is_awaited = alarm.taken_by is not None and alarm.eta_at is not None and at < alarm.eta_at
    return AlarmState.TAKEN if is_awaited else AlarmState.RINGING


def _is_past(matter: Matter, at: int) -> bool:
    return matter.ended is not None and at - matter.ended > PAST_AFTER_MS


def _is_urgent_now(matter: Matter, alarm: Alarm) -> bool:
    """It could wait for the morning, and cannot any more."""
    return alarm.waits_at_night and not matter.waits_at_night


def _other_loudness(loud: Severity, alarm: Alarm) -> Step:
    """It goes on, louder or quieter than before, or as loud and in haste."""
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
    if _is_past(matter, at):
        return [] if at < matter.unsure_until else [Step(AlarmState.ENDED, "past", loud, is_past=True)]
    return [Step(AlarmState.RINGING, "raised", loud), Step(AlarmState.ENDED, matter.closing, loud)]


def matter_of_case(case: Case) -> Matter:
    """A case as its alarm sees it."""
    ended = case.facts.last_bad if case.facts.known_good_after is None else case.facts.known_good_after
    closing = case.state.value if case.state in {CaseState.MERGED, CaseState.WITHDRAWN} else "ended"
    is_unsure = case.facts.certainty is Certainty.POSSIBLE
    return Matter(
        severity=case.facts.severity,
        is_going_on=case.facts.is_open,
        ended=ended,
        closing=closing,
        waits_at_night=case.facts.waits_at_night,
        unsure_until=case.opened_at + UNSURE_MS if is_unsure else 0,
    )


def matter_of_observation(seen: Observation) -> Matter:
    """An observation as its alarm sees it."""
    closing = str(seen.detail.get("ended", "ended"))
    return Matter(seen.severity, seen.end is None, seen.end, closing, seen.waits_at_night)


async def is_behind(tx: Tx) -> bool:
    """True when some alarm does not say what it should."""
    return bool(await alarms.unfollowed(tx) or await alarms.unfollowed_observations(tx))


async def follow(tx: Tx, at: int) -> int:
    """Let every alarm say what its case or observation says; returns how many arrows that took."""
    behind = await alarms.unfollowed(tx)
    merged = 0
    for case, alarm in behind:
        if alarm is not None and case.merged_into and await _may_go_along(tx, alarm, case.merged_into):
            # the trouble is the same and somebody may be on the way: the alarm goes along
            await alarms.change(tx, alarm, Arrow(alarm.state, "merged", at), case=case.merged_into)
            merged += 1
    unheard = await alarms.unfollowed_observations(tx)
    along = await _go_along(tx, unheard, at)
    behind = await alarms.unfollowed(tx) if merged else behind
    unheard = await alarms.unfollowed_observations(tx) if along else unheard
    arrows = merged + along + await _follow_all(tx, [*behind, *unheard], at)
    await alarms.mark_followed(tx)
    return arrows


async def _follow_all(tx: Tx, behind: Sequence[Behind], at: int) -> int:
    """New troubles of their own are raised together: of a thousand at once the last shall ring soon. The rest one by one."""
    plain = await _all_new(tx, behind, at)
    arrow = Arrow(AlarmState.RINGING, "raised", at)
    its = [about for about, _ in behind if _key(about) in plain]
    if its:
        await alarms.raise_alarms(tx, await _new(tx, its, arrow), arrow)
    arrows = len(its)
    for about, alarm in behind:
        if _key(about) not in plain:
            arrows += await _follow_one(tx, about, alarm, at)
    return arrows


async def _all_new(tx: Tx, behind: Sequence[Behind], at: int) -> set[Key]:
    """The pieces of equipment and subjects of which everything begins to ring, and nothing ended so lately that it comes again."""
    old = {_key(about) for about, alarm in behind if alarm is not None or not _begins(_matter(about))}
    new = {_key(about) for about, _ in behind} - old
    equipment = {name for is_case, name in new if is_case and name is not None}
    subjects = {name for is_case, name in new if not is_case and name is not None}
    if not (equipment or subjects):
        return set()
    pieces, watched = await alarms.ended_lately(tx, equipment, subjects, at - WINDOW_MS)
    return {(True, name) for name in equipment - pieces} | {(False, name) for name in subjects - watched}


def _key(about: Case | Observation) -> Key:
    """What comes again must be of the same: a case of the same equipment, an observation of the same subject."""
    return (True, about.facts.equipment) if isinstance(about, Case) else (False, about.subject)


def _begins(matter: Matter) -> bool:
    return matter.is_going_on and matter.severity is not Severity.NOTE


def _matter(about: Case | Observation) -> Matter:
    return matter_of_case(about) if isinstance(about, Case) else matter_of_observation(about)


async def _follow_one(tx: Tx, about: Case | Observation, alarm: Alarm | None, at: int) -> int:
    matter = _matter(about)
    if alarm is None and await _comes_again(tx, about, matter, at):
        return 1
    last_why = await alarms.last_why(tx, alarm.id) if alarm and isinstance(about, Case) else ""
    return await _go(tx, about, alarm, next_steps(matter, alarm, at, last_why), at)


async def _may_go_along(tx: Tx, alarm: Alarm, into: str) -> bool:
    """The case that goes on has no alarm, or had this one before."""
    other = await alarms.alarm_of(tx, into)
    return other is None or other.id == alarm.id


async def _comes_again(tx: Tx, about: Case | Observation, matter: Matter, at: int) -> bool:
    """What comes back within the fold window is the same alarm: it rings again, and its score rises."""
    if not _begins(matter):
        return False
    since = at - WINDOW_MS
    if isinstance(about, Case):
        last = await alarms.last_of(tx, about, since)
    else:
        last = await alarms.last_of_watch(tx, about, since)
    if last is None:
        return False
    await alarms.again(tx, last, about, Arrow(_rung(last, at), "reopened", at), matter.severity)
    return True


async def _go_along(tx: Tx, unfollowed: Sequence[tuple[Observation, Alarm | None]], at: int) -> int:
    """A silence that grew wider, a forecast that was made anew: its alarm is about the new observation from now on."""
    arrows = 0
    heard = {alarm.observation for _, alarm in unfollowed if alarm is not None}
    for seen, alarm in unfollowed:
        into = seen.detail.get("into")
        if alarm is None or alarm.state.is_over or into is None:
            continue
        found = await cases.last_observation(tx, seen.kind, str(into))
        if (
            found is not None
            and found.end is None
            and found.id not in heard
            and not await alarms.is_heard(tx, found.id)
        ):
            facility = _facility(_among(found), await _stand(tx, _among(found)))
            await alarms.go_along(tx, alarm, found, facility, Arrow(alarm.state, "merged", at))
            heard.add(found.id)
            arrows += 1
    return arrows


async def _go(tx: Tx, about: Case | Observation, alarm: Alarm | None, steps: list[Step], at: int) -> int:
    waits = _matter(about).waits_at_night
    if alarm is not None and not alarm.state.is_over and not steps and waits:
        await alarms.let_wait(tx, alarm)  # that people may sleep after all is told to nobody
    for step in steps:
        arrow = Arrow(step.after, step.why, at)
        if alarm is None:
            [alarm] = await alarms.raise_alarms(tx, await _new(tx, [about], arrow, is_past=step.is_past), arrow)
        else:
            await alarms.change(tx, alarm, arrow, severity=step.severity, waits_at_night=waits)
    return len(steps)


async def _new(tx: Tx, abouts: Sequence[Case | Observation], arrow: Arrow, *, is_past: bool = False) -> list[NewAlarm]:
    """An alarm about each of these, all by the same arrow; each is as loud as what it is about."""
    stand = await _stand(tx, [code for about in abouts for code in _among(about)])
    return [_new_one(about, arrow, stand, is_past=is_past) for about in abouts]


def _new_one(about: Case | Observation, arrow: Arrow, stand: Mapping[str, str], *, is_past: bool) -> NewAlarm:
    matter, facility = _matter(about), _facility(_among(about), stand)
    new = NewAlarm(
        kind=about.facts.kind if isinstance(about, Case) else about.kind,
        equipment=about.facts.equipment if isinstance(about, Case) else about.equipment,
        facility=facility,
        waits_at_night=matter.waits_at_night,
        severity=matter.severity,
        state=arrow.after,
        is_past=is_past,
        raised_at=arrow.at,
        ended_at=arrow.at if arrow.after is AlarmState.ENDED else None,
    )
    if isinstance(about, Case):
        return replace(new, excursion=about.id)
    named = about.detail.get("facility")  # where it is about no equipment at all
    return replace(new, observation=about.id, facility=named or facility, is_drill=new.kind is Kind.DRILL)


def _among(about: Case | Observation) -> tuple[str, ...]:
    """The pieces of equipment that it concerns."""
    if isinstance(about, Case):
        return tuple(filter(None, [about.facts.equipment]))
    return tuple(about.detail.get("equipment") or filter(None, [about.equipment]))


async def _stand(tx: Tx, equipment: Iterable[str]) -> dict[str, str]:
    """At which facility each of these stands."""
    return {code: each.facility for code, each in (await views.equipment_of_each(tx, equipment)).items()}


def _facility(equipment: Iterable[str], stand: Mapping[str, str]) -> str | None:
    """Where they all stand; None when they stand at several: the county's desk hears of that."""
    facilities = {stand[code] for code in equipment if code in stand}
    return facilities.pop() if len(facilities) == 1 else None
