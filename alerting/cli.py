"""`coldchain alerting`: run until told to stop. `coldchain replay`: judge again, as a what-if; in `replay/`."""

import asyncio
import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from alerting.replay.command import replay
from coldchain.errors import BadInput

__all__ = ["app", "replay"]  # the two words that are entered here

SettingsFile = Annotated[Path | None, typer.Option(help="TOML file; $COLDCHAIN_SETTINGS by default.")]

app = typer.Typer(help="Judge readings, keep excursions, tell people.", add_completion=False)


@app.callback(invoke_without_command=True)
def run(context: typer.Context, settings: SettingsFile = None) -> None:
    """Judge what the collector makes durable, until SIGTERM or Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    from alerting.app import run as alert  # noqa: PLC0415 - a replay needs no database driver
    from alerting.settings import AlertingSettings  # noqa: PLC0415
    from coldchain import service  # noqa: PLC0415
    from coldchain.settings import load  # noqa: PLC0415

    try:
        loaded = load(AlertingSettings, settings)
    except BadInput as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    gc.freeze()  # what was imported stays: a collection that walks through it keeps an alarm waiting
    gc.set_threshold(20_000)
    service.run(lambda: alert(loaded), log_level=loaded.log.level, fast_loop=True)


@app.command()
def check(settings: SettingsFile = None) -> None:
    """Say whether somebody judges: exit code 0 while a process holds the lease."""
    from alerting.app import sign_of_life  # noqa: PLC0415
    from alerting.settings import AlertingSettings  # noqa: PLC0415
    from coldchain.settings import load  # noqa: PLC0415

    print(asyncio.run(sign_of_life(load(AlertingSettings, settings))))
