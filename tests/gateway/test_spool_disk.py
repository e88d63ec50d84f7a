"""A disk that is full, read-only or rotten, at the start already: readings wait in memory and none is lost."""

import asyncio
import logging
import os
import sqlite3
from contextlib import asynccontextmanager

import pytest

from coldchain.errors import BadInput
from gateway import spool as spools
from gateway.clockwatch import Learned, Source
from gateway.settings import GatewaySection
from gateway.spool import open_spool
from gateway.spoollayout import DiskRefuses, connect
from tests.gateway.disks import small_disk
from tests.gateway.parts import NOON, HandClock
from tests.gateway.spools import all_points, points_of, rows, spool_in


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(spools, "OPEN_EVERY_S", 0.0)


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk") as mounted:
        yield mounted


@asynccontextmanager
async def spool_on(disk, **options):
    async with open_spool(disk.section(**options), HandClock().boot()) as spool:
        yield spool


def left_on(disk):
    with spool_in(disk.folder) as file:
        return all_points(file)


@pytest.mark.parametrize("leaving", [0, 4_096, 16_384, 65_536])
async def test_a_disk_that_is_full_at_the_start_holds_nobody_up(disk, leaving):
    disk.fill(leaving)
    async with spool_on(disk) as spool:
        for n in range(0, 2000, 10):
            await spool.append(rows(n, n + 9))
        health = await spool.health()
        assert "No space left" in health.rule or "full" in health.rule
        assert health.readings == 2000
        assert health.dropped == 0
        disk.clear()
        await spool.relieve()
        assert (await spool.health()).rule == spools.RULE
        assert spool.id
    assert left_on(disk) == points_of(rows(0, 1999))


async def test_a_spool_that_was_there_is_found_again_when_there_is_room(disk):
    with spool_in(disk.folder) as file:
        name = file.id
        file.append(rows(1, 50))
    disk.fill()
    async with spool_on(disk) as spool:
        await spool.append(rows(51, 60))
        assert spool.id in ("", name)
        disk.clear()
        await spool.relieve()
        assert spool.id == name
    assert left_on(disk) == points_of(rows(1, 60))


async def test_readings_in_memory_are_dated_by_what_the_spool_knew(disk):
    with spool_in(disk.folder) as file:
        file.learn(Learned(NOON, Source.ACK))
    disk.fill()
    async with spool_on(disk) as spool:
        await spool.append(rows(1, 3, dated=False))
        disk.clear()
        await spool.append(rows(4, 4, dated=False))
        assert spool.learned == Learned(NOON, Source.ACK)
    assert left_on(disk) == points_of(rows(1, 4))


async def test_memory_keeps_the_newest_and_tells_what_it_lost_and_how_long_it_lasts(disk):
    disk.fill()
    async with spool_on(disk, memory_readings=100) as spool:
        for n in range(70):
            await spool.append(rows(n, n))
        health = await spool.health()
        assert (health.readings, health.dropped, health.id) == (70, 0, "")
        assert health.hours_left == pytest.approx(0.5)  # 30 more, one a minute
        for n in range(70, 130):
            await spool.append(rows(n, n))
        health = await spool.health()
        assert (health.readings, health.dropped, health.hours_left) == (100, 30, 0)
        assert "100 readings in memory, 30 lost there" in health.rule
        disk.clear()
    assert left_on(disk) == points_of(rows(30, 129))


async def test_while_there_is_no_spool_whoever_wants_a_batch_is_told_why(disk):
    disk.fill()
    async with spool_on(disk) as spool:
        for wants in (spool.newest, spool.unanswered, spool.form_question, lambda: spool.settle([1])):
            with pytest.raises(DiskRefuses, match=r"No space left|full"):
                await wants()


async def test_a_clean_stop_says_how_many_readings_a_full_disk_cost(disk, caplog):
    disk.fill()
    async with spool_on(disk) as spool:
        await spool.append(rows(1, 7))
    assert "7 readings in memory end with this process" in caplog.text


async def test_a_disk_that_went_read_only_under_its_spool_is_sick_and_not_a_wrong_setting(disk):
    with spool_in(disk.folder) as file:
        file.append(rows(1, 5))
    disk.allow("ro")
    async with spool_on(disk) as spool:
        await spool.append(rows(6, 9))
        assert "4 readings in memory" in (await spool.health()).rule
        disk.allow("rw")
        await spool.relieve()
    assert left_on(disk) == points_of(rows(1, 9))


async def test_a_read_only_disk_without_a_spool_is_a_wrong_setting(disk):
    disk.allow("ro")
    with pytest.raises(BadInput, match=r"gateway\.spool"):
        async with spool_on(disk):
            pass


async def test_a_spool_set_aside_on_a_full_disk_is_begun_anew_when_there_is_room(disk):
    with spool_in(disk.folder) as file:
        file.append(rows(1, 500))
    disk.spool.write_bytes(b"rotten" * 20_000)
    disk.fill()
    async with spool_on(disk) as spool:
        await spool.append(rows(1, 3))
        disk.clear()
        await spool.relieve()
        assert spool.id
    assert left_on(disk) == points_of(rows(1, 3))
    assert (disk.folder / "spool.sqlite.unreadable-1").exists()


# -- without a disk of its own ---------------------------------------------------------------------------------------


def rot(path):
    """The card goes bad under an open spool: pages that SQLite must read again are nonsense."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
        os.fsync(file.fileno())


async def test_a_spool_that_rots_while_it_is_open_is_set_aside_and_what_comes_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(spools, "GIVE_UP_AFTER_S", 0.0)
    path = tmp_path / "spool.sqlite"
    async with open_spool(GatewaySection(spool=path), HandClock().boot()) as spool:
        old = spool.id
        await spool.append(rows(1, 2000))
        await spool._do(lambda file: file._db.execute("PRAGMA cache_size = 0").fetchall())
        rot(path)
        for n in range(2001, 2011):
            await spool.append(rows(n, n))
        await spool.relieve()
        assert spool.id != old
        assert (await spool.health()).rule == spools.RULE
    with spool_in(tmp_path) as file:
        left = all_points(file)
    assert left.items() <= points_of(rows(2001, 2010)).items()
    assert len(left) >= 9  # what the rotten file still took lies beside
    assert (tmp_path / "spool.sqlite.unreadable-1").exists()


async def test_what_a_cancelled_bus_was_about_to_append_is_on_the_disk_after_a_clean_stop(tmp_path):
    async with open_spool(GatewaySection(spool=tmp_path / "spool.sqlite"), HandClock().boot()) as spool:
        waiting = [asyncio.ensure_future(spool.append(rows(n, n))) for n in range(20)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    with spool_in(tmp_path) as file:
        assert all_points(file) == points_of(rows(0, 19))


def test_a_full_disk_is_told_from_a_wrong_setting(disk, caplog):
    caplog.set_level(logging.CRITICAL)
    disk.fill()
    with pytest.raises(DiskRefuses):
        connect(disk.spool, 1_000_000)
    with pytest.raises(BadInput, match="name a folder"):
        connect(disk.folder / "big" / "spool.sqlite", 1_000_000)
