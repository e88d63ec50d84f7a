"""The spool as the sampler and the uplink use it: off the loop, and through a disk that refuses."""

import asyncio
import resource
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from coldchain import wire
from coldchain.errors import BadInput
from gateway.pace import Pace
from gateway.settings import GatewaySection
from gateway.spool import open_spool
from gateway.spoollayout import DiskRefuses
from tests.gateway.parts import NOON, HandClock
from tests.gateway.spools import all_points, points, points_of, rows, spool_in


@asynccontextmanager
async def spool_at(tmp_path, **options):
    section = GatewaySection(spool=tmp_path / "spool.sqlite", **options)
    async with open_spool(section, HandClock().boot()) as spool:
        yield spool


def pages(spool, most):
    """Make the file's disk end after so many pages, as a real disk does."""
    return spool._do(lambda file: file._db.execute(f"PRAGMA max_page_count = {most}").fetchone())


def left_in(tmp_path):
    with spool_in(tmp_path) as file:
        return all_points(file)


async def test_appends_that_wait_for_each_other_share_a_transaction(tmp_path):
    async with spool_at(tmp_path) as spool:
        transactions: list[str] = []
        await spool._do(lambda file: file._db.set_trace_callback(transactions.append))
        await asyncio.gather(*(spool.append(rows(n, n)) for n in range(200)))
        await spool._do(lambda file: file._db.set_trace_callback(None))
        assert 1 <= transactions.count("COMMIT") <= 3
    assert left_in(tmp_path) == points_of(rows(0, 199))


async def test_a_full_disk_loses_nothing_that_was_there_and_nothing_that_comes(tmp_path):
    async with spool_at(tmp_path) as spool:
        await spool.append(rows(0, 99))
        await pages(spool, 1)  # no page more than it has
        for n in range(100, 1100, 10):
            await spool.append(rows(n, n + 9))
        health = await spool.health()
        assert "readings in memory, 0 lost there" in health.rule
        assert health.readings == 1100
        await pages(spool, 100_000)
        await spool.append(rows(1100, 1100))
        assert "memory" not in (await spool.health()).rule
    assert left_in(tmp_path) == points_of(rows(0, 1100))


async def test_memory_is_bounded_keeps_the_newest_and_tells_what_it_lost(tmp_path):
    async with spool_at(tmp_path, memory_readings=100) as spool:
        await pages(spool, 1)
        for n in range(0, 3000, 10):
            await spool.append(rows(n, n + 9))
        health = await spool.health()
        assert health.dropped > 0
        on_disk = health.readings - 100
        assert health.dropped == 3000 - 100 - on_disk
        await pages(spool, 100_000)
        await spool.append(rows(3000, 3000))
    left = left_in(tmp_path)
    assert points_of(rows(2900, 3000)).items() <= left.items()
    assert len(left) == on_disk + 101


async def test_a_full_disk_can_still_be_drained(tmp_path):
    async with spool_at(tmp_path) as spool:
        await pages(spool, 1)
        sent: dict[tuple[str, int], float | None] = {}
        for n in range(0, 2000, 10):
            await spool.append(rows(n, n + 9))
        assert "in memory" in (await spool.health()).rule
        while (seq := await spool.form("oldest", await spool.newest(), 20, NOON)) is not None:
            sent |= points(wire.decode_batch(await spool.payload(seq)))
            await spool.settle([seq])
            await spool.append([])
        await spool.append(rows(2000, 2000))
        assert "in memory" not in (await spool.health()).rule
    assert sent | left_in(tmp_path) == points_of(rows(0, 2000))


async def test_a_disk_that_refuses_says_so_to_whoever_forms_a_batch(tmp_path):
    async with spool_at(tmp_path) as spool:
        await spool.append(rows(0, 9))
        await spool._do(lambda file: file._db.execute("PRAGMA query_only = ON"))
        with pytest.raises(DiskRefuses, match="spool: "):
            await spool.form("oldest", await spool.newest(), 900, NOON)
        await spool._do(lambda file: file._db.execute("PRAGMA query_only = OFF"))
        assert await spool.form("oldest", await spool.newest(), 900, NOON) == 1


def test_a_real_write_failure_crashes_nothing_and_loses_nothing(tmp_path):
    """The kernel itself refuses to let any file grow beyond a limit, in a process of its own."""
    program = """
import asyncio, resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from gateway.settings import GatewaySection
from gateway.spool import open_spool
from tests.gateway.parts import HandClock
from tests.gateway.spools import rows
async def main():
    async with open_spool(GatewaySection(spool=Path(sys.argv[1])), HandClock().boot()) as spool:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        await spool.append(rows(0, 99))
        resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, hard))
        for n in range(100, 2100, 10):
            await spool.append(rows(n, n + 9))
        print((await spool.health()).rule)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await spool.append(rows(2100, 2100))
        print((await spool.health()).rule)
asyncio.run(main())
"""
    assert hasattr(resource, "RLIMIT_FSIZE")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "spool.sqlite"), Path.cwd()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    during, after = done.stdout.splitlines()
    assert "readings in memory, 0 lost there" in during
    assert after == "thin the oldest"
    assert left_in(tmp_path) == points_of(rows(0, 2100))


def test_hours_left_follow_the_pace():
    pace = Pace()
    assert pace.hours_for(1000) is None
    for minute in range(61):
        pace.add([minute * 60_000] * 10)
    assert pace.hours_for(6000) == pytest.approx(10, abs=0.3)
    assert pace.hours_for(-5) == 0


async def test_health_tells_depth_and_limit(tmp_path):
    async with spool_at(tmp_path, spool_max_mb=2) as spool:
        for n in range(60):
            await spool.append(rows(n, n))
        health = await spool.health()
    assert (health.readings, health.limit_bytes, health.dropped) == (60, 2_000_000, 0)
    assert health.hours_left == pytest.approx(154, rel=0.05)
    assert 0 < health.bytes < 200_000


async def test_a_second_gateway_on_the_same_spool_is_refused(tmp_path):
    async with spool_at(tmp_path):
        with pytest.raises(BadInput, match="another gateway uses it"):
            async with spool_at(tmp_path):
                pass
    async with spool_at(tmp_path) as spool:
        assert await spool.unanswered() == []
