"""CSV, whatever computer wrote it: with or without BOM, UTF-8, UTF-16 or GBK; commas, semicolons, tabs or bars.

bytes ─► text ─► which delimiter makes a table of it? ─► rows of texts
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from coldchain.sheets.words import FORMULA, Cell, bad, check_size

ENCODINGS: Final = ("utf-8-sig", "gb18030")  # the first that fits; GBK is what a Chinese Excel writes as CSV
HEAD: Final = 40  # rows of a text by which its delimiter is told
DELIMITERS: Final = ";\t|,"  # of two that fit as well, the first: a comma may be a decimal one
_HINT: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own hint, above the table
_TEXT_FORMULA: Final = re.compile(r'="([^"]*)"')  # how platforms keep the zeros of a number in Excel


def read_text(content: bytes, name: str) -> list[list[Cell]]:
    """The rows of a text.

    Raises:
        BadInput: when it is none, or too long.
    """
    text = _decoded(content, name)
    hint = _HINT.match(text)
    delimiter = hint[1] if hint else _delimiter(text)
    rows: list[list[Cell]] = []
    width = 0
    try:
        for row in _parsed(text, delimiter):
            rows.append(
                [] if hint and not rows else [_meant(cell) for cell in row]
            )  # the hint's row counts, as in Excel
            width = max(width, len(row))
            check_size(len(rows), width, name)
    except csv.Error as error:
        raise bad(f"it cannot be read: {error}", "save it again as CSV in UTF-8", name) from None
    return rows


def _decoded(content: bytes, name: str) -> str:
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise bad("it is neither a sheet nor text in UTF-8, UTF-16 or GBK", "save it as XLSX, or as CSV in UTF-8", name)


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _delimiter(text: str) -> str:
    """The one by which most of the first rows have the same number of cells; titles above the table have few."""

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for _, row in zip(range(HEAD), _parsed(text, delimiter), strict=False)]
        except csv.Error:
            return 0, 0
        counted = Counter(width for width in widths if width > 1)
        return max(((count, width) for width, count in counted.items()), default=(0, 0))

    return max(DELIMITERS, key=fit)


def _meant(cell: str) -> Cell:
    """A cell's text: without what keeps a spreadsheet from running it, or from making a number of it."""
    if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA):
        return cell[1:]
    as_text = _TEXT_FORMULA.fullmatch(cell)
    return (as_text[1] if as_text else cell) or None
