"""A hold concerns so many doses in one place: they cannot be issued, others can; isolated they stay held."""

from dataclasses import replace
from typing import Any

import pytest

from coldchain.archive import chains, lots
from coldchain.archive.lots import Reason
from coldchain.errors import BadInput
from coldchain.excursion import CaseState, LotsKnown
from tests.archive.disposition.cast import CLINIC, KNOWN, LOT, NEIGHBOUR, Ward, by, warm
from tests.archive.small import HOUR, T0

HELD_70 = [("c1", 1, 70, None)]


async def test_held_doses_cannot_be_issued_while_the_same_lot_elsewhere_can(ward: Ward):
    await ward.move(50, Reason.RECEIVED, source=None, target=ward.other)
    with pytest.raises(
        BadInput, match=r"doses: 70 of the doses of HepB-A1 there are under hold since .*; take 0 or fewer"
    ):
        await ward.move(1)
    await ward.move(50, source=ward.other)
    assert await ward.holds() == HELD_70


async def test_what_came_later_into_the_same_compartment_is_free(ward: Ward):
    await ward.move(20, Reason.RECEIVED, source=None, target=ward.cold)
    with pytest.raises(BadInput, match="take 20 or fewer"):
        await ward.move(21)
    await ward.move(20)
    assert await ward.holds() == HELD_70


@pytest.mark.parametrize("reason", [Reason.RETURNED, Reason.COUNTED, Reason.DISPOSED])
async def test_held_doses_do_not_leave_by_any_other_word(ward: Ward, reason: Reason):
    with pytest.raises(BadInput, match="under hold"):
        await ward.move(1, reason)


async def test_isolated_doses_stay_held_where_they_are_and_are_decided_there(ward: Ward):
    await ward.move(30, Reason.MOVED, target=ward.neighbour, held=30)
    assert await ward.holds() == [("c1", ward.cold, 40, None), ("c1", ward.neighbour, 30, None)]
    with pytest.raises(BadInput, match="under hold"):
        await ward.move(1, source=ward.neighbour)
    assert [(await ward.show(n)).dossier.facility for n in (1, 2)] == [CLINIC, NEIGHBOUR]
    assert [line.doses for line in (await ward.show(2)).lines] == [30]


async def test_all_of_it_may_be_isolated_and_come_back(ward: Ward):
    await ward.move(70, Reason.MOVED, target=ward.other, held=70)
    await ward.move(70, Reason.MOVED, source=ward.other, target=ward.cold, held=70)
    assert await ward.holds() == HELD_70


async def test_moving_held_doses_without_saying_so_is_refused(ward: Ward):
    with pytest.raises(BadInput, match="moved with `held`"):
        await ward.move(1, Reason.MOVED, target=ward.other)


async def test_two_excursions_on_the_same_doses_hold_them_once(ward: Ward):
    await ward.become(warm(name="c2", state=CaseState.CLOSED))
    await ward.move(20, Reason.RECEIVED, source=None, target=ward.cold)
    await ward.move(20)
    await ward.move(10, Reason.MOVED, target=ward.other, held=10)
    assert await ward.holds() == [
        ("c1", ward.cold, 60, None), ("c2", ward.cold, 60, None), ("c1", ward.other, 10, None), ("c2", ward.other, 10, None),
    ]  # fmt: skip


async def test_isolated_doses_are_held_beside_those_that_stood_there(ward: Ward):
    await ward.move(20, Reason.RECEIVED, source=None, target=ward.other)
    await ward.become(warm(20, "c2", equipment="BX2", compartment=ward.other))
    await ward.move(30, Reason.MOVED, target=ward.other, held=30)
    await ward.move(5, Reason.RECEIVED, source=None, target=ward.other)
    with pytest.raises(BadInput, match="take 5 or fewer"):
        await ward.move(6, source=ward.other)


async def test_doses_known_only_by_facility_block_as_many_there_in_all(calm: Ward):
    await calm.move(30, Reason.RECEIVED, source=None, target=calm.other)
    await calm.become(warm(70, lots_known=LotsKnown.FACILITY), at=KNOWN)
    assert await calm.holds() == [("c1", None, 70, None)]
    await calm.move(30, source=calm.other)
    with pytest.raises(BadInput, match="70 of the doses"):
        await calm.move(1)
    await calm.move(70, Reason.MOVED, target=calm.other)  # within the house; where they are nobody claims to know


async def test_isolating_says_where_doses_are_of_which_nobody_knew(calm: Ward):
    await calm.become(warm(70, lots_known=LotsKnown.FACILITY), at=KNOWN)
    await calm.move(40, Reason.MOVED, target=calm.other, held=40)
    assert await calm.holds() == [("c1", None, 30, None), ("c1", calm.other, 40, None)]


async def test_a_place_that_becomes_known_is_the_place_of_the_hold(calm: Ward):
    await calm.become(warm(70, lots_known=LotsKnown.FACILITY), at=KNOWN)
    await calm.become(warm(70, revision=2))
    assert await calm.holds() == HELD_70


async def test_what_had_gone_on_within_the_archive_is_held_where_it_is(calm: Ward):
    await calm.move(20, Reason.MOVED, at=T0 + HOUR + 1, target=calm.other)
    await calm.move(15, Reason.ISSUED, at=T0 + HOUR + 2, source=calm.other, target=calm.neighbour)
    await calm.move(3, at=T0 + HOUR + 3, source=calm.neighbour)
    await calm.become(warm(70), at=KNOWN + HOUR)
    assert await calm.holds() == [
        ("c1", calm.cold, 50, None), ("c1", calm.other, 5, None), ("c1", calm.neighbour, 12, None),
        ("c1", calm.neighbour, 3, "gone"),
    ]  # fmt: skip
    assert [gone.doses for gone in (await calm.show(2)).gone] == [3]


async def test_doses_that_came_back_stay_the_case_s_own(calm: Ward):
    """A case counts doses twice that left and came back; no movement tells where the second ones are."""
    await calm.become(warm(75), at=KNOWN)
    assert await calm.holds() == [("c1", calm.cold, 70, None), ("c1", calm.cold, 5, "gone")]


async def test_a_forgotten_issue_of_before_the_hold_is_entered_and_told_as_gone(ward: Ward):
    await ward.move(10, at=KNOWN - 1)
    assert await ward.holds() == [("c1", ward.cold, 60, None), ("c1", ward.cold, 10, "gone")]
    with pytest.raises(BadInput, match="under hold"):
        await ward.move(1, at=KNOWN)


async def test_a_forgotten_move_of_before_the_hold_takes_it_along(ward: Ward):
    await ward.move(10, Reason.MOVED, at=KNOWN - 2, target=ward.other)
    assert await ward.holds() == [("c1", ward.cold, 60, None), ("c1", ward.other, 10, None)]
    await ward.move(4, at=KNOWN - 1, source=ward.other)
    assert (await ward.holds())[1:] == [("c1", ward.other, 6, None), ("c1", ward.other, 4, "gone")]


async def test_a_delivery_of_before_the_hold_leaves_room_for_a_forgotten_issue(ward: Ward):
    await ward.move(20, Reason.RECEIVED, at=KNOWN - HOUR // 2, source=None, target=ward.cold)
    await ward.move(20, at=KNOWN - 1)
    assert await ward.holds() == HELD_70


async def test_an_issue_taken_back_is_held_again(ward: Ward):
    movement = await ward.move(10, at=KNOWN - 1)
    async with ward.archive.writing() as tx:
        await lots.withdraw(tx, movement, ward.later())
    assert sorted(await ward.holds()) == [("c1", ward.cold, 10, None), ("c1", ward.cold, 60, None)]
    with pytest.raises(BadInput, match="under hold"):
        await ward.move(1)


async def test_a_case_that_names_more_doses_holds_more_and_never_less(ward: Ward):
    await ward.move(20, Reason.RECEIVED, source=None, target=ward.cold)
    await ward.become(warm(90, revision=2))
    await ward.become(warm(80, revision=3))
    assert sum(doses for _, _, doses, _ in await ward.holds()) == 90


async def test_an_excursion_that_began_earlier_says_so_on_its_hold(ward: Ward):
    await ward.become(warm(revision=2, first_bad=T0 + HOUR // 2))
    async with ward.archive.reading() as tx:
        from coldchain.archive import holds  # noqa: PLC0415 - the ward's own word is another

        assert [hold.since for hold in await holds.open(tx, None)] == [T0 + HOUR // 2]


async def test_every_hold_stands_in_the_trail_as_it_is(ward: Ward):
    await ward.move(30, Reason.MOVED, target=ward.other, held=30)
    await ward.move(10, at=KNOWN - 1)
    await ward.become(replace(warm(revision=2), state=CaseState.WITHDRAWN))
    async with ward.archive.reading() as tx:
        assert await chains.unseen(tx) == []
    assert {why for _, _, _, why in await ward.holds()} == {"withdrawn", "gone"}


IMPOSSIBLE = [
    ({"held": 71, "doses": 80, "reason": Reason.MOVED}, "held: 70 doses of HepB-A1 were known to be held there"),
    ({"held": 5, "doses": 4, "reason": Reason.MOVED}, "held: "),
    ({"held": 5, "doses": 5, "reason": Reason.ISSUED}, "held: held doses cannot be issued"),
    (
        {"held": 5, "doses": 5, "reason": Reason.COUNTED, "target": None},
        "held: no decision that is being carried out covers 5",
    ),
    (
        {"held": 5, "doses": 5, "reason": Reason.DISPOSED, "target": None},
        "held: no decision that is being carried out covers 5",
    ),
    (
        {"held": 5, "doses": 5, "reason": Reason.RETURNED, "target": None},
        "held: no decision that is being carried out covers 5",
    ),
    ({"held": 5, "doses": 5, "reason": Reason.RECEIVED, "source": None}, "held: nothing outside of what we see"),
    ({"held": 5, "doses": 5, "reason": Reason.MOVED, "at": KNOWN - 1}, "held: 0 doses of HepB-A1 were known"),
]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("said", "wrong"), IMPOSSIBLE)
async def test_what_cannot_be_done_with_held_doses_is_refused(ward: Ward, said: dict[str, Any], wrong: str):
    await ward.move(20, Reason.RECEIVED, source=None, target=ward.cold)
    with pytest.raises(BadInput, match=wrong):
        await ward.move(**{"target": ward.other} | said)
    assert await ward.holds() == HELD_70


async def test_a_receipt_whose_doses_are_held_is_not_taken_back(ward: Ward):
    async with ward.archive.writing() as tx:
        [receipt, *_] = await lots.movements(tx, LOT)
        with pytest.raises(BadInput, match="doses are under hold; decide them in their dossier as missing"):
            await lots.withdraw(tx, receipt.id, by(ward.now), alone=False)


async def test_a_movement_of_held_doses_is_not_taken_back(ward: Ward):
    movement = await ward.move(30, Reason.MOVED, target=ward.other, held=30)
    async with ward.archive.writing() as tx:
        with pytest.raises(BadInput, match="enter the way back as a movement of its own"):
            await lots.withdraw(tx, movement, ward.later())
