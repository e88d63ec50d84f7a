"""The word `collection`: the yearly collection of archives as at 31 December, from opening to freezing."""

import json
from typing import Annotated

import msgspec
import typer

from coldchain import clock
from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    Json,
    Number,
    Reason,
    Settings,
    by,
    reading,
    say,
    when,
    writing,
)
from coldchain.archive.db import Tx
from coldchain.archive.facilities import collection as kept
from coldchain.archive.facilities import frozen, numbers
from coldchain.archive.facilities.collection import (
    Collection,
    Confirmed,
    How,
    NewCollection,
    Reminder,
    Unit,
)
from coldchain.archive.facilities.snapshot import Snapshot

collection = typer.Typer(
    help="The yearly collection as at 31 December.", add_completion=False, no_args_is_help=True
)  # fmt: skip

Facility = Annotated[str, typer.Argument(help="Which facility, by code.")]
SeenSnapshot = Annotated[str | None, typer.Option("--seen", help="The digest of what was looked at: `show` tells it.")]
SeenState = Annotated[
    str | None,
    typer.Option(
        "--seen", help="What was looked at: of one unit the digest that `show` tells, of all that of `units`."
    ),
]
Why = Annotated[str, typer.Option("--because", help="Why, for the unit to read.")]


@collection.command("open")
def open_year(
    region: Annotated[str, typer.Argument(help="Of which region, by code.")],
    year: Annotated[int, typer.Argument(help="Of which year.")],
    due: Annotated[str, typer.Option(help="The last day to confirm in time, 2027-01-20.")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Begin a collection: every facility of the region that is not closed has a part."""
    done = writing(
        settings, lambda tx: kept.open_collection(tx, NewCollection(year=year, region=region, due_on=due), by(actor))
    )
    say(msgspec.to_builtins(done), _line(done), as_json=as_json)


@collection.command("list")
def list_collections(as_json: Json = False, settings: Settings = None) -> None:
    """All collections."""
    found = reading(settings, kept.collections)
    say({"items": msgspec.to_builtins(found)}, "\n".join(_line(each) for each in found), as_json=as_json)


@collection.command("units")
def list_units(number: Number, as_json: Json = False, settings: Settings = None) -> None:
    """How far each unit is."""

    async def work(tx: Tx) -> tuple[list[Unit], str]:
        await kept.collection(tx, number)
        return await kept.units(tx, number, None), await kept.state_of(tx, number)

    found, state = reading(settings, work)
    _say_units(found, as_json=as_json, state=state)


@collection.command("late")
def list_late(number: Number, as_json: Json = False, settings: Settings = None) -> None:
    """Who has not confirmed, and for how many days it is due."""
    found = reading(settings, lambda tx: kept.chase(tx, number, None, clock.now()))
    lines = [
        f"{each.facility}\t{each.state}\t{_due(each.days_late)}\t{each.name_zh}\t{each.head}\t{_called(each.telephone)}"
        f"{''.join(map(_reminded, each.reminders))}"
        for each in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@collection.command("remind")
def remind(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    facility: Facility,
    how: Annotated[How, typer.Argument(help="By what.")],
    told: Annotated[str, typer.Option(help="Who there picked up, or read it.")],
    actor: Actor,
    note: Annotated[str, typer.Option(help="What they said.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down that a unit which has not confirmed was reminded."""
    done = writing(settings, lambda tx: kept.remind(tx, number, facility, how, told, by(actor), note=note))
    say(msgspec.to_builtins(done), f"{facility}{_reminded(done)}", as_json=as_json)


@collection.command("show")
def show(number: Number, facility: Facility, settings: Settings = None) -> None:
    """What a unit confirmed last, else what it would confirm now, as JSON."""

    async def work(tx: Tx) -> Confirmed | Snapshot:
        return await kept.confirmed(tx, number, facility) or await kept.draft(tx, number, facility)

    found = reading(settings, work)
    say({"sha256": found.sha256, "content": json.loads(found.content)}, "", as_json=True)


@collection.command("confirm")
def confirm(
    number: Number,
    facility: Facility,
    actor: Actor,
    seen: Annotated[str | None, typer.Option(help="The digest of what was looked at.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Confirm a unit's archive in its name."""
    done = writing(settings, lambda tx: kept.confirm(tx, number, facility, by(actor), seen=seen))
    said = {"facility": facility, "sha256": done.sha256, "confirmed_by": done.confirmed_by}
    say(said, f"{facility}\tconfirmed by {done.confirmed_by}\t{done.sha256}", as_json=as_json)


@collection.command("return")
def give_back(
    number: Number,
    facility: Facility,
    why: Why,
    actor: Actor,
    seen: SeenSnapshot = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Return what a unit confirmed."""

    async def work(tx: Tx) -> list[Unit]:
        return [await kept.give_back(tx, number, facility, why, by(actor, why), seen=seen)]

    _say_units(writing(settings, work), as_json=as_json)


@collection.command("excuse")
def excuse(
    number: Number, facility: Facility, why: Why, actor: Actor, as_json: Json = False, settings: Settings = None
) -> None:
    """Say why the rest may be frozen without this unit."""

    async def work(tx: Tx) -> list[Unit]:
        return [await kept.excuse(tx, number, facility, why, by(actor, why))]

    _say_units(writing(settings, work), as_json=as_json)


@collection.command("consolidate")
def consolidate(
    number: Number,
    actor: Actor,
    facility: Annotated[str | None, typer.Option(help="Only this one, by code.")] = None,
    seen: SeenState = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Take over what was confirmed."""
    _say_units(
        writing(settings, lambda tx: kept.consolidate(tx, number, by(actor), facility=facility, seen=seen)),
        as_json=as_json,
    )


@collection.command("roll-up")
def roll_up(number: Number, settings: Settings = None) -> None:
    """What consolidated units come to, as JSON."""
    say(reading(settings, lambda tx: frozen.roll_up(tx, number)), "", as_json=True)


@collection.command("freeze")
def freeze(
    number: Number,
    actor: Actor,
    reason: Reason = TERMINAL,
    seen: SeenState = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Let nothing in it change any more."""
    done = writing(settings, lambda tx: frozen.freeze(tx, number, by(actor, reason), seen=seen))
    say(msgspec.to_builtins(done), _line(done), as_json=as_json)


@collection.command("check")
def check(number: Number, as_json: Json = False, settings: Settings = None) -> None:
    """Whether every snapshot is still what was confirmed, and the sum what was frozen; exit code 1 when not."""
    broken = reading(settings, lambda tx: frozen.broken(tx, number))
    say({"is_whole": not broken, "broken": broken}, "\n".join(broken) or "whole", as_json=as_json)
    raise typer.Exit(1 if broken else 0)


def _say_units(found: list[Unit], *, as_json: bool, state: str | None = None) -> None:
    lines = [f"{each.facility}\t{each.state}\t{each.comment}\t{each.missing}".rstrip() for each in found]
    said = {"items": msgspec.to_builtins(found)}
    if state is not None:
        lines, said = [*lines, f"state {state}"], said | {"state": state}
    say(said, "\n".join(lines), as_json=as_json)


def _reminded(each: Reminder) -> str:
    return f"\treminded {when(each.reminded_at)} by {each.how}: {each.told}, by {each.by}"


def _line(each: Collection) -> str:
    state = "open" if each.frozen_at is None else f"frozen {when(each.frozen_at)}"
    return f"{each.id}\t{each.year}\t{each.region}\tdue {each.due_on}\t{state}"


def _due(days_late: int) -> str:
    return f"{days_late} days late" if days_late > 0 else f"due in {-days_late} days"


def _called(telephone: str) -> str:
    return numbers.shown(telephone) if telephone else "no number"
