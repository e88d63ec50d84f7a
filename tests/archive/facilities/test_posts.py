import pytest

from coldchain.archive import people
from coldchain.archive.db import Archive
from coldchain.archive.facilities import contacts, persons, posts
from coldchain.archive.facilities.contacts import NewPhone
from coldchain.archive.facilities.numbers import PhoneKind
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import Post, PostKind
from coldchain.archive.images import image_of
from coldchain.archive.tables import Phone as PhoneRow
from coldchain.errors import BadInput, Stale
from tests.archive.facilities.cast import CLINIC, LI, add_zhou, hold, log_in
from tests.archive.small import HOUR, NURSE, T0, fill

MOBILE = NewPhone(kind=PhoneKind.MOBILE, phone_number="139 0013 9000")
WARD = NewPhone(kind=PhoneKind.WARD_NIGHT, phone_number="0827-5551234")


def keeper(start: int, end: int | None) -> Post:
    return Post(id=start, person=1, facility="f", post=PostKind.KEEPER, start=start, end=end)


async def set_phones(archive: Archive, *phones: NewPhone) -> list[str]:
    async with archive.writing() as tx:
        return [each.phone_number for each in await contacts.set_phones(tx, LI, phones, NURSE)]


async def test_one_keeper_follows_another(archive: Archive):
    await fill(archive)
    zhou = await add_zhou(archive)
    await hold(archive, LI, start=T0, end=T0 + HOUR)
    await hold(archive, zhou, start=T0 + HOUR)
    async with archive.reading() as tx:
        found = await posts.posts_at(tx, [CLINIC])
    assert [(each.person, each.holds_at(T0 + HOUR)) for each in found] == [(LI, False), (zhou, True)]


async def test_a_second_keeper_is_refused_by_the_name_of_the_first(archive: Archive):
    await fill(archive)
    zhou = await add_zhou(archive)
    first = await hold(archive, LI)
    with pytest.raises(
        BadInput, match=r"post: 李小琴 is keeper of 511900012 since .*; end that post first, or hand it"
    ):
        await hold(archive, zhou, start=T0 + HOUR)
    async with archive.writing() as tx:
        await posts.withdraw(tx, first.id, NURSE)
    await hold(archive, zhou)


async def test_there_may_be_two_deputies_but_nobody_is_one_twice(archive: Archive):
    await fill(archive)
    await hold(archive, LI, PostKind.DEPUTY)
    await hold(archive, await add_zhou(archive), PostKind.DEPUTY)
    with pytest.raises(BadInput, match="李小琴 is deputy"):
        await hold(archive, LI, PostKind.DEPUTY, start=T0 + HOUR)


async def test_a_post_ends_after_it_began(archive: Archive):
    await fill(archive)
    post = await hold(archive, LI)
    with pytest.raises(BadInput, match="end: it is from"):
        async with archive.writing() as tx:
            await posts.end(tx, post.id, T0, NURSE)
    async with archive.writing() as tx:
        assert (await posts.end(tx, post.id, T0 + HOUR, NURSE)).end == T0 + HOUR


def test_gaps_are_between_posts_and_after_the_last():
    held = [keeper(10, 20), keeper(20, 30), keeper(40, 50)]
    assert posts.gaps(held, 100) == [(30, 40), (50, 100)]
    assert posts.gaps([*held, keeper(50, None)], 100) == [(30, 40)]
    assert posts.gaps(held, 35) == [(30, 35)]
    assert posts.gaps([], 100) == []


async def test_somebody_has_several_numbers_and_the_first_is_tried_first(archive: Archive):
    await fill(archive)
    assert await set_phones(archive, MOBILE, WARD) == ["+8613900139000", "+868275551234"]
    async with archive.reading() as tx:
        [li] = await people.persons(tx, facility=CLINIC)
    assert li.phone == "+8613900139000"


async def test_a_number_no_longer_given_is_withdrawn_not_deleted(archive: Archive):
    await fill(archive)
    await set_phones(archive, WARD)
    async with archive.reading() as tx:
        row = await tx.get_one(PhoneRow, 1)
        assert (row.phone_number, row.withdrawn_at) == ("+8613800138000", T0)
        assert image_of(row)["phone_number"].startswith("sha256:")


async def test_numbers_stand_in_the_order_in_which_they_were_given_last(archive: Archive):
    await fill(archive)
    await set_phones(archive, MOBILE, WARD)
    assert await set_phones(archive, WARD, MOBILE) == ["+868275551234", "+8613900139000"]


@pytest.mark.parametrize(
    ("given", "now"),
    [
        ("13800138000", ["+8613800138000", "+8613900139000"]),  # had once, taken back, and given again
        ("0827-5551234", ["+868275551234", "+8613900139000"]),
        ("13900139000", ["+8613900139000"]),
        ("", []),
    ],
)
async def test_a_first_number_that_a_file_gives_is_the_first_of_theirs(archive: Archive, given: str, now: list[str]):
    await fill(archive)
    await set_phones(archive, MOBILE)
    said = NewPerson(name="李小琴", facility=CLINIC, post="keeper", phone=given)
    async with archive.writing() as tx:
        await persons.put_persons(tx, [said], NURSE)
        await persons.put_persons(tx, [said], NURSE)  # twice is once
        found, _ = await persons.person(tx, LI)
        reached = (await contacts.phones_of(tx, [LI])).get(LI, [])
    assert [each.phone_number for each in reached] == now
    assert found.phone == (now[0] if now else "")


async def test_who_saw_other_numbers_does_not_write_over_them(archive: Archive):
    await fill(archive)
    await set_phones(archive, MOBILE)
    async with archive.reading() as tx:
        _, tag = await persons.person(tx, LI)
    await set_phones(archive, MOBILE, WARD)  # the first stays: the person's own row says nothing of it
    with pytest.raises(Stale):
        async with archive.writing() as tx:
            await contacts.set_phones(tx, LI, [MOBILE], NURSE, seen=tag)


async def test_the_same_number_twice_is_refused(archive: Archive):
    await fill(archive)
    with pytest.raises(BadInput, match="phones: a number stands there twice"):
        await set_phones(archive, MOBILE, NewPhone(kind=PhoneKind.MOBILE, phone_number="+86 139-0013-9000"))


async def test_a_person_is_renamed_where_they_are(archive: Archive):
    await fill(archive)
    async with archive.reading() as tx:
        li, tag = await persons.person(tx, LI)
    form = NewPerson(name="李晓琴", facility=li.facility, post="nurse", email="li@example.org")
    async with archive.writing() as tx:
        after = await persons.change_person(tx, LI, form, NURSE, seen=tag)
    assert (after.name, after.phone, after.email) == ("李晓琴", "+8613800138000", "li@example.org")
    with pytest.raises(Stale):
        async with archive.writing() as tx:
            await persons.change_person(tx, LI, form, NURSE, seen=tag)


async def test_a_login_is_one_person_s(archive: Archive):
    await fill(archive)
    await log_in(archive, LI)
    with pytest.raises(BadInput, match=r"person.user: 'li' is the login of 李小琴 at 511900012; make a login for each"):
        await add_zhou(archive, user="li")
