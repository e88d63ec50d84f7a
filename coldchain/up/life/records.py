"""The twice-daily record by hand: mostly kept, some halves missing, one entered afterwards, one display that is off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities.days import SITE
from coldchain.archive.twice_daily import entries
from coldchain.archive.twice_daily.entries import NewEntry
from coldchain.archive.twice_daily.hours import Half
from coldchain.up.life.acts import MINUTE_MS, Act, Stage

DAYS: Final = 5  # each entry costs the demo's start 8 ms
USUAL_C: Final = {"2-8": 4.8, "frozen": -20.5, "ice-packs": -18.0}
FORGETFUL: Final = ("519921105", "519921112")  # often nobody writes on weekends
OFF: Final = ("519921104-YY1", 1.6)  # its display says so much too little, every day
AFTERWARDS: Final = "下午停电，次日上午补录纸质记录"
LATE: Final = ("519921109-YY1/cold", -4)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a display showed, and why it is written down only afterwards, if it is."""

    place: str
    half: Half
    at: int
    value_c: float
    late: str | None


def acts(stage: Stage, keepers: Mapping[str, str]) -> Iterator[Act]:
    """Two entries a day of each compartment that is to be read."""
    at_work = {each.code: each.facility for each in stage.county.equipment}
    for number, room in enumerate(stage.county.compartments):
        dice = stage.dice(f"record/{room.equipment}/{room.name}")
        facility = at_work[room.equipment]
        off = OFF[1] if room.equipment == OFF[0] else 0.0
        for ago in range(-DAYS, 0):
            for half, hour in ((Half.AM, 8), (Half.PM, 15)):
                value = round(USUAL_C[room.profile] + dice.gauss(0.0, 0.4) - off, 1)
                if _is_forgotten(stage, facility, ago, dice.random()):
                    continue
                place = f"{room.equipment}/{room.name}"
                at = stage.calendar.at(ago, hour, number)
                is_late = (place, ago, half) == (*LATE, Half.PM)
                seen = Seen(place, half, at, value, AFTERWARDS if is_late else None)
                yield Act(
                    at + (20 * 60 * MINUTE_MS if is_late else MINUTE_MS), keepers[facility], partial(_write, seen=seen)
                )


def _is_forgotten(stage: Stage, facility: str, ago: int, chance: float) -> bool:
    is_weekend = stage.calendar.date(ago).weekday() >= 5
    return chance < (0.6 if is_weekend and facility in FORGETFUL else 0.02)


async def _write(tx: Tx, stage: Stage, by: By, *, seen: Seen) -> None:
    new = NewEntry(
        compartment=stage.rooms[seen.place], half=seen.half, taken_at=seen.at, value_c=seen.value_c,
        signed_by=by.actor, late_reason=seen.late,
    )  # fmt: skip
    await entries.enter(tx, new, SITE, by)
