"""What late data does to cases and alarms; each of these breaks somebody else's system."""

import pytest
from sqlalchemy import delete

from alerting.decide import Chunk
from alerting.excursion.rules import Pack, Version, load_packs
from alerting.judge import Touch
from alerting.windows import Span
from coldchain.archive import alarms, cases, equipment, lots, rule_choices, tables
from coldchain.archive.cases import Observation
from coldchain.archive.equipment import NewAssignment, NewCompartment, Purpose
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.rule_choices import NewChoice
from coldchain.excursion import AlarmState, Case, CaseState, Kind, LotsKnown, Severity
from coldchain.reading import Trace
from coldchain.wire import Feed, block_of
from tests.alerting.cast import (
    BY,
    HOUR,
    MAINS,
    MINUTE,
    PROBE,
    T0,
    Clinic,
    a_correction,
    clinic_of,
    sparse,
    stock,
    trace_of,
)
from tests.alerting.rulebook import BY_ID

FOREVER = (0, 2**60)
both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


async def all_cases(clinic: Clinic, channel: str = PROBE) -> list[Case]:
    async with clinic.archive.reading() as tx:
        found = await cases.anchored(tx, {channel: FOREVER})
    return sorted(found, key=lambda case: case.anchor)


async def reasons(clinic: Clinic, case: Case) -> list[str]:
    async with clinic.archive.reading() as tx:
        return [revision.reason for revision in await cases.revisions(tx, case.id)]


async def arrows(clinic: Clinic, case: Case) -> list[str]:
    async with clinic.archive.reading() as tx:
        alarm = await alarms.alarm_of(tx, case.id)
        every = await alarms.unexpanded(tx)
    return [transition.why for transition, its in every if alarm and its.id == alarm.id]


async def silences(clinic: Clinic, kind: Kind = Kind.SILENCE) -> list[Observation]:
    async with clinic.archive.reading() as tx:
        return await cases.open_observations(tx, kind)


@both
async def test_a_warm_hour_opens_a_case_an_alarm_and_ends_both(clinic: Clinic):
    clinic.now = T0
    await clinic.hear(trace_of([5.0] * 5 + [9.0] * 25))
    [case] = await all_cases(clinic)
    assert (case.state, case.anchor, case.facts.severity) == (CaseState.OPEN, T0 + 5 * MINUTE, Severity.WARNING)
    await clinic.hear(trace_of([9.5, 7.0], start=T0 + 30 * MINUTE))
    [case] = await all_cases(clinic)
    assert (case.state, case.facts.extreme_mc, case.facts.kind) == (CaseState.CLOSED, 9500, Kind.HEAT)
    assert await reasons(clinic, case) == ["opened", "ended"]
    assert await arrows(clinic, case) == ["raised", "ended"]


async def test_exactly_eight_degrees_are_inside(clinic: Clinic):
    await clinic.hear(trace_of([8.0, 2.0] * 60))
    assert await all_cases(clinic) == []


async def test_a_single_warm_reading_is_recorded_and_rings_nobody(clinic: Clinic):
    await clinic.hear(trace_of([5.0, 8.1, 5.0]))
    [case] = await all_cases(clinic)
    assert (case.state, case.facts.severity) == (CaseState.CLOSED, Severity.NOTE)
    assert await arrows(clinic, case) == []


async def test_late_data_revises_the_start_and_keeps_the_id(clinic: Clinic):
    clinic.now = T0
    await clinic.hear(trace_of([5.0] * 3))
    await clinic.hear(trace_of([9.0] * 30, start=T0 + 60 * MINUTE))
    [before] = await all_cases(clinic)
    await clinic.hear(trace_of([5.0] * 20 + [9.0] * 37, start=T0 + 3 * MINUTE))
    [after] = await all_cases(clinic)
    assert after.id == before.id
    assert after.anchor == before.anchor == T0 + 60 * MINUTE
    assert after.facts.first_bad == T0 + 23 * MINUTE
    assert after.facts.unknown_ms == 0 < before.facts.unknown_ms
    assert await reasons(clinic, after) == ["opened", "late_data"]
    assert (await arrows(clinic, after))[0] == "raised"


@both
async def test_late_data_merges_two_cases_into_the_first_opened(clinic: Clinic):
    await clinic.hear(sparse([(0, 5.0), (1, 9.0), (3, 5.0)]))
    await clinic.hear(sparse([(200, 9.0), (201, 9.0), (230, 9.0)]))
    await clinic.hear(sparse([(60, 9.0), (61, 9.0), (90, 9.0)]))
    first, second = (await all_cases(clinic))[:2]
    assert first.state is CaseState.CLOSED  # a good reading at minute 3 stands between it and the others
    assert [case.state for case in await all_cases(clinic)] == [CaseState.CLOSED, CaseState.OPEN]
    assert second.anchor == T0 + 200 * MINUTE
    assert second.facts.first_bad == T0 + 60 * MINUTE


async def test_two_open_cases_become_one_when_a_rule_no_longer_parts_them(clinic: Clinic):
    halves = [sparse([(0, 5.0), *((m, 9.0) for m in range(1, 40))]), sparse([(m, 9.0) for m in range(41, 80)])]
    async with clinic.archive.writing() as tx:
        await equipment.unassign(tx, PROBE, T0 + 40 * MINUTE, BY)
        new = NewAssignment(channel=PROBE, equipment="F1", start=T0 + 40 * MINUTE, compartment="cold", position="top")
        await equipment.assign(tx, new, BY)
    await clinic.hear(*halves)
    assert [case.state for case in await all_cases(clinic)] == [CaseState.OPEN]  # the same place: no change at all


async def test_a_good_reading_that_comes_late_splits_a_case(clinic: Clinic):
    await clinic.hear(sparse([(0, 5.0), (1, 9.0), (2, 9.0), (4, 9.0), (5, 9.0), (6, 5.0)]))
    await clinic.hear(sparse([(3, 6.0)]))
    early, late = await all_cases(clinic)
    assert (early.facts.last_bad, late.facts.first_bad) == (T0 + 2 * MINUTE, T0 + 4 * MINUTE)
    assert early.state is late.state is CaseState.CLOSED


async def test_a_case_is_withdrawn_when_nothing_covers_it_and_reopened_when_something_does(clinic: Clinic):
    await clinic.hear(trace_of([5.0] + [9.0] * 30))
    async with clinic.archive.writing() as tx:
        freezer = NewCompartment(
            equipment="F1", name="room", name_zh="室", name_en="room", purpose=Purpose.EMPTY, profile="ambient"
        )
        await equipment.put_compartments(tx, [freezer], BY)
        await equipment.assign(
            tx, NewAssignment(channel=PROBE, equipment="F1", start=T0 - MINUTE, compartment="room"), BY
        )
    await clinic.sweep()
    [case] = await all_cases(clinic)
    assert case.state is CaseState.WITHDRAWN
    assert (await arrows(clinic, case))[-1] == "withdrawn"


async def test_a_past_excursion_is_told_once_as_past(clinic: Clinic):
    await clinic.hear(trace_of([5.0, *[9.0] * 120, 5.0]))
    [case] = await all_cases(clinic)
    assert await arrows(clinic, case) == ["past"]
    async with clinic.archive.reading() as tx:
        alarm = await alarms.alarm_of(tx, case.id)
    assert alarm is not None
    assert (alarm.is_past, alarm.state) == (True, AlarmState.ENDED)


async def test_an_excursion_that_ended_while_we_were_away_does_not_ring_in_the_middle_of_catching_up(clinic: Clinic):
    for hour in range(5):
        values = [9.0] * 60 if 0 < hour < 4 else [5.0] * 60
        await clinic.arrive(trace_of(values, start=T0 + hour * HOUR))
    await clinic.sweep()
    [case] = await all_cases(clinic)
    assert await reasons(clinic, case) == ["opened", "continued", "continued", "ended"]
    assert await arrows(clinic, case) == ["past"]


async def test_a_restart_in_the_middle_changes_nothing(clinic: Clinic):
    await clinic.hear(trace_of([5.0, *[9.0] * 9]))
    again = await clinic.restarted()
    await again.hear(trace_of([9.0] * 10 + [5.0], start=T0 + 10 * MINUTE))
    [case] = await all_cases(again)
    assert (case.facts.first_bad, case.facts.last_bad) == (T0 + MINUTE, T0 + 19 * MINUTE)
    assert case.facts.out_ms == case.facts.last_bad - case.facts.first_bad + 15_000 + 15_000


async def test_doubled_arrivals_change_nothing(clinic: Clinic):
    await clinic.hear(trace_of([5.0, *[9.0] * 9, 5.0]))
    before = await all_cases(clinic)
    await clinic.hear(trace_of([5.0, *[9.0] * 9, 5.0]))
    assert await all_cases(clinic) == before


async def test_silence_after_a_warm_reading_is_no_heat_but_critical(clinic: Clinic):
    clinic.now = T0
    await clinic.hear(trace_of([5.0] * 10 + [9.0]))
    await clinic.sweep(T0 + 12 * HOUR)
    [case] = await all_cases(clinic)
    assert case.facts.out_ms < MINUTE
    [silence] = await silences(clinic)
    assert (silence.severity, silence.subject, silence.start) == (Severity.CRITICAL, "gw-1", T0 + 10 * MINUTE)


async def test_a_silence_ends_with_the_next_reading(clinic: Clinic):
    clinic.now = T0
    await clinic.hear(trace_of([5.0] * 10))
    await clinic.sweep(T0 + 2 * HOUR)
    [silence] = await silences(clinic)
    assert silence.severity is Severity.NOTE
    await clinic.hear(trace_of([5.0], start=T0 + 3 * HOUR))
    assert [seen.subject for seen in await silences(clinic)] == ["gw-1/plug"]  # which never spoke at all
    async with clinic.archive.reading() as tx:
        ended = await cases.last_observation(tx, Kind.SILENCE, "gw-1")
    assert ended is not None
    assert ended.end == T0 + 3 * HOUR


async def test_a_silence_is_remembered_as_out_over_a_restart(clinic: Clinic):
    clinic.now = T0
    await clinic.hear(trace_of([5.0] * 10 + [9.0]))
    again = await clinic.restarted()
    await again.sweep(T0 + HOUR)
    [silence] = await silences(again)
    assert silence.severity is Severity.CRITICAL


async def test_a_dark_gateway_that_said_power_was_lost_is_silent_for_that_cause(clinic: Clinic):
    clinic.now = T0
    await clinic.hear(trace_of([5.0] * 3), trace_of([1.0, 1.0, 0.0], channel=MAINS))
    await clinic.sweep(T0 + HOUR)
    [silence] = await silences(clinic)
    assert silence.detail["cause"] == "power"


async def test_lost_mains_stand_with_a_forecast_and_ring_nobody(clinic: Clinic):
    clinic.now = T0
    await clinic.hear(trace_of([5.0] * 3), trace_of([1.0, 1.0, 0.0], channel=MAINS))
    [lost] = await silences(clinic, Kind.POWER_LOSS)
    assert (lost.subject, lost.start, lost.severity) == ("F1", T0 + 2 * MINUTE, Severity.NOTE)
    assert lost.detail["forecast"]["minutes"] == 120
    assert lost.detail["forecast"]["basis"] == "type figure"
    await clinic.hear(trace_of([0.0, 1.0], start=T0 + 3 * MINUTE, channel=MAINS))
    assert await silences(clinic, Kind.POWER_LOSS) == []
    async with clinic.archive.reading() as tx:
        assert await alarms.unexpanded(tx) == []


async def test_mains_that_were_lost_in_late_data_are_no_observation(clinic: Clinic):
    await clinic.hear(trace_of([1.0], start=T0 + HOUR, channel=MAINS))
    await clinic.hear(trace_of([1.0, 0.0, 1.0], channel=MAINS))
    async with clinic.archive.reading() as tx:
        assert await cases.last_observation(tx, Kind.POWER_LOSS, "F1") is None


async def test_an_excursion_names_its_lots_with_their_doses(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
    await clinic.hear(trace_of([5.0, *[9.0] * 30, 5.0]))
    [case] = await all_cases(clinic)
    assert case.facts.lots_known is LotsKnown.COMPARTMENT
    [share] = case.facts.lots
    assert (share.lot, share.vaccine, share.doses, share.out_ms) == ("L-1", "HepB", 120, case.facts.out_ms)


async def test_a_lot_that_left_in_the_middle_has_its_own_minutes(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
    await clinic.hear(trace_of([5.0, *[9.0] * 30, 5.0]))
    async with clinic.archive.writing() as tx:
        out = NewMovement(lot="L-1", at=T0 + 11 * MINUTE, doses=120, reason=Reason.ISSUED, source=clinic.compartment)
        await lots.move(tx, out, BY)
    await clinic.sweep()
    [case] = await all_cases(clinic)
    [share] = case.facts.lots
    assert share.out_ms == 10 * MINUTE + 15_000
    assert await reasons(clinic, case) == ["opened", "lots"]


async def test_lots_at_the_facility_only_are_said_to_be_so(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        other = NewCompartment(
            equipment="F1", name="spare", name_zh="备", name_en="spare", purpose=Purpose.VACCINE, profile="2-8"
        )
        await equipment.put_compartments(tx, [other], BY)
        await stock(tx, (await equipment.compartment(tx, "F1", "spare")).id)
    await clinic.hear(trace_of([5.0, 9.0, 5.0]))
    [case] = await all_cases(clinic)
    assert case.facts.lots_known is LotsKnown.FACILITY
    assert [share.lot for share in case.facts.lots] == ["L-1"]


async def test_no_lots_never_lower_a_severity(clinic: Clinic):
    clinic.now = T0
    await clinic.hear(trace_of([5.0, *[9.0] * 90]))
    [case] = await all_cases(clinic)
    assert (case.facts.lots_known, case.facts.severity) == (LotsKnown.NO, Severity.CRITICAL)


async def test_moving_a_probe_ends_the_excursion_where_it_was(clinic: Clinic):
    await clinic.hear(trace_of([5.0, *[9.0] * 30]))
    async with clinic.archive.writing() as tx:
        await equipment.unassign(tx, PROBE, T0 + 11 * MINUTE, BY)
    await clinic.sweep()
    [case] = await all_cases(clinic)
    assert (case.state, case.facts.last_bad) == (CaseState.CLOSED, T0 + 10 * MINUTE)
    assert (await reasons(clinic, case))[-1] == "rule_changed"


def feed_of(arrival_position: int, previous: int, trace: Trace, *, bare: bool = False) -> Feed:
    series = None if bare else {trace.channel: block_of(trace)}
    return Feed("main", 7, arrival_position, previous, [], series)


async def test_a_feed_that_continues_is_judged_without_the_store(clinic: Clinic):
    await clinic.hear(trace_of([5.0] * 3))
    chunk, is_broken = clinic.follower.take(
        [feed_of(2, 1, trace_of([9.0], start=T0 + 3 * MINUTE))], clinic.court.judge.goes_on
    )
    assert not is_broken
    await clinic.decide(chunk)
    assert len(await all_cases(clinic)) == 1


async def test_a_feed_with_a_hole_before_it_sends_us_to_the_journal(clinic: Clinic):
    await clinic.hear(trace_of([5.0] * 3))
    await clinic.arrive(trace_of([9.0], start=T0 + 3 * MINUTE))
    later = trace_of([5.0], start=T0 + 4 * MINUTE)
    await clinic.arrive(later)
    chunk, is_broken = clinic.follower.take([feed_of(3, 2, later)], clinic.court.judge.goes_on)
    assert (list(chunk.touches), dict(chunk.cursors), is_broken) == ([], {}, True)
    await clinic.sweep()
    assert len(await all_cases(clinic)) == 1


@pytest.mark.parametrize("case", ["late", "bare"])
async def test_a_feed_with_late_readings_or_none_sends_us_to_the_journal(clinic: Clinic, case: str):
    await clinic.hear(trace_of([5.0] * 3, start=T0 + HOUR))
    feed = feed_of(2, 1, trace_of([9.0]), bare=case == "bare")
    chunk, is_broken = clinic.follower.take([feed], clinic.court.judge.goes_on)
    assert (list(chunk.touches), is_broken) == ([], True)


async def test_what_was_decided_before_is_not_taken_twice(clinic: Clinic):
    trace = trace_of([5.0] * 3)
    await clinic.hear(trace)
    chunk, is_broken = clinic.follower.take([feed_of(1, 0, trace)], clinic.court.judge.goes_on)
    assert (list(chunk.touches), dict(chunk.cursors), is_broken) == ([], {}, False)


async def test_readings_whose_arrival_is_not_reached_are_not_looked_at(clinic: Clinic):
    await clinic.series.write([trace_of([5.0, 9.0, 9.0, 9.0])])
    touches = [Touch(PROBE, Span(T0 + 2 * MINUTE, T0 + 3 * MINUTE)), Touch(PROBE, Span(T0, T0 + MINUTE))]
    await clinic.decide(Chunk(touches))
    [case] = await all_cases(clinic)
    assert case.anchor == T0 + 2 * MINUTE
    assert case.facts.first_bad == T0 + MINUTE


async def test_a_long_journal_is_taken_in_chunks_and_nothing_rings_before_its_end(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("alerting.feed.LINES", 2)
    for hour in range(7):
        await clinic.arrive(trace_of([9.0 if 0 < hour < 6 else 5.0] * 60, start=T0 + hour * HOUR))
    await clinic.sweep()
    [case] = await all_cases(clinic)
    assert (case.anchor, case.state) == (T0 + HOUR, CaseState.CLOSED)
    assert await arrows(clinic, case) == ["past"]


async def test_lost_checkpoints_are_found_again_in_the_readings(clinic: Clinic):
    await clinic.hear(trace_of([5.0, *[9.0] * 30]))
    async with clinic.archive.writing() as tx:
        await tx.execute(delete(tables.Checkpoint))
    again = await clinic.restarted()
    await again.hear(trace_of([9.0, 5.0], start=T0 + 31 * MINUTE))
    [case] = await all_cases(again)
    assert (case.facts.first_bad, case.facts.last_bad) == (T0 + MINUTE, T0 + 31 * MINUTE)


async def test_a_new_channel_is_judged_from_its_first_arrival_on(clinic: Clinic):
    await clinic.hear(trace_of([5.0]))
    channel = "gw-1/new/temperature"
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=channel, equipment="F1", compartment="cold", start=T0), BY)
    await clinic.hear(trace_of([9.0, 9.0], channel=channel))
    [case] = await all_cases(clinic, channel)
    assert case.facts.known_good_before is None


async def test_a_correction_that_is_over_is_felt_by_a_sum_for_as_long_as_it_goes_on(clinic: Clinic):
    ship = Pack("ship", "", "", (Version("1", 0, "", (BY_ID["ship/hot"],)),))  # periods of twenty minutes
    packs = {**load_packs(), "ship": ship}
    site = await clinic_of(clinic.archive, clinic.series, clinic.compartment, rules=["ship"], packs=packs)
    site.now = clinic.now
    await site.hear(trace_of([9.0 if 73 <= minute <= 77 else 5.0 for minute in range(120)]))
    assert await all_cases(site) == []  # two minutes up to 75, and two from there on
    async with clinic.archive.writing() as tx:
        other = NewChoice(pack="who-pqs", equipment="F1", start=T0 + 2 * MINUTE, end=T0 + 12 * MINUTE)
        choice = await rule_choices.choose(tx, other, BY)
    await site.sweep()
    [case] = await all_cases(site)
    assert (case.state, case.facts.first_bad) == (CaseState.CLOSED, T0 + 73 * MINUTE)  # four, from 72 on
    async with clinic.archive.writing() as tx:
        await rule_choices.withdraw_choice(tx, choice.id, BY, await a_correction(tx))
    await site.sweep()
    assert [case.state for case in await all_cases(site)] == [CaseState.WITHDRAWN]
