"""`coldchain calibration …` at the terminal."""

import json
from typing import Any

import pytest

from coldchain import admin, clock
from coldchain.archive.db import Archive
from coldchain.settings import ArchiveSettings
from tests.archive.metrology.cast import DEVICE
from tests.archive.small import T0, fill
from tests.archive.test_admin import run

EVENING = "2026-07-01T18:00:00+08:00"
ADD = ["add", DEVICE, "--certificate", "JL-1", "--done", "2026-03-01", "--due", "2027-02-28", "--by", "lab"]


@pytest.fixture
async def terminal(archive: Archive, settings: ArchiveSettings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A clinic, on the day of its readings; says what a word prints."""
    monkeypatch.setattr(clock, "now", lambda: T0)
    await fill(archive)

    def say(*words: str) -> str:
        done = run(admin.calibration, settings, *words)
        assert done.exit_code == 0, done.output or done.exception
        return str(done.stdout)

    return say


async def test_a_certificate_is_entered_with_its_points_and_shown(terminal: Any):
    points = ["--found", "2.0:2.4", "--found", "8.0:8.8", "--left", "5:5.1", "--uncertainty", "0.15", "--k", "2"]
    added = json.loads(terminal(*ADD, *points, "--json"))
    assert (added["as_found"], added["as_left"], added["uncertainty_mc"]) == ("fail", "pass", 150)
    assert terminal("show", "1").splitlines() == [
        f"1\t{DEVICE}\tJL-1\t2026-03-01 – 2027-02-28\tlab\tas found: fail\tas left: pass\tby cn-2017",
        "  as_found\t2 °C\t+0.4 K",
        "  as_found\t8 °C\t+0.8 K",
        "  as_left\t5 °C\t+0.1 K",
    ]
    assert terminal("cases").startswith(f"1\t{DEVICE}/temperature\tcertificate 1\t… – 2026-03-01\tto be asked")


async def test_a_correction_is_proposed_by_one_and_approved_by_another(terminal: Any, settings: ArchiveSettings):
    terminal(*ADD, "--found", "5:5.1")
    terminal("correction", "propose", "1", "--from", EVENING, "--actor", "li")
    refused = run(admin.calibration, settings, "correction", "approve", "1", "--actor", "li")
    assert "approved_by: li proposed it" in str(refused.exception)
    assert "proposed by li, to be approved\n" in terminal("correction", "list")
    terminal("correction", "approve", "1", "--actor", "wang")
    terminal("correction", "end", "1", "--at", "2026-07-01T19:00:00+08:00", "--actor", "wang")
    terminal("correction", "withdraw", "1", "--actor", "wang")
    [line] = terminal("correction", "list", "--channel", f"{DEVICE}/temperature").splitlines()
    assert line.endswith("19:00+08:00\tproposed by li, approved by wang\twithdrawn")


async def test_who_is_due_and_what_devices_add_are_listed(terminal: Any):
    assert terminal("due") == f"never\t{DEVICE}\t511900012-BX1\t511900012\n"
    terminal(*ADD)
    assert terminal("due") == "none\n"
    assert terminal("due", "--within", "300").startswith("soon\t")
    assert terminal("offsets") == "none\n"


async def test_a_certificate_runs_out_at_midnight_where_the_probe_hangs(terminal: Any, monkeypatch: pytest.MonkeyPatch):
    terminal(*ADD)
    monkeypatch.setattr(clock, "now", lambda: clock.parse_iso("2027-02-28T15:59:00Z"))
    assert terminal("due").startswith("soon\t")
    monkeypatch.setattr(clock, "now", lambda: clock.parse_iso("2027-02-28T16:00:00Z"))  # 1 March in China
    assert terminal("due").startswith("overdue\t")


@pytest.mark.parametrize("point", ["5", "5:", "five:5", ""])
def test_a_point_that_cannot_be_read_is_named(point: str, settings: ArchiveSettings):
    refused = run(admin.calibration, settings, *ADD, "--found", point)
    assert "--found:" in str(refused.exception)
    assert "write REFERENCE:INDICATED" in str(refused.exception)
