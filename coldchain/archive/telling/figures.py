"""Figures people manage by: how soon somebody was told, went, and it was over; how often people were woken, and for nothing.

    alarms · arrows · notices · attempts ─► lives, calls ─► by clinic and shift: bands of minutes; per fridge and month: counts

Drills are none of it: they are left out where the rows are read. What came again within the fold window is one alarm, from when
it first rang until it was last over. What is past was over before anybody could be told: it is counted, and has no minutes. Who was
told by a gateway before the server knew was told in no time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

MORNING, EVENING = 7, 21  # hours of the site; between them is day, and who is told then is awake
MINUTE: Final = 60_000
MONTH_MS: Final = 30.4375 * 86_400_000  # a twelfth of a year


class Shift(StrEnum):
    """When it first rang."""

    DAY = "day"
    NIGHT = "night"


class Band(StrEnum):
    """How long something took, in minutes."""

    UP_TO_30 = "<=30"
    UP_TO_60 = "30-60"
    UP_TO_120 = "60-120"
    OVER_120 = ">120"
    NEVER = "never"  # it was over before


@dataclass(frozen=True, slots=True)
class Life:
    """One alarm, as far as minutes go."""

    facility: str | None
    raised_at: int
    told_at: int | None = None  # first, a named person by a way that leads to them
    taken_at: int | None = None  # first, somebody on the way
    ended_at: int | None = None
    is_past: bool = False
    is_false: bool = False  # somebody said so, or later data did
    is_temperature: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what makes a telephone ring. A text wakes nobody."""

    facility: str | None
    at: int
    is_for_nothing: bool  # of an alarm that was false


@dataclass(frozen=True, slots=True)
class Took:
    """How long one thing took, over many alarms."""

    bands: Mapping[Band, int]
    median_min: float | None


@dataclass(frozen=True, slots=True)
class Response:
    """A clinic's minutes in one shift."""

    facility: str | None
    shift: Shift
    alarms: int
    told: Took
    taken: Took
    recovered: Took


@dataclass(frozen=True, slots=True)
class Load:
    """What a clinic's people had to bear."""

    facility: str | None
    fridge_months: float
    alarms: int
    false_alarms: int
    past: int
    night_calls: int
    night_calls_for_nothing: int

    @property
    def alarms_per_fridge_month(self) -> float | None:
        """None: there is no refrigerator to count by."""
        return _per(self.alarms, self.fridge_months)

    @property
    def night_calls_per_fridge_month(self) -> float | None:
        """The same of calls at night."""
        return _per(self.night_calls, self.fridge_months)


@dataclass(frozen=True, slots=True)
class Patience:
    """What so many minutes more before a temperature is told would have spared, as far as rows can say."""

    minutes: int
    spared: int  # over by then, and nobody had gone: it passed by itself
    spared_at_night: int
    hidden: int  # over by then because somebody went: without being told it would have lasted
    later: int  # told all the same, so much later


def shift_of(at: int, zone: ZoneInfo) -> Shift:
    """Day or night."""
    hour = datetime.fromtimestamp(at / 1000, zone).hour
    return Shift.DAY if MORNING <= hour < EVENING else Shift.NIGHT


def band_of(took_ms: int) -> Band:
    """The band in which so long lies; whole and half an hour and two belong to the shorter."""
    minutes = took_ms / MINUTE
    for band, most in ((Band.UP_TO_30, 30), (Band.UP_TO_60, 60), (Band.UP_TO_120, 120)):
        if minutes <= most:
            return band
    return Band.OVER_120


def responses(lives: Iterable[Life], zone: ZoneInfo, at: int) -> list[Response]:
    """By clinic and shift; what still goes on counts as soon as its band is certain."""
    found: dict[tuple[str, Shift], list[Life]] = defaultdict(list)
    for life in lives:
        if not life.is_past:
            found[life.facility or "", shift_of(life.raised_at, zone)].append(life)
    return [
        Response(
            facility=facility or None,
            shift=shift,
            alarms=len(its),
            told=_took([(life, life.told_at) for life in its], at),
            taken=_took([(life, life.taken_at) for life in its], at),
            recovered=_took([(life, life.ended_at) for life in its], at),
        )
        for (facility, shift), its in sorted(found.items())
    ]


def _took(happened: Sequence[tuple[Life, int | None]], at: int) -> Took:
    counted = Counter(band for life, then in happened if (band := _band(life, then, at)) is not None)
    minutes = [max(0, then - life.raised_at) / MINUTE for life, then in happened if then is not None]
    return Took({band: counted[band] for band in Band}, round(median(minutes), 1) if minutes else None)


def _band(life: Life, then: int | None, at: int) -> Band | None:
    if then is not None:
        return band_of(max(0, then - life.raised_at))
    if life.ended_at is not None:
        return Band.NEVER
    so_far = band_of(at - life.raised_at)
    return so_far if so_far is Band.OVER_120 else None


def loads(
    lives: Iterable[Life], calls: Iterable[Call], fridge_months: Mapping[str, float], zone: ZoneInfo
) -> list[Load]:
    """By clinic, also those that had nothing to bear."""
    by_place: dict[str, list[Life]] = defaultdict(list)
    woken: dict[str, list[Call]] = defaultdict(list)
    for life in lives:
        by_place[life.facility or ""].append(life)
    for call in calls:
        if shift_of(call.at, zone) is Shift.NIGHT:
            woken[call.facility or ""].append(call)
    return [
        Load(
            facility=place or None,
            fridge_months=round(fridge_months.get(place, 0.0), 3),
            alarms=len(by_place[place]),
            false_alarms=sum(life.is_false for life in by_place[place]),
            past=sum(life.is_past for life in by_place[place]),
            night_calls=len(woken[place]),
            night_calls_for_nothing=sum(call.is_for_nothing for call in woken[place]),
        )
        for place in sorted({*by_place, *woken, *fridge_months})
    ]


def totals(lives: Iterable[Life], zone: ZoneInfo, at: int) -> list[Response]:
    """The minutes of all clinics together, by shift."""
    return responses([replace(life, facility=None) for life in lives], zone, at)


def total(several: Sequence[Load]) -> Load:
    """What all of them had to bear."""
    return Load(
        facility=None,
        fridge_months=round(sum(each.fridge_months for each in several), 3),
        alarms=sum(each.alarms for each in several),
        false_alarms=sum(each.false_alarms for each in several),
        past=sum(each.past for each in several),
        night_calls=sum(each.night_calls for each in several),
        night_calls_for_nothing=sum(each.night_calls_for_nothing for each in several),
    )


def patience(lives: Iterable[Life], zone: ZoneInfo, further_min: Iterable[int] = (5, 10, 20, 30)) -> list[Patience]:
    """What if a temperature were told so many minutes later: of what rang then, what was over before."""
    its = [life for life in lives if life.is_temperature and not life.is_past]
    return [_patience(its, minutes, zone) for minutes in further_min]


def _patience(its: Sequence[Life], minutes: int, zone: ZoneInfo) -> Patience:
    short = [life for life in its if life.ended_at is not None and life.ended_at - life.raised_at < minutes * MINUTE]
    spared = [life for life in short if life.taken_at is None]
    at_night = sum(shift_of(life.raised_at, zone) is Shift.NIGHT for life in spared)
    return Patience(minutes, len(spared), at_night, len(short) - len(spared), len(its) - len(short))


def _per(count: int, months: float) -> float | None:
    return round(count / months, 2) if months > 0 else None
