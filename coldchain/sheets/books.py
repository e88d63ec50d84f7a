"""Workbooks: opened by `opening` in a process of its own, whose memory and time are bounded.

A few bytes can say that a cell stands in the last row and column of a sheet; whoever believes it asks for half a terabyte
and dies of it. What dies here is the process, and its file is refused.
"""

import pickle
import subprocess
import sys
from typing import Final

from coldchain.errors import BadInput
from coldchain.sheets.words import MOST_CELLS, Sheet, bad

PATIENCE_S: Final = 120.0


def read_book(content: bytes, name: str) -> list[Sheet]:
    """All sheets of a workbook.

    Raises:
        BadInput: when it is damaged, protected by a password, or larger inside than what is taken.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "coldchain.sheets.opening"],
            input=content,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise bad(f"it was not read within {PATIENCE_S:g} s", "save it again as CSV", name) from None
    if done.returncode:
        cure = f"remove what stands beside the table, or save it as CSV: at most {MOST_CELLS} cells"
        raise bad("it unfolds to more than can be held, or is damaged", cure, name)
    found: list[Sheet] | tuple[str, str] = pickle.loads(done.stdout)  # noqa: S301 - written by our own process
    if isinstance(found, tuple):
        raise BadInput("file", *found, where=name)
    return found
