"""Labels in pages: each once, none lost, also of two that say the same."""

import pytest

from coldchain.archive.stock import labels
from coldchain.archive.stock.labels import Label, Place
from tests.archive.stock.shop import NOW, Shop
from tests.archive.stock.test_issuing import hold, stock_new
from tests.archive.stock.test_unusable import find


async def paged(shop: Shop, most: int) -> list[tuple[Place, Label]]:
    found: list[tuple[Place, Label]] = []
    async with shop.archive.reading() as tx:
        while some := await labels.listed(tx, None, NOW, after=found[-1][0] if found else None, most=most):
            assert len(some) <= most
            found += some
    return found


async def furnish(shop: Shop) -> None:
    """One held, two of one receipt that say the same but for their doses, and one that is unusable."""
    await hold(shop, 30)
    await stock_new(shop, papers_complete=False, missing="x")
    await find(shop, unusable=8)


@pytest.mark.parametrize("most", [1, 2, 100])
async def test_pages_of_labels_come_to_the_whole_list(shop: Shop, most: int):
    await furnish(shop)
    async with shop.archive.reading() as tx:
        whole = await labels.labels(tx, None, NOW)
    assert [label for _, label in await paged(shop, most)] == whole
    assert {label.why for label in whole} == {"held", "waiting", "unusable"}


def test_of_two_labels_that_say_the_same_each_has_its_own_place():
    place = Place(1, "L", "E/cold", "F", "waiting", "7")
    tags = [labels._Tag(place, 1, doses) for doses in (30, 20)] + [labels._Tag(place._replace(since=0), 1, 5)]
    found = labels._numbered(tags)
    assert [(tag.place.since, tag.place.again, tag.doses) for tag in found] == [(0, 0, 5), (1, 0, 20), (1, 1, 30)]
