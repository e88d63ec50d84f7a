"""The demo's county: what happens, when, and that nothing else does."""

from collections import defaultdict

import pytest

from firmware_sim import archive_records
from firmware_sim.fleet.county import Site, Story
from firmware_sim.scenario_file import load

HOURS_AFTER = 6
POWER_LOST, CABLE_PULLED, DARK, LAST_NIGHT = "519921101-1", "519921103-1", "519921102-1", "519921107-1"


@pytest.fixture(scope="module")
def county():
    return load("county")


@pytest.fixture(scope="module")
def told(county):
    """{gateway: {series: {minute: value}}} of three days of history and some hours of the story."""
    everything = {}
    for facility in county.facilities:
        if facility.gateway is not None:
            series: defaultdict[str, dict[float, float | None]] = defaultdict(dict)
            site = Site(county, facility, Story(0, {}))
            while site.now_s < HOURS_AFTER * 3600:
                for reading in site.step()[0]:
                    series[reading.series][reading.time_ms / 60_000] = reading.value
            everything[facility.gateway] = series
    return everything


@pytest.fixture(scope="module")
def bands(county):
    """{channel: the band of a vaccine's compartment}."""
    limits = {"2-8": (2.0, 8.0), "frozen": (-40.0, -15.0)}
    records = archive_records.of(county, 0)
    vaccine = {(c.equipment, c.name): limits[c.profile] for c in records.compartments if c.purpose == "vaccine"}
    return {
        c.name: vaccine[c.equipment, c.compartment]
        for c in records.channels
        if c.compartment is not None and (c.equipment, c.compartment) in vaccine
    }


def fridge_of(told, gateway):
    """The vaccine compartment's temperatures of a clinic's only logger."""
    return next(values for series, values in told[gateway].items() if series.endswith(".1/temperature"))


def outside(values, low=2.0, high=8.0):
    return [minute for minute, value in values.items() if not low <= value <= high]


def test_everything_stays_in_its_band_but_last_night_and_the_two_of_the_story(told, bands):
    assert len(bands) >= 16
    strayed = {name.split("/")[0] for name, band in bands.items() if outside(_values(told, name), *band)}
    assert strayed == {POWER_LOST, CABLE_PULLED, LAST_NIGHT}


def _values(told, channel):
    gateway, _, series = channel.partition("/")
    return told[gateway][series]


def test_a_clinic_loses_its_mains_and_passes_8_degrees_about_an_hour_later(told):
    out = outside(fridge_of(told, POWER_LOST))
    assert 55 <= out[0] <= 75
    assert 150 <= out[-1] <= 210
    assert len(out) == out[-1] - out[0] + 1  # once above, it stays above
    power = next(values for series, values in told[POWER_LOST].items() if series.endswith("/power"))
    assert (power[5.0], power[145.0], power[150.0]) == (0.0, 0.0, 1.0)


def test_the_door_is_left_ajar_behind_a_pulled_cable_for_less_than_an_alarms_patience(told, county):
    cut = next(fault for fault in county.faults if fault.on == CABLE_PULLED)
    out = outside(fridge_of(told, CABLE_PULLED))
    assert cut.at_min < out[0] < cut.until_min - 3  # begins unseen, and the newest reading at the return is hot
    assert cut.until_min <= out[-1] < out[0] + 30


def test_last_nights_door_was_open_long_enough_to_hold_vaccine_and_is_over_when_the_story_begins(told):
    out = outside(fridge_of(told, LAST_NIGHT))
    assert -710 < out[0] < -660
    assert out[-1] < -500
    assert len(out) > 120


def test_a_clamp_tells_each_start_and_stop_of_its_compressor(told):
    runs = next(values for series, values in told[LAST_NIGHT].items() if series.endswith("/compressor"))
    ordered = [runs[minute] for minute in sorted(runs)]
    assert set(ordered) == {0.0, 1.0}
    assert any(minute % 5 for minute in runs)  # not only when it is repeated


def test_the_dark_clinic_last_said_that_its_mains_are_gone_and_fell_silent_47_minutes_before(told):
    power = next(values for series, values in told[DARK].items() if series.endswith("/power"))
    heard = sorted(minute for values in told[DARK].values() for minute in values if minute < 200)
    assert power[max(m for m in power if m < 0)] == 0.0
    assert -48 <= heard[-1] <= -47
    assert max(fridge_of(told, DARK).values()) < 8.0  # the ice has kept it


def test_the_county_has_its_places(county):
    kinds = [facility.kind for facility in county.facilities]
    assert kinds.count("township_clinic") == 12
    assert {kind: kinds.count(kind) for kind in ("county_store", "maternity_ward", "village_post")} == {
        "county_store": 1,
        "maternity_ward": 1,
        "village_post": 1,
    }
    assert {equipment.type for _, equipment in county.equipment()} == {
        "cold_room", "freezer", "medical_fridge", "domestic_fridge", "ilr"
    }  # fmt: skip


def test_the_village_post_has_bags_only(county):
    village = next(facility for facility in county.facilities if facility.kind == "village_post")
    assert (village.gateway, village.equipment) == (None, ())


def test_every_place_has_a_chinese_and_an_english_name(county):
    for facility in county.facilities:
        assert not facility.name_zh.isascii()
        assert facility.name_en.isascii()


def test_every_region_hangs_below_the_province(county):
    by_code = {region.code: region for region in county.regions}
    for region in county.regions:
        above = by_code.get(region.parent or "")
        assert region.level == (above.level + 1 if above else 1)
    assert sum(region.parent is None for region in county.regions) == 1


def test_every_vaccine_compartment_of_a_clinic_holds_lots(county):
    records = archive_records.of(county, 0)
    held = {(receipt.equipment, receipt.compartment) for receipt in records.receipts}
    assert held == {(c.equipment, c.name) for c in records.compartments if c.purpose == "vaccine"}


def test_the_lots_came_before_the_history_and_have_not_expired_soon(county):
    records = archive_records.of(county, 0)
    assert max(receipt.at for receipt in records.receipts) < county.begins_s * 1000
    assert min(lot.expires_on for lot in records.lots) >= "2028"


def test_the_records_name_each_channel_that_the_gateways_send(told, county):
    named = {channel.name for channel in archive_records.of(county, 0).channels}
    assert named == {f"{gateway}/{series}" for gateway, all_series in told.items() for series in all_series}


def test_a_door_and_the_mains_belong_to_the_whole_equipment(county):
    whole = {c.quantity for c in archive_records.of(county, 0).channels if c.compartment is None}
    assert whole == {"door", "power", "battery", "compressor"}
