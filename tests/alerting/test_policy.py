"""The county's policy: patience, severity, night, hold, occasions and the product's own temperature; read strictly."""

from dataclasses import replace
from pathlib import Path

import pytest

from alerting.excursion import policy as policies
from alerting.excursion.occasions import Occasion
from alerting.excursion.policy import Loudness, Policy, load_policy
from alerting.excursion.rules import load_pack
from alerting.excursion.stretch import Place, Stay, stretches_of
from alerting.excursion.verdicts import End, Verdict, judge
from coldchain.archive import doubtful
from coldchain.errors import BadInput
from coldchain.excursion import Certainty, Kind, Severity
from tests.alerting.cast import HOUR, MINUTE, PROBE, T0, sparse, trace_of

PACKS = {name: load_pack(name) for name in ("cn-2017", "ultra-cold", "watch")}
DEFAULT, WHO = load_policy("default"), load_policy("who")
NOTE, WARNING, CRITICAL = Severity.NOTE, Severity.WARNING, Severity.CRITICAL


PLACE = Place(MINUTE, "2-8")


def verdict_of(minutes: int, value: float = 9.0, good: float = 5.0, place: Place = PLACE) -> Verdict:
    """An excursion that is out for so long, as the readings of a probe tell it."""
    stretches = stretches_of([Stay(place, 0, None)], PACKS, ["cn-2017", "ultra-cold"])
    return judge(stretches, trace_of([good] + [value] * (minutes + 1)))[0]


def event(kind: Kind, minutes: float, place: Place = PLACE) -> Verdict:
    """An event of a kind that has lasted so long."""
    run_ms = round(minutes * MINUTE)
    return Verdict(
        channel=PROBE, rule="test/rule", version="1", kind=kind, place=place, certainty=Certainty.CERTAIN, end=End.OPEN,
        known_good_before=T0, first_bad=T0 + MINUTE, last_bad=T0 + MINUTE + run_ms, known_good_after=None,
        extreme_mc=9000 if kind.is_temperature else None, run_ms=run_ms, out_ms=run_ms, unknown_ms=0,
        unknown_before_ms=0, degree_ms=0, mkt_mc=None,
    )  # fmt: skip


def severity(verdict: Verdict, policy: Policy = DEFAULT) -> Severity:
    return policy.loudness(verdict).severity


@pytest.mark.parametrize(
    ("minutes", "value", "expected"),
    [
        (19, 9.0, NOTE),
        (20, 9.0, WARNING),
        (59, 9.0, WARNING),
        (60, 9.0, CRITICAL),
        (10, 15.0, NOTE),
        (10, 15.001, CRITICAL),
        (9, 1.9, NOTE),
        (10, 1.9, WARNING),
        (2, -0.1, CRITICAL),
        (1, -0.1, NOTE),
        (2, 0.0, NOTE),
    ],
)
def test_patience_is_met_at_its_last_minute(minutes: int, value: float, expected: Severity):
    loudness = DEFAULT.loudness(verdict_of(minutes, value))
    assert (loudness.severity, loudness.certainty) == (expected, Certainty.CERTAIN)


@pytest.mark.parametrize(
    ("minutes", "value", "is_held"),
    [(59, 9.0, False), (60, 9.0, True), (2, -0.1, True), (600, 1.9, False), (10, 15.5, False)],
)
def test_what_may_have_harmed_a_lot_holds_it(minutes: int, value: float, is_held: bool):
    assert DEFAULT.loudness(verdict_of(minutes, value)).is_held is is_held


@pytest.mark.parametrize(
    ("profile", "value", "minutes", "expected"),
    [
        ("frozen", -10.0, 59, NOTE),
        ("frozen", -10.0, 60, WARNING),
        ("frozen", -10.0, 240, CRITICAL),
        ("frozen", 0.001, 30, CRITICAL),
        ("ultra-cold", -50.0, 30, WARNING),
        ("ultra-cold", -50.0, 120, CRITICAL),
        ("ultra-cold", -91.0, 240, WARNING),
    ],
)
def test_freezers_have_patience_of_their_own(profile: str, value: float, minutes: int, expected: Severity):
    good = -20.0 if profile == "frozen" else -70.0
    assert severity(verdict_of(minutes, value, good, replace(PLACE, profile=profile))) is expected


@pytest.mark.parametrize("purpose", ["ice_packs", "empty"])
def test_what_holds_no_vaccine_is_noted(purpose: str):
    assert severity(verdict_of(600, place=replace(PLACE, purpose=purpose))) is NOTE


def test_packs_that_thaw_for_half_a_day_are_told_in_the_morning():
    freezer = Place(MINUTE, "ice-packs", purpose="ice_packs")
    stretches = stretches_of([Stay(freezer, 0, None)], PACKS, ["watch"])
    [one] = judge(stretches, trace_of([-12.0] + [1.0] * 721))
    assert DEFAULT.loudness(one) == Loudness(WARNING, waits_at_night=True)
    assert judge(stretches, trace_of([-12.0] + [1.0] * 720)) == []


def test_an_alarm_by_unknown_time_alone_is_only_possible_and_holds_nothing():
    stretches = stretches_of([Stay(PLACE, 0, None)], PACKS, ["cn-2017"])
    [one] = judge(stretches, sparse([(0, 5.0), (1, 9.0), (90, 9.0)]))
    assert DEFAULT.loudness(one) == Loudness(CRITICAL, Certainty.POSSIBLE, is_held=False)


def test_the_silence_before_a_warm_reading_rings_nobody():
    stretches = stretches_of([Stay(PLACE, 0, None)], PACKS, ["cn-2017"])
    [one] = judge(stretches, sparse([(0, 5.0), (600, 9.0)]))
    assert one.unknown_ms == 10 * HOUR
    assert severity(one) is NOTE


def test_ten_hours_at_eight_degrees_are_no_chinese_default():
    rows = [r for r in DEFAULT.rows if Kind.HEAT in r.kinds and {"2-8"} <= r.profiles and "vaccine" in r.purposes]
    assert rows
    assert max(row.after_ms for row in rows) < 10 * HOUR


@pytest.mark.parametrize(
    ("minutes", "value", "expected"),
    [(599, 9.0, NOTE), (600, 9.0, CRITICAL), (59, -0.5, NOTE), (60, -0.5, CRITICAL), (600, -0.499, NOTE)],
)
def test_the_example_of_who_has_the_patience_of_its_devices(minutes: int, value: float, expected: Severity):
    assert severity(verdict_of(minutes, value), WHO) is expected


@pytest.mark.parametrize("policy", [DEFAULT, WHO], ids=lambda policy: policy.name)
@pytest.mark.parametrize("kind", [Kind.HEAT, Kind.FREEZE])
def test_no_shipped_policy_leaves_vaccine_without_an_alarm(policy: Policy, kind: Kind):
    long = replace(event(kind, 24 * 60), extreme_mc=30_000 if kind is Kind.HEAT else -10_000)
    assert policy.loudness(long) == Loudness(CRITICAL, is_held=True)


@pytest.mark.parametrize("path", sorted(policies.SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_policy_is_sound(path: Path):
    assert load_policy(path.stem).name == path.stem


# ── Watch events ──


@pytest.mark.parametrize(
    ("kind", "minutes", "expected"),
    [
        (Kind.DISCONNECTED, 600, Loudness(NOTE)),  # its channel is silent, and that is told
        (Kind.SILENCE, 239, Loudness(NOTE)),
        (Kind.SILENCE, 240, Loudness(WARNING)),
        (Kind.FLAT_LINE, 720, Loudness(WARNING, waits_at_night=True)),
        (Kind.SPIKE, 0, Loudness(NOTE)),
        (Kind.DOOR_OPEN, 15, Loudness(WARNING, waits_at_night=True)),
        (Kind.POWER_LOSS, 60, Loudness(NOTE)),
        (Kind.POWER_LOSS, 480, Loudness(WARNING, waits_at_night=True)),
        (Kind.CUMULATIVE_HEAT, 600, Loudness(WARNING, is_held=True)),
        (Kind.MEAN_KINETIC_HEAT, 1440, Loudness(NOTE)),
    ],
)
def test_an_event_is_as_loud_as_its_row_says(kind: Kind, minutes: float, expected: Loudness):
    assert DEFAULT.loudness(event(kind, minutes)) == expected


def test_at_the_same_loudness_one_row_that_tells_wakes_people():
    policy = replace(DEFAULT, rows=(*DEFAULT.rows, replace(DEFAULT.rows[0], kinds=frozenset({Kind.DOOR_OPEN}))))
    assert policy.loudness(event(Kind.DOOR_OPEN, 20)) == Loudness(WARNING)


def test_a_sum_that_only_unknown_time_fills_holds_nothing():
    one = replace(event(Kind.CUMULATIVE_HEAT, 500), certainty=Certainty.POSSIBLE)
    assert DEFAULT.loudness(one) == Loudness(WARNING, Certainty.POSSIBLE)


# ── Observations ──


def test_silence_grows_louder_and_is_critical_after_an_exceedance():
    def loud(minutes: float, *, is_out: bool = False) -> Loudness | None:
        return DEFAULT.loudness_of(Kind.SILENCE, round(minutes * MINUTE), is_out=is_out)

    assert loud(29, is_out=True) is None
    assert loud(30) == Loudness(NOTE)
    assert loud(239) == Loudness(NOTE)
    assert loud(240) == Loudness(WARNING)
    assert loud(30, is_out=True) == Loudness(CRITICAL)


@pytest.mark.parametrize(
    ("minutes", "lead", "expected"),
    [
        (0, None, Loudness(NOTE)),
        (29, 10, Loudness(NOTE)),
        (30, 121, Loudness(NOTE)),
        (30, 120, Loudness(WARNING)),
        (30, 0, Loudness(WARNING)),
        (479, None, Loudness(NOTE)),
        (480, None, Loudness(WARNING, waits_at_night=True)),
        (480, 60, Loudness(WARNING)),
    ],
)
def test_lost_mains_are_as_loud_as_the_time_that_is_left(minutes: int, lead: int | None, expected: Loudness):
    lead_ms = None if lead is None else lead * MINUTE
    assert DEFAULT.loudness_of(Kind.POWER_LOSS, minutes * MINUTE, lead_ms=lead_ms) == expected


@pytest.mark.parametrize(
    "kind",
    [
        Kind.SPOOL_NEARLY_FULL,
        Kind.CLOCK_LOST,
        Kind.CLOCK_WRONG,
        Kind.OFFSET_SET,
        Kind.CALIBRATION_EXPIRED,
        Kind.BATTERY_LOW,
        Kind.DRIFT,
    ],
)
def test_what_can_wait_for_the_morning_does(kind: Kind):
    assert DEFAULT.loudness_of(kind, 48 * HOUR) == Loudness(WARNING, waits_at_night=True)


def test_a_forecast_calls_nobody_before_it_has_proved_itself():
    assert DEFAULT.loudness_of(Kind.FORECAST, 0, lead_ms=MINUTE) == Loudness(NOTE)


def test_after_an_exceedance_no_row_makes_a_silence_quieter_or_lets_people_sleep():
    asleep = tuple(replace(row, waits_at_night=True, severity=CRITICAL) for row in DEFAULT.rows)
    quiet = replace(DEFAULT, rows=asleep, silence_while_out=WARNING)
    assert quiet.loudness_of(Kind.SILENCE, 5 * HOUR) == Loudness(CRITICAL, waits_at_night=True)
    assert quiet.loudness_of(Kind.SILENCE, 5 * HOUR, is_out=True) == Loudness(CRITICAL, waits_at_night=True)
    loud = replace(quiet, silence_while_out=CRITICAL)
    assert loud.loudness_of(Kind.SILENCE, 5 * HOUR, is_out=True) == Loudness(CRITICAL)


def test_an_exceedance_makes_nothing_but_a_silence_louder():
    assert DEFAULT.loudness_of(Kind.DRIFT, 0, is_out=True) == DEFAULT.loudness_of(Kind.DRIFT, 0)


def test_what_is_seen_of_a_device_is_taken_to_concern_vaccine():
    spare = tuple(replace(row, purposes=frozenset({"empty"})) for row in DEFAULT.rows)
    assert replace(DEFAULT, rows=spare).loudness_of(Kind.BATTERY_LOW, 48 * HOUR) == Loudness(NOTE)


def test_a_kind_that_the_policy_never_names_is_a_note():
    assert WHO.loudness_of(Kind.CALIBRATION_EXPIRED, 0) == Loudness(NOTE)


# ── Occasions ──

SESSION = Occasion("session", T0 + 30 * MINUTE, T0 + 90 * MINUTE)


def warm(at: int, minutes: int, value: float = 9.0) -> Verdict:
    """An excursion that begins so many minutes after the hour."""
    return begun(at, verdict_of(minutes, value))


def begun(at: int, verdict: Verdict) -> Verdict:
    first = T0 + at * MINUTE
    return replace(verdict, first_bad=first, last_bad=first + verdict.run_ms)


@pytest.mark.parametrize(
    ("at", "minutes", "value", "explained"),
    [
        (40, 25, 9.0, "session"),
        (15, 25, 9.0, "session"),
        (14, 25, 9.0, None),
        (105, 25, 9.0, "session"),
        (106, 25, 9.0, None),
        (40, 30, 9.0, "session"),
        (40, 31, 9.0, None),
        (40, 25, 12.0, "session"),
        (40, 25, 12.001, None),
    ],
)
def test_an_occasion_explains_within_its_own_limit_and_end(at: int, minutes: int, value: float, explained: str | None):
    one = warm(at, minutes, value)
    assert DEFAULT.loudness(one).severity is not NOTE
    loudness = DEFAULT.loudness(one, [SESSION])
    assert loudness.explained == explained
    assert loudness == (Loudness(NOTE, explained=explained) if explained else DEFAULT.loudness(one))


def test_unknown_time_inside_counts_towards_the_end_of_an_explanation():
    one = replace(warm(40, 25), unknown_ms=6 * MINUTE)
    assert DEFAULT.loudness(one, [SESSION]).explained is None
    before = replace(one, unknown_before_ms=6 * MINUTE)
    assert DEFAULT.loudness(before, [SESSION]).explained == "session"


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.HEAT}))
def test_nothing_but_heat_is_ever_explained(kind: Kind):
    one = replace(event(kind, 20), first_bad=SESSION.start)
    everything = [replace(SESSION, kind=each.kind) for each in DEFAULT.explanations]
    assert DEFAULT.loudness(one, everything) == DEFAULT.loudness(one)


def test_a_session_explains_nothing_in_a_freezer():
    one = begun(40, verdict_of(25, -10.0, -20.0, replace(PLACE, profile="frozen")))
    assert DEFAULT.loudness(one, [SESSION]).explained is None
    assert DEFAULT.loudness(one, [replace(SESSION, kind="defrost")]).explained == "defrost"


def test_a_delivery_that_is_written_down_afterwards_explains_all_the_same():
    assert DEFAULT.loudness(warm(0, 40), [Occasion("delivery", T0 + HOUR, T0 + HOUR)]).explained == "delivery"


def test_a_policy_without_occasions_explains_nothing():
    assert WHO.loudness(warm(40, 25), [SESSION]).explained is None


# ── The product's own temperature ──

APPROVED = replace(PLACE, buffer_ms=10 * MINUTE)


def buffered(place: Place, product_minutes: int, product_mc: int, value: float = 16.0) -> Verdict:
    """Twenty-five minutes out in the air, and what the product felt of it."""
    raw = verdict_of(25, value, place=place)
    return replace(raw, product_run_ms=product_minutes * MINUTE, product_mc=product_mc)


def test_a_product_that_stayed_cold_delays_an_alarm_where_that_is_approved():
    assert severity(buffered(APPROVED, 0, 7_000)) is NOTE
    assert severity(buffered(APPROVED, 20, 9_000)) is WARNING
    assert severity(buffered(APPROVED, 10, 15_001)) is CRITICAL


def test_without_an_approval_the_raw_reading_rings():
    assert severity(buffered(PLACE, 0, 7_000)) is CRITICAL


def test_no_buffer_delays_an_alarm_of_frost():
    assert severity(buffered(APPROVED, 0, 4_000, -0.5)) is CRITICAL


def test_the_engine_s_own_product_temperature_delays_a_short_opening():
    """Twelve minutes at 25 °C in the air, and a bottle that takes an hour and a half."""
    air = trace_of([5.0] * 5 + [25.0] * 13 + [5.0] * 5)
    loud = []
    for buffer_ms in (None, 90 * MINUTE):
        place = replace(PLACE, buffer_ms=buffer_ms)
        [one] = judge(stretches_of([Stay(place, 0, None)], PACKS, ["cn-2017"]), air)
        loud.append(severity(one))
    assert loud == [CRITICAL, NOTE]


# ── Read strictly ──

HEAD = 'policy = "mine"\nsilence_while_out = "critical"\n'
HEAT = '[[when]]\nkinds = ["heat"]\npurposes = ["vaccine"]\nafter_min = 20\nseverity = "warning"\n'
POWER = '[[when]]\nkinds = ["power_loss"]\nafter_min = 20\nseverity = "warning"\n'
PARTY = '[[occasion]]\nkind = "session"\nlimit_c = 12.0\nmost_min = 30\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAT.replace('"warning"', '"loud"'), 7, "severity: 'loud' is unknown; use one of note, warning, critical"),
        (
            HEAT.replace('"heat"', '"warmth"'),
            4,
            "kinds: ['warmth'] is no list of known words; choose from heat, freeze",
        ),
        (HEAT.replace('"vaccine"', '"lunch"'), 5, "purposes: ['lunch'] is no list of known words"),
        (HEAT.replace("20", "-1"), 6, "after_min: is negative; write 0 or more minutes"),
        (HEAT.replace("after_min = 20\n", ""), 3, "after_min: is missing; write it"),
        (HEAT + "louder = true\n", 8, "louder: is unknown here; use kinds, profiles"),
        (HEAT + 'at_night = "wait"\n', 8, 'at_night: heat of vaccine cannot wait; write "tell"'),
        (HEAT + 'at_night = "sleep"\n', 8, "at_night: 'sleep' is unknown; use one of tell, wait"),
        (HEAT + "hold = 1\n", 8, "hold: 1 is neither true nor false"),
        (HEAT.replace('"warning"', '"note"') + "hold = true\n", 8, "hold: nobody would be told"),
        (HEAT.replace('"vaccine"', '"empty"') + "hold = true\n", 8, "hold: only temperatures of vaccine hold lots"),
        (HEAT + "lead_min = 3\n", 8, "lead_min: nothing is forecast of heat; name forecast, power_loss alone"),
        (HEAT + HEAT, 11, "after_min: another row has the same kind and thresholds"),
        (HEAT + HEAT.replace('["heat"]', '["freeze", "heat"]'), 11, "after_min: another row"),
        (POWER + "worse_than_c = 3\n", 7, "worse_than_c: power_loss has no temperature"),
        (POWER + 'profiles = ["2-8"]\n', 7, "profiles: power_loss is seen of a device, not of a compartment"),
        (POWER + 'purposes = ["vaccine"]\n', 7, "purposes: power_loss is seen of a device"),
        (POWER + "hold = true\n", 7, "hold: only temperatures of vaccine hold lots"),
        ('[[when]]\nafter_min = 0\nat_night = "wait"\nseverity = "note"\n', 5, "of vaccine cannot wait"),
        ("", 1, "when: is no list of tables; write at least 1 [[when]]"),
        (HEAT + PARTY.replace("session", "freeze"), 9, "kind: 'freeze' is unknown; use one of session, delivery"),
        (HEAT + PARTY.replace("12.0", "-0.5"), 10, "limit_c: -0.5 is not warmer than 2-8, and cold is never explained"),
        (HEAT + PARTY.replace("12.0", "8.0"), 10, "limit_c: 8 is not warmer than 2-8"),
        (HEAT + PARTY + 'profiles = ["2-8", "frozen"]\n' + PARTY, 14, "kind: session is there twice for one profile"),
        (HEAT + PARTY.replace("30", "0"), 11, "most_min: 0 explains nothing"),
        (HEAT + PARTY + "before_min = -1\n", 12, "before_min: is negative"),
        (
            HEAT + PARTY + "before_min = 120\n",
            12,
            "before_min: 120 is further than an occasion is looked for; write less than 120",
        ),
        (HEAT + PARTY + "after_min = 180.5\n", 12, "after_min: 180.5 is further than an occasion is looked for"),
        (HEAT + PARTY + 'profiles = ["ambient"]\n', 12, "profiles: ['ambient'] is no list of known words"),
        (HEAT + PARTY + 'kinds = ["freeze"]\n', 12, "kinds: is unknown here; use kind, profiles, limit_c"),
        (HEAT + 'power_loss = "note"\n', 8, "power_loss: is unknown here"),
    ],
)
def test_a_wrong_policy_is_refused_by_line(tmp_path: Path, text: str, line: int, words: str):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + text)
    with pytest.raises(BadInput) as caught:
        load_policy(str(path))
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_an_occasion_may_reach_almost_as_far_as_it_is_looked_for(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + HEAT + PARTY + "before_min = 119.999\nafter_min = 119.999\n")
    [one] = load_policy(str(path)).explanations
    assert one.before_ms == one.after_ms == policies.REACH_MS - 60


def test_what_an_occasion_may_explain_is_judged_again_when_it_is_entered():
    assert policies.REACH_MS == doubtful.AROUND_MS


def test_rows_that_meet_at_no_event_are_good_neighbours(tmp_path: Path):
    path = tmp_path / "mine.toml"
    others = (HEAT.replace('"vaccine"', '"empty"'), HEAT.replace("heat", "freeze"), HEAT + "worse_than_c = 15.0\n")
    path.write_text(HEAD + HEAT + "".join(others) + POWER + POWER + "lead_min = 60\n" + PARTY)
    policy = load_policy(str(path))
    assert (len(policy.rows), len(policy.explanations)) == (6, 1)


def test_what_holds_no_vaccine_may_wait_for_the_morning(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + HEAT.replace('"vaccine"', '"ice_packs"') + 'at_night = "wait"\n')
    assert [row.waits_at_night for row in load_policy(str(path)).rows] == [True]


def test_an_unknown_policy_lists_those_there_are():
    with pytest.raises(BadInput, match="use one of default, who, or name a"):
        load_policy("mine")


def test_a_door_is_not_feared_to_have_been_open_while_nothing_is_known():
    door = replace(event(Kind.DOOR_OPEN, 4), certainty=Certainty.POSSIBLE, unknown_ms=600 * MINUTE)
    assert severity(door) is NOTE
    warm = replace(event(Kind.HEAT, 4), certainty=Certainty.POSSIBLE, unknown_ms=600 * MINUTE)
    assert severity(warm) is Severity.CRITICAL


def test_what_is_known_to_have_lasted_is_held_though_the_packs_own_patience_is_only_possible():
    possible = replace(event(Kind.HEAT, 70), certainty=Certainty.POSSIBLE, unknown_ms=600 * MINUTE)
    assert DEFAULT.loudness(possible).is_held
    assert not DEFAULT.loudness(replace(event(Kind.HEAT, 50), unknown_ms=600 * MINUTE)).is_held
    summed = replace(event(Kind.CUMULATIVE_HEAT, 30), certainty=Certainty.POSSIBLE)
    assert not DEFAULT.loudness(summed).is_held
