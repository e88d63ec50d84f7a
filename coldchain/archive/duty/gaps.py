"""What is wrong with how people would be told of a critical alarm, everywhere: by day and in the coming night.

A gap is shown red every day until it is mended. It refuses nothing and delays nothing: whoever can be told, is.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import asking
from coldchain.archive.duty.book import Book
from coldchain.archive.duty.words import GapKind
from coldchain.archive.facilities import days
from coldchain.archive.rows import Record
from coldchain.archive.views import Scope
from coldchain.excursion import Severity

DEEP_NIGHT: Final = time(3)  # when whoever does not answer is asleep


class Gap(Record, frozen=True, kw_only=True):
    """What is wrong at a facility at an instant; `equipment` where it has a policy of its own."""

    facility: str
    equipment: str | None
    at: int
    kind: GapKind
    told: str
    person: int | None


async def gaps_at(tx: Tx, at: int, scope: Scope = None, zone: ZoneInfo = days.SITE) -> list[Gap]:
    """All of them, of facilities that have equipment, by facility; each once, at the earlier of the two instants."""
    book = await asking.read(tx, at, zone=zone)
    stands = await _in_use(tx, scope)
    own = {each.equipment for each in book.policies if each.equipment is not None}
    asked: list[tuple[str, str | None]] = [(facility, None) for facility in sorted(set(stands.values()))]
    asked += [(stands[code], code) for code in sorted(own & stands.keys())]
    found: dict[tuple[str, GapKind, str], Gap] = {}
    for moment in (at, _night(at, zone)):
        for gap in _of(book, asked, moment):
            found.setdefault((gap.facility, gap.kind, gap.told), gap)
    return sorted(found.values(), key=_key)


def _of(book: Book, asked: Iterable[tuple[str, str | None]], at: int) -> Iterable[Gap]:
    for facility, equipment in asked:
        told = asking.levels_in(book, equipment=equipment, facility=facility, severity=Severity.CRITICAL, at=at)
        for gap in told.gaps:
            yield Gap(facility=facility, equipment=equipment, at=at, kind=gap.kind, told=gap.told, person=gap.person)


async def _in_use(tx: Tx, scope: Scope) -> dict[str, str]:
    """What stands where and is not scrapped, at facilities that are not closed."""
    row, place = tables.Equipment, tables.Facility
    query = select(row.code, row.facility).join(place, place.code == row.facility)
    query = query.where(row.status != "scrapped", place.status != asking.CLOSED)
    if scope is not None:
        query = query.where(row.facility.in_(scope))
    return dict((await tx.execute(query)).all())


def _night(at: int, zone: ZoneInfo) -> int:
    """Three in the next night."""
    local = datetime.fromtimestamp(at / 1000, zone)
    deep = datetime.combine(local.date(), DEEP_NIGHT, zone)
    following = deep if deep > local else deep + timedelta(days=1)
    return round(following.timestamp() * 1000)


def _key(gap: Gap) -> tuple[str, str, str]:
    return gap.facility, gap.equipment or "", gap.kind
