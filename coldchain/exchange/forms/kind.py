"""What a kind of sheet is: a form, and how one of its rows enters the archive."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from msgspec import UNSET

from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.views import Scope
from coldchain.exchange.form import Form

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a sheet, from which file, and which facilities they may write for (None: all)."""

    by: By
    file: str
    scope: Scope = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sheet. `form` is made for the zone in which times without an offset are meant."""

    form: Callable[[tzinfo], Form]
    put: Callable[[Tx, Values, Sender], Awaitable[bool]]  # True: it changed something


def said(values: Values) -> dict[str, Any]:
    """What a row says: without what its sheet left empty."""
    return {name: value for name, value in values.items() if value is not UNSET}
