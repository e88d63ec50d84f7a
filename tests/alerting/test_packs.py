"""Rule packs: read strictly, each complaint with file, line and cure; and every shipped rule shown on two small traces."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from alerting.excursion import rules
from alerting.excursion.rules import Operator, Pack, Rule, load_pack
from alerting.excursion.stretch import Place, Stay, stretches_of
from alerting.excursion.verdicts import Verdict, judge
from coldchain.errors import BadInput
from coldchain.excursion import Certainty, Kind
from coldchain.reading import Fault, Quantity, Trace
from tests.alerting.cast import HOUR, MINUTE, PROBE, T0, Value, trace_of

SHIPPED = {path.stem: load_pack(path.stem) for path in sorted(rules.SHIPPED.glob("*.toml"))}
EVERY_PACK = pytest.mark.parametrize("pack", SHIPPED.values(), ids=lambda pack: pack.name)
HEAD = """pack = "mine"
title_zh = "我"
title_en = "mine"

[[version]]
version = "1"
valid_from = 2026-01-01T00:00:00Z
source = "a letter"
"""
HOT = """
[[version.rule]]
name = "heat"
kind = "heat"
profile = "2-8"
operator = ">"
limit_c = 8.0
"""
COLD = HOT.replace("heat", "cold").replace('"cold"\nprofile', '"freeze"\nprofile').replace('">"', '"<"')


def rules_in(pack: Pack) -> list[Rule]:
    return [rule for version in pack.versions for rule in version.rules]


def rule_of(pack: str, name: str) -> Rule:
    [found] = [rule for rule in rules_in(SHIPPED[pack]) if rule.id == f"{pack}/{name}"]
    return found


# ── What is shipped ──


@pytest.mark.parametrize("path", sorted(rules.SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_pack_is_named_as_its_file_and_names_its_source(path: Path):
    pack = SHIPPED[path.stem]
    assert pack.name == path.stem
    assert all(rule.source for rule in rules_in(pack))


@EVERY_PACK
def test_every_shipped_pack_speaks_both_languages(pack: Pack):
    assert pack.title_en.isascii() or "°" in pack.title_en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in pack.title_zh)
    assert bool(pack.note) == bool(pack.note_zh)


@pytest.mark.parametrize("name", ["gsp-annex3", "who-range", "watch", "cdc-vfc", "freezer", "ultra-cold"])
def test_what_binds_no_clinic_says_so_in_both_languages(name: str):
    pack = SHIPPED[name]
    assert any(word in pack.note for word in ("not binding", "not a limit", "no law"))
    assert any(word in pack.note_zh for word in ("不具", "并非", "不引用"))


@pytest.mark.parametrize("name", ["cn-2017", "gsp-annex3", "cdc-vfc", "freezer", "ultra-cold"])
def test_what_quotes_limits_alone_names_no_minutes(name: str):
    assert {rule.patience_ms for rule in rules_in(SHIPPED[name])} == {0}


@EVERY_PACK
def test_no_pack_but_those_of_who_devices_waits_ten_hours_at_eight_degrees(pack: Pack):
    slow = [r for r in rules_in(pack) if r.kind is Kind.HEAT and "2-8" in r.profiles and r.patience_ms >= 10 * HOUR]
    assert bool(slow) == (pack.name in {"who-pqs", "who-ems"})


@EVERY_PACK
def test_a_flat_line_is_never_asked_of_what_is_flat_by_nature(pack: Pack):
    still = [rule for rule in rules_in(pack) if rule.kind is Kind.FLAT_LINE]
    assert all(rule.types and not {"ilr", "cold_box", "carrier", "other"} & set(rule.types) for rule in still)


@pytest.mark.parametrize(
    ("name", "duty"),
    [
        ("cn-2017", (1440, 1440)),
        ("gsp-annex3", (30, 2)),
        ("who-ems", (15, 15)),
        ("cdc-vfc", (30, 30)),
        ("who-pqs", None),
        ("watch", None),
    ],
)
def test_recording_duties_stand_as_figures(name: str, duty: tuple[int, int] | None):
    found = SHIPPED[name].duty_at(T0)
    minutes = None if found is None else (found.normal_ms // MINUTE, found.out_of_band_ms // MINUTE)
    assert minutes == duty


FIGURES = [
    # pack, rule, operator, limit, minutes
    ("cn-2017", "heat", ">", 8.0, 0),
    ("cn-2017", "cold", "<", 2.0, 0),
    ("who-pqs", "heat", ">", 8.0, 600),
    ("who-pqs", "freeze", "<=", -0.5, 60),
    ("who-ems", "HEAT", ">", 8.0, 600),
    ("who-ems", "FRZE", "<=", -0.5, 60),
    ("who-ems", "DOOR", ">=", 1.0, 5),
    ("who-ems", "POWR", "<", 1.0, 24 * 60),
    ("who-range", "never-hot", ">", 20.0, 0),
    ("who-range", "never-frozen", "<", -0.5, 0),
    ("who-shipping-1", "hot", ">=", 45.0, 60),
    ("who-shipping-1", "warm-sum", ">=", 30.0, 600),
    ("who-shipping-1", "freeze", "<=", -0.5, 60),
    ("who-shipping-2", "hot", ">=", 45.0, 60),
    ("who-shipping-2", "warm-sum", ">=", 30.0, 600),
    ("who-shipping-2", "mild-sum", ">=", 10.0, 1200),
    ("cdc-vfc", "thaw", ">", -15.0, 0),
    ("cdc-vfc", "too-cold", "<", -50.0, 0),
    ("ultra-cold", "thaw", ">", -60.0, 0),
    ("ultra-cold", "too-cold", "<", -90.0, 0),
]


@pytest.mark.parametrize(("pack", "name", "operator", "limit", "minutes"), FIGURES)
def test_the_figures_are_those_printed(pack: str, name: str, operator: str, limit: float, minutes: int):
    rule = rule_of(pack, name)
    assert (rule.operator, rule.limit, rule.patience_ms) == (Operator(operator), limit * 1000, minutes * MINUTE)


@pytest.mark.parametrize(("pack", "name"), [("who-shipping-1", "warm-sum"), ("who-shipping-2", "mild-sum")])
def test_an_indicator_counts_for_ten_days(pack: str, name: str):
    assert rule_of(pack, name).period_ms == 240 * HOUR


# ── Each rule on a trace that must make an excursion, and on one that must not ──

PLACE = Place(MINUTE, "2-8", type="domestic_fridge")
DOOR, MAINS, BATTERY = "gw-1/a/door", "gw-1/plug/power", "gw-1/a/battery"
Values = Sequence[Value]


def held(value: Value, minutes: float, *, good: float = 5.0) -> list[Value]:
    """Good, then at a value from its first reading to its last for so many minutes, then good."""
    return [good, *[value] * (int(minutes) + 1), good]


def faulty(fault: Fault, minutes: int) -> Trace:
    """A probe that names a fault instead of a value."""
    trace = trace_of(held(None, minutes))
    return replace(trace, q=[0 if value is not None else int(fault) for value in trace.v])


def wavy(hours: int, mean: float, swing: float = 0.5) -> list[Value]:
    return [mean + swing * (-1) ** minute for minute in range(hours * 60 + 2)]


@dataclass(frozen=True)
class Shown:
    """A rule of a pack at a place, and what it must and must not speak of."""

    pack: str
    rule: str
    must: Trace
    must_not: Trace
    place: Place = PLACE


def shown(rule: str, must: Values | Trace, must_not: Values | Trace, *, channel: str = PROBE, **place: object) -> Shown:
    pack, name = rule.split("/")
    yes, no = (each if isinstance(each, Trace) else trace_of(each, channel=channel) for each in (must, must_not))
    return Shown(pack, name, yes, no, replace(PLACE, **place))  # type: ignore[arg-type] # a table of tests


EXAMPLES = [
    shown("cn-2017/heat", held(8.001, 0), held(8.0, 99)),
    shown("cn-2017/cold", held(1.999, 0), held(2.0, 99)),
    shown("cn-2017/thaw", held(-14.9, 0, good=-20), held(-15.0, 99, good=-20), profile="frozen"),
    shown("gsp-annex3/heat", held(8.001, 0), held(8.0, 99)),
    shown("gsp-annex3/cold", held(1.999, 0), held(2.0, 99)),
    shown("gsp-annex3/thaw", held(-14.9, 0, good=-20), held(-15.0, 99, good=-20), profile="frozen"),
    shown("who-pqs/heat", held(8.001, 600), held(8.001, 599)),
    shown("who-pqs/freeze", held(-0.5, 60), held(-0.5, 59)),
    shown("who-ems/HEAT", held(8.001, 600), held(8.0, 700)),
    shown("who-ems/FRZE", held(-0.5, 60), held(-0.499, 90)),
    shown("who-ems/DOOR", held(1, 5, good=0), held(1, 4, good=0), channel=DOOR, profile="ambient"),
    shown("who-ems/POWR", held(0, 1440, good=1), held(0, 1439, good=1), channel=MAINS, profile="ambient"),
    shown("who-range/never-hot", held(20.001, 0), held(20.0, 30)),
    shown("who-range/never-frozen", held(-0.501, 0), held(-0.5, 30)),
    shown("who-range/below-zero", held(-0.1, 61), held(-0.1, 60)),
    shown("who-range/recovery", [5.0, -0.1, *[1.0] * 121, 3.0], [5.0, -0.1, *[1.0] * 119, 2.0, 3.0]),
    shown("who-range/mean-high", wavy(50, 9.0), wavy(50, 6.0)),
    shown("who-range/mean-low", wavy(50, 1.0), wavy(50, 3.0)),
    shown("who-shipping-1/hot", held(45.0, 60), held(44.999, 90)),
    shown("who-shipping-1/warm-sum", held(30.0, 301) + held(30.0, 301), held(30.0, 290) + held(30.0, 290)),
    shown("who-shipping-1/freeze", held(-0.5, 60), held(-0.5, 59)),
    shown("who-shipping-2/hot", held(45.0, 60), held(44.999, 90)),
    shown("who-shipping-2/warm-sum", held(30.0, 301) + held(30.0, 301), held(30.0, 290) + held(30.0, 290)),
    shown("who-shipping-2/mild-sum", held(10.0, 601) + held(10.0, 601), held(9.999, 1300)),
    shown("cdc-vfc/heat", held(8.001, 0), held(8.0, 99)),
    shown("cdc-vfc/cold", held(1.999, 0), held(2.0, 99)),
    shown("cdc-vfc/thaw", held(-14.9, 0, good=-20), held(-15.0, 99, good=-20), profile="frozen"),
    shown("cdc-vfc/too-cold", held(-50.1, 0, good=-20), held(-50.0, 99, good=-20), profile="frozen"),
    shown("freezer/thaw", held(-14.9, 0, good=-20), held(-15.0, 99, good=-20), profile="frozen"),
    shown("ultra-cold/thaw", held(-59.9, 0, good=-70), held(-60.0, 99, good=-70), profile="ultra-cold"),
    shown("ultra-cold/too-cold", held(-90.1, 0, good=-70), held(-90.0, 99, good=-70), profile="ultra-cold"),
    shown("watch/garbled", faulty(Fault.GARBLED, 30), faulty(Fault.GARBLED, 29)),
    shown("watch/no-answer", faulty(Fault.NO_ANSWER, 30), faulty(Fault.GARBLED, 99)),
    shown("watch/device-error", faulty(Fault.DEVICE_ERROR, 30), faulty(Fault.DEVICE_ERROR, 0)),
    shown("watch/not-a-number", faulty(Fault.NOT_A_NUMBER, 30), faulty(Fault.NOT_A_NUMBER, 29)),
    shown("watch/power-on-value", faulty(Fault.POWER_ON, 10), faulty(Fault.POWER_ON, 1)),
    shown("watch/disconnected", faulty(Fault.DISCONNECTED, 10), faulty(Fault.DISCONNECTED, 9)),
    shown("watch/zero-scratchpad", faulty(Fault.ZERO_SCRATCHPAD, 10), faulty(Fault.ZERO_SCRATCHPAD, 9)),
    shown("watch/out-of-physics", faulty(Fault.OUT_OF_PHYSICS, 10), faulty(Fault.OUT_OF_PHYSICS, 9)),
    shown("watch/flat-line", held(4.0625, 360), held(4.0625, 359)),
    shown("watch/spike", [5.0, 15.1, 5.0], [5.0, 15.0, 5.0]),
    shown("watch/door", held(1, 5, good=0), held(1, 4, good=0), channel=DOOR, profile="ambient"),
    shown("watch/battery", held(20, 60, good=80), held(21, 90, good=80), channel=BATTERY, profile="ambient"),
    shown("watch/ice-packs", held(0.1, 720, good=-9), held(0.0, 900, good=-9), profile="ice-packs"),
]
EACH = pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: f"{one.pack}/{one.rule}")


def spoken(one: Shown, trace: Trace) -> list[Verdict]:
    """What the rule says of a trace, the pack's other rules left aside."""
    quantity = Quantity(trace.channel.rsplit("/", 1)[1])
    stretches = stretches_of([Stay(one.place, 0, None)], SHIPPED, [one.pack], quantity)
    return [verdict for verdict in judge(stretches, trace) if verdict.rule == f"{one.pack}/{one.rule}"]


def test_every_shipped_rule_is_shown():
    assert {f"{one.pack}/{one.rule}" for one in EXAMPLES} == {r.id for pack in SHIPPED.values() for r in rules_in(pack)}


@EACH
def test_a_rule_speaks_of_what_it_must(one: Shown):
    found = spoken(one, one.must)
    assert {verdict.kind for verdict in found} == {rule_of(one.pack, one.rule).kind}
    assert Certainty.CERTAIN in {verdict.certainty for verdict in found}


@EACH
def test_a_rule_is_silent_about_what_is_none_of_its_business(one: Shown):
    assert spoken(one, one.must_not) == []


@pytest.mark.parametrize("type_", ["ilr", "cold_box", None])
def test_an_ice_lined_refrigerator_may_be_flat_all_night(type_: str | None):
    [flat] = [one for one in EXAMPLES if one.rule == "flat-line"]
    assert spoken(replace(flat, place=replace(flat.place, type=type_)), flat.must) == []


def test_one_garbled_frame_is_no_event():
    stretches = stretches_of([Stay(PLACE, 0, None)], SHIPPED, ["watch"])
    assert judge(stretches, faulty(Fault.GARBLED, 0)) == []


def test_a_fault_is_no_temperature_and_ends_none():
    """A probe that is unplugged in the middle of an excursion: both events stand beside each other."""
    stretches = stretches_of([Stay(PLACE, 0, None)], SHIPPED, ["cn-2017", "watch"])
    values: list[Value] = [5.0, *[9.0] * 5, *[None] * 20, *[9.0] * 5, 5.0]
    trace = trace_of(values)
    trace = replace(trace, q=[0 if value is not None else int(Fault.DISCONNECTED) for value in values])
    assert [verdict.kind for verdict in judge(stretches, trace)] == [Kind.HEAT, Kind.DISCONNECTED]


# ── Read strictly ──


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + HOT.replace("8.0", "'warm'"), 15, "limit_c: 'warm' is no number; write a number"),
        (HEAD + HOT.replace("8.0", "8.0005"), 15, "limit_c: 8.0005 is not a number of thousandths"),
        (HEAD + HOT + COLD.replace("8.0", "9.0"), 22, "low 9 is not below high 8 of mine/heat; let low < high"),
        (HEAD + HOT.replace('">"', '"<"'), 14, "operator: < with kind heat"),
        (HEAD + HOT.replace('">"', '"=>"'), 14, "operator: '=>' is unknown; use one of >, >=, <, <="),
        (HEAD + HOT + HOT, 18, "name: mine/heat is there twice"),
        (HEAD + HOT + "paitence_min = 3\n", 16, "paitence_min: is unknown here; use name, kind"),
        (HEAD + HOT + "patience_min = -3\n", 16, "patience_min: is negative"),
        (HEAD + HOT + "gap_factor = 0\n", 16, "gap_factor: 0 is too small"),
        (HEAD + HOT.replace("2-8", "2-9"), 13, "profile: '2-9' is unknown; use one of 2-8"),
        (HEAD.replace("Z\n", "\n") + HOT, 7, "valid_from: 2026-01-01 00:00:00 is no time with an offset"),
        (HEAD, 5, "rule: is no list of tables; write at least 1 [[version.rule]]"),
        (HEAD + HOT + HEAD[HEAD.index("[[version]]") :] + HOT, 18, "valid_from: 1 does not come after 1"),
        (HEAD + HOT + "oops\n", 16, "rules: "),
    ],
)
def test_a_wrong_pack_is_refused_by_line(tmp_path: Path, text: str, line: int, words: str):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        load_pack(str(path))
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_an_unknown_pack_lists_those_there_are():
    with pytest.raises(BadInput, match=r"use one of cdc-vfc, cn-2017, .*who-shipping-2"):
        load_pack("cn-1949")


def test_the_oldest_version_also_judges_what_is_older():
    pack = load_pack("cn-2017")
    assert pack.rules_of(Quantity.TEMPERATURE, PLACE, 0) == pack.rules_of(Quantity.TEMPERATURE, PLACE, T0) != ()
