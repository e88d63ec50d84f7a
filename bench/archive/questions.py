"""How long questions take: each asked some times over different rows, through the archive's own functions."""

import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from bench.archive.county import END, County
from bench.archive.cpu import Cpu, Took, took_of
from coldchain.archive import lots, views
from coldchain.archive.db import Archive
from coldchain.archive.exposure import affected
from coldchain.archive.pages import Asked
from coldchain.archive.stock import listing
from coldchain.archive.views import ExcursionWish
from coldchain.ledger import lots as ledger
from coldchain.series import Series

TIMES = 30
PAGE = 100
AIMS = "aims: the lots of an excursion < 50 ms, a lot's full exposure < 300 ms, a page of a list < 100 ms"


async def ask(archive: Archive, series: Series, county: County, cpu: Cpu) -> dict[str, Took]:
    """All questions, by name."""
    rng = random.Random(7)
    size = county.size
    cases = [f"c{n}" for n in rng.sample(range(size.pieces * size.cases), min(TIMES, size.pieces * size.cases))]
    store = [f"c{n}" for n in range(min(size.stores * size.cases, TIMES))]
    watched = [f"L{n}" for n in county.watched][-TIMES:]
    usual = [f"L{n}" for n in rng.sample(range(size.lots), TIMES)]

    async def of_lot(lot: str) -> None:
        async with archive.reading() as tx:
            [(row, vaccine)] = await views.lots_of(tx, lot)
            story = await ledger.story_of(tx, row, vaccine)
        await ledger.tell(archive, series, story, story.ends(), END)

    async def affected_by(case: str) -> None:
        async with archive.reading() as tx:
            await affected.by_excursion(tx, case)

    async def lots_in(case: str) -> None:
        async with archive.reading() as tx:
            row = (await views.excursions_of(tx, [case]))[case]
            await lots.in_compartment(tx, row.compartment or 0, row.first_bad, row.last_bad + 1)

    return {
        "which lots were there (a clinic's piece)": await timed(lots_in, cases, cpu),
        "which lots were there (the county's store)": await timed(lots_in, store, cpu),
        "an excursion's doses, and where they are now (a clinic's)": await timed(affected_by, cases, cpu),
        "… (the county's store)": await timed(affected_by, store, cpu),
        "a lot's full exposure (readings at all its edges)": await timed(of_lot, watched, cpu),
        "… (no readings at its edges)": await timed(of_lot, usual, cpu),
        "a page of excursions": await timed(_page(archive, "excursions"), range(TIMES), cpu),
        "a page of lots": await timed(_page(archive, "lots"), range(TIMES), cpu),
        "a lot's movements": await timed(_page(archive, "movements"), usual, cpu),
        "the county as it stands": await timed(_page(archive, "site"), range(5), cpu),
    }


def _page(archive: Archive, name: str) -> Callable[[object], Awaitable[None]]:
    async def work(which: object) -> None:
        async with archive.reading() as tx:
            if name == "excursions":
                await views.excursions(tx, ExcursionWish(None), PAGE)
            elif name == "lots":
                await listing.listed(tx, listing.Wish(None), Asked(limit=PAGE))
            elif name == "movements":
                await lots.movements(tx, str(which))
            else:
                await views.site(tx, END)

    return work


async def timed(work: Callable[[Any], Awaitable[None]], over: Iterable[object], cpu: Cpu) -> Took:
    """Ask once for each; the first is asked twice, for nobody waits for a cold start every day."""
    wall, worked, which = [], [], []
    for n, each in enumerate(over):
        if n == 0:
            await work(each)
        began, before = time.perf_counter(), cpu.ms()
        await work(each)
        worked.append(cpu.ms() - before)
        wall.append((time.perf_counter() - began) * 1000)
        which.append(str(each))
    worst = max(range(len(worked)), key=worked.__getitem__)
    return took_of(wall, statistics.fmean(worked), worked[worst], which[worst])
