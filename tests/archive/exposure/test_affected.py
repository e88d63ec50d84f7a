"""Which doses are concerned, where they are now, who gave some: by hand-made stories and against counting each dose."""

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from coldchain.admin import exposure as words
from coldchain.archive import equipment, lots
from coldchain.archive.db import Archive
from coldchain.archive.equipment import Equipment, EquipmentType, NewCompartment, Purpose
from coldchain.archive.exposure import affected, given
from coldchain.archive.exposure.flow import Went, follow
from coldchain.archive.exposure.given import NewGiven
from coldchain.archive.lots import NewMovement, Reason
from coldchain.errors import BadInput
from coldchain.excursion import LotsKnown
from coldchain.settings import ArchiveSettings
from tests.archive.cast import a_case, keep
from tests.archive.exposure.test_evidence import NURSE
from tests.archive.small import HOUR, T0, compartment_of, fill
from tests.archive.test_admin import run

LOT = "HepB-A1"  # 100 doses came at T0, 30 went out at T0 + 1 h


async def moved(
    archive: Archive, at: float, doses: int, reason: Reason, source: int | None, target: int | None = None
) -> None:
    new = NewMovement(lot=LOT, at=T0 + round(at * HOUR), doses=doses, reason=reason, source=source, target=target)
    async with archive.writing() as tx:
        await lots.move(tx, new, NURSE)


@pytest.fixture
async def rooms(archive: Archive) -> tuple[int, int]:
    """The clinic's refrigerator, and one at the village post."""
    await fill(archive)
    unit = Equipment(
        code="P1", facility="511900013", name_zh="村冰箱", name_en="post", short_zh="村", type=EquipmentType.ILR
    )
    cold = NewCompartment(
        equipment="P1", name="cold", name_zh="冷藏", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with archive.writing() as tx:
        await equipment.put_equipment(tx, [unit], NURSE)
        await equipment.put_compartments(tx, [cold], NURSE)
        post = (await equipment.compartment(tx, "P1", "cold")).id
    return await compartment_of(archive, "cold"), post


async def test_doses_are_followed_to_where_they_are_and_who_sent_some_out(archive: Archive, rooms: tuple[int, int]):
    here, post = rooms
    await keep(archive, a_case(compartment=here))  # from T0 + 1 h to T0 + 2 h; 70 doses were there
    await moved(archive, 3, 40, Reason.MOVED, here, post)
    await moved(archive, 4, 10, Reason.ISSUED, post)
    await moved(archive, 5, 5, Reason.ISSUED, post)
    await moved(archive, 6, 3, Reason.DISPOSED, here)
    async with archive.reading() as tx:
        found = await affected.by_excursion(tx, "c1")
    assert (found.excursion, found.known, found.compartment) == ("c1", LotsKnown.COMPARTMENT, here)
    [lot] = found.lots
    assert (lot.lot, lot.number, lot.doses, lot.out_ms) == (LOT, "A1(01)", 70, HOUR)
    assert [(p.facility, p.doses, p.concerned) for p in lot.now] == [("511900012", 27, 27), ("511900013", 25, 25)]
    assert [(i.facility, i.reason, i.doses, i.concerned, i.first, i.last) for i in lot.issued] == [
        ("511900012", "disposed", 3, 3, T0 + 6 * HOUR, T0 + 6 * HOUR),
        ("511900012", "issued", 30, 30, T0 + HOUR, T0 + HOUR),
        ("511900013", "issued", 15, 15, T0 + 4 * HOUR, T0 + 5 * HOUR),
    ]


async def test_doses_that_came_later_are_not_meant(archive: Archive, rooms: tuple[int, int]):
    here, post = rooms
    await keep(archive, a_case(compartment=here))
    await moved(archive, 30, 50, Reason.RECEIVED, None, here)
    await moved(archive, 31, 500, Reason.RECEIVED, None, post)
    async with archive.reading() as tx:
        [lot] = (await affected.by_excursion(tx, "c1")).lots
    assert [(p.facility, p.doses, p.concerned) for p in lot.now] == [("511900012", 120, 70)]


async def test_doses_given_out_of_our_sight_are_named(archive: Archive, rooms: tuple[int, int]):
    await keep(archive, a_case(compartment=rooms[0]))
    counts = [
        NewGiven(lot=LOT, facility=code, given_on=day, doses=2, source="platform")
        for code, day in (("511900012", "2026-07-02"), ("511900013", "2026-07-03"), ("511900013", "2026-06-20"))
    ]
    async with archive.writing() as tx:
        await given.put(tx, counts, NURSE)
    async with archive.reading() as tx:
        [lot] = (await affected.by_excursion(tx, "c1")).lots
    assert [(each.facility, each.given_on, each.facility in lot.seen) for each in lot.given] == [
        ("511900012", "2026-07-02", True),
        ("511900013", "2026-07-03", False),
    ]


async def test_a_window_tells_what_was_there_whether_or_not_it_was_judged(archive: Archive, rooms: tuple[int, int]):
    here, post = rooms
    async with archive.reading() as tx:
        found = await affected.by_window(tx, here, T0 + 2 * HOUR, T0 + 3 * HOUR)
        assert (found.known, [(lot.lot, lot.doses, lot.out_ms) for lot in found.lots]) == (
            LotsKnown.COMPARTMENT,
            [(LOT, 70, None)],
        )
        assert (await affected.by_window(tx, here, T0 - HOUR, T0 - 1)).lots == ()
        assert (await affected.by_window(tx, post, T0, T0 + HOUR)).known is LotsKnown.NO


async def test_where_nobody_enters_movements_the_facility_is_all_that_is_known(
    archive: Archive, rooms: tuple[int, int]
):
    frozen = await compartment_of(archive, "frozen")
    async with archive.reading() as tx:
        found = await affected.by_window(tx, frozen, T0 + 2 * HOUR, T0 + 3 * HOUR)
    assert (found.known, [lot.lot for lot in found.lots]) == (LotsKnown.FACILITY, [LOT])
    assert [(p.doses, p.concerned) for p in found.lots[0].now] == [(70, 70)]


async def test_what_is_not_there_is_refused(archive: Archive, rooms: tuple[int, int]):
    async with archive.reading() as tx:
        with pytest.raises(BadInput, match="not in the archive"):
            await affected.by_excursion(tx, "nope")
        with pytest.raises(BadInput, match="no compartment"):
            await affected.by_window(tx, 999, T0, T0 + 1)
        with pytest.raises(BadInput, match="not after"):
            await affected.by_window(tx, rooms[0], T0, T0)


async def test_an_excursion_without_lots_concerns_none(archive: Archive, rooms: tuple[int, int]):
    await keep(archive, a_case(lots=(), lots_known=LotsKnown.NO))
    async with archive.reading() as tx:
        assert (await affected.by_excursion(tx, "c1")).lots == ()


# ── What follow knows ──


def test_doses_that_come_back_unopened_may_be_those_that_were_issued() -> None:
    issued, back = Went(5, 1, None, 30, "issued"), Went(9, None, 1, 10, "returned")
    flow = follow({1: 80}, [issued, back], {1}, 1, {1: "A", 2: "B"})
    assert flow.now == {1: (80, 80)}
    assert [(each.doses, each.meant) for each in flow.left] == [(30, 30)]
    elsewhere = follow({1: 70, 2: 10}, [issued, back._replace(target=2)], {1}, 1, {1: "A", 2: "B"})
    assert elsewhere.now == {1: (70, 70)}


def test_what_is_received_or_came_back_before_it_was_issued_is_not_meant() -> None:
    flow = follow({1: 90}, [Went(5, 1, None, 30, "issued"), Went(9, None, 1, 20, "received")], {1}, 1)
    assert flow.now == {1: (90, 70)}


def test_doses_that_passed_through_in_one_instant_are_followed_in_whatever_order_they_were_entered() -> None:
    steps = [Went(5, 2, 3, 10, "moved"), Went(5, 1, 2, 10, "moved")]
    for its in (steps, steps[::-1]):
        assert follow({2: 10, 3: 10}, its, {1}, 1).now == {2: (10, 10), 3: (10, 10)}


def test_doses_that_changed_places_in_one_instant_are_followed_too() -> None:
    flow = follow({1: 10, 2: 10}, [Went(5, 1, 2, 10, "moved"), Went(5, 2, 1, 10, "moved")], {1}, 1)
    assert flow.now[2] == (10, 10)


# ── Against counting each dose ──


@st.composite
def histories(draw: st.DrawFn) -> list[Went]:
    """Movements between three places and outside; nothing leaves that is not there."""
    levels = {1: 0, 2: 0, 3: 0}
    steps = []
    for at in range(draw(st.integers(0, 12))):
        source = draw(st.sampled_from([None, *(place for place, level in levels.items() if level)]))
        target = draw(st.sampled_from([place for place in (1, 2, 3, None) if place != source and (place or source)]))
        doses = draw(st.integers(1, 9 if source is None else levels[source]))
        for place, change in ((source, -doses), (target, doses)):
            if place is not None:
                levels[place] += change
        steps.append(Went(at, source, target, doses, "moved"))
    return steps


class Shelves:
    """Each dose by itself, picked at random when some are taken."""

    def __init__(self, picking: Random) -> None:
        self.on: dict[int | None, list[int]] = {1: [], 2: [], 3: [], None: []}
        self.picking = picking
        self.number = 0

    def move(self, step: Went) -> None:
        if step.source is None:
            taken = list(range(self.number, self.number + step.doses))
            self.number += step.doses
        else:
            taken = self.picking.sample(self.on[step.source], step.doses)
            self.on[step.source] = [dose for dose in self.on[step.source] if dose not in taken]
        self.on[step.target] += taken

    def of(self, places: Iterable[int]) -> set[int]:
        return {dose for place in places for dose in self.on[place]}


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@hypothesis_given(
    histories(), st.integers(0, 12), st.integers(1, 4), st.sets(st.sampled_from([1, 2, 3]), min_size=1), st.randoms()
)
def test_however_doses_are_picked_never_more_are_somewhere_than_it_says(
    steps: list[Went], start: int, length: int, places: set[int], picking: Random
):
    shelves, since = Shelves(picking), [step for step in steps if step.at >= start]
    for step in steps[: len(steps) - len(since)]:
        shelves.move(step)
    meant = shelves.of(places)
    for step in since:
        shelves.move(step)
        meant |= shelves.of(places) if step.at < start + length else set()
    now = {place: len(shelves.on[place]) for place in (1, 2, 3) if shelves.on[place]}
    flow = follow(now, since, places, start + length)
    for place in (1, 2, 3):
        level, most = flow.now.get(place, (len(shelves.on[place]), 0))
        assert level == len(shelves.on[place])
        assert len(meant & shelves.of([place])) <= most <= level
    assert len(meant & set(shelves.on[None])) <= sum(each.meant for each in flow.left)


# ── The words ──


async def test_the_word_affected_says_which_doses_where(
    archive: Archive, settings: ArchiveSettings, rooms: tuple[int, int]
):
    await keep(archive, a_case(compartment=rooms[0]))
    answer = json.loads(run(words.affected, settings, "c1", "--json").stdout)
    assert [(lot["lot"], lot["doses"]) for lot in answer["lots"]] == [(LOT, 70)]
    assert answer["lots"][0]["now"][0]["concerned"] == 70
    said = run(words.affected, settings, "c1").stdout
    assert "HepB A1(01)" in said
    assert "511900012 511900012-BX1/cold: 70 of 70" in said


async def test_the_word_given_takes_counts_from_a_file(
    archive: Archive, settings: ArchiveSettings, rooms: tuple[int, int], tmp_path: Path
):
    file = tmp_path / "given.csv"
    file.write_text(
        f"lot,facility,given_on,doses,source\n{LOT},511900013,2026-07-03,4,platform\n", encoding="utf-8-sig"
    )
    assert json.loads(run(words.given, settings, "import", str(file), "--json").stdout) == {"rows": 1, "changed": 1}
    [row] = json.loads(run(words.given, settings, "list", LOT, "--json").stdout)["items"]
    assert (row["facility"], row["doses"], row["strange"]) == ("511900013", 4, None)
    run(words.given, settings, "withdraw", str(row["id"]))
    assert json.loads(run(words.given, settings, "list", LOT, "--json").stdout) == {"items": []}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(("text", "field"), [
    ("lot,facility\nx,y\n", "given"),
    ("lot,facility,given_on,doses,source\nHepB-A1,511900013,2026-07-03,-4,p\n", "line 2: doses"),
])  # fmt: skip
async def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    archive: Archive, settings: ArchiveSettings, tmp_path: Path, text: str, field: str
):
    file = tmp_path / "given.csv"
    file.write_text(text)
    refused = run(words.given, settings, "import", str(file)).exception
    assert isinstance(refused, BadInput)
    assert refused.field == field
