"""The verdicts on a channel: a pure function of its readings, the rules in force and where it stood.

    advance(judged so far, stretches, readings) ─► (judged so far, verdicts)       live: a little at a time
    judge(stretches, readings)                  ─► verdicts                        the same fold, all at once

There is no now in here: an excursion without recovery up to the last reading is open. Readings come in rising time;
cut in any pieces they give the same verdicts, to the byte.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.excursion.block import Block
from alerting.excursion.follow import follow
from alerting.excursion.machine import RESTING, Track
from alerting.excursion.rows import Rows, Seen, has_bad, mark_before, marks_of, rows_of
from alerting.excursion.rule import Reads
from alerting.excursion.streak import Streak
from alerting.excursion.stretch import NEVER, InForce, Stretch
from alerting.excursion.verdict import End, Verdict, verdict_of
from coldchain.reading import Trace

__all__ = ["End", "Judged", "Verdict", "advance", "judge"]

_LITTLE = 64  # readings looked at together


@dataclass(slots=True)
class Judged:
    """How far a channel has been judged: the engine's whole memory of it. Any proof of calm rebuilds it.

    A rule about runs is remembered only while there is one; a rule about stillness or a mean always remembers a little.
    """

    newest: int | None = None  # of all readings
    stretch: Stretch | None = None
    time: int | None = None  # of the newest believed reading …
    value: int = 0  # … and its thousandths
    tracks: tuple[Track, ...] = ()
    always: tuple[Streak | Block, ...] = ()

    def copy(self) -> "Judged":
        """One of its own that goes on from here."""
        tracks = tuple([track.copy() for track in self.tracks]) if self.tracks else ()
        always = tuple([each.copy() for each in self.always]) if self.always else ()
        return Judged(self.newest, self.stretch, self.time, self.value, tracks, always)

    @property
    def is_out(self) -> bool:
        """True when a temperature is out of its band at the newest believed reading, or not yet believed to be back."""
        return any(track.force.rule.kind.is_temperature and track.state is not RESTING for track in self.tracks)

    def before(self, force: InForce) -> Seen | None:
        """The newest reading that a rule has seen, if it was in force by then."""
        time = self.newest if force.rule.faults else self.time
        return None if time is None or time < force.since else (time, self.value)


def judge(stretches: Sequence[Stretch], trace: Trace) -> list[Verdict]:
    """All verdicts on a trace."""
    return advance(Judged(), stretches, trace)[1]


def advance(judged: Judged, stretches: Sequence[Stretch], trace: Trace) -> tuple[Judged, list[Verdict]]:
    """Take further readings, all newer than those before.

    Returns:
        How far the channel is judged now (`judged` itself is not changed), and the verdicts that these readings ended,
        changed or left open, in order of their first bad reading.
    """
    after, found = judged.copy(), []
    for stretch, start, stop in _pieces(judged.stretch, stretches, trace):
        if stretch is not after.stretch and stretch != after.stretch:
            found += _change(after, stretch, trace.channel)
        if stretch is None or not stretch.rules:
            after.newest = trace.t[stop - 1]
        else:
            found += _fold(after, stretch, trace, start, stop)
    found += _unended(judged, after, trace.channel)
    verdicts = [verdict for verdict in found if verdict is not None]
    return after, sorted(verdicts, key=lambda verdict: (verdict.first_bad, verdict.rule))


def _pieces(
    known: Stretch | None, stretches: Sequence[Stretch], trace: Trace
) -> Iterable[tuple[Stretch | None, int, int]]:
    """Which stretch judges which slice of the trace; None where none does."""
    times, at = trace.t, 0
    if times and known is not None and known.start <= times[0] and times[-1] < known.end and known in stretches:
        return [(known, 0, len(times))]
    pieces = []
    while at < len(times):
        time = times[at]
        stretch = next((s for s in stretches if s.start <= time < s.end), None)
        end = stretch.end if stretch else min((s.start for s in stretches if s.start > time), default=NEVER)
        stop = len(times) if times[-1] < end else bisect_left(times, end, at)
        pieces.append((stretch, at, stop))
        at = stop
    return pieces


def _fold(after: Judged, stretch: Stretch, trace: Trace, start: int, stop: int) -> list[Verdict | None]:
    """Take a slice that one stretch judges, a little at a time: most of any trace is calm."""
    ended: list[Track | Streak | Block] = []
    for begun in range(start, stop, _LITTLE):
        rows = rows_of(trace, begun, min(begun + _LITTLE, stop))
        if not _is_calm(after, stretch, rows):
            ended += _runs(after, stretch, rows)
        for each in after.always:
            ended += each.take(rows)
        after.newest = rows.every[-1]
        if rows.times:
            after.time, after.value = rows.times[-1], round(rows.raw[-1] * 1000)
    return [verdict_of(trace.channel, each, End.OVER) for each in ended]


def _is_calm(after: Judged, stretch: Stretch, rows: Rows) -> bool:
    """The short way for calm times: where no reading can be out, a rule about runs has nothing to do."""
    if after.tracks or rows.codes:
        return False
    low, high = rows.low, rows.high
    if after.time is not None:
        low, high = min(low, after.value), max(high, after.value)
    return stretch.band.holds(low, high)


def _runs(after: Judged, stretch: Stretch, rows: Rows) -> list[Track]:
    """Let every rule about runs and sums follow the readings; return what came to its end."""
    ended: list[Track] = []
    going_on: list[Track] = []
    for force in stretch.runs:
        track = next((each for each in after.tracks if each.force.rule.id == force.rule.id), None)
        before = after.before(force)
        if track is None and not has_bad(force.rule, rows, before):
            continue
        marks = marks_of(force, rows, before)
        track, its = follow(force, track, mark_before(force.rule, before), marks)
        ended += its
        if track is not None:
            (ended if track.end <= rows.every[-1] else going_on).append(track)
    after.tracks = tuple(going_on)
    return ended


def _change(after: Judged, stretch: Stretch | None, channel: str) -> list[Verdict | None]:
    """Another stretch begins: tell what it cuts off, and go on with what is in force in both."""
    after.stretch = stretch
    in_force = stretch.in_force if stretch else ()
    cut_off = [_cut_off(each, channel) for each in (*after.tracks, *after.always) if each.force not in in_force]
    after.tracks = tuple([track for track in after.tracks if track.force in in_force])
    known = {each.force.rule.id: each for each in after.always if each.force in in_force}
    after.always = tuple([known.get(force.rule.id) or _beginning(force) for force in in_force if force.rule.is_always])
    return cut_off


def _beginning(force: InForce) -> Streak | Block:
    return Streak(force) if force.rule.reads is Reads.STILLNESS else Block(force)


def _cut_off(each: Track | Streak | Block, channel: str) -> Verdict | None:
    """What is told of a rule that is in force no more: its period may have been over by then."""
    if isinstance(each, Block):
        each = each.closed_at(min(each.end, each.force.until))
    is_over = not isinstance(each, Streak) and each.end <= each.force.until
    return verdict_of(channel, each, End.OVER if is_over else End.CHANGED)


def _unended(judged: Judged, after: Judged, channel: str) -> list[Verdict | None]:
    """The excursions that still go on; where the channel went away nothing can. A sum at rest is told when it changed."""
    if after.stretch is None:
        return []
    end = End.CHANGED if after.stretch.is_left else End.OPEN
    tracks = [track for track in after.tracks if track.state is not RESTING or track not in judged.tracks]
    streaks = [each for each in after.always if isinstance(each, Streak)]
    going_on: list[Track | Streak | Block] = [*tracks, *streaks]
    return [verdict_of(channel, each, end) for each in going_on]
