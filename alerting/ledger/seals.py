"""Seals: a gateway's UTC day in hashes that cite the arrivals which brought it, with a link in its chain.

    due days ─► journal ─► readings ─► the journal's newest lines ─► digests, what nothing brought ─► sealed if it is news

A day that nobody asks for again keeps its seal. One that late data touched gets a further version, which cites the
arrivals that brought it: an hour that says something else, and that none of them touched, is sealed as uncovered.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from alerting.ledger.days import ChannelDay
from coldchain.archive.db import Archive
from coldchain.archive.evidence import seals
from coldchain.archive.evidence.arrived import Cite, Cited, GatewayDay, Spans, earliest, touched
from coldchain.archive.evidence.days import DAY_MS, HOURS, DayDigest, digest_of, hours_of, without
from coldchain.archive.evidence.seals import Seal, SealedChannel
from coldchain.reading import Trace
from coldchain.series import Series, Span
from coldchain.wire import Arrival, ArrivedBatch, shard_of

LINES: Final = 1000  # of a journal at once
AT_ONCE: Final = 40  # gateways' days in one transaction
NEAR_MS: Final = (
    2 * DAY_MS
)  # so much of a journal is read first: what came soon after a new day, or lately for an old one
UNSURE_S: Final = 2.0  # real seconds after which a reading's arrival must be in the journal


async def build(archive: Archive, series: Series, days: Sequence[ChannelDay], at: int) -> None:
    """Seal these days as far as they are over; those that say what their seals say stay as they are."""
    due: dict[GatewayDay, set[str]] = {}
    for each in days:
        if each.end <= at:
            due.setdefault((each.channel.split("/")[0], each.day), set()).add(each.channel)
    for some in _portions(sorted(due, key=lambda key: (shard_of(key[0]), key[1], key[0]))):
        await _seal(archive, series, {key: due[key] for key in some}, at)


def _portions(days: Sequence[GatewayDay]) -> Iterator[Sequence[GatewayDay]]:
    """What is sealed together: days of one shard, which share its journals."""
    for _, group in groupby(days, key=lambda key: shard_of(key[0])):
        its = list(group)
        yield from (its[first : first + AT_ONCE] for first in range(0, len(its), AT_ONCE))


async def _seal(archive: Archive, series: Series, due: Mapping[GatewayDay, set[str]], at: int) -> None:
    async with archive.reading() as tx:
        before = await seals.newest(tx, due)
    drafts = await _drafts(series, due, before, is_whole=False)
    unsure = {key: due[key] for key, draft in drafts.items() if draft.is_unsure}
    if unsure:
        await asyncio.sleep(UNSURE_S)
        drafts |= await _drafts(series, unsure, before, is_whole=True)
    new = [draft.seal(key, before.get(key), at) for key, draft in drafts.items() if draft.is_news(before.get(key))]
    if new:
        async with archive.writing() as tx:
            await seals.add(tx, new, at)


@dataclass(slots=True)
class _Look:
    """How far the journals were read for a gateway's day, and what they say of it."""

    day: int
    before: Seal | None
    is_whole: bool  # from where the day's first arrival may stand
    after: dict[str, int] = field(default_factory=dict)
    upto: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int | None] = field(default_factory=dict)  # None: to the journal's own
    cited: dict[str, Cited] = field(default_factory=dict)
    spans: Spans = field(default_factory=Spans)
    fresh: Spans = field(default_factory=Spans)  # of what came since the version before

    def begin(self, collector: str, head: int) -> int:
        """Behind which position of a collector's journal to read on."""
        if collector not in self.after:
            first, last = earliest(self.day), head
            if self.before is not None and not self.is_whole:
                first = max(first, head - NEAR_MS, self.before.upto(collector))
            elif not self.is_whole:
                last = self.day + DAY_MS + NEAR_MS
            self.after[collector] = self.upto[collector] = first
            self.ends[collector] = last if last < head else None
        return self.upto[collector]

    def end(self, collector: str, head: int) -> int:
        """Up to which position to read."""
        end = self.ends[collector]
        return head if end is None else end

    def take(self, arrival: Arrival, batch: ArrivedBatch) -> None:
        """A batch of the day, unless it was taken before."""
        end = self.ends[arrival.collector]
        if arrival.position > self.upto[arrival.collector] and (end is None or arrival.position <= end):
            self.cited.setdefault(arrival.collector, Cited()).add(arrival.position, batch)
            self.spans.add(batch)
            if arrival.position > (self.before.upto(arrival.collector) if self.before else 0):
                self.fresh.add(batch)

    def cites(self, shard: int) -> tuple[Cite, ...]:
        """What a seal cites: of every collector, or the next version would take what it brought long ago for fresh."""
        found = [(collector, self.cited.get(collector, Cited())) for collector in sorted(self.upto)]
        return tuple(
            Cite(collector, shard, self.after[collector], self.upto[collector], cited.batches, cited.digest())
            for collector, cited in found
        )


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a seal would say. `is_unsure`: it holds what no arrival seems to have brought."""

    channels: Mapping[str, SealedChannel]
    cites: tuple[Cite, ...]
    is_unsure: bool

    def is_news(self, before: Seal | None) -> bool:
        """True when the version before does not say so; a day without any reading has none."""
        if before is None:
            return any(each.digest.count for each in self.channels.values())
        return dict(before.channels) != dict(self.channels)

    def seal(self, key: GatewayDay, before: Seal | None, at: int) -> Seal:
        """The next version."""
        return Seal(*key, before.version + 1 if before else 1, at, self.channels, self.cites)


async def _drafts(
    series: Series, due: Mapping[GatewayDay, set[str]], before: Mapping[GatewayDay, Seal], *, is_whole: bool
) -> dict[GatewayDay, _Draft]:
    """What seals of one shard's days would say now."""
    shard = shard_of(next(iter(due))[0])
    looks = {key: _Look(key[1], before.get(key), is_whole) for key in due}
    await _read_on(series, shard, looks)
    channels = [(key, channel) for key in due for channel in sorted(_channels(key, due[key], looks[key]))]
    traces = await series.read_spans([Span(channel, key[1], key[1] + DAY_MS) for key, channel in channels])
    await _read_on(series, shard, looks)  # what was written while we read
    found: dict[GatewayDay, dict[str, SealedChannel]] = {key: {} for key in due}
    for (key, channel), trace in zip(channels, traces, strict=True):
        name = channel.partition("/")[2]
        its_before = before[key].channels.get(name) if key in before else None
        sealed = _sealed(trace, looks[key], its_before)
        if sealed.digest.count or its_before is not None:
            found[key][name] = sealed
    return {key: _draft(its, looks[key], shard) for key, its in found.items()}


def _channels(key: GatewayDay, asked: set[str], look: _Look) -> set[str]:
    """All channels of which something may be known on a day."""
    sealed = {f"{key[0]}/{name}" for name in look.before.channels} if look.before else set()
    return asked | sealed | look.spans.channels()


def _draft(channels: Mapping[str, SealedChannel], look: _Look, shard: int) -> _Draft:
    is_unsure = any(each.uncovered for each in channels.values())
    return _Draft(channels, look.cites(shard), is_unsure and not look.is_whole)


async def _read_on(series: Series, shard: int, looks: Mapping[GatewayDay, _Look]) -> None:
    """Read the shard's journals to their ends."""
    for (collector, its), head in (await series.heads()).items():
        if its != shard:
            continue
        at = min(look.begin(collector, head) for look in looks.values())
        end = max(look.end(collector, head) for look in looks.values())
        while at < end and (lines := await series.arrivals(collector, shard, at, LINES)):
            for arrival in lines:
                for key, batch in touched(arrival):
                    if key in looks:
                        looks[key].take(arrival, batch)
            at = lines[-1].position
        for look in looks.values():
            look.upto[collector] = max(look.upto[collector], min(at, look.end(collector, max(at, head))))


def _sealed(trace: Trace, look: _Look, before: SealedChannel | None) -> SealedChannel:
    digest = digest_of(trace, look.day)
    if before is not None and before.digest == digest and not before.uncovered:
        return before
    alone = hours_of(without(trace, look.spans.of(trace.channel)).t, look.day)
    if before is None:
        return SealedChannel(digest, tuple(sorted(alone)))
    left = digest_of(without(trace, look.fresh.of(trace.channel)), look.day)
    return _again(digest, left, before, alone)


def _again(digest: DayDigest, left: DayDigest, before: SealedChannel, alone: set[int]) -> SealedChannel:
    """What a further version says of the hours that say something else than before.

    What came since explains an hour when the rest is what was sealed before. An hour that something came for, though it
    is no sum of the two, is mixed when all of it was brought by some arrival. All others are uncovered.

    Args:
        digest: of the day as it is.
        left: of the same without what came since.
        before: as it was sealed.
        alone: hours with readings that no arrival brought.
    """
    untouched = set(range(HOURS)) - set(left.differing(digest))
    unlike = set(left.differing(before.digest)) & set(digest.differing(before.digest))
    uncovered = (set(before.uncovered) & alone) | (unlike & (untouched | alone))
    mixed = set(before.mixed) | (unlike - uncovered)
    return SealedChannel(digest, tuple(sorted(uncovered)), tuple(sorted(mixed)))
