"""Receiving: the decision follows from the facts, and each of the three has its consequences."""

from typing import Any

import pytest

from coldchain.archive import chains, holds, lots
from coldchain.archive.audit import By
from coldchain.archive.lots import Reason
from coldchain.archive.pages import Asked
from coldchain.archive.stock import receiving, refusals, waiting
from coldchain.archive.stock.receiving import DeliveryLine, Receipt, State, Ware, decide
from coldchain.archive.stock.refusals import Authority, NewReport
from coldchain.errors import BadInput
from coldchain.excursion import LotShare
from tests.archive.cast import a_case
from tests.archive.cast import keep as keep_case
from tests.archive.small import HOUR, T0, drawer_of
from tests.archive.stock.shop import CLINIC, DAY, KEEPER, NEW, NOW, OLD, RECORD, Shop, a_delivery, move

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])

WAITS: dict[str, Any] = {"papers_complete": False, "missing": "x"}
WARE = (Ware(NEW, "2-8", "2029-05-31"),)


async def receive(shop: Shop, refuse_because: str = "", **values: object) -> Receipt:
    async with shop.archive.writing() as tx:
        return await receiving.receive(tx, a_delivery(shop, **values), KEEPER, refuse_because=refuse_because)


async def at_clinic(shop: Shop) -> int:
    async with shop.archive.reading() as tx:
        return sum(inside.doses for inside in await lots.at_facility(tx, CLINIC, NOW, NOW + 1) if inside.lot.id == NEW)


@pytest.mark.parametrize(
    ("values", "state", "why"),
    [
        ({}, State.ACCEPTED, "papers complete"),
        ({"papers_complete": False, "missing": "批签发证明"}, State.WAITING, "批签发证明"),
        ({"record": None, "record_low_c": None, "record_high_c": None}, State.REFUSED, "no temperature record"),
        ({"arrival_c": 8.1}, State.REFUSED, "8.1 °C is outside of 2-8"),
        ({"arrival_c": 8.0}, State.ACCEPTED, "inside"),
        ({"record_low_c": 1.9}, State.REFUSED, "1.9 °C"),
        ({"record_high_c": 8.4, "papers_complete": False, "missing": "x"}, State.REFUSED, "8.4 °C"),
    ],
)
def test_the_decision_follows_from_the_facts(values: dict[str, object], state: State, why: str):
    shop = Shop(archive=None, cold=1, ice=2, store=3, other=4)  # type: ignore[arg-type]  # nothing is asked of it
    found, reason = decide(a_delivery(shop, **values), WARE)
    assert found is state
    assert why in reason


def test_what_expired_is_refused_at_the_door():
    shop = Shop(archive=None, cold=1, ice=2, store=3, other=4)  # type: ignore[arg-type]  # nothing is asked of it
    assert decide(a_delivery(shop), (Ware(NEW, "2-8", "2026-07-02"),))[0] is State.REFUSED


@pytest.mark.parametrize(
    ("profile", "place", "arrival_c", "state"),
    [
        ("frozen", "2-8", 4.6, State.ACCEPTED),
        ("frozen", "frozen", 4.6, State.REFUSED),
        ("frozen", "2-8", -20.0, State.REFUSED),  # its record says +3: neither kept frozen nor thawed
        ("ultra-cold", "2-8", 9.0, State.REFUSED),
        ("2-8", "frozen", -20.0, State.REFUSED),
    ],
)
def test_what_is_stored_frozen_may_come_thawed_to_be_kept_so(profile: str, place: str, arrival_c: float, state: State):
    shop = Shop(archive=None, cold=1, ice=2, store=3, other=4)  # type: ignore[arg-type]  # nothing is asked of it
    assert decide(a_delivery(shop, arrival_c=arrival_c), (Ware(NEW, profile, "2029-05-31", place, True),))[0] is state


def test_what_the_catalogue_does_not_let_thaw_is_refused_thawed():
    shop = Shop(archive=None, cold=1, ice=2, store=3, other=4)  # type: ignore[arg-type]  # nothing is asked of it
    assert decide(a_delivery(shop), (Ware(NEW, "frozen", "2029-05-31", "2-8"),))[0] is State.REFUSED


async def test_what_is_accepted_comes_in_with_its_papers(shop: Shop):
    receipt = await receive(shop)
    async with shop.archive.reading() as tx:
        card = await refusals.card(tx, receipt.id)
        movement = next(each for each in await lots.movements(tx, NEW) if each.id == card.lines[0].movement)
        assert await chains.unseen(tx) == []
    assert await at_clinic(shop) == 200
    assert (movement.document, movement.counterparty, movement.temperature_c) == ("CK-7", "县疾控中心", 4.6)


async def test_what_waits_stands_there_and_cannot_be_issued_until_it_is_completed(shop: Shop):
    receipt = await receive(shop, papers_complete=False, missing="批签发证明")
    async with shop.archive.reading() as tx:
        assert await waiting.waiting_doses(tx, NEW, shop.cold) == 200
    assert await at_clinic(shop) == 200
    with pytest.raises(BadInput, match=r"200 of the doses of HepB-B2 in .* wait for the papers of their delivery"):
        await move(shop, lot=NEW, source=shop.cold, at=T0 + 3 * DAY)
    async with shop.archive.writing() as tx:
        done = await receiving.complete(tx, receipt.id, KEEPER)
    assert (done.state, done.settled_by) == (State.ACCEPTED, "keeper")
    await move(shop, lot=NEW, source=shop.cold, at=T0 + 3 * DAY)


@on_sqlite
async def test_free_doses_of_the_same_lot_may_go_while_others_wait(shop: Shop):
    await receive(shop)
    await receive(shop, document="CK-8", papers_complete=False, missing="x")
    await move(shop, lot=NEW, source=shop.cold, at=T0 + 3 * DAY, doses=200)
    with pytest.raises(BadInput, match="wait for the papers"):
        await move(shop, lot=NEW, source=shop.cold, at=T0 + 3 * DAY, doses=1)


@on_sqlite
async def test_an_issue_of_before_they_came_takes_none_of_those_that_wait(shop: Shop):
    await receive(shop, lines=(DeliveryLine(lot=OLD, doses=200, compartment=shop.cold),), **WAITS)
    await move(shop, source=shop.cold, doses=70, at=T0 + DAY)
    with pytest.raises(BadInput, match="wait for the papers"):
        await move(shop, source=shop.cold, doses=1, at=NOW)


@on_sqlite
async def test_what_waits_does_not_leave_by_withdrawing_what_came_before(shop: Shop):
    first = await move(shop, lot=NEW, source=shop.store, target=shop.cold, doses=100)
    await receive(shop, **WAITS)
    await move(shop, lot=NEW, source=shop.cold, doses=40, at=T0 + 3 * DAY)
    with pytest.raises(BadInput, match="movement: 40 of the doses that would be left wait for the papers"):
        async with shop.archive.writing() as tx:
            await lots.withdraw(tx, first.id, KEEPER)


async def hold(shop: Shop, doses: int) -> None:
    at = T0 + 3 * DAY
    share = LotShare(NEW, "HepB", doses, HOUR)
    case = a_case(compartment=shop.cold, lots=(share,), first_bad=at, last_bad=at + HOUR)
    await keep_case(shop.archive, case)
    async with shop.archive.writing() as tx:
        await holds.keep(tx, case, CLINIC, at + HOUR)


@on_sqlite
@pytest.mark.parametrize(
    ("accepted", "held", "moved", "stay", "go"),
    [(200, 100, 50, 200, 0), (0, 200, 50, 150, 50), (0, 200, 200, 0, 200)],
)
async def test_of_what_waits_as_many_are_set_apart_as_are_no_longer_there(
    shop: Shop, accepted: int, held: int, moved: int, stay: int, go: int
):
    if accepted:
        await receive(shop, document="CK-1")
    receipt = await receive(shop, **WAITS)
    await hold(shop, held)
    drawer = await drawer_of(shop.archive)
    await move(shop, lot=NEW, source=shop.cold, target=drawer, doses=moved, held=moved, reason=Reason.MOVED, at=NOW)
    async with shop.archive.reading() as tx:
        assert [await waiting.waiting_doses(tx, NEW, place) for place in (shop.cold, drawer)] == [stay, go]
        assert sum(line.doses for line in (await refusals.card(tx, receipt.id)).lines) == 200
        assert await chains.unseen(tx) == []
    with pytest.raises(BadInput, match="doses: "):
        await move(shop, lot=NEW, source=shop.cold, doses=accepted + 1, at=NOW)


async def test_what_is_refused_never_comes_in_and_its_reports_are_due(shop: Shop):
    receipt = await receive(shop, arrival_c=9.4)
    assert await at_clinic(shop) == 0
    async with shop.archive.writing() as tx:
        [due] = await refusals.due(tx, frozenset({CLINIC}))
        assert (due.receipt.id, set(due.authorities)) == (receipt.id, set(Authority))
        assert await refusals.due(tx, frozenset({"elsewhere"})) == []
        for authority in Authority:
            new = NewReport(receipt=receipt.id, authority=authority, told="县局 张科长", told_at=T0 + 2 * DAY + 1)
            told = await refusals.report(tx, new, KEEPER)
            [due] = await refusals.due(tx, None)
            assert told in due.papers_missing
            await refusals.add_paper(tx, told.id, RECORD, KEEPER)
        assert await refusals.due(tx, None) == []
        card = await refusals.card(tx, receipt.id)
        with pytest.raises(BadInput, match="its paper is there"):
            await refusals.add_paper(tx, card.reports[0].id, RECORD, KEEPER)
        assert [each.by for each in card.reports] == ["keeper", "keeper"]
        await refusals.withdraw(tx, card.reports[0].id, KEEPER)
        assert [each.authorities for each in await refusals.due(tx, None)] == [(Authority.DRUG,)]


@on_sqlite
async def test_a_person_may_be_stricter_than_the_facts_with_a_reason(shop: Shop):
    receipt = await receive(shop, refuse_because="箱体破损")
    assert (receipt.state, receipt.why) == (State.REFUSED, "箱体破损")


@on_sqlite
async def test_nobody_makes_a_refused_delivery_better_than_it_is(shop: Shop):
    receipt = await receive(shop, arrival_c=9.4, refuse_because="and wet")
    assert receipt.why == "9.4 °C is outside of 2-8 for HepB-B2"
    with pytest.raises(BadInput, match=r"receipt: .* is refused, it does not wait"):
        async with shop.archive.writing() as tx:
            await receiving.complete(tx, receipt.id, KEEPER)


async def test_what_waited_in_vain_goes_back_and_its_reports_are_due(shop: Shop):
    receipt = await receive(shop, papers_complete=False, missing="x")
    async with shop.archive.writing() as tx:
        gone = await receiving.turn_away(tx, receipt.id, "papers never came", KEEPER)
        assert len(await refusals.due(tx, None)) == 1
        assert (await lots.movements(tx, NEW))[-1].reason is Reason.RETURNED
    assert gone.state is State.REFUSED
    assert await at_clinic(shop) == 0


async def test_a_receipt_entered_by_mistake_is_taken_back_with_its_movements(shop: Shop):
    receipt = await receive(shop)
    async with shop.archive.writing() as tx:
        movement = (await refusals.card(tx, receipt.id)).lines[0].movement
        assert movement is not None
        with pytest.raises(BadInput, match=r"is part of receipt .*; take back the receipt as a whole"):
            await lots.withdraw(tx, movement, KEEPER)
        await receiving.withdraw(tx, receipt.id, KEEPER)
    assert await at_clinic(shop) == 0
    await receive(shop)  # under the same number, for that one counts no more


@on_sqlite
async def test_receipts_are_listed_by_state_and_scope(shop: Shop):
    await receive(shop)
    waits = await receive(shop, document="CK-8", papers_complete=False, missing="x")
    async with shop.archive.reading() as tx:
        assert (await refusals.listed(tx, None, Asked())).items[0].id == waits.id
        found = await refusals.listed(tx, frozenset({CLINIC}), Asked(), state=State.WAITING)
        assert [each.id for each in found.items] == [waits.id]
        assert (await refusals.listed(tx, frozenset({"elsewhere"}), Asked())).items == []


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lines": ()}, "lines: nothing comes"),
        ({"facility": "F9"}, "facility: 'F9' is not in the archive"),
        ({"document": " "}, "document: it is not said"),
        ({"supplier": ""}, "supplier: it is not said"),
        ({"arrival_c": 99.0}, "arrival_c: 99.0 °C was measured by nobody"),
        ({"record_low_c": None}, "record_low_c: the record is there and not read"),
        ({"record_low_c": 7.0, "record_high_c": 6.0}, "record_low_c: the record is there and not read"),
        ({"record": None}, "record: temperatures of no record"),
        ({"run": 999}, "run: 999 is no run that goes to 511900012"),
        ({"record": "f" * 64}, "record: there is no document"),
        ({"papers_complete": False}, "missing: nobody says what is missing"),
        ({"at": NOW + DAY}, "at: it has not happened yet"),
        ({"at": T0 - 40 * DAY}, r"lines\[0\].lot: HepB-B2 was made on 2026-05-31, after it came"),
        ({"arrival_c": 7.9}, "arrival_c: 7.9 °C at the door, and its record shows 3.1 to 6.9 °C"),
        ({"arrival_c": 2.2}, "arrival_c: 2.2 °C at the door"),
    ],
)
async def test_a_delivery_that_cannot_be_is_refused_by_field(shop: Shop, values: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words):
        await receive(shop, **values)


@on_sqlite
async def test_lines_that_cannot_be_are_refused_by_their_number(shop: Shop):
    line = a_delivery(shop).lines[0]
    for values, words in (
        ({"lot": "L9"}, "lot: 'L9' is not in the archive"),
        ({"doses": 0}, r"lines\[0\].doses: 0 cannot come"),
        ({"compartment": shop.store}, r"lines\[0\].compartment: compartment .* does not stand at"),
    ):
        wrong = type(line)(**{name: getattr(line, name) for name in line.__struct_fields__} | values)
        with pytest.raises(BadInput, match=words):
            await receive(shop, lines=(wrong,))


@on_sqlite
async def test_the_same_delivery_is_not_received_twice(shop: Shop):
    await receive(shop)
    with pytest.raises(BadInput, match=r"document: 'CK-7' of 县疾控中心 is receipt .* already"):
        await receive(shop)
    assert await at_clinic(shop) == 200


@on_sqlite
@pytest.mark.parametrize(
    ("told", "at", "words"),
    [
        ("", 1, "told: nobody was told"),
        ("药监局", -1, "told_at: it is before the delivery"),
        ("药监局", 40 * DAY, "told_at: it has"),
    ],
)
async def test_a_report_that_cannot_be_is_refused(shop: Shop, told: str, at: int, words: str):
    receipt = await receive(shop, arrival_c=9.4)
    new = NewReport(receipt=receipt.id, authority=Authority.DRUG, told=told, told_at=T0 + 2 * DAY + at)
    with pytest.raises(BadInput, match=words):
        async with shop.archive.writing() as tx:
            await refusals.report(tx, new, KEEPER)


@on_sqlite
async def test_only_what_was_refused_is_reported(shop: Shop):
    receipt = await receive(shop)
    new = NewReport(receipt=receipt.id, authority=Authority.DRUG, told="x", told_at=NOW)
    with pytest.raises(BadInput, match="was not refused"):
        async with shop.archive.writing() as tx:
            await refusals.report(tx, new, By("x", NOW))
