"""The people of a facility: how they are called, how they are reached, and which login is theirs.

a form, a file  ─►  numbers in one spelling, a login of their own?  ─►  person  ─►  posts, training, hand-over
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import select

from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import contacts, numbers
from coldchain.archive.places import tree
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


class NewPerson(Record, frozen=True, kw_only=True):
    """Somebody at a facility, known by name within it. What is unset stays as it is, and is empty for a new one.

    `post` is what they are called; which posts they hold from when to when stands in `facilities.posts`. `phone` is the
    number tried first; all of them stand in `facilities.contacts`. `user` is the login that is theirs.
    """

    name: str
    facility: str
    post: str
    phone: str | UnsetType = UNSET
    left_at: int | UnsetType | None = UNSET
    user: str | UnsetType | None = UNSET
    email: str | UnsetType = UNSET
    wechat: str | UnsetType = UNSET
    wecom: str | UnsetType = UNSET


class Person(NewPerson, frozen=True, kw_only=True):
    """… who stands in the archive."""

    id: int
    phone: str = ""
    left_at: int | None = None
    user: str | None = None
    email: str = ""
    wechat: str = ""
    wecom: str = ""


async def put_persons(tx: Tx, records: Sequence[NewPerson], by: By) -> int:
    """Insert or change persons; returns how many were not so already.

    Raises:
        BadInput: when a number or address cannot be, or a login is nobody's or another's.
    """
    ready = [_normal(record) for record in records]
    await audit.begin(tx)
    await _check_logins(tx, ready)
    written = await changes.write(tx, tables.Person, ["facility", "name"], ready, by)
    rows = [row for row in (*written.added, *(each.row for each in written.altered)) if isinstance(row, tables.Person)]
    await contacts.keep_first(tx, rows, by)
    return written.count


async def add(tx: Tx, new: NewPerson, by: By) -> Person:
    """Add somebody who is not there yet.

    Raises:
        BadInput: when somebody there is called so, or something cannot be.
    """
    await audit.begin(tx)
    await _check_free(tx, new)
    await put_persons(tx, [new], by)
    return (await person(tx, await number_of(tx, new.facility, new.name)))[0]


async def change_person(tx: Tx, number: int, new: NewPerson, by: By, *, seen: str | None = None) -> Person:
    """Change what stands of a person. They stay at their facility: whoever goes to another is somebody new there.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, the name is another's there, or something cannot be.
    """
    await audit.begin(tx)
    row = await _person_row(tx, number)
    await contacts.check(tx, row, seen)
    if new.facility != row.facility:
        raise BadInput("facility", f"{row.name} is at {row.facility}", "add them there, and hand over here")
    if new.name != row.name:
        await _check_free(tx, new)
    ready = _normal(new)
    await _check_logins(tx, [ready], but=number)
    said = msgspec.to_builtins(ready)
    check_texts("person", said)
    if any(getattr(row, name) != value for name, value in said.items()):
        for name, value in said.items():
            setattr(row, name, value)
        await audit.record(tx, by, "changed", [row])
        await contacts.keep_first(tx, [row], by)
    return record_of(row, Person)


async def person(tx: Tx, number: int) -> tuple[Person, str]:
    """A person, and the tag of the state of them and their numbers.

    Raises:
        BadInput: when there is none of that number.
    """
    row = await _person_row(tx, number)
    return record_of(row, Person), await contacts.tag(tx, row)


async def names(tx: Tx, which: Collection[int]) -> dict[int, str]:
    """The names of these persons by their numbers, also of those who left."""
    row = tables.Person
    return dict((await tx.execute(select(row.id, row.name).where(row.id.in_(which)))).all())


async def persons(
    tx: Tx,
    *,
    facility: str | None = None,
    region: str | None = None,
    scope: Scope = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Person]:
    """Who is still there, by number: at a facility, in a region and below, in a scope, or everywhere."""
    row = tables.Person
    query = select(row).where(row.left_at.is_(None), row.id > after).order_by(row.id).limit(limit)
    if facility is not None:
        query = query.where(row.facility == facility)
    if scope is not None:
        query = query.where(row.facility.in_(scope))
    if region is not None:
        inside = select(tables.Facility.code).where(tables.Facility.region.in_(select(tree(region).c.code)))
        query = query.where(row.facility.in_(inside))
    return [record_of(each, Person) for each in await tx.scalars(query)]


def check(new: NewPerson) -> None:
    """Refuse what cannot be, by itself.

    Raises:
        BadInput: naming the field.
    """
    _normal(new)


async def number_of(tx: Tx, facility: str, name: str) -> int:
    """The number of somebody by their name at a facility.

    Raises:
        BadInput: when nobody there is called so.
    """
    row = tables.Person
    found = await tx.scalar(select(row.id).where(row.facility == facility, row.name == name))
    if found is None:
        raise BadInput("person", f"nobody at {facility} is called {name[:80]!r}", "add them first, or correct the name")
    return found


async def _person_row(tx: Tx, number: int) -> tables.Person:
    row = await tx.get(tables.Person, number)
    if row is None:
        raise BadInput("person", f"{number} is nobody in the archive", "choose one from the list of people")
    return row


async def _check_free(tx: Tx, new: NewPerson) -> None:
    row = tables.Person
    if await tx.scalar(select(row.id).where(row.facility == new.facility, row.name == new.name)) is not None:
        raise BadInput("name", f"{new.name!r} is somebody else at {new.facility}", "write what tells them apart")


def _normal(new: NewPerson) -> NewPerson:
    """Its numbers and addresses in one spelling."""
    if not new.name.strip():
        raise BadInput("person.name", "it is empty", "write how they are called")
    if isinstance(new.email, str) and new.email and not EMAIL.fullmatch(new.email):
        raise BadInput("person.email", f"{new.email[:80]!r} is no address", "write name@host")
    phone = numbers.normal(new.phone, "person.phone") if new.phone else new.phone
    return msgspec.structs.replace(new, phone=phone)


async def _check_logins(tx: Tx, records: Sequence[NewPerson], *, but: int | None = None) -> None:
    """A login is one living person's; who shares it signs for another."""
    for new in records:
        if not isinstance(new.user, str):
            continue
        if await tx.get(tables.User, new.user) is None:
            raise BadInput("person.user", f"{new.user[:80]!r} is no user", "see `coldchain user list`")
        row = tables.Person
        others = select(row.name, row.facility).where(row.user == new.user, row.left_at.is_(None))
        others = others.where(row.id != but) if but is not None else others
        for name, facility in await tx.execute(others):
            if (name, facility) != (new.name, new.facility):
                wrong = f"{new.user!r} is the login of {name} at {facility}"
                raise BadInput("person.user", wrong, "make a login for each: who shares one signs for another")
