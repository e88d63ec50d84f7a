"""Statuses and places from day to day: which may follow which, never with vaccine inside, and nothing is forgotten."""

import pytest

from coldchain import clock
from coldchain.archive import chains, db, doubtful, equipment, lots
from coldchain.archive.db import Archive
from coldchain.archive.equipment import NewCompartment, Purpose
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.upkeep import cards, life
from coldchain.archive.upkeep.life import Relocation, Turn
from coldchain.archive.upkeep.words import ARROWS, EMPTY, Status
from coldchain.errors import BadInput, Stale
from coldchain.settings import ArchiveSettings
from tests.archive import journal
from tests.archive.small import HOUR, PROBE, T0, fill
from tests.archive.upkeep.cast import (
    CHIEF,
    DAY,
    FRIDGE,
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

IMPOSSIBLE = [(now, then) for now in Status for then in Status if then not in ARROWS[now] | {now}]


async def move(archive: Archive, to: str = POST, on: str = TODAY, seen: str | None = None) -> life.PlaceSpan:
    async with archive.writing() as tx:
        return await life.move(tx, FRIDGE, Relocation(to, on, "allotted anew"), CHIEF, seen)


async def test_a_piece_that_never_changed_has_been_what_its_card_says(archive: Archive):
    await fill(archive)
    assert await spans(archive) == [("normal", "2021-03-01", None)]


async def test_one_status_ends_where_the_next_begins(archive: Archive):
    await fill(archive)
    paper = await a_document(archive)
    await turn(archive, Status.REPAIR, "2026-07-10")
    await turn(archive, Status.NORMAL, "2026-07-10", document=paper)
    await turn(archive, Status.REPAIR, TODAY)
    assert await spans(archive) == [
        ("normal", "2021-03-01", "2026-07-10"),
        ("repair", "2026-07-10", "2026-07-10"),
        ("normal", "2026-07-10", TODAY),
        ("repair", TODAY, None),
    ]
    async with archive.reading() as tx:
        [_, _, mended, _] = await life.statuses(tx, FRIDGE)
        assert (mended.document, mended.reason, mended.by) == (paper, "because", CHIEF.actor)
        assert await chains.unseen(tx) == []


@pytest.mark.parametrize(("now", "then"), IMPOSSIBLE)
def test_an_arrow_that_cannot_be_is_refused(now: Status, then: Status):
    with pytest.raises(BadInput, match=f"status: what is {now} does not become {then}"):
        life._check_arrow(now, then)


async def test_what_is_scrapped_stays_so(archive: Archive):
    await fill(archive)
    await take_out(archive)
    await turn(archive, Status.SCRAPPED)
    assert (await card(archive)).scrapped_on == TODAY
    with pytest.raises(BadInput, match="does not become normal; it may become nothing: enter the new piece"):
        await turn(archive, Status.NORMAL)
    with pytest.raises(BadInput, match="it is scrapped already"):
        await turn(archive, Status.SCRAPPED)


@pytest.mark.parametrize("status", sorted(EMPTY))
async def test_nothing_is_put_away_while_doses_are_recorded_inside(archive: Archive, status: Status):
    await fill(archive)
    with pytest.raises(BadInput, match=r"holds 70 doses of A1\(01\) in cold; move or dispose of them first") as refused:
        await turn(archive, status)
    assert refused.value.field == "equipment"
    await take_out(archive)
    assert (await turn(archive, status)).status is status


async def test_what_is_to_be_repaired_may_hold_doses_for_an_hour_more(archive: Archive):
    await fill(archive)
    assert (await turn(archive, Status.REPAIR)).status is Status.REPAIR


async def test_a_day_on_which_doses_were_still_inside_is_refused_though_they_have_left_since(archive: Archive):
    await fill(archive)
    await take_out(archive)
    with pytest.raises(BadInput, match="holds 100 doses"):
        await turn(archive, Status.SPARE, "2026-06-29")


@pytest.mark.parametrize(
    ("field", "on", "why"),
    [
        ("on", "2026-08-02", "is still to come"),
        ("on", "yesterday", "is no date"),
        ("on", "2021-02-28", "is before its use began, 2021-03-01"),
        ("on", "1921-02-28", "correct the year"),
    ],
)
async def test_a_day_that_cannot_be_is_refused(archive: Archive, field: str, on: str, why: str):
    await fill(archive)
    await take_out(archive)
    with pytest.raises(BadInput, match=why) as refused:
        await turn(archive, Status.SCRAPPED, on)
    assert refused.value.field == field


async def test_history_is_not_written_before_its_last_change(archive: Archive):
    await fill(archive)
    await turn(archive, Status.REPAIR)
    with pytest.raises(BadInput, match=f"{YESTERDAY} is before the last change, {TODAY}"):
        await turn(archive, Status.NORMAL, YESTERDAY)


async def test_a_status_without_a_reason_or_with_a_paper_nobody_sent_is_refused(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="reason: nobody says why"):
            await life.set_status(tx, FRIDGE, Turn(Status.REPAIR, TODAY, "  "), CHIEF)
    with pytest.raises(BadInput, match="document: there is no document"):
        await turn(archive, Status.REPAIR, document="0" * 64)


async def test_unknown_equipment_has_no_life(archive: Archive):
    with pytest.raises(BadInput, match="'nowhere' is not in the archive"):
        await turn(archive, Status.REPAIR, code="nowhere")


async def test_a_status_set_on_an_old_look_is_stale(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        with pytest.raises(Stale):
            await life.set_status(tx, FRIDGE, Turn(Status.REPAIR, TODAY, "w"), CHIEF, seen="0" * 16)


async def test_no_probe_of_ours_hangs_in_what_is_gone(archive: Archive):
    await fill(archive)
    await take_out(archive)
    before = await journal.last(archive)
    await turn(archive, Status.SCRAPPED)
    async with archive.reading() as tx:
        ends = [each.end for each in await equipment.assignments_touching(tx, FRIDGE)]
    assert ends == [NOW, NOW]
    assert (PROBE, NOW, None) in await journal.told(archive, before, "assignment")


async def test_it_stands_elsewhere_from_a_day_on_and_is_judged_again(archive: Archive):
    await fill(archive)
    await take_out(archive)
    before = await journal.last(archive)
    await move(archive)
    async with archive.reading() as tx:
        found = [(each.facility, each.since, each.until) for each in await life.places(tx, FRIDGE)]
        assert await chains.unseen(tx) == []
    assert found == [("511900012", "2021-03-01", TODAY), (POST, TODAY, None)]
    assert (await card(archive)).facility == POST
    assert (PROBE, T0, None) in await journal.told(archive, before, "equipment")


async def test_a_county_file_that_says_another_place_moves_it(archive: Archive):
    await fill(archive)
    await put(archive, piece())
    assert await put(archive, piece(facility=POST)) == 1
    async with archive.reading() as tx:
        assert [each.facility for each in await life.places(tx, "E2")] == ["511900012", POST]


async def test_it_is_not_carried_off_with_doses_inside_nor_to_where_it_stands_nor_to_nowhere(archive: Archive):
    await fill(archive)
    for to, why in ((POST, "moved to 511900013"), ("511900012", "stands at 511900012 already"), ("X", "'X' is not in")):
        with pytest.raises(BadInput, match=why):
            await move(archive, to)


async def test_what_is_scrapped_goes_nowhere(archive: Archive):
    await fill(archive)
    await take_out(archive)
    await turn(archive, Status.SCRAPPED)
    with pytest.raises(BadInput, match="is scrapped; what is scrapped goes nowhere"):
        await move(archive)


async def test_the_status_of_a_day_that_is_past_is_known(archive: Archive):
    await fill(archive)
    await put(archive, piece("NEW", arrived_on="2026-07-15"))
    await turn(archive, Status.REPAIR, "2026-07-10")
    await turn(archive, Status.NORMAL, "2026-07-20")
    async with archive.reading() as tx:
        rows = await cards.cards(tx, None)
        found = [await life.status_on(tx, day, rows) for day in ("2026-07-01", "2026-07-10", "2026-07-20")]
    assert found == [{FRIDGE: "normal"}, {FRIDGE: "repair"}, {FRIDGE: "normal", "NEW": "normal"}]


async def test_doses_in_every_compartment_are_named(archive: Archive):
    await fill(archive)
    room = NewCompartment(
        equipment=FRIDGE, name="door", name_zh="门", name_en="door", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with archive.writing() as tx:
        await equipment.put_compartments(tx, [room], CHIEF)
        number = (await equipment.compartment(tx, FRIDGE, "door")).id
        carried = NewMovement(lot="HepB-A1", at=T0 + 2 * HOUR, doses=5, reason=Reason.MOVED, source=1, target=number)
        await lots.move(tx, carried, CHIEF)
    async with archive.reading() as tx:
        found = [(each.compartment, each.doses) for each in await life.inside(tx, FRIDGE, T0 + DAY)]
    assert found == [("cold", 65), ("door", 5)]


async def judged(archive: Archive, code: str = FRIDGE) -> list[tuple[Status, int, int | None]]:
    async with archive.reading() as tx:
        return [(each.status, each.start, each.end) for each in (await life.in_force(tx, [code]))[code]]


async def test_readings_are_judged_by_a_status_from_when_it_was_entered_whatever_its_day(archive: Archive):
    await fill(archive)
    assert await judged(archive) == [(Status.NORMAL, doubtful.EVER, None)]
    await turn(archive, Status.REPAIR, YESTERDAY)
    assert await judged(archive) == [(Status.NORMAL, doubtful.EVER, NOW), (Status.REPAIR, NOW, None)]


async def test_what_stood_in_an_older_archive_judges_from_the_migration_on(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    await put(archive, piece("E8", status=Status.SPARE))
    await turn(archive, Status.REPAIR, YESTERDAY)
    url, began = settings.url.get_secret_value(), clock.now()
    await db.migrate(url, "0025")
    await db.migrate(url)
    [(status, start, end)] = await judged(archive)
    assert (status, start >= began, end) == (Status.REPAIR, True, None)
    assert await judged(archive, "E8") == [(Status.SPARE, start, None)]
    assert await spans(archive, "E8") == [("spare", None, None)]
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []
