"""The words `calibration what-if`, `cases` and `conclude`: a probe was found wrong, and what that would have changed.

    what-if ─► `coldchain replay --shift-certificate` (a process of its own: it alone judges) ─► its answer, kept

Judging belongs to alerting, which nothing here imports; keeping what came of it belongs to the archive, which replay never
writes.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

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
from coldchain.archive.metrology import tolerance
from coldchain.archive.metrology.tolerance import LISTS, ToleranceCase
from coldchain.archive.pages import MOST, Asked
from coldchain.errors import BadInput, Unavailable

REFUSED = 2  # the exit code of what only a person's hand cures

Calibration = Annotated[int, typer.Argument(help="The number of the certificate that found the probe wrong.")]


def what_if(
    number: Calibration,
    actor: Actor,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Judge what the probe measured since its last good check without the error that was found; keep what would be different.

    Nothing that was judged changes.
    """
    found = _replayed(number, settings)

    async def work(tx: Tx) -> ToleranceCase:
        case = await tolerance.of_calibration(tx, number)
        return await tolerance.judged(tx, case.id, found, by(actor, reason))

    case = writing(settings, work)
    lots = [f"lot\t{each['lot']}\t{each['vaccine']}\t{each['doses']} doses" for each in found["lots"]]
    say(msgspec.to_builtins(case), "\n".join([_line(case), *_different(found), *lots]), as_json=as_json)


def cases(
    only_open: Annotated[bool, typer.Option("--open", help="Only those that nobody concluded.")] = False,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Probes that were found wrong, the last first."""
    found = reading(settings, lambda tx: tolerance.listed(tx, Asked(limit=MOST), None, only_open=only_open)).items
    say({"items": msgspec.to_builtins(found)}, "\n".join(_line(each) for each in found), as_json=as_json)


def conclude(
    number: Number,
    conclusion: Annotated[str, typer.Option(help="What was decided about the lots that it lists.")],
    actor: Actor,
    settings: Settings = None,
) -> None:
    """Close a case with what people made of it."""
    writing(settings, lambda tx: tolerance.conclude(tx, number, conclusion, by(actor)))


def _replayed(calibration: int, settings: Path | None) -> dict[str, Any]:
    words = [sys.executable, "-m", "coldchain", "replay", "--shift-certificate", str(calibration), "--json"]
    if settings is not None:
        words += ["--settings", str(settings)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode == REFUSED:
        raise BadInput("what-if", done.stderr.strip() or "refused", "see what replay says")
    if done.returncode != 0:
        raise Unavailable(f"what-if: {done.stderr.strip() or 'replay ended without an answer'}")
    found: dict[str, Any] = json.loads(done.stdout)["shift"]
    return found


def _different(found: dict[str, Any]) -> list[str]:
    return [
        f"{name}\t{item['start']['first_bad']}\t{item['rule']}\t{item['minutes_out']:g} min\t{item['equipment']}"
        for name in LISTS
        for item in found[name]
    ]


def _line(each: ToleranceCase) -> str:
    if each.withdrawn_at is not None:
        state = "withdrawn"
    elif each.closed_at is not None:
        state = f"concluded by {each.closed_by}: {each.conclusion}"
    elif each.found is None:
        state = f"to be asked: calibration what-if {each.calibration}"
    else:
        state = ", ".join(f"{len(each.found[name])} {name}" for name in LISTS)
    return f"{each.id}\t{each.channel}\tcertificate {each.calibration}\t{each.since or '…'} – {each.until}\t{state}"
