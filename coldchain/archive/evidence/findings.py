"""What a verification found: what is broken, how much was looked at, and from what `limits` says what it could not see.

Lists are bounded, counts are not.
"""

from typing import Any, Final

import msgspec

MOST: Final = 200  # findings that are listed


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not as it was left: what kind of thing, where it stands, what is wrong with it."""

    what: str  # chain | root | row | arrivals | day | file
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
    root_n: int | None = None  # its number, else that of the newest
    root_at: int | None = None
    links_since: int = 0  # behind that root, or all where there is none
    set_back: list[str] = []  # where times run backwards
    readings: int = 0
    days_sealed: int = 0  # of channels, that say what their seals say
    days_open: int = 0  # not sealed yet, and brought by arrivals
    oldest_open: int | None = None
    days_deleted: int = 0
    acts: list[int] = []  # by which acts
    days_elsewhere: int = 0  # sealed, and their readings are not in the file
    sealed_late: list[str] = []  # gateways' days that stood unsealed for long
    mixed: list[str] = []  # hours whose sealed readings cannot be told from late ones
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

    def first(self, findings: list[Finding]) -> None:
        """Findings from which others may have followed."""
        self.found += len(findings)
        self.findings = [*findings, *self.findings][:MOST]

    def note(self, places: list[str], where: str) -> None:
        """One more of what is not proved: of `set_back`, `sealed_late` or `mixed`."""
        if len(places) < MOST:
            places.append(where)

    def open_day(self, day: int) -> None:
        """A channel's day that is not sealed yet."""
        self.days_open += 1
        self.oldest_open = day if self.oldest_open is None else min(day, self.oldest_open)

    def gone(self, act: int) -> None:
        """A channel's day that an act deleted."""
        self.days_deleted += 1
        if act not in self.acts:
            self.acts.append(act)

    def plain(self) -> dict[str, Any]:
        """As it is printed."""
        said = msgspec.to_builtins(self)
        return {"ok": self.is_whole, **said, "adopted": self.adopted}
