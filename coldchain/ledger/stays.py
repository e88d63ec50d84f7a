"""A compartment from–to, however long: whole days from their rows, everything else from readings.

window ─┬─ whole days that have a row and are not doubted ─► rows ─┐
        └─ its edges, today, days without a row ─► readings ───────┴─► sum
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate

from coldchain.archive.db import Archive
from coldchain.archive.exposure import days
from coldchain.exposure import DAY, Exposure, total
from coldchain.ledger import raw
from coldchain.ledger.raw import Window
from coldchain.series import Series


async def went_through(
    archive: Archive, series: Series, windows: Sequence[Window], *, use_rows: bool = True
) -> list[Exposure]:
    """What each window comes to, in order.

    Windows that begin together share their beginning: a store from which a lot went out a hundred times is summed once.

    Args:
        archive: where rows, probes and evidence are.
        series: where readings are.
        windows: of any length.
        use_rows: False reckons all of it from readings, as a decision that is signed wants it.
    """
    chains = _chains(windows)
    pieces = [piece for its in chains.values() for piece in its]
    came_to = dict(zip(pieces, await _each(archive, series, pieces, use_rows=use_rows), strict=True))
    found: dict[Window, Exposure] = {}
    for (compartment, start), its in chains.items():
        so_far = accumulate(came_to[piece] for piece in its)
        found |= {Window(compartment, start, p.end): each for p, each in zip(its, so_far, strict=True)}
    return [found[window] for window in windows]


def _chains(windows: Sequence[Window]) -> dict[tuple[int, int], list[Window]]:
    """Those that begin together, cut at each other's ends."""
    ends: dict[tuple[int, int], set[int]] = defaultdict(set)
    for window in windows:
        ends[window.compartment, window.start].add(window.end)
    return {
        (compartment, start): [
            Window(compartment, a, b) for a, b in zip([start, *sorted(its)], sorted(its), strict=False)
        ]
        for (compartment, start), its in ends.items()
    }


async def _each(archive: Archive, series: Series, windows: Sequence[Window], *, use_rows: bool) -> list[Exposure]:
    rows = await _rows(archive, windows) if use_rows else [{} for _ in windows]
    parts = [
        [part for part in window.days() if part.start not in its] for window, its in zip(windows, rows, strict=True)
    ]
    wanted = sorted({part for its in parts for part in its})
    known = dict(zip(wanted, await raw.went_through(archive, series, wanted), strict=True))
    return [
        total([*its.values(), *(known[part] for part in missing)]) for its, missing in zip(rows, parts, strict=True)
    ]


async def _rows(archive: Archive, windows: Sequence[Window]) -> list[Mapping[int, Exposure]]:
    """Of each window its whole days that have a row, by day."""
    whole = [(-(-w.start // DAY) * DAY, w.end // DAY * DAY) for w in windows]
    async with archive.reading() as tx:
        doubted = await days.doubted(tx, {window.compartment for window in windows})
        found: list[Mapping[int, Exposure]] = []
        for window, (first, last) in zip(windows, whole, strict=True):
            rows = await days.between(tx, window.compartment, first, last) if first < last else {}
            found.append({day: each for day, each in rows.items() if (window.compartment, day) not in doubted})
    return found
