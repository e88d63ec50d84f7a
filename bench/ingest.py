"""The ingest runs: who receives, what is sent, and what it cost."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.watch import cpu_s, peak_mb
from coldchain.settings import SeriesSettings
from tests.parts.influx import Influx, influx_server
from tests.parts.mosquitto import Mosquitto, mosquitto_broker
from tests.parts.process import wait_until

GATEWAYS = 50
PER_BATCH = 60
BATCHES = 240  # per gateway: 720,000 readings
SINGLES = 1200  # per gateway: 60,000 readings
BY_HAND = 400  # per gateway: 20,000 readings
RUN_S = 120  # no run may take longer


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run showed. CPU and memory are of the receiving process."""

    readings_per_s: float
    cpu_s_per_100k: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Parts:
    """The real parts that every run shares."""

    broker: Mosquitto
    influx: Influx
    folder: Path


@contextmanager
def real_parts() -> Iterator[Parts]:
    """A mosquitto as deployed, and influxd behind its nginx."""
    with tempfile.TemporaryDirectory(prefix="coldchain-bench-") as name:
        folder = Path(name)
        gateways = [f"gw-{n}" for n in range(1, GATEWAYS + 1)]
        with mosquitto_broker(folder / "mosquitto", gateways) as broker, influx_server(folder / "influx") as influx:
            yield Parts(broker, influx, folder)


def collected(parts: Parts, shape: str, messages: int) -> Figures:
    """The collector: every batch is answered only after the database's answer, and rolled up before the clock stops."""
    series = parts.influx.settings()
    environment = {
        "COLDCHAIN_LOG__LEVEL": "warning",
        "COLDCHAIN_BROKER__PORT": str(parts.broker.port),
        "COLDCHAIN_BROKER__PASSWORD": parts.broker.password("collector"),
        "COLDCHAIN_SERIES__KIND": "influx",
        "COLDCHAIN_SERIES__URL": series.url,
        "COLDCHAIN_SERIES__BUCKET": series.bucket,
        "COLDCHAIN_ARCHIVE__URL": f"sqlite:///{parts.folder}/archive.sqlite",
    }
    with receiver(["collector"], environment) as process:
        wait_until(lambda: selected(parts, series, "count(position)", "mark") > 0, "the collector's sign of life")
        time.sleep(1)  # it subscribes right after its first sign of life
        before = cpu_s(process)
        seconds = sent(parts, messages, shape, "stored")
        wait_until(lambda: rolled_up(parts, series), "rollups", RUN_S)
        return figures(parts, series, process, before, seconds)


def by_hand(parts: Parts) -> Figures:
    """One reading per message through the hand-written script; it is done when the database stops filling."""
    series = parts.influx.settings()
    with receiver(["bench.by_hand", str(parts.broker.port), series.url, series.bucket], {}, says_ready=True) as process:
        before, began = cpu_s(process), time.monotonic()
        sent(parts, BY_HAND, "single", "broker")
        wait_until(lambda: stored(parts, series) == GATEWAYS * BY_HAND, "by hand", RUN_S)
        return figures(parts, series, process, before, time.monotonic() - began)


def floor(parts: Parts) -> Figures:
    """Receiving one reading per message and throwing it away: the client library's own cost."""
    with receiver(["bench.floor", str(parts.broker.port)], {}, says_ready=True) as process:
        before = cpu_s(process)
        seconds = sent(parts, SINGLES, "single", "broker")
        wait_until(lambda: idle(process), "the floor", RUN_S)
        readings = GATEWAYS * SINGLES
        return Figures(readings / seconds, (cpu_s(process) - before) / readings * 1e5, peak_mb(process))


def idle(process: psutil.Process) -> bool:
    """True when the process used no CPU for half a second."""
    before = cpu_s(process)
    time.sleep(0.5)
    return cpu_s(process) - before < 0.02


def figures(parts: Parts, series: SeriesSettings, process: psutil.Process, before: float, seconds: float) -> Figures:
    """What the run cost, per reading that the database really holds."""
    readings = stored(parts, series)
    return Figures(readings / seconds, (cpu_s(process) - before) / readings * 1e5, peak_mb(process))


@contextmanager
def receiver(command: list[str], environment: dict[str, str], *, says_ready: bool = False) -> Iterator[psutil.Process]:
    """The process under measurement."""
    with subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, **environment}, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        if says_ready:
            assert process.stdout.readline() == b"ready\n"
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()


def sent(parts: Parts, messages: int, shape: str, acks: str) -> float:
    """Run the load; the seconds from its first batch to its last answer."""
    arguments = [str(parts.broker.port), str(GATEWAYS), str(messages), shape, acks]
    load = subprocess.run(
        [sys.executable, "-m", "bench.load", *arguments], check=True, stdout=subprocess.PIPE, timeout=RUN_S, text=True
    )
    return float(load.stdout)


def selected(parts: Parts, series: SeriesSettings, what: str, measurement: str) -> int:
    """The first number of an InfluxQL answer; 0 where there is none."""
    database = urllib.parse.quote(series.bucket)
    answer = json.loads(parts.influx.query(f'SELECT {what} FROM "{database}".."{measurement}"'))
    rows = answer["results"][0].get("series")
    return int(rows[0]["values"][0][1]) if rows else 0


def stored(parts: Parts, series: SeriesSettings) -> int:
    """How many readings the database holds."""
    return selected(parts, series, "count(value)", "reading")


def rolled_up(parts: Parts, series: SeriesSettings) -> bool:
    """True when the hours count as many readings as there are."""
    return selected(parts, series, "sum(count)", "rollup_hour") == stored(parts, series)


def run() -> dict[str, dict[str, float]]:
    """All ingest runs, one after the other on the same parts."""
    with real_parts() as parts:
        runs: dict[str, Callable[[], Figures]] = {
            "batch60": lambda: collected(parts, "batch60", BATCHES),
            "single": lambda: collected(parts, "single", SINGLES),
            "by_hand": lambda: by_hand(parts),
            "library_floor": lambda: floor(parts),
        }
        return {name: {key: round(value, 3) for key, value in asdict(one()).items()} for name, one in runs.items()}
