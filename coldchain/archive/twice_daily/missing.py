"""What is not there: each missing half for the list, and per facility how much of a month was kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from coldchain.archive.db import Tx
from coldchain.archive.twice_daily.duty import Days, Due, State, due, duties
from coldchain.archive.views import Scope


@dataclass(frozen=True, slots=True)
class Rate:
    """How a facility kept its record: `due` is all whose hours are over or that stand there; `kept_pct` None: none was."""

    facility: str
    due: int
    in_time: int
    late: int
    missing: int
    kept_pct: float | None


async def missing(tx: Tx, scope: Scope, days: Days, now: int, zone: ZoneInfo, *, with_open: bool = False) -> list[Due]:
    """The halves that are over and not written down, by day, facility and compartment; those open now where asked."""
    wanted = {State.MISSING, State.OPEN} if with_open else {State.MISSING}
    return [each for each in await due(tx, await duties(tx, scope), days, now, zone) if each.state in wanted]


async def rates(tx: Tx, scope: Scope, days: Days, now: int, zone: ZoneInfo) -> list[Rate]:
    """How each facility in scope that has something to read kept its record, by code."""
    return counted(await due(tx, await duties(tx, scope), days, now, zone))


def counted(found: Iterable[Due]) -> list[Rate]:
    """The rates of facilities. Pure."""
    states: dict[str, Counter[State]] = defaultdict(Counter)
    for each in found:
        states[each.duty.facility][each.state] += 1
    return [_rate(facility, its) for facility, its in sorted(states.items())]


def _rate(facility: str, its: Counter[State]) -> Rate:
    kept = its[State.ENTERED] + its[State.LATE]
    total = kept + its[State.MISSING]
    kept_pct = round(100 * kept / total, 1) if total else None
    return Rate(facility, total, its[State.ENTERED], its[State.LATE], its[State.MISSING], kept_pct)
