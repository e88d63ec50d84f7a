"""`coldchain collector`: run the collector of a site until it is told to stop."""

import asyncio
import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from coldchain import service
from coldchain.errors import BadInput
from coldchain.settings import load
from collector.app import run, sign_of_life
from collector.settings import CollectorSettings

app = typer.Typer(help="Take readings from the broker into the time series.", add_completion=False)

Settings = Annotated[Path | None, typer.Option(help="TOML file; $COLDCHAIN_SETTINGS by default.")]


@app.callback(invoke_without_command=True)
def collector(context: typer.Context, settings: Settings = None) -> None:
    """Take readings from the broker into the time series, until SIGTERM or Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    try:
        loaded = load(CollectorSettings, settings)
    except BadInput as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    gc.freeze()  # what was imported stays: no collection need walk through it again
    gc.set_threshold(20_000)
    service.run(lambda: run(loaded), log_level=loaded.log.level, fast_loop=True)


@app.command()
def check(settings: Settings = None) -> None:
    """Say whether this collector is alive: exit code 0 when its sign of life in the time series is fresh."""
    loaded = load(CollectorSettings, settings)
    print(asyncio.run(sign_of_life(loaded)))
