"""Where a judgement may begin anew: readings after which every rule is provably calm, whatever came before.

Without hold a single reading well inside every limit proves it; with hold, as many of them as the hold asks. This is
the engine's only checkpoint: it is found in the readings, so it can be neither lost nor stale.
"""

from collections.abc import Iterator, Sequence

from alerting.excursion.stretch import Stretch
from coldchain.reading import Trace, is_believed


def calm_indices(stretches: Sequence[Stretch], trace: Trace) -> Iterator[int]:
    """The positions in `trace` at which calm is proved by the readings of `trace` up to there."""
    judged_by: Stretch | None = None
    since: dict[str, int] = {}  # rule → how long readings have been well
    last: tuple[int, int] | None = None
    for at, (time, celsius, code) in enumerate(zip(trace.t, trace.v, trace.q, strict=True)):
        stretch = next((s for s in stretches if s.start <= time < s.end), None)
        if stretch != judged_by or stretch is None:
            judged_by, since, last = stretch, {}, None
        if stretch is None:
            yield at
        elif celsius is not None and is_believed(code):
            value = round(celsius * 1000)
            since = _well_since(stretch, since, last, (time, value))
            last = (time, value)
            if all(rule.id in since and since[rule.id] >= rule.hold_ms for rule in stretch.rules):
                yield at


def _well_since(
    stretch: Stretch, since: dict[str, int], last: tuple[int, int] | None, reading: tuple[int, int]
) -> dict[str, int]:
    """For each rule that the reading is well for: the known time for which readings have been so."""
    after = {}
    for rule in stretch.rules:
        if not rule.is_well(reading[1]):
            continue
        pause = reading[0] - last[0] if last else 0
        is_going_on = rule.id in since and pause <= stretch.gap_ms(rule)
        after[rule.id] = since.get(rule.id, 0) + (pause if is_going_on else 0)
    return after
