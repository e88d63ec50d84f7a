"""A press on a page, by the API or on the command line: what one message told of one facility is taken at once."""

import asyncio

import pytest

from coldchain.archive import alarms
from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Archive
from coldchain.archive.telling import taking, together
from coldchain.archive.telling.taking import Act
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState
from tests.archive.small import T0, fill
from tests.archive.telling.cast import end, queued, rung

HERE, THERE = "511900012", "511900013"
AT = T0 + 60_000
RINGING, SEEN, TAKEN = AlarmState.RINGING, AlarmState.SEEN, AlarmState.TAKEN


@pytest.fixture(autouse=True)
async def _places(archive: Archive) -> None:
    await fill(archive)


async def told(archive: Archive, facility: str | None = HERE, **notice: object) -> Alarm:
    alarm = await rung(archive, facility=facility)
    await queued(archive, alarm, **{"state": "told", "fold": "f", **notice})
    return alarm


async def press(archive: Archive, alarm: Alarm, act: str = "going", by: str = "Ada", **said: object) -> list[int]:
    async with archive.writing() as tx:
        return [each.id for each in await together.take(tx, Act(alarm.id, act, by, AT, **said))]  # type: ignore[arg-type]


async def states(archive: Archive, *which: Alarm) -> list[AlarmState]:
    async with archive.reading() as tx:
        found = await alarms.alarms(tx, [each.id for each in which])
    return [found[each.id].state for each in which]


async def test_the_other_parts_of_the_facility_in_the_same_message_are_taken_too(archive: Archive):
    one, two = await told(archive), await told(archive, state="folded")
    elsewhere, other = await told(archive, THERE), await told(archive, fold="g")
    assert await press(archive, two) == [two.id, one.id]
    assert await states(archive, one, two, elsewhere, other) == [TAKEN, TAKEN, RINGING, RINGING]


@pytest.mark.parametrize("act", ["door", "false", "note"])
async def test_what_one_alarm_is_says_nothing_of_its_neighbours(archive: Archive, act: str):
    one, two = await told(archive), await told(archive)
    assert await press(archive, one, act) == [one.id]
    async with archive.reading() as tx:
        assert await alarms.last_why(tx, two.id) == "raised"


async def test_what_another_person_is_on_the_way_to_stays_theirs(archive: Archive):
    one, two = await told(archive), await told(archive)
    async with archive.writing() as tx:
        await taking.take(tx, Act(two.id, "going", "Bo", AT, 10))
    assert await press(archive, one, eta_min=60) == [one.id]
    async with archive.reading() as tx:
        assert (await alarms.alarm(tx, two.id)).taken_by == "Bo"


async def test_who_goes_anew_says_a_new_time_for_all_of_it(archive: Archive):
    one, two = await told(archive), await told(archive)
    await press(archive, one, eta_min=60)
    assert await press(archive, two, eta_min=20) == [two.id, one.id]
    async with archive.reading() as tx:
        assert (await alarms.alarm(tx, one.id)).eta_at == AT + 20 * 60_000


async def test_seen_takes_only_what_still_rings(archive: Archive):
    one, two, three = await told(archive), await told(archive), await told(archive)
    async with archive.writing() as tx:
        await taking.take(tx, Act(three.id, "seen", "Bo", AT))
    assert await press(archive, one, "seen") == [one.id, two.id]
    assert await states(archive, one, two, three) == [SEEN, SEEN, SEEN]


async def test_an_alarm_that_is_over_is_refused_and_takes_nothing_with_it(archive: Archive):
    one, two = await told(archive), await told(archive)
    await end(archive, one)
    with pytest.raises(BadInput, match="is over"):
        await press(archive, one)
    assert await states(archive, two) == [RINGING]


async def test_a_part_that_is_over_stays_over(archive: Archive):
    one, two = await told(archive), await told(archive)
    await end(archive, two)
    assert await press(archive, one) == [one.id]


async def test_of_no_facility_an_alarm_is_taken_alone(archive: Archive):
    one, _ = await told(archive, None), await told(archive, None)
    assert await press(archive, one) == [one.id]


async def test_a_message_that_only_says_it_is_over_binds_nothing(archive: Archive):
    one, _ = await told(archive, level=0, kind="over"), await told(archive, level=0, kind="over")
    assert await press(archive, one) == [one.id]


async def test_by_its_code_it_is_the_same(archive: Archive):
    one, two = await told(archive), await told(archive)
    async with archive.writing() as tx:
        found = await together.take(tx, Act(str(one.code).lower(), "going", "Ada", AT))
    assert [each.id for each in found] == [one.id, two.id]


async def test_two_people_who_press_two_parts_at_once_wait_for_each_other(archive: Archive):
    one, two = await told(archive), await told(archive)
    done = await asyncio.gather(press(archive, one, by="Ada"), press(archive, two, by="Bo"))
    assert sorted(len(each) for each in done) == [1, 2]  # the later one takes what they pressed, and nothing else
