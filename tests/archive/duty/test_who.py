"""Who is told: the pure part, with each of the ways in which a duty list fails in practice."""

from dataclasses import replace

from coldchain.archive.duty.book import Absence, Address, Holding, InForce, Place, Rota, Shift, Turn
from coldchain.archive.duty.who import Asked, who
from coldchain.archive.duty.words import WayKind
from coldchain.excursion import Severity
from tests.archive.duty.books import (
    CLINIC,
    COUNTY,
    DEPUTY,
    DRIVER,
    KEEPER,
    MANAGER,
    NIGHT,
    NURSE,
    PLACE,
    STORE,
    TOWN,
    ask,
    contact,
    county,
    kinds,
    mobile,
    names,
    policy,
    with_people,
    with_rotas,
)

WARD = replace(PLACE, is_ward=True)
LINE = Address(WayKind.WARD_NIGHT, "+868195550001")
FIXED = Address(WayKind.FIXED, "+868195550002")


def test_where_a_clinic_has_one_nurse_the_county_s_desk_fills_the_tail_and_the_gap_is_named():
    answer = ask(county())
    assert names(answer) == [["李"], ["吴", "郑"]]
    assert [level.after_min for level in answer.levels] == [0, 10]  # nobody is deputy: the desk takes that time
    assert kinds(answer) == ["no_desk", "post_vacant"]


def test_a_call_comes_before_what_wakes_nobody():
    ways = ask(county(), NIGHT).levels[0].people[0].ways
    assert [way.channel for way in ways] == ["voice", "sms", "page"]
    assert not any(way.is_quiet_now for way in ways)


def test_a_critical_alarm_reaches_three_people_and_three_numbers():
    answer = ask(county())
    reached = {
        way.address for level in answer.levels for each in level.people for way in each.ways if way.channel == "voice"
    }
    assert len(reached) == 3


def test_two_people_with_one_number_are_one():
    shared = contact(DEPUTY, "周", CLINIC, mobile(NURSE))
    book = with_people(
        county(holdings=(Holding(NURSE, CLINIC, "keeper", 0), Holding(DEPUTY, CLINIC, "deputy", 0))), shared
    )
    answer = ask(book)
    assert "shared_number" in kinds(answer)
    assert "too_few" in kinds(answer)  # and the county has nobody either
    assert any("1 of 3" in gap.told for gap in answer.gaps)


def test_a_county_of_nobody_answers_with_one_empty_level_and_says_so():
    answer = ask(county(holdings=(), stores=()))
    assert [(level.n, level.people) for level in answer.levels] == [(1, [])]
    assert {"nobody", "too_few", "no_desk"} <= set(kinds(answer))
    assert any("nobody can be told" in gap for gap in answer.levels[0].gaps)


def test_of_a_note_nobody_is_told():
    assert ask(county(), severity=Severity.NOTE).levels == []


def test_a_warning_at_night_is_marked_where_it_would_make_a_sound():
    ways = ask(county(), NIGHT, Severity.WARNING).levels[0].people[0].ways
    assert {way.channel: way.is_quiet_now for way in ways} == {"sms": True, "page": False}
    by_day = ask(county(), severity=Severity.WARNING).levels[0].people[0].ways
    assert not any(way.is_quiet_now for way in by_day)


def test_a_fixed_line_gets_calls_and_no_texts_and_that_is_named():
    answer = ask(with_people(county(), contact(NURSE, "李", CLINIC, FIXED)))
    assert [way.channel for way in answer.levels[0].people[0].ways] == ["voice", "page"]
    assert "fixed_line" in kinds(answer)


def test_whoever_has_no_address_is_named_and_still_has_the_page():
    nobody = replace(contact(NURSE, "李"), addresses=())
    answer = ask(with_people(county(), nobody))
    assert [way.channel for way in answer.levels[0].people[0].ways] == ["page"]
    assert {"no_way", "too_few"} <= set(kinds(answer))


def test_a_number_known_to_be_bad_is_tried_last_and_does_not_count():
    sick = contact(NURSE, "李", CLINIC, mobile(NURSE, bad_since=1), FIXED)
    ways = ask(with_people(county(), sick)).levels[0].people[0].ways
    assert [(way.channel, way.address) for way in ways] == [
        ("voice", FIXED.address), ("page", "1"), ("voice", mobile(NURSE).address), ("sms", mobile(NURSE).address),
    ]  # fmt: skip
    assert "bad_number" in kinds(ask(with_people(county(), sick)))


def test_a_ward_s_night_phone_comes_first_at_night_and_is_silent_by_day():
    book = with_people(county(), contact(DRIVER, "产科", CLINIC, LINE))
    night, day = ask(book, NIGHT, place=WARD), ask(book, place=WARD)
    assert names(night)[0] == ["产科", "李"]
    assert night.levels[0].people[0].ways[0].address == LINE.address
    assert names(day)[0] == ["李"]


def test_a_keeper_who_has_the_night_line_too_is_called_there_first():
    both = contact(NURSE, "李", CLINIC, mobile(NURSE), LINE)
    book = with_people(county(), both)
    assert [way.address for way in ask(book, NIGHT, place=WARD).levels[0].people[0].ways][:2] == [
        LINE.address, mobile(NURSE).address,
    ]  # fmt: skip
    assert LINE.address not in [way.address for way in ask(book, place=WARD).levels[0].people[0].ways]


def test_a_ward_without_a_night_phone_is_a_gap_at_night_alone():
    assert "no_night_phone" in kinds(ask(county(), NIGHT, place=WARD))
    assert "no_night_phone" not in kinds(ask(county(), place=WARD))


def test_the_most_specific_policy_wins_and_only_for_what_it_speaks_of():
    wide = InForce(1, policy({"members": ["deputy?", "desk"]}), region=COUNTY)
    town = InForce(2, policy({"members": ["person:5"]}), region=TOWN)
    fridge = InForce(3, policy({"members": ["person:4"]}), equipment="E1")
    book = county(policies=(wide, town, fridge))
    assert [ask(book).number, ask(book, equipment="E1").number, ask(book, equipment="E2").number] == [2, 3, 2]
    assert ask(book, severity=Severity.WARNING).number is None  # none of them speaks of warnings: the default does
    elsewhere = Place("X", "", ("511900999000", COUNTY))
    assert ask(book, place=elsewhere).number == 1


def test_a_policy_of_a_facility_beats_its_region_and_one_of_everywhere_beats_the_default():
    everywhere, here = InForce(1, policy({"members": ["desk"]})), InForce(2, policy({}), facility=CLINIC)
    assert ask(county(policies=(everywhere, here))).number == 2
    assert ask(county(policies=(everywhere,))).number == 1


def test_a_person_is_said_to_again_only_by_ways_that_a_level_before_had_not():
    ours = policy(
        {"channels": ["sms"]}, {"after_min": 5, "channels": ["sms", "voice"]}, {"after_min": 9, "channels": ["voice"]}
    )
    levels = ask(county(policies=(InForce(1, ours),))).levels
    assert [[way.channel for way in level.people[0].ways] for level in levels[:2]] == [["sms"], ["voice"]]
    assert levels[2].people[0].name == "吴"  # the third had nothing new; the desk follows


def test_an_empty_rota_asks_the_one_behind_it_and_is_named():
    night = Rota(7, "night", otherwise=8)
    day = Rota(8, "day", shifts=(Shift(DRIVER, 0, NIGHT + 1),))
    book = with_rotas(county(policies=(InForce(1, policy({"members": ["rota:7"]})),)), night, day)
    assert names(ask(book, NIGHT))[0] == ["王"]
    alone = with_rotas(county(policies=book.policies), replace(night, otherwise=None))
    assert "rota_empty" in kinds(ask(alone, NIGHT))
    assert names(ask(alone, NIGHT)) == [["吴", "郑"]]  # and the desk is told at once


def test_a_policy_that_loops_ends_where_it_closes():
    ring = (Rota(7, "a", otherwise=8), Rota(8, "b", otherwise=7))
    book = with_rotas(county(policies=(InForce(1, policy({"members": ["rota:7", "keeper"]})),)), *ring)
    answer = ask(book)
    assert names(answer)[0] == ["李"]
    assert "loop" in kinds(answer)


def test_stand_ins_who_stand_in_for_each_other_are_named_and_the_rest_is_told():
    away = (Absence(NURSE, 0, NIGHT * 2, DEPUTY), Absence(DEPUTY, 0, NIGHT * 2, NURSE))
    answer = ask(county(absences=away))
    assert "loop" in kinds(answer)
    assert names(answer) == [["吴", "郑"]]


def test_who_is_away_is_stood_in_for_and_without_anybody_that_is_a_gap():
    covered = ask(county(absences=(Absence(NURSE, 0, NIGHT * 2, DEPUTY),)))
    assert names(covered)[0] == ["周"]
    alone = ask(county(absences=(Absence(NURSE, 0, NIGHT * 2),)))
    assert "absent" in kinds(alone)
    over = ask(county(absences=(Absence(NURSE, 0, 1),)))
    assert names(over)[0] == ["李"]


def test_who_left_and_a_rota_that_was_given_up_are_named():
    gone = with_people(county(), replace(contact(NURSE, "李"), left_at=5))
    assert "gone" in kinds(ask(gone))
    stale = county(policies=(InForce(1, policy({"members": ["rota:9", "person:99", "keeper"]})),))
    assert {"rota_unknown", "gone"} <= set(kinds(ask(stale)))
    assert names(ask(stale))[0] == ["李"]


def test_the_desk_is_its_rota_s_then_whoever_is_on_duty_then_the_store_s():
    book = county(policies=(InForce(1, policy({"members": ["desk"]})),))
    assert names(ask(book))[0][0] == "吴"
    on_duty = replace(book, holdings=(*book.holdings, Holding(KEEPER, STORE, "duty", 0)))
    assert names(ask(on_duty))[0][0] == "郑"
    rota = Rota(7, "desk", region=COUNTY, is_desk=True, turns=tuple(Turn(DRIVER, day, 0, 1440, 0) for day in range(7)))
    assert names(ask(with_rotas(on_duty, rota)))[0][0] == "王"
    assert "no_desk" not in kinds(ask(with_rotas(on_duty, rota)))


def test_an_alarm_of_several_facilities_goes_to_the_desk_of_their_region_or_of_everywhere():
    for place in (Place(lineage=(COUNTY,)), Place()):
        assert names(ask(county(), place=place)) == [["吴", "郑"]]


def test_what_somebody_wants_first_is_tried_first():
    polyglot = contact(NURSE, "李", language="en", channels=("sms",))
    reach = ask(with_people(county(), polyglot)).levels[0].people[0]
    assert ([way.channel for way in reach.ways], reach.language) == (["sms", "voice", "page"], "en")


def test_a_post_is_held_from_to_and_an_optional_one_is_no_gap():
    book = county(holdings=(Holding(NURSE, CLINIC, "keeper", 0, 5), Holding(MANAGER, CLINIC, "keeper", 5)))
    assert names(ask(book))[0] == ["吴"]
    ours = county(policies=(InForce(1, policy({"members": ["keeper", "head?"]})),))
    assert "post_vacant" not in kinds(ask(ours))


def test_who_gives_the_levels_alone():
    assert who(Asked(county(), PLACE, Severity.CRITICAL, NIGHT)) == ask(county(), NIGHT).levels
