"""What to replace first, with the reasons in words: a proposal for whoever plans, never an order.

pieces with their failures, months and losses of mains of the window ─► facts ─► points by `ranking.toml` ─► a page, in words
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, Protocol

from coldchain.archive.db import Tx
from coldchain.archive.performance import failures, models, months, reports, weights
from coldchain.archive.performance.days import COMPRESSOR
from coldchain.archive.performance.models import Piece
from coldchain.archive.performance.weights import Fact, Weights
from coldchain.archive.rows import Record
from coldchain.archive.upkeep import days
from coldchain.archive.views import Scope

DOMESTIC = "domestic_fridge"


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


class Measured(Protocol):
    """How a piece ran, as far as it speaks for replacing it; a `Report` is one."""

    @property
    def duty_pct(self) -> float | None:
        """How much of the time its compressor ran."""

    @property
    def basis(self) -> str | None:
        """What that rests on."""

    @property
    def deviation_k(self) -> float | None:
        """The standard deviation of a usual day."""

    @property
    def holdover_pct(self) -> float | None:
        """How long it holds without mains, of what its card claims."""


class Year(NamedTuple):
    """That, of a whole county at once."""

    duty_pct: float | None = None
    basis: str | None = COMPRESSOR
    deviation_k: float | None = None
    holdover_pct: float | None = None


Place = tuple[float, str]


async def ranked(tx: Tx, scope: Scope, at: int, *, after: Place | None = None, most: int | None = None) -> list[Rank]:
    """The equipment in scope, what to replace first at the top; at equal points by its code.

    How a machine ran is taken from whole months: from the beginning of that in which the window begins.

    Args:
        tx: where it is read.
        scope: of which facilities.
        at: as known then.
        after: the place behind which it begins; None at the first.
        most: so many are enough; None is all. Reasons are put into words for them alone.
    """
    by = weights.shipped()
    its = await _years(tx, scope, at, by.window_days)
    places = sorted(
        (-points_of(facts_of(piece, year, by.window_days), by), piece.code, n) for n, (piece, year) in enumerate(its)
    )
    rest = [n for points, code, n in places if after is None or (points, code) > (-after[0], after[1])]
    chosen = [its[n] for n in rest[:most]]
    return [rank_of(piece, facts_of(piece, year, by.window_days), by) for piece, year in chosen]


def place_of(rank: Rank) -> Place:
    """Where it stands in the list."""
    return rank.points, rank.equipment


async def _years(tx: Tx, scope: Scope, at: int, window_days: int) -> list[tuple[Piece, Year]]:
    start = reports.last_days(at, window_days).start
    which, today = models.chosen(scope), days.day_of(at)
    failed = await failures.of(tx, which, days.day_of(start))
    ran = await months.ran(tx, which, start, at)
    held = await reports.holdovers(tx, which, start)
    unknown = months.Ran(None, None)
    found = []
    for piece in await models.with_failures(tx, which, today, failed):
        duty_pct, deviation_k = ran.get(piece.code, unknown)
        found.append((piece, Year(duty_pct, COMPRESSOR, deviation_k, held.get(piece.code))))
    return found


def facts_of(piece: Piece, ran: Measured, window_days: int) -> dict[Fact, float | None]:
    """What is known of a piece; None: nobody knows."""
    return {
        Fact.AGE: piece.age_on(piece.until),
        Fact.FAILURES: None if piece.since is None else float(_failed_within(piece, window_days)),
        Fact.SHORTFALL: None if ran.holdover_pct is None else max(0.0, 100 - ran.holdover_pct),
        Fact.DUTY: ran.duty_pct if ran.basis == COMPRESSOR else None,  # the temperature tells it too roughly
        Fact.DEVIATION: ran.deviation_k,
        Fact.DOMESTIC: float(piece.type == DOMESTIC and not piece.is_medical),
    }


def points_of(facts: Mapping[Fact, float | None], by: Weights) -> float:
    """What the facts come to, as they are shown: each rounded, and their sum."""
    known = [(factor, facts.get(factor.name)) for factor in by.factor]
    return round(sum([round(factor.points(value), 1) for factor, value in known if value is not None]), 1)


def _failed_within(piece: Piece, window_days: int) -> int:
    return sum((piece.until - date.fromisoformat(each.on)).days <= window_days for each in piece.failed)


def rank_of(piece: Piece, facts: Mapping[Fact, float | None], by: Weights) -> Rank:
    """A piece's points, the greatest reason first. Pure."""
    reasons = [
        Reason(
            fact=factor.name, value=round(value, 2), points=round(factor.points(value), 1),
            zh=factor.zh.format(value=value), en=factor.en.format(value=value),
        )
        for factor in by.factor
        if (value := facts.get(factor.name)) is not None and factor.points(value) > 0
    ]  # fmt: skip
    return Rank(
        equipment=piece.code, facility=piece.facility, brand=piece.brand, model=piece.model,
        points=points_of(facts, by),
        reasons=sorted(reasons, key=lambda reason: -reason.points),
        unknown=[factor.name for factor in by.factor if facts.get(factor.name) is None],
    )  # fmt: skip
