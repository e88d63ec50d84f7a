"""Aliyun SMS and voice before a fake that checks signatures, templates, lengths, links and limits."""

import json
from dataclasses import replace

import pytest

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.providers.aliyun import codes
from coldchain.providers.aliyun.calling import Aliyun as Calls
from coldchain.providers.aliyun.voice import opened as open_voice
from coldchain.providers.outcome import Answer, Lists, Looks, Sent, State, Verdict
from coldchain.providers.over_http import connected
from tests.fakes.aliyun import KEY_ID, KEY_SECRET, SHOW_NUMBER, SIGN, fake_aliyun
from tests.fakes.serving import says
from tests.providers import sections
from tests.providers.conftest import Aliyun
from tests.providers.messages import FIXED_LINE, MESSAGE, MOBILE, SHORT, at

# SMS


async def test_an_sms_carries_its_variables_our_id_and_costs_one_part(aliyun: Aliyun):
    answer = await aliyun.sms.send(MESSAGE)
    [taken] = aliyun.fake.taken
    assert (taken.number, taken.out_id, taken.variables) == ("13800138000", MESSAGE.out_id, SHORT)
    assert answer == Answer(Verdict.ACCEPTED, "OK", message_id=taken.id, cost_fen=5)


async def test_all_messages_to_a_number_are_listed_by_one_question_a_day(aliyun: Aliyun):
    assert isinstance(aliyun.sms, Lists)
    sent = []
    for n in (1, 2, 3):
        answer = await aliyun.sms.send(replace(MESSAGE, out_id=f"n{n}"))
        sent.append(Sent(f"n{n}", answer.message_id, aliyun.began))
    aliyun.fake.ends(0, 3, "DELIVERED")
    aliyun.fake.asked.clear()
    listed = await aliyun.sms.listed(MOBILE, sent)
    assert [(each.out_id, each.state) for each in listed] == [
        ("n1", State.DELIVERED),
        ("n2", State.PENDING),
        ("n3", State.PENDING),
    ]
    assert set(aliyun.fake.asked) == {"QuerySendDetails"}
    assert len(aliyun.fake.asked) <= 2  # two days, within ten minutes of midnight
    assert await aliyun.sms.listed(FIXED_LINE, sent) == []


async def test_a_long_id_of_ours_comes_back_as_ours_when_asked(aliyun: Aliyun):
    message = replace(MESSAGE, out_id="0123456789abcdef" * 4)
    await aliyun.sms.send(message)
    found = await aliyun.sms.ask(message.out_id, MOBILE, aliyun.began)
    assert found
    assert (found[0].out_id, len(aliyun.fake.taken[0].out_id)) == (message.out_id, 32)


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [(1, "", State.PENDING), (3, "DELIVERED", State.DELIVERED), (2, "MOBILE_NOT_ON_SERVICE", State.FAILED)],
)
async def test_asking_tells_how_far_a_message_came(aliyun: Aliyun, status: int, code: str, state: State):
    await aliyun.sms.send(MESSAGE)
    aliyun.fake.ends(0, status, code)
    [receipt] = await aliyun.sms.ask(MESSAGE.out_id, MOBILE, aliyun.began) or []
    assert (receipt.state, receipt.code, receipt.address, receipt.out_id) == (state, code, MOBILE, MESSAGE.out_id)
    assert abs(receipt.at - clock.wall()) < 10_000
    assert bool(receipt.words) is bool(code)


async def test_a_message_of_somebody_else_is_not_ours(aliyun: Aliyun):
    await aliyun.sms.send(replace(MESSAGE, out_id="another"))
    assert await aliyun.sms.ask(MESSAGE.out_id, MOBILE, aliyun.began) == []


async def test_our_id_before_the_message_was_sent_is_another_archives(aliyun: Aliyun):
    await aliyun.sms.send(MESSAGE)
    assert await aliyun.sms.ask(MESSAGE.out_id, MOBILE, aliyun.began + 120_000) == []


async def test_a_message_of_midnight_is_looked_for_on_both_days(aliyun: Aliyun):
    today = (aliyun.began // 1000 + 28_800) // 86_400 * 86_400 - 28_800  # began so in Beijing
    aliyun.fake.now = today - 86_400 + 5  # five seconds into yesterday
    await aliyun.sms.send(MESSAGE)
    sent_at = round((aliyun.fake.now - 10) * 1000)
    assert await aliyun.sms.ask(MESSAGE.out_id, MOBILE, sent_at)


async def test_what_cannot_be_asked_now_is_not_mistaken_for_never_sent(aliyun: Aliyun):
    await aliyun.sms.send(MESSAGE)
    aliyun.fake.faults.append(says({"Code": "isp.SYSTEM_ERROR", "Message": "系统错误"}, 500))
    assert await aliyun.sms.ask(MESSAGE.out_id, MOBILE, aliyun.began) is None
    assert await aliyun.sms.ask(MESSAGE.out_id, FIXED_LINE, aliyun.began) is None


async def test_the_51st_sms_of_a_day_closes_the_number_for_a_day(aliyun: Aliyun):
    for _ in range(50):
        await aliyun.sms.send(MESSAGE)
    answer = await aliyun.sms.send(MESSAGE)
    assert (answer.verdict, answer.code) == (Verdict.LATER, "isv.BUSINESS_LIMIT_CONTROL")
    assert (answer.words, answer.retry_after_s) == ("触发天级流控Permits:50", 86400.0)
    assert (await aliyun.sms.send(at("+8613900139000"))).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("status", [200, 400])
async def test_a_refusal_is_read_from_the_body_whatever_the_status(aliyun: Aliyun, status: int):
    aliyun.fake.refusal_status = status
    aliyun.fake.blacklist.add("13800138000")
    answer = await aliyun.sms.send(MESSAGE)
    assert answer == Answer(Verdict.REFUSED, "isv.BLACK_KEY_CONTROL_LIMIT", "黑名单管控")


async def test_an_empty_account_is_out_for_everybody(aliyun: Aliyun):
    aliyun.fake.balance = 0
    assert (await aliyun.sms.send(MESSAGE)).verdict is Verdict.BROKEN


async def test_a_clock_that_is_wrong_is_named(aliyun: Aliyun):
    aliyun.fake.skew_s = 1000
    answer = await aliyun.sms.send(MESSAGE)
    assert (answer.verdict, answer.code) == (Verdict.BROKEN, "InvalidTimeStamp.Expired")


@pytest.mark.parametrize(
    ("code", "words", "verdict", "retry_after_s"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", "later", 60.0),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", "later", 3600.0),
        ("isv.BUSINESS_LIMIT_CONTROL", "该被叫号触发被叫流控,partnerId=,prodId=", "later", 60.0),
        ("isv.DAY_LIMIT_CONTROL", "", "later", 86400.0),
        ("Throttling.User", "", "later", None),
        ("isp.ANYTHING_NEW", "", "later", None),
        ("isp.SYSTEM_ERROR", "", "unknown", None),
        ("SignatureNonceUsed", "", "unknown", None),
        ("isv.ANYTHING_NEW", "", "refused", None),
        ("ComplaintReject", "", "refused", None),
        ("isv.SMS_SIGNATURE_ILLEGAL", "", "broken", None),
        ("isp.RAM_PERMISSION_DENY", "", "broken", None),
        ("Anything.New", "", "broken", None),
    ],
)
def test_each_code_has_its_next_step(code: str, words: str, verdict: str, retry_after_s: float | None):
    answer = codes.answer_of(code, words)
    assert (answer.verdict, answer.retry_after_s, answer.code, answer.words) == (verdict, retry_after_s, code, words)


@pytest.mark.parametrize(
    "body", [{"Message": "no code"}, {"Code": 7}, [], {"Code": None}], ids=["none", "number", "list", "null"]
)
async def test_json_that_is_no_answer_is_unknown(aliyun: Aliyun, body: object):
    aliyun.fake.faults.append(says(body))
    assert (await aliyun.sms.send(MESSAGE)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        {"Code": "OK"},
        {"Code": "OK", "SmsSendDetailDTOs": 3},
        {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [3, {"OutId": ["x"]}, {"SendStatus": "?"}]}},
    ],
)
async def test_details_that_nobody_can_read_know_nothing(aliyun: Aliyun, body: object):
    aliyun.fake.faults += [says(body)]
    assert await aliyun.sms.ask(MESSAGE.out_id, MOBILE, aliyun.began - 3_600_000 * 30) == []


# voice


async def test_a_call_with_keys_thanks_for_key_1(aliyun: Aliyun):
    answer = await aliyun.voice.send(MESSAGE)
    [taken] = aliyun.fake.taken
    assert (answer.verdict, answer.message_id, answer.cost_fen) == (Verdict.ACCEPTED, taken.id, 13)
    assert (taken.action, taken.query["CalledShowNumber"]) == ("IvrCall", SHOW_NUMBER)
    assert (taken.query["MenuKeyMap.1.Key"], taken.query["MenuKeyMap.1.Code"]) == ("1", "TTS_2")
    assert taken.variables == {"place": SHORT["place"], "thing": SHORT["thing"]}


async def test_without_a_number_of_ones_own_it_is_only_said(aliyun: Aliyun):
    async with open_voice(sections.aliyun_voice(aliyun.fake.url, show_number="")) as voice:
        assert (await voice.send(MESSAGE)).verdict is Verdict.ACCEPTED
    assert aliyun.fake.taken[0].action == "SingleCallByTts"


async def test_a_fixed_line_can_be_called(aliyun: Aliyun):
    assert (await aliyun.voice.send(at(FIXED_LINE))).verdict is Verdict.ACCEPTED
    assert aliyun.fake.taken[0].number == "02155551234"


async def test_a_long_id_of_ours_fits_into_the_calls_15_bytes(aliyun: Aliyun):
    answer = await aliyun.voice.send(replace(MESSAGE, out_id="0123456789abcdef" * 4))
    assert answer.verdict is Verdict.ACCEPTED
    assert len(aliyun.fake.taken[0].out_id) == 15


async def test_a_second_call_within_a_minute_waits_and_the_sixth_of_an_hour_too(aliyun: Aliyun):
    assert [(limit.times, limit.within_s) for limit in aliyun.voice.per_address] == [(1, 60), (5, 3600), (20, 86400)]
    await aliyun.voice.send(MESSAGE)
    soon = await aliyun.voice.send(MESSAGE)
    assert (soon.verdict, soon.retry_after_s) == (Verdict.LATER, 60.0)
    for verdict in ("accepted", "accepted", "accepted", "accepted", "later"):
        aliyun.fake.now += 61
        assert (await aliyun.voice.send(MESSAGE)).verdict == verdict
    assert len(aliyun.fake.taken) == 5


async def test_a_call_can_be_looked_up_by_the_id_it_was_given(aliyun: Aliyun):
    assert isinstance(aliyun.voice, Looks)
    answer = await aliyun.voice.send(MESSAGE)
    [pending] = await aliyun.voice.look(answer.message_id, MOBILE, aliyun.began)
    aliyun.fake.ends(0, 3, "200003")
    [ended] = await aliyun.voice.look(answer.message_id, MOBILE, aliyun.began)
    assert (pending.state, ended.state, ended.words) == (State.PENDING, State.RANG_OUT, "用户未接听")
    assert await aliyun.voice.ask(MESSAGE.out_id, MOBILE, aliyun.began) is None


@pytest.mark.parametrize("data", ["not json", "[]", '{"state": []}'])
async def test_a_call_that_cannot_be_looked_up_now_is_unavailable(aliyun: Aliyun, data: str):
    aliyun.fake.faults.append(says({"Code": "OK", "Data": data}))
    with pytest.raises(Unavailable, match="QueryCallDetailByCallId"):
        await aliyun.voice.look("1^2", MOBILE, aliyun.began)
    with pytest.raises(Unavailable, match=r"isv\.BILLID_NOT_EXIST callId不存在"):
        await aliyun.voice.look("1^2", MOBILE, aliyun.began)


# the fake is as strict as the real one: what the adapters refuse, it refuses too


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TemplateParam": json.dumps({"place": "东河镇中心卫生院", "code": "K7M2Q9"})}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": json.dumps({"place": "a.cn", "code": "K7M2Q9"})}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({"TemplateParam": json.dumps({"place": "东河"})}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": json.dumps({"place": 1, "code": "K7M2Q9"})}, "isv.TEMPLATE_PARAMS_ILLEGAL"),
        ({"TemplateParam": "{"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateCode": "SMS_9"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"SignName": "别人"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"PhoneNumbers": "02155551234"}, "isv.MOBILE_NUMBER_ILLEGAL"),
    ],
)
async def test_the_fake_refuses_what_the_real_one_refuses(changes: dict[str, str], code: str):
    good = {"place": "东河", "code": "K7M2Q9"}
    query = {
        "PhoneNumbers": "13800138000",
        "SignName": SIGN,
        "TemplateCode": "SMS_2",
        "TemplateParam": json.dumps(good),
    }
    async with fake_aliyun() as fake:
        section = sections.aliyun_sms(fake.url)
        async with connected(section) as line:
            answer = await Calls(section, line).call("SendSms", query | changes)
            assert isinstance(answer, Answer)
            assert answer.code == code
            assert isinstance(await Calls(section, line).call("SendSms", query), dict)


async def test_the_fake_takes_no_unknown_key_and_no_wrong_signature():
    async with fake_aliyun() as fake:
        for secret, key_id in ((KEY_SECRET, "LTAIanother"), ("another", KEY_ID)):
            section = sections.aliyun_sms(fake.url, key_id=key_id, key_secret=secret)
            async with connected(section) as line:
                await Calls(section, line).call("SendSms", {})
        assert fake.refused == ["InvalidAccessKeyId.NotFound", "SignatureDoesNotMatch"]
