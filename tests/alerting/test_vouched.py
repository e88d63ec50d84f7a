"""What people vouch for is asked once for windows that lie near each other; each must be told what it would be alone."""

import random

import pytest
from msgspec.structs import replace

from coldchain.archive import documents, equipment
from coldchain.archive.audit import By
from coldchain.archive.equipment import NewCompartment, Purpose
from coldchain.archive.exposure import evidence
from coldchain.archive.exposure.evidence import NewEvidence
from coldchain.exposure import DAY
from coldchain.ledger import raw
from coldchain.ledger.raw import Window
from coldchain.reading import Trace
from tests.alerting.cast import HOUR, PROBE, T0, Clinic
from tests.alerting.test_configuration import both

LAST = T0 + 120 * DAY
NOTED = By("tests", LAST, "the cast")


async def another_room(clinic: Clinic) -> int:
    room = NewCompartment(
        equipment="F1", name="other", name_zh="另室", name_en="other", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with clinic.archive.writing() as tx:
        await equipment.put_compartments(tx, [room], NOTED)
        return (await equipment.compartment(tx, "F1", "other")).id


async def vouch(clinic: Clinic, rooms: list[int], rng: random.Random) -> None:
    """In each room people vouch for a few hours now and then, some of it weeks apart, and read something else each time."""
    async with clinic.archive.writing() as tx:
        paper = await documents.add(tx, "read.txt", b"as it was read", None, NOTED)
        for room in rooms:
            at = T0 + rng.randrange(10) * HOUR
            while at < LAST - 2 * DAY:
                end = at + rng.randrange(1, 40) * HOUR
                new = NewEvidence(compartment=room, start=at, end=end, signed_by="Ada", document=paper.sha256)
                await evidence.enter(tx, replace(new, departure_c=rng.randrange(10, 90) / 10), NOTED)
                at = end + rng.choice([0, 3 * HOUR, 2 * DAY, 13 * DAY, 15 * DAY, 20 * DAY])


def some_windows(rooms: list[int], rng: random.Random) -> list[Window]:
    """In no order, of any length, some one upon the other."""
    found = []
    for _ in range(40):
        start = T0 + rng.randrange(110 * 24) * HOUR
        found.append(Window(rng.choice(rooms), start, start + rng.choice([1, 5, 24, 70, 400]) * HOUR))
    return found


@both
async def test_windows_asked_together_are_told_what_each_is_told_alone(clinic: Clinic):
    rng = random.Random(11)
    rooms = [clinic.compartment, await another_room(clinic)]
    await vouch(clinic, rooms, rng)
    await clinic.arrive(Trace(PROBE, list(range(T0, T0 + 20 * DAY, HOUR)), [5.0] * 480, [0] * 480))
    windows = some_windows(rooms, rng)
    together = await raw.went_through(clinic.archive, clinic.series, windows)
    alone = [(await raw.went_through(clinic.archive, clinic.series, [each]))[0] for each in windows]
    assert together == alone
    manual = [each.manual_ms for each in together]
    assert min(manual) == 0 < max(manual)  # there was something to mix up


@pytest.mark.parametrize("apart", [raw.NEAR_MS - 1, raw.NEAR_MS, raw.NEAR_MS + 1])
async def test_what_lies_at_the_edge_of_near_is_told_the_same(clinic: Clinic, apart: int):
    await vouch(clinic, [clinic.compartment], random.Random(3))
    first = Window(clinic.compartment, T0, T0 + 3 * DAY)
    windows = [first, Window(clinic.compartment, first.end + apart, first.end + apart + 9 * DAY)]
    together = await raw.went_through(clinic.archive, clinic.series, windows)
    assert together == [(await raw.went_through(clinic.archive, clinic.series, [each]))[0] for each in windows]
    assert all(each.manual_ms for each in together)
