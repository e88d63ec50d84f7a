"""Who is told, and who may look: persons at a facility; users with a password; sessions of browsers; tokens of programs.

A secret is shown once, to whom it belongs; here stands its digest. Argon2 takes a quarter of a second of a processor,
so hashing runs in a thread and never inside a transaction. Sessions and tokens live in real time (`clock.wall`).
"""

import asyncio
import secrets
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, select, update

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.facilities.persons import NewPerson as NewPerson  # noqa: PLC0414 - known by this name too
from coldchain.archive.facilities.persons import Person as Person  # noqa: PLC0414
from coldchain.archive.facilities.persons import persons as persons  # noqa: PLC0414
from coldchain.archive.facilities.persons import put_persons as put_persons  # noqa: PLC0414
from coldchain.archive.rows import Record, check_texts, is_plain, record_of
from coldchain.errors import BadInput

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200  # of characters; argon2 would read a megabyte too
RECOGNISED_BY: Final = "cct_"  # how a token begins, so that one found lying about is known for what it is


class Role(StrEnum):
    """What somebody may do; where, says the region or the facility beside it."""

    CLINIC = "clinic"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class User(Record, frozen=True, kw_only=True):
    """A login. `region` and `facility` None: everything; a clinic's user has a facility."""

    name: str
    display: str
    role: Role
    region: str | None = None
    facility: str | None = None
    language: str = "zh"
    disabled_at: int | None = None


class NewToken(Record, frozen=True, kw_only=True):
    """What a token is to allow. With `user` it is that person's; without, a program's, which signs nothing."""

    label: str
    role: Role
    region: str | None = None
    facility: str | None = None
    user: str | None = None


class Token(NewToken, frozen=True, kw_only=True):
    """… as it stands in the archive, without its secret."""

    id: int
    created_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A token just made, with the secret that is never shown again."""

    token: Token
    secret: str


@dataclass(frozen=True, slots=True)
class Closed:
    """What ended with a login: how many sessions ran, which tokens were revoked, and whether it may log in again."""

    user: str
    sessions: int
    tokens: tuple[int, ...]
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just made: `secret` is the cookie, `csrf` what forms repeat."""

    secret: str
    csrf: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that holds: whose it is, and what its forms must repeat."""

    user: User
    csrf: str


async def hash_password(password: str) -> str:
    """Hash a new password, in a thread; do it before the transaction begins.

    Raises:
        BadInput: when it is too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        cure = f"use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; a sentence is easily remembered"
        raise BadInput("password", f"it has {len(password)} characters", cure)
    return await asyncio.to_thread(_hasher().hash, password)


async def create_user(tx: Tx, user: User, password_hash: str, by: By) -> None:
    """Add a login.

    Raises:
        BadInput: when the name is taken, the place is unknown or does not fit the role.
    """
    check_texts("user_account", {"name": user.name, "display": user.display, "language": user.language})
    await audit.begin(tx)
    if not user.name or await tx.get(tables.User, user.name) is not None:
        raise BadInput("name", f"{user.name!r} is empty or taken", "choose another name")
    await _check_place(tx, user.role, user.region, user.facility)
    row = tables.User(
        name=user.name,
        display=user.display,
        password_hash=password_hash,
        role=str(user.role),
        region=user.region,
        facility=user.facility,
        language=user.language,
    )
    tx.add(row)
    await audit.record(tx, by, "added", [row])


async def users(tx: Tx) -> list[User]:
    """All logins, the disabled too."""
    return [_user(row) for row in await tx.scalars(select(tables.User).order_by(tables.User.name))]


async def check_password(archive: Archive, name: str, password: str) -> User | None:
    """Whose name and password these are; None when they are nobody's. Takes as long for a name that does not exist."""
    if len(name) > 64 or not is_plain(name) or not is_plain(password):
        return None
    async with archive.reading() as tx:
        row = await tx.get(tables.User, name)
    expected = row.password_hash if row is not None and row.disabled_at is None else None
    fits = await asyncio.to_thread(_fits, password[: LONGEST_PASSWORD + 1], expected)
    return _user(row) if row is not None and fits else None


async def set_password(tx: Tx, name: str, password_hash: str, by: By, *, wall: int) -> None:
    """Give a user another password, and end all sessions begun with the old one.

    Raises:
        BadInput: when there is no such user.
    """
    await audit.begin(tx)
    row = await _user_row(tx, name)
    row.password_hash = password_hash
    await audit.record(tx, by, "password", [row])
    await _end_sessions(tx, name, wall)


async def disable_user(tx: Tx, name: str, by: By, *, wall: int) -> None:
    """Let a user in no more, and end all its sessions.

    Raises:
        BadInput: when there is no such user.
    """
    await audit.begin(tx)
    row = await _user_row(tx, name)
    row.disabled_at = by.at
    await audit.record(tx, by, "disabled", [row])
    await _end_sessions(tx, name, wall)


async def create_session(tx: Tx, user: str, *, wall: int, lasts_ms: int) -> NewSession:
    """Begin a session for a user whose password was just checked."""
    new = NewSession(secrets.token_urlsafe(32), secrets.token_urlsafe(32), wall + lasts_ms)
    tx.add(
        tables.Session(digest=_digest(new.secret), user=user, csrf=new.csrf, created_at=wall, expires_at=new.expires_at)
    )
    await tx.flush()
    return new


async def find_session(tx: Tx, secret: str, *, wall: int) -> Visit | None:
    """Whose session this cookie is; None when it is none, is over, was revoked, or its user was disabled."""
    query = (
        select(tables.Session.csrf, tables.User)
        .join(tables.User, tables.User.name == tables.Session.user)
        .where(tables.Session.digest == _digest(secret), tables.Session.revoked_at.is_(None))
        .where(tables.Session.expires_at > wall, tables.User.disabled_at.is_(None))
    )
    found = (await tx.execute(query)).one_or_none()
    return Visit(_user(found[1]), found[0]) if found else None


async def revoke_session(tx: Tx, secret: str, *, wall: int) -> None:
    """End a session; one that is over stays over."""
    query = update(tables.Session).where(tables.Session.digest == _digest(secret), tables.Session.revoked_at.is_(None))
    await tx.execute(query.values(revoked_at=wall))


async def create_token(tx: Tx, new: NewToken, by: By) -> Issued:
    """Make a bearer token of the API; its secret is in the answer and nowhere else.

    Raises:
        BadInput: when the place is unknown or does not fit the role.
    """
    check_texts("token", {"label": new.label})
    await audit.begin(tx)
    await _check_place(tx, new.role, new.region, new.facility)
    if new.user is not None and (await _user_row(tx, new.user)).disabled_at is not None:
        raise BadInput("user", f"{new.user!r} was disabled", "name somebody who may log in")
    secret = RECOGNISED_BY + secrets.token_urlsafe(32)
    row = tables.Token(
        digest=_digest(secret),
        label=new.label,
        role=str(new.role),
        region=new.region,
        facility=new.facility,
        user=new.user,
        created_at=by.at,
    )
    tx.add(row)
    await audit.record(tx, by, "added", [row])
    return Issued(_token(row), secret)


async def find_token(tx: Tx, secret: str) -> Token | None:
    """The token with this secret; None when there is none, it was revoked, or its user was disabled."""
    query = (
        select(tables.Token)
        .outerjoin(tables.User, tables.User.name == tables.Token.user)
        .where(tables.Token.digest == _digest(secret), tables.Token.revoked_at.is_(None))
        .where(tables.User.disabled_at.is_(None))
    )
    row = await tx.scalar(query)
    return _token(row) if row is not None else None


async def tokens(tx: Tx) -> list[Token]:
    """All tokens, the revoked too."""
    return [_token(row) for row in await tx.scalars(select(tables.Token).order_by(tables.Token.id))]


async def close_login(tx: Tx, user: str, by: By, *, wall: int, disable: bool) -> Closed:
    """End the sessions of a user and revoke their tokens, because what they were made for is over.

    Raises:
        BadInput: when there is no such user.
    """
    await audit.begin(tx)
    row = await _user_row(tx, user)
    query = select(tables.Token).where(tables.Token.user == user, tables.Token.revoked_at.is_(None))
    revoked = list(await tx.scalars(query.order_by(tables.Token.id)))
    for token in revoked:
        token.revoked_at = by.at
    await audit.record(tx, by, "revoked", revoked)
    if disable and row.disabled_at is None:
        row.disabled_at = by.at
        await audit.record(tx, by, "disabled", [row])
    return Closed(user, await _end_sessions(tx, user, wall), tuple(token.id for token in revoked), disable)


async def revoke_token(tx: Tx, token: int, by: By) -> None:
    """Let a token in no more.

    Raises:
        BadInput: when there is no such token or it was revoked before.
    """
    await audit.begin(tx)
    row = await tx.get(tables.Token, token)
    if row is None or row.revoked_at is not None:
        raise BadInput("token", f"{token} is not one that is in use", "see `coldchain token list`")
    row.revoked_at = by.at
    await audit.record(tx, by, "revoked", [row])


async def _check_place(tx: Tx, role: Role, region: str | None, facility: str | None) -> None:
    if region is not None and facility is not None:
        raise BadInput("region", "a facility was named too", "name one of the two")
    if role is Role.CLINIC and facility is None:
        raise BadInput("facility", "a clinic's role sees one facility", "name it")
    if role is not Role.CLINIC and facility is not None:
        raise BadInput("facility", f"the role {role!s} is for a region", "name a region, or none for everything")
    if region is not None and await tx.get(tables.Region, region) is None:
        raise BadInput("region", f"{region[:80]!r} is not in the archive", "import it first, or correct the code")
    if facility is not None and await tx.get(tables.Facility, facility) is None:
        raise BadInput("facility", f"{facility[:80]!r} is not in the archive", "import it first, or correct the code")


async def _user_row(tx: Tx, name: str) -> tables.User:
    row = await tx.get(tables.User, name)
    if row is None:
        raise BadInput("name", f"{name[:80]!r} is no user", "see `coldchain user list`")
    return row


async def _end_sessions(tx: Tx, user: str, wall: int) -> int:
    """How many were running."""
    open_ = (tables.Session.user == user, tables.Session.revoked_at.is_(None))
    running = await tx.scalar(select(func.count()).where(*open_, tables.Session.expires_at > wall))
    await tx.execute(update(tables.Session).where(*open_).values(revoked_at=wall))
    return running or 0


def _user(row: tables.User) -> User:
    return record_of(row, User)


def _token(row: tables.Token) -> Token:
    return record_of(row, Token)


def _digest(secret: str) -> str:
    """Of a random secret of 256 bits, so a plain hash is enough."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))


def _fits(password: str, expected: str | None) -> bool:
    """Against nobody's hash where there is none, so that the time taken does not tell which names exist."""
    return _hasher().verify(password, expected or _nobodys_hash()) and expected is not None
