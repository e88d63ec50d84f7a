"""What somebody answered to a gateway's own text takes the alarm once the server knows of it, as a reply to itself would."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from alerting.receipts import Receipts
from coldchain.archive import edge, people
from coldchain.archive.audit import By
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.tables import NoticeReply
from coldchain.archive.telling.story import story
from tests.alerting.cast import MINUTE, PROBE, T0, Clinic
from tests.alerting.desks import Desks, act, alarm, is_told_true, ring
from tests.alerting.ways import Ladder, level, person

ADA = "+8613800138000"
TWO = Ladder(level(1, 0, person(1, "sms")), level(2, 10, person(2, "sms")))


async def written(clinic: Clinic, words: str, minutes: int = 0, changes: Mapping[str, object] | None = None) -> None:
    """Ada, whose number is registered, answers her gateway's text so many minutes before now."""
    at = clinic.now - minutes * MINUTE
    event = {
        "gateway": "gw-1", "channel": PROBE, "anchor": T0 - MINUTE, "at": at, "way": "modem", "act": "begin",
        "person": "Ada", "phone_number": ADA, "answer": "replied", "words": words, "received_at": clinic.now,
    } | dict(changes or {})  # fmt: skip
    await edge.keep(clinic.archive, [EdgeNotice(**event)])  # type: ignore[arg-type] # a table of fields


async def look(clinic: Clinic, tmp_path: Path) -> int:
    return await Receipts(clinic.archive, {}, asyncio.Event(), tmp_path).look(clinic.now, 0.0)


async def replies(clinic: Clinic) -> list[NoticeReply]:
    async with clinic.archive.reading() as tx:
        return (await story(tx, 1)).replies


@pytest.fixture
async def rung(clinic: Clinic) -> Clinic:
    async with clinic.archive.writing() as tx:
        ada = people.NewPerson(name="Ada", facility="511900012000", post="keeper", phone=ADA)
        await people.put_persons(tx, [ada], By("tests", T0 - MINUTE))
    await ring(clinic)
    return clinic


async def test_whoever_wrote_that_they_go_is_awaited_and_nobody_else_is_called(rung: Clinic, tmp_path: Path):
    await written(rung, "1 30", minutes=4)
    assert await look(rung, tmp_path) == 1
    found = await alarm(rung)
    assert (found.state, found.taken_by, found.eta_at) == ("taken", "Ada", rung.now + 26 * MINUTE)
    desks = Desks(rung, TWO)
    await desks.tell()
    await desks.tell(20)
    assert desks.called == []
    await desks.tell(7)
    assert desks.called != []  # not there in time
    assert await is_told_true(rung.archive)


async def test_it_is_heard_once_and_stands_in_the_story_without_a_text_back(rung: Clinic, tmp_path: Path):
    await written(rung, "1 30")
    assert [await look(rung, tmp_path) for _ in range(3)] == [1, 0, 0]
    [reply] = await replies(rung)
    assert (reply.provider, reply.person, reply.text, reply.outcome) == ("modem", "Ada", "1 30", "going")
    assert (reply.text_back, reply.text_back_state) == ("", "")


async def test_who_should_be_there_by_now_is_awaited_for_a_moment_and_others_are_called(rung: Clinic, tmp_path: Path):
    await written(rung, "1 30", minutes=300)
    await look(rung, tmp_path)
    assert (await alarm(rung)).eta_at == rung.now + MINUTE
    desks = Desks(rung, TWO)
    await desks.tell(2)
    assert desks.called != []


@pytest.mark.parametrize(
    ("words", "changes", "outcome"),
    [
        ("1 30", {"phone_number": "+8613900139000"}, "stranger"),
        ("谁啊", {}, "unclear"),
        ("1 999", {}, "late"),
        ("2", {}, "seen"),
    ],
)
async def test_what_takes_nothing_is_kept_and_the_ladder_goes_on(
    rung: Clinic, tmp_path: Path, words: str, changes: dict[str, object], outcome: str
):
    await written(rung, words, changes=changes)
    await look(rung, tmp_path)
    [reply] = await replies(rung)
    assert reply.outcome == outcome
    assert (await alarm(rung)).state == ("seen" if outcome == "seen" else "ringing")


@pytest.mark.parametrize(
    "changes",
    [
        {"anchor": T0 - 24 * 60 * MINUTE},
        {"channel": "gw-1/other/temperature"},
        {"boot": "b-1"},
        {"answer": "delivered"},
    ],
)
async def test_what_was_not_answered_of_this_takes_nothing(rung: Clinic, tmp_path: Path, changes: dict[str, object]):
    await written(rung, "1 30", changes=changes)
    assert await look(rung, tmp_path) == 0
    assert (await alarm(rung)).state == "ringing"


async def test_it_waits_for_an_alarm_that_is_not_there_yet(clinic: Clinic, tmp_path: Path):
    clinic.now = T0
    await written(clinic, "1 30")
    assert await look(clinic, tmp_path) == 0
    await ring(clinic)
    assert await look(clinic, tmp_path) == 1


async def test_who_is_on_the_way_stays_so_when_an_older_answer_says_less(rung: Clinic, tmp_path: Path):
    await act(rung, "going", eta_min=10)
    before = await alarm(rung)
    await written(rung, "2", minutes=3)
    await look(rung, tmp_path)
    assert await alarm(rung) == before
