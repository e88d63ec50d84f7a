"""Tencent voice: SendTtsVoice says a template and pushes the key that was pressed (`reports`).

It cannot be asked afterwards, neither by our id nor by its own: without a callback address nobody learns what became of
a call. Its callbacks name the call alone, so an answer that was lost leaves a call that no receipt can be matched to.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coldchain.providers.numbers import e164
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Verdict
from coldchain.providers.over_http import connected
from coldchain.providers.phone_sections import TencentVoiceSettings
from coldchain.providers.template import fitted_call
from coldchain.providers.tencent.calling import Tencent

NAME = "tencent_voice"
VERSION = "2020-09-02"
LONGEST_TEXT = 350


class TencentVoice:
    """`[channels.tencent_voice]`. Made by `opened`."""

    name = NAME
    wakes = True
    names_person = True

    def __init__(self, section: TencentVoiceSettings, tencent: Tencent) -> None:
        self.per_address: tuple[Limit, ...] = tuple(each.limit() for each in section.limits)
        self._section = section
        self._tencent = tencent

    async def send(self, message: Message) -> Answer:
        """Call one number."""
        fitted = fitted_call(self._section, message, longest=LONGEST_TEXT, fixed_lines=False)
        if isinstance(fitted, Answer):
            return fitted
        table = await self._tencent.call(
            "SendTtsVoice",
            {
                "TemplateId": fitted.template,
                "CalledNumber": e164(message.address),
                "VoiceSdkAppid": self._section.app_id,
                "TemplateParamSet": list(fitted.variables.values()),
                "PlayTimes": self._section.times_said,
                "SessionContext": message.out_id,
            },
        )
        if isinstance(table, Answer):
            return table
        status = table.get("SendStatus")
        call_id = str(status.get("CallId") or "") if isinstance(status, dict) else ""
        if not call_id:
            return Answer(Verdict.UNKNOWN, "our.unreadable", "an answer without the call's id")
        return Answer(Verdict.ACCEPTED, "Ok", message_id=call_id, cost_fen=math.ceil(self._section.price_fen))

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the protocol's
        """None: Tencent keeps no record of calls that could be asked for."""
        return None


@asynccontextmanager
async def opened(section: TencentVoiceSettings) -> AsyncIterator[TencentVoice]:
    """The way, open."""
    async with connected(section) as line:
        yield TencentVoice(section, Tencent(section, line, service="vms", version=VERSION))
