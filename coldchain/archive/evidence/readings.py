"""Readings against their seals, and seals against the arrival journal; one shard after the other.

    seal ─► each channel's day says so? ──no──┐
    readings of a day without a seal ─────────┴─► doubts ─► journal ─► late and on its way to a seal │ broken

The journal is read once per shard: for what the seals cite, and for what brought the doubted days.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from coldchain.archive.evidence.arrived import Cite, Cited, GatewayDay, Spans, touched
from coldchain.archive.evidence.days import DAY_MS, DayDigest, day_of, digest_of, within, without
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.seals import Seal, SealedChannel
from coldchain.archive.evidence.sources import Act, Source
from coldchain.clock import iso
from coldchain.reading import Trace
from coldchain.wire import Arrival, ArrivedBatch, shard_of

AT_ONCE_MS: Final = 8 * DAY_MS  # of a channel
LONG_MS: Final = 2 * DAY_MS  # after which a day that is over, and what came late for it, must have been sealed
LINES: Final = 1000  # of a journal
UNSURE_S: Final = 2.0  # real seconds after which a reading's arrival must be in the journal


@dataclass(frozen=True, slots=True)
class Doubt:
    """A channel's day that does not say what its seal says, or has none."""

    channel: str
    key: GatewayDay
    sealed: SealedChannel | None


@dataclass(slots=True)
class Brought:
    """What arrivals brought for a doubted day: ever, and since it was sealed."""

    seal: Seal | None
    ever: Spans = field(default_factory=Spans)
    since: Spans = field(default_factory=Spans)
    last: dict[str, int] = field(default_factory=dict)  # channel → position of what was brought last


async def check_days(source: Source, acts: Sequence[Act], report: Report) -> None:
    """Look at every reading, every seal, and every batch that a seal cites."""
    channels: dict[str, set[str]] = defaultdict(set)
    for channel in await source.series.newest():
        channels[channel.split("/")[0]].add(channel)
    gateways = channels.keys() | set(await source.seals.gateways())
    by_shard: dict[int, list[str]] = defaultdict(list)
    for gateway in sorted(gateways):
        by_shard[shard_of(gateway)].append(gateway)
    newest = max((await source.series.heads()).values(), default=0)
    for shard, its in sorted(by_shard.items()):
        look = _Shard(source, shard, acts, report, newest)
        for gateway in its:
            await look.gateway(gateway, channels[gateway])
        await look.settle()


class _Shard:
    """The look at one shard: its gateways one after the other, then its journals."""

    def __init__(self, source: Source, shard: int, acts: Sequence[Act], report: Report, newest: int) -> None:
        self._source = source
        self._shard = shard
        self._acts = acts
        self._report = report
        self._newest = newest  # position of any journal: how far the site has come
        self._doubts: list[Doubt] = []
        self._brought: dict[GatewayDay, Brought] = {}
        self._cites: dict[GatewayDay, list[tuple[Seal, Cite, Cited]]] = defaultdict(list)
        self._read_to: dict[str, int] = {}

    async def gateway(self, gateway: str, channels: Iterable[str]) -> None:
        """Look at all days of a gateway's channels."""
        its = await self._source.seals.of(gateway)
        latest = {seal.day: seal for seal in its}
        known = {f"{gateway}/{name}" for seal in latest.values() for name in seal.channels}
        for day, seal in latest.items():
            there = [name for name in seal.channels if self._source.holds(f"{gateway}/{name}", day)]
            self._report.days_elsewhere += len(seal.channels) - len(there)
        if not self._source.knows(gateway):
            return
        for seal in its:
            self._cites[gateway, seal.day] += [(seal, cite, Cited()) for cite in seal.cites]
        for channel in sorted(known | set(channels)):
            if self._source.channels is None or channel in self._source.channels:
                await self._channel(channel, latest)

    async def _channel(self, channel: str, latest: dict[int, Seal]) -> None:
        name = channel.partition("/")[2]
        first = await self._source.series.after(channel, 0, 1)
        sealed = sorted(day for day, seal in latest.items() if name in seal.channels)
        starts = [day_of(t) for t in first.t] + sealed[:1]
        at = min(starts, default=None)
        while at is not None:
            trace = await self._source.series.read(channel, at, at + AT_ONCE_MS)
            self._report.readings += len(trace)
            for day in range(at, at + AT_ONCE_MS, DAY_MS):
                if self._source.holds(channel, day):
                    self._day(within(trace, day, day + DAY_MS), day, latest.get(day))
            at = await self._next(channel, at + AT_ONCE_MS, sealed)

    async def _next(self, channel: str, after: int, sealed: Sequence[int]) -> int | None:
        """The next day of which anything is said or sealed."""
        spoken = await self._source.series.after(channel, after, 1)
        days = [day_of(t) for t in spoken.t] + [day for day in sealed if day >= after][:1]
        return min(days, default=None)

    def _day(self, trace: Trace, day: int, seal: Seal | None) -> None:
        gateway, _, name = trace.channel.partition("/")
        sealed = seal.channels.get(name) if seal else None
        if sealed is None and not trace.t:
            return
        if sealed is not None and digest_of(trace, day) == sealed.digest:
            self._report.days_sealed += 1
            if sealed.uncovered:
                hours = _hours(sealed.uncovered)
                self._report.add("day", _where(trace.channel, day), f"{hours} holds what no arrival brought")
            if sealed.mixed:
                self._report.note(self._report.mixed, f"{_where(trace.channel, day)} {_hours(sealed.mixed)}")
            return
        self._doubts.append(Doubt(trace.channel, (gateway, day), sealed))
        self._brought.setdefault((gateway, day), Brought(seal))

    async def settle(self) -> None:
        """Read the journals: do seals cite what stands there, and did it bring what is doubted?"""
        await self._read_on()
        for key, its in sorted(self._cites.items()):
            for seal, cite, cited in its:
                self._report.batches += cited.batches
                self._check_sealed_in_time(seal, cited)
                if (cite.batches, cite.sha256) != (cited.batches, cited.digest()):
                    where = f"{_where(key[0], key[1])} ({cite.collector}, {cite.after}–{cite.upto})"
                    wrong = f"the journal names {cited.batches} batches, and not those {cite.batches} that were cited"
                    self._report.add("arrivals", where, wrong)
        self._cites.clear()
        unsure = [doubt for doubt in self._doubts if not await self._settled(doubt)]
        if unsure and self._source.is_live:  # what was written while we read has its arrival by now
            await asyncio.sleep(UNSURE_S)
            await self._read_on()
            unsure = [doubt for doubt in unsure if not await self._settled(doubt)]
        for doubt in unsure:
            await self._say(doubt)

    def _check_sealed_in_time(self, seal: Seal, cited: Cited) -> None:
        due = max(cited.last, seal.day + DAY_MS)
        if cited.batches and seal.sealed_at - due > LONG_MS:
            days = (seal.sealed_at - due) / DAY_MS
            self._report.note(
                self._report.sealed_late, f"{_where(seal.gateway, seal.day)} version {seal.version}, {days:.0f} days"
            )

    async def _read_on(self) -> None:
        for (collector, shard), head in sorted((await self._source.series.heads()).items()):
            at = self._read_to.get(collector, 0)
            while shard == self._shard and at < head:
                try:
                    lines = await self._source.series.arrivals(collector, shard, at, LINES)
                except msgspec.MsgspecError as error:
                    self._report.add("arrivals", f"{collector} shard {shard} after {at}", f"cannot be read: {error}")
                    break
                for arrival in lines:
                    for key, batch in touched(arrival):
                        self._take(key, arrival, batch)
                at = lines[-1].position if lines else head
                self._read_to[collector] = at

    def _take(self, key: GatewayDay, arrival: Arrival, batch: ArrivedBatch) -> None:
        for _, cite, cited in self._cites.get(key, ()):
            if cite.collector == arrival.collector and cite.after < arrival.position <= cite.upto:
                cited.add(arrival.position, batch)
        brought = self._brought.get(key)
        if brought is not None:
            brought.ever.add(batch)
            for channel in batch.channels:
                brought.last[channel] = max(arrival.position, brought.last.get(channel, 0))
            if brought.seal is None or arrival.position > brought.seal.upto(arrival.collector):
                brought.since.add(batch)

    async def _settled(self, doubt: Doubt) -> bool:
        """True when the day is as it should be: late data on its way to a seal, or deleted by an act."""
        day = doubt.key[1]
        trace = await self._source.series.read(doubt.channel, day, day + DAY_MS)
        act = self._act(doubt)
        if not trace.t and act is not None:
            self._report.gone(act.id)
            return True
        brought = self._brought[doubt.key]
        if doubt.sealed is None:
            is_open = not without(trace, brought.ever.of(doubt.channel)).t
        else:
            is_open = digest_of(without(trace, brought.since.of(doubt.channel)), day) == doubt.sealed.digest
        if is_open:
            self._report.open_day(day)
            self._check_overdue(doubt, brought)
        return is_open

    def _check_overdue(self, doubt: Doubt, brought: Brought) -> None:
        """A day is sealed an hour after its end, what comes late for it within a minute; who hides either takes the seal away."""
        day = doubt.key[1]
        since = max(brought.last.get(doubt.channel, 0), day + DAY_MS)
        if self._newest - since > LONG_MS:
            days = (self._newest - since) // DAY_MS
            what = "it is not sealed" if doubt.sealed is None else "what came late for it is not sealed"
            wrong = f"{what}, {days} days after its last arrival: nobody sealed it, or somebody took the seal away"
            self._report.add("day", _where(doubt.channel, day), wrong)

    def _act(self, doubt: Doubt) -> Act | None:
        day = doubt.key[1]
        return next((act for act in self._acts if act.covers(doubt.channel, day, day + DAY_MS)), None)

    async def _say(self, doubt: Doubt) -> None:
        """Name what is broken, to the hour."""
        day = doubt.key[1]
        trace = await self._source.series.read(doubt.channel, day, day + DAY_MS)
        act = self._act(doubt)
        if act is not None:
            wrong = f"it was to be deleted by act {act.id}, and holds {len(trace)} readings"
        elif doubt.sealed is None:
            alone = without(trace, self._brought[doubt.key].ever.of(doubt.channel))
            hours = sorted({(t - day) // 3_600_000 for t in alone.t})
            wrong = f"{_hours(hours)} holds {len(alone)} readings that no arrival brought; the day is not sealed"
        else:
            wrong = _changed(digest_of(trace, day), doubt.sealed.digest)
        self._report.add("day", _where(doubt.channel, day), wrong)


def _changed(now: DayDigest, sealed: DayDigest) -> str:
    hours = _hours(now.differing(sealed))
    if now.count > sealed.count:
        return f"{hours}: {now.count - sealed.count} readings were added without an arrival"
    if now.count < sealed.count:
        return f"{hours}: {sealed.count - now.count} readings are missing"
    return f"{hours}: readings were changed"


def _hours(hours: Collection[int]) -> str:
    return f"hour {', '.join(f'{hour:02}' for hour in hours)} UTC" if hours else "some hour"


def _where(channel: str, day: int) -> str:
    return f"{channel} {iso(day)[:10]}"
