"""`coldchain gateway [run]`, `scan`, `watch` and `hush`."""

import asyncio
import json
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import sleep
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from coldchain import clock, service
from coldchain.errors import BadInput
from coldchain.settings import load
from gateway import app as parts
from gateway.guard.guard import hush_file
from gateway.scan import Found, Patience, ports, scan
from gateway.settings import GatewaySettings
from gateway.spoollayout import read_latest
from gateway.watch import item, table

app = typer.Typer(help="The edge box: takes readings, loses none, sends them.", no_args_is_help=False)

Settings = Annotated[
    Path | None,
    typer.Option("--settings", "-s", help="TOML file; default $COLDCHAIN_SETTINGS (deploy/gateway.sample.toml)"),
]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@app.callback(invoke_without_command=True)
def main(context: typer.Context, settings: Settings = None) -> None:
    """Run the gateway, unless another command is named."""
    if context.invoked_subcommand is None:
        run(settings)


@app.command()
def run(settings: Settings = None) -> None:
    """Read the buses, keep the spool, send to the broker, until told to stop."""
    loaded = _load(settings)
    service.run(partial(parts.run, loaded), log_level=loaded.log.level)


@app.command("scan")
def scan_command(
    port: Annotated[
        list[str] | None, typer.Option(help="port or pattern, such as '/dev/ttyUSB*'; default: all")
    ] = None,
    addresses: Annotated[int, typer.Option(min=1, max=247, help="Modbus addresses 1 to N")] = 8,
    listen_s: Annotated[float, typer.Option(min=0.1, max=120, help="how long to listen for a logger")] = 2.0,
    *,
    as_json: Json = False,
) -> None:
    """Find serial ports and what answers on them. Only reads."""
    found = asyncio.run(_scan(ports(port or ()), Patience(listen_s, addresses)))
    if as_json:
        print(json.dumps({"items": [one.as_item() for one in found]}, ensure_ascii=False))
    elif found:
        Console().print(_found_table(found))
    else:
        print("no serial port here; name one with --port")


async def _scan(names: list[str], patience: Patience) -> list[Found]:
    return [one for name in names async for one in scan(name, patience)]


def _found_table(found: list[Found]) -> Table:
    view = Table("port", "kind", "baud", "id", "registers", "says")
    for one in found:
        says = ", ".join(f"{name} {value}" for name, value in one.says.items())
        kind = one.kind or "nothing answers"
        view.add_row(one.port, kind, str(one.baud or ""), one.id, one.registers, one.trouble or says)
    return view


@app.command()
def hush(settings: Settings = None) -> None:
    """Silence the buzzer of the running gateway for what it sounds for now; the light stays on until it is over."""
    loaded = _load(settings)
    if loaded.guard is None or loaded.guard.siren is None:
        _fail(BadInput("guard.siren", "this gateway has none", "name the settings file of the one that sounds"))
    hush_file(loaded.gateway.spool).touch()
    print("hushed: the running gateway takes it within a second")


@app.command()
def watch(
    settings: Settings = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="print once and end")] = False,
    as_json: Json = False,
) -> None:
    """Show the newest reading of each channel, from the running gateway's spool."""
    loaded = _load(settings)
    try:
        if as_json:
            _print_json(loaded, once=once)
        elif once:
            Console().print(_view(loaded))
        else:
            _keep_showing(loaded)
    except BadInput as error:
        _fail(error)


def _view(settings: GatewaySettings) -> Table:
    return table(settings.gateway.name, read_latest(settings.gateway.spool), clock.now())


def _keep_showing(settings: GatewaySettings) -> None:
    with suppress(KeyboardInterrupt), Live(_view(settings), auto_refresh=False) as live:
        while True:
            sleep(1)
            live.update(_view(settings), refresh=True)


def _print_json(settings: GatewaySettings, *, once: bool) -> None:
    """One document, or a line each second for a program that reads along."""
    with suppress(KeyboardInterrupt):
        while True:
            items = [item(settings.gateway.name, one) for one in read_latest(settings.gateway.spool)]
            print(json.dumps({"items": items}, ensure_ascii=False), flush=True)
            if once:
                return
            sleep(1)


def _load(path: Path | None) -> GatewaySettings:
    try:
        return load(GatewaySettings, path)
    except BadInput as error:
        _fail(error)


def _fail(error: BadInput) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(2)
