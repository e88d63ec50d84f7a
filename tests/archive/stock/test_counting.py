"""Counting, and custody at another clinic."""

import pytest

from coldchain.archive import chains, lots
from coldchain.archive.lots import Reason
from coldchain.archive.pages import Asked
from coldchain.archive.stock import counting, custody, register
from coldchain.archive.stock.counting import Count, Counted, NewCount
from coldchain.archive.stock.custody import Custody, NewCustody
from coldchain.errors import BadInput, Stale
from tests.archive.small import HOUR, T0, drawer_of
from tests.archive.stock.shop import CLINIC, DAY, DILUENT, KEEPER, NEW, NOW, OLD, OTHER, Shop, move, paper

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])

AT = T0 + DAY


async def count(shop: Shop, found: dict[str, int], **values: object) -> Count:
    lines = tuple(Counted(lot=lot, counted=doses) for lot, doses in found.items())
    new = NewCount(**{"compartment": shop.cold, "at": AT, "counted_by": "李", "lines": lines, **values})  # type: ignore[arg-type]
    async with shop.archive.writing() as tx:
        return await counting.enter(tx, new, KEEPER)


async def post(shop: Shop, number: int, reasons: dict[str, str], seen: str | None = None) -> list[int]:
    async with shop.archive.writing() as tx:
        return [line.difference for line in await counting.post(tx, number, reasons, KEEPER, seen=seen)]


async def there(shop: Shop, compartment: int, lot: str = OLD) -> int:
    async with shop.archive.reading() as tx:
        stays = [stay for stay in await lots.stays(tx, lot) if stay.compartment == compartment and stay.end is None]
    return sum(stay.levels[-1][1] for stay in stays)


async def test_differences_go_into_the_books_with_their_reasons_at_the_moment_of_the_count(shop: Shop):
    found = await count(shop, {OLD: 67, DILUENT: 3})
    assert await post(shop, found.id, {OLD: "破损 3 支", DILUENT: "漏登"}) == [3, -3]
    assert await there(shop, shop.cold) == 67
    async with shop.archive.reading() as tx:
        last = (await lots.movements(tx, OLD))[-1]
        assert await chains.unseen(tx) == []
    assert (last.reason, last.at, last.source, last.remark) == (Reason.COUNTED, AT, shop.cold, "破损 3 支")


@on_sqlite
async def test_a_difference_without_a_reason_is_not_posted_and_nothing_moves(shop: Shop):
    found = await count(shop, {OLD: 67})
    with pytest.raises(BadInput, match=r"reasons.HepB-A1: 67 of HepB-A1 were found, the books say 70; say why"):
        await post(shop, found.id, {})
    assert await there(shop, shop.cold) == 70


@on_sqlite
@pytest.mark.parametrize("reason", ["", " ", ".", "。。", "-"])
async def test_a_full_stop_is_no_reason(shop: Shop, reason: str):
    found = await count(shop, {OLD: 67})
    with pytest.raises(BadInput, match="67 of HepB-A1 were found, the books say 70; say why"):
        await post(shop, found.id, {OLD: reason})


async def test_a_count_that_misses_much_wants_a_witness_who_is_not_the_counter(shop: Shop):
    for witness in ("", "李", " 李 ", "KEEPER"):
        found = await count(shop, {OLD: 0}, witness=witness)
        with pytest.raises(BadInput, match="witness: its differences come to 70 doses, more than 10"):
            await post(shop, found.id, {OLD: "找不到"})
    seen = await count(shop, {OLD: 0}, witness="王")
    assert await post(shop, seen.id, {OLD: "找不到"}) == [-70]


@on_sqlite
async def test_what_is_as_the_books_say_is_posted_without_a_movement(shop: Shop):
    assert await post(shop, (await count(shop, {OLD: 70})).id, {}) == [0]


async def test_a_count_whose_books_changed_since_is_not_posted(shop: Shop):
    found = await count(shop, {OLD: 67})
    await move(shop, source=shop.cold, doses=2, at=AT - HOUR)
    with pytest.raises(BadInput, match="the books of that moment say something else now of HepB-A1; withdraw"):
        await post(shop, found.id, {OLD: "破损"})


async def test_a_count_is_posted_once_and_by_who_saw_its_state(shop: Shop):
    found = await count(shop, {OLD: 67})
    async with shop.archive.reading() as tx:
        _, lines, tag = await counting.count(tx, found.id)
        assert [(line.booked, line.counted, line.difference) for line in lines] == [(70, 67, -3)]
    with pytest.raises(Stale):
        await post(shop, found.id, {OLD: "破损"}, seen="another")
    await post(shop, found.id, {OLD: "破损"}, seen=tag)
    with pytest.raises(BadInput, match="is in the books already"):
        await post(shop, found.id, {OLD: "破损"})


async def test_a_count_entered_by_mistake_is_taken_back_with_what_it_posted(shop: Shop):
    found = await count(shop, {OLD: 67})
    await post(shop, found.id, {OLD: "破损"})
    async with shop.archive.writing() as tx:
        posted = (await lots.movements(tx, OLD))[-1]
        with pytest.raises(BadInput, match="is part of count"):
            await lots.withdraw(tx, posted.id, KEEPER)
        await counting.withdraw(tx, found.id, KEEPER)
    assert await there(shop, shop.cold) == 70


@on_sqlite
@pytest.mark.parametrize(
    ("found", "values", "words"),
    [
        ({}, {}, "lines: the books have HepB-A1 there, and nobody counted it; count it, or write 0"),
        ({OLD: -1}, {}, r"lines\[0\].counted: -1 cannot be found"),
        ({OLD: 1, "L9": 1}, {}, "lot: 'L9' is not in the archive"),
        ({OLD: 1}, {"compartment": 999}, "compartment: there is no compartment 999"),
        ({OLD: 1}, {"counted_by": " "}, "counted_by: nobody counted"),
        ({OLD: 1}, {"at": NOW + DAY}, "at: it has not happened yet"),
        ({OLD: 1}, {"witness": "x" * 201}, "stock_count.witness: 201 characters"),
    ],
)
async def test_a_count_that_cannot_be_is_refused(
    shop: Shop, found: dict[str, int], values: dict[str, object], words: str
):
    with pytest.raises(BadInput, match=words):
        await count(shop, found, **values)


async def test_a_lot_is_counted_once(shop: Shop):
    with pytest.raises(BadInput, match=r"lines\[1\].lot: HepB-A1 is counted twice"):
        await count(shop, {}, lines=(Counted(lot=OLD, counted=1), Counted(lot=OLD, counted=2)))


@on_sqlite
async def test_counts_are_listed_by_scope(shop: Shop):
    found = await count(shop, {OLD: 70})
    async with shop.archive.reading() as tx:
        assert [each.id for each in (await counting.listed(tx, frozenset({CLINIC}), Asked())).items] == [found.id]
        assert (await counting.listed(tx, frozenset({OTHER}), Asked())).items == []


async def give(shop: Shop, **values: object) -> Custody:
    new = NewCustody(**{
        "lot": OLD, "doses": 50, "source": shop.cold, "target": shop.other, "why": "停电", "consented_by": "chief",
        "consented_at": AT - HOUR, "start": AT, **values,
    })  # type: ignore[arg-type]  # fmt: skip
    async with shop.archive.writing() as tx:
        return await custody.give(tx, new, KEEPER)


async def give_back(shop: Shop, number: int, at: int = AT + DAY) -> Custody:
    async with shop.archive.writing() as tx:
        return await custody.give_back(tx, number, at, KEEPER)


async def test_doses_in_custody_stand_elsewhere_and_stay_the_owners_in_the_books(shop: Shop):
    given = await give(shop)
    assert (given.owner, given.keeper) == (CLINIC, OTHER)
    assert (await there(shop, shop.cold), await there(shop, shop.other)) == (20, 50)
    async with shop.archive.reading() as tx:
        assert await register.balance(tx, CLINIC, OLD, NOW) == 70
        assert await register.balance(tx, OTHER, OLD, NOW) == 0
        line = (await register.lines(tx, register.Wish(CLINIC), 100))[-1]
    assert (line.into, line.out, line.kept, line.balance) == (0, 0, 50, 70)


@on_sqlite
async def test_the_keeper_cannot_use_what_is_kept_for_another(shop: Shop):
    await give(shop)
    with pytest.raises(BadInput, match=r"50 of the doses of HepB-A1 in .* are kept there for another facility"):
        await move(shop, source=shop.other, doses=1, at=AT + HOUR)


async def test_what_was_kept_comes_back_whole_and_once(shop: Shop):
    given = await give(shop)
    assert (await give_back(shop, given.id)).returned_at == AT + DAY
    assert (await there(shop, shop.cold), await there(shop, shop.other)) == (70, 0)
    with pytest.raises(BadInput, match="is not one that goes on"):
        await give_back(shop, given.id)
    with pytest.raises(BadInput, match="is part of custody"):
        async with shop.archive.writing() as tx:
            await lots.withdraw(tx, (await lots.movements(tx, OLD))[-1].id, KEEPER)


@on_sqlite
async def test_what_was_kept_comes_back_elsewhere_when_its_own_refrigerator_is_no_more(shop: Shop):
    given = await give(shop)
    drawer = await drawer_of(shop.archive)
    async with shop.archive.writing() as tx:
        with pytest.raises(BadInput, match=r"target: compartment .* does not stand at 511900012"):
            await custody.give_back(tx, given.id, AT + DAY, KEEPER, target=shop.store)
        await custody.give_back(tx, given.id, AT + DAY, KEEPER, target=drawer)
        assert await register.balance(tx, CLINIC, OLD, NOW) == 70
    assert (await there(shop, shop.cold), await there(shop, drawer)) == (20, 50)


async def test_a_custody_entered_by_mistake_never_was(shop: Shop):
    given = await give(shop)
    async with shop.archive.writing() as tx:
        await custody.withdraw(tx, given.id, KEEPER)
        assert (await custody.listed(tx, None, Asked(), is_open=True)).items == []
    assert await there(shop, shop.cold) == 70


async def test_a_word_at_night_is_consent_and_its_paper_stays_due(shop: Shop):
    given = await give(shop)
    sha256 = await paper(shop.archive)
    async with shop.archive.writing() as tx:
        assert [each.id for each in await custody.papers_due(tx, frozenset({CLINIC}))] == [given.id]
        await custody.add_paper(tx, given.id, sha256, KEEPER)
        assert await custody.papers_due(tx, None) == []
        with pytest.raises(BadInput, match="its paper is there"):
            await custody.add_paper(tx, given.id, sha256, KEEPER)


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"consented_by": ""}, "consented_by: '' cannot consent for 511900012"),
        ({"consented_by": "clerk"}, "consented_by: 'clerk' cannot consent"),
        ({"consented_at": AT + 1}, "consented_at: the doses went before"),
        ({"consent": "f" * 64}, "consent: there is no document"),
        ({"why": " "}, "why: no emergency is named"),
        ({"why": "."}, "why: no emergency is named"),
        ({"consented_at": AT - 8 * DAY}, "consented_at: consent of .* is older than 7 days; ask again"),
        ({"doses": 71}, "doses: 511900012-BX1/cold holds 70"),
        ({"start": NOW + DAY, "consented_at": NOW}, "start: it has not happened yet"),
        ({"lot": NEW}, "holds 0 doses of HepB-B2"),
    ],
)
async def test_nothing_goes_into_custody_without_consent_cause_and_doses(
    shop: Shop, values: dict[str, object], words: str
):
    with pytest.raises(BadInput, match=words):
        await give(shop, **values)
    assert await there(shop, shop.cold) == 70


@on_sqlite
async def test_within_one_facility_nobody_keeps_for_another(shop: Shop):
    with pytest.raises(BadInput, match="target: both compartments stand at 511900012"):
        await give(shop, target=shop.ice)


@on_sqlite
async def test_doses_do_not_come_back_before_they_went(shop: Shop):
    given = await give(shop)
    with pytest.raises(BadInput, match="at: it is not after they were given"):
        await give_back(shop, given.id, AT)


async def test_who_consented_confirms_it_by_their_own_login_or_it_is_a_finding(shop: Shop):
    given = await give(shop)
    async with shop.archive.writing() as tx:
        assert await custody.unconfirmed(tx, None, AT + DAY) == []
        assert [each.id for each in await custody.unconfirmed(tx, frozenset({CLINIC}), AT + DAY + 1)] == [given.id]
        with pytest.raises(BadInput, match="user: chief is said to have consented, not clerk"):
            await custody.confirm(tx, given.id, "clerk", KEEPER)
        _, tag = await custody.custody(tx, given.id)
        with pytest.raises(Stale):
            await custody.confirm(tx, given.id, "chief", KEEPER, seen="another")
        done = await custody.confirm(tx, given.id, "chief", KEEPER, seen=tag)
        assert (done.confirmed_by, done.confirmed_at) == ("chief", NOW)
        assert await custody.unconfirmed(tx, None, NOW) == []
        with pytest.raises(BadInput, match="waits for no confirmation"):
            await custody.confirm(tx, given.id, "chief", KEEPER)
        assert await chains.unseen(tx) == []


@on_sqlite
async def test_consent_that_its_giver_enters_is_confirmed_and_a_clerks_word_is_not(shop: Shop):
    new = NewCustody(
        lot=OLD, doses=5, source=shop.cold, target=shop.other, why="停电", consented_by="chief", consented_at=AT - HOUR,
        start=AT,
    )  # fmt: skip
    async with shop.archive.writing() as tx:
        assert (await custody.give(tx, new, KEEPER, user="chief")).confirmed_by == "chief"
        assert (await custody.give(tx, new, KEEPER, user="clerk")).confirmed_by is None
