"""How far a ladder is climbed: which levels have begun, how often each was said again, and when last. Pure.

A level waits from the one before it, and its repetition from its own last turn, so that a clock that went forth begins each
level once and none is left out, and one that went back makes everybody wait from now, not until the future comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.archive.duty.who import Level
from coldchain.archive.telling.climbing import Ringing, Rungs
from coldchain.excursion import AlarmState

MINUTE: Final = 60_000
TOLD_LATELY_MS: Final = 10 * MINUTE  # what comes again so soon after somebody was called is not told anew, but goes on


@dataclass(frozen=True, slots=True)
class Climbed:
    """Where a ladder stands. `is_paused`: somebody is on the way."""

    rungs: Rungs
    is_paused: bool
    eta_at: int | None


def climbed(ringing: Ringing, levels: Sequence[Level], at: int, hold_ms: int = 0) -> Climbed:
    """How far a ladder is climbed at this time.

    Args:
        ringing: the alarm, and the transition by which it rings.
        levels: whom the policy names, in order.
        at: domain time.
        hold_ms: so long after it began nobody is called yet: others of the same cause may come.
    """
    alarm = ringing.alarm
    rungs, eta_at = _in_time(alarm.rungs, at), alarm.eta_at
    if eta_at is not None and alarm.taken_at is not None and at < alarm.taken_at <= eta_at:
        eta_at -= alarm.taken_at - at  # once: the clock went back: they have as long as they said, and no longer
    if ringing.transition != alarm.rings:
        rungs = _rung_again(ringing, rungs, at)
    is_going = alarm.state is AlarmState.TAKEN and eta_at is not None and at < eta_at
    if is_going or alarm.state.is_over or not levels:
        return Climbed(rungs, is_going, eta_at)
    if not rungs and 0 <= at - ringing.since < hold_ms:
        return Climbed(rungs, False, eta_at)
    is_hurried = ringing.why == "lapsed" and ringing.transition != alarm.rings
    return Climbed(
        _repeated(_begun(rungs, levels, ringing.since, at, is_hurried=is_hurried), levels, at), False, eta_at
    )


def _in_time(rungs: Sequence[tuple[int, int]], at: int) -> Rungs:
    return tuple((turn, min(begun, at)) for turn, begun in rungs)


def _rung_again(ringing: Ringing, rungs: Rungs, at: int) -> Rungs:
    """It rings anew. Worse, or nobody came: everybody who was called is called again, and soon the next.

    What came again goes on where it was, as if it had never ended; who was called lately is not called for it again.
    """
    last = max((begun for _, begun in rungs), default=at)
    if ringing.why == "reopened" and at - last < TOLD_LATELY_MS:
        return rungs
    return tuple((turn + 1, at) for turn, _ in rungs)


def _begun(rungs: Rungs, levels: Sequence[Level], since: int, at: int, *, is_hurried: bool) -> Rungs:
    """With the levels whose time has come: each waits from the one before, as the policy spaces them."""
    found = list(rungs[: len(levels)])
    if is_hurried and len(found) < len(levels):
        found.append((0, at))
    before = found[-1][1] if found else min(since, at)
    while len(found) < len(levels):
        before += _apart_ms(levels, len(found))
        if before > at:
            break
        found.append((0, at))  # whatever the clock did, it begins now
    return tuple(found)


def _apart_ms(levels: Sequence[Level], n: int) -> int:
    return max(0, levels[n].after_min - (levels[n - 1].after_min if n else 0)) * MINUTE


def _repeated(rungs: Rungs, levels: Sequence[Level], at: int) -> Rungs:
    """With the levels that are said again: once, however long nobody looked."""
    return tuple(
        (turn + 1, at) if _repeat_ms(levels[n]) and at >= begun + _repeat_ms(levels[n]) else (turn, begun)
        for n, (turn, begun) in enumerate(rungs)
    )


def _repeat_ms(level: Level) -> int:
    return level.repeat_min * MINUTE


def next_change(ringing: Ringing, rungs: Rungs, levels: Sequence[Level], at: int) -> int | None:
    """When the next level begins or one is said again; None: never."""
    times = [
        begun + _repeat_ms(levels[n]) for n, (_, begun) in enumerate(rungs[: len(levels)]) if _repeat_ms(levels[n])
    ]
    if len(rungs) < len(levels):
        before = rungs[-1][1] if rungs else min(ringing.since, at)
        times.append(before + _apart_ms(levels, len(rungs)))
    return min(times, default=None)
