"""How many are asked, and when. Pure.

A county's ways are spread over weeks, so that nobody's desk has all the answers in one morning and a provider sees no storm.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from alerting.drills.plan import windows
from coldchain.archive.duty.ways import Known
from coldchain.archive.duty.words import Means, WayKind, means_of
from coldchain.archive.facilities.sessions import Held

SPREAD_DAYS: Final = 20  # working days over which all ways of a site are asked
LEAST_A_DAY: Final = 4
HOURS: Final = 5  # of a day over which its questions are spread
DAY_HOURS: Final = range(8, 20)  # outside these nobody is asked anything, whatever a calendar says
PERSON_MS: Final = 20 * 3_600_000  # one question a day to one person
KEPT_BACK: Final = 2  # questions stop when 1/2 of what news may cost is spent
# By what an address is asked, the first that is open: a text is cheaper than a call, and disturbs less.
ASKED_BY: Final[Mapping[WayKind, tuple[Means, ...]]] = {
    WayKind.MOBILE: (Means.SMS, Means.VOICE),
    WayKind.FIXED: (Means.VOICE,),
    WayKind.WARD_NIGHT: (Means.VOICE,),
    WayKind.WECOM: (Means.WECOM,),
    WayKind.WECHAT: (Means.WECHAT,),
    WayKind.MAIL: (Means.MAIL,),
}


def allowance(ways: int, today: int, this_hour: int) -> int:
    """How many may be asked now, of so many ways, after so many."""
    a_day = max(LEAST_A_DAY, ceil(ways / SPREAD_DAYS))
    return max(0, min(a_day - today, ceil(a_day / HOURS) - this_hour))


def in_turn(due: Collection[Known]) -> list[Known]:
    """Whoever was confirmed longest ago first; those of one age in an order of no meaning, so that no facility comes as a whole."""
    return sorted(due, key=lambda each: (each.verified_at or 0, crc32(f"{each.kind} {each.address}".encode())))


def channel_of(kind: WayKind, channels: Sequence[str]) -> str | None:
    """By which of the open channels an address is asked."""
    for means in ASKED_BY[kind]:
        for name in channels:
            if means_of(name) is means:
                return name
    return None


def is_day(at: int, zone: ZoneInfo) -> bool:
    """True by day, before anything else is looked at."""
    return datetime.fromtimestamp(at / 1000, zone).hour in DAY_HOURS


def is_open(held: Sequence[Held], working: Collection[str], at: int, zone: ZoneInfo) -> bool:
    """True while a facility works: in a session of this day, else in office hours of a working day."""
    return any(each.start <= at < each.end for each in windows(held, working, zone))
