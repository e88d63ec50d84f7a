"""Whom the policy names, from a book that is kept: it says what the archive says, whatever is changed meanwhile."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest

from alerting.ladder.book import Kept, by_duty
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.duty import absences, policies
from coldchain.archive.duty.absences import NewAbsence
from coldchain.archive.duty.policies import NewPolicy
from coldchain.archive.duty.who import Level
from coldchain.archive.facilities import persons, posts
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import NewPost, PostKind
from tests.alerting.cast import MINUTE, T0, Clinic
from tests.alerting.desks import alarm, ring
from tests.alerting.watching import FACILITY, both
from tests.parts.questions import questions

BEFORE = By("manager", T0 - 24 * 60 * MINUTE, "tests")
STEP = {"severity": "warning", "after_min": 0, "members": ["keeper"], "channels": ["voice"], "repeat_min": 5,
        "receipt_min": 2}  # fmt: skip


async def staffed(clinic: Clinic) -> None:
    """Two people at the clinic, of whom one keeps the vaccine."""
    async with clinic.archive.writing() as tx:
        people = [NewPerson(name="吴丹", facility=FACILITY, post="", phone="15400000003"),
                  NewPerson(name="罗敏", facility=FACILITY, post="", phone="15400000004")]  # fmt: skip
        await persons.put_persons(tx, people, BEFORE)
        wu = await persons.number_of(tx, FACILITY, "吴丹")
        await posts.begin(tx, NewPost(person=wu, facility=FACILITY, post=PostKind.KEEPER, start=BEFORE.at), BEFORE)
    await ring(clinic)


async def asked(clinic: Clinic, kept: Kept, at: int) -> Mapping[int, Sequence[Level]]:
    """What it says, which is what the archive says."""
    its = [await alarm(clinic)]
    async with clinic.archive.reading() as tx:
        found = await kept(tx, its, at)
        assert found == await by_duty(tx, its, at)
    return found


async def settled(clinic: Clinic, at: int) -> Kept:
    """One that has read its book."""
    kept = Kept()
    for _ in range(2):
        await asked(clinic, kept, at)
    return kept


@both
async def test_while_nothing_is_changed_it_asks_only_whether_anything_was(clinic: Clinic):
    await staffed(clinic)
    kept = await settled(clinic, clinic.now)
    its = [await alarm(clinic)]
    async with clinic.archive.reading() as tx:
        with questions() as said:
            await kept(tx, its, clinic.now)
    assert len(said) == 1


async def test_while_things_change_with_every_look_the_book_is_never_read_whole(clinic: Clinic):
    await staffed(clinic)
    kept, its, counts = Kept(), [await alarm(clinic)], set[int]()
    for n in range(3):
        await _changed_phone(clinic, f"1540000001{n}")
        async with clinic.archive.reading() as tx:
            with questions() as said:
                await kept(tx, its, clinic.now)
        assert not any("equipment.facility" in each and "WHERE" not in each for each in said)
        counts.add(len(said))
    assert len(counts) == 1


async def _changed_phone(clinic: Clinic, number: str) -> None:
    async with clinic.archive.writing() as tx:
        await persons.put_persons(
            tx, [NewPerson(name="吴丹", facility=FACILITY, post="", phone=number)], By("m", clinic.now)
        )


async def a_number(tx: Tx, clinic: Clinic) -> None:
    new = NewPerson(name="吴丹", facility=FACILITY, post="", phone="15400000009")
    await persons.put_persons(tx, [new], By("manager", clinic.now))


async def an_absence(tx: Tx, clinic: Clinic) -> None:
    wu, luo = [await persons.number_of(tx, FACILITY, name) for name in ("吴丹", "罗敏")]
    new = NewAbsence(person=wu, start=clinic.now - MINUTE, end=clinic.now + 60 * MINUTE, stand_in=luo)
    await absences.enter(tx, new, By("manager", clinic.now))


async def a_policy(tx: Tx, clinic: Clinic) -> None:
    content = {"title": "t", "source": "s", "steps": [STEP], "quiet": {"from": "22:00", "until": "07:00"}}
    await policies.enter(tx, NewPolicy(content=content, start=clinic.now), By("manager", clinic.now))


async def another_name(tx: Tx, clinic: Clinic) -> None:
    wu = await persons.number_of(tx, FACILITY, "吴丹")
    await persons.change_person(tx, wu, NewPerson(name="吴小丹", facility=FACILITY, post=""), By("manager", clinic.now))


@both
@pytest.mark.parametrize("change", [a_number, an_absence, a_policy, another_name])
async def test_what_somebody_changes_is_so_at_the_next_look(
    clinic: Clinic, change: Callable[[Tx, Clinic], Awaitable[None]]
):
    await staffed(clinic)
    kept = await settled(clinic, clinic.now)
    before = await asked(clinic, kept, clinic.now)
    async with clinic.archive.writing() as tx:
        await change(tx, clinic)
    first = await asked(clinic, kept, clinic.now)
    assert first != before
    assert await asked(clinic, kept, clinic.now) == first


async def test_what_begins_with_the_next_minute_is_so_with_the_next_minute(clinic: Clinic):
    await staffed(clinic)
    later = (clinic.now // MINUTE + 1) * MINUTE
    async with clinic.archive.writing() as tx:
        content = {"title": "t", "source": "s", "steps": [STEP], "quiet": {"from": "22:00", "until": "07:00"}}
        await policies.enter(tx, NewPolicy(content=content, start=later), By("manager", clinic.now))
    kept = await settled(clinic, clinic.now)
    before = await asked(clinic, kept, clinic.now)
    assert await asked(clinic, kept, later) != before
