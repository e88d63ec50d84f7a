"""Every `coldchain …` that the README and docs/ tell of is there: the word, what follows it, and its options."""

import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer

from coldchain import cli

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TOLD = re.compile(r"(?:^|(?<=`))coldchain ([a-z]+)((?:\\\n|[^\n`#|;])*)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
WORDS = {point.name: point for point in entry_points(group=cli.GROUP)}


def faults(text: str) -> Iterator[str]:
    """What the text tells of that is not there."""
    for word, rest in TOLD.findall(text):
        if word not in WORDS:
            yield f"no word: {word}"
            continue
        command = typer.main.get_command(WORDS[word].load())
        for part in rest.replace("\\\n", " ").split():
            if not isinstance(command, typer.core.TyperGroup) or part.startswith("-"):
                break
            if part not in command.commands:
                yield f"no command: {word} {part}"
                break
            command = command.commands[part]
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
        yield from (f"no option: {word}{rest}: {each}" for each in OPTION.findall(rest) if each not in known)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_told_is_there(page):
    assert list(faults(page.read_text())) == []


def test_what_is_not_there_is_found():
    text = "```sh\ncoldchain fridge\ncoldchain duty nobody\ncoldchain duty gaps \\\n  --loud\n```\n"
    assert [each.partition(":")[0] for each in faults(text)] == ["no word", "no command", "no option"]
