"""Spools of tests."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from coldchain import wire
from gateway.spoolfile import SpoolFile, Stamped
from gateway.spoollayout import connect
from tests.gateway.parts import NOON

SERIES = "28ff.1/temperature"
PLENTY = 10_000_000


@contextmanager
def spool_in(folder: Path, limit_bytes: int = PLENTY, boot: str = "boot-1") -> Iterator[SpoolFile]:
    with closing(connect(folder / "spool.sqlite", limit_bytes)) as db:
        yield SpoolFile(db, limit_bytes, boot)


def rows(first: int, last: int, series: str = SERIES, *, dated: bool = True, step: int = 60_000) -> list[Stamped]:
    """Readings number first…last, one a minute, each with its own value."""
    return [
        Stamped(series, n * step, NOON + n * step if dated else None, value_of(n), 0) for n in range(first, last + 1)
    ]


def value_of(n: int) -> float:
    return round(5 + (n * 7 % 20) / 10, 1)


def formed(
    file: SpoolFile, end: Literal["newest", "oldest"] = "oldest", most: int = 100, up_to: int | None = None
) -> int:
    """The seq of a batch just made; there must be readings for it."""
    seq = file.form(end, file.newest() if up_to is None else up_to, most, NOON)
    assert seq is not None
    return seq


def batch_of(file: SpoolFile, seq: int | None) -> wire.Batch:
    assert seq is not None
    payload = file.payload(seq)
    assert payload is not None
    return wire.decode_batch(payload)


def points(batch: wire.Batch) -> dict[tuple[str, int], float | None]:
    return {
        (trace.channel, t): v for trace in wire.traces_of(batch.series) for t, v in zip(trace.t, trace.v, strict=True)
    }


def all_points(file: SpoolFile) -> dict[tuple[str, int], float | None]:
    """Everything the spool would send, taken out in batches."""
    found: dict[tuple[str, int], float | None] = {}
    for seq in file.unanswered():
        found |= points(batch_of(file, seq))
        file.settle([seq])
    while (seq_ := file.form("oldest", file.newest(), 1000, NOON)) is not None:
        found |= points(batch_of(file, seq_))
        file.settle([seq_])
    return found


def points_of(stamped: list[Stamped]) -> dict[tuple[str, int], float | None]:
    return {(row.series, row.time or 0): row.value for row in stamped}
