from typing import Any

from coldchain.archive.db import Archive
from coldchain.archive.twice_daily import difference, evidence
from coldchain.archive.twice_daily.difference import Ours
from coldchain.archive.twice_daily.entries import Entry
from coldchain.archive.twice_daily.hours import Half
from coldchain.archive.uses import Purpose, Use
from coldchain.reading import Fault, Trace
from tests.archive.twice_daily.cast import DAY, HOUR, MINUTE, at, enter, furnish

CHANNEL = "g/a/temperature"


def an_entry(**values: Any) -> Entry:
    base = {
        "id": 1, "compartment": 1, "day": "2026-07-01", "half": Half.AM, "taken_at": at("08:00"), "value_c": 4.5,
        "signed_by": "li", "entered_at": at("08:00"),
    }  # fmt: skip
    return Entry(**{**base, **values})


def test_the_nearest_believed_reading_of_each_probe_is_compared():
    noon = at("08:00")
    trace = Trace(
        CHANNEL, [noon - 2 * MINUTE, noon + MINUTE, noon + 5 * MINUTE], [4.1, None, 9.0], [0, int(Fault.GARBLED), 0]
    )
    assert difference.ours(an_entry(), [trace]) == [Ours(CHANNEL, noon - 2 * MINUTE, 4.1, 0.4)]


def test_a_probe_that_was_silent_then_is_not_compared():
    trace = Trace(CHANNEL, [at("08:00") - 11 * MINUTE], [4.1], [0])
    assert difference.ours(an_entry(), [trace]) == []


def off(by: float, count: int, channel: str = CHANNEL) -> dict[int, list[Ours]]:
    return {n: [Ours(channel, n, 4.0, by)] for n in range(count)}


def test_six_readings_more_than_a_degree_off_on_one_side_are_a_finding():
    [found] = difference.differences(1, off(1.2, 6))
    assert (found.readings, found.median_c, found.is_lasting) == (6, 1.2, True)
    assert difference.is_finding([found])


def test_five_or_a_degree_or_both_sides_are_none():
    assert not difference.differences(1, off(1.2, 5))[0].is_lasting
    assert not difference.differences(1, off(1.0, 6))[0].is_lasting
    swinging = off(1.5, 6) | {0: [Ours(CHANNEL, 0, 4.0, -1.5)]}
    assert not difference.differences(1, swinging)[0].is_lasting


def test_a_display_that_agrees_with_one_probe_of_two_is_no_finding():
    both = {n: [Ours(CHANNEL, n, 4.0, 1.5), Ours("g/b/temperature", n, 5.4, 0.1)] for n in range(6)}
    assert not difference.is_finding(difference.differences(1, both))


def test_nothing_compared_is_no_finding():
    assert not difference.is_finding(difference.differences(1, {}))


async def test_two_good_readings_that_lie_close_enough_speak_for_the_time_between(archive: Archive):
    cold = await furnish(archive)
    await enter(archive, cold, "am", at("08:00"), 4.2)
    await enter(archive, cold, "pm", at("17:30"), 5.1)
    await enter(archive, cold, "am", at("10:30", day=2), 4.0)
    await enter(archive, cold, "pm", at("17:00", day=2), 9.5, action="搬")
    async with archive.reading() as tx:
        found = await evidence.spans(tx, cold, at("10:00"), at("10:00") + 2 * DAY)
        assert await evidence.spans(tx, cold, at("18:00", day=2), at("20:00", day=2)) == []
    assert found == [
        (at("10:00"), at("17:30"), 4.2, 5.1),
        (at("17:30"), at("10:30", day=2), 4.0, 5.1),
    ]


async def test_a_night_that_is_too_long_and_what_was_entered_afterwards_speak_for_nothing(archive: Archive):
    cold = await furnish(archive)
    await enter(archive, cold, "pm", at("16:00"), 5.1)
    await enter(archive, cold, "am", at("10:01", day=2), 4.0)
    await enter(archive, cold, "pm", at("17:00", day=2), 4.0, now=at("19:00", day=2), late_reason="忘了")
    async with archive.reading() as tx:
        assert await evidence.spans(tx, cold, 0, at("08:00") + 9 * DAY) == []


def test_the_time_between_is_never_more_than_the_book_allows():
    always = [Use(purpose=Purpose.VACCINE, profile="2-8", start=0, end=None)]
    pair = [an_entry(), an_entry(taken_at=at("08:00") + 18 * HOUR)]
    assert len(evidence.between(pair, always)) == 1
    late = [an_entry(), an_entry(taken_at=at("08:00") + 18 * HOUR + 1)]
    assert evidence.between(late, always) == []


def test_each_reading_is_held_against_the_band_of_its_time():
    pair = [an_entry(), an_entry(taken_at=at("17:30"))]
    until_noon = Use(purpose=Purpose.VACCINE, profile="2-8", start=0, end=at("12:00"))
    later = Use(purpose=Purpose.VACCINE, profile="frozen", start=at("12:00"), end=None)
    assert evidence.between(pair, [until_noon, later]) == []
