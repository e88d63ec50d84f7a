"""A site of real parts: mosquitto, influxd behind nginx, PostgreSQL; collector, alerting, stream and provider as processes."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.alerting.county import Size, rows
from bench.archive.load import put
from coldchain import clock
from coldchain.archive import db
from tests.fakes.aliyun import KEY_ID, KEY_SECRET
from tests.parts.influx import influx_server
from tests.parts.mosquitto import mosquitto_broker
from tests.parts.postgres import postgres_server
from tests.parts.process import wait_until

START_S = 60.0
SETTINGS = """
[broker]
port = {port}

[series]
kind = "influx"
url = "{series}"
bucket = "{bucket}"

[archive]
url = "{archive}"

[drills]
monthly = false

[numbers]
quarterly = false

[channels.aliyun_voice]
url = "http://127.0.0.1:{provider}/"
key_id = "{key_id}"
key_secret = "{key_secret}"
per_s = {per_s}

[channels.aliyun_voice.templates.alarm]
id = "TTS_1"
variables = ["place", "thing"]
"""


@dataclass(frozen=True, slots=True)
class Site:
    """What runs, and how it is asked."""

    folder: Path
    archive: str
    stream: "subprocess.Popen[str]"
    provider: "subprocess.Popen[str]"
    servers: dict[str, psutil.Process]

    def say(self, order: str) -> None:
        """An order to the stream."""
        _write(self.stream, order)

    def streamed(self) -> dict[str, Any]:
        """What the stream has seen."""
        return _asked(self.stream, "report")

    def accepted(self) -> dict[str, Any]:
        """What the provider has seen."""
        return _asked(self.provider, "report")


def _write(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _asked(process: "subprocess.Popen[str]", line: str) -> dict[str, Any]:
    _write(process, line)
    assert process.stdout is not None
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


@contextmanager
def site(size: Size, profile: Path | None = None) -> Iterator[Site]:
    """Everything up and flowing; `profile` is where alerting's profile is written when it ends."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-alerting-")))
        folder.chmod(0o755)
        broker = stack.enter_context(mosquitto_broker(folder / "mosquitto"))
        influx = stack.enter_context(influx_server(folder / "influx"))
        database = stack.enter_context(postgres_server(folder / "postgres"))
        archive = database.url()
        asyncio.run(db.migrate(archive))
        put(archive, rows(size, clock.wall()))
        provider = stack.enter_context(_talking(["bench.alerting.provider", str(size.latency_s)]))
        assert provider.stdout is not None
        series = influx.settings()
        settings = folder / "coldchain.toml"
        settings.write_text(
            SETTINGS.format(
                port=broker.port, series=series.url, bucket=series.bucket, archive=archive,
                provider=int(provider.stdout.readline()), key_id=KEY_ID, key_secret=KEY_SECRET, per_s=size.per_s,
            )
        )  # fmt: skip
        own = {}
        for name in ("collector", "alerting"):
            environ = {
                "COLDCHAIN_SETTINGS": str(settings),
                "COLDCHAIN_SERIES__PATH": str(folder / "readings.sqlite"),  # beside it: what alerting keeps in files
                "COLDCHAIN_BROKER__USER": name,
                "COLDCHAIN_BROKER__PASSWORD": broker.password(name),
            }
            own[name] = stack.enter_context(_service(name, folder, environ, profile if name == "alerting" else None))
        _heard(own["alerting"], folder / "alerting.log", "deciding", "listening")
        _heard(own["collector"], folder / "collector.log", "listening")
        what = [str(broker.port), json.dumps(asdict(size))]
        stream = stack.enter_context(_talking(["bench.alerting.stream", *what]))
        yield Site(folder, archive, stream, provider, own)


@contextmanager
def _talking(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """A process of the bench's own; it ends with its input."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-m", *command], stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _service(name: str, folder: Path, environ: dict[str, str], profile: Path | None) -> Iterator[psutil.Process]:
    module = ["-m", "cProfile", "-o", str(profile), "-m", name] if profile else ["-m", name]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *module], env=os.environ | environ, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _heard(process: psutil.Process, log: Path, *words: str) -> None:
    """Wait until it has said so in its log; else it did not begin."""

    def said() -> str:
        return log.read_text(errors="replace")

    def is_over() -> bool:
        return process.status() == psutil.STATUS_ZOMBIE or all(word in said() for word in words)

    wait_until(is_over, log.name, START_S)
    if not all(word in said() for word in words):
        raise RuntimeError(f"it did not begin:\n{said()[-3000:]}")


def until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Look twice a second; False when it did not become so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
