"""What loggers said of a way: measured only by what they said, and shown at the door whoever asks."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from coldchain.admin.rounds import run
from coldchain.archive import tables
from coldchain.archive.db import Archive
from coldchain.archive.transport.words import Logger, Point
from coldchain.ledger import roads
from coldchain.reading import Trace
from coldchain.series import Series, open_series
from coldchain.settings import ArchiveSettings, SeriesSettings
from tests.archive.test_admin import run as typed
from tests.archive.transport.cast import CLINIC, LOGGER, LOT, Cast, a_run, arrive, furnish, later, load, read, start

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def cast(archive: Archive) -> Cast:
    return await furnish(archive)


@pytest.fixture
async def series(tmp_path: Path) -> AsyncIterator[Series]:
    async with open_series(SeriesSettings(path=tmp_path / "series.sqlite"), writer=True) as store:
        yield store


@pytest.fixture
async def number(archive: Archive, cast: Cast) -> int:
    """Half past eight to six: nine and a half hours, with a logger."""
    begun = await start(archive, a_run(cast, loggers=(Logger(channel=LOGGER, carrier=cast.van),)))
    await load(archive, begun, 100, cast.store, cast.van)
    await read(archive, begun, Point.DEPARTURE, 0.5, cast.van)
    await arrive(archive, begun, CLINIC, 10, cast.van)
    return begun


async def speak(series: Series, *hours: float, value: float = 5.0, quality: int = 0) -> None:
    times = [later(each) for each in hours]
    await series.write([Trace(LOGGER, times, [value] * len(times), [quality] * len(times))])


@pytest.mark.parametrize(
    ("hours", "is_measured"),
    [((), False), ((3, 5), True), ((0.2, 3), False), ((7, 9), False), ((1, 6, 9), True), ((0.5, 6.6, 9), False)],
)
async def test_a_carrier_is_measured_by_readings_at_most_six_hours_apart(
    archive: Archive, series: Series, cast: Cast, number: int, hours: tuple[float, ...], *, is_measured: bool
):
    await speak(series, *hours)
    found = await roads.measured(archive, series, number, later(11))
    assert found == ({cast.van} if is_measured else set())


async def test_a_run_that_is_not_there_was_measured_by_nobody(archive: Archive, series: Series, cast: Cast):
    assert await roads.measured(archive, series, 99, later(11)) == frozenset()
    assert await roads.furthest(archive, series, 99, {cast.van}, later(11)) == (None, None)


async def test_the_furthest_is_what_is_believed_from_departure_on(
    archive: Archive, series: Series, cast: Cast, number: int
):
    await speak(series, 0.1, value=20.0)  # while it was loaded
    await speak(series, 1, 2, value=7.9)
    await speak(series, 10.5, value=30.0)  # in the clinic
    assert await roads.furthest(archive, series, number, {cast.van}, later(10)) == (7.9, 7.9)


async def test_the_command_line_asks_the_logger_too(
    archive: Archive, series: Series, settings: ArchiveSettings, cast: Cast, number: int, tmp_path: Path
):
    await speak(series, 1, 4, 9, value=12.0)
    line = f"{LOT}:100:V1/cold:511900012-BX1/cold"
    words = ["receive", str(number), CLINIC, "--document", "CK-1", "--line", line, "--json"]
    ended = typed(run, settings, *words, COLDCHAIN_SERIES__PATH=str(tmp_path / "series.sqlite"))
    shown: Any = json.loads(ended.stdout)
    async with archive.reading() as tx:
        receipt = await tx.get_one(tables.Receipt, shown["stops"][0]["receipt"])
    assert (receipt.state, receipt.record_high_c) == ("refused", 12.0)
