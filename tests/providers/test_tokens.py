"""Access tokens, the pace and the cut: what the chats have in common."""

import asyncio
from dataclasses import replace

import pytest

from coldchain.providers import cutting
from coldchain.providers.outcome import Answer, Limit, Verdict
from coldchain.providers.pace import Pace
from coldchain.providers.tokens import Issued, Tokens, with_token
from tests.providers.messages import MESSAGE


class Office:
    """Gives tokens, one after the other, or an answer instead."""

    def __init__(self, *given: Issued | Answer) -> None:
        self.given = list(given)
        self.fetches = 0

    async def fetch(self) -> Issued | Answer:
        self.fetches += 1
        await asyncio.sleep(0)
        return self.given.pop(0) if self.given else Issued(f"t{self.fetches}", 7200)


def refuses(*stale: str):
    """A call that refuses these tokens."""

    async def call(token: str) -> Answer:
        await asyncio.sleep(0)
        return Answer(Verdict.LATER, "42001") if token in stale else Answer(Verdict.ACCEPTED, "0", token)

    return call


async def test_a_crowd_shares_one_fetch():
    office = Office()
    tokens = Tokens(office.fetch)
    assert set(await asyncio.gather(*(tokens.get() for _ in range(50)))) == {"t1"}
    assert office.fetches == 1


async def test_a_refused_token_is_refreshed_once_for_the_whole_crowd():
    office = Office()
    tokens = Tokens(office.fetch)
    answers = await asyncio.gather(*(with_token(tokens, refuses("t1")) for _ in range(50)))
    assert {answer.words for answer in answers} == {"t2"}
    assert office.fetches == 2


async def test_a_second_refusal_is_the_answer():
    office = Office()
    answer = await with_token(Tokens(office.fetch), refuses("t1", "t2"))
    assert (answer.code, office.fetches) == ("42001", 2)


async def test_a_token_is_not_used_to_its_last_second():
    office = Office(Issued("short", 0.0))
    tokens = Tokens(office.fetch)
    assert [await tokens.get(), await tokens.get()] == ["short", "t2"]


async def test_a_fetch_that_was_refused_is_not_repeated_at_once():
    office = Office(Answer(Verdict.BROKEN, "40125"))
    tokens = Tokens(office.fetch)
    answers = [await with_token(tokens, refuses()) for _ in range(5)]
    assert {answer.code for answer in answers} == {"40125"}
    assert office.fetches == 1


async def test_silence_at_the_fetch_means_that_the_message_never_left():
    answer = await with_token(Tokens(Office(Answer(Verdict.UNKNOWN, "our.silence")).fetch), refuses())
    assert answer.verdict is Verdict.LATER


async def test_a_token_is_not_printed():
    assert "secret" not in repr(Issued("secret", 1))


def test_the_pace_holds_what_the_provider_would_drop():
    pace = Pace([Limit(2, 60)])
    assert [pace.wait("a", 0), pace.wait("a", 10), pace.wait("b", 10)] == [None, None, None]
    held = pace.wait("a", 20)
    assert held is not None
    assert (held.verdict, held.retry_after_s) == (Verdict.LATER, 40)
    assert pace.wait("a", 60) is None


def test_the_pace_forgets_whom_it_has_not_written_to():
    pace = Pace([Limit(1, 60)])
    for n in range(1000):
        assert pace.wait(f"a{n}", n * 1.0) is None
    assert len(pace._sent) <= 121


def test_a_shut_door_stays_shut_and_nothing_is_counted_meanwhile():
    pace = Pace([Limit(20, 60)])
    pace.wait("a", 0)
    pace.shut("a", 600)
    assert pace.wait("a", 599) is not None
    assert pace.wait("a", 600) is None


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [("短", 20, "短"), ("一" * 20, 20, "一" * 20), ("一" * 21, 20, "一" * 19 + "…"), ("a\nb  c", 20, "a b c")],
)
def test_a_line_is_cut_with_a_mark(text: str, limit: int, cut: str):
    assert cutting.characters(text, limit) == cut


@pytest.mark.parametrize("limit_b", range(3, 40))
def test_bytes_are_cut_between_characters(limit_b: int):
    cut = cutting.utf8("冰箱 9.4℃ 高温", limit_b)
    assert len(cut.encode()) <= limit_b
    assert cut == "冰箱 9.4℃ 高温" or cut.endswith("…")


@pytest.mark.parametrize("length", [10, 600, 690, 700, 3000])
def test_however_long_the_text_its_code_and_link_are_kept(length: int):
    text = cutting.whole_text(replace(MESSAGE, text="温" * length + MESSAGE.code), 2048)
    assert len(text.encode()) <= 2048
    assert MESSAGE.code in text
    assert MESSAGE.link in text


def test_what_stands_in_the_text_is_not_said_twice():
    assert cutting.whole_text(MESSAGE, 2048).count(MESSAGE.code) == MESSAGE.text.count(MESSAGE.code) + 1  # in the link


def test_a_limit_of_certain_hours_is_left_to_the_rows_which_know_the_walls_time():
    pace = Pace([Limit(1, 36_000, from_hour=22)])
    assert [pace.wait("li", 5.0), pace.wait("li", 6.0)] == [None, None]


@pytest.mark.parametrize(
    ("hour", "sent", "wait_h"),
    [
        (22.0, [], 0.0),
        (23.0, [22.5], 9.0),  # one this night: until 08:00
        (31.5, [22.5], 0.5),  # the next morning, half past seven
        (32.0, [22.5], 0.0),
        (21.9, [-1.0], 0.0),  # by day the night before is over
        (46.0, [22.5], 0.0),  # the next night is another one
        (7.0, [-1.0], 1.0),
    ],
)
def test_a_window_of_a_night_opens_at_22_and_closes_at_8_in_beijing(hour: float, sent: list[float], wait_h: float):
    limit = Limit(1, 36_000, from_hour=22)
    midnight_s = 1_795_449_600.0  # 2026-11-24 00:00 in Beijing
    waits_s = limit.wait_s([midnight_s + at * 3600 for at in sent], midnight_s + hour * 3600)
    assert waits_s == pytest.approx(wait_h * 3600)
