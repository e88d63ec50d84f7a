"""Build the county on both databases, ask, let readings flow, and print what it took."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bench.archive import flow, lists, load, questions, raw
from bench.archive.county import SMALL, County, Size
from bench.archive.cpu import Cpu, Took
from bench.archive.flow import Flowed
from coldchain.archive import db
from coldchain.archive.db import open_archive
from coldchain.series.embedded import EmbeddedSeries
from coldchain.settings import ArchiveSettings
from tests.parts.postgres import postgres_server

FLOW_S = 60.0


def run(*, small: bool = False) -> dict[str, Any]:
    """All figures, by database."""
    size = SMALL if small else Size()
    county = County(size)
    print(f"{size.facilities} facilities, {size.pieces} pieces, {size.lots} lots, {len(county.moves):,} movements,"
          f" {size.pieces * size.days:,} days of exposure")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="coldchain-archive-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        print(f"{raw.write(folder / 'series.sqlite', county):,} readings of {size.raw} pieces")
        return {
            name: _one(name, url, folder / "series.sqlite", county, 3.0 if small else FLOW_S, Cpu(server))
            for name, url, server in _databases(folder)
        }


def _databases(folder: Path) -> Iterator[tuple[str, str, int | None]]:
    """What each is called, where it is, and its process, where it has one of its own."""
    yield "SQLite", f"sqlite:///{folder}/archive.sqlite", None
    with postgres_server(folder / "postgres") as server:
        process = int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        yield "PostgreSQL", server.url(), process


def _one(name: str, url: str, series: Path, county: County, flow_s: float, cpu: Cpu) -> dict[str, Any]:
    began = time.monotonic()
    asyncio.run(db.migrate(url))
    load.load(url, county)
    built_s = time.monotonic() - began
    pages = asyncio.run(lists.ask(url, series, cpu))
    took, flowed = asyncio.run(_measured(url, series, county, flow_s, cpu))
    show(name, built_s, took | pages, flowed)
    for left in series.parent.glob("flow.sqlite*"):
        left.unlink()
    return {
        "questions": {question: asdict(each) for question, each in took.items()},
        "lists": {path: asdict(each) for path, each in pages.items()},
        "flow": asdict(flowed),
    }


async def _measured(url: str, path: Path, county: County, flow_s: float, cpu: Cpu) -> tuple[dict[str, Took], Flowed]:
    async with open_archive(ArchiveSettings(url=SecretStr(url))) as archive:
        async with EmbeddedSeries.open(path) as series:
            took = await questions.ask(archive, series, county, cpu)
        copy = shutil.copyfile(
            path, path.with_name("flow.sqlite")
        )  # each database's ledger begins with an empty journal
        return took, await flow.run(archive, copy, county, flow_s)


def show(name: str, built_s: float, took: dict[str, Took], flowed: Flowed) -> None:
    """Print the table."""
    print(f"\n{name}, written in {built_s:.0f} s; ms by the clock, ms of processors")
    print(f"{'':60}{'median':>9}{'95 %':>9}{'CPU':>9}{'dearest':>9}")
    for question, each in took.items():
        figures = f"{each.median_ms:9.1f}{each.p95_ms:9.1f}{each.cpu_ms:9.1f}{each.worst_cpu_ms:9.1f}"
        print(f"{question:60}{figures}  {each.worst}")
    print(questions.AIMS)
    print(f"books kept beside {flowed.readings_per_s:,.0f} readings/s: a late day is in them {flowed.lag_s:.1f} s after it"
          f" arrived (the service looks every 20 s), {flowed.days_per_s:.0f} days/s,"
          f" nobody waited longer than {flowed.longest_hold_ms:.0f} ms")  # fmt: skip
