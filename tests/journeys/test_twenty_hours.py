"""Twenty hours without network, a fridge that grew hot and cold again meanwhile: told once, as past, whoever is killed."""

import asyncio
import random

import pytest
from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import open_archive
from coldchain.excursion import AlarmState, CaseState, Kind
from tests.journeys.chain import DAY_S, FRIDGE, chain
from tests.parts.influx import influx_server
from tests.parts.mosquitto import mosquitto_broker

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

HOUR = DAY_S / 24  # real seconds


@pytest.fixture
def short_folder(parts_folder, request):
    """A folder of this test's own with a short path: a pty's link must fit."""
    folder = parts_folder / f"h{abs(hash(request.node.name)) % 10**8}"
    folder.mkdir()
    return folder


async def without_network(running, broker):
    """Three hours after the cut the fridge is hot for six; the network is back after twenty."""
    broker.kill()
    await asyncio.sleep(3 * HOUR)
    running.story.is_hot = True
    await asyncio.sleep(6 * HOUR)
    running.story.is_hot = False
    await asyncio.sleep(11 * HOUR)
    await asyncio.to_thread(broker.start)


async def kill_alerting_at_random(running, rng, times):
    for _ in range(times):
        await asyncio.sleep(rng.uniform(0.3, 1.5))
        running.kill("alerting")
        await running.again("alerting")


async def what_was_told(running):
    """The heat cases with their alarms, and for each alarm why it changed and what the desk was told."""
    async with open_archive(running.archive) as archive, archive.reading() as tx:
        heat = select(tables.Excursion).where(tables.Excursion.channel == FRIDGE, tables.Excursion.kind == Kind.HEAT)
        cases = list(await tx.scalars(heat))
        about = tables.Alarm.excursion.in_([case.id for case in cases])
        alarms = list(await tx.scalars(select(tables.Alarm).where(about)))
        mine = [alarm.id for alarm in alarms]
        arrows = list(await tx.scalars(select(tables.Transition.why).where(tables.Transition.alarm.in_(mine))))
        notices = select(tables.Notice).where(tables.Notice.alarm.in_(mine), tables.Notice.person == "desk")
        return cases, alarms, arrows, list(await tx.scalars(notices))


async def until_told(running, seconds=100):
    """A claim of a killed process runs out."""
    async with asyncio.timeout(seconds):
        while True:
            told = await what_was_told(running)
            if told[3] and all(notice.state == "told" for notice in told[3]):
                return told
            await asyncio.sleep(0.25)


async def test_twenty_hours_offline_are_one_excursion_told_once_as_past(short_folder):
    with (
        mosquitto_broker(short_folder / "mosquitto", ["gw-1"]) as broker,
        influx_server(short_folder / "influx") as influx,
    ):
        url = f"sqlite:///{short_folder / 'archive.sqlite'}"
        async with chain(short_folder, broker, influx.settings(), url) as running:
            await asyncio.sleep(HOUR)
            await without_network(running, broker)
            await kill_alerting_at_random(running, random.Random(7), times=4)
            await running.silence()
            await running.settle(90)
            cases, alarms, arrows, notices = await until_told(running)
            trace = await running.stored(FRIDGE)
    hot = [time for time, value in zip(trace.t, trace.v, strict=True) if value is not None and value > 8.0]
    assert [(case.state, case.first_bad, case.last_bad) for case in cases] == [(CaseState.CLOSED, hot[0], hot[-1])]
    assert [(alarm.state, alarm.is_past) for alarm in alarms] == [(AlarmState.ENDED, True)]
    assert arrows == ["past"]
    assert [lot["lot"] for lot in cases[0].lots] == ["L1"]
    assert sorted(notice.channel for notice in notices) == ["console", "page"]  # nobody has a post there: the desk
    assert all("已过去" in notice.text_zh and "past" in notice.text_en for notice in notices)
    assert running.log("alerting").count("past, found in late data") >= 1
