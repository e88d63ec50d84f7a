"""Whose number it still is, asked by day of whoever is free, once: through the archive, with ways that fail as told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.notify.channels import Console, Page
from alerting.numbers import rounds
from alerting.numbers.rounds import Quarterly
from alerting.receipts import Receipts
from coldchain.archive import chains
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.duty import absences, askable, questions, standing, ways
from coldchain.archive.duty.absences import NewAbsence
from coldchain.archive.duty.questions import Question, QuestionState
from coldchain.archive.duty.standing import Standing
from coldchain.archive.duty.words import WayKind
from coldchain.archive.facilities import calendar, persons
from coldchain.archive.facilities.calendar import DayKind, NewCalendarDay
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.telling import attempts
from coldchain.archive.telling.attempts import Moment
from coldchain.providers.outcome import Answer, Channel, Limit, Receipt, State, Verdict
from tests.alerting.ways import Loudspeaker
from tests.archive.small import T0, fill
from tests.archive.telling.cast import end, queued, rung, sent

HOUR, DAY = 3_600_000, 86_400_000
NOON = T0 + 2 * HOUR  # Wednesday, 2026-07-01T10:00:00+08:00
CLINIC = "511900012"
BY = By("manager", T0, "test")
ZONE = ZoneInfo("Asia/Shanghai")
both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


class Asked:
    """A small county with one nurse and one way, at a clock that the test moves."""

    def __init__(self, archive: Archive, **how: object) -> None:
        self.archive = archive
        self.sms = Loudspeaker(name="sms", wakes=False)
        self.voice = Loudspeaker(name="voice")
        self.ways: dict[str, Channel] = {"console": Console(), "page": Page(), "sms": self.sms}
        self.how = replace(Quarterly(ZONE), **how)  # type: ignore[arg-type] # its fields

    async def look(self, at: int = NOON) -> int:
        return await rounds.look(self.archive, self.ways, self.how, Moment(at, at / 1000))

    async def rows(self) -> list[Question]:
        async with self.archive.reading() as tx:
            assert await chains.unseen(tx) == []
            return await questions.since(tx, 0)

    async def states(self) -> list[str]:
        return [each.state.value for each in await self.rows()]

    async def stands(self, at: int = NOON) -> Standing:
        async with self.archive.reading() as tx:
            return (await standing.standings(tx, at))[0].standing


@pytest.fixture
async def county(archive: Archive) -> Asked:
    await fill(archive)
    return Asked(archive)


@both
async def test_a_number_that_is_due_is_asked_once_by_that_very_way(county: Asked):
    assert await county.look() == 1
    [message] = county.sms.messages
    assert (message.address, message.kind) == ("+8613800138000", "number")
    assert "李小琴" in message.text
    for hours in (0, 1, 24, 6 * 24):
        assert await county.look(NOON + hours * HOUR) == 0
    assert await county.states() == ["asked"]
    assert await county.stands() is Standing.ASKED


async def test_who_does_not_answer_is_asked_again_after_a_week_and_then_left_alone(county: Asked):
    for day in range(60):
        await county.look(NOON + day * DAY)
    assert len(county.sms.messages) == askable.MOST_TIMES
    assert await county.states() == ["unanswered", "unanswered"]
    assert await county.stands(NOON + 60 * DAY) is Standing.UNANSWERED


@pytest.mark.parametrize("hours", [-10, -3, 10, 13])
async def test_nobody_is_asked_at_night(county: Asked, hours: int):
    assert await county.look(NOON + hours * HOUR) == 0


async def a_holiday(archive: Archive) -> None:
    async with archive.writing() as tx:
        day = NewCalendarDay(day="2026-07-01", kind=DayKind.HOLIDAY, name="休", source="通知", facility=CLINIC)
        await calendar.enter(tx, day, BY)


async def an_absence(archive: Archive) -> None:
    async with archive.writing() as tx:
        await absences.enter(tx, NewAbsence(person=1, start=NOON - HOUR, end=NOON + HOUR), BY)


async def a_call(archive: Archive) -> None:
    await queued(archive, await rung(archive))


@pytest.mark.parametrize("hindrance", [a_holiday, an_absence, a_call])
async def test_nobody_is_asked_on_a_holiday_away_or_in_the_middle_of_an_alarm(
    county: Asked, hindrance: Callable[[Archive], Awaitable[None]]
):
    await hindrance(county.archive)
    assert await county.look() == 0
    assert county.sms.messages == []


async def test_once_the_alarm_is_over_they_are_asked(county: Asked):
    alarm = await rung(county.archive)
    await queued(county.archive, alarm)
    await end(county.archive, alarm)
    assert await county.look() == 1


async def test_what_a_provider_still_allows_an_address_is_for_alarms(county: Asked):
    county.sms.per_address = (Limit(2, 86_400.0),)
    alarm = await rung(county.archive)
    await queued(county.archive, alarm)
    await sent(county.archive)  # at second 1 of the epoch
    await end(county.archive, alarm)
    async with county.archive.reading() as tx:
        assert await attempts.sent_since(tx, [("sms", "+8613800138000")], 0.0, 2.0)
    assert await rounds.look(county.archive, county.ways, county.how, Moment(NOON, 80_000.0)) == 0
    assert await rounds.look(county.archive, county.ways, county.how, Moment(NOON, 90_000.0)) == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(Verdict.REFUSED, "isv.MOBILE_NUMBER_ILLEGAL", "no such number"), "refused"),
        (Answer(Verdict.REFUSED, "our.no_template", "no template for number"), "withdrawn"),
        (Answer(Verdict.BROKEN, "balance", "no money"), "withdrawn"),
        (Answer(Verdict.UNKNOWN, words="silence"), "asked"),
        (OSError("a fault of ours"), "asked"),
    ],
)
async def test_what_a_provider_says_is_kept_and_the_number_stays(
    county: Asked, answer: Answer | BaseException, state: str
):
    county.sms.answers = [answer]
    await county.look()
    assert await county.states() == [state]
    assert await county.look(NOON + HOUR) == 0
    async with county.archive.reading() as tx:
        [known] = (await ways.known(tx, [1]))[1]
    assert known.bad_since is None


async def test_what_the_provider_puts_off_leaves_later_and_once(county: Asked):
    county.sms.answers = [Answer(Verdict.LATER, retry_after_s=60.0)]
    await county.look()
    assert await county.states() == ["waiting"]
    assert await county.look(NOON + 59_000) == 0
    assert await county.look(NOON + 61_000) == 1
    assert await county.states() == ["asked"]
    assert (await county.rows())[0].tries == 2


async def test_two_processes_ask_once(county: Asked):
    other = Asked(county.archive)
    async with county.archive.reading() as tx:
        people = await askable.people(tx, NOON)
    new = questions.NewQuestion(person=1, kind=WayKind.MOBILE, sent_to="+8613800138000", channel="sms")
    for each in (county, other):
        asking = rounds.Asking(each.archive, {"sms": each.sms}, each.how, Moment(NOON, NOON / 1000))
        await rounds._ask(asking, new, people[1])  # what both had chosen before either wrote
    assert len(county.sms.messages + other.sms.messages) == 1


async def test_a_county_is_not_asked_in_one_hour(county: Asked):
    async with county.archive.writing() as tx:
        new = [
            NewPerson(name=f"王{n}", facility=CLINIC, post="", phone=f"154000000{n:02}", email=f"w{n}@example.org")
            for n in range(50)
        ]
        await persons.put_persons(tx, new, BY)
    counts = [await county.look(NOON + n * HOUR // 2) for n in range(8)]
    assert counts == [2, 0, 2, 0, 2, 0, 0, 0]
    assert len({message.address for message in county.sms.messages}) == 6


async def test_a_mailbox_is_asked_only_where_a_link_can_be_answered(county: Asked):
    async with county.archive.writing() as tx:
        await persons.put_persons(tx, [NewPerson(name="周敏", facility=CLINIC, post="", email="zhou@example.org")], BY)
    mail = Loudspeaker(name="mail", wakes=False)
    county.ways = {"mail": mail}
    assert await county.look() == 0
    county.how = replace(county.how, url="https://cold.example.org/n/")
    assert await county.look() == 1
    secret = mail.messages[0].link.removeprefix("https://cold.example.org/n/")
    async with county.archive.reading() as tx:
        assert await questions.by_link(tx, questions.digest_of(secret)) is not None


async def test_questions_are_the_first_that_a_month_s_money_drops(county: Asked):
    county.sms.answers = [Answer(Verdict.ACCEPTED, cost_fen=50)]
    county.how = replace(county.how, news_fen_a_month=100)
    assert await county.look() == 1
    async with county.archive.reading() as tx:
        assert await attempts.cost_since(tx, NOON / 1000 - 1) == 50
    async with county.archive.writing() as tx:
        await persons.put_persons(tx, [NewPerson(name="周敏", facility=CLINIC, post="", phone="15400000002")], BY)
    assert await county.look(NOON + 2 * HOUR) == 0
    county.how = replace(county.how, news_fen_a_month=101, fen_a_month=50)
    assert await county.look(NOON + 2 * HOUR) == 0
    county.how = replace(county.how, fen_a_month=51)
    assert await county.look(NOON + 2 * HOUR) == 1


async def test_a_site_without_ways_or_that_does_not_want_it_asks_nobody(county: Asked):
    county.how = replace(county.how, is_on=False)
    assert await county.look() == 0
    county.how = replace(county.how, is_on=True)
    county.ways = {"console": Console(), "page": Page()}
    assert await county.look() == 0
    assert await county.rows() == []
    assert QuestionState.ASKED.is_open


class Looking(Loudspeaker):
    """A way whose provider is asked for a call by its own id, as Aliyun's is."""

    def __init__(self, key: str) -> None:
        super().__init__(Answer(Verdict.ACCEPTED, message_id="m7"), name="sms")
        self.key = key
        self.looked: list[tuple[str, str]] = []

    async def look(self, message_id: str, address: str, sent_at: int) -> list[Receipt]:
        self.looked.append((message_id, address))
        return [Receipt(self.name, State.KEYED, sent_at, message_id, key=self.key)]


@pytest.mark.parametrize(("key", "state"), [("1", "confirmed"), ("2", "wrong")])
async def test_a_provider_that_must_be_asked_is_asked_what_came_of_a_question_once(
    county: Asked, tmp_path: Path, key: str, state: str
):
    way = Looking(key)
    county.ways = {"sms": way}
    await county.look()
    ears = Receipts(county.archive, county.ways, asyncio.Event(), tmp_path)
    heard = [await ears.look(NOON + 60_000, NOON / 1000 + 60) for _ in range(3)]
    assert (sum(heard), way.looked) == (1, [("m7", "+8613800138000")])
    await county.look(NOON + 120_000)
    assert await county.states() == [state]
