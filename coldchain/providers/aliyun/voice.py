"""Aliyun voice: a call that says a template, and hears a key where the county has a number of its own.

show_number set  IvrCall          says it, waits for a key, thanks for key 1
none             SingleCallByTts  says it, hears nothing: a receipt tells only whether somebody picked up
"""

import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from coldchain.errors import Unavailable
from coldchain.providers.aliyun.calling import Aliyun
from coldchain.providers.aliyun.reports import call_state
from coldchain.providers.numbers import e164, national
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, State, Verdict
from coldchain.providers.over_http import connected
from coldchain.providers.phone_sections import AliyunVoiceSettings
from coldchain.providers.pushed import beijing_ms
from coldchain.providers.template import Fitted, fit_out_id, fitted_call

NAME = "aliyun_voice"
LONGEST_OUT_ID = 15  # bytes
LONGEST_TEXT = 250  # characters of all variables together, and more than anybody listens to
KEY = "1"  # going
_IVR, _TTS = "11000000300005", "11010000138001"  # what QueryCallDetailByCallId calls the two


class CallDetail(msgspec.Struct, frozen=True, rename="camel"):
    """The `Data` of QueryCallDetailByCallId, as far as it is read."""

    state: str | int = ""
    state_desc: str = ""
    end_date: str = ""


class AliyunVoice:
    """`[channels.aliyun_voice]`. Made by `opened`."""

    name = NAME
    wakes = True
    names_person = True

    def __init__(self, section: AliyunVoiceSettings, aliyun: Aliyun) -> None:
        self.per_address: tuple[Limit, ...] = tuple(each.limit() for each in section.limits)
        self._section = section
        self._aliyun = aliyun

    async def send(self, message: Message) -> Answer:
        """Call one number."""
        fitted = fitted_call(self._section, message, longest=LONGEST_TEXT, fixed_lines=True)
        if isinstance(fitted, Answer):
            return fitted
        query = {
            "CalledNumber": national(message.address),
            "OutId": fit_out_id(message.out_id, LONGEST_OUT_ID),
            "PlayTimes": str(self._section.times_said),
        }
        if self._section.show_number:
            table = await self._aliyun.call("IvrCall", query | self._keyed(fitted))
        else:
            table = await self._aliyun.call("SingleCallByTts", query | _said(fitted, "TtsCode", "TtsParam"))
        if isinstance(table, Answer):
            return table
        cost_fen = math.ceil(self._section.price_fen)
        return Answer(Verdict.ACCEPTED, "OK", message_id=str(table.get("CallId", "")), cost_fen=cost_fen)

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the protocol's
        """None: Aliyun finds a call only by the id that it gave, which is what an UNKNOWN call lacks; it is made once more.

        Of its actions only QueryCallDetailByCallId tells of a single call, and it takes no OutId; the call's report, which
        Aliyun pushes, does name it.
        """
        return None

    async def look(self, message_id: str, address: str, sent_at: int) -> list[Receipt]:
        """What became of a call that has an id; a key is not in it, only the callback has that.

        Raises:
            Unavailable: Aliyun cannot be asked now.
        """
        product = _IVR if self._section.show_number else _TTS
        query = {"CallId": message_id, "ProdId": product, "QueryDate": str(sent_at)}
        table = await self._aliyun.look("QueryCallDetailByCallId", query, waits=True)
        try:
            detail = msgspec.json.decode(str(table.get("Data") or "{}"), type=CallDetail, strict=False)
        except msgspec.DecodeError as error:
            raise Unavailable(f"QueryCallDetailByCallId: {error}") from None
        code = str(detail.state)
        state, words = call_state(code) if code and detail.end_date else (State.PENDING, "")
        at = beijing_ms(detail.end_date) or sent_at
        words = detail.state_desc or words
        return [Receipt(NAME, state, at, message_id=message_id, address=e164(address), code=code, words=words)]

    def _keyed(self, fitted: Fitted) -> dict[str, str]:
        section = self._section
        query = {
            "CalledShowNumber": section.show_number,
            "Timeout": str(section.key_wait_s * 1000),
            "MenuKeyMap.1.Key": KEY,
            "MenuKeyMap.1.Code": section.keyed_template,
        }
        if section.bye_template:
            query["ByeCode"] = section.bye_template
        return query | _said(fitted, "StartCode", "StartTtsParams")


def _said(fitted: Fitted, code: str, parameters: str) -> dict[str, str]:
    query = {code: fitted.template}
    if fitted.variables:
        query[parameters] = json.dumps(fitted.variables, ensure_ascii=False, separators=(",", ":"))
    return query


@asynccontextmanager
async def opened(section: AliyunVoiceSettings) -> AsyncIterator[AliyunVoice]:
    """The way, open."""
    async with connected(section) as line:
        yield AliyunVoice(section, Aliyun(section, line))
