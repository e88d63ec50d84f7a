"""A fake of a WeChat service account, by the vendor's pages on stable_token, template messages and events: always HTTP 200.

It cuts a `thing` at 20 characters without a word, refuses a field of the wrong kind with 47003 and who does not follow
with 43004, shows a repeated `client_msg_id` once, and takes an OAuth code once.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from coldchain.providers.chat_sections import WechatSettings, WechatTemplate
from tests.fakes.letters import AES_KEY, TOKEN, Letter, Office
from tests.fakes.serving import Asked, Fault, Said, said, served

APP, SECRET, TEMPLATE = "wx5823bf96d3bd56c7", "an-account-secret-of-tests", "Xk3-device-state"
FIELDS = {"thing1": "{place}{thing}", "phrase2": "{what}", "time3": "{since}", "thing4": "{value} {lots} {code}"}
# What a field of this kind may hold; `thing` is cut instead.
_KINDS = {
    "thing": r".+",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "time": r"(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}(:\d{2})?",
    "character_string": r"[\x20-\x7e]{1,32}",
    "number": r"[0-9.\-]{1,32}",
}


class RefusedError(Exception):
    """An errcode with its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(code)
        self.table = {"errcode": code, "errmsg": f"{words} rid: 64489d92-7465ac28-12ccf767"}


@dataclass
class FakeWechat:
    """One verified account with one template."""

    now: float = 1_795_000_000.0
    followers: set[str] = field(default_factory=lambda: {"oZhang", "oLi"})
    codes: dict[str, str] = field(default_factory=dict)  # an OAuth code -> whose it is; good once
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)  # an openid -> how it is refused
    faults: list[Fault] = field(default_factory=list)
    shown: list[tuple[str, dict[str, str], str]] = field(default_factory=list)  # openid, fields as seen, link
    fetches: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self.office = Office(APP)
        self._token, self._token_ends = "", 0.0
        self._used: set[str] = set()
        self._sent: dict[tuple[str, str], int] = {}  # openid, client_msg_id

    def settings(self, **changed: Any) -> WechatSettings:
        given: dict[str, Any] = {
            "url": f"http://127.0.0.1:{self.port}/",
            "app_id": APP,
            "secret": SecretStr(SECRET),
            "templates": {"alarm": WechatTemplate(id=TEMPLATE, fields=FIELDS)},
            "callback_token": SecretStr(TOKEN),
            "aes_key": SecretStr(AES_KEY),
            "timeout_s": 10.0,
            "per_s": 1000.0,
        }
        return WechatSettings(**{**given, **changed})

    async def answer(self, asked: Asked) -> Said:
        acts = {
            ("POST", "/cgi-bin/stable_token"): self._stable_token,
            ("POST", "/cgi-bin/message/template/send"): self._send,
            ("POST", "/cgi-bin/qrcode/create"): self._qr,
            ("GET", "/cgi-bin/user/info"): self._info,
            ("GET", "/sns/oauth2/access_token"): self._oauth,
        }
        try:
            return said(acts[asked.method, asked.path](asked))
        except RefusedError as error:
            return said(error.table)

    def end_token(self) -> None:
        """The platform ends a token early, as it may."""
        self._token_ends = 0.0

    def _stable_token(self, asked: Asked) -> dict[str, Any]:
        self.fetches += 1
        table = json.loads(asked.body)
        if table["grant_type"] != "client_credential" or table["appid"] != APP:
            raise RefusedError(40013, "invalid appid")
        if table["secret"] != SECRET:
            raise RefusedError(40125, "invalid appsecret")
        if self.now >= self._token_ends:
            self._token, self._token_ends = f"stable-{self.fetches}-{'y' * 100}", self.now + 7200
        return {"access_token": self._token, "expires_in": int(self._token_ends - self.now)}

    def _check_token(self, asked: Asked) -> None:
        if asked.query.get("access_token") != self._token:
            raise RefusedError(40001, "invalid credential, access_token is invalid or not latest")
        if self.now >= self._token_ends:
            raise RefusedError(42001, "access_token expired")

    def _send(self, asked: Asked) -> dict[str, Any]:
        self._check_token(asked)
        table = json.loads(asked.body)
        openid = table["touser"]
        if not re.fullmatch(r"o[A-Za-z0-9_-]+", openid):
            raise RefusedError(40003, "invalid openid")
        if openid in self.refusals:
            raise RefusedError(*self.refusals[openid])
        if openid not in self.followers:
            raise RefusedError(43004, "require subscribe")
        if table["template_id"] != TEMPLATE:
            raise RefusedError(40037, "invalid template_id")
        seen = {name: _seen(name, held["value"]) for name, held in table["data"].items()}
        number = table["client_msg_id"]
        if len(number) > 32 or set(seen) != set(FIELDS):
            raise RefusedError(47003, "argument invalid!")
        key = (openid, number)
        if key not in self._sent:
            self._sent[key] = 3487542469355618313 + len(self._sent)
            self.shown.append((openid, seen, table["url"]))
        return {"errcode": 0, "errmsg": "ok", "msgid": self._sent[key]}

    def _qr(self, asked: Asked) -> dict[str, Any]:
        self._check_token(asked)
        table = json.loads(asked.body)
        if table["action_name"] != "QR_STR_SCENE" or not 1 <= len(table["action_info"]["scene"]["scene_str"]) <= 64:
            raise RefusedError(40053, "invalid action info")
        scene = table["action_info"]["scene"]["scene_str"]
        return {
            "ticket": f"gQ/+{scene}==",
            "expire_seconds": table["expire_seconds"],
            "url": "http://weixin.qq.com/q/x",
        }

    def _info(self, asked: Asked) -> dict[str, Any]:
        self._check_token(asked)
        return {"subscribe": int(asked.query["openid"] in self.followers), "openid": asked.query["openid"]}

    def _oauth(self, asked: Asked) -> dict[str, Any]:
        if (asked.query["appid"], asked.query["secret"]) != (APP, SECRET):
            raise RefusedError(40125, "invalid appsecret")
        code = asked.query["code"]
        if code in self._used:
            raise RefusedError(40163, "code been used")
        if code not in self.codes:
            raise RefusedError(40029, "invalid code")
        self._used.add(code)
        return {"access_token": "a-token-of-the-page", "openid": self.codes[code], "scope": "snsapi_base"}

    # what it calls us with

    def finishes(self, openid: str, msgid: str, status: str, at: int) -> Letter:
        """A template message has come to its end."""
        return self._event(openid, at, Event="TEMPLATESENDJOBFINISH", MsgID=msgid, Status=status)

    def scans(self, openid: str, scene: str, at: int) -> Letter:
        """Somebody scans our code: a follower already, or by it."""
        if openid in self.followers:
            return self._event(openid, at, Event="SCAN", EventKey=scene, Ticket="gQ")
        self.followers.add(openid)
        return self._event(openid, at, Event="subscribe", EventKey=f"qrscene_{scene}", Ticket="gQ")

    def leaves(self, openid: str, at: int) -> Letter:
        """Somebody leaves the account."""
        self.followers.discard(openid)
        return self._event(openid, at, Event="unsubscribe", EventKey="")

    def writes(self, openid: str, text: str, at: int) -> Letter:
        """A follower writes."""
        further = {"MsgType": "text", "Content": text, "MsgId": "6054768590064713728"}
        return self.office.letter({**self._head(openid, at), **further}, at)

    def _event(self, openid: str, at: int, **further: str) -> Letter:
        return self.office.letter({**self._head(openid, at), "MsgType": "event", **further}, at)

    def _head(self, openid: str, at: int) -> dict[str, str]:
        return {"ToUserName": "gh_7f083739789a", "FromUserName": openid, "CreateTime": str(at // 1000)}


def _seen(name: str, value: str) -> str:
    kind = name.rstrip("0123456789")
    if not value or "\n" in value or not re.fullmatch(_KINDS[kind], value):
        raise RefusedError(47003, f"argument invalid! data.{name}.value invalid")
    return value[:20] if kind == "thing" else value


@asynccontextmanager
async def fake_wechat() -> AsyncIterator[FakeWechat]:
    """A running fake."""
    fake = FakeWechat()
    async with served(fake):
        yield fake
