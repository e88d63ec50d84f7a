"""The words of `equipment` for what is written day by day: repairs, requests for a change, care, counts."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Final

import typer

from coldchain import clock
from coldchain.admin.equipment_terms import (
    Code,
    DocumentOption,
    Facility,
    On,
    Region,
    day_of,
    say_list,
    say_one,
    scope_of,
)
from coldchain.admin.terminal import Actor, Json, Settings, by, moment_or_none, reading, writing
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.rows import Record
from coldchain.archive.upkeep import care, items, papers, repairs, requests
from coldchain.archive.upkeep.care import NewCare
from coldchain.archive.upkeep.items import NewCount
from coldchain.archive.upkeep.repairs import Mending, NewRepair
from coldchain.archive.upkeep.requests import NewRequest, Request
from coldchain.archive.upkeep.words import CareKind, Item, Wish, WishState
from coldchain.errors import BadInput

books = typer.Typer(add_completion=False)


@books.command("repair")
def enter_repair(  # noqa: PLR0913, PLR0917 - a command's options
    code: Code,
    cause: Annotated[str, typer.Option(help="What is wrong with it.")],
    actor: Actor,
    broken: Annotated[str | None, typer.Option("--broken", help="The day it broke; today if left out.")] = None,
    repaired: Annotated[str | None, typer.Option("--repaired", help="The day it was mended, if it was.")] = None,
    done: Annotated[str, typer.Option(help="What was done.")] = "",
    repairer: Annotated[str, typer.Option(help="By whom.")] = "",
    cost_fen: Annotated[int | None, typer.Option(help="For how much, in fen.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Something broke: what is in use is then to be repaired."""
    new = NewRepair(equipment=code, broken_on=day_of(broken), cause=cause, repaired_on=repaired, done=done,
                    repairer=repairer, cost_fen=cost_fen)  # fmt: skip

    say_one(writing(settings, lambda tx: repairs.enter(tx, new, by(actor))), as_json=as_json)


@books.command("mended")
def mend(  # noqa: PLR0913, PLR0917 - a command's options
    number: Annotated[int, typer.Argument(help="The repair's number.")],
    done: Annotated[str, typer.Option(help="What was done.")],
    actor: Actor,
    on: On = None,
    repairer: Annotated[str, typer.Option(help="By whom.")] = "",
    cost_fen: Annotated[int | None, typer.Option(help="For how much, in fen.")] = None,
    document: DocumentOption = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """How a repair ended: the equipment is in use again."""
    how = Mending(repaired_on=day_of(on), done=done, repairer=repairer, cost_fen=cost_fen, document=document)

    say_one(writing(settings, lambda tx: repairs.mend(tx, number, how, by(actor))), as_json=as_json)


@books.command("request")
def ask(  # noqa: PLR0913, PLR0917 - a command's options
    kind: Annotated[Wish, typer.Argument(help="What is to be changed.")],
    wanted: Annotated[str, typer.Option(help="In words.")],
    facility: Annotated[str, typer.Option(help="Who asks, by code.")],
    actor: Actor,
    code: Annotated[str | None, typer.Option("--equipment", help="Which piece, by code.")] = None,
    successor: Annotated[str | None, typer.Option(help="What takes its place, by code.")] = None,
    on: On = None,
    phone: Annotated[str, typer.Option(help="For questions.")] = "",
    signature: Annotated[str, typer.Option("--signed", help="The applicant's name, as they signed.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Ask for a change."""
    new = NewRequest(kind=kind, facility=facility, wanted_on=day_of(on), wanted=wanted, equipment=code,
                     successor=successor, phone=phone, signature=signature)  # fmt: skip

    say_one(writing(settings, lambda tx: requests.ask(tx, new, by(actor))), as_json=as_json)


@books.command("decide")
def decide(
    number: Annotated[int, typer.Argument(help="The request's number.")],
    grant: Annotated[bool, typer.Option("--grant/--refuse", help="What is decided.")],
    actor: Actor,
    comment: Annotated[str, typer.Option(help="For the applicant; a refusal must have one.")] = "",
    check_unit: Annotated[str, typer.Option("--for", help="The office for which it is decided (审核单位).")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Grant or refuse a request of another person; what the archive can do is done at once."""
    say_one(
        writing(
            settings,
            lambda tx: requests.decide(
                tx, number, by(actor, comment), is_granted=grant, comment=comment, check_unit=check_unit
            ),
        ),
        as_json=as_json,
    )


@books.command("finish")
def finish(
    number: Annotated[int, typer.Argument(help="The request's number.")],
    handled: Annotated[str, typer.Option(help="What was done by hand.")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Say that what was granted has been done by hand."""
    say_one(writing(settings, lambda tx: requests.finish(tx, number, handled, by(actor))), as_json=as_json)


@books.command("requests")
def list_requests(
    state: Annotated[WishState | None, typer.Option(help="Only those.")] = None,
    facility: Facility = None,
    region: Region = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Requests, the newest first; at most a thousand."""

    async def work(tx: Tx) -> list[Request]:
        scope = await scope_of(tx, facility, region)
        return (await requests.listed(tx, Asked(1000), scope, state=state)).items

    found = reading(settings, work)
    lines = [
        f"{each.id}\t{each.kind}\t{each.equipment or each.facility}\t{each.state}\t{each.wanted}" for each in found
    ]
    say_list(found, lines, as_json=as_json)


@books.command("care")
def enter_care(  # noqa: PLR0913, PLR0917 - a command's options
    code: Code,
    kind: Annotated[CareKind, typer.Argument(help="What was done.")],
    actor: Actor,
    at: Annotated[str | None, typer.Option("--at", help="When; now if left out.")] = None,
    frost_mm: Annotated[float | None, typer.Option(help="Frost as found before, mm.")] = None,
    note: Annotated[str, typer.Option(help="What to say of it.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """It was cleaned, checked or defrosted."""
    done_at = moment_or_none(at, "--at")
    new = NewCare(
        equipment=code, kind=kind, done_at=clock.now() if done_at is None else done_at, frost_mm=frost_mm, note=note
    )

    say_one(writing(settings, lambda tx: care.enter(tx, new, by(actor))), as_json=as_json)


class Entry(StrEnum):
    """What may have been a mistake."""

    REPAIR = "repair"
    REQUEST = "request"
    CARE = "care"
    COUNT = "count"
    PAPER = "paper"


WITHDRAWN: Final[dict[Entry, Callable[[Tx, int, By], Awaitable[Record]]]] = {
    Entry.REPAIR: repairs.withdraw,
    Entry.REQUEST: requests.withdraw,
    Entry.CARE: care.withdraw,
    Entry.COUNT: items.withdraw,
    Entry.PAPER: papers.detach,
}


@books.command("withdraw")
def withdraw(
    entry: Annotated[Entry, typer.Argument(help="What was a mistake.")],
    number: Annotated[int, typer.Argument(help="Its number.")],
    why: Annotated[str, typer.Option("--why", help="For the books.")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Take back an entry that was a mistake; it stays in the archive and counts no more."""
    say_one(writing(settings, lambda tx: WITHDRAWN[entry](tx, number, by(actor, why))), as_json=as_json)


@books.command("items")
def count_items(
    facility: Annotated[str, typer.Argument(help="By code.")],
    actor: Actor,
    kind: Annotated[Item | None, typer.Option(help="What was counted.")] = None,
    quantity: Annotated[int | None, typer.Option(help="How many; without it, the counts are listed.")] = None,
    on: On = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down a count of ice packs, carriers, thermometers …, or list a facility's counts."""
    if quantity is not None and kind is None:
        raise BadInput("--kind", "nobody says of what", f"use one of {', '.join(Item)}")
    if quantity is not None and kind is not None:
        new = NewCount(facility=facility, kind=kind, quantity=quantity, counted_on=day_of(on))
        found = [writing(settings, lambda tx: items.count(tx, new, by(actor)))]
    else:
        found = reading(settings, lambda tx: items.listed(tx, Asked(1000), frozenset({facility}), kind=kind)).items
    say_list(found, [f"{each.counted_on}\t{each.kind}\t{each.quantity}" for each in found], as_json=as_json)
