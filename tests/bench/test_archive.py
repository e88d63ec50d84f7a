"""The archive's bench builds its county, asks all of its questions, and keeps books while readings flow."""

import asyncio
from collections import Counter
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import delete, select

from bench.archive import flow, load, questions, raw
from bench.archive.county import SMALL, County
from bench.archive.cpu import Cpu
from coldchain.archive import db, lots, tables
from coldchain.archive.db import open_archive
from coldchain.archive.performance import years
from coldchain.archive.rows import table_of
from coldchain.series.embedded import EmbeddedSeries
from coldchain.settings import ArchiveSettings


def test_a_countys_stays_are_those_of_its_movements():
    county = County(SMALL)
    moved = [
        lots.Movement(id=n, lot=f"L{m.lot}", at=m.at, source=m.source, target=m.target, doses=m.doses,
                      reason=lots.Reason(m.reason))
        for n, m in enumerate(county.moves)
    ]  # fmt: skip
    expected = Counter((stay.lot, stay.compartment, stay.start) for stay in lots.stays_of(moved))
    assert Counter(tuple(row[:3]) for row in county.stays()) == expected


async def test_the_years_it_writes_are_those_that_the_archive_keeps(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/archive.sqlite"
    await db.migrate(url)
    await asyncio.to_thread(load.load, url, County(SMALL))
    query = select(*table_of(tables.MachineYear).columns).order_by(tables.MachineYear.month)
    query = query.where(tables.MachineYear.equipment == "E7")
    async with open_archive(ArchiveSettings(url=SecretStr(url))) as archive, archive.writing() as tx:
        written = list(await tx.execute(query))
        await tx.execute(delete(tables.MachineYear))
        await years.rebuild(tx, {("E7", month) for month in await tx.scalars(select(tables.MachineMonth.month))})
        assert list(await tx.execute(query)) == written
    assert len(written) > 12


async def test_it_runs(tmp_path: Path):
    county, url = County(SMALL), f"sqlite:///{tmp_path}/archive.sqlite"
    await db.migrate(url)
    await asyncio.to_thread(load.load, url, county)
    raw.write(tmp_path / "series.sqlite", county)
    async with open_archive(ArchiveSettings(url=SecretStr(url))) as archive:
        async with EmbeddedSeries.open(tmp_path / "series.sqlite") as series:
            took = await questions.ask(archive, series, county, Cpu())
        flowed = await flow.run(archive, tmp_path / "series.sqlite", county, 2.5)
    assert all(0 < each.median_ms <= each.p95_ms for each in took.values())
    assert flowed.late_days >= 1
    assert flowed.lag_s > 0
