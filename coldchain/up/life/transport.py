"""The year's rounds, and two supply runs with their records: one round complete, one on its way through the county."""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.places import FacilityKind
from coldchain.archive.stock.receiving import DeliveryLine
from coldchain.archive.transport import cargo, ending, lines, readings, receiving, rounds, runs
from coldchain.archive.transport.cargo import Load
from coldchain.archive.transport.receiving import Reception
from coldchain.archive.transport.words import Cooling, Ice, Measured, NewRound, NewRun, Point, RunKind, Tool, Way
from coldchain.up.life.acts import Act, Stage

REGION: Final = "519921000000"
STORE: Final = "519921000"
FROM, BOX = "519921000-LK1/room", "519921000-LX1/main"
DONE, LATEST = -25, -9  # days of the two runs
PLANNED: Final = 120
CARGO: Final = {
    DONE: (
        ("519921104", "IPV-MS202510004", 30, "519921104-YY1/cold"),
        ("519921106", "HepB-SY202510037", 40, "519921106-BC1/cold"),
        ("519921108", "DTaP-JJ202508038", 30, "519921108-BX1/cold"),
    ),
    LATEST: (
        ("519921105", "DTaP-JJ202508038", 20, "519921105-BX1/cold"),
        ("519921107", "DTaP-JJ202508038", 20, "519921107-YY1/cold"),
    ),
}


@dataclass(frozen=True, slots=True)
class Trip:
    """A supply run: its day, its month's round, and what goes where."""

    day: int
    round_name: str
    cargo: Sequence[tuple[str, str, int, str]]


def acts(stage: Stage, keepers: Mapping[str, str], managers: tuple[str, str]) -> Iterator[Act]:
    """Rounds, then runs."""
    day = stage.calendar
    driven = {_name(stage, ago): CARGO[ago] for ago in CARGO}
    years = sorted({day.date(-40).year, day.date().year})
    for number, (year, month) in enumerate((year, month) for year in years for month in range(1, 13)):
        planned = _planned(stage) if (year, month) >= (day.date(-40).year, day.date(-40).month) else {}
        yield Act(day.at(-399, 9, number), managers[0], partial(_plan, year=year, month=month, planned=planned))
        ended = (day.date().year, day.date().month) > (year, month)
        if ended and not planned:
            yield Act(day.at(-60, 8, number), managers[0], partial(_close, name=f"{year}-{month:02d}"))
    for ago, its in CARGO.items():
        yield from _trip(stage, Trip(ago, _name(stage, ago), its), managers[1])
    for name, its in driven.items():
        for facility, *_ in its:
            yield Act(day.at(-2, 15), keepers[facility], partial(_end_line, name=name, facility=facility))


def _name(stage: Stage, ago: int) -> str:
    return f"{stage.calendar.date(ago):%Y-%m}"


def _planned(stage: Stage) -> dict[str, int]:
    kinds = {FacilityKind.TOWNSHIP_CLINIC, FacilityKind.MATERNITY_WARD}
    return {each.code: PLANNED for each in stage.county.facilities if each.kind in kinds}


async def _plan(tx: Tx, stage: Stage, by: By, *, year: int, month: int, planned: Mapping[str, int]) -> None:
    last = monthrange(year, month)[1]
    new = NewRound(
        region=REGION, year=year, number=month, name=f"{month} 月常规冷链运转", first_day=f"{year}-{month:02d}-01",
        last_day=f"{year}-{month:02d}-{last}",
    )  # fmt: skip
    stage.made[f"round/{year}-{month:02d}"] = (await rounds.plan(tx, new, planned, by)).id


async def _close(tx: Tx, stage: Stage, by: By, *, name: str) -> None:
    await rounds.close(tx, stage.made[f"round/{name}"], by)


def _trip(stage: Stage, trip: Trip, sender: str) -> Iterator[Act]:
    """Loaded at half past seven, two hours from stop to stop, back in the afternoon."""
    day = stage.calendar
    yield Act(day.at(trip.day, 7, 30), sender, partial(_start, trip=trip))
    yield Act(day.at(trip.day, 8), sender, partial(_depart, trip=trip))
    for number in range(len(trip.cargo)):
        yield Act(day.at(trip.day, 9 + 2 * number), sender, partial(_arrive, trip=trip, number=number))
        yield Act(day.at(trip.day, 9 + 2 * number, 20), sender, partial(_receive, trip=trip, number=number))
    yield Act(day.at(trip.day, 17), sender, partial(_complete, trip=trip))


async def _start(tx: Tx, stage: Stage, by: By, *, trip: Trip) -> None:
    box, source = stage.rooms[BOX], stage.rooms[FROM]
    new = NewRun(
        kind=RunKind.SUPPLY, origin=STORE, stops=tuple(facility for facility, *_ in trip.cargo), carriers=(box,),
        started_at=by.at, tool=Tool.VACCINE_VEHICLE, cooling=Cooling.ONBOARD_BOX, way=Way.DELIVERED, sender="赵甲",
        plate="川Z00003", purpose="常规供应", round=stage.made[f"round/{trip.round_name}"],
    )  # fmt: skip
    number = (await runs.start(tx, new, by)).id
    stage.made[f"run/{trip.day}"] = number
    for facility, lot, doses, _ in trip.cargo:
        load = Load(lot=lot, doses=doses, source=source, carrier=box, at=by.at, bound_for=facility)
        await cargo.load(tx, number, load, by)


def _measured(stage: Stage, what: str, ice: Ice) -> Measured:
    dice = stage.dice(f"run/{what}")
    return Measured(
        carrier=stage.rooms[BOX], vaccine_c=round(dice.uniform(3.6, 5.6), 1), ice=ice,
        ambient_c=round(dice.uniform(14, 24), 1),
    )  # fmt: skip


async def _depart(tx: Tx, stage: Stage, by: By, *, trip: Trip) -> None:
    seen = _measured(stage, f"{trip.day}/departure", Ice.CONDITIONED)
    await readings.read(tx, stage.made[f"run/{trip.day}"], Point.DEPARTURE, by.at, seen, by)


async def _arrive(tx: Tx, stage: Stage, by: By, *, trip: Trip, number: int) -> None:
    facility = trip.cargo[number][0]
    seen = [_measured(stage, f"{trip.day}/{facility}", Ice.CONDITIONED)]
    receiver = next(each.name for each in stage.made["members"] if each.facility == facility)
    await readings.arrive(
        tx, stage.made[f"run/{trip.day}"], facility, by.at, seen, by, distance_km=28 + 17 * number, receiver=receiver
    )


async def _receive(tx: Tx, stage: Stage, by: By, *, trip: Trip, number: int) -> None:
    facility, lot, doses, target = trip.cargo[number]
    line = DeliveryLine(lot=lot, doses=doses, compartment=stage.rooms[target], carrier=stage.rooms[BOX])
    new = Reception(document=f"QJ-YZ{-trip.day:02d}-{number + 1}", at=by.at, lines=(line,), papers_complete=True)
    await receiving.receive(tx, stage.made[f"run/{trip.day}"], facility, new, by)


async def _complete(tx: Tx, stage: Stage, by: By, *, trip: Trip) -> None:
    await ending.complete(tx, stage.made[f"run/{trip.day}"], by.at, by)


async def _end_line(tx: Tx, stage: Stage, by: By, *, name: str, facility: str) -> None:
    number = stage.made[f"round/{name}"]
    await rounds.write_sessions(tx, number, facility, 4, by)
    await lines.close_line(tx, number, facility, by)
