"""Decisions: what was judged becomes cases, revisions, observations, alarms and a moved cursor, in one transaction.

    touches ─► judge ─► lots, occasions ─► [ fence · cases · holds · observations · alarms · cursors ] ─► remembered

Everything that takes time is read before; inside the transaction nothing waits but the archive. If it fails nothing was
decided: memory is forgotten, the cursors stand where they stood, and the same is done again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from zoneinfo import ZoneInfo

from alerting import alarms
from alerting.excursion.cases import PACE_MS, Finding, Revision, reconcile
from alerting.excursion.observations import is_silent
from alerting.excursion.policy import Policy
from alerting.excursion.rules import Pack, Rule
from alerting.findings import Bench, findings_of
from alerting.judge import Judge, Judgement, Touch
from alerting.timelines import Timelines
from alerting.watch import Watch
from coldchain import crash
from coldchain.archive import cases, equipment, holds, journal
from coldchain.archive.cases import KeptRevision
from coldchain.archive.db import Archive, Tx
from coldchain.archive.disposition.words import CONFIGURED
from coldchain.archive.journal import Fence
from coldchain.excursion import Case
from coldchain.series import Series

Key = tuple[str, int]  # (collector, shard)
NAMED = 5  # changes in a revision's note
FRESH_MS = 2 * 60_000  # what was measured since then is what is so now


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is decided together: touches in the order in which they became known, and where the cursors stand then."""

    touches: Sequence[Touch]
    cursors: Mapping[Key, int] = field(default_factory=dict)
    is_last: bool = True  # nothing further is known to be waiting: what is open now is open now

    def is_now(self, at: int) -> bool:
        """True when it ends with how things are: nothing follows it, or it holds no old readings that others will overtake.

        A flood that is read from the journal rings with its first chunk; of a night's backlog nothing does that is over by its end.
        """
        is_fresh = all(touch.span.last >= at - FRESH_MS and not touch.is_correction for touch in self.touches)
        return self.is_last or is_fresh


@dataclass(frozen=True, slots=True)
class Court:
    """What decisions are made with."""

    archive: Archive
    series: Series
    judge: Judge
    watch: Watch
    timelines: Timelines
    policy: Policy
    packs: Mapping[str, Pack]  # that are loaded
    own: Sequence[str]  # names of the site's own
    rules: Mapping[tuple[str, str], Rule]  # of all of them
    zone: ZoneInfo  # of the site

    def bench(self) -> Bench:
        """With what verdicts are weighed."""
        return Bench(self.archive, self.series, self.policy, self.rules, self.zone)

    def newest(self, channel: str) -> int | None:
        """The newest reading of a channel that was judged."""
        heard, spoke = self.judge.heard_until(channel), self.watch.newest_time(channel)
        return None if heard is None or spoke is None else min(heard, spoke)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was written; the next decision must come after `until` (domain time). `is_news`: somebody may have to hear of it."""

    revisions: Sequence[Revision]
    until: int
    is_news: bool


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
    channels = {touch.channel for touch in chunk.touches}
    stretches = court.timelines.stretches(channels)
    if unknown := channels - stretches.keys():
        async with court.archive.reading() as tx:
            await court.timelines.read(tx, unknown)
        stretches = court.timelines.stretches(channels)
    draft = await court.judge.judge(chunk.touches, stretches)
    findings = await _findings(court, draft.judgements)
    async with court.archive.writing() as tx:
        await journal.check_fence(tx, fence)
        revisions = await _write_cases(tx, draft.judgements, findings, at)
        is_news = await court.watch.hear(tx, draft.fresh, at)
        # what others wrote, or was left to a last chunk, `settle` finds
        if chunk.is_now(at) and (revisions or is_news):
            await alarms.follow(tx, at)
        await journal.set_newest_heard(tx, draft.heard)
        await journal.set_cursors(tx, journal.ALERTING, chunk.cursors)
        crash.point("alerting.before_commit")
    court.judge.remember(draft)
    crash.point("alerting.after_commit")
    return Decided(revisions, at + len(draft.judgements), bool(revisions) or is_news)


async def settle(court: Court, fence: Fence, at: int) -> None:
    """When nothing is left to catch up: what is watched now, and do all alarms say what they should? Writes only news."""
    async with court.archive.reading() as tx:
        around = await court.watch.survey(tx, at)
        is_behind = await alarms.is_behind(tx)
        overdue = [h for h in around.heard if h.has_spoken and is_silent(h, court.policy, at)]  # else it cannot be out
        await court.timelines.read(tx, [str(h.channel) for h in overdue])
    stretches = court.timelines.stretches(str(h.channel) for h in overdue)
    await court.judge.recall([(str(h.channel), h.last) for h in overdue], stretches)
    heard = [replace(h, is_out=court.judge.is_out(str(h.channel))) for h in around.heard]
    news = await court.watch.look(court.archive, court.series, replace(around, heard=heard))
    if not (is_behind or news):
        return
    async with court.archive.writing() as tx:
        await journal.check_fence(tx, fence)
        await court.watch.write(tx, news, at)
        await alarms.follow(tx, at)


async def _findings(court: Court, judgements: Sequence[Judgement]) -> list[list[Finding]]:
    """What every judgement found."""
    found = iter(await findings_of(court.bench(), [verdict for each in judgements for verdict in each.verdicts]))
    return [list(islice(found, len(each.verdicts))) for each in judgements]


async def _write_cases(
    tx: Tx, judgements: Sequence[Judgement], findings: Sequence[Sequence[Finding]], at: int
) -> list[Revision]:
    """Reconcile judgement by judgement, each on what the one before left, then write it all."""
    if not judgements:
        return []
    spans: dict[str, tuple[int, int]] = {}
    for judgement in judgements:
        scope = judgement.scope
        start, end = spans.get(scope.channel, (scope.start, scope.end))
        spans[scope.channel] = (min(start, scope.start), max(end, scope.end))
    known: dict[str, dict[str, Case]] = {channel: {} for channel in spans}
    for case in await cases.anchored(tx, spans):
        known[case.channel][case.id] = case
    decided: list[tuple[Revision, Judgement, int]] = []
    for later, (judgement, its) in enumerate(zip(judgements, findings, strict=True)):
        mine = known[judgement.scope.channel]
        for revision in reconcile(judgement.scope, mine.values(), its, at + later, pace_ms=PACE_MS):
            mine[revision.after.id] = revision.after
            decided.append((revision, judgement, at + later))
    revisions = [revision for revision, _, _ in decided]
    notes = await _notes(tx, decided)
    await equipment.declare_channels(tx, sorted({r.after.channel for r in revisions if r.before is None}))
    await cases.keep(tx, [_kept(*each, note) for each, note in zip(decided, notes, strict=True)])
    eased = {r.after.id: note for r, note in zip(revisions, notes, strict=True) if note and r.is_eased}
    await holds.follow(tx, [revision.after for revision in revisions], at, eased)
    return revisions


async def _notes(tx: Tx, decided: Sequence[tuple[Revision, Judgement, int]]) -> list[str]:
    """Of each revision, by which change of configuration it came about; nothing where readings or movements made it.

    A reading that arrives before a change has been followed to its end may be judged by what is so since: then nobody can
    tell which of the two made it.
    """
    unsure = {r.after.channel for r, judgement, _ in decided if r.is_eased and not judgement.configured}
    waiting = await journal.unfollowed(tx, unsure) if unsure else {}
    return [
        _note(judgement.configured or (waiting.get(r.after.channel, ()) if r.is_eased else ()))
        for r, judgement, _ in decided
    ]


def _note(configured: Sequence[str]) -> str:
    if not configured:
        return ""
    more = f" and {len(configured) - NAMED} more" if len(configured) > NAMED else ""
    return f"{CONFIGURED}: {', '.join(configured[:NAMED])}{more}"


def _kept(revision: Revision, judgement: Judgement, at: int, note: str) -> KeptRevision:
    return KeptRevision(
        case=revision.after,
        why=revision.why.value,
        at=at,
        evidence_start=judgement.evidence.first,
        evidence_end=judgement.evidence.last,
        note=note,
        is_history=revision.is_history,
    )
