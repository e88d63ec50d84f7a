"""What a full spool gives up: of every three neighbouring readings of a series, the middle value; pure.

The coldest and the warmest of the three stay, so no peak is lost, and after one pass neighbours are at most three
intervals apart, so no time becomes unknown (docs/decisions/spool-full.md). After: spoolfile.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from gateway.batching import Row


def surplus(rows: Iterable[Row]) -> list[int]:
    """The ids of those rows that can be done without."""
    by_series: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_series[row.boot, row.series].append(row)
    gone = []
    for series in by_series.values():
        series.sort(key=lambda row: row.ticks)
        for at in range(0, len(series) - 2, 3):
            gone += _middle(series[at : at + 3])
    return gone


def _middle(three: Sequence[Row]) -> list[int]:
    """The id of the reading that the other two tell; none where a fault begins or ends among them."""
    if len({row.quality for row in three}) > 1:
        return []
    first, middle, last = three
    if any(row.value is None for row in three) or min(_value(first), _value(last)) <= _value(middle) <= max(
        _value(first), _value(last)
    ):
        return [middle.id]
    return [sorted(three, key=_value)[1].id]


def _value(row: Row) -> float:
    return row.value if row.value is not None else 0.0
