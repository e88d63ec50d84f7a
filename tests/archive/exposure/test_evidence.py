"""Evidence by hand and doses given elsewhere: what is taken, and what cannot be."""

from typing import Any

import pytest
from sqlalchemy import update

from coldchain.archive import chains, documents, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.exposure import carried, evidence, given
from coldchain.archive.exposure.evidence import Ice, NewEvidence
from coldchain.archive.exposure.given import NewGiven
from coldchain.archive.pages import Asked
from coldchain.errors import BadInput
from coldchain.exposure import Vouched
from tests.archive.small import HOUR, T0, compartment_of, fill

NURSE = By("nurse 李", T0 + 100 * HOUR)
DAY = 24 * HOUR


@pytest.fixture
async def fridge(archive: Archive) -> int:
    await fill(archive)
    return await compartment_of(archive, "cold")


@pytest.fixture
async def room(archive: Archive, fridge: int) -> int:
    async with archive.writing() as tx:
        await tx.execute(update(tables.Equipment).values(type="carrier"))
    return fridge


def bag(room: int, **more: Any) -> NewEvidence:
    said: dict[str, Any] = {"start": T0 + HOUR, "end": T0 + 5 * HOUR, "signed_by": "李小琴"}
    said |= {"departure_c": 4.0, "return_c": 6.5}
    return NewEvidence(compartment=room, **said | more)


def counted(**more: Any) -> NewGiven:
    said: dict[str, Any] = {"lot": "HepB-A1", "facility": "511900013", "given_on": "2026-07-03", "doses": 4}
    said |= {"source": "省平台 2026-07"}
    return NewGiven(**said | more)


async def test_evidence_stands_until_it_is_taken_back(archive: Archive, room: int):
    async with archive.writing() as tx:
        entered = await evidence.enter(tx, bag(room, ice_out=Ice.CONDITIONED, ice_back=Ice.PARTLY_THAWED, run=7), NURSE)
    async with archive.reading() as tx:
        assert await evidence.listed(tx, room, T0, T0 + DAY) == [entered]
        assert await evidence.spans(tx, room, T0 + 2 * HOUR, T0 + DAY) == [
            Vouched(T0 + HOUR, T0 + 5 * HOUR, 4000, 6500)
        ]
        assert await evidence.spans(tx, room, T0 + 5 * HOUR, T0 + DAY) == []
    async with archive.writing() as tx:
        await evidence.withdraw(tx, entered.id, NURSE)
        assert await evidence.spans(tx, room, T0, T0 + DAY) == []
        actions = [link.action for link in (await chains.listed(tx, Asked(), entity="manual_evidence")).items]
    assert actions == ["vouched", "withdrawn"]


async def test_what_was_taken_back_may_be_entered_again(archive: Archive, room: int):
    async with archive.writing() as tx:
        first = await evidence.enter(tx, bag(room), NURSE)
        await evidence.withdraw(tx, first.id, NURSE)
        await evidence.enter(tx, bag(room, return_c=7.0), NURSE)
        with pytest.raises(BadInput, match="not one that counts"):
            await evidence.withdraw(tx, first.id, NURSE)


IMPOSSIBLE: list[tuple[dict[str, Any], str, str]] = [
    ({"end": T0 + HOUR}, "end", "is not after its start"),
    ({"end": T0}, "end", "is not after its start"),
    ({"end": T0 + 9 * DAY}, "end", "more than seven days"),
    ({"start": T0 - 49 * HOUR, "end": T0}, "end", "it is longer than 48 h, and no logger kept the extremes"),
    ({"start": NURSE.at, "end": NURSE.at + HOUR}, "end", "has not been yet"),
    ({"signed_by": "  "}, "signed_by", "nobody signed"),
    ({"departure_c": 400.0}, "departure_c", "cannot be"),
    ({"return_c": -300.0}, "return_c", "cannot be"),
    ({"departure_c": None, "return_c": None, "ice_out": Ice.FROZEN}, "return_c", "nothing was looked at"),
    ({"compartment": 999}, "compartment", "there is no compartment 999"),
    ({"start": T0 + 19 * HOUR, "end": T0 + 21 * HOUR}, "start", "nurse 王 vouched for"),
]


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(("wrong", "field", "words"), IMPOSSIBLE)
async def test_evidence_that_cannot_be_is_refused_with_its_field(
    archive: Archive, room: int, wrong: dict[str, Any], field: str, words: str
):
    async with archive.writing() as tx:
        await evidence.enter(tx, bag(room, start=T0 + 20 * HOUR, end=T0 + 24 * HOUR, signed_by="nurse 王"), NURSE)
    with pytest.raises(BadInput, match=words) as refused:
        async with archive.writing() as tx:
            await evidence.enter(tx, NewEvidence(**{"compartment": room} | _said(bag(room)) | wrong), NURSE)
    assert refused.value.field == field
    async with archive.reading() as tx:
        assert [each.signed_by for each in await evidence.listed(tx, room, T0, T0 + DAY * 2)] == ["nurse 王"]


def _said(new: NewEvidence) -> dict[str, Any]:
    return {name: getattr(new, name) for name in new.__struct_fields__ if name != "compartment"}


async def test_evidence_that_begins_as_another_ends_is_beside_it(archive: Archive, room: int):
    async with archive.writing() as tx:
        await evidence.enter(tx, bag(room), NURSE)
        await evidence.enter(tx, bag(room, start=T0 + 5 * HOUR, end=T0 + 6 * HOUR), NURSE)


async def strip(archive: Archive) -> str:
    async with archive.writing() as tx:
        return (await documents.add(tx, "strip.pdf", b"%PDF-1.7", "511900012", NURSE)).sha256


async def test_two_readings_say_nothing_of_a_refrigerator(archive: Archive, fridge: int):
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="compartment: 511900012-BX1 is a domestic fridge: two readings say nothing"):
            await evidence.enter(tx, bag(fridge), NURSE)


async def test_a_document_vouches_for_a_refrigerator_as_long_as_a_bag_is_carried(archive: Archive, fridge: int):
    paper = await strip(archive)
    async with archive.writing() as tx:
        await evidence.enter(tx, bag(fridge, document=paper), NURSE)
        with pytest.raises(BadInput, match="end: it is longer than 48 h"):
            await evidence.enter(tx, bag(fridge, start=T0 + 6 * HOUR, end=T0 + 55 * HOUR, document=paper), NURSE)


async def test_a_loggers_strip_may_be_longer(archive: Archive, room: int):
    paper = await strip(archive)
    async with archive.writing() as tx:
        long = bag(room, end=T0 + 90 * HOUR, document=paper, low_c=3.0, high_c=7.0)
        assert (await evidence.enter(tx, long, NURSE)).end == T0 + 90 * HOUR


def test_how_long_anybody_vouches_is_dated_and_says_where_it_comes_from():
    limit = carried.at(T0)
    assert (limit.most_hours, limit.certainty) == (48, "known")
    assert limit.source
    assert carried.at(0) == limit


# ── Doses given ──


async def test_counts_are_taken_in_once_corrected_and_taken_back(archive: Archive, room: int):
    async with archive.writing() as tx:
        assert await given.put(tx, [counted(), counted(given_on="2026-07-04", doses=2)], NURSE) == 2
        assert await given.put(tx, [counted()], NURSE) == 0
        assert await given.put(tx, [counted(doses=5)], NURSE) == 1
    async with archive.reading() as tx:
        found = await given.of_lots(tx, ["HepB-A1"])
        assert [(each.given_on, each.doses) for each in found] == [("2026-07-03", 5), ("2026-07-04", 2)]
        assert len(await given.of_lots(tx, ["HepB-A1"], "2026-07-04")) == 1
    async with archive.writing() as tx:
        await given.withdraw(tx, found[0].id, NURSE)
        assert len(await given.of_lots(tx, ["HepB-A1"])) == 1
        assert await given.put(tx, [counted(doses=5)], NURSE) == 1  # it counts again
        assert len(await given.of_lots(tx, ["HepB-A1"])) == 2


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(("wrong", "field"), [
    ({"doses": 0}, "doses"), ({"doses": -3}, "doses"), ({"doses": 2**40}, "doses"), ({"given_on": "3.7.2026"}, "given_on"),
    ({"given_on": "20260703"}, "given_on"), ({"given_on": "2036-01-01"}, "given_on"), ({"lot": "nope"}, "lot"),
    ({"facility": "nope"}, "facility"), ({"source": " "}, "source"),
])  # fmt: skip
async def test_a_count_that_cannot_be_is_refused_and_its_neighbours_with_it(
    archive: Archive, room: int, wrong: dict[str, Any], field: str
):
    with pytest.raises(BadInput) as refused:
        async with archive.writing() as tx:
            await given.put(tx, [counted(given_on="2026-07-01"), counted(**wrong)], NURSE)
    assert refused.value.field == field
    async with archive.reading() as tx:
        assert await given.of_lots(tx, ["HepB-A1"]) == []


async def test_two_counts_of_the_same_are_refused(archive: Archive, room: int):
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="add their doses up"):
            await given.put(tx, [counted(), counted(doses=9)], NURSE)


async def test_doses_given_after_the_expiry_are_kept_and_marked(archive: Archive, room: int):
    late = By("nurse", T0 + 1000 * DAY)
    async with archive.writing() as tx:
        await given.put(tx, [counted(), counted(given_on="2028-11-29")], late)
        assert [each.strange for each in await given.of_lots(tx, ["HepB-A1"])] == [None, "after_expiry"]


# The small county's clinic got 100 doses of HepB-A1; the village post none that the books know.
BEYOND = [
    ([("511900012", 100)], [None]),
    ([("511900012", 1_000_000)], ["more_than_there_were"]),
    ([("511900012", 60), ("511900012", 41)], [None, "more_than_there_were"]),
    ([("511900013", 100)], [None]),  # it never had any from us, and there were so many
    ([("511900013", 101)], ["more_than_there_were"]),
    ([("511900012", 60), ("511900013", 60)], [None, "more_than_there_were"]),
]


@pytest.mark.parametrize(("counts", "strange"), BEYOND)
async def test_more_doses_given_than_there_were_are_told(
    archive: Archive, fridge: int, counts: list[tuple[str, int]], strange: list[str | None]
):
    days = [f"2026-07-0{n + 2}" for n in range(len(counts))]
    new = [counted(facility=code, doses=n, given_on=day) for (code, n), day in zip(counts, days, strict=True)]
    async with archive.writing() as tx:
        await given.put(tx, new, NURSE)
        assert [each.strange for each in await given.of_lots(tx, ["HepB-A1"])] == strange


async def test_what_two_systems_count_may_be_the_same_doses(archive: Archive, fridge: int):
    both = [counted(facility="511900012", doses=60, source=source) for source in ("one", "other")]
    async with archive.writing() as tx:
        await given.put(tx, both, NURSE)
        assert [each.strange for each in await given.of_lots(tx, ["HepB-A1"])] == [None, None]
