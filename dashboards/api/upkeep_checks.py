"""/api/v1/checks and /statistics: what the equipment in scope lacks, what is overdue, and how much of it there is."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import places
from coldchain.archive.db import Tx
from coldchain.archive.upkeep import cards, care, days, findings, oddities, statistics
from coldchain.archive.upkeep.findings import Finding
from coldchain.archive.views import Scope
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Paged, Paging, listed
from dashboards.api.models import Listed
from dashboards.api.models_county import OddityAnswer
from dashboards.api.models_upkeep import FindingAnswer, GapAnswer, OverdueAnswer, StatisticsAnswer, shown
from dashboards.parts import parts_of

router = APIRouter(prefix="/api/v1", tags=["equipment archive"])


@router.get("/checks/probes")
async def probes(request: Request, viewer: Asking, page: Paged) -> Listed[FindingAnswer]:
    """Vaccine compartments whose probes are too few, or in no told place."""
    return await _by_facility(request, viewer, page, findings.probe_findings)


@router.get("/checks/levels")
async def levels(request: Request, viewer: Asking, page: Paged) -> Listed[FindingAnswer]:
    """What facilities lack of what their level must have, and refrigerators that are not of medical grade."""
    return await _by_facility(request, viewer, page, findings.level_findings)


@router.get("/checks/cards")
async def gaps(request: Request, viewer: Asking, page: Paged) -> Listed[GapAnswer]:
    """What the cards in scope still lack for the yearly archive."""
    last = page.after(str)
    async with parts_of(request).archive.reading() as tx:
        found = await cards.gaps(tx, viewer.scope, after=last[0] if last else None, most=page.limit + 1)
    return listed(found, page, lambda each: (each.equipment,), lambda each: shown(GapAnswer, each))


@router.get("/checks/equipment")
async def odd(request: Request, viewer: Asking, page: Paged) -> Listed[OddityAnswer]:
    """What cannot well be: the same piece twice, a probe in what is scrapped or had not come yet, vaccine in what holds none."""
    last = page.after(str, str, str, str)
    async with parts_of(request).archive.reading() as tx:
        found = await oddities.oddities(tx, viewer.scope, clock.now())
    rows = [each for each in found if last is None or oddities.place_of(each) > tuple(last)]
    return listed(rows[: page.limit + 1], page, oddities.place_of, lambda each: shown(OddityAnswer, each))


@router.get("/checks/care")
async def overdue(request: Request, viewer: Asking, page: Paged) -> Listed[OverdueAnswer]:
    """What was not cleaned, checked or defrosted in time."""
    last = page.after(str, str)
    after = (last[0], last[1]) if last else None
    async with parts_of(request).archive.reading() as tx:
        found = await care.overdue(tx, viewer.scope, clock.now(), after=after, most=page.limit + 1)
    return listed(found, page, lambda each: (each.equipment, each.what), lambda each: shown(OverdueAnswer, each))


@router.get("/statistics/equipment")
async def roll_up(
    request: Request,
    viewer: Asking,
    day: Annotated[
        str | None, Query(max_length=10, description="As on that day, YYYY-MM-DD; today if left out.")
    ] = None,
) -> StatisticsAnswer:
    """The yearly roll-up: per type how many there are and what they hold, in all and by status."""
    on = day or days.day_of(clock.now())
    days.check("day", on)
    async with parts_of(request).archive.reading() as tx:
        found = await statistics.statistics(tx, viewer.scope, on)
    return StatisticsAnswer(**msgspec.to_builtins(found))


async def _by_facility(
    request: Request,
    viewer: Viewer,
    page: Paging,
    look: Callable[[Tx, Scope, int], Awaitable[list[Finding]]],
) -> Listed[FindingAnswer]:
    """One page of findings, looked for in some facilities at a time."""
    last, now = page.after(str, str, str, str, str, str), clock.now()
    async with parts_of(request).archive.reading() as tx:
        codes = await places.codes(tx, viewer.scope)
        rows = await within.by_facility(codes, page, last, lambda some: look(tx, some, now), _place)
    return listed(rows, page, _place, lambda each: shown(FindingAnswer, each))


def _place(each: Finding) -> tuple[str, ...]:
    return (each.facility, each.equipment or "", each.compartment or "", each.what.value, each.rule, each.wanted)
