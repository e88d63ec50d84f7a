"""What to replace first, with the reasons in words: a proposal for whoever plans, never an order.

cards, each with its year, and failures of the window ─► facts ─► points by `ranking.toml` ─► a page, in words
"""

from collections.abc import Iterable
from datetime import date
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import func, select

from coldchain.archive.db import Tx
from coldchain.archive.performance import failures, models, reports, weights
from coldchain.archive.performance.failures import Failing
from coldchain.archive.performance.months import month_of
from coldchain.archive.performance.weights import Fact, Factor, Facts, Weights
from coldchain.archive.rows import Record, table_of
from coldchain.archive.tables import Equipment, MachineYear
from coldchain.archive.upkeep import days
from coldchain.archive.views import Scope

DOMESTIC = "domestic_fridge"
NONE = Failing(0, is_presumed=False)


class Reason(Record, frozen=True, kw_only=True):
    """A fact that speaks for replacing, and how many points it comes to."""

    fact: Fact
    value: float
    points: float
    zh: str
    en: str


class Rank(Record, frozen=True, kw_only=True):
    """A piece on the list; `unknown` names the facts that nobody knows and that might have counted."""

    equipment: str
    facility: str
    brand: str
    model: str
    points: float
    reasons: list[Reason]
    unknown: list[Fact]


class Candidate(NamedTuple):
    """A piece that stands somewhere: what of its card and its year names it, or speaks for replacing it."""

    code: str
    facility: str
    brand: str
    model: str
    type: str = ""
    is_medical: bool = True
    produced_on: str | None = None
    used_on: str | None = None
    hung_at: int | None = None  # since when anything measured it
    duty_pct: float | None = None
    deviation_k: float | None = None
    holdover_pct: float | None = None


Place = tuple[float, str]


async def ranked(tx: Tx, scope: Scope, at: int, *, after: Place | None = None, most: int | None = None) -> list[Rank]:
    """The equipment in scope, what to replace first at the top; at equal points by its code.

    How a machine ran is taken from whole months: from this one and the twelve before it.

    Args:
        tx: where it is read.
        scope: of which facilities.
        at: as known then.
        after: the place behind which it begins; None at the first.
        most: so many are enough; None is all. Reasons are put into words for them alone.
    """
    by = weights.shipped()
    factors = by.places()
    its = await _known(tx, scope, at, by.window_days)
    places = sorted([(-points_of(facts, factors), candidate, facts) for candidate, facts in its])
    rest = [each for each in places if after is None or (each[0], each[1].code) > (-after[0], after[1])]
    return [rank_of(candidate, facts, by) for _, candidate, facts in rest[:most]]


def place_of(rank: Rank) -> Place:
    """Where it stands in the list."""
    return rank.points, rank.equipment


async def _known(tx: Tx, scope: Scope, at: int, window_days: int) -> list[tuple[Candidate, Facts]]:
    today = days.day_of(at)
    since = days.day_of(reports.last_days(at, window_days).start)
    failed = await failures.counted(tx, models.chosen(scope), since)
    books = await failures.books(tx)
    age_of = cache(partial(_age_on, date.fromisoformat(today)))
    found = []
    for each in await _candidates(tx, scope, at):
        its = failed.get(each.code, NONE)
        is_booked = each.facility in books and not its.is_presumed
        is_watched = each.hung_at is not None or (is_booked and each.used_on is not None)
        found.append(
            (
                each,
                Facts(
                    age_of(each.produced_on or each.used_on or _hung_on(each)),
                    float(its.times) if is_watched else None,
                    None if each.holdover_pct is None else max(0.0, 100 - each.holdover_pct),
                    each.duty_pct,
                    each.deviation_k,
                    float(each.type == DOMESTIC and not each.is_medical),
                ),
            )
        )
    return found


async def _candidates(tx: Tx, scope: Scope, at: int) -> list[Candidate]:
    """A county has thousands: one question, and columns only."""
    card, year = table_of(Equipment).c, table_of(MachineYear).c
    first = models.first_hung()
    query = select(
        card.code, card.facility, card.brand, card.model, card.type, card.is_medical, card.produced_on,
        func.coalesce(card.started_on, card.arrived_on), first.c.at, year.duty_pct, year.deviation_k, year.holdover_pct,
    )  # fmt: skip
    query = query.outerjoin_from(table_of(Equipment), first, first.c.equipment == card.code)
    query = query.outerjoin(table_of(MachineYear), (year.equipment == card.code) & (year.month == month_of(at)))
    return list(map(Candidate._make, await tx.execute(query.where(card.code.in_(models.chosen(scope))))))


def points_of(facts: Facts, factors: Iterable[tuple[int, Factor]]) -> float:
    """What the facts come to, as they are shown: each rounded, and their sum. A county's thousands mostly come to none."""
    points = [
        round(factor.points(value), 1)
        for place, factor in factors
        if (value := facts[place]) is not None and value > factor.start
    ]
    return round(sum(points), 1) if points else 0.0


def rank_of(candidate: Candidate, facts: Facts, by: Weights) -> Rank:
    """A piece's points, the greatest reason first. Pure."""
    reasons = [
        Reason(
            fact=factor.name, value=round(value, 2), points=round(factor.points(value), 1),
            zh=factor.zh.format(value=value), en=factor.en.format(value=value),
        )
        for factor in by.factor
        if (value := facts.of(factor.name)) is not None and factor.points(value) > 0
    ]  # fmt: skip
    return Rank(
        equipment=candidate.code, facility=candidate.facility, brand=candidate.brand, model=candidate.model,
        points=points_of(facts, by.places()),
        reasons=sorted(reasons, key=lambda reason: -reason.points),
        unknown=[factor.name for factor in by.factor if facts.of(factor.name) is None],
    )  # fmt: skip


def _hung_on(each: Candidate) -> str | None:
    return None if each.hung_at is None else days.day_of(each.hung_at)


def _age_on(today: date, born: str | None) -> float | None:
    return None if born is None else (today - date.fromisoformat(born)).days / models.YEAR
