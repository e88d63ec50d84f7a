"""Policies, rotas, absences and ways as they stand in the archive, and who is told by them."""

from typing import Any

import pytest

from coldchain.archive import chains, images, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.duty import absences, asking, gaps, policies, rotas, ways
from coldchain.archive.duty.absences import NewAbsence
from coldchain.archive.duty.policies import NewPolicy
from coldchain.archive.duty.policy import shipped, written
from coldchain.archive.duty.rotas import NewRota, NewShift, NewTurn
from coldchain.archive.duty.ways import NewWord, Said, Wish
from coldchain.archive.duty.who import Level
from coldchain.archive.duty.words import GapKind, WayKind
from coldchain.archive.facilities import calendar, contacts, persons, posts
from coldchain.archive.facilities.calendar import DayKind, NewCalendarDay
from coldchain.archive.facilities.contacts import NewPhone
from coldchain.archive.facilities.numbers import PhoneKind
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import NewPost, PostKind
from coldchain.errors import BadInput, Stale
from coldchain.excursion import Severity
from tests.archive.duty.books import ms
from tests.archive.small import COUNTY, TOWN, fill

NOW = ms("2026-11-20 09:00")
BY = By("manager 吴", NOW, "test")
NIGHT = ms("2026-11-22 03:10")
CLINIC, POST, FRIDGE = "511900012", "511900013", "511900012-BX1"
LI, ZHOU, WU = 1, 2, 3
STORE = places.Facility(
    code="511900000", region=COUNTY, name_zh="清江县疾控中心", name_en="Qingjiang CDC", short_zh="县库",
    kind=places.FacilityKind.COUNTY_STORE,
)  # fmt: skip
OURS = written(shipped()) | {"title": "ours"}


@pytest.fixture
async def staffed(archive: Archive) -> Archive:
    """Li keeps the clinic, Zhou is her deputy, Wu manages the county's store."""
    await fill(archive)
    async with archive.writing() as tx:
        await places.put_facilities(tx, [STORE], BY)
        for name, facility, phone in (("周敏", CLINIC, "15400000002"), ("吴丹", "511900000", "15400000003")):
            await persons.put_persons(tx, [NewPerson(name=name, facility=facility, post="", phone=phone)], BY)
        for person, facility, post in (
            (LI, CLINIC, PostKind.KEEPER), (ZHOU, CLINIC, PostKind.DEPUTY), (WU, "511900000", PostKind.COUNTY_MANAGER)
        ):  # fmt: skip
            await posts.begin(tx, NewPost(person=person, facility=facility, post=post, start=NOW), BY)
    return archive


async def levels(
    archive: Archive, at: int = NIGHT, severity: Severity = Severity.CRITICAL, **where: Any
) -> list[Level]:
    place = {"equipment": None, "facility": None, "region": None} | (where or {"equipment": FRIDGE})
    async with archive.reading() as tx:
        return await asking.levels_for(tx, **place, severity=severity, at=at)


async def names(archive: Archive, at: int = NIGHT, **fields: Any) -> list[list[str]]:
    return [[each.name for each in level.people] for level in await levels(archive, at, **fields)]


async def test_a_county_that_configured_nothing_is_told_by_the_shipped_policy(staffed: Archive):
    found = await levels(staffed)
    assert [(each.after_min, [one.name for one in each.people]) for each in found] == [
        (0, ["李小琴"]), (10, ["周敏"]), (20, ["吴丹"]),
    ]  # fmt: skip
    assert [way.channel for way in found[0].people[0].ways] == ["voice", "sms", "page"]


async def test_several_facilities_are_the_desk_s(staffed: Archive):
    assert await names(staffed, region=COUNTY) == [["吴丹"]]
    assert await names(staffed, region=None) == [["吴丹"]]


@pytest.mark.parametrize("where", [{"equipment": "X"}, {"facility": "X"}, {"region": "X"}])
async def test_what_is_not_in_the_archive_is_refused(staffed: Archive, where: dict[str, Any]):
    with pytest.raises(BadInput, match="is not in the archive"):
        await levels(staffed, **where)


async def test_a_change_of_policy_is_dated_and_leaves_the_past_alone(staffed: Archive):
    later = ms("2026-12-01 00:00")
    content = OURS | {"steps": [OURS["steps"][0] | {"members": ["deputy"]}]}
    async with staffed.writing() as tx:
        await policies.enter(tx, NewPolicy(content=OURS, start=NOW, region=TOWN), BY)
        await policies.enter(tx, NewPolicy(content=content, start=later, region=TOWN), BY)
    assert (await names(staffed, later - 1))[0] == ["李小琴"]
    assert (await names(staffed, later))[0] == ["周敏"]
    async with staffed.reading() as tx:
        assert [each.end for each in await policies.listed(tx)] == [later, None]


async def test_nothing_is_said_afterwards_about_who_was_to_be_told(staffed: Archive):
    async with staffed.writing() as tx:
        with pytest.raises(BadInput, match="is past"):
            await policies.enter(tx, NewPolicy(content=OURS, start=NOW - 1), BY)
        entered = await policies.enter(tx, NewPolicy(content=OURS, start=NOW), BY)
        with pytest.raises(BadInput, match="holds since"):
            await policies.withdraw(tx, entered.id, BY)
        with pytest.raises(BadInput, match="is past"):
            await policies.end(tx, entered.id, NOW - 1, BY)


async def test_a_policy_withdrawn_before_it_began_lets_the_one_before_go_on(staffed: Archive):
    async with staffed.writing() as tx:
        first = await policies.enter(tx, NewPolicy(content=OURS, start=NOW), BY)
        second = await policies.enter(tx, NewPolicy(content=OURS, start=NOW + 10), BY)
        with pytest.raises(BadInput, match="withdraw that one first"):
            await policies.enter(tx, NewPolicy(content=OURS, start=NOW + 5), BY)
        await policies.withdraw(tx, second.id, BY)
        found = {each.id: each for each in await policies.listed(tx)}
    assert (found[first.id].end, found[second.id].withdrawn_at) == (None, NOW)


@pytest.mark.parametrize("member", ["person:99", "rota:99", "keeper@X"])
async def test_a_policy_names_nobody_who_is_not_there(staffed: Archive, member: str):
    content = OURS | {"steps": [OURS["steps"][0] | {"members": [member]}]}
    async with staffed.writing() as tx:
        with pytest.raises(BadInput):
            await policies.enter(tx, NewPolicy(content=content, start=NOW), BY)


async def test_a_policy_is_of_one_place_that_is_there(staffed: Archive):
    async with staffed.writing() as tx:
        with pytest.raises(BadInput, match="was named too"):
            await policies.enter(tx, NewPolicy(content=OURS, start=NOW, region=TOWN, facility=CLINIC), BY)
        with pytest.raises(BadInput, match="is not in the archive"):
            await policies.enter(tx, NewPolicy(content=OURS, start=NOW, equipment="X"), BY)


async def add_desk(archive: Archive) -> int:
    async with archive.writing() as tx:
        desk = await rotas.add(tx, NewRota(name="县值班", region=COUNTY, is_desk=True), BY)
        for day in range(5):
            new = NewTurn(rota=desk.id, person=ZHOU, weekday=day, from_min=0, to_min=1440, start=NOW)
            await rotas.add_turn(tx, new, BY)
        return desk.id


async def test_a_rota_is_the_desk_of_its_region_and_holidays_are_its_calendar_s(staffed: Archive):
    await add_desk(staffed)
    monday = ms("2026-11-23 03:10")
    assert await names(staffed, monday, region=TOWN) == [["周敏", "吴丹"]]
    async with staffed.writing() as tx:
        new = NewCalendarDay(day="2026-11-23", kind=DayKind.HOLIDAY, name="县庆", source="县府通知", region=COUNTY)
        await calendar.enter(tx, new, BY)
    found = await levels(staffed, monday, region=TOWN)
    assert [each.name for each in found[0].people] == ["吴丹"]
    assert any("nobody has the duty of rota" in gap for gap in found[0].gaps)


async def test_a_swap_and_an_absence_are_followed(staffed: Archive):
    desk, monday = await add_desk(staffed), ms("2026-11-23 03:10")
    async with staffed.writing() as tx:
        swap = NewShift(rota=desk, person=LI, instead_of=ZHOU, start=monday - 9, end=monday + 9, why="调班")
        await rotas.add_shift(tx, swap, BY)
    assert (await names(staffed, monday, region=TOWN))[0][0] == "李小琴"
    async with staffed.writing() as tx:
        await absences.enter(tx, NewAbsence(person=LI, start=monday - 9, end=monday + 9, stand_in=WU), BY)
    assert (await names(staffed, monday, region=TOWN))[0] == ["吴丹"]


async def test_a_ring_of_rotas_is_refused_where_it_would_close(staffed: Archive):
    async with staffed.writing() as tx:
        first = await rotas.add(tx, NewRota(name="甲"), BY)
        second = await rotas.add(tx, NewRota(name="乙", otherwise=first.id), BY)
        with pytest.raises(BadInput, match="in a ring"):
            await rotas.change(tx, first.id, NewRota(name="甲", otherwise=second.id), BY)
        with pytest.raises(Stale):
            await rotas.change(tx, first.id, NewRota(name="丙"), BY, seen="0" * 16)


@pytest.mark.parametrize(
    "fields", [{"weekday": 8}, {"from_min": 1440, "to_min": 1500}, {"to_min": 480}, {"every_weeks": 0}, {"person": 99}]
)
async def test_a_turn_that_cannot_be_is_refused(staffed: Archive, fields: dict[str, int]):
    said = {"person": LI, "weekday": 0, "from_min": 480, "to_min": 1080} | fields
    async with staffed.writing() as tx:
        rota = await rotas.add(tx, NewRota(name="甲"), BY)
        with pytest.raises(BadInput):
            await rotas.add_turn(tx, NewTurn(rota=rota.id, start=NOW, **said), BY)


async def test_absences_form_no_ring_and_do_not_overlap(staffed: Archive):
    async with staffed.writing() as tx:
        span: dict[str, Any] = {"start": NOW, "end": NOW + 100}
        entered = await absences.enter(tx, NewAbsence(person=LI, stand_in=ZHOU, **span), BY)
        wrongs: list[dict[str, Any]] = [
            {"person": ZHOU, "stand_in": LI},
            {"person": LI},
            {"person": WU, "stand_in": WU},
        ]
        for wrong in wrongs:
            with pytest.raises(BadInput):
                await absences.enter(tx, NewAbsence(**wrong, **span), BY)
        with pytest.raises(BadInput, match="end it"):
            await absences.withdraw(tx, entered.id, BY)
        ended = await absences.end(tx, entered.id, NOW + 50, BY)
    assert ended.end == NOW + 50


async def say(archive: Archive, said: Said, at: int, address: str = "13800138000") -> None:
    async with archive.writing() as tx:
        new = NewWord(person=LI, kind=WayKind.MOBILE, address=address, said=said)
        await ways.say(tx, new, By("desk", at, "test"))


async def due(archive: Archive, at: int) -> list[int]:
    async with archive.reading() as tx:
        return sorted({each.person for each in await ways.due(tx, at)})


async def test_is_this_still_your_number_is_asked_once_a_quarter(staffed: Archive):
    assert await due(staffed, NOW) == [LI, ZHOU, WU]
    await say(staffed, Said.ASKED, NOW)
    assert LI not in await due(staffed, NOW + ways.PATIENCE_MS - 1)
    assert LI in await due(staffed, NOW + ways.PATIENCE_MS)
    await say(staffed, Said.CONFIRMED, NOW + 1)
    assert LI not in await due(staffed, NOW + ways.QUARTER_MS)
    assert LI in await due(staffed, NOW + ways.QUARTER_MS + 1)


async def test_a_wrong_number_is_tried_last_and_a_new_one_has_nothing_of_its_name(staffed: Archive):
    await say(staffed, Said.WRONG, NOW)
    assert "a mobile is known to be bad" in " ".join((await levels(staffed))[0].gaps)
    assert [way.channel for way in (await levels(staffed))[0].people[0].ways] == ["page", "voice", "sms"]
    async with staffed.writing() as tx:
        await contacts.set_phones(tx, LI, [NewPhone(kind=PhoneKind.MOBILE, phone_number="15400000009")], BY)
    assert (await levels(staffed))[0].people[0].ways[0].address == "+8615400000009"
    assert LI in await due(staffed, NOW)


async def test_a_number_is_nobody_s_but_whose_it_is(staffed: Archive):
    with pytest.raises(BadInput, match="has no such mobile"):
        await say(staffed, Said.CONFIRMED, NOW, "15400000002")


async def test_a_word_about_a_number_holds_no_number(staffed: Archive):
    await say(staffed, Said.CONFIRMED, NOW)
    async with staffed.reading() as tx:
        row = await tx.get_one(tables.WayWord, 1)
        assert "138" not in str(images.image_of(row))
        assert row.fingerprint.startswith("sha256:")
        assert await chains.unseen(tx, [tables.WayWord]) == []


async def test_a_wish_says_language_and_what_comes_first(staffed: Archive):
    async with staffed.writing() as tx:
        await ways.wish(tx, Wish(person=LI, language="en", channels=("sms",)), BY)
        await ways.wish(tx, Wish(person=LI, language="en", channels=("sms", "voice")), BY)
        with pytest.raises(BadInput, match="is not spoken here"):
            await ways.wish(tx, Wish(person=LI, language="de"), BY)
        with pytest.raises(BadInput, match="is no channel"):
            await ways.wish(tx, Wish(person=LI, channels=("pigeon",)), BY)
    reach = (await levels(staffed))[0].people[0]
    assert (reach.language, reach.ways[0].channel) == ("en", "sms")


async def test_gaps_are_those_of_the_day_and_of_the_coming_night(staffed: Archive):
    async with staffed.writing() as tx:
        night = NewAbsence(person=LI, start=ms("2026-11-21 00:00"), end=ms("2026-11-21 06:00"))
        await absences.enter(tx, night, BY)
        found = await gaps.gaps_at(tx, NOW)
    assert {(each.facility, each.kind) for each in found} == {
        (CLINIC, GapKind.NO_DESK), (CLINIC, GapKind.ABSENT), (CLINIC, GapKind.TOO_FEW),
    }  # fmt: skip
    assert {each.at for each in found if each.kind is GapKind.ABSENT} == {ms("2026-11-21 03:00")}


async def test_a_book_of_everything_says_the_same_as_each_question(staffed: Archive):
    await add_desk(staffed)
    async with staffed.reading() as tx:
        book = await asking.read(tx, NIGHT)
    for equipment, facility, region in (
        (FRIDGE, None, None),
        (None, POST, None),
        (None, None, COUNTY),
        (None, None, None),
    ):
        where: dict[str, Any] = {"equipment": equipment, "facility": facility, "region": region}
        found = asking.levels_in(book, **where, severity=Severity.CRITICAL, at=NIGHT)
        assert found.levels == await levels(staffed, **where)


async def test_a_policy_that_nobody_can_read_any_more_keeps_nobody_from_being_told(staffed: Archive):
    before = await asked(staffed)
    async with staffed.writing() as tx:
        tx.add(tables.DutyPolicy(start=0, end=None, title="of an old version", content={}, by="x", withdrawn_at=None))
    assert [each.people for each in await asked(staffed)] == [each.people for each in before] != []


async def asked(archive: Archive) -> list[Level]:
    async with archive.reading() as tx:
        return await asking.levels_for(
            tx, equipment=FRIDGE, facility=None, region=None, severity=Severity.CRITICAL, at=NOW
        )
