"""A real Chromium: both languages, a phone and a desk; no console error, nothing from elsewhere, charts drawn."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from coldchain.archive.db import open_archive
from coldchain.archive.telling import taking
from coldchain.archive.telling.taking import Act
from dashboards.pages import events
from tests.dashboards.calling import calling, channels
from tests.dashboards.conftest import World, served
from tests.dashboards.site import PASSWORD
from tests.parts.mosquitto import Mosquitto
from tests.parts.process import program

Made = Callable[[], AbstractAsyncContextManager[World]]

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "small phone": (360, 740), "desk": (1440, 900)}
SANDBOX = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program("chromium", "/usr/bin"), args=SANDBOX)
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def url(world: World) -> AsyncIterator[str]:
    async with served(world.settings) as address:
        yield address


@asynccontextmanager
async def opened(
    chromium: Browser, url: str, size: str, lang: str, *, script: bool = True, expected: str = ""
) -> AsyncIterator[Page]:
    """A browser that is logged in; on leaving, nothing may have gone wrong in it."""
    width, height = SIZES[size]
    context = await chromium.new_context(
        viewport={"width": width, "height": height}, locale=lang, java_script_enabled=script, timezone_id="America/Lima"
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith((url, "data:")) else None)
    await page.goto(f"{url}/language/{lang[:2]}?next=/login")
    await page.fill("input[name=name]", "manager")
    await page.fill("input[name=password]", PASSWORD)
    await page.click("main button")
    await page.wait_for_selector(".sentence")
    yield page
    await context.close()
    assert [said for said in wrong if said != expected] == []


async def is_as_wide_as_its_window(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("lang", "said"), [("zh-CN", "台超温"), ("en-GB", "too warm")])
async def test_the_live_page_fits_and_speaks(chromium: Browser, url: str, size: str, lang: str, said: str) -> None:
    async with opened(chromium, url, size, lang) as page:
        assert said in await page.inner_text(".sentence")
        assert await page.locator(".unit").count() == 14
        assert await is_as_wide_as_its_window(page)


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("lang", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("span", ["6h", "7d"])
async def test_a_chart_is_drawn(chromium: Browser, url: str, size: str, lang: str, span: str) -> None:
    async with opened(chromium, url, size, lang) as page:
        await page.goto(f"{url}/equipment/E02?range={span}")
        await page.wait_for_selector("#charts[data-drawn='1']")
        canvas = page.locator("#charts canvas")
        assert await canvas.evaluate("c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)")
        assert await is_as_wide_as_its_window(page)


async def test_taking_an_alarm_changes_the_page_without_leaving_it(chromium: Browser, url: str) -> None:
    async with opened(chromium, url, "phone", "zh-CN") as page:
        await page.evaluate("window.stayed = true")
        await page.select_option("select[name=eta_min]", "30")
        await page.click("button[value=going]")
        await page.wait_for_selector(".taken:has-text('正在前往')")
        assert "30 分钟后到达" in await page.inner_text(".taken")
        assert await page.evaluate("window.stayed")


async def test_what_was_chosen_stays_chosen_when_the_alarms_are_told_anew(own_world: Made, chromium: Browser) -> None:
    async with own_world() as world, served(world.settings) as url, opened(chromium, url, "phone", "zh-CN") as page:
        await page.wait_for_function("document.querySelector('#alarms').matches('[sse-swap]')")
        await page.select_option("select[name=eta_min]", "60")
        await page.evaluate("document.activeElement.blur(); document.querySelector('.alarms-title').remove()")
        async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
            await taking.take(tx, Act(world.site.alarm, "seen", "李科长", world.site.now))
        await page.wait_for_selector(".taken:has-text('已知悉')")
        assert await page.is_visible(".alarms-title")
        assert await page.input_value("select[name=eta_min]") == "60"


async def test_the_event_stream_keeps_the_page_young(
    chromium: Browser, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BEAT_S", 0.2)
    async with opened(chromium, url, "desk", "zh-CN") as page:
        await page.evaluate("document.querySelector('#clock').innerHTML = ''")
        await page.wait_for_selector("#clock time", state="attached")
        assert not await page.is_visible("#old")


async def test_a_page_that_hears_nothing_says_that_it_is_old_and_asks_by_itself(chromium: Browser, url: str) -> None:
    async with opened(chromium, url, "phone", "zh-CN", expected="[object Event]") as page:
        await page.clock.install()
        await page.route("**/events", lambda route: route.fulfill(status=204))
        await page.goto(url)
        assert not await page.is_visible("#old")
        async with page.expect_request("**/board"):
            await page.clock.run_for(46_000)
        assert "连接中断" in (await page.text_content("#old") or "")


async def test_without_a_script_everything_can_be_read_and_taken(chromium: Browser, url: str) -> None:
    async with opened(chromium, url, "phone", "zh-CN", script=False) as page:
        assert await page.locator(".unit").count() == 14
        await page.click("button[value=going]")
        assert await page.locator(".sentence").count() == 1
        await page.goto(f"{url}/equipment/E03")
        await page.click(".numbers summary")
        assert await page.locator(".numbers table tbody tr").count() > 20


async def test_a_page_prints_without_buttons(chromium: Browser, url: str, tmp_path: Path) -> None:
    async with opened(chromium, url, "desk", "zh-CN") as page:
        await page.goto(f"{url}/equipment/E03")
        await page.emulate_media(media="print")
        assert not await page.is_visible(".ranges")
        await page.pdf(path=tmp_path / "page.pdf")
        assert (tmp_path / "page.pdf").stat().st_size > 10_000


async def test_the_demos_link_logs_in_and_leaves_no_password_in_the_address(chromium: Browser, url: str) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    await page.goto(f"{url}/login#manager:{PASSWORD}")
    await page.wait_for_selector(".sentence")
    assert PASSWORD not in page.url
    await page.go_back()
    assert PASSWORD not in page.url
    await context.close()


async def test_a_link_is_acted_on_with_four_digits_in_a_real_browser(
    chromium: Browser, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async with calling(tmp_path, mosquitto, channels()) as site, served(site.world.settings) as url:
        alarm = await site.ring()
        await site.tell(alarm, site.nurse)
        context = await chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
        page = await context.new_page()
        await page.goto(f"{url}/a/{alarm.code}")
        assert await is_as_wide_as_its_window(page)
        await page.fill("input[name=digits]", "0000")
        await page.click("button[value=going]")
        assert "没有号码尾号" in await page.inner_text(".wrong")
        await page.fill("input[name=digits]", "1234")
        await page.click("button[value=going]")
        assert "王芳 正在前往" in await page.inner_text(".taken")
        await context.close()


async def test_an_alarm_s_page_and_the_duty_page_fit_a_phone(chromium: Browser, url: str, world: World) -> None:
    async with opened(chromium, url, "small phone", "zh-CN") as page:
        for path in (f"/alarms/{world.site.alarm}", "/duty?facility=F03"):
            await page.goto(f"{url}{path}")
            assert await is_as_wide_as_its_window(page)
