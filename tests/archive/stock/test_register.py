"""The register: whatever is entered, forgotten and taken back, a balance is the sum of the movements that count."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from coldchain.archive import lots
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.stock import presence, register
from coldchain.archive.stock.register import Line, Wish
from coldchain.archive.tables import Stay
from coldchain.errors import BadInput
from tests.archive.small import HOUR, T0, drawer_of
from tests.archive.stock.shop import CLINIC, DAY, KEEPER, NEW, NOW, OLD, OTHER, STORE, Shop, move

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


async def lines(shop: Shop, facility: str = CLINIC, **values: object) -> list[Line]:
    async with shop.archive.reading() as tx:
        return await register.lines(tx, Wish(facility, **values), 1000)  # type: ignore[arg-type]


def shown(found: list[Line]) -> list[tuple[int, int, int]]:
    return [(line.into, line.out, line.balance) for line in found]


async def test_each_line_has_the_balance_of_its_lot_after_it(shop: Shop):
    await move(shop, source=shop.cold, doses=20, at=T0 + 3 * DAY)
    await move(shop, lot=NEW, source=shop.store, target=shop.cold, doses=40, at=T0 + 2 * DAY)
    assert shown(await lines(shop)) == [(100, 0, 100), (0, 30, 70), (40, 0, 40), (0, 20, 50)]
    assert shown(await lines(shop, STORE)) == [(1000, 0, 1000), (0, 40, 960)]
    assert await lines(shop, OTHER) == []


async def test_a_forgotten_line_stands_where_it_belongs_and_all_after_it_are_right(shop: Shop):
    await move(shop, source=shop.cold, doses=20, at=T0 + 3 * DAY)
    await move(shop, source=shop.cold, doses=5, at=T0 + 2 * DAY)
    assert shown(await lines(shop))[2:] == [(0, 5, 65), (0, 20, 45)]


@on_sqlite
async def test_a_withdrawn_line_is_struck_and_never_vanishes(shop: Shop):
    wrong = await move(shop, source=shop.cold, doses=20)
    async with shop.archive.writing() as tx:
        await lots.withdraw(tx, wrong.id, KEEPER)
    last = (await lines(shop))[-1]
    assert (last.movement, last.out, last.balance, last.is_struck) == (wrong.id, 20, 70, True)


@on_sqlite
async def test_what_moves_within_the_facility_is_no_line(shop: Shop):
    drawer = await drawer_of(shop.archive)
    await move(shop, source=shop.cold, target=drawer, reason=Reason.MOVED)
    assert len(await lines(shop)) == 2
    await move(shop, source=drawer, doses=3, at=T0 + 2 * DAY)
    assert shown(await lines(shop))[-1] == (0, 3, 67)


async def test_a_page_goes_on_where_the_last_ended_with_its_balances(shop: Shop):
    for n in range(5):
        await move(shop, source=shop.cold, doses=1, at=T0 + DAY)
        await move(shop, lot=NEW, source=shop.store, target=shop.cold, doses=2 + n, at=T0 + DAY)
    whole = await lines(shop)
    found: list[Line] = []
    async with shop.archive.reading() as tx:
        while page := await register.lines(tx, Wish(CLINIC), 3, found[-1].key if found else None):
            found += page[:3]
    assert found == whole
    assert await lines(shop, start=T0 + DAY) == whole[2:]
    assert shown(await lines(shop, lot=NEW))[-1] == (6, 0, 20)
    assert await lines(shop, vaccine="DIL") == []
    assert await lines(shop, end=T0 + HOUR) == whole[:1]


@on_sqlite
async def test_it_is_printed_as_the_form_has_it_and_no_cell_is_a_formula(shop: Shop):
    await move(shop, source=shop.cold, doses=20, counterparty="=cmd()", taken_by="王医生")
    rows = list(csv.reader(io.StringIO(register.as_csv(await lines(shop)))))
    assert rows[0][:3] == ["日期", "疫苗代码", "疫苗名称"]
    last = dict(zip(rows[0], rows[-1], strict=True))
    assert (last["日期"], last["批号"], last["出库数量"], last["结余"]) == ("2026-07-02", "A1(01)", "20", "50")
    assert (last["往来单位"], last["领取人"]) == ("'=cmd()", "王医生")


@on_sqlite
async def test_a_long_register_is_asked_in_portions(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    await move(shop, source=shop.cold, doses=20, at=T0 + 3 * DAY)
    whole = await lines(shop)
    monkeypatch.setattr(register, "MOST_NAMED", 2)
    assert await lines(shop) == whole
    assert len(whole) == 3


@on_sqlite
async def test_nobody_has_a_register_that_is_not_there(shop: Shop):
    with pytest.raises(BadInput, match="facility: 'F9' is not in the archive"):
        await lines(shop, "F9")


acts = st.lists(
    st.tuples(
        st.integers(0, 50),  # hours after T0: any of them may be entered late
        st.integers(1, 60),
        st.sampled_from(["in", "out", "over", "back", "count", "withdraw"]),
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=14,
)


@given(acts)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_balances_and_stays_are_the_sums_of_the_movements_that_count(
    shop: Shop, acts: list[tuple[int, int, str, int]]
):
    for hours, doses, act, choice in acts:
        await _do(shop, T0 + hours * HOUR, doses, act, choice)
    async with shop.archive.reading() as tx:
        book = [each for each in await lots.movements(tx, NEW) if each.withdrawn_at is None]
        kept = {
            (row.compartment, row.start, row.end, row.doses)
            for row in await tx.scalars(select(Stay).where(Stay.lot == NEW))
        }
        stays = await lots.stays(tx, NEW)
        for facility, place in ((STORE, shop.store), (CLINIC, shop.cold)):
            came = sum(each.doses for each in book if each.target == place)
            went = sum(each.doses for each in book if each.source == place)
            found = await register.lines(tx, Wish(facility, lot=NEW), 1000)
            assert (found[-1].balance if found else 0) == came - went >= 0
            assert await register.balance(tx, facility, NEW, NOW) == came - went
            levels = [line.balance for line in found if not line.is_struck]
            assert all(level >= 0 for level in levels) or _same_instants(found)
            assert await presence.level_at(tx, NEW, place, NOW) == came - went
    assert kept == {
        (stay.compartment, stay.start, presence.FOREVER if stay.end is None else stay.end, 0 if stay.end else stay.levels[-1][1])
        for stay in stays
    }  # fmt: skip


async def _do(shop: Shop, at: int, doses: int, act: str, choice: int) -> None:
    """What cannot be is refused; what was done stays done."""
    ends = {
        "in": (Reason.RECEIVED, None, shop.store), "out": (Reason.ISSUED, shop.cold, None),
        "over": (Reason.ISSUED, shop.store, shop.cold), "back": (Reason.RETURNED, shop.cold, shop.store),
        "count": (Reason.COUNTED, shop.store, None),
    }  # fmt: skip
    try:
        async with shop.archive.writing() as tx:
            if act == "withdraw":
                book = await lots.movements(tx, NEW)
                await lots.withdraw(tx, book[choice % len(book)].id, KEEPER)
            else:
                reason, source, target = ends[act]
                await lots.move(
                    tx, NewMovement(lot=NEW, at=at, doses=doses, reason=reason, source=source, target=target), KEEPER
                )
    except BadInput:
        pass


def _same_instants(found: list[Line]) -> bool:
    """Lines of one instant may stand in any order: only the last of them has the balance of that instant."""
    return len({line.at for line in found}) < len(found)


async def test_stays_that_somebody_spoiled_are_written_anew(shop: Shop):
    async with shop.archive.writing() as tx:
        row = await tx.scalar(select(Stay).where(Stay.lot == OLD))
        assert row is not None
        row.doses, row.end = 1, T0 + 5
        await presence.rebuild(tx, OLD)
        [row] = await tx.scalars(select(Stay).where(Stay.lot == OLD))
        assert (row.compartment, row.doses, row.end) == (shop.cold, 70, presence.FOREVER)
