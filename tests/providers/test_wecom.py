"""WeCom's application messages: cards, half-successes, limits that drop in silence, pressed buttons."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from coldchain.providers import sealed, wecom
from coldchain.providers.chat_sections import WecomSettings
from coldchain.providers.outcome import Changes, Message, Verdict
from coldchain.providers.wecom import Wecom
from tests.fakes.letters import Letter
from tests.fakes.serving import says
from tests.fakes.wecom import CORP, FakeWecom, fake_wecom
from tests.providers.messages import MESSAGE, at

AT = 1_795_000_000_000
TO_ZHANG = at("ZhangSan")


@pytest.fixture
async def fake() -> AsyncIterator[FakeWecom]:
    async with fake_wecom() as running:
        yield running


@asynccontextmanager
async def way(fake: FakeWecom, **changed: Any) -> AsyncIterator[Wecom]:
    async with wecom.opened(fake.settings(**changed)) as opened:
        yield opened


def numbered(n: int, message: Message = TO_ZHANG) -> Message:
    return replace(message, out_id=f"n-{n}")


async def test_a_card_says_what_and_where_and_has_its_two_buttons(fake: FakeWecom):
    async with way(fake) as wecom_:
        assert (await wecom_.send(TO_ZHANG)).verdict is Verdict.ACCEPTED
    [(member, card)] = fake.shown
    assert member == "ZhangSan"
    assert card["main_title"] == {"title": "高温报警", "desc": "东河卫生院 疫苗冰箱2"}
    assert [button.get("key") for button in card["button_list"]] == ["seen K7M2Q9", "going K7M2Q9 30", None]
    assert {"keyname": "疫苗", "value": "3批"} in card["horizontal_content_list"]


async def test_a_card_in_english(fake: FakeWecom):
    async with way(fake) as wecom_:
        await wecom_.send(replace(TO_ZHANG, language="en"))
    assert [button["text"] for button in fake.shown[0][1]["button_list"]] == ["Seen", "Going", "Look"]


async def test_each_part_of_a_card_is_cut_to_its_length(fake: FakeWecom):
    long = replace(TO_ZHANG, title="长" * 99, text="文" * 999, short={**MESSAGE.short, "place": "院" * 99})
    async with way(fake) as wecom_:
        await wecom_.send(long)
    card = fake.shown[0][1]
    assert [len(card["main_title"]["title"]), len(card["main_title"]["desc"])] == [36, 44]
    assert len(card["sub_title_text"]) == 160
    assert max(len(fact["value"]) for fact in card["horizontal_content_list"]) == 30


async def test_where_nobody_can_call_us_it_is_a_text_for_the_real_one_refuses_such_cards():
    async with fake_wecom() as fake:
        fake.hears = False
        async with way(fake) as wecom_:
            assert (await wecom_.send(TO_ZHANG)).verdict is Verdict.ACCEPTED
    assert MESSAGE.link in fake.shown[0][1]["text"]


async def test_each_members_card_is_changed_once_somebody_has_gone(fake: FakeWecom):
    async with way(fake) as wecom_:
        assert isinstance(wecom_, Changes)
        ids = {who: (await wecom_.send(numbered(n, at(who)))).message_id for n, who in enumerate(("ZhangSan", "LiSi"))}
        answers = [await wecom_.change(id_, who, "张三已前往") for who, id_ in ids.items()]
        again = await wecom_.change(ids["LiSi"], "LiSi", "报警已结束")
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 2
    assert fake.buttons == {"ZhangSan": "张三已前往", "LiSi": "张三已前往"}
    assert again.verdict is Verdict.REFUSED


async def test_a_card_of_three_days_ago_and_a_text_cannot_be_changed(fake: FakeWecom):
    async with way(fake) as wecom_:
        card = await wecom_.send(TO_ZHANG)
        text = await wecom_.send(replace(TO_ZHANG, kind="note"))
        fake.now += wecom_.card_s + 1
        old = await wecom_.change(card.message_id, "ZhangSan", "张三已前往")
        none = await wecom_.change(text.message_id, "ZhangSan", "张三已前往")
    assert (old.verdict, none.verdict, none.code) == (Verdict.REFUSED, Verdict.REFUSED, "our.no_card")
    assert fake.buttons == {}


async def test_a_card_of_another_member_is_not_changed(fake: FakeWecom):
    async with way(fake) as wecom_:
        card = await wecom_.send(TO_ZHANG)
        answer = await wecom_.change(card.message_id, "LiSi", "张三已前往")
    assert (answer.verdict, answer.code, fake.buttons) == (Verdict.REFUSED, "invaliduser", {})


async def test_a_token_that_ended_early_is_fetched_anew_for_a_change(fake: FakeWecom):
    async with way(fake) as wecom_:
        card = await wecom_.send(TO_ZHANG)
        fake.end_token()
        assert (await wecom_.change(card.message_id, "ZhangSan", "张" * 99)).verdict is Verdict.ACCEPTED
    assert fake.buttons == {"ZhangSan": "张" * 15 + "…"}


async def test_a_code_that_does_not_fit_leaves_the_messages_number_whole(fake: FakeWecom):
    fake.faults += [says({"errcode": 0, "access_token": "t", "expires_in": 7200})]
    fake.faults += [says({"errcode": 0, "msgid": "m1", "response_code": "c" * 200})]
    async with way(fake) as wecom_:
        assert (await wecom_.send(TO_ZHANG)).message_id == "m1"


async def test_a_note_has_no_buttons_for_there_is_nothing_to_take(fake: FakeWecom):
    async with way(fake) as wecom_:
        await wecom_.send(replace(TO_ZHANG, kind="note"))
    assert "text" in fake.shown[0][1]


async def test_a_text_is_cut_by_us_and_keeps_its_link(fake: FakeWecom):
    async with way(fake) as wecom_:
        await wecom_.send(replace(TO_ZHANG, kind="over", text="文" * 2000))
    text = fake.shown[0][1]["text"]
    assert len(text.encode()) <= 2048
    assert text.endswith(f"…\n{MESSAGE.code}\n{MESSAGE.link}")


async def test_who_is_not_reached_is_refused_though_the_code_is_0(fake: FakeWecom):
    fake.faults += [says({"errcode": 0, "errmsg": "ok", "access_token": "t", "expires_in": 7200})]
    fake.faults += [says({"errcode": 0, "errmsg": "ok", "invaliduser": "lisi|zhangsan", "msgid": "m"})]
    async with way(fake) as wecom_:
        answer = await wecom_.send(TO_ZHANG)
    assert (answer.verdict, answer.code, answer.message_id) == (Verdict.REFUSED, "invaliduser", "")


async def test_who_has_no_licence_is_refused_though_the_code_is_0(fake: FakeWecom):
    fake.unlicensed = {"ZhangSan"}
    async with way(fake) as wecom_:
        assert (await wecom_.send(TO_ZHANG)).code == "unlicenseduser"
    assert not fake.shown


async def test_nobody_of_that_name_is_refused_and_the_neighbour_is_told(fake: FakeWecom):
    async with way(fake) as wecom_:
        answers = [await wecom_.send(at("Nobody")), await wecom_.send(at("LiSi"))]
    assert [(answer.verdict, answer.code) for answer in answers] == [
        (Verdict.REFUSED, "81013"),
        (Verdict.ACCEPTED, "0"),
    ]


async def test_a_token_that_ended_early_is_fetched_anew_and_the_message_goes_out(fake: FakeWecom):
    async with way(fake) as wecom_:
        await wecom_.send(numbered(1))
        fake.end_token()
        assert (await wecom_.send(numbered(2))).verdict is Verdict.ACCEPTED
    assert (len(fake.shown), fake.fetches) == (2, 2)


async def test_a_crowd_of_alarms_at_the_end_of_a_token_fetches_once(fake: FakeWecom):
    fake.members = {f"m{n}" for n in range(40)}
    async with way(fake) as wecom_:
        await asyncio.gather(*(wecom_.send(at(member)) for member in sorted(fake.members)))
        fake.end_token()
        later = [replace(at(member), out_id="n-2") for member in sorted(fake.members)]
        answers = await asyncio.gather(*(wecom_.send(message) for message in later))
    assert {answer.verdict for answer in answers} == {Verdict.ACCEPTED}
    assert (len(fake.shown), fake.fetches) == (80, 2)


async def test_the_31st_message_of_a_minute_is_held_here_because_there_it_would_vanish(fake: FakeWecom):
    async with way(fake) as wecom_:
        answers = [await wecom_.send(numbered(n)) for n in range(31)]
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 30 + [Verdict.LATER]
    assert 0 < (answers[-1].retry_after_s or 0) <= 60
    assert fake.dropped == 0


async def test_after_a_lost_answer_the_same_message_is_shown_once(fake: FakeWecom):
    async with way(fake) as wecom_:
        assert [(await wecom_.send(TO_ZHANG)).verdict for _ in range(2)] == [Verdict.ACCEPTED] * 2
        assert await wecom_.ask(TO_ZHANG.out_id, TO_ZHANG.address, AT) is None
    assert len(fake.shown) == 1


@pytest.mark.parametrize(
    ("code", "verdict", "after_s"),
    [
        (45009, Verdict.LATER, 60),
        (45033, Verdict.LATER, 2),
        (-1, Verdict.LATER, 2),
        (60020, Verdict.BROKEN, None),
        (301002, Verdict.BROKEN, None),
        (40003, Verdict.REFUSED, None),
        (999999, Verdict.REFUSED, None),
    ],
)
async def test_each_refusal_means_what_it_means(fake: FakeWecom, code: int, verdict: Verdict, after_s: float | None):
    async with way(fake) as wecom_:
        await wecom_.send(numbered(1))
        fake.faults.append(says({"errcode": code, "errmsg": "words, hint: [169]"}))
        answer = await wecom_.send(numbered(2))
    assert (answer.verdict, answer.code, answer.retry_after_s) == (verdict, str(code), after_s)
    assert answer.words == "words, hint: [169]"


@pytest.mark.parametrize("address", ["", "a|b", "@all"])
async def test_an_address_that_is_not_one_person_is_never_sent(fake: FakeWecom, address: str):
    async with way(fake) as wecom_:
        assert (await wecom_.send(at(address))).verdict is Verdict.REFUSED
    assert fake.fetches == 0


def opened(section: WecomSettings, letter: Letter) -> dict[str, str]:
    return sealed.opened(wecom.seal(section), letter.query, letter.body, AT)


def test_a_pressed_button_is_a_reply_with_its_act_and_code():
    fake = FakeWecom()
    [reply] = wecom.replies_of(opened(fake.settings(), fake.presses("ZhangSan", "going K7M2Q9 30", "n-1", AT)))
    assert (reply.provider, reply.number, reply.text, reply.at) == ("wecom", "ZhangSan", "going K7M2Q9 30", AT)


def test_a_repeated_callback_has_the_same_id_and_another_button_another():
    fake = FakeWecom()
    presses = [fake.presses("ZhangSan", key, "n-1", AT) for key in ("seen K7M2Q9", "seen K7M2Q9", "going K7M2Q9 30")]
    ids = [wecom.replies_of(opened(fake.settings(), press))[0].id for press in presses]
    assert ids[0] == ids[1] != ids[2]


def test_what_a_member_writes_is_a_reply():
    fake = FakeWecom()
    [reply] = wecom.replies_of(opened(fake.settings(), fake.writes("LiSi", "K7M2Q9 1 30", AT)))
    assert (reply.number, reply.text) == ("LiSi", "K7M2Q9 1 30")


def test_other_events_are_no_replies():
    assert (
        wecom.replies_of({"MsgType": "event", "Event": "enter_agent", "FromUserName": "LiSi", "CreateTime": "1"}) == []
    )
    assert wecom.replies_of({}) == []


def test_a_pressed_card_is_answered_with_what_became_of_it():
    fake = FakeWecom()
    letter = opened(fake.settings(), fake.presses("ZhangSan", "going K7M2Q9 30", "n-1", AT))
    answer = fake.office.opened(wecom.pressed_answer(fake.settings(), letter, "已由张三]]>前往", AT))
    assert answer.findtext("MsgType") == "update_button"
    assert answer.findtext("Button/ReplaceName") == "已由张三]]>前往"
    assert (answer.findtext("ToUserName"), answer.findtext("FromUserName")) == ("ZhangSan", CORP)


@pytest.mark.parametrize(
    "keys", [{"callback_token": "t"}, {"aes_key": "a" * 43}, {"callback_token": "t", "aes_key": "a"}]
)
def test_half_of_a_callbacks_keys_is_refused_when_the_settings_are_read(keys: dict[str, str]):
    given = {name: SecretStr(text) for name, text in keys.items()}
    with pytest.raises(ValidationError, match="aes_key"):
        WecomSettings.model_validate({"corp_id": "ww1", "agent_id": 1, "secret": "s", **given})
