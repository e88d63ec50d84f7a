"""A process that opens one workbook: bytes on stdin ─► sheets, or what is wrong with them, on stdout.

Run by `books`, and bounded: memory by the system, rows and columns before they are believed.
"""

import io
import pickle
import resource
import sys
import zipfile
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from coldchain.errors import BadInput
from coldchain.sheets.words import LARGEST_INSIDE, MOST_CELLS, Cell, Sheet, bad, check_size

MEMORY: Final = 1024**3  # of addresses; a sheet of `MOST_CELLS`, all filled, takes three quarters of it
AGAIN: Final = "save it again as XLSX or CSV"


def main() -> None:
    """Open what comes in."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found: list[Sheet] | tuple[str, str] = opened(sys.stdin.buffer.read())
    except BadInput as error:
        found = (error.wrong, error.cure)
    sys.stdout.buffer.write(pickle.dumps(found))


def opened(content: bytes) -> list[Sheet]:
    """All tables of a workbook, one at a time.

    Raises:
        BadInput: when it cannot be read, or is larger inside than what is taken.
    """
    _check_inside(content)
    try:
        with CalamineWorkbook.from_object(io.BytesIO(content)) as book:
            return _sheets(book)
    except PasswordError:
        raise bad("it is protected by a password", AGAIN, "") from None
    except CalamineError as error:
        wrong = "it is protected by a password" if "assword" in str(error) else f"it cannot be read: {error}"
        raise bad(wrong, AGAIN, "") from None


def _sheets(book: CalamineWorkbook) -> list[Sheet]:
    found: list[Sheet] = []
    cells = 0
    for each in book.sheets_metadata:
        if each.typ is not SheetTypeEnum.WorkSheet:
            continue  # a chart
        table = book.get_sheet_by_name(each.name)
        check_size(table.total_height, table.total_width, "")
        cells += table.total_height * table.total_width
        if cells > MOST_CELLS:
            raise bad(f"its sheets have {cells} cells", f"send one sheet at a time: at most {MOST_CELLS}", "")
        rows = [[_cell(cell) for cell in row] for row in table.to_python(skip_empty_area=False)]
        found.append(Sheet(each.name, rows, each.visible is not SheetVisibleEnum.Visible))
    return found


def _cell(cell: Cell) -> Cell:
    return None if cell == "" else cell


def _check_inside(content: bytes) -> None:
    """A small file may unfold to gigabytes; what it says of its own size, its reader holds it to."""
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as inside:
            size = sum(each.file_size for each in inside.infolist())
            names = set(inside.namelist())
    except zipfile.BadZipFile:
        raise bad("it is damaged", AGAIN, "") from None
    if size > LARGEST_INSIDE:
        raise bad(f"it unfolds to {size >> 20} MB", "split it", "")
    if not names & {"xl/workbook.xml", "content.xml", "xl/workbook.bin"}:
        raise bad("it is a ZIP archive, not a sheet", "send the sheet that is in it", "")


if __name__ == "__main__":
    main()
