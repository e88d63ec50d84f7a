"""A bare movement is for what needs no more; the rest has doors where a reason, a paper or a second person is asked for."""

from typing import Any

import pytest

from coldchain.archive import audit, chains, lots
from coldchain.archive.lots import Movement, NewMovement, Reason
from coldchain.archive.stock import answers, disposing, moving
from coldchain.archive.stock.disposing import NewDisposal
from coldchain.errors import BadInput, Refused
from tests.archive.small import T0
from tests.archive.stock.shop import CLINIC, DAY, KEEPER, NEW, NOW, OLD, RECORD, Shop, move

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])

AT = T0 + DAY


async def enter(shop: Shop, **values: Any) -> Movement:
    places = {"cold": shop.cold, "store": shop.store, "other": shop.other}
    said = {name: places.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
    base: dict[str, Any] = {"lot": OLD, "at": AT, "doses": 5, "reason": Reason.ISSUED}
    new = NewMovement(**{**base, **said})
    async with shop.archive.writing() as tx:
        return await moving.enter(tx, new, KEEPER)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": Reason.RECEIVED, "target": "cold"}, "reason: what is delivered is decided at the door"),
        ({"reason": Reason.COUNTED, "target": "cold"}, "reason: a difference is found by counting; enter a count"),
        ({"reason": Reason.COUNTED, "source": "cold"}, "reason: a difference is found by counting"),
        ({"reason": Reason.DISPOSED, "source": "cold"}, "reason: nobody saw it; enter a disposal"),
        ({"reason": Reason.RETURNED, "target": "cold"}, "source: nothing shows where these doses were"),
        ({"reason": Reason.RETURNED, "source": "cold"}, "counterparty: nobody is named to whom"),
        ({"source": "cold", "target": "other"}, "target: 511900012 does not supply 511900014"),
        ({"reason": Reason.MOVED, "source": "cold", "target": "other"}, "511900012 does not supply 511900014"),
        ({"source": "cold", "at": NOW + DAY}, "at: it has not happened yet"),
    ],
)
@on_sqlite
async def test_what_has_a_door_of_its_own_is_no_bare_movement(shop: Shop, values: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words):
        await enter(shop, **values)


async def test_a_store_supplies_its_clinics_and_a_clinic_gives_back(shop: Shop):
    await enter(shop, lot=NEW, source="store", target="cold")
    await enter(shop, lot=NEW, reason=Reason.RETURNED, source="cold", target="store", at=AT + 1)
    await enter(shop, reason=Reason.RETURNED, source="cold", counterparty="县疾控中心")


async def test_just_the_same_movement_is_not_entered_twice(shop: Shop):
    await enter(shop, source="cold", document="D9")
    with pytest.raises(Refused, match="D9 with just these doses at just this time is in the books already"):
        await enter(shop, source="cold", document="D9")
    await enter(shop, source="cold", document="D10")


def a_disposal(shop: Shop, **values: Any) -> NewDisposal:
    base = {
        "lot": OLD, "doses": 5, "source": shop.cold, "at": AT, "why": "破损", "witness": "周", "organisation": "药监局",
        "document": RECORD,
    }  # fmt: skip
    return NewDisposal(**{**base, **values})


async def test_free_doses_are_disposed_of_before_a_witness_and_on_paper(shop: Shop):
    async with shop.archive.writing() as tx:
        moved, seen = await disposing.dispose(tx, a_disposal(shop), KEEPER)
        assert await disposing.of_movement(tx, moved.id) == seen
        assert (await lots.movements(tx, OLD))[-1].remark == "破损"
        assert await chains.unseen(tx) == []
    assert (moved.reason, moved.taken_by, seen.organisation) == (Reason.DISPOSED, "周", "药监局")


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"why": "."}, "why: nobody says why"),
        ({"witness": ""}, "name: nobody from outside is named"),
        ({"witness": "Keeper"}, "name: Keeper is of the house"),
        ({"witness": "李 小琴"}, "name: 李 小琴 is of the house"),
        ({"organisation": CLINIC}, "organisation: it is the facility itself"),
        ({"document": "f" * 64}, "document: there is no document"),
        ({"at": NOW + DAY}, "at: it has not happened yet"),
        ({"doses": 71}, "holds 70 doses"),
    ],
)
async def test_a_disposal_that_nobody_from_outside_saw_is_refused(shop: Shop, values: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words):
        async with shop.archive.writing() as tx:
            await disposing.dispose(tx, a_disposal(shop, **values), KEEPER)


@on_sqlite
@pytest.mark.parametrize(
    ("at", "words"), [(T0 - 90 * DAY, "at: HepB-B2 was made on 2026-05-31"), (T0 + 1400 * DAY, "lot: HepB-B2 expired")]
)
async def test_nothing_comes_before_it_was_made_or_once_it_expired(shop: Shop, at: int, words: str):
    with pytest.raises(BadInput, match=words):
        await move(shop, lot=NEW, reason=Reason.RECEIVED, target=shop.cold, at=at)


async def test_the_same_question_under_a_key_gets_its_answer_and_another_is_refused(shop: Shop):
    async with shop.archive.writing() as tx:
        assert await answers.known(tx, "k1", "question", KEEPER) is None
        await answers.keep(tx, "k1", "question", "{}", KEEPER)
    async with shop.archive.writing() as tx:
        assert await answers.known(tx, "k1", "question", KEEPER) == "{}"
        assert await answers.known(tx, "k1", "question", audit.By("another", NOW)) is None
        with pytest.raises(Refused, match="'k1' was used for something else"):
            await answers.known(tx, "k1", "another", KEEPER)
        later = audit.By("keeper", NOW + 8 * DAY)
        await answers.keep(tx, "k2", "question", "{}", later)
        assert await answers.known(tx, "k1", "question", later) is None
