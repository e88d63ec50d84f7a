"""The door to sheets: XLSX, XLS, ODS and CSV as rows of cells, and rows as XLSX and CSV.

bytes ─► what kind? how large inside? ─► Sheet(name, rows of cells)          rows ─► XLSX | CSV bytes

Whatever a platform or a clinic's computer writes: with or without BOM, UTF-8, UTF-16 or GBK, commas, semicolons or tabs.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from coldchain.errors import BadInput

Cell = str | int | float | bool | date | datetime | time | timedelta | None
Row = Sequence[Cell]

LARGEST: Final = 20 * 1024 * 1024
LARGEST_INSIDE: Final = 200 * 1024 * 1024  # of what a compressed file holds
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 500
ENCODINGS: Final = ("utf-8-sig", "gb18030")  # the first that fits; GBK is what a Chinese Excel writes as CSV
HEAD: Final = 40  # lines of a text by which its delimiter is told
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run instead of show


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it stands in the file; `rows` from its first row on, the empty ones too."""

    name: str
    rows: list[list[Cell]]


def read(content: bytes, name: str = "") -> list[Sheet]:
    """All sheets of a file, of whatever kind it is by its content.

    Raises:
        BadInput: when it is too large, damaged, protected by a password, or no sheet at all.
    """
    if not content:
        raise _bad("it is empty", "send the file itself", name)
    if len(content) > LARGEST:
        raise _bad(f"it has {len(content) >> 20} MB", f"split it: at most {LARGEST >> 20} MB", name)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(content, name)
    return [Sheet("", _limited(_csv(_text(content, name), name), name))]


def write_xlsx(sheets: Iterable[tuple[str, Iterable[Row]]]) -> bytes:
    """A workbook; text stays text whatever it begins with, the first row of each sheet stays in sight."""
    target = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(target, options) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, rows in sheets:
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            for n, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(n, column, cell.replace(tzinfo=None), moment)
                    elif isinstance(cell, date):
                        sheet.write_datetime(n, column, datetime.combine(cell, time()), day)
                    elif cell is not None:
                        sheet.write(n, column, cell, *([head] if n == 0 else []))
    return target.getvalue()


def write_csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 with BOM, as Excel wants it to show Chinese; text that a spreadsheet would run is quoted with an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def _workbook(content: bytes, name: str) -> list[Sheet]:
    _check_inside(content, name)
    try:
        with CalamineWorkbook.from_object(io.BytesIO(content)) as book:
            sheets = [(title, book.get_sheet_by_name(title)) for title in book.sheet_names]
            return [
                Sheet(title, _limited([list(row) for row in sheet.to_python(skip_empty_area=False)], name))
                for title, sheet in sheets
                if _fits(sheet.total_height, sheet.total_width, name)
            ]
    except CalamineError as error:
        wrong = "it is protected by a password" if "assword" in str(error) else f"it cannot be read: {error}"
        raise _bad(wrong, "save it again as XLSX or CSV", name) from None


def _check_inside(content: bytes, name: str) -> None:
    """A small file may unfold to gigabytes."""
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as inside:
            size = sum(each.file_size for each in inside.infolist())
    except zipfile.BadZipFile:
        raise _bad("it is damaged", "save it again as XLSX or CSV", name) from None
    if size > LARGEST_INSIDE:
        raise _bad(f"it unfolds to {size >> 20} MB", "split it", name)


def _fits(height: int, width: int, name: str) -> bool:
    if height > MOST_ROWS:
        raise _bad(f"it has {height} rows", f"split it: at most {MOST_ROWS}", name)
    if width > MOST_COLUMNS:
        raise _bad(f"it has {width} columns", f"remove what stands beside the table: at most {MOST_COLUMNS}", name)
    return True


def _limited(rows: list[list[Cell]], name: str) -> list[list[Cell]]:
    _fits(len(rows), max(map(len, rows), default=0), name)
    return [[None if cell == "" else cell for cell in row] for row in rows]


def _text(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _bad("it is neither a sheet nor text in UTF-8, UTF-16 or GBK", "save it as XLSX, or as CSV in UTF-8", name)


def _csv(text: str, name: str) -> list[list[Cell]]:
    first = text.splitlines()[:HEAD]  # titles above the table have few of any, and a decimal comma is no delimiter
    delimiter = max(";\t,", key=lambda each: sum(line.count(each) for line in first))
    try:
        return [
            [_meant(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise _bad(f"it cannot be read: {error}", "save it again as CSV in UTF-8", name) from None


def _meant(cell: str) -> str:
    """Text without the apostrophe by which `write_csv` keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _bad(wrong: str, cure: str, name: str) -> BadInput:
    return BadInput("file", wrong, cure, where=name)
