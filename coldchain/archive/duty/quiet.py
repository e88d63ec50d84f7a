"""What may wait for the morning, and when that is: the one place for both. Pure.

    heat, freezing, anything critical   never waits
    everything else                     as its alarm's row says: alerting's policy for its kind, and of a silence whether all
                                        that is silent keeps cold for longer than nothing is known of it
    the night                           quiet hours of the policy in force there, by the calendar of the place

How loud a thing is, and from when on, says alerting's table: there, a loss of mains calls once it lasts 30 min and a limit is
forecast within 2 h. Here is only what that table cannot know: how long this fridge keeps cold, and when people there sleep.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from coldchain.archive.duty.book import Special
from coldchain.archive.duty.policy import Quiet
from coldchain.archive.facilities.calendar import DayKind
from coldchain.excursion import Kind, Severity

HOUR_MS = 3_600_000
SATURDAY = 5


def may_wait(kind: Kind, severity: Severity, *, waits_at_night: bool) -> bool:
    """True when nobody is to be woken for it; `waits_at_night` is what its alarm's row says."""
    return waits_at_night and not kind.is_temperature and severity is not Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Holdover:
    """How long a piece of equipment keeps cold without mains, and how that is known."""

    hours: float
    basis: str  # measured | catalogue | policy
    source: str
    equipment: str = ""


def least(holdovers: Iterable[Holdover]) -> Holdover | None:
    """Of several the one that is warm first."""
    return min(holdovers, key=lambda each: each.hours, default=None)


def silence_waits(unknown_ms: int, hours: float) -> bool:
    """True while what is silent still keeps cold, whatever happened to it since it was heard."""
    return unknown_ms < hours * HOUR_MS


@dataclass(frozen=True, slots=True)
class Night:
    """Whether people sleep at an instant: `until` when, if so; and since when they were last awake, if not."""

    until: int | None
    awake_since: int | None

    @property
    def is_now(self) -> bool:
        """True in quiet hours."""
        return self.until is not None


def night_of(quiet: Quiet, special: Mapping[str, Special], at: int, zone: ZoneInfo) -> Night:
    """The night of an instant, by the quiet hours of a policy.

    Args:
        quiet: its hours.
        special: the days there that are not what their weekday says, by date: 节假日, 调休.
        at: domain time.
        zone: of the site.
    """
    today = datetime.fromtimestamp(at / 1000, zone).date()
    nights = [_night(quiet, special, today + timedelta(days=n), zone) for n in (-1, 0, 1)]
    until = next((end for begin, end in nights if begin <= at < end), None)
    ended = [end for begin, end in nights if begin < end <= at]
    return Night(until, None if until is not None else max(ended, default=None))


def _night(quiet: Quiet, special: Mapping[str, Special], day: date, zone: ZoneInfo) -> tuple[int, int]:
    """The night that ends on a day; on a day off later, where the policy says so."""
    eve = day - timedelta(days=1) if quiet.start > quiet.until else day
    until = quiet.rest_until if quiet.rest_until and is_day_off(special, day) else quiet.until
    return _instant(eve, quiet.start, zone), _instant(day, until, zone)


def is_day_off(special: Mapping[str, Special], day: date) -> bool:
    """A holiday, or a week's end that is no make-up day."""
    known = special.get(day.isoformat())
    return day.weekday() >= SATURDAY if known is None else known.kind is DayKind.HOLIDAY


def _instant(day: date, clock: str, zone: ZoneInfo) -> int:
    hour, _, minute = clock.partition(":")
    return int(datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone).timestamp() * 1000)
