"""A sheet against a form: its header is found, each row read, each fault named. Pure.

sheets ─► the row with the most titles of the form ─► rows below it ─► (values | faults) per row
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from coldchain.errors import BadInput
from coldchain.exchange.cells import CellFault, plain
from coldchain.exchange.form import NO_MAPPING, Column, Form, TitleMap, placed
from coldchain.sheets import Cell, Sheet

HEAD_ROWS: Final = 30  # titles, dates and stamps of a platform stand above the header
MOST_FAULTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row; `row` as the sheet counts, `column` its title, empty for the whole row."""

    sheet: str
    row: int
    column: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row that could be read: its values by field."""

    sheet: str
    row: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file holds of a form; `unread` are titles that no column has."""

    lines: Sequence[Line]
    faults: Sequence[Fault]
    unread: Sequence[str]


def take(form: Form, sheets: Sequence[Sheet], mapping: TitleMap = NO_MAPPING, *, where: str = "") -> Taken:
    """Read all sheets that have the form's header.

    Raises:
        BadInput: when none has, naming the titles that are missing.
    """
    headed = [(sheet, head) for sheet in sheets if (head := _header(form, sheet, mapping)) is not None]
    if not headed:
        raise _no_header(form, sheets, mapping, where)
    lines: list[Line] = []
    faults: list[Fault] = []
    unread: list[str] = []
    for sheet, head in headed:
        columns = placed(form, sheet.rows[head], mapping)
        titles = [plain(cell) for cell in sheet.rows[head]]
        unread += [title for place, title in enumerate(titles) if title and place not in columns]
        for found in _rows(form, sheet, head, columns, mapping):
            if isinstance(found, Line):
                lines.append(found)
            else:
                faults += found
    return Taken(*_without_twins(form, lines, faults), unread)


def _header(form: Form, sheet: Sheet, mapping: TitleMap) -> int | None:
    """The first row that has all required titles."""
    given = set(mapping.fixed)
    for n, row in enumerate(sheet.rows[:HEAD_ROWS]):
        fields = {column.field for column in placed(form, row, mapping).values()}
        if fields and form.required <= fields | given:
            return n
    return None


def _no_header(form: Form, sheets: Sequence[Sheet], mapping: TitleMap, where: str) -> BadInput:
    rows = [row for sheet in sheets for row in sheet.rows[:HEAD_ROWS]]
    found = max((placed(form, row, mapping) for row in rows), key=len, default={})
    have = {column.field for column in found.values()} | set(mapping.fixed)
    missing = [column for column in form.columns if column.is_required and column.field not in have]
    zh, en = "、".join(column.zh for column in missing), ", ".join(column.en for column in missing)
    wrong = f"no row of titles for {form.en!r}: missing {en} (缺少列：{zh})"
    return BadInput("header", wrong, "name the columns so, or save a column mapping", where=where)


def _rows(
    form: Form, sheet: Sheet, head: int, columns: dict[int, Column], mapping: TitleMap
) -> Iterator[Line | list[Fault]]:
    fixed = {form.column(field): value for field, value in mapping.fixed.items()}
    for n, row in enumerate(sheet.rows[head + 1 :], head + 2):
        if not any(plain(cell) for cell in row):
            continue
        cells: dict[Column, Cell] = {**fixed, **{c: row[place] for place, c in columns.items() if place < len(row)}}
        values, faults = _read(form, cells)
        if faults:
            yield [Fault(sheet.name, n, column, fault.zh, fault.en) for column, fault in faults]
        else:
            yield Line(sheet.name, n, values)


def _read(form: Form, cells: dict[Column, Cell]) -> tuple[dict[str, Any], list[tuple[str, CellFault]]]:
    values: dict[str, Any] = {}
    faults: list[tuple[str, CellFault]] = []
    for column in form.columns:
        cell = cells.get(column)
        if not plain(cell):
            if column.is_required:
                faults.append((column.zh, CellFault("不能为空", "it must not be empty")))
            values[column.field] = column.default
            continue
        try:
            values[column.field] = column.kind(cell)
        except CellFault as fault:
            faults.append((column.zh, fault))
    return values, faults


def _without_twins(form: Form, lines: Sequence[Line], faults: list[Fault]) -> tuple[list[Line], list[Fault]]:
    """Of rows with the same key the first counts."""
    if not form.key:
        return list(lines), faults
    first: dict[tuple[Any, ...], Line] = {}
    for line in lines:
        twin = first.setdefault(tuple(line.values[field] for field in form.key), line)
        if twin is not line:
            where = f"{twin.sheet} {twin.row}".strip()
            faults.append(Fault(line.sheet, line.row, "", f"与第 {where} 行重复", f"it repeats row {where}"))
    return list(first.values()), faults
