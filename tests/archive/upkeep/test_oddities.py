"""What stands in the archive and cannot well be is found, not refused: real books have it."""

from sqlalchemy import update

from coldchain.archive import equipment, tables
from coldchain.archive.db import Archive
from coldchain.archive.equipment import NewAssignment
from coldchain.archive.upkeep import oddities
from coldchain.archive.upkeep.oddities import Oddity
from coldchain.archive.views import Scope
from tests.archive.small import HOUR, T0, fill
from tests.archive.upkeep.cast import CHIEF, CLINIC, FRIDGE, NOW, POST, piece, put


async def found(archive: Archive, scope: Scope = None) -> list[Oddity]:
    async with archive.reading() as tx:
        return await oddities.oddities(tx, scope, NOW)


async def brief(archive: Archive, scope: Scope = None) -> list[tuple[str, str, str]]:
    return [(each.equipment, each.what.value, each.about) for each in await found(archive, scope)]


async def change(archive: Archive, **values: object) -> None:
    """As books of before these rules may have it."""
    async with archive.writing() as tx:
        await tx.execute(update(tables.Equipment).where(tables.Equipment.code == FRIDGE).values(**values))


async def test_good_books_have_nothing_odd(archive: Archive):
    await fill(archive)
    assert await found(archive) == []


async def test_the_same_national_code_or_serial_number_on_two_cards_is_found(archive: Archive):
    await fill(archive)
    await put(archive, piece("E2", national_code="51190001", serial="SN7", manufacturer="海尔生物"))
    await put(archive, piece("E3", national_code="51190001", facility=POST))
    await put(
        archive, piece("E4", serial=" sn7", manufacturer="海尔生物"), piece("E5", serial="SN7", manufacturer="澳柯玛")
    )
    assert await brief(archive) == [
        ("E2", "twice", "E3"),
        ("E2", "twice", "E4"),
        ("E4", "twice", "E2"),
        ("E3", "twice", "E2"),
    ]


async def test_who_sees_one_of_two_learns_only_that_there_is_another(archive: Archive):
    await fill(archive)
    await put(archive, piece("E2", serial="SN7"), piece("E3", serial="SN7", facility=POST))
    assert await brief(archive, frozenset({CLINIC})) == [("E2", "twice", "elsewhere")]


async def test_what_is_scrapped_and_still_reports_is_found(archive: Archive):
    await fill(archive)
    await change(archive, status="scrapped")
    assert {what for _, what, _ in await brief(archive)} == {"gone_reporting"}


async def test_a_probe_that_hung_in_a_piece_before_it_came_is_found(archive: Archive):
    await fill(archive)
    await change(archive, arrived_on="2026-07-20")
    assert {(each.what.value, each.told) for each in await found(archive)} == {
        ("before_it_came", "since 2026-07-01T00:00:00+00:00, arrived_on 2026-07-20")
    }


async def test_a_temperature_of_the_whole_and_vaccine_in_a_room_are_found(archive: Archive):
    await fill(archive)
    await change(archive, type="room")
    async with archive.writing() as tx:
        new = NewAssignment(channel="g/a/temperature", equipment=FRIDGE, start=T0 + HOUR)
        await equipment.assign(tx, new, CHIEF)
    assert await brief(archive) == [(FRIDGE, "holds_none", "cold")]
    await change(archive, type="ilr")
    assert await brief(archive) == [(FRIDGE, "nowhere_inside", "g/a/temperature")]
