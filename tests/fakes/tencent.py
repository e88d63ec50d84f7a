"""A fake of Tencent Cloud's SMS and voice: checks every signature byte for byte, and refuses what the real one refuses.

Its clock for limits is its own (`now`); the signature's date is held against real time. All refusals come with HTTP 200:
of the whole request as `Response.Error`, of a number in its own entry. Its queues give each item once.
"""

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from coldchain import clock
from tests.fakes.serving import Asked, Fault, Said, pushed, said, served
from tests.fakes.windows import Windows, natural_day, of_hours, sliding

KEY_ID, KEY_SECRET = "AKIDFakeSecretId", "a-secret-of-tests"
SMS_APP, VOICE_APP = "1400006666", "1400001111"
SIGN = "某县疾控"
SMS_TEMPLATES = {"449739": "{1}{2}{3}{4}，{5}起，涉{6}{7}，代码{8}，请速查看", "449740": "演练：{1}代码{2}"}
TTS_TEMPLATES = {"1001": "{1}的{2}报警，按一键表示前往", "1003": "演练，{1}，按一键"}
BEIJING = timezone(timedelta(hours=8))
LINK = re.compile(r"https?:|www\.|\w\.(com|cn|net)", re.IGNORECASE)
OFTEN = "the number of sms messages sent from a single mobile number {} exceeds the upper limit"
WITHIN = {"ThirtySecondLimit": "within 30 seconds", "DailyLimit": "every day"}


class RefusedError(Exception):
    """A refusal with its code and words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.code, self.words = code, words


@dataclass(frozen=True, slots=True)
class Taken:
    """One message or call that was taken."""

    id: str
    action: str
    number: str
    template: str
    variables: list[str]
    out_id: str
    at: float


@dataclass
class FakeTencent:
    """Both products at one address."""

    now: float = field(default_factory=lambda: clock.wall() / 1000)  # seconds since 1970, moved by tests
    faults: list[Fault] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the actions, whatever became of them
    blacklist: set[str] = field(default_factory=set)
    contexts: bool = True  # support has opened SessionContext in receipts
    balance: int = 1_000_000
    receipts: list[dict[str, Any]] = field(default_factory=list)  # the queue
    replies: list[dict[str, Any]] = field(default_factory=list)  # the queue
    skew_s: float = 0.0
    port: int = 0

    def __post_init__(self) -> None:
        self._known: list[dict[str, Any]] = []  # by number, for seven days
        self._sms = Windows(("ThirtySecondLimit", 1, sliding(30)), ("DailyLimit", 2, natural_day))
        night = of_hours(22, 36_000)
        self._calls = Windows(
            ("30s", 1, sliding(30)), ("10min", 2, sliding(600)), ("day", 5, natural_day), ("night", 1, night)
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def answer(self, asked: Asked) -> Said:
        try:
            self.asked.append(asked.headers.get("x-tc-action", ""))
            self._check_signature(asked)
            response = self._act(asked)
        except RefusedError as error:
            self.refused.append(error.code)
            response = {"Error": {"Code": error.code, "Message": error.words}}
        return said({"Response": response | {"RequestId": f"R-{len(self.taken)}"}})

    def _act(self, asked: Asked) -> dict[str, Any]:
        acts = {
            ("sms", "SendSms"): self._send_sms,
            ("sms", "PullSmsSendStatus"): self._pull_receipts,
            ("sms", "PullSmsReplyStatus"): self._pull_replies,
            ("sms", "PullSmsSendStatusByPhoneNumber"): self._by_number,
            ("vms", "SendTtsVoice"): self._call,
        }
        service = asked.headers["authorization"].split("/")[2]
        act = acts.get((service, asked.headers["x-tc-action"]))
        if act is None:
            raise RefusedError("InvalidAction", "The Action is invalid or does not exist.")
        return act(json.loads(asked.body))

    # the gate

    def _check_signature(self, asked: Asked) -> None:
        found = re.fullmatch(
            r"TC3-HMAC-SHA256 Credential=([^/]*)/([\d-]{10})/(sms|vms)/tc3_request, "
            r"SignedHeaders=([^,]*), Signature=([0-9a-f]{64})",
            asked.headers.get("authorization", ""),
        )
        if not found or (asked.method, asked.path, asked.raw_query) != ("POST", "/", ""):
            raise RefusedError("AuthFailure.InvalidAuthorization", "The authorization header is invalid.")
        key_id, date, service, names, signature = found.groups()
        if key_id != KEY_ID:
            raise RefusedError("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
        at = int(asked.headers["x-tc-timestamp"])
        if datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d") != date:
            raise RefusedError("AuthFailure.SignatureFailure", "The date does not fit the timestamp.")
        if abs(at - clock.wall() / 1000 - self.skew_s) > 300:
            raise RefusedError("AuthFailure.SignatureExpire", "The signature has expired.")
        if not {"content-type", "host"} <= set(names.split(";")) or signature != _signature(
            asked, date, service, names
        ):
            raise RefusedError("AuthFailure.SignatureFailure", "The provided credentials could not be validated.")
        versions = {"sms": "2021-01-11", "vms": "2020-09-02"}
        if asked.headers.get("x-tc-version") != versions[service] or not asked.headers.get("x-tc-region"):
            raise RefusedError("NoSuchVersion", "The specified API version does not exist.")

    # SMS

    def _send_sms(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["SmsSdkAppId"] != SMS_APP:
            raise RefusedError("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId verify fail")
        if not asked["PhoneNumberSet"]:
            raise RefusedError("MissingParameter.EmptyPhoneNumberSet", "Missing parameter EmptyPhoneNumberSet")
        return {"SendStatusSet": [self._one(number, asked) for number in asked["PhoneNumberSet"]]}

    def _one(self, number: str, asked: dict[str, Any]) -> dict[str, Any]:
        status = {"SerialNo": "", "PhoneNumber": number, "Fee": 0, "SessionContext": "", "IsoCode": "CN"}
        try:
            self._check_sms(number, asked)
        except RefusedError as error:
            self.refused.append(error.code)
            return status | {"Code": error.code, "Message": error.words}
        serial = f"5000:{len(self.taken):025d}"
        context = asked.get("SessionContext", "")
        self._take(serial, "SendSms", number, asked["TemplateId"], asked["TemplateParamSet"], context)
        status |= {"SerialNo": serial, "Fee": 1, "SessionContext": context}
        return status | {"Code": "Ok", "Message": "send success"}

    def _check_sms(self, number: str, asked: dict[str, Any]) -> None:
        if not re.fullmatch(r"\+861[3-9]\d{9}", number):
            raise RefusedError("InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number")
        if asked.get("SignName") != SIGN:
            raise RefusedError("FailedOperation.SignatureIncorrectOrUnapproved", "signature incorrect or unapproved")
        _check_template(asked, SMS_TEMPLATES)
        if number in self.blacklist:
            raise RefusedError("FailedOperation.PhoneNumberInBlacklist", "phone number in blacklist")
        if self.balance <= 0:
            raise RefusedError("FailedOperation.InsufficientBalanceInSmsPackage", "insufficient balance")
        if over := self._sms.over(number, self.now):
            raise RefusedError(f"LimitExceeded.PhoneNumber{over}", OFTEN.format(WITHIN[over]))

    def _pull_receipts(self, asked: dict[str, Any]) -> dict[str, Any]:
        taken, self.receipts = self.receipts[: asked["Limit"]], self.receipts[asked["Limit"] :]
        return {"PullSmsSendStatusSet": taken}

    def _pull_replies(self, asked: dict[str, Any]) -> dict[str, Any]:
        taken, self.replies = self.replies[: asked["Limit"]], self.replies[asked["Limit"] :]
        return {"PullSmsReplyStatusSet": taken}

    def _by_number(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["EndTime"] < asked["BeginTime"] or asked["Limit"] > 100:
            raise RefusedError("InvalidParameterValue.BeginTimeVerifyFail", "begin time verify fail")
        found = [
            each
            for each in self._known
            if each["PhoneNumber"] == asked["PhoneNumber"]
            and asked["BeginTime"] <= each["UserReceiveTime"] <= asked["EndTime"]
        ]
        return {"PullSmsSendStatusSet": found[asked["Offset"] :][: asked["Limit"]]}

    # voice

    def _call(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = asked["CalledNumber"]
        if asked["VoiceSdkAppid"] != VOICE_APP:
            raise RefusedError("UnauthorizedOperation.VoiceSdkAppidVerifyFail", "VoiceSdkAppid verify fail")
        if not re.fullmatch(r"\+861[3-9]\d{9}", number):
            raise RefusedError("InvalidParameterValue.CalledNumberVerifyFail", "called number verify fail")
        _check_template(asked, TTS_TEMPLATES)
        if self.balance <= 0:
            raise RefusedError("FailedOperation.InsufficientBalanceInVoicePackage", "insufficient balance")
        if self._calls.over(number, self.now):
            raise RefusedError("LimitExceeded.DeliveryFrequencyLimit", "delivery frequency limit")
        call_id, context = f"12582bce-{len(self.taken):08d}", asked.get("SessionContext", "")
        self._take(call_id, "SendTtsVoice", number, asked["TemplateId"], asked["TemplateParamSet"], context)
        return {"SendStatus": {"CallId": call_id, "SessionContext": context}}

    def _take(self, id_: str, action: str, number: str, template: str, variables: list[str], out_id: str) -> None:
        self.taken.append(Taken(id_, action, number, template, variables, out_id, self.now))

    # what it pushes, and keeps in its queues

    @staticmethod
    async def push(url: str, body: bytes, times: int = 1) -> bool:
        """Push a body, so many times; True when each was answered as Tencent wants it."""
        answers = await pushed(url, body, times=times)
        return all(each and each.status == 200 and json.loads(each.body)["result"] == 0 for each in answers)

    def ends(self, n: int, *, well: bool = True) -> bytes:
        """Message `n` has come to its end: into the queue, and as the body of the callback."""
        sent = self.taken[n]
        context = sent.out_id if self.contexts else ""
        words = ("SUCCESS", "DELIVRD", "用户短信送达成功") if well else ("FAIL", "MK:0001", "空号")
        pulled = {"UserReceiveTime": int(sent.at) + 3, "CountryCode": "86", "SubscriberNumber": sent.number[3:]}
        pulled |= {"PhoneNumber": sent.number, "SerialNo": sent.id, "ReportStatus": words[0], "Description": words[1]}
        pulled |= {"SessionContext": context}
        self.receipts.append(pulled)
        self._known.append(pulled)
        pushed = {"user_receive_time": _beijing(sent.at + 3), "nationcode": "86", "mobile": sent.number[3:]}
        pushed |= {"report_status": words[0], "errmsg": words[1], "description": words[2], "sid": sent.id}
        return _json([pushed | ({"ext": context} if context else {})])

    def writes(self, number: str, text: str) -> bytes:
        """Somebody wrote to us: into the queue, and as the body of the callback."""
        at = int(self.now)
        replied = {"ExtendCode": "", "CountryCode": "86", "PhoneNumber": f"+86{number}", "SignName": SIGN}
        self.replies.append(replied | {"ReplyContent": text, "ReplyTime": at, "SubscriberNumber": number})
        return _json({"extend": "", "mobile": number, "nationcode": "86", "sign": SIGN, "text": text, "time": at})

    def call_ends(self, n: int, result: str) -> bytes:
        """voiceprompt_callback: 0 answered, 1 not answered, 2 failed."""
        times = {name: str(int(self.taken[n].at) + s) for name, s in (("start_calltime", 2), ("end_calltime", 20))}
        return self._told("voiceprompt_callback", n, times | {"result": result, "fee": "1"})

    def keys(self, n: int, key: str) -> bytes:
        """voicekey_callback."""
        return self._told("voicekey_callback", n, {"keypress": key})

    def fails(self, n: int, code: int, words: str) -> bytes:
        """voice_failure_callback."""
        return self._told("voice_failure_callback", n, {"failure_code": code, "failure_reason": words})

    def _told(self, name: str, n: int, told: dict[str, Any]) -> bytes:
        call = self.taken[n]
        return _json({name: {"callid": call.id, "call_from": "", "mobile": call.number[3:], "nationcode": "86"} | told})


def _check_template(asked: dict[str, Any], templates: dict[str, str]) -> None:
    text, variables = templates.get(asked["TemplateId"]), asked.get("TemplateParamSet", [])
    if text is None:
        raise RefusedError("FailedOperation.TemplateIncorrectOrUnapproved", "template incorrect or unapproved")
    if any(not isinstance(value, str) for value in variables):
        raise RefusedError("InvalidParameter", "参数 `TemplateParamSet.0` 取值类型错误。")
    if len(variables) != len(re.findall(r"\{\d\}", text)):
        raise RefusedError("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "param set does not match")
    if any(len(value) > 6 for value in variables):
        raise RefusedError("InvalidParameterValue.TemplateParameterLengthLimit", "template parameter length limit")
    if any(LINK.search(value) for value in variables):
        raise RefusedError("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", "prohibited use url")


def _signature(asked: Asked, date: str, service: str, names: str) -> str:
    head = "".join(f"{name}:{asked.headers[name].lower()}\n" for name in names.split(";"))
    body = hashlib.sha256(asked.body).hexdigest()
    request = f"POST\n/\n\n{head}\n{names}\n{body}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{asked.headers['x-tc-timestamp']}\n{date}/{service}/tc3_request\n{digest}"

    def sign(key: bytes, part: str) -> bytes:
        return hmac.new(key, part.encode(), hashlib.sha256).digest()

    return sign(sign(sign(sign(f"TC3{KEY_SECRET}".encode(), date), service), "tc3_request"), text).hex()


def _json(table: Any) -> bytes:
    return json.dumps(table, ensure_ascii=False).encode()


def _beijing(at: float) -> str:
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


@asynccontextmanager
async def fake_tencent(*, latency_s: float = 0.0) -> AsyncIterator[FakeTencent]:
    """A running fake; each answer takes `latency_s`."""
    fake = FakeTencent()
    async with served(fake, latency_s=latency_s):
        yield fake
