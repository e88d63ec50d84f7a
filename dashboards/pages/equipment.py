"""One piece of equipment: how it is now, its excursions with every revision, its faults, the lots inside, its channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from coldchain import clock
from coldchain.archive import lots, views
from coldchain.archive.db import Tx
from coldchain.archive.tables import Lot, Vaccine
from coldchain.series import HOUR, Envelope, Series
from dashboards.access import Asking
from dashboards.county import County, HeldLot, Place, Room, Unit
from dashboards.pages.history import history_of
from dashboards.pages.shown import page
from dashboards.parts import parts_of
from dashboards.problems import NotFound
from dashboards.telling import held_in
from dashboards.trace import table

router = APIRouter(include_in_schema=False)

RANGES_H = {"6h": 6, "24h": 24, "3d": 72, "7d": 168}

Range = Annotated[str, Query(alias="range", pattern="^(6h|24h|3d|7d)$")]


@dataclass(frozen=True, slots=True)
class LotHere:
    """Doses of a lot that are in a compartment now."""

    room: Room
    lot: Lot
    vaccine: Vaccine
    doses: int
    is_held: bool


@router.get("/equipment/{code}")
async def equipment(request: Request, viewer: Asking, code: str, span: Range = "24h") -> HTMLResponse:
    """The page."""
    parts = parts_of(request)
    county = (await parts.picture.now()).within(viewer.scope)
    place, unit = find(county, code)
    now = clock.now()
    start = now - RANGES_H[span] * HOUR
    held = held_in(county.held, unit)
    async with parts.archive.reading() as tx:
        history = await history_of(tx, viewer.scope, unit, start, now)
        here = [found for room in unit.rooms for found in await _lots(tx, room, held, now)]
        channels = await views.assignments_of(tx, code, now, now + 1)
    facts = {
        "county": county,
        "place": place,
        "unit": unit,
        "history": history,
        "lots": here,
        "channels": channels,
        "newest": parts.live.newest,
        "tables": [(room, await _table(parts.series, room, start, now)) for room in unit.rooms if room.probes],
        "span": span,
        "ranges": RANGES_H,
        "start": start,
        "now": now,
    }
    return page(request, "equipment.html", facts)


def find(county: County, code: str) -> tuple[Place, Unit]:
    """The equipment of that code, if it is in this part of the picture."""
    found = county.unit(code)
    if found is None:
        raise NotFound("equipment", code)
    return found


async def _lots(tx: Tx, room: Room, held: Sequence[HeldLot], now: int) -> list[LotHere]:
    inside = await lots.in_compartment(tx, room.row.id, now, now + 1)
    rows = await views.lot_names(tx, [found.lot.id for found in inside])
    stopped = {one.lot.id for one in held if one.compartment is None or one.compartment.id == room.row.id}
    return [LotHere(room, *rows[found.lot.id], found.doses, found.lot.id in stopped) for found in inside]


async def _table(series: Series, room: Room, start: int, end: int) -> list[Any]:
    hours = (end - start + HOUR - 1) // HOUR
    first = end // HOUR * HOUR + HOUR - hours * HOUR
    found: list[Envelope] = [
        await series.envelope(probe.channel, first, first + hours * HOUR, hours) for probe in room.probes
    ]
    return list(table(found))
