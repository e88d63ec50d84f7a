"""The words `vaccine`, `lot` and `stock`: the catalogue, lots with what is left, and what the books of a facility say."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from coldchain import clock
from coldchain.admin.custody import custody
from coldchain.admin.stock_books import books
from coldchain.admin.stock_entries import put_lots, put_vaccines, stability
from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    Json,
    Reason,
    Settings,
    by,
    moment_or_none,
    reading,
    say,
    when,
    with_archive,
    writing,
)
from coldchain.archive import lots
from coldchain.archive.db import Archive, Tx
from coldchain.archive.pages import Asked, Page
from coldchain.archive.stock import catalogue, issuing, labels, listing, places, presence, prices, refusals, register
from coldchain.archive.stock.labels import Label, Why
from coldchain.archive.stock.prices import NewPrice
from coldchain.archive.stock.refusals import Due
from coldchain.archive.stock.words import Lot, Vaccine
from coldchain.errors import BadInput

vaccine = typer.Typer(help="The catalogue of vaccines.", add_completion=False, no_args_is_help=True)
lot = typer.Typer(help="Lots, and where their doses are.", add_completion=False, no_args_is_help=True)
stock = typer.Typer(help="The books of a facility's stock.", add_completion=False, no_args_is_help=True)

vaccine.add_typer(put_vaccines)
vaccine.add_typer(stability)
lot.add_typer(put_lots)
stock.add_typer(books)
stock.add_typer(custody)

MOST_LINES = 100_000
Facility = Annotated[str, typer.Argument(help="The facility's code.")]
OfFacility = Annotated[str | None, typer.Option(help="Only what lies at this facility.")]


@vaccine.command("load")
def load(
    actor: Actor,
    file: Annotated[
        Path | None, typer.Option("--catalogue", help="A catalogue's file; without it, the one that comes along.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Insert the vaccines of a catalogue, or change them to what it says. Doing it twice changes nothing."""
    read = catalogue.read(file)

    count = writing(settings, lambda tx: catalogue.load(tx, read, by(actor, reason)))
    say({"catalogue": read.name, "changed": count}, f"{read.name}: {count} vaccines changed", as_json=as_json)


@vaccine.command("list")
def list_vaccines(as_json: Json = False, settings: Settings = None) -> None:
    """The whole catalogue."""
    found = reading(settings, lots.vaccines)
    say({"items": msgspec.to_builtins(found)}, "\n".join(map(_vaccine_line, found)), as_json=as_json)


@vaccine.command("price")
def price(  # noqa: PLR0913, PLR0917 - a command's options
    code: Annotated[str, typer.Argument(help="The vaccine's code.")],
    fen: Annotated[int, typer.Option(help="Per dose, 1/100 yuan.")],
    valid_from: Annotated[str, typer.Option("--from", help="From which day on, YYYY-MM-DD.")],
    source: Annotated[str, typer.Option(help="The paper that says so.")],
    actor: Actor,
    maker: Annotated[str, typer.Option(help="Of this maker; without it, of any without a price of its own.")] = "",
    region: Annotated[str | None, typer.Option(help="A region's own price; without it, everybody's.")] = None,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down a price."""
    new = NewPrice(vaccine=code, fen=fen, valid_from=valid_from, source=source, maker=maker, region=region)

    said = writing(settings, lambda tx: prices.say(tx, new, by(actor, reason)))
    line = f"{said.id}\t{said.vaccine}\t{said.fen / 100:.2f} CNY from {said.valid_from}"
    say(msgspec.to_builtins(said), line, as_json=as_json)


@lot.command("list")
def list_lots(
    facility: OfFacility = None,
    of_vaccine: Annotated[str | None, typer.Option("--vaccine", help="Only lots of this vaccine.")] = None,
    expires_before: Annotated[str | None, typer.Option(help="Only those that expire before this day.")] = None,
    here: Annotated[bool, typer.Option("--here", help="Only those of which doses are there now.")] = False,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Lots with the doses that are left."""
    scope = None if facility is None else frozenset({facility})
    wish = listing.Wish(scope, of_vaccine, None, expires_before, here)

    async def work(tx: Tx) -> list[tuple[Lot, int]]:
        if facility is not None:
            await places.check_facility(tx, facility)
        found: list[Lot] = []
        page: Page[Lot] = await listing.listed(tx, wish, Asked(1000))
        found += page.items
        while page.next is not None:
            page = await listing.listed(tx, wish, Asked(1000, page.next))
            found += page.items
        left: dict[str, int] = {}
        for n in range(0, len(found), 1000):
            left |= await listing.doses_of(tx, [each.id for each in found[n : n + 1000]], scope)
        return [(each, left.get(each.id, 0)) for each in found]

    found = reading(settings, work)
    items = [msgspec.to_builtins(each) | {"doses": doses} for each, doses in found]
    say({"items": items}, "\n".join(_lot_line(*each) for each in found), as_json=as_json)


@lot.command("show")
def show_lot(
    lot_id: Annotated[str, typer.Argument(help="The lot's id.")], as_json: Json = False, settings: Settings = None
) -> None:
    """A lot, and where its doses are."""
    card = reading(settings, lambda tx: listing.card(tx, lot_id, None))
    there = [
        f"  {each.facility}\t{each.equipment}/{each.name}\t{each.doses} doses{_of_them(each.bound)}"
        for each in card.there
    ]
    head = _lot_line(card.lot, sum(each.doses for each in card.there))
    say(msgspec.to_builtins(card), "\n".join([head, *there]), as_json=as_json)


@stock.command("register")
def show_register(
    facility: Facility,
    of_vaccine: Annotated[str | None, typer.Option("--vaccine", help="Only of this vaccine.")] = None,
    of_lot: Annotated[str | None, typer.Option("--lot", help="Only of this lot.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="From when on, 2026-07-03T16:00:00+08:00.")] = None,
    end: Annotated[str | None, typer.Option("--until", help="Until when.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """What came in and went out, with each lot's balance; as CSV with the form's headings, or as JSON."""
    wish = register.Wish(
        facility, of_vaccine, of_lot, moment_or_none(start, "--from"), moment_or_none(end, "--until")
    )  # fmt: skip

    found = reading(settings, lambda tx: register.lines(tx, wish, MOST_LINES + 1))
    if len(found) > MOST_LINES:
        raise BadInput("--from", f"there are more than {MOST_LINES} lines", "ask for fewer: --from, --until, --lot")
    say({"items": msgspec.to_builtins(found)}, register.as_csv(found).rstrip(), as_json=as_json)


@stock.command("fefo")
def fefo(
    facility: Facility,
    of_vaccine: Annotated[str, typer.Argument(help="The vaccine's code.", metavar="VACCINE")],
    doses: Annotated[int, typer.Argument(help="How many are wanted.")],
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """What to take first."""
    found = reading(settings, lambda tx: issuing.fefo(tx, facility, of_vaccine, doses, clock.now()))
    items: list[dict[str, Any]] = [msgspec.to_builtins(each.shelf) | {"doses": each.doses} for each in found]
    lines = [
        f"{each.doses} doses\t{each.shelf.lot}\t{each.shelf.place}\texpires {each.shelf.expires_on}" for each in found
    ]
    free = sum(each.doses for each in found)
    if free < doses:
        lines.append(f"only {free} of {doses}: no more is free there")
    say({"items": items}, "\n".join(lines), as_json=as_json)


@stock.command("labels")
def show_labels(facility: OfFacility = None, as_json: Json = False, settings: Settings = None) -> None:
    """What is set apart, since when and why: held, waiting for papers, expired, unusable."""
    scope = None if facility is None else frozenset({facility})

    found = reading(settings, lambda tx: labels.labels(tx, scope, clock.now()))
    lines = [
        f"{each.why}\t{each.doses} doses\t{each.lot}\t{each.facility}\t{each.place}\tsince {when(each.since)}"
        f"{_because(each)}"
        for each in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@stock.command("due")
def show_due(facility: OfFacility = None, as_json: Json = False, settings: Settings = None) -> None:
    """Refused deliveries of which an authority was not told yet, or not by a paper that is here."""
    scope = None if facility is None else frozenset({facility})

    found = reading(settings, lambda tx: refusals.due(tx, scope))
    lines = [
        f"receipt {each.receipt.id}\t{each.receipt.facility}\t{each.receipt.document}\trefused {when(each.receipt.at)}: "
        f"{each.receipt.why}\t{_lacking(each)}"
        for each in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@stock.command("rebuild")
def rebuild(lot_ids: Annotated[list[str], typer.Argument(help="The lots' ids.")], settings: Settings = None) -> None:
    """Write anew from the movements where these lots were; for who put movements in by other ways."""

    async def work(archive: Archive) -> None:
        for lot_id in lot_ids:
            async with archive.writing() as tx:
                await lots.lot(tx, lot_id)
                await presence.rebuild(tx, lot_id)

    with_archive(settings, work)
    typer.echo(f"{len(lot_ids)} lots were followed anew")


def _vaccine_line(each: Vaccine) -> str:
    freezing = "must not freeze" if each.freeze_sensitive else "may freeze"
    return f"{each.code}\t{each.name_zh}\t{each.name_en}\t{each.funding}\t{each.profile}\t{freezing}\t{each.catalogue or 'own'}"


def _lacking(each: Due) -> str:
    told = f"not told: {', '.join(each.authorities)} authority" if each.authorities else ""
    papers = ", ".join(f"{report.id} ({report.authority})" for report in each.papers_missing)
    return "; ".join(words for words in (told, f"paper missing of report {papers}" if papers else "") if words)


def _because(each: Label) -> str:
    """What it rests on, as other words name it."""
    if each.why in {Why.EXPIRED, Why.UNUSABLE}:
        return f"\t{each.because}" if each.because else ""
    return f"\t{'excursion' if each.why is Why.HELD else 'receipt'} {each.because}"


def _of_them(bound: int) -> str:
    return f", {bound} of them not to be used" if bound else ""


def _lot_line(each: Lot, doses: int) -> str:
    return f"{each.id}\t{each.number}\t{each.vaccine}\t{each.maker}\texpires {each.expires_on}\t{doses} doses"
