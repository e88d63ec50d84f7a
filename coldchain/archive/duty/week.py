"""Who has the duty in the days ahead: of each rota hour by hour, and whom a facility's alarm would find by day and by night.

each day's book ─► rotas, cut where anything begins or ends ─► spans
                └► `told` at ten and at three in the night ─► who, and what is wrong then
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from coldchain.archive.db import Tx
from coldchain.archive.duty import asking, turns
from coldchain.archive.duty.book import Book, Place, Rota
from coldchain.archive.duty.members import Gap, Moment, found_of
from coldchain.archive.duty.policy import Member, MemberKind
from coldchain.archive.duty.who import Asked, Level, told
from coldchain.archive.facilities import days
from coldchain.excursion import Severity

DAYS: Final = 7
BY_DAY_H: Final = 10
AT_NIGHT_H: Final = 3  # of the morning after: the deep of the night that begins on this day
_HOUR: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Span:
    """From–to these have a rota's duty, stand-ins included; nobody: the gaps say why."""

    start: int
    end: int
    people: tuple[str, ...]
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom a facility's critical alarm would find at an instant."""

    at: int
    levels: tuple[Level, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One day: each rota's spans, and the facility's watch by day and in the following night."""

    start: int
    rotas: dict[int, tuple[Span, ...]]
    watches: tuple[Watch, ...]


async def week(tx: Tx, at: int, rotas: Collection[int], facility: str | None, zone: ZoneInfo = days.SITE) -> list[Day]:
    """The day of an instant and those after it.

    Raises:
        BadInput: there is no such facility.
    """
    place = await asking.place_of(tx, equipment=None, facility=facility, region=None)
    first = days.day_of(at, zone)
    mornings = [days.begins(days.after(first, count), zone) for count in range(DAYS + 1)]
    whose = [] if facility is None else [facility]
    books = [await asking.read(tx, morning, whose, zone) for morning in mornings]
    found = []
    for (start, book), (end, following) in pairwise(zip(mornings, books, strict=True)):
        begun = max(start, at)  # what was before is nobody's question any more
        spans = {number: _spans(book, book.rotas[number], begun, end, zone) for number in rotas if number in book.rotas}
        watches = (
            _watch(book, max(start + BY_DAY_H * _HOUR, at), place, zone),
            _watch(following, end + AT_NIGHT_H * _HOUR, place, zone),
        )
        found.append(Day(start, spans, watches if facility else ()))
    return found


def _watch(book: Book, at: int, place: Place, zone: ZoneInfo) -> Watch:
    answer = told(Asked(book, place, Severity.CRITICAL, at, zone=zone))
    return Watch(at, tuple(answer.levels), tuple(answer.gaps))


def _spans(book: Book, rota: Rota, start: int, end: int, zone: ZoneInfo) -> tuple[Span, ...]:
    """Cut where anybody's hours, swap or absence begins or ends; neighbours with the same people are one."""
    member = Member(MemberKind.ROTA, rota.id)
    found: list[Span] = []
    morning = days.begins(days.day_of(start, zone), zone)
    cuts = [start, *sorted({cut for cut in _cuts(book, rota, morning) if start < cut < end}), end]
    for begun, ended in pairwise(cuts):
        its = found_of(Moment(book, Place(), begun, zone, is_night=False), [member])
        people = tuple(book.contacts[number].name for number in its.persons)
        if found and (found[-1].people, found[-1].gaps) == (people, its.gaps):
            found[-1] = Span(found[-1].start, ended, people, its.gaps)
        else:
            found.append(Span(begun, ended, people, its.gaps))
    return tuple(found)


def _cuts(book: Book, rota: Rota, morning: int) -> Iterable[int]:
    yield from turns.cuts(rota, morning)
    for each in book.absences:
        yield each.start
        yield each.end
