"""`coldchain replay` over a file: the shape of the API, the same for any order of rows, each wrong row by its line."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alerting.cli import replay
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import load_pack
from alerting.replay import WhatIf, read_csv
from alerting.replay import replay as what_if
from coldchain.clock import iso
from coldchain.errors import BadInput
from tests.alerting.cast import MINUTE, T0

ROWS = [("f1", T0 + i * MINUTE, 9.0 if 3 <= i < 40 else 5.0) for i in range(60)]


def write(path: Path, rows: list[tuple[str, object, object]]) -> Path:
    path.write_text("channel,time,value\n" + "".join(f"{c},{t},{v}\n" for c, t, v in rows))
    return path


def run(path: Path, *more: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(replay, ["--csv", str(path), "--rules", "cn-2017", "--json", *more])
    assert result.exit_code == 0, result.output
    items: list[dict[str, Any]] = json.loads(result.stdout)["items"]
    return items


def test_it_prints_the_api_s_shape(tmp_path: Path):
    [item] = run(write(tmp_path / "a.csv", list(ROWS)))
    assert item["start"] == {"known_good": iso(T0 + 2 * MINUTE), "first_bad": iso(T0 + 3 * MINUTE)}
    assert item["end"] == {"last_bad": iso(T0 + 39 * MINUTE), "known_good": iso(T0 + 40 * MINUTE)}
    assert (item["kind"], item["severity"], item["state"]) == ("heat", "warning", "closed")
    assert (item["equipment"], item["lots"], item["lots_known"]) == (None, [], "no")
    assert item["minutes_out"] == 36.5


def test_the_order_of_rows_and_doubled_rows_change_nothing(tmp_path: Path):
    shuffled = [*ROWS, *ROWS[:20]]
    random.Random(1).shuffle(shuffled)
    assert run(write(tmp_path / "a.csv", list(ROWS))) == run(write(tmp_path / "b.csv", list(shuffled)))


def test_times_may_be_iso_and_values_may_be_missing(tmp_path: Path):
    rows = [(c, iso(t), "" if t == T0 + 10 * MINUTE else v) for c, t, v in ROWS]
    [item] = run(write(tmp_path / "a.csv", list(rows)))
    assert (item["minutes_out"], item["minutes_unknown"]) == (36.5, 0)


def test_the_interval_is_the_median_spacing_or_what_is_asked(tmp_path: Path):
    sparse = write(tmp_path / "a.csv", [("f1", T0 + i * 10 * MINUTE, 9.0) for i in range(4)])
    assert run(sparse)[0]["minutes_out"] == 30
    assert run(sparse, "--interval", "60")[0]["minutes_unknown"] == 30


def test_the_first_of_two_values_at_one_time_holds(tmp_path: Path):
    assert run(write(tmp_path / "a.csv", [("f1", T0, 5.0), ("f1", T0, 9.0)])) == []


def test_other_quantities_are_not_judged_as_temperatures(tmp_path: Path):
    assert run(write(tmp_path / "a.csv", [("gw-1/a/humidity", T0 + i * MINUTE, 60) for i in range(9)])) == []


def test_without_json_it_prints_lines_for_people(tmp_path: Path):
    path = write(tmp_path / "a.csv", list(ROWS))
    result = CliRunner().invoke(replay, ["--csv", str(path), "--rules", "cn-2017"])
    assert "rule=cn-2017/heat  state=closed  certainty=certain  extreme_c=9.0" in result.stdout


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("f1,2026-07-03T00:00:00,5", ":2: time: '2026-07-03T00:00:00' has no offset"),
        ("f1,yesterday,5", ":2: time: 'yesterday' is no time"),
        (f"f1,{T0},warm", ":2: value: 'warm' is no number"),
        (f"f1,{T0}", ":2: row: 2 columns; write channel,time,value"),
        (f",{T0},5", ":2: channel: is empty"),
    ],
)
def test_a_wrong_row_is_refused_by_its_line(tmp_path: Path, row: str, words: str):
    path = tmp_path / "a.csv"
    path.write_text(f"channel,time,value\n{row}\n")
    with pytest.raises(BadInput) as caught:
        read_csv(path)
    assert words in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "99999"])
def test_a_number_that_is_no_temperature_is_a_fault(tmp_path: Path, value: str):
    [trace] = read_csv(write(tmp_path / "a.csv", [("f1", T0, value)]))
    assert trace.v == [None]
    assert what_if([trace], WhatIf([load_pack("cn-2017")], load_policy("default"))) == []


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    with pytest.raises(BadInput, match="name a file that can be read"):
        read_csv(tmp_path / "none.csv")
