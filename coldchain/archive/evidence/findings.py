"""What a verification found: what is broken, and how much was looked at. Lists are bounded, counts are not."""

from typing import Any, Final

import msgspec

MOST: Final = 200  # findings that are listed


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not as it was left: what kind of thing, where it stands, what is wrong with it."""

    what: str  # chain | root | row | arrivals | day
    where: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.what} {self.where}: {self.wrong}"


class Chain(msgspec.Struct, frozen=True):
    """A chain that was followed. `adopted` links vouch for nothing before `adopted_at`."""

    stream: str
    links: int
    head: str
    adopted: int = 0
    adopted_at: int | None = None


class Report(msgspec.Struct):
    """What was looked at, and what was found."""

    findings: list[Finding] = []
    found: int = 0
    chains: list[Chain] = []
    links: int = 0
    rows: int = 0
    roots: int = 0
    root: str | None = None  # the one that was asked for
    readings: int = 0
    days_sealed: int = 0  # of channels, that say what their seals say
    days_open: int = 0  # not sealed yet, and brought by arrivals
    oldest_open: int | None = None
    days_deleted: int = 0
    batches: int = 0  # of the arrival journal, that seals cite
    seconds: float = 0.0

    @property
    def is_whole(self) -> bool:
        """True when nothing is broken."""
        return self.found == 0

    @property
    def adopted(self) -> int:
        """Links of rows that were there before there was a chain for them."""
        return sum(chain.adopted for chain in self.chains)

    def add(self, what: str, where: str, wrong: str) -> None:
        """One more finding."""
        self.found += 1
        if len(self.findings) < MOST:
            self.findings.append(Finding(what, where, wrong))

    def open_day(self, day: int) -> None:
        """A channel's day that is not sealed yet."""
        self.days_open += 1
        self.oldest_open = day if self.oldest_open is None else min(day, self.oldest_open)

    def plain(self) -> dict[str, Any]:
        """As it is printed."""
        return {"ok": self.is_whole, **msgspec.to_builtins(self), "adopted": self.adopted}
