"""The verdicts of one limit, written again from the rules' text: slow, obvious, and sharing no code with the engine.

For every bad reading it asks which run it belongs to by looking at all readings; it knows no states and no batches.
"""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Expected:
    first_bad: int
    last_bad: int
    good_before: int | None
    good_after: int | None
    extreme: int
    run_ms: int
    out_ms: int
    unknown_ms: int
    certainty: str


def expected(
    readings: list[tuple[int, int | None]], *, limit: int, is_heat: bool, inclusive: bool, patience: int, gap: int
) -> list[Expected]:
    """`readings`: (time, m°C or None for a fault), any order."""

    def is_bad(value: int) -> bool:
        beyond = value - limit if is_heat else limit - value
        return beyond > 0 or (inclusive and beyond == 0)

    believed = sorted((t, v) for t, v in readings if v is not None)
    bad = [t for t, v in believed if is_bad(v)]
    good = [t for t, v in believed if not is_bad(v)]
    runs: list[list[int]] = []
    for time in bad:
        if runs and not any(runs[-1][-1] < g < time for g in good):
            runs[-1].append(time)
        else:
            runs.append([time])
    found = []
    for run in runs:
        before = max((g for g in good if g < run[0]), default=None)
        after = min((g for g in good if g > run[-1]), default=None)
        values = dict(believed)
        pauses = [b - a for a, b in pairwise(run)]
        known = sum(p for p in pauses if p <= gap)
        unknown = sum(p for p in pauses if p > gap)
        out = known
        for edge, bad_time in ((before, run[0]), (after, run[-1])):
            if edge is None:
                continue
            pause = abs(bad_time - edge)
            if pause > gap:
                unknown += pause
            else:
                beyond, inside = abs(values[bad_time] - limit), abs(values[edge] - limit)
                out += pause * beyond // (beyond + inside)
        extremes = [values[t] for t in run]
        certainty = "certain" if known >= patience else "possible" if known + unknown >= patience else ""
        if certainty:
            extreme = max(extremes) if is_heat else min(extremes)
            found.append(Expected(run[0], run[-1], before, after, extreme, known, out, unknown, certainty))
    return found
