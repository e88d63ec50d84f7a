"""What people answer: one meaning whatever the way, kept whatever it is, heard once, and one text goes back."""

from typing import NamedTuple

import pytest
from sqlalchemy import select

from coldchain.archive import alarms, chains, tables
from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Archive
from coldchain.archive.telling import replying, taking
from coldchain.archive.telling.replying import MOST_A_DAY, Said
from coldchain.archive.telling.taking import Act
from coldchain.archive.telling.wording import ANSWERS, Written, answer_of, read
from coldchain.excursion import AlarmState
from tests.archive.small import T0, fill
from tests.archive.telling.cast import end, queued, rung, sent

MINUTE = 60_000
HERE = "511900012"
LI = "+8613800138000"
AT = T0 + 60_000


class Reply(NamedTuple):
    text: str
    number: str = LI
    provider: str = "sms"
    at: int = T0 + 50_000
    id: str = "r1"


class Pressed(NamedTuple):
    key: str
    message_id: str = "m1"
    provider: str = "sms"
    at: int = T0 + 50_000
    out_id: str = ""
    address: str = LI
    state: str = "keyed"


UNDERSTOOD = [
    ("1", Written("going")),
    ("１ ３０", Written("going", eta_min=30)),
    ("k3f9a2 1 30", Written("going", ("K3F9A2",), 30)),
    ("K3F9A2 2", Written("seen", ("K3F9A2",))),
    ("K3F9A21", Written("going", ("K3F9A2",))),
    ("seen K3F9A2", Written("seen", ("K3F9A2",))),
    ("going K3F9A2 30", Written("going", ("K3F9A2",), 30)),
    ("前往K3F9A2，20分钟", Written("going", ("K3F9A2",), 20)),
    ("知悉", Written("seen")),
    ("收到。", Written("seen")),
    ("1 马上就来", Written("going")),
    ("123456 2", Written("seen", ("123456",))),
    ("K3F9A2", Written(None, ("K3F9A2",))),
    ("不去", Written(None)),
    ("知悉，前往", Written(None)),
    ("9", Written(None)),
    ("", Written(None)),
    ("\0\ud800", Written(None)),
]


@pytest.mark.parametrize(("text", "written"), UNDERSTOOD)
def test_a_reply_is_read_as_people_type(text: str, written: Written):
    assert read(text) == written


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_fits_one_text_message(what: str):
    words = {"code": "K3F9A2", "name": "欧阳小琴", "minutes": 240, "codes": "、".join(["K3F9A2"] * 4)}
    assert len(answer_of(what, "zh", **words)) <= 70
    assert len(answer_of(what, "en", **words)) <= 160


@pytest.fixture
async def person(archive: Archive) -> str:
    """The number of 李小琴, as notices know her."""
    await fill(archive)
    return "1"


async def called(archive: Archive, person: str, **notice: object) -> Alarm:
    """An alarm of which she was called, or somebody else."""
    alarm = await rung(archive, facility=HERE)
    await queued(archive, alarm, **{"person": person, "sent_to": LI, **notice})
    return alarm


async def gone(archive: Archive, alarm: Alarm, by: str = "Bo") -> None:
    """Somebody else is on the way to it."""
    async with archive.writing() as tx:
        await taking.take(tx, Act(alarm.id, "going", by, AT - MINUTE, 10))


async def takers(archive: Archive, *which: Alarm) -> list[str | None]:
    async with archive.reading() as tx:
        found = await alarms.alarms(tx, [each.id for each in which])
    return [found[each.id].taken_by for each in which]


async def answer(archive: Archive, *replies: Reply) -> Said:
    said = Said(is_new=False)
    for reply in replies:
        async with archive.writing() as tx:
            said = await replying.answer(tx, reply, AT)
    return said


async def state(archive: Archive, alarm: Alarm) -> AlarmState:
    async with archive.reading() as tx:
        return (await alarms.alarms(tx, [alarm.id]))[alarm.id].state


async def kept(archive: Archive) -> list[tuple[str, str, str]]:
    async with archive.reading() as tx:
        rows = await tx.scalars(select(tables.NoticeReply).order_by(tables.NoticeReply.id))
        assert await chains.unseen(tx) == []
        return [(row.outcome, row.person, row.text_back_state) for row in rows]


async def test_one_digit_suffices_where_one_alarm_is_open(archive: Archive, person: str):
    alarm = await called(archive, person)
    said = await answer(archive, Reply("1 20"))
    assert (said.outcome, said.alarms, said.person) == ("going", (alarm.id,), "李小琴")
    async with archive.reading() as tx:
        row = (await alarms.alarms(tx, [alarm.id]))[alarm.id]
    assert (row.state, row.taken_by, row.eta_at) == (AlarmState.TAKEN, "李小琴", AT + 20 * MINUTE)
    assert await kept(archive) == [("going", "李小琴", "waiting")]


async def test_the_same_reply_twice_is_heard_once(archive: Archive, person: str):
    alarm = await called(archive, person)
    again = await answer(archive, Reply("2"), Reply("2"))
    assert again == Said(is_new=False)
    assert await kept(archive) == [("seen", "李小琴", "waiting")]
    assert await state(archive, alarm) is AlarmState.SEEN


async def test_of_two_open_alarms_one_must_be_named(archive: Archive, person: str):
    one, two = await called(archive, person), await called(archive, person)
    said = await answer(archive, Reply("1"))
    assert (said.outcome, said.alarms) == ("which", ())
    assert (one.code or "") in said.text
    assert (two.code or "") in said.text
    assert await state(archive, one) is AlarmState.RINGING
    await answer(archive, Reply(f"{two.code} 1", id="r2"))
    assert [await state(archive, each) for each in (one, two)] == [AlarmState.RINGING, AlarmState.TAKEN]


async def test_a_folded_message_is_taken_for_the_facility_as_a_whole(archive: Archive, person: str):
    one, two = await called(archive, person, fold="f"), await called(archive, person, fold="f", state="folded")
    assert set((await answer(archive, Reply("1"))).alarms) == {one.id, two.id}


async def test_what_another_person_is_on_the_way_to_stays_theirs_by_a_text_too(archive: Archive, person: str):
    one, two = await called(archive, person, fold="f"), await called(archive, person, fold="f", state="folded")
    await gone(archive, one)
    said = await answer(archive, Reply("1"))
    assert (said.outcome, said.alarms) == ("going", (two.id,))
    assert (two.code or "") in said.text
    assert await takers(archive, one, two) == ["Bo", "李小琴"]


async def test_by_its_code_also_what_another_person_is_on_the_way_to_is_taken(archive: Archive, person: str):
    one, two = await called(archive, person, fold="f"), await called(archive, person, fold="f", state="folded")
    await gone(archive, one)
    await gone(archive, two)
    assert (await answer(archive, Reply(f"{two.code} 1"))).alarms == (two.id,)
    assert await takers(archive, one, two) == ["Bo", "李小琴"]


async def test_what_another_person_is_on_the_way_to_is_part_of_the_message_still(archive: Archive, person: str):
    one, two = await called(archive, person, fold="f"), await called(archive, person, fold="f", state="folded")
    await gone(archive, one)
    other = await called(archive, person)
    await gone(archive, other)
    said = await answer(archive, Reply("1"))
    assert (said.outcome, said.alarms) == ("which", ())
    assert await takers(archive, one, two, other) == ["Bo", None, "Bo"]


async def test_only_what_they_were_told_themselves_is_taken_along(archive: Archive, person: str):
    one, two = await called(archive, person), await called(archive, "2", fold="f")
    await queued(archive, one, person="2", step=2, fold="f")
    assert (await answer(archive, Reply("1"))).alarms == (one.id,)
    assert await state(archive, two) is AlarmState.RINGING


@pytest.mark.parametrize(
    ("reply", "outcome", "named"),
    [
        (Reply("1", number="+8613912345678"), "stranger", ""),
        (Reply("1", number="10086"), "stranger", ""),
        (Reply("1", number=""), "stranger", ""),
        (Reply("什么意思？"), "unclear", "李小琴"),
        (Reply("ZZZZZZ 1"), "unknown", "李小琴"),
        (Reply("1 999"), "late", "李小琴"),
        (Reply("1 0"), "late", "李小琴"),
        (Reply("\0\ud800" + "x" * 5000), "unclear", "李小琴"),
    ],
)
async def test_what_cannot_be_done_is_kept_answered_and_changes_nothing(
    archive: Archive, person: str, reply: Reply, outcome: str, named: str
):
    alarm = await called(archive, person)
    said = await answer(archive, reply)
    assert (said.outcome, said.alarms) == (outcome, ())
    assert said.text
    assert await state(archive, alarm) is AlarmState.RINGING
    assert await kept(archive) == [(outcome, named, "waiting")]


async def test_the_alarm_of_somebody_else_is_not_taken_by_a_wrong_code(archive: Archive, person: str):
    mine, other = await called(archive, person), await called(archive, "2", sent_to="+8613912345678")
    assert (await answer(archive, Reply(f"{other.code} 1"))).outcome == "not_yours"
    assert [await state(archive, each) for each in (mine, other)] == [AlarmState.RINGING] * 2


async def test_what_is_over_is_said_to_be(archive: Archive, person: str):
    alarm = await called(archive, person)
    await end(archive, alarm)
    assert (await answer(archive, Reply(f"{alarm.code} 1"))).outcome == "over"
    assert (await answer(archive, Reply("1", id="r2"))).outcome == "none"
    assert await state(archive, alarm) is AlarmState.ENDED


async def test_whatever_answers_our_answers_by_itself_is_not_answered_for_ever(archive: Archive):
    replies = [Reply("auto", number="+8613912345678", id=f"r{n}") for n in range(MOST_A_DAY + 2)]
    assert (await answer(archive, *replies[:-2])).text
    assert (await answer(archive, *replies[-2:])).text == ""
    assert len(await kept(archive)) == MOST_A_DAY + 2


async def test_a_chat_is_known_by_its_member_and_no_other_way(archive: Archive, person: str):
    alarm = await called(archive, person)
    async with archive.writing() as tx:
        (await tx.get_one(tables.Person, int(person))).wecom = "lixiaoqin"
    assert (await answer(archive, Reply("seen", number="lixiaoqin"))).outcome == "stranger"
    card = Reply(f"going {alarm.code} 30", number="lixiaoqin", provider="wecom")
    assert (await answer(archive, card)).outcome == "going"


async def press(archive: Archive, pressed: Pressed) -> Said | None:
    async with archive.writing() as tx:
        return await replying.keyed(tx, pressed, AT)


@pytest.mark.parametrize(("key", "after"), [("1", AlarmState.TAKEN), ("2", AlarmState.SEEN), ("7", AlarmState.RINGING)])
async def test_a_key_during_the_call_takes_its_alarm(archive: Archive, person: str, key: str, after: AlarmState):
    alarm = await called(archive, person)
    await sent(archive)
    other = await called(archive, person)
    said = await press(archive, Pressed(key))
    assert said
    assert said.text == ""
    assert [await state(archive, each) for each in (alarm, other)] == [after, AlarmState.RINGING]
    assert await press(archive, Pressed(key)) == Said(is_new=False)


async def test_a_key_of_a_call_whose_first_part_is_over_takes_what_goes_on(archive: Archive, person: str):
    one, two = await called(archive, person, fold="f"), await called(archive, person, fold="f", state="folded")
    await sent(archive)
    await end(archive, one)
    said = await press(archive, Pressed("1"))
    assert said
    assert (said.outcome, said.alarms) == ("going", (two.id,))


@pytest.mark.parametrize("pressed", [Pressed("1", message_id="m9"), Pressed("1", provider="voice"), Pressed("")])
async def test_a_key_of_no_call_of_ours_is_none(archive: Archive, person: str, pressed: Pressed):
    alarm = await called(archive, person)
    await sent(archive)
    assert await press(archive, pressed) is None
    assert await state(archive, alarm) is AlarmState.RINGING
