"""Logins, people with posts, cards of facilities, sessions, courses and who was there, and who was not."""

from collections.abc import Iterator, Sequence
from functools import partial

from coldchain.archive import occasions, people
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import card, persons, posts, training
from coldchain.archive.facilities.card import Form, ServiceCycle, ServiceForm
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import NewPost, PostKind
from coldchain.archive.facilities.training import Level, NewAttendance, NewCourse
from coldchain.archive.occasions import Hours
from coldchain.archive.people import Role, User
from coldchain.archive.places import Facility, FacilityKind
from coldchain.up.life.acts import Act, Stage
from coldchain.up.life.cast import Member, managers

ARRIVED = -700  # days before the story: everybody has been here for a while …
COURSES = (  # topic, title, how many days before, who missed it (facility and post)
    ("cold_chain", "冷链管理与设备维护", -420, ("519921020", "519921111")),
    ("temperature", "温度监测与异常处置", -200, ("519921105",)),
    ("vaccination", "预防接种技术", -330, ("519921106",)),
    ("cold_chain", "冷链管理年度培训", -200, ("519921103", "519921105", "519921111")),
)  # fmt: skip
UNTOLD_CARDS = ("519921110", "519921112")  # nobody has filled in their cards


def acts(stage: Stage, members: Sequence[Member], password_hash: str) -> Iterator[Act]:
    """Everything about people and their facilities."""
    day = stage.calendar
    yield Act(day.at(ARRIVED, 9), "demo", partial(_arrive, members=members, password_hash=password_hash))
    first, _ = managers(members)
    for number, (topic, title, before, missed) in enumerate(COURSES):
        course = NewCourse(
            topic=topic, title=title, level=Level.COUNTY, hours=8 if topic == "cold_chain" else 4,
            held_on=day.on(before), held_by="清江县疾控中心", region="519921000000",
        )  # fmt: skip
        there = [each for each in members if each.facility not in missed and _is_for(topic, each.post)]
        yield Act(day.at(before + 1, 9, number), first, partial(_teach, course=course, there=there))
    for number, facility in enumerate(stage.county.facilities):
        keeper = next((each for each in members if each.facility == facility.code), None)
        if facility.code not in UNTOLD_CARDS:
            yield Act(day.at(-300, 9, number), first, partial(_describe, facility=facility, keeper=keeper))
        if facility.kind is FacilityKind.TOWNSHIP_CLINIC:
            yield Act(day.at(-300, 10, number), first, partial(_open_sessions, facility=facility, days=(1, 4)))


async def _arrive(tx: Tx, stage: Stage, by: By, *, members: Sequence[Member], password_hash: str) -> None:
    for each in members:
        if each.user is not None:
            await people.create_user(tx, _login(each), password_hash, by)
    new = [
        NewPerson(name=each.name, facility=each.facility, post=each.called, phone=each.phone, user=each.user)
        for each in members
    ]
    await persons.put_persons(tx, new, by)
    for each in members:
        number = await persons.number_of(tx, each.facility, each.name)
        stage.made[f"person/{each.facility}/{each.post}"] = number
        await posts.begin(tx, NewPost(person=number, facility=each.facility, post=each.post, start=by.at), by)


def _login(member: Member) -> User:
    if member.post is PostKind.COUNTY_MANAGER or member.facility == "519921000":
        return User(name=member.user or "", display=member.name, role=Role.MANAGER, region="519921000000")
    return User(name=member.user or "", display=member.name, role=Role.CLINIC, facility=member.facility)


def _is_for(topic: str, post: PostKind) -> bool:
    return (post is PostKind.VACCINATOR) == (topic == "vaccination")


async def _teach(tx: Tx, stage: Stage, by: By, *, course: NewCourse, there: Sequence[Member]) -> None:
    held = await training.hold(tx, course, by)
    for each in there:
        person = stage.made[f"person/{each.facility}/{each.post}"]
        await training.attend(tx, NewAttendance(course=held.id, person=person, has_passed=True), by)


async def _describe(tx: Tx, stage: Stage, by: By, *, facility: Facility, keeper: Member | None) -> None:
    dice = stage.dice(f"card/{facility.code}")
    town = facility.name_zh.removesuffix("卫生院")
    head = keeper.name if keeper is not None else "（村医）"
    form = Form(
        code=facility.code, region=facility.region, name_zh=facility.name_zh, name_en=facility.name_en,
        short_zh=facility.short_zh, kind=facility.kind, gateway=facility.gateway, latitude=facility.latitude,
        longitude=facility.longitude, unit_code=f"{facility.code}001"[:12], address=f"清江县{town}", head=head,
        telephone=f"0819-555{int(facility.code[-3:]):04d}",
        service_form=ServiceForm.WARD if facility.kind is FacilityKind.MATERNITY_WARD else ServiceForm.CLINIC,
        service_cycle=ServiceCycle.WEEK, population=dice.randrange(9000, 42000, 100), staff=dice.randint(3, 9),
        certified_staff=3, rooms_m2=float(dice.randint(60, 160)), information="全程电子化",
        licensed_on=stage.calendar.on(-500), licensed_until=stage.calendar.on(600),
    )  # fmt: skip
    await card.put_cards(tx, [form], by)


async def _open_sessions(tx: Tx, _: Stage, by: By, *, facility: Facility, days: Sequence[int]) -> None:
    hours = [Hours(weekday=day, from_min=8 * 60 + 30, to_min=11 * 60 + 30) for day in days]
    await occasions.set_session_hours(tx, facility.code, hours, by, start=by.at)
