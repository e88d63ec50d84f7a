"""Is this still your number? Asked once, answered from that very number, and what stands afterwards."""

from typing import NamedTuple

import pytest
from sqlalchemy import select

from coldchain.archive import audit, chains, images, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.duty import askable, asking, gaps, questions, standing, ways
from coldchain.archive.duty.questions import Gone, NewQuestion, Question, QuestionState
from coldchain.archive.duty.standing import Standing
from coldchain.archive.duty.ways import PATIENCE_MS, QUARTER_MS, NewWord, Said
from coldchain.archive.duty.words import GapKind, WayKind
from coldchain.archive.facilities import contacts, persons, posts
from coldchain.archive.facilities.contacts import NewPhone
from coldchain.archive.facilities.numbers import PhoneKind
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import NewPost, PostKind
from coldchain.archive.telling import numbered, receipts, replying
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.archive.telling.wording import answer_of
from coldchain.excursion import Severity
from tests.archive.small import NURSE, T0, fill

CLINIC, FRIDGE, LI = "511900012", "511900012-BX1", 1
HERS, OTHER = "+8613800138000", "+8615400000009"
AT = T0 + 60_000
GONE = Gone(QuestionState.ASKED, "accepted", "m1", cost_fen=5)
NEW = NewQuestion(person=LI, kind=WayKind.MOBILE, sent_to=HERS, channel="sms")


class Reply(NamedTuple):
    text: str
    number: str = HERS
    provider: str = "sms"
    at: int = AT
    id: str = "r1"


@pytest.fixture
async def small(archive: Archive) -> Archive:
    """李小琴 keeps the clinic, with a mobile number."""
    await fill(archive)
    return archive


async def asked(archive: Archive, new: NewQuestion = NEW, at: int = AT, gone: Gone | None = GONE) -> int:
    """A question that left, and what the provider said; without, the process died meanwhile."""
    async with archive.writing() as tx:
        question = await questions.ask(tx, new, at)
    assert question is not None
    async with archive.writing() as tx:
        assert await questions.leave(tx, question.id, questions.digest_of("secret"), at, at / 1000)
    if gone is not None:
        async with archive.writing() as tx:
            await questions.left(tx, question.id, gone, at)
    return question.id


async def answer(archive: Archive, reply: Reply, at: int = AT) -> replying.Said:
    async with archive.writing() as tx:
        return await replying.answer(tx, reply, at)


async def follow(archive: Archive, at: int = AT) -> None:
    async with archive.writing() as tx:
        await questions.follow(tx, at, at / 1000)


async def stands(archive: Archive, at: int = AT, kind: WayKind = WayKind.MOBILE) -> Standing:
    async with archive.reading() as tx:
        found = await standing.standings(tx, at)
        assert await chains.unseen(tx) == []
    return next(each.standing for each in found if each.known.kind is kind and each.known.person == LI)


async def row(archive: Archive, number: int = 1) -> Question:
    async with archive.reading() as tx:
        [found] = [each for each in await questions.since(tx, 0) if each.id == number]
    return found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("是", True), ("是的。", True), ("ｙ", True), ("Yes!", True), ("对", True), ("否", False), ("不是", False), ("N", False),
        ("no, sorry", False), ("打错了", False), ("是 否", None), ("1", None), ("", None), ("谁啊？", None), ("是不是", None),
        ("\0\ud800", None),
    ],
)  # fmt: skip
def test_yes_and_no_are_read_as_people_type(text: str, said: bool | None):
    assert numbered.read(text) is said


@pytest.mark.parametrize("what", ["number_yes", "number_no", "number_other", "number_done"])
def test_what_goes_back_fits_one_text_message(what: str):
    assert len(answer_of(what, "zh", name="欧阳小琴")) <= 70
    assert len(answer_of(what, "en", name="Abdurahman Tursun")) <= 160


async def test_yes_from_that_very_number_confirms_it_for_a_quarter(small: Archive):
    assert await stands(small) is Standing.DUE
    await asked(small)
    assert await stands(small) is Standing.ASKED
    said = await answer(small, Reply("是"))
    assert (said.outcome, said.person) == ("number_yes", "李小琴")
    assert "李小琴" in said.text
    assert await stands(small, AT + QUARTER_MS - 1) is Standing.CONFIRMED
    assert await stands(small, AT + QUARTER_MS) is Standing.DUE
    assert ((await row(small)).state, (await row(small)).how) == (QuestionState.CONFIRMED, "a reply by sms")


async def test_no_is_a_gap_and_the_number_goes_on_being_told(small: Archive):
    async with small.writing() as tx:
        await posts.begin(tx, NewPost(person=LI, facility=CLINIC, post=PostKind.KEEPER, start=T0), NURSE)
    await asked(small)
    assert (await answer(small, Reply("N"))).outcome == "number_no"
    assert await stands(small) is Standing.WRONG
    async with small.reading() as tx:
        found = await gaps.gaps_at(tx, AT)
        levels = await asking.levels_for(
            tx, equipment=FRIDGE, facility=None, region=None, severity=Severity.CRITICAL, at=AT
        )
    assert GapKind.BAD_NUMBER in {each.kind for each in found}
    assert HERS in {way.address for level in levels for reach in level.people for way in reach.ways}


async def test_an_answer_from_another_number_of_theirs_changes_nothing_and_is_told_why(small: Archive):
    async with small.writing() as tx:
        phones = [NewPhone(kind=PhoneKind.MOBILE, phone_number=number) for number in ("13800138000", "15400000009")]
        await contacts.set_phones(tx, LI, phones, NURSE)
    await asked(small)
    assert (await answer(small, Reply("是", number=OTHER))).outcome == "number_other"
    assert await stands(small) is Standing.ASKED
    assert (await answer(small, Reply("是", id="r2"))).outcome == "number_yes"


async def test_a_stranger_answers_for_nobody(small: Archive):
    await asked(small)
    assert (await answer(small, Reply("是", number="+8613912345678"))).outcome == "stranger"
    assert await stands(small) is Standing.ASKED


async def test_a_second_answer_is_refused_and_the_first_one_stands(small: Archive):
    await asked(small)
    await answer(small, Reply("是"))
    assert (await answer(small, Reply("否", id="r2"))).outcome == "number_done"
    assert await stands(small) is Standing.CONFIRMED


async def test_yes_to_nothing_is_not_understood(small: Archive):
    assert (await answer(small, Reply("是"))).outcome == "unclear"


async def test_a_wecom_account_is_confirmed_by_that_account_and_by_no_phone(small: Archive):
    async with small.writing() as tx:
        (await tx.get_one(tables.Person, LI)).wecom = "li.xq"
        await audit.record(tx, NURSE, "changed", [await tx.get_one(tables.Person, LI)])
    await asked(small, NewQuestion(person=LI, kind=WayKind.WECOM, sent_to="li.xq", channel="wecom"))
    assert (await answer(small, Reply("是"))).outcome == "number_other"
    assert (await answer(small, Reply("是", number="li.xq", provider="wecom", id="r2"))).outcome == "number_yes"
    assert await stands(small, kind=WayKind.WECOM) is Standing.CONFIRMED
    assert await stands(small) is Standing.DUE


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"state": "keyed", "key": "1"}, QuestionState.CONFIRMED), ({"state": "keyed", "key": "2"}, QuestionState.WRONG),
        ({"state": "keyed", "key": "7"}, QuestionState.ASKED), ({"state": "failed", "code": "UNDELIV"}, QuestionState.REFUSED),
        ({"state": "delivered"}, QuestionState.ASKED),
    ],
)  # fmt: skip
async def test_keys_and_failures_are_heard_of_the_provider(small: Archive, said: dict[str, str], state: QuestionState):
    number = await asked(small)
    async with small.writing() as tx:
        new = NewReceipt(provider="sms", at=AT, out_id=questions.out_id(number), **said)
        [kept] = await receipts.keep(tx, [new], AT)
    assert kept.notice is None
    await follow(small)
    assert (await row(small)).state is state


async def test_open_questions_are_followed_however_many_they_are(small: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(questions, "AT_ONCE", 1)
    async with small.writing() as tx:
        phones = [NewPhone(kind=PhoneKind.MOBILE, phone_number=number) for number in ("13800138000", "15400000009")]
        await contacts.set_phones(tx, LI, phones, NURSE)
    await asked(small)
    number = await asked(small, NewQuestion(person=LI, kind=WayKind.MOBILE, sent_to=OTHER, channel="voice"))
    async with small.writing() as tx:
        heard = NewReceipt(provider="voice", state="keyed", key="1", at=AT, out_id=questions.out_id(number))
        await receipts.keep(tx, [heard], AT)
    await follow(small)
    assert [(await row(small, each)).state for each in (1, number)] == [QuestionState.ASKED, QuestionState.CONFIRMED]


async def test_a_receipt_of_another_channel_is_about_no_question(small: Archive):
    number = await asked(small)
    async with small.writing() as tx:
        await receipts.keep(
            tx, [NewReceipt(provider="voice", state="keyed", key="1", at=AT, out_id=questions.out_id(number))], AT
        )
    await follow(small)
    assert (await row(small)).state is QuestionState.ASKED


async def test_nobody_answering_for_a_week_is_listed_and_asked_once_more_only(small: Archive):
    for n in range(askable.MOST_TIMES):
        at = AT + n * PATIENCE_MS
        await asked(small, at=at)
        await follow(small, at + PATIENCE_MS - 1)
        assert await stands(small, at + 1) is Standing.ASKED
        await follow(small, at + PATIENCE_MS)
        assert await stands(small, at + PATIENCE_MS) is Standing.UNANSWERED
    async with small.reading() as tx:
        [known] = (await ways.known(tx, [LI]))[LI]
        its = await questions.since(tx, 0)
    later = AT + 3 * PATIENCE_MS
    assert askable.rests(known, its, later)
    assert not askable.rests(known, its, AT + PATIENCE_MS + QUARTER_MS + 1)
    assert (known.bad_since, known.is_due(later)) == (None, True)


async def test_people_of_a_closed_facility_are_neither_asked_nor_listed(small: Archive):
    async def listed() -> list[set[int]]:
        async with small.reading() as tx:
            stood, due = await standing.standings(tx, AT), await ways.due(tx, AT)
            return [
                set(await askable.people(tx, AT)),
                {each.known.person for each in stood},
                {each.person for each in due},
            ]

    assert all(LI in each for each in await listed())
    async with small.writing() as tx:
        (await tx.get_one(tables.Facility, CLINIC)).status = "closed"
    assert not any(LI in each for each in await listed())


async def test_what_was_leaving_when_a_process_died_counts_as_asked_and_is_not_asked_again(small: Archive):
    await asked(small, gone=None)
    async with small.writing() as tx:
        assert await questions.ask(tx, NEW, AT + 1) is None
        assert not await questions.leave(tx, 1, "", AT + 1, AT / 1000)
    await follow(small, AT + 599_000)
    assert (await row(small)).state is QuestionState.LEAVING
    await follow(small, AT + 601_000)
    assert (await row(small)).state is QuestionState.ASKED
    async with small.writing() as tx:
        assert await questions.ask(tx, NEW, AT + 602_000) is None
    assert (await answer(small, Reply("是"), AT + 603_000)).outcome == "number_yes"


async def test_an_answer_before_the_provider_s_is_kept(small: Archive):
    number = await asked(small, gone=None)
    await answer(small, Reply("是"))
    async with small.writing() as tx:
        await questions.left(tx, number, GONE, AT)
    assert (await row(small)).state is QuestionState.CONFIRMED
    assert await stands(small) is Standing.CONFIRMED


async def test_what_surely_did_not_go_out_waits_and_leaves_again(small: Archive):
    number = await asked(small, gone=Gone(QuestionState.WAITING, "later", try_after=AT / 1000 + 60))
    async with small.reading() as tx:
        assert await questions.waiting(tx, AT / 1000 + 59) == []
        assert [each.id for each in await questions.waiting(tx, AT / 1000 + 60)] == [number]
    async with small.writing() as tx:
        assert await questions.leave(tx, number, "", AT, AT / 1000 + 61)
    assert (await row(small)).tries == 2


@pytest.mark.parametrize("said", [Said.CONFIRMED, Said.WRONG])
async def test_a_person_s_word_ends_the_question(small: Archive, said: Said):
    await asked(small)
    async with small.writing() as tx:
        word = NewWord(person=LI, kind=WayKind.MOBILE, address=HERS, said=said)
        await ways.say(tx, word, By("manager", AT + 1, "at the desk"))
    await follow(small, AT + 2)
    assert (await row(small)).state is QuestionState.WITHDRAWN
    assert await stands(small, AT + 2) is (Standing.CONFIRMED if said is Said.CONFIRMED else Standing.WRONG)


async def test_a_number_that_is_theirs_no_more_is_asked_for_no_more(small: Archive):
    await asked(small)
    async with small.writing() as tx:
        await contacts.set_phones(tx, LI, [NewPhone(kind=PhoneKind.MOBILE, phone_number="15400000009")], NURSE)
    async with small.writing() as tx:
        state = await questions.answered(tx, 1, is_theirs=True, at=AT, how="a link")
    assert state is QuestionState.WITHDRAWN
    assert await stands(small) is Standing.DUE


async def test_two_people_with_one_number_are_asked_one_after_the_other(small: Archive):
    async with small.writing() as tx:
        await persons.put_persons(tx, [NewPerson(name="周敏", facility=CLINIC, post="", phone="13800138000")], NURSE)
    hers = NewQuestion(person=2, kind=WayKind.MOBILE, sent_to=HERS, channel="sms")
    await asked(small, hers)
    async with small.writing() as tx:
        assert await questions.ask(tx, NEW, AT) is None
    said = await answer(small, Reply("是"))
    assert (said.outcome, said.person) == ("number_yes", "周敏")
    async with small.writing() as tx:
        assert await questions.ask(tx, NEW, AT) is not None


async def test_neither_number_nor_secret_stands_in_the_trail(small: Archive):
    await asked(small)
    async with small.reading() as tx:
        found = await tx.scalar(select(tables.WayQuestion))
        assert found is not None
        image = str(images.image_of(found))
        assert await questions.by_link(tx, questions.digest_of("secret")) is not None
        assert await questions.by_link(tx, "") is None
    assert "138001" not in image
    assert questions.digest_of("secret") not in image
