"""What would have been judged if a probe that was found wrong had told the truth: the same rules over shifted readings.

    certificate that failed as found ─► Shift (channel, from the last good check to the day it was found) ─┐
    stored history ──► as it was judged ──────────────────────────────────────────────────────┐           │
                   └─► with the error that was found taken off ◄──────────────────────────────┼───────────┘
                                     └─► new, gone, longer, changed; the lots they concern ◄──┘

The error is taken to have been there all the while: nobody knows when it began. Nothing is written here.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerting.probes import midnight
from alerting.replay.compare import Change, compare
from alerting.replay.moments import BEYOND
from alerting.replay.report import Shape, shapes_of
from alerting.replay.whatif import Outcome
from coldchain.archive.db import Tx
from coldchain.archive.metrology import certificates, tolerance
from coldchain.archive.metrology.curve import Curve, Found, Point, corrected
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.reading import Trace

NAMES: Final = ("extreme_c", "minutes_out", "minutes_unknown", "degree_minutes", "severity", "certainty", "held")


@dataclass(frozen=True, slots=True)
class Shift:
    """A channel's readings of [start, end) without the error that a certificate found."""

    calibration: int
    certificate: str
    channel: str
    start: int
    end: int
    curve: Curve

    def of(self, trace: Trace) -> Trace:
        """A trace as it would have been."""
        if trace.channel != self.channel or not trace.t or trace.t[-1] < self.start or trace.t[0] >= self.end:
            return trace
        first, last = bisect_left(trace.t, self.start), bisect_left(trace.t, self.end)
        part = Trace(trace.channel, trace.t[first:last], trace.v[first:last], trace.q[first:last])
        values = [*trace.v[:first], *corrected(part, self.curve).v, *trace.v[last:]]
        return Trace(trace.channel, trace.t, values, trace.q)


async def shift_of(tx: Tx, calibration: int, zone: ZoneInfo) -> Shift:
    """What a certificate says of the time since the last good check.

    Raises:
        BadInput: it found its probe within its limit, or there is none.
    """
    its = await certificates.of(tx, calibration)
    case = await tolerance.of_calibration(tx, calibration)
    points = await certificates.points_of(tx, [calibration])
    start = 0 if case.since is None else midnight(date.fromisoformat(case.since), zone)
    end = midnight(date.fromisoformat(case.until) + timedelta(days=1), zone)
    if not start < end < BEYOND:
        raise BadInput("calibration", f"{calibration} is of no time that can be read", "correct its days")
    found = points.get((calibration, Found.AS_FOUND)) or points[calibration, Found.AS_LEFT]  # all that it says
    return Shift(calibration, its.certificate, case.channel, start, end, Curve.of(found))


def found_by(outcome: Outcome, shift: Shift) -> Shape:
    """What would be different, of a replay without the shift and with it."""
    compared = compare(outcome.runs[0], outcome.runs[1])
    longer = [change for change in compared.changed if change.after.facts.out_ms > change.before.facts.out_ms]
    lists: dict[str, list[Shape]] = {
        "new": shapes_of(outcome, [lone.case for lone in compared.new]),
        "gone": shapes_of(outcome, [lone.case for lone in compared.gone]),
        "longer": [_changed(outcome, change) for change in longer],
        "changed": [_changed(outcome, change) for change in compared.changed if change not in longer],
    }
    return {
        "calibration": shift.calibration,
        "certificate": shift.certificate,
        "channel": shift.channel,
        "start": None if shift.start == 0 else iso(shift.start),
        "end": iso(shift.end),
        "points": _points(shift.curve.points),
        "readings": outcome.readings,
        **lists,
        "same": compared.same,
        "lots": tolerance.lots_of(lists),
    }


def told(shape: Shape) -> list[str]:
    """The same in words."""
    counts = ", ".join(f"{len(shape[name])} {name}" for name in tolerance.LISTS)
    since = shape["start"] or "the first reading"
    lines = [
        f"{shape['channel']}, {since} to {shape['end']}, as {shape['certificate']} corrects it: {counts}, {shape['same']} the same"
    ]
    for name in tolerance.LISTS:
        for item in shape[name]:
            was = f", was {item['before']['minutes_out']:g}" if "before" in item else ""
            extreme = "" if item["extreme_c"] is None else f"\t{item['extreme_c']:g} °C"
            lines.append(
                f"{name}\t{item['start']['first_bad']}\t{item['rule']}\t{item['minutes_out']:g} min{was}{extreme}"
            )
    lines += [f"lot\t{each['lot']}\t{each['vaccine']}\t{each['doses']} doses" for each in shape["lots"]]
    return lines


def _changed(outcome: Outcome, change: Change) -> Shape:
    before, after = shapes_of(outcome, [change.before, change.after])
    return {**after, "before": {name: before[name] for name in NAMES}}


def _points(points: Sequence[Point]) -> list[list[float]]:
    return [[point.reference_mc / 1000, point.indicated_mc / 1000] for point in points]
