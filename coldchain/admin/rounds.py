"""The word `round`: a year's plan, and how far each facility's part has come; `run` is offered from here too."""

from typing import Annotated

import msgspec
import typer

from coldchain.admin.runs import run
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
    writing,
)
from coldchain.archive.db import Tx
from coldchain.archive.transport import lines, rounds
from coldchain.archive.transport.lines import Figures
from coldchain.archive.transport.words import (
    NewRound,
    Round,
)
from coldchain.errors import BadInput

__all__ = ["round_", "run"]

round_ = typer.Typer(help="A year's plan of rounds (常规冷链运转).", add_completion=False, no_args_is_help=True)


@round_.command("plan")
def plan(  # noqa: PLR0913, PLR0917 - a command's options
    region: Annotated[str, typer.Argument(help="Its code.")],
    year: Annotated[int, typer.Argument()],
    number: Annotated[int, typer.Argument(help="The how many-th of the year.")],
    first: Annotated[str, typer.Option("--from", help="YYYY-MM-DD")],
    last: Annotated[str, typer.Option("--to", help="YYYY-MM-DD")],
    actor: Actor,
    line: Annotated[list[str] | None, typer.Option(help="FACILITY=DOSES; once for each.")] = None,
    name: Annotated[str, typer.Option(help="What it is called.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Plan a round with the doses for each facility."""
    new = NewRound(region=region, year=year, number=number, name=name, first_day=first, last_day=last)
    planned = dict(_planned(text) for text in line or [])

    found = writing(settings, lambda tx: rounds.plan(tx, new, planned, by(actor)))
    say(msgspec.to_builtins(found), _round_line(found), as_json=as_json)


@round_.command("list")
def list_rounds(
    year: Annotated[int | None, typer.Option(help="Of this year.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The rounds of a plan."""
    found = reading(settings, lambda tx: rounds.listed(tx, None, year=year))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_round_line(each) for each in found), as_json=as_json)


@round_.command("show")
def show_round(number: Number, as_json: Json = False, settings: Settings = None) -> None:
    """A round with each facility's figures and what is missing."""

    async def work(tx: Tx) -> tuple[Round, list[Figures]]:
        found = await rounds.find(tx, None, number)
        if found is None:
            raise BadInput("round", f"{number} is not one that counts", "see `coldchain round list`")
        return found[0], await lines.figures(tx, number, None)

    found, its = reading(settings, work)
    complete = sum(each.is_complete for each in its)
    value = {"round": msgspec.to_builtins(found), "lines": msgspec.to_builtins(its), "complete": complete}
    head = f"{_round_line(found)}\t{complete} of {len(its)} complete"
    say(value, "\n".join([head, *map(_figures_line, its)]), as_json=as_json)


@round_.command("sessions")
def sessions(
    number: Number,
    facility: Annotated[str, typer.Argument()],
    held: Annotated[int, typer.Argument(help="Sessions that were held.")],
    actor: Actor,
    settings: Settings = None,
) -> None:
    """How many sessions a facility held."""
    writing(settings, lambda tx: rounds.write_sessions(tx, number, facility, held, by(actor)))


@round_.command("close")
def close(
    number: Number,
    actor: Actor,
    facility: Annotated[str | None, typer.Option(help="Only this facility's line.")] = None,
    reason: Reason = TERMINAL,
    settings: Settings = None,
) -> None:
    """Close a facility's line, or the whole round."""

    async def work(tx: Tx) -> None:
        if facility is None:
            await rounds.close(tx, number, by(actor, reason))
        else:
            await lines.close_line(tx, number, facility, by(actor, reason))

    writing(settings, work)


def _planned(text: str) -> tuple[str, int]:
    facility, equals, doses = text.partition("=")
    if not equals or not doses.isdigit():
        raise BadInput("--line", f"{text[:80]!r} cannot be read", "write FACILITY=DOSES")
    return facility, int(doses)


def _round_line(each: Round) -> str:
    closed = "open" if each.closed_at is None else f"closed by {each.closed_by}"
    return (
        f"{each.id}\t{each.region}\t{each.year}/{each.number} {each.name}\t{each.first_day} – {each.last_day}\t{closed}"
    )


def _figures_line(each: Figures) -> str:
    doses = (
        f"planned {each.line.planned_doses}, drawn {each.drawn}, delivered {each.delivered}, returned {each.returned}"
    )
    return f"{each.line.facility}\t{doses}\t{'; '.join(each.missing) or 'complete'}"
