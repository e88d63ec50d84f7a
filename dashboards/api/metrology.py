"""/api/v1: certificates, who is due, offsets set in devices, corrections and corrected readings, probes found wrong.

A device is in scope where it ever measured something in scope; who writes of it has it now. What would be different is cut
to the equipment in scope.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities.days import day_of
from coldchain.archive.metrology import certificates, corrections, due, offsets, reach, tolerance
from coldchain.archive.metrology.certificates import Calibration, NewCalibration
from coldchain.archive.metrology.corrections import Correction, NewCorrection
from coldchain.archive.metrology.curve import Found, Point
from coldchain.archive.metrology.tolerance import ToleranceCase
from coldchain.archive.pages import Asked
from coldchain.clock import iso, iso_or_none
from coldchain.reading import ChannelName
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Paged, Paging, Windowed, listed, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_metrology import (
    AppliedAnswer,
    CalibrationAnswer,
    CalibrationPost,
    ConclusionPost,
    CorrectedReadings,
    CorrectionAnswer,
    CorrectionPost,
    DueAnswer,
    EndPost,
    OffsetAnswer,
    PointAnswer,
    ReasonPost,
    ToleranceAnswer,
)
from dashboards.api.readings import read_seen, seen_of
from dashboards.api.writing import Seen, by_of, check_seen, signer_of, with_tag, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["calibration"])

OfDevice = Annotated[str | None, Query(max_length=200, description="gateway/device")]
OfChannel = Annotated[str | None, Query(max_length=200, description="gateway/device/quantity")]
OfEquipment = Annotated[str | None, Query(max_length=64)]

T = TypeVar("T")


@router.get("/calibrations")
async def list_calibrations(
    request: Request, viewer: Asking, page: Paged, device: OfDevice = None, equipment: OfEquipment = None
) -> Listed[CalibrationAnswer]:
    """Certificates in scope, the last entered first."""
    async with parts_of(request).archive.reading() as tx:
        found = await certificates.listed(tx, _asked(page), viewer.scope, device=device, equipment=equipment)
        return Listed(items=await _calibrations(tx, found.items), next=found.next)


@router.post("/calibrations", status_code=HTTPStatus.CREATED)
async def add_calibration(request: Request, viewer: Asking, body: CalibrationPost) -> CalibrationAnswer:
    """Write down a certificate; one that found its probe wrong opens a tolerance case."""
    new = msgspec.convert(body.model_dump(), NewCalibration)
    async with parts_of(request).archive.writing() as tx:
        await _check_kept(tx, viewer, new.device)
        await check_document(tx, viewer, new.document)
        [answer] = await _calibrations(tx, [await certificates.add(tx, new, by_of(viewer, new.note))])
        return answer


@router.get("/calibrations/due")
async def list_due(
    request: Request, viewer: Asking, page: Paged, within: Annotated[int, Query(ge=0, le=due.MOST_DAYS)] = due.SOON_DAYS
) -> Listed[DueAnswer]:
    """The probes in scope that must go to the laboratory, the most urgent first."""
    last = page.after(int, str, str, str)
    today = day_of(clock.now(), ZoneInfo(parts_of(request).settings.time_zone))
    async with parts_of(request).archive.reading() as tx:
        after = None if last is None else (last[0], last[1], last[2], last[3])
        found = await due.listed(tx, viewer.scope, today, within, after=after, most=page.limit + 1)
    return listed(found, page, due.place_of, lambda each: DueAnswer(**msgspec.structs.asdict(each)))


@router.get("/calibrations/offsets")
async def list_offsets(request: Request, viewer: Asking) -> Listed[OffsetAnswer]:
    """Devices in scope that add something of their own, as their gateways found it; all in one page."""
    async with parts_of(request).archive.reading() as tx:
        found = await offsets.listed(tx, viewer.scope)
    items = [OffsetAnswer(**msgspec.structs.asdict(each) | {"since": iso(each.since)}) for each in found]
    return Listed(items=items, next=None)


@router.get("/calibrations/{number}")
async def calibration(request: Request, viewer: Asking, number: Number) -> CalibrationAnswer:
    """One certificate with its points."""
    async with parts_of(request).archive.reading() as tx:
        [answer] = await _calibrations(tx, [await _calibration(tx, viewer, number)])
        return answer


@router.post("/calibrations/{number}/withdraw")
async def withdraw_calibration(
    request: Request, viewer: Asking, number: Number, body: ReasonPost, seen: Seen
) -> CalibrationAnswer:
    """Take back a certificate that was entered by mistake, with the tolerance case that it opened."""
    async with parts_of(request).archive.writing() as tx:
        its = await _calibration(tx, viewer, number)
        await _check_kept(tx, viewer, its.device)
        await check_seen(tx, await tx.get_one(tables.Calibration, number), seen)
        [answer] = await _calibrations(tx, [await certificates.withdraw(tx, number, by_of(viewer, body.reason))])
        return answer


@router.get("/corrections")
async def list_corrections(
    request: Request, viewer: Asking, page: Paged, channel: OfChannel = None
) -> Listed[CorrectionAnswer]:
    """Corrections in scope, the last proposed first."""
    async with parts_of(request).archive.reading() as tx:
        found = await corrections.listed(tx, _asked(page), viewer.scope, channel=channel)
        items = await with_tags(tx, tables.Correction, [_correction(each) for each in found.items])
    return Listed(items=items, next=found.next)


@router.post("/corrections", status_code=HTTPStatus.CREATED)
async def propose_correction(request: Request, viewer: Asking, body: CorrectionPost) -> CorrectionAnswer:
    """Propose a correction by a certificate; a person does, and a second one approves it."""
    signer_of(viewer)
    start = moment(body.start, "start")
    new = NewCorrection(
        calibration=body.calibration, start=start, end=moment(body.end, "end"), state=body.state
    )  # fmt: skip
    async with parts_of(request).archive.writing() as tx:
        its = await _calibration(tx, viewer, body.calibration)
        await _check_kept(tx, viewer, its.device)
        return _correction(await corrections.propose(tx, new, by_of(viewer)))


@router.post("/corrections/{number}/approve")
async def approve_correction(request: Request, viewer: Asking, number: Number, seen: Seen) -> CorrectionAnswer:
    """Agree to a correction that somebody else proposed; a person does, never a program."""
    signer_of(viewer)
    async with parts_of(request).archive.writing() as tx:
        await _check_correction(tx, viewer, number)
        await check_seen(tx, await tx.get_one(tables.Correction, number), seen)
        return _correction(await corrections.approve(tx, number, by_of(viewer, "approved")))


@router.post("/corrections/{number}/end")
async def end_correction(
    request: Request, viewer: Asking, number: Number, body: EndPost, seen: Seen
) -> CorrectionAnswer:
    """From a time on the reading stands alone again."""
    at = moment(body.end, "end")
    async with parts_of(request).archive.writing() as tx:
        await _check_correction(tx, viewer, number)
        await check_seen(tx, await tx.get_one(tables.Correction, number), seen)
        return _correction(await corrections.end(tx, number, at, by_of(viewer, body.reason)))


@router.post("/corrections/{number}/withdraw")
async def withdraw_correction(
    request: Request, viewer: Asking, number: Number, body: ReasonPost, seen: Seen
) -> CorrectionAnswer:
    """Take back a correction that was a mistake."""
    async with parts_of(request).archive.writing() as tx:
        await _check_correction(tx, viewer, number)
        await check_seen(tx, await tx.get_one(tables.Correction, number), seen)
        return _correction(await corrections.withdraw(tx, number, by_of(viewer, body.reason)))


@router.get("/readings/corrected")
async def corrected_readings(
    request: Request,
    viewer: Asking,
    asked: Windowed,
    channel: Annotated[str, Query(max_length=200, description="gateway/device/quantity")],
) -> CorrectedReadings:
    """Readings in [start, end) as the device sent them, and beside them as approved certificates correct them."""
    parts = parts_of(request)
    name = str(ChannelName.parse(channel))
    stays, window = await seen_of(parts, viewer, name, asked)
    trace = await read_seen(parts.series, name, stays, window)
    async with parts.archive.reading() as tx:
        its = await corrections.in_force(tx, name, *window)
    return CorrectedReadings(
        channel=name,
        t=trace.t,
        v=trace.v,
        q=trace.q,
        corrected=corrections.corrected(trace, its),
        corrections=[
            AppliedAnswer(
                certificate=each.certificate,
                start=iso(each.start),
                end=iso_or_none(each.end),
                measured_from_c=each.curve.measured_c[0],
                measured_to_c=each.curve.measured_c[1],
            )
            for each in its
        ],
    )


@router.get("/tolerance-cases")
async def list_cases(
    request: Request,
    viewer: Asking,
    page: Paged,
    only_open: Annotated[bool, Query(description="Only those that nobody concluded.")] = False,
) -> Listed[ToleranceAnswer]:
    """Probes in scope that were found wrong, the last first."""
    async with parts_of(request).archive.reading() as tx:
        found = await tolerance.listed(tx, _asked(page), viewer.scope, only_open=only_open)
        mine = await reach.equipment_in(tx, viewer.scope)
        items = await with_tags(tx, tables.ToleranceCase, [_case(each, mine) for each in found.items])
    return Listed(items=items, next=found.next)


@router.get("/tolerance-cases/{number}")
async def case(request: Request, viewer: Asking, number: Number) -> ToleranceAnswer:
    """One of them, with what would be different."""
    async with parts_of(request).archive.reading() as tx:
        shown = _case(await _case_in(tx, viewer, number), await reach.equipment_in(tx, viewer.scope))
        return await with_tag(tx, tables.ToleranceCase, shown)


@router.post("/tolerance-cases/{number}/conclude")
async def conclude_case(
    request: Request, viewer: Asking, number: Number, body: ConclusionPost, seen: Seen
) -> ToleranceAnswer:
    """Close it with what people made of it; a person does, never a program."""
    signer_of(viewer)
    async with parts_of(request).archive.writing() as tx:
        await _case_in(tx, viewer, number)
        await check_seen(tx, await tx.get_one(tables.ToleranceCase, number), seen)
        done = await tolerance.conclude(tx, number, body.conclusion, by_of(viewer, "concluded"))
        answer = _case(done, await reach.equipment_in(tx, viewer.scope))
        return await with_tag(tx, tables.ToleranceCase, answer)


def _asked(page: Paging) -> Asked:
    return Asked(page.limit, page.cursor)


async def _check_kept(tx: Tx, viewer: Viewer, device: str) -> None:
    if not await reach.is_kept_in(tx, reach.channel_of(device), viewer.scope):
        raise NotFound("device", device)


async def _calibration(tx: Tx, viewer: Viewer, number: int) -> Calibration:
    row = await tx.get(tables.Calibration, number)
    if row is None or not await reach.is_in(tx, reach.channel_of(row.device), viewer.scope):
        raise NotFound("calibration", number)
    return msgspec.convert(row, Calibration, from_attributes=True)


async def _check_correction(tx: Tx, viewer: Viewer, number: int) -> None:
    channel = await corrections.channel_of(tx, number)
    if channel is None or not await reach.is_kept_in(tx, channel, viewer.scope):
        raise NotFound("correction", number)


async def _case_in(tx: Tx, viewer: Viewer, number: int) -> ToleranceCase:
    row = await tx.get(tables.ToleranceCase, number)
    if row is None or not await reach.is_in(tx, row.channel, viewer.scope):
        raise NotFound("tolerance case", number)
    return await tolerance.of(tx, number)


async def _calibrations(tx: Tx, found: Sequence[Calibration]) -> list[CalibrationAnswer]:
    points = await certificates.points_of(tx, [each.id for each in found])
    answers = [
        CalibrationAnswer(
            **_without(msgspec.to_builtins(each), "uncertainty_mc", "withdrawn_at"),
            uncertainty_c=None if each.uncertainty_mc is None else each.uncertainty_mc / 1000,
            withdrawn_at=iso_or_none(each.withdrawn_at),
            points=[_point(state, point) for state in Found for point in points.get((each.id, state), ())],
        )
        for each in found
    ]
    return await with_tags(tx, tables.Calibration, answers)


def _point(state: Found, point: Point) -> PointAnswer:
    return PointAnswer(
        state=state,
        reference_c=point.reference_mc / 1000,
        indicated_c=point.indicated_mc / 1000,
        error_c=point.error_mc / 1000,
    )


def _correction(each: Correction) -> CorrectionAnswer:
    times = {
        name: iso_or_none(getattr(each, name))
        for name in ("start", "end", "proposed_at", "approved_at", "withdrawn_at")
    }
    return CorrectionAnswer(**msgspec.to_builtins(each) | times)


def _case(each: ToleranceCase, mine: frozenset[str] | None) -> ToleranceAnswer:
    times = {name: iso_or_none(getattr(each, name)) for name in ("opened_at", "judged_at", "closed_at", "withdrawn_at")}
    return ToleranceAnswer(**msgspec.to_builtins(each) | times | {"found": tolerance.seen_from(each.found, mine)})


def _without(values: dict[str, T], *names: str) -> dict[str, T]:
    return {name: value for name, value in values.items() if name not in names}
