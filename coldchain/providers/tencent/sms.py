"""Tencent SMS: SendSms to one number, its state by number when nobody knows whether it went out, and the two queues."""

import json
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.providers.numbers import e164, is_mobile
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Reply, Sent, State, Verdict
from coldchain.providers.over_http import connected
from coldchain.providers.phone_sections import TencentSmsSettings
from coldchain.providers.pushed import structs, tables, unix_ms
from coldchain.providers.template import fitted_sms
from coldchain.providers.tencent import codes
from coldchain.providers.tencent.calling import Table, Tencent
from coldchain.providers.tencent.reports import reply

NAME = "tencent_sms"
VERSION = "2021-01-11"
PAGE = 100
RECEIPTS, REPLIES = "PullSmsSendStatus", "PullSmsReplyStatus"  # the queues, which Tencent opens on request
_GRACE_S = 60  # between our clock and theirs


class Status(msgspec.Struct, frozen=True, rename="pascal"):
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
    queues = (RECEIPTS, REPLIES)

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
        try:
            found = await self._of_number(address, sent_at // 1000 - _GRACE_S)
        except Unavailable:
            return None
        ours = [each for each in found if each.session_context == out_id]
        if not ours and any(not each.session_context for each in found):
            return None
        return [_receipt(each, sent_at) for each in ours]

    async def listed(self, address: str, sent: Sequence[Sent]) -> list[Receipt]:
        """What Tencent knows of these messages to one number, by its own ids or by ours: one question for all.

        Raises:
            Unavailable: Tencent cannot be asked now.
        """
        if not sent or not is_mobile(address):
            return []
        begin = min(each.at for each in sent) // 1000 - _GRACE_S
        found = await self._of_number(address, begin, waits=True)
        ours = {key: each for each in sent for key in (each.message_id, each.out_id) if key}
        known = [(each, ours.get(each.serial_no) or ours.get(each.session_context or "")) for each in found]
        return [replace(_receipt(each, its.at), out_id=its.out_id) for each, its in known if its is not None]

    async def pull(self, queue: str) -> bytes:
        """The next hundred receipts, or replies, of a queue; b"" when there are none.

        Raises:
            Unavailable: Tencent cannot be asked now.
        """
        asked = {"Limit": PAGE, "SmsSdkAppId": self._section.app_id}
        found = _list(await self._tencent.look(queue, asked, waits=True), f"{queue}Set")
        return json.dumps(found, ensure_ascii=False).encode() if found else b""

    def heard_in(self, queue: str, page: bytes, at: int) -> list[Receipt | Reply]:
        """What a page of a queue says.

        Raises:
            BadInput: it is no page.
        """
        pieces = tables(page, NAME)
        if queue == RECEIPTS:
            return [_receipt(each, at) for each in structs(pieces, Pulled, NAME)]
        return [
            reply(e164(each.phone_number), each.reply_content, unix_ms(each.reply_time), at)
            for each in structs(pieces, Written, NAME)
        ]

    async def _of_number(self, address: str, begin: int, *, waits: bool = False) -> list[Pulled]:
        """What there is of one number since then (in seconds); at most a hundred."""
        asked: dict[str, object] = {
            "BeginTime": begin,
            "EndTime": max(begin, clock.wall() // 1000) + _GRACE_S,
            "Offset": 0,
            "Limit": PAGE,
        }
        asked |= {"PhoneNumber": e164(address), "SmsSdkAppId": self._section.app_id}
        table = await self._tencent.look("PullSmsSendStatusByPhoneNumber", asked, waits=waits)
        return list(structs(_list(table, f"{RECEIPTS}Set"), Pulled, NAME))

    def _answer(self, table: Table) -> Answer:
        sent = next(structs(_list(table, "SendStatusSet"), Status, NAME), None)
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
