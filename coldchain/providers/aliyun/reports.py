"""What Aliyun pushes: delivery reports and replies of SMS, calls while they last and after. Pure.

    SmsReport, SmsUp ─────────────► sms_receipts_of, sms_replies_of
    VoiceReport, VoiceCallReport ─► voice_receipts_of

Nothing is signed, anything may come twice, and anything may be lost. Times are Beijing's, without a zone. It wants
`ANSWER` within 700 ms, and pushes again after 1, 5 and 10 minutes otherwise.
"""

from typing import Final

import msgspec

from coldchain.providers.numbers import e164
from coldchain.providers.outcome import Receipt, Reply, State
from coldchain.providers.pushed import beijing_ms, structs, tables

ANSWER: Final = '{"code":0,"msg":"接收成功"}'.encode()
ANSWER_TYPE: Final = "application/json"
SMS, VOICE = "aliyun_sms", "aliyun_voice"

# Aliyun's words for its codes, where a receipt comes with the code alone.
WORDS: Final = {
    "DELIVERED": "用户接收成功",
    "MOBILE_NOT_ON_SERVICE": "停机、空号、关机或不在服务区",
    "MOBILE_SEND_LIMIT": "单个号码日或月发送上限",
    "MOBILE_ACCOUNT_ABNORMAL": "用户账户异常",
    "MOBILE_IN_BLACK": "手机号在黑名单中",
    "MOBLLE_TERMINAL_ERROR": "手机终端问题",  # spelt so
    "CONTENT_KEYWORD": "内容含关键字",
    "INVALID_NUMBER": "号码状态异常",
    "CONTENT_ERROR": "推广短信内容未加退订信息",
    "REQUEST_SUCCESS": "请求成功，运营商未返回回执",
    "USER_REJECT": "用户拒收",
    "NO_ROUTE": "没有路由",
    "IS_CLOSE": "业务停机",
}
_CALLS: Final = {
    "200000": (State.ANSWERED, "用户听完"),
    "200001": (State.ANSWERED, "用户提前挂机"),
    "200002": (State.RANG_OUT, "用户忙"),
    "200003": (State.RANG_OUT, "用户未接听"),
    "200004": (State.FAILED, "无效号码"),
    "200005": (State.FAILED, "无法接通"),
    "200007": (State.FAILED, "不在服务区"),
    "200008": (State.ANSWERED, "等待按键超时"),
    "200010": (State.FAILED, "关机"),
    "200011": (State.FAILED, "停机"),
    "200111": (State.RANG_OUT, "用户拒接"),
    "200112": (State.RANG_OUT, "用户正忙"),
    "200113": (State.RANG_OUT, "无应答"),
    "200117": (State.FAILED, "号显不合法"),
    "200118": (State.FAILED, "运营商限时段"),
    "200119": (State.FAILED, "运营商限频次"),
    "200121": (State.FAILED, "超过并发"),
}
_ANSWERED, _KEYED = "200102", "300000"  # of a call that still lasts; its other codes say nothing that anybody acts on


class SmsReport(msgspec.Struct, frozen=True):
    """One delivery report."""

    phone_number: str
    success: bool
    report_time: str = ""
    err_code: str = ""
    err_msg: str = ""
    biz_id: str = ""
    out_id: str | None = ""


class SmsUp(msgspec.Struct, frozen=True):
    """One SMS that somebody sent us; it names no message that it answers."""

    phone_number: str
    content: str
    send_time: str = ""
    dest_code: str | int = ""
    sequence_id: str | int = ""


class VoiceReport(msgspec.Struct, frozen=True):
    """One call: after it ended, or (VoiceCallReport: with a status_time) while it lasts."""

    status_code: str | int
    call_id: str
    callee: str = ""
    out_id: str | None = ""
    status_msg: str = ""
    status_time: str = ""
    end_time: str = ""
    dtmf: str | int | None = ""


def sms_receipts_of(body: bytes, at: int) -> list[Receipt]:
    """Delivery reports; `at` is the arrival's time.

    Raises:
        BadInput: the body is no JSON.
    """
    pieces = _reports(body, SMS)
    return [_sms_receipt(each, at) for each in structs(pieces, SmsReport, SMS) if each.err_code != "REQUEST_SUCCESS"]


def sms_replies_of(body: bytes, at: int) -> list[Reply]:
    """SMS that people sent us.

    Raises:
        BadInput: the body is no JSON.
    """
    return [
        Reply(SMS, e164(each.phone_number), each.content, beijing_ms(each.send_time) or at, str(each.sequence_id))
        for each in structs(_reports(body, SMS), SmsUp, SMS)
    ]


def voice_receipts_of(body: bytes, at: int) -> list[Receipt]:
    """What became of calls, keys that were pressed among it.

    Raises:
        BadInput: the body is no JSON.
    """
    found = (_call_receipt(each, at) for each in structs(_reports(body, VOICE), VoiceReport, VOICE))
    return [receipt for receipt in found if receipt is not None]


def call_state(code: str) -> tuple[State, str]:
    """What the code of an ended call means; any that is not known is a failure in Aliyun's own number."""
    return _CALLS.get(code, (State.FAILED, ""))


def _reports(body: bytes, provider: str) -> list[dict[str, object]]:
    """Without the console's test, which is `{"json": …}` and only wants its answer."""
    return [piece for piece in tables(body, provider) if set(piece) != {"json"}]


def _sms_receipt(each: SmsReport, at: int) -> Receipt:
    return Receipt(
        SMS,
        State.DELIVERED if each.success else State.FAILED,
        beijing_ms(each.report_time) or at,
        message_id=each.biz_id,
        out_id=each.out_id or "",
        address=e164(each.phone_number),
        code=each.err_code,
        words=each.err_msg or WORDS.get(each.err_code, ""),
    )


def _call_receipt(each: VoiceReport, at: int) -> Receipt | None:
    code, key = str(each.status_code), str(each.dtmf or "")
    during = each.status_time != "" or code in (_ANSWERED, _KEYED)
    if key:
        state, words = State.KEYED, call_state(code)[1]
    elif during and code == _ANSWERED:
        state, words = State.ANSWERED, "接听"
    elif during:
        return None
    else:
        state, words = call_state(code)
    return Receipt(
        VOICE,
        state,
        beijing_ms(each.status_time) or beijing_ms(each.end_time) or at,
        message_id=each.call_id,
        out_id=each.out_id or "",
        address=e164(each.callee) if each.callee else "",
        code=code,
        words=each.status_msg or words,
        key=key,
    )
