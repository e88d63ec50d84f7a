"""The door at the far end: the run's own record and the papers decide in three ways, as for any delivery.

    arrival ─► receive ─┬─► accepted: carrier ─► compartment, free to use
                        ├─► waiting: carrier ─► compartment, not to be used until the papers came
                        └─► refused: stays on board, to be brought back; two authorities are to be told

The decision is `stock.receiving`'s; here only stands what a run knows that a stranger's delivery has to show on paper.
"""

from collections.abc import Sequence

from coldchain.archive import changes, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record
from coldchain.archive.stock import receiving
from coldchain.archive.stock.receiving import Delivery, DeliveryLine, Receipt, Transport
from coldchain.archive.transport import cargo
from coldchain.archive.transport.readings import of_run, stop_row
from coldchain.archive.transport.runs import check_carrier, check_moment, going
from coldchain.archive.transport.words import Point, Reading
from coldchain.clock import iso
from coldchain.errors import BadInput


class Reception(Record, frozen=True, kw_only=True):
    """What is received at a stop, each line out of a carrier. `sensor_*` is the furthest that channels on board showed."""

    document: str  # 出库单号
    at: int
    lines: tuple[DeliveryLine, ...]
    papers_complete: bool
    missing: str = ""
    taken_by: str = ""
    sensor_low_c: float | None = None
    sensor_high_c: float | None = None
    refuse_because: str = ""


async def receive(tx: Tx, number: int, facility: str, new: Reception, by: By) -> Receipt:
    """Decide at the door of a stop; doses that come in leave the carriers, refused ones stay there.

    Raises:
        BadInput: when the run has not come there, it was decided before, or the doses are not on board.
    """
    run = await going(tx, number)
    stop = await stop_row(tx, number, facility)
    check_moment(run, new.at, by.at)
    if stop.receipt is not None and (await tx.get_one(tables.Receipt, stop.receipt)).withdrawn_at is None:
        raise BadInput("facility", f"receipt {stop.receipt} was made there", "withdraw that one first, if it is wrong")
    if stop.arrived_at is None or new.at < stop.arrived_at:
        raise BadInput("at", f"run {number} has not come to {facility} by then", "write its arrival first")
    await _check_on_board(tx, number, new)
    low_c, high_c, arrival_c = _furthest(facility, new, await of_run(tx, number))
    delivery = Delivery(
        facility=facility, at=new.at, document=new.document, supplier=(await places.facility(tx, run.origin)).name_zh,
        transport=Transport(run.tool), arrival_c=arrival_c, papers_complete=new.papers_complete, lines=new.lines,
        plate=run.plate, run=number, record_low_c=low_c, record_high_c=high_c, missing=new.missing,
        handed_by=run.sender, taken_by=new.taken_by or stop.receiver or "",
    )  # fmt: skip
    receipt = await receiving.receive(tx, delivery, by, refuse_because=new.refuse_because)
    stop.receipt = receipt.id
    await changes.enter(tx, by, "received", stop, [])
    return receipt


async def _check_on_board(tx: Tx, number: int, new: Reception) -> None:
    """Also what is refused must have come."""
    there = {(each.carrier, each.lot): each.doses for each in await cargo.on_board(tx, number, new.at)}
    for n, line in enumerate(new.lines):
        if line.carrier is None:
            raise BadInput(f"lines[{n}].carrier", "nothing says what it lies in", "name the carrier on board")
        await check_carrier(tx, number, line.carrier)
        left = there.get((line.carrier, line.lot), 0) - line.doses
        if left < 0:
            wrong = f"{left + line.doses} doses of {line.lot} are in carrier {line.carrier} at {iso(new.at)}, not {line.doses}"
            raise BadInput(f"lines[{n}].doses", wrong, "count them again, or enter what was loaded")
        there[line.carrier, line.lot] = left


def _furthest(facility: str, new: Reception, readings: Sequence[Reading]) -> tuple[float, float, float]:
    """(lowest, highest, highest on arrival) of the carriers that the lines lie in, until then."""
    carriers = {line.carrier for line in new.lines}
    read = [each for each in readings if each.carrier in carriers and each.withdrawn_at is None and each.at <= new.at]
    arrival = [each.vaccine_c for each in read if (each.point, each.facility) == (Point.ARRIVAL, facility)]
    if not arrival:
        raise BadInput(
            "readings", f"nothing was read of these carriers at {facility}", "write what was read on arrival"
        )
    known = [each.vaccine_c for each in read]
    known += [value for value in (new.sensor_low_c, new.sensor_high_c) if value is not None]
    return min(known), max(known), max(arrival)
