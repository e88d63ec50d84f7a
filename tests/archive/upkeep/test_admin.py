"""`coldchain equipment …`: one life at the terminal, and what is typed wrong is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from coldchain.admin.equipment import equipment
from coldchain.archive.db import Archive
from coldchain.errors import BadInput
from coldchain.settings import ArchiveSettings
from tests.archive.small import COUNTY, fill
from tests.archive.test_admin import run
from tests.archive.upkeep.cast import CLINIC, FRIDGE, PDF, POST, piece, put, take_out

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def said(settings: ArchiveSettings, *words: str, actor: str = "") -> Any:
    done = run(equipment, settings, *words, *(["--actor", actor] if actor else []), "--json")
    assert done.exception is None, done.output
    return json.loads(done.stdout)


def refused(settings: ArchiveSettings, *words: str) -> BadInput:
    done = run(equipment, settings, *words)
    assert isinstance(done.exception, BadInput), done.output
    return done.exception


async def test_a_card_is_shown_and_its_columns_set(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    fields = ("brand=海尔", "volume_frozen_m3=0.045", "cold_bags=2", "is_medical=true", "holdover_h_catalogue=")
    changed = said(settings, "set", FRIDGE, *fields, actor="李科长")
    assert (changed["brand"], changed["volume_frozen_l"], changed["cold_bags"], changed["is_medical"]) == (
        "海尔",
        45.0,
        2,
        True,
    )
    shown = said(settings, "show", FRIDGE)
    assert (shown["started_on"], shown["holdover_h_catalogue"]) == ("2021-03-01", None)
    assert shown["missing"] == ["model", "funding", "manufacturer", "serial", "arrived_on"]
    assert FRIDGE in run(equipment, settings, "list").stdout
    assert "brand\t海尔" in run(equipment, settings, "show", FRIDGE).stdout


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("brand", "has no value"),
        ("colour=red", "is no column to set"),
        ("status=scrapped", "is no column to set"),
        ("cold_bags=two", "Expected `int"),
        ("volume_cold_m3=big", "is no number"),
        ("power_w=-1", "-1 cannot be"),
    ],
)
async def test_a_column_that_cannot_be_set_so_is_named(
    archive: Archive, settings: ArchiveSettings, field: str, why: str
):
    await fill(archive)
    assert why in str(refused(settings, "set", FRIDGE, field, "--actor", "a"))


async def test_it_breaks_is_mended_and_stands_by(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    broken = said(settings, "repair", FRIDGE, "--cause", "不制冷", "--broken", "2026-07-20", actor="a")
    mended = said(settings, "mended", str(broken["id"]), "--done", "换压缩机", "--on", "2026-07-22", actor="a")
    assert mended["repaired_on"] == "2026-07-22"
    spare = ("status", FRIDGE, "spare", "--why", "备用", "--on", "2026-07-30", "--actor", "a")
    assert "holds 70 doses" in str(refused(settings, *spare))
    await take_out(archive)
    assert said(settings, *spare)["status"] == "spare"
    assert said(settings, "move", FRIDGE, POST, "--why", "调拨", "--on", "2026-07-30", actor="a")["facility"] == POST
    assert [each["status"] for each in said(settings, "show", FRIDGE)["statuses"]] == [
        "normal",
        "repair",
        "normal",
        "spare",
    ]
    assert said(settings, "list", "--facility", CLINIC)["items"] == []


async def test_a_request_is_asked_decided_and_finished(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    ask = ("request", "alarm_delay", "--wanted", "20 min", "--facility", CLINIC)
    number = str(said(settings, *ask, actor="护士")["id"])
    assert "护士 asked for it" in str(refused(settings, "decide", number, "--grant", "--actor", "护士"))
    assert said(settings, "decide", number, "--grant", actor="科长")["state"] == "in_progress"
    assert said(settings, "finish", number, "--handled", "done", actor="科长")["state"] == "done"
    assert [each["id"] for each in said(settings, "requests", "--state", "done", "--region", COUNTY)["items"]] == [
        int(number)
    ]


async def test_care_and_counts_are_written_down_and_checked(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    said(settings, "care", FRIDGE, "checked", "--frost-mm", "5", actor="a")
    said(settings, "items", CLINIC, "--kind", "ice_pack", "--quantity", "30", "--on", "2026-07-30", actor="a")
    assert [each["quantity"] for each in said(settings, "items", CLINIC)["items"]] == [30]
    assert "nobody says of what" in str(refused(settings, "items", CLINIC, "--quantity", "3", "--actor", "a"))
    found = said(settings, "check", "--facility", CLINIC)
    assert [each["what"] for each in found["care"]] == ["defrosting"]
    assert [each["wanted"] for each in found["levels"]] == ["cold boxes or carriers", "medical grade"]
    assert [each["equipment"] for each in found["cards"]] == [FRIDGE]
    text = run(equipment, settings, "check").stdout
    assert "care\t511900012-BX1\tdefrosting: never" in text
    assert "level_short\t511900012\twanted cold boxes" in text


async def test_a_paper_is_kept_and_attached(archive: Archive, settings: ArchiveSettings, tmp_path: Path):
    await fill(archive)
    file = tmp_path / "说明书.pdf"
    file.write_bytes(PDF)
    attached = said(settings, "paper", FRIDGE, str(file), "--kind", "manual", actor="a")
    assert [each["document"] for each in said(settings, "show", FRIDGE)["papers"]] == [attached["document"]]


async def test_the_roll_up_is_told_as_on_a_day(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    await put(archive, piece(volume_cold_l=60.0))
    lines = said(settings, "statistics", "--on", "2026-07-30")["lines"]
    assert [(line["type"], line["total"]["count"]) for line in lines] == [("domestic_fridge", 1), ("ilr", 1)]
    assert "ilr\t1\tcold 60 L\tfrozen 0 L\tnormal 1" in run(equipment, settings, "statistics").stdout
    assert "is no date" in str(refused(settings, "statistics", "--on", "today"))
    assert "there is none with the code" in str(refused(settings, "statistics", "--region", "9"))


async def test_what_was_a_mistake_is_taken_back(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    made = said(settings, "care", FRIDGE, "cleaned", actor="a")
    gone = said(settings, "withdraw", "care", str(made["id"]), "--why", "another one", actor="a")
    assert gone["withdrawn_at"] is not None
    again = refused(settings, "withdraw", "care", str(made["id"]), "--why", "another one", "--actor", "a")
    assert again.field == "number"


async def test_a_probe_is_hung_shown_and_taken_off(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    new = ("g/aa/temperature", FRIDGE, "--at", "2026-08-01T08:00:00+08:00")
    assert "is a temperature in no compartment" in str(refused(settings, "probe", "hang", *new, "--actor", "a"))
    hung = said(settings, "probe", "hang", *new, "--compartment", "cold", "--position", "底部", actor="李科长")
    assert (hung["position"], hung["end"]) == ("底部", None)
    assert "g/aa/temperature\tcold\t底部" in run(equipment, settings, "probe", "list", FRIDGE).stdout
    said(settings, "probe", "take-off", "g/aa/temperature", "--at", "2026-08-02T08:00:00+08:00", actor="李科长")
    listed = said(settings, "probe", "list", FRIDGE)["items"]
    assert [each["channel"] for each in listed if each["end"] is not None] == ["g/aa/temperature"]
    assert "is not in the archive" in str(refused(settings, "probe", "list", "E9"))


async def test_a_new_piece_is_entered_once(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    words = ("add", "E7", "--facility", CLINIC, "--type", "ilr", "--name-zh", "冰衬冰箱")
    assert [each["code"] for each in said(settings, *words, actor="a")["items"]] == ["E7"]
    assert "'E7' is there already" in str(refused(settings, *words, "--actor", "a"))


async def test_what_cannot_well_be_is_told_with_the_checks(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    await put(archive, piece("E2", national_code="51190001"), piece("E3", national_code="51190001"))
    found = said(settings, "check")
    assert [(each["what"], each["about"]) for each in found["odd"]] == [("twice", "E3"), ("twice", "E2")]
    assert found["regions"] == []
    assert "twice\tE2\tE3\t51190001" in run(equipment, settings, "check").stdout
