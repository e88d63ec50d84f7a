"""What the embedded store promises beside the contract: one writer, readers in other processes, nothing lost by a kill."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from coldchain.errors import BadInput, Unavailable
from coldchain.reading import Trace
from coldchain.series.embedded import EmbeddedSeries

T0 = 1_763_740_800_000
TRACE = Trace("gw-1/a/temperature", [T0, T0 + 1], [4.0, 4.5], [0, 0])

WRITER = """
import asyncio, sys
from pathlib import Path
from coldchain.reading import Trace
from coldchain.series.embedded import EmbeddedSeries

async def main():
    async with EmbeddedSeries.open(Path(sys.argv[1]), writer=True) as series:
        await series.write([Trace("gw-1/a/temperature", [1763740800000, 1763740800001], [4.0, 4.5], [0, 0])])
        print("stored", flush=True)
        sys.stdin.read()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "series.sqlite"


async def test_a_reader_may_come_first(path: Path):
    async with EmbeddedSeries.open(path) as reader:
        with pytest.raises(Unavailable):
            await reader.ping()
        async with EmbeddedSeries.open(path, writer=True) as writer:
            await writer.write([TRACE])
            assert await reader.read(TRACE.channel, T0, T0 + 10) == TRACE


async def test_a_second_writer_is_held_off(path: Path):
    async with EmbeddedSeries.open(path, writer=True):
        with pytest.raises(BadInput, match="has a writer already"):
            async with EmbeddedSeries.open(path, writer=True):
                pass
    async with EmbeddedSeries.open(path, writer=True) as series:
        await series.ping()


async def test_a_reader_cannot_write(path: Path):
    async with EmbeddedSeries.open(path, writer=True), EmbeddedSeries.open(path) as reader:
        with pytest.raises(BadInput, match="opened for reading"):
            await reader.write([TRACE])


async def test_a_second_value_does_not_replace_the_first(path: Path):
    async with EmbeddedSeries.open(path, writer=True) as series:
        await series.write([TRACE])
        await series.write([Trace(TRACE.channel, TRACE.t, [9.0, 9.0], [0, 0])])
        assert await series.read(TRACE.channel, T0, T0 + 10) == TRACE


@pytest.fixture
def foreign_writer(path: Path):
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"stored\n"
        yield writer
        writer.kill()


async def test_what_a_killed_writer_confirmed_is_there(path: Path, foreign_writer: subprocess.Popen[bytes]):
    async with EmbeddedSeries.open(path) as reader:
        assert await reader.read(TRACE.channel, T0, T0 + 10) == TRACE
    foreign_writer.kill()
    foreign_writer.wait()
    async with EmbeddedSeries.open(path, writer=True) as series:  # its lock fell with it
        assert await series.read(TRACE.channel, T0, T0 + 10) == TRACE


async def test_a_full_disk_is_waited_for(path: Path):
    async with EmbeddedSeries.open(path, writer=True) as series:
        assert series._writes
        await series._writes.run(lambda c: c.execute("PRAGMA max_page_count = 20").fetchone())
        long = Trace(TRACE.channel, [T0 + i for i in range(20_000)], [4.0] * 20_000, [0] * 20_000)
        with pytest.raises(Unavailable, match="full"):
            await series.write([long])
        await series._writes.run(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
        await series.write([long])
        assert len(await series.read(TRACE.channel, T0, T0 + 20_000)) == 20_000


async def test_a_file_of_another_version_is_left_alone(path: Path):
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(Unavailable, match="version 99"):
        async with EmbeddedSeries.open(path, writer=True):
            pass


@pytest.fixture
def damaged(path: Path) -> Path:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 500)
    return path


async def test_a_damaged_file_is_said_to_be_damaged(damaged: Path):
    with pytest.raises(Unavailable, match="not a database"):
        async with EmbeddedSeries.open(damaged, writer=True):
            pass
