"""Another platform's alarms: read whatever their columns are called, and held against our excursions without malice."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from alerting.replay.moments import Moments
from alerting.replay.names import names_of_channels, with_given
from alerting.replay.recording import Heard
from alerting.replay.report import parallel_of
from alerting.replay.vendor import Ours, Parallel, Terms, hold_against
from alerting.replay.vendor_file import COLD, HOT, Alarm, meaning_of, parse_columns, read_alarms, read_names
from coldchain.errors import BadInput
from coldchain.excursion import Case, Kind, Severity
from coldchain.reading import Trace
from tests.alerting.cast import MINUTE
from tests.alerting.replay_cast import ZONE, at, case, export, local

PROBE, OTHER, DOOR = "gw-1/a/temperature", "gw-1/b/temperature", "gw-1/a/door"
JUDGED = {PROBE: HOT | COLD, OTHER: HOT | COLD, DOOR: frozenset({Kind.DOOR_OPEN})}
SHANGHAI = Moments(ZONE)


def alarm(
    start: float, end: float | None = None, *, name: str = PROBE, kind: str = "高温", **more: int | None
) -> Alarm:
    until = None if end is None else at(end)
    line = more.get("line") or round(start) + 2
    return Alarm(line, name, "", kind, meaning_of(kind), at(start), until, more.get("told"))


def heard(*minutes: int, channel: str = PROBE) -> Heard:
    known = Heard(channel, 3 * MINUTE)
    known.take(Trace(channel, [at(m) for m in minutes], [5.0] * len(minutes), [0] * len(minutes)))
    return known


def against(alarms: Sequence[Alarm], *cases: Case, terms: Terms | None = None) -> Parallel:
    names = with_given(names_of_channels(JUDGED), [("一号冰箱", "gw-1/a"), ("冰箱", PROBE), ("冰箱", OTHER)])
    ours = Ours(cases, {c: heard(*range(-60, 2000), channel=c) for c in JUDGED}, JUDGED, names)
    return hold_against(alarms, ours, terms or Terms())


# reading the file


def test_an_export_with_chinese_columns_is_read(tmp_path: Path):
    head = "序号,单位名称,设备名称,报警类型,报警时间,恢复时间,处理人"
    path = export(tmp_path / "a.csv", head, f"1,琥珀镇卫生院,一号冰箱,高温,{local(0)},{local(30)},张")
    [read] = read_alarms(path, SHANGHAI, {})
    assert read == Alarm(2, "一号冰箱", "琥珀镇卫生院", "高温", HOT, at(0), at(30), None)


def test_an_export_with_english_columns_is_read(tmp_path: Path):
    path = export(tmp_path / "a.csv", "Device Name;Alarm Type;Start Time;End Time", f"F1;Low temp;{local(0)};")
    [read] = read_alarms(path, SHANGHAI, {})
    assert (read.name, read.kinds, read.start, read.end) == ("F1", COLD, at(0), None)


def test_columns_may_be_named_by_hand(tmp_path: Path):
    path = export(tmp_path / "a.csv", "谁,何时,何事", f"F1,{local(0)},断电")
    [read] = read_alarms(path, SHANGHAI, parse_columns("channel=谁, start=何时, kind=何事"))
    assert read.kinds == {Kind.POWER_LOSS}


def test_a_title_above_the_header_is_passed_over(tmp_path: Path):
    path = export(tmp_path / "a.csv", "2026年7月报警记录,,", ",,", "探头,报警时间,类型", f"F1,{local(0)},高温")
    assert [read.line for read in read_alarms(path, SHANGHAI, {})] == [4]


def test_an_alarm_that_has_not_ended_is_written_in_words(tmp_path: Path):
    path = export(tmp_path / "a.csv", "设备,报警时间,恢复时间", f"F1,{local(0)},未恢复")
    assert read_alarms(path, SHANGHAI, {})[0].end is None


@pytest.mark.parametrize(
    ("head", "row", "columns", "words"),
    [
        ("冰箱号码,几点", "F1,1", "", "name the columns: --vendor-columns"),
        ("设备,报警时间", "F1,昨天", "", ":2: start: '昨天' is no time"),
        ("设备,报警时间", "F1,2026-07-32 10:00", "", ":2: start: '2026-07-32 10:00' is no time"),
        ("设备,报警时间", ",2026-07-03 10:00", "", ":2: channel: is empty"),
        ("设备,报警时间,恢复时间", "F1,2026-07-03 10:00,2026-07-03 09:00", "", ":2: end: lies before the start"),
        ("设备,报警时间", "F1,2026-07-03 10:00", "end=解除", ":1: --vendor-columns: there is no column '解除'"),
        ("设备,报警时间", "F1,1", "begin=报警时间", "--vendor-columns: 'begin=报警时间' names no column"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_line(tmp_path: Path, head: str, row: str, columns: str, words: str):
    path = export(tmp_path / "a.csv", head, row)
    with pytest.raises(BadInput) as caught:
        read_alarms(path, SHANGHAI, parse_columns(columns))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("高温", HOT),
        ("冷藏室温度低于2℃", COLD),
        ("High temperature", HOT),
        ("温度异常", HOT | COLD),
        ("", HOT | COLD),
        ("低湿", frozenset()),
        ("高压", frozenset()),
        ("低电量", {Kind.BATTERY_LOW}),
        ("停电报警", {Kind.POWER_LOSS}),
        ("Power lost", {Kind.POWER_LOSS}),
        ("Door open", {Kind.DOOR_OPEN}),
        ("设备离线", {Kind.SILENCE}),
        ("传感器故障", frozenset()),
    ],
)
def test_words_say_what_an_alarm_is_about(words: str, kinds: frozenset[Kind]):
    assert meaning_of(words) == kinds


def test_names_are_read_from_a_file_of_two_columns(tmp_path: Path):
    assert read_names(export(tmp_path / "n.csv", "一号,F1", "二号, F2 ")) == [("一号", "F1"), ("二号", "F2")]
    with pytest.raises(BadInput, match=r"n\.csv:1: vendor-names: 1 columns"):
        read_names(export(tmp_path / "n.csv", "一号"))


# holding it against ours


def test_an_excursion_that_was_told_in_time():
    [told] = against([alarm(5, 40)], case(PROBE, 0, 40)).told
    assert (told.late_ms, told.is_late, told.was_over) == (5 * MINUTE, False, False)


def test_an_alarm_is_late_beyond_what_is_allowed():
    terms = Terms(late_ms=30 * MINUTE)
    assert not against([alarm(30)], case(PROBE, 0, 60), terms=terms).told[0].is_late
    assert against([alarm(31)], case(PROBE, 0, 60), terms=terms).told[0].is_late


def test_the_delay_set_on_their_side_is_no_lateness():
    [told] = against([alarm(35)], case(PROBE, 0, 60), terms=Terms(patience_ms=30 * MINUTE)).told
    assert (told.late_ms, told.is_late) == (5 * MINUTE, False)


def test_it_is_late_by_when_people_heard_of_it():
    [told] = against([alarm(0, 60, told=at(45))], case(PROBE, 0, 60)).told
    assert (told.late_ms, told.is_late) == (45 * MINUTE, True)


def test_an_alarm_that_came_when_it_was_over_is_late_and_no_invention():
    parallel = against([alarm(300)], case(PROBE, 0, 60))
    assert [(told.is_late, told.was_over) for told in parallel.told] == [(True, True)]
    assert (parallel.missed, parallel.invented) == ([], [])


def test_an_alarm_days_later_is_an_invention():
    parallel = against([alarm(26 * 60)], case(PROBE, 0, 60))
    assert (len(parallel.missed), len(parallel.invented)) == (1, 1)


def test_what_no_alarm_told_was_missed():
    [missed] = against([alarm(0, name=OTHER, kind="低温")], case(PROBE, 0, 60)).missed
    assert (missed.is_within_patience, missed.is_named) == (False, False)


def test_what_was_shorter_than_their_delay_is_missed_and_said_so():
    [missed] = against([], case(PROBE, 0, 20), terms=Terms(patience_ms=30 * MINUTE)).missed
    assert missed.is_within_patience


def test_an_alarm_that_may_stand_in_another_month_s_export_is_not_missed():
    before, after = case(PROBE, -70, -50), case(PROBE, 1995, 1999)
    parallel = against([], before, after)
    assert (parallel.undecided, parallel.missed) == ([before, after], [])
    assert against([alarm(-75)], before).told[0].case == before


def test_faults_of_our_own_probes_are_not_for_others_to_tell():
    assert against([], case(PROBE, 0, 60, kind=Kind.FLAT_LINE)).missed == []


def test_a_heat_alarm_tells_no_frost():
    parallel = against([alarm(0, 60)], case(PROBE, 0, 60, kind=Kind.FREEZE))
    assert (len(parallel.missed), len(parallel.invented)) == (1, 1)


def test_an_alarm_without_a_kind_tells_heat_and_frost():
    assert len(against([alarm(0, 60, kind="")], case(PROBE, 0, 60, kind=Kind.FREEZE)).told) == 1


def test_an_alarm_while_all_was_well_is_invented():
    assert [placed.alarm.line for placed in against([alarm(500, line=7)], case(OTHER, 0, 60)).invented] == [7]


def test_where_we_had_no_readings_nobody_knows():
    ours = Ours((), {PROBE: heard(*range(60), *range(600, 700))}, JUDGED, names_of_channels([PROBE]))
    parallel = hold_against([alarm(100, 200), alarm(650), alarm(9000)], ours, Terms())
    assert [placed.alarm.start for placed in parallel.invented] == [at(650)]
    assert {unjudged.why for unjudged in parallel.unjudged} == {"we have no readings of that time"}
    assert len(parallel.unjudged) == 2


def test_the_second_alarm_about_the_same_is_doubled():
    parallel = against([alarm(5), alarm(125), alarm(245)], case(PROBE, 0, 300))
    assert [placed.alarm.start for placed in parallel.doubled] == [at(125), at(245)]
    assert parallel.told[0].placed.alarm.start == at(5)


def test_one_alarm_may_tell_several_excursions():
    parallel = against([alarm(0, 100)], case(PROBE, 0, 30), case(PROBE, 50, 90))
    assert (len(parallel.told), parallel.doubled, parallel.missed) == (2, [], [])


def test_an_alarm_about_what_is_only_recorded_is_needless():
    parallel = against([alarm(0)], case(PROBE, 0, 5, severity=Severity.NOTE))
    assert (parallel.told, parallel.missed, parallel.invented) == ([], [], [])
    assert len(parallel.needless) == 1


def test_what_is_only_recorded_excuses_no_later_invention():
    assert len(against([alarm(120)], case(PROBE, 0, 5, severity=Severity.NOTE)).invented) == 1


def test_notes_ought_to_be_told_where_that_is_asked():
    assert len(against([], case(PROBE, 0, 5, severity=Severity.NOTE), terms=Terms(least=Severity.NOTE)).missed) == 1


def test_two_clocks_may_differ_by_the_tolerance():
    early = case(PROBE, 0, 60)
    assert against([alarm(-15, -10)], early).told[0].late_ms == -15 * MINUTE
    assert len(against([alarm(-15, -11)], early).invented) == 1


def test_an_alarm_finds_its_channel_by_the_device_or_a_given_name():
    for name in ("gw-1/a", "A", "一号冰箱", " 一号 冰箱 "):
        assert len(against([alarm(0, 10, name=name)], case(PROBE, 0, 60)).told) == 1


def test_a_name_given_for_two_channels_tells_both():
    parallel = against([alarm(0, 60, name="冰箱")], case(PROBE, 0, 60), case(OTHER, 0, 60))
    assert [told.case.channel for told in parallel.told] == [PROBE, OTHER]


def test_a_door_alarm_of_a_device_is_about_its_door():
    door = case(DOOR, 0, 10, rule="watch/door", kind=Kind.DOOR_OPEN)
    assert len(against([alarm(2, name="gw-1/a", kind="门未关")], door).told) == 1


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("nobody", "高温", "the name is nobody's here"),
        (PROBE, "断电", "these rules judge nothing of that kind there"),
        (PROBE, "低湿", "these rules judge nothing of that kind there"),
    ],
)
def test_what_is_not_judged_is_said_why(name: str, kind: str, why: str):
    parallel = against([alarm(0, name=name, kind=kind)])
    assert ([unjudged.why for unjudged in parallel.unjudged], parallel.invented) == ([why], [])


def test_a_name_that_may_mean_two_things_is_not_guessed():
    names = names_of_channels([PROBE, "gw-2/a/temperature"])
    ours = Ours((), {}, {PROBE: HOT, "gw-2/a/temperature": HOT}, names)
    [unjudged] = hold_against([alarm(0, name="a")], ours, Terms()).unjudged
    assert unjudged.why == "the name may mean 2 things"


def test_totals_are_by_channel_and_over_all():
    alarms = [alarm(5), alarm(30, line=90), alarm(500), alarm(700, name=OTHER), alarm(0, name="?")]
    shape = parallel_of(against(alarms, case(PROBE, 0, 60), case(OTHER, 0, 60), case(OTHER, 200, 260)))
    whole = {"excursions": 3, "told": 2, "late": 1, "missed": 1, "invented": 1, "doubled": 1, "needless": 0}
    assert shape["totals"] == {**whole, "undecided": 0, "unjudged": 1, "median_late_min": 252.5, "most_late_min": 500}
    assert [row["channel"] for row in shape["channels"]] == [PROBE, OTHER]


def test_without_any_alarm_or_excursion_the_totals_are_nought():
    assert parallel_of(against([]))["totals"]["missed"] == 0
