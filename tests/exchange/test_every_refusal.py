"""Whatever an import may be refused for has a sentence in Chinese: read off the code that refuses."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain.archive.stock.free import GONE
from coldchain.errors import BadInput
from coldchain.exchange.words import in_chinese

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
NEVER_OF_A_SHEET = {"archive.stock.words:check_vaccine"}  # no sheet is of vaccines


def refusals() -> Iterator[tuple[str, str]]:
    """Each refusal in the code with an example of its text."""
    for name in MODULES:
        path = Path(importlib.import_module(f"coldchain.{name}").__file__ or "")
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                where = f"{name}:{function.name}"
                texts = () if where in NEVER_OF_A_SHEET else _texts(function)
                yield from ((where, text) for text in texts if re.search(r"[a-z]", text))


def _texts(function: ast.AST) -> Iterator[str]:
    said: dict[str, list[ast.expr]] = {}
    for each in ast.walk(function):
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            said.setdefault(each.targets[0].id, []).append(each.value)
    for each in ast.walk(function):
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Name)
            and each.func.id in {"BadInput", "Stale", "bad"}
        ):
            wrong = each.args[0 if each.func.id == "bad" else 1] if len(each.args) > 1 else None
            for text in said.get(wrong.id, []) if isinstance(wrong, ast.Name) else [wrong]:
                yield from _examples(text)


def _examples(text: ast.expr | None) -> Iterator[str]:
    if isinstance(text, ast.IfExp):
        yield from _examples(text.body)
        yield from _examples(text.orelse)
    elif isinstance(text, ast.Constant) and isinstance(text.value, str):
        yield text.value
    elif isinstance(text, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "'7'" if part.conversion == ord("r") else "7"
            for part in text.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )


@pytest.mark.parametrize(("where", "wrong"), sorted(set(refusals())))
def test_it_is_said_in_chinese(where: str, wrong: str):
    zh = in_chinese(BadInput("field", wrong, "cure"))
    assert not zh.startswith("档案不接受"), f"{where}: {wrong}"


@pytest.mark.parametrize("wrong", [f"E1 {words}" for words in GONE.values()])
def test_so_is_what_became_of_equipment(wrong: str):
    assert in_chinese(BadInput("target", wrong, "cure")).startswith("E1 已")


def test_the_refusals_are_found():
    assert len(set(refusals())) > 100
