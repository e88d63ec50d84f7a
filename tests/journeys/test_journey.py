"""One reading's whole way on real parts, killed on the way: what the probes said is what is stored, once."""

import asyncio
import random
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import open_archive
from coldchain.excursion import CaseState, Kind
from tests.journeys.chain import DAY_S, FREEZER, FRIDGE, GATEWAY, REAL_INTERVAL, chain
from tests.parts.influx import influx_server
from tests.parts.mosquitto import mosquitto_broker

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

# In each journey every service dies once, at the N-th passage of a named point.
CRASHES = [
    {"gateway": "spool.after_append:5", "collector": "store.before_write:3", "alerting": "alerting.before_commit:2"},
    {"gateway": "uplink.after_publish:4", "collector": "store.after_write:3", "alerting": "alerting.after_commit:2"},
    {"gateway": "spool.after_settle:4", "collector": "store.after_arrival:3", "alerting": "notify.after_claim:1"},
    {"gateway": "spool.after_form:4", "collector": "store.after_ack:3", "alerting": "notify.after_deliver:1"},
]


@pytest.fixture
def short_folder(parts_folder, request):
    """A folder of this test's own with a short path: a pty's link and a socket's name must fit."""
    folder = parts_folder / f"j{abs(hash(request.node.name)) % 10**8}"
    folder.mkdir()
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def archive_url(request, short_folder):
    if request.param == "postgres":
        return request.getfixturevalue("postgres").url()
    return f"sqlite:///{short_folder / 'archive.sqlite'}"


def check_readings(trace, said):
    """Each stored value was said, in the order in which it was said, and none twice."""
    spoken = [one.value for one in said]
    stored = [value for value in trace.v if value is not None]  # None: the gateway asked and nobody answered
    assert len(set(spoken)) == len(spoken), "the ledger itself must not repeat"
    assert [value for value in spoken if value in set(stored)] == stored
    assert trace.t == sorted(set(trace.t))


async def check_all_stored(running):
    for channel in (FRIDGE, FREEZER):
        trace = await running.stored(channel)
        missing = running.owed(channel) - set(trace.v)
        assert not missing, f"{channel}: {sorted(missing)} of {len(trace)}"
        check_readings(trace, running.story.ledger.said[channel])


async def heat_cases(running):
    async with open_archive(running.archive) as archive, archive.reading() as tx:
        heat = select(tables.Excursion).where(tables.Excursion.channel == FRIDGE, tables.Excursion.kind == Kind.HEAT)
        return [case for case in await tx.scalars(heat) if case.state in (CaseState.OPEN, CaseState.CLOSED)]


async def until_judged(running, is_so, seconds=60):
    """Wait until the heat cases are as `is_so` wants them; return them."""
    async with asyncio.timeout(seconds):
        while not is_so(found := await heat_cases(running)):
            await asyncio.sleep(0.25)
        return found


async def check_the_one_excursion(running):
    """One heat excursion: from the first hot value said and stored to the last, with its lot, told once."""
    found = await until_judged(running, lambda found: [case.state for case in found] == [CaseState.CLOSED])
    trace = await running.stored(FRIDGE)
    hot = [time for time, value in zip(trace.t, trace.v, strict=True) if value is not None and value > 8.0]
    assert (found[0].first_bad, found[0].last_bad) == (hot[0], hot[-1])
    assert [lot["lot"] for lot in found[0].lots] == ["L1"]
    assert found[0].equipment == "F1"
    async with asyncio.timeout(90):  # a claim of a killed process runs out
        while "told" not in (states := await notices_of(running, found[0].id)):
            await asyncio.sleep(0.25)
    assert set(states) <= {"told", "claimed", "waiting"}


async def notices_of(running, case):
    """The states of what was told about a case; it has one alarm and no second."""
    async with open_archive(running.archive) as archive, archive.reading() as tx:
        rung = list(await tx.scalars(select(tables.Alarm.id).where(tables.Alarm.excursion == case)))
        assert len(rung) <= 1
        return list(await tx.scalars(select(tables.Notice.state).where(tables.Notice.alarm.in_(rung))))


async def heat_for(running, intervals):
    running.story.is_hot = True
    await asyncio.sleep(intervals * REAL_INTERVAL)
    running.story.is_hot = False


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: " ".join(crash.values()))
async def test_processes_that_die_at_named_points_lose_and_double_nothing(mosquitto, influx, short_folder, crash):
    url = f"sqlite:///{short_folder / 'archive.sqlite'}"
    async with chain(short_folder, mosquitto, influx.settings(), url, crash) as running:
        await asyncio.sleep(2 * REAL_INTERVAL)
        hot = asyncio.create_task(heat_for(running, 24))
        await running.all_die_once(crash)
        await hot
        await asyncio.sleep(3 * REAL_INTERVAL)
        await running.silence()
        await running.settle()
        await check_all_stored(running)
        await check_the_one_excursion(running)


async def a_journey(running, broker, influx, rng, cut_s):
    """Everything is killed in turn while the fridge grows hot and cold again; then the network is cut for a day."""
    await asyncio.sleep(4 * REAL_INTERVAL)
    hot = asyncio.create_task(heat_for(running, 30))
    for victim in ("collector", "gateway", "alerting"):
        await asyncio.sleep(rng.uniform(0, 4 * REAL_INTERVAL))
        running.kill(victim)
        await asyncio.sleep(rng.uniform(0, 2 * REAL_INTERVAL))
        await running.again(victim)
    for part in (broker, influx):
        await asyncio.sleep(rng.uniform(0, 4 * REAL_INTERVAL))
        part.kill()
        await asyncio.sleep(rng.uniform(0, 4 * REAL_INTERVAL))
        await asyncio.to_thread(part.start)
    await hot
    await asyncio.sleep(6 * REAL_INTERVAL)
    broker.kill()
    await asyncio.sleep(cut_s)
    await asyncio.to_thread(broker.start)
    await asyncio.sleep(4 * REAL_INTERVAL)
    await running.silence()
    await running.settle(90)
    await check_all_stored(running)
    await check_the_one_excursion(running)


async def test_every_part_is_killed_in_turn_and_the_network_is_cut_for_a_day(short_folder, archive_url):
    with (
        mosquitto_broker(short_folder / "mosquitto", [GATEWAY]) as broker,
        influx_server(short_folder / "influx") as influx,
    ):
        async with chain(short_folder, broker, influx.settings(), archive_url) as running:
            await a_journey(running, broker, influx, random.Random(1), cut_s=DAY_S)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_many_journeys_at_random_instants(parts_folder, request):
    seed = request.config.getoption("--seed")
    print(f"seed {seed}")
    rng = random.Random(seed)
    for n in range(10):
        folder = parts_folder / f"soak{n}"
        folder.mkdir()
        async with AsyncExitStack() as stack:
            broker = stack.enter_context(mosquitto_broker(folder / "mosquitto", [GATEWAY]))
            influx = stack.enter_context(influx_server(folder / "influx"))
            url = f"sqlite:///{folder / 'archive.sqlite'}"
            running = await stack.enter_async_context(chain(folder, broker, influx.settings(), url))
            await a_journey(running, broker, influx, rng, cut_s=rng.uniform(5, 60))
