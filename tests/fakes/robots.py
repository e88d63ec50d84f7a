"""A fake of the groups' robots of WeCom (99110), DingTalk and Feishu: keys, signatures, limits; always HTTP 200.

DingTalk shuts a robot that exceeds 20 messages a minute for ten minutes, and counts what it is sent meanwhile.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import SecretStr

from coldchain import clock
from coldchain.providers.chat_sections import GroupSettings, RobotSettings
from tests.fakes.serving import Asked, Fault, Said, said, served
from tests.fakes.windows import Windows, sliding

KEY, SECRET = "8a3c5b7e-robot-of-tests", "SEC-of-tests"
Kind = Literal["wecom", "dingtalk", "feishu"]


@dataclass
class FakeRobots:
    """One robot of each product."""

    now: float = 1_795_000_000.0
    keyword: str = ""  # a DingTalk robot may want one in each message
    skew_s: float = 0.0  # how far our clock is from theirs
    faults: list[Fault] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._minute = Windows(("minute", 20, sliding(60)))
        self._shut_until = 0.0

    def settings(self, kind: Kind, **changed: Any) -> RobotSettings:
        groups = {"desk": GroupSettings(key=SecretStr(KEY), secret=SecretStr(SECRET))}
        given: dict[str, Any] = {"url": f"http://127.0.0.1:{self.port}/", "timeout_s": 10.0, "per_s": 1000.0}
        return RobotSettings(**{"kind": kind, "groups": groups, **given, **changed})

    async def answer(self, asked: Asked) -> Said:
        table = json.loads(asked.body)
        if asked.path == "/cgi-bin/webhook/send":
            return said(self._wecom(asked, table))
        if asked.path == "/robot/send":
            return said(self._dingtalk(asked, table))
        assert asked.path.startswith("/open-apis/bot/v2/hook/"), asked.path
        return said(self._feishu(asked, table))

    def _wecom(self, asked: Asked, table: dict[str, Any]) -> dict[str, Any]:
        more = "hint: [1691412528612130566906556], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com"
        if asked.query["key"] != KEY:
            return {"errcode": 93000, "errmsg": f"invalid webhook url, {more}"}
        if self._minute.over("wecom", self.now):
            return {"errcode": 45009, "errmsg": f"api freq out of limit, {more}"}
        self.shown.append(table["text"]["content"].encode()[:2048].decode(errors="ignore"))
        return {"errcode": 0, "errmsg": "ok"}

    def _dingtalk(self, asked: Asked, table: dict[str, Any]) -> dict[str, Any]:
        if asked.query["access_token"] != KEY:
            return {"errcode": 300001, "errmsg": "token is not exist"}
        at = asked.query["timestamp"]
        wanted = _b64(hmac.new(SECRET.encode(), f"{at}\n{SECRET}".encode(), hashlib.sha256))
        if asked.query["sign"] != wanted or abs(int(at) / 1000 - self._clock()) > 3600:
            return {"errcode": 310000, "errmsg": "sign not match, more: [https://ding-doc.dingtalk.com/doc]"}
        if self.keyword not in table["text"]["content"]:
            return {"errcode": 310000, "errmsg": "keywords not in content, more: [https://ding-doc.dingtalk.com/doc]"}
        if self.now < self._shut_until or self._minute.over("dingtalk", self.now):
            self._shut_until = self.now + 600
            return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        self.shown.append(table["text"]["content"])
        return {"errcode": 0, "errmsg": "ok"}

    def _feishu(self, asked: Asked, table: dict[str, Any]) -> dict[str, Any]:
        if asked.path.rpartition("/")[2] != KEY:
            return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
        at = table["timestamp"]
        wanted = _b64(hmac.new(f"{at}\n{SECRET}".encode(), b"", hashlib.sha256))
        if table["sign"] != wanted or abs(int(at) - self._clock()) > 3600:
            words = "sign match fail or timestamp is not within one hour from current time"
            return {"code": 19021, "msg": words}
        if len(asked.body) > 20 * 1024:
            return {"code": 9499, "msg": "Bad Request"}
        if self._minute.over("feishu", self.now):
            return {"code": 11232, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]"}
        self.shown.append(table["content"]["text"])
        return {"code": 0, "msg": "success", "data": {}, "Extra": None, "StatusCode": 0, "StatusMessage": "success"}

    def _clock(self) -> float:
        return clock.wall() / 1000 + self.skew_s


def _b64(signed: "hmac.HMAC") -> str:
    return base64.b64encode(signed.digest()).decode()


@asynccontextmanager
async def fake_robots() -> AsyncIterator[FakeRobots]:
    """Running fakes, at one address."""
    fake = FakeRobots()
    async with served(fake):
        yield fake
