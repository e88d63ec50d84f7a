"""The words of `stock` for acts: receipts, movements, counts, disposals, reports, and what lies or came wrongly.

receive, move, count, dispose, report FILE.json ─► the same functions that the API calls ─► the record that was made
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
import typer

from coldchain import clock
from coldchain.admin.stock_terms import File, Sha256, Why, act, read, said
from coldchain.admin.terminal import Actor, Json, Number, Settings, by, reading, say, when
from coldchain.archive import lots
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.stock import belonging, counting, disposing, moving, receiving, refusals, reporting, undecided
from coldchain.archive.stock.counting import Count, Line, NewCount
from coldchain.archive.stock.disposing import Disposal, NewDisposal
from coldchain.archive.stock.receiving import Delivery, Receipt, State
from coldchain.archive.stock.words import Movement, NewMovement

books = typer.Typer(add_completion=False)

OfFacility = Annotated[str | None, typer.Option(help="Only at this facility.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", help="LOT=WHY, once for each lot that differs.")]


@books.command("receive")
def receive(
    file: File,
    actor: Actor,
    refuse_because: Annotated[str, typer.Option(help="Refuse it though its facts would let it in.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Enter a delivery: accepted, waiting or refused follows from its facts."""
    values = read(file)

    async def work(tx: Tx, who: By) -> Receipt:
        return await receiving.receive(tx, await said(tx, Delivery, values), who, refuse_because=refuse_because)

    act(settings, by(actor), work, _receipt, as_json=as_json)


@books.command("receipts")
def list_receipts(
    facility: OfFacility = None,
    state: Annotated[State | None, typer.Option(help="Only those.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The newest thousand receipts."""
    found = reading(settings, lambda tx: refusals.listed(tx, _scope(facility), Asked(1000), state=state)).items
    _list(found, [_receipt(each) for each in found], as_json=as_json)


@books.command("undecided")
def list_undecided(facility: OfFacility = None, as_json: Json = False, settings: Settings = None) -> None:
    """What a file brought in and nobody decided: receive it with its number as `undecided` of the line."""
    found = reading(settings, lambda tx: undecided.due(tx, _scope(facility)))
    lines = [
        f"{each.id}\t{each.facility}\t{each.movement.doses} doses\t{each.movement.lot}\t{when(each.movement.at)}\t"
        f"{each.movement.document}"
        for each in found
    ]
    _list(found, lines, as_json=as_json)


@books.command("complete")
def complete(
    number: Number,
    actor: Actor,
    papers: Annotated[str | None, typer.Option(help="Their sha256.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The papers of a receipt that waits came."""
    act(settings, by(actor), lambda tx, who: receiving.complete(tx, number, who, papers), _receipt, as_json=as_json)


@books.command("refuse")
def refuse(number: Number, why: Why, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """What waited is refused after all, and goes back."""
    act(settings, by(actor), lambda tx, who: receiving.turn_away(tx, number, why, who), _receipt, as_json=as_json)


@books.command("report-refusal")
def report_refusal(
    number: Number, file: File, actor: Actor, as_json: Json = False, settings: Settings = None
) -> None:  # fmt: skip
    """An authority was told of a refused delivery: {"authority": "drug", "told": …, "told_at": …, "document": …}."""
    values = read(file)

    async def work(tx: Tx, who: By) -> refusals.Report:
        return await refusals.report(tx, await said(tx, refusals.NewReport, values, receipt=number), who)

    act(settings, by(actor), work, lambda each: f"{each.id}\t{each.authority}\t{each.told}", as_json=as_json)


@books.command("report-paper")
def report_paper(
    number: Number, document: Sha256, actor: Actor, as_json: Json = False, settings: Settings = None
) -> None:  # fmt: skip
    """The paper by which an authority was told of a refusal."""
    work: Callable[[Tx, By], Awaitable[refusals.Report]] = lambda tx, who: refusals.add_paper(tx, number, document, who)  # noqa: E731 - one act
    act(settings, by(actor), work, lambda each: f"{each.id}\t{each.document}", as_json=as_json)


@books.command("move")
def move(file: File, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """Enter an issue, a move within the house, a return: {"lot": …, "doses": …, "reason": "issued", "source": "E03/cold"}."""
    values = read(file)

    async def work(tx: Tx, who: By) -> Movement:
        return await moving.enter(tx, await said(tx, NewMovement, values), who)

    act(settings, by(actor), work, _movement, as_json=as_json)


@books.command("withdraw")
def withdraw(number: Number, why: Why, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """A movement was entered by mistake; it stays in the book, struck."""
    act(settings, by(actor, why), lambda tx, who: lots.withdraw(tx, number, who), _movement, as_json=as_json)


@books.command("movements")
def list_movements(
    lot: Annotated[str, typer.Argument(help="The lot's id.")], as_json: Json = False, settings: Settings = None
) -> None:
    """A lot's movements in time, the withdrawn too."""
    found = reading(settings, lambda tx: lots.movements(tx, lot))
    _list(found, [_movement(each) for each in found], as_json=as_json)


@books.command("count")
def count(file: File, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """Enter a count of a compartment: every lot that the books have there, with what is unusable."""
    values = read(file)

    async def work(tx: Tx, who: By) -> tuple[Count, list[Line], str]:
        made = await counting.enter(tx, await said(tx, NewCount, values), who)
        return await counting.count(tx, made.id)

    act(settings, by(actor), work, lambda found: _count(found[0], found[1]), as_json=as_json)


@books.command("post")
def post(
    number: Number, actor: Actor, reasons: Reasons = None, as_json: Json = False, settings: Settings = None
) -> None:
    """Put a count's differences into the books, each with its reason."""
    pairs = dict(each.partition("=")[::2] for each in reasons or [])

    async def work(tx: Tx, who: By) -> tuple[Count, list[Line], str]:
        await counting.post(tx, number, pairs, who)
        return await counting.count(tx, number)

    act(settings, by(actor), work, lambda found: _count(found[0], found[1]), as_json=as_json)


@books.command("dispose")
def dispose(file: File, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """Free doses were disposed of: lot, doses, source, why, witness, organisation, document."""
    values = read(file)

    async def work(tx: Tx, who: By) -> tuple[Movement, Disposal]:
        return await disposing.dispose(tx, await said(tx, NewDisposal, values), who)

    act(settings, by(actor), work, lambda done: f"{_movement(done[0])}\tseen by {done[1].witness}", as_json=as_json)


@books.command("unusable")
def list_unusable(facility: OfFacility = None, as_json: Json = False, settings: Settings = None) -> None:
    """Expired or unusable doses that are to be reported, and reports whose paper is missing."""
    found = reading(settings, lambda tx: reporting.due(tx, _scope(facility), clock.now()))
    lines = [
        f"{each.facility}\t{each.why}\t{each.doses} doses\t{each.lot}\tsince {when(each.since)}\t{each.reported} reported"
        f"{'; paper missing' if each.papers_missing else ''}"
        for each in found
    ]
    _list(found, lines, as_json=as_json)


@books.command("report-unusable")
def report_unusable(file: File, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """They were reported upwards: facility, lot, why, doses, told, told_at, document."""
    values = read(file)

    async def work(tx: Tx, who: By) -> reporting.Report:
        return await reporting.report(tx, await said(tx, reporting.NewReport, values), who)

    act(settings, by(actor), work, lambda each: f"{each.id}\t{each.doses} doses\t{each.told}", as_json=as_json)


@books.command("misplaced")
def list_misplaced(facility: OfFacility = None, as_json: Json = False, settings: Settings = None) -> None:
    """Free doses that lie where they do not belong."""
    found = reading(settings, lambda tx: belonging.misplaced(tx, _scope(facility), clock.now()))
    lines = [
        f"{each.facility}\t{each.place}\t{each.doses} doses\t{each.lot}\tstored at {each.wants}, lies in {each.keeps}\t"
        f"since {when(each.since)}"
        for each in found
    ]
    _list(found, lines, as_json=as_json)


def _list(found: list[Any], lines: list[str], *, as_json: bool) -> None:
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


def _scope(facility: str | None) -> frozenset[str] | None:
    return None if facility is None else frozenset({facility})


def _receipt(each: Receipt) -> str:
    return f"{each.id}\t{each.facility}\t{each.document}\t{when(each.at)}\t{each.state}: {each.why}"


def _movement(each: Movement) -> str:
    struck = "\tstruck" if each.withdrawn_at is not None else ""
    return f"{each.id}\t{when(each.at)}\t{each.reason}\t{each.doses} doses\t{each.lot}{struck}"


def _count(found: Count, lines: list[Line]) -> str:
    its = [f"  {each.lot}\tcounted {each.counted}, booked {each.booked}\t{each.reason}" for each in lines]
    return "\n".join([f"{found.id}\t{when(found.at)}\t{'posted' if found.posted_at is not None else 'entered'}", *its])
