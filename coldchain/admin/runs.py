"""The word `run`: vaccine on the road, from loading to the door, with what was read on the way."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from coldchain import clock
from coldchain.admin.sites import with_stores
from coldchain.admin.terminal import (
    Actor,
    Json,
    Number,
    Settings,
    by,
    moment_or_none,
    reading,
    say,
    when,
)
from coldchain.archive import equipment
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.stock.receiving import DeliveryLine
from coldchain.archive.stock.words import Movement
from coldchain.archive.transport import cargo, ending, readings, receiving, runs
from coldchain.archive.transport.cargo import Load, Unload
from coldchain.archive.transport.journeys import Journey, journey
from coldchain.archive.transport.receiving import Reception
from coldchain.archive.transport.words import (
    Cooling,
    Ice,
    Logger,
    Measured,
    NewRun,
    Point,
    Reading,
    RunKind,
    Tool,
    Way,
)
from coldchain.errors import BadInput
from coldchain.ledger import roads
from coldchain.series import Series

run = typer.Typer(help="Vaccine on the road, with its record.", add_completion=False, no_args_is_help=True)

When = Annotated[str | None, typer.Option("--at", help="When; now, where left out.")]
Carrier = Annotated[str, typer.Option(help="Which of what rides along, equipment/compartment.")]
LotId = Annotated[str, typer.Argument(help="Its id.")]
Doses = Annotated[int, typer.Argument(help="How many.")]
Shown = Annotated[float, typer.Option("--shows", help="The vaccine's temperature, °C.")]
Packs = Annotated[Ice | None, typer.Option("--ice", help="What the ice packs look like.")]
Room = Annotated[float | None, typer.Option("--ambient", help="The air around it, °C.")]


@run.command("start")
def start(  # noqa: PLR0913, PLR0917 - a command's options
    kind: Annotated[RunKind, typer.Argument()],
    origin: Annotated[str, typer.Argument(help="The facility where it begins.")],
    stop: Annotated[list[str], typer.Option(help="A facility where it stops; once for each, in order.")],
    carrier: Annotated[list[str], typer.Option(help="What rides along, equipment/compartment; once for each.")],
    sender: Annotated[str, typer.Option(help="Who hands the vaccine over (发货人).")],
    actor: Actor,
    tool: Annotated[Tool, typer.Option()] = Tool.VACCINE_VEHICLE,
    cooling: Annotated[Cooling, typer.Option()] = Cooling.ONBOARD_BOX,
    way: Annotated[Way, typer.Option()] = Way.DELIVERED,
    plate: Annotated[str, typer.Option(help="车牌号")] = "",
    purpose: Annotated[str, typer.Option(help="用途")] = "",
    of_round: Annotated[int | None, typer.Option("--round", help="The round that it belongs to.")] = None,
    order: Annotated[str, typer.Option(help="The paper that orders an emergency run.")] = "",
    logger: Annotated[list[str] | None, typer.Option(help="CHANNEL=equipment/compartment, for this run.")] = None,
    at: When = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Begin a run: loading begins."""

    async def work(tx: Tx, who: By) -> int:
        loggers = [text.rpartition("=") for text in logger or []]
        new = NewRun(
            kind=kind, origin=origin, stops=tuple(stop), carriers=tuple([await _room(tx, each) for each in carrier]),
            started_at=_at(at, who), tool=tool, cooling=cooling, way=way, sender=sender, plate=plate, purpose=purpose,
            round=of_round, order_no=order,
            loggers=tuple([Logger(channel=name, carrier=await _room(tx, place)) for name, _, place in loggers]),
        )  # fmt: skip
        return (await runs.start(tx, new, who)).id

    _act(settings, actor, work, as_json=as_json)


@run.command("load")
def load(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    lot: LotId,
    doses: Doses,
    source: Annotated[str, typer.Option(help="Out of this, equipment/compartment.")],
    carrier: Carrier,
    actor: Actor,
    bound_for: Annotated[str | None, typer.Option("--for", help="The stop that they are for.")] = None,
    held: Annotated[int, typer.Option(help="Of them so many are under hold and stay so.")] = 0,
    at: When = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Put doses on board."""

    async def work(tx: Tx, who: By) -> int:
        new = Load(
            lot=lot, doses=doses, source=await _room(tx, source), carrier=await _room(tx, carrier), at=_at(at, who),
            bound_for=bound_for, held=held,
        )  # fmt: skip
        await cargo.load(tx, number, new, who)
        return number

    _act(settings, actor, work, as_json=as_json)


@run.command("reading")
def enter_reading(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    point: Annotated[Point, typer.Argument(help="departure, en_route or back; an arrival has its own word.")],
    carrier: Carrier,
    vaccine_c: Shown,
    actor: Actor,
    ice: Packs = None,
    ambient: Room = None,
    at: When = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """What was read at departure, on the way, or back at the origin."""

    async def work(tx: Tx, who: By) -> int:
        measured = Measured(carrier=await _room(tx, carrier), vaccine_c=vaccine_c, ice=ice, ambient_c=ambient)
        await readings.read(tx, number, point, _at(at, who), measured, who)
        return number

    _act(settings, actor, work, as_json=as_json)


@run.command("arrive")
def arrive(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    facility: Annotated[str, typer.Argument(help="The stop.")],
    carrier: Carrier,
    vaccine_c: Shown,
    actor: Actor,
    ice: Packs = None,
    ambient: Room = None,
    distance: Annotated[int | None, typer.Option(help="km from its beginning.")] = None,
    receiver: Annotated[str | None, typer.Option(help="Who signs (收货人).")] = None,
    at: When = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The run came to a stop."""

    async def work(tx: Tx, who: By) -> int:
        measured = [Measured(carrier=await _room(tx, carrier), vaccine_c=vaccine_c, ice=ice, ambient_c=ambient)]
        await readings.arrive(
            tx, number, facility, _at(at, who), measured, who, distance_km=distance, receiver=receiver
        )
        return number

    _act(settings, actor, work, as_json=as_json)


@run.command("receive")
def receive(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    facility: Annotated[str, typer.Argument(help="The stop.")],
    document: Annotated[str, typer.Option(help="出库单号")],
    line: Annotated[
        list[str], typer.Option(help="LOT:DOSES:carrier:target, both equipment/compartment; once for each.")
    ],
    actor: Actor,
    missing: Annotated[str, typer.Option(help="Papers that are missing; without it they are complete.")] = "",
    refuse: Annotated[str, typer.Option(help="Why it is refused although the facts would let it in.")] = "",
    at: When = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Decide at the door, from what was read by hand and what loggers showed: accepted, waiting for papers, or refused."""

    async def work(archive: Archive, series: Series) -> None:
        who = by(actor)
        received_at = _at(at, who)
        async with archive.reading() as tx:
            lines = tuple([await _line(tx, text) for text in line])
        carriers = {each.carrier for each in lines if each.carrier is not None}
        low_c, high_c = await roads.furthest(archive, series, number, carriers, received_at)
        new = Reception(
            document=document, at=received_at, lines=lines, papers_complete=not missing, missing=missing,
            sensor_low_c=low_c, sensor_high_c=high_c, refuse_because=refuse,
        )  # fmt: skip
        async with archive.writing() as tx:
            await receiving.receive(tx, number, facility, new, who)

    _say_run(_with_stores(settings, number, work), as_json=as_json)


@run.command("unload")
def unload(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    lot: LotId,
    doses: Doses,
    carrier: Carrier,
    actor: Actor,
    target: Annotated[str | None, typer.Option(help="Into this; without it they were given at the session.")] = None,
    is_back: Annotated[bool, typer.Option("--back", help="They come back to the origin.")] = False,
    at: When = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Doses go off board otherwise than by a receipt."""
    act = cargo.use if target is None else cargo.bring_back if is_back else cargo.unload

    async def work(tx: Tx, who: By) -> int:
        place = None if target is None else await _room(tx, target)
        new = Unload(lot=lot, doses=doses, carrier=await _room(tx, carrier), at=_at(at, who), target=place)
        await act(tx, number, new, who)
        return number

    _act(settings, actor, work, as_json=as_json)


@run.command("complete")
def complete(
    number: Number,
    actor: Actor,
    despite: Annotated[str, typer.Option(help="Why its record lacks what it lacks.")] = "",
    at: When = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """End a run."""

    async def work(archive: Archive, series: Series) -> None:
        who = by(actor)
        ended_at = _at(at, who)
        watched = await roads.measured(archive, series, number, ended_at)
        async with archive.writing() as tx:
            await ending.complete(tx, number, ended_at, who, despite=despite, watched=watched)

    _say_run(_with_stores(settings, number, work), as_json=as_json)


@run.command("show")
def show_run(number: Number, as_json: Json = False, settings: Settings = None) -> None:
    """All of a run, and what its record lacks."""

    async def work(archive: Archive, series: Series) -> None:
        """Nothing is done."""

    _say_run(_with_stores(settings, number, work), as_json=as_json)


@run.command("orders-due")
def list_orders_due(as_json: Json = False, settings: Settings = None) -> None:
    """Emergency runs that are over and whose order is on no paper here; at most a thousand."""
    found = reading(settings, lambda tx: runs.orders_due(tx, None, 1000))
    lines = [f"{each.id}\t{each.origin}\t{when(each.started_at)}\t{each.order_no}\t{each.despite}" for each in found]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@run.command("order")
def file_order(
    number: Number,
    document: Annotated[str, typer.Argument(help="The sha256 of the paper, as it was filed.")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The paper that ordered an emergency run came, during it or after."""

    async def work(tx: Tx, who: By) -> int:
        return (await runs.file_order(tx, number, document, who)).id

    _act(settings, actor, work, as_json=as_json)


def _act(settings: Path | None, actor: str, work: Callable[[Tx, By], Awaitable[int]], *, as_json: bool) -> None:
    """Do something to a run, and show it as it is then."""

    async def done(archive: Archive, series: Series) -> Journey:
        async with archive.writing() as tx:
            number = await work(tx, by(actor))
        return await _journey(archive, series, number)

    _say_run(with_stores(settings, done), as_json=as_json)


def _with_stores(
    settings: Path | None, number: int, work: Callable[[Archive, Series], Awaitable[None]]
) -> Journey:  # fmt: skip
    """Do what asks the sensors first, and show the run as it is then."""

    async def done(archive: Archive, series: Series) -> Journey:
        await work(archive, series)
        return await _journey(archive, series, number)

    return with_stores(settings, done)


async def _journey(archive: Archive, series: Series, number: int) -> Journey:
    watched = await roads.measured(archive, series, number, clock.now())
    async with archive.reading() as tx:
        found = await runs.find(tx, None, number)
        if found is None:
            raise BadInput("run", f"there is no run {number}", "correct the number")
        return await journey(tx, found, watched)


async def _room(tx: Tx, place: str) -> int:
    code, _, name = place.partition("/")
    return (await equipment.compartment(tx, code, name)).id


async def _line(tx: Tx, text: str) -> DeliveryLine:
    parts = text.split(":")
    if len(parts) != 4 or not parts[1].isdigit():
        raise BadInput("--line", f"{text[:80]!r} cannot be read", "write LOT:DOSES:V1/cold:E03/cold")
    lot, doses, carrier, target = parts
    return DeliveryLine(
        lot=lot, doses=int(doses), carrier=await _room(tx, carrier), compartment=await _room(tx, target)
    )


def _at(text: str | None, who: By) -> int:
    found = moment_or_none(text, "--at")
    return who.at if found is None else found


def _read_at(each: Reading) -> str:
    return f"\tat {each.facility}" if each.facility is not None else ""


def _way_of(whole: Journey, move: Movement) -> str:
    """Onto the run, off it, or given on it."""
    if move in whole.loaded:
        return f"loaded for {move.counterparty}" if move.counterparty else "loaded"
    return "put off" if move.target is not None else str(move.reason)


def _say_run(whole: Journey, *, as_json: bool) -> None:
    its = whole.run
    ended = "on its way" if its.ended_at is None else f"ended {when(its.ended_at)}"
    rows = [f"{its.id}\t{its.kind}\t{its.origin} → {', '.join(stop.facility for stop in whole.stops)}\t{ended}"]
    rows += [f"{each.point}\t{when(each.at)}\t{each.vaccine_c:g} °C{_read_at(each)}" for each in whole.readings]
    rows += [f"{_way_of(whole, each)}\t{when(each.at)}\t{each.lot}\t{each.doses} doses" for each in whole.movements]
    rows += [f"missing\t{each.words}" for each in whole.findings]
    value: Any = msgspec.to_builtins(whole)
    say(value, "\n".join(rows), as_json=as_json)
