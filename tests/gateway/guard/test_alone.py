"""A gateway whose uplink is cut tells its people by the real smsd; what it said is at the collector when the broker is back."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coldchain import clock, wire
from gateway import app, uplink
from gateway.settings import GatewaySettings
from gateway.spoolfile import SpoolFile
from tests.gateway.parts import Pty, line, settings_in
from tests.gateway.peer import Peer, peer_of
from tests.gateway.spools import spool_in
from tests.parts.mosquitto import Mosquitto, mosquitto_broker
from tests.parts.smsd import FOLDERS, texting

SERIES = "a1.1/temperature"
NURSE = "13800138000"


def guard_of(sms: Path, light: Path) -> dict[str, object]:
    light.write_text("0")
    return {
        "down_after_s": 0.5,
        "limit": [{"channel": SERIES, "name": "1号冰箱", "low": 2.0, "high": 8.0, "patience_min": 0.005}],
        "person": [{"name": "张护士", "number": NURSE}],
        "siren": {"kind": "gpio", "light": light},
        "modem": {"spool": sms, "look_every_s": 0.1, "deadline_s": 20.0},
    }


def settings_for(folder: Path, pty: Pty, broker: Mosquitto, sms: Path) -> GatewaySettings:
    return settings_in(
        folder,
        gateway={"name": "gw-1", "send_every_s": 0.2, "ack_timeout_s": 0.5},
        broker=broker.settings("gw-1").model_dump(),
        bus=[{"kind": "serial-ascii", "name": "logger", "port": str(pty.path)}],
        guard=guard_of(sms, folder / "light"),
    )


async def heat(pty: Pty, is_so) -> None:
    """Warm lines until it is so."""
    n, until_s = 0, clock.monotonic() + 60
    while not is_so():
        assert clock.monotonic() < until_s, "not within 60 s"
        n += 1
        pty.say(line("a1", n, "T1=+9.20"))
        await asyncio.sleep(0.2)


def events(peer: Peer) -> list[tuple[str, str, str]]:
    return [(one.act, one.way, one.answer) for batch in peer.batches for one in batch.told]


async def test_cut_off_it_texts_in_chinese_and_the_collector_hears_of_it_later(
    tmp_path: Path, pty: Pty, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uplink, "_FIRST_RETRY_S", 0.2)
    monkeypatch.setattr(uplink, "_LONGEST_RETRY_S", 0.4)
    with mosquitto_broker(tmp_path / "broker", ["gw-1"]) as broker:
        async with texting(tmp_path) as sms:
            settings = settings_for(tmp_path, pty, broker, sms.smsd.spool)
            async with peer_of("gw-1", broker.settings("tester")) as peer:
                running = asyncio.create_task(app.run(settings))
                await heat(pty, lambda: peer.batches)
            broker.stop()
            await heat(pty, sms.air.network.texts)
            [(number, text)] = sms.air.network.texts()
            assert (number, text[:12]) == ("86" + NURSE, "【冷链】1号冰箱9.2℃"[:12])
            assert (tmp_path / "light").read_text() == "1"
            sms.air.hears("86" + NURSE, "1 确认，马上到")
            broker.start()
            async with peer_of("gw-1", broker.settings("tester")) as peer:
                await heat(
                    pty, lambda: {"accepted", "delivered", "replied"} <= {answer for _, _, answer in events(peer)}
                )
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    told = [one for batch in peer.batches for one in batch.told]
    assert [one.words for one in told if one.answer == "replied"] == ["1 确认，马上到"]
    assert {(one.person, one.number) for one in told if one.way == "modem"} == {("张护士", "+86" + NURSE)}
    assert len({one.anchor for one in told}) == 1


TOML = """
[gateway]
name = "gw-2"
spool = "{folder}/spool.sqlite"
trust_clock = "always"
send_every_s = 0.2
[broker]
port = 1
[[bus]]
name = "logger"
kind = "serial-ascii"
port = "{pty}"
[guard]
down_after_s = 0.3
texts = "at_once"
[[guard.limit]]
channel = "a1.1/temperature"
name = "1号冰箱"
low = 2.0
high = 8.0
patience_min = 0.005
[[guard.person]]
name = "张护士"
number = "13800138000"
[guard.modem]
spool = "{folder}/sms"
look_every_s = 0.05
deadline_s = 20
"""


class Killable:
    """A gateway in a process of its own, with a spool of texts that nobody serves."""

    def __init__(self, folder: Path, pty: Pty) -> None:
        self.folder, self.sms, self.log = folder, folder / "sms", folder / "log"
        for name in FOLDERS:
            (self.sms / name).mkdir(parents=True)
        (folder / "gateway.toml").write_text(TOML.format(folder=folder, pty=pty.path))

    def start(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        self.log.unlink(missing_ok=True)
        environ = {**os.environ, "COLDCHAIN_CRASH_AT": crash_at}
        command = [sys.executable, "-m", "gateway", "--settings", str(self.folder / "gateway.toml")]
        with self.log.open("wb") as log:
            return subprocess.Popen(command, env=environ, stderr=log, stdout=log)

    def files(self, *folders: str) -> list[Path]:
        return [path for folder in folders for path in (self.sms / folder).iterdir()]

    def serve(self) -> bool:
        """What smsd does; True once there is a text that was sent."""
        for path in self.files("outgoing"):
            path.write_bytes(path.read_bytes().replace(b"\n\n", b"\nMessage_id: 117 .\n\n", 1))
            path.rename(self.sms / "sent" / path.name)
        return bool(self.files("sent"))

    def has_said(self, words: str) -> bool:
        return words in self.log.read_text()


def told_in(file: SpoolFile) -> list[wire.Told]:
    told = []
    while (seq := file.form("oldest", file.newest(), 1000, clock.now())) is not None:
        told += wire.decode_batch(file.payload(seq) or b"").told
        file.settle([seq])
    for seq in file.unanswered():
        told += wire.decode_batch(file.payload(seq) or b"").told
    return told


@pytest.mark.parametrize("nth", [1, 2], ids=["before the text left", "when its answer was kept"])
async def test_a_power_cut_loses_nothing_that_was_said(tmp_path: Path, pty: Pty, nth: int):
    box = Killable(tmp_path, pty)
    first = box.start(f"spool.after_tell:{nth}")
    try:
        await heat(pty, lambda: first.poll() is not None or (box.serve() and first.poll() is not None))
        assert first.returncode == -signal.SIGKILL
    finally:
        first.kill()
    second = box.start()
    try:
        await heat(pty, lambda: box.has_said("gateway gw-2") and box.serve())
        await heat(pty, lambda: nth == 2 or box.has_said("modem begin: accepted"))
        await asyncio.sleep(1.2)  # it looked once more
    finally:
        second.terminate()
        assert second.wait(10) == 0
    with spool_in(tmp_path, boot=_boot()) as file:
        told = [one for one in told_in(file) if one.way == "modem"]
    assert [(one.person, one.answer) for one in told] == [("张护士", "accepted")]
    assert len(box.files("sent")) == 1


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", "")
