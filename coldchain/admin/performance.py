"""The word `performance`: how machines run, how models last, what to replace first."""

from typing import Annotated, Final

import msgspec
import typer

from coldchain import clock
from coldchain.admin.terminal import Json, Settings, reading, say, when
from coldchain.archive.db import Tx
from coldchain.archive.facilities.days import day_of
from coldchain.archive.pages import MOST, Asked
from coldchain.archive.performance import models, ranking, reports, weights
from coldchain.archive.performance.days import Loss, losses_of
from coldchain.archive.performance.failures import Basis
from coldchain.archive.performance.models import ModelAge, Piece
from coldchain.archive.performance.ranking import Rank
from coldchain.archive.performance.reports import Period, Report, last_days
from coldchain.errors import BadInput

performance = typer.Typer(
    help="How machines run, how models last, what to replace first.", add_completion=False, no_args_is_help=True
)

Days = Annotated[int, typer.Option("--days", help="The last so many whole days.", min=1, max=3660)]
MONTH: Final = 30


@performance.command("show")
def show(
    equipment: Annotated[
        str | None, typer.Argument(help="One piece, by code, with its losses of mains and failures.")
    ] = None,
    last: Days = MONTH,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """How equipment ran: compressor, doors, mains, spread, holdover measured at losses of mains."""
    period = last_days(clock.now(), last)

    async def work(tx: Tx) -> tuple[list[Report], list[Loss], list[Piece]]:
        if equipment is None:
            return await _all(tx, period), [], []
        found = (await reports.of(tx, [equipment], period))[equipment]
        pieces = await models.pieces(tx, None, day_of(clock.now()), [equipment], with_gone=True)
        return [found], await losses_of(tx, [equipment], period.start, period.end), pieces

    found, losses, pieces = reading(settings, work)
    if equipment is not None and not pieces:
        raise BadInput("equipment", f"{equipment[:80]!r} is not in the archive", "correct the code")
    answer: dict[str, object] = {"items": msgspec.to_builtins(found)}
    for piece in pieces:
        answer |= {"losses": msgspec.to_builtins(losses), "failures": msgspec.to_builtins(piece.failed)}
        answer |= {"mtbf_days": models.mtbf_days(piece), "days_since_failure": models.days_since(piece)}
    lines = [*(_report_line(each) for each in found if each.days or pieces), *(_loss_line(each) for each in losses)]
    lines += [line for piece in pieces for line in _failure_lines(piece)]
    say(answer, "\n".join(lines), as_json=as_json)


@performance.command("models")
def list_models(as_json: Json = False, settings: Settings = None) -> None:
    """Mean time between failures by brand, model and age."""
    today = day_of(clock.now())

    found = reading(settings, lambda tx: models.by_age(tx, None, today))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_model_line(each) for each in found), as_json=as_json)


@performance.command("replace-first")
def replace_first(
    most: Annotated[int, typer.Option(help="So many at most.", min=1)] = 20,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """What to replace first, with the reasons. A proposal by dated weights, no order."""
    found = reading(settings, lambda tx: ranking.ranked(tx, None, clock.now(), most=most))
    by = weights.shipped()
    answer = {"items": msgspec.to_builtins(found), "source": by.source, "valid_from": by.valid_from}
    say(answer, "\n".join(_rank_line(each) for each in found), as_json=as_json)


async def _all(tx: Tx, period: Period) -> list[Report]:
    found: list[Report] = []
    asked = Asked(limit=MOST)
    while True:
        page = await reports.listed(tx, asked, None, period)
        found += page.items
        if page.next is None:
            return found
        asked = Asked(limit=MOST, cursor=page.next)


def _report_line(each: Report) -> str:
    held = "" if each.holdover_h is None else f"\theld {each.holdover_h:g} h"
    share = "" if each.holdover_pct is None else f" ({each.holdover_pct:g} % of its card)"
    spread = "" if each.deviation_k is None else f"\tspread {each.spread_k:g} K, deviation {each.deviation_k:g} K"
    door = "" if each.door_min_per_day is None else f"\tdoor {each.door_min_per_day:g} min a day"
    losses = "mains unknown" if each.losses is None else f"{each.losses} losses of mains"
    return f"{each.equipment}\t{each.days} days\t{_duty(each)}{spread}{door}\t{losses}{held}{share}"


def _duty(each: Report) -> str:
    if each.basis is None:
        return "duty unknown"
    period = "" if each.period_min is None else f", period {each.period_min:g} min"
    about = "about " if each.is_estimate else ""
    estimate = ", an estimate" if each.is_estimate else ""
    return f"duty {about}{each.duty_pct:g} % ({each.basis}{estimate}){period}"


def _loss_line(each: Loss) -> str:
    if each.end is not None:
        until = when(each.end)
    else:
        until = "still" if each.heard_to is None else f"still, last heard {when(each.heard_to)}"
    if each.holdover_ms is not None:
        held = f"held {each.holdover_ms / 60_000:g} min"
    elif each.held_ms is not None:
        held = f"held at least {each.held_ms / 60_000:g} min"
    else:
        held = "nothing known of its temperature"
    return f"  {when(each.start)} – {until}\t{held}"


def _failure_lines(piece: Piece) -> list[str]:
    mtbf, since = models.mtbf_days(piece), models.days_since(piece)
    if since is None:
        return ["no failure is known"]
    often = "" if mtbf is None else f", one in {mtbf:g} days of service"
    lines = [f"  {each.on} – {each.repaired_on or '…'}\t{each.cause}{_presumed(each.basis)}" for each in piece.failed]
    return [f"{len(piece.failed)} failures{often}, the last {since} days ago", *lines]


def _presumed(basis: Basis) -> str:
    return "\tpresumed from heat" if basis is Basis.HEAT else ""


def _model_line(each: ModelAge) -> str:
    age = f"{each.from_years}+" if each.to_years is None else f"{each.from_years}–{each.to_years}"
    mtbf = "none failed" if each.mtbf_days is None else f"one failure in {each.mtbf_days:g} days"
    presumed = f", {each.presumed} presumed from heat" if each.presumed else ""
    return (
        f"{each.brand or '–'} {each.model or '–'}\t{age} years\t{each.pieces} pieces, {each.service_years:g} years of service"
        f"\t{each.failures} failures{presumed}\t{mtbf}"
    )


def _rank_line(each: Rank) -> str:
    reasons = "; ".join(reason.en for reason in each.reasons) or "nothing speaks for it"
    unknown = f"\tunknown: {', '.join(each.unknown)}" if each.unknown else ""
    return f"{each.points:5.1f}\t{each.equipment}\t{each.brand} {each.model}\t{reasons}{unknown}"
