"""Logging in and out, CSRF, rate limits, cookies, headers."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx2
import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive import people
from coldchain.archive.db import open_archive
from dashboards.app import create_app
from dashboards.sessions import COOKIE, CSRF_HEADER
from tests.dashboards.conftest import World, client, running
from tests.dashboards.site import PASSWORD, Site


async def log_in(browser: httpx2.AsyncClient, name: str, password: str = PASSWORD, back: str = "") -> httpx2.Response:
    form = await browser.get("/login")
    return await browser.post(
        "/login", data={"csrf": field(form.text, "csrf"), "name": name, "password": password, "next": back}
    )


def field(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


def csrf_of(page: str) -> str:
    return page.split('"X-CSRF-Token": "', 1)[1].split('"', 1)[0]


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(app) as opened:
        yield opened


async def test_a_nurse_logs_in_sees_her_clinic_and_logs_out(browser: httpx2.AsyncClient) -> None:
    assert (await log_in(browser, "nurse")).headers["location"] == "/"
    page = (await browser.get("/")).text
    assert "王护士" in page
    left = await browser.post("/logout", data={"csrf": csrf_of(page)})
    assert left.headers["location"] == "/login"
    assert (await browser.get("/")).status_code == 303


async def test_a_session_that_was_ended_elsewhere_is_over(browser: httpx2.AsyncClient, world: World) -> None:
    await log_in(browser, "nurse")
    secret = browser.cookies[COOKIE]
    async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
        await people.revoke_session(tx, secret, wall=clock.wall())
    assert (await browser.get("/")).status_code == 303


@pytest.mark.parametrize(
    ("name", "password"), [("nurse", "wrong wrong wrong"), ("nobody", PASSWORD), ("nurse\0", PASSWORD)]
)
async def test_a_wrong_login_is_told_without_saying_what_was_wrong(
    name: str, password: str, browser: httpx2.AsyncClient
) -> None:
    answer = await log_in(browser, name, password)
    assert answer.status_code == 403
    assert "用户名或密码不正确" in answer.text
    assert COOKIE not in browser.cookies


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: httpx2.AsyncClient) -> None:
    cookies = SimpleCookie()
    for line in (await log_in(browser, "nurse")).headers.get_list("set-cookie"):
        cookies.load(line)
    session = cookies[COOKIE]
    assert session["httponly"]
    assert session["samesite"] == "lax"
    assert session["path"] == "/"
    assert not session["secure"]  # this site is served over plain http


async def test_behind_https_cookies_are_secure_and_browsers_are_told_to_stay(world: World) -> None:
    web = world.settings.dashboards.model_copy(update={"cookie_secure": True})
    settings = world.settings.model_copy(update={"dashboards": web})
    async with running(create_app(settings)) as started, client(started) as browser:
        form = await browser.get("/login")
        assert "secure" in form.headers["set-cookie"].lower()
        assert "max-age" in form.headers["strict-transport-security"]


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_a_login_leads_nowhere_else(back: str, browser: httpx2.AsyncClient) -> None:
    assert (await log_in(browser, "nurse", back=back)).headers["location"] == "/"
    assert (await browser.get("/language/en", params={"next": back})).headers["location"] == "/"


async def test_a_login_leads_back_to_where_somebody_wanted_to_go(browser: httpx2.AsyncClient) -> None:
    refused = await browser.get("/equipment/E03")
    assert refused.headers["location"] == "/login?next=/equipment/E03"
    assert (await log_in(browser, "nurse", back="/equipment/E03")).headers["location"] == "/equipment/E03"


async def test_a_login_form_of_another_browser_is_refused(app: FastAPI, browser: httpx2.AsyncClient) -> None:
    async with client(app) as other:
        stolen = field((await other.get("/login")).text, "csrf")
    answer = await browser.post("/login", data={"csrf": stolen, "name": "nurse", "password": PASSWORD})
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{}, {CSRF_HEADER: "guess"}, {"Origin": "http://evil.example"}])
async def test_a_forged_form_takes_no_alarm(headers: dict[str, str], browser: httpx2.AsyncClient, site: Site) -> None:
    await log_in(browser, "nurse")
    page = (await browser.get("/")).text
    if "Origin" in headers:
        headers[CSRF_HEADER] = csrf_of(page)
    form = await browser.post(f"/alarms/{site.alarm}/take", headers=headers, data={"act": "seen"})
    api = await browser.post(f"/api/v1/alarms/{site.alarm}/take", headers=headers, json={"act": "seen"})
    assert (form.status_code, api.status_code) == (403, 403)


async def test_the_api_takes_a_session_with_its_csrf_token(browser: httpx2.AsyncClient, site: Site) -> None:
    await log_in(browser, "nurse")
    csrf = csrf_of((await browser.get("/")).text)
    answer = await browser.post(f"/api/v1/alarms/{site.alarm}/take", json={"act": "going"}, headers={CSRF_HEADER: csrf})
    assert answer.status_code == 200
    assert answer.json()["taken_by"] == "王护士"


async def test_a_token_beside_a_cookie_counts_alone(browser: httpx2.AsyncClient) -> None:
    await log_in(browser, "nurse")
    answer = await browser.get("/api/v1/equipment", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


@pytest.fixture
async def strict(world: World) -> AsyncIterator[FastAPI]:
    limits = {"logins_per_address": "5/minute", "logins_per_user": "3/minute", "requests_per_caller": "4/minute"}
    web = world.settings.dashboards.model_copy(update=limits)
    async with running(create_app(world.settings.model_copy(update={"dashboards": web}))) as started:
        yield started


async def test_guessing_a_password_is_slowed_down(strict: FastAPI) -> None:
    async with client(strict) as browser:
        statuses = [(await log_in(browser, "nurse", "a guess, then another")).status_code for _ in range(3)]
        last = await log_in(browser, "Nurse")
    assert statuses == [403] * 3
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) >= 1


async def test_guessing_names_is_slowed_down_by_address(strict: FastAPI) -> None:
    async with client(strict) as browser:
        statuses = [(await log_in(browser, f"nobody{n}")).status_code for n in range(6)]
    assert statuses == [403] * 5 + [429]


@pytest.mark.parametrize(("language", "words"), [("zh", "请在 1 分钟后再试"), ("en", "Try again in 1 minute.")])
async def test_who_comes_too_often_is_told_when_to_come_back(strict: FastAPI, language: str, words: str) -> None:
    async with client(strict) as browser:
        browser.headers["Accept-Language"] = language
        *_, last = [await log_in(browser, "nurse", "a guess, then another") for _ in range(4)]
    assert last.status_code == 429
    assert words in last.text


async def test_a_caller_who_asks_too_often_waits_and_others_do_not(strict: FastAPI, site: Site) -> None:
    async with client(strict, site.tokens["manager"]) as busy, client(strict, site.tokens["auditor"]) as other:
        statuses = [(await busy.get("/api/v1/alarms")).status_code for _ in range(5)]
        assert statuses == [200] * 4 + [429]
        assert (await other.get("/api/v1/alarms")).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/api/v1/health", "/static/coldchain.css", "/nowhere", "/api/v1/equipment"])
async def test_every_answer_carries_the_security_headers(path: str, browser: httpx2.AsyncClient) -> None:
    headers = (await browser.get(path)).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert ("no-store" in headers["cache-control"]) is not path.startswith("/static/")
