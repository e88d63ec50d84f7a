import asyncio

import pytest
from pydantic import SecretStr
from sqlalchemy import func, insert, select, text

from coldchain.archive import db, places, schema
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.tables import Equipment, Facility, Region
from coldchain.errors import BadInput, Refused, Unavailable
from coldchain.settings import ArchiveSettings
from tests.parts.postgres import Postgres, postgres_server


def region(code: str, parent: str | None = None) -> dict[str, object]:
    return {"code": code, "level": 3, "name_zh": "县", "name_en": "county", "parent": parent}


async def codes(archive: Archive) -> list[str]:
    async with archive.reading() as tx:
        return [each.code for each in await places.regions(tx)]


async def test_what_was_written_is_there_after_leaving(archive: Archive):
    async with archive.writing() as tx:
        tx.add(Region(**region("1")))
    assert await codes(archive) == ["1"]


async def test_an_error_inside_leaves_nothing(archive: Archive):
    async def fails() -> None:
        async with archive.writing() as tx:
            await tx.execute(insert(Region), [region("1")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await codes(archive) == []


async def test_a_cancelled_writer_leaves_nothing_and_holds_nobody_up(archive: Archive):
    async def never_ends() -> None:
        async with archive.writing() as tx:
            await tx.execute(insert(Region), [region("1")])
            inside.set()
            await asyncio.Event().wait()

    inside = asyncio.Event()
    task = asyncio.create_task(never_ends())
    await inside.wait()
    task.cancel()
    await asyncio.wait([task])
    async with archive.writing() as tx:
        await tx.execute(insert(Region), [region("2")])
    assert await codes(archive) == ["2"]


async def test_a_taken_key_is_refused_and_nothing_of_the_transaction_stays(archive: Archive):
    async def write(*wanted: str) -> None:
        async with archive.writing() as tx:
            for code in wanted:
                await tx.execute(insert(Region), [region(code)])

    await write("1")
    with pytest.raises(Refused, match=r"(?i)unique"):
        await write("2", "1")
    assert await codes(archive) == ["1"]


async def test_a_reference_to_nothing_is_refused(archive: Archive):
    with pytest.raises(Refused, match=r"(?i)foreign key"):
        async with archive.writing() as tx:
            tx.add(Region(**region("1", parent="none")))


@pytest.mark.parametrize("engine", ["postgresql"])  # SQLite minds no length
async def test_a_text_too_long_for_its_column_is_refused(archive: Archive):
    with pytest.raises(Refused, match="too long"):
        async with archive.writing() as tx:
            await tx.execute(insert(Region), [region("1" * 65)])
    assert await codes(archive) == []


async def test_a_reader_keeps_its_snapshot_and_blocks_no_writer(archive: Archive):
    async with archive.reading() as snapshot:
        count = select(func.count()).select_from(Region)
        assert await snapshot.scalar(count) == 0
        async with archive.writing() as tx:
            tx.add(Region(**region("1")))
        assert await snapshot.scalar(count) == 0
    assert await codes(archive) == ["1"]


async def test_a_write_inside_reading_fails(archive: Archive):
    with pytest.raises(Exception, match=r"(?i)read-?only"):
        async with archive.reading() as tx:
            await tx.execute(insert(Region), [region("1")])
    assert await codes(archive) == []


async def test_writers_of_one_process_queue_and_none_is_lost(archive: Archive):
    async def write(n: int) -> None:
        async with archive.writing() as tx:
            tx.add(Region(**region(f"{n:03}")))

    await asyncio.gather(*(write(n) for n in range(40)))
    assert len(await codes(archive)) == 40


async def test_a_lock_lets_one_through_at_a_time(archive: Archive):
    inside = 0

    async def pass_through() -> None:
        nonlocal inside
        async with archive.writing() as tx:
            await db.lock(tx, "door")
            inside += 1
            assert inside == 1
            await tx.execute(text("select 1"))
            inside -= 1

    await asyncio.gather(*(pass_through() for _ in range(8)))


async def test_numbers_of_an_archive_keep_their_kind(archive: Archive):
    async with archive.writing() as tx:
        tx.add(Region(**region("1")))
        await tx.flush()
        tx.add(Facility(code="f", region="1", name_zh="", name_en="", short_zh="", kind="other"))
        await tx.flush()
        tx.add(Equipment(code="e", facility="f", name_zh="", name_en="", short_zh="", type="ilr", volume_cold_l=0.1))
    async with archive.reading() as tx:
        row = await tx.get(Equipment, "e")
    assert row is not None
    assert (row.volume_cold_l, row.is_medical, row.volume_frozen_l) == (0.1, False, None)


async def test_an_archive_that_nobody_migrated_is_unavailable_and_says_so(fresh_url: str, engine: str):
    if engine == "sqlite":
        await db.migrate(fresh_url)
        await db.migrate(fresh_url, "base")
    with pytest.raises(Unavailable, match=r"tables are at version none, this program needs \d+"):
        async with open_archive(ArchiveSettings(url=SecretStr(fresh_url))):
            pass


async def test_a_database_that_is_not_there_is_unavailable(tmp_path):
    for url in (f"sqlite:///{tmp_path}/no/archive.sqlite", "postgresql://nobody@127.0.0.1:1/none"):
        with pytest.raises(Unavailable, match="archive: "):
            async with open_archive(ArchiveSettings(url=SecretStr(url))):
                pass


async def test_a_writer_that_waits_too_long_for_another_process_is_told_unavailable(
    settings: ArchiveSettings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(db, "PATIENCE_S", 0.2)
    monkeypatch.setitem(schema.POSTGRES_SETTINGS, "lock_timeout", "200ms")
    async with open_archive(settings) as one, open_archive(settings) as other, one.writing() as tx:
        await db.lock(tx, "door")
        with pytest.raises(Unavailable, match="lock"):
            async with other.writing() as waiting:
                await db.lock(waiting, "door")


async def killed_while_writing(archive: Archive, server: Postgres) -> None:
    async with archive.writing() as tx:
        server.kill()
        await tx.execute(insert(Region), [region("2")])


async def test_a_killed_server_is_unavailable_and_back_when_it_is_back(parts_folder):
    with postgres_server(parts_folder / "postgres-to-kill") as server:
        async with open_archive(ArchiveSettings(url=SecretStr(server.url())), migrate=True) as archive:
            async with archive.writing() as tx:
                tx.add(Region(**region("1")))
            with pytest.raises(Unavailable):
                await killed_while_writing(archive, server)
            with pytest.raises(Unavailable):
                await codes(archive)
            server.start()
            assert await codes(archive) == ["1"]


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("mysql://u:secret@host/db", "'mysql' is no database we know"),
        ("sqlite://", "it names no database"),
        ("sqlite:///:memory:", "it names no database"),
        ("postgresql://u:secret@host", "it names no database"),
        ("nonsense", "this is no URL"),
        ("postgresql://u:secret@host:port/db", "this is no URL"),
    ],
)
def test_a_url_that_cannot_be_is_refused_with_its_cure_and_no_password(url: str, wrong: str):
    with pytest.raises(BadInput) as caught:
        db.database_url(url)
    assert str(caught.value).startswith(f"archive.url: {wrong}; write sqlite:///")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("how", ["reading", "writing"])
async def test_a_database_that_goes_while_somebody_thinks_is_unavailable(
    postgres: Postgres, postgres_template: str, how: str
):
    """Nothing was asked when it went: leaving finds out, by a rollback that nobody answers."""

    async def thinks() -> None:
        async with getattr(one, how)() as tx:
            pid = await tx.scalar(text("select pg_backend_pid()"))
            await tx.execute(select(Region))
            async with other.writing() as beside:
                await beside.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            await asyncio.sleep(0)

    url = SecretStr(postgres.url(postgres_template))
    async with (
        open_archive(ArchiveSettings(url=url)) as one,
        open_archive(ArchiveSettings(url=url)) as other,
    ):
        with pytest.raises(Unavailable):
            await thinks()
