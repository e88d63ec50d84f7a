"""What fits a template: six characters a variable, seventy a text message, and nothing left empty."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import msgspec
import pytest

from alerting.notify.scene import LotLine, Named, Scene
from alerting.notify.short import LONGEST, LONGEST_SMS, of_many, short_of, sms_of
from alerting.notify.texts import joined, text_of
from coldchain.archive.alarms import Alarm
from coldchain.excursion import AlarmState, Case, CaseState, Kind, LotsKnown, Severity
from tests.alerting.cast import HOUR, T0
from tests.alerting.test_texts import HEAT

ZONE = ZoneInfo("Asia/Shanghai")
URL = "https://llb.example.cn/a"
ALARM = Alarm(
    id=1, kind=Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=T0, code="8K2M4P"
)  # fmt: skip
LOTS = tuple(LotLine(Named("乙肝疫苗", "Hepatitis B"), f"2026{n}", 42) for n in range(3))
FULL = Scene(
    ALARM,
    Named("琥珀镇卫生院", "Amberhill clinic"),
    Named("一号冰箱", "fridge F1"),
    case=Case("c", "gw/d/temperature", T0, T0, 1, CaseState.OPEN, None, HEAT),
    lots_known=LotsKnown.COMPARTMENT,
    lots=LOTS,
    place_short="琥珀镇",
    thing_short="一号",
)


def test_a_scene_is_said_in_eight_small_words():
    assert short_of(FULL, T0, ZONE) == {
        "place": "琥珀镇", "thing": "一号", "what": "温度过高", "value": "9.5℃", "since": "10:40", "lots": "3批",
        "doses": "126支", "code": "8K2M4P",
    }  # fmt: skip


@pytest.mark.parametrize("kind", Kind)
def test_no_variable_is_empty_or_longer_than_six_characters(kind: Kind):
    bare = Scene(msgspec.structs.replace(ALARM, kind=kind, code=None), Named("非常非常长的名字卫生院", "long"))
    for scene in (bare, replace(bare, facility=None), replace(FULL, alarm=bare.alarm, place_short="一二三四五六七八")):
        assert all(0 < len(said) <= LONGEST for said in short_of(scene, T0 + 60 * HOUR, ZONE).values())


def test_numbers_that_do_not_fit_are_rounded_and_never_cut():
    far = replace(HEAT, extreme_mc=-120_500)
    assert FULL.case
    scene = replace(FULL, case=replace(FULL.case, facts=far), lots=(replace(LOTS[0], doses=1_234_567),))
    short = short_of(scene, T0, ZONE)
    assert (short["value"], short["doses"]) == ("-120℃", "9999+支")


def test_an_older_beginning_is_said_by_its_day():
    assert short_of(FULL, T0 + 24 * HOUR, ZONE)["since"] == "06-29"


def test_a_text_message_says_all_with_the_fixed_address_and_the_code():
    said = sms_of(short_of(FULL, T0, ZONE), Severity.CRITICAL, "alarm", URL)
    assert said == f"严重 琥珀镇一号温度过高9.5℃，10:40起，3批126支。编码8K2M4P {URL}"


@pytest.mark.parametrize("kind", ["alarm", "drill", "over", "note"])
def test_a_text_message_is_never_longer_than_seventy_characters_and_always_has_its_code(kind: str):
    long = dict.fromkeys(short_of(FULL, T0, ZONE), "六个字的名字") | {"code": "8K2M4P"}
    for url in (URL, "", "https://a-very-long-name.of-a-county.example.cn/alarms/"):
        said = sms_of(long, Severity.CRITICAL, kind, url)
        assert len(said) <= LONGEST_SMS
        assert "8K2M4P" in said


def test_a_drill_begins_with_the_word():
    drill = replace(FULL, alarm=msgspec.structs.replace(ALARM, is_drill=True))
    assert sms_of(short_of(drill, T0, ZONE), Severity.CRITICAL, "drill", URL).startswith("演练")
    text = text_of(drill, "raised", T0, ZONE)
    assert (text.zh[:2], text.en[:5]) == ("演练", "DRILL")


def test_a_message_of_many_parts_names_each_place_with_its_code():
    other = replace(
        FULL, alarm=msgspec.structs.replace(ALARM, id=2, code="999999"), facility=Named("柏溪镇", "Cypress")
    )
    text = joined(text_of(FULL, "raised", T0, ZONE), [FULL, other])
    assert text.zh.endswith("同一原因共 2 处：琥珀镇卫生院 8K2M4P、柏溪镇 999999")
    assert text.en.endswith("one cause, 2 places: Amberhill clinic 8K2M4P, Cypress 999999")
    assert of_many(short_of(FULL, T0, ZONE), 12)["place"] == "12处单位"


def test_of_very_many_parts_the_rest_is_counted():
    assert joined(text_of(FULL, "raised", T0, ZONE), [FULL] * 15).zh.endswith("等，另 3 处")
