"""Whatever an import may be refused for has a sentence in Chinese: read off the code that refuses."""

import pytest

from coldchain.archive.stock.free import GONE
from coldchain.errors import BadInput
from coldchain.exchange.words import in_chinese
from tests.parts.refusals import refusals

# What the forms call, and what those call: where a row, a file or a strip may be refused.
MODULES = (
    "archive.changes", "archive.documents", "archive.drills", "archive.duty.absences", "archive.duty.checks",
    "archive.duty.rotas", "archive.equipment", "archive.telling.codes", "archive.telling.taking", "archive.exposure.evidence", "archive.exposure.given",
    "archive.facilities.calendar", "archive.facilities.card", "archive.facilities.contacts", "archive.facilities.days",
    "archive.facilities.numbers", "archive.facilities.persons", "archive.facilities.posts", "archive.holds",
    "archive.locking", "archive.lots", "archive.places", "archive.rows", "archive.sheet_mappings",
    "archive.stock.entries", "archive.stock.free", "archive.stock.presence", "archive.stock.staying",
    "archive.stock.waiting", "archive.stock.words", "archive.upkeep.cards", "archive.upkeep.days",
    "archive.upkeep.life", "exchange.forms.equipment", "exchange.forms.facilities", "exchange.forms.given",
    "exchange.forms.matching", "exchange.forms.people", "exchange.forms.scope", "exchange.forms.stock",
    "exchange.mapping", "exchange.strips", "exchange.taking", "exchange.vouching", "sheets.books", "sheets.opening",
    "sheets.reading", "sheets.texts", "sheets.words",
)  # fmt: skip
NEVER_OF_A_SHEET = {"coldchain.archive.stock.words:check_vaccine"}  # no sheet is of vaccines
REFUSED = sorted(set(refusals([f"coldchain.{name}" for name in MODULES], but=NEVER_OF_A_SHEET)))


@pytest.mark.parametrize(("where", "wrong"), REFUSED)
def test_it_is_said_in_chinese(where: str, wrong: str):
    zh = in_chinese(BadInput("field", wrong, "cure"))
    assert not zh.startswith("档案不接受"), f"{where}: {wrong}"


@pytest.mark.parametrize("wrong", [f"E1 {words}" for words in GONE.values()])
def test_so_is_what_became_of_equipment(wrong: str):
    assert in_chinese(BadInput("target", wrong, "cure")).startswith("E1 已")


def test_the_refusals_are_found():
    assert len(REFUSED) > 100
