"""`coldchain alerting`: run until told to stop. `coldchain replay`: the engine over a file, as a what-if."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from alerting.excursion.policy import load_policy
from alerting.excursion.rules import load_pack
from alerting.replay import WhatIf, read_csv
from alerting.replay import replay as what_if
from coldchain.errors import BadInput
from coldchain.excursion import excursion_shape
from coldchain.profile import profile_of

SettingsFile = Annotated[Path | None, typer.Option(help="TOML file; $COLDCHAIN_SETTINGS by default.")]

app = typer.Typer(help="Judge readings, keep excursions, tell people.", add_completion=False)
replay = typer.Typer(help="Judge a file of readings by any rules; nothing is written.", add_completion=False)


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
    service.run(lambda: alert(loaded), log_level=loaded.log.level)


@app.command()
def check(settings: SettingsFile = None) -> None:
    """Say whether somebody judges: exit code 0 while a process holds the lease."""
    from alerting.app import sign_of_life  # noqa: PLC0415
    from alerting.settings import AlertingSettings  # noqa: PLC0415
    from coldchain.settings import load  # noqa: PLC0415

    print(asyncio.run(sign_of_life(load(AlertingSettings, settings))))


@replay.command(name="replay")
def over_a_file(
    *,
    csv: Annotated[Path, typer.Option(help="Rows of channel,time,value in order of arrival.")],
    rules: Annotated[str, typer.Option(help="A shipped pack (cn-2017, who-pqs) or a .toml file.")],
    policy: Annotated[str, typer.Option(help="Whose severities: the shipped default, or a .toml file.")] = "default",
    profile: Annotated[str, typer.Option(help="The band that the channels are meant to keep.")] = "2-8",
    interval: Annotated[
        float | None, typer.Option(help="Seconds between readings; each channel's median spacing by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as the API does.")] = False,
) -> None:
    """Judge a file of readings by any rules; nothing is written."""
    if interval is not None and interval <= 0:
        raise BadInput("--interval", f"{interval:g} s is no interval", "write seconds above 0")
    asked = WhatIf(
        [load_pack(rules)],
        load_policy(policy),
        profile_of(profile).name,
        None if interval is None else round(interval * 1000),
    )
    items = [excursion_shape(case, None) for case in what_if(read_csv(csv), asked)]
    if as_json:
        print(json.dumps({"items": items}, ensure_ascii=False))
    else:
        print("\n".join(_line(item) for item in items) or "no excursions")


def _line(item: dict[str, object]) -> str:
    fields = ("channel", "rule", "state", "certainty", "extreme_c", "minutes_out", "minutes_unknown")
    start = item["start"]
    assert isinstance(start, dict)
    return f"{start['first_bad']}  " + "  ".join(f"{name}={item[name]}" for name in fields)
