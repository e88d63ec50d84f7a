"""A sheet against a form: its header is found, each row read, each fault named. Pure.

sheets ─► the row with the most titles of the form ─► rows below it ─► (values | faults) per row
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
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
class Note:
    """What somebody should look at, though no row is wrong."""

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
    """Read all sheets that have the form's header; a sheet that its sender does not see is not read.

    Raises:
        BadInput: when none has, naming the titles that are missing.
    """
    seen = [sheet for sheet in sheets if not sheet.is_hidden]
    headed = [(sheet, head) for sheet in seen if (head := _header(form, sheet, mapping)) is not None]
    if not headed:
        raise _no_header(form, seen, mapping, where)
    lines: list[Line] = []
    faults: list[Fault] = []
    unread = [f"{sheet.name} (隐藏的工作表 hidden sheet)" for sheet in sheets if sheet.is_hidden]
    for sheet, head in headed:
        columns = placed(form, head.titles, mapping)
        unread += [title for place, title in enumerate(head.titles) if title and place not in columns]
        for found in _rows(form, sheet, head, columns, mapping):
            if isinstance(found, Line):
                lines.append(found)
            else:
                faults += found
    if not lines and not faults:
        faults.append(Fault(headed[0][0].name, 0, "", "标题行下没有数据", "no row stands below the titles"))
    return Taken(*_without_twins(form, lines, faults), unread)


@dataclass(frozen=True, slots=True)
class _Head:
    """The titles, and in which row they end, counted from 0."""

    row: int
    titles: list[str]


def _header(form: Form, sheet: Sheet, mapping: TitleMap) -> _Head | None:
    """The first row that has all titles that must be there, else the first two rows that have them together."""
    rows = [[plain(cell) for cell in row] for row in sheet.rows[:HEAD_ROWS]]
    single = [_Head(n, row) for n, row in enumerate(rows)]
    double = [_Head(n + 1, _merged(form, *pair, mapping)) for n, pair in enumerate(pairwise(rows))]
    return next((head for head in (*single, *double) if not _missing(form, head.titles, mapping)), None)


def _merged(form: Form, upper: Sequence[str], lower: Sequence[str], mapping: TitleMap) -> list[str]:
    """Two rows of titles as one: 单位编码 over both; 批号 under 疫苗 is 批号, and 名称 under it 疫苗名称."""
    known = placed(form, lower, mapping)
    titles: list[str] = []
    group = ""
    for place, (above, below) in enumerate(zip_longest(upper, lower, fillvalue="")):
        group = above or group
        titles.append(above if not below else below if place in known else f"{group}{below}")
    return titles


def _missing(form: Form, titles: Sequence[str], mapping: TitleMap) -> list[Column]:
    """What a header must have, and this one has not: what every row must say, and what a mapping speaks of."""
    there = {column.field for column in placed(form, titles, mapping).values()}
    wanted = {*(form.required - set(mapping.fixed)), *mapping.titles.values()}
    return [column for column in form.columns if column.field in wanted - there]


def _no_header(form: Form, sheets: Sequence[Sheet], mapping: TitleMap, where: str) -> BadInput:
    rows = [[plain(cell) for cell in row] for sheet in sheets for row in sheet.rows[:HEAD_ROWS]]
    missing = min((_missing(form, row, mapping) for row in rows), key=len, default=_missing(form, [], mapping))
    zh, en = "、".join(column.zh for column in missing), ", ".join(column.en for column in missing)
    wrong = f"no row of titles for {form.en!r}: missing {en} (缺少列：{zh})"
    return BadInput("header", wrong, "name the columns so, or save a column mapping", where=where)


def _rows(
    form: Form, sheet: Sheet, head: _Head, columns: dict[int, Column], mapping: TitleMap
) -> Iterator[Line | list[Fault]]:
    fixed = {form.column(field): value for field, value in mapping.fixed.items()}
    for n, row in enumerate(sheet.rows[head.row + 1 :], head.row + 2):
        written = [plain(cell) for cell in row]
        if not any(written) or written == head.titles:  # titles come again where a print has a new page
            continue
        said, at_odds = _said(row, columns)
        values, faults = _read(form, {**fixed, **said})
        faults += [(column.zh, CellFault("两列内容不一致", "two columns of it differ")) for column in at_odds]
        if faults:
            yield [Fault(sheet.name, n, column, fault.zh, fault.en) for column, fault in faults]
        else:
            yield Line(sheet.name, n, values)


def _said(row: Sequence[Cell], columns: dict[int, Column]) -> tuple[dict[Column, Cell], list[Column]]:
    """What a row says in each column, and the columns that are there twice and say two things."""
    said: dict[Column, Cell] = {}
    at_odds: list[Column] = []
    for place, column in columns.items():
        cell = row[place] if place < len(row) else None
        if plain(cell) and plain(said.setdefault(column, cell)) != plain(cell):
            at_odds.append(column)
    return said, at_odds


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
    """Of rows that say the same the first counts; of rows that say two things of the same, none: nobody knows which."""
    if not form.key:
        return list(lines), faults
    same: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in lines:
        same[tuple(line.values[field] for field in form.key)].append(line)
    kept: list[Line] = []
    for first, *twins in same.values():
        if all(twin.values == first.values for twin in twins):
            kept.append(first)
            faults += [_repeats(twin, first) for twin in twins]
        else:
            faults += [_contradicts(each, twins[0] if each is first else first) for each in (first, *twins)]
    return kept, faults


def _repeats(line: Line, first: Line) -> Fault:
    where = f"{first.sheet} {first.row}".strip()
    return Fault(line.sheet, line.row, "", f"与第 {where} 行重复", f"it repeats row {where}")


def _contradicts(line: Line, other: Line) -> Fault:
    where = f"{other.sheet} {other.row}".strip()
    zh = f"与第 {where} 行说的是同一项，内容却不同，均未录入，请合并为一行"
    return Fault(line.sheet, line.row, "", zh, f"it says otherwise than row {where} of the same; make one row of them")
