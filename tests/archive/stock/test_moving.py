"""What lots.move refuses beside too many doses, and what it keeps; the stays are quick to ask."""

from typing import Any

import pytest

from coldchain.archive import changes, lots, tables
from coldchain.archive.lots import Reason
from coldchain.archive.stock import presence
from coldchain.errors import BadInput
from tests.archive.small import T0
from tests.archive.stock.shop import CLINIC, DAY, KEEPER, NEW, NOW, OLD, OTHER, Shop, move

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


async def set_row(shop: Shop, kind: type[tables.Base], key: str, **values: object) -> None:
    async with shop.archive.writing() as tx:
        row = await tx.get_one(kind, key)
        for name, value in values.items():
            setattr(row, name, value)
        await changes.enter(tx, KEEPER, "changed", row, [])


async def test_all_that_a_movement_says_is_kept(shop: Shop):
    said: dict[str, Any] = {
        "counterparty": "东坝镇卫生院", "handed_by": "张", "taken_by": "李", "temperature_c": 4.5, "remark": "冷藏包",
        "document": "CK-3", "run": 7,
    }  # fmt: skip
    done = await move(shop, source=shop.cold, **said)
    async with shop.archive.reading() as tx:
        kept = next(each for each in await lots.movements(tx, OLD) if each.id == done.id)
    assert {name: getattr(kept, name) for name in said} == said


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"source": "cold", "target": "ice", "reason": Reason.MOVED},
            "target: .*/frozen is for ice packs, not for vacc",
        ),
        ({"target": "ice", "reason": Reason.RECEIVED}, "target: .*/frozen is for ice packs"),
        ({"source": "cold", "doses": 71}, "holds 70 doses of HepB-A1 at .*, not 71; enter the receipt"),
        ({"source": "cold", "at": T0 - DAY}, "holds 0 doses"),
        ({"source": "cold", "held": 11}, "held: 11 of 10 cannot be"),
        ({"source": "cold", "held": -1}, "held: -1 of 10 cannot be"),
        ({"source": "cold", "held": 5}, "held: held doses cannot be issued"),
        ({"source": "cold", "temperature_c": 200.0}, "temperature_c: 200.0 °C was measured by nobody"),
        ({"source": "cold", "temperature_c": float("nan")}, "temperature_c: nan °C was measured by nobody"),
        ({"source": "cold", "at": T0 + 1500 * DAY}, "lot: HepB-A1 expired with 2028-11-28"),
        ({"source": "cold", "taken_by": "x" * 201}, "movement.taken_by: 201 characters are too many"),
        ({"source": "cold", "remark": "a\x00b"}, "movement.remark: .* holds control characters"),
        ({"source": "other"}, "holds 0 doses"),
        ({"lot": NEW, "source": "cold"}, "holds 0 doses of HepB-B2"),
    ],
)
async def test_what_cannot_move_is_refused_and_nothing_moves(shop: Shop, values: dict[str, Any], words: str):
    places = {"cold": shop.cold, "ice": shop.ice, "store": shop.store, "other": shop.other}
    placed = {
        name: places.get(value, value) if name in {"source", "target"} else value for name, value in values.items()
    }
    async with shop.archive.reading() as tx:
        before = await lots.stays(tx, OLD)
    with pytest.raises(BadInput, match=words):
        await move(shop, **placed)
    async with shop.archive.reading() as tx:
        assert await lots.stays(tx, OLD) == before


@on_sqlite
async def test_nothing_comes_into_what_was_scrapped_or_closed(shop: Shop):
    to_other: dict[str, Any] = {"lot": NEW, "source": shop.store, "target": shop.other, "doses": 5}
    await set_row(shop, tables.Equipment, f"{OTHER}-BX1", status="scrapped")
    with pytest.raises(BadInput, match="target: 511900014-BX1 was scrapped"):
        await move(shop, **to_other)
    await set_row(shop, tables.Equipment, f"{OTHER}-BX1", status="moved")
    with pytest.raises(BadInput, match="target: 511900014-BX1 has gone elsewhere"):
        await move(shop, **to_other)
    await set_row(shop, tables.Equipment, f"{OTHER}-BX1", status="spare")
    with pytest.raises(BadInput, match="target: 511900014-BX1 is spare, nothing is kept in it"):
        await move(shop, **to_other)
    expired = await move(shop, **(to_other | {"reason": Reason.MOVED, "at": T0 + 1500 * DAY}))
    assert expired.target == shop.other  # to be set apart
    await set_row(shop, tables.Equipment, f"{OTHER}-BX1", status="repair")
    await set_row(shop, tables.Facility, OTHER, status="closed")
    with pytest.raises(BadInput, match="target: 511900014 is closed"):
        await move(shop, **to_other)


async def test_the_lots_of_a_window_are_found_by_their_kept_stays(shop: Shop):
    await move(shop, lot=NEW, source=shop.store, target=shop.cold, doses=30, at=T0 + DAY)
    await move(shop, lot=NEW, source=shop.cold, target=shop.store, doses=30, at=T0 + 2 * DAY, reason=Reason.RETURNED)
    async with shop.archive.reading() as tx:
        for start, end, wanted in (
            (T0, T0 + DAY, {OLD: 100}),
            (T0 + DAY, T0 + DAY + 1, {OLD: 70, NEW: 30}),
            (T0 + 2 * DAY, NOW, {OLD: 70}),
        ):
            found = await lots.in_compartment(tx, shop.cold, start, end)
            assert {inside.lot.id: inside.doses for inside in found} == wanted
            assert await lots.at_facility(tx, CLINIC, start, end) == found
        assert await presence.inside(tx, set(), T0, NOW) == []


@on_sqlite
async def test_a_vaccine_was_there_in_spans_however_many_lots_followed_each_other(shop: Shop):
    there: dict[str, Any] = {"lot": NEW, "source": shop.store, "target": shop.cold, "doses": 10}
    await move(shop, **there, at=T0 + 2 * DAY)
    await move(shop, source=shop.cold, doses=70, at=T0 + 3 * DAY)
    await move(shop, lot=NEW, source=shop.cold, doses=10, at=T0 + 4 * DAY)
    await move(shop, **there, at=T0 + 6 * DAY)
    async with shop.archive.reading() as tx:
        came = await lots.first_in_each(tx, [shop.cold, shop.other])
        assert came.keys() == {shop.cold}
        there_then = [(came[shop.cold], T0 + 4 * DAY), (T0 + 6 * DAY, None)]
        spans = await lots.spans_of_vaccines(tx, ["HepB", "DIL"], [shop.cold, shop.other])
        assert spans == {("HepB", shop.cold): there_then}
