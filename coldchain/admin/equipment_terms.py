"""What the words of `equipment` share: their options, whose equipment they mean, and how they answer."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
import typer

from coldchain import clock
from coldchain.admin.terminal import say, when
from coldchain.archive.db import Tx
from coldchain.archive.places import below, facilities
from coldchain.archive.rows import Record
from coldchain.archive.upkeep import days
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

Code = Annotated[str, typer.Argument(help="The equipment, by code.")]
On = Annotated[str | None, typer.Option("--on", help="The day, YYYY-MM-DD; today if left out.")]
Facility = Annotated[str | None, typer.Option("--facility", help="Those of this facility, by code.")]
Region = Annotated[str | None, typer.Option("--region", help="Those of this region and below, by its 12-digit code.")]
DocumentOption = Annotated[str | None, typer.Option("--document", help="The sha256 of a document that was sent.")]

R = TypeVar("R", bound=Record)


async def scope_of(tx: Tx, facility: str | None, region: str | None) -> Scope:
    """The facilities that the options name; all, when they name none."""
    if facility is not None:
        return frozenset({facility})
    if region is None:
        return None
    if not await below(tx, region):
        raise BadInput("--region", f"there is none with the code {region[:80]!r}", "write its 12-digit code")
    return frozenset(each.code for each in await facilities(tx, region=region))


def day_of(day: str | None) -> str:
    """The day that an option names; today, when it names none."""
    return days.day_of(clock.now()) if day is None else day


def told(values: Mapping[str, object]) -> str:
    """What is said of something, a line each; what nobody said is left out."""
    said = {name: value for name, value in values.items() if value is not None and value != ""}
    return "\n".join(f"{name}\t{_plain(name, value)}" for name, value in said.items())


def _plain(name: str, value: object) -> object:
    """Moments (`done_at`, `asked_at` …) as a reader tells the time."""
    return when(value) if name.endswith("_at") and isinstance(value, int) else value


def say_one(found: Record, *, as_json: bool) -> None:
    """Answer with one record."""
    values = msgspec.to_builtins(found)
    say(values, told(values), as_json=as_json)


def say_list(found: list[R], lines: list[str], *, as_json: bool) -> None:
    """Answer with a list."""
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)
