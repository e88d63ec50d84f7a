"""Rows of the spool and what the guard said made into a batch's bytes; pure. After: spoolfile; before: uplink."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from coldchain import wire
from coldchain.reading import Trace


class Row(NamedTuple):
    """A reading as the spool holds it. `time` is None while the boot's clock is unknown."""

    id: int
    boot: int
    series: str
    ticks: int
    time: int | None
    value: float | None
    quality: int


def payload_of(rows: Sequence[Row], head: wire.Batch) -> bytes:
    """The message that carries `rows` under `head`'s names, and what `head` tells.

    The times are those fixed in the rows; in an undated batch they are ticks, ms since that boot.
    """
    grouped: dict[str, list[tuple[int, float | None, int]]] = defaultdict(list)
    for row in rows:
        moment = row.ticks if head.undated or row.time is None else row.time
        grouped[row.series].append((moment, row.value, row.quality))
    series = {name: wire.block_of(_trace(name, points)) for name, points in sorted(grouped.items())}
    return wire.encode(wire.Batch(head.spool, head.seq, head.sent, series, head.undated, head.told))


def _trace(name: str, points: list[tuple[int, float | None, int]]) -> Trace:
    points.sort(key=lambda point: point[0])
    t, v, q = zip(*points, strict=True)
    return Trace(name, list(t), list(v), list(q))
