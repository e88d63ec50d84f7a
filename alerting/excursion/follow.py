"""One rule over a little of a trace: where its runs begin, go on and end.

After: `rows` (readings as marks). Before: `verdicts`.
"""

from collections.abc import Iterable

from alerting.excursion.machine import BAD, CALM, MET, TABLE, Track
from alerting.excursion.product import Product
from alerting.excursion.rows import Mark
from alerting.excursion.run import Run
from alerting.excursion.stretch import InForce


def follow(
    force: InForce, track: Track | None, good: Mark | None, marks: Iterable[Mark]
) -> tuple[Track | None, list[Track]]:
    """Take readings; `good` is the one before them, if the rule saw it and no run goes on.

    Returns:
        The run or sum that goes on after them, if one does, and those that came to their end.
    """
    ended = []
    least = force.rule.least
    for time, distance in marks:
        if track is not None and time >= track.end:
            ended.append(track)
            track = good = None
        if track is not None:
            if not track.step(time, distance):
                ended.append(track)
                track, good = None, (time, distance)
        elif distance >= least:
            track = _begun(force, (time, distance), good)
        else:
            good = time, distance
    return track, ended


def _begun(force: InForce, first: Mark, good: Mark | None) -> Track:
    """A track from its first bad reading on."""
    time, distance = first
    start, end = force.period_at(time)
    if good is not None and good[0] < start:
        good = None  # a sum knows nothing from before its period
    pause = 0 if good is None else time - good[0]
    is_known = good is not None and pause <= force.gap_ms
    run = Run(None if good is None else good[0], time, time, extreme=distance)
    if good is not None and is_known:
        run.go_out(pause, good[1], distance)
    else:
        run.unknown_ms = run.before_ms = pause
    if force.tau_ms is not None:
        run.product = Product.begin(force.tau_ms, force.rule.least, good[1] if good is not None and is_known else 0)
        run.product.stay_out(pause if is_known else 0, distance, was_out=False)
    track = Track(force, end, run, time, distance)
    track.state = TABLE[CALM, MET if track.certainty else BAD]
    return track
