"""The ledger while readings come: how long after late data a day's row is built anew, and what keeping books costs.

20,000 readings a second are written with their arrivals, as a collector does, while the ledger follows beside it.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from alerting.ledger import exposures
from alerting.ledger.due import Due
from bench.archive import raw
from bench.archive.county import END, County
from coldchain.archive import journal
from coldchain.archive.db import Archive
from coldchain.exposure import DAY
from coldchain.reading import Trace
from coldchain.series import Series
from coldchain.series.embedded import EmbeddedSeries
from coldchain.wire import Arrival, ArrivedBatch

RATE = 20_000
PER_BATCH = 60
LOOK_S = 2.0  # the service looks every 20 s: what is measured is what comes on top
DRAIN_S = 120  # for what came last
MINUTE = 60_000


@dataclass(slots=True)
class Flowed:
    """What came out."""

    readings_per_s: float = 0.0
    late_days: int = 0
    lag_s: float = 0.0  # from the arrival of a late day until its row says so; the longest
    days_per_s: float = 0.0  # rows built a second of the ledger's time
    longest_hold_ms: float = 0.0  # for which the loop served nobody else


async def run(archive: Archive, path: Path, county: County, seconds: float) -> Flowed:
    """Let readings flow for so long, with late days among them."""
    found = Flowed()
    async with EmbeddedSeries.open(path, writer=True) as writer, EmbeddedSeries.open(path) as reader:
        stop = asyncio.Event()
        late: dict[int, float] = {}
        watch = asyncio.create_task(_watch(found, stop))
        keeper = asyncio.create_task(_keep(archive, reader, late, found, stop))
        await _write(writer, county, seconds, late, found)
        stop.set()
        async with asyncio.timeout(DRAIN_S):
            await asyncio.gather(watch, keeper)
    return found


async def _write(series: Series, county: County, seconds: float, late: dict[int, float], found: Flowed) -> None:
    """As a collector: readings durable, then their arrivals; every second a piece's day of a year ago comes late."""
    began, written, position = time.perf_counter(), 0, 0
    while time.perf_counter() - began < seconds:
        pieces = [county.size.raw + 1 + (position * 334 + n) % 2000 for n in range(RATE // PER_BATCH + 1)]
        traces = [_batch(county.channel(piece), END + position * 60 * MINUTE) for piece in dict.fromkeys(pieces)]
        piece = position % county.size.raw + 1
        if position % 2 and piece not in late and found.late_days < county.size.raw:
            day = END - (county.size.days // 2) * DAY
            values = [raw.value(piece, day + n * MINUTE) + 0.01 for n in range(1440)]
            traces.append(
                Trace(county.channel(piece), [day + n * MINUTE + 30_000 for n in range(1440)], list(values), [0] * 1440)
            )
            late[piece] = 0.0
            found.late_days += 1
        await series.write(traces)
        position += 1
        await series.write_arrivals([Arrival("main", 0, position, [_arrived(trace, position) for trace in traces])])
        late |= {piece: time.perf_counter() for piece, since in late.items() if not since}
        written += sum(len(trace) for trace in traces)
        await asyncio.sleep(max(0.0, began + written / RATE - time.perf_counter()))
    found.readings_per_s = written / (time.perf_counter() - began)


def _batch(name: str, first: int) -> Trace:
    return Trace(name, [first + n * MINUTE for n in range(PER_BATCH)], [4.5 + n % 7 / 16 for n in range(60)], [0] * 60)


def _arrived(trace: Trace, seq: int) -> ArrivedBatch:
    return ArrivedBatch(
        trace.channel.split("/")[0], "ab" * 16, seq, [trace.channel], trace.t[0], trace.t[-1], "cd" * 32
    )


async def _keep(archive: Archive, series: Series, late: dict[int, float], found: Flowed, stop: asyncio.Event) -> None:
    """What the ledger's task does; arrivals of today only move its cursors."""
    async with archive.writing() as tx:
        fence = await journal.take_lease(tx, "ledger", "bench", 0, 10**9)
    assert fence is not None
    books = Due(archive, series)
    await books.start()
    built, busy = 0, 0.0
    while late or not stop.is_set():
        await books.follow(fence, END)
        while days := await books.ready(END):
            began = time.perf_counter()
            await exposures.build(archive, series, days, END)
            await books.made(days, fence)
            built, busy = built + len(days), busy + time.perf_counter() - began
            for piece in {int(day.channel.split("/")[0].removeprefix("gw-")) for day in days} & late.keys():
                found.lag_s = max(found.lag_s, time.perf_counter() - late.pop(piece))
        await asyncio.sleep(LOOK_S)
    found.days_per_s = built / busy if busy else 0.0


async def _watch(found: Flowed, stop: asyncio.Event) -> None:
    """How long the loop serves nobody else: so long somebody who decides would have waited."""
    while not stop.is_set():
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        found.longest_hold_ms = max(found.longest_hold_ms, (time.perf_counter() - began) * 1000 - 5)
