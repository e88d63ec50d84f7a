"""The words by which vaccines, lots and makers' stability lines are entered: `vaccine put`, `lot put`, `vaccine stability`."""

from typing import Annotated

import msgspec
import typer

from coldchain.admin.accounts import PasswordFile
from coldchain.admin.dossier_terms import password_of
from coldchain.admin.stock_terms import File, User, Why, act, read, said, signed
from coldchain.admin.terminal import Actor, At, Json, Number, Settings, by, moment, reading, say, when
from coldchain.archive import lots
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.stock import stability as lines
from coldchain.archive.stock.stability import NewStability, Stability
from coldchain.archive.stock.words import Lot, LotEntry, Vaccine, VaccineEntry

put_vaccines = typer.Typer(add_completion=False)
put_lots = typer.Typer(add_completion=False)
stability = typer.Typer(
    name="stability", help="What makers allow, as their papers say.", add_completion=False, no_args_is_help=True
)


@put_vaccines.command("put")
def put_vaccine(file: File, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """Add a vaccine, or change one; what the file leaves out stays as it is."""
    values = read(file)

    async def work(tx: Tx, who: By) -> Vaccine:
        entry = await said(tx, VaccineEntry, values)
        await lots.put_vaccines(tx, [entry], who)
        return await lots.vaccine(tx, entry.code)

    act(settings, by(actor), work, lambda each: f"{each.code}\t{each.name_zh}\t{each.profile}", as_json=as_json)


@put_lots.command("put")
def put_lot(file: File, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """Enter a lot, or change one; what the file leaves out stays as it is."""
    values = read(file)

    async def work(tx: Tx, who: By) -> Lot:
        entry = await said(tx, LotEntry, values)
        await lots.put_lots(tx, [entry], who)
        return await lots.lot(tx, entry.id)

    act(settings, by(actor), work, lambda each: f"{each.id}\t{each.number}\texpires {each.expires_on}", as_json=as_json)


@stability.command("enter")
def enter(
    file: File,
    user: User,
    password_file: PasswordFile = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """A line of a maker's table, as its paper says it; times in ms UTC or ISO 8601."""
    values = {name: _time(name, value) for name, value in read(file).items()}

    async def work(tx: Tx, who: By) -> Stability:
        return await lines.enter(tx, await said(tx, NewStability, values), who)

    signed(settings, (user, password_of(password_file)), work, _line, as_json=as_json)


@stability.command("approve")
def approve(
    number: Number, user: User, password_file: PasswordFile = None, as_json: Json = False, settings: Settings = None
) -> None:
    """A second person held it beside the maker's paper: from now on a release may rest on it."""
    login = user, password_of(password_file)
    signed(settings, login, lambda tx, who: lines.approve(tx, number, user, who), _line, as_json=as_json)


@stability.command("end")
def end(number: Number, at: At, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """From a moment on it stands no longer."""
    until = moment(at, "--at")
    act(settings, by(actor), lambda tx, who: lines.end(tx, number, until, who), _line, as_json=as_json)


@stability.command("withdraw")
def withdraw(number: Number, why: Why, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """It was entered by mistake."""
    act(settings, by(actor, why), lambda tx, who: lines.withdraw(tx, number, who), _line, as_json=as_json)


@stability.command("list")
def list_lines(
    vaccine: Annotated[str | None, typer.Argument(help="Only of this vaccine.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """All lines that were ever entered."""
    found = reading(settings, lambda tx: lines.listed(tx, vaccine))
    say({"items": msgspec.to_builtins(found)}, "\n".join(map(_line, found)), as_json=as_json)


def _time(name: str, value: object) -> object:
    return moment(value, name) if name in {"valid_from", "valid_to"} and isinstance(value, str) else value


def _line(each: Stability) -> str:
    band = f"{'' if each.low_c is None else each.low_c:}…{'' if each.high_c is None else each.high_c} °C"
    sure = f"approved by {each.approved_by}" if each.approved_by else f"{each.certainty}, approved by nobody"
    until = "" if each.valid_to is None else f" until {when(each.valid_to)}"
    gone = ", withdrawn" if each.withdrawn_at is not None else ""
    return f"{each.id}\t{each.vaccine}\t{each.maker}\t{band}\t{each.max_cumulative_hours:g} h{until}\t{sure}{gone}"
