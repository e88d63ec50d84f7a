"""`coldchain alarms`: list, show, take, close, drill, figures, on the folder of a site whose clock is its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from coldchain import clock
from coldchain.admin.alarms import alarms as words
from coldchain.admin.terminal import when
from coldchain.archive import alarms, cases, drills, tables
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.drills import Drill, DrillState, Link
from coldchain.archive.facilities.days import SITE
from coldchain.archive.telling import notices, taking
from coldchain.archive.telling.notices import NewNotice, Outcome
from coldchain.archive.telling.taking import Act
from coldchain.errors import BadInput, Unavailable
from coldchain.excursion import AlarmState, Kind, Severity
from tests.archive.small import T0, fill
from tests.parts.archives import on_sqlite

PLACE = "511900012"
HOUR = 3_600_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A demo's: its clock is at T0 and does not run."""
    (tmp_path / "clock").write_text(clock.Scale(clock.wall() + 10 * HOUR, T0, 1.0).text())
    return tmp_path


@pytest.fixture
async def archive(folder: Path) -> AsyncIterator[Archive]:
    async with open_archive(on_sqlite(folder)) as opened:
        await fill(opened)
        yield opened


async def ring(archive: Archive, *, observation: int | None = None) -> Alarm:
    is_drill = observation is not None
    new = NewAlarm(
        kind=Kind.DRILL if is_drill else Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=T0,
        facility=PLACE, is_drill=is_drill, observation=observation,
    )  # fmt: skip
    async with archive.writing() as tx:
        return await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", T0))


async def told(archive: Archive, alarm: Alarm) -> None:
    """Somebody was told of it by a text message."""
    async with archive.writing() as tx:
        [(transition, _)] = [pair for pair in await alarms.unexpanded(tx) if pair[1].id == alarm.id]
        new = NewNotice(
            transition=transition.id, alarm=alarm.id, person="1", channel="sms", step=1, text_zh="演练 热", text_en="hot",
            created_at=T0, level=1, sent_to="+8613800138000",
        )  # fmt: skip
        await notices.make(tx, [new])
        [claimed] = await notices.claim(tx, "w", 0.0, 60.0)
        await notices.settle(tx, [(claimed, Outcome("told", T0, "ok", "accepted"))])


async def run(folder: Path, *said: str) -> Result:
    """In a thread of its own, while others go on here."""
    runner = CliRunner(env={"NO_COLOR": "1"})
    line = [*said, "--data", str(folder)]
    with ThreadPoolExecutor(1) as thread:
        return await asyncio.get_running_loop().run_in_executor(thread, lambda: runner.invoke(words, line))


async def ask(folder: Path, *said: str) -> Any:
    result = await run(folder, *said, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_an_alarm_is_listed_shown_taken_and_closed(archive: Archive, folder: Path):
    alarm = await ring(archive)
    await told(archive, alarm)
    [listed] = (await ask(folder, "list"))["items"]
    assert (listed["code"], listed["drill"], listed["facility"]) == (alarm.code, False, PLACE)
    taken = await ask(folder, "take", str(alarm.code), "going", "--eta-min", "20", "--actor", "Ada")
    assert (taken["state"], taken["taken_by"]) == ("taken", "Ada")
    shown = await ask(folder, "show", "1")
    assert [each["why"] for each in shown["steps"]] == ["raised", "taken"]
    assert (shown["notices"][0]["name"], shown["notices"][0]["state"]) == ("李小琴", "told")
    assert "13800138000" not in json.dumps(shown)
    async with archive.writing() as tx:
        await alarms.change(tx, await alarms.alarm(tx, 1), Arrow(AlarmState.ENDED, "ended", T0 + HOUR))
    closed = await ask(folder, "close", "1", "--cause", "door", "--measure", "shut", "--actor", "Ada")
    assert closed["state"] == "closed"
    assert (await ask(folder, "list", "--state", "ringing"))["items"] == []


async def test_what_the_same_message_told_of_the_same_place_is_taken_with_it(archive: Archive, folder: Path):
    for alarm in [await ring(archive), await ring(archive)]:
        await told(archive, alarm)
    async with archive.writing() as tx:
        for notice in await tx.scalars(select(tables.Notice)):
            notice.fold = "f"
    taken = await ask(folder, "take", "1", "seen", "--actor", "Ada")
    assert (taken["id"], taken["together"]) == (1, [2])
    said = await run(folder, "take", "2", "going", "--actor", "Ada")
    assert said.stdout.splitlines() == ["2\ttaken\tAda", "1\ttaken\tAda"]


async def test_people_act_in_the_time_of_the_site(archive: Archive, folder: Path):
    await ring(archive)
    await ask(folder, "take", "1", "going", "--eta-min", "30", "--actor", "Ada")
    async with archive.reading() as tx:
        alarm = await alarms.alarm(tx, 1)
    assert (alarm.taken_at, alarm.eta_at) == (T0, T0 + HOUR // 2)


async def test_a_story_reads_in_the_order_in_which_it_happened(archive: Archive, folder: Path):
    alarm = await ring(archive)
    await told(archive, alarm)
    lines = (await run(folder, "show", "1")).stdout.splitlines()
    assert str(alarm.code) in lines[0]
    assert when(T0) in lines[0]
    assert all(line.startswith(clock.iso(T0, SITE)) for line in lines[1:])
    assert any("sms → 李小琴" in line for line in lines[1:])


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (("show", "9"), "alarm: 9 is unknown"),
        (("show", "nonsense"), "is no alarm's code"),
        (("take", "9", "seen", "--actor", "Ada"), "alarm: 9 is unknown"),
        (("drill", "--facility", "X"), "facility: X is unknown"),
        (
            ("figures", "--start", "2026-07-02T00:00:00Z", "--end", "2026-07-01T00:00:00Z"),
            "end: is not after the start",
        ),
        (("figures", "--month", "2026-13"), "month: '2026-13' is no month; write it as 2026-07"),
        (("figures", "--month", "2026-07", "--end", "2026-07-01T00:00:00Z"), "--month: stands beside"),
    ],
)
@pytest.mark.usefixtures("archive")
async def test_what_cannot_be_is_refused_by_name(folder: Path, said: tuple[str, ...], complaint: str):
    refused = (await run(folder, *said)).exception
    assert isinstance(refused, BadInput)
    assert complaint in str(refused)


async def alerting(archive: Archive, state: DrillState, **found: Any) -> None:
    """What alerting does of a drill that is asked for."""
    async with asyncio.timeout(60):
        while not (asked := await _going_on(archive)):
            await asyncio.sleep(0.05)
    [drill] = asked
    async with archive.writing() as tx:
        await drills.move(tx, drill, DrillState.RUNNING, T0, begun_at=T0, answer_by=T0 + HOUR, people=[1])
        new = NewObservation(
            kind=Kind.DRILL, subject=f"{PLACE}/1", severity=Severity.CRITICAL, start=T0, seen_at=T0, detail={}
        )  # fmt: skip
        seen = await cases.observe(tx, new)
        await drills.attach(tx, drill.id, seen.id, T0)
    alarm = await ring(archive, observation=seen.id)
    await told(archive, alarm)
    async with archive.writing() as tx:
        await taking.take(tx, Act(alarm.id, "seen", "李小琴", T0, way="sms"))
        running = await drills.drill(tx, drill.id)
        assert running is not None
        await drills.move(tx, running, state, T0 + 9, **found)


async def _going_on(archive: Archive) -> list[Drill]:
    async with archive.reading() as tx:
        return await drills.going_on(tx)


async def test_a_drill_is_waited_for_and_says_what_it_verified(archive: Archive, folder: Path):
    said, _ = await asyncio.gather(
        ask(folder, "drill", "--facility", PLACE, "--actor", "root"),
        alerting(archive, DrillState.VERIFIED, ways=["sms"]),
    )
    assert (said["verified"], said["by_ways"], said["by"]) == (True, ["sms"], "root")
    assert [(each["channel"], each["state"]) for each in said["notices"]] == [("sms", "told")]
    assert said["answers"][0]["by"] == "李小琴"
    assert said["people"] == [{"person": 1, "name": "李小琴"}]
    [again] = (await ask(folder, "drills", "--facility", PLACE))["items"]
    assert again == said


async def test_a_broken_path_ends_with_one_and_names_the_link(archive: Archive, folder: Path):
    result, _ = await asyncio.gather(
        run(folder, "drill", "--facility", PLACE),
        alerting(archive, DrillState.FAILED, link=Link.WAY.value, words="李小琴: sms refused"),
    )
    assert result.exit_code == 1
    assert "way: 李小琴: sms refused" in result.stdout
    assert "sms → 李小琴\ttold" in result.stdout


@pytest.mark.usefixtures("archive")
async def test_a_drill_that_nobody_runs_is_not_waited_for_for_ever(folder: Path):
    refused = (await run(folder, "drill", "--facility", PLACE, "--wait", "0")).exception
    assert isinstance(refused, Unavailable)
    assert "is alerting running?" in str(refused)


async def test_figures_are_printed_by_clinic_and_shift(archive: Archive, folder: Path):
    await ring(archive)
    span = ("--start", "2026-07-01T00:00:00+08:00", "--end", "2026-07-31T00:00:00+08:00")
    said = await ask(folder, "figures", *span)
    whole = await ask(folder, "figures", "--month", "2026-07")
    assert (whole["start"], whole["end"]) == ("2026-06-30T16:00:00+00:00", "2026-07-31T16:00:00+00:00")
    [response] = said["responses"]
    assert (response["facility"], response["shift"], response["alarms"]) == (PLACE, "day", 1)
    assert said["loads"][0]["alarms_per_fridge_month"] is not None
    assert f"{PLACE}\tday\t1 alarms" in (await run(folder, "figures", *span)).stdout
