"""Scenarios: those that come along are sound, and a wrong one is told with file, key and cure."""

import tomllib

import pytest

from coldchain.errors import BadInput
from firmware_sim.faults import STRIKES, FaultKind
from firmware_sim.scenario_file import SHIPPED, load, parse, shipped

SOUND = (SHIPPED / "bad_week.toml").read_text(encoding="utf-8")


def spoiled(old, new):
    """The bad week with one thing changed."""
    assert old in SOUND
    return tomllib.loads(SOUND.replace(old, new, 1))


@pytest.mark.parametrize("name", shipped())
def test_each_scenario_that_comes_along_is_sound(name):
    assert load(name).facilities


def test_a_bad_week_has_every_fault_but_the_gateways_own():
    kinds = {fault.kind for fault in load("bad_week").faults}
    assert set(FaultKind) - kinds == {FaultKind.GATEWAY_OFF}


def test_every_fault_strikes_something():
    assert set(STRIKES) == set(FaultKind)


@pytest.mark.parametrize(
    ("old", "new", "key", "tells"),
    [
        ('type = "medical_fridge"', 'type = "toaster"', "facilities[0].equipment[0].type", "toaster"),
        ('kind = "xy-md02"', 'kind = "xy-md03"', "facilities[0].equipment[0].devices[1].kind", "xy-md03"),
        ('door = "busy"', 'doors = "busy"', "facilities[0].equipment[0]", "unknown field `doors`; remove the key"),
        (
            'door = "busy"',
            'door = "sometimes"',
            "facilities[ward].equipment[ward-fridge].door",
            "use one of best, busy",
        ),
        ('seed = "bad week"', "", "scenario", "missing required field `seed`; add it"),
        ("at_min = 60", 'at_min = "soon"', "faults[0].at_min", "Expected `float"),
        ("until_min = 62", "until_min = 59", "faults[0].until_min", "not after 60; let it end after it begins"),
        ('on = "ward-1"', 'on = "ward-2"', "faults[11].on", "strikes a gateway: ward-1"),
        ("amount = 86400", "", "faults[7].amount", "a clock_jump needs one"),
        ("address = 1", "address = 248", "facilities[0].equipment[0].devices[1].address", "<= 247"),
        ('id = "b1"', 'id = "B1"', "facilities[0].equipment[0].devices[1].id", "matching regex"),
        ("address = 2", "address = 1", "facilities[ward]", "two xy-md02 at address 1; give each its own address"),
        ('id = "b2"', 'id = "b1"', "devices.id", "'b1' is told twice"),
        ('gateway = "ward-1"', "", "facilities[ward].equipment[ward-fridge]", "give facility ward a gateway"),
        ('profile = "2-8"', 'profile = "8-2"', "compartments[cold].profile", "use one of 2-8, ambient"),
        ('type = "freezer"', 'type = "domestic_fridge"', "[ward-freezer].compartments", "has 2; describe 2"),
        ('compartment = "frozen", type', 'compartment = "warm", type', "probes[T1].compartment", "use one of frozen"),
        ('{ input = "T2", position', '{ input = "T1", position', "probes", "two probes on one input; use T1 and T2"),
        ('region = "519921100000"', 'region = "5199"', "facilities[0].region", "matching regex"),
        ("history_days = 0", "history_days = -1", "history_days", ">= 0"),
    ],
)
def test_what_is_wrong_is_told_with_file_key_and_cure(old, new, key, tells):
    with pytest.raises(BadInput) as told:
        parse(spoiled(old, new), "mine.toml")
    assert told.value.where == "mine.toml"
    assert key in told.value.field
    assert tells in str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('lot = "HepB', 'lot = "HepC', "stock["),
        ('vaccine = "BCG"', 'vaccine = "BCC"', "lots["),
        ('parent = "519900000000"', 'parent = "519900000009"', "regions["),
        ('region = "519921101204"', 'region = "519921101205"', "facilities[519921101204].region"),
        ('equipment = "519921000-LK1"', 'equipment = "519921000-LK9"', "stock["),
    ],
)
def test_a_county_whose_papers_lead_nowhere_is_refused(old, new, key):
    text = (SHIPPED / "county.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(BadInput) as told:
        parse(tomllib.loads(text.replace(old, new, 1)), "county.toml")
    assert key in told.value.field
    assert "is unknown; use one of" in str(told.value)


def test_a_file_that_is_not_there_is_told_with_those_that_are(tmp_path):
    with pytest.raises(BadInput, match=r"nowhere\.toml.*bad_week, county, single_fridge"):
        load(tmp_path / "nowhere.toml")


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path):
    (tmp_path / "broken.toml").write_text("name = 1\nseed = =\n")
    with pytest.raises(BadInput, match=r"broken\.toml: scenario: .*line 2.*write TOML"):
        load(tmp_path / "broken.toml")
