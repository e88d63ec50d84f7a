"""What is seen now against what the archive says is seen: what is new, what is louder, what is over. The decision is pure.

    silences, forecasts, pairs, health … ─► Seen ─┐
    open observations ─────────────────► Known ───┴─► News ─► written in one transaction

One trouble is one event: what turns out to be part of a wider one, or is replaced by a newer one, ends as merged into it,
so that its alarm is not told as over while the trouble goes on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from alerting.excursion.observations import Seen
from alerting.excursion.policy import ORDER, Loudness
from coldchain.archive import cases
from coldchain.archive.cases import NewObservation, Observation
from coldchain.archive.db import Tx

MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Over:
    """When an observation ended, and in what it goes on, if it does."""

    end: int
    into: str | None = None

    def more(self) -> dict[str, str]:
        """What joins its detail."""
        return {} if self.into is None else {"ended": MERGED, "into": self.into}


@dataclass(slots=True)
class News:
    """What the archive does not say yet."""

    new: list[Seen] = field(default_factory=list)
    louder: list[tuple[int, Loudness]] = field(default_factory=list)
    over: list[tuple[int, Over]] = field(default_factory=list)
    more: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # what is known now of one that goes on

    def __bool__(self) -> bool:
        """True when there is something to write."""
        return bool(self.new or self.louder or self.over or self.more)

    def and_also(self, other: "News") -> "News":
        """This and the other."""
        return News(
            [*self.new, *other.new], [*self.louder, *other.louder], [*self.over, *other.over], [*self.more, *other.more]
        )


def compare(seen: Sequence[Seen], known: Iterable[Observation], over: Callable[[Observation], Over | None]) -> News:
    """What is news in what is seen, of one kind.

    Args:
        seen: all that goes on, at most one of a subject.
        known: the open observations of that kind.
        over: when one that is not seen any more ended; None = nothing is known of it, it stays as it is.
    """
    wanted, news = {each.subject: each for each in seen}, News()
    for old in known:
        now = wanted.pop(old.subject, None)
        if now is None:
            end = over(old)
            news.over += [] if end is None else [(old.id, end)]
        elif is_louder(now.loudness, old):
            news.louder.append((old.id, now.loudness))
    news.new = list(wanted.values())
    return news


def is_louder(now: Loudness, old: Observation) -> bool:
    """True when more is to be told than was: louder, or as loud and no longer waiting for the morning."""
    before, after = ORDER.index(old.severity), ORDER.index(now.severity)
    return after > before or (after == before and old.waits_at_night and not now.waits_at_night)


async def write(tx: Tx, news: News, at: int) -> None:
    """Let the archive say so. What is over is written first: a subject has one open observation of a kind."""
    for number, over in news.over:
        await cases.end_observation(tx, number, over.end, **over.more())
    for number, more in news.more:
        await cases.say_more(tx, number, at, **more)
    for number, loudness in news.louder:
        await cases.make_louder(tx, number, loudness.severity, waits_at_night=loudness.waits_at_night, at=at)
    for each in news.new:
        await cases.observe(tx, observation(each, at))


def observation(seen: Seen, at: int) -> NewObservation:
    """As it is written down at an instant."""
    return NewObservation(
        kind=seen.kind,
        subject=seen.subject,
        severity=seen.loudness.severity,
        start=seen.start,
        seen_at=at,
        equipment=seen.equipment,
        waits_at_night=seen.loudness.waits_at_night,
        detail=dict(seen.detail),
    )
