"""What a kind of sheet is: a form, and how one of its rows enters the archive."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from msgspec import UNSET

from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.views import Scope
from coldchain.exchange.form import Form
from coldchain.exchange.taking import Note

Values = Mapping[str, Any]


@dataclass(slots=True)
class SoFar:
    """What the rows of this file have entered until now, for those that come after."""

    facilities: set[str] = field(default_factory=set)  # that are new
    lying: set[tuple[str, int]] = field(default_factory=set)  # (lot, compartment) that a row has spoken of
    told: set[str] = field(default_factory=set)  # facilities whose stock the file tells


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a sheet, from which file, and which facilities they may write for (None: all)."""

    by: By
    file: str
    scope: Scope = None
    so_far: SoFar = field(default_factory=SoFar)

    def may_write(self, facility: str) -> bool:
        """True when it is theirs, or was entered by an earlier row of this file."""
        return self.scope is None or facility in self.scope or facility in self.so_far.facilities


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sheet. `form` is made for the zone in which times without an offset are meant."""

    form: Callable[[tzinfo], Form]
    put: Callable[[Tx, Values, Sender], Awaitable[bool]]  # True: it changed something
    left_out: Callable[[Tx, Sender], Awaitable[list[Note]]] | None = None  # what the archive has and the file has not


def said(values: Values) -> dict[str, Any]:
    """What a row says: without what its sheet left empty."""
    return {name: value for name, value in values.items() if value is not UNSET}
