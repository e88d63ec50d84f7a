"""What sensors said of a run: was a carrier measured on its whole way, and what is the furthest that rode along showed.

    archive (run, carriers, what hung in them) ─┐
                                                ├─► measured: readings at most so far apart ─► the run's findings, its end
    series (readings of the way) ───────────────┘   furthest: coldest, hottest ─► the decision at the door

A logger that was sent along and never spoke measured nothing. API and command line ask the same.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from coldchain.archive import views
from coldchain.archive.db import Archive, Tx
from coldchain.archive.transport import readings, runs
from coldchain.archive.transport.words import Point, Run, most_apart_ms
from coldchain.reading import ChannelName, Quantity, is_believed
from coldchain.series import Series, Span


async def measured(archive: Archive, series: Series, number: int, until: int) -> frozenset[int]:
    """The carriers of a run that channels measured from departure on, with no silence longer than people may leave.

    Args:
        archive: where runs and probes are.
        series: where readings are.
        number: of a run; one that is not there has none.
        until: now, or when it is to end; what was read by hand after it still belongs to the way.
    """
    async with archive.reading() as tx:
        run = await runs.find(tx, None, number)
        if run is None:
            return frozenset()
        ways = {carrier: await _way(tx, run, carrier, until) for carrier in await runs.carriers(tx, number)}
        spans = {carrier: await _spans(tx, carrier, *way) for carrier, way in ways.items()}
    _, apart_ms = most_apart_ms()
    return frozenset(
        [
            carrier
            for carrier, way in ways.items()
            if _is_whole([at for at, _ in await _believed(series, spans[carrier])], way, apart_ms)
        ]
    )


async def furthest(
    archive: Archive, series: Series, number: int, carriers: Collection[int], until: int
) -> tuple[float | None, float | None]:
    """The coldest and the hottest believed reading of these carriers from departure until then; None: nothing was said."""
    async with archive.reading() as tx:
        run = await runs.find(tx, None, number)
        if run is None:
            return None, None
        start = await _departed(tx, run, carriers)
        spans = [span for carrier in sorted(carriers) for span in await _spans(tx, carrier, start, until)]
    values = [value for _, value in await _believed(series, spans)]
    return min(values, default=None), max(values, default=None)


async def _departed(tx: Tx, run: Run, carriers: Collection[int]) -> int:
    """When these were read at departure; else when loading began."""
    read = await readings.of_run(tx, run.id)
    left = [
        each.at
        for each in read
        if each.point is Point.DEPARTURE and each.withdrawn_at is None and each.carrier in carriers
    ]
    return min(left, default=run.started_at)


async def _way(tx: Tx, run: Run, carrier: int, until: int) -> tuple[int, int]:
    """From a carrier's first reading by hand to its last; while it has no two, from loading until now."""
    times = [
        each.at for each in await readings.of_run(tx, run.id) if each.carrier == carrier and each.withdrawn_at is None
    ]
    if len(times) > 1:
        return min(times), max(times)
    return min(times, default=run.started_at), until if run.ended_at is None else run.ended_at


async def _spans(tx: Tx, carrier: int, start: int, until: int) -> list[Span]:
    """What thermometers were in a carrier from start until then, both included."""
    found = []
    for each in await views.assignments_in(tx, carrier, start, until + 1):
        if ChannelName.parse(each.channel).quantity is Quantity.TEMPERATURE:
            end = until + 1 if each.end is None else min(each.end, until + 1)
            found.append(Span(each.channel, max(start, each.start), end))
    return [span for span in found if span.start < span.end]


async def _believed(series: Series, spans: Sequence[Span]) -> list[tuple[int, float]]:
    """When what was said, as far as it is believed; where no probe hung the store is not asked."""
    if not spans:
        return []
    return [
        (at, value)
        for trace in await series.read_spans(spans)
        for at, value, code in zip(trace.t, trace.v, trace.q, strict=True)
        if value is not None and is_believed(code)
    ]


def _is_whole(times: Iterable[int], way: tuple[int, int], apart_ms: int) -> bool:
    """True when something was said, and neither before, between nor after it nothing for too long."""
    said = sorted(times)
    return bool(said) and all(later - at <= apart_ms for at, later in pairwise([way[0], *said, way[1]]))
