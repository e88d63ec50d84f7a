"""The word `import`: a county's archive from a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from coldchain.admin.terminal import Actor, Json, Settings, by, say, with_archive
from coldchain.archive import county, imports
from coldchain.archive.db import Archive

import_ = typer.Typer(help="Bring a county's archive in from a file.", add_completion=False)


@import_.command()
def import_county(
    file: Annotated[Path, typer.Argument(help="TOML or JSON in the form of coldchain.archive.county; - reads stdin.")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Insert what is not there, change what is otherwise. Doing it twice changes nothing."""
    where = "stdin" if str(file) == "-" else str(file)
    read = county.county_of(sys.stdin.read(), where=where) if where == "stdin" else county.load_county(file)

    async def work(archive: Archive) -> imports.Imported:
        return await imports.import_county(archive, read, by(actor, f"import of {where}"), where=where)

    done = with_archive(settings, work)
    lines = [f"{count:>6} {name}" for name, count in done.counts.items() if count]
    say(done.counts, "\n".join(lines) or "nothing was to be changed", as_json=as_json)
