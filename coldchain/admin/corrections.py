"""The words `calibration correction …`: proposed by one person, approved by another; shown beside what the probe said."""

from typing import Annotated

import msgspec
import typer

from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    At,
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
from coldchain.archive.metrology import corrections
from coldchain.archive.metrology.corrections import Correction, NewCorrection
from coldchain.archive.metrology.curve import Found
from coldchain.archive.pages import MOST, Asked

correction = typer.Typer(
    help="Corrections by a certificate, in their own line; they change no reading and no verdict.",
    add_completion=False,
    no_args_is_help=True,
)


@correction.command("propose")
def propose(
    certificate: Annotated[int, typer.Argument(help="The certificate's number in the list.")],
    start: From,
    actor: Actor,
    until: Until = None,
    state: Annotated[Found | None, typer.Option(help="Which of its points; as it was left by default.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Propose a correction; it is in force when a second person approves it."""
    new = NewCorrection(
        calibration=certificate, start=moment(start, "--from"), end=moment_or_none(until, "--until"), state=state
    )

    proposed = writing(settings, lambda tx: corrections.propose(tx, new, by(actor)))
    say(msgspec.to_builtins(proposed), _line(proposed), as_json=as_json)


@correction.command("approve")
def approve(number: Number, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """Agree to a correction that somebody else proposed."""
    writing(settings, lambda tx: corrections.approve(tx, number, by(actor, reason)))


@correction.command("end")
def end(number: Number, at: At, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """From a time on the reading stands alone again."""
    until = moment(at, "--at")

    writing(settings, lambda tx: corrections.end(tx, number, until, by(actor, reason)))


@correction.command("withdraw")
def withdraw(number: Number, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """Take back a correction that was a mistake."""
    writing(settings, lambda tx: corrections.withdraw(tx, number, by(actor, reason)))


@correction.command("list")
def list_corrections(
    channel: Annotated[str | None, typer.Option(help="Those of this channel.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The last thousand corrections, whatever became of them."""
    found = reading(settings, lambda tx: corrections.listed(tx, Asked(limit=MOST), None, channel=channel)).items
    say({"items": msgspec.to_builtins(found)}, "\n".join(_line(each) for each in found), as_json=as_json)


def _line(each: Correction) -> str:
    approved = "to be approved" if each.approved_by is None else f"approved by {each.approved_by}"
    withdrawn = "" if each.withdrawn_at is None else "\twithdrawn"
    return (
        f"{each.id}\t{each.channel}\tcertificate {each.calibration} {each.state}\t{span(each.start, each.end)}"
        f"\tproposed by {each.proposed_by}, {approved}{withdrawn}"
    )
