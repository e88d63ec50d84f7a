import pytest

from coldchain.archive import tables
from coldchain.archive.db import Archive
from coldchain.archive.facilities import findings
from coldchain.archive.facilities.findings import FindingKind
from coldchain.archive.places import FacilityKind
from tests.archive.facilities.cast import CLINIC, LI, NOW, POST, add_zhou, hold
from tests.archive.facilities.test_card import FIELDS, say
from tests.archive.small import COUNTY, HOUR, T0, fill


async def found(archive: Archive, facility: str = CLINIC, at: int = NOW) -> dict[str, str]:
    async with archive.reading() as tx:
        return {each.kind.value: each.about for each in await findings.findings_at(tx, frozenset({facility}), at)}


async def test_an_archive_that_nobody_filled_in_lacks_its_keeper_and_its_card(archive: Archive):
    await fill(archive)
    assert await found(archive, POST) == {
        "no_keeper": "keeper",
        "card_incomplete": "unit_code, address, latitude, head, telephone, staff, service_form, service_cycle, population, "
        "certified_staff, licensed_on",
    }


async def test_a_keeper_without_deputy_training_or_number_is_three_findings(archive: Archive):
    await fill(archive)
    zhou = await add_zhou(archive)
    await hold(archive, zhou)
    said = await found(archive)
    assert said["no_deputy"] == "deputy"
    assert said["no_phone"] == "周敏"
    assert said["untrained"].startswith("周敏: ")


async def test_a_time_without_keeper_and_one_who_left_are_told(archive: Archive):
    await fill(archive)
    zhou = await add_zhou(archive)
    await hold(archive, LI, start=T0, end=T0 + HOUR)
    await hold(archive, zhou, start=T0 + 2 * HOUR)
    async with archive.writing() as tx:
        (await tx.get_one(tables.Person, zhou)).left_at = NOW
    said = await found(archive)
    assert (said["keeper_gap"], said["holder_left"]) == ("2026-07-01", "周敏")


@pytest.mark.parametrize(("until", "kind"), [("2027-01-09", "licence_ended"), ("2027-02-01", "licence_ends")])
async def test_a_licence_that_ends_is_told_before_and_after(archive: Archive, until: str, kind: str):
    await fill(archive)
    await say(archive, **FIELDS, licensed_on="2022-01-01", licensed_until=until)
    assert (await found(archive))[kind] == until


async def test_a_township_clinic_that_lies_in_a_county_is_a_finding_not_an_error(archive: Archive):
    await fill(archive)
    await say(archive, region=COUNTY)
    assert (await found(archive))[FindingKind.REGION_LEVEL] == COUNTY
    await say(archive, kind=FacilityKind.COUNTY_STORE)
    said = await found(archive)
    assert FindingKind.REGION_LEVEL not in said
    assert "population" not in said["card_incomplete"]


async def test_what_is_out_of_scope_and_what_is_closed_is_not_told(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        (await tx.get_one(tables.Facility, POST)).status = "closed"

        everywhere = {each.facility for each in await findings.findings_at(tx, None, NOW)}
    assert everywhere == {CLINIC}
