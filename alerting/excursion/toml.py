"""TOML tables read strictly: every complaint names the file, the line, what is wrong and the cure.

`tomllib` tells lines of syntax errors only; for the rest, the line is found by counting headers (`[[version.rule]]`).
Decimals are read exactly, so that 8.0 °C is 8000 m°C and not nearly so.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from coldchain.errors import BadInput
from coldchain.reading import NAME_PART

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file: its values, and where it stands for messages."""

    values: dict[str, Any]
    file: str
    text: str  # of the whole file
    path: str = ""  # version.rule …
    line: int = 1

    def bad(self, field: str, wrong: str, cure: str) -> BadInput:
        """The error to raise about a field of this table."""
        return BadInput(field, wrong, cure, where=f"{self.file}:{self._line_of(field)}")

    def only(self, *fields: str) -> None:
        """Refuse unknown fields: a misspelt one must not be a shrug."""
        for field in self.values:
            if field not in fields:
                raise self.bad(field, "is unknown here", f"use {', '.join(fields)}")

    def get(self, field: str) -> Any:  # noqa: ANN401 - checked by the callers below
        """A value that must be there."""
        if field not in self.values:
            raise self.bad(field, "is missing", "write it")
        return self.values[field]

    def string(self, field: str, default: str | None = None) -> str:
        """A text."""
        value = self.get(field) if default is None else self.values.get(field, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.bad(field, f"{value!r} is no text", "write a text in quotes")
        return value

    def name(self, field: str) -> str:
        """A text that may stand in an id."""
        value = self.string(field)
        if not NAME_PART.fullmatch(value):
            raise self.bad(field, f"{value!r} is no name", "use 1 to 64 of A-Z a-z 0-9 . _ -")
        return value

    def choice(self, field: str, choices: Mapping[str, T]) -> T:
        """One of some words."""
        value = self.get(field)
        if not isinstance(value, str) or value not in choices:
            raise self.bad(field, f"{value!r} is unknown", f"use one of {', '.join(choices)}")
        return choices[value]

    def choices(self, field: str, choices: Mapping[str, T]) -> tuple[T, ...]:
        """Some of some words; all of them when the field is absent."""
        value = self.values.get(field)
        if value is None:
            return tuple(choices.values())
        if not isinstance(value, list) or not value or any(v not in choices for v in value):
            raise self.bad(field, f"{value!r} is no list of known words", f"choose from {', '.join(choices)}")
        return tuple(choices[v] for v in value)

    def thousandths(self, field: str, default: int | None = None) -> int:
        """A number with at most three decimals, times 1000."""
        value = self.values.get(field, default) if default is not None else self.get(field)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.bad(field, f"{value!r} is no number", "write a number")
        scaled = Decimal(value) * 1000 if field in self.values else Decimal(value)
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise self.bad(field, f"{value} is not a number of thousandths", "write at most three decimals")
        return int(scaled)

    def whole(self, field: str, default: int) -> int:
        """A whole number."""
        value = self.values.get(field, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.bad(field, f"{value!r} is no whole number", "write a whole number")
        return value

    def flag(self, field: str) -> bool:
        """True or false; false when it is absent."""
        value = self.values.get(field, False)
        if not isinstance(value, bool):
            raise self.bad(field, f"{value!r} is neither true nor false", "write true or false")
        return value

    def time(self, field: str) -> int:
        """A date and time with offset, as ms UTC."""
        value = self.get(field)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self.bad(field, f"{value} is no time with an offset", "write 2017-12-15T00:00:00+08:00")
        return round(value.timestamp() * 1000)

    def tables(self, field: str, *, least: int = 1) -> list["Table"]:
        """A list of tables, `[[field]]`."""
        value = self.values.get(field, [])
        if not isinstance(value, list) or len(value) < least or any(not isinstance(v, dict) for v in value):
            raise self.bad(field, "is no list of tables", f"write at least {least} [[{self._below(field)}]]")
        lines = self._lines_of(field)
        return [
            Table(v, self.file, self.text, self._below(field), lines[i] if i < len(lines) else self.line)
            for i, v in enumerate(value)
        ]

    def table(self, field: str) -> "Table":
        """One table, `[field]`."""
        value = self.get(field)
        if not isinstance(value, dict):
            raise self.bad(field, "is no table", f"write [{self._below(field)}]")
        return Table(value, self.file, self.text, self._below(field), next(iter(self._lines_of(field)), self.line))

    def _below(self, field: str) -> str:
        return f"{self.path}.{field}" if self.path else field

    def _lines_of(self, field: str) -> list[int]:
        """Lines of `[[path.field]]` below this table, until this table's own header comes again."""
        mine = re.compile(rf"\s*\[\[?\s*{re.escape(self.path)}\s*\]") if self.path else None
        wanted = re.compile(rf"\s*\[\[?\s*{re.escape(self._below(field))}\s*\]")
        found = []
        for number, line in enumerate(self.text.splitlines()[self.line :], self.line + 1):
            if mine and mine.match(line):
                break
            if wanted.match(line):
                found.append(number)
        return found

    def _line_of(self, field: str) -> int:
        """The line that sets `field` in this table, else the table's header."""
        setting = re.compile(rf"\s*\"?{re.escape(field)}\"?\s*=")
        start = self.line if self.path else 0
        for number, line in enumerate(self.text.splitlines()[start:], start + 1):
            if setting.match(line):
                return number
            if line.lstrip().startswith("["):
                break
        return self.line


def open_toml(name: str, shipped: Path, what: str) -> Table:
    """Read `name`: a file that ends in .toml, or one of those shipped in a folder.

    Raises:
        BadInput: listing the names there are, or with file and line.
    """
    path = Path(name) if name.endswith(".toml") else shipped / f"{name}.toml"
    if not name.endswith(".toml") and not path.is_file():
        names = ", ".join(sorted(p.stem for p in shipped.glob("*.toml")))
        raise BadInput(what, f"{name!r} is unknown", f"use one of {names}, or name a .toml file")
    try:
        return toml_of(path.read_text(encoding="utf-8"), str(path), what)
    except OSError as error:
        raise BadInput(what, f"{path}: {error.strerror}", "name a file that can be read") from None
    except UnicodeDecodeError as error:
        raise BadInput(what, str(error), "save it as UTF-8", where=str(path)) from None


def toml_of(text: str, where: str, what: str) -> Table:
    """The table of a text that stands `where`.

    Raises:
        BadInput: with the place and line.
    """
    try:
        return Table(tomllib.loads(text, parse_float=Decimal), where, text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(what, str(error), "write TOML", where=_place(where, str(error))) from None


def _place(file: str, message: str) -> str:
    line = re.search(r"at line (\d+)", message)
    return f"{file}:{line[1]}" if line else file
