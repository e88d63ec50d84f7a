"""Whatever the engine can write has a word in both languages, and a rule pack's words are the pack's own."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import alerting
from alerting.excursion.cases import Why
from alerting.excursion.forecast import Basis
from alerting.excursion.observations import EVERYTHING as EVERYBODY
from alerting.excursion.observations import Mains
from alerting.excursion.occasions import KINDS as OCCASION_KINDS
from coldchain.archive.drills import DrillState, Link
from coldchain.archive.duty.standing import Standing
from coldchain.archive.duty.words import GapKind, WayKind
from coldchain.archive.equipment import EquipmentType
from coldchain.archive.occasions import OccasionKind
from coldchain.archive.people import Role
from coldchain.archive.tables import ExcursionRevision
from coldchain.archive.telling import wording
from coldchain.archive.telling.figures import Band, Shift
from coldchain.archive.telling.taking import Act
from coldchain.excursion import AlarmState, CaseState, Kind, Severity
from coldchain.providers.outcome import State as Received
from coldchain.providers.outcome import Verdict
from coldchain.reading import Fault, Quantity
from coldchain.wire import Refusal
from dashboards import telling, terms, terms_telling, triage
from dashboards.history import EVERYTHING
from dashboards.i18n import language
from dashboards.pages.figures import What
from dashboards.pages.shown import STATIC
from dashboards.status import State
from dashboards.status import Why as UnknownWhy

ZH, EN = language("zh", "Asia/Shanghai"), language("en", "Asia/Shanghai")
TABLES: list[tuple[Mapping[str, str], set[str]]] = [
    (terms.KINDS, set(Kind)),
    (terms.OCCASIONS, {*OCCASION_KINDS, *OccasionKind}),
    (terms.MAINS, set(Mains)),
    (terms.BASES, set(Basis)),
    (terms.REASONS, set(Why)),
    (terms.STATES, set(State)),
    (terms.WHYS, set(UnknownWhy)),
    (terms.CASE_STATES, set(CaseState)),
    (terms.SEVERITIES, set(Severity)),
    (terms.TYPES, set(EquipmentType)),
    (terms.QUANTITIES, set(Quantity)),
    (terms.ROLES, set(Role)),
    (terms.REFUSALS, set(Refusal)),
    (terms_telling.ALARM_STATES, set(AlarmState)),
    (terms_telling.VERDICTS, set(Verdict)),
    (terms_telling.RECEIPTS, {*Received} - {Received.PENDING}),
    (terms_telling.OUTCOMES, {*wording.ANSWERS, "several"}),  # this is said on the link's page alone
    (terms_telling.WAY_KINDS, set(WayKind)),
    (terms_telling.GAPS, set(GapKind)),
    (terms_telling.STANDINGS, set(Standing)),
    (terms_telling.DRILLS, set(DrillState)),
    (terms_telling.LINKS, set(Link)),
    (terms_telling.SHIFTS, set(Shift)),
    (terms_telling.BANDS, set(Band)),
    (terms_telling.TIMES, set(What)),
    (triage.WORDS, set(get_args(get_type_hints(Act)["act"])) - {"seen", "going"}),
]
PACKS = [tomllib.loads(path.read_text()) for path in (Path(alerting.__file__).parent / "rules").glob("*.toml")]


@pytest.mark.parametrize(("table", "keys"), TABLES)
def test_every_key_has_a_word_in_both_languages(table: Mapping[str, str], keys: set[str]) -> None:
    assert set(table) == keys
    for key in keys:
        assert terms.word(table, key, ZH) != table[key]
        assert terms.word(table, key, EN)


def test_every_fault_of_a_reading_is_called_as_its_kind() -> None:
    assert set(terms.FAULTS) == set(Fault) - {Fault.NONE}
    assert set(terms.FAULTS.values()) < set(terms.KINDS.values())


def test_of_every_kind_it_is_known_what_may_be_said_of_it() -> None:
    assert set(triage.OFFERED) == set(Kind)
    assert {act for acts in triage.OFFERED.values() for act in acts} == set(triage.WORDS) - {triage.NOTE}


def test_no_two_kinds_are_called_the_same() -> None:
    for lang in (ZH, EN):
        assert len({terms.kind(kind, lang) for kind in Kind}) == len(Kind)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: str(pack["pack"]))
def test_a_rule_pack_is_called_as_it_calls_itself(pack: dict[str, str]) -> None:
    name = pack["pack"]
    assert ZH.text(terms.PACKS[name]) == pack["title_zh"]
    assert EN.text(terms.PACKS[name]) == pack["title_en"]
    assert ZH.text(terms.PACK_NOTES[name]) == pack["note_zh"]
    assert EN.text(terms.PACK_NOTES[name]) == pack["note"]


def test_no_other_pack_is_named() -> None:
    assert {pack["pack"] for pack in PACKS} == set(terms.PACKS) == set(terms.PACK_NOTES)


def test_every_kind_has_a_shape_that_is_drawn() -> None:
    drawn = (STATIC / "shapes.svg").read_text()
    assert all(f'id="{terms.shape(kind)}"' in drawn for kind in Kind)


def test_nobody_heard_at_all_has_one_name() -> None:
    assert EVERYTHING == EVERYBODY


def test_a_key_that_nobody_knows_is_shown_as_it_is() -> None:
    assert terms.word(terms.KINDS, "melted", ZH) == "melted"


def test_a_revision_that_configuration_made_says_so_and_by_which_rows():
    after = ExcursionRevision(reason="withdrawn", note="facts changed by configuration: rule_choice/7")
    assert telling.revision(None, after, EN) == "withdrawn; facts changed by configuration (rule_choice/7)"
    assert "因配置更改而变（rule_choice/7）" in telling.revision(None, after, ZH)
