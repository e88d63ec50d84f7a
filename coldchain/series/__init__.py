"""The door to the time series: one protocol, two implementations (InfluxDB, and an embedded store), one contract suite.

    collector ── write, journal, rollups ──►  Series  ◄── read, arrivals, envelope ── alerting, dashboards

Files in reading order: here the protocol and `open_series`; `buckets` (long ranges in few points, pure) and `rows` (what
both stores share);
`embedded` on `sql` and `thread` (SQLite); `influx` on `lines`, `influxql` and `answers` (influxdb-client).

Never does: decide which of two values is right, or whether a reading is good. A (channel, time) is written once;
who writes has compared before.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from coldchain.reading import Reading, Trace
from coldchain.settings import SeriesSettings
from coldchain.wire import Arrival


@dataclass(frozen=True, slots=True)
class Envelope:
    """A long trace in few points that hides no peak: per bucket its start (ms), least, greatest and mean value.

    A bucket without a believed value is left out: a gap stays a gap.
    """

    channel: str
    step: int
    t: list[int]
    low: list[float]
    high: list[float]
    mean: list[float]


@dataclass(frozen=True, slots=True)
class Rollup:
    """One hour or day of one channel: extremes and mean of believed values, and for how many seconds they spoke."""

    channel: str
    start: int
    low: float
    high: float
    mean: float
    seconds_known: float
    count: int


@dataclass(frozen=True, slots=True)
class UndatedTrace:
    """Readings of a boot that never learned the time: `t` is ms since that boot; kept and shown, never judged."""

    channel: str
    boot: str
    after: int | None
    before: int | None
    t: list[int]
    v: list[float | None]
    q: list[int]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [start, end) of one channel, ms UTC."""

    channel: str
    start: int
    end: int


HOUR = 3_600_000
DAY = 24 * HOUR


class Series(Protocol):
    """What both stores do. Times are ms UTC; ranges are [start, end). Every call may raise `Unavailable`."""

    async def write(self, traces: Sequence[Trace]) -> None:
        """Make readings durable; return only when the store has confirmed.

        Raises:
            Refused: some of it will never be taken (the rest may have been: writing again is safe).
            TooLarge: cut it in two.
            Unavailable: nothing is certain; write the same again later.
        """

    async def write_undated(self, traces: Sequence[UndatedTrace]) -> None:
        """Make undated readings durable. Errors as `write`."""

    async def write_arrivals(self, arrivals: Sequence[Arrival]) -> None:
        """Append to the arrival journal. Errors as `write`."""

    async def read(self, channel: str, start: int, end: int, *, limit: int | None = None) -> Trace:
        """The readings of one channel, rising in time; with `limit`, the earliest that many."""

    async def read_spans(self, spans: Sequence[Span]) -> list[Trace]:
        """`read` of many stretches in few round trips: one trace per span, in the same order, empty where there is none."""

    async def before(self, channel: str, time: int, count: int = 1) -> Trace:
        """The last `count` readings strictly before `time`, rising."""

    async def before_each(self, times: Mapping[str, int], count: int = 1) -> dict[str, Trace]:
        """`before` of many channels, each with its own time, in few round trips."""

    async def after(self, channel: str, time: int, count: int = 1) -> Trace:
        """The first `count` readings at or after `time`, rising."""

    async def newest(self, channels: Iterable[str] | None = None) -> dict[str, Reading]:
        """The newest reading of each channel (of all, without an argument). Channels without any are absent."""

    async def undated(self, channel: str) -> list[UndatedTrace]:
        """What is kept of boots that never learned the time."""

    async def heads(self) -> dict[tuple[str, int], int]:
        """The last position of the arrival journal per (collector, shard)."""

    async def arrivals(self, collector: str, shard: int, after: int, limit: int = 1000) -> list[Arrival]:
        """The journal's lines of one collector and shard after a position, in order."""

    async def envelope(self, channel: str, start: int, end: int, points: int) -> Envelope:
        """At most `points` buckets over the range; from raw readings, or rollups where the buckets are whole hours.

        Whole hours and days begin at whole hours and days (UTC), so the first may begin before `start`.
        """

    async def write_rollups(self, rollups: Sequence[Rollup], step: int) -> None:
        """Replace the rollups of `step` HOUR or DAY at those starts. Errors as `write`."""

    async def rollups(self, channel: str, start: int, end: int, step: int) -> list[Rollup]:
        """The rollups of `step` HOUR or DAY, rising."""

    async def rollup_spans(self, spans: Sequence[Span], step: int) -> list[list[Rollup]]:
        """`rollups` of many stretches in few round trips, in the same order."""

    async def set_marks(self, marks: dict[str, int]) -> None:
        """Remember named positions (the rollup owner's cursors)."""

    async def marks(self) -> dict[str, int]:
        """The named positions."""

    async def delete(self, channel: str, start: int, end: int) -> None:
        """Delete the readings of one channel in [start, end); arrivals and rollups stay. Only a signed act may do so.

        Raises:
            Unavailable: nothing is certain, delete the same again later; or it deletes nothing, and says so.
        """

    async def ping(self) -> None:
        """Return if the store answers."""


def open_series(settings: SeriesSettings, *, writer: bool = False) -> AbstractAsyncContextManager[Series]:
    """Open the store that the settings name; close it on leaving. `writer` is set by the collector alone."""
    return _open(settings, writer=writer)


@asynccontextmanager
async def _open(settings: SeriesSettings, *, writer: bool) -> AsyncIterator[Series]:
    if settings.kind == "embedded":
        from coldchain.series.embedded import EmbeddedSeries  # noqa: PLC0415 - load only the store in use

        async with EmbeddedSeries.open(settings.path, writer=writer) as embedded:
            yield embedded
    else:
        from coldchain.series.influx import InfluxSeries  # noqa: PLC0415 - load only the store in use

        async with InfluxSeries.open(settings) as influx:
            yield influx
