"""What pages tell of excursions, of held lots and of what is watched: plainly, in two languages, temperatures first."""

import re

from coldchain.archive.tables import Observation
from coldchain.excursion import Kind
from dashboards.county import Forecast
from dashboards.i18n import MINUTE, language
from dashboards.watched import observed
from tests.dashboards.conftest import Caller
from tests.dashboards.test_pages import EN, ZH, place, words_of

E08 = "/equipment/E08?range=3d"


async def panel(call: Caller, name: str, headers: dict[str, str] = ZH, path: str = E08) -> str:
    """What one section of the equipment's page says."""
    page = (await call("manager", **headers).get(path)).text
    return words_of(page.split(f'id="{name}"')[1].split("</section>")[0])


def rows(html: str) -> list[str]:
    """The excursions of a page, one text each."""
    return [words_of(row) for row in re.findall(r'<tr data-state="\w+".*?</tr>', html, re.DOTALL)]


async def excursion(call: Caller, which: str, headers: dict[str, str] = ZH) -> str:
    """The row that says these words."""
    (row,) = [row for row in rows((await call("manager", **headers).get(E08)).text) if which in row]
    return row


async def test_a_clinic_s_page_names_held_lots_before_anything_else(call: Caller) -> None:
    page = (await call("clinic", **ZH).get("/")).text
    held = words_of(page.split('id="held"')[1].split("</section>")[0])
    assert page.index('id="held"') < page.index('id="alarms"') < page.index('class="places"')
    assert "暂停使用：请隔离存放并保持冷藏，等待处理意见" in held
    assert "百白破疫苗 202604B07 · 160 剂" in held
    assert re.search(r"超温 9.4 °C，自 (\d+月\d+日 )?\d\d:\d\d 起", held)


async def test_a_county_s_page_counts_held_lots_and_names_their_clinics(call: Caller) -> None:
    page = (await call("manager", **ZH).get("/")).text
    summary = words_of(page.split('id="held"')[1].split("</summary>")[0])
    assert "3 批疫苗暂停使用：水口镇卫生院，龙潭镇卫生院" in summary
    assert "2 批疫苗暂停使用" in place(page, "水口镇")


async def test_held_lots_of_others_are_not_seen(call: Caller) -> None:
    page = (await call("elsewhere", **ZH).get("/")).text
    assert "暂停使用" not in page
    assert "水口" not in (await call("clinic", **ZH).get("/")).text


async def test_an_explained_deviation_is_recorded_quietly(call: Caller) -> None:
    page = (await call("manager", **ZH).get(E08)).text
    loud, quiet = page.split('class="deviations"')
    assert "已有说明：接种门诊" not in loud
    assert "2 条偏离：已记录，无需通知" in words_of(quiet)
    assert "已有说明：接种门诊" in await excursion(call, "8.7 °C")
    assert "accounted for: vaccination session" in await excursion(call, "8.7 °C", EN)


async def test_what_is_possible_says_which_minutes_it_rests_on(call: Caller) -> None:
    said = await excursion(call, "过冷")
    assert "可能：已知超限 8 分钟，另有 41 分钟没有数据；这段时间也超限才成立" in said
    assert "所涉疫苗暂停使用" in said
    assert "8 minutes known to be outside, 41 minutes unknown" in await excursion(call, "too cold", EN)


async def test_the_measured_temperature_stands_beside_the_product_s_and_is_called_so(call: Caller) -> None:
    said = await excursion(call, "9.9 °C")
    assert said.index("超温 9.9 °C") < said.index("实测最高 9.9 °C；产品温度（推算）最高 6.2 °C")


async def test_sums_and_means_have_no_columns_that_mean_nothing(call: Caller) -> None:
    assert "累计 3 小时 20 分钟 — 已结束" in await excursion(call, "累计超温 9.1 °C")
    assert "— — 已结束" in await excursion(call, "平均动力学温度过高 8.1 °C")


async def test_a_rule_is_named_with_its_version_and_its_pack_with_what_it_is_not(call: Caller) -> None:
    assert "规则 who-range/mean-high，版本 2020" in await excursion(call, "平均动力学")
    said = await panel(call, "excursions")
    assert "who-range WHO PQS 冰箱检测：可接受温度范围：冰箱性能检测判据，并非在用疫苗的温度限值" in said
    assert "cn-2017 Storage and transport code for vaccines" in await panel(call, "excursions", EN)


async def test_a_probe_that_stammers_all_night_is_one_line_below_the_temperatures(call: Caller) -> None:
    page = (await call("manager", **ZH).get(E08)).text
    assert page.index('id="excursions"') < page.index('id="events"')
    assert "探头无应答" not in page.split('id="events"')[0]
    events = words_of(page.split('id="events"')[1].split("</section>")[0])
    assert "探头无应答 30 次，累计 2 小时；最近一次" in events
    assert "另有 10 条" in events


async def test_what_goes_on_comes_first_and_says_so(call: Caller) -> None:
    events = await panel(call, "events")
    assert events.index("校准过期 进行中") < events.index("探头无应答")
    assert re.search(r"读数长时间不变 进行中 自 .* 起，已 7 小时", events)


async def test_what_is_watched_is_told_with_what_is_known_of_it(call: Caller) -> None:
    events = await panel(call, "events")
    for said in (
        "网关 gw-8；已用 86%；还可存 5 小时 30 分钟；已丢失 12 条读数", "网关 gw-8；慢 10 分钟", "设备 28ff01；应于 2026-06-30 前校准",
        "冷藏室 门侧；相差 −2.4 °C", "网关 gw-8；市电情况未知；失联前已超限", "设备 28ff01；市电正常；并入：网关 gw-8", "计划停电至",
    ):  # fmt: skip
        assert said in events
    english = await panel(call, "events", EN)
    assert "gateway gw-8; 86% full; room for another 5 hours 30 minutes; 12 readings lost" in english
    assert "went on as: gateway gw-8" in english


async def test_a_forecast_that_was_renewed_is_one_event(call: Caller) -> None:
    events = await panel(call, "events", path="/equipment/E10?range=6h")
    assert events.count("预计超限") == 1
    assert re.search(r"预计超限 进行中 自 .* 起，已 2\d 分钟", events)


async def test_a_forecast_counts_down_and_says_what_it_rests_on(call: Caller) -> None:
    said = place((await call("manager", **ZH).get("/")).text, "梁家镇")
    found = re.search(r"升至 8 °C，还有 (\d+) 分钟，最快 (\d+) 分钟，最慢 (\d+) 分钟 （估计，依据本机读数）", said)
    assert found
    left, soonest, latest = map(int, found.groups())
    assert left <= 45 - 3
    assert (left - soonest, latest - left) == (45 - 33, 58 - 45)
    english = place((await call("manager", **EN).get("/")).text, "Liangjia")
    assert re.search(r"reaches 8 °C at about .*, in \d+ minutes \(\d+ minutes to \d+ minutes\)", english)
    assert "(estimate from this equipment's own readings)" in english.replace("&#39;", "'")


async def test_lost_mains_say_what_was_planned_and_what_the_forecast_rests_on(call: Caller) -> None:
    said = place((await call("manager", **ZH).get("/")).text, "大和镇")
    assert "计划停电至" in said
    assert "（估计，依据同类设备公布值）" in said


def test_lost_mains_say_what_is_expected_now_rather_than_when_they_were_lost() -> None:
    at_first = {"limit_c": 8.0, "from_c": 5.0, "minutes": 94, "basis": "type figure"}
    lost = Observation(kind=Kind.POWER_LOSS, subject="E07", start=0, detail={"forecast": at_first})
    own = Forecast(8.0, 7.2, at=58 * MINUTE, basis="readings")
    english = language("en", "Asia/Shanghai")
    assert observed(lost, 40 * MINUTE, english, None) == []  # nothing is to come any more: it is measured
    [said] = observed(lost, 40 * MINUTE, english, own)
    assert "in 18 minutes" in said
    assert "own readings" in said


async def test_the_chart_shades_no_sum_no_mean_and_no_fault(call: Caller) -> None:
    (room,) = (await call("manager").get("/equipment/E08/chart?range=3d")).json()["rooms"]
    assert {one["kind"] for one in room["excursions"]} == {"heat", "freeze"}
    assert [one["loud"] for one in room["excursions"]].count(False) == 2
