"""`coldchain replay` over stored history: what the archive says, said again; other rules in its place; nothing written."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from alerting.cli import replay
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import SHIPPED, load_pack, load_packs
from alerting.replay import stored
from alerting.replay.names import key_of
from alerting.replay.stored import History, Wanted, replay_stored
from alerting.replay.stored_names import names_in
from alerting.replay.whatif import Outcome, WhatIf
from coldchain.archive import cases, equipment, rule_choices
from coldchain.archive.equipment import NewAssignment, NewCompartment, Purpose
from coldchain.archive.rule_choices import NewChoice
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.excursion import Case
from tests.alerting.cast import (
    BY,
    HOUR,
    MAINS,
    MINUTE,
    PROBE,
    SINCE,
    T0,
    Clinic,
    Value,
    a_correction,
    sparse,
    stock,
    trace_of,
)
from tests.alerting.replay_cast import ZONE, at, export, local

NIGHT: list[Value] = [5.0] * 30 + [9.0] * 45 + [5.0] * 30 + [1.0] * 20 + [5.0] * 30 + [None] * 5 + [5.0] * 10
DEFAULT = ("cn-2017", "watch")
IN_FORCE = WhatIf(None, load_policy("default"))


def under(*packs: str) -> WhatIf:
    return WhatIf({name: load_pack(name) for name in packs}, load_policy("default"))


def history_of(clinic: Clinic) -> History:
    return History(clinic.series, clinic.archive, load_packs(), DEFAULT, ZONE)


async def replayed(clinic: Clinic, *asked: WhatIf, **wanted: Any) -> Outcome:
    return await replay_stored(history_of(clinic), Wanted(**wanted), asked or [IN_FORCE])


async def archived(clinic: Clinic) -> list[Case]:
    async with clinic.archive.reading() as tx:
        kept = await cases.anchored(tx, {PROBE: (0, T0 + 1000 * HOUR)})
    return sorted(kept, key=lambda case: (case.anchor, case.facts.rule))


def content(*files: Path) -> list[list[str]]:
    """Every row of every table."""
    found = []
    for file in files:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        found.append(list(connection.iterdump()))
        connection.close()
    return found


def said(cases: Sequence[Case]) -> list[tuple[str, object, object]]:
    return [(case.id, case.state, case.facts) for case in cases]


async def test_under_the_site_s_own_packs_it_says_what_the_archive_says(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
    night = trace_of(NIGHT)
    for start in range(0, len(night), 17):
        await clinic.hear(trace_of(NIGHT[start : start + 17], start=night.t[start]))
    kept = await archived(clinic)
    assert [case.facts.rule for case in kept] == ["cn-2017/heat", "cn-2017/cold"]
    assert kept[0].facts.lots
    assert said((await replayed(clinic)).runs[0]) == said(kept)


async def test_what_goes_on_is_open(clinic: Clinic):
    await clinic.hear(trace_of([5.0, 9.0, 9.0]))
    assert said((await replayed(clinic)).runs[0]) == said(await archived(clinic))


async def test_nothing_is_written(clinic: Clinic, tmp_path: Path):
    await clinic.hear(trace_of(NIGHT))
    files = tmp_path / "archive.sqlite", tmp_path / "series.sqlite"
    before = content(*files)
    assert (await replayed(clinic, under("who-pqs"), under("cn-2017"))).runs[1]
    assert content(*files) == before


async def test_slices_give_what_the_whole_gives(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    await clinic.hear(trace_of(NIGHT))
    whole = await replayed(clinic)
    monkeypatch.setattr(stored, "SLICE_MS", 7 * MINUTE)
    sliced = await replayed(clinic)
    assert said(sliced.runs[0]) == said(whole.runs[0])
    assert (sliced.readings, sliced.heard) == (whole.readings, whole.heard)


async def test_years_without_readings_are_stepped_over(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stored, "SLICE_MS", 1)
    await clinic.hear(sparse([(0, 5.0), (3_000_000, 9.0), (3_000_001, 9.0)]))
    outcome = await replayed(clinic)
    assert (outcome.readings, len(outcome.runs[0])) == (3, 1)


async def test_other_packs_judge_in_place_of_those_in_force(clinic: Clinic):
    await clinic.hear(trace_of([5.0] * 3 + [9.0] * 601 + [5.0] * 3))
    outcome = await replayed(clinic, under("who-pqs"))
    assert [case.facts.rule for case in outcome.runs[0]] == ["who-pqs/heat"]
    assert outcome.runs[0][0].facts.equipment == "F1"


async def test_packs_that_were_chosen_for_a_place_are_in_force_there(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        choice = NewChoice(equipment="F1", pack="who-pqs", start=SINCE)
        await rule_choices.choose(tx, choice, BY)
    await clinic.hear(trace_of([5.0] * 3 + [9.0] * 30 + [5.0] * 3))
    assert (await replayed(clinic)).runs[0] == []
    assert len((await replayed(clinic, under("cn-2017"))).runs[0]) == 1


async def test_an_excursion_that_was_going_on_is_judged_from_its_beginning(clinic: Clinic):
    await clinic.hear(trace_of(NIGHT))
    [first, second] = (await replayed(clinic, start=at(50))).runs[0]
    assert (first.facts.first_bad, second.facts.first_bad) == (at(30), at(105))


async def test_what_was_over_before_is_not_told(clinic: Clinic):
    await clinic.hear(trace_of(NIGHT))
    assert [case.facts.first_bad for case in (await replayed(clinic, start=at(75))).runs[0]] == [at(105)]


async def test_what_nobody_saw_the_end_of_is_told(clinic: Clinic):
    await clinic.hear(sparse([(0, 5.0), (1, 9.0), (2, 9.0), (100, 5.0)]))
    assert [case.facts.first_bad for case in (await replayed(clinic, start=at(50))).runs[0]] == [at(1)]


async def test_it_ends_where_it_is_told_to(clinic: Clinic):
    await clinic.hear(trace_of(NIGHT))
    outcome = await replayed(clinic, end=at(50))
    [case] = outcome.runs[0]
    assert (case.facts.is_open, case.facts.last_bad, outcome.readings) == (True, at(49), 50)


async def test_only_what_is_wanted_is_replayed(clinic: Clinic):
    await clinic.hear(trace_of(NIGHT), trace_of([1.0] * 9, channel=MAINS))
    everything = {PROBE, MAINS}
    for wanted in ({}, {"equipment": ["F1"]}, {"facilities": ["511900012000"]}):
        assert set((await replayed(clinic, **wanted)).judged) == everything
    assert set((await replayed(clinic, channels=[MAINS])).judged) == {MAINS}


async def test_a_probe_that_moved_is_judged_where_it_was(clinic: Clinic):
    await clinic.hear(trace_of(NIGHT))
    async with clinic.archive.writing() as tx:
        packs = NewCompartment(
            equipment="F1",
            name="packs",
            name_zh="冰排",
            name_en="packs",
            purpose=Purpose.ICE_PACKS,
            profile="ice-packs",
        )
        await equipment.put_compartments(tx, [packs], BY)
        moved = NewAssignment(channel=PROBE, equipment="F1", compartment="packs", start=at(100))
        await equipment.assign(tx, moved, BY)
    assert [case.facts.first_bad for case in (await replayed(clinic)).runs[0]] == [at(30)]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"channels": ["gw-9/x/temperature"]}, "--channel: 'gw-9/x/temperature' is assigned nowhere"),
        ({"equipment": ["F9"]}, "--equipment: 'F9' is not in the archive"),
        ({"facilities": ["1"]}, "facility: '1' is not in the archive"),
        ({"start": 5, "end": 5}, "--end: 1970-01-01T00:00:00.005+00:00 is not after --start"),
    ],
)
async def test_what_is_not_there_is_named(clinic: Clinic, wanted: dict[str, Any], words: str):
    with pytest.raises(BadInput) as caught:
        await replayed(clinic, **wanted)
    assert words in str(caught.value)


async def test_names_of_the_archive_find_its_channels(clinic: Clinic):
    outcome = await replayed(clinic)
    async with clinic.archive.reading() as tx:
        names = await names_in(tx, outcome.stays)
    for name in ("F1", "一号冰箱", "一号", "琥珀镇卫生院一号冰箱", "琥珀镇 一号"):
        assert [subject.channels for subject in names[key_of(name)]] == [{PROBE, MAINS}]
    assert [subject.channels for subject in names[key_of("一号冰箱冷藏室")]] == [{PROBE}]


# the command, with a site's settings


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "coldchain.toml"
    path.write_text(
        f"""
        [series]
        path = "{tmp_path}/series.sqlite"
        [archive]
        url = "sqlite:///{tmp_path}/archive.sqlite"
        """
    )
    return path


async def invoke(settings: Path, *options: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, replay, ["--settings", str(settings), *options])


async def answer(settings: Path, *options: str) -> dict[str, Any]:
    result = await invoke(settings, "--json", *options)
    assert result.exit_code == 0, result.output
    read: dict[str, Any] = json.loads(result.stdout)
    return read


async def test_the_command_reads_a_site_by_its_settings(clinic: Clinic, settings: Path):
    await clinic.hear(trace_of(NIGHT))
    items = (await answer(settings))["items"]
    assert [(item["equipment"], item["compartment"], item["rule"]) for item in items] == [
        ("F1", "cold", "cn-2017/heat"),
        ("F1", "cold", "cn-2017/cold"),
    ]


async def test_days_are_days_of_the_site(clinic: Clinic, settings: Path):
    await clinic.hear(trace_of(NIGHT))
    assert (await answer(settings, "--end", local(30)))["items"] == []
    first = (await answer(settings, "--start", "2026-06-29", "--end", local(31)))["items"]
    assert [item["start"]["first_bad"] for item in first] == [iso(at(30))]


async def test_a_county_s_pack_may_be_chosen_for_one_place_and_judges_nowhere_else(
    clinic: Clinic, settings: Path, tmp_path: Path
):
    await clinic.hear(trace_of(NIGHT))
    county = (SHIPPED / "cdc-vfc.toml").read_text(encoding="utf-8").replace('pack = "cdc-vfc"', 'pack = "county"')
    (tmp_path / "county.toml").write_text(county, encoding="utf-8")
    further = f'[alerting]\nfurther_rules = ["{tmp_path}/county.toml"]\n'
    settings.write_text(settings.read_text(encoding="utf-8") + further, encoding="utf-8")
    assert {item["rule"] for item in (await answer(settings))["items"]} == {"cn-2017/heat", "cn-2017/cold"}
    async with clinic.archive.writing() as tx:
        await rule_choices.choose(
            tx, NewChoice(equipment="F1", pack="county", start=SINCE), BY, None, await a_correction(tx)
        )
    assert {item["rule"] for item in (await answer(settings))["items"]} == {"county/heat", "county/cold"}


async def test_what_would_change_is_listed_over_history(clinic: Clinic, settings: Path):
    await clinic.hear(trace_of(NIGHT))
    compared = (await answer(settings, "--compare", "who-pqs"))["compare"]
    assert ([item["rule"] for item in compared["gone"]], compared["new"]) == (["cn-2017/heat", "cn-2017/cold"], [])


async def test_the_parallel_month_goes_by_the_archive_s_names(clinic: Clinic, settings: Path, tmp_path: Path):
    await clinic.hear(trace_of(NIGHT))
    head = "单位名称,设备名称,报警类型,报警时间,恢复时间"
    rows = [
        f"琥珀镇卫生院,一号冰箱,高温,{local(95)},{local(100)}",
        f"琥珀镇卫生院,一号冰箱,高温,{local(60)},{local(80)}",
        f"琥珀镇卫生院,一号冰箱,断电,{local(0)},",
    ]
    vendor = (await answer(settings, "--vendor", str(export(tmp_path / "v.csv", head, *rows))))["vendor"]
    assert [(told["kind"], told["late_min"]) for told in vendor["told"]] == [("heat", 30)]
    assert [missed["kind"] for missed in vendor["missed"]] == ["freeze"]
    assert [alarm["line"] for alarm in vendor["invented"]] == [2]
    assert [alarm["line"] for alarm in vendor["unjudged"]] == [4]


async def test_progress_is_shown_over_history(clinic: Clinic, settings: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("alerting.replay.progress.EVERY_S", 0)
    await clinic.hear(trace_of(NIGHT))
    result = await invoke(settings, "--progress", "--start", "2026-06-29", "--end", "2026-06-30")
    assert "1 of 2 channels, 170 readings" in result.stderr


async def test_an_archive_that_is_not_there_is_not_made(settings: Path, tmp_path: Path):
    result = await invoke(settings)
    assert f"there is no archive at {tmp_path}/archive.sqlite; name a file of readings" in str(result.exception)
    assert not (tmp_path / "archive.sqlite").exists()


async def test_a_type_is_only_for_files(settings: Path):
    assert "--type: means nothing without --csv" in str((await invoke(settings, "--type", "ilr")).exception)
