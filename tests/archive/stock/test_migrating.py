"""Movements of before there were kept stays: the migration writes what `lots.move` would have written."""

from pydantic import SecretStr
from sqlalchemy import select

from coldchain.archive import db, lots
from coldchain.archive.db import open_archive
from coldchain.archive.stock import presence
from coldchain.archive.tables import Stay
from coldchain.settings import ArchiveSettings
from tests.archive.test_migrations import FIRST, run

BOOK = """
insert into compartment (id, equipment, name, name_zh, name_en, purpose, profile)
    values (1, 'E1', 'cold', '冷藏室', 'cold', 'vaccine', '2-8');
insert into vaccine (code, name_zh, name_en, profile, freeze_sensitive, source) values ('HepB', '乙肝', 'HepB', '2-8', true, '');
insert into lot (id, number, vaccine, maker, expires_on, doses_per_vial) values ('L1', '1', 'HepB', 'M', '2028-01-01', 1);
insert into movement (id, lot, at, source, target, doses, reason, document, withdrawn_at)
    values (1, 'L1', 10, null, 1, 50, 'received', '', null);
insert into movement (id, lot, at, source, target, doses, reason, document, withdrawn_at)
    values (2, 'L1', 20, 1, null, 50, 'issued', '', null);
insert into movement (id, lot, at, source, target, doses, reason, document, withdrawn_at)
    values (3, 'L1', 30, null, 1, 40, 'returned', '', null);
insert into movement (id, lot, at, source, target, doses, reason, document, withdrawn_at)
    values (4, 'L1', 40, 1, null, 40, 'issued', '', 41);
insert into movement (id, lot, at, source, target, doses, reason, document, withdrawn_at)
    values (5, 'L1', 50, 1, null, 15, 'issued', '', null)
"""


async def test_the_stays_of_an_older_archive_follow_from_its_movements(fresh_url: str):
    await db.migrate(fresh_url, "0001")
    await run(fresh_url, FIRST + ";" + BOOK)
    opened = open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True)
    async with opened as archive, archive.writing() as tx:
        kept = [(row.start, row.end, row.doses) for row in await tx.scalars(select(Stay).order_by(Stay.start))]
        assert kept == [(10, 20, 0), (30, presence.FOREVER, 25)]
        await presence.rebuild(tx, "L1")
        anew = [(row.start, row.end, row.doses) for row in await tx.scalars(select(Stay).order_by(Stay.start))]
        assert anew == kept
        assert [inside.doses for inside in await lots.in_compartment(tx, 1, 35, 60)] == [40]
