"""The word `import`: a county's archive from its own file, or sheets that people send."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from coldchain.admin.terminal import Actor, Json, Settings, by, say, with_archive
from coldchain.archive import county, imports
from coldchain.archive.sheet_mappings import Mapping
from coldchain.errors import BadInput

import_ = typer.Typer(
    help="Bring data in from a file: a county's archive (TOML), or with --as a sheet (XLSX, XLS, ODS, CSV).",
    add_completion=False,
)
KINDS = "facilities, people, equipment, stock, given, or strips of manual loggers"


@import_.command(
    epilog="A platform's own titles are said once: coldchain import --save-mapping NAME --as stock --title PH=number "
    "--fixed facility=F1; then: coldchain import FILE --as stock --mapping NAME."
)
def bring_in(  # noqa: PLR0913, PLR0917 - the options of a word
    actor: Actor,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A sheet; without --as TOML or JSON in the form of coldchain.archive.county, - reads stdin."
        ),
    ] = None,
    kind: Annotated[str | None, typer.Option("--as", help=f"It is a sheet of {KINDS}.")] = None,
    mapping: Annotated[str | None, typer.Option("--mapping", help="Read it by this saved column mapping.")] = None,
    zone: Annotated[str, typer.Option("--time-zone", help="Of times without an offset.")] = "Asia/Shanghai",
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Of which moment a stock file tells, where its rows do not: 2026-07-03 16:00."),
    ] = None,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would become of it, keep nothing.")] = False,
    compartment: Annotated[str | None, typer.Option("--compartment", help="EQUIPMENT/NAME that a strip is of.")] = None,
    signed_by: Annotated[str | None, typer.Option("--signed-by", help="Who signs for a strip.")] = None,
    serial: Annotated[str | None, typer.Option("--serial", help="The logger that a strip is of.")] = None,
    ahead_s: Annotated[
        int, typer.Option("--clock-ahead-s", help="Seconds by which that logger's clock was fast; slow: below 0.")
    ] = 0,
    save: Annotated[str | None, typer.Option("--save-mapping", help="Save a column mapping under this name.")] = None,
    title: Annotated[
        list[str] | None, typer.Option("--title", help="Of the mapping: TITLE IN THE SHEET=FIELD.")
    ] = None,
    fixed: Annotated[
        list[str] | None, typer.Option("--fixed", help="Of the mapping: FIELD=VALUE of every row.")
    ] = None,
    drop: Annotated[str | None, typer.Option("--drop-mapping", help="Use this column mapping no more.")] = None,
    is_list: Annotated[bool, typer.Option("--mappings", help="Show the saved column mappings.")] = False,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Insert what is not there, change what is otherwise; twice changes nothing. Ends with 1 when a row is refused."""
    if file is not None and kind is None:
        _county(file, actor, settings, as_json=as_json)
        return
    from coldchain.admin import sheets  # noqa: PLC0415 - a county's file needs no library of sheets

    if is_list:
        sheets.list_mappings(settings, as_json=as_json)
    elif drop is not None:
        sheets.drop_mapping(settings, drop, by(actor, "mapping"))
    elif save is not None:
        named = Mapping(
            name=save,
            kind=kind or "",
            titles=sheets.pairs(title or [], "--title"),
            fixed=sheets.pairs(fixed or [], "--fixed"),
        )
        sheets.save_mapping(settings, named, by(actor, "mapping"))
    elif file is None or kind is None:
        raise BadInput("FILE", "no file is named", "name a county's file, or a sheet and what it is: --as KIND")
    else:
        sending = sheets.Sending(
            file, kind, zone, mapping, (compartment, signed_by, serial), is_dry_run, as_of, ahead_s
        )
        sheets.send(settings, sending, by(actor, f"import of {file.name}"), as_json=as_json)


def _county(file: Path, actor: str, settings: Path | None, *, as_json: bool) -> None:
    where = "stdin" if str(file) == "-" else str(file)
    read = county.county_of(sys.stdin.read(), where=where) if where == "stdin" else county.load_county(file)
    who = by(actor, f"import of {where}")
    done = with_archive(settings, lambda archive: imports.import_county(archive, read, who, where=where))
    lines = [f"{count:>6} {name}" for name, count in done.counts.items() if count]
    say(done.counts, "\n".join(lines) or "nothing was to be changed", as_json=as_json)
