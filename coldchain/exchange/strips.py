"""Strips of manual loggers: a table of times and temperatures, whatever program wrote it. Pure.

    sheets ─► lines above the table (serial number) ─► titles ─► readings, in time ─► stretches without a gap

Times are those of the logger's clock in the zone that the sender names; days are read only where the year stands first,
for nobody can tell 03/04 from 04/03. What a logger writes where it measured nothing is a gap.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from coldchain.errors import BadInput
from coldchain.exchange import cells
from coldchain.exchange.cells import CellFault, plain
from coldchain.exchange.taking import Fault
from coldchain.reading import PHYSICAL_RANGE, Quantity
from coldchain.sheets import Cell, Row, Sheet

HEAD_ROWS: Final = 200  # some programs print a page before the table
MOST_READINGS: Final = 50_000
_DAY: Final = frozenset({"date", "datum", "日期", "采集日期", "记录日期"})
_TIME: Final = frozenset({
    "time", "zeit", "datetime", "dateandtime", "timestamp", "logtime", "时间", "日期时间", "记录时间", "采集时间",
    "测量时间", "读取时间", "监测时间",
})  # fmt: skip
_TEMPERATURE: Final = re.compile(
    r"(temp|temperature|温度|温度值|probe\d*|channel\d+|ch\d+|通道\d+|探头\d*|测点温度)?(°?[cf])?"
)
_SERIAL: Final = frozenset(
    {
        "serial#",
        "serial",
        "serialnumber",
        "serialno",
        "sn",
        "devicecode",
        "序列号",
        "出厂编号",
        "设备编号",
        "设备序列号",
    }
)
_ABSENT: Final = re.compile(r"[-.]*|err(or)?|nan|n/?a|null|-?999(\.0+)?|开路|断线", re.IGNORECASE)
_FAHRENHEIT: Final = re.compile(r"°\s*f\b|℉", re.IGNORECASE)


class Reading(NamedTuple):
    """What a logger measured, and in which row of the sheet it says so."""

    at: int  # ms UTC
    celsius: float
    row: int


@dataclass(frozen=True, slots=True)
class Strip:
    """What a logger kept, in time; `absent` rows had a time and no temperature."""

    sheet: str
    title: str  # of its column of temperatures
    serial: str
    readings: Sequence[Reading]
    absent: int
    faults: Sequence[Fault]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From–to without a gap, and the first row of it; a reading all alone lasts a millisecond."""

    start: int
    end: int
    first_c: float
    last_c: float
    low_c: float
    high_c: float
    row: int


@dataclass(frozen=True, slots=True)
class _Places:
    """Which cells of a row matter."""

    day: int | None
    time: int
    temperature: int
    title: str
    is_fahrenheit: bool


def read_strip(sheets: Sequence[Sheet], zone: tzinfo) -> Strip:
    """The one table of times and temperatures in a file.

    Raises:
        BadInput: when there is none or more than one, or it has no reading.
    """
    tables = [(sheet, n, places) for sheet in sheets if not sheet.is_hidden for n, places in _headers(sheet)]
    if len(tables) != 1:
        wrong = f"{len(tables)} tables with a time and a temperature (时间、温度)"
        raise BadInput("header", wrong, "send one table, with a row of titles: 时间, 温度 or Date, Time, Temperature")
    sheet, head, places = tables[0]
    readings: list[Reading] = []
    faults: list[Fault] = []
    absent = 0
    for n, row in enumerate(sheet.rows[head + 1 :], head + 2):
        if not _is_reading(row, places):
            continue
        if not plain(row[places.time]):
            faults.append(Fault(sheet.name, n, places.title, "有温度而没有时间", "it has a temperature and no time"))
            continue
        try:
            value = _celsius(row[places.temperature], is_fahrenheit=places.is_fahrenheit)
            at = _at(row, places, zone)
        except CellFault as fault:
            faults.append(Fault(sheet.name, n, places.title, fault.zh, fault.en))
            continue
        if value is None:
            absent += 1
        else:
            readings.append(Reading(at, value, n))
    if len(readings) > MOST_READINGS:
        raise BadInput("file", f"it has {len(readings)} readings", f"split it: at most {MOST_READINGS}")
    if not readings and not faults:
        raise BadInput("file", "no row has a temperature", "send the strip of a logger that measured")
    return Strip(sheet.name, places.title, _serial(sheet.rows[:head]), sorted(readings), absent, faults)


def stretches(readings: Sequence[Reading], longest_ms: int) -> list[Stretch]:
    """The readings in time, cut where more than two intervals lie between two of them, and after `longest_ms`."""
    steps = [later.at - earlier.at for earlier, later in pairwise(readings) if later.at > earlier.at]
    gap_ms = 2 * median(steps) if steps else 0
    parts: list[list[Reading]] = []
    for each in readings:
        if not parts or each.at - parts[-1][-1].at > gap_ms:
            parts.append([each])
        elif each.at - parts[-1][0].at > longest_ms:
            parts.append([parts[-1][-1], each])  # no time is lost between the two
        else:
            parts[-1].append(each)
    return [_stretch(part) for part in parts]


def _stretch(part: Sequence[Reading]) -> Stretch:
    values = [each.celsius for each in part]
    start, end = part[0].at, max(part[-1].at, part[0].at + 1)
    return Stretch(start, end, values[0], values[-1], min(values), max(values), part[0].row)


def _headers(sheet: Sheet) -> Iterable[tuple[int, _Places]]:
    """The first row of titles of a sheet, if it has one."""
    for n, row in enumerate(sheet.rows[:HEAD_ROWS]):
        titles = [_folded(cell) for cell in row]
        days = [place for place, title in enumerate(titles) if title in _DAY]
        times = [place for place, title in enumerate(titles) if title in _TIME]
        warm = [place for place, title in enumerate(titles) if title and _TEMPERATURE.fullmatch(title)]
        if warm and (times or days):
            if len(warm) > 1:
                names = ", ".join(plain(row[place]) for place in warm)
                raise BadInput(
                    "header", f"it has {len(warm)} temperatures: {names}", "leave the one of this compartment"
                )
            title = plain(row[warm[0]])
            yield (
                n,
                _Places(
                    days[0] if days and times else None,
                    (times or days)[0],
                    warm[0],
                    title,
                    bool(_FAHRENHEIT.search(title)),
                ),
            )
            return


def _folded(cell: Cell) -> str:
    """A title without spaces, brackets and the like; ℃ has become °C by then."""
    return re.sub(r"[\s()\[\]_/:.\-]", "", plain(cell)).casefold()


def _is_reading(row: Row, places: _Places) -> bool:
    """False for empty rows, and for lines below the table, which have no cell where temperatures stand."""
    return len(row) > max(places.time, places.temperature) and bool(plain(row[places.temperature]))


def _at(row: Row, places: _Places, zone: tzinfo) -> int:
    read = cells.moment(zone, is_midnight=True)
    if places.day is None:
        return int(read(row[places.time]))
    its_time = row[places.time]
    clock_time = plain(its_time.time() if isinstance(its_time, datetime) else its_time)
    return int(read(f"{cells.day(row[places.day])} {clock_time}"))


def _celsius(cell: Cell, *, is_fahrenheit: bool) -> float | None:
    """A temperature, None where the logger measured nothing."""
    written = plain(cell)
    if _ABSENT.fullmatch(written):
        return None
    is_fahrenheit = is_fahrenheit or bool(_FAHRENHEIT.search(written))
    bare = re.sub(r"\s*°?\s*[cf]$", "", written, flags=re.IGNORECASE)
    low, high = PHYSICAL_RANGE[Quantity.TEMPERATURE]
    value = float(cells.number(-1e6, 1e6)(bare))
    value = round((value - 32) * 5 / 9, 3) if is_fahrenheit else value
    return float(cells.number(low, high)(value))


def _serial(head: Sequence[Row]) -> str:
    """The logger's number, where the lines above the table say it."""
    for row in head:
        filled = [cell for cell in row if plain(cell)]
        if len(filled) >= 2 and _folded(filled[0]) in _SERIAL:
            return plain(filled[1])
    return ""
