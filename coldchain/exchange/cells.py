"""What may stand in a cell, as people write it: full-width digits, dates with dots or characters, 是 and 否. Pure.

cell ─► kind ─► value, or what is wrong with it in Chinese and English
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Final

from coldchain.sheets import Cell

Kind = Callable[[Cell], Any]

_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})")
_TIME: Final = re.compile(r"(\d{1,2})[:时](\d{2})(?:[:分](\d{2})(?:\.\d+)?)?\s*(?:秒|分)?\s*(Z|[+-]\d{2}:?\d{2})?")
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(20_000, 80_000)  # 1954 … 2119: a number in a column of dates
_YES: Final = frozenset({"是", "有", "y", "yes", "true", "1", "√", "✓"})
_NO: Final = frozenset({"否", "无", "n", "no", "false", "0", "×"})


class CellFault(Exception):  # noqa: N818 - it is the cell that is at fault
    """A cell that cannot be read."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(en)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the words of a column: as it is kept, and as people write it."""

    value: str
    zh: str
    en: str
    also: Sequence[str] = ()

    @property
    def written(self) -> set[str]:
        """All spellings, folded."""
        return {_folded(word) for word in (self.value, self.zh, self.en, *self.also) if word}


def plain(cell: Cell) -> str:
    """A cell as text: without spaces around it, full-width forms made narrow, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return unicodedata.normalize("NFKC", str(cell)).replace(" ", " ").strip()


def text(most: int = 200) -> Kind:
    """Text of at most so many characters."""

    def read(cell: Cell) -> str:
        found = plain(cell)
        if len(found) > most:
            raise CellFault(f"有 {len(found)} 个字符，最多 {most} 个", f"{len(found)} characters; use at most {most}")
        if any(ord(char) < 32 and char != "\n" for char in found):
            raise CellFault("含有控制字符，请删除", "it holds control characters; remove them")
        return found

    return read


def code(pattern: str, zh: str, en: str) -> Kind:
    """Text of a form; `zh` and `en` say which."""
    form = re.compile(pattern)

    def read(cell: Cell) -> str:
        found = plain(cell).replace(" ", "")
        if not form.fullmatch(found):
            raise CellFault(f"“{found[:40]}”不对，应为{zh}", f"{found[:40]!r} is not {en}")
        return found

    return read


def number(low: float, high: float) -> Kind:
    """A number in [low, high]."""

    def read(cell: Cell) -> float:
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            cell = _number(plain(cell))
        if not low <= cell <= high:  # also refuses NaN
            raise CellFault(f"{cell:g} 超出 {low:g} 到 {high:g}", f"{cell:g} is not within {low:g} to {high:g}")
        return float(cell)

    return read


def whole(low: int, high: int) -> Kind:
    """A whole number in [low, high]."""
    of_any = number(low, high)

    def read(cell: Cell) -> int:
        value = of_any(cell)
        if value != int(value):
            raise CellFault(f"{value:g} 不是整数", f"{value:g} is no whole number")
        return int(value)

    return read


def day(cell: Cell) -> str:
    """A day as YYYY-MM-DD: a date cell, Excel's number of a day, 2026-07-03, 2026/7/3, 2026.7.3, 20260703, 2026年7月3日."""
    return _day(cell).isoformat()


def moment(zone: tzinfo) -> Kind:
    """A time in ms UTC; without an offset it is of `zone`."""

    def read(cell: Cell) -> int:
        if isinstance(cell, datetime):
            return _ms(cell if cell.tzinfo else cell.replace(tzinfo=zone))
        if isinstance(cell, float | int) and not isinstance(cell, bool) and int(cell) in _EXCEL_DAYS:
            since = datetime.combine(_EXCEL_EPOCH, time(), zone) + timedelta(days=int(cell))
            return _ms(since) + round((cell - int(cell)) * 86_400_000 / 1000) * 1000
        return _written_moment(plain(cell), zone)

    return read


def midnight(zone: tzinfo) -> Kind:
    """A day as the ms UTC in which it begins in `zone`."""

    def read(cell: Cell) -> int:
        return _ms(datetime.combine(_day(cell), time(), zone))

    return read


def flag(cell: Cell) -> bool:
    """是 or 否."""
    if isinstance(cell, bool):
        return cell
    found = plain(cell).casefold()
    if found not in _YES | _NO:
        raise CellFault(f"“{found[:40]}”不是“是”或“否”", f"{found[:40]!r} is neither yes nor no")
    return found in _YES


def choice(choices: Sequence[Choice]) -> Kind:
    """One of these words."""
    by_word: Mapping[str, str] = {word: each.value for each in choices for word in each.written}

    def read(cell: Cell) -> str:
        found = plain(cell)
        value = by_word.get(_folded(found))
        if value is None:
            zh, en = "、".join(each.zh for each in choices), ", ".join(each.en for each in choices)
            raise CellFault(f"“{found[:40]}”不在可选项中：{zh}", f"{found[:40]!r} is none of {en}")
        return value

    return read


def _folded(word: str) -> str:
    return re.sub(r"[\s_\-（）()]", "", unicodedata.normalize("NFKC", word)).casefold()


def _number(written: str) -> float:
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", written):
        written = written.replace(",", "")
    elif re.fullmatch(r"[+-]?\d+,\d{1,2}", written):
        written = written.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", written):
        raise CellFault(f"“{written[:40]}”不是数字", f"{written[:40]!r} is no number")
    return float(written)


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool) and int(cell) in _EXCEL_DAYS:
        return _EXCEL_EPOCH + timedelta(days=int(cell))
    written = plain(cell)
    found = _DAY.match(written)
    if not found or re.sub(r"[\s0:]", "", written[found.end() :]):  # a time of midnight behind it is no harm
        raise CellFault(f"“{written[:40]}”不是日期，请写 2026-07-03", f"{written[:40]!r} is no day; write 2026-07-03")
    return _real_day(found, written)


def _real_day(found: re.Match[str], written: str) -> date:
    year, month, its_day = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, month, its_day)
    except ValueError:
        raise CellFault(f"没有“{written[:40]}”这一天", f"{written[:40]!r} is no day of the calendar") from None


def _written_moment(written: str, zone: tzinfo) -> int:
    found = _DAY.match(written)
    rest = written[found.end() :].lstrip(" T") if found else ""
    at = _TIME.fullmatch(rest)
    if not found or not at:
        zh = f"“{written[:40]}”不是时间，请写 2026-07-03 16:00"
        raise CellFault(zh, f"{written[:40]!r} is no time; write 2026-07-03 16:00")
    hour, minute, second = (int(part or 0) for part in at.groups()[:3])
    try:
        its = time(hour, minute, second)
    except ValueError:
        raise CellFault(f"没有“{rest[:40]}”这个时刻", f"{rest[:40]!r} is no time of a day") from None
    return _ms(datetime.combine(_real_day(found, written), its, _offset(at[4]) or zone))


def _offset(written: str | None) -> tzinfo | None:
    if written is None:
        return None
    if written == "Z":
        return UTC
    minutes = int(written[1:3]) * 60 + int(written[-2:])
    return timezone(timedelta(minutes=minutes if written[0] == "+" else -minutes))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
