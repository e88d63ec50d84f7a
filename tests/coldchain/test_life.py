"""The life of the demo's county: it is the same each time, and answers what a county is asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from coldchain import clock
from coldchain.archive import chains, lots
from coldchain.archive.county import County, county_of
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.duty import asking, gaps
from coldchain.archive.duty.words import GapKind
from coldchain.archive.equipment import assignments_of, compartment
from coldchain.archive.evidence.chains import check_books
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.sources import ArchiveBooks
from coldchain.archive.facilities import training
from coldchain.archive.lots import NewMovement
from coldchain.archive.metrology import corrections, tolerance
from coldchain.archive.pages import Asked
from coldchain.archive.stock import catalogue, labels, refusals
from coldchain.archive.transport import lines, rounds
from coldchain.archive.twice_daily import entries
from coldchain.archive.upkeep import repairs
from coldchain.excursion import Severity
from coldchain.settings import ArchiveSettings
from coldchain.up.life import beginnings, duty, equipment, metrology, people, playing, records, transport, vaccine
from coldchain.up.life.acts import Calendar, Stage
from coldchain.up.life.cast import cast, keepers, managers
from firmware_sim import archive_records
from firmware_sim.scenario_file import load

LIVE_AT = clock.parse_iso("2026-11-22T09:20:00+08:00")


@pytest.fixture(scope="module")
def county() -> County:
    return county_of(msgspec.json.encode(archive_records.of(load("county"), LIVE_AT)).decode())


@pytest.fixture(scope="module")
async def lived(county: County, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Archive]:
    path: Path = tmp_path_factory.mktemp("life") / "archive.sqlite"
    settings = ArchiveSettings.model_validate({"url": f"sqlite:///{path}"})
    async with open_archive(settings, migrate=True) as archive:
        await beginnings.found(archive, county, LIVE_AT)
        assert await playing.live(archive, county, LIVE_AT, "no password") > 400
        yield archive


def acts_of(county: County) -> list[tuple[Any, ...]]:
    members = cast(county)
    stage = Stage(county, Calendar(LIVE_AT), playing.SEED)
    two, all_keepers = managers(members), keepers(members)
    found = [
        *beginnings.acts(stage),
        *people.acts(stage, members, ""),
        *duty.acts(stage, members),
        *equipment.acts(stage, all_keepers, two),
        *metrology.acts(stage, two),
        *vaccine.acts(stage, all_keepers, two),
        *transport.acts(stage, all_keepers, two),
        *records.acts(stage, all_keepers),
    ]
    return [(act.at, act.actor, getattr(act.do, "keywords", None)) for act in found]


def test_the_same_seed_gives_the_same_life(county: County):
    assert acts_of(county) == acts_of(county)


def test_nothing_is_done_in_the_future(county: County):
    assert max(at for at, *_ in acts_of(county)) < LIVE_AT


def test_no_phone_of_the_county_can_ring_anybody(county: County):
    assert all(each.phone.startswith(("154", "0819")) for each in cast(county))


def test_the_lots_are_of_the_catalogue_that_comes_along(county: County):
    shipped = {each.code: each for each in catalogue.read().vaccines}
    for each in county.vaccines:
        its = shipped[each.code]
        assert (each.name_zh, each.profile, each.freeze_sensitive) == (its.name_zh, its.profile, its.freeze_sensitive)


async def test_a_county_that_lives_is_left_alone(lived: Archive, county: County):
    assert await playing.live(lived, county, LIVE_AT, "no password") == 0


async def test_its_trail_rises_in_time(lived: Archive):
    async with lived.reading() as tx:
        for stream in await chains.streams(tx):
            dated = [link.at async for link in chains.links(tx, stream)]
            assert dated == sorted(dated)
            assert dated[-1] < LIVE_AT


async def test_whoever_verifies_it_is_told_of_no_time_that_runs_backwards(lived: Archive):
    report = Report()
    async with lived.reading() as tx:
        await check_books(ArchiveBooks(tx), report)
    assert (report.findings, report.set_back) == ([], [])
    assert report.links > 1000


async def test_every_probe_of_the_countys_file_hangs_where_it_says_and_every_receipt_is_entered(
    lived: Archive, county: County
):
    async with lived.reading() as tx:
        for each in county.channels:
            (hung,) = await assignments_of(tx, each.name)
            assert (hung.equipment, hung.position, hung.start) == (each.equipment, each.position, each.start)
        for receipt in county.receipts:
            its = await compartment(tx, receipt.equipment, receipt.compartment)
            new = NewMovement(
                lot=receipt.lot, at=receipt.at, doses=receipt.doses, reason=lots.Reason.RECEIVED, target=its.id,
                document=receipt.document,
            )  # fmt: skip
            assert await lots.is_entered(tx, new)


async def test_somebody_is_untrained_and_somebody_has_forgotten(lived: Archive):
    async with lived.reading() as tx:
        lacks = await training.lacking(tx, None, LIVE_AT)
    assert {each.until is None for each in lacks} == {True, False}


async def test_a_probe_was_wrong_and_one_is_corrected_by_two_people(lived: Archive):
    async with lived.reading() as tx:
        (case,) = (await tolerance.listed(tx, Asked(10), None)).items
        (correction,) = (await corrections.listed(tx, Asked(10), None)).items
    assert case.closed_at is None
    assert correction.approved_by not in {None, correction.proposed_by}


async def test_a_delivery_waits_for_papers_and_a_refusal_for_its_report(lived: Archive):
    async with lived.reading() as tx:
        assert [each.why for each in await labels.labels(tx, None, LIVE_AT)] == ["waiting"]
        (due,) = await refusals.due(tx, None)
    assert due.authorities == ("drug", "health")


async def test_runs_went_with_a_whole_record(lived: Archive):
    async with lived.reading() as tx:
        planned = await rounds.listed(tx, None)
        found = [each for one in planned for each in await lines.figures(tx, one.id, None)]
    assert len(planned) == 12
    assert sum(each.delivered for each in found) == 140
    assert {each.is_complete for each in found if each.delivered} == {True}


async def test_one_entry_of_the_daily_record_came_late_and_one_repair_is_open(lived: Archive):
    async with lived.reading() as tx:
        written = (await entries.listed(tx, None, Asked(1000))).items
        broken = (await repairs.listed(tx, Asked(100), None)).items
    assert sum(each.late_reason is not None for each in written) == 1
    assert [each.repaired_on is None for each in broken] == [True, False]


async def test_on_any_night_three_people_are_told_of_every_fridge(county: County, lived: Archive):
    at = clock.parse_iso("2026-11-22T03:10+08:00")
    async with lived.reading() as tx:
        book = await asking.read(tx, at)
    for each in county.equipment:
        told = asking.levels_in(book, equipment=each.code, facility=None, severity=Severity.CRITICAL, at=at)
        people = {reach.name for level in told.levels for reach in level.people}
        numbers = {
            way.address
            for level in told.levels
            for reach in level.people
            for way in reach.ways
            if way.channel == "voice"
        }
        assert min(len(people), len(numbers)) >= 3, each.code


async def test_the_county_s_gaps_are_those_that_its_story_has(lived: Archive):
    async with lived.reading() as tx:
        found = await gaps.gaps_at(tx, LIVE_AT)
    assert {each.facility for each in found if each.kind is GapKind.POST_VACANT} == {"519921109"}
    assert not {GapKind.TOO_FEW, GapKind.NOBODY, GapKind.NO_DESK} & {each.kind for each in found}
