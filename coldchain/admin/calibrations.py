"""The word `calibration`: certificates of devices, who is due, what devices add by themselves.

Corrections by a certificate and probes that were found wrong are further words of it: `corrections`, `tolerance`.
"""

from typing import Annotated, Final

import msgspec
import typer

from coldchain import clock
from coldchain.admin.corrections import correction
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
    when,
    writing,
)
from coldchain.admin.tolerance import cases, conclude, what_if
from coldchain.archive.db import Tx
from coldchain.archive.facilities.days import day_of
from coldchain.archive.metrology import certificates, due, limits, offsets
from coldchain.archive.metrology.certificates import Calibration, NewCalibration
from coldchain.archive.metrology.curve import Found, Point, Points
from coldchain.archive.metrology.due import Due
from coldchain.archive.metrology.offsets import OffsetSet
from coldchain.errors import BadInput

calibration = typer.Typer(help="Certificates of devices.", add_completion=False, no_args_is_help=True)
calibration.add_typer(correction, name="correction")
calibration.command("what-if")(what_if)
calibration.command("cases")(cases)
calibration.command("conclude")(conclude)

POINT: Final = "REFERENCE:INDICATED, °C, such as 5.0:5.2; may be repeated."


@calibration.command("add")
def add(  # noqa: PLR0913, PLR0917 - a command's options
    device: Annotated[str, typer.Argument(help="gateway/device")],
    certificate: Annotated[str, typer.Option(help="Its number.")],
    done: Annotated[str, typer.Option(help="The day it was made, YYYY-MM-DD.")],
    due_on: Annotated[str, typer.Option("--due", help="The day the next one is due, YYYY-MM-DD.")],
    laboratory: Annotated[str, typer.Option("--by", help="The laboratory.")],
    actor: Actor,
    found: Annotated[list[str] | None, typer.Option(help=f"What it showed as it was found: {POINT}")] = None,
    left: Annotated[list[str] | None, typer.Option(help=f"… and after it was adjusted: {POINT}")] = None,
    uncertainty: Annotated[float | None, typer.Option(help="Expanded uncertainty, K.")] = None,
    k: Annotated[float | None, typer.Option(help="Its coverage factor.")] = None,
    limit: Annotated[str, typer.Option(help="By whose limit: a name of metrology/limits.toml.")] = limits.USUAL,
    document: Annotated[str | None, typer.Option(help="Its scan, by sha256.")] = None,
    note: Annotated[str, typer.Option(help="What else it says.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down a certificate. One that found its probe wrong puts in question what it measured since the last good check."""
    new = NewCalibration(
        device=device, certificate=certificate, done_on=done, due_on=due_on, by=laboratory,
        found=_points(found, "--found"), left=_points(left, "--left"), uncertainty_c=uncertainty, k=k, limit=limit,
        document=document, note=note,
    )  # fmt: skip

    added = writing(settings, lambda tx: certificates.add(tx, new, by(actor)))
    say(msgspec.to_builtins(added), _line(added), as_json=as_json)


@calibration.command("list")
def list_calibrations(
    device: Annotated[str | None, typer.Option(help="Those of this device, gateway/device.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """All certificates, or a device's."""
    found = reading(settings, lambda tx: certificates.all_of(tx, device))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_line(each) for each in found), as_json=as_json)


@calibration.command("show")
def show(number: Number, as_json: Json = False, settings: Settings = None) -> None:
    """One certificate with its points."""

    async def work(tx: Tx) -> tuple[Calibration, dict[Found, list[Point]]]:
        its = await certificates.of(tx, number)
        points = await certificates.points_of(tx, [number])
        return its, {state: its_points for (_, state), its_points in points.items()}

    found, points = reading(settings, work)
    shapes = {
        state.value: [{"reference_c": p.reference_mc / 1000, "error_c": p.error_mc / 1000} for p in its]
        for state, its in points.items()
    }
    lines = [
        f"  {state.value}\t{point.reference_mc / 1000:g} °C\t{point.error_mc / 1000:+g} K"
        for state, its in points.items()
        for point in its
    ]
    say(msgspec.to_builtins(found) | {"points": shapes}, "\n".join([_line(found), *lines]), as_json=as_json)


@calibration.command("withdraw")
def withdraw(number: Number, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """Take back a certificate that was entered by mistake."""
    writing(settings, lambda tx: certificates.withdraw(tx, number, by(actor, reason)))


@calibration.command("due")
def list_due(
    within: Annotated[int, typer.Option(help="Also what runs out within so many days.")] = due.SOON_DAYS,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """The probes that must go to the laboratory, the most urgent first."""
    found = reading(settings, lambda tx: due.listed(tx, None, day_of(clock.now()), within))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_due_line(each) for each in found), as_json=as_json)


@calibration.command("offsets")
def list_offsets(as_json: Json = False, settings: Settings = None) -> None:
    """Devices that add something of their own to what they measure, as their gateways found it in their registers."""
    found = reading(settings, lambda tx: offsets.listed(tx, None))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_offset_line(each) for each in found), as_json=as_json)


def _points(written: list[str] | None, option: str) -> Points:
    return tuple(_point(text, option) for text in written or ())


def _point(text: str, option: str) -> tuple[float, float]:
    reference, _, indicated = text.partition(":")
    try:
        return float(reference), float(indicated)
    except ValueError:
        raise BadInput(option, f"{text[:40]!r} is no point", "write REFERENCE:INDICATED, such as 5.0:5.2") from None


def _line(each: Calibration) -> str:
    found = "" if each.as_found is None else f"\tas found: {each.as_found}"
    left = "" if each.as_left is None else f"\tas left: {each.as_left}"
    limit = f"\tby {each.limit}" if each.limit else ""
    withdrawn = "" if each.withdrawn_at is None else "\twithdrawn"
    return f"{each.id}\t{each.device}\t{each.certificate}\t{each.done_on} – {each.due_on}\t{each.by}{found}{left}{limit}{withdrawn}"


def _due_line(each: Due) -> str:
    until = "" if each.due_on is None else f"\t{each.certificate}, due {each.due_on}"
    return f"{each.why}\t{each.device}\t{each.equipment}\t{each.facility}{until}"


def _offset_line(each: OffsetSet) -> str:
    adds = ", ".join(f"{value['quantity']} {value['adds']:+g}" for value in each.values)
    return f"{each.device}\t{each.equipment or '–'}\tsince {when(each.since)}\t{adds}"
