"""WeChat's service account (服务号): a template message to one follower, each of its lines cut before WeChat cuts it.

    Message ─► template's fields ─► template/send ─► accepted ─► (callback: TEMPLATESENDJOBFINISH, see `following`)

A line holds 20 characters and the excess vanishes there without a word, so the cut is made here, with a mark, and said
in the answer. Who has left the account is refused with 43004: that binding is over (`GONE`).
"""

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from coldchain import clock
from coldchain.providers import cutting
from coldchain.providers.chat_sections import WechatSettings
from coldchain.providers.errcode import BROKEN, JSON, REFUSED, Meanings, Told, later, read, written
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Verdict
from coldchain.providers.over_http import Line, connected
from coldchain.providers.sections import SHORTS
from coldchain.providers.tokens import Issued, Tokens, with_token

NAME = "wechat"
MEANINGS: Meanings = {
    -1: later(2.0),
    40001: BROKEN,
    40003: REFUSED,  # an openid that is not ours
    40013: BROKEN,
    40014: later(5.0),
    40037: BROKEN,  # the template
    40125: BROKEN,  # the secret
    40164: BROKEN,  # our address is not on the account's list
    41001: later(5.0),
    42001: later(5.0),
    43004: REFUSED,  # does not follow the account any more
    43019: REFUSED,  # on the account's black list
    43101: REFUSED,  # has switched this template off
    45009: later(3600.0),  # the day's quota
    45011: later(60.0),  # the minute's
    47003: REFUSED,  # a field that WeChat finds wrong
    48001: BROKEN,  # no verified service account
}
GONE = frozenset({"40003", "43004", "43019"})  # codes after which the person must be bound anew
THING, SHORT_THING, PHRASE, NAMED, LETTERS = 20, 5, 5, 10, 32  # characters of a field, by its kind
_OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_CHINESE = re.compile(r"[^\u4e00-\u9fff]")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
_NOT_NUMBER = re.compile(r"[^0-9.\-]")
_CLOCK = re.compile(r"(?:\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}(?::\d{2})?")
_DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")

# A kind of field -> its text as WeChat takes it; what cannot be said in that kind is said as itself by `_INSTEAD`.
_KINDS: Mapping[str, Callable[[str], str]] = {
    "thing": lambda text: cutting.characters(text, THING),
    "short_thing": lambda text: cutting.characters(text, SHORT_THING),
    "phrase": lambda text: _NOT_CHINESE.sub("", text)[:PHRASE],
    "character_string": lambda text: _NOT_ASCII.sub("", text).strip()[:LETTERS],
    "number": lambda text: _NOT_NUMBER.sub("", text)[:LETTERS],
    "time": lambda text: text if _CLOCK.fullmatch(text) else "",
    "date": lambda text: text if _DATE.fullmatch(text) else "",
    "name": lambda text: cutting.characters(text, NAMED),
    "const": lambda text: text.strip(),
}
# An empty field refuses the whole message (47003): an alarm is not lost for a word that is missing.
_INSTEAD = {"phrase": "异常", "number": "0"}


# Where no template of its own was approved, an alarm's says of its first line what it is not: nobody shall run for it.
_NO_ALARM = {"drill": "演练：", "note": "已过去：", "over": "已结束："}


def filled(
    fields: Mapping[str, str], message: Message, now: datetime, head: str = ""
) -> tuple[dict[str, str], list[str]]:
    """A template's fields and the names of those that were cut; a time or date that is missing is `now`, of this message.

    The first field of free text begins with `head`.
    """
    words = {**dict.fromkeys(SHORTS, ""), **message.short, "title": message.title}
    words["code"] = message.code or words["code"]
    times = {
        "time": f"{now.year}年{now.month}月{now.day}日 {now:%H:%M}",
        "date": f"{now.year}年{now.month}月{now.day}日",
    }
    texts, cut, first = {}, [], _first_free(fields)
    for name, pattern in fields.items():
        kind = name.rstrip("0123456789")
        whole = (head if name == first else "") + " ".join(pattern.format_map(words).split())
        text = _KINDS[kind](whole)
        if text != whole:
            cut.append(name)
        texts[name] = text or times.get(kind) or _INSTEAD.get(kind, "-")
    return texts, cut


def _first_free(fields: Mapping[str, str]) -> str | None:
    return next((name for name in fields if name.rstrip("0123456789") == "thing"), None)


class Wechat:
    """The way, and what binds a person to the account. Made by `opened`."""

    name = NAME
    wakes = False
    names_person = True

    def __init__(self, section: WechatSettings, line: Line) -> None:
        self.per_address: tuple[Limit, ...] = tuple(limit.limit() for limit in section.limits)
        self._section = section
        self._line = line
        self._url = section.url.rstrip("/")
        self._tokens = Tokens(self._fetch)

    async def send(self, message: Message) -> Answer:
        """To one follower; `address` is the openid."""
        if not _OPENID.fullmatch(message.address):
            return Answer(Verdict.REFUSED, "our.address", "the address is no openid")
        own, alarms = self._section.templates.get(message.kind), self._section.templates["alarm"]
        head = "" if own else _NO_ALARM.get(message.kind, "")
        if own is None and not (head and _first_free(alarms.fields)):
            return Answer(
                Verdict.REFUSED, "our.no_template", f"no template for {message.kind}: an alarm's would frighten"
            )
        template = own or alarms
        now = datetime.fromtimestamp(clock.now() / 1000, ZoneInfo(self._section.time_zone))
        texts, cut = filled(template.fields, message, now, head)
        body = written(
            {
                "touser": message.address,
                "template_id": template.id,
                "url": message.link,
                # A repeated number within ten minutes is shown once: a resend after silence does no harm.
                "client_msg_id": hashlib.sha256(message.out_id.encode()).hexdigest()[:32],
                "data": {name: {"value": text} for name, text in texts.items()},
            }
        )
        told = await self._called("cgi-bin/message/template/send", body)
        if isinstance(told, Answer):
            return told
        words = f"ok; cut: {', '.join(cut)}" if cut else "ok"
        return Answer(Verdict.ACCEPTED, "0", words, str(told.table.get("msgid", "")))

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the protocol's
        """WeChat cannot be asked: it calls us, or not."""
        return None

    async def qr(self, scene: str, lives_s: int = 600) -> str | Answer:
        """The address of a QR picture; whoever scans it follows the account, and `following.follows_of` names the scene."""
        table = {"expire_seconds": lives_s, "action_name": "QR_STR_SCENE"}
        body = written({**table, "action_info": {"scene": {"scene_str": scene}}})
        told = await self._called("cgi-bin/qrcode/create", body, wanted="ticket")
        if isinstance(told, Answer):
            return told
        page = "https://mp.weixin.qq.com/cgi-bin/showqrcode"
        return f"{page}?{urlencode({'ticket': str(told.table.get('ticket', ''))})}"

    async def openid_of(self, code: str) -> str | Answer:
        """Whose browser came back from `authorize_url` with this code; a code is good once, for five minutes."""
        secret = self._section.secret.get_secret_value()
        query = {"appid": self._section.app_id, "secret": secret, "code": code, "grant_type": "authorization_code"}
        spoken = await self._line.say(f"{self._url}/sns/oauth2/access_token?{urlencode(query)}", method="GET")
        told = read(spoken, MEANINGS, wanted="openid")
        return told if isinstance(told, Answer) else str(told.table.get("openid", ""))

    async def follows(self, openid: str) -> bool | Answer:
        """Whether this person follows the account now: only then a template message arrives."""
        told = await self._called(f"cgi-bin/user/info?{urlencode({'openid': openid})}", wanted="subscribe")
        return told if isinstance(told, Answer) else told.table.get("subscribe") == 1

    async def _called(self, path: str, body: bytes | None = None, wanted: str = "") -> Told | Answer:
        """One call with our token, and once more with a fresh one; `wanted` names what a good answer without a code has."""

        async def call(token: str) -> Told | Answer:
            url = f"{self._url}/{path}{'&' if '?' in path else '?'}{urlencode({'access_token': token})}"
            method = "GET" if body is None else "POST"
            return read(
                await self._line.say(url, body=body or b"", headers=JSON, method=method), MEANINGS, wanted=wanted
            )

        return await with_token(self._tokens, call)

    async def _fetch(self) -> Issued | Answer:
        table = {
            "grant_type": "client_credential",
            "appid": self._section.app_id,
            "secret": self._section.secret.get_secret_value(),
            "force_refresh": False,
        }
        spoken = await self._line.say(f"{self._url}/cgi-bin/stable_token", body=written(table), headers=JSON)
        told = read(spoken, MEANINGS, wanted="access_token")
        if isinstance(told, Answer):
            return told
        return Issued(str(told.table.get("access_token", "")), float(told.table.get("expires_in", 0)))


@asynccontextmanager
async def opened(section: WechatSettings) -> AsyncIterator[Wechat]:
    """The way with its own client."""
    async with connected(section) as line:
        yield Wechat(section, line)


def authorize_url(section: WechatSettings, back: str, state: str) -> str:
    """Where a person's browser in WeChat is sent to learn its openid; it comes `back` with `code` and our `state`."""
    query = urlencode(
        {
            "appid": section.app_id,
            "redirect_uri": back,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        },
        quote_via=quote,
    )
    return f"{section.page_url.rstrip('/')}/connect/oauth2/authorize?{query}#wechat_redirect"
