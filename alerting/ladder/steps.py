"""Who is called now, and by which way: a person's next way at once when one fails or is silent, and never two for one. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerting.ladder.rungs import MINUTE
from coldchain.archive.duty.who import Level, Reach
from coldchain.archive.duty.words import carriers
from coldchain.archive.telling.climbing import Rungs
from coldchain.archive.telling.notices import BROKEN, DROPPED, REFUSED, TOLD, UNKNOWN, Notice
from coldchain.archive.telling.receipts import FAILED

LOOK_AGAIN_MS: Final = 10 * MINUTE  # while somebody's ways are all quiet
# Two machines' clocks differ by no more; what was told later than this is of a clock that went back.
AHEAD_MS: Final = MINUTE
_NEVER: Final = 2**53
_OVER: Final = frozenset({REFUSED, BROKEN, UNKNOWN, DROPPED})


@dataclass(frozen=True, slots=True)
class Ways:
    """What is known of the channels."""

    opened: Collection[str]  # by name, in the order of the settings
    out: frozenset[str] = frozenset()  # broken for everybody: tried after all others
    of_groups: frozenset[str] = frozenset()  # their address is nobody in particular


@dataclass(frozen=True, slots=True)
class Step:
    """One message that the ladder wants told."""

    level: int
    turn: int
    person: int
    name: str
    language: str
    channel: str
    address: str
    step: int  # the how-manieth try to reach this person


@dataclass(frozen=True, slots=True)
class Due:
    """Who is called now, and when a person's next way may be due."""

    steps: list[Step]
    next_at: int | None


Path = tuple[str, str]  # channel, address


def due(rungs: Rungs, levels: Sequence[Level], told: Sequence[Notice], ways: Ways, at: int, *, is_loud: bool) -> Due:
    """Who is called now.

    Args:
        rungs: the levels that have begun.
        levels: whom the policy names.
        told: what the ladder told of this alarm, the first first; receipts stand in it.
        ways: the channels there are.
        at: domain time.
        is_loud: it goes on and cannot wait for the morning: nobody's quiet holds it.
    """
    tries = _by_person(told)
    steps, times = [], []
    for n, (turn, begun) in enumerate(rungs[: len(levels)]):
        for reach in levels[n].people:
            paths = _paths(reach, ways, is_loud=is_loud)
            mine = tries.get((n + 1, turn, str(reach.person)), [])
            so_far = sum(len(each) for key, each in tries.items() if key[2] == str(reach.person))
            until = _waits_until(mine, levels[n].receipt_min, ways, begun, at)
            left = [path for path in paths if path not in {(each.channel, each.sent_to) for each in mine}]
            if until is not None:
                times += [until] if left and until != _NEVER else []
            elif left:
                steps.append(_step(n + 1, turn, reach, left[0], so_far + 1))
            elif not paths and reach.ways and not mine:
                times.append(max(begun, at) + LOOK_AGAIN_MS)
    return Due(steps, min(times, default=None))


def _by_person(told: Sequence[Notice]) -> Mapping[tuple[int, int, str], list[Notice]]:
    found: dict[tuple[int, int, str], list[Notice]] = {}
    for each in told:
        found.setdefault((each.level, each.turn, each.person), []).append(each)
    return found


def ways_of(reach: Reach, opened: Collection[str], *, is_loud: bool = True) -> list[Path]:
    """A person's ways by the channels that carry them; what would wake them waits, unless it is loud."""
    usable = [way for way in reach.ways if is_loud or not way.is_quiet_now]
    return list(dict.fromkeys((c, way.address) for way in usable for c in carriers(way.channel, opened)))


def _paths(reach: Reach, ways: Ways, *, is_loud: bool) -> list[Path]:
    """A person's ways as they are tried: what is out comes last."""
    return sorted(ways_of(reach, ways.opened, is_loud=is_loud), key=lambda path: path[0] in ways.out)


def _waits_until(mine: Sequence[Notice], receipt_min: int, ways: Ways, level_begun: int, at: int) -> int | None:
    """Until when the last try is waited for; None: the next way is due now. Somebody reached is waited for as long as it takes.

    What was told in the future, by a clock that went back since, is waited for from when its level stands as begun.
    """
    if not mine:
        return None
    last = mine[-1]
    if last.state in _OVER or last.receipt_state in FAILED or last.channel in ways.of_groups:
        return None
    if last.receipt_state:
        return _NEVER
    waiting_since = max(last.created_at, level_begun)  # a night may have come between
    begun = last.told_at if last.state == TOLD and last.told_at is not None else waiting_since
    until = (begun if begun <= at + AHEAD_MS else min(level_begun, at)) + receipt_min * MINUTE
    return None if at >= until else until


def _step(level: int, turn: int, reach: Reach, path: Path, step: int) -> Step:
    return Step(level, turn, reach.person, reach.name, reach.language, path[0], path[1], step)
