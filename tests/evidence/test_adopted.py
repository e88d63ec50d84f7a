"""Archives of every released version, with rows in them: what was there before its chain is adopted, dated, and watched."""

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from coldchain.archive import audit, db, tables
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.evidence.chains import check_books
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.sources import ArchiveBooks
from coldchain.settings import ArchiveSettings
from tests.archive.test_migrations import FIRST, run

RELEASED = ["0001", "0002", "0003", "0004", "0005"]


async def looked_at(archive: Archive) -> Report:
    report = Report()
    async with archive.reading() as tx:
        await check_books(ArchiveBooks(tx), report)
    return report


@pytest.mark.parametrize("version", RELEASED)
async def test_old_rows_are_adopted_and_not_called_broken(fresh_url: str, version: str):
    await db.migrate(fresh_url, "0001")
    await run(fresh_url, FIRST)
    await db.migrate(fresh_url, version)
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True) as archive:
        report = await looked_at(archive)
        assert report.findings == []
        assert report.adopted == report.links > 6
        assert {chain.stream for chain in report.chains} >= {"county", "shard-01", "shard-38"}
        assert all(chain.adopted_at for chain in report.chains)


async def test_from_its_adoption_on_a_row_is_watched(fresh_url: str):
    await db.migrate(fresh_url, "0001")
    await run(fresh_url, FIRST)
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True) as archive:
        async with archive.writing() as tx:
            await tx.execute(text("update excursion_revision set out_ms = 5"))
            await tx.execute(text("update alarm set raised_at = 3"))
        found = [str(each) for each in (await looked_at(archive)).findings]
        assert "row excursion_revision/c1/1: differs in out_ms" in found
        assert "row alarm/1: differs in raised_at" in found


async def test_what_said_otherwise_than_its_chain_before_is_adopted_with_these_words(fresh_url: str):
    """A migration may change a row, and so may somebody before it: nobody can tell the two apart afterwards."""
    await db.migrate(fresh_url)
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url))) as archive, archive.writing() as tx:
        region = tables.Region(code="510000000000", level=1, name_zh="省", name_en="province")
        tx.add(region)
        await audit.record(tx, audit.By("a", 1), "added", [region])
    await db.migrate(fresh_url, "0013")
    await run(fresh_url, "update region set name_en = 'Province'")
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True) as archive:
        assert (await looked_at(archive)).findings == []
        async with archive.reading() as tx:
            [link] = [each async for each in audit.links(tx, "county") if each.action == "adopted"]
    assert link.reason == "its last image said otherwise in name_en"


async def test_a_second_migration_adopts_nothing_again(fresh_url: str):
    await db.migrate(fresh_url, "0001")
    await run(fresh_url, FIRST)
    await db.migrate(fresh_url)
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True) as archive:
        before = await looked_at(archive)
    await db.migrate(fresh_url, "0013")
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True) as archive:
        assert (await looked_at(archive)).links == before.links
