"""Times as files write them: ms since 1970, ISO 8601 with an offset, or, where a time zone is named, local time.

A local time that the zone has twice or never (the clocks are turned) is refused: guessing would lose readings.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from coldchain.errors import BadInput

# what ISO is not: 2026/7/3 16:05, 2026-7-3 16:05:30.250, 2026年7月3日 16时5分
LOCAL: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*"
    r"(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2}))?(?:\.(\d{1,6}))?[分秒]?"
)
EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are counted from it, whatever their zone
MILLISECOND: Final = timedelta(milliseconds=1)
HOUR_MS: Final = 3_600_000
EARLIEST: Final = -62_135_596_800_000  # the year 1 …
BEYOND: Final = 253_402_300_800_000  # … and the year 10000: what lies outside cannot be written as a date
SECONDS: Final = range(600_000_000, 10_000_000_000)  # s of 1989 to 2286, or ms of a spring that no probe saw: 1970
CURE: Final = "add +08:00 or Z, or name the zone: --time-zone Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Moments:
    """Reads times; `zone` is that of times without an offset, None = such a time is no time."""

    zone: ZoneInfo | None = None

    def read(self, text: str, field: str = "time") -> int:
        """One time, ms UTC.

        Raises:
            BadInput: naming `field`, what is wrong, and the cure.
        """
        if text.removeprefix("-").isdecimal():
            return _checked(int(text), field)
        moment = _moment(text, field)
        if moment.tzinfo is not None:
            return _ms(moment)
        if self.zone is None:
            raise BadInput(field, f"{text!r} has no offset", CURE)
        return _settled(moment, self.zone, field)

    def read_all(self, texts: Sequence[str]) -> list[int]:
        """The same for many times at once, in a fraction of the time.

        Raises:
            ValueError: something is unusual; read them one by one.
            BadInput: likewise.
        """
        if all(map(str.isdecimal, texts)):
            times = list(map(int, texts))
            _checked(max(times), "time")
            _checked(min(times), "time")
            return times
        moments = list(map(datetime.fromisoformat, texts))
        zone = self.zone
        if all(moment.tzinfo is not None for moment in moments):
            return [round(moment.timestamp() * 1000) for moment in moments]
        if zone is None or any(moment.tzinfo is not None for moment in moments):
            raise ValueError("not all of one kind")
        return _all_settled(moments, zone)


def _checked(ms: int, field: str) -> int:
    if not EARLIEST <= ms < BEYOND:
        raise BadInput(field, f"{ms} ms is in no year from 1 to 9999", "write ms since 1970, not µs or ns")
    if ms in SECONDS:
        raise BadInput(field, f"{ms} is in seconds", "write ms since 1970, three digits more")
    return ms


def _moment(text: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(_as_iso(text))
    except ValueError:
        raise BadInput(field, f"{text!r} is no time", "write 2026-07-03T16:00:00+08:00 or ms since 1970") from None


def _as_iso(text: str) -> str:
    local = LOCAL.fullmatch(text)
    if local is None:
        return text
    year, month, day, hour, minute, second, fraction = local.groups(default="0")
    return f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}.{fraction:0<6}"


def _settled(moment: datetime, zone: ZoneInfo, field: str) -> int:
    """A local time, when the zone has it exactly once."""
    first = moment.replace(tzinfo=zone)
    if first.utcoffset() != moment.replace(tzinfo=zone, fold=1).utcoffset():
        wrong = f"{moment.isoformat(' ')} is not one moment in {zone}: the clocks are turned then"
        raise BadInput(field, wrong, "write times with their offset")
    return _ms(first)


def _all_settled(moments: Sequence[datetime], zone: ZoneInfo) -> list[int]:
    """The same for many; in most hours the clocks are not turned, and their offset is looked up once."""
    offsets: dict[int, int | None] = {}
    times = []
    for moment in moments:
        local = round((moment - EPOCH) / MILLISECOND)
        hour = local // HOUR_MS
        if hour not in offsets:
            offsets[hour] = _offset_of_hour(moment, zone)
        offset = offsets[hour]
        times.append(_settled(moment, zone, "time") if offset is None else local - offset)
    return times


def _offset_of_hour(moment: datetime, zone: ZoneInfo) -> int | None:
    """The offset (ms) in the hour around a local time; None where it is not one and the same."""
    first = moment.replace(minute=0, second=0, microsecond=0, tzinfo=zone)
    last = moment.replace(minute=59, second=59, microsecond=999_999, tzinfo=zone)
    offsets = {edge.replace(fold=fold).utcoffset() for edge in (first, last) for fold in (0, 1)}
    offset = offsets.pop()
    return None if offsets or offset is None else round(offset / MILLISECOND)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
