"""What the acts of the word `dossier` have in common: papers from files, lines as they are written, and how it answers."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import typer

from coldchain.admin.terminal import say, when, writing
from coldchain.archive import documents, equipment, views
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition import dossiers
from coldchain.archive.disposition.proposing import NewLine
from coldchain.archive.disposition.records import Dossier, Shown
from coldchain.archive.disposition.words import Outcome
from coldchain.errors import BadInput

Places = Mapping[int, str]  # compartments by number
LINE: Final = (
    '"LOT EQUIPMENT/COMPARTMENT DOSES release|destroy|return|missing"; to release, - where nobody knows the place'
)


def act(settings: Path | None, work: Callable[[Tx, By], Awaitable[int]], who: By, *, as_json: bool) -> None:
    """Do something in one transaction, and show the dossier as it is then."""

    async def run(tx: Tx) -> tuple[Shown, Places]:
        return await shown(tx, await work(tx, who))

    found, places = writing(settings, run)
    say(msgspec.to_builtins(found), described(found, places), as_json=as_json)


async def shown(tx: Tx, number: int) -> tuple[Shown, Places]:
    """A dossier, and how people call the compartments that it names by number."""
    found = await dossiers.show(tx, number)
    named = {line.compartment for line in found.lines}
    named |= {line.compartment for each in found.proposals for line in each.lines}
    numbers = sorted(number for number in named if number is not None)
    rooms = await views.compartments_of(tx, numbers)
    return found, {number: f"{unit.code}/{room.name}" for number, (room, unit) in rooms.items()}


async def kept(tx: Tx, file: Path, number: int, who: By) -> str:
    """The digest of a file that was kept as a document of the dossier's facility.

    Raises:
        BadInput: when it cannot be read.
    """
    try:
        content = file.read_bytes()  # noqa: ASYNC240 - a scan of some megabytes, at a terminal
    except OSError as error:
        raise BadInput("--file", f"{file}: {error.strerror}", "name a file that can be read") from None
    row = await dossiers.dossier_row(tx, number)
    return (await documents.add(tx, file.name, content, row.facility, who)).sha256


async def line_of(tx: Tx, text: str, paper: str | None) -> NewLine:
    """What is to become of doses, as it is written at a terminal.

    Raises:
        BadInput: when it cannot be read.
    """
    parts = text.split()
    if len(parts) != 4 or not parts[2].isdecimal() or parts[3] not in set(Outcome):
        raise BadInput("--line", f"{text[:80]!r} cannot be read", f"write {LINE}")
    lot, place, doses, outcome = parts
    code, _, name = place.rpartition("/")
    compartment = None if place == "-" else (await equipment.compartment(tx, code, name)).id
    is_missing = outcome == Outcome.MISSING
    return NewLine(
        lot=lot, compartment=compartment, doses=int(doses), outcome=Outcome(outcome), document=paper if is_missing else None
    )  # fmt: skip


def password_of(file: Path | None) -> str:
    """From a file, or asked for.

    Raises:
        BadInput: when the file cannot be read.
    """
    if file is None:
        return str(typer.prompt("Password", hide_input=True))
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("password-file", f"{file}: {error}", "name a file that can be read") from None


def say_list(found: list[Dossier], *, as_json: bool) -> None:
    """Answer with some."""
    said: dict[str, Any] = {"items": msgspec.to_builtins(found)}
    say(said, "\n".join(_told(each) for each in found), as_json=as_json)


def _told(each: Dossier) -> str:
    return f"{each.id}\t{each.facility}\t{each.state}\tversion {each.version}\texcursion {each.excursion}\topened {when(each.opened_at)}"


def _place(compartment: int | None, places: Places) -> str:
    return "-" if compartment is None else places.get(compartment, str(compartment))


def described(found: Shown, places: Places) -> str:
    """A dossier in lines."""
    rows = [_told(found.dossier)]
    rows += [f"held\t{line.lot}\t{_place(line.compartment, places)}\t{line.doses} doses" for line in found.lines]
    rows += [f"already issued\t{gone.lot}\t{gone.doses} doses\tmovement {gone.movement or '-'}" for gone in found.gone]
    rows += [
        f"version {each.version}\t{each.sha256 or 'not frozen'}\t{', '.join(each.changed)}" for each in found.versions
    ]
    rows += [f"opinion {each.id}\t{each.lot}\t{each.verdict}\t{each.organisation}" for each in found.opinions]
    rows += [
        f"due\treport under article {article} to the {authority} authority" for article, authority in found.reports_due
    ]
    for each in found.proposals:
        state = "decided" if each.decided_at else f"lapsed: {each.lapsed_why}" if each.lapsed_at else "stands"
        names = ", ".join(signature.display for signature in each.signatures) or "unsigned"
        rows.append(f"proposal {each.id}\t{state}\t{names}")
        rows += [
            f"\t{line.lot}\t{_place(line.compartment, places)}\t{line.doses} doses\t{line.outcome}"
            for line in each.lines
        ]
    rows += [f"witness\t{each.name}\t{each.organisation}\t{each.outcome}" for each in found.witnesses]
    return "\n".join(rows)
