"""A rule that means nothing is refused with file, line and cure; a rule that means something judges whom it concerns."""

from pathlib import Path

import pytest

from alerting.excursion.rule import Counts, Operator, Reads
from alerting.excursion.rules import TYPES, Duty, Pack, load_pack
from alerting.excursion.stretch import NEVER, Place, Stay, stretches_of
from coldchain.archive.equipment import EquipmentType
from coldchain.errors import BadInput
from coldchain.excursion import Kind
from coldchain.reading import Fault, Quantity
from tests.alerting.cast import HOUR, MINUTE, T0

HEAD = """pack = "mine"
title_zh = "我"
title_en = "mine"
[[version]]
version = "1"
valid_from = 2026-01-01T00:00:00Z
source = "a letter"
"""
RULE = '[[version.rule]]\nname = "one"\n'
HEAT = f'{RULE}kind = "heat"\nprofile = "2-8"\noperator = ">"\nlimit_c = 8.0\n'
COLD = '[[version.rule]]\nname = "two"\nkind = "freeze"\nprofile = "2-8"\noperator = "<"\nlimit_c = 2.0\n'
SUM = (
    f'{RULE}kind = "cumulative_heat"\nprofile = "2-8"\noperator = ">"\nlimit_c = 8.0\ncounts = "sum"\nperiod_h = 240\n'
)
MEAN = f'{RULE}kind = "mean_kinetic_heat"\nprofile = "2-8"\noperator = ">"\nlimit_c = 8.0\ncounts = "mean_kinetic"\nperiod_h = 24\n'
FAULT = f'{RULE}kind = "garbled"\nreads = "fault"\nfaults = ["garbled", "power_on"]\n'
STILL = f'{RULE}kind = "flat_line"\nreads = "stillness"\npatience_min = 360\n'
JUMP = f'{RULE}kind = "spike"\nreads = "jump"\njump_c = 5.0\n'
DOOR = f'{RULE}kind = "door_open"\nquantity = "door"\noperator = ">="\nlimit = 1\n'
BATTERY = f'{RULE}kind = "battery_low"\nquantity = "battery"\noperator = "<"\nlimit = 20\n'


def loaded(tmp_path: Path, text: str, head: str = HEAD) -> Pack:
    path = tmp_path / "mine.toml"
    path.write_text(head + text, encoding="utf-8")
    return load_pack(str(path))


def without(text: str, field: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f"{field} ="))


REFUSED = [
    # what each kind of rule needs
    (without(HEAT, "profile"), 8, "profile: is missing"),
    (without(HEAT, "operator"), 8, "operator: is missing"),
    (without(HEAT, "limit_c"), 8, "limit_c: is missing"),
    (without(SUM, "period_h"), 8, "period_h: is missing"),
    (without(MEAN, "period_h"), 8, "period_h: is missing"),
    (without(FAULT, "faults"), 8, "faults: is missing"),
    (without(STILL, "patience_min"), 8, "patience_min: is missing"),
    (without(JUMP, "jump_c"), 8, "jump_c: is missing"),
    (without(DOOR, "limit"), 8, "limit: is missing"),
    # what means nothing for it
    (FAULT + "limit_c = 8\n", 13, "limit_c: means nothing for a rule with reads = fault, counts = run; leave it out"),
    (FAULT.replace('reads = "fault"\n', ""), 11, "faults: means nothing for a rule with reads = value"),
    (STILL + "gap_factor = 3\n", 13, "gap_factor: means nothing for a rule with reads = stillness"),
    (JUMP + 'operator = ">"\n', 13, "operator: means nothing for a rule with reads = jump"),
    (HEAT + "period_h = 24\n", 14, "period_h: means nothing for a rule with reads = value, counts = run"),
    (SUM + "hold_min = 3\n", 16, "hold_min: means nothing for a rule with reads = value, counts = sum"),
    (SUM + "hysteresis_c = 1\n", 16, "hysteresis_c: means nothing"),
    (
        MEAN + "patience_min = 3\n",
        16,
        "patience_min: means nothing for a rule with reads = value, counts = mean_kinetic",
    ),
    (MEAN + "until_c = 3\n", 16, "until_c: means nothing"),
    (FAULT + 'counts = "sum"\n', 13, "counts: sum of reads = fault; only values are summed or averaged"),
    (DOOR + "limit_c = 1\n", 14, "limit_c: is unknown here; use name, kind"),
    (HEAT + "limit = 8\n", 14, "limit: is unknown here"),
    (DOOR + "until = 0\n", 14, "until: of door, which is 0 or 1; leave it out"),
    (DOOR + "hysteresis = 1\n", 14, "hysteresis: of door, which is 0 or 1; leave it out"),
    # what does not go together
    (HEAT.replace('"heat"', '"cumulative_heat"'), 10, "kind: 'cumulative_heat' is unknown; use one of heat, freeze"),
    (SUM.replace('"cumulative_heat"', '"heat"'), 10, "kind: 'heat' is unknown; use one of cumulative_heat"),
    (SUM.replace('">"', '"<"'), 12, "operator: < with kind cumulative_heat"),
    (MEAN.replace('">"', '"<="'), 12, "operator: <= with kind mean_kinetic_heat"),
    (FAULT.replace('kind = "garbled"', 'kind = "no_answer"'), 10, "kind: no_answer is none of its faults"),
    (FAULT.replace('"power_on"', '"power_off"'), 12, "faults: ['garbled', 'power_off'] is no list of known words"),
    (
        DOOR.replace('"door"', '"humidity"'),
        11,
        "quantity: no kind of excursion is about humidity; use one of temperature",
    ),
    (DOOR + 'counts = "sum"\nperiod_h = 1\n', 14, "counts: sum of door; only temperatures are summed"),
    (HEAT + 'profiles = ["2-8"]\n', 11, "profile: stands beside profiles; write one of the two"),
    (HEAT + 'types = ["toaster"]\n', 14, "types: ['toaster'] is no list of known words; choose from domestic_fridge"),
    (HEAT + "until_c = 8.0\n", 14, "until_c: is not on the good side of the limit; write a value below it"),
    (HEAT + "until_c = 9.0\n", 14, "until_c: is not on the good side of the limit"),
    (COLD + "until_c = 1.0\n", 14, "until_c: is not on the good side of the limit; write a value above it"),
    (HEAT + "until_c = 5.0\nhysteresis_c = 1.0\n", 15, "hysteresis_c: stands beside until_c; write one of the two"),
    # figures
    (JUMP.replace("5.0", "0"), 12, "jump_c: is not more than 0"),
    (STILL.replace("360", "0"), 12, "patience_min: is not more than 0"),
    (SUM.replace("240", "-1"), 15, "period_h: is not more than 0"),
    (HEAT + "hold_min = -1\n", 14, "hold_min: is negative"),
    (HEAT + "gap_factor = 0\n", 14, "gap_factor: 0 is too small"),
    # bands, across all kinds that judge one place
    (HEAT + COLD.replace("2.0", "8.0"), 19, "limit_c: low 8 is not below high 8 of mine/one; let low < high"),
    (SUM + COLD.replace("2.0", "9.0"), 21, "limit_c: low 9 is not below high 8 of mine/one"),
    (MEAN + COLD.replace("2.0", "9.0"), 21, "limit_c: low 9 is not below high 8 of mine/one"),
    (HEAT + COLD + "until_c = 8.0\n", 20, "until_c: low 8 is not below high 8 of mine/one"),
    (HEAT + "until_c = 2.0\n" + COLD, 14, "until_c: high 2 is not above low 2 of mine/two"),
    (
        HEAT + COLD.replace("2.0", "9.0").replace('profile = "2-8"', 'profiles = ["frozen", "2-8"]'),
        19,
        "limit_c: low 9",
    ),
    # duties and titles
    ("[version.duty]\nnormal_min = 0\n" + HEAT, 9, "normal_min: is not more than 0"),
    ("[version.duty]\nnormal_min = 2\nout_of_band_min = 30\n" + HEAT, 10, "out_of_band_min: is longer than normal_min"),
    ("[version.duty]\nevery_min = 2\n" + HEAT, 9, "every_min: is unknown here; use normal_min, out_of_band_min"),
]


@pytest.mark.parametrize(("text", "line", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_what_means_nothing_is_refused_by_line(tmp_path: Path, text: str, line: int, words: str):
    with pytest.raises(BadInput) as caught:
        loaded(tmp_path, text)
    assert f"mine.toml:{line}: {words}" in str(caught.value)


def test_limits_of_other_places_and_equipment_may_cross(tmp_path: Path):
    frozen = COLD.replace("2.0", "9.0").replace("2-8", "frozen")
    assert len(loaded(tmp_path, HEAT + frozen).versions[0].rules) == 2
    other = 'types = ["ilr"]\n' + COLD.replace("2.0", "9.0") + 'types = ["freezer"]\n'
    assert len(loaded(tmp_path, HEAT + other).versions[0].rules) == 2


def test_every_kind_of_rule_is_read(tmp_path: Path):
    texts = [HEAT, SUM, MEAN, FAULT, STILL, JUMP, DOOR, BATTERY]
    named = "".join(text.replace('"one"', f'"r{at}"') for at, text in enumerate(texts))
    heat, total, mean, fault, still, jump, door, battery = loaded(tmp_path, named).versions[0].rules
    assert (heat.kind, heat.operator, heat.limit, heat.profiles) == (Kind.HEAT, Operator.ABOVE, 8000, ("2-8",))
    assert (total.counts, total.period_ms) == (Counts.SUM, 240 * HOUR)
    assert (mean.counts, mean.period_ms) == (Counts.MEAN_KINETIC, 24 * HOUR)
    assert (fault.reads, fault.faults) == (Reads.FAULT, frozenset({Fault.GARBLED, Fault.POWER_ON}))
    assert (still.reads, still.patience_ms) == (Reads.STILLNESS, 360 * MINUTE)
    assert (jump.reads, jump.jump) == (Reads.JUMP, 5000)
    assert (door.quantity, door.limit, door.profiles) == (Quantity.DOOR, 1000, ())
    assert (battery.quantity, battery.limit) == (Quantity.BATTERY, 20_000)


def test_a_pack_may_say_what_it_is_not_and_how_often_to_record(tmp_path: Path):
    head = HEAD.replace("[[version]]", 'note = "not binding"\nnote_zh = "无约束力"\n[[version]]')
    pack = loaded(tmp_path, "[version.duty]\nnormal_min = 30\nout_of_band_min = 2\n" + HEAT, head)
    assert (pack.note, pack.note_zh) == ("not binding", "无约束力")
    assert pack.duty_at(T0) == Duty(30 * MINUTE, 2 * MINUTE)
    assert loaded(tmp_path, HEAT).duty_at(T0) is None


PLACES = [
    (Place(MINUTE, "2-8", type="ilr"), True),
    (Place(MINUTE, "ice-packs", type="ilr"), True),
    (Place(MINUTE, "frozen", type="ilr"), False),
    (Place(MINUTE, "2-8", type="freezer"), False),
    (Place(MINUTE, "2-8"), False),  # of an unknown type nothing is said
]


@pytest.mark.parametrize(("place", "is_concerned"), PLACES)
def test_a_rule_concerns_its_profiles_and_types(tmp_path: Path, place: Place, is_concerned: bool):
    named = HEAT.replace('profile = "2-8"', 'profiles = ["2-8", "ice-packs"]') + 'types = ["ilr", "cold_room"]\n'
    pack = loaded(tmp_path, named)
    assert bool(pack.rules_of(Quantity.TEMPERATURE, place, T0)) == is_concerned
    assert pack.rules_of(Quantity.HUMIDITY, place, T0) == ()


def test_a_rule_without_profile_or_type_concerns_any_place(tmp_path: Path):
    pack = loaded(tmp_path, JUMP)
    assert len(pack.rules_of(Quantity.TEMPERATURE, Place(MINUTE, "ambient"), T0)) == 1


def test_types_are_those_of_the_archive():
    assert tuple(kind.value for kind in EquipmentType) == TYPES


def test_a_pack_that_is_not_loaded_is_refused(tmp_path: Path):
    stay = Stay(Place(MINUTE, "2-8"), 0, None, ("mine", "theirs"))
    with pytest.raises(BadInput, match="packs: 'theirs' is not loaded; load it, or choose from mine"):
        stretches_of([stay], {"mine": loaded(tmp_path, HEAT)})


def test_a_stay_without_a_choice_is_judged_by_the_site_s_packs_and_each_pack_once(tmp_path: Path):
    packs = {"mine": loaded(tmp_path, HEAT), "other": loaded(tmp_path, JUMP, HEAD.replace("mine", "other"))}
    place = Place(MINUTE, "2-8")
    stays = [Stay(place, 0, 10), Stay(place, 10, 20, ("other", "mine", "other")), Stay(place, 20, None, ())]
    found = stretches_of(stays, packs, ["mine"])
    assert [[rule.id for rule in s.rules] for s in found] == [["mine/one"], ["other/one", "mine/one"], []]
    assert found[0].terms == ((0, 20),)
    assert found[1].terms == ((10, 20), (0, 20))
    assert found[2].end == NEVER
