"""The door to sheets: XLSX, XLS, ODS and CSV as rows of cells, and rows as XLSX and CSV.

    bytes ─► what kind? how large inside? ─► Sheet(name, rows of cells)          rows ─► XLSX | CSV bytes

Files in reading order: `words` (cells, sheets, limits), `reading` (of which kind a file is), `texts` (CSV, whatever
computer wrote it), `books` and `opening` (a workbook is opened in a process of its own), `writing`.

Never does: understand a cell. What a date, a number or a lot is, `coldchain.exchange` decides.
"""

from coldchain.sheets.reading import read
from coldchain.sheets.words import LARGEST, LARGEST_INSIDE, MOST_COLUMNS, MOST_ROWS, Cell, Row, Sheet
from coldchain.sheets.writing import write_csv, write_xlsx

__all__ = [
    "LARGEST",
    "LARGEST_INSIDE",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "Cell",
    "Row",
    "Sheet",
    "read",
    "write_csv",
    "write_xlsx",
]
