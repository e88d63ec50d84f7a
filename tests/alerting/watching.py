"""What a small clinic says and what is seen of it: for tests of the watch."""

from collections.abc import Iterable

import pytest

from coldchain.archive import cases, equipment, occasions
from coldchain.archive.cases import Observation
from coldchain.archive.equipment import Equipment, EquipmentType, NewAssignment, NewCompartment, Purpose
from coldchain.archive.occasions import NewOccasion, OccasionKind
from coldchain.excursion import Kind
from coldchain.reading import Trace
from coldchain.series import DAY, Rollup
from coldchain.series import HOUR as HOURLY
from tests.alerting.cast import BY, MINUTE, SINCE, T0, Clinic, trace_of

SECOND = "gw-1/28ff9999/temperature"
FAR = "gw-2/28ff7777/temperature"
FACILITY = "511900012000"
both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


async def hang(clinic: Clinic, *channels: str, interval_s: int = 60) -> None:
    async with clinic.archive.writing() as tx:
        for channel in channels:
            new = NewAssignment(channel=channel, equipment="F1", compartment="cold", start=SINCE, interval_s=interval_s)
            await equipment.assign(tx, new, BY)


async def going_on(clinic: Clinic, kind: Kind) -> list[Observation]:
    async with clinic.archive.reading() as tx:
        return await cases.open_observations(tx, kind)


async def last(clinic: Clinic, kind: Kind, subject: str) -> Observation:
    async with clinic.archive.reading() as tx:
        found = await cases.last_observation(tx, kind, subject)
    assert found is not None
    return found


async def silent(clinic: Clinic) -> list[str]:
    return [seen.subject for seen in await going_on(clinic, Kind.SILENCE)]


def every_minute(start: int, minutes: int, *channels: str, value: float = 5.0) -> list[Trace]:
    return [trace_of([value] * minutes, start=T0 + start * MINUTE, channel=channel) for channel in channels]


async def hear(clinic: Clinic, at_min: float, *traces: Trace) -> None:
    """Arrive and be looked at, at that minute."""
    clinic.now = T0 + round(at_min * MINUTE)
    await clinic.hear(*traces)


async def plan(clinic: Clinic, minutes: float, *, after_min: int = -1) -> None:
    """An outage of the facility, until so many minutes after T0."""
    async with clinic.archive.writing() as tx:
        end = T0 + round(minutes * MINUTE)
        new = NewOccasion(kind=OccasionKind.PLANNED_OUTAGE, start=T0 + after_min * MINUTE, end=end, facility=FACILITY)
        await occasions.enter(tx, new, BY)


async def roll(clinic: Clinic, channel: str, start: int, means: Iterable[float], step: int = HOURLY) -> None:
    rows = [
        Rollup(channel, start + i * step, mean - 0.5, mean + 0.5, mean, step / 1000, 60) for i, mean in enumerate(means)
    ]
    await clinic.series.write_rollups(rows, step)


async def hang_long_ago(clinic: Clinic, *channels: str) -> None:
    async with clinic.archive.writing() as tx:
        for channel in channels:
            new = NewAssignment(channel=channel, equipment="F1", compartment="cold", start=SINCE - 90 * DAY)
            await equipment.assign(tx, new, BY)


async def another_fridge(clinic: Clinic, code: str) -> None:
    new = Equipment(
        code=code, facility=FACILITY, name_zh=code, name_en=code, short_zh=code, type=EquipmentType.DOMESTIC_FRIDGE
    )
    cold = NewCompartment(
        equipment=code, name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with clinic.archive.writing() as tx:
        await equipment.put_equipment(tx, [new], BY)
        await equipment.put_compartments(tx, [cold], BY)
