"""What providers call back: theirs alone is believed, all of it is kept before they are answered, nothing is done twice."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.duty import questions
from coldchain.archive.duty.questions import Gone, NewQuestion, QuestionState
from coldchain.archive.duty.words import WayKind
from coldchain.archive.telling import story
from coldchain.errors import Unavailable
from coldchain.excursion import AlarmState
from coldchain.providers import webhook
from dashboards.callbacks import routes
from tests.dashboards.calling import CHIEF, NURSE, SECRET, TOKEN, Site, bound, calling, channels
from tests.dashboards.conftest import client
from tests.fakes.aliyun import FakeAliyun, Taken
from tests.fakes.letters import Letter
from tests.fakes.wechat import FakeWechat, fake_wechat
from tests.fakes.wecom import FakeWecom
from tests.parts.mosquitto import Mosquitto

WORD = TOKEN.get_secret_value()
ALIYUN = f"/callbacks/aliyun_sms/{WORD}"
WELL = {"code": 0, "msg": "接收成功"}
WECOM = FakeWecom()


@pytest.fixture(scope="module")
async def account() -> AsyncIterator[FakeWechat]:
    async with fake_wechat() as fake:
        yield fake


@pytest.fixture(scope="module")
async def site(
    tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto, account: FakeWechat
) -> AsyncIterator[Site]:
    ways = channels(WECOM, account.settings())
    async with calling(tmp_path_factory.mktemp("calling"), mosquitto, ways) as made:
        yield made


async def call(site: Site, path: str, body: Any, **headers: str) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with client(site.app) as caller:
        return await caller.post(path, content=content, headers=headers)


async def letter(site: Site, channel: str, sent: Letter) -> httpx2.Response:
    async with client(site.app) as caller:
        return await caller.post(f"/callbacks/{channel}/sealed", params=sent.query, content=sent.body)


def report(notice: int, *, success: bool = True) -> dict[str, Any]:
    """As Aliyun says what became of a text message."""
    code = "DELIVERED" if success else "MOBILE_NOT_ON_SERVICE"
    said = {"phone_number": "13900001234", "success": success, "report_time": "2026-11-22 03:10:00", "err_code": code}
    return said | {"biz_id": f"m{notice}", "out_id": f"n{notice}", "send_time": "2026-11-22 03:09:57"}


async def receipts(site: Site, alarm: int) -> list[str]:
    async with site.archive.reading() as tx:
        return [each.state for message in (await story.story(tx, alarm)).messages for each in message.receipts]


async def replies(site: Site, alarm: int) -> list[str]:
    async with site.archive.reading() as tx:
        return [each.outcome for each in (await story.story(tx, alarm)).replies]


async def asked(site: Site, phone: str) -> int:
    """A telephone rings: is this still your number? Gives the question's number."""
    now, person = clock.now(), {NURSE: site.nurse, CHIEF: site.chief}[phone]
    new = NewQuestion(person=person, kind=WayKind.MOBILE, sent_to=phone, channel="aliyun_voice")
    async with site.archive.writing() as tx:
        question = await questions.ask(tx, new, now)
        assert question is not None
        await questions.leave(tx, question.id, "", now, clock.wall() / 1000)
        await questions.left(tx, question.id, Gone(QuestionState.ASKED, "accepted", f"call {phone}"), now)
    return question.id


async def followed(site: Site, question: int) -> QuestionState:
    """What has come of a question by now."""
    async with site.archive.writing() as tx:
        await questions.follow(tx, clock.now(), clock.wall() / 1000)
        return next(each.state for each in await questions.since(tx, 0) if each.id == question)


async def test_a_delivery_report_stands_in_the_story_before_it_is_answered(site: Site):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse)
    answer = await call(site, ALIYUN, [report(notice)])
    assert (answer.status_code, answer.json()) == (200, WELL)
    assert answer.headers["content-type"].startswith("application/json")
    assert await receipts(site, alarm.id) == ["delivered"]


async def test_the_same_report_again_changes_nothing_and_is_answered_well(site: Site):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse)
    answers = [await call(site, ALIYUN, [report(notice), report(notice)]) for _ in range(3)]
    assert [each.json() for each in answers] == [WELL] * 3
    assert await receipts(site, alarm.id) == ["delivered"]


async def test_a_bad_piece_among_good_ones_leaves_its_neighbours(site: Site):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse)
    bad = [{"success": "perhaps"}, {"phone_number": 3}, report(notice) | {"err_msg": "\x00"}]
    assert (await call(site, ALIYUN, [bad[0], report(notice, success=False), bad[1]])).json() == WELL
    assert (await call(site, ALIYUN, [bad[2]])).json() == WELL
    assert sorted(await receipts(site, alarm.id)) == ["delivered", "failed"]


@pytest.mark.parametrize(
    "path",
    [
        "/callbacks/aliyun_sms/guessed", f"/callbacks/aliyun_sms/{WORD}x", f"/callbacks/tencent_voice/{WORD}",
        "/callbacks/tencent_voice/", f"/callbacks/pigeon/{WORD}", f"/callbacks/robot/{WORD}", "/callbacks/__class__/x",
        "/callbacks/wecom/x", "/callbacks/wechat/x", "/callbacks/webhook/x",
    ],
)  # fmt: skip
async def test_a_forged_call_hears_nothing_at_all(site: Site, path: str):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse)
    answer = await call(site, path, [report(notice)])
    assert answer.status_code == 404
    assert await receipts(site, alarm.id) == []
    assert answer.content == b"" or path.endswith("/")


@pytest.mark.parametrize("body", [b"no JSON", b"[1, 2]", b'"x"', b"\xff"])
async def test_what_cannot_be_read_is_no_success(site: Site, body: bytes):
    assert (await call(site, ALIYUN, body)).status_code == 400


async def test_too_much_is_not_read(site: Site):
    answer = await call(site, ALIYUN, b"[" + b" " * routes.LARGEST_B + b"]")
    assert answer.status_code == 413


async def test_while_the_archive_is_gone_the_provider_is_to_call_again(site: Site, monkeypatch: pytest.MonkeyPatch):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse)

    async def gone(*_: object) -> None:
        raise Unavailable("archive", "the database does not answer")

    with monkeypatch.context() as away:
        away.setattr(routes, "keep", gone)
        answer = await call(site, ALIYUN, [report(notice)])
    assert (answer.status_code, answer.content) == (503, b"")
    assert int(answer.headers["retry-after"]) > 0
    assert (await call(site, ALIYUN, [report(notice)])).json() == WELL
    assert await receipts(site, alarm.id) == ["delivered"]


async def test_who_writes_that_they_go_takes_the_alarm(site: Site):
    alarm = await site.ring()
    await site.tell(alarm, site.nurse)
    up = FakeAliyun().sms_up("13900001234", f"{alarm.code} 1 40", sequence=alarm.id)
    for _ in range(2):
        assert (await call(site, ALIYUN, up)).json() == WELL
    taken = await site.look(alarm)
    assert (taken.state, taken.taken_by) == (AlarmState.TAKEN, "王芳")
    assert await replies(site, alarm.id) == ["going"]


async def test_an_unknown_number_changes_nothing_and_is_kept(site: Site):
    alarm = await site.ring()
    await site.tell(alarm, site.nurse)
    up = FakeAliyun().sms_up("13700000000", f"{alarm.code} 1", sequence=1000 + alarm.id)
    assert (await call(site, ALIYUN, up)).json() == WELL
    assert (await site.look(alarm)).state is AlarmState.RINGING
    async with site.archive.reading() as tx:
        row = tables.NoticeReply
        kept = await tx.scalars(select(row.outcome).where(row.phone_number == "+8613700000000"))
        assert list(kept) == ["stranger"]


async def test_without_a_code_and_with_two_alarms_open_nothing_is_taken(site: Site):
    first, second = await site.ring("F04"), await site.ring("F05")
    for each in (first, second):
        await site.tell(each, site.chief)
    up = FakeAliyun().sms_up("13900005678", "1", sequence=2000 + second.id)
    assert (await call(site, ALIYUN, up)).json() == WELL
    assert {(await site.look(each)).state for each in (first, second)} == {AlarmState.RINGING}


async def test_a_key_that_is_pressed_during_a_call_takes_the_alarm(site: Site):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse, "aliyun_voice")
    fake = FakeAliyun()
    fake.taken.append(Taken(f"m{notice}", "IvrCall", NURSE, "T", {}, f"n{notice}", {}, fake.now))
    pushed = fake.voice_call_report(0, "300000", dtmf="1")
    assert (await call(site, f"/callbacks/aliyun_voice/{WORD}", pushed)).json() == WELL
    assert (await site.look(alarm)).taken_by == "王芳"
    assert await receipts(site, alarm.id) == ["keyed"]


@pytest.mark.parametrize(
    ("said", "taken_by"),
    [
        ({}, ""),  # our own id alone, which anybody can count up
        ({"call_id": "guessed"}, ""),
        ({"call_id": "guessed", "callee": "13900009999"}, ""),
        ({"call_id": "of an answer that was lost", "callee": NURSE}, "王芳"),
    ],
)
async def test_a_key_is_believed_only_of_a_call_that_is_named_by_more_than_our_own_number(
    site: Site, said: dict[str, str], taken_by: str
):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse, "aliyun_voice")
    pressed = {"status_code": "300000", "call_id": "", "dtmf": "1", "out_id": f"n{notice}"} | said
    assert (await call(site, f"/callbacks/aliyun_voice/{WORD}", [pressed])).json() == WELL
    assert ((await site.look(alarm)).taken_by or "") == taken_by
    assert await receipts(site, alarm.id) == (["keyed"] if taken_by else [])


@pytest.mark.parametrize(
    ("phone", "named"),
    [
        (NURSE, {"call_id": "of an answer that was lost", "callee": NURSE}),
        (CHIEF, {"call_id": f"call {CHIEF}"}),
    ],
)
async def test_nor_is_a_number_confirmed_by_a_key_that_names_our_own_number_of_the_question_alone(
    site: Site, phone: str, named: dict[str, str]
):
    number = await asked(site, phone)
    for said, state in (
        ({}, QuestionState.ASKED),
        ({"status_code": "200010", "dtmf": ""}, QuestionState.ASKED),
        ({"call_id": "guessed"}, QuestionState.ASKED),
        ({"call_id": "guessed", "callee": "13900009999"}, QuestionState.ASKED),
        (named, QuestionState.CONFIRMED),
    ):
        pressed = {"status_code": "300000", "call_id": "", "dtmf": "1", "out_id": questions.out_id(number)} | said
        assert (await call(site, f"/callbacks/aliyun_voice/{WORD}", [pressed])).json() == WELL
        assert await followed(site, number) is state


async def test_tencent_hears_its_own_answer(site: Site):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse, "tencent_sms")
    said = {"mobile": "13900001234", "report_status": "FAIL", "sid": f"m{notice}", "errmsg": "MK:0001"}
    answer = await call(site, f"/callbacks/tencent_sms/{WORD}", [said, {"mobile": "13900001234", "text": "?"}])
    assert answer.json() == {"result": 0, "errmsg": "OK"}
    assert await receipts(site, alarm.id) == ["failed"]


async def test_the_county_s_own_system_signs_as_we_sign(site: Site):
    alarm = await site.ring()
    notice = await site.tell(alarm, site.nurse, "webhook")
    said = {"receipts": [{"id": f"n{notice}", "state": "read"}, {"id": "?", "state": "eaten"}],
            "replies": [{"id": f"r{alarm.id}", "from": "13900001234", "text": f"{alarm.code} 2"}]}  # fmt: skip
    body = json.dumps(said).encode()
    path = "/callbacks/webhook/signed"
    signed = webhook.headers(SECRET, "back-1", body, clock.wall())
    assert (await call(site, path, body, **signed)).json() == {"kept": True}
    assert (await call(site, path, body + b" ", **signed)).status_code == 404
    old = webhook.headers(SECRET, "back-1", body, clock.wall() - 3_600_000)
    assert (await call(site, path, body, **old)).status_code == 404
    assert await receipts(site, alarm.id) == ["read"]
    assert (await site.look(alarm)).state is AlarmState.SEEN


async def test_wecom_and_wechat_check_our_address(site: Site, account: FakeWechat):
    for channel, office in (("wecom", WECOM.office), ("wechat", account.office)):
        async with client(site.app) as caller:
            good = await caller.get(f"/callbacks/{channel}/sealed", params=office.check("8531", clock.wall()))
            bad = await caller.get(f"/callbacks/{channel}/sealed", params={"echostr": "8531", "timestamp": "1"})
        assert (good.status_code, good.content) == (200, b"8531")
        assert (bad.status_code, bad.content) == (404, b"")


async def test_a_pressed_card_says_what_came_of_it(site: Site):
    alarm = await site.ring()
    await site.tell(alarm, site.nurse, "wecom")
    async with site.archive.writing() as tx:
        (await tx.get_one(tables.Person, site.nurse)).wecom = "WangFang"
    sent = WECOM.presses("WangFang", f"going {alarm.code} 30", "n1", clock.wall())
    answer = await letter(site, "wecom", sent)
    assert WECOM.office.opened(answer.content).findtext("Button/ReplaceName") == "已记录：前往"
    assert (await site.look(alarm)).taken_by == "王芳"
    old = WECOM.presses("WangFang", f"seen {alarm.code}", "n1", clock.wall() - 3_600_000)
    assert (await letter(site, "wecom", old)).status_code == 404


async def test_who_leaves_the_account_is_forgotten(site: Site, account: FakeWechat):
    async with site.archive.writing() as tx:
        (await tx.get_one(tables.Person, site.chief)).wechat = "oZhao"
    answer = await letter(site, "wechat", account.leaves("oZhao", clock.wall()))
    assert (answer.status_code, answer.content) == (200, b"success")
    assert await bound(site, site.chief) == ""


async def ticket(site: Site, person: int) -> str:
    async with client(site.app, site.world.site.tokens["administrator"]) as caller:
        made = await caller.post(f"/api/v1/people/{person}/wechat-link")
    assert made.status_code == 200, made.text
    return str(made.json()["url"]).rpartition("/")[2]


async def test_a_person_binds_their_own_wechat_once(site: Site, account: FakeWechat):
    its = await ticket(site, site.nurse)
    account.codes |= {"c1": "oLi", "c2": "oThief"}
    async with client(site.app) as phone:
        first = await phone.get(f"/wechat/bind/{its}")
        assert "王芳" in first.text
        assert "connect/oauth2/authorize" in first.text
        confirm = await phone.get("/wechat/bound", params={"code": "c1", "state": its})
        assert await bound(site, site.nurse) == ""  # looking changes nothing
        fields = {
            name: confirm.text.split(f'name="{name}" value="')[1].split('"')[0]
            for name in ("ticket", "openid", "proof")
        }
        forged = await phone.post("/wechat/bound", data=fields | {"openid": "oThief"})
        done = await phone.post("/wechat/bound", data=fields)
        again = await phone.get("/wechat/bound", params={"code": "c2", "state": its})
    assert (forged.status_code, done.status_code, again.status_code) == (403, 200, 410)
    assert await bound(site, site.nurse) == "oLi"


async def test_the_account_s_picture_is_shown_from_our_own_address(site: Site, tmp_path: Path):
    its, ways = await ticket(site, site.nurse), site.app.state.parts.channels
    picture = tmp_path / "account.PNG"
    picture.write_bytes(b"\x89PNG")
    shown = ways.model_copy(update={"wechat": ways.wechat.model_copy(update={"qr_image": picture})})
    async with client(site.app, **{"Accept-Language": "zh"}) as phone:
        assert "请向县疾控中心值班台索取" in (await phone.get(f"/wechat/bind/{its}")).text
        assert (await phone.get("/wechat/account")).status_code == 404
        site.app.state.parts = replace(site.app.state.parts, channels=shown)
        page, image = await phone.get(f"/wechat/bind/{its}"), await phone.get("/wechat/account")
        picture.unlink()
        gone = await phone.get("/wechat/account")
        site.app.state.parts = replace(site.app.state.parts, channels=ways)
    assert '<img src="/wechat/account" alt="微信公众号二维码"' in page.text
    assert (image.content, image.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert gone.status_code == 404


async def test_a_scanned_code_of_ours_binds_and_another_does_not(site: Site, account: FakeWechat):
    its = await ticket(site, site.chief)
    assert (await letter(site, "wechat", account.scans("oNew", "1.2.forged", clock.wall()))).content == b"success"
    assert await bound(site, site.chief) == ""
    await letter(site, "wechat", account.scans("oNew", its, clock.wall()))
    assert await bound(site, site.chief) == "oNew"


async def test_a_link_for_somebody_elsewhere_is_not_made(site: Site):
    async with client(site.app, site.world.site.tokens["elsewhere"]) as caller:
        assert (await caller.post(f"/api/v1/people/{site.nurse}/wechat-link")).status_code == 404
