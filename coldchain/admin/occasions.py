"""The words `occasion` and `sessions`: what explains a deviation by itself, within the policy's limits."""

import re
from typing import Annotated, Final

import msgspec
import typer

from coldchain import clock
from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    From,
    Json,
    Number,
    Reason,
    Settings,
    Until,
    by,
    moment,
    moment_or_none,
    reading,
    say,
    span,
    writing,
)
from coldchain.archive import occasions, places
from coldchain.archive.db import Tx
from coldchain.archive.facilities import sessions as facility_sessions
from coldchain.archive.facilities.days import SITE
from coldchain.archive.facilities.sessions import Held
from coldchain.archive.occasions import Hours, NewOccasion, Occasion, OccasionKind, SessionHours
from coldchain.errors import BadInput

occasion = typer.Typer(
    help="Stock-takes, defrosts, planned outages: what explains a deviation.",
    add_completion=False,
    no_args_is_help=True,
)
sessions = typer.Typer(help="When a facility vaccinates, by the week.", add_completion=False, no_args_is_help=True)

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WRITTEN: Final = re.compile(r"(?P<day>[a-z]{3}) (?P<h>\d\d?):(?P<m>\d\d)-(?P<h2>\d\d?):(?P<m2>\d\d)", re.IGNORECASE)


@occasion.command("add")
def add(  # noqa: PLR0913, PLR0917 - a command's options
    kind: Annotated[OccasionKind, typer.Option(help="What goes on.")],
    start: From,
    until: Annotated[str, typer.Option("--until", help="Until when.")],
    actor: Actor,
    facility: Annotated[str | None, typer.Option(help="At this facility, by code.")] = None,
    equipment: Annotated[str | None, typer.Option(help="At this piece of equipment, by code.")] = None,
    feeder: Annotated[
        str | None, typer.Option(help="A planned outage of this feeder, for all that hang on it.")
    ] = None,
    note: Annotated[str, typer.Option(help="What to say of it.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down what goes on somewhere, or went on."""
    new = NewOccasion(
        kind=kind,
        start=moment(start, "--from"),
        end=moment(until, "--until"),
        facility=facility,
        equipment=equipment,
        feeder=feeder,
        note=note,
    )

    entered = writing(settings, lambda tx: occasions.enter(tx, new, by(actor)))
    say(msgspec.to_builtins(entered), _line(entered), as_json=as_json)


@occasion.command("withdraw")
def withdraw(number: Number, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """Take back an occasion that did not take place: it explains nothing any more."""
    writing(settings, lambda tx: occasions.withdraw(tx, number, by(actor, reason)))


@occasion.command("list")
def list_occasions(
    since: Annotated[str | None, typer.Option(help="Those that end after this; by default a week ago.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Occasions of late and to come."""
    first = clock.now() - occasions.LONGEST_MS if since is None else moment(since, "--since")

    found = reading(settings, lambda tx: occasions.listed(tx, first))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_line(each) for each in found), as_json=as_json)


@sessions.command("set")
def set_hours(
    facility: Annotated[str, typer.Argument(help="Which, by code.")],
    start: From,
    actor: Actor,
    hours: Annotated[list[str] | None, typer.Argument(help='Like "mon 08:00-11:30"; none: no sessions.')] = None,
    until: Until = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """From a time on these are all the hours of a facility, by its own clock; those of before end then."""
    week = [_hours(text) for text in hours or []]
    first, end = moment(start, "--from"), moment_or_none(until, "--until")

    _say_hours(
        writing(settings, lambda tx: occasions.set_session_hours(tx, facility, week, by(actor), start=first, end=end)),
        as_json=as_json,
    )


@sessions.command("list")
def list_hours(
    facility: Annotated[str, typer.Argument(help="Which, by code.")], as_json: Json = False, settings: Settings = None
) -> None:
    """All hours that a facility ever had."""

    async def work(tx: Tx) -> list[SessionHours]:
        await places.facility(tx, facility)  # a code that is nobody's is no facility without sessions
        return await occasions.session_hours_of(tx, facility)

    _say_hours(reading(settings, work), as_json=as_json)


@sessions.command("withdraw")
def withdraw_hours(number: Number, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """Take back hours that were entered by mistake: no session was ever held by them."""
    writing(settings, lambda tx: occasions.withdraw_hours(tx, number, by(actor, reason)))


@sessions.command("held")
def list_held(
    facility: Annotated[str, typer.Argument(help="Which, by code.")],
    first: Annotated[str, typer.Option("--from", help="The first day, 2026-10-01.")],
    last: Annotated[str, typer.Option("--until", help="The last day.")],
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The sessions of these days: hours on every day but holidays, and on make-up days."""

    async def work(tx: Tx) -> list[Held]:
        await places.facility(tx, facility)
        return await facility_sessions.held(tx, facility, first, last, SITE)

    found = reading(settings, work)
    items = [
        {"day": each.day.isoformat(), "start": _clock(each.from_min), "end": _clock(each.to_min)} for each in found
    ]
    say({"items": items}, "\n".join("\t".join(each.values()) for each in items), as_json=as_json)


def _hours(text: str) -> Hours:
    found = WRITTEN.fullmatch(text)
    if found is None or found["day"].lower() not in DAYS:
        raise BadInput("hours", f"{text[:40]!r} cannot be read", f'write "mon 08:00-11:30", days are {", ".join(DAYS)}')
    first, last = int(found["h"]) * 60 + int(found["m"]), int(found["h2"]) * 60 + int(found["m2"])
    return Hours(weekday=DAYS.index(found["day"].lower()), from_min=first, to_min=last)


def _say_hours(found: list[SessionHours], *, as_json: bool) -> None:
    lines = [
        f"{each.id}\t{DAYS[each.weekday]} {_clock(each.from_min)}-{_clock(each.to_min)}\t{span(each.start, each.end)}"
        for each in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _line(each: Occasion) -> str:
    place = each.facility or each.equipment or f"feeder {each.feeder}"
    withdrawn = "" if each.withdrawn_at is None else "\twithdrawn"
    return f"{each.id}\t{each.kind}\t{place}\t{span(each.start, each.end)}\t{each.note}{withdrawn}"
