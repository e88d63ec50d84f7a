"""/api/v1/performance: how machines run, how models last, what to replace first."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive.pages import Asked
from coldchain.archive.performance import models, ranking, reports
from coldchain.archive.performance.days import DAY_MS, Loss, losses_of
from coldchain.archive.performance.reports import Period, Report, last_days
from coldchain.archive.upkeep import days
from coldchain.clock import iso
from dashboards.access import Asking
from dashboards.api.asked import Paged, Window, Windowed
from dashboards.api.models import Listed
from dashboards.api.models_metrology import (
    FailureAnswer,
    LossAnswer,
    ModelAgeAnswer,
    PieceAnswer,
    RankAnswer,
    ReportAnswer,
)
from dashboards.api.upkeep import Code, piece_in
from dashboards.parts import parts_of

router = APIRouter(prefix="/api/v1", tags=["performance"])

MONTH = 30  # days
HOUR_MS, MINUTE_MS = 3_600_000, 60_000


@router.get("/performance")
async def performance(
    request: Request,
    viewer: Asking,
    page: Paged,
    asked: Windowed,
    model: Annotated[str | None, Query(max_length=200)] = None,
) -> Listed[ReportAnswer]:
    """How the equipment in scope ran in whole days (UTC) of [start, end); the last thirty unless told otherwise."""
    period = _period(asked)
    async with parts_of(request).archive.reading() as tx:
        found = await reports.listed(tx, Asked(page.limit, page.cursor), viewer.scope, period, model=model)
    return Listed(items=[_report(each) for each in found.items], next=found.next)


@router.get("/performance/models")
async def by_model(request: Request, viewer: Asking) -> Listed[ModelAgeAnswer]:
    """Mean times between failures of the equipment in scope, by brand, model and age; all in one page."""
    async with parts_of(request).archive.reading() as tx:
        found = await models.by_age(tx, viewer.scope, days.day_of(clock.now()))
    return Listed(items=[ModelAgeAnswer(**msgspec.structs.asdict(each)) for each in found], next=None)


@router.get("/performance/replace-first")
async def replace_first(
    request: Request, viewer: Asking, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Listed[RankAnswer]:
    """What to replace first, with the reasons: a proposal by dated weights, no order."""
    async with parts_of(request).archive.reading() as tx:
        found = await ranking.ranked(tx, viewer.scope, clock.now())
    return Listed(items=[RankAnswer(**msgspec.to_builtins(each)) for each in found[:limit]], next=None)


@router.get("/performance/{code}")
async def of_piece(request: Request, viewer: Asking, code: Code, asked: Windowed) -> PieceAnswer:
    """One piece: how it ran, each loss of mains, its failures."""
    period, today = _period(asked), days.day_of(clock.now())
    async with parts_of(request).archive.reading() as tx:
        await piece_in(tx, viewer, code)
        report = (await reports.of(tx, [code], period))[code]
        losses = await losses_of(tx, [code], period.start, period.end)
        piece = next(iter(await models.pieces(tx, None, today, [code])), None)  # none of what is scrapped
    failed = [] if piece is None else piece.failed
    return PieceAnswer(
        report=_report(report),
        losses=[_loss(each) for each in losses],
        failures=[
            FailureAnswer(on=each.on, repaired_on=each.repaired_on, basis=each.basis, cause=each.cause)
            for each in failed
        ],
        mtbf_days=None if piece is None else models.mtbf_days(piece),
        days_since_failure=None if piece is None else models.days_since(piece),
    )


def _period(asked: Window) -> Period:
    first, last = asked.ms()
    usual = last_days(clock.now(), MONTH)
    end = usual.end if last is None else last
    return Period(end - MONTH * DAY_MS if first is None else first, end)


def _report(each: Report) -> ReportAnswer:
    return ReportAnswer(**msgspec.to_builtins(each) | {"start": iso(each.start), "end": iso(each.end)})


def _loss(each: Loss) -> LossAnswer:
    return LossAnswer(
        start=iso(each.start),
        end=_iso(each.end),
        compartment=each.compartment,
        limit_c=_part(each.limit_mc, 1000),
        start_c=_part(each.start_mc, 1000),
        peak_c=_part(each.peak_mc, 1000),
        held_until=_iso(each.held_until),
        holdover_min=_part(each.holdover_ms, MINUTE_MS),
        held_min=_part(each.held_ms, MINUTE_MS),
        warming_k_h=_part(each.warming_mk_h, 1000),
        ambient_c=_part(each.ambient_mc, 1000),
        catalogue_h=_part(each.catalogue_ms, HOUR_MS),
        recovery_min=_part(each.recovery_ms, MINUTE_MS),
    )


def _part(value: int | None, unit: int) -> float | None:
    return None if value is None else round(value / unit, 3)


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
