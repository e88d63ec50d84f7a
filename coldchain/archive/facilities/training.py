"""Who was trained in what, when: courses that were held, and who passed them.

posts held now  ─► needs of the post ─► newest passed training per topic ─► never trained | lapsed | until when
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select

from coldchain.archive import audit, changes, documents, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days, needs, posts
from coldchain.archive.facilities.needs import Needs
from coldchain.archive.facilities.posts import Post
from coldchain.archive.places import lineage
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

MOST_HOURS = 1000  # of one course


class Level(StrEnum):
    """Who held it."""

    NATIONAL = "national"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    UNIT = "unit"


class NewCourse(Record, frozen=True, kw_only=True):
    """A training that was held; `region` is whose it is, None: nobody's in particular."""

    topic: str
    title: str
    level: Level
    hours: float
    held_on: str
    held_by: str
    region: str | None = None


class Course(NewCourse, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    withdrawn_at: int | None = None


class NewAttendance(Record, frozen=True, kw_only=True):
    """Somebody was there. `valid_until` is what the certificate says; without, what the post needs says how long it counts."""

    course: int
    person: int
    has_passed: bool
    certificate: str = ""
    issued_on: str | None = None
    valid_until: str | None = None
    document: str | None = None


class Attendance(NewAttendance, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    withdrawn_at: int | None = None


class Learned(Record, frozen=True, kw_only=True):
    """One training of one person, as it is listed."""

    attendance: int
    person: int
    topic: str
    title: str
    level: Level
    hours: float
    held_on: str
    has_passed: bool
    certificate: str
    valid_until: str | None


class Passed(Record, frozen=True, kw_only=True):
    """What a person passed in a topic; without `valid_until` it counts as long as the post's needs say."""

    person: int
    topic: str
    held_on: str
    valid_until: str | None = None


class Lack(Record, frozen=True, kw_only=True):
    """Whoever holds this post lacks this topic: never passed (`until` None), or lapsed with that day."""

    facility: str
    person: int
    post: str
    topic: str
    until: str | None
    source: str
    certainty: str


async def hold(tx: Tx, new: NewCourse, by: By) -> Course:
    """Write down a course that was held.

    Raises:
        BadInput: when its topic, hours, day or region cannot be, or it lies ahead.
    """
    await audit.begin(tx)
    check_texts("course", {"title": new.title, "held_by": new.held_by})
    needs.standing().check_topic(new.topic)
    days.check(new.held_on, "held_on")
    if new.held_on > days.day_of(by.at):
        raise BadInput("held_on", f"{new.held_on} lies ahead", "enter it when it was held")
    if not (math.isfinite(new.hours) and 0 < new.hours <= MOST_HOURS):
        raise BadInput("hours", f"{new.hours} cannot be", f"write more than 0, at most {MOST_HOURS}")
    if new.region is not None and not await lineage(tx, new.region):
        raise BadInput("region", f"{new.region[:80]!r} is not in the archive", "correct the code, or leave it out")
    row = tables.Course(
        topic=new.topic, title=new.title, level=str(new.level), hours=new.hours, held_on=new.held_on,
        held_by=new.held_by, region=new.region,
    )  # fmt: skip
    await changes.enter(tx, by, "held", row, [])
    return record_of(row, Course)


async def attend(tx: Tx, new: NewAttendance, by: By) -> Attendance:
    """Write down that somebody was there.

    Raises:
        BadInput: when there is no such course, person or document, they are entered already, or the certificate's days
            cannot be.
    """
    course = await changes.counting(tx, tables.Course, "course", new.course)
    check_texts("attendance", {"certificate": new.certificate})
    await posts.living(tx, new.person, days.end_of(course.held_on) - 1)
    await documents.check(tx, "document", new.document)
    row = tables.Attendance
    same = select(row.id).where(row.course == new.course, row.person == new.person, row.withdrawn_at.is_(None))
    if (there := await tx.scalar(same)) is not None:
        raise BadInput("person", f"they are entered already, as {there}", "withdraw that one first")
    _check_certificate(new, course.held_on)
    entered = tables.Attendance(
        course=new.course, person=new.person, has_passed=new.has_passed, certificate=new.certificate,
        issued_on=new.issued_on, valid_until=new.valid_until, document=new.document,
    )  # fmt: skip
    await changes.enter(tx, by, "attended", entered, [])
    return record_of(entered, Attendance)


async def withdraw_course(tx: Tx, number: int, by: By) -> Course:
    """Take back a course that was not held; who was entered for it learned nothing there.

    Raises:
        BadInput: when there is none.
    """
    row = await changes.counting(tx, tables.Course, "course", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Course)


async def withdraw_attendance(tx: Tx, number: int, by: By) -> Attendance:
    """Take back that somebody was there.

    Raises:
        BadInput: when there is none.
    """
    row = await changes.counting(tx, tables.Attendance, "attendance", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Attendance)


async def courses(tx: Tx, *, after: int = 0, limit: int | None = None) -> list[Course]:
    """Courses by number, the withdrawn too, those that come after that number."""
    row = tables.Course
    query = select(row).where(row.id > after).order_by(row.id).limit(limit)
    return [record_of(each, Course) for each in await tx.scalars(query)]


async def learned(tx: Tx, persons: Iterable[int]) -> list[Learned]:
    """All trainings of these people, the newest first."""
    query = _learned().where(tables.Attendance.person.in_(list(persons)))
    query = query.order_by(tables.Course.held_on.desc(), tables.Attendance.id.desc())
    return [record_of(each, Learned) for each in await tx.execute(query)]


async def learned_in(
    tx: Tx, scope: Scope, *, facility: str | None = None, before: int | None = None, limit: int = 100
) -> list[Learned]:
    """Trainings of people of these facilities, as they were entered, the last entry first; those before that number."""
    row, person = tables.Attendance, tables.Person
    query = _learned().join(person, person.id == row.person).order_by(row.id.desc()).limit(limit)
    if scope is not None:
        query = query.where(person.facility.in_(scope))
    if facility is not None:
        query = query.where(person.facility == facility)
    if before is not None:
        query = query.where(row.id < before)
    return [record_of(each, Learned) for each in await tx.execute(query)]


def _learned() -> Select[*tuple[Any, ...]]:
    row, held = tables.Attendance, tables.Course
    query = select(
        row.id.label("attendance"), row.person, held.topic, held.title, held.level, held.hours, held.held_on,
        row.has_passed, row.certificate, row.valid_until,
    )  # fmt: skip
    return query.join(held, held.id == row.course).where(row.withdrawn_at.is_(None), held.withdrawn_at.is_(None))


async def lacking(tx: Tx, facilities: Iterable[str] | None, at: int) -> list[Lack]:
    """Who holds a post at these facilities (None: everywhere) at that instant without the training it needs."""
    held, day = await posts.posts_at(tx, facilities, at=at), days.day_of(at)
    return lacks(held, await _passed(tx, {each.person for each in held}, day), needs.standing(), day)


async def _passed(tx: Tx, persons: Iterable[int], day: str) -> list[Passed]:
    """Of each person and topic what may count longest on a day: the last training without an end of its own, and the
    latest end.
    """  # noqa: D205 - one sentence
    row, held = tables.Attendance, tables.Course
    query = select(
        row.person, held.topic, func.max(held.held_on).label("held_on"), func.max(row.valid_until).label("valid_until")
    ).join(held, held.id == row.course)
    query = query.where(row.withdrawn_at.is_(None), held.withdrawn_at.is_(None), row.has_passed, held.held_on <= day)
    query = query.where(row.person.in_(list(persons))).group_by(row.person, held.topic, row.valid_until.is_(None))
    return [record_of(each, Passed) for each in await tx.execute(query)]


def lacks(held: Sequence[Post], trainings: Sequence[Passed], known: Needs, day: str) -> list[Lack]:
    """The same, pure: of posts held on a day, what their holders had passed by then, and what was asked then."""
    found = []
    of_person: dict[int, list[Passed]] = defaultdict(list)
    for one in trainings:
        of_person[one.person].append(one)
    for each in held:
        need = known.at(each.post, day)
        if need is None:
            continue
        for topic in need.topics:
            until = _until(of_person[each.person], topic, need.months)
            if until is None or until < day:
                lack = Lack(
                    facility=each.facility, person=each.person, post=each.post, topic=topic, until=until,
                    source=need.source, certainty=need.certainty,
                )  # fmt: skip
                found.append(lack)
    return found


def _until(trainings: Sequence[Passed], topic: str, months: int) -> str | None:
    """Until which day a topic counts as learned, by the training that counts longest; None: never passed."""
    passed = [one for one in trainings if one.topic == topic]
    return max((one.valid_until or needs.months_after(one.held_on, months) for one in passed), default=None)


def _check_certificate(new: NewAttendance, held_on: str) -> None:
    days.check(new.issued_on, "issued_on")
    days.check(new.valid_until, "valid_until")
    if new.issued_on is not None and new.issued_on < held_on:
        raise BadInput("issued_on", f"{new.issued_on} is before the course on {held_on}", "correct one of the two")
    if new.valid_until is not None and new.valid_until < max(held_on, new.issued_on or held_on):
        raise BadInput("valid_until", f"{new.valid_until} is before the certificate begins", "correct one of the two")
    if not new.has_passed and (new.certificate or new.issued_on or new.valid_until):
        raise BadInput("certificate", "who did not pass has none", "leave it out, or say that they passed")
