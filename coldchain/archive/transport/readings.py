"""What people read on the way: at departure, en route, at each stop, and back at the origin (启运, 途中, 到达)."""

import math
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from coldchain import clock
from coldchain.archive import changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import check_texts, record_of
from coldchain.archive.transport.runs import check_carrier, check_moment, going
from coldchain.archive.transport.words import Measured, Point, Reading, Stop
from coldchain.errors import BadInput
from coldchain.reading import PHYSICAL_RANGE, Quantity

AMBIENT_C: Final = (-60.0, 60.0)
MOST_KM: Final = 5000


async def read(tx: Tx, number: int, point: Point, at: int, measured: Measured, by: By) -> Reading:
    """Write down what was read of a carrier at departure, on the way, or back at the origin.

    Raises:
        BadInput: when the run is over, it was not then, or not in that order.
    """
    if point is Point.ARRIVAL:
        raise BadInput("point", "an arrival is somewhere", "write the arrival at a stop")
    run = await going(tx, number)
    return await _enter(tx, run, point, at, measured, None, by)


async def arrive(  # noqa: PLR0913 - the fields of the form at one stop
    tx: Tx,
    number: int,
    facility: str,
    at: int,
    measured: Sequence[Measured],
    by: By,
    *,
    distance_km: int | None = None,
    receiver: str | None = None,
) -> Stop:
    """The run came to a stop: what was read of each carrier there, how far it drove, and who received.

    Raises:
        BadInput: when the run is over, does not stop there, has not departed by then, or was there before.
    """
    run = await going(tx, number)
    stop = await stop_row(tx, number, facility)
    await _check_arrival(tx, run, stop, at)
    check_texts("run_stop", {"receiver": receiver})
    if distance_km is not None and not 0 <= distance_km <= MOST_KM:
        raise BadInput("distance_km", f"{distance_km} km cannot be", f"write 0 to {MOST_KM}")
    if not measured:
        raise BadInput("readings", "nothing was read on arrival", "read each carrier before it is unloaded")
    for each in measured:
        await _enter(tx, run, Point.ARRIVAL, at, each, facility, by)
    stop.arrived_at = at
    stop.distance_km, stop.receiver = distance_km or stop.distance_km, receiver or stop.receiver
    await changes.enter(tx, by, "arrived", stop, [])
    return record_of(stop, Stop)


async def _check_arrival(tx: Tx, run: tables.Run, stop: tables.RunStop, at: int) -> None:
    """A stop is reached once; when all that was read there was taken back, its arrival is written anew."""
    if stop.arrived_at is None:
        return
    row, move = tables.RunReading, tables.Movement
    read = select(row.id).where(row.run == run.id, row.facility == stop.facility, row.withdrawn_at.is_(None))
    if await tx.scalar(read.limit(1)) is not None:
        raise BadInput("facility", f"it came there {clock.iso(stop.arrived_at)}", "a stop is reached once")
    moved = select(move.at).where(
        move.run == run.id, move.withdrawn_at.is_(None), move.at >= stop.arrived_at, move.at < at
    )
    if await tx.scalar(moved.limit(1)) is not None:
        raise BadInput("at", "doses went on or off board before that", "write when it came, or withdraw those first")


async def complete_stop(
    tx: Tx, number: int, facility: str, by: By, *, distance_km: int | None = None, receiver: str | None = None
) -> Stop:
    """What was left open at a stop: the distance, the signature. What stands there is not overwritten.

    Raises:
        BadInput: when the run is over, has not come there, or it stands there already.
    """
    await going(tx, number)
    stop = await stop_row(tx, number, facility)
    check_texts("run_stop", {"receiver": receiver})
    if stop.arrived_at is None:
        raise BadInput("facility", f"run {number} has not come to {facility}", "write its arrival first")
    for field, value in (("distance_km", distance_km), ("receiver", receiver)):
        if value is None:
            continue
        if getattr(stop, field) is not None:
            raise BadInput(field, f"{getattr(stop, field)!r} stands there", "what was signed stays")
        setattr(stop, field, value)
    await changes.enter(tx, by, "completed", stop, [])
    return record_of(stop, Stop)


async def withdraw(tx: Tx, reading: int, by: By) -> Reading:
    """Take back a reading that was wrong; it stays in the record and counts no more. An arrival of which nothing counts is written anew.

    Raises:
        BadInput: when there is none, it was taken back before, or its run is over.
    """
    row = await changes.counting(tx, tables.RunReading, "reading", reading)
    await going(tx, row.run)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Reading)


async def of_run(tx: Tx, number: int) -> list[Reading]:
    """All that was read on a run, the withdrawn too, in time."""
    row = tables.RunReading
    rows = await tx.scalars(select(row).where(row.run == number).order_by(row.at, row.id))
    return [record_of(each, Reading) for each in rows]


async def stop_row(tx: Tx, number: int, facility: str) -> tables.RunStop:
    """A stop of a run.

    Raises:
        BadInput: when the run does not go there.
    """
    row = await tx.get(tables.RunStop, (number, facility))
    if row is None:
        raise BadInput("facility", f"run {number} does not stop at {facility[:80]!r}", "name one of its stops")
    return row


async def _enter(
    tx: Tx, run: tables.Run, point: Point, at: int, measured: Measured, facility: str | None, by: By
) -> Reading:
    check_moment(run, at, by.at)
    await check_carrier(tx, run.id, measured.carrier)
    _check_range("vaccine_c", measured.vaccine_c, PHYSICAL_RANGE[Quantity.TEMPERATURE])
    if measured.ambient_c is not None:
        _check_range("ambient_c", measured.ambient_c, AMBIENT_C)
    before = [each for each in await of_run(tx, run.id) if each.carrier == measured.carrier and not each.withdrawn_at]
    _check_order(run, point, at, facility, before)
    row = tables.RunReading(
        run=run.id, carrier=measured.carrier, point=point.value, facility=facility, at=at,
        vaccine_c=measured.vaccine_c, ice=measured.ice.value if measured.ice else None, ambient_c=measured.ambient_c,
        by=by.actor,
    )  # fmt: skip
    await changes.enter(tx, by, "read", row, [])
    return record_of(row, Reading)


def _check_order(run: tables.Run, point: Point, at: int, facility: str | None, before: Sequence[Reading]) -> None:
    """It departs once and first, comes to each stop once, and is back last; all of one carrier."""
    if any((each.point, each.facility) == (point, facility) for each in before if point is not Point.EN_ROUTE):
        raise BadInput("point", f"the {point} of this carrier is written down", "withdraw that reading first")
    departed = next((each.at for each in before if each.point is Point.DEPARTURE), None)
    if point is Point.DEPARTURE:
        if before and before[0].at < at:
            raise BadInput("at", f"it was read on the way {clock.iso(before[0].at)}", "departure comes first")
    elif departed is None:
        raise BadInput("point", f"run {run.id} has not departed with this carrier", "write what was read at departure")
    elif at <= departed:
        raise BadInput("at", f"it departed {clock.iso(departed)}", "write a later time")
    back = next((each.at for each in before if each.point is Point.BACK), None)
    if back is not None and at >= back:
        raise BadInput("at", f"it was back {clock.iso(back)}", "write an earlier time")


def _check_range(field: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not (math.isfinite(value) and low <= value <= high):
        raise BadInput(field, f"{value:g} °C is no temperature of such a place", f"write {low:g} to {high:g}")
