"""What changed between two acts: another's change, a piece that went elsewhere, papers that go with it, days of elsewhere."""

import pytest

from coldchain.archive import documents, locking
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.upkeep import cards, care, items, life, papers, requests
from coldchain.archive.upkeep.care import NewCare
from coldchain.archive.upkeep.items import NewCount
from coldchain.archive.upkeep.life import Relocation
from coldchain.archive.upkeep.requests import NewRequest
from coldchain.archive.upkeep.words import CareKind, EquipmentType, Item, Paper, Status, Wish
from coldchain.errors import BadInput, Stale
from tests.archive.small import HOUR, fill
from tests.archive.upkeep.cast import (
    CHIEF,
    CLINIC,
    DAY,
    FRIDGE,
    KEEPER,
    NOW,
    POST,
    TODAY,
    a_document,
    card,
    piece,
    put,
    spans,
)

EARLY = By("李科长", NOW - 9 * HOUR, "decided")  # at seven in the morning of a clinic's day it is the day before in UTC


@pytest.mark.parametrize("engine", ["postgresql"])  # SQLite lets one writer in at a time
async def test_a_row_that_was_read_before_another_s_change_is_not_written_over(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        row = await life.row_of(tx, FRIDGE)
        tag = locking.tag_of(row)
        await put(archive, piece(FRIDGE, brand="海尔"))
        with pytest.raises(Stale):
            await cards.change(tx, piece(FRIDGE, brand="美菱"), CHIEF, tag)
    assert (await card(archive)).brand == "海尔"


async def test_papers_go_with_the_equipment_that_moves(archive: Archive):
    await fill(archive)
    await put(archive, piece())
    manual = await a_document(archive)
    async with archive.writing() as tx:
        await papers.attach(tx, "E2", manual, Paper.MANUAL, CHIEF)
        await life.move(tx, "E2", Relocation(POST, TODAY, "lent"), CHIEF)
    async with archive.reading() as tx:
        assert await documents.seen(tx, manual, frozenset({POST})) is not None


async def ask(archive: Archive, wanted_on: str = TODAY) -> int:
    new = NewRequest(kind=Wish.STANDBY, facility=CLINIC, wanted_on=wanted_on, wanted="用不上", equipment="E2")
    async with archive.writing() as tx:
        return (await requests.ask(tx, new, KEEPER)).id


async def test_a_facility_s_wish_does_not_reach_what_went_elsewhere_since(archive: Archive):
    await fill(archive)
    await put(archive, piece())
    number = await ask(archive)
    async with archive.writing() as tx:
        await life.move(tx, "E2", Relocation(POST, TODAY, "lent"), CHIEF)
        with pytest.raises(BadInput, match=f"E2 does not stand at {CLINIC}"):
            await requests.decide(tx, number, CHIEF, is_granted=True)
    assert (await card(archive, "E2")).status is Status.NORMAL


async def test_what_is_wanted_today_is_done_today_where_the_day_has_begun(archive: Archive):
    await fill(archive)
    await put(archive, piece())
    number = await ask(archive)
    async with archive.writing() as tx:
        await requests.decide(tx, number, EARLY, is_granted=True)
    assert [since for _, since, _ in await spans(archive, "E2")] == [None, TODAY]


def test_a_number_too_large_for_any_column_is_refused_by_name():
    with pytest.raises(BadInput, match=r"equipment.price_fen: 1000"):
        cards.check(piece(price_fen=10**400))


async def test_a_later_count_of_the_same_day_holds_and_a_withdrawn_one_does_not(archive: Archive):
    await fill(archive)
    counts = [(4, "2026-07-01"), (9, "2026-07-02"), (7, "2026-07-02"), (1, "2026-07-05")]
    async with archive.writing() as tx:
        made = [
            await items.count(tx, NewCount(facility=CLINIC, kind=Item.ICE_PACK, quantity=n, counted_on=day), KEEPER)
            for n, day in counts
        ]
        await items.withdraw(tx, made[-1].id, KEEPER)
    async with archive.reading() as tx:
        assert (await items.latest(tx, None))[CLINIC][Item.ICE_PACK].quantity == 7
        assert (await items.latest(tx, None, "2026-07-01"))[CLINIC][Item.ICE_PACK].quantity == 4
        assert await items.latest(tx, frozenset({POST})) == {}


async def test_frost_counts_as_it_was_found_last(archive: Archive):
    await fill(archive)
    await put(archive, piece(type=EquipmentType.FREEZER))

    async def enter(kind: CareKind, frost_mm: float | None, days_ago: int) -> None:
        new = NewCare(equipment="E2", kind=kind, done_at=NOW - days_ago * DAY, frost_mm=frost_mm)
        async with archive.writing() as tx:
            await care.enter(tx, new, KEEPER)

    async def thick() -> list[float | None]:
        async with archive.reading() as tx:
            found = [each for each in await care.overdue(tx, None, NOW) if each.equipment == "E2"]
        return [each.frost_mm for each in found if each.frost_mm is not None]

    await enter(CareKind.CHECKED, 40, 3)
    assert set(await thick()) == {40}
    await enter(CareKind.CLEANED, 30, 2)
    assert set(await thick()) == {30}
    await enter(CareKind.DEFROSTED, 40, 2)  # of two at once the one entered last
    assert await thick() == []
