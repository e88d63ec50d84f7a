"""How many are asked, whose turn it is, by which way, and what they read."""

from zoneinfo import ZoneInfo

import pytest

from alerting.numbers.texts import message_of
from alerting.numbers.turns import LEAST_A_DAY, SPREAD_DAYS, allowance, channel_of, in_turn, is_day
from coldchain.archive.duty.questions import Question, QuestionState
from coldchain.archive.duty.ways import Known
from coldchain.archive.duty.words import WayKind

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000
MIDNIGHT = 1_782_835_200_000  # 2026-07-01T00:00:00+08:00


def test_a_county_s_ways_are_asked_over_weeks_and_over_the_hours_of_a_day():
    a_day = 2000 // SPREAD_DAYS
    assert allowance(2000, 0, 0) == a_day // 5
    assert allowance(2000, a_day - 3, 0) == 3
    assert allowance(2000, a_day, 0) == 0
    assert allowance(2000, 40, a_day // 5) == 0
    assert allowance(3, 0, 0) == 1
    assert allowance(3, LEAST_A_DAY, 0) == 0


def test_whoever_was_confirmed_longest_ago_comes_first():
    def known(n: int, verified_at: int | None) -> Known:
        return Known(person=n, kind=WayKind.MOBILE, address=f"+86{n}", verified_at=verified_at)

    assert [each.person for each in in_turn([known(1, 30), known(2, None), known(3, 20)])] == [2, 3, 1]


@pytest.mark.parametrize(
    ("kind", "channel"),
    [
        (WayKind.MOBILE, "tencent_sms"), (WayKind.FIXED, "aliyun_voice"), (WayKind.WARD_NIGHT, "aliyun_voice"),
        (WayKind.WECOM, "wecom"), (WayKind.WECHAT, None), (WayKind.MAIL, None),
    ],
)  # fmt: skip
def test_each_address_is_asked_by_its_own_way(kind: WayKind, channel: str | None):
    assert channel_of(kind, ["console", "aliyun_voice", "tencent_sms", "wecom"]) == channel


@pytest.mark.parametrize(("hour", "is_it"), [(0, False), (7, False), (8, True), (19, True), (20, False), (23, False)])
def test_nobody_is_asked_at_night(hour: int, is_it: bool):
    assert is_day(MIDNIGHT + hour * HOUR, ZONE) is is_it


def question(kind: WayKind, channel: str, language: str = "zh") -> Question:
    return Question(
        person=1, kind=kind, sent_to="+8613800138000", channel=channel, language=language, id=7, sent_at=0, sent_s=0.0,
        state=QuestionState.LEAVING, tries=1, provider_id="", provider_code="", answer="", cost_fen=0, ended_at=None,
        how="", fingerprint="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "channel", "link", "words"),
    [
        (WayKind.MOBILE, "sms", "", "请回复“是”或“否”。"), (WayKind.FIXED, "voice", "", "是请按1，不是请按2。"),
        (WayKind.MAIL, "mail", "https://x/n/s", "请打开链接回答。"), (WayKind.WECOM, "wecom", "https://x/n/s", "或打开链接回答。"),
    ],
)  # fmt: skip
def test_the_message_says_whose_it_is_thought_to_be_and_how_to_answer(
    kind: WayKind, channel: str, link: str, words: str
):
    message = message_of(question(kind, channel), "欧阳小琴", link)
    assert "欧阳小琴" in message.text
    assert "不是报警" in message.text
    assert words in message.text
    assert len(message.text) <= 70
    assert (message.kind, message.out_id, message.link, message.code) == ("number", "q7", link, "")
    assert all(0 < len(value) <= 6 for value in message.short.values())


def test_who_reads_english_is_asked_in_english():
    message = message_of(question(WayKind.MOBILE, "sms", "en"), "Abdurahman Tursun", "")
    assert "is this still the mobile number of Abdurahman Tursun? Reply YES or NO." in message.text
    assert len(message.text) <= 160
