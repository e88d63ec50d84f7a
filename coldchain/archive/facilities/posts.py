"""Who holds which post where, from when to when: keeper (冷链管理员), deputy, head, vaccinator, on duty, county manager.

One keeper and one head at a time: a second is refused. A time without a keeper is no error, it is a finding.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select

from coldchain import clock
from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities.standing import Standing
from coldchain.archive.places import facility as facility_of
from coldchain.archive.rows import Record, record_of, table_of
from coldchain.errors import BadInput


class PostKind(StrEnum):
    """What somebody answers for at a facility."""

    KEEPER = "keeper"
    DEPUTY = "deputy"
    HEAD = "head"
    VACCINATOR = "vaccinator"
    DUTY = "duty"
    COUNTY_MANAGER = "county_manager"


ALONE: Final = frozenset({PostKind.KEEPER, PostKind.HEAD})  # one holder at a time


class NewPost(Record, frozen=True, kw_only=True):
    """From–to, this person holds this post at this facility; `end` None = until further notice."""

    person: int
    facility: str
    post: PostKind
    start: int
    end: int | None = None


class Post(NewPost, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = it was never so."""

    id: int
    withdrawn_at: int | None = None

    def holds_at(self, at: int) -> bool:
        """True when it is held at that instant."""
        return self.withdrawn_at is None and self.start <= at and (self.end is None or self.end > at)


async def begin(tx: Tx, new: NewPost, by: By) -> Post:
    """Let somebody hold a post.

    Raises:
        BadInput: when they left, the facility is closed, or the post is held by another or by them already.
    """
    await audit.begin(tx)
    changes.check_span(new.start, new.end)
    person = await living(tx, new.person, new.start)
    if person.left_at is not None and (new.end is None or new.end > person.left_at):
        left = clock.iso(person.left_at)
        raise BadInput("end", f"{person.name} left at {left}", f"let the post end by {left}")
    await facility_of(tx, new.facility)
    if (await tx.get_one(tables.Facility, new.facility)).status == Standing.CLOSED:
        raise BadInput("facility", f"{new.facility} is closed", "choose one that works")
    for other in await _beside(tx, new):
        if other.person == new.person or new.post in ALONE:
            holder = (await tx.get_one(tables.Person, other.person)).name
            wrong = f"{holder} is {new.post} of {new.facility} {_span(other)}"
            raise BadInput("post", wrong, "end that post first, or hand it over in one act")
    row = tables.Post(person=person.id, facility=new.facility, post=str(new.post), start=new.start, end=new.end)
    await changes.enter(tx, by, "begun", row, [])
    return record_of(row, Post)


async def end(tx: Tx, number: int, at: int, by: By) -> Post:
    """Let a post end; that nobody holds it then is a finding.

    Raises:
        BadInput: when there is none, or it ends before it begins.
    """
    row = await changes.counting(tx, tables.Post, "post", number)
    changes.end_at(row, at)
    await changes.enter(tx, by, "ended", row, [])
    return record_of(row, Post)


async def withdraw(tx: Tx, number: int, by: By) -> Post:
    """Take back a post that was entered by mistake: nobody held it.

    Raises:
        BadInput: when there is none.
    """
    row = await changes.counting(tx, tables.Post, "post", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Post)


async def posts_at(tx: Tx, facilities: Iterable[str] | None, *, at: int | None = None) -> list[Post]:
    """All posts that count at these facilities (None: everywhere), in time; with `at`, those held at that instant."""
    row = tables.Post
    query = select(*table_of(row).columns).where(row.withdrawn_at.is_(None))
    query = query.order_by(row.facility, row.start, row.id)
    if facilities is not None:
        query = query.where(row.facility.in_(list(facilities)))
    if at is not None:
        query = query.where(row.start <= at, or_(row.end.is_(None), row.end > at))
    return [record_of(each, Post) for each in await tx.execute(query)]


async def posts_of(tx: Tx, person: int) -> list[Post]:
    """All posts that a person ever held, in time."""
    row = tables.Post
    query = select(row).where(row.person == person, row.withdrawn_at.is_(None)).order_by(row.start, row.id)
    return [record_of(each, Post) for each in await tx.scalars(query)]


async def is_entered(tx: Tx, new: NewPost) -> bool:
    """True when this post was begun so once, whatever became of it since."""
    same = {"person": new.person, "facility": new.facility, "post": str(new.post), "start": new.start}
    return await changes.is_entered(tx, tables.Post, **same)


async def living(tx: Tx, person: int, at: int) -> tables.Person:
    """Somebody who has not left by then.

    Raises:
        BadInput: when there is none of that number, or they left before.
    """
    row = await tx.get(tables.Person, person)
    if row is None:
        raise BadInput("person", f"{person} is nobody in the archive", "choose one from the list of people")
    if row.left_at is not None and row.left_at <= at:
        raise BadInput("person", f"{row.name} left at {clock.iso(row.left_at)}", "choose somebody who is there")
    return row


def gaps(posts: Sequence[Post], until: int) -> list[tuple[int, int]]:
    """The times, up to `until`, at which nobody held the post that these are all of, after it was first held."""
    found = []
    reached: int | None = None
    for each in sorted(posts, key=_start):
        if reached is not None and each.start > reached and reached < until:
            found.append((reached, min(each.start, until)))
        ends = until if each.end is None else each.end
        reached = ends if reached is None else max(reached, ends)
    if reached is not None and reached < until:
        found.append((reached, until))
    return found


async def _beside(tx: Tx, new: NewPost) -> list[tables.Post]:
    """Posts of the same kind there that are held at some moment of the new one."""
    row = tables.Post
    query = select(row).where(row.facility == new.facility, row.post == str(new.post), row.withdrawn_at.is_(None))
    query = query.where(or_(row.end.is_(None), row.end > new.start))
    if new.end is not None:
        query = query.where(row.start < new.end)
    return list(await tx.scalars(query.order_by(row.start)))


def _start(post: Post) -> int:
    return post.start


def _span(post: tables.Post) -> str:
    return f"since {clock.iso(post.start)}" if post.end is None else f"until {clock.iso(post.end)}"
