"""The word `equipment`: what a compartment is for and which band it keeps, from when on, and what it was before."""

from typing import Annotated, Any

import msgspec
import typer

from coldchain.admin.equipment_terms import Code
from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    Json,
    Reason,
    Settings,
    Shown,
    by,
    correction,
    moment_or_none,
    reading,
    say,
    span,
    writing,
)
from coldchain.archive import equipment, uses
from coldchain.archive.db import Tx
from coldchain.archive.uses import NewUse, Purpose, Use

compartments = typer.Typer()

Name = Annotated[str, typer.Argument(help="The compartment, by its name: cold, frozen …")]


@compartments.command("use")
def use(  # noqa: PLR0913, PLR0917 - a command's options
    code: Code,
    compartment: Name,
    purpose: Annotated[Purpose, typer.Argument(help="What it is for.")],
    profile: Annotated[str, typer.Argument(help="The band that it is to keep: 2-8, frozen, ultra-cold …")],
    actor: Actor,
    start: Annotated[str | None, typer.Option("--from", help="Since when; without it, from now on.")] = None,
    document: Shown = None,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Let a compartment be for something else; what it measured before stays judged by what it was for then.

    Refused while doses are inside that it would not suit, and before now where its probes have spoken: that takes a reason
    and a document, and lifts no hold.
    """
    since = moment_or_none(start, "--from")

    async def work(tx: Tx) -> list[Use]:
        room = await equipment.compartment(tx, code, compartment)
        new = NewUse(compartment=room.id, purpose=purpose, profile=profile, start=since)
        await equipment.turn(tx, new, by(actor, reason), correction(reason, document))
        return await uses.of(tx, room.id)

    _say(writing(settings, work), as_json=as_json)


@compartments.command("uses")
def list_uses(code: Code, compartment: Name, as_json: Json = False, settings: Settings = None) -> None:
    """What a compartment was for, in time."""

    async def work(tx: Tx) -> list[Use]:
        return await uses.of(tx, (await equipment.compartment(tx, code, compartment)).id)

    _say(reading(settings, work), as_json=as_json)


def _say(found: list[Use], *, as_json: bool) -> None:
    items: list[dict[str, Any]] = [
        msgspec.to_builtins(each) | {"start": None if each.start == uses.EVER else each.start} for each in found
    ]
    lines = [f"{each.purpose.value}\t{each.profile}\t{_span(each)}" for each in found]
    say({"items": items}, "\n".join(lines), as_json=as_json)


def _span(each: Use) -> str:
    return span(None if each.start == uses.EVER else each.start, each.end)
