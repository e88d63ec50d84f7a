"""The words of `equipment probe`: which channel measures what since when; and `equipment add`, for a piece that is new."""

from typing import Annotated

import typer

from coldchain import clock
from coldchain.admin.equipment_terms import Code, say_list, say_one
from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    Json,
    Reason,
    Settings,
    by,
    moment,
    reading,
    span,
    writing,
)
from coldchain.archive import equipment
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Assignment, NewAssignment
from coldchain.archive.upkeep import cards
from coldchain.archive.upkeep.cards import Card, Equipment
from coldchain.archive.upkeep.words import EquipmentType
from coldchain.errors import BadInput

probe = typer.Typer(help="Which channel measures a piece since when.", add_completion=False, no_args_is_help=True)
adding = typer.Typer(add_completion=False)

Channel = Annotated[str, typer.Argument(help="gateway/device/quantity")]
When = Annotated[str | None, typer.Option("--at", help="When, 2026-07-03T16:00:00+08:00; now if left out.")]


@probe.command("hang")
def hang(  # noqa: PLR0913, PLR0917 - a command's options
    channel: Channel,
    code: Code,
    actor: Actor,
    compartment: Annotated[
        str | None, typer.Option("--compartment", help="The part of it; a door or the mains need none.")
    ] = None,
    position: Annotated[str, typer.Option(help="Where in it: bottom, near the lid …")] = "",
    interval_s: Annotated[int, typer.Option("--interval", help="Seconds between two readings.")] = 60,
    at: When = None,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """From a time on a channel measures there; where it measured before ends then. Readings are never touched."""
    new = NewAssignment(
        channel=channel, equipment=code, compartment=compartment, position=position, interval_s=interval_s,
        start=_moment(at),
    )  # fmt: skip

    say_one(writing(settings, lambda tx: equipment.assign(tx, new, by(actor, reason))), as_json=as_json)


@probe.command("take-off")
def take_off(
    channel: Channel,
    actor: Actor,
    at: When = None,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """From a time on a channel measures nothing that we know."""
    end = _moment(at)

    say_one(writing(settings, lambda tx: equipment.unassign(tx, channel, end, by(actor, reason))), as_json=as_json)


@probe.command("list")
def list_probes(code: Code, as_json: Json = False, settings: Settings = None) -> None:
    """Which channels measured a piece, in time."""

    async def work(tx: Tx) -> tuple[list[Assignment], dict[int, str]]:
        await cards.card(tx, code)  # a code that is nobody's has no probes to be short of
        rooms = {each.id: each.name for each in await equipment.compartments(tx, equipment=code)}
        return await equipment.assignments_touching(tx, code), rooms

    found, rooms = reading(settings, work)
    say_list(found, [_line(each, rooms) for each in found], as_json=as_json)


@adding.command("add")
def add(  # noqa: PLR0913, PLR0917 - a command's options
    code: Code,
    facility: Annotated[str, typer.Option(help="Where it stands, by code.")],
    kind: Annotated[EquipmentType, typer.Option("--type", help="What it is.")],
    name_zh: Annotated[str, typer.Option("--name-zh", help="As people call it.")],
    actor: Actor,
    name_en: Annotated[str, typer.Option("--name-en", help="The same in English.")] = "",
    short_zh: Annotated[str, typer.Option("--short", help="What fits a text message.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Enter a new piece; the rest of its card is said by `set`."""
    short = short_zh or name_zh
    new = Equipment(code=code, facility=facility, name_zh=name_zh, name_en=name_en, short_zh=short, type=kind)

    async def work(tx: Tx) -> Card:
        if await cards.is_there(tx, code):
            raise BadInput("code", f"{code[:80]!r} is there already", "change it by `equipment set`")
        await cards.put(tx, [new], by(actor))
        return await cards.card(tx, code)

    entered = writing(settings, work)
    say_list([entered], [f"{entered.code}\t{entered.facility}\t{entered.type}"], as_json=as_json)


def _moment(at: str | None) -> int:
    return clock.now() if at is None else moment(at, "--at")


def _line(each: Assignment, rooms: dict[int, str]) -> str:
    place = "whole" if each.compartment is None else rooms[each.compartment]
    return f"{each.id}\t{each.channel}\t{place}\t{each.position}\t{span(each.start, each.end)}"
