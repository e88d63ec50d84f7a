"""The verdicts of one rule, written again from the rules' text: slow, obvious, and sharing no code with the engine.

It knows no batches, no tracks and no short ways. For every rule it writes down which readings are bad, cuts the row of
readings into excursions by looking at all of it, and then measures each excursion pause by pause.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

HOUR = 3_600_000
FOREVER = 2**62
KELVIN = 273.15


@dataclass(frozen=True)
class Text:
    """A rule in plain words; thousandths of a degree, ms."""

    reads: str = "value"  # value | fault | stillness | jump
    counts: str = "run"  # run | sum | mean_kinetic
    is_heat: bool = True
    inclusive: bool = False  # the limit itself is bad
    limit: int = 0
    until: int | None = None
    hysteresis: int = 0
    hold: int = 0
    patience: int = 0
    period: int = 0
    faults: frozenset[int] = frozenset()
    jump: int = 0
    is_binary: bool = False
    tells_mean: bool = False
    is_temperature: bool = True


@dataclass(frozen=True)
class Term:
    """From when to when the rule is in force at one place; `is_left`: the channel is known to go away in the end."""

    since: int = 0
    until: int = FOREVER
    is_left: bool = False
    gap: int = 0
    tau: int | None = None


@dataclass(frozen=True)
class Reading:
    time: int
    value: int | None  # None = not believed
    fault: int = 0


@dataclass(frozen=True)
class Expected:
    certainty: str
    end: str
    good_before: int | None
    first_bad: int
    last_bad: int
    good_after: int | None
    extreme: int | None
    run_ms: int
    out_ms: int
    unknown_ms: int
    before_ms: int
    degree_ms: int
    mean: float | None
    product: int | None = None
    product_run_ms: int | None = None


@dataclass(frozen=True)
class Seen:
    """A reading as the rule sees it: how far out (only 0 or -1 for what is just bad or not), and whether that is bad."""

    time: int
    value: int
    distance: int
    is_bad: bool


def expected(readings: Sequence[Reading], text: Text, term: Term) -> list[Expected]:
    """All verdicts; `readings` are all of the channel, also from before and after the rule was in force."""
    mine = [r for r in sorted(readings, key=lambda r: r.time) if term.since <= r.time < term.until]
    is_cut = any(r.time >= term.until for r in readings)
    newest = max((r.time for r in readings), default=0)
    if text.reads == "stillness":
        return _still(mine, text, term, is_cut=is_cut)
    if text.counts == "run":
        return _runs(_seen(mine, text, term), text, term, "changed" if is_cut or term.is_left else "open")
    found = []
    for start, rows in groupby(mine, key=lambda r: _period(r.time, text, term)):
        end = start + text.period
        part = [r for r in rows if r.value is not None]
        if end <= term.until and newest >= end:
            why = "over"
        elif is_cut or term.is_left:
            why = "changed"
        else:
            why = "open"
        if text.counts == "sum":
            found += _sum(_seen(part, text, term), text, term, why)
        elif newest >= end or is_cut:
            found += _mean(part, text, term, (max(start, term.since), min(end, term.until)), why)
    return found


def _period(time: int, text: Text, term: Term) -> int:
    """Sums begin anew every so long from when the rule came into force, means at whole periods of UTC."""
    origin = max(term.since, 0) if text.counts == "sum" else 0
    return origin + (time - origin) // text.period * text.period


# which readings are bad


def _seen(readings: Sequence[Reading], text: Text, term: Term) -> list[Seen]:
    if text.reads == "fault":
        return [_plain(r.time, is_bad=r.fault in text.faults) for r in readings]
    believed = [(r.time, r.value) for r in readings if r.value is not None]
    if text.reads == "jump":
        rows = believed[:1] + believed  # the first has none before it
        return [
            _plain(t, is_bad=t - before <= term.gap and abs(v - other) > text.jump)
            for (before, other), (t, v) in pairwise(rows)
        ]
    seen: list[Seen] = []
    for time, value in believed:
        was_bad = bool(seen) and seen[-1].is_bad
        is_bad = _beyond(value, text.limit, text)
        if text.until is not None and was_bad:
            is_bad = is_bad or _beyond(value, text.until, text)
        if text.is_binary:
            seen.append(_plain(time, is_bad=is_bad))
        else:
            distance = value - text.limit if text.is_heat else text.limit - value
            seen.append(Seen(time, value, distance, is_bad))
    return seen


def _plain(time: int, *, is_bad: bool) -> Seen:
    return Seen(time, 0, 0 if is_bad else -1, is_bad)


def _beyond(value: int, limit: int, text: Text) -> bool:
    out = value > limit if text.is_heat else value < limit
    return out or (text.inclusive and value == limit)


# which of them belong together


def _runs(seen: Sequence[Seen], text: Text, term: Term, otherwise: str) -> list[Expected]:
    found = []
    at = 0
    while at < len(seen):
        if not seen[at].is_bad:
            at += 1
            continue
        over = next((i for i in range(at + 1, len(seen)) if _is_over(seen, at, i, text, term)), None)
        stop = len(seen) if over is None else over + 1
        end = otherwise if over is None else "recovered"
        found += _told(seen, at, stop, text, term, end)
        at = stop
    return found


def _is_over(seen: Sequence[Seen], first: int, now: int, text: Text, term: Term) -> bool:
    """Does the good reading `now` end the run that began at `first`?"""
    if seen[now].is_bad:
        return False
    last = max(i for i in range(first, now) if seen[i].is_bad)
    if not _certainty(*_spans(seen, first, last + 1, term), text):
        return True  # what is no excursion yet needs no proof that it is over
    well = now
    while well > last and _is_well(seen[well], text):
        well -= 1
    pauses = [b.time - a.time for a, b in pairwise(seen[well + 1 : now + 1])]
    return well < now and sum(p for p in pauses if p <= term.gap) >= text.hold


def _is_well(one: Seen, text: Text) -> bool:
    """Inside by more than the hysteresis, and back beyond `until`."""
    if text.until is not None and _beyond(one.value, text.until, text):
        return False
    return one.distance + text.hysteresis < (0 if text.inclusive or text.reads != "value" or text.is_binary else 1)


def _sum(seen: Sequence[Seen], text: Text, term: Term, otherwise: str) -> list[Expected]:
    """One verdict for all that is out within a period."""
    first = next((i for i, one in enumerate(seen) if one.is_bad), None)
    if first is None:
        return []
    return _told(seen, first, len(seen), text, term, otherwise if seen[-1].is_bad else "recovered")


def _still(readings: Sequence[Reading], text: Text, term: Term, *, is_cut: bool) -> list[Expected]:
    """The same value again and again; only two readings within the gap limit can begin it."""
    rows = [(r.time, r.value) for r in readings if r.value is not None]
    found = []
    at = 0
    while at < len(rows):
        last = at
        while last + 1 < len(rows) and rows[last + 1][1] == rows[at][1]:
            if last == at and rows[at + 1][0] - rows[at][0] > term.gap:
                break
            last += 1
        pauses = [b[0] - a[0] for a, b in pairwise(rows[at : last + 1])]
        known, unknown = sum(p for p in pauses if p <= term.gap), sum(p for p in pauses if p > term.gap)
        certainty = _certainty(known, unknown, text)
        after = rows[last + 1][0] if last + 1 < len(rows) else None
        end = "recovered" if after is not None else "changed" if is_cut or term.is_left else "open"
        if certainty and last > at:
            first = rows[at][0]
            bounds = first, first, rows[last][0], after
            found.append(Expected(certainty, end, *bounds, None, known, known, unknown, 0, 0, None))
        at = last + 1
    return found


# how long, how far


def _told(seen: Sequence[Seen], first: int, stop: int, text: Text, term: Term, end: str) -> list[Expected]:
    last = max(i for i in range(first, stop) if seen[i].is_bad)
    known, unknown = _spans(seen, first, min(last + 2, stop), term)
    certainty = _certainty(known, unknown, text)
    if not certainty:
        return []
    before = seen[first - 1] if first else None
    pairs = list(pairwise(seen[max(first - 1, 0) : min(last + 2, stop)]))
    within = [(a, b) for a, b in pairs if b.time - a.time <= term.gap]
    farthest = max(one.distance for one in seen[first : last + 1] if one.is_bad)
    product, product_run = _product(seen[first : last + 1], before, text, term)
    return [
        Expected(
            certainty,
            end,
            before.time if before else None,
            seen[first].time,
            seen[last].time,
            seen[last + 1].time if end == "recovered" else None,
            (text.limit + farthest if text.is_heat else text.limit - farthest) if text.is_temperature else None,
            known,
            sum(_out(a, b, text) for a, b in within),
            unknown,
            seen[first].time - before.time if before and seen[first].time - before.time > term.gap else 0,
            sum(_twice_area(a, b) for a, b in within) // 2000 if text.is_temperature else 0,
            _mean_of([(a, b) for a, b in within if a.is_bad and b.is_bad]) if text.tells_mean else None,
            product,
            product_run,
        )
    ]


def _spans(seen: Sequence[Seen], first: int, stop: int, term: Term) -> tuple[int, int]:
    """Time between consecutive bad readings, and time of which nothing is known, from the reading before `first` on."""
    pairs = list(pairwise(seen[max(first - 1, 0) : stop]))
    known = sum(b.time - a.time for a, b in pairs if a.is_bad and b.is_bad and b.time - a.time <= term.gap)
    return known, sum(b.time - a.time for a, b in pairs if b.time - a.time > term.gap)


def _certainty(known: int, unknown: int, text: Text) -> str:
    if known >= text.patience:
        return "certain"
    return "possible" if known + unknown >= text.patience else ""


def _out(a: Seen, b: Seen, text: Text) -> int:
    """How much of a pause is out: whole ms of a straight line beyond the limit, or until it is back."""
    pause = b.time - a.time
    if a.is_bad and b.is_bad:
        return pause
    if b.is_bad:
        return pause * b.distance // (b.distance - a.distance)
    if a.is_bad:
        back = 0 if text.until is None else -abs(text.until - text.limit)
        return pause * (a.distance - back) // (a.distance - b.distance)
    return 0


def _twice_area(a: Seen, b: Seen) -> int:
    """Twice the area beyond the limit under the line, where at least one end is bad."""
    if not (a.is_bad or b.is_bad):
        return 0
    pause, high, low = b.time - a.time, max(a.distance, b.distance), min(a.distance, b.distance)
    if low >= 0:
        return (high + low) * pause
    return high * (pause * high // (high - low)) if high > 0 else 0


def _product(run: Sequence[Seen], before: Seen | None, text: Text, term: Term) -> tuple[int | None, int | None]:
    """The product follows the probe: what is left of a difference after a pause is exp(-pause/tau) of it.

    In millionths of a degree; the share in millionths too; rounded towards heat. Across a gap it is as warm as the probe.
    """
    if term.tau is None:
        return None, None
    is_known = before is not None and run[0].time - before.time <= term.gap
    warm = before.value * 1000 if before is not None and is_known else text.limit * 1000
    then = before.time if before is not None and is_known else run[0].time
    out, total, warmest = False, 0, -FOREVER
    last_time, last_bad = then, False
    for one in run:
        pause = one.time - last_time
        left = round(1_000_000 * math.exp(-pause / term.tau)) if pause <= term.gap else 0
        lag = one.value * 1000 - warm
        warm = one.value * 1000 - lag * left // 1_000_000
        shown = -(-warm // 1000)
        is_out = _beyond(shown, text.limit, text)
        if one.is_bad:
            warmest = max(warmest, shown)
            if last_bad and out and is_out and pause <= term.gap:
                total += pause
        out, last_time, last_bad = is_out, one.time, one.is_bad
    return warmest, total


# means


def _mean(part: Sequence[Reading], text: Text, term: Term, bounds: tuple[int, int], why: str) -> list[Expected]:
    rows = [Seen(r.time, r.value, 0, is_bad=True) for r in part if r.value is not None]
    if not rows:
        return []
    pairs = [(a, b) for a, b in pairwise(rows) if b.time - a.time <= term.gap]
    known = sum(b.time - a.time for a, b in pairs)
    edges = [bounds[0], *(one.time for one in rows), bounds[1]]
    unknown = sum(b - a for a, b in pairwise(edges) if b - a > term.gap)
    mean = _mean_of(pairs)
    if mean is None or not _beyond(round(mean * 1000), text.limit, text):
        return []
    certainty = "possible" if unknown else "certain"
    if unknown and text.is_heat:
        # even if the unknown time had done no harm at all
        harm = math.exp(-10_000.0 / (mean + KELVIN)) * known / (known + unknown)
        if _beyond(round((-10_000.0 / math.log(harm) - KELVIN) * 1000), text.limit, text):
            certainty = "certain"
    extreme = (max if text.is_heat else min)(one.value for one in rows)
    times = None, rows[0].time, rows[-1].time, None
    return [Expected(certainty, why, *times, extreme, known, known, unknown, 0, 0, mean)]


def _mean_of(pairs: Sequence[tuple[Seen, Seen]]) -> float | None:
    """Mean kinetic temperature (°C) of straight lines between readings, each end weighing half the pause."""
    total = weight = 0.0
    for a, b in pairs:
        for one in (a, b):
            total += (b.time - a.time) * math.exp(-83.144 / 8.314462618e-3 / (one.value / 1000 + KELVIN))
            weight += b.time - a.time
    return 83.144 / 8.314462618e-3 / -math.log(total / weight) - KELVIN if weight else None
