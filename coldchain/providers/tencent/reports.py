"""What Tencent pushes, or gives out of its queue: delivery reports and replies of SMS; calls, keys and failures. Pure.

    status ─► sms_receipts_of    reply ─► sms_replies_of    voiceprompt, voicekey, voice_failure ─► voice_receipts_of

Nothing is signed; a call's pushes name only Tencent's own call id, and may come before the answer to the call itself.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from coldchain.errors import BadInput
from coldchain.providers.numbers import e164
from coldchain.providers.outcome import Receipt, Reply, State
from coldchain.providers.pushed import beijing_ms, structs, tables, unix_ms

ANSWER: Final = b'{"result":0,"errmsg":"OK"}'
ANSWER_TYPE: Final = "application/json"
SMS, VOICE = "tencent_sms", "tencent_voice"
Told = dict[str, Any]

_FAILURES: Final = {
    1: "关机",
    2: "通话中",
    3: "不在服务区",
    4: "欠费",
    5: "无应答",
    6: "无法接通",
    7: "停机",
    8: "空号",
    9: "线路忙",
    10: "用户忙",
    11: "其它",
    12: "呼入限制",
    13: "业务暂停",
    15: "号码不存在",
    20: "无回复",
}
_RANG_OUT: Final = frozenset({2, 5, 10, 20})
_CALLS: Final = {"0": (State.ANSWERED, "接听"), "1": (State.RANG_OUT, "未接听"), "2": (State.FAILED, "呼叫异常")}


class Status(msgspec.Struct, frozen=True):
    """One delivery report; `ext` is our own id where support has opened that."""

    mobile: str
    report_status: str
    sid: str
    nationcode: str = "86"
    user_receive_time: str = ""
    errmsg: str = ""
    description: str = ""
    ext: str | None = ""


class Written(msgspec.Struct, frozen=True):
    """One SMS that somebody sent us; it names no message that it answers, and has no id."""

    mobile: str
    text: str
    time: str | int = ""
    nationcode: str = "86"


class Prompt(msgspec.Struct, frozen=True):
    """One call that was made."""

    callid: str
    result: str | int
    mobile: str = ""
    nationcode: str = "86"
    end_calltime: str | int = ""
    accept_time: str | int = ""


class Key(msgspec.Struct, frozen=True):
    """A key that was pressed; it has no time."""

    callid: str
    keypress: str | int
    mobile: str = ""
    nationcode: str = "86"


class Failure(msgspec.Struct, frozen=True):
    """A call that came to nothing."""

    callid: str
    failure_code: int = 11
    failure_reason: str = ""
    mobile: str = ""
    nationcode: str = "86"


def sms_receipts_of(body: bytes, at: int) -> list[Receipt]:
    """Delivery reports; `at` is the arrival's time.

    Raises:
        BadInput: the body is no JSON.
    """
    return [
        Receipt(
            SMS,
            State.DELIVERED if each.report_status == "SUCCESS" else State.FAILED,
            beijing_ms(each.user_receive_time) or at,
            message_id=each.sid,
            out_id=each.ext or "",
            address=_number(each.nationcode, each.mobile),
            code=each.errmsg,
            words=each.description,
        )
        for each in structs(tables(body, SMS), Status, SMS)
    ]


def sms_replies_of(body: bytes, at: int) -> list[Reply]:
    """SMS that people sent us.

    Raises:
        BadInput: the body is no JSON.
    """
    return [
        reply(_number(each.nationcode, each.mobile), each.text, unix_ms(each.time), at)
        for each in structs(tables(body, SMS), Written, SMS)
    ]


def voice_receipts_of(body: bytes, at: int) -> list[Receipt]:
    """What became of calls: answered, rung out, failed, or a key pressed.

    Raises:
        BadInput: the body is no JSON, or tells of nothing that is known here.
    """
    receipts: list[Receipt] = []
    for table in tables(body, VOICE):
        name, told = next(iter(table.items()), ("", None))
        if name not in _TOLD or not isinstance(told, dict):
            raise BadInput("body", f"{name[:40]!r} is no callback of a call", f"push {', '.join(_TOLD)}", where=VOICE)
        receipts += _TOLD[name](told, at)
    return receipts


def reply(number: str, text: str, written_at: int, at: int) -> Reply:
    """A reply under an id of our own, the same whether it was pushed or taken out of the queue."""
    digest = hashlib.sha256(f"{number}\n{written_at}\n{text}".encode()).hexdigest()[:24]
    return Reply(SMS, number, text, written_at or at, digest)


def _prompts(told: Told, at: int) -> Iterator[Receipt]:
    for each in structs([told], Prompt, VOICE):
        state, words = _CALLS.get(str(each.result), (State.FAILED, ""))
        ended_at = unix_ms(each.end_calltime) or unix_ms(each.accept_time) or at
        yield _receipt(each, state, ended_at, str(each.result), words)


def _keys(told: Told, at: int) -> Iterator[Receipt]:
    for each in structs([told], Key, VOICE):
        yield _receipt(each, State.KEYED, at, key=str(each.keypress))


def _failures(told: Told, at: int) -> Iterator[Receipt]:
    for each in structs([told], Failure, VOICE):
        state = State.RANG_OUT if each.failure_code in _RANG_OUT else State.FAILED
        words = each.failure_reason or _FAILURES.get(each.failure_code, "")
        yield _receipt(each, state, at, str(each.failure_code), words)


def _receipt(
    each: Prompt | Key | Failure, state: State, at: int, code: str = "", words: str = "", *, key: str = ""
) -> Receipt:
    address = _number(each.nationcode, each.mobile) if each.mobile else ""
    return Receipt(VOICE, state, at, message_id=each.callid, address=address, code=code, words=words, key=key)


def _number(nation: str, number: str) -> str:
    return e164(number) if nation in ("86", "") else f"+{nation}{number}"


_TOLD: Final[dict[str, Callable[[Told, int], Iterator[Receipt]]]] = {
    "voiceprompt_callback": _prompts,
    "voicekey_callback": _keys,
    "voice_failure_callback": _failures,
}
