"""The pages of duty: whom an alarm would find and when, hand-overs and absences that leave nobody out, drills, figures."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive import drills
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.drills import DrillState
from coldchain.archive.duty import rotas
from coldchain.archive.duty.rotas import NewRota, NewTurn
from coldchain.archive.facilities import persons
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import COUNTY, PASSWORD
from tests.dashboards.test_duty import settle
from tests.parts.mosquitto import Mosquitto

HOUR = 3_600_000
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[World]:
    """A keeper at F03, two at the county's store who share its desk."""
    folder: Path = tmp_path_factory.mktemp("duty-pages")
    async with made_world(folder, mosquitto) as made:
        async with open_archive(made.settings.archive) as archive:
            await settle(archive, made.site.tokens)
            by = By("test", clock.now() - HOUR)
            async with archive.writing() as tx:
                desk = await rotas.add(tx, NewRota(name="县值班", region=COUNTY, is_desk=True), by)
                deputy = await persons.number_of(tx, "F00", "钱远")
                for day in range(7):
                    turn = NewTurn(rota=desk.id, person=deputy, weekday=day, from_min=0, to_min=1440, start=by.at)
                    await rotas.add_turn(tx, turn, by)
        yield made


@pytest.fixture(scope="module")
async def served(own: World) -> AsyncIterator[FastAPI]:
    async with running(create_app(own.settings)) as app:
        yield app


@asynccontextmanager
async def logged_in(served: FastAPI, name: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(served, **{"Accept-Language": "zh"}) as browser:
        csrf = csrf_of((await browser.get("/login")).text)
        await browser.post("/login", data={"name": name, "password": PASSWORD, "csrf": csrf})
        yield browser


@pytest.fixture
async def manager(served: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with logged_in(served, "manager") as browser:
        yield browser


@pytest.fixture
async def clinic(served: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with logged_in(served, "nurse") as browser:
        yield browser


def csrf_of(page: str) -> str:
    return page.split('name="csrf" value="')[1].split('"', maxsplit=1)[0]


def words_of(html: str) -> str:
    """What a reader reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def post(browser: httpx2.AsyncClient, path: str, page: str, **said: Any) -> httpx2.Response:
    csrf = csrf_of((await browser.get(page)).text)
    return await browser.post(path, data={key: str(value) for key, value in said.items()} | {"csrf": csrf})


def local(hours: float) -> str:
    return (datetime.fromtimestamp(clock.now() / 1000, ZONE) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def option(page: str, name: str) -> int:
    """The number that a list gives a person."""
    found = re.search(rf'<option value="(\d+)"[^>]*>{name} ', page)
    assert found, name
    return int(found[1])


async def test_who_would_be_told_is_asked_of_a_piece_and_a_night(manager: httpx2.AsyncClient) -> None:
    shown = await manager.get("/duty?facility=F03&equipment=E03&at=2027-11-21T03:10&severity=critical")
    said = words_of(shown.text)
    assert "11月21日 03:10 的通知级别" in said
    assert "王芳 电话 → 短信 → 本系统页面" in said
    assert 'value="2027-11-21T03:10"' in shown.text
    other = words_of((await manager.get("/duty?facility=F05&equipment=E03&at=&severity=warning")).text)
    assert "的通知级别" not in other  # what stands elsewhere is not asked of


async def test_a_time_that_is_none_is_refused_in_the_readers_language(manager: httpx2.AsyncClient) -> None:
    shown = await manager.get("/duty?facility=F03&at=soon")
    assert shown.status_code == 422
    assert "“soon”不是时间" in words_of(shown.text)


async def test_gaps_are_sentences_of_the_page_s_language(manager: httpx2.AsyncClient) -> None:
    said = words_of((await manager.get("/duty?facility=F05")).text)
    assert "岗位空缺 ：" in said
    assert "无冷链管理员" in said
    assert not re.search(r"is away|nobody|distinct people", said)


async def test_the_week_shows_whom_each_day_and_night_finds(manager: httpx2.AsyncClient) -> None:
    page = (await manager.get("/duty/rotas?facility=F03")).text
    week = words_of(page.split("<table")[1].split("</table>")[0])
    assert week.count("王芳") == 14
    desk = words_of(page.split("<table")[2].split("</table>")[0])
    assert desk.count("00:00–24:00 钱远") >= 6
    assert all(f"周{day}" in week for day in "一二三四五六日")


async def test_an_absence_that_leaves_nobody_is_refused_and_entered_all_the_same_when_said(
    clinic: httpx2.AsyncClient,
) -> None:
    page = (await clinic.get("/duty/rotas")).text
    keeper = option(page, "王芳")
    absence = {"person": keeper, "start": local(24), "end": local(48), "why": "病假", "facility": "F03"}
    refused = await post(clinic, "/duty/absences", "/duty/rotas", **absence)
    assert refused.status_code == 422
    assert "王芳不在岗，无人代班。请选择代班人" in words_of(refused.text)
    assert 'value="病假"' in refused.text
    assert "无人请假" in words_of((await clinic.get("/duty/rotas")).text)
    entered = await post(clinic, "/duty/absences", "/duty/rotas", **absence, anyway="true")
    assert (entered.status_code, entered.headers["location"]) == (303, "/duty/rotas?facility=F03#absences")
    shown = (await clinic.get("/duty/rotas")).text
    assert "王芳不在岗，无人代班" in words_of(shown)
    number, tag = re.findall(r'absences/(\d+)/back.*?name="seen" value="(\w+)"', shown, re.DOTALL)[0]
    stale = await post(clinic, f"/duty/absences/{number}/back", "/duty/rotas", seen="0" * 16, facility="F03")
    assert stale.status_code == 422
    back = await post(clinic, f"/duty/absences/{number}/back", "/duty/rotas", seen=tag, facility="F03")
    assert back.status_code == 303
    assert "无人请假" in words_of((await clinic.get("/duty/rotas")).text)


async def test_a_stand_in_who_is_told_anyway_makes_one_fewer(manager: httpx2.AsyncClient) -> None:
    page = (await manager.get("/duty/rotas?facility=F03")).text
    absence = {"person": option(page, "王芳"), "stand_in": option(page, "赵敏"), "facility": "F03"}
    absence |= {"start": local(72), "end": local(80)}
    refused = await post(manager, "/duty/absences", "/duty/rotas", **absence)
    assert "仅有 2 人（号码各不相同），应有 3 人" in words_of(refused.text)
    assert (await post(manager, "/duty/absences", "/duty/rotas", **absence, anyway="true")).status_code == 303
    assert "赵敏代班" in words_of((await manager.get("/duty/rotas")).text)


async def test_a_duty_is_handed_over_to_somebody_who_is_there(manager: httpx2.AsyncClient) -> None:
    page = (await manager.get("/duty/rotas?facility=F03")).text
    rota = int(re.search(r'name="rota" required><option value="(\d+)"', page)[1])  # type: ignore[index] # it stands there
    swap = {"rota": rota, "instead_of": option(page, "钱远"), "facility": "F03", "start": local(24), "end": local(30)}
    same = await post(manager, "/duty/shifts", "/duty/rotas", **swap, person=option(page, "钱远"))
    assert "是同一个人" in words_of(same.text)
    done = await post(manager, "/duty/shifts", "/duty/rotas", **swap, person=option(page, "赵敏"))
    assert done.status_code == 303
    desk = (await manager.get("/duty/rotas?facility=F03")).text.split("<table")[2].split("</table>")[0]
    assert "赵敏" in words_of(desk)


async def test_what_a_form_leaves_open_or_turns_round_is_refused(manager: httpx2.AsyncClient) -> None:
    page = (await manager.get("/duty/rotas?facility=F03")).text
    keeper = option(page, "王芳")
    for start, end, words in (
        (local(5), local(4), "不晚于开始时间"),
        ("", local(4), "不能为空"),
        ("now", local(4), "不是时间"),
    ):
        refused = await post(
            manager, "/duty/absences", "/duty/rotas", person=keeper, start=start, end=end, facility="F03"
        )
        assert (refused.status_code, words in words_of(refused.text)) == (422, True), words
        assert "+00:00" not in refused.text  # a time is said as the site's clocks show it
        assert refused.text.index("操作未成功") > refused.text.index('id="away"')  # beside what is to be mended
        assert 'name="anyway"' not in refused.text


async def test_who_may_not_hand_over_sees_no_form(clinic: httpx2.AsyncClient, served: FastAPI, own: World) -> None:
    assert "/duty/shifts" not in (await clinic.get("/duty/rotas")).text
    auditor = client(served, own.site.tokens["inspector"])
    assert "<form method" not in (await auditor.get("/duty/rotas")).text
    assert "开始演练" not in (await auditor.get("/drills")).text


async def test_another_county_s_rota_is_nobody_s_business(served: FastAPI, own: World) -> None:
    for name, sees in (("clinic", True), ("auditor", True), ("auditor elsewhere", False)):
        browser = client(served, own.site.tokens[name])
        shown = [(await browser.get(page)).text for page in ("/duty", "/duty/rotas")]
        assert ["县值班" in each for each in shown] == [sees, sees], name


async def test_a_drill_is_begun_by_a_manager_once_at_a_time(manager: httpx2.AsyncClient) -> None:
    assert "从未" in words_of((await manager.get("/drills")).text)
    begun = await post(manager, "/drills", "/drills", facility="F03")
    assert begun.status_code == 303
    again = await post(manager, "/drills", "/drills", facility="F03")
    assert "F03 正在演练，请等它结束" in words_of(again.text)
    assert (await post(manager, "/drills", "/drills", facility="F30")).status_code == 404


async def test_what_a_drill_found_stands_there_with_what_is_left(manager: httpx2.AsyncClient, own: World) -> None:
    async with open_archive(own.settings.archive) as archive, archive.writing() as tx:
        now = clock.now()
        asked = await drills.ask(tx, "F05", By("chief", now))
        await drills.move(tx, asked, DrillState.RUNNING, now, begun_at=now, answer_by=now + HOUR)
        running_ = await drills.drill(tx, asked.id)
        assert running_ is not None
        await drills.move(tx, running_, DrillState.FAILED, now, link="way", words="孙立: voice broken")
    page = (await manager.get("/drills")).text
    row = words_of(next(each for each in page.split("<tr") if "孙立" in each))
    assert "有故障 ：有人未能通知到 孙立: voice broken" in row
    assert "3 / 4 次" in row


async def test_what_drills_cost_is_for_who_manages(manager: httpx2.AsyncClient, clinic: httpx2.AsyncClient) -> None:
    assert "本月演练余额" in words_of((await manager.get("/drills")).text)
    said = words_of((await clinic.get("/drills")).text)
    assert " 元" not in said
    assert "演练余额" not in said
    assert "最近演练" in said
    assert "4 / 4 次" in said


async def test_figures_are_tables_with_a_sum_and_what_patience_would_spare(manager: httpx2.AsyncClient) -> None:
    for what in ("told", "taken", "recovered"):
        said = words_of((await manager.get(f"/figures?days=91&what={what}")).text)
        assert "合计" in said
        assert "如果温度报警晚些通知" in said
    assert (await manager.get("/figures?days=401")).status_code == 422
    assert (await manager.get("/figures?what=all")).status_code == 422
