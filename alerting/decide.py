"""Decisions: what was judged becomes cases, revisions, observations, alarms and a moved cursor, in one transaction.

    touches ─► judge ─► lots ─► [ fence · cases · observations · alarms · cursors ] ─► remembered

Everything that takes time is read before; inside the transaction nothing waits but the archive. If it fails nothing was
decided: memory is forgotten, the cursors stand where they stood, and the same is done again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from alerting import alarms
from alerting.excursion.cases import Finding, Revision, finding_of, reconcile
from alerting.excursion.observations import silences
from alerting.excursion.policy import Policy
from alerting.excursion.rules import Rule
from alerting.judge import Judge, Judgement, Touch
from alerting.lots import concerned_by, stock_of
from alerting.timelines import Timelines
from alerting.watch import Watch, is_news
from coldchain import crash
from coldchain.archive import cases, equipment, journal
from coldchain.archive.cases import KeptRevision
from coldchain.archive.db import Archive, Tx
from coldchain.archive.journal import Fence
from coldchain.excursion import Case, Kind
from coldchain.series import Series

Key = tuple[str, int]  # (collector, shard)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is decided together: touches in the order in which they became known, and where the cursors stand then."""

    touches: Sequence[Touch]
    cursors: Mapping[Key, int] = field(default_factory=dict)
    is_last: bool = True  # nothing further is known to be waiting: what is open now is open now


@dataclass(frozen=True, slots=True)
class Court:
    """What decisions are made with."""

    archive: Archive
    series: Series
    judge: Judge
    watch: Watch
    timelines: Timelines
    policy: Policy
    rules: Mapping[tuple[str, str], Rule]

    def newest(self, channel: str) -> int | None:
        """The newest reading of a channel that was judged."""
        heard, spoke = self.judge.heard_until(channel), self.watch.newest_time(channel)
        return None if heard is None or spoke is None else min(heard, spoke)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was written; the next decision must come after `until` (domain time)."""

    revisions: Sequence[Revision]
    until: int


async def decide(court: Court, chunk: Chunk, fence: Fence, at: int) -> Decided:
    """Judge a chunk and write what follows.

    Args:
        court: what decisions are made with.
        chunk: what became known.
        fence: the lease under which we decide.
        at: domain time; each decision of the chunk is a millisecond later than the one before.

    Raises:
        Unavailable: nothing was decided.
    """
    async with court.archive.reading() as tx:
        await court.timelines.read(tx, {touch.channel for touch in chunk.touches})
    draft = await court.judge.judge(chunk.touches, court.timelines.stretches())
    findings = await _findings(court, draft.judgements)
    async with court.archive.writing() as tx:
        await journal.check_fence(tx, fence)
        revisions = await _write_cases(tx, draft.judgements, findings, at)
        await court.watch.hear(tx, draft.fresh, at)
        if chunk.is_last:
            await alarms.follow(tx, at)
        await journal.set_newest_heard(tx, draft.heard)
        for (collector, shard), position in chunk.cursors.items():
            await journal.set_cursor(tx, journal.ALERTING, collector, shard, position)
        crash.point("alerting.before_commit")
    court.judge.remember(draft)
    crash.point("alerting.after_commit")
    return Decided(revisions, at + len(draft.judgements))


async def settle(court: Court, fence: Fence, at: int) -> None:
    """When nothing is left to catch up: who is silent now, and do all alarms say what they should? Writes only news."""
    async with court.archive.reading() as tx:
        heard = await court.watch.heard(tx, at)
        known = await cases.open_observations(tx, Kind.SILENCE)
        is_behind = await alarms.is_behind(tx)
        overdue = [h for h in heard if silences([h], court.policy, at)]
        await court.timelines.read(tx, [str(h.channel) for h in overdue])
    await court.judge.recall([(str(h.channel), h.last) for h in overdue], court.timelines.stretches())
    silent = silences([replace(h, is_out=court.judge.is_out(str(h.channel))) for h in heard], court.policy, at)
    if not (is_behind or is_news(silent, known)):
        return
    async with court.archive.writing() as tx:
        await journal.check_fence(tx, fence)
        await court.watch.write(tx, silent, at)
        await alarms.follow(tx, at)


async def _findings(court: Court, judgements: Sequence[Judgement]) -> list[list[Finding]]:
    """Every verdict with its loudness and its lots; what is the same in several judgements is looked up once."""
    verdicts = [verdict for judgement in judgements for verdict in judgement.verdicts]
    if not verdicts:
        return [[] for _ in judgements]
    async with court.archive.reading() as tx:
        stock = await stock_of(tx, verdicts)
    found = []
    for judgement in judgements:
        its = []
        for verdict in judgement.verdicts:
            rule = court.rules[verdict.rule, verdict.version]
            concerned = await concerned_by(court.series, verdict, rule, stock[verdict.place.compartment])
            its.append(finding_of(verdict, court.policy, concerned))
        found.append(its)
    return found


async def _write_cases(
    tx: Tx, judgements: Sequence[Judgement], findings: Sequence[Sequence[Finding]], at: int
) -> list[Revision]:
    """Reconcile judgement by judgement, each on what the one before left, then write it all."""
    spans: dict[str, tuple[int, int]] = {}
    for judgement in judgements:
        scope = judgement.scope
        start, end = spans.get(scope.channel, (scope.start, scope.end))
        spans[scope.channel] = (min(start, scope.start), max(end, scope.end))
    known: dict[str, dict[str, Case]] = {channel: {} for channel in spans}
    for case in await cases.anchored(tx, spans):
        known[case.channel][case.id] = case
    revisions, kept = [], []
    for later, (judgement, its) in enumerate(zip(judgements, findings, strict=True)):
        mine = known[judgement.scope.channel]
        for revision in reconcile(judgement.scope, mine.values(), its, at + later):
            mine[revision.after.id] = revision.after
            revisions.append(revision)
            kept.append(_kept(revision, judgement, at + later))
    await equipment.declare_channels(tx, sorted({r.after.channel for r in revisions if r.before is None}))
    await cases.keep(tx, kept)
    return revisions


def _kept(revision: Revision, judgement: Judgement, at: int) -> KeptRevision:
    return KeptRevision(
        case=revision.after,
        why=revision.why.value,
        at=at,
        evidence_start=judgement.evidence.first,
        evidence_end=judgement.evidence.last,
    )
