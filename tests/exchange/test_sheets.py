"""The door to sheets, with files as programs write them."""

import io
import zipfile
from datetime import date, datetime

import pytest

from coldchain import sheets
from coldchain.errors import BadInput
from coldchain.sheets import Cell

ROWS = [["疫苗名称", "数量"], ["乙肝疫苗", "120"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_whatever_form_a_chinese_computer_writes_it(encoding: str, delimiter: str):
    content = "\r\n".join(delimiter.join(row) for row in ROWS).encode(encoding)
    assert sheets.read(content)[0].rows == ROWS


def test_a_workbook_comes_back_as_it_was_written():
    at = datetime(2026, 7, 3, 8, 30)  # noqa: DTZ001 - a sheet knows no zone
    head: list[Cell] = ["批号", "效期", "收货", "数量"]
    row: list[Cell] = ["0012", date(2027, 6, 30), at, 120.0]
    assert sheets.read(sheets.write_xlsx([("库存", [head, row])])) == [sheets.Sheet("库存", [head, row])]


def test_what_a_spreadsheet_would_run_stays_text():
    evil = "=HYPERLINK(1)"
    assert sheets.read(sheets.write_xlsx([("a", [["x"], [evil]])]))[0].rows[1] == [evil]
    assert sheets.write_csv([[evil]]).decode("utf-8-sig").startswith("'=HYPER")


def test_negative_numbers_stay_numbers():
    assert sheets.write_csv([[-3.5, None]]).decode("utf-8-sig") == "-3.5,\r\n"


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04broken", "it is damaged"),
        (b"\xd0\xcf\x11\xe0broken", "it cannot be read"),
        (b"\x00\x01\x02\xff", "it is neither a sheet nor text"),
        (b"x" * (sheets.LARGEST + 1), "it has 20 MB"),
        (b"a\n" * (sheets.MOST_ROWS + 1), "it has 100001 rows"),
        (b"," * 600, "it has 601 columns"),
    ],
)
def test_what_is_no_sheet_is_refused_with_the_cure(content: bytes, wrong: str):
    with pytest.raises(BadInput, match=wrong):
        sheets.read(content, "file.csv")


def test_a_small_file_that_unfolds_to_gigabytes_is_refused_unread():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as inside:
        for n in range(3):
            inside.writestr(f"xl/{n}.xml", bytes(80 * 1024 * 1024))
    with pytest.raises(BadInput, match="it unfolds to 240 MB"):
        sheets.read(bomb.getvalue())
