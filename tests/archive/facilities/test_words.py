"""`coldchain facility`, `person`, `collection`: a county's year at the terminal."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from coldchain.admin.collection import collection
from coldchain.admin.facilities import facility, person
from coldchain.archive.db import Archive
from coldchain.errors import BadInput, Stale
from coldchain.settings import ArchiveSettings
from tests.archive.facilities.cast import CLINIC, POST
from tests.archive.small import COUNTY, fill

LI, ZHOU = "1", "2"
BEFORE, SINCE = "2026-07-02T08:00:00+08:00", "2026-07-03T08:00:00+08:00"


@pytest.fixture
def engine() -> str:
    """One is enough: the words add nothing to what the archive does on both."""
    return "sqlite"


@pytest.fixture
async def at(archive: Archive, settings: ArchiveSettings) -> ArchiveSettings:
    await fill(archive)
    return settings


def run(app: typer.Typer, settings: ArchiveSettings, *words: str) -> Result:
    """In a thread: a command makes its own loop."""
    runner = CliRunner(env={"COLDCHAIN_ARCHIVE__URL": settings.url.get_secret_value(), "NO_COLOR": "1"})
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(runner.invoke, app, words).result()


def told(app: typer.Typer, settings: ArchiveSettings, *words: str) -> Any:
    done = run(app, settings, *words, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_columns_of_a_card_are_set_and_emptied(at: ArchiveSettings):
    set_ = told(facility, at, "set", CLINIC, "population=12000", "rooms_m2=80.5", "head=赵院长", "has_rabies=true")
    assert (set_["population"], set_["rooms_m2"], set_["head"], set_["has_rabies"]) == (12000, 80.5, "赵院长", True)
    assert told(facility, at, "set", CLINIC, "population=", "head=")["population"] is None
    assert "population" not in run(facility, at, "show", CLINIC).stdout
    assert run(facility, at, "list").stdout.startswith(f"{CLINIC}\ttownship_clinic\tactive\t柳溪镇卫生院\n")


@pytest.mark.parametrize(
    ("field", "words"), [("colour=red", "no column of a card"), ("staff", "no column"), ("staff=many", "Expected `int")]
)
def test_a_column_that_is_none_is_refused(at: ArchiveSettings, field: str, words: str):
    error = run(facility, at, "set", CLINIC, field).exception
    assert isinstance(error, BadInput)
    assert words in str(error)


def test_a_facility_is_suspended_and_its_holidays_are_listed(at: ArchiveSettings):
    done = told(facility, at, "status", POST, "suspended", "--at", SINCE, "--reason", "村医空缺")
    assert (done["before"], done["status"]) == ("active", "suspended")
    run(facility, at, "calendar-day", "2026-10-01", "holiday", "--source", "通知", "--facility", POST)
    days = ["--from", "2026-10-01", "--until", "2026-10-02"]
    assert run(facility, at, "working-days", POST, *days).stdout == "2026-10-02\n"
    assert run(facility, at, "withdraw-day", "1").exit_code == 0
    assert run(facility, at, "calendar", *days).stdout.startswith(f"1\t2026-10-01\tholiday\t{POST}\t\tended")


def test_a_post_is_held_and_handed_over(at: ArchiveSettings):
    assert told(person, at, "add", "周敏", CLINIC)["id"] == 2
    assert run(person, at, "phones", ZHOU, "mobile:13900139000", "ward_night:0827-5551234").stdout == (
        "mobile\t139 0013 9000\nward_night\t0827-5551234\n"
    )
    told(person, at, "post", LI, "keeper", CLINIC, "--from", BEFORE)
    done = told(facility, at, "hand-over", CLINIC, "--leaver", "李小琴", "--taker", ZHOU, "--at", SINCE, "--left")
    assert done["countersigned_by"] == done["signed_by"]  # whoever stands at the terminal speaks for the county
    assert "countersigned it" in str(run(facility, at, "countersign", "1").exception)
    assert (done["leaver_name"], done["taker_name"], done["posts"], done["has_left"]) == (
        "李小琴",
        "周敏",
        ["keeper"],
        True,
    )
    assert [each["end"] is None for each in told(person, at, "posts")["items"]] == [False, True]
    assert run(person, at, "list").stdout == f"2\t{CLINIC}\t周敏\tkeeper {CLINIC}\t139 0013 9000\t0827-5551234\n"


def test_who_is_untrained_is_listed_until_they_are(at: ArchiveSettings):
    told(person, at, "post", LI, "duty", CLINIC, "--from", BEFORE)
    assert [each["topic"] for each in told(person, at, "lacking")["items"]] == ["temperature"]
    assert "untrained" in run(facility, at, "findings", "--region", COUNTY).stdout
    course = ["--topic", "temperature", "--title", "温度", "--held-on", "2026-09-01", "--held-by", "县疾控"]
    assert run(person, at, "trained", LI, *course).stdout == "1\ttemperature\t2026-09-01\t1 passed\n"
    assert run(person, at, "lacking").stdout == "none\n"
    assert run(person, at, "end-post", "1", "--at", SINCE).exit_code == 0


def test_a_year_is_collected_and_frozen(at: ArchiveSettings):
    told(collection, at, "open", COUNTY, "2025", "--due", "2026-01-20")
    sha256 = json.loads(run(collection, at, "show", "1", CLINIC).stdout)["sha256"]
    assert told(collection, at, "confirm", "1", CLINIC, "--seen", sha256)["sha256"] == sha256
    told(collection, at, "return", "1", CLINIC, "--because", "缺人口")
    told(collection, at, "confirm", "1", CLINIC)
    assert [each["facility"] for each in told(collection, at, "late", "1")["items"]] == [POST]
    told(collection, at, "remind", "1", POST, "phone", "--told", "村医", "--note", "周五前")
    assert "by phone: 村医" in run(collection, at, "late", "1").stdout
    state = told(collection, at, "units", "1")["state"]
    assert isinstance(run(collection, at, "consolidate", "1", "--seen", "0123").exception, Stale)
    told(collection, at, "consolidate", "1", "--seen", state)
    assert isinstance(run(collection, at, "freeze", "1", "--seen", state).exception, Stale)
    told(collection, at, "excuse", "1", POST, "--because", "村医空缺")
    assert run(collection, at, "units", "1").stdout.splitlines()[1] == f"{POST}\twaiting\t\t村医空缺"
    assert told(collection, at, "freeze", "1")["frozen_at"]
    assert list(json.loads(run(collection, at, "roll-up", "1").stdout)["units"]) == [CLINIC]
    assert run(collection, at, "check", "1").stdout == "whole\n"
    assert "frozen" in run(collection, at, "list").stdout
