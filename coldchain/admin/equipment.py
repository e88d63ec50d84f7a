"""The word `equipment`: the archive of equipment at the terminal — cards, statuses, places, papers; the rest stands beside.

`equipment_terms` (options, answers) ─► this, `equipment_uses` (compartments), `equipment_books` (day by day),
`equipment_checks` (for whoever plans)
"""

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from coldchain.admin.equipment_books import books
from coldchain.admin.equipment_checks import checks
from coldchain.admin.equipment_probes import adding, probe
from coldchain.admin.equipment_terms import Code, DocumentOption, Facility, On, Region, day_of, say_list, scope_of, told
from coldchain.admin.equipment_uses import compartments
from coldchain.admin.terminal import TERMINAL, Actor, Json, Reason, Settings, by, reading, say, writing
from coldchain.archive import documents, tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import table_of
from coldchain.archive.upkeep import cards, life, papers
from coldchain.archive.upkeep.cards import Card, Equipment
from coldchain.archive.upkeep.words import Paper, Status
from coldchain.errors import BadInput

equipment = typer.Typer(
    help="The equipment archive: cards, statuses, repairs, requests, care, counts, checks.",
    add_completion=False,
    no_args_is_help=True,
)
equipment.add_typer(compartments)
equipment.add_typer(books)
equipment.add_typer(checks)
equipment.add_typer(adding)
equipment.add_typer(probe, name="probe")

CUBIC: Final = ("volume_cold_m3", "volume_frozen_m3")
ELSEWHERE: Final = frozenset({"code", "facility", "status", "scrapped_on"})  # what has a word of its own


@equipment.command("list")
def list_cards(
    facility: Facility = None,
    region: Region = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is scrapped or was given away.")] = False,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Equipment by code."""

    async def work(tx: Tx) -> list[Card]:
        return await cards.cards(tx, await scope_of(tx, facility, region), with_gone=everything)

    found = reading(settings, work)
    lines = [f"{each.code}\t{each.facility}\t{each.type}\t{each.status}\t{each.brand} {each.model}" for each in found]
    say_list(found, lines, as_json=as_json)


@equipment.command("show")
def show(code: Code, as_json: Json = False, settings: Settings = None) -> None:
    """One piece: its card, what it still lacks, what it was and where it stood."""

    async def work(tx: Tx) -> dict[str, Any]:
        card = await cards.card(tx, code)
        shown: dict[str, Any] = msgspec.to_builtins(card)
        shown["missing"] = cards.missing(card)
        for name, spans in (("statuses", await life.statuses(tx, code)), ("places", await life.places(tx, code))):
            shown[name] = msgspec.to_builtins(spans)
        shown["papers"] = msgspec.to_builtins(await papers.papers(tx, code))
        return shown

    found = reading(settings, work)
    say(found, told(found), as_json=as_json)


@equipment.command("set")
def set_fields(
    code: Code,
    fields: Annotated[list[str], typer.Argument(help="brand=海尔 volume_cold_m3=0.3 started_on=2026-03-01 …")],
    actor: Actor,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Change columns of a card; what is not named stays. Its status and place have words of their own."""
    said = _fields(fields)

    async def work(tx: Tx) -> Card:
        card = await cards.card(tx, code)
        whole = {name: getattr(card, name) for name in ("facility", "name_zh", "name_en", "short_zh", "type")}
        return await cards.change(tx, _said({"code": code, **whole, **said}), by(actor, reason))

    changed = writing(settings, work)
    say(
        msgspec.to_builtins(changed),
        "\n".join(f"{name}\t{getattr(changed, name)}" for name in (_in_litres(each) for each in said)),
        as_json=as_json,
    )


def _in_litres(name: str) -> str:
    """As the card has it, whatever it was written in."""
    return name.removesuffix("_m3") + "_l" if name in CUBIC else name


@equipment.command("status")
def set_status(  # noqa: PLR0913, PLR0917 - a command's options
    code: Code,
    status: Annotated[Status, typer.Argument(help="What it is from that day on.")],
    why: Annotated[str, typer.Option("--why", help="For the books.")],
    actor: Actor,
    on: On = None,
    document: DocumentOption = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """From a day on it is in another status; refused while lots are recorded inside, where it is to be empty."""
    span = writing(
        settings, lambda tx: life.set_status(tx, code, life.Turn(status, day_of(on), why, document), by(actor, why))
    )
    say(msgspec.to_builtins(span), f"{code}\t{span.status}\tsince {span.since}", as_json=as_json)


@equipment.command("move")
def move(  # noqa: PLR0913, PLR0917 - a command's options
    code: Code,
    facility: Annotated[str, typer.Argument(help="Where it goes, by code.")],
    why: Annotated[str, typer.Option("--why", help="For the books.")],
    actor: Actor,
    on: On = None,
    document: DocumentOption = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """From a day on it stands at another facility; refused while lots are recorded inside."""
    span = writing(
        settings, lambda tx: life.move(tx, code, life.Relocation(facility, day_of(on), why, document), by(actor, why))
    )
    say(msgspec.to_builtins(span), f"{code}\t{span.facility}\tsince {span.since}", as_json=as_json)


@equipment.command("paper")
def attach(
    code: Code,
    file: Annotated[
        Path, typer.Argument(help="PDF, JPEG, PNG, WebP, XLSX, DOCX or text.", exists=True, dir_okay=False)
    ],
    kind: Annotated[Paper, typer.Option(help="What it is to the equipment.")],
    actor: Actor,
    note: Annotated[str, typer.Option(help="What to say of it.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Keep a document and attach it."""
    if file.stat().st_size > documents.LARGEST:
        raise BadInput("file", f"{file.name} is larger than {documents.LARGEST} bytes", "make it smaller")
    content = file.read_bytes()

    async def work(tx: Tx) -> papers.Attached:
        facility = (await cards.card(tx, code)).facility
        kept = await documents.add(tx, file.name, content, facility, by(actor))
        return await papers.attach(tx, code, kept.sha256, kind, by(actor), note)

    attached = writing(settings, work)
    say(msgspec.to_builtins(attached), f"{attached.id}\t{attached.kind}\t{attached.document}", as_json=as_json)


def _fields(written: list[str]) -> dict[str, Any]:
    """`name=value` as typed; an empty value is none where a column may have none.

    Raises:
        BadInput: naming what has no value, or is no column of a card.
    """
    may = [*(name for name in Equipment.__struct_fields__ if name not in ELSEWHERE), *CUBIC]
    nullable = {column.key for column in table_of(tables.Equipment).columns if column.nullable}
    found: dict[str, Any] = {}
    for each in written:
        name, sign, value = each.partition("=")
        if not sign:
            raise BadInput("field", f"{each[:80]!r} has no value", "write name=value")
        if name not in may:
            raise BadInput("field", f"{name[:80]!r} is no column to set", f"use {', '.join(may)}")
        found[name] = None if value == "" and name in nullable else _number(name, value) if name in CUBIC else value
    return found


def _said(values: dict[str, Any]) -> Equipment:
    """The record of what was typed.

    Raises:
        BadInput: naming what takes no such value.
    """
    try:
        return msgspec.convert(cards.in_litres(values), Equipment, strict=False)
    except msgspec.ValidationError as error:
        wrong, _, place = str(error).partition(" - at `$.")
        raise BadInput(place.rstrip("`") or "field", wrong, "correct the value") from None


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(name, f"{text[:40]!r} is no number", "write cubic metres, 0.3") from None
