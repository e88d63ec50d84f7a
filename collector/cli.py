"""`coldchain collector`: run the collector of a site until it is told to stop."""

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from coldchain import service
from coldchain.errors import BadInput
from coldchain.settings import load
from collector.app import run
from collector.settings import CollectorSettings

app = typer.Typer(help="Take readings from the broker into the time series.", add_completion=False)


@app.command()
def collector(
    settings: Annotated[Path | None, typer.Option(help="TOML file; $COLDCHAIN_SETTINGS by default.")] = None,
) -> None:
    """Take readings from the broker into the time series, until SIGTERM or Ctrl-C."""
    try:
        loaded = load(CollectorSettings, settings)
    except BadInput as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    gc.freeze()  # what was imported stays: no collection need walk through it again
    gc.set_threshold(20_000)
    service.run(lambda: run(loaded), log_level=loaded.log.level, fast_loop=True)
