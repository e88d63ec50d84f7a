from typing import Any

import pytest

from coldchain.archive.db import Archive
from coldchain.archive.facilities import days, needs, training
from coldchain.archive.facilities.needs import Certainty, Need, Needs
from coldchain.archive.facilities.posts import Post, PostKind
from coldchain.archive.facilities.training import Level, NewAttendance, NewCourse, Passed
from coldchain.errors import BadInput
from tests.archive.facilities.cast import COUNTY_DESK, LI, NOW, hold
from tests.archive.small import COUNTY, fill

NEED = Need(
    post=PostKind.KEEPER,
    topics=("cold_chain",),
    months=12,
    valid_from="2020-01-01",
    source="s",
    certainty=Certainty.READ,
)
KNOWN = Needs(topics={"cold_chain": "冷链"}, needs=(NEED,))
KEEPER = Post(id=1, person=1, facility="f", post=PostKind.KEEPER, start=0)


def course(**fields: Any) -> NewCourse:
    said: dict[str, Any] = {
        "topic": "cold_chain",
        "title": "冷链培训",
        "level": Level.COUNTY,
        "hours": 4.0,
        "held_on": "2026-03-01",
    }
    return NewCourse(**said | {"held_by": "县疾控"} | fields)


def was(held_on: str, *, until: str | None = None) -> Passed:
    return Passed(person=1, topic="cold_chain", held_on=held_on, valid_until=until)


async def train(archive: Archive, *topics: str, **attended: str) -> None:
    async with archive.writing() as tx:
        for topic in topics:
            held = await training.hold(tx, course(topic=topic, region=COUNTY), COUNTY_DESK)
            await training.attend(
                tx, NewAttendance(course=held.id, person=LI, has_passed=True, **attended), COUNTY_DESK
            )


async def lacking(archive: Archive, at: int = NOW) -> list[tuple[str, str | None]]:
    async with archive.reading() as tx:
        return [(each.topic, each.until) for each in await training.lacking(tx, None, at)]


async def test_a_keeper_who_was_never_trained_lacks_every_topic(archive: Archive):
    await fill(archive)
    await hold(archive, LI)
    assert await lacking(archive) == [("cold_chain", None), ("temperature", None)]


async def test_who_passed_lacks_nothing_until_it_lapses(archive: Archive):
    await fill(archive)
    await hold(archive, LI)
    await train(archive, "cold_chain", "temperature")
    assert await lacking(archive) == []
    assert await lacking(archive, NOW + 60 * 86_400_000) == [
        ("cold_chain", "2027-03-01"),
        ("temperature", "2027-03-01"),
    ]


@pytest.mark.parametrize(
    ("trainings", "until"),
    [
        ([("2026-03-01", False, None)], None),  # did not pass
        ([("2027-01-01", True, None)], None),  # not yet held then
        ([("2024-03-01", True, "2026-06-01"), ("2025-03-01", True, None)], "2026-06-01"),  # the longest counts
        ([("2024-03-01", True, "2025-06-01"), ("2025-03-01", True, None)], "2026-03-01"),
    ],
)
async def test_what_counts_on_a_day_is_what_was_passed_by_then_and_counts_longest(
    archive: Archive, trainings: list[tuple[str, bool, str | None]], until: str | None
):
    await fill(archive)
    await hold(archive, LI)
    async with archive.writing() as tx:
        for held_on, has_passed, ends in trainings:
            held = await training.hold(tx, course(held_on=held_on), COUNTY_DESK)
            new = NewAttendance(course=held.id, person=LI, has_passed=has_passed, valid_until=ends)
            await training.attend(tx, new, COUNTY_DESK)
    assert ("cold_chain", until) in await lacking(archive, days.end_of("2026-12-31") - 1)


async def test_it_is_told_who_was_trained_in_what_and_when(archive: Archive):
    await fill(archive)
    await train(archive, "cold_chain", certificate="LX-7", valid_until="2028-03-01")
    async with archive.reading() as tx:
        [found] = await training.learned(tx, [LI])
    assert (found.topic, found.held_on, found.certificate, found.valid_until) == (
        "cold_chain", "2026-03-01", "LX-7", "2028-03-01",
    )  # fmt: skip


async def test_a_course_taken_back_taught_nothing(archive: Archive):
    await fill(archive)
    await hold(archive, LI)
    await train(archive, "cold_chain", "temperature")
    async with archive.writing() as tx:
        await training.withdraw_course(tx, 1, COUNTY_DESK)
        await training.withdraw_attendance(tx, 2, COUNTY_DESK)
    assert await lacking(archive) == [("cold_chain", None), ("temperature", None)]


@pytest.mark.parametrize(
    ("trainings", "until"),
    [
        ([], None),
        ([was("2025-12-31")], "2026-12-31"),
        ([was("2025-06-01", until="2026-12-31")], "2026-12-31"),
    ],
)
def test_what_lapsed_says_when(trainings: list[Passed], until: str | None):
    [lack] = training.lacks([KEEPER], trainings, KNOWN, "2027-01-01")
    assert (lack.until, lack.certainty) == (until, "read")


@pytest.mark.parametrize("one", [was("2026-01-01"), was("2020-01-01", until="2027-01-01")])
def test_what_counts_on_its_last_day_still_counts(one: Passed):
    assert training.lacks([KEEPER], [one], KNOWN, "2027-01-01") == []


def test_nothing_is_asked_before_the_rule_was_valid():
    assert training.lacks([KEEPER], [], KNOWN, "2019-12-31") == []


@pytest.mark.parametrize(
    ("day", "later"), [("2026-01-31", "2026-02-28"), ("2024-02-29", "2025-02-28"), ("2026-12-01", "2027-01-01")]
)
def test_months_end_where_the_month_does(day: str, later: str):
    assert needs.months_after(day, {"2026-01-31": 1, "2024-02-29": 12, "2026-12-01": 1}[day]) == later


def test_what_comes_with_coldchain_names_its_sources_and_each_topic_in_both_languages():
    standing = needs.standing()
    assert all(need.source and need.topics for need in standing.needs)
    assert all(" / " in words for words in standing.topics.values())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('topics = ["singing"]', "topic: 'singing' is no topic"),
        ("months = 0", "months: 0 of keeper"),
        ('valid_from = "2020"', "valid_from: '2020' is no day"),
        ('post = "cook"', "needs: Invalid enum value 'cook'"),
    ],
)
def test_a_file_of_needs_that_cannot_be_is_refused(wrong: str, words: str):
    name = wrong.split(" = ", maxsplit=1)[0]
    right = {"post": '"keeper"', "topics": '["a"]', "months": "12", "valid_from": '"2020-01-01"'}
    lines = [wrong if key == name else f"{key} = {value}" for key, value in right.items()]
    text = '[topics]\na = "a"\n[[needs]]\nsource = "s"\ncertainty = "read"\n' + "\n".join(lines)
    with pytest.raises(BadInput, match=words):
        needs.read(text)
