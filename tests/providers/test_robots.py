"""Robots of groups: signed each in its own way, refused with HTTP 200, held back before they are shut."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr, ValidationError

from coldchain.providers import robots
from coldchain.providers.chat_sections import GroupSettings, RobotSettings
from coldchain.providers.outcome import Verdict
from tests.fakes.robots import SECRET, FakeRobots, Kind, fake_robots
from tests.fakes.serving import says
from tests.providers.messages import MESSAGE, at

KINDS: list[Kind] = ["wecom", "dingtalk", "feishu"]
TO_DESK = at("desk")


@pytest.fixture
async def fake() -> AsyncIterator[FakeRobots]:
    async with fake_robots() as running:
        yield running


@pytest.mark.parametrize("kind", KINDS)
async def test_a_group_reads_the_text_its_code_and_its_link(fake: FakeRobots, kind: Kind):
    async with robots.opened(fake.settings(kind)) as way:
        answer = await way.send(TO_DESK)
    assert (answer.verdict, answer.code) == (Verdict.ACCEPTED, "0")
    assert fake.shown == [f"{MESSAGE.text}\n{MESSAGE.link}"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_group_is_nobody_in_particular(fake: FakeRobots, kind: Kind):
    async with robots.opened(fake.settings(kind)) as way:
        assert (way.names_person, way.wakes) == (False, False)
        assert await way.ask("n-1", "desk", 0) is None


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_key_is_seen_though_the_answer_is_200(fake: FakeRobots, kind: Kind):
    wrong = GroupSettings(key=SecretStr("wrong"), secret=SecretStr(SECRET))
    async with robots.opened(fake.settings(kind, groups={"desk": wrong})) as way:
        answer = await way.send(TO_DESK)
    assert (answer.verdict, answer.code) == (
        Verdict.BROKEN,
        {"wecom": "93000", "dingtalk": "300001", "feishu": "19001"}[kind],
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_robot_with_a_wrong_key_silences_its_own_group_alone(fake: FakeRobots, kind: Kind):
    wrong = GroupSettings(key=SecretStr("wrong"), secret=SecretStr(SECRET))
    groups = {**fake.settings(kind).groups, "night": wrong}
    async with robots.opened(fake.settings(kind, groups=groups)) as way:
        answers = [await way.send(at(name)) for name in ("night", "desk", "night")]
    assert [answer.verdict for answer in answers] == [Verdict.REFUSED, Verdict.ACCEPTED, Verdict.REFUSED]
    assert "[channels.robot.groups.night]" in answers[0].words


async def test_when_the_robot_of_every_group_is_broken_the_way_is_out(fake: FakeRobots):
    wrong = GroupSettings(key=SecretStr("wrong"))
    async with robots.opened(fake.settings("wecom", groups={"day": wrong, "night": wrong})) as way:
        answers = [await way.send(at(name)) for name in ("day", "night", "day")]
    assert [answer.verdict for answer in answers] == [Verdict.REFUSED, Verdict.BROKEN, Verdict.BROKEN]


@pytest.mark.parametrize(("kind", "code"), [("dingtalk", "310000"), ("feishu", "19021")])
async def test_a_clock_that_is_an_hour_off_breaks_the_signature(fake: FakeRobots, kind: Kind, code: str):
    fake.skew_s = 3700
    async with robots.opened(fake.settings(kind)) as way:
        answer = await way.send(TO_DESK)
    assert (answer.verdict, answer.code) == (Verdict.BROKEN, code)


async def test_a_keyword_that_is_missing_is_seen(fake: FakeRobots):
    fake.keyword = "冷链"
    async with robots.opened(fake.settings("dingtalk")) as way:
        assert "keywords not in content" in (await way.send(TO_DESK)).words
    assert not fake.shown


@pytest.mark.parametrize("kind", KINDS)
async def test_the_21st_message_of_a_minute_is_held_back_here(fake: FakeRobots, kind: Kind):
    async with robots.opened(fake.settings(kind)) as way:
        answers = [await way.send(TO_DESK) for _ in range(22)]
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 20 + [Verdict.LATER] * 2
    assert answers[-1].code == "our.limit"


async def test_a_robot_that_is_shut_is_left_alone_until_it_opens(fake: FakeRobots):
    fake.faults.append(says({"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}))
    async with robots.opened(fake.settings("dingtalk")) as way:
        first, second = await way.send(TO_DESK), await way.send(TO_DESK)
    assert (first.code, first.retry_after_s) == ("130101", 600)
    assert second.code == "our.limit"
    assert 590 < (second.retry_after_s or 0) <= 600
    assert not fake.shown


async def test_a_long_text_is_cut_by_us(fake: FakeRobots):
    async with robots.opened(fake.settings("wecom")) as way:
        await way.send(type(MESSAGE)("n-1", "desk", "温" * 2000, {}, link=MESSAGE.link, code=MESSAGE.code))
    assert fake.shown[0].endswith(f"…\n{MESSAGE.code}\n{MESSAGE.link}")


async def test_an_unknown_group_is_refused_and_named(fake: FakeRobots):
    async with robots.opened(fake.settings("feishu")) as way:
        answer = await way.send(at("night"))
    assert answer.verdict is Verdict.REFUSED
    assert "night" in answer.words


def test_dingtalk_and_feishu_sign_the_other_way_round():
    # Both by the vendors' own words, computed apart: openssl dgst -sha256 -hmac KEY -binary | base64
    assert robots.dingtalk_sign("SEC0", 1700000000000) == "grq97xXoTUjTHFvKaCG7ayUVYZj98Kc7erzY+P9gZxg="
    assert robots.feishu_sign("SEC0", 1700000000) == "LJwVqKBrh53wM6KSg59hIjBWMapB+x0ZXpCltaPxFME="


def test_each_kind_has_its_own_server_unless_another_is_named():
    group = {"desk": {"key": "k", "secret": "s"}}
    hosts = [RobotSettings.model_validate({"kind": kind, "groups": group}).url for kind in KINDS]
    assert hosts == ["https://qyapi.weixin.qq.com/", "https://oapi.dingtalk.com/", "https://open.feishu.cn/"]


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_robot_that_does_not_sign_is_refused_when_the_settings_are_read(kind: str):
    with pytest.raises(ValidationError, match="no secret"):
        RobotSettings.model_validate({"kind": kind, "groups": {"desk": {"key": "k"}}})
