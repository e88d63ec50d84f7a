"""An alarm's page and its API: who was told by which path and answered what, taking it, moving its lots, closing it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from coldchain import clock
from coldchain.archive import alarms, edge, lots, tables
from coldchain.archive.alarms import Alarm
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.telling import receipts, replying
from coldchain.archive.telling.plain import masked
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.excursion import AlarmState, Kind
from coldchain.providers.outcome import Reply
from tests.dashboards.calling import NURSE, Site, calling, channels
from tests.dashboards.conftest import client
from tests.dashboards.site import PASSWORD
from tests.parts.mosquitto import Mosquitto

MINUTE = 60_000


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[Site]:
    async with calling(tmp_path_factory.mktemp("story"), mosquitto, channels()) as made:
        yield made


@pytest.fixture
def ask(site: Site) -> Any:
    async def call(name: str, method: str, path: str, expected: int = 200, /, **said: Any) -> Any:
        async with client(site.app, site.world.site.tokens[name]) as caller:
            answer = await caller.request(method, f"/api/v1{path}", json=None if method == "GET" else said)
        assert answer.status_code == expected, answer.text
        return answer.json()

    return call


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(site.app, **{"Accept-Language": "zh"}) as made:
        form = await made.get("/login")
        csrf = form.text.split('name="csrf" value="')[1].split('"')[0]
        await made.post("/login", data={"name": "manager", "password": PASSWORD, "csrf": csrf})
        yield made


async def post(browser: httpx2.AsyncClient, page: str, path: str, **data: Any) -> httpx2.Response:
    csrf = (await browser.get(page)).text.split('name="csrf" value="')[1].split('"')[0]
    return await browser.post(path, data=data | {"csrf": csrf})


@pytest.fixture
async def night(site: Site) -> Alarm:
    """The nurse's call rings out, the chief's text is refused, then the nurse writes that she goes."""
    alarm = await site.ring()
    call = await site.tell(alarm, site.nurse, "aliyun_voice")
    await site.tell(alarm, site.chief, state="refused", verdict="refused", provider_code="isv.BLACK", answer="黑名单")
    rang_out = NewReceipt(
        provider="aliyun_voice", state="rang_out", at=clock.now(), message_id=f"m{call}", words="未接听"
    )
    async with site.archive.writing() as tx:
        await receipts.keep(tx, [rang_out], clock.now())
        reply = Reply("aliyun_sms", NURSE, f"{alarm.code} 1 25", clock.now(), f"r{alarm.id}")
        await replying.answer(tx, reply, clock.now())
    return alarm


async def test_the_story_says_who_was_told_by_what_and_what_came_of_it(ask: Any, night: Alarm):
    said = await ask("clinic", "GET", f"/alarms/{night.id}")
    assert [(each["why"], each["by"]) for each in said["steps"]] == [("raised", ""), ("taken", "王芳")]
    called, written = said["notices"]
    assert (called["name"], called["channel"], called["receipt"]) == ("王芳", "aliyun_voice", "rang_out")
    assert [each["words"] for each in called["receipts"]] == ["未接听"]
    assert [(each["verdict"], each["code"], each["words"]) for each in written["attempts"]] == [
        ("refused", "isv.BLACK", "黑名单")
    ]
    assert [(each["name"], each["outcome"]) for each in said["replies"]] == [("王芳", "going")]
    assert said["eta"] == said["next"] is not None


async def test_an_address_tells_nothing_that_somebody_could_prove_themselves_by(ask: Any, night: Alarm):
    said = str(await ask("manager", "GET", f"/alarms/{night.id}"))
    assert "139••••" in said
    assert NURSE[-4:] not in said
    assert masked("") == ""


async def test_what_the_gateway_said_itself_and_what_it_cost_stand_in_the_api_and_on_the_page(
    site: Site, ask: Any, browser: httpx2.AsyncClient
):
    alarm = await site.ring()
    await site.tell(alarm, site.nurse, cost_fen=5)
    async with site.archive.writing() as tx:
        row = await tx.get_one(tables.Alarm, alarm.id)
        silent = select(tables.Excursion).where(
            tables.Excursion.id.not_in(select(tables.Alarm.excursion).where(tables.Alarm.excursion.is_not(None)))
        )
        case = (await tx.scalars(silent.limit(1))).one()
        row.excursion, at, channel = case.id, case.first_bad, case.channel
    event = EdgeNotice(
        gateway="gw-9", channel=channel, anchor=at, at=at, way="modem", act="begin", person="王芳", phone_number=f"+86{NURSE}",
        answer="replied", words="1", received_at=at,
    )  # fmt: skip
    await edge.keep(site.archive, [event])
    said = await ask("clinic", "GET", f"/alarms/{alarm.id}")
    assert (said["cases"], said["cost_fen"]) == ([case.id], 5)
    assert [(each["gateway"], each["person"], each["answer"]) for each in said["at_edge"]] == [
        ("gw-9", "王芳", "replied")
    ]
    shown = (await browser.get(f"/alarms/{alarm.id}")).text
    assert "网关自行通知" in shown
    assert "0.05 元" in shown
    assert NURSE[-4:] not in shown


async def test_the_code_is_for_who_may_take_it(ask: Any, night: Alarm):
    assert (await ask("clinic", "GET", f"/alarms/{night.id}"))["code"] == night.code
    assert (await ask("auditor", "GET", f"/alarms/{night.id}"))["code"] is None


async def test_notices_come_with_their_tries_and_receipts(ask: Any, night: Alarm):
    found = (await ask("auditor", "GET", f"/alarms/{night.id}/notices"))["items"]
    assert [(len(each["attempts"]), len(each["receipts"])) for each in found] == [(1, 1), (1, 0)]


async def test_going_waits_for_who_said_when_they_are_there(site: Site, ask: Any):
    alarm = await site.ring()
    await ask("clinic", "POST", f"/alarms/{alarm.id}/take", act="going", eta_min=45)
    taken = await site.look(alarm)
    assert taken.eta_at == taken.next_at == (taken.taken_at or 0) + 45 * MINUTE
    await ask("clinic", "POST", f"/alarms/{alarm.id}/take", 422, act="going", eta_min=241)
    await ask("clinic", "POST", f"/alarms/{alarm.id}/take", 422, act="going", eta_min=0)


async def test_a_word_about_what_it_is_leaves_the_ladder_climbing(site: Site, ask: Any):
    alarm = await site.ring()
    await ask("clinic", "POST", f"/alarms/{alarm.id}/take", act="door", note="午间补货")
    assert await site.look(alarm) == alarm
    await ask("clinic", "POST", f"/alarms/{alarm.id}/take", 422, act="moved")  # where to?
    await ask("clinic", "POST", f"/alarms/{alarm.id}/take", 422, act="mended")
    steps = (await ask("clinic", "GET", f"/alarms/{alarm.id}"))["steps"]
    assert [(each["why"], each["note"]) for each in steps[1:]] == [("door", "午间补货 · api")]


async def test_it_is_closed_with_cause_and_measure_once_it_is_over(site: Site, ask: Any):
    alarm = await site.ring()
    path = f"/alarms/{alarm.id}/close"
    await ask("clinic", "POST", path, 422, cause="门未关", measure="关门")
    await site.end(alarm)
    await ask("clinic", "POST", path, 422, cause=" ", measure="关门")
    await ask("auditor", "POST", path, 403, cause="门未关", measure="关门")
    await ask("elsewhere", "POST", path, 404, cause="门未关", measure="关门")
    said = await ask("clinic", "POST", path, cause="门未关", measure="关门")
    assert (said["state"], said["cause"], said["measure"]) == ("closed", "门未关", "关门")
    await ask("clinic", "POST", path, 422, cause="另一个", measure="另一个")
    assert (await site.look(alarm)).cause == "门未关"


async def test_the_page_tells_the_story_in_both_languages(browser: httpx2.AsyncClient, night: Alarm):
    shown = (await browser.get(f"/alarms/{night.id}")).text
    for word in ("无人接听", "运营方拒绝", "黑名单", "王芳", "139••••", "报警发出", "龙潭镇冰箱超温"):
        assert word in shown
    assert NURSE[-4:] not in shown
    await browser.get("/language/en?next=/")
    shown = (await browser.get(f"/alarms/{night.id}")).text
    for word in ("rang out", "refused by the provider", "Longtan: too warm", "is on the way"):
        assert word in shown


async def test_an_alarm_that_nobody_closed_stands_as_due(site: Site, browser: httpx2.AsyncClient):
    alarm = await site.ring("F04")
    await site.end(alarm)
    drill = await site.ring("F04", is_drill=True)
    await site.end(drill)
    board = (await browser.get("/board")).text
    assert f'href="/alarms/{alarm.id}"' in board
    assert f'href="/alarms/{drill.id}"' not in board
    page = f"/alarms/{alarm.id}"
    refused = await post(browser, page, f"{page}/close", cause="停电", measure="")
    assert refused.status_code == 422
    assert "停电" in refused.text  # what was written is not lost
    assert (await post(browser, page, f"{page}/close", cause="停电", measure="转移")).status_code == 303
    assert f'href="/alarms/{alarm.id}"' not in (await browser.get("/board")).text


async def inside(site: Site, room: str) -> dict[str, int]:
    async with site.archive.reading() as tx:
        now = clock.now()
        found = await lots.in_compartment(tx, site.world.site.rooms[room], now, now + 1)
        return {each.lot.id: each.doses for each in found if each.doses}


async def test_moving_the_lots_from_the_page_makes_the_movements(site: Site, browser: httpx2.AsyncClient):
    alarm, page = site.world.site.alarm, f"/alarms/{site.world.site.alarm}"
    before = await inside(site, "E03/cold")
    goal = site.world.site.rooms["E00/cold"]
    assert before
    refused = await post(browser, page, f"{page}/move", target=goal)
    assert refused.status_code == 422
    assert await inside(site, "E03/cold") == before
    [first, *rest] = sorted(before)
    done = await post(browser, page, f"{page}/move", target=goal, lot=first)
    assert done.status_code == 303, done.text
    assert sorted(await inside(site, "E03/cold")) == rest
    async with site.archive.reading() as tx:
        [*_, last] = await lots.movements(tx, first)
        assert (last.doses, last.target, last.reason) == (before[first], goal, "moved")
        assert await alarms.last_why(tx, alarm) == "moved"


async def test_lots_are_moved_over_the_api_all_or_none(site: Site, ask: Any):
    path, before = f"/alarms/{site.world.site.alarm}/moves", await inside(site, "E03/cold")
    goal = site.world.site.rooms["E00/cold"]
    await ask("manager", "POST", path, 422, target=goal, lots=[*before, "L9"])
    await ask("clinic", "POST", path, 404, target=goal)  # the county's store is not theirs
    await ask("auditor", "POST", path, 403, target=goal)
    assert await inside(site, "E03/cold") == before
    made = await ask("manager", "POST", path, target=goal)
    assert {each["lot"]: each["doses"] for each in made["items"]} == before
    assert await inside(site, "E03/cold") == {}
    await ask("manager", "POST", path, 422, target=goal)  # nothing is left to be moved


async def test_the_duty_page_shows_levels_and_gaps_of_a_facility(browser: httpx2.AsyncClient):
    shown = (await browser.get("/duty?facility=F03")).text
    for word in ("第 1 级", "处缺口", "龙潭镇卫生院"):
        assert word in shown
    assert NURSE[3:] not in shown
    assert (await browser.get("/duty")).status_code == 200
    assert (await browser.get("/duty?facility=F30")).status_code == 404


async def test_taking_it_on_its_page_stays_there(site: Site, browser: httpx2.AsyncClient):
    alarm = await site.ring()
    page = f"/alarms/{alarm.id}"
    answer = await post(browser, page, f"{page}/take", act="going", eta_min=30, back="story")
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert (await site.look(alarm)).state is AlarmState.TAKEN
    assert (await browser.post(f"{page}/take", data={"act": "seen"})).status_code == 403  # no csrf


async def folded(site: Site, *which: Alarm) -> None:
    """Told to the nurse in one message."""
    numbers = [await site.tell(each, site.nurse) for each in which]
    async with site.archive.writing() as tx:
        for number in numbers:
            (await tx.get_one(tables.Notice, number)).fold = f"f{numbers[0]}"


async def test_who_goes_takes_the_facility_s_part_of_the_message_and_hears_which(site: Site, ask: Any):
    one, two, elsewhere, alone = (await site.ring(), await site.ring(), await site.ring("F04"), await site.ring())
    await folded(site, one, two, elsewhere)
    taken = await ask("clinic", "POST", f"/alarms/{one.id}/take", act="going", eta_min=20)
    assert (taken["id"], taken["together"]) == (one.id, [two.id])
    states = [(await site.look(each)).state for each in (one, two, elsewhere, alone)]
    assert states == [AlarmState.TAKEN, AlarmState.TAKEN, AlarmState.RINGING, AlarmState.RINGING]


async def test_the_page_names_what_is_taken_with_it_before_it_is(site: Site, browser: httpx2.AsyncClient):
    one, two = await site.ring("F05"), await site.ring("F05")
    await folded(site, one, two)
    page = f"/alarms/{one.id}"
    shown = (await browser.get(page)).text
    assert f'<a href="/alarms/{two.id}">' in shown
    assert "一并处理" in shown
    await post(browser, page, f"{page}/take", act="seen", back="story")
    assert (await site.look(two)).state is AlarmState.SEEN


async def test_a_drill_is_not_closed_for_a_record_that_it_does_not_enter(site: Site, browser: httpx2.AsyncClient):
    drill = await site.ring("F04", is_drill=True)
    await site.end(drill)
    shown = (await browser.get(f"/alarms/{drill.id}")).text
    assert "结案" not in shown
    assert "门未关" not in shown
    assert "仅备注" in shown


@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        (Kind.HEAT, {"door", "sensor", "false", "moved", "note"}),
        (Kind.DOOR_OPEN, {"door", "false", "moved", "note"}),
        (Kind.SILENCE, {"sensor", "false", "moved", "note"}),
        (Kind.CALIBRATION_EXPIRED, {"false", "note"}),
        (Kind.CHANNEL_OUT, {"false", "note"}),
    ],
)
async def test_only_what_can_be_true_of_it_is_offered_and_anything_taken(
    site: Site, browser: httpx2.AsyncClient, ask: Any, kind: Kind, offered: set[str]
):
    alarm = await site.ring(kind=kind)
    form = (await browser.get(f"/alarms/{alarm.id}")).text.split('class="triage"')[1].split("</form>")[0]
    assert set(re.findall(r'name="act" value="(\w+)"', form)) == offered
    await ask("clinic", "POST", f"/alarms/{alarm.id}/take", act="door")


async def test_by_which_way_somebody_answered_reads_as_words(site: Site, browser: httpx2.AsyncClient, ask: Any):
    alarm = await site.ring()
    await ask("clinic", "POST", f"/alarms/{alarm.id}/take", act="going", eta_min=45, note="带冷藏箱")
    assert "45 分钟后到达 · 带冷藏箱 · 由程序或命令行" in (await browser.get(f"/alarms/{alarm.id}")).text
