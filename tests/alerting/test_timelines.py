"""Timelines of many channels at once: each is what it is when read alone, and all together take the same few questions."""

from collections.abc import Iterable, Sequence

import pytest

from alerting.excursion.rules import load_packs
from alerting.timelines import Timeline, Timelines
from coldchain.archive import equipment, probes, rows, rule_choices, uses
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import Equipment, EquipmentType, NewAssignment, NewCompartment, Purpose
from coldchain.archive.facilities import days
from coldchain.archive.probes import NewBuffer
from coldchain.archive.rule_choices import NewChoice
from coldchain.archive.upkeep import life
from coldchain.archive.upkeep.words import Status
from coldchain.archive.uses import NewUse
from coldchain.errors import BadInput
from tests.alerting.cast import BY, HOUR, MAINS, MINUTE, PROBE, SINCE, T0, Clinic, stock
from tests.parts.questions import questions

both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
CLINIC = "511900012000"
MOVED, BUFFERED, SPARE, TURNED, NOWHERE = (f"gw-2/28ff{n}/temperature" for n in range(5))
REFUSED = "gw-2/no/such thing"
ALL = (PROBE, MAINS, MOVED, BUFFERED, SPARE, TURNED, NOWHERE, REFUSED)
CHANGES = T0 + HOUR  # what is to change
NOW = T0 + 30 * MINUTE


async def stand(tx: Tx, code: str, *rooms: str) -> list[int]:
    """Another refrigerator, with compartments for vaccine."""
    card = Equipment(code=code, facility=CLINIC, name_zh="冰箱", name_en=code, short_zh=code, type=EquipmentType.ILR)
    await equipment.put_equipment(tx, [card], BY)
    new = [
        NewCompartment(
            equipment=code, name=name, name_zh="冷藏室", name_en=name, purpose=Purpose.VACCINE, profile="2-8"
        )
        for name in rooms
    ]
    await equipment.put_compartments(tx, new, BY)
    return [(await equipment.compartment(tx, code, name)).id for name in rooms]


async def hang(tx: Tx, channel: str, code: str, room: str, start: int = SINCE) -> None:
    new = NewAssignment(channel=channel, equipment=code, compartment=room, start=start)
    await equipment.assign(tx, new, BY)


async def choose(tx: Tx, pack: str, *, end: int | None = None, **where: object) -> None:
    new = {"pack": pack, "start": T0 + 2 * MINUTE, "end": end} | where
    await rule_choices.choose(tx, NewChoice(**new), BY)  # type: ignore[arg-type]  # fields by name


async def furnish(clinic: Clinic) -> None:
    """Two more refrigerators and all that can be said of them; each fact is one channel's, or the whole clinic's."""
    async with clinic.archive.writing() as tx:
        await stand(tx, "F2", "cold", "warm")
        await stand(tx, "F3", "cold")
        await hang(tx, MOVED, "F1", "cold")
        await hang(tx, MOVED, "F2", "cold", T0)
        await hang(tx, MOVED, "F3", "cold", CHANGES)
        await hang(tx, BUFFERED, "F2", "cold")
        await hang(tx, SPARE, "F3", "cold")
        await hang(tx, TURNED, "F2", "warm")
        buffer = NewBuffer(channel=BUFFERED, tau_s=900, source="paper", approved_by="Ada", start=SINCE, end=CHANGES)
        await probes.approve_buffer(tx, buffer, BY)
        await choose(tx, "who-pqs", equipment="F2", end=CHANGES)
        await choose(tx, "cdc-vfc", facility=CLINIC)
        await stock(tx, clinic.compartment, at=T0 + 3 * MINUTE)
        await choose(tx, "watch", vaccine="HepB")
        await choose(tx, "freezer", compartment=(await equipment.compartment(tx, "F2", "warm")).id)
    async with clinic.archive.writing() as tx:
        by = By("county", T0 + 5 * MINUTE)
        room = await equipment.compartment(tx, "F2", "warm")
        await uses.turn(tx, NewUse(compartment=room.id, purpose=Purpose.ICE_PACKS, profile="frozen"), by)
        await life.set_status(tx, "F3", life.Turn(Status.SPARE, days.day_of(T0), "备用"), by)


def fresh() -> Timelines:
    timelines = Timelines(load_packs(), ["cn-2017", "watch"])
    timelines.reach(NOW)
    return timelines


async def alone(archive: Archive, channels: Iterable[str]) -> Timelines:
    """Each read by itself."""
    timelines = fresh()
    for channel in channels:
        async with archive.reading() as tx:
            await timelines.read(tx, [channel])
    return timelines


async def together(archive: Archive, channels: Sequence[str]) -> Timelines:
    timelines = fresh()
    async with archive.reading() as tx:
        await timelines.read(tx, channels)
    return timelines


def places(timeline: Timeline) -> list[tuple[str | None, str, int | None, tuple[str, ...] | None]]:
    """Where it measured, what the place was for, its buffer and packs, one after the other."""
    its = [(stay.place, stay.packs) for stay in timeline.stays]
    return [(place.equipment, place.purpose, place.buffer_ms, packs) for place, packs in its]


@both
async def test_many_channels_at_once_are_each_what_they_are_alone(clinic: Clinic):
    await furnish(clinic)
    one_by_one, at_once = await alone(clinic.archive, ALL), await together(clinic.archive, ALL)
    for channel in ALL:
        assert at_once[channel] == one_by_one[channel], channel
    assert at_once.stretches(ALL) == one_by_one.stretches(ALL)
    assert at_once.stretches(ALL).keys() == set(ALL)


async def test_what_was_said_of_a_place_holds_for_the_channels_that_hang_there_and_no_others(clinic: Clinic):
    await furnish(clinic)
    timelines, own = await together(clinic.archive, ALL), ("cn-2017", "watch")
    of_f2 = [("F2", "vaccine", None, own), ("F2", "vaccine", None, ("who-pqs", "watch"))]
    assert places(timelines[MOVED]) == [("F1", "vaccine", None, own), *of_f2]
    assert places(timelines[BUFFERED]) == [(code, use, 900_000, packs) for code, use, _, packs in of_f2]
    assert [purpose for _, purpose, _, _ in places(timelines[SPARE])] == ["vaccine", "vaccine", "empty"]
    assert [(purpose, packs) for _, purpose, _, packs in places(timelines[TURNED])] == [
        ("vaccine", own),
        ("vaccine", ("freezer", "watch")),
        ("ice_packs", ("freezer", "watch")),
    ]
    assert timelines[NOWHERE] == timelines[REFUSED] == Timeline((), ())


@both
async def test_what_is_to_change_is_remembered_of_each_channel(clinic: Clinic):
    await furnish(clinic)
    one_by_one, at_once = await alone(clinic.archive, ALL), await together(clinic.archive, ALL)
    later = at_once.reach(CHANGES)
    assert later == {MOVED: CHANGES, BUFFERED: CHANGES}
    assert later == one_by_one.reach(CHANGES)
    async with clinic.archive.reading() as tx:
        await at_once.read(tx, ALL)
    assert [stay.place.equipment for stay in at_once[MOVED].stays][-1] == "F3"
    assert {stay.place.buffer_ms for stay in at_once[BUFFERED].stays if stay.start >= CHANGES} == {None}


async def test_only_what_was_forgotten_is_read_again(clinic: Clinic):
    await furnish(clinic)
    timelines = await together(clinic.archive, ALL)
    kept = timelines[MOVED]
    async with clinic.archive.writing() as tx:
        await equipment.unassign(tx, BUFFERED, NOW, By("county", NOW))
    timelines.forget(BUFFERED)
    async with clinic.archive.reading() as tx:
        await timelines.read(tx, ALL)
    assert timelines[MOVED] is kept
    assert timelines[BUFFERED].stays[-1].end == NOW


async def test_however_many_channels_they_take_the_same_few_questions(clinic: Clinic):
    await furnish(clinic)
    with questions(clinic.archive._readers.sync_engine) as of_two:
        await together(clinic.archive, [MOVED, BUFFERED])
    with questions(clinic.archive._readers.sync_engine) as of_all:
        timelines = await together(clinic.archive, ALL)
    assert len(of_all) == len(of_two)
    with questions(clinic.archive._readers.sync_engine) as again:
        async with clinic.archive.reading() as tx:
            await timelines.read(tx, ALL)
    assert again == []


@both
async def test_more_than_one_question_may_name_are_asked_in_several(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    await furnish(clinic)
    at_once = await together(clinic.archive, ALL)
    monkeypatch.setattr(rows, "AT_ONCE", 2)
    in_batches = await together(clinic.archive, ALL)
    assert [in_batches[channel] for channel in ALL] == [at_once[channel] for channel in ALL]


@both
async def test_as_many_as_one_question_may_name_are_answered(archive: Archive):
    async with archive.reading() as tx:
        names = [f"gw-{n}/28ff/temperature" for n in range(rows.AT_ONCE + 1)]
        assert (await probes.buffers_of(tx, names)).keys() == set(names)
        many = [(name, n) for n, name in enumerate(names)]
        assert set(map(tuple, (await rule_choices.choices_for(tx, many)).values())) == {()}


async def test_a_compartment_or_piece_that_does_not_exist_is_refused_by_name(clinic: Clinic):
    async with clinic.archive.reading() as tx:
        with pytest.raises(BadInput, match="there is no compartment 99"):
            await uses.of_each(tx, [clinic.compartment, 99])
        with pytest.raises(BadInput, match="'F9' is not in the archive"):
            await life.in_force(tx, ["F1", "F9"])


def test_batches_name_each_key_once_in_the_order_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "AT_ONCE", 2)
    assert list(rows.in_batches("abcab")) == [["a", "b"], ["c"]]
    assert list(rows.in_batches([])) == []
