"""Tencent SMS: SendSms to one number, its state by number when nobody knows whether it went out, and the two queues."""

import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.providers.numbers import e164, is_mobile
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Reply, State, Verdict
from coldchain.providers.over_http import connected
from coldchain.providers.pushed import structs, unix_ms
from coldchain.providers.settings import TencentSmsSettings
from coldchain.providers.template import fitted_sms
from coldchain.providers.tencent import codes
from coldchain.providers.tencent.calling import Table, Tencent
from coldchain.providers.tencent.reports import reply

NAME = "tencent_sms"
VERSION = "2021-01-11"
PAGE = 100
_GRACE_S = 60  # between our clock and theirs


class Sent(msgspec.Struct, frozen=True, rename="pascal"):
    """What became of one number of a request."""

    code: str
    message: str = ""
    serial_no: str = ""
    fee: int = 1


class Pulled(msgspec.Struct, frozen=True, rename="pascal"):
    """One delivery report, asked for or out of the queue."""

    serial_no: str
    report_status: str
    phone_number: str = ""
    user_receive_time: str | int = ""
    description: str = ""
    session_context: str | None = ""


class Written(msgspec.Struct, frozen=True, rename="pascal"):
    """One SMS that somebody sent us, out of the queue."""

    phone_number: str
    reply_content: str
    reply_time: str | int = ""


class TencentSms:
    """`[channels.tencent_sms]`. Made by `opened`."""

    name = NAME
    wakes = False
    names_person = True

    def __init__(self, section: TencentSmsSettings, tencent: Tencent) -> None:
        self.per_address: tuple[Limit, ...] = tuple(each.limit() for each in section.limits)
        self._section = section
        self._tencent = tencent

    async def send(self, message: Message) -> Answer:
        """Send one SMS."""
        fitted = fitted_sms(self._section, message)
        if isinstance(fitted, Answer):
            return fitted
        table = await self._tencent.call(
            "SendSms",
            {
                "PhoneNumberSet": [e164(message.address)],
                "SmsSdkAppId": self._section.app_id,
                "SignName": self._section.sign,
                "TemplateId": fitted.template,
                "TemplateParamSet": list(fitted.variables.values()),
                "SessionContext": message.out_id,
            },
        )
        return table if isinstance(table, Answer) else self._answer(table)

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:
        """What Tencent knows of our id.

        None when it cannot be asked now, or tells of messages to this number without saying whose they are.
        """
        if not is_mobile(address):
            return None
        begin = sent_at // 1000 - _GRACE_S
        asked = {"BeginTime": begin, "EndTime": max(begin, clock.wall() // 1000) + _GRACE_S, "Offset": 0, "Limit": PAGE}
        try:
            found = await self._pulled("PullSmsSendStatusByPhoneNumber", asked | {"PhoneNumber": e164(address)})
        except Unavailable:
            return None
        ours = [each for each in found if each.session_context == out_id]
        if not ours and any(not each.session_context for each in found):
            return None
        return [_receipt(each, sent_at) for each in ours]

    async def pull_receipts(self) -> list[Receipt]:
        """The next hundred receipts of the queue.

        Raises:
            Unavailable: Tencent cannot be asked now.
        """
        return [_receipt(each, clock.now()) for each in await self._pulled("PullSmsSendStatus", {"Limit": PAGE})]

    async def pull_replies(self) -> list[Reply]:
        """The next hundred replies of the queue.

        Raises:
            Unavailable: Tencent cannot be asked now.
        """
        asked = {"Limit": PAGE, "SmsSdkAppId": self._section.app_id}
        table = await self._tencent.look("PullSmsReplyStatus", asked)
        now = clock.now()
        return [
            reply(e164(each.phone_number), each.reply_content, unix_ms(each.reply_time), now)
            for each in structs(_list(table, "PullSmsReplyStatusSet"), Written, NAME)
        ]

    async def _pulled(self, action: str, asked: dict[str, object]) -> list[Pulled]:
        table = await self._tencent.look(action, asked | {"SmsSdkAppId": self._section.app_id})
        return list(structs(_list(table, "PullSmsSendStatusSet"), Pulled, NAME))

    def _answer(self, table: Table) -> Answer:
        sent = next(structs(_list(table, "SendStatusSet"), Sent, NAME), None)
        if sent is None:
            words = f"no status of the number: {json.dumps(table, ensure_ascii=False)[:200]}"
            return Answer(Verdict.UNKNOWN, "our.unreadable", words)
        if sent.code != "Ok":
            return codes.answer_of(sent.code, sent.message)
        cost_fen = math.ceil(sent.fee * self._section.price_fen)
        return Answer(Verdict.ACCEPTED, sent.code, sent.message, message_id=sent.serial_no, cost_fen=cost_fen)


def _list(table: Table, name: str) -> list[Table]:
    found = table.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _receipt(each: Pulled, at: int) -> Receipt:
    return Receipt(
        NAME,
        State.DELIVERED if each.report_status == "SUCCESS" else State.FAILED,
        unix_ms(each.user_receive_time) or at,
        message_id=each.serial_no,
        out_id=each.session_context or "",
        address=e164(each.phone_number),
        code=each.description,
    )


@asynccontextmanager
async def opened(section: TencentSmsSettings) -> AsyncIterator[TencentSms]:
    """The way, open."""
    async with connected(section) as line:
        yield TencentSms(section, Tencent(section, line, service="sms", version=VERSION))
