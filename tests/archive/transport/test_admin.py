"""`coldchain round`, `run` and `record` at the terminal."""

import json
from typing import Any

import pytest

from coldchain.admin.records import record
from coldchain.admin.rounds import round_, run
from coldchain.archive import people
from coldchain.archive.db import Archive
from coldchain.archive.people import Role, User
from coldchain.errors import BadInput
from coldchain.settings import ArchiveSettings
from tests.archive.small import COUNTY, NURSE
from tests.archive.test_admin import run as typed
from tests.archive.transport.cast import CLINIC, LOT, Cast, furnish

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def cast(archive: Archive) -> Cast:
    found = await furnish(archive)
    async with archive.writing() as tx:
        await people.create_user(tx, User(name="li", display="李", role=Role.CLINIC, facility=CLINIC), "x", NURSE)
    return found


def said(app: Any, settings: ArchiveSettings, *words: str) -> Any:
    ended = typed(app, settings, *words, "--json")
    assert ended.exit_code == 0, ended.exception
    return json.loads(ended.stdout)


def test_a_run_is_started_loaded_read_received_and_ended(settings: ArchiveSettings, cast: Cast):
    words = f"start supply 511900001 --stop {CLINIC} --carrier V1/cold --sender 赵 --plate 川Z1 --round 1 --at"
    number = str(said(run, settings, *words.split(), "2026-07-02T08:00:00+08:00")["run"]["id"])
    load = f"load {number} {LOT} 60 --source LK1/cold --carrier V1/cold --at 2026-07-02T08:10:00+08:00"
    said(run, settings, *load.split())
    read = f"reading {number} departure --carrier V1/cold --shows 4.5 --ice frozen --at 2026-07-02T08:30:00+08:00"
    said(run, settings, *read.split())
    arrive = f"arrive {number} {CLINIC} --carrier V1/cold --shows 5.1 --ice frozen --distance 32 --receiver 李"
    said(run, settings, *arrive.split(), "--at", "2026-07-02T10:00:00+08:00")
    line = f"{LOT}:50:V1/cold:511900012-BX1/cold"
    said(run, settings, "receive", number, CLINIC, "--document", "CK-1", "--line", line)
    assert typed(run, settings, "complete", number).exception is not None  # ten are on board
    said(run, settings, *f"unload {number} {LOT} 10 --carrier V1/cold --target LK1/cold --back".split())
    ended = said(run, settings, "complete", number)
    assert (ended["run"]["ended_at"] is not None, ended["findings"]) == (True, [])
    assert f"{number}\tsupply\t511900001 → {CLINIC}\tended" in typed(run, settings, "show", number).stdout
    assert said(run, settings, "orders-due")["items"] == []
    assert "is a supply" in str(typed(run, settings, "order", number, "0" * 64).exception)
    shown = said(round_, settings, "show", "1")
    assert [(each["drawn"], each["delivered"]) for each in shown["lines"]] == [(60, 50)]


def test_a_round_is_planned_listed_and_closed(settings: ArchiveSettings, cast: Cast):
    words = f"plan {COUNTY} 2026 5 --from 2026-08-01 --to 2026-08-20 --line {CLINIC}=80 --name 第五轮"
    assert said(round_, settings, *words.split())["number"] == 5
    assert [each["number"] for each in said(round_, settings, "list", "--year", "2026")["items"]] == [4, 5]
    assert typed(round_, settings, "sessions", "2", CLINIC, "3").exit_code == 0
    assert typed(round_, settings, "close", "2").exit_code == 0
    assert "closed by" in typed(round_, settings, "show", "2").stdout


def test_a_display_is_written_down_and_the_month_shows_it(settings: ArchiveSettings, cast: Cast):
    hours = (
        f"hours --region {COUNTY} --from 2026-01-01 --am 00:00-11:59 --pm 12:00-24:00 --source 通知 --free village_post"
    )
    assert said(record, settings, *hours.split())["items"][0]["am_to_min"] == 719
    fridge = "511900012-BX1/cold"
    late = ["--signed-by", "li", "--late", "补", "--at"]
    missed = "2026-07-01T08:00:00+08:00"
    refused = typed(record, settings, "enter", fridge, "am", "4.5", *late, missed).exception
    assert isinstance(refused, BadInput)  # months ago
    assert "it stays missing; keep the paper" in str(refused)
    form = said(record, settings, "month", "511900012-BX1", "2026-07")
    assert {cell["state"] for line in form["lines"] for cell in line["cells"]} == {"missing"}
    absent = said(record, settings, "missing", "--from", "2026-07-01", "--region", COUNTY)
    assert [(each["facility"], each["missing"]) for each in absent["facilities"]] == [("511900001", 2), (CLINIC, 4)]
    [county, town] = said(record, settings, "missing", "--from", "2026-07-01", "--by-township")["items"][::-1]
    assert [(each["name_zh"], each["missing"]) for each in (county, town)] == [("清江县", 2), ("柳溪镇", 4)]
    assert (
        "4 of 4 missing\tat 1 of 1"
        in typed(record, settings, "missing", "--from", "2026-07-01", "--by-township").stdout
    )
    assert (
        "2026-07-01 am\t511900012\t511900012-BX1/cold"
        in typed(record, settings, "missing", "--to", "2026-07-01").stdout
    )


@pytest.mark.parametrize(
    ("app", "words", "complaint"),
    [
        (round_, "show 9", "round: 9 is not one that counts; see `coldchain round list`"),
        (round_, f"plan {COUNTY} 2026 6 --from 2026-09-01 --to 2026-09-02 --line F1", "--line: 'F1' cannot be read"),
        (run, "show 9", "run: there is no run 9; correct the number"),
        (run, "receive 1 F1 --document d --line x", "--line: 'x' cannot be read; write LOT:DOSES:V1/cold"),
        (record, "month E1 2026-07 --zone Mars/Base", "--zone: 'Mars/Base' is no time zone"),
        (record, "month E1 2026-07", "equipment: 'E1' is not in the archive"),
        (record, "withdraw 9 --reason x", "record: 9 is not one that counts"),
        (record, f"hours --region {COUNTY} --am 6-11 --pm 12:00-18:00", "--am: '6' is no time of a day"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cure(
    settings: ArchiveSettings, cast: Cast, app: Any, words: str, complaint: str
):
    error = typed(app, settings, *words.split()).exception
    assert isinstance(error, BadInput)
    assert complaint in str(error)
