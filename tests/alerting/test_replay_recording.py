"""Pauses between records, and the duty to record that a pack may carry."""

from collections.abc import Sequence
from pathlib import Path

from alerting.excursion.rules import Duty, Pack, load_pack
from alerting.excursion.stretch import Place, Stay
from alerting.replay.recording import Heard, Tally, tallies_of
from coldchain.reading import Quantity, Trace
from tests.alerting.cast import MINUTE
from tests.alerting.replay_cast import at

PACK = """
pack = "often"
title_zh = "常"
title_en = "often"
[[version]]
version = "1"
valid_from = 2020-01-01T00:00:00Z
source = "s"
[version.duty]
normal_min = 30
out_of_band_min = 2
[[version.rule]]
name = "heat"
kind = "heat"
profile = "2-8"
operator = ">"
limit_c = 8.0
"""
DUTY = Duty(30 * MINUTE, 2 * MINUTE)


def pack(folder: Path) -> Pack:
    path = folder / "often.toml"
    path.write_text(PACK, encoding="utf-8")
    return load_pack(str(path))


def trace(*rows: tuple[int, float | None]) -> Trace:
    return Trace("f1", [at(m) for m, _ in rows], [v for _, v in rows], [0 if v is not None else 1 for _, v in rows])


def tally(*traces: Trace, start: int = -10_000, end: int = 10_000) -> Tally:
    kept = Tally("often", DUTY, "2-8", at(start), at(end))
    heard = Heard("f1", 3 * MINUTE, [kept])
    for each in traces:
        heard.take(each)
    return kept


def said(kept: Tally) -> tuple[float, int, int]:
    assert kept.longest is not None
    return kept.longest[0] / MINUTE, kept.beyond, kept.beyond_out_of_band


def test_the_duty_of_a_pack_lies_on_each_temperature_it_has_rules_for(tmp_path: Path):
    stays = [Stay(Place(MINUTE, "2-8"), at(0), at(9)), Stay(Place(MINUTE, "ambient"), at(9), None)]
    judged = [(stay, [pack(tmp_path), load_pack("who-pqs")]) for stay in stays]
    [kept] = tallies_of(judged, Quantity.TEMPERATURE)
    assert (kept.pack, kept.duty, kept.start, kept.end) == ("often", DUTY, at(0), at(9))
    assert tallies_of(judged, Quantity.DOOR) == []


def test_a_stay_that_is_cut_in_two_has_one_duty(tmp_path: Path):
    place = Place(MINUTE, "2-8")
    judged = [(stay, [pack(tmp_path)]) for stay in (Stay(place, at(5), None), Stay(place, at(0), at(5)))]
    [kept] = tallies_of(judged, Quantity.TEMPERATURE)
    assert kept.start == at(0)


def test_a_pause_as_long_as_the_duty_keeps_it():
    assert said(tally(trace((0, 5.0), (30, 5.0), (61, 5.0)))) == (31, 1, 0)


def test_out_of_the_band_the_duty_is_shorter():
    assert said(tally(trace((0, 5.0), (5, 9.0), (7, 9.0), (10, 5.0), (15, 5.0)))) == (5, 0, 1)


def test_a_fault_is_no_record():
    assert said(tally(trace((0, 5.0), (20, None), (40, 5.0)))) == (40, 1, 0)


def test_pauses_outside_of_the_stay_are_not_counted():
    assert said(tally(trace((0, 5.0), (50, 5.0), (60, 5.0), (200, 5.0)), start=50, end=100)) == (10, 0, 0)


def test_slices_give_what_the_whole_gives():
    rows: Sequence[tuple[int, float | None]] = [(0, 5.0), (40, 9.0), (45, None), (50, 9.0), (90, 5.0), (91, 5.0)]
    whole = tally(trace(*rows))
    for cut in range(1, len(rows)):
        assert tally(trace(*rows[:cut]), trace(*rows[cut:])) == whole


def test_nothing_is_known_of_a_long_pause():
    heard = Heard("f1", 3 * MINUTE)
    heard.take(trace((0, 5.0), (3, 5.0), (60, 5.0), (63, 5.0)))
    assert heard.is_known(at(1), at(1))
    assert not heard.is_known(at(30), at(30))
    assert not heard.is_known(at(-9), at(-9))
    assert not heard.is_known(at(64), at(90))
    assert heard.is_known(at(60), at(66))
    assert not heard.is_known(at(0), at(63))


def test_a_channel_that_never_spoke_is_unknown():
    heard = Heard("f1", 3 * MINUTE)
    heard.take(trace())
    assert not heard.is_known(at(0), at(1))
