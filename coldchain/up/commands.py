"""The words `up` and `demo`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from coldchain import service
from coldchain.up import county
from coldchain.up.brokers import broker_program
from coldchain.up.services import environ, own_gateway, start_gateway, start_services
from coldchain.up.site import Site
from coldchain.up.supervisor import supervising

up = typer.Typer(add_completion=False)
demo = typer.Typer(add_completion=False)

Data = Annotated[Path, typer.Option(help="The site's folder: settings, secrets, stores, logs.")]
Port = Annotated[int, typer.Option(help="Port of the pages and the API.", min=1, max=65535)]


@up.command()
def _up(
    data: Data = Path("coldchain-site"),
    port: Port = 8000,
    host: Annotated[
        str, typer.Option(help="Address of the pages; behind a TLS proxy let it be 127.0.0.1.")
    ] = "127.0.0.1",
    broker_port: Annotated[int, typer.Option(help="Port of the broker.", min=1, max=65535)] = 1883,
    gateway: Annotated[list[str] | None, typer.Option(help="Name of a gateway that may connect; repeatable.")] = None,
) -> None:
    """Run all services of one site on this machine; stop them with Ctrl-C."""
    site = Site(data.resolve())
    service.run(lambda: _run_site(site, port, host, broker_port, gateway or []))


async def _run_site(site: Site, port: int, host: str, broker_port: int, gateways: list[str]) -> None:
    site.prepare()
    own = own_gateway(site)
    known = sorted({*gateways, *site.gateways(), *([own] if own else [])})
    with site.locked():
        async with supervising(os.environ | environ(site, broker_port)) as supervisor:
            await supervisor.start(broker_program(site, broker_port, known))
            await start_services(supervisor, site, host, port)
            if own:
                await start_gateway(supervisor, site, own)
            for name in known:
                typer.echo(f"gateway {name}: its password is in {site.broker_user(name)}")
            typer.echo(f"pages on http://{host}:{port}; who may log in, and a token for the API:")
            typer.echo(f"  COLDCHAIN_SETTINGS={site.settings} coldchain user create --help")
            typer.echo(f"  COLDCHAIN_SETTINGS={site.settings} coldchain token create --role auditor")
            await supervisor.failed


@demo.command()
def _demo(
    port: Port = 8000,
    data: Annotated[Path | None, typer.Option(help="Keep the county in this folder; else a temporary one.")] = None,
    speed: Annotated[
        float, typer.Option(help="How fast its clock runs until it meets the wall's.", min=1, max=60)
    ] = 60,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page when it is ready.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")] = False,
    story: Annotated[bool, typer.Option("--story", help="Tell what happens as it happens.")] = False,
) -> None:
    """A simulated county of twelve clinics: some days of history, then live and faster than time."""
    options = county.Options(port=port, data=data, speed=speed, browser=browser, as_json=as_json, story=story)
    service.run(lambda: county.run(options), log_level="warning")
