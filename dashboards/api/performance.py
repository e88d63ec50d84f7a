"""/api/v1/performance: how machines run, how models last, what to replace first."""

from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive.facilities.days import day_of
from coldchain.archive.pages import Asked
from coldchain.archive.performance import models, ranking, reports
from coldchain.archive.performance.days import DAY_MS, Loss, losses_of
from coldchain.archive.performance.ranking import Rank
from coldchain.archive.performance.reports import Period, Report, last_days
from coldchain.clock import iso, iso_or_none
from dashboards.access import Asking
from dashboards.api.asked import Paged, Window, Windowed, listed
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
from dashboards.parts import Parts, parts_of

router = APIRouter(prefix="/api/v1", tags=["performance"])

MONTH = 30  # days
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
TENTHS = 10  # of a point: so they are shown


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
async def by_model(request: Request, viewer: Asking, page: Paged) -> Listed[ModelAgeAnswer]:
    """Mean times between failures of the equipment in scope, by brand, model and age."""
    last = page.after(str, str, int)
    async with parts_of(request).archive.reading() as tx:
        found = await models.by_age(tx, viewer.scope, _today(parts_of(request)))
    rest = [each for each in found if last is None or models.place_of(each) > tuple(last)]
    return listed(rest, page, models.place_of, lambda each: ModelAgeAnswer.model_validate(each, from_attributes=True))


@router.get("/performance/replace-first")
async def replace_first(request: Request, viewer: Asking, page: Paged) -> Listed[RankAnswer]:
    """What to replace first, with the reasons: a proposal by dated weights, no order."""
    last = page.after(int, str)
    after = None if last is None else (last[0] / TENTHS, last[1])
    async with parts_of(request).archive.reading() as tx:
        found = await ranking.ranked(tx, viewer.scope, clock.now(), after=after, most=page.limit + 1)
    return listed(found, page, _place, lambda each: RankAnswer(**msgspec.to_builtins(each)))


@router.get("/performance/{code}")
async def of_piece(request: Request, viewer: Asking, code: Code, asked: Windowed) -> PieceAnswer:
    """One piece: how it ran, each loss of mains, its failures."""
    period, today = _period(asked), _today(parts_of(request))
    async with parts_of(request).archive.reading() as tx:
        await piece_in(tx, viewer, code)
        report = (await reports.of(tx, [code], period))[code]
        losses = await losses_of(tx, [code], period.start, period.end)
        [piece] = await models.pieces(tx, None, today, [code], with_gone=True)
    return PieceAnswer(
        report=_report(report),
        losses=[_loss(each) for each in losses],
        failures=[
            FailureAnswer(on=each.on, repaired_on=each.repaired_on, basis=each.basis, cause=each.cause)
            for each in piece.failed
        ],
        mtbf_days=models.mtbf_days(piece),
        days_since_failure=models.days_since(piece),
    )


def _place(rank: Rank) -> tuple[int, str]:
    points, code = ranking.place_of(rank)
    return round(points * TENTHS), code


def _today(parts: Parts) -> str:
    return day_of(clock.now(), ZoneInfo(parts.settings.time_zone))


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
        end=iso_or_none(each.end),
        heard_to=iso_or_none(each.heard_to),
        compartment=each.compartment,
        limit_c=_part(each.limit_mc, 1000),
        start_c=_part(each.start_mc, 1000),
        peak_c=_part(each.peak_mc, 1000),
        held_until=iso_or_none(each.held_until),
        holdover_min=_part(each.holdover_ms, MINUTE_MS),
        held_min=_part(each.held_ms, MINUTE_MS),
        warming_k_h=_part(each.warming_mk_h, 1000),
        ambient_c=_part(each.ambient_mc, 1000),
        catalogue_h=_part(each.catalogue_ms, HOUR_MS),
        recovery_min=_part(each.recovery_ms, MINUTE_MS),
    )


def _part(value: int | None, unit: int) -> float | None:
    return None if value is None else round(value / unit, 3)
