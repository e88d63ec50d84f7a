"""Holds of before there were places and dossiers are kept, and go back as they were."""

from pydantic import SecretStr

from coldchain.archive import db, holds
from coldchain.archive.db import open_archive
from coldchain.archive.disposition import dossiers, opening
from coldchain.archive.holds import Hold
from coldchain.settings import ArchiveSettings
from tests.archive.disposition.cast import by
from tests.archive.test_migrations import FIRST, ask, run

BEFORE = """
insert into vaccine (code, name_zh, name_en, profile, freeze_sensitive, source) values ('V', '疫苗', 'V', '2-8', false, '');
insert into lot (id, number, vaccine, maker, expires_on, doses_per_vial) values ('L1', '1', 'V', 'M', '2028-01-01', 1);
insert into compartment (id, equipment, name, name_zh, name_en, purpose, profile)
    values (1, 'E1', 'cold', '冷藏室', 'cold', 'vaccine', '2-8');
insert into hold (id, excursion, lot, facility, compartment, doses, since) values (1, 'c1', 'L1', 'F1', 1, 60, 1);
insert into hold (id, excursion, lot, facility, compartment, doses, since, lifted_at, lifted_why)
    values (2, 'c1', 'L1', 'F1', null, 5, 1, 4, 'withdrawn')
"""

ISOLATED = (
    "insert into hold (id, excursion, lot, facility, doses, since, held_at) values (3, 'c1', 'L1', 'F1', 7, 1, 2)"
)


async def held_in(url: str) -> list[Hold]:
    async with open_archive(ArchiveSettings(url=SecretStr(url))) as archive, archive.reading() as tx:
        return await holds.of_lot(tx, "L1")


async def test_a_hold_of_before_is_kept_gets_a_dossier_and_goes_back_as_one(fresh_url: str):
    await db.migrate(fresh_url, "0001")
    await run(fresh_url, FIRST)
    await db.migrate(fresh_url, "0006")
    await run(fresh_url, BEFORE)
    await db.migrate(fresh_url)
    [lifted, held] = await held_in(fresh_url)
    assert (held.doses, held.held_at, held.came_at, held.movement) == (60, 2, None, None)
    assert (lifted.lifted_why, lifted.compartment) == ("withdrawn", None)
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url))) as archive, archive.writing() as tx:
        number = await opening.open_for(tx, "c1", "F1", by(9))
        assert [line.doses for line in (await dossiers.show(tx, number)).lines] == [60]
    await run(fresh_url, ISOLATED)
    await db.migrate(fresh_url, "0011")
    rows = await ask(fresh_url, lambda c: c.exec_driver_sql("select id, doses from hold order by id").all())
    assert [tuple(row) for row in rows] == [(1, 67), (2, 5)]
