"""A county's year from sums by month is what its days say, one by one; and a page of the ranking is a part of the whole."""

import random
from typing import Any

from sqlalchemy import select

from coldchain.archive import equipment, tables
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import EquipmentType
from coldchain.archive.performance import days, models, months, ranking, reports
from coldchain.archive.performance.days import COMPRESSOR, DAY_MS, Day, Loss, SpreadOfDay
from coldchain.archive.performance.ranking import Rank
from coldchain.archive.performance.reports import Period
from coldchain.archive.performance.weights import Facts, shipped
from coldchain.archive.tables import Compartment, MachineMonth
from tests.archive.performance.test_reports import CODE, MINUTE, D, a_day, put
from tests.archive.small import HOUR, NURSE, T0, compartment_of, fill

FIRST = D - 400 * DAY_MS


async def sums(archive: Archive) -> list[tuple[Any, ...]]:
    async with archive.reading() as tx:
        row = MachineMonth
        query = select(row.equipment, row.month, row.run_ms, row.spread_known_ms).order_by(row.equipment, row.month)
        return [tuple(each) for each in await tx.execute(query)]


def a_spread(compartment: int, n: int = 0, deviation_mc: int = 400) -> SpreadOfDay:
    known: dict[str, int] = {"known_ms": DAY_MS, "low_mc": 3000, "high_mc": 6000, "mean_mc": 4500}
    return SpreadOfDay(compartment=compartment, day=D + n * DAY_MS, deviation_mc=deviation_mc, **known)


async def test_a_month_is_added_up_again_with_each_of_its_days(archive: Archive):
    await fill(archive)
    cold, july = await compartment_of(archive, "cold"), months.month_of(T0)
    told: dict[str, Any] = {"basis": COMPRESSOR, "run_known_ms": DAY_MS}
    await put(archive, a_day(0, run_ms=3, **told), a_day(1, run_ms=4, **told), spreads=(a_spread(cold),))
    assert await sums(archive) == [(CODE, july, 7, DAY_MS)]
    await put(
        archive, a_day(0, run_ms=10, **told), a_day(-1, run_ms=1, **told), a_day(2, run_ms=9, run_known_ms=DAY_MS)
    )
    june = months.month_of(D - DAY_MS)
    assert await sums(archive) == [(CODE, june, 1, 0), (CODE, july, 14, DAY_MS)]
    async with archive.writing() as tx:
        await days.clear(tx, {(cold, D)}, T0)
    assert await sums(archive) == [(CODE, june, 1, 0), (CODE, july, 14, 0)]


async def test_what_a_later_look_found_stands_in_its_month_too(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        for at, run_ms in ((T0 + 1, 5), (T0, 99)):
            day = Day(equipment=CODE, day=D, basis=COMPRESSOR, run_ms=run_ms, run_known_ms=DAY_MS)
            await days.put(tx, [day], [], at)
    assert [each[2] for each in await sums(archive)] == [5]


async def furnish(archive: Archive) -> list[str]:
    """Some pieces with a year of days, and losses of mains of all kinds."""
    rng = random.Random(11)
    await fill(archive)
    codes = [CODE, *(f"F{n}" for n in range(4))]
    its: dict[str, Any] = {"facility": "511900012", "name_zh": "柜", "name_en": "x", "short_zh": "柜"}
    async with archive.writing() as tx:
        new = [equipment.Equipment(code=code, type=EquipmentType.ILR, **its) for code in codes[1:]]
        await equipment.put_equipment(tx, new, NURSE)
        for code in codes:
            await days.put(tx, [a_random_day(rng, code, n) for n in range(0, 400, 7)], [], T0)
            await days.put_losses(tx, code, (0, 2**53), random_losses(rng, code), T0)
        for room in list(await tx.scalars(select(Compartment.id))):
            await days.put(tx, [], [a_spread(room, -n, rng.randrange(100, 4000)) for n in range(1, 300, 11)], T0)
    return codes


def a_random_day(rng: random.Random, code: str, n: int) -> Day:
    basis = rng.choice([COMPRESSOR, COMPRESSOR, "temperature"])
    run_ms, known_ms = rng.randrange(12 * HOUR), rng.randrange(12 * HOUR, DAY_MS)
    return Day(equipment=code, day=FIRST + n * DAY_MS, basis=basis, run_ms=run_ms, run_known_ms=known_ms)


def random_losses(rng: random.Random, code: str) -> list[Loss]:
    found = []
    for n in range(12):
        start = D - rng.randrange(1, 380 * 24) * HOUR - n * MINUTE
        out: dict[str, Any] = {"catalogue_ms": rng.choice([None, 4 * HOUR]), "held_ms": rng.choice([None, 5 * HOUR])}
        end = rng.choice([start + HOUR, start + 9 * HOUR, None])
        heard_to = start + 2 * HOUR if end is None else None
        measured = rng.choice([None, HOUR, 3 * HOUR])
        found.append(Loss(equipment=code, start=start, end=end, heard_to=heard_to, holdover_ms=measured, **out))
    return found


async def plainly(tx: Tx, codes: list[str]) -> list[Rank]:
    """The same, piece by piece: what its own report says of the days and the losses of mains of this month and a year before."""
    whole = Period(months.later(months.month_of(T0), -12), months.later(months.month_of(T0), 1))
    ranks = []
    for piece in await models.pieces(tx, None, "2026-07-01"):
        ran = (await reports.of(tx, [piece.code], whole))[piece.code]
        card = await tx.get_one(tables.Equipment, piece.code)
        facts = Facts(
            None if piece.born is None else (piece.until - piece.born).days / models.YEAR,
            None if piece.since is None else float(len(piece.failed)),
            None if ran.holdover_pct is None else max(0.0, 100 - ran.holdover_pct),
            ran.duty_pct if ran.basis == COMPRESSOR else None,
            ran.deviation_k,
            float(card.type == ranking.DOMESTIC and not card.is_medical),
        )
        its = ranking.Candidate(card.code, card.facility, card.brand, card.model)
        ranks.append(ranking.rank_of(its, facts, shipped()))
    assert {rank.equipment for rank in ranks} >= set(codes)
    return sorted(ranks, key=lambda rank: (-rank.points, rank.equipment))


async def test_the_ranking_of_a_county_is_that_of_each_piece_s_own_report(archive: Archive):
    codes = await furnish(archive)
    async with archive.reading() as tx:
        found = await ranking.ranked(tx, None, T0)
        assert found == await plainly(tx, codes)
    assert len({rank.points for rank in found}) > 2
    assert {reason.fact for rank in found for reason in rank.reasons} >= {"shortfall", "deviation"}


async def test_a_page_of_the_ranking_begins_behind_the_last_one(archive: Archive):
    await furnish(archive)
    async with archive.reading() as tx:
        whole = await ranking.ranked(tx, None, T0)
        paged: list[Rank] = []
        while some := await ranking.ranked(tx, None, T0, after=ranking.place_of(paged[-1]) if paged else None, most=2):
            paged += some
    assert paged == whole
