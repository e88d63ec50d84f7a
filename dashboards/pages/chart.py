"""What the chart of a piece of equipment draws: bands, lines, excursions, unknown time, time without mains."""

from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from coldchain import clock
from coldchain.archive import views
from coldchain.archive.tables import Assignment, Excursion
from coldchain.excursion import CaseState, Kind, Severity
from coldchain.reading import ChannelName, Quantity
from coldchain.series import HOUR, Series
from dashboards import terms
from dashboards.access import Asking
from dashboards.county import Room
from dashboards.i18n import Language
from dashboards.pages.equipment import RANGES_H, Range, find
from dashboards.pages.shown import language_of
from dashboards.parts import parts_of
from dashboards.status import GAP_INTERVALS
from dashboards.trace import Line, line_of_envelope, line_of_trace, unknown_time

router = APIRouter(include_in_schema=False)

SHADED = frozenset({Kind.HEAT.value, Kind.FREEZE.value})  # a sum or a mean says nothing of the hours that it covers
RAW_UP_TO_H = 24  # longer ranges are drawn as envelopes
POINTS = 720


@router.get("/equipment/{code}/chart")
async def chart(request: Request, viewer: Asking, code: str, span: Range = "24h") -> JSONResponse:
    """What the chart draws: per compartment its band, lines, excursions and unknown time; times are seconds."""
    parts = parts_of(request)
    _, unit = find((await parts.picture.now()).within(viewer.scope), code)
    end = clock.now()
    start = end - RANGES_H[span] * HOUR
    async with parts.archive.reading() as tx:
        assigned = await views.assignments_of(tx, code, start, end)
        wish = views.ExcursionWish(viewer.scope, start, end, code, kinds=SHADED)
        cases = [row for row, _ in await views.excursions(tx, wish, 500)]
    lang = language_of(request)
    rooms = [await _room(parts.series, room, assigned, cases, (start, end), lang) for room in unit.rooms]
    mains = await _off(parts.series, assigned, start, end)
    return JSONResponse(
        {
            "start": start / 1000,
            "end": end / 1000,
            "zone": parts.settings.time_zone,
            "rooms": [room for room in rooms if room["lines"]],
            "without_mains": _seconds(mains),
        }
    )


async def _room(
    series: Series,
    room: Room,
    assigned: list[Assignment],
    cases: list[Excursion],
    window: tuple[int, int],
    lang: Language,
) -> dict[str, Any]:
    start, end = window
    probes = [
        one
        for one in assigned
        if one.compartment == room.row.id and ChannelName.parse(one.channel).quantity is Quantity.TEMPERATURE
    ]
    gap_ms = GAP_INTERVALS * 1000 * max((one.interval_s for one in probes), default=60)
    lines = [await _line(series, one, start, end, gap_ms) for one in probes]
    return {
        "label": lang.name(room.row),
        "low_c": room.profile.low_c,
        "high_c": room.profile.high_c,
        "lines": [
            {
                "label": terms.word(terms.POSITIONS, probe.position, lang)
                if probe.position
                else lang.text("temperature"),
                "t": [t / 1000 for t in line.t],
                "low": line.low,
                "high": line.high,
            }
            for probe, line in zip(probes, lines, strict=True)
        ],
        "unknown": _seconds(unknown_time(lines, start, end)),
        "excursions": [
            {
                "start": case.first_bad / 1000,
                "end": (case.last_bad if case.state == CaseState.CLOSED else end) / 1000,
                "kind": case.kind,
                "label": terms.kind(case.kind, lang),
                "loud": case.severity != Severity.NOTE,
            }
            for case in cases
            if case.compartment == room.row.id and case.state in (CaseState.OPEN, CaseState.CLOSED)
        ],
    }


async def _line(series: Series, probe: Assignment, start: int, end: int, gap_ms: int) -> Line:
    first, last = max(start, probe.start), min(end, probe.end or end)
    if end - start <= RAW_UP_TO_H * HOUR:
        return line_of_trace(await series.read(probe.channel, first, last), gap_ms)
    return line_of_envelope(await series.envelope(probe.channel, first, last, POINTS), gap_ms)


async def _off(series: Series, assigned: list[Assignment], start: int, end: int) -> list[tuple[int, int]]:
    """The stretches without mains, as far as the equipment's own power channels say."""
    found: list[tuple[int, int]] = []
    for one in assigned:
        if ChannelName.parse(one.channel).quantity is not Quantity.POWER:
            continue
        trace = await series.read(one.channel, max(start, one.start), min(end, one.end or end))
        gap_ms = GAP_INTERVALS * one.interval_s * 1000
        readings = [reading for reading in trace.readings() if reading.value is not None]
        found += [(a.time, b.time) for a, b in pairwise(readings) if a.value == 0 and b.time - a.time <= gap_ms]
    return _joined(sorted(found))


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _seconds(spans: list[tuple[int, int]]) -> list[list[float]]:
    return [[start / 1000, end / 1000] for start, end in spans]
