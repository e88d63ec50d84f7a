"""Rule packs and policies are read strictly: each complaint names file, line, what is wrong and the cure."""

from dataclasses import replace
from pathlib import Path

import pytest

from alerting.excursion import policy as policies
from alerting.excursion import rules
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import Operator, load_pack
from alerting.excursion.stretch import Place, Stay, stretches_of
from alerting.excursion.verdicts import Verdict, judge
from coldchain.errors import BadInput
from coldchain.excursion import Certainty, Kind, Severity
from tests.alerting.cast import HOUR, MINUTE, T0, sparse, trace_of

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


@pytest.mark.parametrize("path", sorted(rules.SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_pack_is_sound_and_names_its_source(path: Path):
    pack = load_pack(path.stem)
    assert pack.name == path.stem
    assert all(rule.source for version in pack.versions for rule in version.rules)


def test_the_chinese_code_names_no_minutes():
    assert all(rule.patience_ms == 0 for v in load_pack("cn-2017").versions for rule in v.rules)


def test_the_who_recorder_settings_are_those_printed():
    heat, freeze = load_pack("who-pqs").versions[0].rules
    assert (heat.limit_mc, heat.operator, heat.patience_ms) == (8000, Operator.ABOVE, 10 * HOUR)
    assert (freeze.limit_mc, freeze.operator, freeze.patience_ms) == (-500, Operator.AT_OR_BELOW, HOUR)


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
    with pytest.raises(BadInput, match="use one of cn-2017, who-pqs"):
        load_pack("cn-1949")


def test_the_oldest_version_also_judges_what_is_older():
    pack = load_pack("cn-2017")
    assert pack.rules_of("2-8", 0) == pack.rules_of("2-8", T0) != ()


def verdict_of(minutes: int, value: float = 9.0, **place: str) -> Verdict:
    at = replace(Place(MINUTE, "2-8"), **place)  # type: ignore[arg-type] # a table of tests
    stretches = stretches_of([Stay(at, 0, None)], [load_pack("cn-2017")])
    return judge(stretches, trace_of([5.0] + [value] * (minutes + 1)))[0]


@pytest.mark.parametrize(
    ("minutes", "value", "severity"),
    [
        (19, 9.0, Severity.NOTE),
        (20, 9.0, Severity.WARNING),
        (59, 9.0, Severity.WARNING),
        (60, 9.0, Severity.CRITICAL),
        (10, 15.0, Severity.NOTE),
        (10, 15.001, Severity.CRITICAL),
        (9, 1.9, Severity.NOTE),
        (10, 1.9, Severity.WARNING),
        (2, -0.1, Severity.CRITICAL),
        (2, 0.0, Severity.NOTE),
    ],
)
def test_patience_is_met_at_its_last_minute(minutes: int, value: float, severity: Severity):
    assert load_policy("default").loudness(verdict_of(minutes, value)) == (severity, Certainty.CERTAIN)


@pytest.mark.parametrize("purpose", ["ice_packs", "empty"])
def test_what_holds_no_vaccine_rings_nobody(purpose: str):
    assert load_policy("default").loudness(verdict_of(600, purpose=purpose))[0] is Severity.NOTE


def test_an_alarm_by_unknown_time_alone_is_only_possible():
    stretches = stretches_of([Stay(Place(MINUTE, "2-8"), 0, None)], [load_pack("cn-2017")])
    [one] = judge(stretches, sparse([(0, 5.0), (1, 9.0), (90, 9.0)]))
    assert load_policy("default").loudness(one) == (Severity.CRITICAL, Certainty.POSSIBLE)


def test_the_silence_before_a_warm_reading_rings_nobody():
    stretches = stretches_of([Stay(Place(MINUTE, "2-8"), 0, None)], [load_pack("cn-2017")])
    [one] = judge(stretches, sparse([(0, 5.0), (600, 9.0)]))
    assert one.unknown_ms == 10 * HOUR
    assert load_policy("default").loudness(one)[0] is Severity.NOTE


def test_ten_hours_at_eight_degrees_are_no_chinese_default():
    steps = [s for s in load_policy("default").steps if Kind.HEAT in s.kinds and "2-8" in s.profiles]
    assert max(step.after_ms for step in steps) < 10 * HOUR


def test_silence_grows_louder_and_is_critical_after_an_exceedance():
    policy = load_policy("default")
    assert policy.loudness_of_silence(29 * MINUTE, is_out=True) is None
    assert policy.loudness_of_silence(30 * MINUTE, is_out=False) is Severity.NOTE
    assert policy.loudness_of_silence(4 * HOUR, is_out=False) is Severity.WARNING
    assert policy.loudness_of_silence(30 * MINUTE, is_out=True) is Severity.CRITICAL


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('severity = "warning"', 'severity = "loud"', "severity: 'loud' is unknown; use one of note, warning"),
        ("after_min = 20", "after_min = -1", "after_min: is negative"),
        ('profiles = ["2-8"]', 'profiles = ["cold"]', "is no list of known words; choose from 2-8"),
        ('power_loss = "note"', "", "power_loss: is missing; write it"),
    ],
)
def test_a_wrong_policy_is_refused(tmp_path: Path, old: str, new: str, words: str):
    path = tmp_path / "mine.toml"
    path.write_text((policies.SHIPPED / "default.toml").read_text().replace(old, new, 1))
    with pytest.raises(BadInput) as caught:
        load_policy(str(path))
    assert words in str(caught.value)
