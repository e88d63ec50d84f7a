import asyncio

import pytest

from coldchain.archive import people
from coldchain.archive.db import Archive
from coldchain.archive.people import NewPerson, NewToken, Role, User
from coldchain.archive.tables import Session as SessionRow
from coldchain.archive.tables import Token as TokenRow
from coldchain.archive.tables import User as UserRow
from coldchain.errors import BadInput
from tests.archive.small import COUNTY, NURSE, TOWN, fill

PASSWORD = "冷链 ten characters"
WALL = 1_790_000_000_000
DAY = 86_400_000


@pytest.fixture(scope="session")
def hashed() -> str:
    """Hashed once: argon2 is slow on purpose. The loop of the fixtures is not running here."""
    return asyncio.run(people.hash_password(PASSWORD))


@pytest.fixture
async def wang(archive: Archive, hashed: str) -> User:
    await fill(archive)
    user = User(name="wang", display="王主任", role=Role.MANAGER, region=COUNTY)
    async with archive.writing() as tx:
        await people.create_user(tx, user, hashed, NURSE)
    return user


async def session_of(archive: Archive, user: str, wall: int = WALL) -> str:
    async with archive.writing() as tx:
        return (await people.create_session(tx, user, wall=wall, lasts_ms=DAY)).secret


async def whose(archive: Archive, secret: str, wall: int = WALL) -> str | None:
    async with archive.reading() as tx:
        visit = await people.find_session(tx, secret, wall=wall)
    return visit.user.name if visit else None


async def test_the_right_password_opens_and_any_other_does_not(archive: Archive, wang: User):
    assert await people.check_password(archive, "wang", PASSWORD) == wang
    for wrong in ("", PASSWORD + " ", "x" * 5000, "\ud800"):
        assert await people.check_password(archive, "wang", wrong) is None


@pytest.mark.parametrize("name", ["", "Wang", "nobody", "w\0ang", "x" * 5000, "\ud800"])
async def test_a_name_that_does_not_exist_opens_nothing(archive: Archive, wang: User, name: str):
    assert await people.check_password(archive, name, PASSWORD) is None


async def test_the_password_itself_stands_nowhere(archive: Archive, wang: User):
    async with archive.reading() as tx:
        row = await tx.get(UserRow, "wang")
    assert row is not None
    assert row.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
async def test_a_password_too_short_or_too_long_is_refused(password: str):
    with pytest.raises(BadInput, match=r"password: it has \d+ characters; use 10 to 200"):
        await people.hash_password(password)


async def test_a_session_holds_until_its_end_in_real_time(archive: Archive, wang: User):
    secret = await session_of(archive, "wang")
    assert await whose(archive, secret, WALL + DAY - 1) == "wang"
    assert await whose(archive, secret, WALL + DAY) is None
    assert await whose(archive, secret + "x") is None


async def test_only_the_digest_of_a_session_is_kept(archive: Archive, wang: User):
    secret = await session_of(archive, "wang")
    async with archive.reading() as tx:
        assert await tx.get(SessionRow, secret) is None
        assert await tx.get(SessionRow, people._digest(secret)) is not None


async def test_a_revoked_session_is_over_and_the_users_others_are_not(archive: Archive, wang: User):
    one, other = await session_of(archive, "wang"), await session_of(archive, "wang")
    async with archive.writing() as tx:
        await people.revoke_session(tx, one, wall=WALL + 1)
    assert [await whose(archive, one), await whose(archive, other)] == [None, "wang"]


async def test_another_password_ends_the_sessions_begun_with_the_old_one(archive: Archive, wang: User):
    secret = await session_of(archive, "wang")
    other = await people.hash_password("another password")
    async with archive.writing() as tx:
        await people.set_password(tx, "wang", other, NURSE, wall=WALL)
    assert await whose(archive, secret) is None
    assert await people.check_password(archive, "wang", PASSWORD) is None
    assert await people.check_password(archive, "wang", "another password") is not None


async def test_a_disabled_user_is_out_at_once_and_stays_listed(archive: Archive, wang: User):
    secret = await session_of(archive, "wang")
    async with archive.writing() as tx:
        await people.disable_user(tx, "wang", NURSE, wall=WALL)
    assert await whose(archive, secret) is None
    assert await people.check_password(archive, "wang", PASSWORD) is None
    async with archive.reading() as tx:
        assert [user.disabled_at for user in await people.users(tx)] == [NURSE.at]


async def test_a_token_is_found_by_its_secret_until_it_is_revoked(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        issued = await people.create_token(tx, NewToken(label="审计", role=Role.AUDITOR, region=TOWN), NURSE)
        assert await people.find_token(tx, issued.secret) == issued.token
        assert await people.find_token(tx, issued.secret[:-1]) is None
        await people.revoke_token(tx, issued.token.id, NURSE)
        assert await people.find_token(tx, issued.secret) is None
        assert [token.revoked_at for token in await people.tokens(tx)] == [NURSE.at]


async def test_only_the_digest_of_a_token_is_kept(archive: Archive):
    async with archive.writing() as tx:
        issued = await people.create_token(tx, NewToken(label="", role=Role.AUDITOR), NURSE)
        row = await tx.get(TokenRow, issued.token.id)
    assert row is not None
    assert issued.secret not in vars(row).values()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"role": Role.CLINIC}, "facility: a clinic's role sees one facility; name it"),
        ({"role": Role.CLINIC, "region": COUNTY}, "facility: a clinic's role"),
        ({"role": Role.CLINIC, "facility": "f9"}, "facility: 'f9' is not in the archive"),
        ({"role": Role.AUDITOR, "region": "r9"}, "region: 'r9' is not in the archive"),
        ({"role": Role.AUDITOR, "facility": "511900012"}, "facility: the role auditor is for a region"),
        ({"role": Role.CLINIC, "facility": "511900012", "region": COUNTY}, "region: a facility was named too"),
    ],
)
async def test_a_place_that_does_not_fit_the_role_is_refused(archive: Archive, place: dict[str, object], words: str):
    await fill(archive)
    with pytest.raises(BadInput, match=words):
        async with archive.writing() as tx:
            await people.create_token(tx, NewToken(label="", **place), NURSE)  # type: ignore[arg-type]  # by name
    async with archive.reading() as tx:
        assert await people.tokens(tx) == []


async def test_a_name_that_is_taken_is_refused_and_the_first_user_stays(archive: Archive, wang: User):
    with pytest.raises(BadInput, match="name: 'wang' is empty or taken"):
        async with archive.writing() as tx:
            await people.create_user(tx, wang, "hash", NURSE)
    assert await people.check_password(archive, "wang", PASSWORD) == wang


async def test_what_is_not_there_cannot_be_revoked_or_disabled(archive: Archive):
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="token: 7 is not one that is in use"):
            await people.revoke_token(tx, 7, NURSE)
        with pytest.raises(BadInput, match="name: 'li' is no user"):
            await people.disable_user(tx, "li", NURSE, wall=WALL)


async def test_persons_are_found_by_facility_and_region_and_gone_when_they_left(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        [li] = await people.persons(tx, facility="511900012")
        assert await people.persons(tx, region=COUNTY) == [li]
        assert await people.persons(tx, facility="511900013") == []
        gone = NewPerson(name=li.name, facility=li.facility, post=li.post, phone=li.phone, left_at=NURSE.at)
        assert await people.put_persons(tx, [gone], NURSE) == 1
        assert await people.persons(tx) == []
