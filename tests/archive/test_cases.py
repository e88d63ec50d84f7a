"""Cases, their revisions, and the holds that follow from them."""

from sqlalchemy import select

from coldchain.archive import cases, holds
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive, Tx
from coldchain.archive.holds import Hold
from coldchain.archive.tables import ExcursionRevision
from coldchain.excursion import Case, CaseState, Kind, LotShare, LotsKnown, Severity
from tests.archive.cast import FACTS, a_case, keep
from tests.archive.small import HOUR, T0, fill

CLINIC, FRIDGE, LOT = "511900012", "511900012-BX1", "HepB-A1"


def shares(doses: int) -> tuple[LotShare, ...]:
    return (LotShare(LOT, "HepB", doses, HOUR),)


async def follow(archive: Archive, *written: Case, at: int = T0 + 9 * HOUR) -> list[Hold]:
    await keep(archive, *written)
    async with archive.writing() as tx:
        await holds.follow(tx, written, at)
    async with archive.reading() as tx:
        return await holds.of_lot(tx, LOT)


def said(found: list[Hold]) -> list[tuple[int, str | None]]:
    return [(each.doses, each.lifted_why) for each in found]


async def test_a_case_comes_back_as_it_was_kept(archive: Archive):
    await fill(archive)
    await keep(archive, a_case())
    async with archive.reading() as tx:
        assert await cases.case(tx, "c1") == a_case()
        [revision] = await cases.revisions(tx, "c1")
    assert (revision.explained, revision.product_mc) == (FACTS.explained, FACTS.product_mc)
    assert (revision.is_held, revision.waits_at_night) == (True, True)


async def test_a_case_that_merely_goes_on_says_more_without_another_revision(archive: Archive):
    await fill(archive)
    await keep(archive, a_case())
    await keep(archive, a_case(last_bad=T0 + 3 * HOUR), is_history=False)
    async with archive.reading() as tx:
        assert (await cases.case(tx, "c1")).facts.last_bad == T0 + 3 * HOUR
        assert [row.last_bad for row in await tx.scalars(select(ExcursionRevision))] == [T0 + 2 * HOUR]


async def test_a_held_case_holds_its_lots_where_they_were(archive: Archive):
    await fill(archive)
    [hold] = await follow(archive, a_case())
    assert (hold.excursion, hold.facility, hold.compartment, hold.doses) == ("c1", CLINIC, 1, 70)
    assert (hold.since, hold.lifted_at) == (T0 + HOUR, None)
    async with archive.reading() as tx:
        assert await holds.of_case(tx, "c1") == [hold]
        assert await holds.open(tx, None) == await holds.open(tx, frozenset([CLINIC])) == [hold]
        assert await holds.open(tx, frozenset(["511900013"])) == []


async def test_lots_that_are_known_only_at_the_facility_are_held_wherever_they_are_there(archive: Archive):
    await fill(archive)
    [hold] = await follow(archive, a_case(lots_known=LotsKnown.FACILITY))
    assert (hold.facility, hold.compartment) == (CLINIC, None)


async def test_held_doses_only_ever_grow(archive: Archive):
    await fill(archive)
    for revision, (doses, most) in enumerate(((40, 40), (70, 70), (50, 70)), 1):
        held = await follow(archive, a_case(revision=revision, lots=shares(doses)))
        assert sum(hold.doses for hold in held) == most
    assert {hold.lifted_why for hold in await follow(archive, a_case(revision=4, is_held=False))} == {None}


async def test_no_more_is_held_than_is_there_and_the_rest_is_told_by_the_movement_that_took_it(archive: Archive):
    await fill(archive)  # 100 came, 30 were issued when it had become warm
    gone, held = await follow(archive, a_case(lots=shares(100), first_bad=T0 + HOUR - 1))
    assert said([gone, held]) == [(30, "gone"), (70, None)]
    assert (gone.movement, gone.came_at, held.movement) == (2, T0 + HOUR, None)


async def test_a_case_that_holds_nothing_or_names_no_doses_holds_nothing(archive: Archive):
    await fill(archive)
    assert await follow(archive, a_case(is_held=False)) == []
    assert await follow(archive, a_case("c2", lots=shares(0)), a_case("c3", lots=())) == []


async def test_a_case_that_never_was_holds_nothing_any_more_and_its_hold_stays_in_the_book(archive: Archive):
    await fill(archive)
    await follow(archive, a_case())
    found = await follow(archive, a_case(state=CaseState.WITHDRAWN, revision=2))
    assert said(found) == [(70, "withdrawn")]
    assert found[0].lifted_at == T0 + 9 * HOUR
    async with archive.reading() as tx:
        assert await holds.open(tx, None) == []


async def test_a_case_that_came_back_is_held_anew(archive: Archive):
    await fill(archive)
    await follow(archive, a_case())
    await follow(archive, a_case(state=CaseState.WITHDRAWN, revision=2))
    found = await follow(archive, a_case(state=CaseState.CLOSED, revision=3, lots=shares(30)))
    assert said(found) == [(30, None), (70, "withdrawn")]


async def test_a_case_that_was_merged_leaves_its_doses_to_the_survivor(archive: Archive):
    await fill(archive)
    await follow(archive, a_case())
    found = await follow(archive, a_case("c0"), a_case(state=CaseState.MERGED, revision=2))
    assert said(found) == [(70, None), (70, "merged")]


async def seen_of(tx: Tx, subject: str, *times: tuple[int, int | None]) -> None:
    """Silences of a subject, each from then to then."""
    for start, end in times:
        new = NewObservation(
            kind=Kind.SILENCE, subject=subject, severity=Severity.NOTE, start=start, seen_at=start, end=end, detail={}
        )
        await cases.observe(tx, new)


async def test_the_newest_observations_of_many_subjects_are_found_at_once(archive: Archive):
    async with archive.writing() as tx:
        await seen_of(tx, "gw-1", (1, 2), (3, 4), (5, 6), (7, None))
        await seen_of(tx, "gw-2", (1, 2))
        await seen_of(tx, "gw-3", (1, 2))
        newest = await cases.newest_observations(tx, Kind.SILENCE, {"gw-1", "gw-2", "gw-9"}, 2)
        over = await cases.newest_observations(tx, Kind.SILENCE, {"gw-1"}, 2, are_over=True)
        assert await cases.newest_observations(tx, Kind.DRIFT, {"gw-1"}, 2) == {}
    assert {subject: [seen.start for seen in its] for subject, its in newest.items()} == {"gw-1": [7, 5], "gw-2": [1]}
    assert [seen.start for seen in over["gw-1"]] == [5, 3]


async def test_recent_observations_are_those_that_go_on_or_ended_lately(archive: Archive):
    async with archive.writing() as tx:
        await seen_of(tx, "gw-1", (1, 9), (20, 30), (40, None))
        await seen_of(tx, "gw-2", (2, 29))
        found = await cases.recent_observations(tx, Kind.SILENCE, 30)
    assert [(seen.subject, seen.start) for seen in found] == [("gw-1", 20), ("gw-1", 40)]
