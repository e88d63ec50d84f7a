"""What a lot went through: minutes by band, unknown time, ways; by hand-made traces, then through the API."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.archive.lots import Movement, Reason, stays_of
from coldchain.reading import Fault, Trace
from dashboards.exposure import Exposure, band_names, exposure
from dashboards.ways import ways
from tests.dashboards.conftest import Caller

MINUTE = 60_000
GAP = 3 * MINUTE


def trace(*values: float | None, step: int = MINUTE, start: int = 0) -> Trace:
    return Trace(
        "g/d/temperature",
        [start + i * step for i in range(len(values))],
        list(values),
        [0 if v is not None else int(Fault.NO_ANSWER) for v in values],
    )


def went(*traces: Trace, end: int, start: int = 0) -> Exposure:
    return exposure(traces, start, end, GAP, 2.0)


def test_time_in_the_band_is_counted_to_the_minute() -> None:
    found = went(trace(*[5.0] * 11), end=10 * MINUTE)
    assert found.minutes["2..8"] == 10
    assert found.minutes_unknown == 0
    assert sum(found.minutes.values()) == 10


def test_both_ends_of_the_band_are_inside_it() -> None:
    assert went(trace(8.0, 8.0), end=MINUTE).minutes["2..8"] == 1
    assert went(trace(2.0, 2.0), end=MINUTE).minutes["2..8"] == 1
    assert went(trace(-0.5, -0.5), end=MINUTE).minutes["-0.5..2"] == 1


def test_a_crossing_is_interpolated() -> None:
    found = went(trace(6.0, 10.0, step=2 * MINUTE), end=2 * MINUTE)
    assert (found.minutes["2..8"], found.minutes["8..15"]) == (1, 1)


def test_a_gap_is_unknown_and_nothing_is_interpolated_across_it() -> None:
    found = went(trace(5.0, 5.0), trace(20.0, 20.0, start=6 * MINUTE), end=7 * MINUTE)
    assert found.minutes_unknown == 5
    assert found.minutes["15..25"] == 1
    assert found.minutes["8..15"] == 0


def test_a_fault_is_no_temperature() -> None:
    assert went(trace(5.0, None, 5.0), end=2 * MINUTE).minutes["2..8"] == 2
    assert went(trace(5.0, None, None, None, 5.0), end=4 * MINUTE).minutes_unknown == 4


def test_time_before_the_first_and_after_the_last_reading_is_unknown() -> None:
    assert went(trace(5.0, 5.0, start=10 * MINUTE), end=20 * MINUTE).minutes_unknown == 19


def test_a_stay_that_begins_between_two_readings_gets_its_part() -> None:
    found = went(trace(5.0, 5.0, 5.0), start=30_000, end=90_000)
    assert found.minutes["2..8"] == 1


def test_of_two_probes_the_hottest_tells_heat_and_the_coldest_cold() -> None:
    found = went(trace(1.0, 1.0), trace(9.0, 9.0), end=MINUTE)
    assert (found.minutes["-0.5..2"], found.minutes["8..15"], found.minutes["2..8"]) == (1, 0, 0)
    assert went(trace(5.0, 5.0), trace(9.0, 9.0), end=MINUTE).minutes["8..15"] == 1
    assert went(trace(1.0, 1.0), trace(5.0, 5.0), end=MINUTE).minutes["-0.5..2"] == 1


def test_mkt_and_vial_life_are_those_of_constant_temperatures() -> None:
    found = went(trace(*[37.0] * 1441), end=1440 * MINUTE)
    assert found.mkt_c() == pytest.approx(37.0)
    assert found.life_used_pct("VVM14") == pytest.approx(100 / 12.15, rel=0.01)
    assert found.life_used_pct("VVM2") == pytest.approx(100 / 1.76, rel=0.01)
    assert found.life_used_pct("VVM99") is None
    assert Exposure().mkt_c() is None


@given(
    st.lists(st.one_of(st.none(), st.floats(-80, 60)), min_size=1, max_size=60), st.integers(0, 59), st.integers(1, 90)
)
def test_minutes_and_unknown_time_add_up_to_the_stay(values: list[float | None], start: int, length: int) -> None:
    found = went(trace(*values), start=start * MINUTE, end=(start + length) * MINUTE)
    assert sum(found.bands_ms) == pytest.approx(found.known_ms, abs=1)
    assert sum(found.minutes.values()) + found.minutes_unknown == pytest.approx(length, abs=1)
    assert found.known_ms <= found.total_ms + 1
    assert list(found.minutes) == band_names()


def move(number: int, at: int, source: int | None, target: int | None, doses: int = 10) -> Movement:
    return Movement(id=number, lot="L", at=at, source=source, target=target, doses=doses, reason=Reason.MOVED)


def legs(*moves: Movement) -> list[list[tuple[int, int, int | None]]]:
    found = ways(stays_of(moves), list(moves))
    return [[(leg.stay.compartment, leg.start, leg.end) for leg in way] for way in found]


def test_a_way_is_every_place_up_to_where_doses_are_now() -> None:
    assert legs(move(1, 0, None, 1, 30), move(2, 5, 1, 2)) == [[(1, 0, None)], [(1, 0, 5), (2, 5, None)]]


def test_doses_that_met_have_several_ways() -> None:
    moves = [move(1, 0, None, 1), move(2, 1, None, 2), move(3, 5, 1, 3), move(4, 7, 2, 3)]
    assert legs(*moves) == [[(1, 0, 5), (3, 5, None)], [(2, 1, 7), (3, 7, None)]]


def test_a_lot_that_is_used_up_has_the_ways_to_its_last_places() -> None:
    assert legs(move(1, 0, None, 1), move(2, 5, 1, None)) == [[(1, 0, 5)]]


def test_there_and_back_again_ends() -> None:
    moves = [move(1, 0, None, 1), move(2, 5, 1, 2), move(3, 9, 2, 1)]
    assert legs(*moves) == [[(1, 0, 5), (2, 5, 9), (1, 9, None)]]


async def test_the_api_gives_bands_unknown_minutes_and_life_used(call: Caller) -> None:
    answer = (await call("clinic").get("/api/v1/lots/L2/exposure")).json()
    assert set(answer) == {"lot", "vaccine", "doses", "held", "places", "bands", "minutes_unknown", "mkt_c", "vvm"}
    assert (answer["lot"], answer["vaccine"], answer["doses"], answer["vvm"]) == ("L2", "DTaP", 160, None)
    assert answer["held"] is True
    assert [(place["equipment"], place["compartment"], place["doses_held"]) for place in answer["places"]] == [
        ("E00", "cold", 0),
        ("E03", "cold", 160),
    ]
    assert answer["bands"]["8..15"] > 20
    assert 2 < answer["mkt_c"] < 8


async def test_vial_life_is_an_estimate_where_the_type_is_known(call: Caller) -> None:
    answer = (await call("manager").get("/api/v1/lots/202603A12/exposure")).json()
    assert answer["lot"] == "L1"
    assert answer["vvm"]["type"] == "VVM30"
    assert answer["vvm"]["estimate"] is True
    assert 0 < answer["vvm"]["life_used_pct"] < 0.2


async def test_a_lot_is_held_where_a_hold_names_it_and_for_whoever_sees_that(call: Caller) -> None:
    everywhere = (await call("manager").get("/api/v1/lots/L1/exposure")).json()
    assert everywhere["held"] is True
    assert {place["equipment"]: place["doses_held"] for place in everywhere["places"] if place["doses_held"]} == {
        "E08": 140
    }
    free = (await call("manager").get("/api/v1/lots/L3/exposure")).json()
    assert {place["equipment"] for place in free["places"] if place["doses_held"]} == {"E03"}


async def test_a_hold_elsewhere_does_not_stop_the_doses_here(call: Caller) -> None:
    here = (await call("clinic").get("/api/v1/lots/L3/exposure")).json()
    assert (here["held"], here["doses"]) == (True, 180)
    assert [place["doses_held"] for place in here["places"]] == [0, 180]


async def test_the_sums_are_those_of_the_way_with_most_time_outside(call: Caller) -> None:
    answer = (await call("manager").get("/api/v1/lots/L1/exposure")).json()
    counted = [place for place in answer["places"] if place["counted"]]
    assert [place["equipment"] for place in counted] == ["E00", "E02"]  # where the worst excursion was
    assert answer["bands"]["8..15"] == pytest.approx(sum(place["bands"]["8..15"] for place in counted), abs=0.2)
    total = sum(answer["bands"].values()) + answer["minutes_unknown"]
    assert total == pytest.approx(47 * 60, abs=3)
