"""`coldchain dashboards`: serve pages and API until told to stop."""

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from coldchain.errors import BadInput
from coldchain.service import run
from coldchain.settings import load
from dashboards.settings import DashboardsSettings

app = typer.Typer(add_completion=False)


@app.command()
def dashboards(
    settings: Annotated[Path | None, typer.Option(help="The site's TOML file.")] = None,
    host: Annotated[str | None, typer.Option(help="Listen here instead of [dashboards] host.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Listen here instead of [dashboards] port.", min=0, max=65535)
    ] = None,
) -> None:
    """Serve the live page and the read API."""
    try:
        loaded = load(DashboardsSettings, settings)
    except BadInput as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    loaded = loaded.model_copy(update={"dashboards": loaded.dashboards.model_copy(update=given)})
    from dashboards.serve import serve  # noqa: PLC0415 - `--help` and a wrong setting need no web server

    gc.freeze()  # what was imported stays: a collection that walks through it takes 150 ms of somebody's answer
    gc.set_threshold(20_000)
    run(lambda: serve(loaded), log_level=loaded.log.level)
