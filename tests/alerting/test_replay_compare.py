"""Two runs over the same readings: what is new, gone, changed and the same, whatever the rules are called."""

from alerting.replay.compare import compare
from coldchain.excursion import Kind, Severity
from tests.alerting.replay_cast import case


def test_the_same_excursions_are_only_counted():
    run = [case("a", 0, 10), case("b", 0, 10)]
    compared = compare(run, list(run))
    assert (compared.new, compared.gone, compared.changed, compared.same) == ([], [], [], 2)


def test_a_change_names_the_fields_that_differ():
    before, after = case("a", 0, 10), case("a", 0, 10, severity=Severity.CRITICAL, extreme_mc=9500)
    [change] = compare([before], [after]).changed
    assert change.fields == {"severity": ("warning", "critical"), "extreme_c": (9.0, 9.5)}


def test_two_packs_are_compared_by_what_they_say_not_by_their_names():
    compared = compare([case("a", 0, 10)], [case("a", 0, 10, rule="who-pqs/heat")])
    assert (compared.changed, compared.same) == ([], 1)


def test_what_only_one_of_them_has_is_new_or_gone():
    compared = compare([case("a", 0, 10)], [case("a", 20, 30), case("b", 0, 10)])
    assert [(lone.case.channel, lone.case.anchor, lone.within) for lone in compared.new] == [
        ("a", case("a", 20, 30).anchor, None),
        ("b", case("b", 0, 10).anchor, None),
    ]
    assert [lone.case.channel for lone in compared.gone] == ["a"]


def test_another_kind_at_the_same_time_is_another_excursion():
    compared = compare([case("a", 0, 10)], [case("a", 0, 10, kind=Kind.CUMULATIVE_HEAT)])
    assert (len(compared.new), len(compared.gone)) == (1, 1)


def test_what_is_split_says_in_what_it_lies():
    whole = case("a", 0, 60)
    compared = compare([whole], [case("a", 0, 20), case("a", 25, 60)])
    [change], [lone] = compared.changed, compared.new
    assert change.after.anchor == case("a", 25, 60).anchor  # the greater part
    assert (lone.case.anchor, lone.within) == (whole.anchor, whole.id)


def test_what_is_joined_says_in_what_it_lies():
    whole = case("a", 0, 60)
    [lone] = compare([case("a", 0, 20), case("a", 25, 60)], [whole]).gone
    assert lone.within == whole.id


def test_the_very_same_rule_is_preferred_to_a_greater_overlap():
    before = [case("a", 0, 30, rule="p/single"), case("a", 0, 60, rule="p/long")]
    after = [case("a", 0, 60, rule="p/single"), case("a", 0, 30, rule="p/long")]
    changed = compare(before, after).changed
    assert [(change.before.facts.rule, change.after.facts.rule) for change in changed] == [
        ("p/single",) * 2,
        ("p/long",) * 2,
    ]


def test_excursions_that_only_touch_are_one():
    compared = compare([case("a", 0, 10)], [case("a", 10, 20)])
    assert (len(compared.changed), compared.new, compared.gone) == (1, [], [])
