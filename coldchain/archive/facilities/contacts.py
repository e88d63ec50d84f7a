"""How people are reached: several numbers each, one of them tried first.

Numbers are personal data: they leave the archive for those who keep or manage the books of that facility, not for whoever may look.
In the audit trail a number stands as a fingerprint: that it changed is seen, not what it is.
"""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from coldchain.archive import audit, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import numbers
from coldchain.archive.facilities.numbers import PhoneKind
from coldchain.archive.rows import Record, record_of
from coldchain.errors import BadInput, Stale


class NewPhone(Record, frozen=True, kw_only=True):
    """A number and what rings there."""

    kind: PhoneKind
    phone_number: str


class Phone(NewPhone, frozen=True, kw_only=True):
    """… of a person."""

    id: int
    person: int
    withdrawn_at: int | None = None


async def phones_of(tx: Tx, persons: Iterable[int]) -> dict[int, list[Phone]]:
    """The numbers in use, by person, each person's in the order in which they were given."""
    return {person: [record_of(each, Phone) for each in rows] for person, rows in (await _rows(tx, persons)).items()}


async def lines_of(tx: Tx, persons: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """The same as (kind, number) alone, for who looks at a county's at once."""
    row = tables.Phone
    query = select(row.person, row.kind, row.phone_number).where(row.person.in_(list(persons)))
    found: dict[int, list[tuple[str, str]]] = {}
    for person, kind, number in await tx.execute(query.where(row.withdrawn_at.is_(None)).order_by(row.id)):
        found.setdefault(person, []).append((kind, number))
    return found


async def set_phones(
    tx: Tx, number: int, phones: Sequence[NewPhone], by: By, *, seen: str | None = None
) -> list[Phone]:
    """From now on these are a person's numbers, the first of them tried first.

    Raises:
        Stale: the person was changed since.
        BadInput: when there is nobody of that number, one is no number, or stands there twice.
    """
    await audit.begin(tx)
    person = await tx.get(tables.Person, number)
    if person is None:
        raise BadInput("person", f"{number} is nobody in the archive", "choose one from the list of people")
    await check(tx, person, seen)
    wanted = [_normal(each) for each in phones]
    if len({each.phone_number for each in wanted}) < len(wanted):
        raise BadInput("phones", "a number stands there twice", "keep one of them")
    changed = _arranged(person.id, (await _rows(tx, [person.id])).get(person.id, []), wanted, by)
    tx.add_all(changed)
    first = wanted[0].phone_number if wanted else ""
    moved = [person] if person.phone != first else []
    person.phone = first
    await audit.record(tx, by, "phones", [*changed, *moved])
    return (await phones_of(tx, [person.id])).get(person.id, [])


async def keep_first(tx: Tx, persons: Sequence[tables.Person], by: By) -> None:
    """Whoever was just given a first number has it first among theirs; whoever was given none has none."""
    reached = await _rows(tx, [each.id for each in persons])
    changed: list[tables.Phone] = []
    for each in persons:
        now = reached.get(each.id, [])
        if each.phone == (now[0].phone_number if now else ""):
            continue
        others = [_said(row) for row in now if row.phone_number != each.phone]
        known = [_said(row) for row in now if row.phone_number == each.phone]
        first = known or [NewPhone(kind=_kind(each.phone), phone_number=each.phone)]
        changed += _arranged(each.id, now, [*first, *others] if each.phone else [], by)
    tx.add_all(changed)
    await audit.record(tx, by, "phones", changed)


async def tag(tx: Tx, person: tables.Person) -> str:
    """The state of a person with all their numbers, which may change while the person's own row does not."""
    now = (await _rows(tx, [person.id])).get(person.id, [])
    state = " ".join([locking.tag_of(person), *(str(row.id) for row in now)])
    return hashlib.sha256(state.encode()).hexdigest()[:16]


async def check(tx: Tx, person: tables.Person, seen: str | None) -> None:
    """Refuse a change that was made for another state of a person or their numbers; None asks for no such check.

    Raises:
        Stale: they were changed since.
    """
    if seen is not None and seen not in {locking.ANY, await tag(tx, person)}:
        raise Stale("tag", f"{seen[:40]!r} is no longer their state", "look at it again, and repeat")


def _arranged(person: int, now: Sequence[tables.Phone], wanted: Sequence[NewPhone], by: By) -> list[tables.Phone]:
    """The rows that end and begin so that these are their numbers; numbers stand in the order of their rows."""
    same = 0
    while same < min(len(now), len(wanted)) and _said(now[same]) == wanted[same]:
        same += 1
    for row in now[same:]:
        row.withdrawn_at = by.at
    return [*now[same:], *(_row(person, each) for each in wanted[same:])]


def _normal(new: NewPhone) -> NewPhone:
    number = numbers.normal(new.phone_number, "phone_number")
    numbers.check_kind(new.kind, number, "kind")
    return NewPhone(kind=new.kind, phone_number=number)


def _kind(number: str) -> PhoneKind:
    return PhoneKind.MOBILE if numbers.is_mobile(number) else PhoneKind.FIXED


def _row(person: int, new: NewPhone) -> tables.Phone:
    return tables.Phone(person=person, kind=str(new.kind), phone_number=new.phone_number)


def _said(row: tables.Phone) -> NewPhone:
    return NewPhone(kind=PhoneKind(row.kind), phone_number=row.phone_number)


async def _rows(tx: Tx, persons: Iterable[int]) -> dict[int, list[tables.Phone]]:
    """The numbers in use, by person, in their order."""
    row = tables.Phone
    query = select(row).where(row.person.in_(list(persons)), row.withdrawn_at.is_(None)).order_by(row.id)
    found: dict[int, list[tables.Phone]] = {}
    for each in await tx.scalars(query):
        found.setdefault(each.person, []).append(each)
    return found
