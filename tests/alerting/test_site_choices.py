"""What people chose and entered in the archive, as the engine obeys it: packs, occasions, buffers, and what is held."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from alerting import feed, sightings
from alerting.alarms import follow, is_behind
from alerting.excursion import rules
from alerting.excursion.observations import Seen
from alerting.excursion.policy import Loudness, Row
from alerting.excursion.stretch import Stay
from alerting.sightings import News, compare
from alerting.timelines import Timelines
from coldchain.archive import alarms, cases, equipment, holds, lots, occasions, probes, rule_choices, views
from coldchain.archive.audit import By
from coldchain.archive.equipment import NewAssignment, NewCompartment, Purpose
from coldchain.archive.facilities import calendar
from coldchain.archive.facilities.calendar import DayKind, NewCalendarDay
from coldchain.archive.facilities.days import day_of
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.occasions import Hours, NewOccasion, OccasionKind
from coldchain.archive.probes import NewBuffer
from coldchain.archive.rule_choices import NewChoice
from coldchain.excursion import Case, CaseState, Kind, LotsKnown, Severity
from tests.alerting.cast import BY, HOUR, MINUTE, PROBE, SINCE, T0, Clinic, a_correction, clinic_of, stock, trace_of

OWN = ("cn-2017", "watch")  # the site's own packs
COUNTING = (CaseState.OPEN, CaseState.CLOSED)
both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


async def all_cases(clinic: Clinic, channel: str = PROBE) -> list[Case]:
    async with clinic.archive.reading() as tx:
        return await cases.anchored(tx, {channel: (0, 2**60)})


async def counting(clinic: Clinic) -> list[Case]:
    return [case for case in await all_cases(clinic) if case.state in COUNTING]


async def rules_that_count(clinic: Clinic) -> list[str]:
    return sorted(case.facts.rule for case in await counting(clinic))


async def warm_for(clinic: Clinic, minutes: int, celsius: float = 9.5) -> None:
    """In a steady fridge it grows warm at T0, and cold again."""
    before = trace_of([4.0, 4.1] * 15, start=T0 - 30 * MINUTE)
    await clinic.hear(before, trace_of([*[celsius, celsius + 0.1] * (minutes // 2), 5.0, 5.1]))


async def whys(clinic: Clinic, case: Case) -> list[str]:
    async with clinic.archive.reading() as tx:
        alarm = await alarms.alarm_of(tx, case.id)
        assert alarm is not None
        return [row.why for row in await views.transitions(tx, [alarm.id])]


@both
async def test_a_pack_chosen_for_the_fridge_judges_again_what_was_judged(clinic: Clinic):
    await warm_for(clinic, 30)
    assert await rules_that_count(clinic) == ["cn-2017/heat"]
    async with clinic.archive.writing() as tx:
        choice = await rule_choices.choose(
            tx, NewChoice(pack="who-pqs", equipment="F1", start=0), BY, None, await a_correction(tx)
        )
    await clinic.sweep()
    assert await rules_that_count(clinic) == []  # ten hours were not met
    [case] = await all_cases(clinic)
    assert case.state is CaseState.WITHDRAWN
    async with clinic.archive.writing() as tx:
        await rule_choices.withdraw_choice(tx, choice.id, BY, await a_correction(tx))
    await clinic.sweep()
    [again] = await counting(clinic)
    assert (again.id, again.state) == (case.id, CaseState.CLOSED)


async def test_the_compartments_own_choice_goes_before_the_facilitys(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await rule_choices.choose(tx, NewChoice(pack="who-pqs", facility="511900012000", start=0), BY)
        await rule_choices.choose(tx, NewChoice(pack="cdc-vfc", compartment=clinic.compartment, start=0), BY)
    await warm_for(clinic, 30)
    assert {rule.partition("/")[0] for rule in await rules_that_count(clinic)} == {"cdc-vfc"}


async def test_a_vaccines_pack_judges_while_its_doses_are_there_and_cuts_nothing_in_two(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment, at=T0 + 10 * MINUTE)
        await rule_choices.choose(tx, NewChoice(pack="cdc-vfc", vaccine="HepB", start=0), BY)
    await warm_for(clinic, 40)
    by_pack = {case.facts.rule.partition("/")[0]: case for case in await counting(clinic)}
    assert by_pack.keys() == {"cn-2017", "cdc-vfc"}
    assert by_pack["cn-2017"].facts.first_bad == T0
    assert by_pack["cdc-vfc"].facts.first_bad == T0 + 10 * MINUTE
    assert {case.facts.last_bad for case in by_pack.values()} == {T0 + 39 * MINUTE}


async def test_a_pack_that_is_not_loaded_leaves_nothing_unjudged(clinic: Clinic, caplog: pytest.LogCaptureFixture):
    async with clinic.archive.writing() as tx:
        await rule_choices.choose(tx, NewChoice(pack="county-2031", equipment="F1", start=0), BY)
    await warm_for(clinic, 30)
    assert await rules_that_count(clinic) == ["cn-2017/heat"]
    assert "county-2031" in caplog.text


async def test_what_the_compartment_was_for_says_how_loud_it_is(clinic: Clinic):
    await warm_for(clinic, 30)
    assert [case.facts.severity for case in await counting(clinic)] == [Severity.WARNING]
    cold = NewCompartment(
        equipment="F1", name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.EMPTY, profile="2-8"
    )
    async with clinic.archive.writing() as tx:
        await equipment.put_compartments(tx, [cold], BY)
    await clinic.sweep()
    [case] = await counting(clinic)
    assert case.facts.severity is Severity.NOTE
    assert await whys(clinic, case) == ["past"]


async def test_a_correction_of_years_comes_in_slices_to_the_same_end(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed, "SLICE_MS", 7 * MINUTE)
    monkeypatch.setattr(feed, "SLICES", 2)
    for hour in range(3):
        start = T0 + hour * HOUR
        await clinic.hear(trace_of([4.0, 4.1, *[9.5, 9.6] * 10, 4.0, 4.1], start=start))
    before = await all_cases(clinic)
    assert len(before) == 3
    async with clinic.archive.writing() as tx:
        choice = await rule_choices.choose(
            tx, NewChoice(pack="who-pqs", equipment="F1", start=T0 - HOUR), BY, None, await a_correction(tx)
        )
    await clinic.sweep()
    assert {case.state for case in await all_cases(clinic)} == {CaseState.WITHDRAWN}
    async with clinic.archive.writing() as tx:
        await rule_choices.withdraw_choice(tx, choice.id, BY, await a_correction(tx))
    await clinic.sweep()
    after = await counting(clinic)
    assert [(case.id, case.facts) for case in after] == [(case.id, case.facts) for case in before]


async def test_a_session_explains_a_warm_quarter_of_an_hour_and_no_more(clinic: Clinic):
    hours = [Hours(weekday=day, from_min=10 * 60, to_min=12 * 60) for day in range(7)]  # T0 is 10:40 in Shanghai
    async with clinic.archive.writing() as tx:
        await occasions.set_session_hours(tx, "511900012000", hours, BY, start=0)
    await warm_for(clinic, 26)
    [case] = await counting(clinic)
    assert (case.facts.explained, case.facts.severity) == ("session", Severity.NOTE)
    await clinic.hear(trace_of([9.5, 9.6] * 20 + [5.0], start=T0 + HOUR))
    longer = (await counting(clinic))[1]
    assert (longer.facts.explained, longer.facts.severity) == (None, Severity.WARNING)


async def test_a_holiday_entered_afterwards_takes_the_session_s_explanation_away(clinic: Clinic):
    hours = [Hours(weekday=day, from_min=10 * 60, to_min=12 * 60) for day in range(7)]
    async with clinic.archive.writing() as tx:
        await occasions.set_session_hours(tx, "511900012000", hours, BY, start=0)
    await warm_for(clinic, 26)
    assert [case.facts.explained for case in await counting(clinic)] == ["session"]
    async with clinic.archive.writing() as tx:
        new = NewCalendarDay(
            day=day_of(T0), kind=DayKind.HOLIDAY, name="", source="notice", facility="511900012000"
        )  # fmt: skip
        entered = await calendar.enter(tx, new, By("county", clinic.now, "forgotten"))
    await clinic.sweep()
    assert [case.facts.explained for case in await counting(clinic)] == [None]
    async with clinic.archive.writing() as tx:
        await calendar.withdraw(tx, entered.id, By("county", clinic.now, "it was held"))
    await clinic.sweep()
    assert [case.facts.explained for case in await counting(clinic)] == ["session"]


@both
async def test_a_delivery_explains_until_it_is_withdrawn(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment, at=T0 + 5 * MINUTE)
    await warm_for(clinic, 30)
    [case] = await counting(clinic)
    assert (case.facts.explained, case.facts.severity) == ("delivery", Severity.NOTE)
    async with clinic.archive.writing() as tx:
        [movement] = await lots.movements(tx, "L-1")
        await lots.withdraw(tx, movement.id, BY)
    await clinic.sweep()
    [case] = await counting(clinic)
    assert (case.facts.explained, case.facts.severity) == (None, Severity.WARNING)
    assert await whys(clinic, case) == ["past"]


async def test_nothing_explains_frost(clinic: Clinic):
    defrost = NewOccasion(kind=OccasionKind.DEFROST, equipment="F1", start=T0 - HOUR, end=T0 + HOUR)
    async with clinic.archive.writing() as tx:
        await occasions.enter(tx, defrost, BY)
    await warm_for(clinic, 10, celsius=-2.0)
    [case] = await counting(clinic)
    assert (case.facts.explained, case.facts.severity) == (None, Severity.CRITICAL)


async def test_an_approved_buffer_keeps_an_opened_door_from_ringing_and_shows_the_raw_value(clinic: Clinic):
    glycol = NewBuffer(channel=PROBE, tau_s=3600, source="CN-77", approved_by="county", start=0)
    async with clinic.archive.writing() as tx:
        await probes.approve_buffer(tx, glycol, BY)
    await warm_for(clinic, 30)
    [case] = await counting(clinic)
    assert case.facts.severity is Severity.NOTE
    assert (case.facts.extreme_mc, case.facts.out_ms > 29 * MINUTE) == (9600, True)
    assert case.facts.product_mc is not None
    assert 4_100 < case.facts.product_mc < 8_000


async def test_what_policy_holds_is_held(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
    await warm_for(clinic, 70)
    async with clinic.archive.reading() as tx:
        [hold] = await holds.open(tx, None)
    assert (hold.lot, hold.facility, hold.compartment, hold.doses) == ("L-1", "511900012000", clinic.compartment, 120)
    assert hold.since == T0


async def test_lots_that_nobody_recorded_make_nothing_quieter(clinic: Clinic):
    await warm_for(clinic, 70)
    [case] = await counting(clinic)
    assert (case.facts.lots_known, case.facts.severity) == (LotsKnown.NO, Severity.CRITICAL)


async def test_a_door_that_stays_open_is_an_event_of_its_own(clinic: Clinic):
    door = "gw-1/28ff641e/door"
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=door, equipment="F1", start=SINCE), BY)
    await clinic.sweep()
    await clinic.hear(trace_of([0, 0, *[1] * 20, 0], channel=door))
    [case] = await all_cases(clinic, door)
    assert (case.facts.kind, case.facts.severity, case.facts.extreme_mc) == (Kind.DOOR_OPEN, Severity.WARNING, None)
    assert (case.facts.waits_at_night, case.facts.lots) == (True, ())


async def test_a_timeline_is_cut_where_what_judges_it_changes(clinic: Clinic):
    glycol = NewBuffer(
        channel=PROBE, tau_s=600, source="CN-77", approved_by="county", start=T0, end=T0 + 4 * HOUR
    )  # fmt: skip
    async with clinic.archive.writing() as tx:
        await probes.approve_buffer(tx, glycol, BY)
        await rule_choices.choose(tx, NewChoice(pack="who-pqs", equipment="F1", start=T0 + HOUR, end=T0 + 9 * HOUR), BY)
    timelines = Timelines(clinic.court.packs, clinic.court.own)
    async with clinic.archive.reading() as tx:
        await timelines.read(tx, [PROBE])
    stays = timelines[PROBE].stays

    def told(stay: Stay) -> tuple[int, tuple[str, ...] | None, int | None]:
        return (stay.start - T0) // MINUTE, stay.packs, stay.place.buffer_ms

    assert [told(stay) for stay in stays] == [
        (-5, OWN, None),
        (0, OWN, 600_000),
        (60, ("who-pqs", "watch"), 600_000),  # what watches the probe goes on, whatever was chosen
        (240, ("who-pqs", "watch"), None),
        (540, OWN, None),
    ]
    assert {stay.place.type for stay in stays} == {"domestic_fridge"}


async def test_doses_that_came_in_the_middle_have_their_own_share(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
        more = NewMovement(
            lot="L-1", at=T0 + 30 * MINUTE, doses=20, reason=Reason.RECEIVED, target=clinic.compartment
        )  # fmt: skip
        await lots.move(tx, more, BY)
    await warm_for(clinic, 70)
    [case] = await counting(clinic)
    assert [share.doses for share in case.facts.lots] == [140]


# ── What is to change tomorrow changes nothing today ──


async def going_on(clinic: Clinic) -> list[tuple[CaseState, Severity]]:
    return [(case.state, case.facts.severity) for case in await counting(clinic)]


async def live(clinic: Clinic, minutes: int) -> None:
    """The newest reading is warm, and just arrived."""
    clinic.now = T0 + minutes * MINUTE
    await clinic.hear(trace_of([4.0, *[9.5, 9.6] * (minutes // 2)]))


async def test_an_approval_until_next_year_ends_no_excursion_today(clinic: Clinic):
    later = NewBuffer(channel=PROBE, tau_s=60, source="CN-77", approved_by="county", start=0, end=T0 + 9_000 * HOUR)
    async with clinic.archive.writing() as tx:
        await probes.approve_buffer(tx, later, BY)
    await live(clinic, 90)
    assert await going_on(clinic) == [(CaseState.OPEN, Severity.CRITICAL)]


async def test_a_probe_that_is_moved_tomorrow_is_still_where_it_is(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await equipment.unassign(tx, PROBE, T0 + 24 * HOUR, BY)
    await live(clinic, 90)
    [before] = await counting(clinic)
    assert before.state is CaseState.OPEN
    await clinic.sweep(T0 + 24 * HOUR - 10)
    assert [case.state for case in await counting(clinic)] == [CaseState.OPEN]
    await clinic.sweep(T0 + 24 * HOUR + 10)
    [after] = await counting(clinic)
    assert (after.id, after.state) == (before.id, CaseState.CLOSED)


async def test_what_ended_while_alerting_was_away_is_found_at_its_start(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await equipment.unassign(tx, PROBE, T0 + 24 * HOUR, BY)
    await live(clinic, 90)
    again = await clinic.restarted()
    again.now = T0 + 25 * HOUR
    again.court.timelines.reach(again.now)
    await again.decide(await again.follower.opened())
    assert [case.state for case in await counting(again)] == [CaseState.CLOSED]


async def test_ice_packs_that_turn_out_to_be_vaccine_wait_for_no_morning(clinic: Clinic):
    """As loud as before, and people slept: now they are told; that they may sleep after all is told to nobody."""
    packs = Row(
        frozenset({Kind.HEAT}), frozenset({"2-8"}), frozenset({"ice_packs"}), 20 * MINUTE, Severity.WARNING,
        waits_at_night=True,
    )  # fmt: skip
    policy = clinic.court.policy
    clinic.court = replace(clinic.court, policy=replace(policy, rows=(*policy.rows, packs)))
    clinic.now = T0 + 40 * MINUTE
    told: list[tuple[Severity, bool, list[str]]] = []
    for purpose in (Purpose.ICE_PACKS, Purpose.VACCINE, Purpose.ICE_PACKS):
        cold = NewCompartment(
            equipment="F1", name="cold", name_zh="冷藏室", name_en="cold", purpose=purpose, profile="2-8"
        )  # fmt: skip
        async with clinic.archive.writing() as tx:
            await equipment.put_compartments(tx, [cold], BY)
        await clinic.sweep()
        if not told:
            await clinic.hear(trace_of([5.0] + [9.0] * 40))
        [case] = await counting(clinic)
        async with clinic.archive.reading() as tx:
            alarm = await alarms.alarm_of(tx, case.id)
            assert not await is_behind(tx)
        assert alarm is not None
        told.append((alarm.severity, alarm.waits_at_night, await whys(clinic, case)))
    assert told == [
        (Severity.WARNING, True, ["raised"]),
        (Severity.WARNING, False, ["raised", "worsened"]),
        (Severity.WARNING, True, ["raised", "worsened"]),
    ]


async def test_lost_mains_that_can_wait_no_longer_are_told_once_more(clinic: Clinic):
    """They were left for the morning; then the forecast says that the limit is near."""
    waits, urgent = Loudness(Severity.WARNING, waits_at_night=True), Loudness(Severity.WARNING)
    lost = Seen(Kind.POWER_LOSS, "F1", T0, waits, equipment="F1")
    async with clinic.archive.writing() as tx:
        await sightings.write(tx, News(new=[lost]), T0)
        assert await follow(tx, T0 + 8 * HOUR) == 1
        [known] = await cases.open_observations(tx, Kind.POWER_LOSS)
        news = compare([replace(lost, loudness=urgent)], [known], lambda _: None)
        await sightings.write(tx, news, T0 + 9 * HOUR)
        assert [await follow(tx, T0 + 9 * HOUR) for _ in range(2)] == [1, 0]
        [_, (last, alarm)] = await alarms.unexpanded(tx)
    assert (last.why, alarm.severity, alarm.waits_at_night) == ("worsened", Severity.WARNING, False)


@both
async def test_a_version_with_as_long_a_name_as_a_pack_may_give_it_judges(clinic: Clinic, tmp_path: Path):
    name = "the-prefecture-s-own-of-2026.".ljust(64, "x")
    shipped = (rules.SHIPPED / "cn-2017.toml").read_text()
    path = tmp_path / "county.toml"
    path.write_text(re.sub('(?m)^version = ".*"', f'version = "{name}"', shipped).replace('"cn-2017"', '"county"', 1))
    packs = rules.load_packs([str(path)])
    again = await clinic_of(clinic.archive, clinic.series, clinic.compartment, rules=["county", "watch"], packs=packs)
    again.now = clinic.now
    await warm_for(again, 30)
    assert {case.facts.rule_version for case in await counting(again)} == {name}
