"""What is wrong with how people would be told of a critical alarm, everywhere: by day and in the coming night.

A gap is shown red every day until it is mended. It refuses nothing and delays nothing: whoever can be told, is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import asking, turns
from coldchain.archive.duty.book import Book
from coldchain.archive.duty.words import GapKind
from coldchain.archive.facilities import days
from coldchain.archive.rows import Record
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.excursion import Severity

DAY_MS: Final = 86_400_000
DEEP_NIGHT: Final = time(3)  # when whoever does not answer is asleep


class Gap(Record, frozen=True, kw_only=True):
    """What is wrong at a facility at an instant; `equipment` where it has a policy of its own."""

    facility: str
    equipment: str | None
    at: int
    kind: GapKind
    told: str
    told_zh: str
    person: int | None


async def gaps_at(tx: Tx, at: int, scope: Scope = None, zone: ZoneInfo = days.SITE) -> list[Gap]:
    """All of them, of facilities that have equipment, by facility; each once, at the earlier of the two instants."""
    stands = await _in_use(tx, scope)
    book = await asking.read(tx, at, scope, zone, places=set(stands.values()))
    asked = _asked(book, stands)
    found: dict[tuple[str, GapKind, str], Gap] = {}
    for moment in (at, _night(at, zone)):
        for gap in _of(book, asked, moment):
            found.setdefault((gap.facility, gap.kind, gap.told), gap)
    return sorted(found.values(), key=_key)


# What it means for somebody's alarm to find nobody, or too few: entering that is refused where it can be avoided.
OPENS: Final = frozenset(
    {GapKind.NOBODY, GapKind.TOO_FEW, GapKind.ABSENT, GapKind.ROTA_EMPTY, GapKind.NO_DESK, GapKind.LOOP, GapKind.GONE}
)
LOOKED_AT_MOST: Final = 14  # days of what is entered: who has the duty every other week has it once within them


async def missing(tx: Tx, start: int, end: int, scope: Scope, zone: ZoneInfo = days.SITE) -> dict[tuple[str, str], Gap]:
    """Where people are missing from a day to another, by facility and words: asked before something is entered, and after."""
    stands = await _in_use(tx, scope)
    found: dict[tuple[str, str], Gap] = {}
    for begun in range(start, min(end, start + LOOKED_AT_MOST * DAY_MS), DAY_MS):
        book = await asking.read(tx, begun, scope, zone, places=set(stands.values()))
        asked = _asked(book, stands)
        for moment in _moments(book, begun, min(end, begun + DAY_MS), zone):
            for gap in _of(book, asked, moment):
                if gap.kind in OPENS:
                    found.setdefault((gap.facility, gap.told), gap)
    return found


def _moments(book: Book, start: int, end: int, zone: ZoneInfo) -> list[int]:
    """The first of a day, its deep night, and whenever somebody else may have the duty: between two of them nothing changes."""
    today = days.day_of(start, zone)
    cuts = {_night(start, zone)} | {at for each in book.absences for at in (each.start, each.end)}
    for morning in (days.begins(day, zone) for day in (today, days.after(today, 1))):
        cuts |= {at for rota in book.rotas.values() for at in turns.cuts(rota, morning)}
    return [start, *sorted(at for at in cuts if start < at < end)]


def check_opened(before: Mapping[tuple[str, str], Gap], after: Mapping[tuple[str, str], Gap], field: str) -> None:
    """Refuse what leaves somebody's alarm without people that it had before.

    Raises:
        BadInput: naming the first facility, in both languages.
    """
    opened = [gap for key, gap in after.items() if key not in before]
    if opened:
        raise LeavesGap(field, opened[0])


class LeavesGap(BadInput):
    """What is entered would leave an alarm without people."""

    def __init__(self, field: str, gap: Gap) -> None:
        self.gap = gap
        cure = "name who stands in, or say that it is to be entered all the same"
        super().__init__(field, f"{gap.facility} would be left without people: {gap.told}", cure)


def _asked(book: Book, stands: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """The facilities, and the equipment that has a policy of its own."""
    own = {each.equipment for each in book.policies if each.equipment is not None}
    asked: list[tuple[str, str | None]] = [(facility, None) for facility in sorted(set(stands.values()))]
    return asked + [(stands[code], code) for code in sorted(own & stands.keys())]


def _of(book: Book, asked: Iterable[tuple[str, str | None]], at: int) -> Iterable[Gap]:
    for facility, equipment in asked:
        told = asking.levels_in(book, equipment=equipment, facility=facility, severity=Severity.CRITICAL, at=at)
        for gap in told.gaps:
            yield Gap(
                facility=facility, equipment=equipment, at=at, kind=gap.kind, told=gap.told, told_zh=gap.told_zh,
                person=gap.person,
            )  # fmt: skip


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
