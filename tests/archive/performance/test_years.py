"""What is kept of a piece's year is what its own report says of the same months, whatever came late, was put right or was none."""

import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Archive, Tx, migrate, open_archive
from coldchain.archive.performance import days, months, ranking, reports, years
from coldchain.archive.performance.days import COMPRESSOR, DAY_MS, Day, Loss, SpreadOfDay
from coldchain.archive.performance.reports import Period
from coldchain.archive.performance.rest import BEFORE_MS
from coldchain.archive.performance.weights import Fact
from coldchain.archive.performance.years import Year
from coldchain.archive.tables import MachineYear
from coldchain.archive.upkeep import cards
from coldchain.settings import ArchiveSettings
from tests.archive.performance.test_months import a_spread
from tests.archive.performance.test_reports import CODE, HELD, D, a_day, put
from tests.archive.small import HOUR, NURSE, T0, compartment_of, fill

JULY = months.month_of(T0)
SPAN = [months.later(JULY, n) for n in range(-30, 16)]  # the months of which a row may stand there


async def kept(tx: Tx) -> dict[int, Year]:
    row = MachineYear
    query = select(row.month, row.duty_pct, row.deviation_k, row.holdover_pct).where(row.equipment == CODE)
    return {month: Year(*its) for month, *its in await tx.execute(query)}


async def reckoned(tx: Tx, asked: Sequence[int]) -> dict[int, Year]:
    """By the piece's own reports, which know of no months."""
    found = {}
    for month in asked:
        ran = (await reports.of(tx, [CODE], Period(months.later(month, -12), months.later(month, 1))))[CODE]
        duty_pct = ran.duty_pct if ran.basis == COMPRESSOR else None
        year = Year(duty_pct, ran.deviation_k, ran.holdover_pct)
        if year != Year():
            found[month] = year
    return found


async def claim(tx: Tx, hours: float | None) -> None:
    row = await tx.get_one(tables.Equipment, CODE)
    its: dict[str, Any] = {
        name: getattr(row, name) for name in ("code", "facility", "name_zh", "name_en", "short_zh", "type")
    }
    card = cards.Equipment(**its, holdover_h_catalogue=hours, holdover_source="catalogue")
    await cards.put(tx, [card], NURSE)


def some_losses(rng: random.Random, window: tuple[int, int]) -> list[Loss]:
    """Of all kinds, also one upon the other and over the ends of months."""
    found = []
    for start in {rng.randrange(window[0] - 40 * HOUR, window[1], HOUR) for _ in range(rng.randrange(5))}:
        end = rng.choice([start + HOUR, start + 9 * HOUR, start + 5 * DAY_MS, None])
        its: dict[str, Any] = {
            "holdover_ms": rng.choice([None, HOUR, 3 * HOUR]),
            "held_ms": rng.choice([None, 5 * HOUR]),
        }
        its |= {"catalogue_ms": rng.choice([None, 4 * HOUR]), "heard_to": start + 2 * HOUR if end is None else None}
        found.append(Loss(equipment=CODE, start=start, end=end, **its))
    return found


async def happen(tx: Tx, rng: random.Random, compartment: int) -> None:
    """One of the things that a year is made of is found, found otherwise, or found to be none."""
    at, day = T0 + rng.randrange(3), D - rng.randrange(500) * DAY_MS
    match rng.randrange(5):
        case 0:
            known_ms, basis = rng.choice([0, DAY_MS // 2, DAY_MS]), rng.choice([COMPRESSOR, COMPRESSOR, "temperature"])
            its: dict[str, Any] = {"run_ms": rng.randrange(known_ms + 1), "run_known_ms": known_ms, "basis": basis}
            await days.put(tx, [Day(equipment=CODE, day=day, **its)], [], at)
        case 1:
            spread: dict[str, Any] = {
                "low_mc": 3000,
                "high_mc": 6000,
                "mean_mc": 4500,
                "deviation_mc": rng.randrange(3000),
            }
            await days.put(tx, [], [SpreadOfDay(compartment=compartment, day=day, known_ms=DAY_MS, **spread)], at)
        case 2:
            await days.clear(tx, {(compartment, day)}, at)
        case 3:
            window = day, day + rng.choice([1, 30, 300]) * DAY_MS
            await days.put_losses(tx, CODE, window, some_losses(rng, window), at)
        case _:
            await claim(tx, rng.choice([None, 2.0, 40.0]))


async def test_the_years_kept_are_those_that_the_reports_reckon_whatever_happened(archive: Archive):
    await fill(archive)
    compartment, rng = await compartment_of(archive, "cold"), random.Random(20)
    seen: set[Year] = set()
    for _ in range(9):
        async with archive.writing() as tx:
            for _ in range(6):
                await happen(tx, rng, compartment)
        async with archive.reading() as tx:
            found, asked = await kept(tx), rng.sample(SPAN, 9)
            assert found.keys() <= set(SPAN)
            assert {month: found[month] for month in asked if month in found} == await reckoned(tx, asked)
        seen |= set(found.values())
    assert len(seen) > 50
    assert min(sum(getattr(year, name) is not None for year in seen) for name in Year._fields) > 10


async def test_a_month_that_has_only_begun_has_its_year_already(archive: Archive):
    await fill(archive)
    await put(archive, a_day(0, basis=COMPRESSOR, run_ms=DAY_MS // 4, run_known_ms=DAY_MS))
    async with archive.reading() as tx:
        [rank] = await ranking.ranked(tx, None, months.later(JULY, 12))
        assert Fact.DUTY not in rank.unknown
        [rank] = await ranking.ranked(tx, None, months.later(JULY, 13))
        assert Fact.DUTY in rank.unknown


async def test_a_card_put_right_says_another_share_of_the_losses_before(archive: Archive):
    await fill(archive)
    await put(archive, losses=(HELD,))
    for hours, percent in ((None, 50.0), (8.0, 25.0), (2.0, 100.0)):
        async with archive.writing() as tx:
            await claim(tx, hours)
        async with archive.reading() as tx:
            assert (await kept(tx))[JULY].holdover_pct == percent


async def test_what_no_loss_or_day_speaks_of_any_more_has_no_row(archive: Archive):
    await fill(archive)
    compartment = await compartment_of(archive, "cold")
    await put(archive, losses=(HELD,), spreads=(a_spread(compartment),))
    async with archive.writing() as tx:
        await days.clear(tx, {(compartment, D)}, T0)
        assert {year.deviation_k for year in (await kept(tx)).values()} == {None}
        await days.put_losses(tx, CODE, (0, 2**53), [], T0)
        assert await kept(tx) == {}


def test_a_loss_speaks_of_its_months_and_as_long_as_it_tells_of_rest():
    start = months.later(JULY, 1) - HOUR
    its = [months.later(JULY, n) for n in range(3)]
    assert years.concerned(CODE, D, D + HOUR) == {(CODE, JULY)}
    assert years.concerned(CODE, start, start + HOUR) == {(CODE, month) for month in its[:2]}
    assert years.concerned(CODE, start, its[2] - BEFORE_MS) == {(CODE, month) for month in its}


async def test_an_older_archive_finds_the_years_that_are_kept_today(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    compartment, rng = await compartment_of(archive, "cold"), random.Random(3)
    async with archive.writing() as tx:
        for _ in range(60):
            await happen(tx, rng, compartment)
    async with archive.reading() as tx:
        before = await kept(tx)
    assert min(len({getattr(year, name) for year in before.values()}) for name in Year._fields) > 2
    url = settings.url.get_secret_value()
    await migrate(url, "0024")
    await migrate(url)
    async with open_archive(settings) as again, again.reading() as tx:
        assert await kept(tx) == before
