"""A verdict: one excursion as the readings tell it, whichever way its rule counts. A record, and how it is made.

After: `machine` (runs and sums), `streak` (stillness), `block` (means). Before: `verdicts`, `policy`, `cases`.
"""

from dataclasses import dataclass
from enum import StrEnum

from alerting.excursion.block import Block
from alerting.excursion.kinetic import mean_kinetic_mc
from alerting.excursion.machine import CALM, RESTING, Track, certainty_of
from alerting.excursion.streak import Streak
from alerting.excursion.stretch import Place
from coldchain.excursion import Certainty, Kind


class End(StrEnum):
    """Why a verdict reaches no further."""

    OPEN = "open"  # it does: no recovery up to the last reading
    RECOVERED = "recovered"
    CHANGED = "changed"  # another place, profile, pack or rule version judges from here on
    OVER = "over"  # the period is over that the rule counts


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
    extreme_mc: int | None  # None for what is no temperature
    run_ms: int  # between consecutive bad readings
    out_ms: int  # with interpolated crossings
    unknown_ms: int  # pauses inside the bounds
    unknown_before_ms: int  # … of these, before the first bad reading
    degree_ms: int  # °C · ms beyond the limit
    mkt_mc: int | None  # heat only
    product_mc: int | None = None  # the extreme of the product's own temperature; heat, where a buffer is approved …
    product_run_ms: int | None = None  # … and between consecutive bad readings at which it was out too


def verdict_of(channel: str, each: Track | Streak | Block, end: End) -> Verdict | None:
    """What is to be told of a run, a sum, a standstill or a mean that reaches no further; None when it is nothing.

    `end` is why, unless it recovered.
    """
    if isinstance(each, Track):
        return _of_track(channel, each, end)
    return _of_streak(channel, each, end) if isinstance(each, Streak) else _of_block(channel, each, end)


def _of_track(channel: str, track: Track, end: End) -> Verdict | None:
    """The verdict on a run or a sum; None while it is no excursion."""
    rule, run = track.force.rule, track.run
    if track.certainty is None:
        return None
    is_temperature = rule.kind.is_temperature
    if track.state is CALM or track.state is RESTING:
        end = End.RECOVERED
    return Verdict(
        channel,
        rule.id,
        rule.version,
        rule.kind,
        track.force.place,
        certainty=track.certainty,
        end=end,
        known_good_before=run.known_good_before,
        first_bad=run.first_bad,
        last_bad=run.last_bad,
        known_good_after=run.good_after if end is End.RECOVERED else None,
        extreme_mc=rule.value_at(run.extreme) if is_temperature else None,
        run_ms=run.run_ms,
        out_ms=run.out_ms,
        unknown_ms=run.unknown_ms,
        unknown_before_ms=run.before_ms,
        degree_ms=run.area // 2000 if is_temperature else 0,
        mkt_mc=mean_kinetic_mc(run.harm, run.run_ms) if track.force.is_warm else None,
        product_mc=rule.value_at(run.product.extreme) if run.product else None,
        product_run_ms=run.product.run_ms if run.product else None,
    )


def _of_streak(channel: str, streak: Streak, end: End) -> Verdict | None:
    """The verdict on a value that does not move; it began right after the first of the equal readings."""
    if streak.first is None or not streak.is_told:
        return None
    certainty = certainty_of(streak.force.rule, streak.run_ms, streak.unknown_ms)
    assert certainty is not None
    return Verdict(
        channel,
        streak.force.rule.id,
        streak.force.rule.version,
        streak.force.rule.kind,
        streak.force.place,
        certainty=certainty,
        end=end if streak.moved_at is None else End.RECOVERED,
        known_good_before=streak.first,
        first_bad=streak.first,
        last_bad=streak.last,
        known_good_after=streak.moved_at,
        extreme_mc=None,
        run_ms=streak.run_ms,
        out_ms=streak.run_ms,
        unknown_ms=streak.unknown_ms,
        unknown_before_ms=0,
        degree_ms=0,
        mkt_mc=None,
    )


def _of_block(channel: str, block: Block, end: End) -> Verdict | None:
    """The verdict on the mean of a block that is closed; its bounds are its first and its last reading."""
    certainty = block.certainty
    if block.first is None or certainty is None:
        return None
    return Verdict(
        channel,
        block.force.rule.id,
        block.force.rule.version,
        block.force.rule.kind,
        block.force.place,
        certainty=certainty,
        end=end,
        known_good_before=None,
        first_bad=block.first,
        last_bad=block.last,
        known_good_after=None,
        extreme_mc=block.extreme,
        run_ms=block.known_ms,
        out_ms=block.known_ms,
        unknown_ms=block.unknown_ms,
        unknown_before_ms=0,
        degree_ms=0,
        mkt_mc=block.mean_mc,
    )
