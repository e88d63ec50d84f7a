"""What to replace first, with the reasons in words: a proposal for whoever plans, never an order.

pieces with their failures, reports over the window ─► facts ─► points by `ranking.toml` ─► ranked, with what is not known
"""

from collections.abc import Mapping
from datetime import date

from coldchain.archive.db import Tx
from coldchain.archive.performance import models, reports, weights
from coldchain.archive.performance.days import COMPRESSOR
from coldchain.archive.performance.models import Piece
from coldchain.archive.performance.reports import Report
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


async def ranked(tx: Tx, scope: Scope, at: int) -> list[Rank]:
    """The equipment in scope, what to replace first at the top; at equal points by its code."""
    by = weights.shipped()
    pieces = await models.pieces(tx, scope, days.day_of(at))
    found = await reports.of(tx, [piece.code for piece in pieces], reports.last_days(at, by.window_days))
    ranks = [rank_of(piece, facts_of(piece, found[piece.code], by.window_days), by) for piece in pieces]
    return sorted(ranks, key=lambda rank: (-rank.points, rank.equipment))


def facts_of(piece: Piece, report: Report, window_days: int) -> dict[Fact, float | None]:
    """What is known of a piece; None: nobody knows."""
    return {
        Fact.AGE: piece.age_on(piece.until),
        Fact.FAILURES: float(
            sum((piece.until - date.fromisoformat(each.on)).days <= window_days for each in piece.failed)
        ),
        Fact.SHORTFALL: None if report.holdover_pct is None else max(0.0, 100 - report.holdover_pct),
        Fact.DUTY: report.duty_pct if report.basis == COMPRESSOR else None,  # the temperature tells it too roughly
        Fact.DEVIATION: report.deviation_k,
        Fact.DOMESTIC: float(piece.type == DOMESTIC and not piece.is_medical),
    }


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
        points=round(sum(reason.points for reason in reasons), 1),
        reasons=sorted(reasons, key=lambda reason: -reason.points),
        unknown=[factor.name for factor in by.factor if facts.get(factor.name) is None],
    )  # fmt: skip
