"""Archives of every released version, with rows in them: what was there before its chain is adopted, dated, and watched."""

import json

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from coldchain.archive import audit, audited, chains, db, images, tables
from coldchain.archive.audit import shard
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.evidence.chains import check_books
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.sources import ArchiveBooks
from coldchain.archive.migrations import adopting
from coldchain.archive.rows import table_of
from coldchain.archive.tables import Base
from coldchain.settings import ArchiveSettings
from tests.archive.small import NURSE, fill
from tests.archive.test_migrations import FIRST, run

A_REGION = "insert into region (code, level, name_zh, name_en) values ('{}', 1, '省', 'p')"
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


async def test_what_said_otherwise_than_its_chain_before_is_adopted_with_these_words(ready_url: str):
    """A migration may change a row, and so may somebody before it: nobody can tell the two apart afterwards."""
    async with open_archive(ArchiveSettings(url=SecretStr(ready_url))) as archive, archive.writing() as tx:
        region = tables.Region(code="510000000000", level=1, name_zh="省", name_en="province")
        tx.add(region)
        await audit.record(tx, audit.By("a", 1), "added", [region])
    await db.migrate(ready_url, "0013")
    await run(ready_url, "update region set name_en = 'Province'")
    async with open_archive(ArchiveSettings(url=SecretStr(ready_url)), migrate=True) as archive:
        assert (await looked_at(archive)).findings == []
        async with archive.reading() as tx:
            [link] = [each async for each in chains.links(tx, "county") if each.action == "adopted"]
    assert link.reason == "its last image said otherwise in name_en"


GUARD = (
    "insert into edge_notice (gateway, boot, channel, anchor, at, way, act, person, phone_number, answer, words, received_at)"
    " values ('gw-1', '', 'gw-1/a/temperature', 1, 2, 'modem', 'begin', '张护士', '+8613800138000', 'accepted', '', 3)"
)


async def test_what_gateways_said_before_it_was_chained_is_adopted_and_watched_from_then_on(ready_url: str):
    await db.migrate(ready_url, "0032")
    await run(ready_url, GUARD)
    async with open_archive(ArchiveSettings(url=SecretStr(ready_url)), migrate=True) as archive:
        assert (await looked_at(archive)).findings == []
        [link] = await _adopted(archive, shard("gw-1"))
        await run(ready_url, "update edge_notice set answer = 'refused'")
        assert [str(each) for each in (await looked_at(archive)).findings] == [
            f"row edge_notice/{link.entity_id}: differs in answer"
        ]


async def test_a_second_migration_adopts_nothing_again(fresh_url: str):
    await db.migrate(fresh_url, "0001")
    await run(fresh_url, FIRST)
    await db.migrate(fresh_url)
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True) as archive:
        before = await looked_at(archive)
    await db.migrate(fresh_url, "0013")
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True) as archive:
        assert (await looked_at(archive)).links == before.links


@pytest.mark.parametrize("at_once", [1, 3])
async def test_rows_are_adopted_some_at_a_time_none_left_out(
    at_once: int, fresh_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(adopting, "SOME", at_once)
    await db.migrate(fresh_url, "0001")
    await run(fresh_url, FIRST + "".join(f"; {A_REGION.format(n)}" for n in range(10)))
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True) as archive:
        report = await looked_at(archive)
        assert report.findings == []
        assert len({link.entity_id for link in await _adopted(archive) if link.entity == "region"}) == 11


async def test_what_is_not_to_be_looked_at_is_not_adopted(ready_url: str):
    await run(ready_url, A_REGION.format(1))
    engine = create_async_engine(db.database_url(ready_url))
    async with engine.begin() as connection:
        assert await connection.run_sync(adopting.adopt, 1, frozenset(), {"lot"}) == 0
        assert await connection.run_sync(adopting.adopt, 1, {("region", "1")}, {"region"}) == 0
        assert await connection.run_sync(adopting.adopt, 1, frozenset(), {"region"}) == 1
    await engine.dispose()


async def test_a_migration_looks_at_the_tables_alone_that_it_names(ready_url: str, monkeypatch: pytest.MonkeyPatch):
    """An archive may have ten million records of temperatures: a table that is new beside them takes no time."""
    await db.migrate(ready_url, "0031")
    asked: list[str] = []
    real = adopting._has_rows

    def noted(connection: Connection, name: str) -> bool:
        asked.append(name)
        return real(connection, name)

    monkeypatch.setattr(adopting, "_has_rows", noted)
    await db.migrate(ready_url, "0032")
    assert set(asked) == {"person", "way_question"}


def test_a_table_is_touched_by_whatever_names_it():
    with create_engine("sqlite://").connect() as connection:
        with adopting.touched(connection) as names:
            for statement in ('create table "lot" (id int)', "ALTER TABLE lot RENAME TO Buffer", "select 1 as region"):
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql("select 1 as vaccine")
    assert names & {"lot", "buffer", "region", "vaccine"} == {"lot", "buffer", "region"}


def test_every_table_is_chained_or_it_is_said_why_not():
    """Whoever adds a table decides it here: `audited.AUDITED`, `audited.DECIDED`, or `audited.UNCHAINED` with the reason."""
    unchained = {table_of(kind).name for kinds in audited.UNCHAINED.values() for kind in kinds}
    assert audited.watched() ^ unchained == {table.name for table in Base.metadata.sorted_tables}
    assert not audited.watched() & unchained


def test_a_migration_adopts_what_is_watched_and_nothing_else():
    present = {table.name for table in Base.metadata.sorted_tables}
    assert present - adopting.LEFT_OUT == audited.watched() - {"excursion"}  # of which its revisions speak
    assert (adopting.SECRET, adopting.PASSING) == (images.SECRET, images.PASSING)
    assert present > adopting.BULKY


async def _at_the_version_before(url: str, archive: Archive) -> None:
    """A lot's last image lacks what a later version added: its expiry, which nothing would watch from then on."""
    await fill(archive)
    async with archive.writing() as tx:
        lot = await tx.get_one(tables.Lot, "HepB-A1")
        image = {name: value for name, value in images.image_of(lot).items() if name != "expires_on"}
        n, previous = (await chains.heads(tx))["county"]
        link = {
            "stream": "county", "n": n + 1, "at": 1, "actor": "a", "action": "changed", "entity": "lot",
            "entity_id": "HepB-A1", "image": images.canonical(image), "reason": "", "previous": previous,
        }  # fmt: skip
        tx.add(tables.AuditEntry(**link, hash=images.digest(link)))
    await db.migrate(url, "0015")


async def _adopted(archive: Archive, stream: str = "county") -> list[chains.Entry]:
    async with archive.reading() as tx:
        return [each async for each in chains.links(tx, stream) if each.action == "adopted"]


async def test_a_column_that_a_migration_added_is_adopted_by_it_and_watched_from_then_on(ready_url: str):
    settings = ArchiveSettings(url=SecretStr(ready_url))
    async with open_archive(settings) as archive:
        await _at_the_version_before(ready_url, archive)
    async with open_archive(settings, migrate=True) as archive:
        [link] = await _adopted(archive)
        assert (link.entity_id, link.reason) == ("HepB-A1", "its last image had no expires_on")
        await _run(archive, "update lot set expires_on = '2031-01-01'")
        assert [str(each) for each in (await looked_at(archive)).findings] == ["row lot/HepB-A1: differs in expires_on"]


async def test_what_was_changed_beside_its_chain_before_a_migration_is_not_made_good_by_it(ready_url: str):
    """Else somebody would change a row and wait for the next version."""
    settings = ArchiveSettings(url=SecretStr(ready_url))
    async with open_archive(settings) as archive:
        await fill(archive)
        await db.migrate(ready_url, "0015")
        await _run(archive, "update lot set expires_on = '2031-01-01'")
    async with open_archive(settings, migrate=True) as archive:
        assert await _adopted(archive) == []
        assert [str(each) for each in (await looked_at(archive)).findings] == ["row lot/HepB-A1: differs in expires_on"]


async def test_a_start_without_anything_to_migrate_adopts_nothing(ready_url: str):
    settings = ArchiveSettings(url=SecretStr(ready_url))
    async with open_archive(settings) as archive:
        await fill(archive)
        await _run(archive, "insert into region (code, level, name_zh, name_en) values ('51', 1, '省', 'p')")
    async with open_archive(settings, migrate=True) as archive:
        assert [str(each) for each in (await looked_at(archive)).findings] == ["row region/51: is not in the trail"]


async def test_a_number_that_stood_in_an_image_as_it_was_still_says_what_its_row_says(ready_url: str):
    """Until it was withheld, `phone` stood there; a changed one is found all the same."""
    async with open_archive(ArchiveSettings(url=SecretStr(ready_url))) as archive:
        await fill(archive)
        async with archive.writing() as tx:
            person = await tx.get_one(tables.Person, 1)
            await audit.record(tx, NURSE, "changed", [person])
            said = json.loads((await tx.scalars(text("select image from audit where entity = 'person'"))).all()[-1])
            assert said["phone"].startswith("sha256:")
            old = images.canonical(said | {"phone": person.phone})
            await tx.execute(text("update audit set image = :old where entity = 'person'"), {"old": old})
        async with archive.reading() as tx:
            assert await chains.unseen(tx) == []
        await _run(archive, "update person set phone = '+8613900139000'")
        async with archive.reading() as tx:
            assert [each.wrong for each in await chains.unseen(tx)] == ["differs in phone"]


async def _run(archive: Archive, statement: str) -> None:
    async with archive.writing() as tx:
        await tx.execute(text(statement))
