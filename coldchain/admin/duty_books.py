"""What people enter of duty, under the word `duty`: rotas with turns and shifts, absences, what is known of an address."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    At,
    From,
    Json,
    Number,
    Reason,
    Settings,
    Until,
    by,
    moment,
    moment_or_none,
    say,
    writing,
)
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.duty import absences, policies, rotas, ways
from coldchain.archive.duty.absences import NewAbsence
from coldchain.archive.duty.rotas import NewRota, NewShift, NewTurn
from coldchain.archive.duty.ways import NewWord, Said, Wish
from coldchain.archive.duty.words import WayKind
from coldchain.archive.rows import Record
from coldchain.errors import BadInput

books = typer.Typer()

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
DAY_MIN = 1440

RotaName = Annotated[str, typer.Option("--name", help="What it is called.")]
OfRegion = Annotated[str | None, typer.Option("--region", help="Of this region.")]
OfFacility = Annotated[str | None, typer.Option("--facility", help="Of this facility.")]
IsDesk = Annotated[bool, typer.Option("--desk", help="It is the duty desk of its region.")]
Otherwise = Annotated[int | None, typer.Option("--otherwise", help="Asked while nobody has a turn, by number.")]
OfRota = Annotated[int, typer.Option("--rota", help="Which rota, by number.")]
Who = Annotated[int, typer.Option("--person", help="Who, by number.")]
End = Annotated[str, typer.Option("--until", help="Until when, 2026-07-03T16:00:00+08:00.")]
Why = Annotated[str, typer.Option("--why", help="Why.")]


def _do(
    actor: str, reason: str, settings: Path | None, act: Callable[[Tx, By], Awaitable[Record | None]], *, as_json: bool
) -> None:
    """One act in one transaction, and its row."""
    done = writing(settings, lambda tx: act(tx, by(actor, reason)))
    plain = msgspec.to_builtins(done)
    say(plain, "\t".join(str(value) for value in plain.values()) if plain else "done", as_json=as_json)


@books.command("rota-add")
def add_rota(  # noqa: PLR0913, PLR0917 - a command's options
    name: RotaName, actor: Actor, region: OfRegion = None, facility: OfFacility = None, is_desk: IsDesk = False,
    otherwise: Otherwise = None, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None,
) -> None:  # fmt: skip
    """A new rota, without turns."""
    new = NewRota(name=name, region=region, facility=facility, is_desk=is_desk, otherwise=otherwise)
    _do(actor, reason, settings, lambda tx, who: rotas.add(tx, new, who), as_json=as_json)


@books.command("rota-change")
def change_rota(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number, name: RotaName, actor: Actor, region: OfRegion = None, facility: OfFacility = None,
    is_desk: IsDesk = False, otherwise: Otherwise = None, reason: Reason = TERMINAL, as_json: Json = False,
    settings: Settings = None,
) -> None:  # fmt: skip
    """Say anew what a rota is called, where it is and what it falls back on; its turns stay."""
    new = NewRota(name=name, region=region, facility=facility, is_desk=is_desk, otherwise=otherwise)
    _do(actor, reason, settings, lambda tx, who: rotas.change(tx, number, new, who), as_json=as_json)


@books.command("rota-withdraw")
def withdraw_rota(
    number: Number, actor: Actor, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None
) -> None:
    """Give a rota up; what names it has a gap from then on."""
    _do(actor, reason, settings, lambda tx, who: rotas.withdraw(tx, number, who), as_json=as_json)


@books.command("turn")
def add_turn(  # noqa: PLR0913, PLR0917 - a command's options
    rota: OfRota, person: Who, start: From, actor: Actor,
    day: Annotated[str, typer.Option("--day", help=f"{', '.join(DAYS)}.")],
    hours: Annotated[str, typer.Option("--hours", help="08:00-18:00; 18:00-08:00 goes past midnight.")] = "00:00-24:00",
    weeks: Annotated[int, typer.Option("--every", help="Every so many weeks.")] = 1,
    until: Until = None, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None,
) -> None:  # fmt: skip
    """Give somebody hours of a weekday."""
    if day not in DAYS:
        raise BadInput("--day", f"{day[:20]!r} is none", f"write one of {', '.join(DAYS)}")
    from_min, to_min = _hours(hours)
    new = NewTurn(
        rota=rota, person=person, weekday=DAYS.index(day), from_min=from_min, to_min=to_min, every_weeks=weeks,
        start=moment(start, "--from"), end=moment_or_none(until, "--until"),
    )  # fmt: skip
    _do(actor, reason, settings, lambda tx, who: rotas.add_turn(tx, new, who), as_json=as_json)


@books.command("turn-end")
def end_turn(
    number: Number, at: At, actor: Actor, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None
) -> None:
    """Let a turn end."""
    when = moment(at, "--at")
    _do(actor, reason, settings, lambda tx, who: rotas.end_turn(tx, number, when, who), as_json=as_json)


@books.command("shift")
def add_shift(  # noqa: PLR0913, PLR0917 - a command's options
    rota: OfRota, person: Who, start: From, until: End, actor: Actor,
    instead_of: Annotated[int | None, typer.Option("--instead-of", help="Of whose turn; else of all.")] = None,
    why: Why = "", as_json: Json = False, settings: Settings = None,
) -> None:  # fmt: skip
    """A dated duty, or a swap of one person's."""
    new = NewShift(
        rota=rota, person=person, instead_of=instead_of, start=moment(start, "--from"), end=moment(until, "--until"),
        why=why,
    )  # fmt: skip
    _do(actor, why or TERMINAL, settings, lambda tx, who: rotas.add_shift(tx, new, who), as_json=as_json)


@books.command("shift-withdraw")
def withdraw_shift(
    number: Number, actor: Actor, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None
) -> None:
    """Take back a dated duty that is not over."""
    _do(actor, reason, settings, lambda tx, who: rotas.withdraw_shift(tx, number, who), as_json=as_json)


@books.command("absence")
def add_absence(  # noqa: PLR0913, PLR0917 - a command's options
    person: Who, start: From, until: End, actor: Actor,
    stand_in: Annotated[int | None, typer.Option("--stand-in", help="Who stands in, by number.")] = None,
    why: Why = "", as_json: Json = False, settings: Settings = None,
) -> None:  # fmt: skip
    """Somebody is away."""
    begins, over = moment(start, "--from"), moment(until, "--until")
    new = NewAbsence(person=person, start=begins, end=over, stand_in=stand_in, why=why)
    _do(actor, why or TERMINAL, settings, lambda tx, who: absences.enter(tx, new, who), as_json=as_json)


@books.command("absence-end")
def end_absence(
    number: Number, at: At, actor: Actor, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None
) -> None:
    """Somebody is back earlier than they said."""
    when = moment(at, "--at")
    _do(actor, reason, settings, lambda tx, who: absences.end(tx, number, when, who), as_json=as_json)


@books.command("absence-withdraw")
def withdraw_absence(
    number: Number, actor: Actor, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None
) -> None:
    """Take back an absence that has not begun."""
    _do(actor, reason, settings, lambda tx, who: absences.withdraw(tx, number, who), as_json=as_json)


@books.command("withdraw")
def withdraw_policy(
    number: Number, actor: Actor, reason: Reason = TERMINAL, as_json: Json = False, settings: Settings = None
) -> None:
    """Take back a policy that has not begun."""
    _do(actor, reason, settings, lambda tx, who: policies.withdraw(tx, number, who), as_json=as_json)


@books.command("say")
def say_of(
    person: Who, kind: Annotated[WayKind, typer.Option("--kind", help="What the address is.")],
    address: Annotated[str, typer.Option("--address", help="Which of theirs.")],
    said: Annotated[Said, typer.Option("--said", help="What was learned of it.")],
    actor: Actor, note: Annotated[str, typer.Option("--note", help="In a few words.")] = "", settings: Settings = None,
) -> None:  # fmt: skip
    """Write down what was learned of somebody's number or address."""
    new = NewWord(person=person, kind=kind, address=address, said=said, note=note)
    _do(actor, TERMINAL, settings, lambda tx, who: ways.say(tx, new, who), as_json=False)


@books.command("wish")
def wish(
    person: Who, actor: Actor, language: Annotated[str, typer.Option("--language", help="zh or en.")] = "zh",
    first: Annotated[list[str] | None, typer.Option("--first", help="What is tried first; repeatable.")] = None,
    as_json: Json = False, settings: Settings = None,
) -> None:  # fmt: skip
    """In which language somebody is told, and by what first."""
    new = Wish(person=person, language=language, channels=tuple(first or ()))
    _do(actor, TERMINAL, settings, lambda tx, who: ways.wish(tx, new, who), as_json=as_json)


def _hours(text: str) -> tuple[int, int]:
    """08:00-18:00 in minutes; an end that is not later is the next day's.

    Raises:
        BadInput: when it is not written so.
    """
    try:
        begin, end = (60 * int(hour) + int(minute) for hour, minute in (part.split(":") for part in text.split("-")))
    except ValueError:
        raise BadInput("--hours", f"{text[:20]!r} are none", "write 08:00-18:00") from None
    return begin, end if end > begin else end + DAY_MIN
