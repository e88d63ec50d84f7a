"""Robots of groups: WeCom, DingTalk, Feishu. Many read it, so nobody in particular has been told.

WeCom's key is its only secret; DingTalk and Feishu sign, each the other way round: DingTalk's secret is the key and the
text is signed, Feishu's key is time and secret together and nothing is signed. All three answer HTTP 200 to a refusal.
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from coldchain import clock
from coldchain.providers import cutting
from coldchain.providers.chat_sections import GroupSettings, RobotSettings
from coldchain.providers.errcode import BROKEN, JSON, Meanings, later, read, written
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Verdict
from coldchain.providers.over_http import Line, Spoken, connected
from coldchain.providers.pace import Pace

log = logging.getLogger(__name__)

NAME = "robot"
TEXT_B = 2048  # of WeCom's; the others take more, nobody reads more
SHUT_S = 600.0  # DingTalk takes nothing for ten minutes from a robot that was too fast, and counts on

_WECOM: Meanings = {-1: later(2.0), 45009: later(65.0), 45033: later(2.0), 93000: BROKEN}
_DINGTALK: Meanings = {
    -1: later(2.0),
    130101: later(SHUT_S),
    90030: later(SHUT_S),
    300001: BROKEN,  # the key
    310000: BROKEN,  # the signature (or our clock), its keyword, our address
}
_FEISHU: Meanings = {
    11232: later(60.0),
    19001: BROKEN,  # the key
    19021: BROKEN,  # the signature, or our clock
    19022: BROKEN,  # our address
    19024: BROKEN,  # its keyword
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, ready to be sent."""

    path: str
    table: dict[str, Any]


def dingtalk_sign(secret: str, at: int) -> str:
    """DingTalk's signature of a time in ms."""
    return _sign(secret.encode(), f"{at}\n{secret}".encode())


def feishu_sign(secret: str, at_s: int) -> str:
    """Feishu's signature of a time in seconds."""
    return _sign(f"{at_s}\n{secret}".encode(), b"")


def asked(kind: str, group: GroupSettings, text: str, at: int) -> Asked:
    """The request of one kind of robot; `at` is the wall's time in ms, which both signatures carry."""
    key, secret = group.key.get_secret_value(), group.secret.get_secret_value()
    if kind == "wecom":
        return Asked(f"cgi-bin/webhook/send?{urlencode({'key': key})}", {"msgtype": "text", "text": {"content": text}})
    if kind == "dingtalk":
        query = urlencode({"access_token": key, "timestamp": at, "sign": dingtalk_sign(secret, at)})
        return Asked(f"robot/send?{query}", {"msgtype": "text", "text": {"content": text}})
    at_s = at // 1000
    signed = {"timestamp": str(at_s), "sign": feishu_sign(secret, at_s)}
    path = f"open-apis/bot/v2/hook/{quote(key, safe='')}"
    return Asked(path, {**signed, "msg_type": "text", "content": {"text": text}})


def answered(kind: str, spoken: Spoken | Answer, out_id: str) -> Answer:
    """What a robot's answer means; it gives no number, so ours stands for it."""
    if kind == "feishu":
        told = read(spoken, _FEISHU, code="code", words="msg")
    else:
        told = read(spoken, _WECOM if kind == "wecom" else _DINGTALK)
    return told if isinstance(told, Answer) else Answer(Verdict.ACCEPTED, "0", "ok", out_id)


class Robot:
    """The way. Made by `opened`."""

    name = NAME
    wakes = False
    names_person = False

    def __init__(self, section: RobotSettings, line: Line) -> None:
        self.per_address: tuple[Limit, ...] = tuple(limit.limit() for limit in section.limits)
        self._section = section
        self._line = line
        self._pace = Pace(self.per_address)
        self._broken: set[str] = set()  # groups whose own robot was refused last

    async def send(self, message: Message) -> Answer:
        """To a group; `address` is its name in the settings.

        Key, secret, keyword and list of addresses are each robot's own, so one that is BROKEN refuses its group alone;
        the way is out only when the robot of every group is.
        """
        group = self._section.groups.get(message.address)
        if group is None:
            return Answer(
                Verdict.REFUSED,
                "our.address",
                f"the address {message.address[:64]!r} is no group of [channels.robot.groups]",
            )
        wait = self._pace.wait(message.address, clock.monotonic())
        if wait is not None:
            return wait
        asking = asked(self._section.kind, group, cutting.whole_text(message, TEXT_B), clock.wall())
        url = f"{self._section.url.rstrip('/')}/{asking.path}"
        spoken = await self._line.say(url, body=written(asking.table), headers=JSON)
        answer = answered(self._section.kind, spoken, message.out_id)
        if answer.verdict is Verdict.LATER and answer.retry_after_s:
            self._pace.shut(message.address, clock.monotonic() + answer.retry_after_s)
        return self._of_group(message.address, answer)

    def _of_group(self, name: str, answer: Answer) -> Answer:
        """The answer of one robot, as it concerns the way."""
        if answer.verdict is Verdict.ACCEPTED:
            self._broken.discard(name)
        if answer.verdict is not Verdict.BROKEN:
            return answer
        log.warning("groups.%s: its robot is refused: %s %s", name, answer.code, answer.words)
        self._broken.add(name)
        if self._broken == set(self._section.groups):
            return answer
        return replace(answer, verdict=Verdict.REFUSED, words=f"[channels.robot.groups.{name}] {answer.words}")

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the protocol's
        """A robot gives no number and cannot be asked."""
        return None


@asynccontextmanager
async def opened(section: RobotSettings) -> AsyncIterator[Robot]:
    """The way with its own client."""
    async with connected(section) as line:
        yield Robot(section, line)


def _sign(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
