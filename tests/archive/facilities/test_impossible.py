"""What cannot be is refused by the name of its field, with the cure; nothing of it stays."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from coldchain.archive import chains
from coldchain.archive.county import county_of
from coldchain.archive.db import Archive, Tx, open_archive
from coldchain.archive.facilities import calendar, collection, handover, persons, posts, standing, training
from coldchain.archive.facilities.calendar import DayKind, NewCalendarDay
from coldchain.archive.facilities.collection import NewCollection
from coldchain.archive.facilities.handover import NewHandOver
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import NewPost, PostKind
from coldchain.archive.facilities.standing import NewStatus, Standing
from coldchain.archive.facilities.training import NewAttendance, NewCourse
from coldchain.errors import BadInput
from coldchain.settings import ArchiveSettings
from tests.archive.facilities.cast import CLINIC, COUNTY_DESK, FOR_COUNTY, LI, NOW, POST, add_zhou, hold
from tests.archive.facilities.test_card import say
from tests.archive.facilities.test_training import course
from tests.archive.small import COUNTY, HOUR, T0, TOML, TOWN, fill

ZHOU, GONE = 2, 3  # Zhou is there; Sun left
NOBODY = 99

# a field of a card, its value, what is said of it
CARD: list[tuple[str, Any, str]] = [
    ("unit_code", "51190001200", r"facility.unit_code: '51190001200' has not 12 digits; write the 12 digits"),
    ("unit_code", "5119000120AB", r"has not 12 digits"),
    ("unit_code", "５１１９０００１２００１", r"has not 12 digits"),
    ("unit_code", "511900013001", r"facility.unit_code: 511900013001 is the code of both 511900013 and 511900012"),
    ("address", "柳溪\x00", r"facility.address: .* holds control characters"),
    ("population", -1, r"facility.population: -1 cannot be; write 0 to"),
    ("staff", 10**9, r"facility.staff: 1000000000 cannot be"),
    ("certified_staff", 99, r"facility.certified_staff: 99 of 3 are certified; correct one of the two"),
    ("rooms_m2", float("nan"), r"facility.rooms_m2: nan cannot be"),
    ("longitude", 300.0, r"facility.longitude: 300.0 of 511900012 is nowhere; write degrees from -180 to 180"),
    ("latitude", float("nan"), r"facility.latitude: nan of 511900012 is nowhere"),
    ("longitude", None, r"facility.latitude: 511900012 has one of two coordinates"),
    ("telephone", "5551234", r"facility.telephone: '5551234' is no phone number"),
    ("working_week", "54321", r"working_week: '54321' is no week; write the days from 1 Monday"),
    ("working_week", "0", r"working_week: '0' is no week"),
    ("licensed_on", "2026-02-30", r"facility.licensed_on: '2026-02-30' is no day; write YYYY-MM-DD"),
    ("licensed_on", "20260230", r"facility.licensed_on: '20260230' is no day"),
    ("licensed_until", "2019-12-31", r"facility.licensed_until: 2019-12-31 is before its approval on 2020-01-01"),
    ("licence", "ab" * 32, r"facility.licence: there is no document"),
    ("region", "520000000000", r"facility.region: '520000000000' is not in the archive"),
    ("address", "x" * 201, r"facility.address: 201 characters are too many"),
]

Act = Callable[[Tx], Awaitable[Any]]


def post(**fields: Any) -> Act:
    said: dict[str, Any] = {"person": ZHOU, "facility": CLINIC, "post": PostKind.VACCINATOR, "start": NOW}
    return lambda tx: posts.begin(tx, NewPost(**said | fields), COUNTY_DESK)


def hand(**fields: Any) -> Act:
    said: dict[str, Any] = {"facility": CLINIC, "leaver": LI, "taker": ZHOU, "at": NOW - HOUR}
    return lambda tx: handover.hand_over(tx, NewHandOver(**said | fields), COUNTY_DESK, wall=NOW, signer=FOR_COUNTY)


def held(**fields: Any) -> Act:
    return lambda tx: training.hold(tx, course(**fields), COUNTY_DESK)


def attended(**fields: Any) -> Act:
    said: dict[str, Any] = {"course": 1, "person": ZHOU, "has_passed": True}
    return lambda tx: training.attend(tx, NewAttendance(**said | fields), COUNTY_DESK)


def opened(**fields: Any) -> Act:
    said: dict[str, Any] = {"year": 2025, "region": COUNTY, "due_on": "2027-01-20"}
    return lambda tx: collection.open_collection(tx, NewCollection(**said | fields), COUNTY_DESK)


def turned(**fields: Any) -> Act:
    said: dict[str, Any] = {"facility": POST, "status": Standing.CLOSED, "at": NOW, "reason": "撤并"}
    return lambda tx: standing.change(tx, NewStatus(**said | fields), COUNTY_DESK)


def noted(**fields: Any) -> Act:
    said: dict[str, Any] = {"day": "2026-10-01", "kind": DayKind.HOLIDAY, "name": "国庆", "source": "s", "region": TOWN}
    return lambda tx: calendar.enter(tx, NewCalendarDay(**said | fields), COUNTY_DESK)


ACTS: list[tuple[str, Act, str]] = [
    ("two keepers", post(post=PostKind.KEEPER), r"post: 李小琴 is keeper of 511900012 since"),
    ("a post that ends before it begins", post(end=NOW - 1), r"end: .* is not after its start"),
    ("a post of nobody", post(person=NOBODY), r"person: 99 is nobody in the archive"),
    ("a post of who left", post(person=GONE), r"person: 孙强 left at .*; choose somebody who is there"),
    ("a post of who leaves before it ends", post(person=GONE, start=T0 - HOUR), r"end: 孙强 left at .*; let the post end by"),
    ("a post nowhere", post(facility="f9"), r"facility: 'f9' is not in the archive"),
    ("a hand-over to oneself", hand(taker=LI), r"taker: nobody hands over to themselves"),
    ("a hand-over to who left", hand(taker=GONE), r"taker: 孙强 left at"),
    ("a hand-over by who left", hand(leaver=GONE), r"leaver: 孙强 left at"),
    ("a hand-over by who holds nothing", hand(leaver=ZHOU, taker=LI), r"leaver: 周敏 holds no post of 511900012 then"),
    ("a hand-over of another post", hand(posts=(PostKind.HEAD,)), r"posts: 李小琴 is not head of 511900012 then"),
    ("a hand-over ahead of its time", hand(at=NOW + 1), r"at: .* lies ahead; hand over when it takes place"),
    ("a hand-over elsewhere", hand(facility=POST), r"leaver: 李小琴 holds no post of 511900013 then"),
    ("a course of no topic", held(topic="singing"), r"topic: 'singing' is no topic; use one of cold_chain"),
    ("a course to come", held(held_on="2027-02-01"), r"held_on: 2027-02-01 lies ahead"),
    ("a course of no time", held(hours=0.0), r"hours: 0.0 cannot be"),
    ("a course without end", held(hours=float("inf")), r"hours: inf cannot be"),
    ("a course nowhere", held(region="520000000000"), r"region: '520000000000' is not in the archive"),
    ("a certificate before its course", attended(issued_on="2026-02-28"), r"issued_on: 2026-02-28 is before the course"),
    ("a certificate that ended first", attended(valid_until="2026-02-28"), r"valid_until: .* before the certificate begins"),
    ("a certificate for who failed", attended(has_passed=False, certificate="1"), r"certificate: who did not pass"),
    ("an attendance twice", attended(person=LI), r"person: they are entered already, as 1; withdraw that one first"),
    ("an attendance at nothing", attended(course=NOBODY), r"course: 99 is not one that counts"),
    ("an attendance of nobody", attended(person=NOBODY), r"person: 99 is nobody"),
    ("a collection of a year to come", opened(year=2028), r"year: 2028 has not begun"),
    ("a collection of no year", opened(year=26), r"year: 26 is no year of ours"),
    ("a collection due before the day", opened(due_on="2025-12-31"), r"due_on: 2025-12-31 is before 2025 has ended"),
    ("a collection nowhere", opened(region="x"), r"region: 'x' is not in the archive"),
    ("a collection twice", opened(year=2026), r"year: 2026 of 511900000000 is open already, as 1; go on with that"),
    ("a confirmation for who has no part", lambda tx: collection.confirm(tx, 1, "f9", COUNTY_DESK), r"facility: 'f9' has no"),
    ("a confirmation in no collection", lambda tx: collection.confirm(tx, 9, CLINIC, COUNTY_DESK), r"collection: there is no"),
    ("a confirmation twice", lambda tx: collection.confirm(tx, 1, CLINIC, COUNTY_DESK), r"state: .* is confirmed already"),
    ("a return of nothing", lambda tx: collection.give_back(tx, 1, POST, "x", COUNTY_DESK), r"state: .* is waiting"),
    ("a return without a word", lambda tx: collection.give_back(tx, 1, CLINIC, " ", COUNTY_DESK), r"comment: it is empty"),
    ("an excuse for who confirmed", lambda tx: collection.excuse(tx, 1, CLINIC, "x", COUNTY_DESK), r"it is not missing"),
    ("an excuse without a word", lambda tx: collection.excuse(tx, 1, POST, "", COUNTY_DESK), r"reason: it is empty"),
    ("a taking over of nothing", lambda tx: collection.consolidate(tx, 1, COUNTY_DESK, facility=POST), r"state: .* is waiting"),
    ("a part twice", lambda tx: collection.include(tx, 1, CLINIC, COUNTY_DESK), r"facility: 511900012 has a part already"),
    ("a closing with lots inside", turned(facility=CLINIC), r"status: 511900012 holds HepB-A1"),
    ("a closing to come", turned(at=NOW + 1), r"at: .* lies ahead"),
    ("a closing without a word", turned(reason=" "), r"reason: it is empty; say why"),
    ("an opening of what is open", turned(status=Standing.ACTIVE), r"status: 511900013 is active already"),
    ("a holiday on no day", noted(day="2026-13-01"), r"day: '2026-13-01' is no day"),
    ("holidays from no day", lambda tx: calendar.listed(tx, "\x00", "2026-12-31"), r"first: .* is no day"),
    ("holidays that end first", lambda tx: calendar.listed(tx, "2026-12-31", "2026-01-01"), r"last: .* the earlier first"),
    ("a holiday nowhere", noted(region=None), r"region: it must be said once where"),
    ("a holiday in two places", noted(facility=CLINIC), r"region: it must be said once where"),
    ("a holiday by nobody", noted(source=""), r"source: it is empty; name the notice"),
    ("a holiday twice", noted(region=COUNTY), r"day: 2026-10-01 is entered there already, as 1"),
]  # fmt: skip


@pytest.fixture(scope="module")
async def busy(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Archive]:
    """One archive for all, and SQLite is enough: all of this is refused before a database sees it, so nothing stays."""
    path = tmp_path_factory.mktemp("busy") / "archive.sqlite"
    shutil.copyfile(sqlite_template, path)
    async with open_archive(ArchiveSettings(url=SecretStr(f"sqlite:///{path}"))) as opened:
        await settle(opened)
        yield opened


async def settle(archive: Archive) -> None:
    """Li keeps the clinic and was at a course; Sun left; the clinic has confirmed this year's collection."""
    await fill(archive)
    await say(archive, staff=3, licensed_on="2020-01-01", latitude=31.0, longitude=106.0)
    await say(archive, POST, unit_code="511900013001")
    assert await add_zhou(archive) == ZHOU
    await hold(archive, LI)
    async with archive.writing() as tx:
        sun = NewPerson(name="孙强", facility=CLINIC, post="nurse", left_at=T0)
        await persons.put_persons(tx, [sun], COUNTY_DESK)
        held_course = await training.hold(tx, NewCourse(**_fields(course())), COUNTY_DESK)
        await training.attend(tx, NewAttendance(course=held_course.id, person=LI, has_passed=True), COUNTY_DESK)
        new = NewCollection(year=2026, region=COUNTY, due_on="2027-01-20")
        await collection.open_collection(tx, new, COUNTY_DESK)
        await collection.confirm(tx, 1, CLINIC, COUNTY_DESK)
        holiday = NewCalendarDay(day="2026-10-01", kind=DayKind.HOLIDAY, name="国庆", source="s", region=COUNTY)
        await calendar.enter(tx, holiday, COUNTY_DESK)


def _fields(new: NewCourse) -> dict[str, Any]:
    return {name: getattr(new, name) for name in new.__struct_fields__}


@pytest.mark.parametrize(("act", "words"), [row[1:] for row in ACTS], ids=[row[0] for row in ACTS])
async def test_what_cannot_be_is_refused_with_its_cure(busy: Archive, act: Act, words: str):
    with pytest.raises(BadInput, match=words) as refused:
        async with busy.writing() as tx:
            await act(tx)
    assert refused.value.cure


@pytest.mark.parametrize(("field", "value", "words"), CARD)
async def test_a_card_that_cannot_be_is_refused_by_its_field(busy: Archive, field: str, value: Any, words: str):
    with pytest.raises(BadInput, match=words):
        await say(busy, **{field: value})


async def test_nothing_stayed_of_all_that_was_refused(busy: Archive):
    async with busy.reading() as tx:
        before = await chains.verify(tx)
    with pytest.raises(BadInput):
        await say(busy, population=7, staff=-1)
    async with busy.reading() as tx:
        assert await chains.verify(tx) == before
        assert await chains.unseen(tx) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('unit_code = "5119"', r"facilities\[0\].unit_code: '5119' has not 12 digits"),
        ("longitude = 300.0\nlatitude = 31.0", r"facilities\[0\].longitude: 300.0 of 511900012 is nowhere"),
        ("population = -5", r"facilities\[0\].population: -5 cannot be"),
        ('service_form = "tent"', r"facilities\[0\].service_form: Invalid enum value 'tent'; use one of"),
        ('status = "closed"', r"facilities\[0\]: Object contains unknown field `status`"),
    ],
)
def test_a_file_with_such_a_card_is_refused_by_its_place(line: str, words: str):
    with pytest.raises(BadInput, match=words):
        county_of(TOML.replace('gateway = "511900012-1"', line, 1))
