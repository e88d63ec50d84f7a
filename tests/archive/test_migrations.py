import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from coldchain.archive import alarms, cases, db, places, schema
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.tables import Base
from coldchain.errors import Unavailable
from coldchain.excursion import Kind, Severity
from coldchain.settings import ArchiveSettings
from tests.archive.cast import a_case, keep
from tests.archive.small import fill

MIGRATE = "import asyncio, sys; from coldchain.archive import db; asyncio.run(db.migrate(sys.argv[1]))"


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


async def ask(url: str, question: Any) -> Any:
    engine = create_async_engine(db.database_url(url))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(question)
    finally:
        await engine.dispose()


async def run(url: str, statements: str) -> None:
    engine = create_async_engine(db.database_url(url))
    async with engine.begin() as connection:
        for statement in statements.split(";"):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


def checks(connection: Connection) -> set[str | None]:
    look = inspect(connection)
    return {check["name"] for table in look.get_table_names() for check in look.get_check_constraints(table)}


async def test_the_migrated_tables_are_those_of_the_models(fresh_url: str):
    await db.migrate(fresh_url)
    assert await ask(fresh_url, differences) == []


async def test_the_comparison_would_notice_a_missing_column(ready_url: str):
    engine = create_async_engine(db.database_url(ready_url))
    async with engine.begin() as connection:
        await connection.exec_driver_sql("alter table lot drop column maker cascade" if "postgres" in ready_url else
                                         "alter table refused drop column detail")  # fmt: skip
    await engine.dispose()
    assert await ask(ready_url, differences) != []


async def test_the_checks_of_the_models_stand_in_the_database_too(ready_url: str):
    """The comparison does not look at them."""
    assert await ask(ready_url, checks) >= {
        "ck_region_level",
        "ck_compartment_purpose",
        "ck_assignment_order",
        "ck_movement_doses",
        "ck_movement_ends",
    }


async def test_it_goes_up_down_and_up_again(fresh_url: str):
    await db.migrate(fresh_url)
    await db.migrate(fresh_url, "base")
    assert await ask(fresh_url, lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]
    await db.migrate(fresh_url)
    assert await ask(fresh_url, differences) == []


async def test_migrating_again_keeps_what_is_there(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    await db.migrate(settings.url.get_secret_value())
    async with open_archive(settings, migrate=True) as again, again.reading() as tx:
        assert len(list(await tx.scalars(Base.metadata.tables["lot"].select()))) == 1


# What an archive of the first version held, as it was written then.
FIRST = """
insert into region (code, level, name_zh, name_en) values ('511900000000', 3, '清江县', 'Qingjiang');
insert into facility (code, region, name_zh, name_en, short_zh, kind, gateway)
    values ('F1', '511900000000', '卫生院', 'Clinic', '柳溪', 'township_clinic', 'gw-1');
insert into equipment (code, facility, name_zh, name_en, short_zh, type, brand, model, serial, is_medical, status)
    values ('E1', 'F1', '冰箱', 'Fridge', '冰箱1', 'domestic_fridge', '', '', '', false, 'normal');
insert into channel (name, gateway, device, quantity) values ('gw-1/a/temperature', 'gw-1', 'a', 'temperature');
insert into excursion (id, revision, channel, equipment, anchor, opened_at, kind, rule, rule_version, severity, certainty,
    state, first_bad, last_bad, extreme_mc, out_ms, unknown_ms, degree_ms, lots_known, lots)
    values ('c1', 1, 'gw-1/a/temperature', 'E1', 1, 2, 'heat', 'cn-2017/heat', '2017', 'warning', 'certain',
    'closed', 1, 5, 9100, 4, 0, 4, 'no', '[]');
insert into excursion_revision (excursion, revision, at, reason, evidence_start, evidence_end, note, kind, rule,
    rule_version, severity, certainty, state, first_bad, last_bad, extreme_mc, out_ms, unknown_ms, degree_ms, lots_known, lots)
    values ('c1', 1, 2, 'opened', 0, 9, '', 'heat', 'cn-2017/heat', '2017', 'warning', 'certain',
    'closed', 1, 5, 9100, 4, 0, 4, 'no', '[]');
insert into observation (id, kind, subject, severity, start, seen_at, detail) values (1, 'silence', 'gw-1', 'note', 1, 2, '{}');
insert into alarm (id, excursion, facility, kind, severity, state, is_past, raised_at, ended_at)
    values (1, 'c1', 'F1', 'heat', 'warning', 'ended', false, 2, 6);
insert into transition (id, alarm, at, after, why, by, note, expanded) values (1, 1, 6, 'ended', 'ended', '', '', true)
"""


async def test_an_archive_of_the_first_version_keeps_its_rows(fresh_url: str):
    await db.migrate(fresh_url, "0001")
    await run(fresh_url, FIRST)
    opened = open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True)
    async with opened as archive, archive.reading() as tx:
        facts = (await cases.case(tx, "c1")).facts
        assert (facts.extreme_mc, facts.explained, facts.product_mc) == (9100, None, None)
        assert (facts.is_held, facts.waits_at_night) == (False, False)
        assert [row.is_held for row in await cases.revisions(tx, "c1")] == [False]
        assert (await alarms.alarm(tx, 1)).waits_at_night is False
        assert (await cases.observation(tx, 1)).subject == "gw-1"
        assert (await places.facility(tx, "F1")).feeder == ""
        assert await alarms.unfollowed(tx) == []
    assert await ask(fresh_url, differences) == []


# Two observations that ring, as the third version wrote them: the one that lets people sleep says so in its detail.
THIRD = """
insert into observation (id, kind, subject, severity, start, seen_at, detail, is_followed)
    values (2, 'power_loss', 'E1', 'warning', 1, 2, '{"planned": null, "waits_at_night": true}', true);
insert into observation (id, kind, subject, severity, start, seen_at, detail, is_followed)
    values (3, 'drift', 'a', 'warning', 1, 2, '{"waits_at_night": false}', true);
insert into alarm (id, observation, kind, severity, state, is_past, waits_at_night, raised_at)
    values (2, 2, 'power_loss', 'warning', 'ringing', false, true, 2);
insert into alarm (id, observation, kind, severity, state, is_past, waits_at_night, raised_at)
    values (3, 3, 'drift', 'warning', 'ringing', false, false, 2)
"""


async def test_what_waited_in_an_archive_of_the_third_version_waits_on(fresh_url: str):
    await db.migrate(fresh_url, "0003")
    await run(fresh_url, THIRD)
    opened = open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True)
    async with opened as archive, archive.reading() as tx:
        assert [(await cases.observation(tx, number)).waits_at_night for number in (2, 3)] == [True, False]
        assert await alarms.unfollowed_observations(tx) == []


async def test_going_back_to_the_third_version_says_in_the_detail_what_waits(
    archive: Archive, settings: ArchiveSettings
):
    url = settings.url.get_secret_value()
    async with archive.writing() as tx:
        for waits in (True, False):
            seen = NewObservation(
                kind=Kind.DRIFT, subject="a", severity=Severity.WARNING, start=1, seen_at=2, waits_at_night=waits,
                detail={"by": 3},
            )  # fmt: skip
            await cases.observe(tx, seen)
    try:
        await db.migrate(url, "0003")
        said = await ask(url, lambda c: c.exec_driver_sql("select detail from observation order by id").scalars().all())
    finally:
        await db.migrate(url)
    assert [json.loads(each) if isinstance(each, str) else each for each in said] == [
        {"by": 3, "waits_at_night": True},
        {"by": 3},
    ]
    assert await ask(url, differences) == []


async def test_a_long_name_of_a_version_stands_in_a_case_and_is_cut_by_going_back(
    archive: Archive, settings: ArchiveSettings
):
    url, name = settings.url.get_secret_value(), "county-rules-of-the-prefecture-2026.".ljust(64, "x")
    await fill(archive)
    await keep(archive, a_case(rule_version=name))
    async with archive.reading() as tx:
        assert (await cases.case(tx, "c1")).facts.rule_version == name
        assert [row.rule_version for row in await cases.revisions(tx, "c1")] == [name]
    try:
        await db.migrate(url, "0003")
        assert (
            await ask(url, lambda c: c.exec_driver_sql("select rule_version from excursion").scalar_one()) == name[:40]
        )
    finally:
        await db.migrate(url)


async def test_going_back_to_the_first_version_keeps_what_it_knew(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    url = settings.url.get_secret_value()
    try:
        await db.migrate(url, "0001")
        assert await ask(url, lambda c: c.exec_driver_sql("select count(*) from facility").scalar_one()) == 2
        with pytest.raises(Unavailable, match="tables are at version 0001, this program needs"):
            async with open_archive(settings):
                pass
    finally:
        await db.migrate(url)
    assert await ask(url, differences) == []


async def test_three_processes_that_migrate_at_once_all_succeed(fresh_url: str):
    command = [sys.executable, "-c", MIGRATE, fresh_url]
    racers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    ended = await asyncio.gather(*(asyncio.to_thread(racer.communicate) for racer in racers))
    assert [(racer.returncode, words) for racer, (_, words) in zip(racers, ended, strict=True)] == [(0, b"")] * 3
    assert await ask(fresh_url, differences) == []


async def test_a_power_cut_in_the_middle_of_a_migration_leaves_the_old_version(fresh_url: str):
    """The process is killed when half of the tables are made; the next one begins from nothing and succeeds."""
    killed_after = "lot"
    program = f"""
import os, signal
from alembic import op
make = op.create_table
def create_table(name, *parts, **options):
    make(name, *parts, **options)
    if name == {killed_after!r}:
        os.kill(os.getpid(), signal.SIGKILL)
op.create_table = create_table
{MIGRATE}"""
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program, fresh_url], capture_output=True)
    assert killed.returncode == -9, killed.stderr
    assert await ask(fresh_url, lambda connection: inspect(connection).get_table_names()) == []
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True):
        pass
    assert await ask(fresh_url, differences) == []


def test_there_is_one_line_of_versions_and_each_says_what_it_brings():
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert all(script.doc for script in scripts.walk_revisions())


# Silences as the fourth version wrote them: of all gateways, what went on in that one, and of a gateway called `site`.
FOURTH = """
insert into observation (id, kind, subject, severity, start, seen_at, detail, is_followed, waits_at_night)
    values (1, 'silence', 'gw-1', 'note', 1, 2, '{"channels": ["gw-1/a/power"], "into": "site"}', true, false);
insert into observation (id, kind, subject, severity, start, seen_at, detail, is_followed, waits_at_night)
    values (2, 'silence', 'site', 'note', 3, 4, '{"channels": ["gw-1/a/power", "gw-2/a/power"]}', true, false);
insert into observation (id, kind, subject, severity, start, seen_at, detail, is_followed, waits_at_night)
    values (3, 'silence', 'site', 'note', 5, 6, '{"channels": ["site/a/power", "site/b/power"]}', true, false)
"""


async def subjects_in(url: str) -> list[tuple[str, str | None]]:
    async with open_archive(ArchiveSettings(url=SecretStr(url))) as archive, archive.reading() as tx:
        return [(seen.subject, seen.detail.get("into")) for seen in await cases.open_observations(tx, Kind.SILENCE)]


async def test_the_silence_of_all_gateways_is_told_from_that_of_one_called_site(fresh_url: str):
    await db.migrate(fresh_url, "0004")
    await run(fresh_url, FOURTH)
    await db.migrate(fresh_url)
    assert await subjects_in(fresh_url) == [("gw-1", "*"), ("*", None), ("site", None)]
    await db.migrate(fresh_url, "0004")
    await db.migrate(fresh_url)
    assert (await subjects_in(fresh_url))[:2] == [("gw-1", "*"), ("*", None)]
