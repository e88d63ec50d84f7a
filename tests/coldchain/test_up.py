"""A site's folder, its supervisor, and the embedded broker, with real processes."""

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
from datetime import datetime

import pytest
from pydantic import SecretStr

from coldchain import wire
from coldchain.broker import connect
from coldchain.errors import BadInput, Unavailable
from coldchain.settings import BrokerSettings
from coldchain.up import county
from coldchain.up.brokers import broker_program, free_port
from coldchain.up.embedded_broker import access_lists
from coldchain.up.site import Site
from coldchain.up.supervisor import Program, supervising

SLEEPS = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "a site")
    site.prepare()
    return site


async def wait_for(is_so, seconds=60.0):  # a loaded machine
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.05)


def test_secrets_are_random_private_and_kept(site):
    first = site.password("collector")
    site.prepare()
    assert site.password("collector") == first != site.password("alerting")
    assert stat.S_IMODE(site.secret("collector").stat().st_mode) == 0o600


def test_settings_that_are_there_are_never_overwritten(site):
    site.settings.write_text("# mine\n")
    site.prepare()
    assert site.settings.read_text() == "# mine\n"


def test_a_second_coldchain_stays_out_of_the_folder(site):
    with site.locked(), pytest.raises(BadInput, match="in use"), site.locked():
        pass


async def test_the_lock_lasts_while_any_service_lives(site):
    async with supervising(os.environ) as supervisor:
        with site.locked():
            await supervisor.start(Program("s", SLEEPS, site.log("s")))
        with pytest.raises(BadInput, match="in use"), site.locked():
            pass
    with site.locked():
        pass


async def test_a_killed_service_is_started_again(site):
    async with supervising(os.environ) as supervisor:
        await supervisor.start(Program("s", [*SLEEPS, "marker-of-this-test"], site.log("s")))
        await wait_for(lambda: site.log("s").read_text().count("up") == 1)
        subprocess.run(["pkill", "-KILL", "-f", "marker-of-this-test"], check=True)
        await wait_for(lambda: site.log("s").read_text().count("up") == 2)


async def test_all_are_stopped_last_started_first(site):
    code = "import signal, sys, time; signal.signal(15, lambda *_: (open(sys.argv[1], 'a').write(sys.argv[2]), sys.exit(0))); print('up', flush=True); time.sleep(60)"
    order = site.folder / "order"
    async with supervising(os.environ) as supervisor:
        for name in "abc":
            await supervisor.start(Program(name, [sys.executable, "-c", code, str(order), name], site.log(name)))
            await wait_for(lambda name=name: "up" in site.log(name).read_text())
    assert order.read_text() == "cba"


async def test_a_wrong_setting_ends_everything_with_its_own_words(site):
    command = [sys.executable, "-c", "import sys; print('broker.port: wrong; mend it'); sys.exit(2)"]
    async with supervising(os.environ) as supervisor:
        await supervisor.start(Program("collector", command, site.log("collector")))
        with pytest.raises(BadInput, match="mend it"):
            await asyncio.wait_for(supervisor.failed, 60)


async def test_services_die_with_a_supervisor_that_was_killed(site):
    code = f"""
import asyncio, os
from coldchain.up.site import Site
from coldchain.up.supervisor import Program, supervising
from pathlib import Path
async def main():
    site = Site(Path({str(site.folder)!r}))
    async with supervising(os.environ) as supervisor:
        await supervisor.start(Program("s", {SLEEPS!r} + ["orphan-of-this-test"], site.log("s")))
        await asyncio.sleep(60)
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    await wait_for(lambda: site.log("s").exists() and "up" in site.log("s").read_text())
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await wait_for(
        lambda: subprocess.run(["pgrep", "-f", "orphan-of-this-test"], check=False, capture_output=True).returncode
    )


def test_mosquittos_access_list_means_the_same_to_the_embedded_broker():
    acl = "user collector\ntopic read a/+\ntopic write b\npattern write gw/%u/readings\n"
    assert access_lists(acl, ["collector", "gw-1"]) == {
        "read": {"collector": ["a/+"], "gw-1": []},
        "write": {"collector": ["b", "gw/collector/readings"], "gw-1": ["gw/gw-1/readings"]},
    }


@pytest.fixture(params=["mosquitto", "amqtt"])
async def broker(request, site, monkeypatch):
    """A site's broker with one gateway, run as `coldchain up` runs it."""
    if request.param == "amqtt":
        monkeypatch.setattr("coldchain.up.brokers.find_mosquitto", lambda: None)
    port = free_port()

    def settings(user):
        return BrokerSettings(
            port=port, user=user, password=SecretStr(site.broker_user(user).read_text().strip()), timeout_s=2
        )

    async with supervising(os.environ) as supervisor:
        await supervisor.start(broker_program(site, port, ["gw-1"]))
        async with asyncio.timeout(60):
            while True:
                try:
                    async with connect(settings("collector"), "probe"):
                        break
                except Unavailable:
                    await asyncio.sleep(0.1)
        yield settings


async def test_a_sites_broker_carries_a_batch_and_its_acknowledgement(broker):
    async with connect(broker("collector"), "c") as collector, connect(broker("gw-1"), "g") as gateway:
        await collector.subscribe(wire.READINGS_OF_ALL)
        await gateway.subscribe(wire.topic_of("gw-1", "stored"))
        await gateway.publish(wire.topic_of("gw-1", "readings"), b"batch")
        assert (await anext(collector.messages())).payload == b"batch"
        await collector.publish(wire.topic_of("gw-1", "stored"), b"ack")
        assert (await anext(gateway.messages())).payload == b"ack"


async def test_a_sites_broker_keeps_strangers_out(broker):
    with pytest.raises(Unavailable):
        async with connect(broker("gw-1").model_copy(update={"password": SecretStr("wrong")}), "x"):
            pass


async def test_a_sites_broker_keeps_a_gateway_from_anothers_name(broker):
    async with connect(broker("collector"), "c") as collector, connect(broker("gw-1"), "g") as gateway:
        await collector.subscribe(wire.READINGS_OF_ALL)
        with contextlib.suppress(Unavailable):  # mosquitto throws an MQTT 3.1.1 client off that says what it may not
            await gateway.publish(wire.topic_of("gw-2", "readings"), b"forged")
            await gateway.publish(wire.topic_of("gw-1", "readings"), b"own")
        async with connect(broker("gw-1"), "g2") as again:
            await again.publish(wire.topic_of("gw-1", "readings"), b"own")
        assert (await asyncio.wait_for(anext(collector.messages()), 5)).payload == b"own"


def test_a_gateway_cannot_be_called_like_a_service(site):
    with pytest.raises(BadInput, match="collector"):
        broker_program(site, 1, ["collector"])


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-22T15:19:00+08:00", "2026-11-21T09:20:00+08:00"),
        ("2026-11-22T15:20:00+08:00", "2026-11-22T09:20:00+08:00"),
        ("2026-11-22T23:59:00+08:00", "2026-11-22T09:20:00+08:00"),
    ],
)
def test_the_demos_story_begins_on_the_last_morning_that_leaves_it_room(now, begins):
    wall = round(datetime.fromisoformat(now).timestamp() * 1000)
    assert county.story_begins(wall) == round(datetime.fromisoformat(begins).timestamp() * 1000)
