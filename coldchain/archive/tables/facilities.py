"""Facilities in time: status, calendar, phones, posts, training, hand-overs, and what each unit confirmed.

What stands in `places` and `people` is how it is now; here is since when.
"""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Day, Long, Ms, Name, Serial, Word


class FacilityStatus(Base):
    """From `at` on a facility is of this status; `before` is what it was until then. Never changed."""

    __tablename__ = "facility_status"
    __table_args__ = (Index("ix_facility_status_facility_at", "facility", "at"),)

    id: Mapped[Serial]
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"))
    status: Mapped[Word]  # active | suspended | closed
    before: Mapped[Word]
    at: Mapped[Ms]
    reason: Mapped[Long]


class CalendarDay(Base):
    """A day that is not what its weekday says: a holiday, or a make-up day (调休), for a region and below or one facility."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        CheckConstraint("(region is null) <> (facility is null)", name="scope"),
        CheckConstraint("kind in ('holiday', 'workday')", name="kind"),
        CheckConstraint("as_weekday is null or (kind = 'workday' and as_weekday between 0 and 6)", name="as_weekday"),
        Index("ix_calendar_day_day", "day"),
    )

    id: Mapped[Serial]
    day: Mapped[Day]
    kind: Mapped[Word]
    name: Mapped[Name]
    region: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"), index=True)
    source: Mapped[Long]  # the notice that says so
    as_weekday: Mapped[int | None]  # of a make-up day: whose sessions are held (0 = Monday); None: its own weekday's
    withdrawn_at: Mapped[Ms | None]


class Phone(Base):
    """A number at which a person is reached."""

    __tablename__ = "phone"

    id: Mapped[Serial]
    person: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[Word]  # mobile | fixed | ward_night
    phone_number: Mapped[Word]  # +8613800138000
    withdrawn_at: Mapped[Ms | None]


class Post(Base):
    """From–to, this person holds this post at this facility; `end` None = still."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint('"end" is null or "end" > start', name="order"),
        Index("ix_post_facility_post", "facility", "post"),
    )

    id: Mapped[Serial]
    person: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"))
    post: Mapped[Word]  # keeper | deputy | head | vaccinator | duty | county_manager
    start: Mapped[Ms]
    end: Mapped[Ms | None]
    withdrawn_at: Mapped[Ms | None]


class Course(Base):
    """A training that was held."""

    __tablename__ = "course"
    __table_args__ = (CheckConstraint("hours > 0", name="hours"),)

    id: Mapped[Serial]
    topic: Mapped[Word]  # a key of facilities/needs.toml
    title: Mapped[Name]
    level: Mapped[Word]  # national | province | prefecture | county | unit
    hours: Mapped[float]
    held_on: Mapped[Day] = mapped_column(index=True)
    held_by: Mapped[Name]  # who taught and examined
    region: Mapped[str | None] = mapped_column(ForeignKey("region.code"))  # None: of nobody's county
    withdrawn_at: Mapped[Ms | None]


class Attendance(Base):
    """Somebody was there, and passed or did not; a certificate may lapse."""

    __tablename__ = "attendance"
    __table_args__ = (Index("ix_attendance_person_course", "person", "course"),)

    id: Mapped[Serial]
    course: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    has_passed: Mapped[bool]
    certificate: Mapped[Name] = mapped_column(default="")
    issued_on: Mapped[Day | None]
    valid_until: Mapped[Day | None]  # the last day; None: as long as the post's needs say
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    withdrawn_at: Mapped[Ms | None]


class HandOver(Base):
    """A person left posts and another took them, at one instant (交接); what was open then stands beside it."""

    __tablename__ = "hand_over"
    __table_args__ = (CheckConstraint("leaver <> taker", name="two"),)

    id: Mapped[Serial]
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    leaver: Mapped[int] = mapped_column(ForeignKey("person.id"))
    taker: Mapped[int] = mapped_column(ForeignKey("person.id"))
    leaver_name: Mapped[Name]  # as they were called then
    taker_name: Mapped[Name]
    posts: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[Ms]
    has_left: Mapped[bool]  # altogether: the login is closed too
    ended: Mapped[dict[str, Any]] = mapped_column(JSON)  # {user, sessions, tokens} that were closed
    matters: Mapped[dict[str, Any]] = mapped_column(JSON)  # what was open, by kind
    note: Mapped[Long]
    signed_by: Mapped[Name]
    signed_at: Mapped[Ms]
    countersigned_by: Mapped[str | None] = mapped_column(
        String(200)
    )  # the taker's own login, or who confirms for the county
    countersigned_at: Mapped[Ms | None]


class Collection(Base):
    """The yearly collection of archives in a region, as at one instant (31 December)."""

    __tablename__ = "collection"
    __table_args__ = (Index("uq_collection_region_year", "region", "year", unique=True),)

    id: Mapped[Serial]
    year: Mapped[int]
    region: Mapped[str] = mapped_column(ForeignKey("region.code"))
    as_at: Mapped[Ms]  # the end of that day
    due_on: Mapped[Day]
    opened_by: Mapped[Name]
    opened_at: Mapped[Ms]
    frozen_by: Mapped[Name | None]
    frozen_at: Mapped[Ms | None]
    roll_up: Mapped[Long | None]  # canonical JSON, since it was frozen
    sha256: Mapped[Name | None]


class CollectionUnit(Base):
    """A facility's part of a collection."""

    __tablename__ = "collection_unit"
    __table_args__ = (Index("uq_collection_unit_collection_facility", "collection", "facility", unique=True),)

    id: Mapped[Serial]
    collection: Mapped[int] = mapped_column(ForeignKey("collection.id"))
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    state: Mapped[Word]  # waiting | confirmed | returned | consolidated
    comment: Mapped[Long] = mapped_column(default="")  # why it was returned
    missing: Mapped[Long] = mapped_column(default="")  # why it may be frozen without this unit
    changed_at: Mapped[Ms]


class CollectionSnapshot(Base):
    """What a unit confirmed, to the byte; a later confirmation is another row, and the newest counts."""

    __tablename__ = "collection_snapshot"

    id: Mapped[Serial]
    unit: Mapped[int] = mapped_column(ForeignKey("collection_unit.id"), index=True)
    content: Mapped[Long]  # canonical JSON
    sha256: Mapped[Name]
    confirmed_by: Mapped[Name]
    confirmed_at: Mapped[Ms]


class CollectionReminder(Base):
    """A unit that had not confirmed was reminded: when, how, who there was told, and by whom."""

    __tablename__ = "collection_reminder"

    id: Mapped[Serial]
    unit: Mapped[int] = mapped_column(ForeignKey("collection_unit.id"), index=True)
    reminded_at: Mapped[Ms]
    how: Mapped[Word]  # phone | message | visit | letter
    told: Mapped[Name]  # who there
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
