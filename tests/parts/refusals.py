"""What modules refuse, read off their code."""

import ast
import importlib
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path


def refusals(modules: Iterable[str], *, but: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Where something is refused, each with an example of its text; `but` are functions that do not count."""
    for name in modules:
        path = Path(importlib.import_module(name).__file__ or "")
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                where = f"{name}:{function.name}"
                texts = () if where in but else _texts(function)
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
