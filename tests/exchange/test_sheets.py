"""The door to sheets, with files as programs write them."""

import io
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from coldchain import sheets
from coldchain.errors import BadInput
from coldchain.sheets import Cell
from coldchain.sheets.words import FORMULA

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


def test_a_cell_said_to_stand_in_the_last_row_and_column_ends_a_process_and_not_ours():
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write(1_048_575, 16_383, 1)
    with pytest.raises(BadInput, match="it unfolds to more than can be held"):
        sheets.read(book.getvalue())


def test_more_cells_than_are_taken_are_refused_though_rows_and_columns_are_not_too_many():
    with pytest.raises(BadInput, match="it has 10001 rows of 500 columns"):
        sheets.read(b"," * 499 + b"\n" + b"a\n" * 10_000 + b"," * 499)


def test_a_hidden_sheet_is_marked():
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        made.add_worksheet("a").write(0, 0, 1)
        made.add_worksheet("b").hide()
    assert [(sheet.name, sheet.is_hidden) for sheet in sheets.read(book.getvalue())] == [("a", False), ("b", True)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sep=;\r\na;b\r\n1,5;2\r\n", [[], ["a", "b"], ["1,5", "2"]]),
        ('单位编码;地址\nF1;"a,b,c,d,e"\nF2;g,h,i,j\n', [["单位编码", "地址"], ["F1", "a,b,c,d,e"], ["F2", "g,h,i,j"]]),
        ("a|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        ('批号,x\n="0012",1\n', [["批号", "x"], ["0012", "1"]]),
    ],
)
def test_csv_is_cut_where_its_rows_are_alike(text: str, rows: list[list[Cell]]):
    assert sheets.read(text.encode())[0].rows == rows


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"\xef\xbb\xbf<html><table><tr><td>x</td></tr></table>", "a web page"),
        (b'<?xml version="1.0"?><Workbook/>', "a web page"),
        (b"%PDF-1.7", "a PDF"),
        (b"\n" * sheets.LARGEST, "it has 100001 rows"),
    ],
)
def test_what_only_bears_a_sheets_name_is_told_for_what_it_is(content: bytes, wrong: str):
    with pytest.raises(BadInput, match=wrong):
        sheets.read(content, "stock.xls")


@pytest.mark.parametrize("text", ["=1+1", "'=1", "''=1", "＝1", "\n=1", "-x", "+86 138", "@x", "plain", "it's"])
def test_whatever_is_written_as_csv_is_read_as_it_was_and_never_run(text: str):
    content = sheets.write_csv([["x", text]])
    assert sheets.read(content)[0].rows == [["x", text]]
    assert not content.decode("utf-8-sig").split(",")[1].strip('"').startswith(FORMULA)


def test_a_text_too_long_for_a_cell_is_refused_and_not_cut():
    with pytest.raises(BadInput, match="row 2 has a text of 32768 characters"):
        sheets.write_xlsx([("a", [["x"], ["y" * 32_768]])])
