"""/api/v1/duty/rotas, turns, shifts and /api/v1/absences: who has the duty when, and who is away."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import absences, rotas
from coldchain.archive.duty.absences import NewAbsence
from coldchain.archive.duty.rotas import NewRota, NewShift, NewTurn
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Number, Paged, listed, moment
from dashboards.api.models import Listed
from dashboards.api.models_duty import (
    AbsenceAnswer,
    AbsenceForm,
    RotaAnswer,
    RotaForm,
    RotaWhole,
    ShiftAnswer,
    ShiftForm,
    TurnAnswer,
    TurnForm,
)
from dashboards.api.models_facilities import EndForm
from dashboards.api.writing import Seen, by_of, with_tag, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["duty"])


@router.get("/duty/rotas")
async def list_rotas(request: Request, viewer: Asking) -> Listed[RotaAnswer]:
    """Rotas of places in scope, those given up too, by number."""
    async with parts_of(request).archive.reading() as tx:
        found = [
            each for each in await rotas.listed(tx) if await within.place_in(tx, viewer, each.region, each.facility)
        ]
        answers = [RotaAnswer.model_validate(each) for each in found]
        return Listed(items=await with_tags(tx, tables.Rota, answers), next=None)


@router.get("/duty/rotas/{number}")
async def rota(request: Request, viewer: Asking, number: Number) -> RotaWhole:
    """A rota with its turns and the dated duties that are not over."""
    async with parts_of(request).archive.reading() as tx:
        row = await within.rota_in(tx, viewer, number)
        shown = await with_tag(tx, tables.Rota, RotaAnswer.model_validate(row))
        turns = [TurnAnswer.model_validate(each) for each in await rotas.turns(tx, number)]
        shifts = [ShiftAnswer.model_validate(each) for each in await rotas.shifts(tx, number, clock.now())]
        return RotaWhole(
            **shown.model_dump(),
            turns=await with_tags(tx, tables.RotaTurn, turns),
            shifts=await with_tags(tx, tables.RotaShift, shifts),
        )


@router.post("/duty/rotas", status_code=HTTPStatus.CREATED)
async def add_rota(request: Request, viewer: Asking, form: RotaForm) -> RotaAnswer:
    """A new rota, without turns."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, form)
        added = await rotas.add(tx, NewRota(**form.model_dump()), by_of(viewer))
        return await with_tag(tx, tables.Rota, RotaAnswer.model_validate(added))


@router.put("/duty/rotas/{number}")
async def put_rota(request: Request, viewer: Asking, number: Number, seen: Seen, form: RotaForm) -> RotaAnswer:
    """Change a rota's name, its place or what it falls back on."""
    async with parts_of(request).archive.writing() as tx:
        await within.rota_in(tx, viewer, number)
        await _check(tx, viewer, form)
        changed = await rotas.change(tx, number, NewRota(**form.model_dump()), by_of(viewer), seen=seen)
        return await with_tag(tx, tables.Rota, RotaAnswer.model_validate(changed))


@router.post("/duty/rotas/{number}/withdraw")
async def withdraw_rota(request: Request, viewer: Asking, number: Number, seen: Seen) -> RotaAnswer:
    """Give a rota up; what names it has a gap from then on."""
    async with parts_of(request).archive.writing() as tx:
        await within.rota_in(tx, viewer, number)
        return RotaAnswer.model_validate(await rotas.withdraw(tx, number, by_of(viewer), seen=seen))


@router.post("/duty/rotas/{number}/turns", status_code=HTTPStatus.CREATED)
async def add_turn(request: Request, viewer: Asking, number: Number, form: TurnForm) -> TurnAnswer:
    """Give somebody hours of a weekday."""
    start, end = moment(form.start, "start"), moment(form.end, "end")
    async with parts_of(request).archive.writing() as tx:
        await within.rota_in(tx, viewer, number)
        await within.person_in(tx, viewer, form.person)
        new = NewTurn(
            rota=number, person=form.person, weekday=form.weekday, from_min=form.from_min, to_min=form.to_min,
            every_weeks=form.every_weeks, start=start, end=end,
        )  # fmt: skip
        added = TurnAnswer.model_validate(await rotas.add_turn(tx, new, by_of(viewer)))
        return await with_tag(tx, tables.RotaTurn, added)


@router.post("/duty/turns/{number}/end")
async def end_turn(request: Request, viewer: Asking, number: Number, seen: Seen, form: EndForm) -> TurnAnswer:
    """Let a turn end."""
    at = moment(form.at, "at")
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(tables.RotaTurn, number)
        if row is None:
            raise NotFound("turn", number)
        await within.rota_in(tx, viewer, row.rota)
        ended = TurnAnswer.model_validate(await rotas.end_turn(tx, number, at, by_of(viewer), seen=seen))
        return await with_tag(tx, tables.RotaTurn, ended)


@router.post("/duty/rotas/{number}/shifts", status_code=HTTPStatus.CREATED)
async def add_shift(request: Request, viewer: Asking, number: Number, form: ShiftForm) -> ShiftAnswer:
    """A dated duty, or a swap (调班): instead of one person's."""
    start, end = moment(form.start, "start"), moment(form.end, "end")
    async with parts_of(request).archive.writing() as tx:
        await within.rota_in(tx, viewer, number)
        for person in filter(None, [form.person, form.instead_of]):
            await within.person_in(tx, viewer, person)
        new = NewShift(
            rota=number, person=form.person, instead_of=form.instead_of, start=start, end=end, why=form.why
        )  # fmt: skip
        added = ShiftAnswer.model_validate(await rotas.add_shift(tx, new, by_of(viewer, form.why)))
        return await with_tag(tx, tables.RotaShift, added)


@router.post("/duty/shifts/{number}/withdraw")
async def withdraw_shift(request: Request, viewer: Asking, number: Number, seen: Seen) -> ShiftAnswer:
    """Take back a dated duty that is not over."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(tables.RotaShift, number)
        if row is None:
            raise NotFound("shift", number)
        await within.rota_in(tx, viewer, row.rota)
        return ShiftAnswer.model_validate(await rotas.withdraw_shift(tx, number, by_of(viewer), seen=seen))


@router.get("/absences")
async def list_absences(request: Request, viewer: Asking, page: Paged) -> Listed[AbsenceAnswer]:
    """Absences of people in scope that are not over, by number."""
    last = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        found = await absences.listed(
            tx, since=clock.now(), scope=viewer.scope, after=last[0] if last else 0, limit=page.limit + 1
        )
        answers = listed(found, page, lambda each: (each.id,), AbsenceAnswer.model_validate)
        return Listed(items=await with_tags(tx, tables.Absence, answers.items), next=answers.next)


@router.post("/absences", status_code=HTTPStatus.CREATED)
async def enter_absence(request: Request, viewer: Asking, form: AbsenceForm) -> AbsenceAnswer:
    """Somebody is away; who stands in is somebody in scope too."""
    start, end = moment(form.start, "start"), moment(form.end, "end")
    async with parts_of(request).archive.writing() as tx:
        for person in filter(None, [form.person, form.stand_in]):
            await within.person_in(tx, viewer, person)
        new = NewAbsence(person=form.person, start=start, end=end, stand_in=form.stand_in, why=form.why)
        entered = AbsenceAnswer.model_validate(await absences.enter(tx, new, by_of(viewer, form.why)))
        return await with_tag(tx, tables.Absence, entered)


@router.post("/absences/{number}/end")
async def end_absence(request: Request, viewer: Asking, number: Number, seen: Seen, form: EndForm) -> AbsenceAnswer:
    """Somebody is back earlier than they said."""
    at = moment(form.at, "at")
    async with parts_of(request).archive.writing() as tx:
        await within.absence_in(tx, viewer, number)
        ended = AbsenceAnswer.model_validate(await absences.end(tx, number, at, by_of(viewer), seen=seen))
        return await with_tag(tx, tables.Absence, ended)


@router.post("/absences/{number}/withdraw")
async def withdraw_absence(request: Request, viewer: Asking, number: Number, seen: Seen) -> AbsenceAnswer:
    """Take back an absence that has not begun."""
    async with parts_of(request).archive.writing() as tx:
        await within.absence_in(tx, viewer, number)
        return AbsenceAnswer.model_validate(await absences.withdraw(tx, number, by_of(viewer), seen=seen))


async def _check(tx: Tx, viewer: Viewer, form: RotaForm) -> None:
    """A place that is all the caller's, and a rota behind it that is.

    Raises:
        NotFound: one of them is not.
    """
    if form.facility is not None:
        await within.check_facility(tx, viewer, form.facility)
    else:
        await within.check_region(tx, viewer, form.region)
    if form.otherwise is not None:
        await within.rota_in(tx, viewer, form.otherwise)
