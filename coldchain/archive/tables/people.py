"""Who is told, and who may look."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Long, Ms, Name, Serial, Word


class Person(Base):
    """Somebody with a post at a facility (or a county's duty desk)."""

    __tablename__ = "person"
    __table_args__ = (Index("uq_person_facility_name", "facility", "name", unique=True),)

    id: Mapped[Serial]
    name: Mapped[Name]
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    post: Mapped[Word]  # what they are called: keeper | deputy | manager | duty …; from when to when stands in `post`
    phone: Mapped[Word] = mapped_column(default="")  # the one tried first; all of them stand in `phone`
    left_at: Mapped[Ms | None]  # no longer told of anything since
    user: Mapped[str | None] = mapped_column(ForeignKey("user_account.name"), index=True)  # their login
    email: Mapped[Name] = mapped_column(default="")
    wechat: Mapped[Name] = mapped_column(default="")
    wecom: Mapped[Name] = mapped_column(default="")


class User(Base):
    """A login: role and the region it sees (its own and everything below)."""

    __tablename__ = "user_account"  # `user` is a reserved word in PostgreSQL

    name: Mapped[CodeKey]
    display: Mapped[Name]
    password_hash: Mapped[Long]
    role: Mapped[Word]  # clinic | manager | auditor | administrator
    region: Mapped[str | None] = mapped_column(ForeignKey("region.code"))  # None = everything
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"))  # a clinic's user sees this one
    language: Mapped[Word] = mapped_column(default="zh")
    disabled_at: Mapped[Ms | None]


class Token(Base):
    """A bearer token of the API; only its SHA-256 is kept."""

    __tablename__ = "token"

    id: Mapped[Serial]
    digest: Mapped[Name] = mapped_column(unique=True)
    label: Mapped[Name]
    role: Mapped[Word]
    region: Mapped[str | None] = mapped_column(ForeignKey("region.code"))  # None = everything
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"))  # a clinic's token sees this one
    user: Mapped[str | None] = mapped_column(
        ForeignKey("user_account.name")
    )  # who acts by it; None: a program, signs nothing
    created_at: Mapped[Ms]
    revoked_at: Mapped[Ms | None]


class Session(Base):
    """A browser's session, revocable on the server; the cookie's SHA-256 is the key. Expiry is real time."""

    __tablename__ = "session"

    digest: Mapped[CodeKey]
    user: Mapped[str] = mapped_column(ForeignKey("user_account.name"), index=True)
    csrf: Mapped[Name]
    created_at: Mapped[Ms]  # wall clock
    expires_at: Mapped[Ms]  # wall clock
    revoked_at: Mapped[Ms | None]
