"""The whole chain for a test: devices on ptys in this process, everything else a process of its own that can be killed.

    logger, transmitters (pty) ─► gateway ─► mosquitto ─► collector ─► influxd | embedded ─► alerting ─► archive

The devices keep a ledger of everything they said. Each value is said once, so that what is stored can be compared with
what was said, value by value.
"""

import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from coldchain import clock
from coldchain.archive import imports
from coldchain.archive.audit import By
from coldchain.archive.county import county_of
from coldchain.archive.db import open_archive
from coldchain.reading import Trace
from coldchain.series import open_series
from coldchain.settings import ArchiveSettings, SeriesSettings
from firmware_sim.cable import Cable
from firmware_sim.device.ascii_logger import AsciiLogger
from firmware_sim.device.modbus_transmitter import MAPS, Transmitter, serve
from tests.parts.mosquitto import Mosquitto

GATEWAY = "gw-1"
LOGGER, BOARD, WIRED = "28ff641e", "xy1", "rs1"
SPEED = 2880.0  # a day is half a minute
DAY_S = 86_400 / SPEED
INTERVAL_S = 1200
REAL_INTERVAL = INTERVAL_S / SPEED  # much less, and a busy machine's logger is late and asked again for what it said
# A line that is on the cable, or in a process's memory before the disk has it, dies with the process.
IN_FLIGHT_S = 0.1
# The channels whose every value is compared.
FRIDGE = f"{GATEWAY}/{LOGGER}.1/temperature"
FREEZER = f"{GATEWAY}/{LOGGER}.2/temperature"
ROOM = f"{GATEWAY}/{BOARD}/temperature"


@dataclass(slots=True)
class Said:
    """One value a device said, and when by the real clock."""

    value: float
    at: float


@dataclass(slots=True)
class Ledger:
    """Everything the devices said, per channel."""

    said: dict[str, list[Said]] = field(default_factory=dict)

    def note(self, channel: str, value: float) -> float:
        self.said.setdefault(channel, []).append(Said(value, clock.monotonic()))
        return value


@dataclass(slots=True)
class Story:
    """What the fridge's probe says: good values that never repeat, and while `is_hot` hot ones that never repeat."""

    ledger: Ledger
    is_hot: bool = False
    _good: Iterator[int] = field(default_factory=itertools.count)
    _hot: Iterator[int] = field(default_factory=itertools.count)
    _cold: Iterator[int] = field(default_factory=itertools.count)
    _room: Iterator[int] = field(default_factory=itertools.count)

    def fields(self) -> dict[str, str]:
        """A logger's line: fridge, freezer, door, mains, battery."""
        fridge = 9.0 + next(self._hot) * 0.01 if self.is_hot else 3.0 + next(self._good) * 0.01
        freezer = -30.0 + next(self._cold) * 0.01
        return {
            "T1": f"{self.ledger.note(FRIDGE, round(fridge, 2)):+.2f}",
            "T2": f"{self.ledger.note(FREEZER, round(freezer, 2)):+.2f}",
            "D1": "0",
            "P1": "1",
            "B1": "100",
        }


COUNTY = {
    "regions": [{"code": "519900000000", "level": 3, "name_zh": "清江县", "name_en": "Qingjiang County"}],
    "facilities": [
        {"code": "51990001", "region": "519900000000", "name_zh": "柳溪镇卫生院", "name_en": "Liuxi clinic",
         "short_zh": "柳溪", "kind": "township_clinic"}
    ],
    "equipment": [
        {"code": "F1", "facility": "51990001", "name_zh": "1号冰箱", "name_en": "Fridge 1", "short_zh": "1号",
         "type": "domestic_fridge"}
    ],
    "compartments": [
        {"equipment": "F1", "name": "cold", "name_zh": "冷藏", "name_en": "refrigerator", "purpose": "vaccine", "profile": "2-8"},
        {"equipment": "F1", "name": "frozen", "name_zh": "冷冻", "name_en": "freezer", "purpose": "ice_packs", "profile": "ice-packs"},
    ],
    "vaccines": [{"code": "HepB", "name_zh": "乙肝疫苗", "name_en": "Hepatitis B", "freeze_sensitive": True}],
    "lots": [{"id": "L1", "number": "202601A", "vaccine": "HepB", "maker": "某生物", "expires_on": "2028-01-31"}],
}  # fmt: skip


def county(start: int) -> str:
    """The archive of the journey, as `coldchain import` takes it."""
    channels = [
        {"name": FRIDGE, "equipment": "F1", "compartment": "cold", "interval_s": INTERVAL_S, "start": start},
        {"name": FREEZER, "equipment": "F1", "compartment": "frozen", "interval_s": INTERVAL_S, "start": start},
        {"name": f"{GATEWAY}/{LOGGER}/door", "equipment": "F1", "interval_s": INTERVAL_S, "start": start},
        {"name": f"{GATEWAY}/{LOGGER}/power", "equipment": "F1", "interval_s": INTERVAL_S, "start": start},
    ]
    receipts = [{"lot": "L1", "at": start, "equipment": "F1", "compartment": "cold", "doses": 126}]
    return json.dumps(COUNTY | {"channels": channels, "receipts": receipts})


@dataclass(slots=True)
class Chain:
    """The running chain; `start`, `kill` and `stop` its processes by name."""

    folder: Path
    broker: Mosquitto
    series: SeriesSettings
    archive: ArchiveSettings
    story: Story
    environ: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    devices: list["asyncio.Task[None]"] = field(default_factory=list)
    gateway_was_down: list[tuple[float, float]] = field(default_factory=list)
    _watch: "asyncio.Task[None] | None" = None
    _died_at: float = 0.0

    def start(self, name: str, crash_at: str = "") -> None:
        """Start a service, to die at a named point if asked."""
        user = GATEWAY if name == "gateway" else name
        settings = "gateway.toml" if name == "gateway" else "coldchain.toml"
        environ = self.environ | {
            "COLDCHAIN_SETTINGS": str(self.folder / settings),
            "COLDCHAIN_BROKER__USER": user,
            "COLDCHAIN_BROKER__PASSWORD": self.broker.password(user),
            "COLDCHAIN_CRASH_AT": crash_at,
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "coldchain", name], env=environ, stdout=log, stderr=log)
        self.processes[name] = process
        if name == "gateway":
            self._watch = asyncio.create_task(self._note_death(process))

    async def _note_death(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None:
            await asyncio.sleep(0.01)
        self._died_at = clock.monotonic()

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self.processes[name].kill()
        self.processes[name].wait(10)

    async def all_die_once(self, names: Iterable[str], seconds: float = 60.0) -> None:
        """Start each service again as it dies at its named point; return when all have."""
        deadline = clock.monotonic() + seconds
        living = set(names)
        while living:
            assert clock.monotonic() < deadline, f"did not come to their points: {living}"
            for name in [name for name in living if self.processes[name].poll() is not None]:
                assert self.processes[name].returncode == -9, self.log(name)
                living.remove(name)
                await self.again(name)
            await asyncio.sleep(0.02)

    async def again(self, name: str) -> None:
        """Start it again; of a gateway, wait until it reads its ports, and remember how long nobody did."""
        size = len(self.log(name))
        if name != "gateway":
            self.start(name)
            return
        assert self._watch is not None
        await self._watch
        died_at = self._died_at
        self.start(name)
        await self.reads_the_logger(size)
        self.gateway_was_down.append((died_at - IN_FLIGHT_S, clock.monotonic()))

    async def reads_the_logger(self, since: int = 0) -> None:
        """Wait until the gateway has its port open."""
        async with asyncio.timeout(60):
            while "tty-logger is open" not in self.log("gateway")[since:]:
                await asyncio.sleep(0.02)

    def log(self, name: str) -> str:
        """What a service has written so far."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        """Stop all services."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(20)

    async def silence(self) -> None:
        """The devices say nothing more."""
        for task in self.devices:
            task.cancel()
        await asyncio.gather(*self.devices, return_exceptions=True)

    async def stored(self, channel: str) -> Trace:
        """What the time series holds of a channel."""
        async with open_series(self.series) as series:
            return await series.read(channel, 0, 2**42)

    def owed(self, channel: str) -> set[float]:
        """The values that were said while a gateway was there to hear them."""
        return {
            said.value
            for said in self.story.ledger.said[channel]
            if not any(begin <= said.at <= end for begin, end in self.gateway_was_down)
        }

    async def missing(self) -> dict[str, list[float]]:
        """What is owed and not stored, per channel."""
        found = {
            channel: sorted(self.owed(channel) - set((await self.stored(channel)).v)) for channel in (FRIDGE, FREEZER)
        }
        return {channel: values for channel, values in found.items() if values}

    async def settle(self, seconds: float = 30.0) -> None:
        """Wait until everything owed is stored."""
        deadline = clock.monotonic() + seconds
        while missing := await self.missing():
            assert clock.monotonic() < deadline, f"not stored: {missing}\n{self.log('gateway')[-3000:]}"
            await asyncio.sleep(0.25)


GATEWAY_TOML = """
[broker]
host = "127.0.0.1"
port = {port}
timeout_s = 3

[gateway]
name = "{gateway}"
interval_s = {interval}
send_every_s = {interval}
spool = "{folder}/spool.sqlite"
ack_timeout_s = 2

[[bus]]
name = "a"
kind = "serial-ascii"
port = "{folder}/tty-logger"

[[bus]]
name = "b"
kind = "modbus-rtu"
port = "{folder}/tty-modbus"
baud = 9600

[[device]]
bus = "a"
id = "{logger}"

[[device]]
bus = "b"
id = "{board}"
registers = "xy-md02"
address = 3
"""
SITE_TOML = """
[broker]
host = "127.0.0.1"
port = {port}
timeout_s = 3

[series]
{series}

[archive]
url = "{archive}"

[alerting]
sweep_s = 2
lease_s = 5
claim_s = 6
"""


def _series_toml(series: SeriesSettings) -> str:
    shown = {
        "kind": series.kind,
        "path": str(series.path),
        "url": series.url,
        "org": series.org,
        "bucket": series.bucket,
    }
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in shown.items())


@asynccontextmanager
async def chain(
    folder: Path,
    broker: Mosquitto,
    series: SeriesSettings,
    archive_url: str,
    crash: Mapping[str, str] | None = None,
) -> AsyncIterator[Chain]:
    """Lay cables, import the archive, start devices and services; stop everything on leaving.

    `crash` names for a service the point at which its first process dies.
    """
    now = clock.wall()
    start = now - 30 * 86_400_000
    environ = os.environ | {clock.VARIABLE: clock.Scale(now, start, SPEED).text(), "COLDCHAIN_LOG__LEVEL": "info"}
    archive = ArchiveSettings.model_validate({"url": archive_url})
    async with open_archive(archive, migrate=True) as opened:
        await imports.import_county(opened, county_of(county(start - 1)), By("test", start))
    names = {"port": broker.port, "folder": folder, "gateway": GATEWAY, "logger": LOGGER, "board": BOARD}
    (folder / "gateway.toml").write_text(GATEWAY_TOML.format(interval=INTERVAL_S, **names))
    (folder / "coldchain.toml").write_text(
        SITE_TOML.format(port=broker.port, series=_series_toml(series), archive=archive_url)
    )
    story = Story(Ledger())
    running = Chain(folder, broker, series, archive, story, environ)
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(Cable(folder / "tty-logger"))
        bus = await stack.enter_async_context(Cable(folder / "tty-modbus"))
        board = Transmitter(3, MAPS["xy-md02"](3), lambda: (21.5, 48.0))
        await stack.enter_async_context(serve(bus.device_path, [board]))
        logger = AsciiLogger(LOGGER, story.fields)
        for name in ("collector", "alerting", "gateway"):
            running.start(name, (crash or {}).get(name, ""))
        stack.callback(running.stop)
        stack.push_async_callback(running.silence)
        await running.reads_the_logger()
        await asyncio.sleep(0.1)
        running.devices.append(asyncio.create_task(logger.run(line.device_path, lambda: asyncio.sleep(REAL_INTERVAL))))
        yield running
