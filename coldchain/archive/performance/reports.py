"""What days add up to: a piece of equipment over a period. Sums in the database, so that a county's year is one question.

machine_day, spread_day, outage ─► sums by equipment ─► report: duty, period, doors, mains, spread, holdover, warm-up
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import func, select

from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.performance.days import COMPRESSOR, DAY_MS, TEMPERATURE, Loss, losses_of
from coldchain.archive.performance.rest import BEFORE_MS, rested
from coldchain.archive.performance.years import percent
from coldchain.archive.rows import Record
from coldchain.archive.tables import Compartment, Equipment, MachineDay, SpreadDay
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000
SUMS: Final = (
    "run_ms", "run_known_ms", "cycles", "periods", "period_ms", "known_ms", "open_ms", "open_known_ms", "openings",
    "out_ms", "mains_known_ms",
)  # fmt: skip


class Report(Record, frozen=True, kw_only=True):
    """How a piece of equipment ran in a period. None: nothing is known of it; `…known_h`: of so long something is."""

    equipment: str
    start: int
    end: int
    days: int  # of which something is known
    known_h: float
    basis: str | None  # what duty and period rest on: compressor | temperature
    is_estimate: bool  # duty and period are read from the temperature
    run_known_h: float
    duty_pct: float | None
    period_min: float | None
    cycles: int | None
    door_known_h: float
    door_min_per_day: float | None
    openings_per_day: float | None
    mains_known_h: float
    mains_out_min: float | None
    spread_k: float | None  # the widest of a day, highest less lowest
    deviation_k: float | None  # standard deviation of a usual day
    losses: int | None  # of mains
    holdovers: int  # that were measured, of a rested machine
    holdover_h: float | None  # the median of those
    held_h: float | None  # for so long it was once seen to hold, at least
    holdover_pct: float | None  # of what its card claims: the median of all that tell
    recovery_min: float | None  # the median of those after which there was something to recover from
    warming_k_h: float | None
    catalogue_h: float | None = None  # what its card claims


class _Piece(Record, frozen=True, kw_only=True):
    code: str


@dataclass(frozen=True, slots=True)
class Period:
    """Whole UTC days, [start, end)."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start % DAY_MS or self.end % DAY_MS:
            raise BadInput("start", "is not the beginning of a day in UTC", "ask for whole days")
        if self.end <= self.start:
            raise BadInput("end", "is not after start", "give a later end")


def last_days(at: int, count: int) -> Period:
    """The whole days before an instant."""
    end = at - at % DAY_MS
    return Period(end - count * DAY_MS, end)


async def listed(tx: Tx, asked: Asked, scope: Scope, period: Period, *, model: str | None = None) -> Page[Report]:
    """Reports on equipment in scope, by code; what is scrapped is left out."""
    query = select(Equipment).where(Equipment.status != "scrapped")
    if scope is not None:
        query = query.where(Equipment.facility.in_(scope))
    if model is not None:
        query = query.where(Equipment.model == model)
    codes = await page(tx, query, (Equipment.code,), asked, _Piece)
    found = await of(tx, [each.code for each in codes.items], period)
    return Page([found[each.code] for each in codes.items], codes.next)


async def of(tx: Tx, codes: Collection[str], period: Period) -> dict[str, Report]:
    """The report on each of these."""
    sums, bases = await _sums(tx, codes, period)
    spreads = await _spreads(tx, codes, period)
    losses: dict[str, list[Loss]] = defaultdict(list)
    for loss in await losses_of(tx, codes, period.start - BEFORE_MS, period.end):
        losses[loss.equipment].append(loss)
    claimed = select(Equipment.code, Equipment.holdover_h_catalogue).where(Equipment.code.in_(codes))
    claims = {row.code: row.holdover_h_catalogue for row in await tx.execute(claimed)}
    return {
        code: replace(
            _report(code, period, (sums.get(code, {}), bases.get(code, {})), spreads.get(code), losses[code]),
            catalogue_h=claims.get(code),
        )
        for code in codes
    }


Sums = Mapping[str, int]


async def _sums(tx: Tx, codes: Collection[str], period: Period) -> tuple[dict[str, Sums], dict[str, dict[str, Sums]]]:
    """By equipment, and of the compressor's by what they rest on."""
    row = MachineDay
    columns = [func.sum(getattr(row, name)).label(name) for name in SUMS]
    known = row.known_ms + row.run_known_ms + row.open_known_ms + row.mains_known_ms
    query = select(row.equipment, row.basis, func.count().filter(known > 0).label("days"), *columns)
    query = query.where(row.equipment.in_(codes), row.day >= period.start, row.day < period.end)
    whole: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys((*SUMS, "days"), 0))
    bases: dict[str, dict[str, Sums]] = defaultdict(dict)
    for found in (await tx.execute(query.group_by(row.equipment, row.basis))).mappings():
        its = {name: int(found[name]) for name in (*SUMS, "days")}
        bases[found["equipment"]][found["basis"]] = its
        for name, value in its.items():
            whole[found["equipment"]][name] += value
    return dict(whole), dict(bases)


async def _spreads(tx: Tx, codes: Collection[str], period: Period) -> dict[str, tuple[float, float]]:
    """The widest day and the mean deviation of each, mK; a day of which little is known weighs little."""
    row = SpreadDay
    weighed = func.sum(row.deviation_mc * row.known_ms), func.sum(row.known_ms)
    query = select(Compartment.equipment, func.max(row.high_mc - row.low_mc), *weighed)
    query = query.join(row, row.compartment == Compartment.id).where(Compartment.equipment.in_(codes))
    query = query.where(row.day >= period.start, row.day < period.end).group_by(Compartment.equipment)
    found = await tx.execute(query.where(row.known_ms > 0))
    return {code: (float(widest), float(usual) / float(known)) for code, widest, usual, known in found}


def _report(
    code: str, period: Period, counted: tuple[Sums, Mapping[str, Sums]], spread: tuple[float, float] | None,
    before: Sequence[Loss],
) -> Report:  # fmt: skip
    sums, bases = counted
    losses = [loss for loss in before if loss.start >= period.start or loss.known_to > period.start]
    fair = [loss for loss in rested(before) if loss.start >= period.start]
    basis = next((name for name in (COMPRESSOR, TEMPERATURE) if bases.get(name, {}).get("run_known_ms")), None)
    run = bases[basis] if basis else {}
    door_days = sums.get("open_known_ms", 0) / DAY_MS
    measured = [loss.holdover_ms for loss in fair if loss.holdover_ms is not None]
    held = [loss.held_ms for loss in losses if loss.held_ms]
    shares = [loss.share_of_catalogue for loss in fair if loss.share_of_catalogue is not None]
    return Report(
        equipment=code, start=period.start, end=period.end, days=sums.get("days", 0),
        known_h=_hours(sums.get("known_ms")), basis=basis, is_estimate=basis == TEMPERATURE,
        run_known_h=_hours(run.get("run_known_ms")),
        duty_pct=_share(run.get("run_ms"), run.get("run_known_ms"), 100),
        period_min=_share(run.get("period_ms"), run.get("periods"), 1 / MINUTE_MS), cycles=run.get("cycles"),
        door_known_h=_hours(sums.get("open_known_ms")),
        door_min_per_day=round(sums["open_ms"] / MINUTE_MS / door_days, 1) if door_days else None,
        openings_per_day=round(sums["openings"] / door_days, 1) if door_days else None,
        mains_known_h=_hours(sums.get("mains_known_ms")),
        mains_out_min=round(sums["out_ms"] / MINUTE_MS, 1) if sums.get("mains_known_ms") else None,
        spread_k=None if spread is None else round(spread[0] / 1000, 2),
        deviation_k=None if spread is None else round(spread[1] / 1000, 2),
        losses=len(losses) if losses or sums.get("mains_known_ms") else None, holdovers=len(measured),
        holdover_h=_median(measured, HOUR_MS),
        held_h=_median([max(held)], HOUR_MS) if held else None,
        holdover_pct=percent(shares),
        recovery_min=_median([loss.recovery_ms for loss in losses if loss.recovery_ms], MINUTE_MS),
        warming_k_h=_median([loss.warming_mk_h for loss in losses], 1000),
    )  # fmt: skip


def _share(part: int | None, whole: int | None, factor: float) -> float | None:
    return round(factor * part / whole, 2) if part is not None and whole else None


def _hours(known_ms: int | None) -> float:
    return round((known_ms or 0) / HOUR_MS, 1)


def _median(values: Sequence[Any], unit: int) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known) / unit, 2) if known else None
