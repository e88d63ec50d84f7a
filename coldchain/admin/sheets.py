"""The words `export` and `scan`, and the sheets of `import`: tables out of the archive, files into it, codes on boxes."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer

from coldchain import clock, sheets
from coldchain.admin.terminal import Json, Settings, moment_or_none, reading, say, with_archive, writing
from coldchain.archive import sheet_mappings
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.extracts import Wanted
from coldchain.archive.sheet_mappings import Mapping
from coldchain.archive.stock.places import check_facility
from coldchain.errors import BadInput
from coldchain.exchange import exporting, finding, mapping
from coldchain.exchange.finding import Candidate, Found
from coldchain.exchange.forms.kind import Sender
from coldchain.exchange.importing import Brought, bring_sheet
from coldchain.exchange.taking import Fault, take
from coldchain.exchange.vouching import FORM, Signed, bring_strip
from coldchain.exchange.words import in_both

Zone = Annotated[str, typer.Option("--time-zone", help="Of times without an offset.")]
CHINA = "Asia/Shanghai"
MOST_TOLD = 1000  # faults on a terminal

export = typer.Typer(help="Give a table out of the archive.", add_completion=False)
scan = typer.Typer(help="Look up a code on a box.", add_completion=False)


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent: a file of which kind, read by which mapping; a strip with who signs for it."""

    file: Path
    kind: str
    zone: str
    mapping: str | None
    strip: tuple[str | None, str | None, str | None]  # compartment, signed by, serial
    is_dry_run: bool
    as_of: str | None = None  # where its rows say no time
    ahead_s: int = 0  # the logger's clock, of a strip


@export.command()
def export_table(
    name: Annotated[
        str,
        typer.Argument(
            help=f"One of {', '.join(n for n in exporting.DATASETS if not n.startswith(exporting.WHOLE))}; table-NAME: a table as it stands."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Its ending says the format: .csv, .xlsx or .json.")],
    facility: Annotated[str | None, typer.Option(help="Of this facility only.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="From when on, 2026-07-03T16:00:00+08:00.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Until when.")] = None,
    zone: Zone = CHINA,
    settings: Settings = None,
) -> None:
    """Write one table; what can be imported has the titles of its form, so it can be edited and sent again."""
    scope = None if facility is None else frozenset({facility})
    wanted = Wanted(scope, moment_or_none(since, "from"), moment_or_none(until, "until"))
    asked = exporting.Asked(wanted, _zone(zone), clock.now(), facility)

    async def work(tx: Tx) -> exporting.Table:
        if facility is not None:
            await check_facility(tx, facility)
        return await exporting.table(tx, name, asked)

    found = reading(settings, work)
    out.write_bytes(exporting.written(found, out.suffix.lstrip(".")))
    print(f"{len(found.rows)} rows of {name} are in {out}")


@scan.command()
def scan_code(
    code: Annotated[str, typer.Argument(help="As scanned or printed: GS1, or the 20 digits of 追溯码.")],
    facility: Annotated[str | None, typer.Option(help="What lies at this facility only.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Which lots a box may be of, where they lie, and what of them may be used."""
    scope = None if facility is None else frozenset({facility})

    async def work(tx: Tx) -> Found:
        if facility is not None:
            await check_facility(tx, facility)
        return await finding.find(tx, code, scope, clock.now())

    found = reading(settings, work)
    say(msgspec.to_builtins(found), "\n".join(_candidate(each) for each in found.candidates), as_json=as_json)


def send(settings: Path | None, sending: Sending, by: By, *, as_json: bool) -> None:
    """Import a sheet, and tell what became of it.

    Raises:
        BadInput: when the file cannot be read.
        typer.Exit: 1 when a row was refused.
    """
    try:
        content = sending.file.read_bytes()
    except OSError as error:
        raise BadInput("FILE", f"{sending.file}: {error.strerror}", "name a sheet that can be read") from None
    sender = Sender(by, sending.file.name)

    async def work(archive: Archive) -> Brought:
        read = sheets.read(content, str(sending.file))
        if sending.kind == FORM:
            return await bring_strip(archive, (content, read), _signed(sending), sender, is_dry_run=sending.is_dry_run)
        kind = mapping.kind_called(sending.kind)
        form = kind.form(_zone(sending.zone))
        async with archive.reading() as tx:
            titles = await mapping.title_map(tx, sending.mapping, sending.kind, sending.as_of)
        taken = take(form, read, titles, where=str(sending.file))
        return await bring_sheet(archive, kind, taken, sender, is_dry_run=sending.is_dry_run)

    try:
        brought = with_archive(settings, work)
    except BadInput as error:
        raise in_both(error) from None
    say(_shape(brought), _told(brought), as_json=as_json)
    if not brought.is_whole:
        raise typer.Exit(1)


def save_mapping(settings: Path | None, new: Mapping, by: By) -> None:
    """Save a column mapping."""
    writing(settings, lambda tx: mapping.save(tx, new, by))
    print(f"saved: coldchain import FILE --as {new.kind} --mapping {new.name}")


def list_mappings(settings: Path | None, *, as_json: bool) -> None:
    """Show the saved column mappings."""
    found = reading(settings, sheet_mappings.listed)
    lines = [f"{each.name}\t{each.kind}\t{_pairs(each.titles)}\t{_pairs(each.fixed)}" for each in found]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


def drop_mapping(settings: Path | None, name: str, by: By) -> None:
    """Use a saved column mapping no more."""
    writing(settings, lambda tx: sheet_mappings.withdraw(tx, name, by))


def pairs(said: list[str], option: str) -> dict[str, str]:
    """`a=b` options.

    Raises:
        BadInput: when one is none.
    """
    found = {}
    for each in said:
        key, sign, value = each.partition("=")
        if not (key and sign and value):
            raise BadInput(option, f"{each!r} is no pair", "write a=b")
        found[key] = value
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("--time-zone", f"{name[:40]!r} is no time zone", "write one such as Asia/Shanghai") from None


def _signed(sending: Sending) -> Signed:
    said = dict(zip(("--compartment", "--signed-by", "--serial"), sending.strip, strict=True))
    for option, value in said.items():
        if not value:
            raise BadInput(option, "it is not said", "a strip is of a compartment, of a logger, and signed by somebody")
    compartment, signed_by, serial = (str(value) for value in sending.strip)
    return Signed(compartment, signed_by, serial, _zone(sending.zone), sending.ahead_s)


def _shape(brought: Brought) -> dict[str, Any]:
    return {
        "entered": brought.entered,
        "unchanged": brought.unchanged,
        "dry_run": brought.is_dry_run,
        "faults": [asdict(fault) for fault in brought.faults],
        "unread": list(brought.unread),
        "notes": [asdict(note) for note in brought.notes],
    }


def _told(brought: Brought) -> str:
    would = "would be " if brought.is_dry_run else ""
    lines = [f"{would}entered: {brought.entered}, unchanged: {brought.unchanged}, faults: {len(brought.faults)}"]
    if brought.unread:
        lines.append(f"not read 未读取的列: {', '.join(brought.unread)}")
    lines += [_fault(each) for each in brought.faults[:MOST_TOLD]]
    if len(brought.faults) > MOST_TOLD:
        lines.append(f"… {len(brought.faults) - MOST_TOLD} more faults 其余未列出; --json has them all")
    return "\n".join([*lines, *(f"! {note.zh} / {note.en}" for note in brought.notes[:MOST_TOLD])])


def _fault(fault: Fault) -> str:
    where = " ".join(part for part in (fault.sheet, str(fault.row) if fault.row else "", fault.column) if part)
    return f"{where}: {fault.zh} / {fault.en}" if where else f"{fault.zh} / {fault.en}"


def _candidate(each: Candidate) -> str:
    lot = each.state.lot
    lines = [
        f"{lot.id}\t{lot.vaccine}\t{lot.maker}\t{lot.expires_on}{' EXPIRED 已过期' if each.state.is_expired else ''}"
    ]
    for at in each.state.lying:
        bound = f"held {at.held}, waiting {at.waiting}, kept {at.kept}"
        lines.append(f"  {at.facility}\t{at.equipment}/{at.name}\t{at.doses} doses: free {at.free}, {bound}")
    if each.state.held_somewhere:
        lines.append(f"  held, nobody knows where: {each.state.held_somewhere}")
    return "\n".join([*lines, *(f"  ! {said.zh} / {said.en}" for said in each.contradictions)])


def _pairs(said: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in said.items())
