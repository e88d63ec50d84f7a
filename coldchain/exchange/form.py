"""A form: which columns a sheet may have, under which titles people write them, and what a row becomes. Pure.

titles in the sheet ─► columns of the form (its own titles, other known ones, or a saved mapping)
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

    def titles(self) -> set[str]:
        """All its titles, folded."""
        return {folded(title) for title in (self.field, self.zh, self.en, *self.also)}


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


def _whole(title: object) -> str:
    """… with what stands in brackets: 设备名称(类型) is another column than 设备名称."""
    return re.sub(r"[\s*_:：\-/]", "", unicodedata.normalize("NFKC", str(title))).casefold()


def folded(title: object) -> str:
    """A title as it is compared: without spaces, stars, units in brackets, of one width and case."""
    plain_title = unicodedata.normalize("NFKC", str(title))
    return re.sub(r"\([^)]*\)|[\s*_:：\-/]", "", plain_title).casefold()


def placed(form: Form, row: Sequence[Cell], mapping: TitleMap = NO_MAPPING) -> dict[int, Column]:
    """Which cell of a row of titles is which column; a column that is there twice counts once."""
    said = {folded(title): field for title, field in mapping.titles.items()}
    backwards = list(reversed(form.columns))
    exact = {_whole(title): column for column in backwards for title in column.also}
    by_title = {title: column for column in backwards for title in column.titles()}
    by_title |= {folded(column.zh): column for column in backwards}  # what others call theirs comes after our own
    by_title |= {title: form.column(field) for title, field in said.items()}
    found: dict[int, Column] = {}
    for place, cell in enumerate(row):
        column = _named(plain(cell), said, exact, by_title)
        if column is not None and column not in found.values():
            found[place] = column
    return found


def _named(
    title: str, said: Mapping[str, str], exact: Mapping[str, Column], by_title: Mapping[str, Column]
) -> Column | None:
    """The column of a title: as a mapping says, else as it is spelled with its brackets, else without them."""
    if not title:
        return None
    spelled = None if folded(title) in said else exact.get(_whole(title))
    return spelled or by_title.get(folded(title))
