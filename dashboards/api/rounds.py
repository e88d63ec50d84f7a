"""/api/v1/rounds: a year's plan of rounds, and how far each facility's part of one has come."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from coldchain.archive.db import Tx
from coldchain.archive.transport import lines, rounds
from coldchain.archive.transport.lines import Figures
from coldchain.archive.transport.words import NewRound, Round
from coldchain.clock import iso_or_none
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Paged, listed
from dashboards.api.models import Listed
from dashboards.api.models_rounds import (
    Doses0,
    LineAnswer,
    NewRoundBody,
    RoundAnswer,
    RoundBody,
    RoundCard,
    Sessions,
    Why,
)
from dashboards.api.writing import Seen, by_of, holds_region, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["rounds"])

Code = Annotated[str, Path(max_length=64)]


@router.get("/rounds")
async def plan_of(
    request: Request, viewer: Asking, page: Paged, year: Annotated[int | None, Query(ge=0, lt=10_000)] = None
) -> Listed[RoundAnswer]:
    """Rounds in which a facility in scope has a line, in time."""
    key = page.after(int, int, int)
    async with parts_of(request).archive.reading() as tx:
        found = await rounds.listed(tx, viewer.scope, year=year)
    rows = [each for each in found if key is None or [each.year, each.number, each.id] > key]
    return listed(rows[: page.limit + 1], page, lambda each: (each.year, each.number, each.id), _shown)


@router.post("/rounds", status_code=HTTPStatus.CREATED)
async def plan(request: Request, viewer: Asking, said: NewRoundBody) -> RoundCard:
    """Plan a round with the doses for each facility."""
    planned = {each.facility: each.planned_doses for each in said.lines}
    if len(planned) < len(said.lines):
        raise BadInput("lines", "a facility has two", "write one line for each")
    async with parts_of(request).archive.writing() as tx:
        if not await holds_region(tx, viewer, said.region):
            raise NotFound("region", said.region)
        entered = await rounds.plan(tx, _new(said), planned, by_of(viewer))
        return await _card(tx, viewer, entered)


@router.get("/rounds/{number}")
async def card(request: Request, response: Response, viewer: Asking, number: Number) -> RoundCard:
    """A round with the lines in scope: drawn, delivered, brought back, and what is missing in words."""
    async with parts_of(request).archive.reading() as tx:
        found, tag = await _found(tx, viewer, number)
        tagged(response, tag)
        return await _card(tx, viewer, found)


@router.put("/rounds/{number}")
async def change(request: Request, viewer: Asking, number: Number, said: RoundBody, seen: Seen) -> RoundAnswer:
    """Plan it otherwise, while it is not closed."""
    async with parts_of(request).archive.writing() as tx:
        await _planned_by(tx, viewer, number)
        return _shown(await rounds.change(tx, number, _new(said), by_of(viewer), seen=seen))


@router.post("/rounds/{number}/close")
async def close(request: Request, viewer: Asking, number: Number, said: Why, seen: Seen) -> RoundAnswer:
    """The round is over; refused while a run of it is on its way."""
    async with parts_of(request).archive.writing() as tx:
        await _planned_by(tx, viewer, number)
        return _shown(await rounds.close(tx, number, by_of(viewer, said.reason), seen=seen))


@router.post("/rounds/{number}/withdraw")
async def withdraw(request: Request, viewer: Asking, number: Number, said: Why, seen: Seen) -> RoundAnswer:
    """Take back a round that was planned by mistake and for which no run went."""
    async with parts_of(request).archive.writing() as tx:
        await _planned_by(tx, viewer, number)
        return _shown(await rounds.withdraw(tx, number, by_of(viewer, said.reason), seen=seen))


@router.put("/rounds/{number}/lines/{facility}")
async def put_line(
    request: Request, viewer: Asking, number: Number, facility: Code, said: Doses0, seen: Seen
) -> LineAnswer:
    """Plan doses for a facility; a new line is sent with If-Match: *."""
    async with parts_of(request).archive.writing() as tx:
        await _planned_by(tx, viewer, number)
        _check_seen(viewer, facility)
        await rounds.put_line(tx, number, facility, said.planned_doses, by_of(viewer), seen=seen)
        return await _line(tx, number, facility)


@router.put("/rounds/{number}/lines/{facility}/sessions")
async def write_sessions(
    request: Request, viewer: Asking, number: Number, facility: Code, said: Sessions, seen: Seen
) -> LineAnswer:
    """How many sessions the facility held."""
    async with parts_of(request).archive.writing() as tx:
        await _found(tx, viewer, number)
        _check_seen(viewer, facility)
        await rounds.write_sessions(tx, number, facility, said.sessions_held, by_of(viewer), seen=seen)
        return await _line(tx, number, facility)


@router.post("/rounds/{number}/lines/{facility}/close")
async def close_line(request: Request, viewer: Asking, number: Number, facility: Code, seen: Seen) -> LineAnswer:
    """The facility's part is done; refused while something is missing, with all of it in words."""
    async with parts_of(request).archive.writing() as tx:
        await _found(tx, viewer, number)
        _check_seen(viewer, facility)
        await lines.close_line(tx, number, facility, by_of(viewer), seen=seen)
        return await _line(tx, number, facility)


def _check_seen(viewer: Viewer, facility: str) -> None:
    if not viewer.sees(facility):
        raise NotFound("facility", facility)


async def _found(tx: Tx, viewer: Viewer, number: int) -> tuple[Round, str]:
    found = await rounds.find(tx, viewer.scope, number)
    if found is None:
        raise NotFound("round", number)
    return found


async def _planned_by(tx: Tx, viewer: Viewer, number: int) -> None:
    """Only who has the whole region decides for its round."""
    found, _ = await _found(tx, viewer, number)
    if not await holds_region(tx, viewer, found.region):
        raise NotFound("round", number)


async def _line(tx: Tx, number: int, facility: str) -> LineAnswer:
    [found] = await lines.figures(tx, number, frozenset({facility}))
    return _line_shown(found)


async def _card(tx: Tx, viewer: Viewer, found: Round) -> RoundCard:
    its = await lines.figures(tx, found.id, viewer.scope)
    complete = sum(each.is_complete for each in its)
    return RoundCard(
        round=_shown(found),
        lines=[_line_shown(each) for each in its],
        complete=complete,
        complete_pct=round(100 * complete / len(its), 1) if its else None,
        planned_doses=sum(each.line.planned_doses for each in its),
        delivered=sum(each.delivered for each in its),
    )


def _new(said: RoundBody) -> NewRound:
    return NewRound(
        region=said.region,
        year=said.year,
        number=said.number,
        name=said.name,
        first_day=said.first_day,
        last_day=said.last_day,
    )


def _shown(each: Round) -> RoundAnswer:
    return RoundAnswer(
        id=each.id,
        region=each.region,
        year=each.year,
        number=each.number,
        name=each.name,
        first_day=each.first_day,
        last_day=each.last_day,
        closed=iso_or_none(each.closed_at),
        closed_by=each.closed_by,
    )


def _line_shown(each: Figures) -> LineAnswer:
    line = each.line
    return LineAnswer(
        facility=line.facility,
        tag=each.tag,
        planned_doses=line.planned_doses,
        drawn=each.drawn,
        delivered=each.delivered,
        taken_out=each.taken_out,
        returned=each.returned,
        sessions_held=line.sessions_held,
        runs=list(each.runs),
        missing=list(each.missing),
        closed=iso_or_none(line.closed_at),
        closed_by=line.closed_by,
    )
