"""The word `buffer`: what stands between a probe and the product, with the document that shows it."""

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
    Shown,
    Until,
    by,
    correction,
    moment,
    moment_or_none,
    reading,
    say,
    span,
    writing,
)
from coldchain.archive import probes
from coldchain.archive.probes import Buffer, NewBuffer

buffer = typer.Typer(
    help="Approved buffers between a probe and what lies there.", add_completion=False, no_args_is_help=True
)


@buffer.command("approve")
def approve(  # noqa: PLR0913, PLR0917 - a command's options
    channel: Annotated[str, typer.Argument(help="gateway/device/temperature")],
    seconds: Annotated[int, typer.Option(help="The time constant.")],
    source: Annotated[str, typer.Option(help="The document that shows it.")],
    approved_by: Annotated[str, typer.Option(help="Who approved that heat is judged by it.")],
    start: From,
    actor: Actor,
    until: Until = None,
    document: Shown = None,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down an approval. It may delay an alarm about heat, never one about freezing; forms always show the reading."""
    new = NewBuffer(
        channel=channel,
        tau_s=seconds,
        source=source,
        approved_by=approved_by,
        start=moment(start, "--from"),
        end=moment_or_none(until, "--until"),
    )

    approved = writing(
        settings, lambda tx: probes.approve_buffer(tx, new, by(actor, reason), correction(reason, document))
    )
    say(msgspec.to_builtins(approved), _buffer_line(approved), as_json=as_json)


@buffer.command("list")
def list_buffers(as_json: Json = False, settings: Settings = None) -> None:
    """All approvals that were ever given."""
    found = reading(settings, probes.all_buffers)
    say({"items": msgspec.to_builtins(found)}, "\n".join(_buffer_line(each) for each in found), as_json=as_json)


@buffer.command("end")
def end_buffer(
    number: Number,
    at: At,
    actor: Actor,
    document: Shown = None,
    reason: Reason = TERMINAL,
    settings: Settings = None,
) -> None:
    """From a time on the probe is bare."""
    end = moment(at, "--at")

    writing(settings, lambda tx: probes.end_buffer(tx, number, end, by(actor, reason), correction(reason, document)))


@buffer.command("withdraw")
def withdraw_buffer(
    number: Number, actor: Actor, document: Shown = None, reason: Reason = TERMINAL, settings: Settings = None
) -> None:
    """Take back an approval that was entered by mistake: the probe always was bare."""
    writing(settings, lambda tx: probes.withdraw_buffer(tx, number, by(actor, reason), correction(reason, document)))


def _buffer_line(each: Buffer) -> str:
    withdrawn = "" if each.withdrawn_at is None else "\twithdrawn"
    return (
        f"{each.id}\t{each.channel}\t{each.tau_s} s\t{span(each.start, each.end)}"
        f"\tapproved by {each.approved_by}: {each.source}{withdrawn}"
    )
