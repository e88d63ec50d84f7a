"""/api/v1/runs: one way of vaccine on the road — begun, loaded, read on the way, received at the far end, ended.

Who sees where a run begins or stops sees all of it. What leaves a compartment is entered by who sees its facility, what is
received by who sees the stop; what rides along is the caller's own.

If-Match: the `tag` of the stop for what is written there, of a reading to take it back, of the run for its order; the card's
own for ending it. A load, an unloading or a reading is a further line, and asks for none.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from coldchain import clock
from coldchain.archive import audit, equipment, locking, tables, views
from coldchain.archive.db import Tx
from coldchain.archive.stock.receiving import DeliveryLine
from coldchain.archive.transport import cargo, ending, readings, receiving, runs
from coldchain.archive.transport.cargo import Load, Unload
from coldchain.archive.transport.journeys import journey
from coldchain.archive.transport.receiving import Reception
from coldchain.archive.transport.words import Logger, Measured, NewRun, Point, Run
from coldchain.errors import Stale
from coldchain.ledger import roads
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Paged, listed, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_rounds import (
    ArrivalBody,
    EndBody,
    LoadBody,
    MeasuredBody,
    NewRunBody,
    OrderBody,
    ReadingBody,
    ReceptionAnswer,
    ReceptionBody,
    RunAnswer,
    RunCard,
    StopBody,
    UnloadBody,
    Why,
)
from dashboards.api.runs_shown import card_of, run_of, tags_of
from dashboards.api.writing import Seen, by_of, check_seen, tagged, with_tag, with_tags
from dashboards.parts import Parts, parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["runs"])


@router.get("/runs")
async def on_the_road(
    request: Request,
    viewer: Asking,
    page: Paged,
    round_: Annotated[int | None, Query(alias="round", ge=1, lt=2**31)] = None,
    is_going: Annotated[bool, Query(alias="going", description="Only those on their way.")] = False,
) -> Listed[RunAnswer]:
    """Runs that begin or stop at a facility in scope, the newest first."""
    key = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        after = key[0] if key else None
        found = await runs.of(tx, viewer.scope, page.limit, after=after, round_=round_, only_going=is_going)
        answers = listed(found, page, lambda each: (each.id,), run_of)
        return Listed(items=await with_tags(tx, tables.Run, answers.items), next=answers.next)


@router.post("/runs", status_code=HTTPStatus.CREATED)
async def start(request: Request, viewer: Asking, said: NewRunBody) -> RunCard:
    """Begin a run: from now on vaccine can be loaded, and its loggers measure its carriers."""
    by = by_of(viewer)
    async with parts_of(request).archive.writing() as tx:
        _check_in_scope(viewer, said.origin)
        await check_document(tx, viewer, said.order_document)
        new = NewRun(
            kind=said.kind, origin=said.origin, stops=tuple(said.stops),
            carriers=tuple([await _own_room(tx, viewer, each) for each in said.carriers]), started_at=_time(said.started, by.at),
            tool=said.tool, cooling=said.cooling, way=said.way, sender=said.sender or viewer.display, plate=said.plate,
            purpose=said.purpose, round=said.round, order_no=said.order_no, order_document=said.order_document,
            loggers=tuple([
                Logger(
                    channel=each.channel, carrier=await _room(tx, each.carrier), interval_s=each.interval_s,
                    position=each.position,
                )
                for each in said.loggers
            ]),
        )  # fmt: skip
        number = (await runs.start(tx, new, by)).id
    return await _card(parts_of(request), number)


@router.get("/runs/orders-due")
async def orders_due(request: Request, viewer: Asking, page: Paged) -> Listed[RunAnswer]:
    """Emergency runs of one's own that are over and whose order is on no paper here, the oldest first."""
    key = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        found = await runs.orders_due(tx, viewer.scope, page.limit, after=key[0] if key else None)
        answers = listed(found, page, lambda each: (each.id,), run_of)
        return Listed(items=await with_tags(tx, tables.Run, answers.items), next=answers.next)


@router.put("/runs/{number}/order")
async def file_order(request: Request, viewer: Asking, number: Number, said: OrderBody, seen: Seen) -> RunAnswer:
    """The paper that ordered an emergency run came, during it or after."""
    async with parts_of(request).archive.writing() as tx:
        _check_in_scope(viewer, (await _found(tx, viewer, number)).origin)
        await check_document(tx, viewer, said.document)
        await check_seen(tx, await tx.get_one(tables.Run, number), seen)
        return await with_tag(tx, tables.Run, run_of(await runs.file_order(tx, number, said.document, by_of(viewer))))


@router.get("/runs/{number}")
async def card(request: Request, response: Response, viewer: Asking, number: Number) -> RunCard:
    """All of a run, as its form has it, with what is on board and what its record lacks."""
    async with parts_of(request).archive.reading() as tx:
        await _found(tx, viewer, number)
    shown = await _card(parts_of(request), number)
    tagged(response, shown.tag)
    return shown


@router.post("/runs/{number}/load")
async def load(request: Request, viewer: Asking, number: Number, said: LoadBody) -> RunCard:
    """Put doses on board."""
    by = by_of(viewer)
    async with parts_of(request).archive.writing() as tx:
        await _found(tx, viewer, number)
        source = await _own_room(tx, viewer, said.source)
        new = Load(
            lot=said.lot, doses=said.doses, source=source, carrier=await _room(tx, said.carrier),
            at=_time(said.time, by.at), bound_for=said.bound_for, held=said.held,
        )  # fmt: skip
        await cargo.load(tx, number, new, by)
    return await _card(parts_of(request), number)


@router.post("/runs/{number}/unload")
async def unload(request: Request, viewer: Asking, number: Number, said: UnloadBody) -> RunCard:
    """Doses go off board otherwise than by a receipt: at a stop, back at the origin, or given at a session."""
    by = by_of(viewer)
    act = {"stop": cargo.unload, "origin": cargo.bring_back, "given": cargo.use}[said.to]
    async with parts_of(request).archive.writing() as tx:
        run = await _found(tx, viewer, number)
        if said.target is None:
            _check_in_scope(viewer, run.origin)
        target = None if said.target is None else await _own_room(tx, viewer, said.target)
        new = Unload(
            lot=said.lot, doses=said.doses, carrier=await _room(tx, said.carrier), at=_time(said.time, by.at),
            target=target, held=said.held,
        )  # fmt: skip
        await act(tx, number, new, by)
    return await _card(parts_of(request), number)


@router.post("/runs/{number}/readings")
async def read(request: Request, viewer: Asking, number: Number, said: ReadingBody) -> RunCard:
    """What was read at departure, on the way, or back at the origin."""
    by = by_of(viewer)
    async with parts_of(request).archive.writing() as tx:
        await _found(tx, viewer, number)
        measured = await _measured(tx, said)
        await readings.read(tx, number, Point(said.point), _time(said.time, by.at), measured, by)
    return await _card(parts_of(request), number)


@router.post("/runs/{number}/readings/{reading}/withdraw")
async def withdraw_reading(
    request: Request, viewer: Asking, number: Number, reading: Number, said: Why, seen: Seen
) -> RunCard:
    """Take back a reading that was wrong; it stays in the record, struck through."""
    async with parts_of(request).archive.writing() as tx:
        run = await _found(tx, viewer, number)
        its = next((each for each in await readings.of_run(tx, run.id) if each.id == reading), None)
        if its is None:
            raise NotFound("reading", reading)
        if its.facility is not None:
            _check_at(viewer, run, its.facility)
        await check_seen(tx, await tx.get_one(tables.RunReading, reading), seen)
        await readings.withdraw(tx, reading, by_of(viewer, said.reason))
    return await _card(parts_of(request), number)


@router.post("/runs/{number}/arrive")
async def arrive(request: Request, viewer: Asking, number: Number, said: ArrivalBody, seen: Seen) -> RunCard:
    """The run came to a stop: what was read there, the distance, who received."""
    by = by_of(viewer)
    async with parts_of(request).archive.writing() as tx:
        _check_at(viewer, await _found(tx, viewer, number), said.facility)
        await check_seen(tx, await readings.stop_row(tx, number, said.facility), seen)
        read_there = [await _measured(tx, each) for each in said.readings]
        at = _time(said.time, by.at)
        await readings.arrive(
            tx, number, said.facility, at, read_there, by, distance_km=said.distance_km, receiver=said.receiver
        )
    return await _card(parts_of(request), number)


@router.put("/runs/{number}/stops/{facility}")
async def complete_stop(
    request: Request,
    viewer: Asking,
    number: Number,
    facility: Annotated[str, Path(max_length=64)],
    said: StopBody,
    seen: Seen,
) -> RunCard:
    """What was left open at a stop: the distance, the signature; what stands there stays."""
    async with parts_of(request).archive.writing() as tx:
        _check_at(viewer, await _found(tx, viewer, number), facility)
        await check_seen(tx, await readings.stop_row(tx, number, facility), seen)
        await readings.complete_stop(
            tx, number, facility, by_of(viewer), distance_km=said.distance_km, receiver=said.receiver
        )
    return await _card(parts_of(request), number)


@router.post("/runs/{number}/receive")
async def receive(
    request: Request, viewer: Asking, number: Number, said: ReceptionBody, seen: Seen
) -> ReceptionAnswer:  # fmt: skip
    """Decide at the door: accepted, waiting for papers, or refused, as the facts say; also what loggers showed on the way."""
    parts = parts_of(request)
    by = by_of(viewer)
    at = _time(said.time, by.at)
    async with parts.archive.reading() as tx:
        await _found(tx, viewer, number)
        _check_in_scope(viewer, said.facility)
        carriers = {await _room(tx, line.carrier) for line in said.lines}
    low_c, high_c = await roads.furthest(parts.archive, parts.series, number, carriers, at)
    async with parts.archive.writing() as tx:
        await check_seen(tx, await readings.stop_row(tx, number, said.facility), seen)
        lines = [
            DeliveryLine(
                lot=line.lot, doses=line.doses, compartment=await _own_room(tx, viewer, line.target),
                carrier=await _room(tx, line.carrier),
            )
            for line in said.lines
        ]  # fmt: skip
        new = Reception(
            document=said.document, at=at, lines=tuple(lines), papers_complete=said.papers_complete,
            missing=said.missing, taken_by=viewer.display, sensor_low_c=low_c, sensor_high_c=high_c,
            refuse_because=said.refuse_because,
        )  # fmt: skip
        receipt = await receiving.receive(tx, number, said.facility, new, by)
    whole = await _card(parts, number)
    return ReceptionAnswer(receipt=receipt.id, state=receipt.state, why=receipt.why, run=whole)


@router.post("/runs/{number}/complete")
async def complete(request: Request, viewer: Asking, number: Number, said: EndBody, seen: Seen) -> RunCard:
    """End a run; refused while doses are on board, and with something missing only by saying why."""
    parts = parts_of(request)
    by = by_of(viewer)
    at = _time(said.time, by.at)
    async with parts.archive.reading() as tx:
        _check_in_scope(viewer, (await _found(tx, viewer, number)).origin)
    watched = await roads.measured(parts.archive, parts.series, number, at)
    async with parts.archive.writing() as tx:
        await _check_whole(tx, number, seen)
        await ending.complete(tx, number, at, by, despite=said.despite, watched=watched)
    return await _card(parts, number)


@router.post("/runs/{number}/cancel")
async def cancel(request: Request, viewer: Asking, number: Number, said: Why, seen: Seen) -> RunAnswer:
    """Take back a run that was begun by mistake."""
    async with parts_of(request).archive.writing() as tx:
        _check_in_scope(viewer, (await _found(tx, viewer, number)).origin)
        await _check_whole(tx, number, seen)
        return await with_tag(tx, tables.Run, run_of(await runs.cancel(tx, number, by_of(viewer, said.reason))))


async def _found(tx: Tx, viewer: Viewer, number: int) -> Run:
    found = await runs.find(tx, viewer.scope, number)
    if found is None:
        raise NotFound("run", number)
    return found


async def _check_whole(tx: Tx, number: int, seen: str) -> None:
    """Refuse to end another run than the caller saw: what was read, loaded or received since belongs to it too.

    Raises:
        Stale: something of it was written or taken back since.
    """
    await audit.begin(tx)
    run = await runs.find(tx, None, number)
    if run is not None and seen not in {locking.ANY, (await journey(tx, run)).state}:
        raise Stale("tag", f"{seen[:40]!r} is no longer its state", "look at it again, and repeat")


def _check_in_scope(viewer: Viewer, facility: str) -> None:
    if not viewer.sees(facility):
        raise NotFound("facility", facility)


def _check_at(viewer: Viewer, run: Run, stop: str) -> None:
    """What happened at a stop is written by its own people, or by those who sent the run; not by another stop's."""
    if not viewer.sees(run.origin):
        _check_in_scope(viewer, stop)


async def _room(tx: Tx, place: str) -> int:
    """`equipment/compartment`."""
    code, _, name = place.partition("/")
    return (await equipment.compartment(tx, code, name)).id


async def _own_room(tx: Tx, viewer: Viewer, place: str) -> int:
    """… of a facility in scope; another one's is as if it were not there."""
    unit = await views.equipment_of(tx, place.partition("/")[0])
    if unit is None or not viewer.sees(unit.facility):
        raise NotFound("compartment", place)
    return await _room(tx, place)


async def _measured(tx: Tx, said: MeasuredBody) -> Measured:
    carrier = await _room(tx, said.carrier)
    return Measured(carrier=carrier, vaccine_c=said.vaccine_c, ice=said.ice, ambient_c=said.ambient_c)


def _time(text: str | None, now: int) -> int:
    written = moment(text, "time")
    return now if written is None else written


async def _card(parts: Parts, number: int) -> RunCard:
    """As it is now; what sensors said of the way is asked outside of any transaction."""
    now = clock.now()
    watched = await roads.measured(parts.archive, parts.series, number, now)
    async with parts.archive.reading() as tx:
        run = await runs.find(tx, None, number)
        if run is None:
            raise NotFound("run", number)
        whole = await journey(tx, run, watched)
        at = now if run.ended_at is None else run.ended_at
        ends = {end for each in whole.movements for end in (each.source, each.target) if end is not None}
        rooms = {number: room for number, (room, _) in (await views.compartments_of(tx, sorted(ends))).items()}
        return card_of(whole, await cargo.on_board(tx, run.id, at), rooms, await tags_of(tx, whole))
