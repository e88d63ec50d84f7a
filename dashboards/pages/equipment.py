"""One piece of equipment: how it is now, its excursions with every revision, the lots inside, its channels."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from coldchain import clock
from coldchain.archive import lots, views
from coldchain.archive.db import Tx
from coldchain.archive.tables import Compartment, Excursion, ExcursionRevision, Lot, Vaccine
from coldchain.series import HOUR, Envelope, Series
from dashboards import words
from dashboards.access import Asking, Viewer
from dashboards.county import Place, Room, Unit
from dashboards.i18n import Language
from dashboards.pages.shown import language_of, page
from dashboards.parts import Parts, parts_of
from dashboards.problems import NotFound
from dashboards.trace import table

router = APIRouter(include_in_schema=False)

RANGES_H = {"6h": 6, "24h": 24, "3d": 72, "7d": 168}
MOST_EXCURSIONS = 50

Range = Annotated[str, Query(alias="range", pattern="^(6h|24h|3d|7d)$")]


@dataclass(frozen=True, slots=True)
class Told:
    """An excursion with its compartment and the words of its revisions: (when, what)."""

    case: Excursion
    compartment: Compartment | None
    revisions: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class LotHere:
    """Doses of a lot that are in a compartment now."""

    room: Room
    lot: Lot
    vaccine: Vaccine
    doses: int


@router.get("/equipment/{code}")
async def equipment(request: Request, viewer: Asking, code: str, span: Range = "24h") -> HTMLResponse:
    """The page."""
    parts = parts_of(request)
    place, unit = await find(parts, viewer, code)
    now = clock.now()
    start = now - RANGES_H[span] * HOUR
    lang = language_of(request)
    async with parts.archive.reading() as tx:
        told = await _told(tx, viewer, unit, start, now, lang)
        here = [found for room in unit.rooms for found in await _lots(tx, room, now)]
        channels = await views.assignments_of(tx, code, now, now + 1)
    facts = {
        "place": place,
        "unit": unit,
        "told": told,
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


async def find(parts: Parts, viewer: Viewer, code: str) -> tuple[Place, Unit]:
    """The equipment of that code, if it is in scope."""
    found = (await parts.picture.now()).within(viewer.scope).unit(code)
    if found is None:
        raise NotFound("equipment", code)
    return found


async def _told(tx: Tx, viewer: Viewer, unit: Unit, start: int, end: int, lang: Language) -> list[Told]:
    wish = views.ExcursionWish(viewer.scope, start, end, unit.row.code)
    rows = (await views.excursions(tx, wish, MOST_EXCURSIONS))[:MOST_EXCURSIONS]
    revisions: dict[str, list[ExcursionRevision]] = defaultdict(list)
    for revision in await views.revisions(tx, [row.id for row, _ in rows]):
        revisions[revision.excursion].append(revision)
    return [
        Told(
            row,
            compartment,
            [
                (after.at, words.revision(before, after, lang))
                for before, after in pairwise([None, *revisions[row.id]])
                if after is not None and _is_news(before, after)
            ],
        )
        for row, compartment in rows
    ]


def _is_news(before: ExcursionRevision | None, after: ExcursionRevision) -> bool:
    """An open excursion that merely goes on is no news; everything else that a person was or could be told is."""
    return before is None or after.reason != "continued" or before.first_bad != after.first_bad


async def _lots(tx: Tx, room: Room, now: int) -> list[LotHere]:
    inside = await lots.in_compartment(tx, room.row.id, now, now + 1)
    rows = await views.lot_names(tx, [found.lot.id for found in inside])
    return [LotHere(room, *rows[found.lot.id], found.doses) for found in inside]


async def _table(series: Series, room: Room, start: int, end: int) -> list[Any]:
    hours = (end - start + HOUR - 1) // HOUR
    first = end // HOUR * HOUR + HOUR - hours * HOUR
    found: list[Envelope] = [
        await series.envelope(probe.channel, first, first + hours * HOUR, hours) for probe in room.probes
    ]
    return list(table(found))
