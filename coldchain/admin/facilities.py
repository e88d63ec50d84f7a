"""The word `facility`: cards, status, calendar and hand-overs of facilities; the word `person` stands in `people`."""

from typing import Annotated

import msgspec
import typer

from coldchain import clock
from coldchain.admin.people import person
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
    reading,
    say,
    when,
    writing,
)
from coldchain.archive import places
from coldchain.archive.db import Tx
from coldchain.archive.facilities import (
    calendar,
    card,
    findings,
    handover,
    persons,
    standing,
)
from coldchain.archive.facilities.calendar import CalendarDay, DayKind, NewCalendarDay
from coldchain.archive.facilities.card import Form, Shown
from coldchain.archive.facilities.handover import HandOver, NewHandOver, Signer
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.facilities.standing import NewStatus, Standing
from coldchain.errors import BadInput

facility = typer.Typer(help="Facilities: cards, status, calendar.", add_completion=False, no_args_is_help=True)
__all__ = ["facility", "person"]  # both words are looked up here

Code = Annotated[str, typer.Argument(help="Which facility, by code.")]
OfRegion = Annotated[str | None, typer.Option("--region", help="In this region and below.")]
AtFacility = Annotated[str | None, typer.Option("--facility", help="At this facility, by code.")]


@facility.command("list")
def list_facilities(region: OfRegion = None, as_json: Json = False, settings: Settings = None) -> None:
    """Facilities with their cards."""

    async def work(tx: Tx) -> list[Shown]:
        return await card.cards(tx, [each.code for each in await places.facilities(tx, region=region)])

    found = reading(settings, work)
    lines = [f"{each.card.code}\t{each.card.kind}\t{each.status}\t{each.card.name_zh}" for each in found]
    say({"items": [_builtins(each) for each in found]}, "\n".join(lines), as_json=as_json)


@facility.command("show")
def show(code: Code, as_json: Json = False, settings: Settings = None) -> None:
    """One facility's card."""
    _say_card(reading(settings, lambda tx: card.card(tx, code)), as_json=as_json)


@facility.command("set")
def set_fields(
    code: Code,
    fields: Annotated[list[str], typer.Argument(help="Columns of its card, population=12000 address=…; none: column=")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Change columns of a card; the others stay as they are."""
    said = dict(_parted(each) for each in fields)

    async def work(tx: Tx) -> Shown:
        before = msgspec.to_builtins((await card.card(tx, code)).card)
        return await card.change(tx, _form(before, said), by(actor, TERMINAL))

    _say_card(writing(settings, work), as_json=as_json)


@facility.command("status")
def set_status(
    code: Code,
    status: Annotated[Standing, typer.Argument(help="What it is from then on.")],
    at: At,
    actor: Actor,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Let a facility be active, suspended or closed; one that holds anything does not close."""
    new = NewStatus(facility=code, status=status, at=moment(at, "--at"), reason=reason)

    done = writing(settings, lambda tx: standing.change(tx, new, by(actor, reason)))
    say(msgspec.to_builtins(done), f"{code}\t{done.before} → {done.status}\t{when(done.at)}", as_json=as_json)


@facility.command("findings")
def list_findings(region: OfRegion = None, as_json: Json = False, settings: Settings = None) -> None:
    """What the archives of facilities lack."""

    async def work(tx: Tx) -> list[findings.Finding]:
        scope = None if region is None else frozenset(each.code for each in await places.facilities(tx, region=region))
        return await findings.findings_at(tx, scope, clock.now())

    found = reading(settings, work)
    lines = [f"{each.facility}\t{each.kind}\t{each.about}\t{each.words}" for each in found]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@facility.command("working-days")
def list_working_days(
    code: Code,
    first: Annotated[str, typer.Option("--from", help="The first day, 2026-10-01.")],
    last: Annotated[str, typer.Option("--until", help="The last day.")],
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The days on which somebody is to be there."""
    found = sorted(reading(settings, lambda tx: calendar.working_days(tx, code, first, last)))
    say({"facility": code, "days": found}, "\n".join(found), as_json=as_json)


@facility.command("calendar-day")
def enter_day(  # noqa: PLR0913, PLR0917 - a command's options
    day: Annotated[str, typer.Argument(help="2026-10-01.")],
    kind: Annotated[DayKind, typer.Argument(help="What it is instead of what its weekday says.")],
    source: Annotated[str, typer.Option(help="The notice that says so.")],
    actor: Actor,
    name: Annotated[str, typer.Option(help="How it is called.")] = "",
    region: OfRegion = None,
    facility: AtFacility = None,
    as_weekday: Annotated[int | None, typer.Option(help="Of a make-up day: whose sessions are held, 0 Monday.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down a holiday or a make-up day, of a region and below or of one facility."""
    new = NewCalendarDay(
        day=day, kind=kind, name=name, source=source, region=region, facility=facility, as_weekday=as_weekday
    )

    done = writing(settings, lambda tx: calendar.enter(tx, new, by(actor)))
    say(msgspec.to_builtins(done), _day_line(done), as_json=as_json)


@facility.command("calendar")
def list_days(
    first: Annotated[str, typer.Option("--from", help="The first day.")],
    last: Annotated[str, typer.Option("--until", help="The last day.")],
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Days that are not what their weekday says."""
    found = reading(settings, lambda tx: calendar.listed(tx, first, last))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_day_line(each) for each in found), as_json=as_json)


@facility.command("withdraw-day")
def withdraw_day(number: Number, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """Take back a day entered by mistake."""
    writing(settings, lambda tx: calendar.withdraw(tx, number, by(actor, reason)))


@facility.command("hand-over")
def hand_over(  # noqa: PLR0913, PLR0917 - a command's options
    code: Code,
    leaver: Annotated[str, typer.Option(help="Who leaves, by name at that facility or by number.")],
    taker: Annotated[str, typer.Option(help="Who takes it.")],
    at: At,
    actor: Actor,
    post: Annotated[list[PostKind] | None, typer.Option(help="Which posts; none: all they hold there.")] = None,
    left: Annotated[bool, typer.Option("--left", help="They leave altogether: their login is closed.")] = False,
    note: Annotated[str, typer.Option(help="What to say of it.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Hand posts over in one act, without a gap."""
    moment_of_it = moment(at, "--at")

    async def work(tx: Tx) -> HandOver:
        new = NewHandOver(
            facility=code, leaver=await _number(tx, code, leaver), taker=await _number(tx, code, taker),
            at=moment_of_it, posts=tuple(post or ()), has_left=left, note=note,
        )  # fmt: skip
        signer = Signer(actor, is_county=True)
        return await handover.hand_over(tx, new, by(actor, note or TERMINAL), wall=clock.wall(), signer=signer)

    done = writing(settings, work)
    open_ = ", ".join(f"{len(found)} {kind}" for kind, found in done.matters.items() if found) or "nothing"
    text = f"{done.leaver_name} → {done.taker_name}\t{', '.join(done.posts)}\t{when(done.at)}\topen: {open_}"
    say(msgspec.to_builtins(done), text, as_json=as_json)


@facility.command("countersign")
def countersign(number: Number, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """Confirm a hand-over for the county, of which only one of the two signed."""
    done = writing(
        settings, lambda tx: handover.countersign(tx, number, by(actor), signer=Signer(actor, is_county=True))
    )
    text = f"{done.leaver_name} → {done.taker_name}\tsigned by {done.signed_by}, {done.countersigned_by}"
    say(msgspec.to_builtins(done), text, as_json=as_json)


async def _number(tx: Tx, code: str, written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() else await persons.number_of(tx, code, written)


def _parted(field: str) -> tuple[str, str]:
    name, found, value = field.partition("=")
    if not found or name not in Form.__struct_fields__ or name == "code":
        columns = ", ".join(each for each in Form.__struct_fields__ if each != "code")
        raise BadInput("field", f"{field[:40]!r} is no column of a card", f"write column=value, columns are {columns}")
    return name, value


def _form(before: dict[str, object], said: dict[str, str]) -> Form:
    """A card with what was said; nothing behind the sign of equality is none, or an empty text."""
    shown = {
        name: value or (None if before[name] is None or not isinstance(before[name], str) else "")
        for name, value in said.items()
    }
    try:
        return msgspec.convert(before | shown, Form, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput("field", str(error), "write it as its column wants it") from None


def _builtins(shown: Shown) -> dict[str, object]:
    return dict(msgspec.to_builtins(shown.card)) | {"status": str(shown.status), "tag": shown.tag}


def _say_card(shown: Shown, *, as_json: bool) -> None:
    said = _builtins(shown)
    say(said, "\n".join(f"{name}\t{value}" for name, value in said.items() if value not in {None, ""}), as_json=as_json)


def _day_line(day: CalendarDay) -> str:
    return f"{day.id}\t{day.day}\t{day.kind}\t{day.region or day.facility}\t{day.name}\t{ended(day.withdrawn_at)}"
