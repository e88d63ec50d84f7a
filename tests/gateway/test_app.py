"""The whole gateway in one process, and killed in one of its own: from a pty to the broker, nothing lost."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from coldchain import clock
from coldchain.errors import BadInput
from coldchain.reading import Fault
from gateway.app import run
from gateway.boot import kernel_says_synchronized, this_boot
from gateway.spoollayout import read_latest
from tests.gateway.disks import small_disk
from tests.gateway.parts import Pty, line, settings_in, until
from tests.gateway.peer import peer_of, silent, stored
from tests.gateway.spools import all_points, spool_in

T1 = "a1.1/temperature"


def settings_for(folder, pty, broker, name, **gateway):
    return settings_in(
        folder,
        gateway={"name": name, "send_every_s": 0.2, "ack_timeout_s": 0.5} | gateway,
        broker=broker.settings(name).model_dump(),
        bus=[{"kind": "serial-ascii", "name": "logger", "port": str(pty.path)}],
    )


@asynccontextmanager
async def running(settings):
    task = asyncio.create_task(run(settings))
    try:
        yield task
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended


def bus_is(peer, state):
    return peer.health and peer.health[-1].buses and peer.health[-1].buses[0].state == state


def in_spool(peer):
    return spool_of(peer).readings if peer.health and peer.health[-1].spool else None


def spool_of(peer):
    return peer.health[-1].spool


async def test_a_line_on_the_port_is_a_reading_at_the_collector(mosquitto, tmp_path, pty):
    async with (
        peer_of("gw-20", mosquitto.settings("tester")) as peer,
        running(settings_for(tmp_path, pty, mosquitto, "gw-20", health_every_s=0.1)),
    ):
        await until(lambda: bus_is(peer, "ok"))
        before = clock.now()
        pty.say(line("a1", 1, "T1=+4.50,T2=SP0,D1=0"))
        await until(lambda: len(peer.values) == 3)
        assert peer.health[-1].clock == "ntp"
        await until(lambda: [d.device for d in peer.health[-1].buses[0].devices] == ["a1"])
    assert {name: value for (name, _), value in peer.values.items()} == {
        T1: (4.5, 0),
        "a1.2/temperature": (None, Fault.ZERO_SCRATCHPAD),
        "a1/door": (0.0, 0),
    }
    assert all(before - 1000 <= t <= clock.now() + 1000 for _, t in peer.values)


async def test_the_door_is_told_at_once(mosquitto, tmp_path, pty):
    async with (
        peer_of("gw-21", mosquitto.settings("tester")) as peer,
        running(settings_for(tmp_path, pty, mosquitto, "gw-21", send_every_s=3600, health_every_s=0.1)),
    ):
        await until(lambda: bus_is(peer, "ok"))
        pty.say(line("a1", 1, "D1=0"))
        await asyncio.sleep(0.3)
        assert not peer.batches
        pty.say(line("a1", 2, "D1=1"))
        await until(lambda: peer.numbers("a1/door") == [0.0, 1.0], 3)


async def test_a_port_that_vanishes_is_told_and_no_neighbour_is_lost(mosquitto, tmp_path, pty):
    async with (
        peer_of("gw-22", mosquitto.settings("tester")) as peer,
        running(settings_for(tmp_path, pty, mosquitto, "gw-22", health_every_s=0.1)),
    ):
        await until(lambda: bus_is(peer, "ok"))
        pty.say(line("a1", 1, "T1=+4.50"))
        await until(lambda: len(peer.values) == 1)
        pty.vanish()
        await until(lambda: bus_is(peer, "gone"))
        pty.come_back()
        await until(lambda: bus_is(peer, "ok"))
        pty.say(line("a1", 2, "T1=+4.60"))
        await until(lambda: peer.numbers(T1) == [4.5, None, 4.6])


async def test_without_a_broker_readings_go_to_the_disk_and_wait(mosquitto, tmp_path, pty):
    settings = settings_for(tmp_path, pty, mosquitto, "gw-23")
    nowhere = settings.model_copy(update={"broker": settings.broker.model_copy(update={"port": 1})})
    async with running(nowhere):
        while not _newest(tmp_path):  # until the port is open
            pty.say(line("a1", 0, "T1=+4.00"))
            await asyncio.sleep(0.05)
        for n in range(1, 50):
            pty.say(line("a1", n, f"T1=+{4 + n / 100:.2f}"))
            await asyncio.sleep(0.01)
        await until(lambda: _newest(tmp_path) == [4.49])
    async with peer_of("gw-23", mosquitto.settings("tester")) as peer, running(settings):
        await until(lambda: len(peer.values) == 50)
    assert peer.numbers(T1) == [round(4 + n / 100, 2) for n in range(50)]


def _newest(folder):
    with suppress(BadInput):  # the gateway has not laid it out yet
        return [one.value for one in read_latest(folder / "spool.sqlite")]
    return []


async def test_on_a_disk_that_is_full_at_the_start_it_takes_readings_says_so_and_sends_them_when_there_is_room(
    mosquitto, tmp_path, pty, monkeypatch
):
    monkeypatch.setattr("gateway.spool.OPEN_EVERY_S", 0.0)
    monkeypatch.setattr("gateway.app._LOOK_EVERY_S", 0.1)
    monkeypatch.setattr("gateway.uplink._SPOOL_RETRY_S", 0.1)
    with small_disk(tmp_path / "disk") as disk:
        disk.fill()
        settings = settings_for(disk.folder, pty, mosquitto, "gw-43", health_every_s=0.1)
        async with peer_of("gw-43", mosquitto.settings("tester")) as peer, running(settings):
            await until(lambda: bus_is(peer, "ok"))
            for n in range(400, 420):
                pty.say(line("a1", n, f"T1=+{n / 100:.2f}"))
                await asyncio.sleep(0.02)
            await until(lambda: in_spool(peer) == 20)
            assert "20 readings in memory, 0 lost there" in spool_of(peer).rule
            assert (peer.health[-1].state, peer.health[-1].clock, spool_of(peer).id) == ("online", "ntp", "")
            disk.clear()
            await until(lambda: len(peer.values) == 20)
            await until(lambda: in_spool(peer) == 0)
            assert spool_of(peer).rule == "thin the oldest"
    assert peer.numbers(T1) == [n / 100 for n in range(400, 420)]


async def test_a_gateway_without_a_bus_says_what_to_do(tmp_path):
    with pytest.raises(BadInput, match="gateway scan"):
        await run(settings_in(tmp_path))


async def test_an_unknown_register_map_ends_it_at_once(tmp_path):
    settings = settings_in(
        tmp_path,
        bus=[{"kind": "modbus-rtu", "name": "rs485", "port": "/dev/null"}],
        device=[{"bus": "rs485", "address": 1, "registers": "xy-md99"}],
    )
    with pytest.raises(BadInput, match="xy-md99"):
        await run(settings)


def test_a_boot_is_the_same_for_every_process_and_its_ticks_rise():
    one, two = this_boot(), this_boot()
    assert one.id == two.id
    assert 0 < one.ticks() <= two.ticks()
    assert isinstance(kernel_says_synchronized(), bool)


# -- killed ------------------------------------------------------------------------------------------------------


class Killable:
    """`python -m gateway` in a process of its own."""

    def __init__(self, folder: Path, pty: Pty, broker, name: str) -> None:
        self.folder = folder
        self.toml = folder / "gateway.toml"
        self.toml.write_text(
            f"""
[gateway]
name = "{name}"
spool = "{folder / "spool.sqlite"}"
trust_clock = "always"
send_every_s = 0.2
ack_timeout_s = 0.5
health_every_s = 0.1
[broker]
port = {broker.port}
password = "{broker.password(name)}"
[[bus]]
name = "logger"
kind = "serial-ascii"
port = "{pty.path}"
"""
        )

    def start(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        environ = {**os.environ, "COLDCHAIN_CRASH_AT": crash_at}
        log = (self.folder / "log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "gateway", "--settings", str(self.toml)], env=environ, stderr=log, stdout=log
            )


async def say_until_dead(process, pty, numbers, pause_s):
    """Speak a line at a time; what was said before the process died, and the last line that may have died with it."""
    said = []
    for n in numbers:
        if process.poll() is not None:
            break
        pty.say(line("a1", n, f"T1=+{n / 100:.2f}"))
        said.append(n / 100)
        await asyncio.sleep(pause_s)
    return said


POINTS = ["spool.before_commit", "spool.after_append", "spool.after_form", "uplink.after_publish", "spool.after_settle"]


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_a_named_point_it_loses_and_changes_nothing(mosquitto, tmp_path, pty, point):
    name = f"gw-{30 + POINTS.index(point)}"
    gateway = Killable(tmp_path, pty, mosquitto, name)
    async with peer_of(name, mosquitto.settings("tester")) as peer:
        first = gateway.start(f"{point}:4")
        try:
            await until(lambda: bus_is(peer, "ok") or first.poll() is not None, 20)
            said = await say_until_dead(first, pty, range(400, 500), 0.15)
            await until(lambda: first.poll() is not None)
            assert first.returncode == -signal.SIGKILL
        finally:
            first.kill()
        peer.health.clear()
        second = gateway.start()
        try:
            await until(lambda: bus_is(peer, "ok"), 20)
            pty.say(line("a1", 999, "T1=+9.99"))
            await until(lambda: 9.99 in peer.numbers(T1))
            await until(lambda: in_spool(peer) == 0)
        finally:
            second.terminate()
            assert second.wait(10) == 0
    came = [value for value in peer.numbers(T1) if value is not None]
    # The line that was on its way into the spool when the power went is the probe's word alone.
    assert set(said[:-2]) <= set(came)
    assert set(came) <= {*said, 9.99}
    assert came == sorted(set(came)), "none twice, none out of order"


async def test_readings_on_the_disk_survive_a_kill_before_anything_was_sent(mosquitto, tmp_path, pty):
    gateway = Killable(tmp_path, pty, mosquitto, "gw-36")
    async with peer_of("gw-36", mosquitto.settings("tester"), silent) as peer:
        process = gateway.start()
        try:
            await until(lambda: bus_is(peer, "ok"), 20)
            said = await say_until_dead(process, pty, range(400, 420), 0.02)
            await until(lambda: in_spool(peer) == len(said))
        finally:
            process.kill()
            process.wait(10)
    with spool_in(tmp_path) as spool:
        assert list(dict(sorted(all_points(spool).items())).values()) == said


async def test_a_clean_stop_says_goodbye_and_ends_with_zero(mosquitto, tmp_path, pty):
    gateway = Killable(tmp_path, pty, mosquitto, "gw-37")
    async with peer_of("gw-37", mosquitto.settings("tester"), stored) as peer:
        process = gateway.start()
        await until(lambda: bus_is(peer, "ok"), 20)
        process.terminate()
        assert await asyncio.to_thread(process.wait, 10) == 0
        await until(lambda: peer.health[-1].state == "offline")
