"""Tencent SMS and voice before a fake that checks signatures, templates, lengths, links and limits."""

import json
from dataclasses import replace

import pytest

from coldchain.errors import BadInput, Unavailable
from coldchain.providers.outcome import Answer, Lists, Pulls, Receipt, Reply, Sent, State, Verdict
from coldchain.providers.over_http import connected
from coldchain.providers.tencent import codes
from coldchain.providers.tencent.calling import Tencent as Calls
from coldchain.providers.tencent.reports import sms_replies_of
from coldchain.providers.tencent.sms import RECEIPTS, REPLIES
from tests.fakes.serving import says
from tests.fakes.tencent import SIGN, SMS_APP, fake_tencent
from tests.providers import sections
from tests.providers.conftest import Tencent
from tests.providers.messages import FIXED_LINE, MESSAGE, MOBILE, SHORT, at

EVENING = 1_795_440_000.0  # 2026-11-23 21:20 in Beijing: nothing here crosses a midnight


# SMS


async def test_an_sms_carries_its_variables_our_id_and_costs_its_fee(tencent: Tencent):
    answer = await tencent.sms.send(MESSAGE)
    [taken] = tencent.fake.taken
    assert (taken.number, taken.out_id, taken.variables) == (MOBILE, MESSAGE.out_id, list(SHORT.values()))
    assert answer == Answer(Verdict.ACCEPTED, "Ok", "send success", message_id=taken.id, cost_fen=5)


async def test_a_number_that_has_had_enough_is_closed_for_as_long_as_the_code_says(tencent: Tencent):
    tencent.fake.now = EVENING
    await tencent.sms.send(MESSAGE)
    soon = await tencent.sms.send(MESSAGE)
    tencent.fake.now += 31
    await tencent.sms.send(MESSAGE)
    tencent.fake.now += 31
    third = await tencent.sms.send(MESSAGE)
    assert (soon.verdict, soon.code, soon.retry_after_s) == (
        "later",
        "LimitExceeded.PhoneNumberThirtySecondLimit",
        30.0,
    )
    assert (third.verdict, third.code, third.retry_after_s) == ("later", "LimitExceeded.PhoneNumberDailyLimit", 86400.0)
    assert "every day exceeds the upper limit" in third.words


async def test_a_refused_number_does_not_harm_another(tencent: Tencent):
    tencent.fake.blacklist.add(MOBILE)
    refused, taken = await tencent.sms.send(MESSAGE), await tencent.sms.send(at("+8613900139000"))
    assert (refused.verdict, refused.code) == (Verdict.REFUSED, "FailedOperation.PhoneNumberInBlacklist")
    assert taken.verdict is Verdict.ACCEPTED


async def test_an_empty_package_and_a_wrong_clock_are_out_for_everybody(tencent: Tencent):
    tencent.fake.balance = 0
    empty = await tencent.sms.send(MESSAGE)
    tencent.fake.skew_s = 400
    late = await tencent.sms.send(MESSAGE)
    assert (empty.verdict, late.verdict) == (Verdict.BROKEN, Verdict.BROKEN)
    assert late.code == "AuthFailure.SignatureExpire"


async def test_a_lost_message_is_found_by_number_once_its_receipt_is_there(tencent: Tencent):
    await tencent.sms.send(MESSAGE)
    assert await tencent.sms.ask(MESSAGE.out_id, MOBILE, tencent.began) == []
    tencent.fake.ends(0)
    [receipt] = await tencent.sms.ask(MESSAGE.out_id, MOBILE, tencent.began) or []
    assert (receipt.state, receipt.out_id, receipt.message_id) == (
        State.DELIVERED,
        MESSAGE.out_id,
        tencent.fake.taken[0].id,
    )


async def test_receipts_that_do_not_say_whose_they_are_answer_nothing(tencent: Tencent):
    tencent.fake.contexts = False
    await tencent.sms.send(MESSAGE)
    tencent.fake.ends(0)
    assert await tencent.sms.ask(MESSAGE.out_id, MOBILE, tencent.began) is None


async def test_what_cannot_be_asked_now_is_not_mistaken_for_never_sent(tencent: Tencent):
    tencent.fake.faults.append(says({}, 502))
    assert await tencent.sms.ask(MESSAGE.out_id, MOBILE, tencent.began) is None
    assert await tencent.sms.ask(MESSAGE.out_id, FIXED_LINE, tencent.began) is None


async def test_the_queue_of_receipts_gives_each_once(tencent: Tencent):
    assert isinstance(tencent.sms, Pulls)
    assert isinstance(tencent.sms, Lists)
    await tencent.sms.send(MESSAGE)
    tencent.fake.ends(0, well=False)
    page = await tencent.sms.pull(RECEIPTS)
    [receipt] = tencent.sms.heard_in(RECEIPTS, page, 0)
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.code, receipt.address) == (State.FAILED, "MK:0001", MOBILE)
    assert await tencent.sms.pull(RECEIPTS) == b""


def test_a_page_that_is_none_is_refused_and_an_odd_piece_in_it_is_left_out(tencent: Tencent):
    good = {"SerialNo": "5000:1", "ReportStatus": "SUCCESS", "PhoneNumber": MOBILE}
    page = json.dumps([{"SerialNo": 7}, good]).encode()
    assert [each.provider for each in tencent.sms.heard_in(RECEIPTS, page, 5)] == ["tencent_sms"]
    with pytest.raises(BadInput, match="tencent_sms"):
        tencent.sms.heard_in(RECEIPTS, page[:-9], 5)


@pytest.mark.parametrize("contexts", [True, False])
async def test_all_messages_to_a_number_are_listed_by_one_question(tencent: Tencent, contexts: bool):
    tencent.fake.contexts = contexts
    sent = []
    tencent.fake.now -= 4 * 86_400
    for n in (1, 2, 3):
        tencent.fake.now += 86_400
        answer = await tencent.sms.send(replace(MESSAGE, out_id=f"n{n}"))
        sent.append(Sent(f"n{n}", answer.message_id, round(tencent.fake.now * 1000)))
    tencent.fake.ends(0)
    tencent.fake.ends(1, well=False)
    listed = await tencent.sms.listed(MOBILE, sent)
    assert [(each.out_id, each.state) for each in listed] == [("n1", State.DELIVERED), ("n2", State.FAILED)]
    assert tencent.fake.asked.count("PullSmsSendStatusByPhoneNumber") == 1


async def test_a_reply_has_the_same_id_from_the_queue_and_from_the_callback(tencent: Tencent):
    pushed = tencent.fake.writes("13800138000", "K7M2Q9 1 30")
    [pulled] = tencent.sms.heard_in(REPLIES, await tencent.sms.pull(REPLIES), 0)
    assert [pulled] == sms_replies_of(pushed, 0)
    assert isinstance(pulled, Reply)
    assert (pulled.number, pulled.text) == (MOBILE, "K7M2Q9 1 30")
    assert await tencent.sms.pull(REPLIES) == b""


async def test_a_queue_that_cannot_be_asked_is_unavailable(tencent: Tencent):
    error = {"Code": "UnauthorizedOperation.RequestPermissionDeny", "Message": "not opened"}
    tencent.fake.faults += [says({"Response": {"Error": error}})] * 2
    for queue in (RECEIPTS, REPLIES):
        with pytest.raises(Unavailable, match=r"RequestPermissionDeny not opened"):
            await tencent.sms.pull(queue)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Response": 3},
        {"Response": {"Error": "text"}},
        {"Response": {"SendStatusSet": []}},
        {"Response": {"SendStatusSet": [{"Message": "no code"}]}},
        {"Response": {"SendStatus": {}}},
    ],
)
async def test_json_that_is_no_answer_is_unknown(tencent: Tencent, body: object):
    tencent.fake.faults += [says(body), says(body)]
    assert (await tencent.sms.send(MESSAGE)).verdict is Verdict.UNKNOWN
    assert (await tencent.voice.send(MESSAGE)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("code", "verdict", "retry_after_s"),
    [
        ("LimitExceeded.PhoneNumberOneHourLimit", "later", 3600.0),
        ("LimitExceeded.AppDailyLimit", "broken", None),
        ("RequestLimitExceeded", "later", 1.0),
        ("RequestLimitExceeded.IPLimitExceeded", "later", 1.0),
        ("InternalError.Timeout", "unknown", None),
        ("FailedOperation.AccessUpstreamTimeout", "unknown", None),
        ("InternalError.SigVerificationFail", "broken", None),
        ("AuthFailure.SecretIdNotFound", "broken", None),
        ("UnauthorizedOperation.ServiceSuspendDueToArrears", "broken", None),
        ("FailedOperation.TemplateIncorrectOrUnapproved", "broken", None),
        ("FailedOperation.ContainSensitiveWord", "refused", None),
        ("InvalidParameterValue.IncorrectPhoneNumber", "refused", None),
        ("UnsupportedOperation", "refused", None),
        ("Anything.New", "refused", None),
    ],
)
def test_each_code_has_its_next_step(code: str, verdict: str, retry_after_s: float | None):
    answer = codes.answer_of(code, "words")
    assert (answer.verdict, answer.retry_after_s, answer.code, answer.words) == (verdict, retry_after_s, code, "words")


# voice


async def test_a_call_gets_the_id_that_its_callbacks_name(tencent: Tencent):
    answer = await tencent.voice.send(MESSAGE)
    [taken] = tencent.fake.taken
    assert (answer.verdict, answer.message_id, answer.cost_fen) == (Verdict.ACCEPTED, taken.id, 15)
    assert (taken.number, taken.variables) == (MOBILE, [SHORT["place"], SHORT["thing"]])
    assert await tencent.voice.ask(MESSAGE.out_id, MOBILE, tencent.began) is None


async def test_a_second_call_within_thirty_seconds_waits_and_the_sixth_of_a_day_too(tencent: Tencent):
    tencent.fake.now = EVENING - 36_000
    verdicts = []
    for pause_s in (0, 1, 30, 600, 600, 600, 600):
        tencent.fake.now += pause_s
        verdicts.append((await tencent.voice.send(MESSAGE)).verdict)
    assert verdicts == ["accepted", "later", "accepted", "accepted", "accepted", "accepted", "later"]


async def test_our_own_count_of_a_night_lets_no_call_run_into_a_refusal(tencent: Tencent):
    """22:20 to 08:20 in steps of ten minutes: what our limits let through, Tencent takes."""
    tencent.fake.now = EVENING + 3600
    sent: list[float] = []
    verdicts: list[Verdict] = []
    for _ in range(61):
        if max(limit.wait_s(sent, tencent.fake.now) for limit in tencent.voice.per_address) == 0:
            sent.append(tencent.fake.now)
            verdicts.append((await tencent.voice.send(MESSAGE)).verdict)
        tencent.fake.now += 600
    assert [round(at - EVENING) // 60 for at in sent] == [60, 640, 650, 660]
    assert set(verdicts) == {"accepted"}


async def test_what_a_county_was_granted_for_the_night_is_a_setting(tencent: Tencent):
    granted = [{"times": 50, "within_s": 36000, "from_hour": 22}]
    [limit] = (each.limit() for each in sections.tencent_voice(tencent.fake.url, limits=granted).limits)
    assert limit.wait_s([EVENING + 3600] * 49, EVENING + 7200) == 0
    assert limit.wait_s([EVENING + 3600] * 50, EVENING + 7200) == 36_000 - 4800


# the fake is as strict as the real one: what the adapters refuse, it refuses too


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TemplateParamSet": ["东河镇中心卫生院", "K"]}, "InvalidParameterValue.TemplateParameterLengthLimit"),
        ({"TemplateParamSet": ["a.cn", "K"]}, "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"),
        ({"TemplateParamSet": ["东河"]}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        ({"TemplateParamSet": ["东河", 7]}, "InvalidParameter"),
        ({"TemplateId": "1"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"SignName": "别人"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"PhoneNumberSet": [FIXED_LINE]}, "InvalidParameterValue.IncorrectPhoneNumber"),
        ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"SmsSdkAppId": "1"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ],
)
async def test_the_fake_refuses_what_the_real_one_refuses(changes: dict[str, object], code: str):
    good: dict[str, object] = {"PhoneNumberSet": [MOBILE], "SmsSdkAppId": SMS_APP, "SignName": SIGN}
    good |= {"TemplateId": "449740", "TemplateParamSet": ["东河", "K7M2Q9"]}
    async with fake_tencent() as fake:
        section = sections.tencent_sms(fake.url)
        async with connected(section) as line:
            calls = Calls(section, line, service="sms", version="2021-01-11")
            await calls.call("SendSms", good | changes)
            assert (fake.refused, fake.taken) == ([code], [])
            await calls.call("SendSms", good)
            assert len(fake.taken) == 1


async def test_the_fake_knows_no_other_key_action_or_version():
    async with fake_tencent() as fake:
        section = sections.tencent_sms(fake.url)
        stranger = sections.tencent_sms(fake.url, key_id="AKIDanother")
        async with connected(section) as line:
            await Calls(stranger, line, service="sms", version="2021-01-11").call("SendSms", {})
            await Calls(section, line, service="sms", version="2021-01-11").call("SendFax", {})
            await Calls(section, line, service="sms", version="2019-07-11").call("SendSms", {})
        assert fake.refused == ["AuthFailure.SecretIdNotFound", "InvalidAction", "NoSuchVersion"]


async def test_a_drill_has_its_own_template(tencent: Tencent):
    answer = await tencent.sms.send(replace(MESSAGE, kind="drill"))
    assert answer.verdict is Verdict.ACCEPTED
    assert tencent.fake.taken[0].template == "449740"
