"""What Aliyun pushes: delivery reports, replies, calls and keys."""

import json

import pytest

from coldchain.errors import BadInput
from coldchain.providers.aliyun import reports
from coldchain.providers.outcome import Reply, State
from tests.providers.conftest import Aliyun
from tests.providers.messages import MESSAGE, MOBILE

NOW = 1_795_406_400_000
# As the vendor's page shows them.
SMS_REPORT = """[{"phone_number":"13811110000","send_time":"2017-01-01 00:00:00","report_time":"2017-01-01 00:00:01",
 "success":true,"err_code":"DELIVERED","err_msg":"用户接收成功","sms_size":"1","biz_id":"12345","out_id":"67890"}]"""
VOICE_REPORT = """[{"status_code":"200003","callee":"13000000000","ring_time":"2021-04-28 10:02:40","duration":"10",
 "voice_type":"voice","originate_time":"2021-04-28 10:02:38","b_start_time":"","end_time":"2021-04-28 10:02:50",
 "call_id":"122628733198^109422060000","caller":"0571","status_msg":"执行完成","out_id":"abc","dtmf":"","toll_type":"LOCAL"}]"""
VOICE_CALL_REPORT = """[{"status_code":"300000","smart_status_code":"ANSWERED","dtmf":"1",
 "status_time":"2023-03-06 16:21:12","out_id":"abc","call_id":"1^2"}]"""


def body(*pieces: object) -> bytes:
    return json.dumps(pieces).encode()


def test_a_delivery_report_as_published():
    [receipt] = reports.sms_receipts_of(SMS_REPORT.encode(), NOW)
    assert (receipt.provider, receipt.state, receipt.at) == ("aliyun_sms", State.DELIVERED, 1_483_200_001_000)
    assert (receipt.message_id, receipt.out_id, receipt.address) == ("12345", "67890", "+8613811110000")
    assert (receipt.code, receipt.words) == ("DELIVERED", "用户接收成功")


def test_a_failure_without_words_gets_aliyuns_words_for_its_code():
    failed = {"phone_number": "13811110000", "success": False, "err_code": "MOBILE_NOT_ON_SERVICE", "biz_id": "1"}
    [receipt] = reports.sms_receipts_of(body(failed), NOW)
    assert (receipt.state, receipt.words, receipt.at) == (State.FAILED, "停机、空号、关机或不在服务区", NOW)


def test_sent_without_a_carriers_receipt_is_no_receipt():
    sent = {"phone_number": "13811110000", "success": True, "err_code": "REQUEST_SUCCESS", "biz_id": "1"}
    assert reports.sms_receipts_of(body(sent), NOW) == []


def test_the_consoles_test_is_answered_and_tells_nothing():
    assert reports.sms_receipts_of(b'{"json":"test-content"}', NOW) == []
    assert json.loads(reports.ANSWER) == {"code": 0, "msg": "接收成功"}


def test_a_report_that_is_none_leaves_its_neighbours(caplog: pytest.LogCaptureFixture):
    good = json.loads(SMS_REPORT)[0]
    receipts = reports.sms_receipts_of(body({"phone_number": 7}, good, {"success": "perhaps"}), NOW)
    assert [receipt.message_id for receipt in receipts] == ["12345"]
    assert len(caplog.records) == 2
    assert "no SmsReport" in caplog.text


@pytest.mark.parametrize("bad", [b"", b"{", b"[1]", b'"text"', b"\xff", b"[" * 100_000, b"a=b&c=d"])
def test_a_body_that_is_no_report_is_refused(bad: bytes):
    for parse in (reports.sms_receipts_of, reports.sms_replies_of, reports.voice_receipts_of):
        with pytest.raises(BadInput, match=r"aliyun_.*: body: "):
            parse(bad, NOW)


@pytest.mark.parametrize("sequence", [1234567890, "1234567890"])
def test_a_reply_keeps_its_sequence_as_its_id(sequence: object):
    up = {
        "phone_number": "13811110000",
        "content": "K7M2Q9 1 30",
        "send_time": "20170901000000",
        "sequence_id": sequence,
    }
    assert reports.sms_replies_of(body(up), NOW) == [
        Reply("aliyun_sms", "+8613811110000", "K7M2Q9 1 30", 1_504_195_200_000, "1234567890")
    ]


def test_a_call_that_nobody_picked_up_as_published():
    [receipt] = reports.voice_receipts_of(VOICE_REPORT.encode(), NOW)
    assert (receipt.provider, receipt.state, receipt.code) == ("aliyun_voice", State.RANG_OUT, "200003")
    assert (receipt.message_id, receipt.out_id) == ("122628733198^109422060000", "abc")
    assert receipt.at == 1_619_575_370_000


def test_a_key_during_a_call_as_published():
    [receipt] = reports.voice_receipts_of(VOICE_CALL_REPORT.encode(), NOW)
    assert (receipt.state, receipt.key, receipt.message_id) == (State.KEYED, "1", "1^2")
    assert receipt.at == 1_678_090_872_000


@pytest.mark.parametrize(
    ("code", "dtmf", "state", "key"),
    [
        ("200000", "", State.ANSWERED, ""),
        ("200001", "1", State.KEYED, "1"),
        ("200008", "", State.ANSWERED, ""),
        ("200010", "", State.FAILED, ""),
        ("200111", "", State.RANG_OUT, ""),
        ("999999", "", State.FAILED, ""),
        ("200000", "123456", State.KEYED, "123456"),
    ],
)
async def test_each_end_of_a_call(aliyun: Aliyun, code: str, dtmf: str, state: State, key: str):
    await aliyun.voice.send(MESSAGE)
    [receipt] = reports.voice_receipts_of(aliyun.fake.voice_report(0, code, dtmf), NOW)
    assert (receipt.state, receipt.key, receipt.code, receipt.address) == (state, key, code, MOBILE)
    assert (receipt.message_id, receipt.out_id) == (aliyun.fake.taken[0].id, MESSAGE.out_id)


async def test_of_a_call_that_lasts_only_answers_and_keys_are_told(aliyun: Aliyun):
    await aliyun.voice.send(MESSAGE)
    told = [("200101", ""), ("200201", ""), ("200102", ""), ("300000", "1"), ("200100", "")]
    pushed = [aliyun.fake.voice_call_report(0, code, dtmf) for code, dtmf in told]
    states = [receipt.state for body in pushed for receipt in reports.voice_receipts_of(body, NOW)]
    assert states == [State.ANSWERED, State.KEYED]


async def test_a_message_and_its_report_have_the_same_ids(aliyun: Aliyun):
    answer = await aliyun.sms.send(MESSAGE)
    aliyun.fake.ends(0, 3, "DELIVERED")
    first, again = reports.sms_receipts_of(aliyun.fake.sms_report(0, 0), NOW)
    assert (first.message_id, first.out_id, first.address) == (answer.message_id, MESSAGE.out_id, MOBILE)
    assert first == again
