"""Damaged and unreadable doses are set apart by a count, keep their label until they are disposed of, and are reported."""

from typing import Any

import pytest

from coldchain.archive import chains
from coldchain.archive.lots import Reason
from coldchain.archive.stock import apart, counting, disposing, issuing, labels, reporting, state
from coldchain.archive.stock.counting import Counted, NewCount
from coldchain.archive.stock.disposing import NewDisposal
from coldchain.archive.stock.entries import lot
from coldchain.archive.stock.labels import Why
from coldchain.archive.stock.reporting import NewReport
from coldchain.errors import BadInput, Stale
from tests.archive.small import T0
from tests.archive.stock.shop import CLINIC, DAY, KEEPER, NOW, OLD, OTHER, RECORD, Shop, move

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])

AT = T0 + DAY


async def find(shop: Shop, unusable: int = 8, at: int = AT, **values: Any) -> int:
    """A count of all 70 doses of OLD, some of them unusable, posted."""
    line = Counted(**{"lot": OLD, "counted": 70, "unusable": unusable, "why_unusable": "标签无法识别", **values})
    async with shop.archive.writing() as tx:
        new = NewCount(compartment=shop.cold, at=at, counted_by="李", lines=(line,))
        made = await counting.enter(tx, new, KEEPER)
        await counting.post(tx, made.id, {}, KEEPER)
    return made.id


async def hanging(shop: Shop) -> list[tuple[Why, int, str]]:
    async with shop.archive.reading() as tx:
        return [(each.why, each.doses, each.because) for each in await labels.labels(tx, frozenset({CLINIC}), NOW)]


async def test_what_is_unreadable_is_set_apart_with_its_label_and_never_issued(shop: Shop):
    await find(shop)
    assert await hanging(shop) == [(Why.UNUSABLE, 8, "标签无法识别")]
    with pytest.raises(BadInput, match=r"8 of the doses of HepB-A1 in .* are unusable and set apart; dispose of them"):
        await move(shop, source=shop.cold, doses=63, at=AT + 1)
    await move(shop, source=shop.cold, doses=62, at=AT + 1)
    async with shop.archive.reading() as tx:
        assert await issuing.shelves(tx, CLINIC, "HepB", NOW) == []
        [lying] = (await state.state(tx, await lot(tx, OLD), None, NOW)).lying
        assert await chains.unseen(tx) == []
    assert (lying.unusable, lying.held, lying.free) == (8, 0, 0)


async def test_its_label_comes_off_when_it_is_disposed_of(shop: Shop):
    await find(shop)
    new = NewDisposal(
        lot=OLD,
        doses=5,
        source=shop.cold,
        at=AT + DAY,
        why="破损",
        witness="周",
        organisation="药监局",
        document=RECORD,
    )
    async with shop.archive.writing() as tx:
        await disposing.dispose(tx, new, KEEPER)
    assert await hanging(shop) == [(Why.UNUSABLE, 3, "标签无法识别")]


async def test_what_stands_apart_already_is_set_apart_once(shop: Shop):
    await find(shop)
    await find(shop, 10, AT + 1, why_unusable="破损")
    assert await hanging(shop) == [(Why.UNUSABLE, 8, "标签无法识别"), (Why.UNUSABLE, 2, "破损")]
    async with shop.archive.reading() as tx:
        assert await apart.since(tx, OLD, shop.cold) == [(AT, 8), (AT + 1, 2)]


async def test_a_count_that_was_a_mistake_sets_nothing_apart(shop: Shop):
    number = await find(shop)
    async with shop.archive.writing() as tx:
        await counting.withdraw(tx, number, KEEPER)
    assert await hanging(shop) == []
    await move(shop, source=shop.cold, doses=70, at=AT + 1, reason=Reason.ISSUED)


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"unusable": 71}, r"lines\[0\].unusable: 71 of 70 cannot be unusable"),
        ({"unusable": -1}, r"lines\[0\].unusable: -1 of 70"),
        ({"why_unusable": "."}, r"lines\[0\].why_unusable: nobody says what is wrong with 8 doses of HepB-A1"),
    ],
)
async def test_unusable_doses_that_cannot_be_are_refused(shop: Shop, values: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words):
        await find(shop, **values)


def a_report(**values: Any) -> NewReport:
    base = {"facility": CLINIC, "lot": OLD, "why": Why.UNUSABLE, "doses": 8, "told": "县疾控 张", "told_at": AT + DAY}
    return NewReport(**{**base, **values})


async def test_unusable_doses_are_due_until_all_were_reported_by_a_paper(shop: Shop):
    await find(shop)
    async with shop.archive.writing() as tx:
        [due] = await reporting.due(tx, frozenset({CLINIC}), NOW)
        assert (due.doses, due.reported, due.reported_to) == (8, 0, "province")
        assert await reporting.due(tx, frozenset({OTHER}), NOW) == []
        told = await reporting.report(tx, a_report(), KEEPER)
        [due] = await reporting.due(tx, None, NOW)
        assert (due.reported, due.papers_missing) == (8, (told,))
        _, tag = await reporting.card(tx, told.id)
        with pytest.raises(Stale):
            await reporting.add_paper(tx, told.id, RECORD, KEEPER, seen="another")
        await reporting.add_paper(tx, told.id, RECORD, KEEPER, seen=tag)
        assert await reporting.due(tx, None, NOW) == []
        await reporting.withdraw(tx, told.id, KEEPER)
        assert [each.reported for each in await reporting.due(tx, None, NOW)] == [0]


async def test_expired_doses_are_due_too_and_a_paper_stays_due_when_they_are_gone(shop: Shop):
    late = T0 + 1000 * DAY
    async with shop.archive.writing() as tx:
        [due] = [each for each in await reporting.due(tx, frozenset({CLINIC}), late) if each.lot == OLD]
        assert (due.why, due.doses) == (Why.EXPIRED, 70)
        told = await reporting.report(tx, a_report(why=Why.EXPIRED, doses=70), KEEPER)
    await move(shop, source=shop.cold, doses=70, reason=Reason.DISPOSED)
    async with shop.archive.reading() as tx:
        [due] = await reporting.due(tx, frozenset({CLINIC}), late)
    assert (due.doses, due.papers_missing) == (0, (told,))


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"why": Why.HELD}, "why: held is not reported so"),
        ({"doses": 0}, "doses: 0 cannot be reported"),
        ({"told": "."}, "told: nobody was told"),
        ({"told_at": NOW + DAY}, "told_at: it has not happened yet"),
        ({"facility": "F9"}, "facility: 'F9' is not in the archive"),
        ({"lot": "L9"}, "lot: 'L9' is not in the archive"),
        ({"document": "f" * 64}, "document: there is no document"),
    ],
)
async def test_a_report_that_cannot_be_is_refused(shop: Shop, values: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words):
        async with shop.archive.writing() as tx:
            await reporting.report(tx, a_report(**values), KEEPER)
