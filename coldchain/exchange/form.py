"""A form: which columns a sheet may have, under which titles people write them, and what a row becomes. Pure.

titles in the sheet ─► columns of the form (its own titles, other known ones, or a saved mapping)
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from coldchain.exchange.cells import Kind, plain
from coldchain.sheets import Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its field in the record, its titles, what may stand in it."""

    field: str
    zh: str
    en: str
    kind: Kind
    also: Sequence[str] = ()  # titles under which others write it
    is_required: bool = False
    default: Any = None  # of an empty cell
    units: Sequence[str] = ()  # that may stand in brackets behind its titles; those of its own titles may anyway
    is_bare: bool = True  # False: without its unit its title says too little

    def titles(self) -> set[str]:
        """All its titles, folded."""
        return {folded(title) for title in (self.field, self.zh, self.en, *self.also)}

    def measures(self, title: str) -> bool:
        """True unless a title says another unit than this column's, or none where one must be said."""
        said = _units(title)
        own = {_whole(unit) for unit in self.units}.union(*(_units(each) for each in (self.zh, *self.also)))
        is_said = self.is_bare or _whole(title) != folded(self.zh)
        return said <= own and is_said


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of sheet."""

    name: str
    zh: str
    en: str
    columns: Sequence[Column]
    key: Sequence[str] = ()  # fields of which no two rows may say the same

    def column(self, field: str) -> Column:
        """A column by its field."""
        return next(column for column in self.columns if column.field == field)

    @property
    def required(self) -> set[str]:
        """The fields that every row must have."""
        return {column.field for column in self.columns if column.is_required}


@dataclass(frozen=True, slots=True)
class TitleMap:
    """How a platform's sheet is read: its titles to our fields, and what holds for every row."""

    titles: Mapping[str, str]  # title in the sheet → field
    fixed: Mapping[str, str]  # field → what every row has


NO_MAPPING = TitleMap({}, {})
UNITS: Final = frozenset(
    [
        "支",
        "瓶",
        "盒",
        "箱",
        "件",
        "个",
        "粒",
        "人份",
        "剂",
        "剂次",
        "人次",
        "万支",
        "万剂",
        "万人份",
        "l",
        "升",
        "ml",
        "毫升",
        "m3",
        "立方米",
        "元",
        "万元",
        "w",
        "kw",
        "瓦",
        "千瓦",
        "h",
        "小时",
        "天",
        "日",
        "月",
        "年",
        "m2",
        "平方米",
        "人",
        "万人",
        "°c",
        "°f",
        "vials",
        "doses",
        "boxes",
    ]
)
_BRACKETS: Final = re.compile(r"\(([^)]*)\)")


def _units(title: str) -> set[str]:
    """The units in the brackets of a title."""
    found = {_whole(each) for each in _BRACKETS.findall(unicodedata.normalize("NFKC", title))}
    return found & UNITS


def _whole(title: object) -> str:
    """… with what stands in brackets: 设备名称(类型) is another column than 设备名称."""
    return re.sub(r"[\s*_:：\-/]", "", unicodedata.normalize("NFKC", str(title))).casefold()


def folded(title: object) -> str:
    """A title as it is compared: without spaces, stars, units in brackets, of one width and case."""
    plain_title = unicodedata.normalize("NFKC", str(title))
    return re.sub(r"\([^)]*\)|[\s*_:：\-/]", "", plain_title).casefold()


def placed(form: Form, row: Sequence[Cell], mapping: TitleMap = NO_MAPPING) -> dict[int, Column]:
    """Which cell of a row of titles is which column; what a mapping says goes before what the titles would say."""
    said = {folded(title): form.column(field) for title, field in mapping.titles.items()}
    backwards = list(reversed(form.columns))
    exact = {_whole(title): column for column in backwards for title in column.also}
    by_title = {title: column for column in backwards for title in column.titles()}
    by_title |= {folded(column.zh): column for column in backwards}  # what others call theirs comes after our own
    found: dict[int, Column] = {}
    told = {said[folded(title)].field for title in map(plain, row) if title and folded(title) in said}
    for place, title in enumerate(map(plain, row)):
        column = said.get(folded(title)) or _named(title, exact, by_title)
        is_other = folded(title) not in said and column is not None and column.field in told
        if title and column is not None and not is_other:
            found[place] = column
    return found


def _named(title: str, exact: Mapping[str, Column], by_title: Mapping[str, Column]) -> Column | None:
    """The column of a title: as it is spelled with its brackets, else without them, if they say no other unit."""
    spelled = exact.get(_whole(title))
    if spelled is not None:
        return spelled
    column = by_title.get(folded(title))
    return column if column is not None and column.measures(title) else None
