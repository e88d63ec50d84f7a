"""WeChat's service account: lines cut knowingly, unfollowing seen, people bound, callbacks read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from coldchain.providers import following, sealed, wechat
from coldchain.providers.chat_sections import WechatTemplate
from coldchain.providers.following import Follow
from coldchain.providers.outcome import Answer, Kind, State, Verdict
from coldchain.providers.wechat import Wechat, filled
from tests.fakes.letters import Letter
from tests.fakes.serving import says
from tests.fakes.wechat import FIELDS, TEMPLATE, FakeWechat, fake_wechat
from tests.providers.messages import MESSAGE, SHORT, at, with_short

AT = 1_795_000_000_000
NOW = datetime(2026, 11, 3, 4, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
TO_ZHANG = at("oZhang")


@pytest.fixture
async def fake() -> AsyncIterator[FakeWechat]:
    async with fake_wechat() as running:
        yield running


@asynccontextmanager
async def way(fake: FakeWechat, **changed: Any) -> AsyncIterator[Wechat]:
    async with wechat.opened(fake.settings(**changed)) as opened:
        yield opened


async def test_a_follower_sees_each_field_and_the_link(fake: FakeWechat):
    async with way(fake) as wechat_:
        answer = await wechat_.send(TO_ZHANG)
    assert (answer.verdict, answer.message_id, answer.words) == (Verdict.ACCEPTED, "3487542469355618313", "ok")
    fields = {
        "thing1": "东河卫生院疫苗冰箱2",
        "phrase2": "高温",
        "time3": "03:10",
        "thing4": f"{SHORT['value']} 3批 K7M2Q9",
    }
    assert fake.shown == [("oZhang", fields, MESSAGE.link)]


async def test_a_line_of_more_than_20_characters_is_cut_by_us_and_said(fake: FakeWechat):
    long = with_short("place", "东河镇中心卫生院预防接种门诊第二冷藏室北侧")
    async with way(fake) as wechat_:
        answer = await wechat_.send(replace(long, address="oZhang"))
    assert answer.words == "ok; cut: thing1"
    [(_, fields, _)] = fake.shown
    assert fields["thing1"].endswith("…")
    assert len(fields["thing1"]) == 20


@pytest.mark.parametrize(
    ("kind", "head"), [("drill", "演练："), ("note", "已过去："), ("over", "已结束："), ("alarm", "")]
)
async def test_what_is_no_alarm_says_so_where_the_alarms_template_stands_in(fake: FakeWechat, kind: Kind, head: str):
    async with way(fake) as wechat_:
        answer = await wechat_.send(replace(TO_ZHANG, kind=kind))
    assert answer.verdict is Verdict.ACCEPTED
    assert [fields["thing1"] for _, fields, _ in fake.shown] == [f"{head}东河卫生院疫苗冰箱2"]


async def test_a_template_of_its_own_says_what_it_says(fake: FakeWechat):
    both = {kind: {"id": TEMPLATE, "fields": FIELDS | {"thing1": f"{{place}}{kind}"}} for kind in ("alarm", "drill")}
    async with way(fake, templates=both) as wechat_:
        await wechat_.send(replace(TO_ZHANG, kind="drill"))
    assert [fields["thing1"] for _, fields, _ in fake.shown] == ["东河卫生院drill"]


@pytest.mark.parametrize("kind", ["drill", "number"])
async def test_where_no_line_is_free_to_say_so_it_is_refused(fake: FakeWechat, kind: Kind):
    tight = {"alarm": {"id": "T-1", "fields": {"phrase2": "{what}"}}}
    async with way(fake, templates=tight) as wechat_:
        answer = await wechat_.send(replace(TO_ZHANG, kind=kind))
    assert (answer.verdict, answer.code, fake.shown) == (Verdict.REFUSED, "our.no_template", [])


@pytest.mark.parametrize(
    ("name", "pattern", "short", "text"),
    [
        ("thing1", "{what}", {}, "-"),
        ("thing1", "{title}\n{what}", {"what": "高温"}, "高温报警 高温"),
        ("phrase2", "{what}", {"what": "高温 9℃"}, "高温"),
        ("phrase2", "{what}", {"what": "HOT"}, "异常"),
        ("phrase2", "{what}", {"what": "温度超过上限"}, "温度超过上"),
        ("time3", "{since}", {"since": "03:10"}, "03:10"),
        ("time3", "{since}", {"since": "昨夜"}, "2026年11月3日 04:05"),
        ("date3", "{since}", {"since": "03:10"}, "2026年11月3日"),
        ("character_string4", "{code}{place}", {"place": "院"}, "K7M2Q9"),
        ("number5", "{value}℃", {"value": "-9.4"}, "-9.4"),
        ("number5", "{value}", {"value": "高"}, "0"),
        ("short_thing6", "{place}", {"place": "东河卫生院二"}, "东河卫生…"),
    ],
)
def test_each_kind_of_field_holds_only_what_wechat_takes(name: str, pattern: str, short: dict[str, str], text: str):
    texts, _ = filled({name: pattern}, replace(MESSAGE, short=short), NOW)
    assert texts == {name: text}


@pytest.mark.parametrize("code", sorted(wechat.GONE))
async def test_who_has_left_is_refused_with_a_code_that_ends_the_binding(fake: FakeWechat, code: str):
    fake.refusals["oZhang"] = (int(code), "require subscribe")
    async with way(fake) as wechat_:
        answers = [await wechat_.send(TO_ZHANG), await wechat_.send(at("oLi"))]
    assert [(answer.verdict, answer.code) for answer in answers] == [(Verdict.REFUSED, code), (Verdict.ACCEPTED, "0")]


async def test_unfollowing_is_seen_by_the_next_message_and_by_asking(fake: FakeWechat):
    async with way(fake) as wechat_:
        assert await wechat_.follows("oZhang") is True
        fake.leaves("oZhang", AT)
        assert await wechat_.follows("oZhang") is False
        assert (await wechat_.send(TO_ZHANG)).code in wechat.GONE


async def test_a_token_that_ended_early_is_fetched_anew(fake: FakeWechat):
    async with way(fake) as wechat_:
        await wechat_.send(TO_ZHANG)
        fake.end_token()
        assert (await wechat_.send(at("oLi"))).verdict is Verdict.ACCEPTED
    assert (len(fake.shown), fake.fetches) == (2, 2)


async def test_a_message_sent_again_after_silence_is_shown_once_under_the_same_number(fake: FakeWechat):
    async with way(fake) as wechat_:
        answers = [await wechat_.send(TO_ZHANG) for _ in range(2)]
    assert answers[0].message_id == answers[1].message_id
    assert len(fake.shown) == 1


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(47003, Verdict.REFUSED), (43101, Verdict.REFUSED), (45009, Verdict.LATER), (48001, Verdict.BROKEN)],
)
async def test_each_refusal_means_what_it_means(fake: FakeWechat, code: int, verdict: Verdict):
    fake.refusals["oZhang"] = (code, "words")
    async with way(fake) as wechat_:
        answer = await wechat_.send(TO_ZHANG)
    assert (answer.verdict, answer.code) == (verdict, str(code))
    assert answer.words.startswith("words")


async def test_a_portals_page_in_place_of_a_token_is_no_token(fake: FakeWechat):
    fake.faults.append(says({"login": "please"}))
    async with way(fake) as wechat_:
        answer = await wechat_.send(TO_ZHANG)
    assert answer.verdict is Verdict.LATER
    assert not fake.shown


async def test_a_page_binds_whoever_opened_it_once(fake: FakeWechat):
    fake.codes["c-1"] = "oWang"
    async with way(fake) as wechat_:
        assert await wechat_.openid_of("c-1") == "oWang"
        again, unknown = await wechat_.openid_of("c-1"), await wechat_.openid_of("c-2")
    assert isinstance(again, Answer)
    assert isinstance(unknown, Answer)
    assert [again.code, unknown.code] == ["40163", "40029"]


async def test_a_qr_code_binds_whoever_scans_it(fake: FakeWechat):
    async with way(fake) as wechat_:
        picture = await wechat_.qr("bind-7f3a")
    assert isinstance(picture, str)
    assert parse_qs(urlsplit(picture).query) == {"ticket": ["gQ/+bind-7f3a=="]}
    new, known = fake.scans("oWang", "bind-7f3a", AT), fake.scans("oZhang", "bind-8b4c", AT)
    assert following.follows_of(opened(fake, new)) == [Follow("oWang", True, "bind-7f3a", AT)]
    assert following.follows_of(opened(fake, known)) == [Follow("oZhang", True, "bind-8b4c", AT)]


def test_the_page_to_be_bound_on_names_us_and_comes_back_with_our_state():
    url = wechat.authorize_url(FakeWechat().settings(), "https://c.example/bind?a=1&b=2", "s-1")
    parts = urlsplit(url)
    assert (parts.netloc, parts.fragment) == ("open.weixin.qq.com", "wechat_redirect")
    query = parse_qs(parts.query)
    assert (query["redirect_uri"], query["state"]) == (["https://c.example/bind?a=1&b=2"], ["s-1"])


def opened(fake: FakeWechat, letter: Letter) -> dict[str, str]:
    return sealed.opened(following.seal(fake.settings()), letter.query, letter.body, AT)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("success", State.DELIVERED),
        ("failed:user block", State.FAILED),
        ("failed: system failed", State.FAILED),
        ("failed:freq limit", State.FAILED),
    ],
)
def test_the_end_of_a_message_is_a_receipt(status: str, state: State):
    fake = FakeWechat()
    [receipt] = following.receipts_of(opened(fake, fake.finishes("oZhang", "3487542469355618313", status, AT)))
    assert (receipt.state, receipt.message_id, receipt.address) == (state, "3487542469355618313", "oZhang")
    assert (receipt.words, receipt.at) == (status, AT)


def test_who_leaves_is_seen():
    fake = FakeWechat()
    letter = opened(fake, fake.leaves("oZhang", AT))
    assert following.follows_of(letter) == [Follow("oZhang", False, "", AT)]
    assert following.receipts_of(letter) == []
    assert following.replies_of(letter) == []


def test_what_a_follower_writes_is_a_reply():
    fake = FakeWechat()
    [reply] = following.replies_of(opened(fake, fake.writes("oLi", "K7M2Q9 1 30", AT)))
    assert (reply.provider, reply.number, reply.text, reply.id) == (
        "wechat",
        "oLi",
        "K7M2Q9 1 30",
        "6054768590064713728",
    )


@pytest.mark.parametrize("fields", [{"other1": "{place}"}, {"thing1": "{place.__class__}"}, {"thing1": "{0}"}])
def test_a_template_that_cannot_be_filled_is_refused_when_the_settings_are_read(fields: dict[str, str]):
    with pytest.raises(ValidationError, match=r"use one of|no such word"):
        WechatTemplate(id="t", fields=fields)
