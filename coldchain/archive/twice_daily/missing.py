"""What is not there: each missing half for the list, and per facility how much of a month was kept."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.twice_daily.duties import Duty, duties
from coldchain.archive.twice_daily.duty import Days, Due, State, due, kept, plan_of
from coldchain.archive.views import Scope

TOWNSHIP: Final = 4  # of the five levels of regions


@dataclass(frozen=True, slots=True)
class Rate:
    """How a facility kept its record: `due` is all whose hours are over or that stand there; `kept_pct` None: none was."""

    facility: str
    due: int
    in_time: int
    late: int
    missing: int
    kept_pct: float | None


Place = tuple[str, str, int, str]


async def missing(  # noqa: PLR0913 - a question's terms
    tx: Tx,
    scope: Scope,
    days: Days,
    now: int,
    zone: ZoneInfo,
    *,
    with_open: bool = False,
    after: Place | None = None,
    most: int | None = None,
) -> list[Due]:
    """The halves that are over and not written down, by day, facility and compartment; those open now where asked.

    Args:
        tx: where it is read.
        scope: of which facilities.
        days: on which days.
        now: what is over by then.
        zone: whose days they are.
        with_open: those too whose hours are not over.
        after: the place behind which it begins; None at the first.
        most: so many are enough; None is all. No day is looked at that they do not need.
    """
    wanted = frozenset({State.MISSING, State.OPEN} if with_open else {State.MISSING})
    asked = await duties(tx, scope, zone)
    found: list[Due] = []
    for day in days:
        if after is not None and day < after[0]:
            continue
        its = sorted(await due(tx, asked, Days(day, day), now, zone, wanted=wanted), key=place_of)
        found += [each for each in its if after is None or place_of(each) > after]
        if most is not None and len(found) >= most:
            break
    return found[:most]


def place_of(each: Due) -> Place:
    """Where it stands in the list."""
    return each.day, each.duty.facility, each.duty.compartment, each.half.value


async def rates(tx: Tx, scope: Scope, days: Days, now: int, zone: ZoneInfo) -> list[Rate]:
    """How each facility in scope that has something to read kept its record, by code.

    What was written down is counted by the database, and what nobody wrote follows from how many had to: the halves of a
    county's month are two hundred thousand.
    """
    found = await duties(tx, scope, zone)
    plan = await plan_of(tx, found, days, now, zone)
    states: dict[str, Counter[State]] = defaultdict(Counter)
    unwritten: Counter[tuple[str, str, str]] = Counter()
    asked = {}
    for (facility, day), its in _begun(found, days).items():
        for half, state, _ in plan.halves(its[0], day):
            place = facility, day, half.value
            asked[place], unwritten[place] = state, len(its)
            states[facility][state] += 0  # it has something to read, if only in days to come
    for facility, day, written, is_late, count in await kept(tx, found, days):
        if (facility, day, written) in asked:
            states[facility][State.LATE if is_late else State.ENTERED] += count
            unwritten[facility, day, written] -= count
    for place, count in unwritten.items():
        states[place[0]][asked[place]] += count
    return [_rate(facility, its) for facility, its in sorted(states.items())]


@dataclass(frozen=True, slots=True)
class Group:
    """How the facilities of a township kept their record: what the county telephones about."""

    region: str
    name_zh: str
    name_en: str
    facilities: int
    lacking: int  # of these so many miss something
    due: int
    in_time: int
    late: int
    missing: int


async def by_township(tx: Tx, scope: Scope, days: Days, now: int, zone: ZoneInfo) -> list[Group]:
    """How each township in scope kept its record, where most is missing first; what lies in none is its own region's."""
    place, region = tables.Facility, tables.Region
    regions = {
        row.code: row
        for row in await tx.execute(select(region.code, region.parent, region.level, region.name_zh, region.name_en))
    }
    lies_in = {row.code: row.region for row in await tx.execute(select(place.code, place.region))}
    groups: dict[str, list[Rate]] = defaultdict(list)
    for rate in await rates(tx, scope, days, now, zone):
        at = regions[lies_in[rate.facility]]
        while at.level > TOWNSHIP and at.parent in regions:
            at = regions[at.parent]
        groups[at.code].append(rate)
    found = [_group(regions[code], its) for code, its in groups.items()]
    return sorted(found, key=lambda each: (-each.missing, each.region))


def _group(region: Any, its: Sequence[Rate]) -> Group:  # noqa: ANN401 - a row with these columns
    return Group(
        region=region.code,
        name_zh=region.name_zh,
        name_en=region.name_en,
        facilities=len(its),
        lacking=sum(each.missing > 0 for each in its),
        due=sum(each.due for each in its),
        in_time=sum(each.in_time for each in its),
        late=sum(each.late for each in its),
        missing=sum(each.missing for each in its),
    )


def _begun(found: Sequence[Duty], days: Days) -> dict[tuple[str, str], list[Duty]]:
    """By facility and day, the duties that had begun."""
    by_facility: dict[str, list[Duty]] = defaultdict(list)
    for duty in found:
        by_facility[duty.facility].append(duty)
    begun = {}
    for facility, its in by_facility.items():
        is_same = all(duty.is_on(days.first) and duty.is_on(days.last) for duty in its)
        for day in days:
            there = its if is_same else [duty for duty in its if duty.is_on(day)]
            if there:
                begun[facility, day] = there
    return begun


def _rate(facility: str, its: Counter[State]) -> Rate:
    kept = its[State.ENTERED] + its[State.LATE]
    total = kept + its[State.MISSING]
    kept_pct = round(100 * kept / total, 1) if total else None
    return Rate(facility, total, its[State.ENTERED], its[State.LATE], its[State.MISSING], kept_pct)
