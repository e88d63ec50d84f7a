"""A drill is written where it belongs and nowhere else: no excursion, hold, exposure, machine's day, form or stock knows of it."""

from typing import Any

from sqlalchemy import select

from coldchain.archive.db import Archive
from coldchain.archive.facilities import matters
from coldchain.archive.tables import Alarm, Base, Observation
from tests.alerting.cast import Clinic, stock
from tests.alerting.drills.cast import PLACE, Drilled

ITS_OWN = {"drill", "observation", "alarm", "transition", "notice", "notice_attempt"}
PROOF = {"audit"}  # … and that it was is in the chains


async def everything(archive: Archive) -> dict[str, list[Any]]:
    async with archive.reading() as tx:
        return {
            table.name: [tuple(row) for row in await tx.execute(select(table))] for table in Base.metadata.sorted_tables
        }


async def drilled(own: Drilled) -> None:
    await own.ask()
    await own.go()
    await own.answer(1)
    await own.go()
    assert (await own.drill()).state.value == "verified"


async def test_a_whole_drill_touches_no_other_table(clinic: Clinic):
    own = Drilled(clinic)
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
    await own.go()
    before = await everything(clinic.archive)
    await drilled(own)
    after = await everything(clinic.archive)
    assert {name for name in after if after[name] != before[name]} == ITS_OWN | PROOF


async def test_it_is_about_no_equipment_so_that_no_figure_of_equipment_can_find_it(clinic: Clinic):
    own = Drilled(clinic)
    await drilled(own)
    async with clinic.archive.reading() as tx:
        [alarm] = await tx.scalars(select(Alarm))
        [seen] = await tx.scalars(select(Observation).where(Observation.kind == "drill"))
    assert (alarm.equipment, alarm.excursion, seen.equipment, alarm.is_drill) == (None, None, None, True)


async def test_whoever_takes_a_facility_over_is_told_of_no_drill(clinic: Clinic):
    own = Drilled(clinic)
    await own.ask()
    await own.go()
    async with clinic.archive.reading() as tx:
        assert (await matters.open_at(tx, PLACE, clinic.now))["alarms"] == []
