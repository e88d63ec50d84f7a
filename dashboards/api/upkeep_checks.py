"""/api/v1/checks and /statistics: what the equipment in scope lacks, what is overdue, and how much of it there is."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive.rows import Record
from coldchain.archive.upkeep import cards, care, days, findings, statistics
from coldchain.archive.upkeep.findings import Finding
from dashboards.access import Asking
from dashboards.api.asked import Paged, Paging, listed
from dashboards.api.models import Listed
from dashboards.api.models_upkeep import FindingAnswer, GapAnswer, M, OverdueAnswer, StatisticsAnswer, shown
from dashboards.parts import parts_of

router = APIRouter(prefix="/api/v1", tags=["equipment archive"])

R = TypeVar("R", bound=Record)


@router.get("/checks/probes")
async def probes(request: Request, viewer: Asking, page: Paged) -> Listed[FindingAnswer]:
    """Vaccine compartments whose probes are too few, or in no told place."""
    async with parts_of(request).archive.reading() as tx:
        found = await findings.probe_findings(tx, viewer.scope, clock.now())
    return _cut(FindingAnswer, found, page, _place)


@router.get("/checks/levels")
async def levels(request: Request, viewer: Asking, page: Paged) -> Listed[FindingAnswer]:
    """What facilities lack of what their level must have, and refrigerators that are not of medical grade."""
    async with parts_of(request).archive.reading() as tx:
        found = await findings.level_findings(tx, viewer.scope, clock.now())
    return _cut(FindingAnswer, found, page, _place)


@router.get("/checks/cards")
async def gaps(request: Request, viewer: Asking, page: Paged) -> Listed[GapAnswer]:
    """What the cards in scope still lack for the yearly archive."""
    async with parts_of(request).archive.reading() as tx:
        found = await cards.gaps(tx, viewer.scope)
    return _cut(GapAnswer, found, page, lambda each: (each.equipment,))


@router.get("/checks/care")
async def overdue(request: Request, viewer: Asking, page: Paged) -> Listed[OverdueAnswer]:
    """What was not cleaned, checked or defrosted in time."""
    async with parts_of(request).archive.reading() as tx:
        found = await care.overdue(tx, viewer.scope, clock.now())
    return _cut(OverdueAnswer, found, page, lambda each: (each.equipment, each.what))


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


def _place(each: Finding) -> tuple[str, ...]:
    return (each.facility, each.equipment or "", each.compartment or "", each.what.value, each.rule, each.wanted)


def _cut(kind: type[M], found: Sequence[R], page: Paging, key: Callable[[R], tuple[str, ...]]) -> Listed[M]:
    """One page of what was found, by its key."""
    ordered = sorted(found, key=key)
    last = page.after(*[str] * len(key(ordered[0]))) if ordered else None
    after = [each for each in ordered if last is None or key(each) > tuple(last)]
    return listed(after[: page.limit + 1], page, key, lambda each: shown(kind, each))
