"""What many excursions hold at once: the same as one after the other, by as few questions for many as for a few."""

from dataclasses import replace

from sqlalchemy import select

from coldchain.archive import chains, tables
from coldchain.archive.lots import Reason
from coldchain.excursion import Case, CaseState, LotsKnown
from tests.archive.disposition.cast import CLINIC, KNOWN, Ward, warm
from tests.archive.small import HOUR
from tests.parts.questions import questions


def many(count: int, first: int = 0) -> list[Case]:
    """As many rules may judge the same refrigerator."""
    return [replace(warm(name=f"n{first + n}"), anchor=KNOWN + first + n) for n in range(count)]


async def test_each_of_many_holds_its_doses_and_has_its_dossier(calm: Ward):
    await calm.become(*many(3), at=KNOWN)
    assert await calm.holds() == [(f"n{n}", calm.cold, 70, None) for n in range(3)]
    async with calm.archive.reading() as tx:
        row = tables.Dossier
        found = await tx.execute(select(row.excursion, row.facility, row.opened_at).order_by(row.id))
        assert [tuple(each) for each in found] == [(f"n{n}", CLINIC, KNOWN) for n in range(3)]
        assert not await chains.unseen(tx)


async def test_of_many_no_more_is_asked_than_of_a_few(calm: Ward):
    await calm.become(*many(2))  # what a program asks only once was asked
    with questions() as few:
        await calm.become(*many(2, first=10))
    with questions() as lots:
        await calm.become(*many(40, first=100))
    assert len(lots) <= len(few) + 2  # a chain or two more of their own


async def test_one_whose_doses_have_gone_on_is_looked_at_by_itself_and_its_neighbours_hold_theirs(calm: Ward):
    calm.now = KNOWN
    await calm.move(30, Reason.MOVED, target=calm.other)
    first, second, third = many(3)
    await calm.become(first, second, third)
    here, there = [("cold", 40), ("other", 30)]
    places = {calm.cold: "cold", calm.other: "other"}
    held = [(case, places[room or 0], doses) for case, room, doses, _ in await calm.holds()]
    assert sorted(held) == sorted((case, *at) for case in ("n0", "n1", "n2") for at in (here, there))


async def test_a_case_that_grew_meanwhile_is_told_twice_and_holds_what_it_names_last(calm: Ward):
    await calm.become(*many(1), warm(50, "c2"), at=KNOWN)
    await calm.become(warm(60, "c2", revision=2), warm(70, "c2", revision=3), *many(1, first=1), at=KNOWN + HOUR)
    held: dict[str, int] = {}
    for case, _, doses, _ in await calm.holds():
        held[case] = held.get(case, 0) + doses
    assert held == {"n0": 70, "n1": 70, "c2": 70}


async def test_what_was_none_lets_go_and_what_comes_behind_it_holds(calm: Ward):
    await calm.become(*many(1), at=KNOWN)
    gone = replace(many(1)[0], state=CaseState.WITHDRAWN, revision=2)
    await calm.become(gone, *many(1, first=5), at=KNOWN + HOUR)
    assert [(case, why) for case, _, _, why in await calm.holds()] == [("n0", "withdrawn"), ("n5", None)]


async def test_what_is_known_by_facility_only_is_held_beside_what_is_known_better(calm: Ward):
    vague = warm(name="v", lots_known=LotsKnown.FACILITY)
    await calm.become(vague, *many(2), at=KNOWN)
    assert {(case, room) for case, room, _, _ in await calm.holds()} == {
        ("v", None), ("n0", calm.cold), ("n1", calm.cold),
    }  # fmt: skip
