"""A scenario's gateways on a real broker: history at once, then live, cut off, restarted, and nothing missing."""

import asyncio
import contextlib
import itertools
import json

import msgspec
import pytest

from coldchain import clock
from coldchain.errors import BadInput
from firmware_sim.faults import Fault, FaultKind
from firmware_sim.fleet import county
from firmware_sim.fleet.county import Memory, Site, Story
from firmware_sim.scenario_file import load
from tests.firmware_sim.answering import answering, until

LOGGER = "28ff641e8d3c0a51"
HOUR_MS = 3_600_000


@pytest.fixture
def fast_clock(monkeypatch):
    """Domain time a day behind the wall, sixty times as fast."""
    wall = clock.wall()
    monkeypatch.setenv(clock.VARIABLE, clock.Scale(wall, wall - 24 * HOUR_MS, 60).text())
    clock._scale.cache_clear()
    yield
    monkeypatch.delenv(clock.VARIABLE)
    clock._scale.cache_clear()


def fridge(gateway, *struck):
    """The single fridge behind a gateway of its own, a reading a minute, six hours of history."""
    scenario = load("single_fridge")
    facility = scenario.facilities[0]
    equipment = facility.equipment[0]
    device = msgspec.structs.replace(equipment.devices[0], interval_s=60)
    equipment = msgspec.structs.replace(equipment, devices=(device,))
    facility = msgspec.structs.replace(facility, gateway=gateway, equipment=(equipment,))
    return msgspec.structs.replace(scenario, history_days=0.25, facilities=(facility,), faults=struck)


def this_minute():
    return clock.now() // 60_000 * 60_000


@contextlib.asynccontextmanager
async def running(mosquitto, scenario, memory):
    """The county's gateways, until the context ends."""
    task = asyncio.create_task(county.run(scenario, mosquitto.settings("tester"), {}, memory, this_minute()))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def minutes(collector, live_at_ms, channel):
    """The minutes of a channel's readings, from the live start."""
    return sorted((time - live_at_ms) / 60_000 for time in collector.readings[channel])


async def test_history_comes_at_once_and_live_follows_without_a_hole(mosquitto, tmp_path, fast_clock):
    memory = Memory(tmp_path / "county.json")
    channel = f"cty-a/{LOGGER}.1/temperature"
    async with (
        answering(mosquitto.settings("tester"), "cty-a") as collector,
        running(mosquitto, fridge("cty-a"), memory),
    ):
        await until(lambda: len(collector.readings[channel]) >= 360 + 3)
    told = minutes(collector, memory.story(None).live_at_ms, channel)
    assert told == [float(n) for n in range(-359, -359 + len(told))]
    assert len(collector.readings[f"cty-a/{LOGGER}/power"]) >= 6 * 12


async def test_a_mains_failure_is_told_at_once_and_once(mosquitto, tmp_path, fast_clock):
    memory = Memory(tmp_path / "county.json")
    scenario = fridge("cty-b", Fault(FaultKind.POWER_CUT, "demo", at_min=1.5))
    channel = f"cty-b/{LOGGER}/power"
    async with answering(mosquitto.settings("tester"), "cty-b") as collector, running(mosquitto, scenario, memory):
        await until(lambda: 0.0 in collector.readings[channel].values())
    lost = [time for time, value in collector.readings[channel].items() if value == 0.0]
    assert lost == [memory.story(None).live_at_ms + 90_000]


async def test_a_pulled_cable_shows_as_offline_and_comes_back_with_everything(mosquitto, tmp_path, fast_clock):
    memory = Memory(tmp_path / "county.json")
    scenario = fridge("cty-c", Fault(FaultKind.UPLINK_CUT, "cty-c", at_min=-60, until_min=4))
    channel = f"cty-c/{LOGGER}.1/temperature"
    async with answering(mosquitto.settings("tester"), "cty-c") as collector, running(mosquitto, scenario, memory):
        await until(lambda: len(collector.readings[channel]) >= 300)
        await asyncio.sleep(0.5)
        assert max(minutes(collector, memory.story(None).live_at_ms, channel)) == -60.0
        await until(lambda: len(collector.readings[channel]) >= 365)
    told = minutes(collector, memory.story(None).live_at_ms, channel)
    assert told == [float(n) for n in range(-359, -359 + len(told))]


async def test_a_gateway_without_power_leaves_a_hole(mosquitto, tmp_path, fast_clock):
    memory = Memory(tmp_path / "county.json")
    scenario = fridge("cty-d", Fault(FaultKind.GATEWAY_OFF, "cty-d", at_min=-60, until_min=-30))
    channel = f"cty-d/{LOGGER}.1/temperature"
    async with answering(mosquitto.settings("tester"), "cty-d") as collector, running(mosquitto, scenario, memory):
        await until(lambda: len(collector.readings[channel]) >= 331)
    told = minutes(collector, memory.story(None).live_at_ms, channel)
    assert [(a, b) for a, b in itertools.pairwise(told) if b - a != 1] == [(-61.0, -30.0)]


async def test_a_restarted_county_goes_on_where_it_stood_and_changes_nothing(mosquitto, tmp_path, fast_clock):
    scenario, memory = fridge("cty-e"), Memory(tmp_path / "county.json")
    channel = f"cty-e/{LOGGER}.1/temperature"
    async with answering(mosquitto.settings("tester"), "cty-e") as collector:
        async with running(mosquitto, scenario, memory):
            await until(lambda: len(collector.readings[channel]) >= 361)
            await until(lambda: memory.story(None).settled_ms.get("cty-e", 0) > memory.story(None).live_at_ms)
        began, repeated = len(collector.readings[channel]), collector.twice
        async with running(mosquitto, scenario, memory):
            await until(lambda: len(collector.readings[channel]) >= began + 3)
    told = minutes(collector, memory.story(None).live_at_ms, channel)
    assert told == [float(n) for n in range(-359, -359 + len(told))]
    assert collector.changed == []
    assert collector.twice - repeated < 100  # some minutes again, not six hours of five channels


def test_the_same_seed_measures_the_same():
    def a_day():
        site = Site(fridge("x"), fridge("x").facilities[0], Story(0, {}))
        return [site.step() for _ in range(2000)]

    assert a_day() == a_day()


@pytest.mark.parametrize("text", ["", "[]", '{"live_at_ms": "x", "settled_ms": {}}', '{"live_at_ms": 1}'])
def test_a_damaged_memory_is_refused_by_name(tmp_path, text):
    (tmp_path / "county.json").write_text(text)
    with pytest.raises(BadInput, match=r"county\.json: county: the file is damaged; remove it"):
        Memory(tmp_path / "county.json").story(None)


def test_a_memory_keeps_what_it_is_told(tmp_path):
    memory = Memory(tmp_path / "county.json")
    memory.keep(Story(5, {"a": 7}))
    assert memory.story(9) == Story(5, {"a": 7})
    assert json.loads((tmp_path / "county.json").read_text()) == {"live_at_ms": 5, "settled_ms": {"a": 7}}


def test_a_new_story_goes_live_when_its_history_will_have_been_sent(tmp_path, fast_clock):
    live_at_ms = Memory(tmp_path / "county.json").story(None).live_at_ms
    assert live_at_ms % 60_000 == 0
    assert 9 <= (live_at_ms - clock.now()) / 60_000 <= 11
