"""What a sheet is here, and how much of one is taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from coldchain.errors import BadInput

Cell = str | int | float | bool | date | datetime | time | timedelta | None
Row = Sequence[Cell]

LARGEST: Final = 20 * 1024 * 1024
LARGEST_INSIDE: Final = 200 * 1024 * 1024  # of what a compressed file holds
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 500
MOST_CELLS: Final = 5_000_000  # of all sheets of a file, the empty ones between them too
FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it stands in the file; `rows` from its first row on, the empty ones too."""

    name: str
    rows: list[list[Cell]]
    is_hidden: bool = False


def bad(wrong: str, cure: str, name: str) -> BadInput:
    """What is wrong with a file as a whole."""
    return BadInput("file", wrong, cure, where=name)


def check_size(height: int, width: int, name: str) -> None:
    """Refuse a table that is larger than what is taken.

    Raises:
        BadInput: with the cure.
    """
    if height > MOST_ROWS:
        raise bad(f"it has {height} rows", f"split it: at most {MOST_ROWS}", name)
    if width > MOST_COLUMNS:
        raise bad(f"it has {width} columns", f"remove what stands beside the table: at most {MOST_COLUMNS}", name)
    if height * width > MOST_CELLS:
        wrong = f"it has {height} rows of {width} columns"
        raise bad(wrong, f"remove what stands beside the table, or split it: at most {MOST_CELLS} cells", name)
