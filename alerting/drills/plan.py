"""When the drill of a month is due at a facility: in its working hours, on a day of its own, again later where that was missed.

sessions of the month, else its working days ─► windows ─► from the facility's own day on, each is one more chance. Pure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from alerting.excursion.occasions import session
from coldchain.archive.drills import Used
from coldchain.archive.facilities.sessions import Held

OPENS_MIN, CLOSES_MIN = 9 * 60, 16 * 60  # of a working day without a session
LEAST_MS: Final = 30 * 60_000  # so much of a window must be left: somebody has to answer within it
EARLY: Final = 2 / 3  # of the month's windows, from which the own day is drawn: there are others left behind it


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


def windows(held: Sequence[Held], working: Collection[str], zone: ZoneInfo) -> list[Window]:
    """When somebody is there: in sessions, where there are any; else on working days, in the hours of an office."""
    its = held or [Held(date.fromisoformat(day), OPENS_MIN, CLOSES_MIN) for day in sorted(working)]
    laid_out = (session(each.day, each.from_min, each.to_min, zone) for each in its)
    return [Window(each.start, each.end) for each in laid_out if each]


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
