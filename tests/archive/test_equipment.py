import pytest
from sqlalchemy import select

from coldchain.archive import chains, equipment, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.equipment import Assignment, NewAssignment
from coldchain.archive.pages import Asked
from coldchain.archive.tables import Change
from coldchain.archive.upkeep.words import GONE
from coldchain.errors import BadInput
from coldchain.reading import Quantity
from tests.archive import journal
from tests.archive.small import HOUR, NURSE, PROBE, T0, compartment_of, fill

FRIDGE = "511900012-BX1"
YEAR = 365 * 24 * HOUR


def into(compartment: str | None, start: int, **more: object) -> NewAssignment:
    values = {"channel": PROBE, "equipment": FRIDGE, "compartment": compartment, "start": start, **more}
    return NewAssignment(**values)  # type: ignore[arg-type]  # fields by name


async def assign(archive: Archive, new: NewAssignment) -> Assignment:
    async with archive.writing() as tx:
        return await equipment.assign(tx, new, By("nurse 李", T0 + HOUR, "the probe was moved"))


async def history(archive: Archive, channel: str = PROBE) -> list[tuple[int | None, int, int | None]]:
    async with archive.reading() as tx:
        return [(each.compartment, each.start, each.end) for each in await equipment.assignments_of(tx, channel)]


async def changes(archive: Archive) -> list[tuple[str, str | None, int | None, int | None]]:
    async with archive.reading() as tx:
        rows = await tx.scalars(
            select(Change).where(Change.channel == PROBE, Change.entity == "assignment").order_by(Change.id)
        )
        return [(row.entity, row.channel, row.start, row.end) for row in rows]


async def test_moving_a_probe_ends_one_assignment_and_begins_another(archive: Archive):
    await fill(archive)
    cold, frozen = [await compartment_of(archive, name) for name in ("cold", "frozen")]
    await assign(archive, into("frozen", T0 + HOUR))
    assert await history(archive) == [(cold, T0, T0 + HOUR), (frozen, T0 + HOUR, None)]


async def test_moving_a_probe_tells_alerting_from_when_its_readings_mean_something_else(archive: Archive):
    await fill(archive)
    await assign(archive, into("frozen", T0 + HOUR))
    assert await changes(archive) == [("assignment", PROBE, T0, None), ("assignment", PROBE, T0 + HOUR, None)]


async def test_moving_a_probe_is_in_the_audit_trail_with_who_and_why(archive: Archive):
    await fill(archive)
    new = await assign(archive, into("frozen", T0 + HOUR))
    async with archive.reading() as tx:
        trail = (await chains.listed(tx, Asked(), entity="assignment")).items[-2:]
    assert [(entry.action, entry.actor, entry.reason) for entry in trail] == [
        ("ended", "nurse 李", "the probe was moved"),
        ("assigned", "nurse 李", "the probe was moved"),
    ]
    assert trail[1].entity_id == str(new.id)


async def test_saying_again_what_is_so_changes_nothing(archive: Archive):
    await fill(archive)
    before = await history(archive)
    await assign(archive, into("cold", T0 + HOUR, position="中层"))
    assert await history(archive) == before


async def test_a_probe_that_measured_nothing_for_a_while_leaves_a_gap(archive: Archive):
    await fill(archive)
    cold = await compartment_of(archive, "cold")
    async with archive.writing() as tx:
        await equipment.unassign(tx, PROBE, T0 + HOUR, NURSE)
    await assign(archive, into("cold", T0 + 2 * HOUR))
    assert await history(archive) == [(cold, T0, T0 + HOUR), (cold, T0 + 2 * HOUR, None)]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (into("cold", T0 - HOUR), r"start: .* is assigned to 511900012-BX1 from 2026-07-01T00:00:00\+00:00; begin"),
        (into("frozen", T0), r"start: .* begin the new assignment after that"),
        (into("room", T0 + HOUR), r"compartment: '511900012-BX1' has none named 'room'; use one of cold, frozen"),
        (into(None, T0 + HOUR, equipment="E9"), r"equipment: 'E9' is not in the archive"),
        (into("cold", T0 + HOUR, channel="a/b"), r"channel: 'a/b' has 2 parts; write gateway/device/quantity"),
        (into("cold", T0 + HOUR, channel="a/b/warmth"), r"quantity: 'warmth' is unknown; use one of temperature"),
        (into("cold", T0 + HOUR, interval_s=0), r"interval_s: 0 is no interval"),
        (into("cold", T0 + HOUR, position="x" * 201), r"assignment.position: 201 characters"),
        (into(None, T0 + HOUR), r"compartment: .* is a temperature in no compartment of 511900012-BX1: nobody"),
        (into("frozen", T0 + 48 * HOUR), r"start: 2026-07-03T00:00:00\+00:00 is still to come; enter it when it is so"),
        (
            into("cold", T0 - 6 * YEAR, channel="g/aa/temperature"),
            r"start: 2020-07-02T.* is before 511900012-BX1 was there \(started_on 2021-03-01\)",
        ),
    ],
)
async def test_an_assignment_that_cannot_be_is_refused_and_nothing_changes(
    archive: Archive, new: NewAssignment, words: str
):
    await fill(archive)
    before = await history(archive)
    with pytest.raises(BadInput, match=words):
        await assign(archive, new)
    assert await history(archive) == before


async def test_ending_what_is_not_assigned_or_before_it_began_is_refused(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="end: the assignment began at 2026-07-01"):
            await equipment.unassign(tx, PROBE, T0, NURSE)
        with pytest.raises(BadInput, match="channel: 'a/b/door' is assigned nowhere"):
            await equipment.unassign(tx, "a/b/door", T0, NURSE)


@pytest.mark.parametrize("status", sorted(GONE))
async def test_no_probe_hangs_in_what_is_gone(archive: Archive, status: equipment.Status):
    await fill(archive)
    async with archive.writing() as tx:
        (await tx.get_one(tables.Equipment, FRIDGE)).status = status.value
        with pytest.raises(BadInput, match=r"equipment: 511900012-BX1 was (scrapped|given away); name what is in use"):
            await equipment.assign(tx, into("cold", T0 + HOUR, channel="g/aa/temperature"), NURSE)


async def test_a_probe_is_not_taken_off_in_years_to_come(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match=r"end: 2027-.* is still to come"):
            await equipment.unassign(tx, PROBE, T0 + YEAR, NURSE)


async def test_the_equipments_whole_history_is_asked_for_at_once(archive: Archive):
    await fill(archive)
    await assign(archive, into("frozen", T0 + HOUR))
    async with archive.reading() as tx:
        found = await equipment.assignments_touching(tx, FRIDGE)
    assert [(each.channel.rpartition("/")[2], each.interval_s) for each in found] == [
        ("temperature", 60),
        ("power", 300),
        ("temperature", 60),
    ]


async def test_a_channel_is_declared_once_and_taken_apart(archive: Archive):
    async with archive.writing() as tx:
        for _ in range(2):
            await equipment.declare_channel(tx, "gw-1/a/door")
        await equipment.declare_channels(tx, ["gw-1/a/door", "gw-2/b/power"])
        [door] = await equipment.channels(tx, gateway="gw-1")
        assert (door.gateway, door.device, door.quantity) == ("gw-1", "a", Quantity.DOOR)
        assert len(await equipment.channels(tx)) == 2


async def test_an_unknown_profile_is_refused(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        [cold, _] = await equipment.compartments(tx, equipment=FRIDGE)
        wrong = equipment.NewCompartment(
            equipment=FRIDGE, name="x", name_zh="", name_en="", purpose=cold.purpose, profile="3-9"
        )
        with pytest.raises(BadInput, match="profile: '3-9' is unknown; use one of 2-8"):
            await equipment.put_compartments(tx, [wrong], NURSE)


@pytest.mark.parametrize("kind", ["thermometer", "generator", "room", "ice_pack"])
async def test_what_is_no_refrigerator_has_no_compartment_for_vaccine(archive: Archive, kind: str):
    await fill(archive)
    room = equipment.NewCompartment(
        equipment=FRIDGE, name="x", name_zh="", name_en="", purpose=equipment.Purpose.VACCINE, profile="2-8"
    )
    async with archive.writing() as tx:
        (await tx.get_one(tables.Equipment, FRIDGE)).type = kind
        with pytest.raises(BadInput, match=r"purpose: 511900012-BX1 is a .*, and holds no vaccine; correct the type"):
            await equipment.put_compartments(tx, [room], NURSE)


async def test_a_compartment_of_nothing_is_refused_by_name(archive: Archive):
    room = equipment.NewCompartment(
        equipment="E9", name="x", name_zh="", name_en="", purpose=equipment.Purpose.EMPTY, profile="2-8"
    )
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="equipment: 'E9' is not in the archive"):
            await equipment.put_compartments(tx, [room], NURSE)


async def put_compartment(archive: Archive, **changed: str) -> None:
    async with archive.writing() as tx:
        cold = await equipment.compartment(tx, FRIDGE, "cold")
        values = {name: getattr(cold, name) for name in equipment.NewCompartment.__struct_fields__} | changed
        await equipment.put_compartments(tx, [equipment.NewCompartment(**values)], NURSE)


async def test_another_name_of_a_compartment_makes_nothing_doubtful(archive: Archive):
    await fill(archive)
    before = await journal.last(archive)
    await put_compartment(archive, name_en="main part")
    assert await journal.last(archive) == before


async def test_another_type_of_equipment_may_be_judged_by_other_rules(archive: Archive):
    await fill(archive)
    before = await journal.last(archive)
    async with archive.writing() as tx:
        row = await tx.get_one(tables.Equipment, FRIDGE)
        values = {name: getattr(row, name) for name in equipment.Equipment.__struct_fields__}
        changed = equipment.Equipment(**values | {"type": equipment.EquipmentType.ILR})
        assert await equipment.put_equipment(tx, [changed], NURSE) == 1
    assert await journal.told(archive, before, "equipment") == [
        (PROBE, T0, None),
        ("511900012-1/mains/power", T0, None),
    ]
