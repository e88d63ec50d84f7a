"""Many troubles at once: raised together as they would be one by one, and the first not after the last."""

from alerting import alarms as following
from alerting.feed import AT_ONCE, Inbox
from coldchain.archive import alarms, cases
from coldchain.archive.cases import NewObservation
from coldchain.excursion import AlarmState, Kind, Severity
from coldchain.wire import Block, Feed
from tests.alerting.cast import MINUTE, T0, Clinic


def a_feed(position: int, series: int) -> Feed:
    blocks = {f"gw-{position}/28ff{n}/temperature": Block(t0=T0, step=MINUTE, v=[4.5]) for n in range(series)}
    return Feed("c", 0, position, position - 1, [], blocks)


async def test_of_what_waits_a_chunk_takes_so_much_and_the_next_the_rest_in_order():
    inbox = Inbox()
    for position in range(1, 61):
        inbox.put(a_feed(position, 4))
    first, second, third = await inbox.take(0.0), await inbox.take(0.0), await inbox.take(0.0)
    assert [sum(len(feed.series or ()) for feed in each) for each in (first, second, third)] == [AT_ONCE, AT_ONCE, 40]
    assert [feed.position for each in (first, second, third) for feed in each] == list(range(1, 61))
    assert await inbox.take(0.0) == []


async def see(clinic: Clinic, *subjects: str, end: int | None = None) -> list[int]:
    async with clinic.archive.writing() as tx:
        return [
            (await cases.observe(tx, NewObservation(
                kind=Kind.SILENCE, subject=subject, severity=Severity.WARNING, start=T0, seen_at=T0, end=end,
                detail={"equipment": ["BX1"] if subject == "gw-1" else []},
            ))).id
            for subject in subjects
        ]  # fmt: skip


async def follow(clinic: Clinic, at: int) -> int:
    async with clinic.archive.writing() as tx:
        return await following.follow(tx, at)


async def said(clinic: Clinic) -> list[tuple[int | None, AlarmState, int]]:
    """Of each alarm what it is about, how it stands, and how often it came again."""
    async with clinic.archive.reading() as tx:
        found = await alarms.alarms(tx, range(1, 100))
    assert len({each.code for each in found.values()}) == len(found)
    return [(each.observation, each.state, each.score) for each in found.values()]


async def test_many_new_troubles_each_have_their_alarm(clinic: Clinic):
    ids = await see(clinic, *(f"gw-{n}" for n in range(30)))
    assert await follow(clinic, T0) == 30
    assert await said(clinic) == [(seen, AlarmState.RINGING, 0) for seen in ids]
    assert await follow(clinic, T0 + 1) == 0


async def test_among_many_new_ones_what_ended_lately_rings_again_under_its_own_alarm(clinic: Clinic):
    [old] = await see(clinic, "gw-2")
    await follow(clinic, T0)
    async with clinic.archive.writing() as tx:
        await cases.end_observation(tx, old, T0 + 1)
    await follow(clinic, T0 + 2)
    first, again, third = await see(clinic, "gw-1", "gw-2", "gw-3")
    assert await follow(clinic, T0 + MINUTE) == 3
    found = await said(clinic)
    assert found[0] == (again, AlarmState.RINGING, 1)
    assert sorted(found[1:], key=str) == [(first, AlarmState.RINGING, 0), (third, AlarmState.RINGING, 0)]


async def test_of_one_subject_what_is_over_already_and_what_goes_on_are_one_alarm_that_came_again(clinic: Clinic):
    await see(clinic, "gw-2", end=T0 + 1)
    [going_on, other] = await see(clinic, "gw-2", "gw-3")
    await follow(clinic, T0 + 2)
    assert sorted(await said(clinic), key=str) == [(going_on, AlarmState.RINGING, 1), (other, AlarmState.RINGING, 0)]


async def test_alarms_that_are_raised_together_have_an_arrow_each(clinic: Clinic):
    await see(clinic, *(f"gw-{n}" for n in range(3)))
    await follow(clinic, T0)
    async with clinic.archive.reading() as tx:
        waiting = await alarms.unexpanded(tx)
    assert [(arrow.alarm, arrow.before, arrow.after, arrow.why) for arrow, _ in waiting] == [
        (n, None, AlarmState.RINGING, "raised") for n in (1, 2, 3)
    ]
