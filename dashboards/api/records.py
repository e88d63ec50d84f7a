"""/api/v1/records: the record by hand. Two steps: what the display shows is sent, and only then is ours shown beside it.

    POST value ─► it stands ─► the series is asked ─► answer: the entry, ours, the difference

No route here tells what a probe says of a half that is not written down, and none writes what a probe said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from coldchain import clock
from coldchain.archive import equipment as units
from coldchain.archive import locking, places, tables, views
from coldchain.archive.db import Tx
from coldchain.archive.facilities.days import day_of
from coldchain.archive.pages import Asked
from coldchain.archive.tables import Assignment, Compartment
from coldchain.archive.twice_daily import difference, entries, hours, missing
from coldchain.archive.twice_daily.days import Days
from coldchain.archive.twice_daily.difference import Differences, Ours
from coldchain.archive.twice_daily.duty import Due
from coldchain.archive.twice_daily.entries import Entry, NewEntry
from coldchain.archive.twice_daily.hours import Hours, NewHours, clock_of, minute_of, terms
from coldchain.archive.twice_daily.missing import Rate
from coldchain.archive.twice_daily.sheet import Cell, Sheet, sheet
from coldchain.archive.views import Scope
from coldchain.clock import iso, iso_or_none
from coldchain.reading import ChannelName, Quantity, Trace
from coldchain.series import Series, Span
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Number, Paged, listed, moment
from dashboards.api.models import Listed
from dashboards.api.models_records import (
    CellAnswer,
    ComparedAnswer,
    CompartmentDifference,
    DifferenceAnswer,
    HoursAnswer,
    HoursBody,
    LineAnswer,
    MissingAnswer,
    MissingGroupAnswer,
    MonthAnswer,
    NewRecord,
    OursAnswer,
    RateAnswer,
    RecordAnswer,
    Withdrawal,
)
from dashboards.api.writing import Seen, by_of, check_seen, holds_region, signer_of, tagged, with_tag, with_tags
from dashboards.parts import Parts, parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["records"])

Code = Annotated[str, Query(max_length=64)]
Month = Annotated[str, Query(max_length=10, description="YYYY-MM")]
LOOKED_BACK_MS = 31 * 24 * 3_600_000


@router.post("/records", status_code=HTTPStatus.CREATED)
async def enter(request: Request, viewer: Asking, said: NewRecord) -> ComparedAnswer:
    """Write down what the display shows; the answer then tells what our probes said, and the difference."""
    signer = signer_of(viewer)
    parts = parts_of(request)
    by = by_of(viewer)
    async with parts.archive.writing() as tx:
        await _unit(tx, viewer, said.equipment)
        room = await units.compartment(tx, said.equipment, said.compartment)
        taken_at = moment(said.time, "time")
        new = NewEntry(
            compartment=room.id, half=said.half, taken_at=by.at if taken_at is None else taken_at, value_c=said.value_c,
            signed_by=signer, ambient_c=said.ambient_c, action=said.action, late_reason=said.late_reason,
        )  # fmt: skip
        entered = await entries.enter(tx, new, _zone(parts), by)
    return await _compared(parts, entered)


@router.get("/records")
async def records(request: Request, viewer: Asking, page: Paged, equipment: Code | None = None) -> Listed[RecordAnswer]:
    """Entries in scope, the withdrawn too, the newest first."""
    async with parts_of(request).archive.reading() as tx:
        if equipment is not None:
            await _unit(tx, viewer, equipment)
        found = await entries.listed(tx, viewer.scope, Asked(page.limit, page.cursor), equipment=equipment)
        rooms = await views.compartments_of(tx, sorted({each.compartment for each in found.items}))
        shown = [_shown(each, rooms[each.compartment][0]) for each in found.items]
        return Listed(items=await with_tags(tx, tables.ManualRecord, shown), next=found.next)


@router.get("/records/missing")
async def what_is_missing(  # noqa: PLR0913, PLR0917 - a query's options
    request: Request,
    viewer: Asking,
    page: Paged,
    first: Annotated[str | None, Query(max_length=10, description="YYYY-MM-DD; today, where left out.")] = None,
    last: Annotated[str | None, Query(max_length=10)] = None,
    region: Annotated[str | None, Query(max_length=64, description="It and all below it.")] = None,
    facility: Code | None = None,
    is_open: Annotated[bool, Query(alias="open", description="Those too whose hours are not over.")] = False,
    group: Annotated[
        Literal["township"] | None, Query(description="Counts by township instead, where most is missing first.")
    ] = None,
) -> Listed[MissingAnswer] | Listed[MissingGroupAnswer]:
    """Halves that nobody wrote down, by day, facility and compartment; or how many, by township."""
    parts = parts_of(request)
    now, zone = clock.now(), _zone(parts)
    today = day_of(now, zone)
    key = page.after(str, str, int, str)
    async with parts.archive.reading() as tx:
        scope = await _narrowed(tx, viewer, region, facility)
        days = Days(first or last or today, last or first or today)
        if group is not None:
            groups = await missing.by_township(tx, scope, days, now, zone)
            return Listed(items=[MissingGroupAnswer(**asdict(each)) for each in groups], next=None)
        after = (key[0], key[1], key[2], key[3]) if key else None
        found = await missing.missing(tx, scope, days, now, zone, with_open=is_open, after=after, most=page.limit + 1)
    return listed(found, page, missing.place_of, _missing)


@router.get("/records/rates")
async def rates(
    request: Request,
    viewer: Asking,
    page: Paged,
    month: Month,
    region: Annotated[str | None, Query(max_length=64, description="It and all below it.")] = None,
) -> Listed[RateAnswer]:
    """How each facility kept its record in a month, until now."""
    parts = parts_of(request)
    last, now, days = page.after(str), clock.now(), Days.of_month(month)
    async with parts.archive.reading() as tx:
        codes = await places.codes(tx, await _narrowed(tx, viewer, region, None))
        found = await within.by_facility(
            codes,
            page,
            last,
            lambda some: missing.rates(tx, some, days, now, _zone(parts)),
            lambda row: (row.facility,),
            at_once=page.limit + 1,  # each has one row
        )
    return listed(found, page, lambda row: (row.facility,), _rate)


@router.get("/records/month")
async def month_of(request: Request, viewer: Asking, equipment: Code, month: Month) -> MonthAnswer:
    """A month of a piece of equipment as its form has it (冷链设备温度记录表)."""
    parts = parts_of(request)
    async with parts.archive.reading() as tx:
        await _unit(tx, viewer, equipment)
        form = await sheet(tx, equipment, month, clock.now(), _zone(parts))
        known = await views.compartments_of(tx, sorted({each.compartment for each in _entries_of(form)}))
        tags = await locking.tags_of(tx, tables.ManualRecord, [each.id for each in _entries_of(form)])
    return _month(form, {number: row for number, (row, _) in known.items()}, tags)


@router.get("/records/differences")
async def differences(request: Request, viewer: Asking, equipment: Code) -> Listed[CompartmentDifference]:
    """The displays of a piece of equipment against our probes, over the entries of the last month."""
    parts = parts_of(request)
    now = clock.now()
    first = now - LOOKED_BACK_MS
    async with parts.archive.reading() as tx:
        await _unit(tx, viewer, equipment)
        rooms = await units.compartments(tx, equipment=equipment)
        read = {room.id: await entries.of_compartment(tx, room.id, first, now + 1) for room in rooms}
        probes = {room.id: await views.assignments_in(tx, room.id, first, now + 1) for room in rooms}
    found = []
    for room in rooms:
        compared = await _ours(parts.series, read[room.id], probes[room.id])
        summed = difference.differences(room.id, {each.taken_at: ours for each, ours in compared})
        shown = [_difference(each) for each in summed]
        finding = difference.is_finding(summed)
        found.append(CompartmentDifference(compartment=room.name, is_finding=finding, probes=shown))
    return Listed(items=found, next=None)


@router.get("/records/hours")
async def hours_in_the_book(request: Request, viewer: Asking) -> Listed[HoursAnswer]:  # noqa: ARG001 - the gate asked
    """When both readings are to be made: what came with the program, then what was set, by day."""
    async with parts_of(request).archive.reading() as tx:
        own = await hours.listed(tx)
    return Listed(items=[_hours(each) for each in (*hours.shipped(), *own)], next=None)


@router.post("/records/hours", status_code=HTTPStatus.CREATED)
async def set_hours(request: Request, viewer: Asking, said: HoursBody) -> HoursAnswer:
    """Set the hours of a region from a day on."""
    new = NewHours(
        valid_from=said.valid_from, am_from_min=minute_of(said.am[0], "am"), am_to_min=minute_of(said.am[1], "am"),
        pm_from_min=minute_of(said.pm[0], "pm"), pm_to_min=minute_of(said.pm[1], "pm"), apart_min=said.apart_min,
        holiday_kinds=tuple(said.holiday_kinds), source=said.source, certainty=said.certainty, region=said.region,
    )  # fmt: skip
    async with parts_of(request).archive.writing() as tx:
        if not await holds_region(tx, viewer, said.region):
            raise NotFound("region", said.region)
        return _hours(await hours.put(tx, new, by_of(viewer)))


@router.get("/records/{record}")
async def record(request: Request, response: Response, viewer: Asking, record: Number) -> ComparedAnswer:
    """One entry, and what our probes said then."""
    parts = parts_of(request)
    async with parts.archive.reading() as tx:
        found = await entries.entry(tx, record, viewer.scope)
    if found is None:
        raise NotFound("record", record)
    answer = await _compared(parts, found)
    tagged(response, answer.record.tag)
    return answer


@router.post("/records/{record}/withdraw")
async def withdraw(request: Request, viewer: Asking, record: Number, said: Withdrawal, seen: Seen) -> RecordAnswer:
    """Take back an entry that was wrong. It stays, struck through; the right one is entered anew."""
    async with parts_of(request).archive.writing() as tx:
        if await entries.entry(tx, record, viewer.scope) is None:
            raise NotFound("record", record)
        await check_seen(tx, await tx.get_one(tables.ManualRecord, record), seen)
        taken_back = await entries.withdraw(tx, record, said.reason, by_of(viewer, said.reason))
        rooms = await views.compartments_of(tx, [taken_back.compartment])
        return await with_tag(tx, tables.ManualRecord, _shown(taken_back, rooms[taken_back.compartment][0]))


async def _unit(tx: Tx, viewer: Viewer, code: str) -> None:
    """Refuse equipment that is not there, or of a facility that this caller does not see."""
    unit = await views.equipment_of(tx, code)
    if unit is None or not viewer.sees(unit.facility):
        raise NotFound("equipment", code)


async def _narrowed(tx: Tx, viewer: Viewer, region: str | None, facility: str | None) -> Scope:
    """The caller's scope, cut to a region or a facility; asking never widens it."""
    scope = viewer.scope
    for asked in (
        None if region is None else await views.facilities_below(tx, region),
        None if facility is None else frozenset({facility}),
    ):
        if asked is not None:
            scope = asked if scope is None else scope & asked
    return scope


async def _compared(parts: Parts, entry: Entry) -> ComparedAnswer:
    first, last = entry.taken_at - terms().nearest_ms, entry.taken_at + terms().nearest_ms + 1
    async with parts.archive.reading() as tx:
        rooms = await views.compartments_of(tx, [entry.compartment])
        record = await with_tag(tx, tables.ManualRecord, _shown(entry, rooms[entry.compartment][0]))
        probes = await views.assignments_in(tx, entry.compartment, first, last)
    [(_, ours)] = await _ours(parts.series, [entry], probes)
    shown = [
        OursAnswer(channel=each.channel, time=iso(each.time), value_c=each.value_c, difference_c=each.difference_c)
        for each in ours
    ]
    return ComparedAnswer(record=record, ours=shown)


async def _ours(
    series: Series, found: Sequence[Entry], assignments: Sequence[Assignment]
) -> list[tuple[Entry, list[Ours]]]:
    """What each probe that was there then said around each entry."""
    near = terms().nearest_ms
    probes = [each for each in assignments if ChannelName.parse(each.channel).quantity is Quantity.TEMPERATURE]
    wanted = []
    for entry in found:
        first, last = entry.taken_at - near, entry.taken_at + near + 1
        for probe in probes:
            start = max(first, probe.start)
            end = last if probe.end is None else min(last, probe.end)
            if start < end:
                wanted.append((entry.id, Span(probe.channel, start, end)))
    traces: dict[int, list[Trace]] = {entry.id: [] for entry in found}
    for (number, _), trace in zip(wanted, await series.read_spans([span for _, span in wanted]), strict=True):
        traces[number].append(trace)
    return [(entry, difference.ours(entry, traces[entry.id])) for entry in found]


def _zone(parts: Parts) -> ZoneInfo:
    return ZoneInfo(parts.settings.time_zone)


def _rate(row: Rate) -> RateAnswer:
    return RateAnswer(**{name: getattr(row, name) for name in RateAnswer.model_fields})


def _missing(row: Due) -> MissingAnswer:
    return MissingAnswer(
        facility=row.duty.facility,
        equipment=row.duty.equipment,
        compartment=row.duty.name,
        day=row.day,
        half=row.half,
        state=row.state,
        until=iso(row.until),
    )


def _shown(entry: Entry, room: Compartment) -> RecordAnswer:
    return RecordAnswer(
        id=entry.id,
        equipment=room.equipment,
        compartment=room.name,
        day=entry.day,
        half=entry.half,
        time=iso(entry.taken_at),
        value_c=entry.value_c,
        ambient_c=entry.ambient_c,
        action=entry.action,
        signed_by=entry.signed_by,
        entered=iso(entry.entered_at),
        late_reason=entry.late_reason,
        withdrawn=iso_or_none(entry.withdrawn_at),
        withdrawn_by=entry.withdrawn_by,
        withdrawn_reason=entry.withdrawn_why,
    )


def _entries_of(form: Sheet) -> list[Entry]:
    standing = [cell.entry for line in form.lines for cell in line.cells if cell.entry is not None]
    return [*standing, *form.withdrawn]


def _month(form: Sheet, rooms: Mapping[int, Compartment], tags: Mapping[int, str]) -> MonthAnswer:
    def shown(entry: Entry) -> RecordAnswer:
        return _shown(entry, rooms[entry.compartment]).model_copy(update={"tag": tags[entry.id]})

    def cell(each: Cell) -> CellAnswer:
        record = shown(each.entry) if each.entry is not None else None
        return CellAnswer(compartment=each.compartment, state=each.state, time=each.time, record=record)

    return MonthAnswer(
        month=form.month,
        equipment=form.equipment,
        name_zh=form.name_zh,
        name_en=form.name_en,
        facility=form.facility,
        compartments=list(form.compartments),
        lines=[LineAnswer(day=line.day, half=line.half, cells=list(map(cell, line.cells))) for line in form.lines],
        withdrawn=list(map(shown, form.withdrawn)),
    )


def _difference(each: Differences) -> DifferenceAnswer:
    return DifferenceAnswer(**{name: getattr(each, name) for name in DifferenceAnswer.model_fields})


def _hours(each: NewHours) -> HoursAnswer:
    withdrawn = each.withdrawn_at if isinstance(each, Hours) else None
    return HoursAnswer(
        id=each.id if isinstance(each, Hours) else None,
        region=each.region,
        valid_from=each.valid_from,
        am=(clock_of(each.am_from_min), clock_of(each.am_to_min)),
        pm=(clock_of(each.pm_from_min), clock_of(each.pm_to_min)),
        apart_min=each.apart_min,
        holiday_kinds=list(each.holiday_kinds),
        source=each.source,
        certainty=each.certainty,
        withdrawn=iso_or_none(withdrawn),
    )
