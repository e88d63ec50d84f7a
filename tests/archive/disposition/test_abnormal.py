"""The record of abnormal temperatures: what authorities ask for, line by line, with the cause and the measure that somebody wrote."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from coldchain import sheets
from coldchain.archive import alarms, tables
from coldchain.archive.alarms import Arrow
from coldchain.archive.extracts import Wanted
from coldchain.archive.telling import taking
from coldchain.archive.telling.taking import Closing
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.exchange import abnormal, exporting
from coldchain.exchange.exporting import Asked
from coldchain.excursion import AlarmState, CaseState, Kind, Severity
from tests.archive.cast import a_case
from tests.archive.disposition.cast import CLINIC, KNOWN, NEIGHBOUR, Ward, warm
from tests.archive.disposition.test_told import closed, rung
from tests.archive.small import HOUR, T0

ZONE = ZoneInfo("Asia/Shanghai")


async def printed(ward: Ward, form: str = "json", wanted: Wanted | None = None) -> Any:
    async with ward.archive.reading() as tx:
        asked = Asked(wanted or Wanted(None), ZONE, ward.now)
        made = exporting.written(await exporting.table(tx, abnormal.NAME, asked), form)
    return json.loads(made)["items"] if form == "json" else made


async def test_a_line_has_every_column_of_the_form(ward: Ward):
    alarm = await rung(ward)
    await closed(ward, alarm)
    await ward.decide()
    await ward.become(warm(state=CaseState.CLOSED, revision=2), at=KNOWN + 1)
    [line] = await printed(ward)
    assert {key: line[key] for key in ("facility", "stage", "equipment", "vaccine", "maker", "number", "doses")} == {
        "facility": CLINIC, "stage": "储存", "equipment": "511900012-BX1", "vaccine": "乙型肝炎疫苗", "maker": "蜀原",
        "number": "A1(01)", "doses": 70,
    }  # fmt: skip
    assert (line["start_iso"], line["end_iso"]) == ("2026-07-01T09:00:00+08:00", "2026-07-01T10:00:00+08:00")
    assert (line["out_min"], line["unknown_min"], line["low_c"], line["high_c"]) == (60, 0, None, 9.1)
    assert (line["cause"], line["measure"], line["filled_by"]) == ("停电", "转至备用冰箱", "李小琴")
    assert (line["opinion"], line["outcome"]) == ("可以使用 蜀原 陈 2026-07-01", "放行使用70剂")
    assert line["reviewed_by"] == "赵科长"


async def test_what_nobody_wrote_or_decided_yet_is_empty(ward: Ward):
    await rung(ward)
    await ward.freeze()
    await ward.opine()
    await ward.propose()
    [line] = await printed(ward)
    assert [
        line[key] for key in ("end_iso", "cause", "measure", "outcome", "filled_by", "reviewed_by", "ambient_c")
    ] == [None] * 7


async def test_an_alarm_that_came_again_tells_of_each_excursion_that_it_was_about(ward: Ward):
    alarm = await rung(ward)
    again = warm(name="c2")
    await ward.become(again)
    async with ward.archive.writing() as tx:
        await alarms.change(tx, alarm, Arrow(AlarmState.ENDED, "ended", KNOWN))
        await alarms.again(tx, alarm, again, Arrow(AlarmState.RINGING, "reopened", KNOWN), Severity.CRITICAL)
    assert [each["cause"] for each in await printed(ward)] == [None, None]
    await closed(ward, alarm)
    said = [(each["excursion"], each["cause"], each["filled_by"], each["closed_iso"]) for each in await printed(ward)]
    assert said == [(case, "停电", "李小琴", iso(KNOWN + 2 * HOUR, ZONE)) for case in ("c1", "c2")]


@pytest.mark.parametrize("field", ["cause", "measure"])
async def test_no_alarm_is_closed_without_cause_and_measure(ward: Ward, field: str):
    alarm = await rung(ward)
    async with ward.archive.writing() as tx:
        await alarms.change(tx, alarm, Arrow(AlarmState.ENDED, "ended", KNOWN + HOUR))
    said = {"cause": "停电", "measure": "已转移", field: " "}
    with pytest.raises(BadInput, match=f"{field}: is empty"):
        async with ward.archive.writing() as tx:
            await taking.close(tx, Closing(alarm.id, said["cause"], said["measure"], "李小琴", KNOWN + HOUR))


async def test_only_what_was_abnormal_is_in_it(ward: Ward):
    """Not what policy merely records, what never was, what is part of another, or what is no temperature."""
    await ward.become(
        warm(name="c2", severity=Severity.NOTE, is_held=False),
        warm(name="c3", state=CaseState.WITHDRAWN),
        warm(name="c4", state=CaseState.MERGED),
        warm(name="c5", kind=Kind.FLAT_LINE),
        a_case("c6", kind=Kind.FREEZE, extreme_mc=-800, lots=()),
    )
    found = await printed(ward)
    assert [(each["excursion"], each["number"], each["low_c"]) for each in found] == [
        ("c1", "A1(01)", None),
        ("c6", None, -0.8),
    ]


async def test_it_keeps_to_its_scope_and_time_and_has_its_titles_when_empty(ward: Ward):
    assert await printed(ward, wanted=Wanted(frozenset({NEIGHBOUR}))) == []
    assert await printed(ward, wanted=Wanted(None, T0 + 3 * HOUR)) == []
    [title, *rows] = sheets.read(await printed(ward, "csv", Wanted(frozenset({NEIGHBOUR}))))[0].rows
    assert rows == []
    assert {"异常原因 (cause)", "采取措施 (measure)", "处理结果 (outcome)"} <= set(title)


async def test_the_rooms_temperature_is_what_somebody_wrote_down_meanwhile(ward: Ward):
    async with ward.archive.writing() as tx:
        for hours, ambient_c in ((0.5, 20.0), (1.5, 31.5), (3.0, 25.0)):
            at = round(T0 + hours * HOUR)
            tx.add(tables.ManualRecord(
                compartment=ward.cold, day="2026-07-01", half="am", taken_at=at, value_c=5.0, ambient_c=ambient_c, action="",
                signed_by="nurse", entered_at=at, late_reason="", withdrawn_at=None if hours == 1.5 else at,
            ))  # fmt: skip
    [line] = await printed(ward)
    assert line["ambient_c"] == 31.5
