"""What a notice says, in both languages: every kind has its words, and what is not known is not said."""

import re
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerting.excursion.cases import Why
from alerting.excursion.forecast import Basis
from alerting.excursion.observations import EVERYTHING, Mains
from alerting.excursion.occasions import KINDS as OCCASION_KINDS
from alerting.notify import words
from alerting.notify.scene import LotLine, Named, Scene
from alerting.notify.texts import Text, text_of
from coldchain.archive.alarms import Alarm
from coldchain.archive.cases import Observation
from coldchain.excursion import AlarmState, Case, CaseState, Certainty, Facts, Kind, LotsKnown, Severity

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000
T0 = 1_782_700_800_000  # 10:40 in Shanghai
LOT = LotLine(Named("乙肝疫苗", "Hepatitis B"), "202605011", 120)
HEAT = Facts(
    kind=Kind.HEAT, rule="cn-2017/heat", rule_version="2017", severity=Severity.WARNING, certainty=Certainty.CERTAIN,
    is_open=True, known_good_before=T0 - MINUTE, first_bad=T0, last_bad=T0 + 24 * MINUTE, known_good_after=None,
    extreme_mc=9500, out_ms=24 * MINUTE, unknown_ms=0, degree_ms=0, mkt_mc=8140, equipment="F1", compartment=1,
    lots_known=LotsKnown.COMPARTMENT, lots=(),
)  # fmt: skip


def alarm(kind: Kind) -> Alarm:
    return Alarm(id=1, kind=kind, severity=Severity.WARNING, state=AlarmState.RINGING, raised_at=T0)


def told(*lots: LotLine, **changes: Any) -> Text:
    """The text about an excursion at T0 + 30 min."""
    facts = replace(HEAT, **changes)
    if not facts.kind.is_temperature:
        facts = replace(facts, extreme_mc=None, mkt_mc=None)
    case = Case("c", "gw/d/temperature", T0, T0, 1, CaseState.OPEN, None, facts)
    scene = Scene(
        alarm(facts.kind), Named("琥珀镇卫生院", "Amberhill clinic"), case=case, lots_known=facts.lots_known, lots=lots
    )
    return text_of(scene, "raised", T0 + 30 * MINUTE, ZONE)


def seen(kind: Kind, *, subject: str = "F1", end: int | None = None, **detail: Any) -> Text:
    """The text about an observation of T0, told 30 minutes later."""
    observation = Observation(
        id=1, kind=kind, subject=subject, severity=Severity.WARNING, start=T0, seen_at=T0, equipment="F1", end=end,
        detail=detail,
    )  # fmt: skip
    scene = Scene(alarm(kind), Named("琥珀镇卫生院", "Amberhill clinic"), observation=observation)
    return text_of(scene, "raised", T0 + 30 * MINUTE, ZONE)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_makes_a_text_without_holes(kind: Kind):
    text = told(kind=kind)
    assert words.KINDS[kind].zh in text.zh
    assert words.KINDS[kind].en in text.en
    assert not re.search("None|—|；；", text.zh)
    assert not re.search("None|—|; ;", text.en)
    assert text.zh.isascii() is False
    assert text.en.replace("°", "").isascii()


def test_every_short_word_of_the_engine_has_words():
    assert set(OCCASION_KINDS) == words.OCCASIONS.keys()
    assert {mains.value for mains in Mains} == words.MAINS.keys()
    assert {basis.value for basis in Basis} == words.BASES.keys()
    assert words.EVERYTHING.keys() == {EVERYTHING}
    assert {Why.MERGED.value, Why.WITHDRAWN.value} < words.REASONS.keys()


def test_a_sum_is_said_to_be_one_and_a_mean_is_neither_far_nor_long():
    assert "最高 9.5 °C，累计超限 24 分钟" in told(kind=Kind.CUMULATIVE_HEAT).zh
    assert "highest 9.5 °C, out in all for 24 min" in told(kind=Kind.CUMULATIVE_HEAT).en
    mean = told(kind=Kind.MEAN_KINETIC_HEAT)
    assert "06-29 10:40 至 06-29 11:04 平均 8.1 °C" in mean.zh
    assert "超限" not in mean.zh
    assert "out for" not in mean.en


def test_cold_is_told_by_its_lowest():
    assert "最低 -0.7 °C" in told(kind=Kind.CUMULATIVE_FREEZE, extreme_mc=-700).zh


def test_what_is_possible_says_what_it_rests_on():
    text = told(certainty=Certainty.POSSIBLE, unknown_ms=41 * MINUTE)
    assert text.zh.startswith("【警告】可能温度过高")
    assert "另有未知 41 分钟，也超限才成立" in text.zh
    assert "41 min more are unknown, and it stands only if those were out too" in text.en
    assert told(unknown_ms=41 * MINUTE).zh.count("也超限才成立") == 0


def test_a_product_s_temperature_stands_beside_the_measured_one():
    text = told(product_mc=6200)
    assert "最高 9.5 °C" in text.zh
    assert "产品温度推算 6.2 °C" in text.zh
    assert "highest 9.5 °C" in text.en
    assert "product reckoned at 6.2 °C" in text.en


def test_held_lots_are_told_not_to_be_used():
    text = told(LOT, is_held=True)
    assert "请暂停使用并隔离冷藏：涉及 1 批 120 剂：乙肝疫苗 202605011 120 剂" in text.zh
    assert "do not use, keep apart and cold: 1 lot, 120 doses" in text.en
    assert "请暂停使用并隔离冷藏：柜内疫苗批次未登记" in told(is_held=True, lots_known=LotsKnown.NO).zh
    assert "暂停使用" not in told(LOT).zh


def test_what_accounts_for_it_is_said():
    assert "已有说明：盘苗" in told(explained="stock_take").zh
    assert "accounted for: stock-take" in told(explained="stock_take").en


def test_a_fault_of_a_probe_names_no_temperature_and_no_lots():
    text = told(kind=Kind.NO_ANSWER)
    assert text == Text("【警告】探头无应答；琥珀镇卫生院；06-29 10:40 起，30 分钟", text.en)
    assert text.en == "[warning] probe does not answer; Amberhill clinic; since 06-29 10:40, 30 min"


@pytest.mark.parametrize(
    ("mains", "zh", "en"),
    [
        ("lost", "此前已停电", "mains were lost before"),
        ("on", "市电正常", "mains are on"),
        ("unknown", "市电情况未知", "mains unknown"),
    ],
)
def test_silence_says_what_is_known_of_the_mains(mains: str, zh: str, en: str):
    text = seen(Kind.SILENCE, subject="gw-5", mains=mains, is_out=True)
    assert f"06-29 10:40 起，30 分钟；gw-5；{zh}；失联前已超限" in text.zh
    assert f"since 06-29 10:40, 30 min; gw-5; {en}; out of its band when last heard" in text.en


def test_when_nobody_is_heard_the_subject_is_everybody():
    assert "所有网关" in seen(Kind.SILENCE, subject=EVERYTHING, mains="unknown").zh


def test_a_part_of_an_outage_of_everybody_is_asked_to_read_the_display():
    text = seen(Kind.SILENCE, subject="gw-5", mains="unknown", root=EVERYTHING)
    assert "gw-5；市电情况未知；所有网关同时失联，请人工测温并记录" in text.zh
    assert "no gateway at all is heard: read the display and write it down" in text.en


def test_a_silence_says_how_long_it_keeps_cold_and_how_that_is_known():
    holdover = {"hours": 20.5, "basis": "catalogue", "source": "WHO", "equipment": "F1"}
    text = seen(Kind.SILENCE, subject="gw-5", mains="unknown", holdover=holdover)
    assert "断电可保冷约 20.5 小时（按产品资料）" in text.zh
    assert "keeps cold for about 20.5 h without mains (its catalogue says)" in text.en
    assert "保冷" not in seen(Kind.SILENCE, subject="gw-5", mains="unknown", is_out=True, holdover=holdover).zh


WARMING: dict[str, Any] = {"minutes": 72, "early": 60, "late": 90, "from_c": 5.0, "limit_c": 8.0, "basis": "readings"}


def test_the_time_that_is_left_runs_down_from_when_it_was_reckoned():
    text = seen(Kind.FORECAST, **WARMING)
    assert "约 06-29 11:52（42 分钟后）升至 8 °C，最快 30 分钟，最慢 60 分钟（估计，依据本机读数）" in text.zh
    assert "reaches 8 °C at about 06-29 11:52, in 42 min, 30 to 60 min (estimate from this equipment's own" in text.en
    assert "30 分钟；" not in text.zh  # how long ago it was reckoned is no news


def test_a_forecast_may_fall_may_have_no_latest_time_and_may_be_due():
    falling = seen(Kind.FORECAST, **{**WARMING, "from_c": 4.0, "limit_c": 2.0, "late": None})
    assert "降至 2 °C，最快 30 分钟（" in falling.zh
    assert "falls to 2 °C" in falling.en
    assert "估计此时已达 8 °C" in seen(Kind.FORECAST, **{**WARMING, "minutes": 20}).zh


def test_lost_mains_say_what_is_expected_and_what_was_planned_while_they_last():
    text = seen(Kind.POWER_LOSS, forecast={**WARMING, "basis": "type figure"}, planned=T0 + 60 * MINUTE)
    assert "计划停电至 06-29 11:40" in text.zh
    assert "升至 8 °C" in text.zh
    assert "依据同类设备公布值" in text.zh
    over = seen(Kind.POWER_LOSS, end=T0 + 10 * MINUTE, forecast=WARMING, planned=T0 + 60 * MINUTE)
    assert over.zh == "【警告】停电；琥珀镇卫生院；06-29 10:40 起，10 分钟"


@pytest.mark.parametrize(
    ("kind", "detail", "zh", "en"),
    [
        (
            Kind.SPOOL_NEARLY_FULL,
            {"share": 0.86, "hours_left": 5.5},
            "已用 86%；还可存 5 小时",
            "86% full; room for another 5 h",
        ),
        (Kind.SPOOL_NEARLY_FULL, {"share": 1.0, "dropped": 12}, "已丢失 12 条读数", "12 readings lost"),
        (Kind.CLOCK_WRONG, {"off_s": -610}, "慢 10 分钟", "slow by 10 min"),
        (Kind.CLOCK_WRONG, {"off_s": 3600}, "快 60 分钟", "fast by 60 min"),
        (
            Kind.OFFSET_SET,
            {"offsets": [{"quantity": "temperature", "adds": -0.5}, {"quantity": "humidity", "adds": 2.0}]},
            "温度被加 -0.5 °C；湿度被加 +2 %RH",
            "adds -0.5 K to its temperature; adds +2 %RH to its humidity",
        ),
        (Kind.OFFSET_SET, {"offsets": [{"quantity": "voltage", "adds": 1.5}]}, "voltage 被加 +1.5", "to its voltage"),
        (Kind.CALIBRATION_EXPIRED, {"due_on": "2026-06-01"}, "应于 2026-06-01 前校准", "was due on 2026-06-01"),
        (Kind.DISAGREEMENT, {"by_k": -2.4}, "相差 -2.4 °C", "by -2.4 °C"),
    ],
)
def test_what_is_special_to_a_kind_is_said(kind: Kind, detail: dict[str, Any], zh: str, en: str):
    text = seen(kind, subject="gw-5", **detail)
    assert zh in text.zh
    assert en in text.en
