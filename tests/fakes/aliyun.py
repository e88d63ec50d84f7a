"""A fake of Aliyun's SMS and voice: checks every signature byte for byte, and refuses what the real one refuses.

Its clock for limits is its own (`now`); the signature's date is held against real time. Business refusals come with
HTTP 200 as on the real one, or 400 with `refusal_status`. Receipts are bodies that a test hands or posts to the parsers.
"""

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from coldchain import clock
from tests.fakes.serving import Asked, Fault, Said, pushed, said, served
from tests.fakes.windows import DAY_S, Windows, from_first, sliding

KEY_ID, KEY_SECRET = "LTAI5tFakeKeyId", "a-secret-of-tests"
SIGN = "某县疾控"
SMS_TEMPLATES = {
    "SMS_1": "${place}${thing}${what}${value}，${since}起，涉${lots}${doses}，代码${code}，请速查看",
    "SMS_2": "演练：${place}代码${code}",
}
TTS_TEMPLATES = {
    "TTS_1": "${place}的${thing}报警，按一键表示前往",
    "TTS_2": "谢谢，已记录",
    "TTS_3": "演练，${place}，按一键",
}
SHOW_NUMBER = "05711234567"
BEIJING = timezone(timedelta(hours=8))
LINK = re.compile(r"https?:|www\.|\w\.(com|cn|net)", re.IGNORECASE)


class RefusedError(Exception):
    """A refusal with its code and words."""

    def __init__(self, code: str, words: str, status: int | None = None) -> None:
        super().__init__(code)
        self.code, self.words, self.status = code, words, status


@dataclass(frozen=True, slots=True)
class Taken:
    """One message or call that was taken; `status` as the provider's details show it."""

    id: str
    action: str
    number: str
    template: str
    variables: dict[str, str]
    out_id: str
    query: dict[str, str]
    at: float
    status: int = 1
    code: str = ""


@dataclass
class FakeAliyun:
    """Both products at one address."""

    now: float = field(default_factory=lambda: clock.wall() / 1000)  # seconds since 1970, moved by tests
    refusal_status: int = 200
    faults: list[Fault] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the actions, whatever became of them
    blacklist: set[str] = field(default_factory=set)
    balance: int = 1_000_000
    skew_s: float = 0.0
    port: int = 0

    def __post_init__(self) -> None:
        self._nonces: set[str] = set()
        self._sms = Windows(("天级", 50, sliding(DAY_S)))
        self._calls = Windows(
            ("分钟级", 1, from_first(60)), ("小时级", 5, from_first(3600)), ("天级", 20, from_first(DAY_S))
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def answer(self, asked: Asked) -> Said:
        try:
            self.asked.append(asked.headers.get("x-acs-action", ""))
            self._check_signature(asked)
            table = self._act(asked)
        except RefusedError as error:
            self.refused.append(error.code)
            table = {"Code": error.code, "Message": error.words, "RequestId": "R-0"}
            return said(table, error.status or self.refusal_status)
        return said({"Code": "OK", "Message": "OK", "RequestId": f"R-{len(self.taken)}"} | table)

    def _act(self, asked: Asked) -> dict[str, Any]:
        action = asked.headers["x-acs-action"]
        act = {
            "SendSms": self._send_sms,
            "QuerySendDetails": self._details,
            "SingleCallByTts": self._call,
            "IvrCall": self._call,
            "QueryCallDetailByCallId": self._call_detail,
        }.get(action)
        if act is None or asked.headers["x-acs-version"] != "2017-05-25":
            raise RefusedError("InvalidAction.NotFound", "Specified api is not found", 404)
        return act(action, asked.query)

    # the gate

    def _check_signature(self, asked: Asked) -> None:
        found = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]*),SignedHeaders=([^,]*),Signature=([0-9a-f]{64})",
            asked.headers.get("authorization", ""),
        )
        if not found:
            raise RefusedError(
                "IncompleteSignature", "The request signature does not conform to Aliyun standards.", 400
            )
        key_id, names, signature = found.groups()
        if key_id != KEY_ID:
            raise RefusedError("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        signed = names.split(";")
        must = {"host", *(name for name in asked.headers if name.startswith("x-acs-"))}
        if signed != sorted(signed) or not must <= set(signed) or self._signature(asked, signed) != signature:
            raise RefusedError("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.", 400)
        moment = datetime.strptime(asked.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(moment.timestamp() - clock.wall() / 1000 - self.skew_s) > 900:
            raise RefusedError("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)
        if asked.headers["x-acs-signature-nonce"] in self._nonces:
            raise RefusedError("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        self._nonces.add(asked.headers["x-acs-signature-nonce"])

    @staticmethod
    def _signature(asked: Asked, signed: list[str]) -> str:
        body = hashlib.sha256(asked.body).hexdigest()
        if asked.headers.get("x-acs-content-sha256") != body:
            return ""
        query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(asked.query.items()))
        head = "".join(f"{name}:{asked.headers[name].strip()}\n" for name in signed)
        request = f"{asked.method}\n{asked.path}\n{query}\n{head}\n{';'.join(signed)}\n{body}"
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
        return hmac.new(KEY_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()

    # SMS

    def _send_sms(self, action: str, query: dict[str, str]) -> dict[str, Any]:
        number = re.sub(r"^(\+86|0086|86)(?=1\d{10}$)", "", query.get("PhoneNumbers", ""))
        if not re.fullmatch(r"1[3-9]\d{9}", number):
            raise RefusedError("isv.MOBILE_NUMBER_ILLEGAL", "非法手机号")
        if query.get("SignName") != SIGN:
            raise RefusedError("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法(不存在或被拉黑)")
        variables = self._variables(query.get("TemplateCode", ""), query.get("TemplateParam", "{}"), SMS_TEMPLATES)
        self._check_person(number)
        if over := self._sms.over((SIGN, query["TemplateCode"], number), self.now):
            raise RefusedError("isv.BUSINESS_LIMIT_CONTROL", f"触发{over}流控Permits:50")
        biz_id = f"{len(self.taken):018d}^0"
        self._take(biz_id, action, number, query["TemplateCode"], variables, query)
        return {"BizId": biz_id}

    def _details(self, _action: str, query: dict[str, str]) -> dict[str, Any]:
        size = int(query["PageSize"])
        if not re.fullmatch(r"\d{8}", query.get("SendDate", "")) or not 1 <= size <= 50:
            raise RefusedError("isv.INVALID_PARAMETERS", "参数异常")
        found = [
            {
                "PhoneNum": each.number,
                "SendStatus": each.status,
                "ErrCode": each.code,
                "TemplateCode": each.template,
                "SendDate": _beijing(each.at),
                "ReceiveDate": _beijing(each.at + 3) if each.status != 1 else "",
                "OutId": each.out_id,
            }
            for each in self.taken
            if each.action == "SendSms"
            and each.number == query["PhoneNumber"]
            and _beijing(each.at)[:10].replace("-", "") == query["SendDate"]
        ]
        first = (int(query["CurrentPage"]) - 1) * size
        return {"TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": found[first : first + size]}}

    # voice

    def _call(self, action: str, query: dict[str, str]) -> dict[str, Any]:
        number = query.get("CalledNumber", "")
        if not re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}", number):
            raise RefusedError("isv.MOBILE_NUMBER_ILLEGAL", "号码格式非法")
        if not 1 <= len(query.get("OutId", "x").encode()) <= 15:
            raise RefusedError("isv.PARAM_LENGTH_LIMIT", "OutId长度超限")
        code, parameters = ("StartCode", "StartTtsParams") if action == "IvrCall" else ("TtsCode", "TtsParam")
        variables = self._variables(query.get(code, ""), query.get(parameters, "{}"), TTS_TEMPLATES)
        if action == "IvrCall" and query.get("CalledShowNumber") != SHOW_NUMBER:
            raise RefusedError("isv.DISPLAY_NUMBER_ILLEGAL", "号显不合法")
        if action == "IvrCall" and query.get("MenuKeyMap.1.Code") not in TTS_TEMPLATES:
            raise RefusedError("isv.TTS_TEMPLATE_ILLEGAL", "TTS模板不合法")
        if len(variables) > 2 and "CalledShowNumber" not in query:
            raise RefusedError("isv.TTS_TEMPLATE_ILLEGAL", "公共模式最多2个变量")
        self._check_person(number)
        if self._calls.over(number, self.now):
            raise RefusedError("isv.BUSINESS_LIMIT_CONTROL", "该被叫号触发被叫流控,partnerId=1,prodId=11000000300006")
        call_id = f"{len(self.taken):012d}^10551812"
        self._take(call_id, action, number, query[code], variables, query)
        return {"CallId": call_id}

    def _call_detail(self, _action: str, query: dict[str, str]) -> dict[str, Any]:
        call = next((each for each in self.taken if each.id == query["CallId"]), None)
        if call is None:
            raise RefusedError("isv.BILLID_NOT_EXIST", "callId不存在")
        ivr = call.action == "IvrCall"
        if query["ProdId"] != ("11000000300005" if ivr else "11010000138001"):
            raise RefusedError("isv.INVALID_PARAMETERS", "参数异常")
        data = {"callee": call.number, "state": call.code, "stateDesc": "", "startDate": _beijing(call.at)}
        data["endDate"] = _beijing(call.at + 20) if call.code else ""
        return {"Data": json.dumps(data)}

    # what both check

    def _variables(self, template: str, parameters: str, templates: dict[str, str]) -> dict[str, str]:
        if template not in templates:
            kind = "SMS_TEMPLATE_ILLEGAL" if templates is SMS_TEMPLATES else "TTS_TEMPLATE_ILLEGAL"
            raise RefusedError(f"isv.{kind}", "模板不合法(不存在或被拉黑)")
        try:
            given = json.loads(parameters)
        except ValueError:
            raise RefusedError("isv.INVALID_JSON_PARAM", "JSON参数不合法") from None
        wanted = re.findall(r"\$\{(\w+)\}", templates[template])
        if any(not given.get(name) for name in wanted):
            raise RefusedError("isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少对应参数值")
        if any(not isinstance(value, str) for value in given.values()):
            raise RefusedError("isv.TEMPLATE_PARAMS_ILLEGAL", "模板变量里包含非法关键字")
        if any(len(value) > 6 for value in given.values()):
            raise RefusedError("isv.PARAM_LENGTH_LIMIT", "参数超出长度限制")
        if any(LINK.search(value) for value in given.values()):
            raise RefusedError("isv.PARAM_NOT_SUPPORT_URL", "变量不支持传入URL")
        return {name: given[name] for name in wanted}

    def _check_person(self, number: str) -> None:
        if number in self.blacklist:
            raise RefusedError("isv.BLACK_KEY_CONTROL_LIMIT", "黑名单管控")
        if self.balance <= 0:
            raise RefusedError("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")

    def _take(
        self, id_: str, action: str, number: str, template: str, variables: dict[str, str], query: dict[str, str]
    ) -> None:
        self.taken.append(Taken(id_, action, number, template, variables, query.get("OutId", ""), query, self.now))

    # what it pushes

    @staticmethod
    async def push(url: str, body: bytes, times: int = 1) -> bool:
        """Push a body, so many times; True when each was answered as Aliyun wants it, within 700 ms."""
        answers = await pushed(url, body, times=times, within_s=0.7)
        return all(each and each.status == 200 and json.loads(each.body)["code"] == 0 for each in answers)

    def ends(self, n: int, status: int, code: str) -> None:
        """Message or call `n` has come to its end: 3 delivered, 2 failed; for a call the code of its state."""
        self.taken[n] = replace(self.taken[n], status=status, code=code)

    def sms_report(self, *numbers: int) -> bytes:
        """SmsReport of messages that were taken, in one body; the same number twice is a duplicate."""
        return _json(
            [
                {
                    "phone_number": each.number,
                    "send_time": _beijing(each.at),
                    "report_time": _beijing(each.at + 3),
                    "success": each.status == 3,
                    "err_code": each.code,
                    "err_msg": "",
                    "sms_size": "1",
                    "biz_id": each.id,
                    "out_id": each.out_id,
                }
                for each in (self.taken[n] for n in numbers)
            ]
        )

    def sms_up(self, number: str, text: str, sequence: int = 1) -> bytes:
        """SmsUp: somebody wrote to us."""
        up = {"phone_number": number, "content": text, "send_time": _beijing(self.now), "dest_code": "1069"}
        return _json([up | {"sequence_id": sequence}])

    def voice_report(self, n: int, code: str, dtmf: str = "") -> bytes:
        """VoiceReport: call `n` has ended."""
        call = self.taken[n]
        report = {"status_code": code, "callee": call.number, "call_id": call.id, "out_id": call.out_id, "dtmf": dtmf}
        times = {"originate_time": _beijing(call.at), "end_time": _beijing(call.at + 20), "status_msg": "执行完成"}
        return _json([report | times])

    def voice_call_report(self, n: int, code: str, dtmf: str = "") -> bytes:
        """VoiceCallReport: call `n` still lasts."""
        call = self.taken[n]
        report = {"status_code": code, "smart_status_code": "", "status_time": _beijing(call.at + 9)}
        return _json([report | {"call_id": call.id, "out_id": call.out_id} | ({"dtmf": dtmf} if dtmf else {})])


def _json(table: Any) -> bytes:
    return json.dumps(table, ensure_ascii=False).encode()


def _beijing(at: float) -> str:
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


@asynccontextmanager
async def fake_aliyun(*, latency_s: float = 0.0) -> AsyncIterator[FakeAliyun]:
    """A running fake; each answer takes `latency_s`."""
    fake = FakeAliyun()
    async with served(fake, latency_s=latency_s):
        yield fake
