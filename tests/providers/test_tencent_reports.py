"""What Tencent pushes: delivery reports, replies, calls, keys and failures."""

import json

import pytest

from coldchain.errors import BadInput
from coldchain.providers.outcome import State
from coldchain.providers.tencent import reports
from tests.providers.conftest import Tencent
from tests.providers.messages import MESSAGE, MOBILE

NOW = 1_795_406_400_000
# As the vendor's page shows them.
STATUS = """[{"user_receive_time":"2015-10-17 08:03:04","nationcode":"86","mobile":"13811110000","report_status":"SUCCESS",
 "errmsg":"DELIVRD","description":"用户短信送达成功","sid":"5000:104571"}]"""
REPLY = '{"extend":"","mobile":"13811110000","nationcode":"86","sign":"某县疾控","text":"K7M2Q9 1","time":1457336869}'
PROMPT = """{"voiceprompt_callback":{"result":"0","accept_time":"1470197211","call_from":"","callid":"x-1",
 "end_calltime":"1470197221","fee":"1","mobile":"13811110000","nationcode":"86","start_calltime":"1470197196"}}"""


def test_a_delivery_report_as_published():
    [receipt] = reports.sms_receipts_of(STATUS.encode(), NOW)
    assert (receipt.provider, receipt.state, receipt.at) == ("tencent_sms", State.DELIVERED, 1_445_040_184_000)
    assert (receipt.message_id, receipt.address, receipt.out_id) == ("5000:104571", "+8613811110000", "")
    assert (receipt.code, receipt.words) == ("DELIVRD", "用户短信送达成功")


def test_a_reply_as_published():
    [reply] = reports.sms_replies_of(REPLY.encode(), NOW)
    assert (reply.number, reply.text, reply.at) == ("+8613811110000", "K7M2Q9 1", 1_457_336_869_000)
    [other] = reports.sms_replies_of(REPLY.replace("9 1", "9 2").encode(), NOW)
    assert reply.id != other.id


def test_a_call_that_was_picked_up_as_published():
    [receipt] = reports.voice_receipts_of(PROMPT.encode(), NOW)
    assert (receipt.provider, receipt.state, receipt.message_id) == ("tencent_voice", State.ANSWERED, "x-1")
    assert (receipt.at, receipt.address) == (1_470_197_221_000, "+8613811110000")


async def test_calls_keys_and_failures_name_the_call(tencent: Tencent):
    answer = await tencent.voice.send(MESSAGE)
    fake = tencent.fake
    pushed = [
        fake.keys(0, "1"),
        fake.call_ends(0, "1"),
        fake.call_ends(0, "2"),
        fake.fails(0, 8, "空号"),
        fake.fails(0, 5, ""),
    ]
    receipts = [receipt for body in pushed for receipt in reports.voice_receipts_of(body, NOW)]
    assert [receipt.state for receipt in receipts] == ["keyed", "rang_out", "failed", "failed", "rang_out"]
    assert {(receipt.message_id, receipt.address) for receipt in receipts} == {(answer.message_id, MOBILE)}
    assert (receipts[0].key, receipts[0].at) == ("1", NOW)
    assert [receipt.words for receipt in receipts[3:]] == ["空号", "无应答"]


async def test_a_message_and_its_report_have_the_same_ids(tencent: Tencent):
    answer = await tencent.sms.send(MESSAGE)
    [receipt] = reports.sms_receipts_of(tencent.fake.ends(0), NOW)
    assert (receipt.message_id, receipt.out_id, receipt.address) == (answer.message_id, MESSAGE.out_id, MOBILE)


@pytest.mark.parametrize("key", [1, "1"])
def test_a_key_is_a_key_as_number_and_as_text(key: object):
    body = json.dumps(
        {"voicekey_callback": {"callid": "x", "keypress": key, "mobile": "", "nationcode": "86"}}
    ).encode()
    [receipt] = reports.voice_receipts_of(body, NOW)
    assert (receipt.key, receipt.address) == ("1", "")


@pytest.mark.parametrize("bad", [b"", b"{", b"[1]", b'"text"', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_report_is_refused(bad: bytes):
    for parse in (reports.sms_receipts_of, reports.sms_replies_of, reports.voice_receipts_of):
        with pytest.raises(BadInput, match=r"tencent_.*: body: "):
            parse(bad, NOW)


@pytest.mark.parametrize("bad", [{}, {"voicefax_callback": {}}, {"voicekey_callback": 7}])
def test_a_callback_of_a_call_that_is_not_known_is_refused(bad: object):
    with pytest.raises(BadInput, match="no callback of a call; push voiceprompt_callback"):
        reports.voice_receipts_of(json.dumps(bad).encode(), NOW)


def test_a_report_that_is_none_leaves_its_neighbours(caplog: pytest.LogCaptureFixture):
    body = json.dumps([{"mobile": "1"}, *json.loads(STATUS)]).encode()
    assert [receipt.message_id for receipt in reports.sms_receipts_of(body, NOW)] == ["5000:104571"]
    assert "no Status" in caplog.text


def test_a_callback_gets_the_answer_that_the_provider_wants():
    assert json.loads(reports.ANSWER) == {"result": 0, "errmsg": "OK"}
