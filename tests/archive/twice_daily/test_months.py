"""The sets of days that are kept beside the record say what the entries say, whatever was written and taken back."""

import itertools
import random
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from coldchain.archive import db, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.twice_daily import entries, months
from coldchain.archive.twice_daily.days import Days
from coldchain.archive.twice_daily.months import Standing
from coldchain.settings import ArchiveSettings
from tests.archive.small import compartment_of
from tests.archive.twice_daily.cast import HOUR, at, enter, furnish

ACROSS = Days("2026-07-25", "2026-08-06")
MONTHS = Days("2026-07-01", "2026-08-31")


@pytest.fixture
async def rooms(archive: Archive) -> list[int]:
    """Two compartments of which some halves of two months were written, some late, some taken back since."""
    rng = random.Random(9)
    found = [await furnish(archive), await compartment_of(archive, "frozen")]
    for (n, room), day, half in itertools.product(enumerate(found), range(27, 36), ("am", "pm")):
        if (late := rng.choice([None, False, True])) is not None:
            taken = at("08:00" if half == "am" else "15:00", day=day)
            more = {"now": taken + 4 * HOUR, "late_reason": "忙"} if late else {}
            entry = await enter(archive, room, half, taken, (4.5, -18.0)[n], **more)  # type: ignore[arg-type]  # by name
            if rng.random() < 0.3:
                async with archive.writing() as tx:
                    await entries.withdraw(tx, entry.id, "misread", By("li", taken + 5 * HOUR))
    return found


async def counted(archive: Archive, days: Days) -> Mapping[int, Standing]:
    """From the entries, one by one."""
    number = {day: 1 << n for n, day in enumerate(days)}
    found: dict[int, dict[str, int]] = {}
    async with archive.reading() as tx:
        for row in await tx.scalars(select(tables.ManualRecord).where(tables.ManualRecord.withdrawn_at.is_(None))):
            its = found.setdefault(row.compartment, dict.fromkeys(Standing._fields, 0))
            its[row.half] |= number.get(row.day, 0)
            its[f"{row.half}_late"] |= number.get(row.day, 0) if row.late_reason else 0
    return {room: Standing(**its) for room, its in found.items()}


@pytest.mark.parametrize("few", [0, months.FEW])
@pytest.mark.parametrize(
    "days", [MONTHS, ACROSS, Days("2026-07-31", "2026-07-31"), Days("2026-08-02", "2026-08-04")], ids=str
)
async def test_what_stands_is_what_was_written_and_not_taken_back(
    archive: Archive, rooms: list[int], days: Days, few: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(months, "FEW", few)
    async with archive.reading() as tx:
        found = await months.standing(tx, days, rooms)
    assert found == await counted(archive, days)
    assert any(any(each) for each in found.values())


async def test_a_half_that_is_taken_back_and_entered_again_stands_once(archive: Archive, rooms: list[int]):
    room, taken = rooms[0], at("08:00", day=1)
    first = await enter(archive, room, "am", taken)
    async with archive.writing() as tx:
        await entries.withdraw(tx, first.id, "misread", By("li", taken + HOUR))
    only = Days("2026-07-01", "2026-07-01")
    async with archive.reading() as tx:
        assert (await months.standing(tx, only, [room]))[room] == Standing()
    await enter(archive, room, "am", taken, now=taken + 4 * HOUR, late_reason="忙")
    async with archive.reading() as tx:
        assert (await months.standing(tx, only, [room]))[room] == Standing(am=1, am_late=1)
        assert await months.standing(tx, only, []) == {}


async def test_an_older_archive_s_months_are_gathered_from_its_entries(
    archive: Archive, settings: ArchiveSettings, rooms: list[int]
):
    url = settings.url.get_secret_value()
    async with archive.reading() as tx:
        before = await months.standing(tx, MONTHS, rooms)
    await db.migrate(url, "0025")
    await db.migrate(url)
    async with archive.reading() as tx:
        assert await months.standing(tx, MONTHS, rooms) == before == await counted(archive, MONTHS)
