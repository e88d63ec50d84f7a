"""What is not there: each missing half for the list, and per facility how much of a month was kept."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.twice_daily.days import Days
from coldchain.archive.twice_daily.duties import Duty, duties
from coldchain.archive.twice_daily.duty import Due, Kept, Plan, State, plan_of
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
        most: so many are enough; None is all.
    """
    asked = sorted(await duties(tx, scope, zone), key=lambda duty: (duty.facility, duty.compartment))
    plan = await plan_of(tx, asked, days, now, zone)
    found = (
        each for each in _lacking(plan, asked, days, with_open=with_open) if after is None or place_of(each) > after
    )
    return list(islice(found, most))


def _lacking(plan: Plan, asked: Sequence[Duty], days: Days, *, with_open: bool) -> Iterator[Due]:
    """What is missing, or open too, day by day."""
    lacks = []
    for duty in asked:
        for kept in plan.of(duty):
            missing, still_open = kept.days(State.MISSING), kept.days(State.OPEN) if with_open else 0
            if missing | still_open:
                lacks.append((duty, kept.half, missing, missing | still_open))
    for n, day in enumerate(days):
        for duty, half, missing, its in lacks:
            if its >> n & 1:
                state = State.MISSING if missing >> n & 1 else State.OPEN
                yield Due(duty, day, half, state, plan.until(duty, day, half))


def place_of(each: Due) -> Place:
    """Where it stands in the list."""
    return each.day, each.duty.facility, each.duty.compartment, each.half.value


async def rates(tx: Tx, scope: Scope, days: Days, now: int, zone: ZoneInfo) -> list[Rate]:
    """How each facility in scope that has something to read kept its record, by code."""
    found = await duties(tx, scope, zone)
    plan = await plan_of(tx, found, days, now, zone)
    halves = ((duty.facility, kept) for duty in found for kept in plan.of(duty) if kept.is_asked)
    return [_rate(facility, [kept for _, kept in its]) for facility, its in groupby(halves, key=itemgetter(0))]


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


def _rate(facility: str, its: Sequence[Kept]) -> Rate:
    in_time = sum(each.in_time.bit_count() for each in its)
    late = sum(each.late.bit_count() for each in its)
    missing = sum(each.days(State.MISSING).bit_count() for each in its)
    total = in_time + late + missing
    kept_pct = round(100 * (in_time + late) / total, 1) if total else None
    return Rate(facility, total, in_time, late, missing, kept_pct)
