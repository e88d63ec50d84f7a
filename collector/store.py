"""The order in which a flush becomes durable, and the only place that may call a batch settled.

    judged ─► [what guards said] ─► compared ─► readings durable ─► arrival durable ─► fed, the clean ones acknowledged
               if the archive answers                               └─► flawed ones, and what guards said: kept in the archive
                                                                        beside ─► acknowledged

A process that dies between two of these loses nothing: the gateways send again what nobody acknowledged, readings that
stand in the store already are equal, and an arrival that may be missing is written again.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence

from coldchain import clock, crash, logs
from coldchain.errors import Refused, Unavailable
from coldchain.reading import Trace
from coldchain.series import Series, UndatedTrace
from coldchain.wire import Arrival, Refusal
from collector import compare, voice
from collector.batch import Delivery, Flaw, Judged
from collector.journal import Journal
from collector.keeping import Keeping
from collector.memory import Memory, Settled, Twins
from collector.patience import patiently
from collector.refused import Keeper
from collector.sieve import judge
from collector.voice import Answer, Said, Voice

log = logging.getLogger(__name__)

Part = tuple[Judged, Trace]
Line = tuple[Arrival, list[Judged]]


class Store:
    """One flush after the other. Made by `open`, which learns where the journal stands."""

    def __init__(self, series: Series, journal: Journal, keeper: Keeper, says: Voice, *, alone: bool) -> None:
        self._series = series
        self._journal = journal
        self._keeping = Keeping(keeper, self._say_kept)
        self._voice = says
        self._alone = alone
        self._newest = compare.Newest()
        self._memory = Memory()
        self._twins = Twins()

    @classmethod
    async def open(cls, series: Series, collector: str, keeper: Keeper, says: Voice, *, alone: bool = True) -> "Store":
        """Begin where this collector's journal ends. `alone`: nobody else writes, so what was stored is remembered."""
        heads = await patiently(series.heads)
        return cls(series, Journal(collector, heads), keeper, says, alone=alone)

    async def flush(self, deliveries: Sequence[Delivery]) -> None:
        """Bring these messages to their end. Returns when each is settled, must be sent again, or waits for the archive.

        An error that nobody foresaw costs the one message that brings it about, not its neighbours and not the process.
        """
        try:
            await self._flush(deliveries)
        except Exception:
            self._newest.forget()  # some of it may be stored
            if len(deliveries) > 1:
                log.warning("a flush failed; each of its messages is tried alone")
                for delivery in deliveries:
                    await self.flush([delivery])
            else:
                log.exception("left unanswered %s", logs.fields(topic=deliveries[0].topic))

    async def keep_refusals(self) -> None:
        """For ever, beside the flushes: keep what was refused, and only then tell its gateway."""
        await self._keeping.run()

    async def refusals_kept(self) -> None:
        """Return once no refusal waits for the archive."""
        await self._keeping.idle()

    async def _flush(self, deliveries: Iterable[Delivery]) -> None:
        judged = [judge(delivery) for delivery in deliveries]
        await self._watch_for_twins(judged)
        again = [(one, settled) for one in judged if (settled := self._settled(one))]
        work = [one for one in judged if not self._settled(one) and not self._keeping.has(one)]
        await self._keeping.ahead(work)
        crash.point("store.before_write")
        await self._make_durable([one for one in work if one.traces])
        await self._make_undated_durable([one for one in work if one.undated])
        crash.point("store.after_write")
        lines = await self._journal_them([one for one in work if one.traces])
        crash.point("store.after_arrival")
        self._log_flaws(work)
        clean = [one for one in work if one.is_clean]
        await self._voice.say([*self._feed(lines), *self._acknowledgements(clean, again)])
        crash.point("store.after_ack")
        self._keeping.take([one for one in work if not one.is_clean])

    def _settled(self, one: Judged) -> Settled | None:
        """How this very batch was settled before: it needs an answer again, and nothing else."""
        if one.spool is None or one.seq is None:
            return None
        settled = self._memory.of(one.gateway, one.spool, one.seq)
        return settled if settled and settled.sha256 == one.sha256 else None

    async def _watch_for_twins(self, judged: Iterable[Judged]) -> None:
        """Two boxes under one name: both are stored, and somebody should look."""
        seen: dict[str, int] = {}
        for one in judged:
            if one.spool is None or one.seq is None:
                continue
            received = one.delivery.received
            settled = self._memory.of(one.gateway, one.spool, one.seq)
            if self._twins.speaks(one.gateway, one.spool, received) or (settled and settled.sha256 != one.sha256):
                seen[one.gateway] = received
        for gateway, received in seen.items():
            if self._twins.is_news(gateway, received):
                log.warning("gateway_twin: two boxes send under one name %s", logs.fields(gateway=gateway))
                await self._mark({f"gateway_twin/{gateway}": received})

    async def _mark(self, marks: dict[str, int]) -> None:
        try:
            await self._series.set_marks(marks)
        except (Unavailable, Refused) as error:
            log.info("mark not set: %s", error)

    async def _make_durable(self, work: Sequence[Judged]) -> None:
        if not self._alone:
            self._newest.forget()
        unknown = self._newest.unknown(work)
        if unknown:
            found = await patiently(lambda: self._series.newest(unknown))
            self._newest.learn(unknown, {channel: reading.time for channel, reading in found.items()})
        spans = compare.to_ask(work, self._newest)
        stored = await patiently(lambda: self._series.read_spans(spans)) if spans else []
        parts = compare.fresh(work, self._newest, stored)
        await self._write(parts)
        self._newest.stored(trace for _, trace in parts)

    async def _write(self, parts: Sequence[Part]) -> None:
        """Write; what is refused is halved by batch, then by reading, until only what is refused alone is left out."""
        if not parts:
            return
        try:
            await patiently(lambda: self._series.write([trace for _, trace in parts]))
        except Refused as error:
            for half in _halves(parts):
                await self._write(half)
            if len(parts) == 1 and len(parts[0][1]) == 1:
                _leave_out(*parts[0], str(error))

    async def _make_undated_durable(self, work: Iterable[Judged]) -> None:
        for one in work:
            for trace in list(one.undated):
                await self._write_undated(one, trace)

    async def _write_undated(self, one: Judged, trace: UndatedTrace) -> None:
        try:
            await patiently(lambda: self._series.write_undated([trace]))
        except Refused as error:
            one.undated.remove(trace)
            one.flaws.append(Flaw(Refusal.DATABASE, f"{trace.channel} of boot {trace.boot}: {error}"))

    async def _journal_them(self, work: Sequence[Judged]) -> list[Line]:
        """The lines that stand in the journal now."""
        return await self._append(self._journal.lines([one for one in work if one.traces], clock.now()))

    async def _append(self, lines: list[Line]) -> list[Line]:
        if not lines:
            return []
        try:
            await patiently(lambda: self._series.write_arrivals([arrival for arrival, _ in lines]))
        except Refused as error:
            if len(lines) > 1:
                middle = len(lines) // 2
                return [*await self._append(lines[:middle]), *await self._append(lines[middle:])]
            log.error("arrival refused, its batches stay unanswered: %s", error)  # noqa: TRY400 - the trace says nothing
            for one in lines[0][1]:
                one.answerable = False
            return []
        return lines

    @staticmethod
    def _log_flaws(work: Iterable[Judged]) -> None:
        flawed = Counter((one.gateway, one.refusal()) for one in work if one.flaws)
        for (gateway, reason), count in flawed.items():
            log.info("refused %s", logs.fields(gateway=gateway, reason=reason, messages=count))

    async def _say_kept(self, kept: Sequence[Judged]) -> None:
        """What there was to keep of them is durable: their gateways may delete."""
        await self._voice.say(self._acknowledgements(kept))

    def _feed(self, lines: Iterable[Line]) -> list[Said]:
        return [
            voice.feed(arrival, self._journal.previous(arrival), (trace for one in ones for trace in one.traces))
            for arrival, ones in lines
        ]

    def _acknowledgements(self, ended: Iterable[Judged], again: Iterable[tuple[Judged, Settled]] = ()) -> list[Said]:
        answers: list[Answer] = []
        for one, settled in again:
            assert one.spool is not None
            assert one.seq is not None
            answers.append((one.gateway, one.spool, one.seq, settled.refused))
        for one in ended:
            if one.answerable and one.spool is not None and one.seq is not None:
                self._memory.settle(one.gateway, one.spool, one.seq, Settled(one.sha256, one.refusal()))
                answers.append((one.gateway, one.spool, one.seq, one.refusal()))
        return voice.acknowledgements(answers, clock.now())


def _halves(parts: Sequence[Part]) -> list[Sequence[Part]]:
    """Two halves of several parts, or of the readings of one; none of a single reading."""
    if len(parts) > 1:
        middle = len(parts) // 2
        return [parts[:middle], parts[middle:]]
    one, trace = parts[0]
    middle = len(trace) // 2
    cuts = [slice(0, middle), slice(middle, None)] if middle else []
    return [[(one, Trace(trace.channel, trace.t[cut], trace.v[cut], trace.q[cut]))] for cut in cuts]


def _leave_out(one: Judged, alone: Trace, words: str) -> None:
    """Take one reading out of its message; the database will not have it."""
    [t], [v] = alone.t, alone.v
    one.flaws.append(Flaw(Refusal.DATABASE, f"{alone.channel} at {t}: value {v}: {words}"))
    one.traces = [_without(trace, t) if trace.channel == alone.channel else trace for trace in one.traces]
    one.traces = [trace for trace in one.traces if trace.t]


def _without(trace: Trace, t: int) -> Trace:
    left = [i for i, time in enumerate(trace.t) if time != t]
    return Trace(trace.channel, [trace.t[i] for i in left], [trace.v[i] for i in left], [trace.q[i] for i in left])
