"""When the drill of a month is due at a facility: in its working hours, on a day of its own, again later where that was missed.

sessions of the month, else its working days ─► windows ─► from the facility's own day on, each is one more chance. Pure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from coldchain.archive.drills import Used
from coldchain.archive.facilities.sessions import Held

OPENS_MIN, CLOSES_MIN = 9 * 60, 16 * 60  # of a working day without a session
LEAST_MS: Final = 30 * 60_000  # so much of a window must be left: somebody has to answer within it
EARLY: Final = 2 / 3  # of the month's windows, from which the own day is drawn: there are others left behind it
_MINUTE: Final = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    """From–to somebody is there, ms UTC."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What drills may come to in a month."""

    times: int  # of one facility
    fen: int  # of all


def month_of(at: int, zone: ZoneInfo) -> str:
    """2026-11."""
    return datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m")


def begins(at: int, zone: ZoneInfo) -> int:
    """The instant at which the month began."""
    first = datetime.fromtimestamp(at / 1000, zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return round(first.timestamp() * 1000)


def days_of(at: int, zone: ZoneInfo) -> tuple[str, str]:
    """The month's first day and its last."""
    first = datetime.fromtimestamp(at / 1000, zone).date().replace(day=1)
    return first.isoformat(), ((first + timedelta(days=32)).replace(day=1) - timedelta(days=1)).isoformat()


def windows(held: Sequence[Held], working: Collection[str], zone: ZoneInfo) -> list[Window]:
    """When somebody is there: in sessions, where there are any; else on working days, in the hours of an office."""
    if held:
        return [_window(each.day, each.from_min, each.to_min, zone) for each in held]
    return [_window(date.fromisoformat(day), OPENS_MIN, CLOSES_MIN, zone) for day in sorted(working)]


def _window(day: date, from_min: int, to_min: int, zone: ZoneInfo) -> Window:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    begun = round(midnight.timestamp() * 1000)
    return Window(begun + from_min * _MINUTE, begun + to_min * _MINUTE)


def is_due(facility: str, month: str, its: Sequence[Window], at: int) -> bool:
    """True in a window from the facility's own day on, while enough of it is left; whoever was late begins within it."""
    if not its:
        return False
    own = crc32(f"{facility} {month}".encode()) % max(1, int(len(its) * EARLY))
    return any(each.start <= at < each.end - LEAST_MS for each in its[own:])


def refusal(used: Used, budget: Budget) -> tuple[str, str] | None:
    """Why a month has no drill left, as a code and in words; None: it has."""
    if used.times >= budget.times:
        return "times", f"{used.times} drills of this facility this month, {budget.times} are allowed"
    if used.fen >= budget.fen:
        return "money", f"drills cost {used.fen} fen this month, {budget.fen} are allowed"
    return None
