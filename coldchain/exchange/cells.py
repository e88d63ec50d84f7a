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
_YEARS: Final = range(1950, 2151)
_UNSEEN: Final = dict.fromkeys([0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)])
_MINUS: Final = str.maketrans("−–", "--")
_RAN_WRONG: Final = frozenset({"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"})
_SHORTENED: Final = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)  # what a spreadsheet shows of a long number
_SURE: Final = 10**15  # of larger numbers a spreadsheet keeps 15 digits and makes zeros of the rest
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
    """A cell as text: without spaces around it or what nobody sees, full-width forms made narrow, 12.0 as 12."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return unicodedata.normalize("NFKC", str(cell)).translate(_UNSEEN).strip()


def text(most: int = 200) -> Kind:
    """Text of at most so many characters."""

    def read(cell: Cell) -> str:
        found = plain(cell)
        if len(found) > most:
            raise CellFault(f"有 {len(found)} 个字符，最多 {most} 个", f"{len(found)} characters; use at most {most}")
        if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} and char != "\n" for char in found):
            raise CellFault("含有控制字符，请删除", "it holds control characters; remove them")
        if found.upper() in _RAN_WRONG:
            raise CellFault(f"公式出错：{found}，请填写内容本身", f"a formula went wrong: {found}; write what is meant")
        return found

    return read


def printed(most: int = 200) -> Kind:
    """A number or code as it is printed on something: refused where a spreadsheet has made something else of it."""
    of_any = text(most)

    def read(cell: Cell) -> str:
        if isinstance(cell, date | time | timedelta | bool):
            raise CellFault(
                f"表格软件把它变成了“{cell}”，请将该列设为文本后重新填写",
                f"a spreadsheet has made {str(cell)!r} of it; make the column one of text, and write it again",
            )
        if (isinstance(cell, int | float) and abs(cell) >= _SURE) or _SHORTENED.fullmatch(plain(cell)):
            raise CellFault(
                f"表格软件已丢失“{plain(cell)[:40]}”的部分数字，请将该列设为文本后重新填写",
                f"a spreadsheet has lost digits of {plain(cell)[:40]!r}; make the column one of text, and write it again",
            )
        found: str = of_any(cell)
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


def number(low: float, high: float, units: Sequence[str] = ()) -> Kind:
    """A number in [low, high]; one of these units may stand behind it."""
    unit = re.compile(rf"\s*({'|'.join(re.escape(plain(each)) for each in units)})", re.IGNORECASE) if units else None

    def read(cell: Cell) -> float:
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            written = plain(cell)
            found = re.match(r"[^A-Za-z°\u4e00-\u9fff]*", written)
            bare = found[0] if found else written
            is_known = unit is not None and unit.fullmatch(written[len(bare) :])
            cell = _number(bare.strip() if is_known else written)
        if not low <= cell <= high:  # also refuses NaN
            raise CellFault(f"{cell:g} 超出 {low:g} 到 {high:g}", f"{cell:g} is not within {low:g} to {high:g}")
        return float(cell)

    return read


def whole(low: int, high: int, units: Sequence[str] = ()) -> Kind:
    """A whole number in [low, high]; one of these units may stand behind it."""
    of_any = number(low, high, units)

    def read(cell: Cell) -> int:
        value = of_any(cell)
        if value != int(value):
            raise CellFault(f"{value:g} 不是整数", f"{value:g} is no whole number")
        return int(value)

    return read


def day(cell: Cell) -> str:
    """A day as YYYY-MM-DD: a date, Excel's number of a day, 2026-07-03, 2026/7/3, 2026.7.3, 20260703, 2026年7月3日."""
    return _day(cell).isoformat()


def moment(zone: tzinfo, *, is_midnight: bool = False) -> Kind:
    """A time in ms UTC; without an offset it is of `zone`.

    Args:
        zone: whose clocks showed it.
        is_midnight: a date cell means its midnight, which workbooks do not tell from the day itself.
    """

    def read(cell: Cell) -> int:
        if is_midnight and isinstance(cell, date) and not isinstance(cell, datetime):
            return _ms(datetime.combine(cell, time(), zone))
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


def _number(said: str) -> float:
    written = said.translate(_MINUS)
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
    if written.isdecimal() and len(written) == 5 and int(written) in _EXCEL_DAYS:  # … as CSV has it
        return _EXCEL_EPOCH + timedelta(days=int(written))
    found = _DAY.match(written)
    if not found or re.sub(r"[\sT0:]", "", written[found.end() :]):  # a time of midnight behind it is no harm
        raise CellFault(f"“{written[:40]}”不是日期，请写 2026-07-03", f"{written[:40]!r} is no day; write 2026-07-03")
    return _real_day(found, written)


def _real_day(found: re.Match[str], written: str) -> date:
    year, month, its_day = (int(part) for part in found.groups() if part is not None)
    try:
        if year in _YEARS:
            return date(year, month, its_day)
    except ValueError:
        pass  # told below
    raise CellFault(f"没有“{written[:40]}”这一天", f"{written[:40]!r} is no day of the calendar")


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
