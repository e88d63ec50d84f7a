"""The word `retention`: what must be kept and until when, and the one act that deletes readings."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from coldchain import clock
from coldchain.admin.sites import Data, settings_of, stores
from coldchain.admin.terminal import Json, Settings, moment, say
from coldchain.archive import images, tables
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.evidence import law
from coldchain.archive.evidence import retention as kept
from coldchain.archive.evidence.retention import Signed, Standing, Wish
from coldchain.errors import BadInput

retention = typer.Typer(
    help="What must be kept, and the one act that deletes.", add_completion=False, no_args_is_help=True
)

NOTHING = "nothing is deleted by itself, ever; a deletion is an act that two people sign, and that stays"
Channels = Annotated[list[str], typer.Option("--channel", help="gateway/device/quantity; repeatable.")]
FromDay = Annotated[str, typer.Option("--start", help="From this midnight UTC on.")]
ToDay = Annotated[str, typer.Option("--end", help="Before this midnight UTC.")]
PasswordFile = Annotated[Path | None, typer.Option(help="A file with the password; without it you are asked.")]


@retention.command("show")
def show(as_json: Json = False, settings: Settings = None, data: Data = None) -> None:
    """The terms, what was deleted so far and by whom. Nothing is ever deleted but by such an act."""

    async def work() -> list[dict[str, Any]]:
        async with open_archive(settings_of(settings, data).archive) as archive, archive.reading() as tx:
            return [images.image_of(row) for row in await kept.acts(tx)]

    acts = asyncio.run(work())
    terms = [
        {**asdict(term), "valid_from": str(term.valid_from), "valid_to": str(term.valid_to or "")}
        for term in law.shipped()
    ]
    said = {"deletes_by_itself": False, "term": law.term_at(clock.now()).name, "terms": terms, "acts": acts}
    say(
        said,
        "\n".join([NOTHING, *(_term_line(each) for each in law.shipped()), *map(_act_line, acts)]),
        as_json=as_json,
    )


@retention.command("ask")
def ask(
    channel: Channels, start: FromDay, end: ToDay, as_json: Json = False, settings: Settings = None, data: Data = None
) -> None:
    """Which lots these readings cover, and until when they must be kept. Nothing is written."""
    wish = _wish(channel, start, end)

    async def work() -> Standing:
        async with open_archive(settings_of(settings, data).archive) as archive, archive.reading() as tx:
            return await kept.standing(tx, wish, clock.now())

    stands = asyncio.run(work())
    lines = [
        f"{each.lot}\texpires {each.expires_on}\tkept until {each.kept_until}{' HELD' if each.is_held else ''}"
        for each in stands.lots
    ]
    said = {
        "term": stands.term.name,
        "lots": [asdict(each) for each in stands.lots],
        "unassigned": stands.unassigned,
        "unrecorded": stands.unrecorded,
        "unrecorded_until": stands.unrecorded_until,
        "obstacles": stands.obstacles,
    }
    lines += [f"{each}\tnobody wrote down what it measured then" for each in stands.unassigned]
    verdict = "; ".join(stands.obstacles) or "nothing stands in the way of a signed act"
    say(said, "\n".join([*lines, verdict]), as_json=as_json)


@retention.command("delete")
def delete_readings(  # noqa: PLR0913, PLR0917 - a command's options
    channel: Channels,
    start: FromDay,
    end: ToDay,
    user: Annotated[str, typer.Option(help="The administrator who decides it.")],
    second: Annotated[str, typer.Option(help="Another person, administrator or manager, who signs too.")],
    reason: Annotated[str, typer.Option(help="Why these readings need not be kept.")],
    password_file: PasswordFile = None,
    second_password_file: PasswordFile = None,
    as_json: Json = False,
    settings: Settings = None,
    data: Data = None,
) -> None:
    """Delete readings by an act that two people sign and that stays. With the embedded store, stop the collector first."""
    wish = _wish(channel, start, end)
    signed = Signed(
        user,
        _password(password_file, f"Password of {user}"),
        second,
        _password(second_password_file, f"Password of {second}"),
    )

    async def work() -> tables.Deletion:
        async with stores(settings_of(settings, data), writer=True) as (archive, series):
            return await kept.delete(archive, series, wish, signed, By(user, clock.now(), reason))

    act = asyncio.run(work())
    count = sum(each[1] for each in act.channels)
    say(
        {"act": act.id, "readings": count}, f"act {act.id}: {count} readings deleted; their seals stay", as_json=as_json
    )


@retention.command("carry-out")
def carry_out(
    act: Annotated[int, typer.Option(help="The act's number, as `coldchain retention show` lists it.")],
    user: Annotated[str, typer.Option(help="Who carries it out.")],
    as_json: Json = False,
    settings: Settings = None,
    data: Data = None,
) -> None:
    """Delete what a signed act says, if it was not carried out yet: it was signed on the pages, or cut off."""

    async def work() -> tables.Deletion:
        async with stores(settings_of(settings, data), writer=True) as (archive, series):
            return await kept.carry_out(archive, series, act, By(user, clock.now()))

    done = asyncio.run(work())
    say({"act": done.id, "done_at": done.done_at}, f"act {done.id}: carried out; the seals stay", as_json=as_json)


def _wish(channels: list[str], start: str, end: str) -> Wish:
    return Wish(tuple(channels), moment(start, "--start"), moment(end, "--end"))


def _term_line(term: law.Term) -> str:
    until = "" if term.valid_to is None else f" to {term.valid_to}"
    return f"{term.name}: expiry + {term.years_after_expiry} years, from {term.valid_from}{until}\n  {term.source}\n  certainty: {term.certainty}"


def _act_line(act: dict[str, Any]) -> str:
    is_done = "" if act["done_at"] is not None else " (NOT CARRIED OUT YET)"
    names = ", ".join(each[0] for each in act["channels"])
    return (
        f"act {act['id']} of {clock.iso(act['at'])}: {names}, {_day(act['start'])} to {_day(act['end'])}, "
        f"signed by {act['signed_by']} and {act['second']}: {act['reason']}{is_done}"
    )


def _password(file: Path | None, prompt: str) -> str:
    if file is None:
        return str(typer.prompt(prompt, hide_input=True, err=True))
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("password-file", f"{file}: {error}", "name a UTF-8 file that can be read") from None


def _day(day: int) -> str:
    return clock.iso(day)[:10]
