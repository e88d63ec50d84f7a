"""The pages say what is so, in two languages, complete without a script."""

import re

import pytest

from coldchain import clock
from tests.dashboards.conftest import Caller

ZH, EN = {"Accept-Language": "zh-CN,zh;q=0.9"}, {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"}


def words_of(html: str) -> str:
    """What a reader reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def place(html: str, name: str) -> str:
    """What the page says of one facility."""
    return next(words_of(part) for part in html.split('<section class="place"')[1:] if name in part.split("</h2>")[0])


async def test_the_county_stands_in_one_sentence(call: Caller) -> None:
    zh = words_of((await call("manager", **ZH).get("/")).text)
    en = words_of((await call("manager", **EN).get("/")).text)
    assert "共 14 台设备：1 台超温，2 台未知，1 台偏高，10 台正常。1 台停电。" in zh
    assert "14 pieces of equipment: 1 too warm, 2 unknown, 1 above its band, 10 in range. 1 has no mains power." in en


async def test_unknown_time_is_said_with_its_reason(call: Caller) -> None:
    page = (await call("manager", **ZH).get("/")).text
    assert "（网关停电）" in place(page, "清江镇")
    assert re.search(r"未知 4\d 分钟", place(page, "清江镇"))
    assert "（探头断开）" in place(page, "花丛镇")
    assert "曾为" in place(page, "清江镇")


async def test_a_village_post_with_bags_only_is_not_silent(call: Caller) -> None:
    page = (await call("manager", **ZH).get("/")).text
    assert "无设备（冷藏包）" in place(page, "柳树村")
    assert "未知" not in place(page, "柳树村")


async def test_a_clinic_without_mains_has_its_forecast_beside_it(call: Caller) -> None:
    said = place((await call("manager", **ZH).get("/")).text, "大和镇")
    assert re.search(r"停电 3\d 分钟", said)
    assert re.search(r"升至 8 °C，还有 1 小时", said)
    assert "估计" in said


async def test_what_is_out_of_band_but_no_alarm_is_said_more_quietly(call: Caller) -> None:
    page = (await call("manager", **ZH).get("/")).text
    assert "偏高" in place(page, "凤溪镇")
    assert "超温" not in place(page, "凤溪镇")


async def test_an_alarm_names_place_lots_and_doses(call: Caller) -> None:
    page = (await call("manager", **ZH).get("/")).text
    alarm = words_of(page.split('id="alarms"')[1].split("</section>")[0])
    assert "超温 9.4 °C" in alarm
    assert "龙潭镇卫生院 · 疫苗冰箱 · 冷藏室" in alarm
    assert "百白破疫苗 202604B07 · 160 剂" in alarm
    assert "麻腮风疫苗 202605C01 · 180 剂" in alarm
    assert "已 5" in alarm


async def test_who_may_not_take_an_alarm_sees_no_button(call: Caller) -> None:
    assert 'class="take"' in (await call("manager").get("/")).text
    assert 'class="take"' not in (await call("auditor").get("/")).text


async def test_every_state_has_a_shape_and_a_word_beside_its_colour(call: Caller) -> None:
    page = (await call("manager", **ZH).get("/")).text
    for word in re.findall(r'<span class="word">(.*?)</span>', page, re.DOTALL):
        assert "<use href=" in word
        assert words_of(word).strip()


async def test_a_script_in_a_name_stays_text(call: Caller) -> None:
    for path in ("/", "/equipment/E06", "/refused"):
        page = (await call("administrator").get(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


async def test_an_excursion_tells_how_it_became_known(call: Caller) -> None:
    page = words_of((await call("manager", **ZH).get("/equipment/E02?range=24h")).text)
    assert re.search(r"补传数据修订；起点由 11月\d+日 \d\d:\d\d 改为 11月\d+日 \d\d:\d\d|补传数据修订；起点由", page)
    assert "已结束" in page
    english = words_of((await call("manager", **EN).get("/equipment/E02?range=24h")).text)
    assert "revised by data that arrived late; start revised from" in english


async def test_the_numbers_of_the_chart_stand_in_a_table_too(call: Caller) -> None:
    page = (await call("manager", **EN).get("/equipment/E03?range=24h")).text
    table = page.split("numbers, hour by hour")[1].split("</table>")[0]
    assert 20 < table.count("<tr>") <= 26
    assert "°C" in table


async def test_the_chart_shades_band_excursion_and_unknown_time_and_hides_no_peak(call: Caller) -> None:
    day = (await call("manager").get("/equipment/E02/chart?range=24h")).json()
    week = (await call("manager").get("/equipment/E02/chart?range=7d")).json()
    (room,) = day["rooms"]
    assert (room["low_c"], room["high_c"]) == (2.0, 8.0)
    assert [one["kind"] for one in room["excursions"]] == ["heat"]
    gaps = [end - start for start, end in room["unknown"]]
    assert any(abs(gap - 3 * 3600) < 240 for gap in gaps)
    highest = max(v for v in room["lines"][0]["high"] if v is not None)
    assert max(v for v in week["rooms"][0]["lines"][0]["high"] if v is not None) == highest


async def test_a_line_breaks_where_nothing_is_known(call: Caller) -> None:
    (room,) = (await call("manager").get("/equipment/E02/chart?range=24h")).json()["rooms"]
    line = room["lines"][0]
    for start, end in room["unknown"]:
        inside = [v for t, v in zip(line["t"], line["low"], strict=True) if start < t < end]
        assert all(v is None for v in inside)
    assert None in line["low"]


async def test_time_without_mains_is_part_of_the_chart(call: Caller) -> None:
    chart = (await call("manager").get("/equipment/E07/chart?range=6h")).json()
    ((start, end),) = chart["without_mains"]
    assert 30 * 60 < end - start < 40 * 60


async def test_the_lots_inside_are_listed(call: Caller) -> None:
    page = words_of((await call("manager", **ZH).get("/equipment/E03")).text)
    assert "百白破疫苗 冷藏室 202604B07 暂停使用 2027-06-30 160" in page


@pytest.mark.parametrize(
    ("headers", "lang"), [(ZH, "zh-CN"), (EN, "en"), ({"Accept-Language": "fr"}, "zh-CN"), ({}, "zh-CN")]
)
async def test_a_page_speaks_the_reader_s_language_or_the_site_s(
    headers: dict[str, str], lang: str, call: Caller
) -> None:
    assert f'<html lang="{lang}"' in (await call("manager", **headers).get("/")).text


async def test_a_language_once_chosen_stays(call: Caller) -> None:
    caller = call("manager", **ZH)
    await caller.get("/language/en")
    assert '<html lang="en"' in (await caller.get("/")).text


async def test_a_demonstration_says_that_it_is_one(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "倍速" not in (await call("manager", **ZH).get("/")).text
    monkeypatch.setattr(clock, "speed", lambda: 20.0)
    assert "演示：设备为模拟，时间以 20 倍速运行。" in (await call("manager", **ZH).get("/")).text


async def test_what_became_known_lately_is_told_to_whom_it_concerns(call: Caller) -> None:
    assert "龙潭镇卫生院" in (await call("clinic", **ZH).get("/")).text.split('id="news"')[1]
    assert "龙潭镇卫生院" not in (await call("elsewhere", **ZH).get("/")).text.split('id="news"')[1]
