"""Repairs, requests, care, counted things and papers: entered, taken back, and what cannot be is refused by name."""

import itertools
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from coldchain.archive import chains, documents
from coldchain.archive.db import Archive, Tx
from coldchain.archive.pages import Asked
from coldchain.archive.upkeep import cards, care, days, items, papers, repairs, requests, requirements
from coldchain.archive.upkeep.care import Care, NewCare
from coldchain.archive.upkeep.items import NewCount
from coldchain.archive.upkeep.repairs import Mending, NewRepair
from coldchain.archive.upkeep.requests import NewRequest, Request
from coldchain.archive.upkeep.words import CareKind, EquipmentType, Item, Paper, Status, Wish, WishState
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
    YESTERDAY,
    a_document,
    card,
    piece,
    put,
    spans,
    take_out,
    turn,
)  # fmt: skip

BROKEN = NewRepair(equipment=FRIDGE, broken_on="2026-07-20", cause="不制冷")
MENDED = Mending(repaired_on="2026-07-25", done="compressor replaced", repairer="海尔售后", cost_fen=80_000)
SCRAP = NewRequest(kind=Wish.SCRAP, facility=CLINIC, equipment=FRIDGE, wanted_on=TODAY, wanted="门封老化, 无法修复")
DELAY = NewRequest(
    kind=Wish.ALARM_DELAY, facility=CLINIC, wanted_on=TODAY, wanted="20 min for the cold room", phone="138"
)


def changed(record: Any, **said: Any) -> Any:
    return type(record)(**{name: getattr(record, name) for name in record.__struct_fields__} | said)


async def ask(archive: Archive, new: NewRequest = SCRAP) -> Request:
    async with archive.writing() as tx:
        return await requests.ask(tx, new, KEEPER)


async def decide(archive: Archive, number: int, *, is_granted: bool = True, comment: str = "", **more: Any) -> Request:
    async with archive.writing() as tx:
        return await requests.decide(tx, number, CHIEF, is_granted=is_granted, comment=comment, **more)


# what is done, the field, a word of the refusal
IMPOSSIBLE: list[tuple[Callable[[Tx], Awaitable[Any]], str, str]] = [
    (lambda tx: repairs.enter(tx, changed(BROKEN, repaired_on="2026-07-19"), KEEPER), "repaired_on", "before it broke"),
    (lambda tx: repairs.enter(tx, changed(BROKEN, broken_on="2026-08-02"), KEEPER), "broken_on", "still to come"),
    (lambda tx: repairs.enter(tx, changed(BROKEN, cause=" "), KEEPER), "cause", "nobody says what is wrong"),
    (lambda tx: repairs.enter(tx, changed(BROKEN, cost_fen=-1), KEEPER), "cost_fen", "-1 cannot be a cost"),
    (lambda tx: repairs.enter(tx, changed(BROKEN, equipment="X"), KEEPER), "equipment", "'X' is not in the archive"),
    (lambda tx: repairs.enter(tx, changed(BROKEN, document="0"), KEEPER), "document", "there is no document"),
    (lambda tx: repairs.mend(tx, 9, MENDED, KEEPER), "number", "is not one that counts"),
    (lambda tx: repairs.withdraw(tx, 9, KEEPER), "number", "is not one that counts"),
    (lambda tx: requests.ask(tx, changed(SCRAP, equipment=None), KEEPER), "equipment", "scrap concerns one piece"),
    (lambda tx: requests.ask(tx, changed(SCRAP, facility=POST), KEEPER), "equipment", "does not stand at 511900013"),
    (lambda tx: requests.ask(tx, changed(SCRAP, facility="X"), KEEPER), "facility", "'X' is not in the archive"),
    (lambda tx: requests.ask(tx, changed(SCRAP, wanted=""), KEEPER), "wanted", "nobody says what is wanted"),
    (lambda tx: requests.ask(tx, changed(SCRAP, wanted_on="soon"), KEEPER), "wanted_on", "is no date"),
    (lambda tx: requests.ask(tx, changed(SCRAP, successor=FRIDGE), KEEPER), "successor", "only a replacement has one"),
    (lambda tx: requests.ask(tx, changed(SCRAP, kind=Wish.REPLACE), KEEPER), "successor", "name the piece that takes"),
    (
        lambda tx: requests.ask(tx, changed(SCRAP, kind=Wish.REPLACE, successor=FRIDGE), KEEPER),
        "successor",
        "its own place",
    ),
    (lambda tx: requests.decide(tx, 9, CHIEF, is_granted=True), "number", "is not one that counts"),
    (lambda tx: care.enter(tx, NewCare(equipment="X", kind=CareKind.CLEANED, done_at=NOW), KEEPER), "equipment", "'X'"),
    (lambda tx: care.enter(tx, NewCare(equipment=FRIDGE, kind=CareKind.CLEANED, done_at=NOW + HOUR), KEEPER), "done_at", "still to come"),
    (lambda tx: care.enter(tx, NewCare(equipment=FRIDGE, kind=CareKind.CHECKED, done_at=NOW, frost_mm=-1), KEEPER), "frost_mm", "-1 cannot be"),
    (lambda tx: care.enter(tx, NewCare(equipment=FRIDGE, kind=CareKind.CHECKED, done_at=NOW, frost_mm=float("nan")), KEEPER), "frost_mm", "nan cannot"),
    (lambda tx: items.count(tx, NewCount(facility=POST, kind=Item.ICE_PACK, quantity=-1, counted_on=TODAY), KEEPER), "quantity", "-1 cannot be counted"),
    (lambda tx: items.count(tx, NewCount(facility=POST, kind=Item.ICE_PACK, quantity=1, counted_on="2027-01-01"), KEEPER), "counted_on", "still to come"),
    (lambda tx: items.count(tx, NewCount(facility="X", kind=Item.ICE_PACK, quantity=1, counted_on=TODAY), KEEPER), "facility", "'X'"),
    (lambda tx: papers.attach(tx, FRIDGE, "0", Paper.PHOTO, KEEPER), "document", "there is no document"),
    (lambda tx: papers.detach(tx, 9, KEEPER), "number", "is not one that counts"),
]  # fmt: skip


@pytest.mark.parametrize("engine", ["sqlite"])  # no database decides this
@pytest.mark.parametrize("act", IMPOSSIBLE, ids=[f"{field}: {why}" for _, field, why in IMPOSSIBLE])
async def test_what_cannot_be_is_refused_by_field(
    archive: Archive, act: tuple[Callable[[Tx], Awaitable[Any]], str, str]
):
    await fill(archive)
    do, field, why = act
    with pytest.raises(BadInput, match=why) as refused:
        async with archive.writing() as tx:
            await do(tx)
    assert refused.value.field == field


async def test_what_broke_is_to_be_repaired_until_it_is_mended(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        number = (await repairs.enter(tx, BROKEN, KEEPER)).id
    assert (await card(archive)).status is Status.REPAIR
    async with archive.writing() as tx:
        mended = await repairs.mend(tx, number, MENDED, KEEPER)
    assert (mended.repaired_on, mended.cost_fen) == ("2026-07-25", 80_000)
    assert (await spans(archive))[1:] == [("repair", "2026-07-20", "2026-07-25"), ("normal", "2026-07-25", None)]
    async with archive.reading() as tx:
        assert (await repairs.listed(tx, Asked(), frozenset({CLINIC}))).items == [mended]
        assert (await repairs.listed(tx, Asked(), frozenset({POST}))).items == []
        assert (await repairs.listed(tx, Asked(), None, only_open=True)).items == []
        assert await chains.unseen(tx) == []


async def test_a_repair_of_the_past_changes_no_status(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        await repairs.enter(tx, changed(BROKEN, repaired_on="2026-07-21", done="fuse"), KEEPER)
    assert len(await spans(archive)) == 1


async def test_nothing_is_broken_twice_at_once_nor_mended_twice(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        number = (await repairs.enter(tx, BROKEN, KEEPER)).id
        with pytest.raises(BadInput, match="is broken since 2026-07-20"):
            await repairs.enter(tx, changed(BROKEN, broken_on="2026-07-22"), KEEPER)
        with pytest.raises(BadInput, match="repaired_on: 2026-07-19 is before it broke"):
            await repairs.mend(tx, number, changed(MENDED, repaired_on="2026-07-19"), KEEPER)
        await repairs.mend(tx, number, MENDED, KEEPER)
        with pytest.raises(BadInput, match="was mended on 2026-07-25"):
            await repairs.mend(tx, number, MENDED, KEEPER)


async def test_a_repair_that_was_a_mistake_counts_no_more(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        number = (await repairs.enter(tx, BROKEN, KEEPER)).id
        assert (await repairs.withdraw(tx, number, KEEPER)).withdrawn_at == NOW
        assert (await repairs.listed(tx, Asked(), None)).items == []


async def test_what_is_gone_is_neither_repaired_nor_cleaned(archive: Archive):
    await fill(archive)
    await take_out(archive)
    await turn(archive, Status.SCRAPPED)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="nothing of it is to be repaired"):
            await repairs.enter(tx, BROKEN, KEEPER)
        with pytest.raises(BadInput, match="name a piece that stands here"):
            await care.enter(tx, NewCare(equipment=FRIDGE, kind=CareKind.CLEANED, done_at=NOW), KEEPER)


async def test_nobody_decides_what_they_asked_for(archive: Archive):
    await fill(archive)
    number = (await ask(archive)).id
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="decided_by: 李小琴 asked for it; let another person decide"):
            await requests.decide(tx, number, KEEPER, is_granted=True)


async def test_a_granted_scrapping_is_done_at_once_but_not_with_doses_inside(archive: Archive):
    await fill(archive)
    number = (await ask(archive)).id
    with pytest.raises(BadInput, match="holds 70 doses"):
        await decide(archive, number)
    async with archive.reading() as tx:
        assert (await requests.request(tx, number))[0].state is WishState.OPEN
    await take_out(archive)
    done = await decide(archive, number)
    assert (done.state, done.is_granted, done.is_applied, done.decided_by) == (WishState.DONE, True, True, CHIEF.actor)
    assert (await card(archive)).status is Status.SCRAPPED


async def test_what_the_archive_cannot_do_is_done_by_hand_and_told(archive: Archive):
    await fill(archive)
    number = (await ask(archive, DELAY)).id
    granted = await decide(archive, number)
    assert (granted.state, granted.is_applied) == (WishState.IN_PROGRESS, False)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="handled: nobody says what was done"):
            await requests.finish(tx, number, " ", CHIEF)
        done = await requests.finish(tx, number, "policy 2026-08 loaded", CHIEF)
        assert (done.state, done.handler, done.handled_at) == (WishState.DONE, CHIEF.actor, NOW)
        with pytest.raises(BadInput, match="is done; choose one that is in_progress"):
            await requests.finish(tx, number, "again", CHIEF)
        assert await chains.unseen(tx) == []


async def test_a_refusal_has_a_comment_and_is_the_end(archive: Archive):
    await fill(archive)
    number = (await ask(archive)).id
    with pytest.raises(BadInput, match="comment: it is refused without a word"):
        await decide(archive, number, is_granted=False)
    refused = await decide(archive, number, is_granted=False, comment="先报修")
    assert (refused.state, refused.is_granted, refused.comment) == (WishState.DONE, False, "先报修")
    with pytest.raises(BadInput, match="is done; choose one that is open"):
        await decide(archive, number)
    assert (await card(archive)).status is Status.NORMAL


async def test_a_request_is_decided_as_it_was_seen(archive: Archive):
    await fill(archive)
    number = (await ask(archive)).id
    async with archive.reading() as tx:
        tag = (await requests.request(tx, number))[1]
    with pytest.raises(Stale):
        await decide(archive, number, is_granted=False, comment="no", seen="0" * 16)
    assert (await decide(archive, number, is_granted=False, comment="no", seen=tag)).state is WishState.DONE


async def test_a_replacement_links_the_new_piece_to_the_old_one(archive: Archive):
    await fill(archive)
    await take_out(archive)
    await put(archive, piece(status=Status.SPARE))
    number = (await ask(archive, changed(SCRAP, kind=Wish.REPLACE, successor="E2"))).id
    assert (await decide(archive, number)).is_applied
    old, new = await card(archive), await card(archive, "E2")
    assert (old.status, new.status, new.replaces) == (Status.SPARE, Status.NORMAL, FRIDGE)
    await put(archive, piece("E3"))
    again = (await ask(archive, changed(SCRAP, kind=Wish.REPLACE, equipment="E3", successor="E2"))).id
    with pytest.raises(BadInput, match="took the place of 511900012-BX1 already"):
        await decide(archive, again)


async def test_a_request_that_nobody_decided_may_be_taken_back(archive: Archive):
    await fill(archive)
    number = (await ask(archive)).id
    async with archive.writing() as tx:
        await requests.withdraw(tx, number, KEEPER)
        assert (await requests.listed(tx, Asked(), None)).items == []
        with pytest.raises(BadInput, match="is not one that counts"):
            await requests.decide(tx, number, CHIEF, is_granted=True)


async def test_requests_are_listed_by_state_and_scope(archive: Archive):
    await fill(archive)
    first, second = await ask(archive), await ask(archive, DELAY)
    await decide(archive, first.id, is_granted=False, comment="no")
    async with archive.reading() as tx:
        assert [each.id for each in (await requests.listed(tx, Asked(), frozenset({CLINIC}))).items] == [
            second.id,
            first.id,
        ]
        assert [each.id for each in (await requests.listed(tx, Asked(), None, state=WishState.OPEN)).items] == [
            second.id
        ]
        assert (await requests.listed(tx, Asked(), frozenset({POST}))).items == []


async def clean(
    archive: Archive, days_ago: float, kind: CareKind = CareKind.CLEANED, frost_mm: float | None = None
) -> int:
    async with archive.writing() as tx:
        done = NewCare(equipment=FRIDGE, kind=kind, done_at=round(NOW - days_ago * DAY), frost_mm=frost_mm)
        return (await care.enter(tx, done, KEEPER)).id


async def late(archive: Archive, at: int = NOW) -> list[str]:
    async with archive.reading() as tx:
        return [each.what for each in await care.overdue(tx, None, at)]


async def test_what_was_not_cleaned_for_a_week_is_overdue(archive: Archive):
    await fill(archive)
    assert await late(archive) == ["weekly check and cleaning"]
    number = await clean(archive, 7)
    assert await late(archive) == []
    assert await late(archive, NOW + 1) == ["weekly check and cleaning"]
    async with archive.writing() as tx:
        await care.withdraw(tx, number, KEEPER)
    assert await late(archive) == ["weekly check and cleaning"]


async def test_thick_frost_is_overdue_until_it_is_removed(archive: Archive):
    await fill(archive)
    await clean(archive, 2, CareKind.CHECKED, 4.0)
    assert await late(archive) == []
    await clean(archive, 1, CareKind.CHECKED, 4.5)
    assert await late(archive) == ["defrosting"]
    await clean(archive, 0.5, CareKind.DEFROSTED, 4.5)
    assert await late(archive) == []


async def overdue_plainly(archive: Archive, at: int) -> set[tuple[str, str]]:
    """Each piece against each rule, by its whole log."""
    found = set()
    async with archive.reading() as tx:
        log = (await care.listed(tx, Asked(1000), None)).items
        for card in await cards.cards(tx, None):
            its = sorted((each for each in log if each.equipment == card.code and each.done_at <= at), key=_when)
            for rule in requirements.care_in_force(days.day_of(at)) if card.status is Status.NORMAL else ():
                if card.type in rule.types and _is_due(rule, its, at):
                    found.add((card.code, rule.name))
    return found


def _when(each: Care) -> tuple[int, int]:
    return each.done_at, each.id


def _is_due(rule: requirements.CareRule, its: list[Care], at: int) -> bool:
    last = max((each.done_at for each in its if each.kind in rule.kinds), default=None)
    if rule.every_days is not None and (last is None or last < at - rule.every_days * DAY):
        return True
    frost = its[-1].frost_mm if its and its[-1].kind is not CareKind.DEFROSTED else None
    return rule.frost_over_mm is not None and frost is not None and frost > rule.frost_over_mm


async def test_what_is_overdue_is_what_each_piece_s_whole_log_says(archive: Archive):
    await fill(archive)
    rng = random.Random(3)
    await put(archive, *(piece(f"E{n}") for n in range(6)))
    async with archive.writing() as tx:
        for code, _ in itertools.product([FRIDGE, *(f"E{n}" for n in range(5))], range(4)):
            done_at, frost_mm = round(NOW - rng.uniform(0, 14) * DAY), rng.choice([None, 1.0, 4.5])
            new = NewCare(equipment=code, kind=rng.choice(list(CareKind)), done_at=done_at, frost_mm=frost_mm)
            await care.enter(tx, new, KEEPER)
    seen = set()
    for at in range(NOW - 14 * DAY, NOW + 10 * DAY, DAY):
        async with archive.reading() as tx:
            found = {(each.equipment, each.what) for each in await care.overdue(tx, None, at)}
        assert found == await overdue_plainly(archive, at)
        seen |= {(what, code == "E5") for code, what in found}
    assert len(seen) > 2


async def test_what_stands_by_and_what_is_elsewhere_is_not_overdue(archive: Archive):
    await fill(archive)
    async with archive.reading() as tx:
        assert await care.overdue(tx, frozenset({POST}), NOW) == []
    await take_out(archive)
    await turn(archive, Status.SPARE)
    assert await late(archive) == []


async def test_the_newest_day_s_count_holds_and_those_before_are_kept(archive: Archive):
    await fill(archive)
    for quantity, day in ((40, YESTERDAY), (36, TODAY), (50, "2026-01-05")):
        async with archive.writing() as tx:
            new = NewCount(facility=POST, kind=Item.ICE_PACK, quantity=quantity, counted_on=day)
            await items.count(tx, new, KEEPER)
    async with archive.reading() as tx:
        assert [
            each.quantity for each in (await items.listed(tx, Asked(), None, facility=POST, kind=Item.ICE_PACK)).items
        ] == [
            36,
            40,
            50,
        ]
        assert (await items.latest(tx, None))[POST][Item.ICE_PACK].quantity == 36
        assert (await items.latest(tx, None, "2026-06-30"))[POST][Item.ICE_PACK].quantity == 50
        assert await items.latest(tx, frozenset({CLINIC})) == {}


async def test_a_count_that_was_a_mistake_gives_way_to_the_one_before(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        both = [
            await items.count(tx, NewCount(facility=POST, kind=Item.CARRIER, quantity=n, counted_on=TODAY), KEEPER)
            for n in (40, 400)
        ]
        await items.withdraw(tx, both[1].id, KEEPER)
        assert (await items.latest(tx, None))[POST][Item.CARRIER].quantity == 40


async def test_a_paper_is_attached_once_and_its_facility_has_it_then(archive: Archive):
    await fill(archive)
    sha = await a_document(archive, facility=POST)
    async with archive.writing() as tx:
        number = (await papers.attach(tx, FRIDGE, sha, Paper.NAMEPLATE, KEEPER)).id
        assert (await documents.seen(tx, sha, frozenset({CLINIC}))) is not None
        with pytest.raises(BadInput, match=f"it is its nameplate already .number {number}"):
            await papers.attach(tx, FRIDGE, sha, Paper.NAMEPLATE, KEEPER)
        await papers.detach(tx, number, KEEPER)
        assert await papers.papers(tx, FRIDGE) == []
        assert (await papers.attach(tx, FRIDGE, sha, Paper.PHOTO, KEEPER)).kind is Paper.PHOTO
        assert await chains.unseen(tx) == []


def test_the_types_met_in_the_field_are_all_there():
    assert len(EquipmentType) == 26


async def test_a_request_says_who_signed_it_and_which_office_decided(archive: Archive):
    await fill(archive)
    asked = await ask(archive, changed(DELAY, signature=" 李小琴 "))
    assert (asked.signature, asked.check_unit) == ("李小琴", "")
    decided = await decide(archive, asked.id, check_unit="清江县疾控中心")
    assert (decided.check_unit, decided.signature) == ("清江县疾控中心", "李小琴")


async def test_how_often_a_piece_broke_down_is_counted_without_slips(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        slip = await repairs.enter(tx, BROKEN, KEEPER)
        await repairs.withdraw(tx, slip.id, KEEPER)
        assert await repairs.count(tx, FRIDGE) == 0
        await repairs.enter(tx, BROKEN, KEEPER)
        assert await repairs.count(tx, FRIDGE) == 1
