"""The word `duty`: the county's policies of who is told, rotas, what is wrong with them, and numbers to be asked for."""

import json
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from coldchain import clock
from coldchain.admin.duty_books import books
from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    At,
    Json,
    Number,
    Reason,
    Settings,
    by,
    ended,
    moment,
    moment_or_none,
    reading,
    say,
    span,
    when,
    writing,
)
from coldchain.archive.db import Tx
from coldchain.archive.duty import gaps, policies, rotas, standing, ways
from coldchain.archive.duty.policies import Entered, NewPolicy
from coldchain.archive.duty.policy import FILE
from coldchain.archive.duty.rotas import Rota, Turn
from coldchain.archive.duty.standing import Standing, Stood
from coldchain.errors import BadInput

duty = typer.Typer(help="Who is told: policies, rotas, gaps.", add_completion=False, no_args_is_help=True)

duty.add_typer(books)

LARGEST = 262_144  # bytes of a policy's file


@duty.command("default")
def default() -> None:
    """Print the policy that holds where a county has said nothing, to be changed and entered."""
    typer.echo(FILE.read_text(encoding="utf-8"), nl=False)


@duty.command("policies")
def list_policies(as_json: Json = False, settings: Settings = None) -> None:
    """The county's own policies, those that ended too."""
    found = reading(settings, policies.listed)
    lines = [
        f"{each.id}\t{_place(each)}\t{span(each.start, each.end)}\t{each.title}\t{ended(each.withdrawn_at)}"
        for each in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@duty.command("enter")
def enter(  # noqa: PLR0913, PLR0917 - a command's options
    file: Annotated[
        Path, typer.Argument(help="A policy, TOML or JSON, written as `coldchain duty default` prints one.")
    ],
    actor: Actor,
    region: Annotated[str | None, typer.Option("--region", help="For this region and below.")] = None,
    facility: Annotated[str | None, typer.Option("--facility", help="For this facility.")] = None,
    equipment: Annotated[str | None, typer.Option("--equipment", help="For this piece of equipment.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="From when on; now by default, never earlier.")] = None,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """From then on this is who is told there; without a place, everywhere."""
    content, begins = _read(file), moment_or_none(start, "--from")
    who = by(actor, reason)
    new = NewPolicy(
        content=content, start=who.at if begins is None else begins, region=region, facility=facility,
        equipment=equipment,
    )  # fmt: skip
    done = writing(settings, lambda tx: policies.enter(tx, new, who))
    say(msgspec.to_builtins(done), f"{done.id}\t{_place(done)}\t{span(done.start, done.end)}", as_json=as_json)


@duty.command("end")
def end(
    number: Number, at: At, actor: Actor, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None
) -> None:
    """Let a policy end: the one of the next wider place holds."""
    until = moment(at, "--at")
    done = writing(settings, lambda tx: policies.end(tx, number, until, by(actor, reason)))
    say(msgspec.to_builtins(done), f"{done.id}\t{span(done.start, done.end)}", as_json=as_json)


@duty.command("rotas")
def list_rotas(as_json: Json = False, settings: Settings = None) -> None:
    """Rotas with their turns."""

    async def work(tx: Tx) -> list[tuple[Rota, list[Turn]]]:
        return [(each, await rotas.turns(tx, each.id)) for each in await rotas.listed(tx)]

    found = reading(settings, work)
    items = [msgspec.to_builtins(rota) | {"turns": msgspec.to_builtins(turns)} for rota, turns in found]
    lines = [
        f"{rota.id}\t{rota.name}\t{rota.region or rota.facility or 'everywhere'}\t{len(turns)} turns"
        for rota, turns in found
    ]
    say({"items": items}, "\n".join(lines), as_json=as_json)


@duty.command("gaps")
def list_gaps(as_json: Json = False, settings: Settings = None) -> None:
    """What is wrong with how people would be told of a critical alarm, now and in the coming night."""
    found = reading(settings, lambda tx: gaps.gaps_at(tx, clock.now()))
    lines = [f"{each.facility}\t{each.kind}\t{each.told}" for each in found]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@duty.command("due")
def list_due(as_json: Json = False, settings: Settings = None) -> None:
    """Whose numbers are to be asked for: "is this still your number?"."""
    found = reading(settings, lambda tx: ways.due(tx, clock.now()))
    lines = [f"{each.person}\t{each.kind}\t{each.address}" for each in found]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@duty.command("numbers")
def list_numbers(
    of: Annotated[
        Standing | None, typer.Option("--standing", help="Only those that stand so; by default all but the confirmed.")
    ] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """How every way to every person stands: asked and by what, confirmed, wrong, refused, not answered, due."""
    stood = reading(settings, lambda tx: standing.standings(tx, clock.now(), of=of))
    found = [each for each in stood if of is not None or each.standing is not Standing.CONFIRMED]
    say({"items": msgspec.to_builtins(found)}, "\n".join(_number(each) for each in found), as_json=as_json)


def _number(stood: Stood) -> str:
    known, since = stood.known, stood.known.bad_since or stood.asked_at or stood.known.verified_at
    last = "never" if since is None else when(since)
    who = f"{known.person}\t{stood.facility}\t{stood.name}\t{known.kind}\t{known.address}"
    return f"{who}\t{stood.standing}\t{last}\t{stood.channel or '-'}\t{stood.how or '-'}"


def _read(file: Path) -> dict[str, object]:
    """A policy's file.

    Raises:
        BadInput: when it cannot be read.
    """
    try:
        raw = file.read_bytes()
        if len(raw) > LARGEST:
            raise BadInput("file", f"it has {len(raw)} bytes", "a policy is a page", where=str(file))
        text = raw.decode()
        found = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise BadInput("file", str(error), "write it as `coldchain duty default` prints one", where=str(file)) from None
    if not isinstance(found, dict):
        raise BadInput("file", "it is no policy", "write it as `coldchain duty default` prints one", where=str(file))
    return found


def _place(policy: Entered) -> str:
    return policy.equipment or policy.facility or policy.region or "everywhere"
