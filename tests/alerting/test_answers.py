"""Whoever replied is answered by the way that they replied by: once, or never where it may have gone out already."""

import pytest

from alerting.notify.answers import Answers
from coldchain.archive import tables
from coldchain.archive.telling import answering
from coldchain.providers.outcome import Answer, Verdict
from tests.alerting.hearing import AT, LI, Queue, Told, reply
from tests.alerting.ways import Loudspeaker


async def answered(told: Told, *answers: Answer) -> tuple[Loudspeaker, Answers]:
    """The reply "?" heard, and the way back, which answers so."""
    await told.ears(Queue(reply("?"))).look(AT, 2.0)
    way = Loudspeaker(*answers, name="sms")
    return way, Answers(told.archive, {"sms": way})


async def test_whoever_replied_is_answered_once_by_the_same_way(told: Told):
    way, back = await answered(told)
    assert [await back.send(AT), await back.send(AT)] == [1, 0]
    [message] = way.messages
    assert (message.address, message.kind, message.out_id) == (LI, "note", "r1")
    assert "没有看懂" in message.text
    assert await told.rows(tables.NoticeReply, "text_back_state") == [("told",)]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(Verdict.LATER, retry_after_s=0.0), "told"),
        (Answer(Verdict.UNKNOWN), "told"),
        (Answer(Verdict.REFUSED), "refused"),
        (Answer(Verdict.BROKEN), "refused"),
    ],
)
async def test_only_what_surely_did_not_go_out_is_sent_again(told: Told, answer: Answer, state: str):
    way, back = await answered(told, answer)
    await back.send(AT)
    if answer.verdict is Verdict.LATER:
        back._later.clear()
    await back.send(AT)
    assert await told.rows(tables.NoticeReply, "text_back_state") == [(state,)]
    assert len(way.messages) == (2 if answer.verdict is Verdict.LATER else 1)


async def test_a_crash_while_an_answer_leaves_answers_nobody_twice(told: Told):
    _, back = await answered(told)
    async with told.archive.writing() as tx:
        assert len(await answering.leave(tx, AT, 9)) == 1
    assert await back.send(AT) == 0


async def test_where_that_way_is_not_open_the_answer_is_refused_and_kept(told: Told):
    await answered(told)
    await Answers(told.archive, {}).send(AT)
    assert await told.rows(tables.NoticeReply, "text_back_state") == [("refused",)]


async def test_whoever_wrote_long_ago_is_answered_no_more(told: Told):
    way, back = await answered(told)
    await back.send(AT + answering.STALE_MS + 1)
    assert way.messages == []


async def test_an_answer_over_which_our_own_code_fails_is_sent_no_second_time(told: Told):
    way = Queue(reply("1"))
    way.answers = [KeyError("Code")]
    await told.ears(way).look(AT, 2.0)
    answers = Answers(told.archive, {"sms": way})
    assert [await answers.send(AT), await answers.send(AT)] == [1, 0]
    assert await told.rows(tables.NoticeReply, "text_back_state") == [("told",)]
