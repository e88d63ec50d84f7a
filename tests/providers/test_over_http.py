"""One request: what its failures mean, how long to wait, how many at once."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx2
import pytest

from coldchain import clock
from coldchain.providers.outcome import Answer, Verdict
from coldchain.providers.over_http import LARGEST, Line, Spoken, connected, failed
from coldchain.providers.sections import HttpSection
from tests.fakes.serving import Asked, Fault, Said, said, says, served


@dataclass
class Echo:
    """Answers with what it was asked."""

    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        return said({"path": asked.path, "query": asked.raw_query})


def section(**changes: float) -> HttpSection:
    return HttpSection.model_validate({"url": "http://127.0.0.1:1/", "timeout_s": 10.0, "per_s": 1000.0} | changes)


async def said_by(fault: Fault) -> Spoken | Answer:
    echo = Echo(faults=[fault])
    async with served(echo), connected(section()) as line:
        return await line.say(echo.url)


async def test_the_query_goes_out_byte_for_byte():
    echo = Echo()
    async with served(echo), connected(section()) as line:
        spoken = await line.say(f"{echo.url}?a=%E9%AB%98%2B%2F~&b=a%20b%2A%5E")
    assert isinstance(spoken, Spoken)
    assert echo.asked[0].raw_query == "a=%E9%AB%98%2B%2F~&b=a%20b%2A%5E"


@pytest.mark.parametrize(
    ("header", "wait_s"), [("12", 12.0), ("999999999", 86400.0), ("soon", None), ("-3", None), ("²", None)]
)
async def test_retry_after_in_seconds(header: str, wait_s: float | None):
    spoken = await said_by(Fault("say", said=Said(b"{}", 429, {"Retry-After": header.encode().decode("latin-1")})))
    assert isinstance(spoken, Spoken)
    assert spoken.unread().verdict is Verdict.LATER
    assert spoken.unread().retry_after_s == wait_s


async def test_retry_after_as_a_date():
    moment = datetime.fromtimestamp(clock.wall() / 1000 + 30, UTC)
    spoken = await said_by(says({}, 503, Retry_After=format_datetime(moment, usegmt=True)))
    assert isinstance(spoken, Spoken)
    assert spoken.retry_after_s == pytest.approx(30, abs=5)
    assert spoken.unread().verdict is Verdict.LATER


async def test_an_answer_without_an_end_is_given_up():
    answer = await said_by(Fault("say", said=Said(b" " * (LARGEST + 1))))
    assert isinstance(answer, Answer)
    assert (answer.verdict, answer.code) == (Verdict.UNKNOWN, "our.unreadable")


async def test_an_answer_that_is_packed_wrongly_is_unknown():
    answer = await said_by(Fault("say", said=Said(b"not gzip", headers={"Content-Encoding": "gzip"})))
    assert isinstance(answer, Answer)
    assert (answer.verdict, answer.code) == (Verdict.UNKNOWN, "our.unreadable")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (302, "broken"),
        (403, "broken"),
        (404, "broken"),
        (408, "unknown"),
        (429, "later"),
        (500, "unknown"),
        (503, "unknown"),
    ],
)
def test_a_status_alone_says_what_it_can(status: int, verdict: str):
    assert Spoken(status, b"<html>").unread().verdict == verdict


@pytest.mark.parametrize(
    ("error", "verdict", "code"),
    [
        (httpx2.ConnectError("refused"), "later", "our.unreachable"),
        (httpx2.ConnectTimeout(""), "later", "our.unreachable"),
        (httpx2.PoolTimeout(""), "later", "our.unreachable"),
        (httpx2.ProxyError("no"), "later", "our.unreachable"),
        (httpx2.LocalProtocolError("bad header"), "broken", "our.request"),
        (httpx2.ReadTimeout(""), "unknown", "our.silence"),
        (httpx2.WriteTimeout(""), "unknown", "our.silence"),
        (TimeoutError(), "unknown", "our.silence"),
        (httpx2.ReadError("reset"), "unknown", "our.cut"),
        (httpx2.WriteError("reset"), "unknown", "our.cut"),
        (httpx2.RemoteProtocolError("gone"), "unknown", "our.cut"),
    ],
)
def test_a_failure_is_later_when_nothing_left_us_and_unknown_when_it_may_have(
    error: Exception, verdict: str, code: str
):
    assert (failed(error).verdict, failed(error).code) == (verdict, code)
    assert failed(error).words


def test_the_words_of_a_failure_carry_no_address():
    assert (
        failed(httpx2.ReadError("https://x/?secret=1")).words == "the provider hung up before it answered (ReadError)"
    )


async def test_more_than_the_account_allows_waits_its_turn():
    echo = Echo()
    async with served(echo), connected(section(per_s=20.0)) as line:
        began = clock.monotonic()
        await asyncio.gather(*(line.say(echo.url) for _ in range(5)))
        assert clock.monotonic() - began >= 4 / 20
    assert len(echo.asked) == 5


async def test_after_a_moment_in_which_nobody_ran_no_second_holds_more_than_it_may():
    echo = Echo()
    async with served(echo), connected(section(per_s=10.0)) as line:
        left: list[float] = []

        async def say() -> None:
            await line._turn()
            left.append(clock.monotonic())

        saying = [asyncio.create_task(say()) for _ in range(25)]
        await asyncio.sleep(0.3)
        time.sleep(0.8)  # noqa: ASYNC251 - the whole process stands still
        await asyncio.gather(*saying)
    assert all(later - earlier >= 0.99 for earlier, later in zip(left, left[10:], strict=False))


async def test_what_would_wait_too_long_for_its_turn_comes_back_with_the_time():
    echo = Echo()
    async with served(echo), connected(section(per_s=0.01)) as line:
        await line.say(echo.url)
        answer = await line.say(echo.url)
    assert isinstance(answer, Answer)
    assert (answer.verdict, answer.code) == (Verdict.LATER, "our.pace")
    assert answer.retry_after_s == pytest.approx(100.0, rel=0.2)


async def test_addresses_with_numbers_are_not_logged(caplog: pytest.LogCaptureFixture):
    echo = Echo()
    with caplog.at_level(logging.INFO):
        async with served(echo), connected(section()) as line:
            await line.say(f"{echo.url}?PhoneNumbers=13800138000")
    assert "13800138000" not in caplog.text


async def test_a_line_that_was_closed_sends_nothing():
    async with connected(section()) as line:
        assert isinstance(line, Line)
    answer = await line.say("http://127.0.0.1:1/")
    assert isinstance(answer, Answer)
    assert (answer.verdict, answer.code) == (Verdict.LATER, "our.closed")


async def test_questions_stand_behind_all_that_is_sent_even_what_comes_after_them():
    echo = Echo()
    async with served(echo), connected(section(per_s=20.0)) as line:
        sends = [asyncio.create_task(line.say(f"{echo.url}send")) for _ in range(3)]
        await asyncio.sleep(0)
        asks = [asyncio.create_task(line.say(f"{echo.url}ask", only_asks=True)) for _ in range(2)]
        await asyncio.sleep(0)
        sends += [asyncio.create_task(line.say(f"{echo.url}send")) for _ in range(3)]
        await asyncio.gather(*sends, *asks)
    assert [asked.path for asked in echo.asked] == ["/send"] * 6 + ["/ask"] * 2


async def test_a_question_without_a_turn_is_asked_another_time_and_takes_none():
    echo = Echo()
    async with served(echo), connected(section(per_s=0.2)) as line:
        await line.say(echo.url)
        answer = await line.say(echo.url, only_asks=True)
        assert isinstance(answer, Answer)
        assert (answer.verdict, answer.code) == (Verdict.LATER, "our.pace")
        assert line._next - clock.monotonic() < 5.0
    assert len(echo.asked) == 1
