"""Folding joins messages, never responsibility: one cause gives each person one message, and each facility its own alarm.

    alarms of one cause (a feeder, a gateway, nobody heard) ─► steps to one person by one way ─► one message, all parts

A refrigerator past its limit is a cause of its own: it is in no fold, and waits for none. What comes again within the fold
window is the same alarm, with a higher score. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from alerting.ladder.steps import Step
from alerting.notify.texts import Text
from coldchain.archive.alarms import Alarm
from coldchain.archive.cases import Observation
from coldchain.archive.duty import quiet
from coldchain.archive.telling import notices
from coldchain.archive.telling.notices import FOLDED, NewNotice
from coldchain.excursion import Kind, Severity

WINDOW_MS: Final = 30 * 60_000  # what comes again so soon after it ended is the same alarm
# So long after a shared cause began its parts are waited for before the first is told: gateways are read once a minute.
GATHER_MS: Final = 90_000
FLAPPING: Final = 3  # how often a warning comes again within a day before it is called as critical
SHARED: Final = frozenset({Kind.POWER_LOSS, Kind.SILENCE})  # others may have it too


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something rings: alarms with the same key are parts of one trouble."""

    key: str
    is_shared: bool  # others may have it too


def cause_of(alarm: Alarm, seen: Observation | None, feeder: str) -> Cause:
    """The root of an alarm.

    Args:
        alarm: the alarm.
        seen: what it is about, when that is an observation.
        feeder: the power line of its facility, empty when nobody has said.
    """
    if alarm.kind is Kind.SILENCE and seen is not None:
        return Cause(_of_silence(alarm, seen, feeder), is_shared=True)
    if alarm.kind is Kind.POWER_LOSS and (feeder or alarm.facility):
        return Cause(_of_mains(alarm, feeder), is_shared=True)
    return Cause(f"equipment:{alarm.equipment}" if alarm.equipment else f"alarm:{alarm.id}", is_shared=False)


def _of_silence(alarm: Alarm, seen: Observation, feeder: str) -> str:
    """What was out of its band when it was last heard is in no wider fold; who said that the mains were lost, in theirs."""
    its_own = f"silence:{seen.subject.split('/')[0]}"
    if alarm.severity is Severity.CRITICAL:
        return its_own
    if seen.detail.get("mains") == "lost" and (feeder or alarm.facility):
        return _of_mains(alarm, feeder)
    return f"silence:{seen.detail['root']}" if seen.detail.get("root") else its_own


def _of_mains(alarm: Alarm, feeder: str) -> str:
    return f"feeder:{feeder}" if feeder else f"mains:{alarm.facility}"


def hold_ms(alarm: Alarm, cause: Cause) -> int:
    """How long the first message waits for further parts: never for what is past a limit, or loud already."""
    is_urgent = alarm.kind.is_temperature or alarm.severity is Severity.CRITICAL or alarm.is_drill
    return GATHER_MS if cause.is_shared and not is_urgent else 0


def loudness(alarm: Alarm) -> Severity:
    """How loud the ladder takes it: what keeps coming back is a failure, whatever each time by itself was."""
    is_flapping = alarm.severity is Severity.WARNING and alarm.score >= FLAPPING
    return Severity.CRITICAL if is_flapping else alarm.severity


def may_wait(alarm: Alarm) -> bool:
    """True when nobody is to be woken for it."""
    return quiet.may_wait(alarm.kind, loudness(alarm), waits_at_night=alarm.waits_at_night)


@dataclass(frozen=True, slots=True)
class Part:
    """One alarm's step, with the cause of the alarm."""

    alarm: Alarm
    transition: int
    cause: Cause
    step: Step


def folds(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts that one message tells, together; the loudest first in each."""
    found: dict[tuple[str, int, str, str, bool], list[Part]] = {}
    for part in parts:
        key = (part.cause.key, part.step.person, part.step.channel, part.step.address, part.alarm.is_drill)
        found.setdefault(key, []).append(part)
    return [sorted(each, key=_loudest_first) for each in found.values()]


def _loudest_first(part: Part) -> tuple[bool, bool, int]:
    """What may wait for the morning leads nothing that may not: where it is held, all that it tells of is."""
    return part.alarm.severity is not Severity.CRITICAL, may_wait(part.alarm), part.alarm.id


def as_one(rows: Sequence[NewNotice], text: Text, short: Mapping[str, str]) -> list[NewNotice]:
    """These rows as one message: the first is told in words for all of them, the others along with it."""
    name = _name_of(rows)
    lead = notices.with_(rows[0], fold=name, text_zh=text.zh, text_en=text.en, short=dict(short))
    return [lead, *(notices.with_(row, fold=name, state=FOLDED) for row in rows[1:])]


def _name_of(rows: Sequence[NewNotice]) -> str:
    """Of what makes each row unique: whoever makes the same rows again names them alike."""
    each = [f"{row.transition}:{row.person}:{row.channel}:{row.step}" for row in rows]
    return sha256("|".join(each).encode()).hexdigest()[:32]
