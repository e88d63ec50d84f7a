"""Readings from a CSV: any order, any of three ways to write a time, any way a text is kept, each wrong row by its line."""

import gzip
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.replay import files
from alerting.replay.files import read_csv
from alerting.replay.moments import Moments
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.reading import Fault, Trace
from tests.alerting.cast import MINUTE, T0

SHANGHAI = Moments(ZoneInfo("Asia/Shanghai"))
BERLIN = Moments(ZoneInfo("Europe/Berlin"))
ROWS = [("f1", T0 + i * MINUTE, 4.0 + i / 100) for i in range(50)]
MIXED = [("f1,2026-07-03 16:00,5.1"), ("f1,2026/7/3 16:01,5.2"), ("f1,2026年7月3日 16时2分,5.3")]


def write(path: Path, rows: list[tuple[str, object, object]], *, header: bool = True) -> Path:
    lines = ["channel,time,value"] if header else []
    path.write_text("\n".join([*lines, *(f"{c},{t},{v}" for c, t, v in rows)]) + "\n", encoding="utf-8")
    return path


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path, moments: Moments = files.UTC_ONLY) -> str:
    with pytest.raises(BadInput) as caught:
        read_csv(path, moments)
    return str(caught.value)


def test_rows_become_a_trace_of_each_channel(tmp_path: Path):
    [a, b] = read_csv(write(tmp_path / "a.csv", [("f2", T0, 5.0), ("f1", T0, ""), ("f2", T0 + 1, 6)]))
    assert a == Trace("f1", [T0], [None], [int(Fault.NOT_A_NUMBER)])
    assert b == Trace("f2", [T0, T0 + 1], [5.0, 6.0], [0, 0])


def test_the_order_of_rows_changes_nothing(tmp_path: Path):
    shuffled = [*ROWS, *ROWS[:9]]
    random.Random(1).shuffle(shuffled)
    assert read_csv(write(tmp_path / "a.csv", list(ROWS))) == read_csv(write(tmp_path / "b.csv", list(shuffled)))


def test_the_first_of_two_values_at_one_time_holds(tmp_path: Path):
    rows = [("f1", T0 + MINUTE, 5.0), ("f1", T0, 4.0), ("f1", T0 + MINUTE, 9.0)]
    [trace] = read_csv(write(tmp_path / "a.csv", list(rows)))
    assert trace.v == [4.0, 5.0]


def test_the_first_value_holds_also_where_it_is_a_fault(tmp_path: Path):
    [trace] = read_csv(write(tmp_path / "a.csv", [("f1", T0, ""), ("f1", T0, 5.0)]))
    assert trace.v == [None]


def test_many_rows_at_once_and_one_by_one_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(tmp_path / "a.csv", [*ROWS, (" f1 ", f" {T0 - MINUTE} ", " 3.0 "), ("f3", iso(T0), " ")])
    whole = read_csv(path)
    monkeypatch.setattr(files, "AT_ONCE", 1)
    assert read_csv(path) == whole
    assert (whole[0].t[0], whole[1].q) == (T0 - MINUTE, [int(Fault.NOT_A_NUMBER)])


def test_times_may_be_ms_or_iso_in_one_file(tmp_path: Path):
    rows = [("f1", iso(t) if i % 2 else t, v) for i, (_, t, v) in enumerate(ROWS)]
    assert read_csv(write(tmp_path / "a.csv", list(rows))) == read_csv(write(tmp_path / "b.csv", list(ROWS)))


def test_local_times_need_a_time_zone(tmp_path: Path):
    path = written(tmp_path / "a.csv", "f1,2026-07-03 16:00,5\n")
    assert ":1: time: '2026-07-03 16:00' has no offset; add +08:00 or Z, or name the zone" in refusal(path)
    assert read_csv(path, SHANGHAI)[0].t == [1783065600000]


def test_a_spreadsheet_may_write_local_times_its_own_way(tmp_path: Path):
    [trace] = read_csv(written(tmp_path / "a.csv", "\n".join(MIXED)), SHANGHAI)
    assert trace.t == [1783065600000 + i * MINUTE for i in range(3)]


def test_an_offset_is_believed_whatever_the_zone(tmp_path: Path):
    path = written(tmp_path / "a.csv", "f1,2026-07-03T16:00:00+08:00,5\nf1,2026-07-03 16:01,5\n")
    assert read_csv(path, BERLIN)[0].t == [1783065600000, 1783087260000]


@pytest.mark.parametrize("time", ["2026-10-25 02:30", "2026-03-29 02:30"])
def test_a_local_time_that_is_twice_or_never_is_refused(tmp_path: Path, time: str):
    assert "is not one moment in Europe/Berlin" in refusal(written(tmp_path / "a.csv", f"f1,{time},5\n"), BERLIN)


def test_a_header_a_byte_order_mark_and_blank_lines_are_passed_over(tmp_path: Path):
    path = written(tmp_path / "a.csv", f"\ufeffChannel, Time ,value\n\nf1,{T0},5\n\n\n")
    assert read_csv(path) == [Trace("f1", [T0], [5.0], [0])]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_chinese_names_are_read_in_any_of_their_codes(tmp_path: Path, encoding: str):
    path = tmp_path / "a.csv"
    path.write_bytes(f"一号冰箱,{T0},5\n".encode(encoding))
    assert read_csv(path)[0].channel == "一号冰箱"


def test_a_gzipped_file_is_read_whatever_its_name(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(f"f1,{T0},5\n".encode()))
    assert read_csv(path) == [Trace("f1", [T0], [5.0], [0])]


def test_a_damaged_gzip_is_said_so(tmp_path: Path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"f1,1,5\n" * 1000)[:40])
    assert "damaged gzip" in refusal(path)


def test_a_workbook_is_asked_for_as_csv(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 and so on")
    assert "save it as CSV" in refusal(path)


def test_a_file_that_is_no_text_is_said_so(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xff\x00\x81")
    assert "neither UTF-8 nor GB 18030" in refusal(path)


def test_a_file_that_is_not_what_its_mark_says_is_said_so(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbff1,\xff\xff,5\n")
    assert "is not the utf-8 that it says it is" in refusal(path)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    assert "name a file that can be read" in refusal(tmp_path / "none.csv")


@pytest.mark.parametrize("text", ["", "channel,time,value\n", "\n\n"])
def test_a_file_without_a_reading_is_refused_rather_than_found_to_be_well(tmp_path: Path, text: str):
    assert "has no reading; write channel,time,value" in refusal(written(tmp_path / "a.csv", text))


def test_columns_in_another_order_are_said_and_not_guessed(tmp_path: Path):
    path = written(tmp_path / "a.csv", f"time,channel,value\n{T0},f1,5\n")
    assert ":1: header: says time, channel, value; let channel, time, value be the columns" in refusal(path)


def test_a_header_with_more_columns_is_said(tmp_path: Path):
    path = written(tmp_path / "a.csv", f"channel,time,value,unit\nf1,{T0},5,C\n")
    assert "header: says channel, time, value, unit" in refusal(path)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("f1,2026-07-03T00:00:00,5", ":3: time: '2026-07-03T00:00:00' has no offset"),
        ("f1,²,5", ":3: time: '²' is no time"),
        (f"f1,{T0}000,5", f":3: time: {T0}000 ms is in no year from 1 to 9999; write ms since 1970, not µs or ns"),
        (f"f1,{T0 // 1000},5", f":3: time: {T0 // 1000} is in seconds; write ms since 1970, three digits more"),
        ("f1,yesterday,5", ":3: time: 'yesterday' is no time"),
        ("f1,2026-02-30 10:00,5", ":3: time: '2026-02-30 10:00' is no time"),
        (f"f1,{T0},warm", ":3: value: 'warm' is no number"),
        (f"f1,{T0},1_0", ":3: value: '1_0' is no number"),
        (f"f1,{T0}", ":3: row: 2 columns; write channel,time,value with commas"),
        (f"f1;{T0};5", ":3: row: 1 columns"),
        (f",{T0},5", ":3: channel: is empty"),
    ],
)
def test_a_wrong_row_is_refused_by_its_line(tmp_path: Path, row: str, words: str):
    assert words in refusal(written(tmp_path / "a.csv", f"channel,time,value\nf1,{T0 - 1},5\n{row}\n"))


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "99999", "85.0"])
def test_a_number_that_is_no_temperature_is_a_fault(tmp_path: Path, value: str):
    [trace] = read_csv(write(tmp_path / "a.csv", [("f1", T0, value)]))
    assert trace.v == [None]
    assert trace.q != [0]


def test_a_humidity_has_limits_of_its_own(tmp_path: Path):
    [trace] = read_csv(write(tmp_path / "a.csv", [("gw-1/a/humidity", T0, 95)]))
    assert trace.q == [0]


def test_rows_are_counted_while_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "AT_ONCE", 20)
    counts: list[int] = []
    read_csv(write(tmp_path / "a.csv", list(ROWS)), tell=counts.append)
    assert counts == [20, 40, 51]
