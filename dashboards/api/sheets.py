"""/api/v1/imports, exports, sheet-mappings and scan: sheets in, tables out, codes on boxes.

file ─► bounded while it is read ─► sheets ─► rows of one's own facilities ─► entered, unchanged, faults in two languages
dataset, scope, from–to ─► CSV, XLSX or JSON
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from coldchain import clock, sheets
from coldchain.archive import sheet_mappings
from coldchain.archive.extracts import Wanted
from coldchain.archive.sheet_mappings import Mapping
from coldchain.errors import BadInput, Stale
from coldchain.exchange import exporting, finding, mapping
from coldchain.exchange.finding import Candidate
from coldchain.exchange.forms.kind import Sender
from coldchain.exchange.importing import Brought, bring_sheet
from coldchain.exchange.taking import MOST_FAULTS, take
from coldchain.exchange.vouching import FORM, Signed, bring_strip
from coldchain.exchange.words import in_both
from coldchain.sheets import LARGEST, Sheet
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Windowed
from dashboards.api.models import Listed, Shape
from dashboards.api.received import BODY, received
from dashboards.api.writing import Seen, by_of, signer_of, tagged
from dashboards.parts import Parts, parts_of
from dashboards.problems import NotFound, Problem
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["sheets"])

KEPT = frozenset({"stock", "given", FORM})  # the clinic's own books; the other kinds are the county's archives
Kind = Annotated[str, Path(max_length=40)]
Called = Annotated[str, Path(max_length=64)]
Facility = Annotated[str | None, Query(max_length=64)]


class FaultAnswer(Shape):
    """What is wrong with a row; `row` as the sheet counts, 0 for the whole file."""

    sheet: str
    row: int
    column: str
    zh: str
    en: str


class NoteAnswer(Shape):
    """What somebody should look at, though no row is wrong."""

    zh: str
    en: str


class BroughtAnswer(Shape):
    """What became of a sheet; in a dry run nothing was kept. `unread` are titles that no column has, and hidden sheets."""

    entered: int
    unchanged: int
    dry_run: bool
    faults: list[FaultAnswer]
    unread: list[str]
    notes: list[NoteAnswer] = Field(default=[], description="What lies in the books and the stock file has not.")
    faults_left_out: int = Field(default=0, description="Faults beyond those that are listed.")


class MappingForm(Shape):
    """How another system's sheet is read."""

    kind: str = Field(max_length=40)
    titles: dict[str, str] = Field(default={}, description="Title in the sheet: our field.")
    fixed: dict[str, str] = Field(default={}, description="Field: what every row has.")


class MappingAnswer(MappingForm):
    """… by its name."""

    name: str


class ScanForm(Shape):
    """A code as the scanner gives it."""

    code: str = Field(max_length=400)
    facility: str | None = Field(default=None, max_length=64)


class LyingAnswer(Shape):
    """Doses of a lot in a compartment now."""

    facility: str
    equipment: str
    compartment: str
    doses: int
    free: int
    held: int
    waiting: int
    kept: int


class SaidOtherwise(Shape):
    """What the box says otherwise than the archive."""

    field: str
    zh: str
    en: str


class CandidateAnswer(Shape):
    """A lot that the code may be of."""

    lot: str
    number: str
    vaccine: str
    maker: str
    expires_on: str
    is_expired: bool
    lying: list[LyingAnswer]
    held_somewhere: int
    contradictions: list[SaidOtherwise]


class ScanAnswer(Shape):
    """What a code says, and which lots it may be of."""

    kind: Literal["gs1", "trace_code"]
    gtin: str | None
    lot: str | None
    expires_on: str | None
    serial: str | None
    product: str | None
    candidates: list[CandidateAnswer]


@dataclass(frozen=True, slots=True)
class Sending:
    """What is said with a file."""

    dry_run: Annotated[bool, Query(description="Tell what would become of it, keep nothing.")] = False
    mapping: Annotated[str | None, Query(max_length=64, description="Read it by this saved column mapping.")] = None
    as_of: Annotated[
        str | None, Query(max_length=40, description="Of which moment a stock file tells, where its rows do not.")
    ] = None
    name: Annotated[str, Query(max_length=200, description="Of a file sent as it is; a form's has one.")] = ""
    compartment: Annotated[str | None, Query(max_length=110, description="equipment/name that a strip is of.")] = None
    serial: Annotated[str, Query(max_length=100, description="The logger that a strip is of.")] = ""
    time_zone: Annotated[
        str | None, Query(max_length=40, description="Of times without an offset; the site's where it is not said.")
    ] = None
    clock_ahead_s: Annotated[
        int, Query(description="Seconds by which the clock of a strip's logger was fast; slow: below 0.")
    ] = 0


@router.post("/imports/{kind}", openapi_extra=BODY)
async def bring_in(
    request: Request,
    viewer: Asking,
    kind: Kind,
    sending: Annotated[Sending, Depends()],
) -> BroughtAnswer:
    """Bring a sheet in: XLSX, XLS, ODS or CSV. A row that is refused takes none of its neighbours along; a strip does."""
    if kind not in KEPT and not viewer.may(Right.MANAGE):
        raise Problem(HTTPStatus.FORBIDDEN, f"a {viewer.role} may not do this")
    if kind != FORM:
        mapping.kind_called(kind)
    said, content = await received(request, LARGEST)
    name = said or sending.name or kind
    sender = Sender(by_of(viewer, f"import of {name}"), name, viewer.scope)
    try:
        read = await asyncio.to_thread(sheets.read, content, name)
        if kind == FORM:
            return _brought(await _strip(parts_of(request), viewer, sending, (content, read), sender))
        return _brought(await _rows(parts_of(request), kind, sending, read, sender))
    except BadInput as error:
        raise in_both(error) from None


@router.get("/imports/{kind}/template", response_class=Response)
async def template(
    request: Request, _viewer: Asking, kind: Kind, form: Annotated[Literal["xlsx"], Query(alias="format")] = "xlsx"
) -> Response:
    """An empty sheet with titles in both languages, and a second one that tells what may stand in its columns."""
    try:
        made = exporting.template(kind, ZoneInfo(parts_of(request).settings.time_zone))
    except BadInput:
        raise NotFound("kind of sheet", kind) from None
    return _file(made, kind, form)


@router.get("/exports/{name}", response_class=Response)
async def export(
    request: Request,
    viewer: Asking,
    name: Kind,
    window: Windowed,
    facility: Facility = None,
    form: Annotated[Literal["csv", "xlsx", "json"], Query(alias="format")] = "csv",
) -> Response:
    """One table of what you see; bounded: ask from start to end, or for one facility, where there is too much."""
    if name not in exporting.DATASETS:
        raise NotFound("dataset", name)
    parts = parts_of(request)
    start, end = window.ms()
    async with parts.archive.reading() as tx:
        if facility is not None:
            await within.check_facility(tx, viewer, facility)
        scope = viewer.scope if facility is None else frozenset({facility})
        zone = ZoneInfo(parts.settings.time_zone)
        may_call = viewer.may(Right.KEEP)
        asked = exporting.Asked(Wanted(scope, start, end), zone, clock.now(), facility, may_call)
        found = await exporting.table(tx, name, asked)
    return _file(await asyncio.to_thread(exporting.written, found, form), name, form)


@router.get("/sheet-mappings")
async def mappings(request: Request, _viewer: Asking) -> Listed[MappingAnswer]:
    """The saved column mappings."""
    async with parts_of(request).archive.reading() as tx:
        found = await sheet_mappings.listed(tx)
    return Listed(items=[_mapping(each) for each in found], next=None)


@router.get("/sheet-mappings/{name}")
async def one_mapping(request: Request, _viewer: Asking, name: Called, response: Response) -> MappingAnswer:
    """One of them; the ETag is wanted to change it."""
    try:
        async with parts_of(request).archive.reading() as tx:
            tagged(response, await sheet_mappings.tag(tx, name))
            return _mapping(await sheet_mappings.mapping(tx, name))
    except BadInput:
        raise NotFound("mapping", name) from None


@router.put("/sheet-mappings/{name}")
async def put_mapping(
    request: Request, viewer: Asking, name: Called, form: MappingForm, seen: Seen, response: Response
) -> MappingAnswer:
    """Save one; for a new one send If-Match: *."""
    new = Mapping(name=name, kind=form.kind, titles=form.titles, fixed=form.fixed)
    async with parts_of(request).archive.writing() as tx:
        tagged(response, await mapping.save(tx, new, by_of(viewer, "mapping"), seen=seen))
    return _mapping(new)


@router.post("/sheet-mappings/{name}/withdraw")
async def withdraw_mapping(request: Request, viewer: Asking, name: Called, seen: Seen) -> MappingAnswer:
    """Use it no more."""
    try:
        async with parts_of(request).archive.writing() as tx:
            return _mapping(await sheet_mappings.withdraw(tx, name, by_of(viewer, "mapping"), seen))
    except Stale:
        raise
    except BadInput:
        raise NotFound("mapping", name) from None


@router.post("/scan")
async def scan(request: Request, viewer: Asking, form: ScanForm) -> ScanAnswer:
    """Which lots a box may be of, where they lie, and what of them may be used."""
    async with parts_of(request).archive.reading() as tx:
        if form.facility is not None:
            await within.check_facility(tx, viewer, form.facility)
        scope = viewer.scope if form.facility is None else frozenset({form.facility})
        found = await finding.find(tx, form.code, scope, clock.now())
    code = found.scanned
    return ScanAnswer(
        kind="gs1" if code.product is None else "trace_code",
        gtin=code.gtin,
        lot=code.lot,
        expires_on=code.expires_on,
        serial=code.serial,
        product=code.product,
        candidates=[_candidate(each) for each in found.candidates],
    )


async def _strip(
    parts: Parts, viewer: Viewer, sending: Sending, file: tuple[bytes, list[Sheet]], sender: Sender
) -> Brought:
    zone = _zone(parts, sending)
    signed = Signed(_said(sending.compartment), signer_of(viewer), sending.serial, zone, sending.clock_ahead_s)
    return await bring_strip(parts.archive, file, signed, sender, is_dry_run=sending.dry_run)


async def _rows(parts: Parts, kind: str, sending: Sending, read: list[Sheet], sender: Sender) -> Brought:
    of_kind = mapping.kind_called(kind)
    form = of_kind.form(_zone(parts, sending))
    async with parts.archive.reading() as tx:
        titles = await mapping.title_map(tx, sending.mapping, kind, sending.as_of)
    taken = await asyncio.to_thread(take, form, read, titles, where=sender.file)
    return await bring_sheet(parts.archive, of_kind, taken, sender, is_dry_run=sending.dry_run)


def _zone(parts: Parts, sending: Sending) -> ZoneInfo:
    name = sending.time_zone or parts.settings.time_zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("time_zone", f"{name!r} is no time zone", "write one such as Asia/Shanghai") from None


def _said(compartment: str | None) -> str:
    if compartment is None:
        raise BadInput("compartment", "it is not said", "write equipment/name of what the strip is of")
    return compartment


def _brought(brought: Brought) -> BroughtAnswer:
    faults = [
        FaultAnswer(sheet=each.sheet, row=each.row, column=each.column, zh=each.zh, en=each.en)
        for each in brought.faults[:MOST_FAULTS]
    ]
    return BroughtAnswer(
        entered=brought.entered,
        unchanged=brought.unchanged,
        dry_run=brought.is_dry_run,
        faults=faults,
        unread=list(brought.unread),
        notes=[NoteAnswer(zh=each.zh, en=each.en) for each in brought.notes[:MOST_FAULTS]],
        faults_left_out=len(brought.faults) - len(faults),
    )


def _mapping(each: Mapping) -> MappingAnswer:
    return MappingAnswer(name=each.name, kind=each.kind, titles=each.titles, fixed=each.fixed)


def _candidate(each: Candidate) -> CandidateAnswer:
    lot = each.state.lot
    lying = [
        LyingAnswer(
            facility=at.facility, equipment=at.equipment, compartment=at.name, doses=at.doses, free=at.free,
            held=at.held, waiting=at.waiting, kept=at.kept,
        )
        for at in each.state.lying
    ]  # fmt: skip
    said = [SaidOtherwise(field=one.field, zh=one.zh, en=one.en) for one in each.contradictions]
    return CandidateAnswer(
        lot=lot.id, number=lot.number, vaccine=lot.vaccine, maker=lot.maker, expires_on=lot.expires_on,
        is_expired=each.state.is_expired, lying=lying, held_somewhere=each.state.held_somewhere, contradictions=said,
    )  # fmt: skip


def _file(content: bytes, name: str, form: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.{form}"}
    return Response(content, media_type=exporting.FORMATS[form], headers=headers)
