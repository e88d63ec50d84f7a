"""Which cases' alarms do not say what they say: asked after every decision, so by an index."""

from itertools import product

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from coldchain.archive import alarms, cases
from coldchain.archive.alarms import Arrow, NewAlarm
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive, Tx
from coldchain.archive.tables import Excursion
from coldchain.excursion import AlarmState, CaseState, Kind, Severity
from tests.archive.cast import a_case, keep, ring
from tests.archive.small import T0, fill

NOTE, WARNING, CRITICAL = Severity.NOTE, Severity.WARNING, Severity.CRITICAL
OPEN, CLOSED, WITHDRAWN = CaseState.OPEN, CaseState.CLOSED, CaseState.WITHDRAWN


async def unfollowed(archive: Archive) -> list[str]:
    async with archive.reading() as tx:
        return [case.id for case, _ in await alarms.unfollowed(tx)]


async def mark(archive: Archive) -> None:
    async with archive.writing() as tx:
        await alarms.mark_followed(tx)


@pytest.mark.parametrize("is_marked", [False, True])
async def test_without_an_alarm_a_case_that_counts_and_is_loud_is_unfollowed(archive: Archive, is_marked: bool):
    await fill(archive)
    states = [OPEN, CLOSED, WITHDRAWN]
    for n, (state, severity) in enumerate(product(states, [NOTE, WARNING])):
        await keep(archive, a_case(f"c{n}", state, severity=severity))
    if is_marked:
        await mark(archive)
    assert await unfollowed(archive) == ["c1", "c3"]


# What the case says now; what its alarm was raised as; how it went on; is it to be looked at?
PAIRS = [
    (OPEN, WARNING, WARNING, (), False),
    (OPEN, CRITICAL, WARNING, (), True),
    (OPEN, NOTE, WARNING, (), True),
    (OPEN, WARNING, WARNING, ("ended",), True),
    (OPEN, NOTE, WARNING, ("eased",), False),
    (CLOSED, WARNING, WARNING, (), True),
    (WITHDRAWN, WARNING, WARNING, (), True),
    (CLOSED, WARNING, WARNING, ("ended",), False),
    (CLOSED, WARNING, CRITICAL, ("ended",), False),
    (CLOSED, NOTE, WARNING, ("ended",), False),
    (CLOSED, CRITICAL, WARNING, ("ended",), True),
    (CLOSED, CRITICAL, WARNING, ("past",), True),
    (CLOSED, WARNING, NOTE, ("eased",), True),
    (CLOSED, WARNING, WARNING, ("withdrawn",), True),
    (CLOSED, WARNING, WARNING, ("merged",), True),
    (CLOSED, WARNING, CRITICAL, ("eased",), True),
    (CLOSED, NOTE, WARNING, ("withdrawn",), False),
    (CLOSED, WARNING, WARNING, ("withdrawn", "reopened", "ended"), False),
    (WITHDRAWN, CRITICAL, WARNING, ("withdrawn",), False),
]


async def test_an_alarm_that_does_not_say_what_its_case_says_is_looked_at(archive: Archive):
    await fill(archive)
    for n, (state, severity, raised, whys, _) in enumerate(PAIRS):
        await keep(archive, a_case(f"c{n:02}", state, severity=severity))
        await ring(archive, f"c{n:02}", raised, *whys)
    wanted = [f"c{n:02}" for n, pair in enumerate(PAIRS) if pair[-1]]
    assert await unfollowed(archive) == wanted
    await mark(archive)
    assert await unfollowed(archive) == wanted


@pytest.mark.parametrize(("waits", "rings_as_waiting"), list(product([False, True], repeat=2)))
async def test_an_alarm_that_lets_people_sleep_when_its_case_does_not_is_looked_at(
    archive: Archive, waits: bool, rings_as_waiting: bool
):
    await fill(archive)
    await keep(archive, a_case(waits_at_night=waits))
    await ring(archive, "c1", WARNING, waits=rings_as_waiting)
    await mark(archive)
    assert await unfollowed(archive) == ([] if waits is rings_as_waiting else ["c1"])


async def test_that_people_may_sleep_after_all_is_no_arrow(archive: Archive):
    await fill(archive)
    await keep(archive, a_case())
    await ring(archive, "c1", WARNING, waits=False)
    async with archive.writing() as tx:
        [(_, alarm)] = await alarms.unfollowed(tx)
        assert alarm is not None
        await alarms.let_wait(tx, alarm)
        assert [row.why for row, _ in await alarms.unexpanded(tx)] == ["raised"]
    assert await unfollowed(archive) == []


@pytest.mark.parametrize("why", ["past", "worsened"])
async def test_what_was_told_again_as_loudly_is_not_told_a_third_time(archive: Archive, why: str):
    await fill(archive)
    await keep(archive, a_case(state=CLOSED, severity=CRITICAL))
    await ring(archive, "c1", WARNING, "ended")
    async with archive.writing() as tx:
        [(_, alarm)] = await alarms.unfollowed(tx)
        assert alarm is not None
        arrow = Arrow(AlarmState.ENDED, why, T0 + 9)
        await alarms.change(tx, alarm, arrow, severity=CRITICAL, waits_at_night=True)
        told = await alarms.alarm(tx, alarm.id)
    assert (told.severity, told.state, told.waits_at_night) == (CRITICAL, AlarmState.ENDED, True)
    assert await unfollowed(archive) == []


async def test_a_followed_case_is_looked_at_again_when_it_was_written_again(archive: Archive):
    await fill(archive)
    await keep(archive, a_case(state=CLOSED))
    await ring(archive, "c1", WARNING, "ended")
    await mark(archive)
    await keep(archive, a_case(state=CLOSED, revision=2, severity=CRITICAL))
    assert await unfollowed(archive) == ["c1"]


async def test_what_rings_is_not_marked_as_followed_for_it_may_end_otherwise_than_it_should(archive: Archive):
    await fill(archive)
    await keep(archive, a_case("c1"), a_case("c2", CLOSED))
    await ring(archive, "c1", WARNING)
    await ring(archive, "c2", WARNING, "ended")
    await mark(archive)
    async with archive.reading() as tx:
        assert list(await tx.scalars(select(Excursion.id).where(Excursion.is_followed.is_(True)))) == ["c2"]


async def test_an_observation_without_an_alarm_is_unfollowed_once_it_is_loud(archive: Archive):
    async with archive.writing() as tx:
        seen = NewObservation(kind=Kind.SILENCE, subject="gw-1", severity=NOTE, start=T0, seen_at=T0, detail={})
        number = (await cases.observe(tx, seen)).id
        assert await alarms.unfollowed_observations(tx) == []
        await alarms.mark_followed(tx)
        await cases.make_louder(tx, number, WARNING)
        await alarms.mark_followed(tx)
        assert [each.id for each, _ in await alarms.unfollowed_observations(tx)] == [number]
        new = NewAlarm(observation=number, kind=Kind.SILENCE, severity=WARNING, state=AlarmState.RINGING, raised_at=T0)
        await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", T0))
        assert await alarms.unfollowed_observations(tx) == []
        await cases.end_observation(tx, number, T0 + 1)
        assert [each.id for each, _ in await alarms.unfollowed_observations(tx)] == [number]


async def test_an_observation_that_waits_no_longer_is_unfollowed(archive: Archive):
    async with archive.writing() as tx:
        lost = NewObservation(
            kind=Kind.POWER_LOSS, subject="F1", severity=WARNING, start=T0, seen_at=T0, waits_at_night=True, detail={}
        )
        number = (await cases.observe(tx, lost)).id
        new = NewAlarm(
            observation=number, kind=Kind.POWER_LOSS, severity=WARNING, state=AlarmState.RINGING, raised_at=T0,
            waits_at_night=True,
        )  # fmt: skip
        await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", T0))
        assert await alarms.unfollowed_observations(tx) == []
        await cases.make_louder(tx, number, WARNING)
        assert [(s.id, s.waits_at_night) for s, _ in await alarms.unfollowed_observations(tx)] == [(number, False)]


@pytest.mark.parametrize("engine", ["sqlite"])  # a small table of PostgreSQL's is always read whole
@pytest.mark.parametrize("ask", [alarms.unfollowed, alarms.unfollowed_observations, alarms.mark_followed])
async def test_the_questions_read_no_table_whole(archive: Archive, ask, monkeypatch: pytest.MonkeyPatch):
    plans: list[str] = []
    execute = Tx.execute

    async def explained(tx, statement):
        sql = str(statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        plans.extend(row[-1] for row in await execute(tx, text(f"explain query plan {sql}")))
        return []

    async with archive.writing() as tx:
        monkeypatch.setattr(Tx, "execute", explained)
        await ask(tx)
    assert any("is_followed" in step for step in plans)
    assert [step for step in plans if step.startswith("SCAN") and "SUBQUERY" not in step] == []
