"""What is done behind a link: the same as by a text message, by whoever was told, and no more than five tries in vain an hour."""

import asyncio

import pytest

from coldchain.archive import alarms
from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Archive
from coldchain.archive.telling import linking
from coldchain.archive.telling.linking import MOST_TRIES, WITHIN_MS, Tapped
from coldchain.excursion import AlarmState
from tests.archive.small import T0, fill
from tests.archive.telling.cast import queued, rung

LI = "+8613800138000"
AT = T0 + 60_000
RIGHT, WRONG = "8000", "0001"


@pytest.fixture(autouse=True)
async def _people(archive: Archive) -> None:
    await fill(archive)


async def told(archive: Archive, facility: str = "511900012", **notice: object) -> Alarm:
    """An alarm of which 李小琴 was told."""
    alarm = await rung(archive, facility=facility)
    await queued(archive, alarm, **{"sent_to": LI, "state": "told", **notice})
    return alarm


async def tap(archive: Archive, alarm: Alarm, digits: str, at: int = AT) -> str:
    async with archive.writing() as tx:
        return await linking.tap(tx, alarm.id, Tapped("going", digits, 20), at)


async def states(archive: Archive, *which: Alarm) -> list[AlarmState]:
    async with archive.reading() as tx:
        found = await alarms.alarms(tx, [each.id for each in which])
    return [found[each.id].state for each in which]


async def test_one_message_is_taken_for_its_facility_as_by_a_text(archive: Archive):
    one, two = await told(archive, fold="f"), await told(archive, fold="f")
    elsewhere = await told(archive, "511900013", fold="f")
    other = await told(archive, fold="g")
    assert await tap(archive, one, RIGHT) == "going"
    taken, ringing = AlarmState.TAKEN, AlarmState.RINGING
    assert await states(archive, one, two, elsewhere, other) == [taken, taken, ringing, ringing]


async def test_many_at_once_try_no_more_often(archive: Archive):
    alarm = await told(archive)
    said = await asyncio.gather(*(tap(archive, alarm, WRONG) for _ in range(MOST_TRIES + 4)))
    assert sorted(said) == ["not_yours"] * MOST_TRIES + ["often"] * 4


async def test_who_was_told_shuts_nobody_else_out_by_saying_so(archive: Archive):
    alarm = await told(archive)
    assert {await tap(archive, alarm, RIGHT) for _ in range(MOST_TRIES + 2)} == {"going"}
    for _ in range(MOST_TRIES):
        assert await tap(archive, alarm, WRONG) == "not_yours"
    assert await tap(archive, alarm, RIGHT) == "often"


async def test_an_hour_later_they_may_try_again(archive: Archive):
    alarm = await told(archive)
    for _ in range(MOST_TRIES):
        await tap(archive, alarm, WRONG)
    assert await tap(archive, alarm, RIGHT, AT + WITHIN_MS - 1) == "often"
    assert await tap(archive, alarm, RIGHT, AT + WITHIN_MS) == "going"


async def test_after_the_clock_went_back_the_tries_of_the_future_close_nothing(archive: Archive):
    alarm = await told(archive)
    for _ in range(MOST_TRIES):
        await tap(archive, alarm, WRONG, AT + 24 * WITHIN_MS)
    assert await tap(archive, alarm, RIGHT) == "going"
