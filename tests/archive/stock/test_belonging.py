"""Vaccine lies where its band is kept; what does not is refused at the door, and what lies wrongly already is listed."""

from typing import Any

import pytest

from coldchain.archive import equipment, holds, lots, uses
from coldchain.archive.audit import By
from coldchain.archive.equipment import NewCompartment, Purpose
from coldchain.archive.lots import LotEntry, Reason, VaccineEntry
from coldchain.archive.stock import belonging
from coldchain.archive.uses import NewUse
from coldchain.errors import BadInput
from coldchain.excursion import LotShare
from tests.archive.cast import a_case
from tests.archive.cast import keep as keep_case
from tests.archive.small import HOUR, T0
from tests.archive.stock.shop import CLINIC, DAY, KEEPER, NOW, OLD, STORE, Shop, move

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])

AT = T0 + DAY


async def chest(shop: Shop, facility: str = CLINIC, profile: str = "frozen") -> int:
    """A compartment for frozen vaccine."""
    room = NewCompartment(
        equipment=f"{facility}-BX1",
        name="deep",
        name_zh="冷冻",
        name_en="deep",
        purpose=Purpose.VACCINE,
        profile=profile,
    )
    async with shop.archive.writing() as tx:
        await equipment.put_compartments(tx, [room], By("founder", T0))
        return (await equipment.compartment(tx, f"{facility}-BX1", "deep")).id


async def polio(shop: Shop, *, may_thaw: bool) -> None:
    """A lot of a vaccine that is stored frozen."""
    opv = VaccineEntry(
        code="OPV", name_zh="脊灰", name_en="OPV", freeze_sensitive=False, profile="frozen", may_thaw=may_thaw
    )
    async with shop.archive.writing() as tx:
        await lots.put_vaccines(tx, [opv], KEEPER)
        await lots.put_lots(
            tx, [LotEntry(id="O1", number="O1", vaccine="OPV", maker="m", expires_on="2028-01-01")], KEEPER
        )


@pytest.mark.parametrize("reason", [Reason.MOVED, Reason.RECEIVED, Reason.COUNTED])
async def test_what_must_not_freeze_comes_into_no_freezer(shop: Shop, reason: Reason):
    source = shop.cold if reason is Reason.MOVED else None
    with pytest.raises(BadInput, match=r"target: .*/deep keeps frozen, and HepB is stored at 2-8; put it where"):
        await move(shop, reason=reason, source=source, target=await chest(shop))


async def test_frozen_vaccine_lies_thawed_only_where_the_catalogue_says_that_it_may(shop: Shop):
    await polio(shop, may_thaw=False)
    values: dict[str, Any] = {"lot": "O1", "reason": Reason.RECEIVED, "target": shop.cold}
    with pytest.raises(BadInput, match="keeps 2-8, and OPV is stored at frozen"):
        await move(shop, **values)
    await polio(shop, may_thaw=True)
    await move(shop, **values)
    async with shop.archive.reading() as tx:
        assert await belonging.misplaced(tx, None, NOW) == []


async def test_held_doses_are_set_apart_anywhere_and_are_no_finding(shop: Shop):
    case = a_case("c1", compartment=shop.cold, lots=(LotShare(OLD, "HepB", 10, HOUR),))
    await keep_case(shop.archive, case)
    async with shop.archive.writing() as tx:
        await holds.keep(tx, case, CLINIC)
    deep = await chest(shop)
    await move(shop, reason=Reason.MOVED, source=shop.cold, target=deep, held=10, at=T0 + 20 * DAY)
    async with shop.archive.reading() as tx:
        assert await belonging.misplaced(tx, None, NOW) == []


async def test_what_the_place_kept_at_the_movements_time_decides(shop: Shop):
    deep = await chest(shop, profile="2-8")
    async with shop.archive.writing() as tx:
        use = NewUse(compartment=deep, purpose=Purpose.VACCINE, profile="frozen", start=T0 + 10 * DAY)
        assert await uses.turn(tx, use, KEEPER)
    await move(shop, reason=Reason.MOVED, source=shop.cold, target=deep, at=T0 + 9 * DAY)
    with pytest.raises(BadInput, match="keeps frozen"):
        await move(shop, reason=Reason.MOVED, source=shop.cold, target=deep, at=T0 + 10 * DAY)


async def test_what_lies_wrongly_already_is_a_finding_of_its_facility(shop: Shop):
    deep = await chest(shop, profile="2-8")
    async with shop.archive.writing() as tx:
        await uses.turn(
            tx, NewUse(compartment=deep, purpose=Purpose.VACCINE, profile="frozen", start=T0 + 10 * DAY), KEEPER
        )
    await move(shop, reason=Reason.MOVED, source=shop.cold, target=deep, at=T0 + 9 * DAY)
    async with shop.archive.reading() as tx:
        [found] = await belonging.misplaced(tx, frozenset({CLINIC}), NOW)
        assert await belonging.misplaced(tx, frozenset({STORE}), NOW) == []
    assert (found.lot, found.doses, found.wants, found.keeps, found.since) == (OLD, 10, "2-8", "frozen", T0 + 9 * DAY)
