import asyncio

import pytest

from coldchain.archive import chains, people, tables
from coldchain.archive.db import Archive
from coldchain.archive.facilities import handover, persons, posts
from coldchain.archive.facilities.findings import FindingKind, findings_at
from coldchain.archive.facilities.handover import HandOver, NewHandOver, Signer
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.pages import Asked
from coldchain.archive.people import Role, User
from coldchain.errors import BadInput
from coldchain.excursion import Severity
from tests.archive.cast import a_case, keep, ring
from tests.archive.facilities.cast import CLINIC, COUNTY_DESK, FOR_COUNTY, LI, NOW, POST, add_zhou, hold, log_in
from tests.archive.small import HOUR, T0, fill

AT = NOW - HOUR


@pytest.fixture
async def zhou(archive: Archive) -> int:
    """Li keeps the clinic's cold chain and is on duty; Zhou is there too."""
    await fill(archive)
    await hold(archive, LI)
    await hold(archive, LI, PostKind.DUTY)
    return await add_zhou(archive)


async def pass_on(
    archive: Archive, taker: int, *kinds: PostKind, at: int = AT, has_left: bool = False, signer: Signer = FOR_COUNTY
) -> HandOver:
    new = NewHandOver(
        facility=CLINIC, leaver=LI, taker=taker, at=at, posts=kinds, has_left=has_left, note="钥匙两把"
    )  # fmt: skip
    async with archive.writing() as tx:
        return await handover.hand_over(tx, new, COUNTY_DESK, wall=NOW, signer=signer)


async def holders(archive: Archive, at: int) -> set[tuple[int, str]]:
    async with archive.reading() as tx:
        return {(each.person, each.post.value) for each in await posts.posts_at(tx, [CLINIC]) if each.holds_at(at)}


async def test_all_posts_change_hands_at_one_instant(archive: Archive, zhou: int):
    signed = await pass_on(archive, zhou)
    assert (signed.leaver_name, signed.taker_name, signed.posts) == ("李小琴", "周敏", ("duty", "keeper"))
    assert (signed.signed_by, signed.signed_at, signed.note) == (FOR_COUNTY.user, NOW, "钥匙两把")
    assert (signed.countersigned_by, signed.countersigned_at) == (
        FOR_COUNTY.user,
        NOW,
    )  # who speaks for the county confirms
    assert await holders(archive, AT - 1) == {(LI, "keeper"), (LI, "duty")}
    assert await holders(archive, AT) == {(zhou, "keeper"), (zhou, "duty")}


async def test_one_post_alone_may_change_hands(archive: Archive, zhou: int):
    await pass_on(archive, zhou, PostKind.DUTY)
    assert await holders(archive, AT) == {(LI, "keeper"), (zhou, "duty")}


async def test_sessions_end_and_tokens_are_revoked_but_who_stays_may_log_in_again(archive: Archive, zhou: int):
    session, token = await log_in(archive, LI)
    signed = await pass_on(archive, zhou, PostKind.KEEPER)
    async with archive.reading() as tx:
        assert await people.find_session(tx, session, wall=NOW) is None
        assert await people.find_token(tx, token) is None
        assert [user.disabled_at for user in await people.users(tx)] == [None]
    assert signed.ended == {"user": "li", "sessions": 1, "tokens": [1], "is_disabled": False}


async def test_who_leaves_altogether_logs_in_no_more_and_is_told_of_nothing(archive: Archive, zhou: int):
    await log_in(archive, LI)
    signed = await pass_on(archive, zhou, has_left=True)
    async with archive.reading() as tx:
        assert [user.disabled_at for user in await people.users(tx)] == [NOW]
        assert [each.id for each in await people.persons(tx, facility=CLINIC)] == [zhou]
    assert signed.ended["is_disabled"]


async def test_what_is_open_stands_beside_it(archive: Archive, zhou: int):
    await keep(archive, a_case())
    await ring(archive, "c1", Severity.WARNING)
    signed = await pass_on(archive, zhou)
    assert {kind: len(found) for kind, found in signed.matters.items() if kind != "care"} == {
        "alarms": 0, "holds": 0, "repairs": 0, "requests": 0, "untrained": 3,
    }  # fmt: skip
    assert signed.matters["untrained"][0] == {"person": zhou, "post": "duty", "topic": "temperature", "until": None}


async def test_every_step_stands_in_the_trail_and_the_record_last(archive: Archive, zhou: int):
    await log_in(archive, LI)
    async with archive.reading() as tx:
        before = (await chains.verify(tx)).entries
    await pass_on(archive, zhou, has_left=True)
    async with archive.reading() as tx:
        made = [(each.action, each.entity) for each in (await chains.listed(tx, Asked())).items][before:]
    assert made == [
        ("ended", "post"), ("begun", "post"), ("ended", "post"), ("begun", "post"), ("left", "person"),
        ("revoked", "token"), ("disabled", "user_account"), ("handed over", "hand_over"),
    ]  # fmt: skip


async def test_a_post_that_ended_before_is_not_handed_over_with_a_gap(archive: Archive):
    await fill(archive)
    zhou = await add_zhou(archive)
    await hold(archive, LI, end=AT - HOUR)
    with pytest.raises(
        BadInput, match=r"at: 李小琴 was keeper until .* nobody would be; hand over at .*, or enter first"
    ):
        await pass_on(archive, zhou, PostKind.KEEPER)
    await pass_on(archive, zhou, PostKind.KEEPER, at=AT - HOUR)
    assert await holders(archive, AT) == {(zhou, "keeper")}


async def test_a_limited_post_stays_limited_for_who_takes_it(archive: Archive, zhou: int):
    await hold(archive, LI, PostKind.DEPUTY, end=NOW + HOUR)
    await pass_on(archive, zhou, PostKind.DEPUTY)
    assert (zhou, "deputy") in await holders(archive, NOW)
    assert (zhou, "deputy") not in await holders(archive, NOW + HOUR)


async def test_who_is_on_duty_already_takes_the_other_s_posts_all_the_same(archive: Archive, zhou: int):
    await hold(archive, zhou, PostKind.DUTY)
    signed = await pass_on(archive, zhou, has_left=True)
    assert signed.posts == ("duty", "keeper")
    assert await holders(archive, NOW) == {(zhou, "keeper"), (zhou, "duty")}


async def test_who_is_gone_since_took_nothing_over(archive: Archive, zhou: int):
    await gone(archive, zhou, NOW - 1)
    with pytest.raises(BadInput, match=r"taker: 周敏 left at"):
        await pass_on(archive, zhou)


async def test_a_keeper_who_is_gone_keeps_nothing(archive: Archive, zhou: int):
    await gone(archive, LI, NOW - 1)
    with pytest.raises(BadInput, match=r"posts: 511900012 would have no keeper"):
        await pass_on(archive, zhou, PostKind.DUTY)


async def test_of_two_hand_overs_at_once_one_is_refused(archive: Archive, zhou: int):
    wang = await add_zhou(archive, name="王芳")
    done = await asyncio.gather(
        *(pass_on(archive, taker, PostKind.KEEPER) for taker in (zhou, wang)), return_exceptions=True
    )
    assert [type(each) for each in done if not isinstance(each, HandOver)] == [BadInput]
    assert len(await holders(archive, AT)) == 2
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def gone(archive: Archive, person: int, at: int) -> None:
    async with archive.writing() as tx:
        found, _ = await persons.person(tx, person)
        said = NewPerson(name=found.name, facility=found.facility, post=found.post, left_at=at)
        await persons.put_persons(tx, [said], COUNTY_DESK)


async def test_nothing_is_left_of_a_hand_over_that_is_refused(archive: Archive, zhou: int):
    await log_in(archive, LI)
    await hold(archive, LI, PostKind.DEPUTY, facility=POST)
    with pytest.raises(BadInput, match=r"posts: 李小琴 is deputy of 511900013 too; hand that over as well"):
        await pass_on(archive, zhou, has_left=True)
    assert await holders(archive, NOW) == {(LI, "keeper"), (LI, "duty")}


async def test_a_facility_is_not_left_without_a_keeper(archive: Archive):
    await fill(archive)
    zhou = await add_zhou(archive)
    await hold(archive, LI, PostKind.DEPUTY, start=T0)
    with pytest.raises(BadInput, match=r"posts: 511900012 would have no keeper; hand over the keeper's post too"):
        await pass_on(archive, zhou)


async def logins(archive: Archive, zhou: int) -> None:
    """Both have one of their own, and a nurse who is neither."""
    async with archive.writing() as tx:
        for name, person in (("li", LI), ("zhou", zhou), ("nurse", None)):
            user = User(name=name, display=name, role=Role.CLINIC, facility=CLINIC)
            await people.create_user(tx, user, "no hash", COUNTY_DESK)
            if person is not None:
                (await tx.get_one(tables.Person, person)).user = name


@pytest.mark.parametrize(
    ("user", "has_left", "words"),
    [
        ("nurse", False, "user: nurse is neither 李小琴 nor 周敏; let one of the two sign"),
        ("nurse", True, "user: nurse is neither"),
        ("zhou", True, "has_left: that 李小琴 left altogether says 李小琴 or the county"),
    ],
)
async def test_nobody_gives_another_s_post_away_nor_closes_their_login(
    archive: Archive, zhou: int, user: str, words: str, *, has_left: bool
):
    await logins(archive, zhou)
    with pytest.raises(BadInput, match=words):
        await pass_on(archive, zhou, has_left=has_left, signer=Signer(user, is_county=False))
    assert (LI, "keeper") in await holders(archive, NOW)


async def alone(archive: Archive) -> list[str]:
    async with archive.reading() as tx:
        found = await findings_at(tx, None, NOW)
    return [each.about for each in found if each.kind is FindingKind.SIGNED_BY_ONE]


@pytest.mark.parametrize(("first", "second"), [("li", "zhou"), ("zhou", "li")])
async def test_what_one_signed_is_a_finding_until_the_other_countersigns(
    archive: Archive, zhou: int, first: str, second: str
):
    await logins(archive, zhou)
    signed = await pass_on(archive, zhou, signer=Signer(first, is_county=False))
    assert (signed.countersigned_by, await alone(archive)) == (None, [f"hand-over {signed.id}"])
    for user, words in ((first, f"{first} signed it"), ("nurse", "nurse is neither of the two")):
        with pytest.raises(BadInput, match=words):
            async with archive.writing() as tx:
                await handover.countersign(tx, signed.id, COUNTY_DESK, signer=Signer(user, is_county=False))
    async with archive.writing() as tx:
        done = await handover.countersign(tx, signed.id, COUNTY_DESK, signer=Signer(second, is_county=False))
        with pytest.raises(BadInput, match=f"{second} countersigned it"):
            await handover.countersign(tx, signed.id, COUNTY_DESK, signer=FOR_COUNTY)
        assert "hand_over" not in {each.entity for each in await chains.unseen(tx)}
    assert ((done.countersigned_by, done.countersigned_at), await alone(archive)) == ((second, COUNTY_DESK.at), [])


async def test_a_manager_who_hands_over_their_own_post_is_confirmed_by_another(archive: Archive, zhou: int):
    await logins(archive, zhou)
    signed = await pass_on(archive, zhou, signer=Signer("li", is_county=True))
    assert signed.countersigned_by is None
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="li signed it"):
            await handover.countersign(tx, signed.id, COUNTY_DESK, signer=Signer("li", is_county=True))
        await handover.countersign(tx, signed.id, COUNTY_DESK, signer=FOR_COUNTY)
