"""What expires first goes first; expired, held, waiting and others' doses stay."""

import pytest

from coldchain.archive import holds, lots
from coldchain.archive.lots import LotEntry, Movement, NewMovement, Reason
from coldchain.archive.pages import Asked
from coldchain.archive.stock import handing, issuing, labels, receiving
from coldchain.archive.stock.issuing import Draw
from coldchain.archive.stock.labels import Why
from coldchain.archive.stock.receiving import DeliveryLine
from coldchain.errors import BadInput
from coldchain.excursion import LotShare
from tests.archive.cast import a_case
from tests.archive.cast import keep as keep_case
from tests.archive.small import HOUR, T0
from tests.archive.stock.shop import CLINIC, DAY, KEEPER, NEW, NOW, OLD, OTHER, Shop, a_delivery, move

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])

AT = T0 + 3 * DAY


async def stock_new(shop: Shop, **values: object) -> None:
    async with shop.archive.writing() as tx:
        await receiving.receive(tx, a_delivery(shop, **values), KEEPER)


async def fefo(shop: Shop, doses: int, at: int = AT) -> list[tuple[str, int]]:
    async with shop.archive.reading() as tx:
        found: list[Draw] = await issuing.fefo(tx, CLINIC, "HepB", doses, at)
    return [(draw.shelf.lot, draw.doses) for draw in found]


async def issue(shop: Shop, **values: object) -> Movement:
    new = NewMovement(**{"lot": OLD, "at": AT, "doses": 5, "reason": Reason.ISSUED, "source": shop.cold, **values})  # type: ignore[arg-type]
    async with shop.archive.writing() as tx:
        return await issuing.issue(tx, new, KEEPER)


async def hold(shop: Shop, doses: int, name: str = "c1") -> None:
    case = a_case(name, compartment=shop.cold, lots=(LotShare(OLD, "HepB", doses, HOUR),))
    await keep_case(shop.archive, case)
    async with shop.archive.writing() as tx:
        await holds.keep(tx, case, CLINIC)


async def test_the_first_to_expire_is_drawn_first_then_the_next(shop: Shop):
    await stock_new(shop)
    assert await fefo(shop, 50) == [(OLD, 50)]
    assert await fefo(shop, 100) == [(OLD, 70), (NEW, 30)]
    assert await fefo(shop, 999) == [(OLD, 70), (NEW, 200)]


async def test_what_is_held_waits_or_expired_is_not_drawn(shop: Shop):
    await stock_new(shop, papers_complete=False, missing="x")
    assert await fefo(shop, 999) == [(OLD, 70)]
    await hold(shop, 30)
    assert await fefo(shop, 999) == [(OLD, 40)]
    assert await fefo(shop, 999, T0 + 1000 * DAY) == []


async def test_another_lot_than_the_first_to_expire_wants_a_reason_and_is_listed(shop: Shop):
    await stock_new(shop)
    with pytest.raises(
        BadInput, match="remark: HepB-A1 in 511900012-BX1/cold expires first, on 2028-11-28; take it, or"
    ):
        await issue(shop, lot=NEW)
    done = await issue(shop, lot=NEW, remark="学校专用")
    in_order = await issue(shop)
    assert (done.passed_over, in_order.passed_over) == (OLD, None)
    async with shop.archive.reading() as tx:
        listed = (await issuing.out_of_order(tx, frozenset({CLINIC}), Asked())).items
        assert [(each.id, each.remark) for each in listed] == [(done.id, "学校专用")]
        assert (await issuing.out_of_order(tx, frozenset({"elsewhere"}), Asked())).items == []


@on_sqlite
async def test_what_came_after_a_forgotten_issue_was_not_there_to_be_taken(shop: Shop):
    await move(shop, lot=NEW, source=shop.store, target=shop.other, doses=5)
    await stock_new(shop, facility=OTHER, at=AT, lines=(DeliveryLine(lot=OLD, doses=20, compartment=shop.other),))
    forgotten = await issue(shop, lot=NEW, source=shop.other, at=AT - HOUR, doses=1)
    assert forgotten.passed_over is None
    with pytest.raises(BadInput, match="expires first"):
        await issue(shop, lot=NEW, source=shop.other, at=AT, doses=1)


@on_sqlite
async def test_doses_that_two_excursions_hold_are_held_once(shop: Shop):
    await hold(shop, 30)
    await hold(shop, 30, "c2")
    assert await fefo(shop, 999) == [(OLD, 40)]


async def test_a_lot_may_be_used_until_its_last_day_is_over(shop: Shop):
    async with shop.archive.writing() as tx:
        its = await lots.lot(tx, OLD)
        values = {name: getattr(its, name) for name in LotEntry.__struct_fields__} | {"expires_on": "2026-07-04"}
        await lots.put_lots(tx, [LotEntry(**values)], KEEPER)
    last = T0 + 3 * DAY + 15 * HOUR + 59 * 60_000  # 23:59 of that day in China
    await issue(shop, at=last)
    with pytest.raises(BadInput, match="lot: HepB-A1 expired with 2026-07-04; set it apart"):
        await issue(shop, at=last + 60_000)
    moved = await move(shop, at=NOW, source=shop.cold, target=shop.ice, doses=65, reason=Reason.MOVED)
    assert moved.target == shop.ice  # to be set apart it may lie among ice packs
    async with shop.archive.reading() as tx:
        [label] = await labels.labels(tx, frozenset({CLINIC}), NOW)
    assert (label.why, label.doses, label.since, label.place) == (
        Why.EXPIRED,
        65,
        last + 60_000,
        "511900012-BX1/frozen",
    )
    assert label.reported_to == "province"


async def test_held_and_waiting_doses_carry_a_label_that_says_why(shop: Shop):
    await hold(shop, 30)
    await stock_new(shop, papers_complete=False, missing="x")
    async with shop.archive.reading() as tx:
        held, waiting = await labels.labels(tx, None, NOW)
        assert await labels.labels(tx, frozenset({"elsewhere"}), NOW) == []
    assert (held.why, held.lot, held.doses, held.because) == (Why.HELD, OLD, 30, "c1")
    assert (waiting.why, waiting.lot, waiting.doses) == (Why.WAITING, NEW, 200)


@on_sqlite
async def test_a_held_quantity_stays_while_the_rest_may_go(shop: Shop):
    await hold(shop, 30)
    await issue(shop, doses=40, at=NOW)
    with pytest.raises(BadInput, match="under hold"):
        await issue(shop, doses=1, at=NOW)


@on_sqlite
async def test_of_held_and_waiting_doses_of_one_lot_neither_may_go(shop: Shop):
    await stock_new(shop, document="CK-9")
    await stock_new(shop, papers_complete=False, missing="x")
    share = LotShare(NEW, "HepB", 200, HOUR)
    case = a_case(compartment=shop.cold, lots=(share,), first_bad=AT, last_bad=AT + HOUR)
    await keep_case(shop.archive, case)
    async with shop.archive.writing() as tx:
        await holds.keep(tx, case, CLINIC, AT + HOUR)
    with pytest.raises(BadInput, match="wait for the papers"):
        await move(shop, lot=NEW, source=shop.cold, doses=1, at=NOW)


async def test_who_receives_from_another_facility_says_so_once(shop: Shop):
    sent = await move(shop, lot=NEW, source=shop.store, target=shop.cold, doses=20)
    async with shop.archive.writing() as tx:
        assert [each.id for each in (await handing.unconfirmed(tx, frozenset({CLINIC}), Asked())).items] == [sent.id]
        assert (await handing.unconfirmed(tx, frozenset({"elsewhere"}), Asked())).items == []
        done = await handing.confirm(tx, sent.id, "李小琴", KEEPER)
        assert (done.confirmed_by, done.taken_by) == ("keeper", "李小琴")
        assert (await handing.unconfirmed(tx, None, Asked())).items == []
        with pytest.raises(BadInput, match="was confirmed by keeper"):
            await handing.confirm(tx, sent.id, "", KEEPER)


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": Reason.DISPOSED}, "reason: disposed from 1 is no issue"),
        ({"source": None}, "is no issue"),
        ({"source": 999}, "source: there is no compartment 999"),
        ({"doses": 71}, "doses: 511900012-BX1/cold holds 70"),
    ],
)
async def test_what_is_no_issue_is_refused(shop: Shop, values: dict[str, object], words: str):
    with pytest.raises(BadInput, match=words):
        await issue(shop, **values)


@on_sqlite
async def test_nothing_is_drawn_for_nothing(shop: Shop):
    with pytest.raises(BadInput, match="doses: 0 cannot be taken"):
        await fefo(shop, 0)
