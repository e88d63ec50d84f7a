"""Readings from a CSV: rows of `channel,time,value` in the order of arrival. Before: `text`, `moments`. After: `whatif`.

An empty value is a sensor fault. The order changes nothing, and of two values at one time the first holds, as in the
store. Rows are taken many at a time; only where something is unusual are they read one by one, to say which is wrong.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import lt
from pathlib import Path
from typing import Final

from alerting.replay.moments import Moments
from alerting.replay.text import opened
from coldchain.errors import BadInput
from coldchain.reading import PHYSICAL_RANGE, ChannelName, Fault, Quantity, Trace, fault_of

COLUMNS: Final = ("channel", "time", "value")
AT_ONCE: Final = 5_000  # rows
UTC_ONLY: Final = Moments()  # a time without an offset is refused

Row = tuple[str, int, float | None]


@dataclass(slots=True)
class Columns:
    """What was read of one channel, in the order of arrival."""

    times: list[int] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)

    def in_time(self) -> tuple[list[int], list[float | None]]:
        """Rising in time, the first value of a time."""
        times = self.times
        if all(map(lt, times, islice(times, 1, None))):
            return times, self.values
        first = dict(zip(reversed(times), reversed(self.values), strict=True))
        rising = sorted(first)
        return rising, [first[time] for time in rising]


def read_csv(path: Path, moments: Moments = UTC_ONLY, tell: Callable[[int], None] = lambda _: None) -> list[Trace]:
    """Read a file: text or gzipped text.

    Args:
        path: the file.
        moments: how its times are read.
        tell: called now and then with the number of rows read.

    Raises:
        BadInput: with the file, the line, what is wrong and the cure.
    """
    channels: dict[str, Columns] = {}
    with opened(path, "csv") as text:
        reader, line = csv.reader(text), 1
        for rows in _chunks(reader, path):
            if line == 1 and _is_header(rows[0], path):
                rows[0] = []
            _take(channels, rows, moments, f"{path}:", line)
            line += len(rows)
            tell(line - 1)
    if not channels:
        raise BadInput("csv", f"{path} has no reading", "write channel,time,value, one reading a line")
    return [trace_of(channel, columns) for channel, columns in sorted(channels.items())]


def _is_header(row: Sequence[str], path: Path) -> bool:
    """True when it names the columns; where they stand in another order, that is said rather than guessed."""
    names = [cell.strip().lower() for cell in row]
    if set(COLUMNS) <= set(names) and names != list(COLUMNS):
        cure = f"let {', '.join(COLUMNS)} be the columns, in this order"
        raise BadInput("header", f"says {', '.join(names)}", cure, where=f"{path}:1")
    return names == list(COLUMNS)


def _chunks(reader: Iterator[list[str]], path: Path) -> Iterator[list[list[str]]]:
    try:
        while rows := list(islice(reader, AT_ONCE)):
            yield rows
    except csv.Error as error:
        raise BadInput("csv", f"{path}: {error}", "write channel,time,value, one reading a line") from None


def _take(channels: dict[str, Columns], rows: list[list[str]], moments: Moments, file: str, line: int) -> None:
    try:
        names, times, values = _together(rows, moments)
    except (ValueError, BadInput):
        slow = list(_one_by_one(rows, moments, file, line))
        names, times, values = [r[0] for r in slow], [r[1] for r in slow], [r[2] for r in slow]
    different = set(names)
    for name in different - channels.keys():
        channels[name] = Columns()
    if len(different) == 1:
        columns = channels[names[0]]
        columns.times += times
        columns.values += values
        return
    for name, time, value in zip(names, times, values, strict=True):
        columns = channels[name]
        columns.times.append(time)
        columns.values.append(value)


def _together(rows: Sequence[list[str]], moments: Moments) -> tuple[list[str], list[int], list[float | None]]:
    """Many rows, column by column.

    Raises:
        ValueError: something is unusual.
        BadInput: likewise.
    """
    names, times, values = zip(*filter(None, rows), strict=True)
    names = tuple(map(str.strip, names))
    if not all(names) or "_" in "".join(values):  # float takes 1_0 for 10, we do not
        raise ValueError("unusual")
    return list(names), moments.read_all(times), [float(value) if value else None for value in values]


def _one_by_one(rows: Sequence[list[str]], moments: Moments, file: str, line: int) -> Iterator[Row]:
    for number, row in enumerate(rows, line):
        if row:
            yield _row(row, moments, f"{file}{number}")


def _row(row: list[str], moments: Moments, where: str) -> Row:
    if len(row) != len(COLUMNS):
        raise BadInput("row", f"{len(row)} columns", "write channel,time,value with commas between", where=where)
    channel, time, value = (cell.strip() for cell in row)
    if not channel:
        raise BadInput("channel", "is empty", "name one", where=where)
    try:
        at = moments.read(time)
    except BadInput as error:
        raise BadInput(error.field, error.wrong, error.cure, where=where) from None
    return channel, at, _value(value, where)


def _value(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise BadInput("value", f"{text!r} is no number", "write degrees Celsius, or nothing for a fault", where=where)


def trace_of(channel: str, columns: Columns) -> Trace:
    """The readings of one channel, each with the fault that it shows by itself."""
    quantity = quantity_of_channel(channel)
    low, high = PHYSICAL_RANGE[quantity]
    times, values = columns.in_time()
    codes = [int(Fault.NONE)] * len(times)
    for at in [at for at, value in enumerate(values) if value is None or not low <= value <= high]:
        codes[at] = int(fault_of(quantity, values[at]))
        values[at] = None
    return Trace(channel, times, values, codes)


def quantity_of_channel(channel: str) -> Quantity:
    """What a channel measures; a name of another form is taken as a temperature."""
    try:
        return ChannelName.parse(channel).quantity
    except BadInput:
        return Quantity.TEMPERATURE
