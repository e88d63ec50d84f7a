"""The words of `stock custody`: what another clinic keeps meanwhile, by whose consent."""

from typing import Annotated

import msgspec
import typer

from coldchain import clock
from coldchain.admin.accounts import PasswordFile
from coldchain.admin.dossier_terms import password_of
from coldchain.admin.stock_terms import File, Sha256, User, Why, act, read, said, signed
from coldchain.admin.terminal import Actor, Json, Number, Settings, by, moment, reading, say, when
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.stock import custody as kept
from coldchain.archive.stock.custody import Custody, NewCustody

custody = typer.Typer(
    name="custody", help="What another clinic keeps meanwhile.", add_completion=False, no_args_is_help=True
)


@custody.command("give")
def give(file: File, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """Bring doses to another clinic: lot, doses, source, target, why, consented_by, consented_at."""
    values = read(file)

    async def work(tx: Tx, who: By) -> Custody:
        return await kept.give(tx, await said(tx, NewCustody, values), who)

    act(settings, by(actor), work, _line, as_json=as_json)


@custody.command("consent")
def consent(
    number: Number, user: User, password_file: PasswordFile = None, as_json: Json = False, settings: Settings = None
) -> None:
    """Who is said to have consented says so, by their own password."""
    login = user, password_of(password_file)
    signed(settings, login, lambda tx, who: kept.confirm(tx, number, user, who), _line, as_json=as_json)


@custody.command("paper")
def paper(number: Number, document: Sha256, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """The written consent came."""
    act(settings, by(actor), lambda tx, who: kept.add_paper(tx, number, document, who), _line, as_json=as_json)


@custody.command("return")
def give_back(
    number: Number,
    actor: Actor,
    at: Annotated[str | None, typer.Option("--at", help="When they came back; now if left out.")] = None,
    held: Annotated[int, typer.Option(help="So many of them are under hold.")] = 0,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The doses are back with their owner."""
    back = clock.now() if at is None else moment(at, "--at")
    act(settings, by(actor), lambda tx, who: kept.give_back(tx, number, back, who, held=held), _line, as_json=as_json)


@custody.command("withdraw")
def withdraw(number: Number, why: Why, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """It was entered by mistake: the doses never left."""
    act(settings, by(actor, why), lambda tx, who: kept.withdraw(tx, number, who), _line, as_json=as_json)


@custody.command("list")
def list_custody(
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="Only those that nobody confirmed in time.")
    ] = False,
    papers_due: Annotated[bool, typer.Option("--papers-due", help="Only those whose paper has not come.")] = False,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The newest thousand."""

    async def work(tx: Tx) -> list[Custody]:
        if unconfirmed:
            return list(await kept.unconfirmed(tx, None, clock.now()))
        if papers_due:
            return list(await kept.papers_due(tx, None))
        return list((await kept.listed(tx, None, Asked(1000))).items)

    found = reading(settings, work)
    say({"items": msgspec.to_builtins(found)}, "\n".join(map(_line, found)), as_json=as_json)


def _line(each: Custody) -> str:
    sure = f"confirmed by {each.confirmed_by}" if each.confirmed_by else f"{each.consented_by} has not confirmed it"
    state = "withdrawn" if each.withdrawn_at else "back" if each.returned_at else "kept"
    return (
        f"{each.id}\t{each.owner} → {each.keeper}\t{each.doses} doses\t{each.lot}\t{when(each.start)}\t{state}\t{sure}"
    )
