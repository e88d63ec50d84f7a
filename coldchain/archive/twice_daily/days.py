"""The days that are asked for, and sets of them. Pure.

A set of days is one number (`Bits`): its lowest bit is the first day. What was due, what was written and what is missing
of a whole county's month then comes of a few operations for each compartment, and not of two hundred thousand halves.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from coldchain.archive.facilities import days as dates
from coldchain.errors import BadInput

MOST_DAYS: Final = 62
Bits = int  # a set of days


@dataclass(frozen=True, slots=True)
class Days:
    """Local days, both inside.

    Raises:
        BadInput: when one is no date, they are exchanged, or there are too many.
    """

    first: str
    last: str

    def __post_init__(self) -> None:
        count = (dates.parse(self.last, "last") - dates.parse(self.first, "first")).days + 1
        if not 1 <= count <= MOST_DAYS:
            raise BadInput("last", f"{self.first} to {self.last} cannot be asked for", f"ask for 1 to {MOST_DAYS} days")

    def __iter__(self) -> Iterator[str]:
        first = date.fromisoformat(self.first)
        count = (date.fromisoformat(self.last) - first).days + 1
        return ((first + timedelta(days=n)).isoformat() for n in range(count))

    @classmethod
    def of_month(cls, month: str) -> "Days":
        """All days of `YYYY-MM`.

        Raises:
            BadInput: when it is no month.
        """
        try:
            first = dates.parse(f"{month}-01", "month")
        except BadInput:
            raise BadInput("month", f"{month[:40]!r} is no month", "write it as 2026-07") from None
        return cls(first.isoformat(), f"{month}-{monthrange(first.year, first.month)[1]}")

    def months(self) -> dict[str, int]:
        """The months that they touch, each with its first day, counted from ours: behind it, ahead of it, or it."""
        first = date.fromisoformat(self.first)
        return {month: (date.fromisoformat(f"{month}-01") - first).days for month in sorted({day[:7] for day in self})}

    def among(self, first: str, until: str) -> Bits:
        """Those from a day up to another that is not in it."""
        return sum(1 << n for n, day in enumerate(self) if first <= day < until)
