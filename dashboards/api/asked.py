"""What callers write: numbers, times, lists in pages, cursors."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, overload

from fastapi import Depends, Path, Query

from coldchain.clock import parse_iso
from coldchain.errors import BadInput
from dashboards.api.models import Listed

R = TypeVar("R")
M = TypeVar("M")

Number = Annotated[int, Path(ge=1, lt=2**31)]  # of a row, in an address
Limit = Annotated[int, Query(ge=1, le=1000, description="Items in this page.")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
Start = Annotated[str | None, Query(max_length=40, description="ISO 8601 with offset, or ms since 1970; inclusive.")]
End = Annotated[str | None, Query(max_length=40, description="ISO 8601 with offset, or ms since 1970; exclusive.")]
FIRST_MS, LAST_MS = 0, 253_370_764_800_000  # 1970 … 9999: beyond, calendars end

# A plus sign that nobody encoded comes out of a query as a space.
_LOST_PLUS = re.compile(r"^(\S+T\S+) (\d\d:?\d\d)$")


@overload
def moment(text: str, field: str) -> int: ...
@overload
def moment(text: str | None, field: str) -> int | None: ...
def moment(text: str | None, field: str) -> int | None:
    """A caller's time in ms UTC.

    Raises:
        BadInput: no time, without an offset, or of no calendar year.
    """
    if text is None:
        return None
    ms = parse_iso(_LOST_PLUS.sub(r"\1+\2", text.strip()), field)
    if not FIRST_MS <= ms < LAST_MS:
        raise BadInput(field, f"{text!r} is outside of 1970 to 9999", "write a time of this era; numbers are ms, not s")
    return ms


@dataclass(frozen=True, slots=True)
class Window:
    """`start` and `end` of a query; None is open."""

    start: Start = None
    end: End = None

    def ms(self) -> tuple[int | None, int | None]:
        """Both ends in ms UTC.

        Raises:
            BadInput: when one is no time, or it ends before it starts.
        """
        first, last = moment(self.start, "start"), moment(self.end, "end")
        if first is not None and last is not None and last <= first:
            raise BadInput("end", "is not after start", "give a later end, or exchange the two")
        return first, last


@dataclass(frozen=True, slots=True)
class Paging:
    """`limit` and `cursor` of a query."""

    limit: Limit = 100
    cursor: Cursor = None

    def after(self, *kinds: type) -> list[Any] | None:
        """The key that the cursor carries, its parts of these types.

        Raises:
            BadInput: when no page gave it.
        """
        if self.cursor is None:
            return None
        try:
            key = json.loads(urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)))
        except ValueError:
            key = None
        if not isinstance(key, list) or [type(part) for part in key] != list(kinds) or not _fits(key):
            raise BadInput("cursor", "this is no cursor of ours", "pass the `next` of the page before, or none")
        return key


Windowed = Annotated[Window, Depends()]
Paged = Annotated[Paging, Depends()]


def listed(
    rows: Sequence[R], page: Paging, key: Callable[[R], Sequence[int | str]], shown: Callable[[R], M]
) -> Listed[M]:
    """One page of rows of which one more than its limit was fetched."""
    items = rows[: page.limit]
    more = len(rows) > page.limit
    return Listed(items=[shown(row) for row in items], next=encoded(key(items[-1])) if more else None)


def encoded(key: Sequence[int | str]) -> str:
    """The cursor of a page that ends with this key."""
    return urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def _fits(key: list[int | str]) -> bool:
    return all(not isinstance(part, int) or abs(part) < 2**63 for part in key)
