"""What happened to a piece of equipment, sorted by how much a reader should care; after: the archive; before: telling. Pure.

Temperatures come first: what was told to somebody or holds lots, then deviations that nobody needed to hear of. Faults
of probes and what was watched beside them stand apart, folded by kind, so that a probe that stammers all night is one line.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from coldchain.archive.tables import Compartment, Excursion, ExcursionRevision, Observation
from coldchain.excursion import CaseState, Kind, Severity

EVERYTHING = "*"  # no gateway's name: the subject of a silence when nobody at all is heard
MOST_OF_A_KIND = 20  # listed one by one; the fold counts them all
TEMPERATURES = frozenset(kind.value for kind in Kind if kind.is_temperature)
WATCHED = frozenset(kind.value for kind in Kind) - TEMPERATURES
_COUNTING = frozenset({CaseState.OPEN, CaseState.CLOSED})


@dataclass(frozen=True, slots=True)
class Told:
    """An excursion with its compartment and what became known of it: (before, after), the first without a before."""

    case: Excursion
    compartment: Compartment | None
    revisions: list[tuple[ExcursionRevision | None, ExcursionRevision]]

    @property
    def is_quiet(self) -> bool:
        """True when nobody needs to look first: a note, or what turned out to be nothing or another's part."""
        return not self.case.is_held and (self.case.severity == Severity.NOTE or not is_counting(self.case))


@dataclass(frozen=True, slots=True)
class Event:
    """A fault of a probe or something watched: an excursion that is no temperature's, or an observation."""

    kind: str
    subject: str
    start: int
    end: int | None  # None: it goes on
    severity: str
    seen: Observation | None = None

    def lasted(self, now: int) -> int:
        """How long, in ms, until now if it goes on."""
        return (now if self.end is None else self.end) - self.start


@dataclass(frozen=True, slots=True)
class Fold:
    """All events of one kind, the newest first."""

    kind: str
    events: list[Event]

    @property
    def newest(self) -> Event:
        """The one that began last."""
        return max(self.events, key=lambda event: event.start)

    @property
    def is_going_on(self) -> bool:
        """True while one of them is."""
        return any(event.end is None for event in self.events)

    @property
    def listed(self) -> list[Event]:
        """Those that a page names one by one."""
        return self.events[:MOST_OF_A_KIND]

    def lasted(self, now: int) -> int:
        """How long in all, what overlaps counted once."""
        total, until = 0, 0
        for event in sorted(self.events, key=lambda one: one.start):
            end = event.start + event.lasted(now)
            total += max(0, end - max(event.start, until))
            until = max(until, end)
        return total


def is_counting(case: Excursion) -> bool:
    """True for what still is an excursion of its own."""
    return case.state in _COUNTING


def event_of_case(case: Excursion) -> Event:
    """A watch rule's excursion."""
    end = None if case.state == CaseState.OPEN else case.known_good_after or case.last_bad
    return Event(case.kind, case.channel, case.first_bad, end, case.severity)


def joined(seen: Iterable[Observation]) -> list[Event]:
    """Observations as events: one that was replaced by a newer one of itself, as a forecast is, goes on in that."""
    found: list[Event] = []
    replaced: dict[tuple[str, str], int] = {}  # where the event stands that the next one of itself goes on with
    for one in sorted(seen, key=lambda each: (each.start, each.id)):
        place = replaced.pop((one.kind, one.subject), len(found))
        if place == len(found):
            found.append(_event_of(one))
        else:
            found[place] = replace(_event_of(one), start=found[place].start)
        if one.detail.get("into") == one.subject:
            replaced[one.kind, one.subject] = place
    return found


def _event_of(seen: Observation) -> Event:
    return Event(seen.kind, seen.subject, seen.start, seen.end, seen.severity, seen)


def folded(events: Iterable[Event]) -> list[Fold]:
    """Events by kind: what goes on first, then what began last."""
    by_kind: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda one: (one.end is None, one.start), reverse=True):
        by_kind[event.kind].append(event)
    return [Fold(kind, its) for kind, its in by_kind.items()]


def news_of(revisions: Sequence[ExcursionRevision]) -> list[tuple[ExcursionRevision | None, ExcursionRevision]]:
    """What a person was or could be told: an open excursion that merely goes on is no news."""
    pairs = zip([None, *revisions], revisions, strict=False)
    return [(before, after) for before, after in pairs if _is_news(before, after)]


def _is_news(before: ExcursionRevision | None, after: ExcursionRevision) -> bool:
    return before is None or after.reason != "continued" or before.first_bad != after.first_bad
