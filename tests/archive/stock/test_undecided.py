"""What a file brings into the books without a decision at the door stands in a list until somebody decides it."""

from typing import Any

import pytest

from coldchain.archive import chains, lots
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.stock import receiving, undecided, waiting
from coldchain.archive.stock.receiving import DeliveryLine, Receipt, State
from coldchain.archive.stock.undecided import Undecided
from coldchain.errors import BadInput
from tests.archive.small import T0
from tests.archive.stock.shop import CLINIC, DAY, KEEPER, NEW, NOW, OLD, STORE, Shop, a_delivery, move

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


async def bring(shop: Shop, **values: Any) -> Undecided:
    """200 doses of NEW, by a file of the third day."""
    base = {"lot": NEW, "at": T0 + 3 * DAY, "doses": 200, "reason": Reason.RECEIVED, "target": shop.cold}
    async with shop.archive.writing() as tx:
        await undecided.bring_in(tx, NewMovement(**{**base, "document": "库存.xlsx", **values}), KEEPER)
        return (await undecided.due(tx, frozenset({CLINIC})))[-1]


async def decide(shop: Shop, number: int, doses: int = 200, **values: Any) -> Receipt:
    lines = (DeliveryLine(lot=NEW, doses=doses, compartment=shop.cold, undecided=number),)
    async with shop.archive.writing() as tx:
        return await receiving.receive(tx, a_delivery(shop, lines=lines, **values), KEEPER)


async def there(shop: Shop) -> tuple[int, int]:
    """How many doses of NEW are at the clinic, and how many arrivals are undecided."""
    async with shop.archive.reading() as tx:
        inside = await lots.at_facility(tx, CLINIC, NOW, NOW + 1)
        assert await undecided.due(tx, frozenset({STORE})) == []
        return sum(each.doses for each in inside if each.lot.id == NEW), len(await undecided.due(tx, None))


async def test_an_arrival_by_a_file_is_due_until_it_is_accepted_and_comes_in_once(shop: Shop):
    came = await bring(shop)
    assert (came.facility, came.movement.document) == (CLINIC, "库存.xlsx")
    assert await there(shop) == (200, 1)
    assert (await decide(shop, came.id)).state is State.ACCEPTED
    assert await there(shop) == (200, 0)
    async with shop.archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_one_without_papers_waits_and_may_not_be_issued(shop: Shop):
    came = await bring(shop)
    await decide(shop, came.id, papers_complete=False, missing="批签发证明")
    async with shop.archive.reading() as tx:
        assert await waiting.waiting_since(tx, NEW, shop.cold) == [(T0 + 3 * DAY, 200)]
    with pytest.raises(BadInput, match="wait for the papers of their delivery"):
        await move(shop, lot=NEW, source=shop.cold, at=T0 + 4 * DAY)


async def test_a_refused_one_goes_back(shop: Shop):
    came = await bring(shop)
    assert (await decide(shop, came.id, arrival_c=12.0)).state is State.REFUSED
    assert await there(shop) == (0, 0)


async def test_a_decision_that_was_a_mistake_is_due_again_and_the_doses_stay(shop: Shop):
    came = await bring(shop)
    receipt = await decide(shop, came.id)
    async with shop.archive.writing() as tx:
        await receiving.withdraw(tx, receipt.id, KEEPER)
    assert await there(shop) == (200, 1)


@on_sqlite
async def test_it_is_decided_once_and_whole_at_its_facility(shop: Shop):
    came = await bring(shop)
    with pytest.raises(BadInput, match=r"undecided: .* is 200 doses of HepB-B2 in compartment"):
        await decide(shop, came.id, doses=100)
    with pytest.raises(BadInput, match="undecided: 99 is not in the list of 511900012"):
        await decide(shop, 99)
    await decide(shop, came.id)
    with pytest.raises(BadInput, match="was decided by receipt"):
        await decide(shop, came.id, document="CK-8")


@on_sqlite
async def test_a_file_brings_in_nothing_that_expired(shop: Shop):
    with pytest.raises(BadInput, match="lot: HepB-A1 expired with 2028-11-28; refuse the delivery"):
        await bring(shop, lot=OLD, at=T0 + 1000 * DAY)
