"""Readings that were changed, slipped in or taken away are found to the hour; late ones with an arrival are not."""

import sqlite3
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from alerting.ledger import seals
from alerting.ledger.days import ChannelDay
from coldchain.archive import tables
from coldchain.archive.evidence.days import digest_of, lines_of
from coldchain.archive.evidence.seals import Seal, seal_of
from coldchain.reading import Trace
from tests.archive.small import HOUR, PROBE
from tests.evidence.cast import DAY, DOOR, GATEWAY, MIDNIGHT, MINUTE, NOW, bring, days_of, seal, trace
from tests.evidence.conftest import Site

SECOND = MIDNIGHT + DAY  # 2026-07-02: lacks 10 to 12 o'clock
LATE = NOW + HOUR


@pytest.fixture
def engine() -> str:
    """Which database keeps the seals makes no difference here; the other tests of this room run on both."""
    return "sqlite"


async def versions(site: Site) -> Sequence[Seal]:
    async with site.archive.reading() as tx:
        rows = await tx.scalars(select(tables.Seal).order_by(tables.Seal.day, tables.Seal.version))
        return [seal_of(row) for row in rows]


def in_the_file(site: Site, statement: str, *values: object) -> None:
    """Somebody writes into the embedded store's file."""
    with sqlite3.connect(site.series_settings.path) as connection:
        assert connection.execute(statement, values).rowcount > 0


async def test_a_seal_says_what_was_said_and_cites_what_brought_it(site: Site):
    first, second, third = await versions(site)
    assert (first.gateway, first.day, first.version, first.sealed_at) == (GATEWAY, MIDNIGHT, 1, NOW)
    whole = trace(PROBE, MIDNIGHT, MIDNIGHT + DAY)
    assert first.channels["28ff641e/temperature"].digest == digest_of(whole, MIDNIGHT)
    [cite] = second.cites
    assert (cite.collector, cite.batches) == ("c1", 22)
    assert all(not each.uncovered for each in third.channels.values())


async def test_the_same_days_again_are_no_news(site: Site):
    before = await versions(site)
    await seal(site.archive, site.series, LATE)
    assert await versions(site) == before


async def test_a_day_that_is_not_over_is_not_sealed(bare: Site):
    await bring(bare.series, trace(PROBE, MIDNIGHT, MIDNIGHT + HOUR), position=MIDNIGHT + HOUR)
    await seals.build(bare.archive, bare.series, [ChannelDay(PROBE, MIDNIGHT)], MIDNIGHT + DAY - 1)
    assert await versions(bare) == []
    report = await bare.verified()
    assert (report.findings, report.days_open, report.oldest_open) == ([], 1, MIDNIGHT)


async def test_one_value_changed_by_its_last_bit_is_found_to_the_hour(site: Site):
    at = SECOND + 15 * HOUR
    in_the_file(site, "update reading set value = value + 1e-14 where time = ? and channel = 1", at)
    [found] = await site.findings()
    assert found == f"day {PROBE} 2026-07-02: hour 15 UTC: readings were changed"


async def test_a_quality_that_was_changed_is_found(site: Site):
    in_the_file(site, "update reading set quality = 64 where time = ? and channel = 1", SECOND)
    assert await site.findings() == [f"day {PROBE} 2026-07-02: hour 00 UTC: readings were changed"]


async def test_a_late_reading_slipped_in_without_an_arrival_is_found(site: Site):
    await site.series.write([Trace(PROBE, [SECOND + 10 * HOUR + 5 * MINUTE], [4.4], [0])])
    assert await site.findings() == [f"day {PROBE} 2026-07-02: hour 10 UTC: 1 readings were added without an arrival"]


async def test_a_reading_that_was_removed_is_missed(site: Site):
    in_the_file(site, "delete from reading where time = ? and channel = 1", SECOND + 3 * HOUR)
    assert await site.findings() == [f"day {PROBE} 2026-07-02: hour 03 UTC: 1 readings are missing"]


async def test_all_readings_of_a_channel_removed_are_missed(site: Site):
    in_the_file(site, "delete from reading where channel = 1")
    assert [each.rpartition(": ")[2] for each in await site.findings()] == [
        "144 readings are missing", "132 readings are missing", "144 readings are missing"
    ]  # fmt: skip


async def test_a_channel_that_no_arrival_ever_named_is_found(site: Site):
    await site.series.write([Trace(f"{GATEWAY}/other/temperature", [SECOND, SECOND + MINUTE], [4.0, 4.0], [0, 0])])
    [found] = await site.findings()
    assert found.startswith(f"day {GATEWAY}/other/temperature 2026-07-02: hour 00 UTC holds 2 readings that no arrival")


async def test_late_readings_with_an_arrival_are_open_and_then_sealed_in_a_further_version(site: Site):
    late = trace(PROBE, SECOND + 10 * HOUR, SECOND + 12 * HOUR)
    await bring(site.series, late, position=LATE, seq=99)
    report = await site.verified()
    assert (report.findings, report.days_open, report.days_sealed) == ([], 1, 5)
    await seal(site.archive, site.series, LATE)
    report = await site.verified()
    assert (report.findings, report.days_open, report.days_sealed) == ([], 0, 6)
    again = [each for each in await versions(site) if each.day == SECOND][-1]
    assert (again.version, again.sealed_at, [cite.batches for cite in again.cites]) == (2, LATE, [1])
    assert again.channels["28ff641e/temperature"].digest.count == 144


async def test_what_was_slipped_in_beside_late_readings_is_sealed_as_uncovered(site: Site):
    await site.series.write([Trace(PROBE, [SECOND + 5 * HOUR + MINUTE], [4.4], [0])])  # within what an arrival brought
    late = trace(PROBE, SECOND + 10 * HOUR, SECOND + 12 * HOUR)
    await bring(site.series, late, position=LATE, seq=99)
    await seal(site.archive, site.series, LATE)
    assert await site.findings() == [f"day {PROBE} 2026-07-02: hour 05 UTC holds what no arrival brought"]


async def test_what_was_slipped_in_before_a_day_was_sealed_is_sealed_as_uncovered(bare: Site):
    await bring(bare.series, trace(PROBE, MIDNIGHT, MIDNIGHT + HOUR), position=MIDNIGHT + HOUR)
    await bare.series.write([Trace(PROBE, [MIDNIGHT + 7 * HOUR], [4.4], [0])])
    await seal(bare.archive, bare.series)
    assert await bare.findings() == [f"day {PROBE} 2026-07-01: hour 07 UTC holds what no arrival brought"]


async def test_an_uncovered_hour_whose_arrival_comes_after_all_is_covered(bare: Site):
    """The collector died between the two, and the gateway sent its batch again."""
    early = trace(PROBE, MIDNIGHT, MIDNIGHT + HOUR)
    await bare.series.write([early])
    await bring(bare.series, trace(PROBE, MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR), position=MIDNIGHT + 2 * HOUR)
    await seal(bare.archive, bare.series)
    assert len(await bare.findings()) == 1
    await bring(bare.series, early, position=LATE)
    await seal(bare.archive, bare.series, LATE)
    assert await bare.findings() == []


async def test_late_readings_among_those_that_are_there_are_no_break(site: Site):
    between = trace(PROBE, SECOND + 3 * HOUR + 5 * MINUTE, SECOND + 5 * HOUR)
    await bring(site.series, between, position=LATE, seq=99)
    await seal(site.archive, site.series, LATE)
    assert await site.findings() == []


async def test_a_late_arrival_long_after_cites_what_the_first_seal_did_not(site: Site):
    """Then it is not near the day's own arrivals in the journal, and these are read again where they are needed."""
    much_later = NOW + 300 * DAY
    await bring(site.series, trace(PROBE, SECOND + 3 * HOUR + MINUTE, SECOND + 4 * HOUR), position=much_later, seq=99)
    await seals.build(site.archive, site.series, [ChannelDay(PROBE, SECOND)], much_later + MINUTE)
    assert await site.findings() == []


async def test_a_journal_that_was_changed_is_found_by_what_cites_it(site: Site):
    in_the_file(site, "update arrival set batches = cast(replace(batches, ?, ?) as blob)", f"{5:064x}", f"{6:064x}")
    [found] = await site.findings()
    assert found.startswith(f"arrivals {GATEWAY} 2026-07-01 (c1, ")
    assert found.endswith("the journal names 24 batches, and not those 24 that were cited")


async def test_a_line_of_the_journal_that_is_gone_is_missed(site: Site):
    in_the_file(site, "delete from arrival where position = ?", MIDNIGHT + HOUR)
    assert "the journal names 23 batches, and not those 24" in (await site.findings())[0]


def test_a_day_is_hashed_as_the_lines_of_its_file():
    odd = Trace(DOOR, [MIDNIGHT, MIDNIGHT + 1, MIDNIGHT + DAY - 1], [4.0, None, 1e-07], [0, 6, 64])
    assert lines_of(odd) == [f"{MIDNIGHT},4.0,0\n", f"{MIDNIGHT + 1},,6\n", f"{MIDNIGHT + DAY - 1},1e-07,64\n"]
    assert digest_of(odd, MIDNIGHT).count == 3
    assert digest_of(odd, MIDNIGHT).differing(digest_of(Trace(DOOR, [], [], []), MIDNIGHT)) == [0, 23]


async def test_gateways_of_many_shards_are_sealed_together(bare: Site):
    names = [f"gw-{n}/a/temperature" for n in range(50)]
    for n, name in enumerate(names):
        its = trace(name, MIDNIGHT, MIDNIGHT + HOUR)
        await bring(bare.series, its, position=MIDNIGHT + HOUR + n, gateway=f"gw-{n}")
    await seals.build(bare.archive, bare.series, days_of(*names), NOW)
    report = await bare.verified()
    assert (report.findings, report.days_sealed) == ([], 50)
    assert len({each.gateway for each in await versions(bare)}) == 50
