"""The verdict on a channel: a pure function of its readings, the rules in force and where it stood.

    advance(judged so far, stretches, readings) ─► (judged so far, verdicts)       live: a little at a time
    judge(stretches, readings)                  ─► verdicts                        the same fold, all at once

There is no now in here: an excursion without recovery up to the last reading is open. Readings come in rising time;
cut in any pieces they give the same verdicts, to the byte.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from alerting.excursion.machine import State, Track, certainty_of
from alerting.excursion.run import Run
from alerting.excursion.stretch import Place, Stretch
from coldchain.excursion import Certainty, Kind
from coldchain.reading import RECONSTRUCTED, Trace

_LITTLE = 64  # readings looked at together


class End(StrEnum):
    """Why a verdict reaches no further."""

    OPEN = "open"  # it does: no recovery up to the last reading
    RECOVERED = "recovered"
    CHANGED = "changed"  # another place, profile or rule version judges from here on


@dataclass(frozen=True, slots=True)
class Verdict:
    """One excursion as the readings tell it. Times ms UTC, temperatures m°C, sums in whole numbers."""

    channel: str
    rule: str  # pack/name, without the version
    version: str
    kind: Kind
    place: Place
    certainty: Certainty
    end: End
    known_good_before: int | None  # it began after this …
    first_bad: int  # … and no later than this
    last_bad: int
    known_good_after: int | None
    extreme_mc: int
    run_ms: int  # between consecutive bad readings
    out_ms: int  # with interpolated crossings
    unknown_ms: int  # pauses inside the bounds
    unknown_before_ms: int  # … of these, before the first bad reading
    degree_ms: int  # °C · ms beyond the limit
    mkt_mc: int | None  # heat only


@dataclass(slots=True)
class Judged:
    """How far a channel has been judged: the engine's whole memory of it. Any good reading rebuilds it."""

    newest: int | None = None
    stretch: Stretch | None = None
    tracks: list[Track] | None = None

    def copy(self) -> "Judged":
        """One of its own that goes on from here."""
        return replace(self, tracks=None if self.tracks is None else [track.copy() for track in self.tracks])

    @property
    def is_calm(self) -> bool:
        """True when no rule has a run."""
        return all(track.state is State.CALM for track in self.tracks or ())


def judge(stretches: Sequence[Stretch], trace: Trace) -> list[Verdict]:
    """All verdicts on a trace."""
    return advance(Judged(), stretches, trace)[1]


def advance(judged: Judged, stretches: Sequence[Stretch], trace: Trace) -> tuple[Judged, list[Verdict]]:
    """Take further readings, all newer than those before.

    Returns:
        How far the channel is judged now (`judged` itself is not changed), and the verdicts that these readings ended
        or left open, in order of their first bad reading.
    """
    after, verdicts = judged.copy(), []
    for stretch, start, stop in _pieces(stretches, trace):
        if stretch != after.stretch:
            verdicts += _ended(after, trace.channel)
            after.stretch, after.tracks = stretch, _tracks(stretch)
        if after.tracks:
            verdicts += _fold(after, trace, start, stop)
    if trace.t:
        after.newest = trace.t[-1]
    verdicts += _open(after, trace.channel)
    return after, sorted(verdicts, key=lambda verdict: (verdict.first_bad, verdict.rule))


def _pieces(stretches: Sequence[Stretch], trace: Trace) -> Iterable[tuple[Stretch | None, int, int]]:
    """Which stretch judges which slice of the trace; None where none does."""
    times, at = trace.t, 0
    while at < len(times):
        time = times[at]
        stretch = next((s for s in stretches if s.start <= time < s.end), None)
        end = stretch.end if stretch else min((s.start for s in stretches if s.start > time), default=None)
        stop = len(times) if end is None or times[-1] < end else _first_from(times, end, at)
        yield stretch, at, stop
        at = stop


def _first_from(times: list[int], end: int, at: int) -> int:
    while times[at] < end:
        at += 1
    return at


def _tracks(stretch: Stretch | None) -> list[Track]:
    return [Track(rule, stretch.gap_ms(rule)) for rule in stretch.rules] if stretch else []


def _fold(after: Judged, trace: Trace, start: int, stop: int) -> list[Verdict]:
    """Take a slice that one stretch judges, a little at a time: most of any trace is calm."""
    tracks, stretch = after.tracks, after.stretch
    assert tracks is not None
    assert stretch is not None
    found = []
    for begin in range(start, stop, _LITTLE):
        end = min(begin + _LITTLE, stop)
        if not (after.is_calm and _rest(tracks, trace, begin, end)):
            found += _steps(tracks, stretch.place, trace, slice(begin, end))
    return found


def _steps(tracks: list[Track], place: Place, trace: Trace, part: slice) -> list[Verdict]:
    found = []
    for time, celsius, code in zip(trace.t[part], trace.v[part], trace.q[part], strict=True):
        if celsius is None or code & ~RECONSTRUCTED:
            continue  # a fault is no temperature: nothing is known of this moment
        value = round(celsius * 1000)
        for track in tracks:
            run = track.step(time, value)
            if run is not None:
                found.append(_verdict(trace.channel, track, run, place, End.RECOVERED))
    return found


def _rest(tracks: list[Track], trace: Trace, start: int, stop: int) -> bool:
    """The short way for calm times: when no reading can be out, only the last one is worth remembering."""
    if any(trace.q[start:stop]):
        return False
    values = [value for value in trace.v[start:stop] if value is not None]
    if len(values) != stop - start:
        return False
    low, high = round(min(values) * 1000), round(max(values) * 1000)
    if any(track.rule.is_bad(low) or track.rule.is_bad(high) for track in tracks):
        return False
    time, value = trace.t[stop - 1], round(values[-1] * 1000)
    for track in tracks:
        track.rest(time, value)
    return True


def _ended(judged: Judged, channel: str) -> list[Verdict]:
    """The excursions that a change cuts off."""
    return _unrecovered(judged, channel, End.CHANGED)


def _open(judged: Judged, channel: str) -> list[Verdict]:
    """The excursions that still go on; where the channel went away nothing can."""
    is_left = judged.stretch is not None and judged.stretch.is_left
    return _unrecovered(judged, channel, End.CHANGED if is_left else End.OPEN)


def _unrecovered(judged: Judged, channel: str, end: End) -> list[Verdict]:
    if judged.stretch is None:
        return []
    return [
        _verdict(channel, track, track.run, judged.stretch.place, end)
        for track in judged.tracks or ()
        if track.run is not None and track.state >= State.OPEN
    ]


def _verdict(channel: str, track: Track, run: Run, place: Place, end: End) -> Verdict:
    rule = track.rule
    certainty = certainty_of(rule, run)
    assert certainty is not None
    return Verdict(
        channel=channel,
        rule=rule.id,
        version=rule.version,
        kind=rule.kind,
        place=place,
        certainty=certainty,
        end=end,
        known_good_before=run.known_good_before,
        first_bad=run.first_bad,
        last_bad=run.last_bad,
        known_good_after=run.good_after if end is End.RECOVERED else None,
        extreme_mc=rule.limit_mc + rule.operator.sign * run.extreme,
        run_ms=run.run_ms,
        out_ms=run.out_ms,
        unknown_ms=run.unknown_ms,
        unknown_before_ms=run.before_ms,
        degree_ms=run.area // 2000,
        mkt_mc=run.mkt_mc() if rule.kind is Kind.HEAT else None,
    )
