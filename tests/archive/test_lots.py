import pytest
from sqlalchemy import select

from coldchain.archive import lots
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.lots import Lot, Movement, NewMovement, Reason
from coldchain.archive.tables import Change
from coldchain.errors import BadInput
from tests.archive.small import HOUR, NURSE, T0, compartment_of, drawer_of, fill

LOT = "HepB-A1"
LATER = By("nurse 李", T0 + 9 * HOUR, "counted again")


async def move(archive: Archive, **values: object) -> Movement:
    new = NewMovement(**{"lot": LOT, "at": T0 + 2 * HOUR, "doses": 10, "reason": Reason.MOVED, **values})  # type: ignore[arg-type]
    async with archive.writing() as tx:
        return await lots.move(tx, new, LATER)


async def stays(archive: Archive) -> list[tuple[int, int, int | None, int]]:
    async with archive.reading() as tx:
        return [(each.compartment, each.start, each.end, each.levels[-1][1]) for each in await lots.stays(tx, LOT)]


@pytest.fixture
async def places(archive: Archive) -> tuple[int, int]:
    """(cold, drawer) of a clinic with 100 doses since T0, of which 30 were issued an hour later."""
    await fill(archive)
    return await compartment_of(archive, "cold"), await drawer_of(archive)


async def test_moving_doses_is_seen_at_both_ends(archive: Archive, places: tuple[int, int]):
    cold, drawer = places
    await move(archive, source=cold, target=drawer, doses=70)
    assert await stays(archive) == [(cold, T0, T0 + 2 * HOUR, 70), (drawer, T0 + 2 * HOUR, None, 70)]


async def test_a_movement_tells_alerting_whose_exposure_is_to_be_summed_again(
    archive: Archive, places: tuple[int, int]
):
    cold, drawer = places
    new = await move(archive, source=cold, target=drawer)
    async with archive.reading() as tx:
        rows = await tx.scalars(select(Change).where(Change.entity_id == str(new.id), Change.entity == "movement"))
        found = {(row.compartment, row.lot, row.start, row.end) for row in rows}
    assert found == {(cold, LOT, T0 + 2 * HOUR, None), (drawer, LOT, T0 + 2 * HOUR, None)}


async def test_more_doses_than_are_there_cannot_leave(archive: Archive, places: tuple[int, int]):
    before = await stays(archive)
    with pytest.raises(BadInput, match=r"doses: 511900012-BX1/cold holds 70 doses of HepB-A1 at .*, not 71; enter the"):
        await move(archive, source=places[0], doses=71, reason=Reason.ISSUED)
    assert await stays(archive) == before


async def test_a_forgotten_movement_may_not_take_what_was_issued_since(archive: Archive, places: tuple[int, int]):
    """At the moment of the forgotten one 100 doses were there, but only 70 an hour later."""
    await move(archive, source=places[0], doses=70, at=T0 + 1, reason=Reason.DISPOSED)
    with pytest.raises(BadInput, match="holds 0 doses of HepB-A1 at 2026-07-01T01:00:00"):
        await move(archive, source=places[0], doses=1, at=T0 + 2, reason=Reason.DISPOSED)


async def test_doses_cannot_leave_before_they_came(archive: Archive, places: tuple[int, int]):
    with pytest.raises(BadInput, match="holds 0 doses"):
        await move(archive, source=places[0], at=T0 - 1, reason=Reason.ISSUED)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lot": "L9", "target": 1, "reason": Reason.RECEIVED}, "lot: 'L9' is not in the archive; import it"),
        ({"doses": 0, "target": 1, "reason": Reason.RECEIVED}, "doses: 0 cannot move; write how many"),
        ({"doses": 2**31, "target": 1, "reason": Reason.RECEIVED}, "doses: 2147483648 cannot move"),
        ({"target": 999, "reason": Reason.RECEIVED}, "target: there is no compartment 999"),
        ({"source": 999, "reason": Reason.ISSUED}, "source: there is no compartment 999"),
        ({"source": 1, "target": 1}, "reason: moved does not have these ends"),
        ({"source": 1, "reason": Reason.RECEIVED}, "reason: received does not have these ends"),
        ({"reason": Reason.COUNTED}, "reason: counted does not have these ends"),
        ({"target": 1, "reason": Reason.RECEIVED, "document": "x" * 201}, "movement.document: 201 characters"),
    ],
)
async def test_a_movement_that_cannot_be_is_refused_and_nothing_moves(
    archive: Archive, places: tuple[int, int], values: dict[str, object], words: str
):
    before = await stays(archive)
    with pytest.raises(BadInput, match=words):
        await move(archive, **values)
    assert await stays(archive) == before


async def test_a_movement_entered_by_mistake_is_taken_back_but_stays_in_the_book(
    archive: Archive, places: tuple[int, int]
):
    cold, drawer = places
    wrong = await move(archive, source=cold, target=drawer)
    async with archive.writing() as tx:
        await lots.withdraw(tx, wrong.id, LATER)
    assert await stays(archive) == [(cold, T0, None, 70)]
    async with archive.reading() as tx:
        assert [each.withdrawn_at for each in await lots.movements(tx, LOT)] == [None, None, LATER.at]


async def test_a_receipt_whose_doses_have_gone_on_cannot_be_taken_back(archive: Archive, places: tuple[int, int]):
    async with archive.reading() as tx:
        receipt = (await lots.movements(tx, LOT))[0]
    with pytest.raises(BadInput, match="movement: 30 of its doses have already left"):
        async with archive.writing() as tx:
            await lots.withdraw(tx, receipt.id, LATER)
    assert await stays(archive) == [(places[0], T0, None, 70)]


@pytest.mark.parametrize("number", [0, 999])
async def test_what_is_no_movement_cannot_be_taken_back(archive: Archive, number: int):
    with pytest.raises(BadInput, match=f"movement: {number} is not one that counts"):
        async with archive.writing() as tx:
            await lots.withdraw(tx, number, NURSE)


async def test_the_lots_of_an_excursion_are_those_inside_its_window(archive: Archive, places: tuple[int, int]):
    cold, drawer = places
    await move(archive, source=cold, target=drawer, doses=70)
    async with archive.reading() as tx:
        [inside] = await lots.in_compartment(tx, cold, T0 + 90 * 60_000, T0 + 5 * HOUR)
        assert (inside.lot.number, inside.doses) == ("A1(01)", 70)
        assert [(stay.start, stay.end) for stay in inside.stays] == [(T0, T0 + 2 * HOUR)]
        assert await lots.in_compartment(tx, cold, T0 + 2 * HOUR, T0 + 5 * HOUR) == []
        assert await lots.in_compartment(tx, cold, T0 - HOUR, T0) == []


async def test_at_a_facility_the_lots_of_all_its_equipment_count(archive: Archive, places: tuple[int, int]):
    cold, drawer = places
    await move(archive, source=cold, target=drawer, doses=20)
    async with archive.reading() as tx:
        [inside] = await lots.at_facility(tx, "511900012", T0 + 3 * HOUR, T0 + 4 * HOUR)
        assert (inside.doses, {stay.compartment for stay in inside.stays}) == (70, {cold, drawer})
        assert await lots.at_facility(tx, "511900013", T0, T0 + 4 * HOUR) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"id": "L/1"}, "lot.id: 'L/1' cannot be used"), ({"doses_per_vial": 0}, "lot.doses_per_vial: 0 of")],
)
async def test_a_lot_that_cannot_be_is_refused(archive: Archive, changes: dict[str, object], words: str):
    values = {"id": "L", "number": "1", "vaccine": "HepB", "maker": "m", "expires_on": "2028-01-01", **changes}
    with pytest.raises(BadInput, match=words):
        async with archive.writing() as tx:
            await lots.put_lots(tx, [Lot(**values)], NURSE)  # type: ignore[arg-type]  # fields by name
