"""`coldchain replay` over a file: the shape of the API, other rules and other platforms beside it, each wrong option named."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from alerting.cli import replay
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import load_pack
from alerting.excursion.stretch import stretches_of
from alerting.replay.whatif import Trial, WhatIf
from alerting.replay.whatif import replay as what_if
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.reading import Trace
from tests.alerting.cast import HOUR, MINUTE, T0
from tests.alerting.replay_cast import export, local

ROWS = [("f1", T0 + i * MINUTE, 9.0 if 3 <= i < 40 else 5.0) for i in range(60)]
DUTIFUL = """
pack = "duty"
title_zh = "责"
title_en = "duty"
[[version]]
version = "1"
valid_from = 2020-01-01T00:00:00Z
source = "s"
[version.duty]
normal_min = 5
[[version.rule]]
name = "heat"
kind = "heat"
profile = "2-8"
operator = ">"
limit_c = 8.0
[[version]]
version = "2"
valid_from = 2021-01-01T00:00:00Z
source = "s"
[[version.rule]]
name = "heat"
kind = "heat"
profile = "2-8"
operator = ">"
limit_c = 9.5
"""


def write(path: Path, rows: list[tuple[str, object, object]]) -> Path:
    path.write_text("channel,time,value\n" + "".join(f"{c},{t},{v}\n" for c, t, v in rows), encoding="utf-8")
    return path


def invoke(path: Path, *more: str, rules: str = "cn-2017") -> Result:
    return CliRunner().invoke(replay, ["--csv", str(path), "--rules", rules, *more])


def answer(path: Path, *more: str, rules: str = "cn-2017") -> dict[str, Any]:
    result = invoke(path, "--json", *more, rules=rules)
    assert result.exit_code == 0, result.output
    read: dict[str, Any] = json.loads(result.stdout)
    return read


def run(path: Path, *more: str, rules: str = "cn-2017") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answer(path, *more, rules=rules)["items"]
    return items


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "a.csv", list(ROWS))


def test_it_prints_the_api_s_shape(file: Path):
    [item] = run(file)
    assert item["start"] == {"known_good": iso(T0 + 2 * MINUTE), "first_bad": iso(T0 + 3 * MINUTE)}
    assert item["end"] == {"last_bad": iso(T0 + 39 * MINUTE), "known_good": iso(T0 + 40 * MINUTE)}
    assert (item["kind"], item["severity"], item["state"]) == ("heat", "warning", "closed")
    assert (item["equipment"], item["lots"], item["lots_known"]) == (None, [], "no")
    assert item["minutes_out"] == 36.5


def test_the_answer_is_the_same_byte_for_byte(file: Path):
    assert invoke(file, "--json").stdout == invoke(file, "--json").stdout


def test_faults_are_time_of_which_nothing_is_known(tmp_path: Path):
    rows = [(c, t, "" if 10 <= i < 20 else v) for i, (c, t, v) in enumerate(ROWS)]
    [item] = run(write(tmp_path / "a.csv", list(rows)))
    assert (item["minutes_out"], item["minutes_unknown"]) == (25.5, 11)


def test_the_interval_is_the_median_spacing_or_what_is_asked(tmp_path: Path):
    sparse = write(tmp_path / "a.csv", [("f1", T0 + i * 10 * MINUTE, 9.0) for i in range(4)])
    assert run(sparse)[0]["minutes_out"] == 30
    assert run(sparse, "--interval", "60")[0]["minutes_unknown"] == 30


def test_the_profile_says_which_limits_are_meant(file: Path):
    assert [item["rule"] for item in run(file, "--profile", "frozen")] == ["cn-2017/thaw"]


def test_the_policy_says_how_loud_it_is(file: Path, tmp_path: Path):
    quiet = tmp_path / "quiet.toml"
    quiet.write_text(
        'policy = "quiet"\nsilence_while_out = "note"\n[[when]]\nkinds = ["heat"]\nseverity = "note"\nafter_min = 0\n'
    )
    assert [item["severity"] for item in run(file, "--policy", str(quiet))] == ["note"]


def test_several_packs_judge_together(file: Path):
    rules = {item["rule"] for item in run(file, "--rules", "watch")}
    assert rules == {"cn-2017/heat"}
    assert {item["rule"] for item in run(file, "--rules", "who-pqs", "--interval", "3600")} == {"cn-2017/heat"}


def test_an_open_door_is_judged_as_a_door(tmp_path: Path):
    door = write(tmp_path / "a.csv", [("gw-1/a/door", T0 + i * MINUTE, int(1 <= i < 9)) for i in range(12)])
    [item] = run(door, rules="watch")
    assert (item["kind"], item["extreme_c"]) == ("door_open", None)


def test_other_quantities_are_not_judged_as_temperatures(tmp_path: Path):
    assert run(write(tmp_path / "a.csv", [("gw-1/a/humidity", T0 + i * MINUTE, 60) for i in range(9)])) == []


def test_a_rule_for_a_type_of_equipment_needs_the_type(tmp_path: Path):
    flat = write(tmp_path / "a.csv", [("f1", T0 + i * MINUTE, 5.0) for i in range(400)])
    assert run(flat, rules="watch") == []
    assert [item["kind"] for item in run(flat, "--type", "medical_fridge", rules="watch")] == ["flat_line"]


def test_a_shipping_indicator_begins_with_the_first_reading_of_its_channel(tmp_path: Path):
    rows = [("box", T0 + i * HOUR // 2, 31.0) for i in range(60)]
    rows += [("later", T0 + 7 * 24 * HOUR + i * HOUR // 2, 31.0) for i in range(60)]
    items = run(write(tmp_path / "a.csv", list(rows)), rules="who-shipping-1")
    assert {(item["channel"], item["start"]["first_bad"]) for item in items if item["kind"] == "cumulative_heat"} == {
        ("box", iso(T0)),
        ("later", iso(T0 + 7 * 24 * HOUR)),
    }


def test_without_json_it_prints_a_table_in_the_zone_s_time(file: Path):
    lines = invoke(file, "--time-zone", "Asia/Shanghai").stdout.splitlines()
    assert lines[0].startswith("first bad               until                   channel  rule")
    assert lines[1].startswith("2026-06-29 10:43+08:00  2026-06-29 11:19+08:00  f1       cn-2017/heat")


def test_no_excursions_are_said_so(tmp_path: Path):
    assert invoke(write(tmp_path / "a.csv", [("f1", T0, 5.0)]), rules="who-pqs").stdout == "no excursions\n"


def test_the_figures_go_to_standard_error(file: Path):
    assert "replay: channels=1 readings=60 read_s=" in invoke(file).stderr


def test_progress_is_shown_where_it_is_asked_for(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("alerting.replay.progress.EVERY_S", 0)
    assert "replay: 61 rows read" in invoke(file, "--progress").stderr
    assert "rows read" not in invoke(file).stderr


def test_slices_of_a_trace_give_what_the_whole_gives():
    asked = WhatIf({"cn-2017": load_pack("cn-2017")}, load_policy("default"))
    trace = Trace("f1", [t for _, t, _ in ROWS], [v for _, _, v in ROWS], [0] * len(ROWS))
    outcome = what_if([trace], [asked])
    [stay] = outcome.stays["f1"]
    whole, sliced = (Trial("f1", stretches_of([stay], asked.packs or {})) for _ in range(2))
    whole.take(trace)
    for at in range(len(trace)):
        sliced.take(Trace("f1", trace.t[at : at + 1], trace.v[at : at + 1], trace.q[at : at + 1]))
    assert list(sliced.verdicts.values()) == list(whole.verdicts.values())
    assert len(outcome.runs[0]) == len(whole.verdicts) == 1


# other rules


@pytest.fixture
def dutiful(tmp_path: Path) -> str:
    path = tmp_path / "duty.toml"
    path.write_text(DUTIFUL, encoding="utf-8")
    return str(path)


def test_it_lists_what_another_pack_would_change(file: Path):
    compared = answer(file, "--compare", "who-pqs")["compare"]
    assert (compared["with"], compared["new"], compared["changed"], compared["same"]) == (["who-pqs"], [], [], 0)
    assert [item["rule"] for item in compared["gone"]] == ["cn-2017/heat"]


def test_it_lists_what_another_version_would_change(file: Path, dutiful: str):
    assert run(file, rules=dutiful) == []
    compared = answer(file, "--compare", f"{dutiful}@1", rules=dutiful)["compare"]
    assert [(item["rule"], item["minutes_out"]) for item in compared["new"]] == [("duty/heat", 36.5)]


def test_it_lists_what_another_policy_would_change(file: Path, tmp_path: Path):
    quiet = tmp_path / "quiet.toml"
    quiet.write_text(
        'policy = "quiet"\nsilence_while_out = "note"\n[[when]]\nkinds = ["heat"]\nseverity = "note"\nafter_min = 0\n'
    )
    [change] = answer(file, "--compare-policy", str(quiet))["compare"]["changed"]
    assert change["fields"]["severity"] == ["warning", "note"]


def test_a_comparison_is_a_table_for_people(file: Path):
    lines = invoke(file, "--compare", "who-pqs").stdout.splitlines()
    assert lines[1].startswith("gone  2026-06-29 10:43+08:00")
    assert lines[-1] == "with who-pqs: 0 new, 1 gone, 0 changed, 0 the same"


def test_the_duty_to_record_is_held_against_the_pauses(tmp_path: Path, dutiful: str):
    rows = [("f1", T0 + i * MINUTE, 5.0) for i in (0, 1, 2, 8, 9)]
    [row] = answer(write(tmp_path / "a.csv", list(rows)), rules=f"{dutiful}@1")["recording"]
    assert (row["channel"], row["pack"], row["duty_min"], row["pauses_beyond"]) == ("f1", "duty", 5, 1)
    assert (row["longest_pause_min"], row["longest_pause_from"]) == (6, iso(T0 + 2 * MINUTE))


def test_who_kept_the_duty_is_said_to_people(tmp_path: Path, dutiful: str):
    rows = [(channel, T0 + i * MINUTE, 5.0) for channel in ("a", "b") for i in (0, 1, 2, 8 if channel == "a" else 3)]
    lines = invoke(write(tmp_path / "a.csv", list(rows)), rules=f"{dutiful}@1").stdout.splitlines()
    assert lines[:3] == ["no excursions", "", "duty to record of duty: kept by 1 of 2 channels"]
    assert lines[4].split()[:4] == ["a", "duty", "6", "min"]


def test_without_a_duty_nothing_is_said_of_recording(file: Path):
    assert "recording" not in answer(file, rules="who-pqs")


def test_what_no_rule_is_about_is_not_said_to_be_well(file: Path):
    result = invoke(file, "--profile", "frozen", rules="who-pqs")
    assert result.stdout == "nothing was judged: these rules are about nothing that was read\n"
    assert "replay: no rule is about 1 of 1 channels of temperatures: f1\n" in result.stderr


def test_a_channel_that_no_rule_is_about_is_named_beside_those_that_are_judged(tmp_path: Path):
    rows = [(channel, T0, 5.0) for channel in ("f1", "gw-1/a/door", "gw-1/a/humidity")]
    result = invoke(write(tmp_path / "a.csv", list(rows)), rules="who-pqs")
    assert result.stdout == "no excursions\n"
    assert "no rule" not in result.stderr  # a door is no temperature: its rules are in other packs


# another platform


def test_names_by_hand_that_are_nobody_s_are_said(file: Path, tmp_path: Path):
    theirs = export(tmp_path / "v.csv", "设备名称,报警时间", f"一号,{local(10)}")
    names = export(tmp_path / "n.csv", "theirs,ours", "一号,f1", "二号,f9")
    result = invoke(file, "--vendor", str(theirs), "--vendor-names", str(names))
    assert result.stderr.splitlines()[1:] == ["replay: --vendor-names: nothing here is called f9"]


def test_another_platform_s_alarms_are_held_against_ours(file: Path, tmp_path: Path):
    theirs = export(tmp_path / "v.csv", "设备名称,报警类型,报警时间", f"f1,高温,{local(33)}", f"f1,低温,{local(50)}")
    vendor = answer(file, "--vendor", str(theirs))["vendor"]
    [told] = vendor["told"]
    assert (told["late_min"], told["late"], told["alarm"]["line"]) == (30, True, 2)
    assert (vendor["totals"]["invented"], vendor["totals"]["missed"]) == (1, 0)


def test_their_names_and_columns_may_be_given(file: Path, tmp_path: Path):
    names = export(tmp_path / "n.csv", "冰箱甲,f1")
    theirs = export(tmp_path / "v.csv", "谁,何时", f"冰箱甲,{local(5)}")
    options = ("--vendor", str(theirs), "--vendor-names", str(names), "--vendor-columns", "channel=谁,start=何时")
    assert answer(file, *options)["vendor"]["totals"]["told"] == 1


def test_the_parallel_month_is_a_report_for_people(file: Path, tmp_path: Path):
    theirs = export(tmp_path / "v.csv", "设备,报警时间", f"f1,{local(30)}", f"谁,{local(31)}")
    text = invoke(file, "--vendor", str(theirs)).stdout
    assert "late by" in text
    assert "the name is nobody's here" in text
    assert text.splitlines()[-1] == "late by 27 min in the middle, by 27 min at most"


# wrong options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--compare", "who-pqs", "--vendor", "v.csv"], "--compare: stands beside --vendor"),
        (["--equipment", "F1"], "--equipment: means nothing beside --csv"),
        (["--start", "2026-07-01"], "--start: means nothing beside --csv"),
        (["--vendor-names", "n.csv"], "--vendor-names: means nothing without --vendor; name the other platform's"),
        (["--vendor-late", "30"], "--vendor-late: means nothing without --vendor"),
        (["--interval", "0"], "--interval: 0 s is no interval"),
        (["--profile", "warm"], "profile: 'warm' is unknown"),
        (["--type", "fridge"], "--type: 'fridge' is no type of equipment"),
        (["--rules", "cn-2017"], "--rules: cn-2017 is there twice"),
        (["--compare", "cn-2017@1999"], "--compare: cn-2017 has no version '1999'; use one of 2017"),
        (["--time-zone", "Mars/Base"], "--time-zone: 'Mars/Base' is no time zone"),
        (["--vendor", "v.csv", "--vendor-from", "loud"], "--vendor-from: 'loud' is no severity"),
        (["--vendor", "v.csv", "--vendor-tolerance", "-1"], "--vendor-tolerance: -1 minutes is negative"),
        (["--vendor", "none.csv"], "vendor: none.csv: No such file or directory"),
    ],
)
def test_a_wrong_option_is_named(file: Path, options: list[str], words: str):
    result = invoke(file, *options)
    assert isinstance(result.exception, BadInput)
    assert words in str(result.exception)


def test_wrong_options_are_found_before_the_long_part(tmp_path: Path):
    result = invoke(tmp_path / "none.csv", "--vendor", "v.csv", "--vendor-late", "-1")
    assert "--vendor-late: -1 minutes is negative" in str(result.exception)


def test_a_file_needs_rules(file: Path):
    result = CliRunner().invoke(replay, ["--csv", str(file)])
    assert "--rules: is missing" in str(result.exception)
