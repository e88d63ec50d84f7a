"""What of an answer or a change lies within a caller's scope: facilities, people, rotas, whole regions.

What lies outside is answered as if it were not there, also when it is to be written.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from coldchain.archive import places, tables, views
from coldchain.archive.db import Tx
from coldchain.archive.facilities import persons
from coldchain.archive.facilities.persons import Person
from coldchain.errors import BadInput
from dashboards.access import Viewer
from dashboards.api.asked import Paging
from dashboards.problems import NotFound

R = TypeVar("R")


AT_ONCE = 20  # facilities looked through at first, for what is worked out and not read; then ever more


async def by_facility(
    codes: Sequence[str],
    page: Paging,
    last: Sequence[int | str] | None,
    read: Callable[[frozenset[str]], Awaitable[Iterable[R]]],
    place: Callable[[R], tuple[int | str, ...]],
    *,
    at_once: int = AT_ONCE,
) -> list[R]:
    """One page, and one row more, of what is worked out for some facilities at a time, in their order.

    Args:
        codes: all of them, in order.
        page: how much is wanted.
        last: the place at which the page before ended.
        read: works it out for some.
        place: where a row stands; it begins with the facility.
        at_once: so many facilities are looked through first.
    """
    rest = [code for code in codes if last is None or code >= str(last[0])]
    rows: list[R] = []
    count = at_once
    while rest and len(rows) <= page.limit:
        some, rest = frozenset(rest[:count]), rest[count:]
        count *= 2  # where so little is found, much must be looked through
        found = sorted(await read(some), key=place)
        rows += [each for each in found if last is None or place(each) > tuple(last)]
    return rows[: page.limit + 1]


async def check_facility(tx: Tx, viewer: Viewer, code: str) -> None:
    """A facility that the caller sees.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    if not viewer.sees(code) or await tx.get(tables.Facility, code) is None:
        raise NotFound("facility", code)


async def check_region(tx: Tx, viewer: Viewer, region: str | None) -> None:
    """A region of which the caller sees every facility; none is everything.

    Raises:
        NotFound: there is none, or not all of it is theirs.
    """
    if viewer.scope is None:
        return
    below = await views.facilities_below(tx, region) if region is not None else frozenset()
    if not below or not below <= viewer.scope:
        raise NotFound("region", region)


async def check_ground(tx: Tx, viewer: Viewer, region: str) -> None:
    """A region that is the caller's own or lies in it, whether or not there is a facility yet.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    theirs = region if viewer.scope is None else viewer.region
    if theirs is None or region not in await places.below(tx, theirs):
        raise NotFound("region", region)


async def person_in(tx: Tx, viewer: Viewer, number: int) -> tuple[Person, str]:
    """A person at a facility that the caller sees, and the tag of that state.

    Raises:
        NotFound: there is none, or they are at another's.
    """
    try:
        found, tag = await persons.person(tx, number)
    except BadInput:
        raise NotFound("person", number) from None
    if not viewer.sees(found.facility):
        raise NotFound("person", number)
    return found, tag


async def rota_in(tx: Tx, viewer: Viewer, number: int) -> tables.Rota:
    """A rota whose place is all the viewer's.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    row = await tx.get(tables.Rota, number)
    if row is None or not await place_in(tx, viewer, row.region, row.facility):
        raise NotFound("rota", number)
    return row


async def place_in(tx: Tx, viewer: Viewer, region: str | None, facility: str | None) -> bool:
    """True of a place that is all the caller's."""
    if facility is not None:
        return viewer.sees(facility)
    try:
        await check_region(tx, viewer, region)
    except NotFound:
        return False
    return True


async def absence_in(tx: Tx, viewer: Viewer, number: int) -> None:
    """An absence of somebody whom the viewer sees.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    row = await tx.get(tables.Absence, number)
    if row is None:
        raise NotFound("absence", number)
    try:
        await person_in(tx, viewer, row.person)
    except NotFound:
        raise NotFound("absence", number) from None
