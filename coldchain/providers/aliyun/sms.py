"""Aliyun SMS: SendSms to one number, and QuerySendDetails when nobody knows whether it went out."""

import json
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.providers.aliyun.calling import Aliyun, Table
from coldchain.providers.aliyun.reports import WORDS
from coldchain.providers.numbers import e164, is_mobile, national
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Sent, State, Verdict
from coldchain.providers.over_http import connected
from coldchain.providers.phone_sections import AliyunSmsSettings
from coldchain.providers.pushed import BEIJING, beijing_ms, structs
from coldchain.providers.template import fit_out_id, fitted_sms

NAME = "aliyun_sms"
LONGEST_OUT_ID = 32  # what is documented nowhere, kept well below what was ever seen refused
_PAGE = 50
_MIDNIGHT_MS = 600_000  # a message of 23:59 may have been taken tomorrow
_GRACE_MS = 60_000  # between our clock and theirs; our id before that is another archive's
_STATES = {1: State.PENDING, 2: State.FAILED, 3: State.DELIVERED}


class Detail(msgspec.Struct, frozen=True, rename="pascal"):
    """What Aliyun knows of one message; it tells our id, and not its own."""

    send_status: int = 1
    send_date: str = ""
    receive_date: str = ""
    phone_num: str = ""
    err_code: str = ""
    out_id: str = ""


class AliyunSms:
    """`[channels.aliyun_sms]`. Made by `opened`."""

    name = NAME
    wakes = False
    names_person = True

    def __init__(self, section: AliyunSmsSettings, aliyun: Aliyun) -> None:
        self.per_address: tuple[Limit, ...] = tuple(each.limit() for each in section.limits)
        self._section = section
        self._aliyun = aliyun

    async def send(self, message: Message) -> Answer:
        """Send one SMS."""
        fitted = fitted_sms(self._section, message)
        if isinstance(fitted, Answer):
            return fitted
        query = {
            "PhoneNumbers": national(message.address),
            "SignName": self._section.sign,
            "TemplateCode": fitted.template,
            "OutId": fit_out_id(message.out_id, LONGEST_OUT_ID),
        }
        if fitted.variables:
            query["TemplateParam"] = json.dumps(fitted.variables, ensure_ascii=False, separators=(",", ":"))
        table = await self._aliyun.call("SendSms", query)
        if isinstance(table, Answer):
            return table
        cost_fen = math.ceil(fitted.parts * self._section.price_fen)
        return Answer(Verdict.ACCEPTED, "OK", message_id=str(table.get("BizId", "")), cost_fen=cost_fen)

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:
        """What Aliyun knows of our id; None when it cannot be asked now, or never had such a number."""
        if not is_mobile(address):
            return None
        try:
            rows = [row for day in _days(sent_at) for row in await self._rows(national(address), day)]
        except Unavailable:
            return None
        return _of(rows, out_id, sent_at)

    async def listed(self, address: str, sent: Sequence[Sent]) -> list[Receipt]:
        """What Aliyun knows of these messages to one number: one question for each of its days.

        Raises:
            Unavailable: Aliyun cannot be asked now.
        """
        if not is_mobile(address):
            return []
        days = sorted({day for each in sent for day in _days(each.at)})
        rows = [row for day in days for row in await self._rows(national(address), day, waits=True)]
        return [receipt for each in sent for receipt in _of(rows, each.out_id, each.at)]

    async def _rows(self, number: str, day: str, *, waits: bool = False) -> list[Table]:
        rows: list[Table] = []
        for page in range(1, 5):
            query = {"PhoneNumber": number, "SendDate": day, "PageSize": str(_PAGE), "CurrentPage": str(page)}
            table = await self._aliyun.look("QuerySendDetails", query, waits=waits)
            held = table.get("SmsSendDetailDTOs")
            found = held.get("SmsSendDetailDTO") if isinstance(held, dict) else None
            if not isinstance(found, list):
                break
            rows += [row for row in found if isinstance(row, dict)]
            if len(found) < _PAGE:
                break
        return rows


def _days(sent_at: int) -> list[str]:
    """The provider's days on which it may have been sent; no day of the future, which would be refused."""
    last = max(sent_at, min(sent_at + _MIDNIGHT_MS, clock.wall()))
    moments = (datetime.fromtimestamp(each / 1000, BEIJING) for each in (sent_at, last))
    return sorted({moment.strftime("%Y%m%d") for moment in moments})


def _of(rows: list[Table], out_id: str, sent_at: int) -> list[Receipt]:
    """What these rows say of our id."""
    wanted = fit_out_id(out_id, LONGEST_OUT_ID)
    return [
        _receipt(row, out_id, sent_at)
        for row in structs(rows, Detail, NAME)
        if row.out_id == wanted and (beijing_ms(row.send_date) or sent_at) >= sent_at - _GRACE_MS
    ]


def _receipt(row: Detail, out_id: str, sent_at: int) -> Receipt:
    state = _STATES.get(row.send_status, State.PENDING)
    at = beijing_ms(row.receive_date) or beijing_ms(row.send_date) or sent_at
    words = WORDS.get(row.err_code, "")
    return Receipt(NAME, state, at, out_id=out_id, address=e164(row.phone_num), code=row.err_code, words=words)


@asynccontextmanager
async def opened(section: AliyunSmsSettings) -> AsyncIterator[AliyunSms]:
    """The way, open."""
    async with connected(section) as line:
        yield AliyunSms(section, Aliyun(section, line))
