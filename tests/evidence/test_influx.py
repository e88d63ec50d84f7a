"""The same on InfluxDB 1.6.7 through a path rewrite: somebody writes into the database itself, beside the programme."""

import urllib.request

import pytest

from coldchain.settings import SeriesSettings
from tests.archive.small import HOUR, PROBE
from tests.evidence.cast import DAY, MIDNIGHT, MINUTE
from tests.evidence.conftest import Site
from tests.parts.influx import Influx

SECOND = MIDNIGHT + DAY


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def series_settings(influx: Influx) -> SeriesSettings:
    return influx.settings()


def beside(site: Site, influx: Influx, line: str) -> None:
    """One line, written by anybody who reaches the server."""
    url = f"http://127.0.0.1:{influx.influxd_port}/write?db={site.series_settings.bucket}&precision=ms"
    with urllib.request.urlopen(url, line.encode(), timeout=60) as answer:
        assert answer.status == 204


async def test_what_nobody_touched_is_whole(site: Site):
    report = await site.verified()
    assert (report.findings, report.days_sealed, report.readings) == ([], 6, 840)


async def test_one_byte_changed_in_the_database_is_found_to_the_hour(site: Site, influx: Influx):
    at = SECOND + 15 * HOUR
    value = (await site.series.read(PROBE, at, at + 1)).v[0]
    assert value is not None
    beside(site, influx, f"reading,channel={PROBE} value={value + 0.01!r},quality=0i {at}")
    assert await site.findings() == [f"day {PROBE} 2026-07-02: hour 15 UTC: readings were changed"]


async def test_a_late_reading_slipped_into_the_database_is_found(site: Site, influx: Influx):
    beside(site, influx, f"reading,channel={PROBE} value=4.4,quality=0i {SECOND + 10 * HOUR + MINUTE}")
    assert await site.findings() == [f"day {PROBE} 2026-07-02: hour 10 UTC: 1 readings were added without an arrival"]


async def test_readings_deleted_in_the_database_are_missed(site: Site, influx: Influx):
    where = f"\"channel\" = '{PROBE}' and time >= {SECOND}ms and time < {SECOND + HOUR}ms"
    influx.query_in(site.series_settings.bucket, f"delete from reading where {where}")
    assert await site.findings() == [f"day {PROBE} 2026-07-02: hour 00 UTC: 6 readings are missing"]


async def test_a_journal_changed_in_the_database_is_found(site: Site, influx: Influx):
    position = MIDNIGHT + HOUR
    [line] = [each for shard in range(64) for each in await site.series.arrivals("c1", shard, position - 1, 1)][:1]
    text = f'[{{\\"gateway\\":\\"{line.batches[0].gateway}\\",\\"spool\\":\\"x\\",\\"seq\\":1,\\"channels\\":[],\\"first\\":{MIDNIGHT},\\"last\\":{MIDNIGHT},\\"sha256\\":\\"0\\"}}]'
    beside(site, influx, f'arrival,collector=c1,shard={line.shard} batches="{text}" {position}')
    assert (await site.findings())[0].startswith("arrivals ")
