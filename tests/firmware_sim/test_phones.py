"""The telephones of simulated people, spoken to by the channel that a site has: signed both ways, each message once."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from coldchain import clock
from coldchain.archive.county import county_of
from coldchain.archive.facilities import numbers
from coldchain.providers import webhook, webhook_back
from coldchain.providers.opening import open_channels
from coldchain.providers.outcome import Channel, Message, State, Verdict
from coldchain.providers.settings import ChannelsSettings, WebhookSmsSettings, WebhookVoiceSettings
from coldchain.up.life.cast import cast
from coldchain.up.life.duty import UNASKED
from firmware_sim import archive_records
from firmware_sim.phones import http, people
from firmware_sim.phones.gateway import Place, serving
from firmware_sim.phones.people import Act, answers
from firmware_sim.phones.signing import WINDOW_S, is_signed
from firmware_sim.scenario_file import load
from tests.fakes.serving import Asked, Said, served

SECRET = "a-secret-of-both-sides"
LI = "+8613800138000"
CODE = "K3F9A2"


@dataclass
class Dashboards:
    """What is called back; refuses the first so many calls."""

    refuses: int = 0
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)
    port: int = 0

    async def answer(self, asked: Asked) -> Said:
        if self.refuses:
            self.refuses -= 1
            return Said(b"", 503)
        webhook.check(SECRET, asked.headers, asked.body, clock.wall())
        self.heard.append((asked.path, asked.body))
        return Said(webhook_back.ANSWER, 200)


@dataclass
class Town:
    """The gateway, our two ways to it, the dashboards that it calls back, and its screen."""

    port: int
    sms: Channel
    voice: Channel
    dashboards: Dashboards
    screen: list[str]

    async def heard(self, times: int) -> list[tuple[str, bytes]]:
        async with asyncio.timeout(60):
            while len(self.dashboards.heard) < times:
                await asyncio.sleep(0.01)
        return self.dashboards.heard


@pytest.fixture
async def town(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setattr(clock, "speed", lambda: 3000.0)  # a minute of theirs is 20 ms
    dashboards, screen = Dashboards(), list[str]()
    async with served(dashboards):
        place = Place(SECRET, f"http://127.0.0.1:{dashboards.port}", screen.append, first_wait_s=0.01)
        async with serving(place) as port:
            url, secret = f"http://127.0.0.1:{port}", SecretStr(SECRET)
            settings = ChannelsSettings(
                webhook_sms=WebhookSmsSettings(url=f"{url}/sms", secret=secret),
                webhook_voice=WebhookVoiceSettings(url=f"{url}/voice", secret=secret),
            )
            async with open_channels(settings) as ways:
                yield Town(port, ways["webhook_sms"], ways["webhook_voice"], dashboards, screen)


def message(**changes: Any) -> Message:
    said: dict[str, Any] = {"out_id": "n1", "address": LI, "text": "演练", "short": {}, "code": CODE, "kind": "drill"}
    return Message(**said | changes)


def test_one_wakes_and_the_other_does_not(town: Town):
    assert [(way.name, way.wakes, way.names_person) for way in (town.sms, town.voice)] == [
        ("webhook_sms", False, True),
        ("webhook_voice", True, True),
    ]


async def test_a_call_is_answered_and_a_key_is_pressed(town: Town):
    assert (await town.voice.send(message())).verdict is Verdict.ACCEPTED
    heard = await town.heard(2)
    assert {path for path, _ in heard} == {"/callbacks/webhook_voice/phones"}
    found = [each for _, body in heard for each in webhook_back.receipts_of(body, 0, "webhook_voice")]
    assert [(each.state, each.out_id, each.key) for each in found] == [
        (State.ANSWERED, "n1", ""),
        (State.KEYED, "n1", "2"),
    ]


async def test_a_text_is_delivered_and_a_reply_names_the_alarm(town: Town):
    await town.sms.send(message())
    heard = await town.heard(2)
    [receipt] = webhook_back.receipts_of(heard[0][1], 0, "webhook_sms")
    [reply] = webhook_back.replies_of(heard[1][1], 0, "webhook_sms")
    assert receipt.state is State.DELIVERED
    assert (reply.number, reply.text) == (LI, f"{CODE} 2")


async def test_the_same_message_again_is_answered_once_and_shown_once(town: Town):
    for _ in range(3):
        assert (await town.sms.send(message())).verdict is Verdict.ACCEPTED
    await town.heard(2)
    assert len([line for line in town.screen if "→" in line]) == 1
    assert "13800138000: 演练" in town.screen[0]


async def test_what_is_not_heard_at_once_is_said_again(town: Town):
    town.dashboards.refuses = 3
    await town.sms.send(message())
    assert len(await town.heard(2)) == 2


async def post(town: Town, path: str, secret: str, body: bytes) -> int:
    headers = webhook.headers(secret, "n1", body, clock.wall())
    return await http.post(f"http://127.0.0.1:{town.port}{path}", headers, body)


GOOD = json.dumps({"id": "n1", "to": LI, "text": "t", "kind": "note"}).encode()


@pytest.mark.parametrize(
    ("path", "secret", "body", "status"),
    [
        ("/sms", "another-secret-altogether", GOOD, 401),
        ("/fax", SECRET, GOOD, 404),
        ("/sms", SECRET, b"{", 400),
        ("/sms", SECRET, b"[]", 400),
        ("/sms", SECRET, b'{"id": 1}', 400),
        ("/sms", SECRET, b"x" * (http.LARGEST + 1), 400),
    ],
)
async def test_what_nobody_signed_or_nobody_can_read_is_refused(
    town: Town, path: str, secret: str, body: bytes, status: int
):
    assert await post(town, path, secret, body) == status
    assert town.screen == []
    assert await post(town, "/sms", SECRET, GOOD) == 200


def test_a_signature_of_long_ago_is_none():
    body = b"{}"
    headers = {name.lower(): text for name, text in webhook.headers(SECRET, "n1", body, 0).items()}
    assert is_signed(SECRET, headers, body, WINDOW_S)
    assert not is_signed(SECRET, headers, body, WINDOW_S + 1)


def acts(way: str, kind: str, hour: int) -> list[list[Act]]:
    said = ({"id": f"n{n}", "to": LI, "kind": kind, "code": CODE} for n in range(200))
    return [answers(way, each, hour) for each in said]


def share_taken(way: str, hour: int) -> float:
    return sum(any(act.key or act.text for act in each) for each in acts(way, "alarm", hour)) / 200


@pytest.mark.parametrize("way", ["voice", "sms"])
def test_people_answer_by_day_and_sleep_at_night(way: str):
    assert share_taken(way, 10) > share_taken(way, 3)


@pytest.mark.parametrize(("way", "hour"), [("voice", 10), ("voice", 3), ("sms", 10)])
def test_everybody_answers_a_drill_within_seconds(way: str, hour: int):
    for each in acts(way, "drill", hour):
        assert any(act.key or act.text for act in each)
        assert each[-1].after_s < 20


@pytest.mark.parametrize(("text", "key"), [("温度过高 8.9℃", "1"), ("停电", "1"), ("校准过期", "2"), ("too warm", "1")])
def test_people_go_where_vaccine_is_in_danger(text: str, key: str):
    said = ({"id": f"n{n}", "to": LI, "kind": "alarm", "code": CODE, "text": text} for n in range(50))
    assert {act.key for each in said for act in answers("voice", each, 10) if act.key} == {key}


ASKED = {"kind": "number", "id": "q1", "text": "号码核对"}


@pytest.mark.parametrize(("number", "word", "key"), [(LI, "是", "1"), (next(iter(people.GIVEN_UP)), "否", "2")])
def test_whoever_has_a_number_now_says_whether_it_is_still_theirs(number: str, word: str, key: str):
    text, call = (answers(way, ASKED | {"to": number}, 10) for way in ("sms", "voice"))
    assert ([act.state for act in text], text[-1].text) == (["delivered", ""], word)
    assert ([act.state for act in call], call[-1].key) == (["answered", "keyed"], key)


def test_one_answers_nobody_who_asks_for_their_number():
    [silent] = people.SILENT
    acts = [act for way in ("sms", "voice") for act in answers(way, ASKED | {"to": silent}, 10)]
    assert [act.state for act in acts] == ["delivered", "rang_out"]


def test_the_demo_s_county_asks_somebody_of_each_kind():
    demo = load("county")
    county = county_of(msgspec.json.encode(archive_records.of(demo, clock.wall())).decode())
    asked = {numbers.normal(each.phone, "phone") for each in cast(county) if each.facility in UNASKED}
    assert asked > people.GIVEN_UP | people.SILENT
    assert len(asked) >= 4


def test_news_and_thanks_are_read_and_not_answered():
    for kind in ("over", "note"):
        assert not any(act.key or act.text for way in ("voice", "sms") for each in acts(way, kind, 10) for act in each)
