"""What has become known, judged: readings that go on where a channel was left are folded in, anything else reads a window.

    touches (from a feed, the arrival journal or the change journal) ─► judgements, and how far each channel is judged

The memory of a channel is only a shortcut: forgotten, it is rebuilt from the nearest proof of calm. What is remembered
counts once the decisions are in the archive; until then it is a draft.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alerting.excursion.cases import Scope
from alerting.excursion.stretch import BEGINNING, NEVER, Stretch
from alerting.excursion.verdicts import Judged, Verdict, advance
from alerting.windows import Ahead, Span, Unheard, read_ahead, window_around
from coldchain import series as doors
from coldchain.reading import Trace
from coldchain.series import Series


@dataclass(frozen=True, slots=True)
class Touch:
    """Times of one channel of which something new is known: readings (`trace`, if they came along) or a correction.

    `configured` names what was changed of that by which it is judged; corrections of what happened leave it empty.
    """

    channel: str
    span: Span
    trace: Trace | None = None
    is_correction: bool = False
    configured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts of one scope, from when to when the readings were that were looked at, and what was `configured`."""

    scope: Scope
    verdicts: Sequence[Verdict]
    evidence: Span
    configured: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """What a row of touches came to: to be decided in one transaction, then remembered."""

    judgements: list[Judgement] = field(default_factory=list)
    memory: dict[str, Judged | None] = field(default_factory=dict)  # None = forget it
    heard: dict[str, int] = field(default_factory=dict)  # the newest reading whose arrival is judged, by channel
    fresh: list[Trace] = field(default_factory=list)  # readings newer than everything known of their channel


Timelines = Mapping[str, Sequence[Stretch]]


class Judge:
    """Judges touches in the order in which they became known."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self._memory: dict[str, Judged] = {}
        self._heard: dict[str, int] = {}
        self._is_new = True

    def start(self, heard: Mapping[str, int], *, is_new: bool) -> None:
        """Begin anew from the readings.

        Args:
            heard: the newest reading of each channel whose arrival was decided about.
            is_new: no arrival at all was; of a channel that is not in `heard` nothing is known then.
        """
        self._memory.clear()
        self._heard = dict(heard)
        self._is_new = is_new

    def heard_until(self, channel: str) -> int | None:
        """The newest reading of a channel that may be judged; None when none may."""
        return self._heard.get(channel, None if self._is_new else NEVER)

    def remember(self, draft: Draft) -> None:
        """The draft's decisions are in the archive."""
        self._heard |= draft.heard
        for channel, judged in draft.memory.items():
            if judged is None:
                self._memory.pop(channel, None)
            else:
                self._memory[channel] = judged

    def forget(self, channel: str) -> None:
        """What was remembered of a channel rests on what is corrected now."""
        self._memory.pop(channel, None)

    def is_out(self, channel: str) -> bool:
        """True when a temperature is out of its band at the newest reading of a channel, pending or told."""
        judged = self._memory.get(channel)
        return judged is not None and judged.is_out

    def goes_on(self, channel: str, first: int) -> bool:
        """True when readings from `first` on are newer than all that was judged of the channel."""
        judged = self._memory.get(channel)
        return judged is not None and judged.newest is not None and first > judged.newest

    async def recall(self, newest: Sequence[tuple[str, int]], timelines: Timelines) -> None:
        """Rebuild what was forgotten of channels whose newest reading is given."""
        forgotten = [(channel, time) for channel, time in newest if channel not in self._memory]
        touches = [Touch(channel, Span(time, time), is_correction=True) for channel, time in forgotten]
        self.remember(await self.judge(touches, timelines))

    async def judge(self, touches: Sequence[Touch], timelines: Timelines) -> Draft:
        """Judge what has become known; nothing is remembered yet."""
        draft = Draft()
        read = await self._read_what_goes_on(touches)
        ahead = await read_ahead(self._series, self._going_back(touches))
        spans: dict[str, list[Span]] = defaultdict(list)
        for touch in touches:
            if not touch.is_correction:  # what is corrected was heard before
                spans[touch.channel].append(touch.span)
        done: dict[str, int] = defaultdict(int)
        for touch in touches:
            done[touch.channel] += not touch.is_correction
            stretches = timelines.get(touch.channel, ())
            known = draft.memory[touch.channel] if touch.channel in draft.memory else self._memory.get(touch.channel)
            its, at = spans[touch.channel], done[touch.channel]
            unheard = Unheard(self._horizon(draft, touch), its[at:], its[:at])
            if _goes_on(touch, known) and (touch.trace is not None or touch.channel in read):
                assert known is not None
                trace = touch.trace or unheard.without(_slice(read[touch.channel], touch.span))
                self._go_on(draft, known, stretches, trace)
            else:
                await self._go_back(draft, touch, stretches, unheard, ahead)
            if not touch.is_correction:
                draft.heard[touch.channel] = max(touch.span.last, self._known_until(draft, touch.channel))
        return draft

    def _horizon(self, draft: Draft, touch: Touch) -> int:
        """Up to where readings are known with this touch; NEVER where it was lost how far we had come."""
        heard = draft.heard.get(touch.channel, self.heard_until(touch.channel))
        return touch.span.last if heard is None else max(heard, touch.span.last)

    def _known_until(self, draft: Draft, channel: str) -> int:
        return draft.heard.get(channel, self._heard.get(channel, BEGINNING))

    def _going_back(self, touches: Sequence[Touch]) -> dict[str, Span]:
        """What is touched first of each channel that does not go on with it; of what comes after nobody can tell yet."""
        firsts = {touch.channel: touch for touch in reversed(touches)}
        return {name: its.span for name, its in firsts.items() if not _goes_on(its, self._memory.get(name))}

    async def _read_what_goes_on(self, touches: Sequence[Touch]) -> dict[str, Trace]:
        """Read all that goes on at once; what is late is read by its own window, as is the first of what is not known."""
        wanted: dict[str, doors.Span] = {}
        times = Counter(touch.channel for touch in touches)
        for touch in touches:
            known = self._memory.get(touch.channel)
            is_late = not _goes_on(touch, known) and (known is not None or times[touch.channel] == 1)
            if touch.trace is not None or touch.is_correction or is_late:
                continue
            begun = wanted.get(touch.channel)
            first = min(begun.start, touch.span.first) if begun else touch.span.first
            end = max(begun.end if begun else first, touch.span.last + 1)
            wanted[touch.channel] = doors.Span(touch.channel, first, end)
        spans = [span for span in wanted.values() if span.start < span.end]
        return {trace.channel: trace for trace in await self._series.read_spans(spans)} if spans else {}

    def _go_on(self, draft: Draft, known: Judged, stretches: Sequence[Stretch], trace: Trace) -> None:
        after, verdicts = advance(known, stretches, trace)
        draft.memory[trace.channel] = after
        draft.fresh.append(trace)
        by_rule: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            by_rule[verdict.rule].append(verdict)
        for rule, its in by_rule.items():
            newest = trace.t[-1] if trace.t else its[-1].last_bad
            scope = Scope(trace.channel, its[0].first_bad, newest, rule)
            draft.judgements.append(Judgement(scope, its, Span(its[0].first_bad, newest)))

    async def _go_back(
        self, draft: Draft, touch: Touch, stretches: Sequence[Stretch], unheard: Unheard, ahead: Ahead
    ) -> None:
        window = await window_around(self._series, touch.channel, touch.span, stretches, unheard, ahead)
        trace = window.trace
        after, verdicts = advance(Judged(), stretches, trace)
        if window.is_to_the_newest:
            draft.memory[touch.channel] = after
            if not touch.is_correction:
                draft.fresh.append(_slice(trace, touch.span))
        elif touch.is_correction:
            draft.memory[touch.channel] = None  # it was judged by a timeline that is no longer so
        evidence = Span(trace.t[0], trace.t[-1]) if trace.t else touch.span
        scope = Scope(touch.channel, window.start, window.end)
        draft.judgements.append(Judgement(scope, verdicts, evidence, touch.configured))


def _goes_on(touch: Touch, known: Judged | None) -> bool:
    return (
        not touch.is_correction and known is not None and known.newest is not None and touch.span.first > known.newest
    )


def _slice(trace: Trace, span: Span) -> Trace:
    at, stop = bisect_left(trace.t, span.first), bisect_right(trace.t, span.last)
    return Trace(trace.channel, trace.t[at:stop], trace.v[at:stop], trace.q[at:stop])
