"""A fake of WeCom's application messages, by the vendor's pages 91039, 90236, 90313, 90454, 94888: always HTTP 200.

It knows its tokens, members and limits; cuts a text at 2,048 bytes and drops a member's 31st message of a minute without
a word, as the real one does; refuses a card without a callback address, and a task's number used twice (code invented).
A card can be changed once by the code of its sending, for 72 hours (the refusal's number is invented).
"""

import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from coldchain.providers.chat_sections import WecomSettings
from tests.fakes.letters import AES_KEY, TOKEN, Letter, Office
from tests.fakes.serving import Asked, Fault, Said, said, served
from tests.fakes.windows import Windows, sliding

CORP, SECRET, AGENT = "ww1f2e3d4c5b6a7988", "an-application-secret-of-tests", 1000002
HINT = (
    "hint: [1691412528612130566906556], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query"
)


class RefusedError(Exception):
    """An errcode with its words, and what else stands in the answer."""

    def __init__(self, code: int, words: str, **further: str) -> None:
        super().__init__(code)
        self.table: dict[str, Any] = {"errcode": code, "errmsg": f"{words}, {HINT}?e={code}", **further}


@dataclass
class FakeWecom:
    """One corporation with one application."""

    now: float = 1_795_000_000.0  # seconds since 1970, moved by tests
    members: set[str] = field(default_factory=lambda: {"ZhangSan", "LiSi"})
    unlicensed: set[str] = field(default_factory=set)
    hears: bool = True  # the application has a callback address
    trusted_ip: bool = True
    faults: list[Fault] = field(default_factory=list)
    shown: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # member, message as he sees it
    buttons: dict[str, str] = field(default_factory=dict)  # member -> what the last card has in their place
    dropped: int = 0
    fetches: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self.office = Office(CORP)
        self._token, self._token_ends = "", 0.0
        self._limits = Windows(("minute", 30, sliding(60)), ("hour", 1000, sliding(3600)))
        self._tasks: set[str] = set()
        self._codes: dict[str, tuple[float, list[str]]] = {}
        self._before: dict[str, float] = {}

    def settings(self, **changed: Any) -> WecomSettings:
        keys = {"callback_token": SecretStr(TOKEN), "aes_key": SecretStr(AES_KEY)} if self.hears else {}
        given: dict[str, Any] = {
            "corp_id": CORP,
            "secret": SecretStr(SECRET),
            "agent_id": AGENT,
            "timeout_s": 10.0,
            **keys,
        }
        return WecomSettings(**{"url": f"http://127.0.0.1:{self.port}/", "per_s": 1000.0, **given, **changed})

    async def answer(self, asked: Asked) -> Said:
        acts = {
            ("GET", "/cgi-bin/gettoken"): self._gettoken,
            ("POST", "/cgi-bin/message/send"): self._send,
            ("POST", "/cgi-bin/message/update_template_card"): self._change,
        }
        try:
            return said(acts[asked.method, asked.path](asked))
        except RefusedError as error:
            return said(error.table)

    def end_token(self) -> None:
        """The platform ends a token early, as it may."""
        self._token_ends = 0.0

    def _gettoken(self, asked: Asked) -> dict[str, Any]:
        self.fetches += 1
        if asked.query["corpid"] != CORP:
            raise RefusedError(40013, "invalid corpid")
        if asked.query["corpsecret"] != SECRET:
            raise RefusedError(40001, "invalid credential")
        if self.now >= self._token_ends:  # within its life the same one comes again
            self._token, self._token_ends = f"token-{self.fetches}-{'x' * 200}", self.now + 7200
        return {
            "errcode": 0,
            "errmsg": "ok",
            "access_token": self._token,
            "expires_in": int(self._token_ends - self.now),
        }

    def _let_in(self, asked: Asked) -> dict[str, Any]:
        """The body of who has a token and names this application."""
        token = asked.query.get("access_token", "")
        if not token:
            raise RefusedError(41001, "access_token missing")
        if token != self._token:
            raise RefusedError(40014, "invalid access_token")
        if self.now >= self._token_ends:
            raise RefusedError(42001, "access_token expired")
        if not self.trusted_ip:
            raise RefusedError(60020, "not allow to access from your ip")
        table: dict[str, Any] = json.loads(asked.body)
        if table["agentid"] != AGENT:
            raise RefusedError(301002, "not allow operate another agent with this accesstoken")
        return table

    def _change(self, asked: Asked) -> dict[str, Any]:
        table = self._let_in(asked)
        made_at, touched = self._codes.pop(table["response_code"], (float("-inf"), []))
        if self.now - made_at > 72 * 3600:
            raise RefusedError(40058, "response_code is used or expired")  # the number is invented
        wrong = [user for user in table["userids"] if user.lower() not in {each.lower() for each in touched}]
        for user in set(table["userids"]) - set(wrong):
            self.buttons[user] = table["button"]["replace_name"]
        return {"errcode": 0, "errmsg": "ok", "invaliduser": wrong}

    def _send(self, asked: Asked) -> dict[str, Any]:
        table = self._let_in(asked)
        message = self._message(table)
        touched = [user for user in table["touser"].split("|") if user]
        known = {member.lower(): member for member in self.members}
        invalid = [user.lower() for user in touched if user.lower() not in known]
        if len(invalid) == len(touched):
            raise RefusedError(81013, "user & party & tag all invalid", invaliduser="|".join(invalid))
        unlicensed = [user.lower() for user in touched if known.get(user.lower()) in self.unlicensed]
        for user in touched:
            if user.lower() not in {*invalid, *unlicensed}:
                self._show(known[user.lower()], message, table)
        return {
            "errcode": 0,
            "errmsg": "ok",
            "invaliduser": "|".join(invalid),
            "unlicenseduser": "|".join(unlicensed),
            "msgid": f"msg-{len(self.shown)}-{self.dropped}",
            **self._code(table, touched),
        }

    def _code(self, table: dict[str, Any], touched: list[str]) -> dict[str, str]:
        """A card's code, by which it can be changed once."""
        if table["msgtype"] != "template_card":
            return {}
        code = secrets.token_urlsafe(32)
        self._codes[code] = (self.now, touched)
        return {"response_code": code}

    def _show(self, member: str, message: dict[str, Any], table: dict[str, Any]) -> None:
        key = json.dumps([member, message], sort_keys=True)
        lasts = table.get("duplicate_check_interval", 1800) if table.get("enable_duplicate_check") else 0
        repeated = self.now - self._before.get(key, float("-inf")) < lasts
        self._before[key] = self.now
        if repeated:
            return
        if self._limits.over(member, self.now):
            self.dropped += 1
            return
        self.shown.append((member, message))

    def _message(self, table: dict[str, Any]) -> dict[str, Any]:
        if table["msgtype"] == "text":
            content = table["text"]["content"].encode()[:2048].decode(errors="ignore")
            return {"text": content}
        if table["msgtype"] == "template_card":
            return self._card(table)
        raise RefusedError(40008, "invalid message type")

    def _card(self, table: dict[str, Any]) -> dict[str, Any]:
        card: dict[str, Any] = table["template_card"]
        buttons = card["button_list"]
        if not self.hears:
            raise RefusedError(43012, "no callback url")  # the number is invented
        good = (
            card["card_type"] == "button_interaction"
            and 1 <= len(buttons) <= 6
            and all(button.get("url") or 0 < len(button["key"].encode()) <= 1024 for button in buttons)
            and re.fullmatch(r"[0-9A-Za-z_@-]{1,128}", card["task_id"])
            and len(card.get("horizontal_content_list", [])) <= 6
            and card["main_title"]["title"]
        )
        if not good:
            raise RefusedError(40058, "Param error")
        if card["task_id"] in self._tasks and not table.get("enable_duplicate_check"):
            raise RefusedError(40058, "task_id repeated")  # the number is invented
        self._tasks.add(card["task_id"])
        return card

    # what it calls us with

    def presses(self, member: str, key: str, task: str, at: int) -> Letter:
        """A member presses a card's button."""
        event = {"MsgType": "event", "Event": "template_card_event", "EventKey": key, "TaskId": task}
        further = {"CardType": "button_interaction", "ResponseCode": "once-for-72-h", "AgentID": str(AGENT)}
        return self.office.letter({**self._head(member, at), **event, **further}, at)

    def writes(self, member: str, text: str, at: int) -> Letter:
        """A member writes to the application."""
        further = {"MsgType": "text", "Content": text, "MsgId": "4561255354251345929", "AgentID": str(AGENT)}
        return self.office.letter({**self._head(member, at), **further}, at)

    def _head(self, member: str, at: int) -> dict[str, str]:
        return {"ToUserName": CORP, "FromUserName": member, "CreateTime": str(at // 1000)}


@asynccontextmanager
async def fake_wecom() -> AsyncIterator[FakeWecom]:
    """A running fake."""
    fake = FakeWecom()
    async with served(fake):
        yield fake
