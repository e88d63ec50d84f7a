"""What every word's help says.

Each module of words is loaded in a process that has loaded no other of ours, as at a terminal; other people's packages
are there already, because to load them takes longer than all the rest.
"""

import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.metadata import entry_points
from io import StringIO
from itertools import groupby
from multiprocessing import get_context

from coldchain import cli

OTHERS = [
    "alembic.command",
    "msgspec",
    "pydantic_settings",
    "rich.markdown",
    "sqlalchemy.ext.asyncio",
    "typer.rich_utils",
]
PATIENCE_S = 100


@dataclass(frozen=True, slots=True)
class Help:
    """How a word ended and what it said."""

    code: object
    said: str
    complained: str


def helps() -> dict[str, Help]:
    """Of all words there are."""
    points = sorted(entry_points(group=cli.GROUP), key=lambda point: (point.module, point.name))
    modules = [[point.name for point in same] for _, same in groupby(points, key=lambda point: point.module)]
    processes = get_context("forkserver")
    processes.set_forkserver_preload(OTHERS)
    with processes.Pool(1, maxtasksperchild=1) as pool:
        told = pool.map_async(_helps_of, modules, chunksize=1).get(PATIENCE_S)
    return {word: each for some in told for word, each in some.items()}


def _helps_of(words: list[str]) -> dict[str, Help]:
    return {word: _help_of(word) for word in words}


def _help_of(word: str) -> Help:
    sys.argv = ["coldchain", word, "--help"]
    code: object = 0
    with redirect_stdout(StringIO()) as said, redirect_stderr(StringIO()) as complained:
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
    return Help(code, said.getvalue(), complained.getvalue())
