"""Rows as XLSX and CSV, so that whatever opens them shows what stands in them and runs nothing of it."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, Final

import xlsxwriter

from coldchain.errors import BadInput
from coldchain.sheets.words import FORMULA, Cell, Row

LONGEST: Final = 32_767  # characters of a cell of XLSX
_OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}


def write_xlsx(sheets: Iterable[tuple[str, Iterable[Row]]]) -> bytes:
    """A workbook; text stays text whatever it begins with, the first row of each sheet stays in sight.

    Raises:
        BadInput: when a text is longer than a cell may be: nothing is cut off in silence.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, rows in sheets:
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            for n, row in enumerate(rows):
                for column, cell in enumerate(row):
                    _write(sheet, (n, column), cell, head if n == 0 else None, (day, moment))
    return target.getvalue()


def write_csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 with BOM, as Excel wants it to show Chinese; text that a spreadsheet would run is quoted with an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def _write(sheet: Any, place: tuple[int, int], cell: Cell, head: Any, dated: tuple[Any, Any]) -> None:  # noqa: ANN401
    # xlsxwriter has no types
    if isinstance(cell, datetime):
        sheet.write_datetime(*place, cell.replace(tzinfo=None), dated[1])
    elif isinstance(cell, date):
        sheet.write_datetime(*place, datetime.combine(cell, time()), dated[0])
    elif isinstance(cell, str) and len(cell) > LONGEST:
        wrong = f"row {place[0] + 1} has a text of {len(cell)} characters, more than a cell of XLSX may have"
        raise BadInput("format", wrong, "ask for csv or json")
    elif cell is not None:
        sheet.write(*place, cell, *([head] if head else []))


def _harmless(cell: Cell) -> object:
    """What `texts` reads as it was: an apostrophe before what would be run, and before one that stood there already."""
    if isinstance(cell, str) and cell.lstrip("'").startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
