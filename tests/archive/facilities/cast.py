"""People, posts and days for this room's tests."""

from typing import Any

from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.facilities import days, persons, posts
from coldchain.archive.facilities.handover import Signer
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import NewPost, Post, PostKind
from coldchain.archive.people import NewToken, Role, User
from tests.archive.small import NURSE, T0

CLINIC, POST = "511900012", "511900013"
DAY = 86_400_000
NOW = days.end_of("2027-01-10")
COUNTY_DESK = By("county 王", NOW, "test")
FOR_COUNTY = Signer(COUNTY_DESK.actor, is_county=True)
LI, ZHOU = 1, 2  # the numbers of the two: Li comes with the small county


async def add_zhou(archive: Archive, facility: str = CLINIC, name: str = "周敏", **fields: Any) -> int:
    async with archive.writing() as tx:
        await persons.put_persons(tx, [NewPerson(name=name, facility=facility, post="nurse", **fields)], NURSE)
        return await persons.number_of(tx, facility, name)


async def hold(
    archive: Archive, person: int, post: PostKind = PostKind.KEEPER, *, start: int = T0, end: int | None = None,
    facility: str = CLINIC,
) -> Post:  # fmt: skip
    async with archive.writing() as tx:
        return await posts.begin(tx, NewPost(person=person, facility=facility, post=post, start=start, end=end), NURSE)


async def log_in(archive: Archive, person: int, name: str = "li", wall: int = NOW) -> tuple[str, str]:
    """A login for somebody at the clinic, with a session and a token: their secrets."""
    async with archive.writing() as tx:
        await people.create_user(tx, User(name=name, display=name, role=Role.CLINIC, facility=CLINIC), "hash", NURSE)
        found, _ = await persons.person(tx, person)
        form = NewPerson(name=found.name, facility=found.facility, post=found.post, user=name)
        await persons.change_person(tx, person, form, NURSE)
        session = await people.create_session(tx, name, wall=wall, lasts_ms=DAY)
        new = NewToken(label="", role=Role.CLINIC, facility=CLINIC, user=name)
        return session.secret, (await people.create_token(tx, new, NURSE)).secret
