"""Handing over (交接): one act by which somebody leaves posts and somebody else takes them, at one instant.

    both there, not the same? ─► posts end and begin without a gap ─► login closed ─► what is open is written beside it
                                                    └── the facility has a keeper after it, or nothing happened
    signed by one of the two, or for the county ─► countersigned by the other, or for the county ─► else a finding

All in the caller's transaction. What was signed is never changed; the other's name is added to it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, true

from coldchain import clock
from coldchain.archive import audit, changes, people, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import matters, posts
from coldchain.archive.facilities.posts import NewPost, Post, PostKind
from coldchain.archive.places import facility as facility_of
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.views import Scope
from coldchain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a login, and whether it speaks for the county."""

    user: str
    is_county: bool


class NewHandOver(Record, frozen=True, kw_only=True):
    """At `at`, `leaver` leaves these posts (none named: all they hold there) and `taker` takes them.

    With `has_left` they leave altogether: they are told of nothing more, and their login is closed.
    """

    facility: str
    leaver: int
    taker: int
    at: int
    posts: tuple[PostKind, ...] = ()
    has_left: bool = False
    note: str = ""


class HandOver(Record, frozen=True, kw_only=True):
    """… as it was signed: names as they were then, what ended with it, and what was open."""

    id: int
    facility: str
    leaver: int
    taker: int
    leaver_name: str
    taker_name: str
    posts: tuple[str, ...]
    at: int
    has_left: bool
    ended: dict[str, Any]
    matters: dict[str, Any]
    note: str
    signed_by: str
    signed_at: int
    countersigned_by: str | None
    countersigned_at: int | None


async def hand_over(tx: Tx, new: NewHandOver, by: By, *, wall: int, signer: Signer) -> HandOver:
    """Do all of it, or nothing.

    Args:
        tx: the transaction.
        new: who hands what to whom, and when.
        by: who enters it.
        wall: real time, in which sessions live.
        signer: who signs: the leaver, the taker, or for the county. That somebody else left says the county alone.

    Raises:
        BadInput: when the signer is none of these, when it is to oneself, by or to somebody who left, of a post not held, with a gap, ahead of its time,
            or when the facility would have no keeper.
    """
    await audit.begin(tx)
    check_texts("hand_over", {"note": new.note})
    leaver, taker = await _two(tx, new, by)
    _check_signer(new, signer, leaver, taker)
    held = await _held(tx, new, leaver)
    if new.has_left:
        await _check_nothing_left(tx, new, leaver, held)
    for post in held:
        await _pass_on(tx, post, new, by)
    await _check_keeper(tx, new, by.at)
    if new.has_left:
        leaver.left_at = new.at
        await audit.record(tx, by, "left", [leaver])
    is_confirmed = signer.is_county and signer.user not in {leaver.user, taker.user}
    row = tables.HandOver(
        facility=new.facility, leaver=leaver.id, taker=taker.id, leaver_name=leaver.name, taker_name=taker.name,
        posts=sorted(str(post.post) for post in held), at=new.at, has_left=new.has_left,
        ended=await _close_login(tx, new, leaver, by, wall), matters=await matters.open_at(tx, new.facility, by.at),
        note=new.note, signed_by=signer.user, signed_at=by.at,
        countersigned_by=signer.user if is_confirmed else None, countersigned_at=by.at if is_confirmed else None,
    )  # fmt: skip
    await changes.enter(tx, by, "handed over", row, [])
    return record_of(row, HandOver)


async def countersign(tx: Tx, number: int, by: By, *, signer: Signer) -> HandOver:
    """The other of the two says that it was so, with their own login; or somebody confirms it for the county.

    Raises:
        BadInput: when there is none, it is countersigned, or the signer is neither, or the one who signed it.
    """
    await audit.begin(tx)
    row = await tx.get(tables.HandOver, number, populate_existing=True)
    if row is None:
        raise BadInput("hand_over", f"there is no hand-over {number}", "see the facility's list")
    if row.countersigned_by is not None:
        raise BadInput("hand_over", f"{row.countersigned_by} countersigned it", "nothing is left to sign")
    logins = {(await tx.get_one(tables.Person, each)).user for each in (row.leaver, row.taker)}
    if signer.user == row.signed_by or not (signer.is_county or signer.user in logins):
        wrong = f"{signer.user} signed it" if signer.user == row.signed_by else f"{signer.user} is neither of the two"
        raise BadInput(
            "user", wrong, "let the other of the two countersign by their own login, or the county confirm it"
        )
    row.countersigned_by, row.countersigned_at = signer.user, by.at
    await audit.record(tx, by, "countersigned", [row])
    return record_of(row, HandOver)


async def uncountersigned(tx: Tx, scope: Scope) -> list[HandOver]:
    """Those that one alone signed, by facility."""
    row = tables.HandOver
    query = select(row).where(row.countersigned_by.is_(None)).order_by(row.facility, row.id)
    query = query.where(true() if scope is None else row.facility.in_(scope))
    return [record_of(each, HandOver) for each in await tx.scalars(query)]


async def hand_overs(tx: Tx, facility: str) -> list[HandOver]:
    """All hand-overs of a facility, the newest first."""
    row = tables.HandOver
    query = select(row).where(row.facility == facility).order_by(row.at.desc(), row.id.desc())
    return [record_of(each, HandOver) for each in await tx.scalars(query)]


def _check_signer(new: NewHandOver, signer: Signer, leaver: tables.Person, taker: tables.Person) -> None:
    """Nobody gives another's post to a third, nor closes another's login."""
    if signer.is_county:
        return
    if signer.user not in {leaver.user, taker.user}:
        wrong = f"{signer.user} is neither {leaver.name} nor {taker.name}"
        raise BadInput("user", wrong, "let one of the two sign by their own login, or ask the county to enter it")
    if new.has_left and signer.user != leaver.user:
        wrong = f"that {leaver.name} left altogether says {leaver.name} or the county"
        raise BadInput("has_left", wrong, "hand the posts over without it, and tell the county")


async def _two(tx: Tx, new: NewHandOver, by: By) -> tuple[tables.Person, tables.Person]:
    """Who leaves and who takes: two people who are there."""
    await facility_of(tx, new.facility)
    if new.leaver == new.taker:
        raise BadInput("taker", "nobody hands over to themselves", "name who takes it")
    if new.at > by.at:
        raise BadInput("at", f"{clock.iso(new.at)} lies ahead", "hand over when it takes place")
    await _there(tx, "taker", new.taker, by.at)  # what is entered late was not taken by somebody who is gone since
    return await _there(tx, "leaver", new.leaver, new.at), await _there(tx, "taker", new.taker, new.at)


async def _there(tx: Tx, field: str, person: int, at: int) -> tables.Person:
    try:
        return await posts.living(tx, person, at)
    except BadInput as error:
        raise BadInput(field, error.wrong, error.cure) from None


async def _held(tx: Tx, new: NewHandOver, leaver: tables.Person) -> list[Post]:
    """The posts that change hands: held at that instant, or ended exactly then."""
    its = [post for post in await posts.posts_of(tx, leaver.id) if post.facility == new.facility]
    wanted = set(new.posts) or {post.post for post in its if post.holds_at(new.at) or post.end == new.at}
    if not wanted:
        raise BadInput(
            "leaver", f"{leaver.name} holds no post of {new.facility} then", "begin the taker's post instead"
        )
    return [_last_of(its, kind, new, leaver) for kind in sorted(wanted)]


def _last_of(its: Sequence[Post], kind: PostKind, new: NewHandOver, leaver: tables.Person) -> Post:
    """The one to hand over; one that ended before would leave a gap."""
    of_kind = [post for post in its if post.post is kind and post.start < new.at]
    if not of_kind:
        raise BadInput("posts", f"{leaver.name} is not {kind} of {new.facility} then", "name posts that they hold")
    last = of_kind[-1]
    if last.end is not None and last.end < new.at:
        ended = clock.iso(last.end)
        wrong = f"{leaver.name} was {kind} until {ended}: between then and {clock.iso(new.at)} nobody would be"
        raise BadInput("at", wrong, f"hand over at {ended}, or enter first who held it meanwhile")
    return last


async def _check_nothing_left(tx: Tx, new: NewHandOver, leaver: tables.Person, held: Sequence[Post]) -> None:
    """Whoever leaves altogether leaves no post behind."""
    handed = {post.id for post in held}
    for post in await posts.posts_of(tx, leaver.id):
        if post.id not in handed and (post.end is None or post.end > new.at):
            wrong = f"{leaver.name} is {post.post} of {post.facility} too"
            raise BadInput("posts", wrong, "hand that over as well, first")


async def _pass_on(tx: Tx, post: Post, new: NewHandOver, by: By) -> None:
    row = await changes.counting(tx, tables.Post, "post", post.id)
    until = row.end if row.end is not None and row.end > new.at else None  # what was limited stays limited
    if row.end != new.at:
        changes.end_at(row, new.at)
        await changes.enter(tx, by, "ended", row, [])
    if any(_covers(its, post, new.at, until) for its in await posts.posts_of(tx, new.taker)):
        return  # of duties and deputies there may be several: the taker is one already
    taken = NewPost(person=new.taker, facility=new.facility, post=post.post, start=new.at, end=until)
    await posts.begin(tx, taken, by)


def _covers(its: Post, post: Post, start: int, until: int | None) -> bool:
    """True when one post is of the same kind and place, and is held from `start` until then."""
    is_same = (its.facility, its.post) == (post.facility, post.post)
    return is_same and its.start <= start and (its.end is None or (until is not None and its.end >= until))


async def _check_keeper(tx: Tx, new: NewHandOver, now: int) -> None:
    """Somebody who is there keeps the cold chain of the facility at that instant, and still does."""
    row, person = tables.Post, tables.Person
    query = select(row, person.left_at).join(person, person.id == row.person).where(row.facility == new.facility)
    query = query.where(row.post == str(PostKind.KEEPER), row.withdrawn_at.is_(None))
    keepers = [(record_of(post, Post), left_at) for post, left_at in await tx.execute(query)]
    for moment in (new.at, now):
        if not any(post.holds_at(moment) and (left_at is None or left_at > moment) for post, left_at in keepers):
            cure = "hand over the keeper's post too, or begin somebody's"
            raise BadInput("posts", f"{new.facility} would have no keeper", cure)


async def _close_login(tx: Tx, new: NewHandOver, leaver: tables.Person, by: By, wall: int) -> dict[str, Any]:
    """The old post's sessions and links end; whoever goes on working logs in again."""
    if leaver.user is None:
        return {"user": None, "sessions": 0, "tokens": [], "is_disabled": False}
    closed = await people.close_login(tx, leaver.user, by, wall=wall, disable=new.has_left)
    return {
        "user": closed.user, "sessions": closed.sessions, "tokens": list(closed.tokens), "is_disabled": closed.is_disabled,
    }  # fmt: skip
