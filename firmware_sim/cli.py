"""`coldchain simulate`: devices on serial lines, gateways on a broker, the demo's county, and bare physics.

What each word needs is imported when it is typed.
"""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from coldchain.settings import BrokerSettings

app = typer.Typer(help="Simulated refrigerators, devices and gateways.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Host = Annotated[str, typer.Option(help="The broker's host.")]
BrokerPort = Annotated[int, typer.Option("--port", help="The broker's port.")]
User = Annotated[str, typer.Option(help="The user for gateways without credentials of their own.")]
Password = Annotated[str, typer.Option(help="That user's password.", envvar="COLDCHAIN_BROKER__PASSWORD")]
Credentials = Annotated[
    Path | None, typer.Option(help="A JSON file {gateway: password}; each gateway then connects as itself.")
]


@app.command()
def devices(
    scenario: Annotated[str, typer.Argument(help="A scenario that comes along, or a TOML file.")],
    folder: Annotated[Path, typer.Option(help="Where the ports appear.")] = Path(),
    speed: Annotated[float, typer.Option(min=0.1, max=3600, help="Scenario seconds in a real one.")] = 1.0,
    host: Host = "",
    port: BrokerPort = 1883,
    as_json: Json = False,
) -> None:
    """Serve a scenario's devices on ptys (and, with a broker, its MQTT boards) until interrupted."""
    from coldchain import service  # noqa: PLC0415
    from firmware_sim.device.tasmota import Broker  # noqa: PLC0415
    from firmware_sim.scenario_file import load  # noqa: PLC0415
    from firmware_sim.serving import serve  # noqa: PLC0415

    async def work() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        broker = Broker(host, port) if host else None
        async with serve(load(scenario), folder, speed=speed, broker=broker) as ports:
            if as_json:
                rows = [{"path": str(p.path), "kind": p.kind, "baud": p.baud, "devices": p.devices} for p in ports]
                print(json.dumps({"ports": rows}), flush=True)
            for served in () if as_json else ports:
                print(f"{served.path}  {served.kind}  {served.baud} baud  {' '.join(served.devices)}", flush=True)
            await asyncio.Event().wait()

    service.run(work)


@app.command()
def fleet(  # noqa: PLR0913, PLR0917 - a command's options
    gateways: Annotated[int, typer.Option(min=1, max=5000)] = 50,
    rate: Annotated[float, typer.Option(min=0.1, help="Readings per second, of all gateways together.")] = 1000.0,
    batch: Annotated[int, typer.Option(min=1, max=2000, help="Readings in a message.")] = 60,
    seconds: Annotated[float, typer.Option(min=0.1)] = 30.0,
    host: Host = "127.0.0.1",
    port: BrokerPort = 1883,
    user: User = "",
    password: Password = "",
    credentials: Credentials = None,
    as_json: Json = False,
) -> None:
    """Load a broker and its collector with many gateways, and say what became of the readings."""
    from coldchain import service  # noqa: PLC0415
    from firmware_sim.fleet import load  # noqa: PLC0415

    wanted = load.Load(gateways=gateways, readings_per_s=rate, batch=batch, seconds=seconds)

    async def work() -> None:
        outcome = await load.run(wanted, _broker(host, port, user, password), _passwords(credentials))
        told = {name: getattr(outcome, name) for name in outcome.__slots__} | {"stored_per_s": outcome.stored_per_s}
        if as_json:
            print(json.dumps(told))
        else:
            print("\n".join(f"{name:>16} {value:,.10g}" for name, value in told.items()))

    service.run(work)


@app.command()
def county(  # noqa: PLR0913, PLR0917 - a command's options
    data: Annotated[Path, typer.Option(help="Where the county remembers how far it has come.")],
    scenario: Annotated[str, typer.Option(help="A scenario that comes along, or a TOML file.")] = "county",
    host: Host = "127.0.0.1",
    port: BrokerPort = 1883,
    user: User = "",
    password: Password = "",
    credentials: Credentials = None,
    live_at: Annotated[
        str,
        typer.Option(help="When the story goes live, ISO 8601 or ms UTC; by default when its history is sent."),
    ] = "",
) -> None:
    """Play a scenario's gateways on the broker: its history at once, then live by the domain clock."""
    from coldchain import clock, service  # noqa: PLC0415
    from firmware_sim.fleet import county as of_county  # noqa: PLC0415
    from firmware_sim.scenario_file import load  # noqa: PLC0415

    async def work() -> None:
        data.mkdir(parents=True, exist_ok=True)
        memory = of_county.Memory(data / "county.json")
        at = clock.parse_iso(live_at, "live-at") if live_at else None
        await of_county.run(load(scenario), _broker(host, port, user, password), _passwords(credentials), memory, at)

    service.run(work)


@app.command()
def phones(
    callbacks: Annotated[str, typer.Option(help="The dashboards' address, which is called back.")],
    secret_file: Annotated[Path, typer.Option(help="The file with the secret that both sides sign with.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where it listens; 0 is any.")] = 0,
) -> None:
    """Serve the telephones of simulated people behind a signed webhook; prints each message, and what they do."""
    from coldchain import service  # noqa: PLC0415
    from firmware_sim.phones.gateway import Place, serving  # noqa: PLC0415

    async def work() -> None:
        secret = secret_file.read_text(encoding="utf-8").strip()
        async with serving(Place(secret, callbacks, lambda line: print(line, flush=True)), port=port):
            await asyncio.Event().wait()

    service.run(work, log_level="warning")


@app.command()
def archive(
    scenario: Annotated[str, typer.Argument(help="A scenario that comes along, or a TOML file.")],
    live_at: Annotated[str, typer.Option(help="When it goes live, ISO 8601 or ms UTC; by default now.")] = "",
) -> None:
    """Print a scenario's regions, facilities, equipment, channels, vaccines and lots as JSON, for the archive's importer."""
    import msgspec  # noqa: PLC0415

    from coldchain import clock  # noqa: PLC0415
    from firmware_sim import archive_records  # noqa: PLC0415
    from firmware_sim.scenario_file import load  # noqa: PLC0415

    at = clock.parse_iso(live_at, "live-at") if live_at else clock.now()
    print(msgspec.json.encode(archive_records.of(load(scenario), at)).decode())


@app.command()
def story(
    scenario: Annotated[str, typer.Argument(help="A scenario that comes along, or a TOML file.")] = "county",
    live_at: Annotated[str, typer.Option(help="When it goes live, ISO 8601 or ms UTC; by default now.")] = "",
) -> None:
    """Tell a scenario's story as the domain clock comes to it, in Chinese and English."""
    from coldchain import clock, service  # noqa: PLC0415
    from firmware_sim.scenario_file import load  # noqa: PLC0415
    from firmware_sim.telling import tell  # noqa: PLC0415

    at = clock.parse_iso(live_at, "live-at") if live_at else clock.now()
    told = load(scenario)
    service.run(lambda: tell(told, at, lambda c: print(f"[{c.at_min:+4.0f} min] {c.zh}\n          {c.en}", flush=True)))


@app.command()
def physics(
    preset: Annotated[str, typer.Argument(help="A type of equipment.")],
    hours: Annotated[float, typer.Option(min=0.01, max=10_000)] = 24.0,
    cut_at: Annotated[float | None, typer.Option(help="Hours until the mains fail.")] = None,
    room: Annotated[float, typer.Option(help="The room, °C.")] = 25.0,
) -> None:
    """Print a cabinet's temperatures, one line a minute, as CSV."""
    from firmware_sim.physics.cabinet import STEP_S, Cabinet, Conditions  # noqa: PLC0415
    from firmware_sim.physics.presets import PRESETS  # noqa: PLC0415

    if preset not in PRESETS:
        raise typer.BadParameter(f"{preset!r} is unknown; use one of {', '.join(PRESETS)}", param_hint="PRESET")
    cabinet = Cabinet(PRESETS[preset])
    print("minute,compartment,air_c,contents_c,plate_c,compressors")
    for step in range(round(hours * 3600 / STEP_S)):
        cabinet.step(Conditions(room, mains=cut_at is None or step * STEP_S < cut_at * 3600))
        if step % (60 // STEP_S) == 0:
            running = sum(compressor.runs for compressor in cabinet.compressors)
            for number, heat in enumerate(cabinet.heats):
                row = f"{heat.air_c:.2f},{heat.contents_c:.2f},{heat.plate_c:.2f},{running}"
                print(f"{step * STEP_S // 60},{number},{row}")


def _broker(host: str, port: int, user: str, password: str) -> "BrokerSettings":
    from coldchain.settings import BrokerSettings  # noqa: PLC0415

    return BrokerSettings.model_validate({"host": host, "port": port, "user": user, "password": password})


def _passwords(path: Path | None) -> dict[str, str]:
    from coldchain.errors import BadInput  # noqa: PLC0415

    if path is None:
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {str(gateway): str(password) for gateway, password in told.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise BadInput("credentials", str(error), "write a JSON object {gateway: password}", where=str(path)) from None
