"""WeCom (企业微信): an application's message to one member, as a card with buttons where WeCom can call us back.

    Message ─► card | text ─► message/send ─► errcode, then who of the touched is named as not reached
    letter  ◄─ `sealed.opened` ◄─ callback ◄─ a button is pressed, or a member writes to the application

An accepted message has no receipt of any kind: only a pressed button says that somebody looked. Once somebody has gone,
the buttons of all cards of that alarm can be changed (`change`).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from coldchain import clock
from coldchain.providers import cutting, sealed
from coldchain.providers.chat_sections import WecomSettings
from coldchain.providers.errcode import BROKEN, JSON, REFUSED, Meanings, Told, later, read, written
from coldchain.providers.outcome import LONGEST, Answer, Limit, Message, Receipt, Reply, Verdict
from coldchain.providers.over_http import Line, connected
from coldchain.providers.pace import Pace
from coldchain.providers.pushed import unix_ms
from coldchain.providers.tokens import Issued, Tokens, with_token

NAME = "wecom"
ANSWER = b""  # to a callback, within 5 s and with HTTP 200: anything else makes them repeat it three times
TEXT_B = 2048
TITLE, DESCRIPTION, SUBTITLE, VALUE = 36, 44, 160, 30  # characters of a card's parts
BUTTON = 16  # characters of what stands in a button's place
CARD_S = 72 * 3600.0  # so long a card can be changed
REPEATED_S = 1800  # the same message to the same member within so many seconds is shown once
MEANINGS: Meanings = {
    -1: later(2.0),
    40001: BROKEN,  # the secret
    40003: REFUSED,  # no such member
    40008: BROKEN,  # the kind of message
    40013: BROKEN,  # the corporation
    40014: later(5.0),  # the token, after it was refreshed
    40031: REFUSED,
    40091: BROKEN,
    41001: later(5.0),
    42001: later(5.0),
    45009: later(60.0),  # the minute's block lasts a minute
    45033: later(2.0),  # too many calls at the same time
    48002: BROKEN,
    60011: BROKEN,  # the member, or everybody, is outside the application's range
    60020: BROKEN,  # our address is not on the application's list
    81013: REFUSED,  # nobody of the touched is reached
    301002: BROKEN,
}
_WORDS = {
    "zh": ("冷链监测", "知悉", "前往", "查看", ("单位", "设备", "读数", "开始", "疫苗", "编号")),
    "en": ("Cold chain", "Seen", "Going", "Look", ("Place", "Unit", "Value", "Since", "Lots", "Code")),
}
_FACTS = ("place", "thing", "value", "since", "lots", "code")


def seal(section: WecomSettings) -> sealed.Seal:
    """Our secrets for callbacks.

    Raises:
        BadInput: when the section has none.
    """
    return sealed.Seal.of(
        section.callback_token.get_secret_value(), section.aes_key.get_secret_value(), section.corp_id
    )


def replies_of(letter: Mapping[str, str]) -> list[Reply]:
    """A pressed button (its key is the text: `seen CODE`, `going CODE 30`), or what a member wrote.

    Args:
        letter: the callback's fields, from `sealed.opened(seal(section), query, body, at)`.
    """
    who, at = letter.get("FromUserName", ""), unix_ms(letter.get("CreateTime", ""))
    if not who:
        return []
    if letter.get("MsgType") == "text":
        return [Reply(NAME, who, letter.get("Content", ""), at, letter.get("MsgId") or f"{who}/{at}")]
    if letter.get("Event") == "template_card_event" and letter.get("EventKey"):
        key = letter["EventKey"]
        return [Reply(NAME, who, key, at, f"{letter.get('TaskId', '')}/{who}/{key}/{at}")]
    return []


def pressed_answer(section: WecomSettings, letter: Mapping[str, str], words: str, at: int) -> bytes:
    """The answer to a pressed button that writes `words` (已由张三处理) on the card in its place; `at` is now, ms UTC."""
    texts = {"ToUserName": letter.get("FromUserName", ""), "FromUserName": section.corp_id}
    head = "".join(f"<{name}>{_xml(text)}</{name}>" for name, text in texts.items())
    button = f"<Button><ReplaceName>{_xml(words)}</ReplaceName></Button>"
    kind = f"<CreateTime>{at // 1000}</CreateTime><MsgType>update_button</MsgType>"
    return sealed.sealed_answer(seal(section), f"<xml>{head}{kind}{button}</xml>".encode(), at)


def card(section: WecomSettings, message: Message) -> dict[str, Any]:
    """The card: what, where, since when, and two buttons whose keys come back with the alarm's code."""
    source, seen, going, look, names = _WORDS[message.language]
    facts = [
        {"keyname": name, "value": cutting.characters(message.short[word], VALUE)}
        for name, word in zip(names, _FACTS, strict=True)
        if message.short.get(word)
    ]
    where = f"{message.short.get('place', '')} {message.short.get('thing', '')}"
    buttons: list[dict[str, Any]] = [
        {"text": seen, "style": 4, "key": f"seen {message.code}"},
        {"text": going, "style": 1, "key": f"going {message.code} {section.eta_min}"},
    ]
    if message.link:
        buttons.append({"type": 1, "text": look, "url": message.link})
    return {
        "card_type": "button_interaction",
        "source": {"desc": source, "desc_color": 2},
        "main_title": {
            "title": cutting.characters(message.title or message.text, TITLE),
            "desc": cutting.characters(where, DESCRIPTION),
        },
        "sub_title_text": cutting.characters(message.text, SUBTITLE),
        "horizontal_content_list": facts[:6],
        "task_id": message.out_id,
        "button_list": buttons,
        **({"card_action": {"type": 1, "url": message.link}} if message.link else {}),
    }


class Wecom:
    """The way. Made by `opened`."""

    name = NAME
    wakes = False
    names_person = True
    card_s = CARD_S

    def __init__(self, section: WecomSettings, line: Line) -> None:
        self.per_address: tuple[Limit, ...] = tuple(limit.limit() for limit in section.limits)
        self._section = section
        self._line = line
        self._url = section.url.rstrip("/")
        self._pace = Pace(self.per_address)
        self._tokens = Tokens(self._fetch)

    async def send(self, message: Message) -> Answer:
        """To one member; `address` is the userid."""
        if not message.address or "|" in message.address or message.address == "@all":
            return Answer(Verdict.REFUSED, "our.address", "the address is not one member's userid")
        wait = self._pace.wait(message.address.lower(), clock.monotonic())
        if wait is not None:  # WeCom would drop it and say ok
            return wait
        body = written(self._body(message))
        return await with_token(self._tokens, lambda token: self._sent(token, message.address, body))

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the protocol's
        """WeCom cannot be asked; it shows the same message once within half an hour, so it may be sent again."""
        return None

    def _body(self, message: Message) -> dict[str, Any]:
        """A card only where a pressed button can reach us: without a callback address WeCom refuses cards."""
        buttons = self._section.hears and message.code and message.kind in ("alarm", "drill")
        content: dict[str, Any] = (
            {"msgtype": "template_card", "template_card": card(self._section, message)}
            if buttons
            else {"msgtype": "text", "text": {"content": cutting.whole_text(message, TEXT_B)}}
        )
        return {
            "touser": message.address,
            "agentid": self._section.agent_id,
            **content,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": REPEATED_S,
        }

    async def _sent(self, token: str, address: str, body: bytes) -> Answer:
        query = urlencode({"access_token": token})
        spoken = await self._line.say(f"{self._url}/cgi-bin/message/send?{query}", body=body, headers=JSON)
        told = read(spoken, MEANINGS)
        if isinstance(told, Answer):
            return told
        for reason in ("invaliduser", "unlicenseduser"):  # errcode 0 all the same; userids come back in lower case
            if address.lower() in str(told.table.get(reason, "")).lower().split("|"):
                return Answer(Verdict.REFUSED, reason, f"{reason}: {told.table[reason]}"[:500])
        return Answer(Verdict.ACCEPTED, "0", str(told.table.get("errmsg", "")), _handle(told.table))

    async def change(self, message_id: str, address: str, words: str) -> Answer:
        """Write `words` in the place of a card's buttons, for the member whom it was sent to.

        Each card that is sent has one code, good once and for 72 hours (page 94888); a press brings one of its own.
        """
        _, _, code = message_id.partition(" ")
        if not code:
            return Answer(Verdict.REFUSED, "our.no_card", "the message has no buttons")
        change = {"userids": [address], "agentid": self._section.agent_id, "response_code": code}
        body = written({**change, "button": {"replace_name": cutting.characters(words, BUTTON)}})
        return await with_token(self._tokens, lambda token: self._changed(token, address, body))

    async def _changed(self, token: str, address: str, body: bytes) -> Answer:
        url = f"{self._url}/cgi-bin/message/update_template_card?{urlencode({'access_token': token})}"
        told = read(await self._line.say(url, body=body, headers=JSON, only_asks=True), MEANINGS)
        if isinstance(told, Answer):
            return told
        if address.lower() in str(told.table.get("invaliduser", "")).lower():
            return Answer(Verdict.REFUSED, "invaliduser", f"invaliduser: {told.table['invaliduser']}"[:500])
        return Answer(Verdict.ACCEPTED, "0", str(told.table.get("errmsg", "")))

    async def _fetch(self) -> Issued | Answer:
        secret = self._section.secret.get_secret_value()
        query = urlencode({"corpid": self._section.corp_id, "corpsecret": secret})
        told = read(await self._line.say(f"{self._url}/cgi-bin/gettoken?{query}", method="GET"), MEANINGS)
        if not isinstance(told, Told):
            return told
        return Issued(str(told.table.get("access_token", "")), float(told.table.get("expires_in", 0)))


@asynccontextmanager
async def opened(section: WecomSettings) -> AsyncIterator[Wecom]:
    """The way with its own client."""
    async with connected(section) as line:
        yield Wecom(section, line)


def _handle(table: Mapping[str, Any]) -> str:
    """WeCom's number of a message and, where it is a card, the code that changes it."""
    number, code = str(table.get("msgid", "")), str(table.get("response_code") or "")
    both = f"{number} {code}".strip()
    return both if len(both) <= LONGEST["message_id"] else number


def _xml(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
