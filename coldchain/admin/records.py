"""The word `record`: what people read off the displays twice a day, what is missing, and a month's form."""

from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer

from coldchain import clock
from coldchain.admin.terminal import (
    Actor,
    Json,
    Number,
    Settings,
    by,
    moment_or_none,
    reading,
    say,
    when,
    writing,
)
from coldchain.archive import equipment, views
from coldchain.archive.db import Tx
from coldchain.archive.facilities.days import SITE, day_of
from coldchain.archive.places import FacilityKind
from coldchain.archive.twice_daily import entries, hours
from coldchain.archive.twice_daily import missing as absent
from coldchain.archive.twice_daily.days import Days
from coldchain.archive.twice_daily.duty import Due
from coldchain.archive.twice_daily.entries import Entry, NewEntry
from coldchain.archive.twice_daily.hours import Half, Hours, NewHours, clock_of, minute_of
from coldchain.archive.twice_daily.missing import Group, Rate
from coldchain.archive.twice_daily.sheet import Cell, sheet
from coldchain.errors import BadInput

record = typer.Typer(
    help="The record by hand: what the displays showed, mornings and afternoons.",
    add_completion=False,
    no_args_is_help=True,
)

Zone = Annotated[str, typer.Option("--zone", help="The site's time zone.")]
HERE: Final = SITE.key


@record.command("enter")
def enter(  # noqa: PLR0913, PLR0917 - a command's options
    place: Annotated[str, typer.Argument(help="equipment/compartment")],
    half: Annotated[Half, typer.Argument(help="Which of the day's two.")],
    value: Annotated[float, typer.Argument(help="What the display shows, °C; after -- when it is below zero.")],
    signed_by: Annotated[str, typer.Option(help="The user who read it.")],
    actor: Actor,
    time: Annotated[str | None, typer.Option("--at", help="When it was read; now, where left out.")] = None,
    ambient: Annotated[float | None, typer.Option(help="The room, °C.")] = None,
    action: Annotated[str, typer.Option(help="What was done (处理); demanded out of the band.")] = "",
    late: Annotated[str | None, typer.Option(help="Why it is entered when its hours are over (补录).")] = None,
    zone: Zone = HERE,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down what a display shows. It cannot be changed afterwards: withdraw it, and enter it again."""
    code, _, name = place.partition("/")

    async def work(tx: Tx) -> Entry:
        room = await equipment.compartment(tx, code, name)
        who = by(actor)
        taken_at = moment_or_none(time, "--at")
        new = NewEntry(
            compartment=room.id, half=half, taken_at=who.at if taken_at is None else taken_at, value_c=value,
            signed_by=signed_by, ambient_c=ambient, action=action, late_reason=late,
        )  # fmt: skip
        return await entries.enter(tx, new, _zone(zone), who)

    entered = writing(settings, work)
    say(msgspec.to_builtins(entered), _line(entered), as_json=as_json)


@record.command("withdraw")
def withdraw(
    number: Number,
    reason: Annotated[str, typer.Option(help="What was wrong with it.")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Take back an entry that was wrong; it stays, struck through."""
    taken_back = writing(settings, lambda tx: entries.withdraw(tx, number, reason, by(actor, reason)))
    say(msgspec.to_builtins(taken_back), _line(taken_back), as_json=as_json)


@record.command("missing")
def missing(
    first: Annotated[str | None, typer.Option("--from", help="YYYY-MM-DD; without both, this month so far.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="YYYY-MM-DD")] = None,
    region: Annotated[str | None, typer.Option(help="It and all below it.")] = None,
    by_township: Annotated[bool, typer.Option("--by-township", help="Only how many, by township.")] = False,
    zone: Zone = HERE,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Halves that nobody wrote down, and how many per facility."""
    there, now = _zone(zone), clock.now()
    today = day_of(now, there)
    days = Days(first or last or f"{today[:7]}-01", last or first or today)

    if by_township:
        _say_townships(settings, region, days, there, as_json=as_json)
        return

    async def work(tx: Tx) -> tuple[list[Due], list[Rate]]:
        scope = None if region is None else await views.facilities_below(tx, region)
        return (
            await absent.missing(tx, scope, days, now, there),
            await absent.rates(tx, scope, days, now, there),
        )

    found, rates = reading(settings, work)
    value = {"facilities": msgspec.to_builtins(rates), "items": [_missing(each) for each in found]}
    counts = [f"{each.facility}\t{each.missing} of {each.due} missing" for each in rates if each.missing]
    rows = [f"{each.day} {each.half}\t{each.duty.facility}\t{each.duty.equipment}/{each.duty.name}" for each in found]
    say(value, "\n".join([*counts, *rows]), as_json=as_json)


@record.command("month")
def month_of(
    code: Annotated[str, typer.Argument(metavar="EQUIPMENT", help="Which, by code.")],
    month: Annotated[str, typer.Argument(help="YYYY-MM")],
    zone: Zone = HERE,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """A month of a piece of equipment as its form has it (冷链设备温度记录表)."""
    form = reading(settings, lambda tx: sheet(tx, code, month, clock.now(), _zone(zone)))
    lines = [f"{line.day} {line.half}\t" + "\t".join(_cell(cell) for cell in line.cells) for line in form.lines]
    head = "\t".join([f"{form.equipment} {form.month}", *form.compartments])
    say(msgspec.to_builtins(form), "\n".join([head, *lines]), as_json=as_json)


@record.command("hours")
def hours_of(  # noqa: PLR0913, PLR0917 - a command's options
    actor: Actor,
    region: Annotated[str | None, typer.Option(help="Set those of this region.")] = None,
    start: Annotated[str, typer.Option("--from", help="From this day on, YYYY-MM-DD.")] = "",
    am: Annotated[str, typer.Option(help="06:00-11:00")] = "",
    pm: Annotated[str, typer.Option(help="12:00-18:00")] = "",
    apart: Annotated[int, typer.Option(help="Minutes between both at least.")] = 360,
    free: Annotated[
        list[FacilityKind] | None, typer.Option("--free", help="A kind of facility that records on working days only.")
    ] = None,
    source: Annotated[str, typer.Option(help="The order that says so.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Set the hours of both readings in a region from a day on; without one, list all that there are."""
    found: list[NewHours]
    if region is None:
        found = [*hours.shipped(), *reading(settings, hours.listed)]
    else:
        new = _new_hours(region, start, (am, pm), apart, free or [], source)
        found = [writing(settings, lambda tx: hours.put(tx, new, by(actor)))]
    say({"items": msgspec.to_builtins(found)}, "\n".join(_hours_line(each) for each in found), as_json=as_json)


def _say_townships(settings: Path | None, region: str | None, days: Days, zone: ZoneInfo, *, as_json: bool) -> None:
    async def work(tx: Tx) -> list[Group]:
        scope = None if region is None else await views.facilities_below(tx, region)
        return await absent.by_township(tx, scope, days, clock.now(), zone)

    found = reading(settings, work)
    lines = [
        f"{each.region}\t{each.name_zh}\t{each.missing} of {each.due} missing\tat {each.lacking} of {each.facilities}"
        for each in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


def _new_hours(
    region: str, start: str, both: tuple[str, str], apart: int, free: list[FacilityKind], source: str
) -> NewHours:
    (am_from, am_to), (pm_from, pm_to) = (_span(text, f"--{half}") for text, half in zip(both, Half, strict=True))
    return NewHours(
        region=region, valid_from=start, am_from_min=am_from, am_to_min=am_to, pm_from_min=pm_from, pm_to_min=pm_to,
        apart_min=apart, holiday_kinds=tuple(free), source=source, certainty="read",
    )  # fmt: skip


def _span(text: str, option: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return minute_of(first, option), minute_of(last, option)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("--zone", f"{name[:40]!r} is no time zone", "write one such as Asia/Shanghai") from None


def _missing(each: Due) -> dict[str, object]:
    return {
        "facility": each.duty.facility,
        "equipment": each.duty.equipment,
        "compartment": each.duty.name,
        "day": each.day,
        "half": each.half.value,
        "until": clock.iso(each.until),
    }


def _cell(cell: Cell) -> str:
    if cell.entry is None:
        return cell.state.value if cell.state else "-"
    late = " 补录" if cell.entry.late_reason is not None else ""
    return f"{cell.time} {cell.entry.value_c:g} {cell.entry.signed_by}{late}"


def _hours_line(each: NewHours) -> str:
    number = each.id if isinstance(each, Hours) else "shipped"
    withdrawn = "\twithdrawn" if isinstance(each, Hours) and each.withdrawn_at is not None else ""
    am, pm = each.words(Half.AM), each.words(Half.PM)
    where = each.region or "everywhere"
    return f"{number}\t{where}\tfrom {each.valid_from}\t{am}, {pm}, {clock_of(each.apart_min)} apart\t{each.source}{withdrawn}"


def _line(each: Entry) -> str:
    withdrawn = "" if each.withdrawn_at is None else f"\twithdrawn: {each.withdrawn_why}"
    return f"{each.id}\t{each.day} {each.half}\t{each.value_c:g} °C\t{when(each.taken_at)}\t{each.signed_by}{withdrawn}"
