"""A probe was found wrong: the what-if is asked by itself, and again when readings of its time come later."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from alerting.ledger.loop import Ledger
from coldchain import clock
from coldchain.archive.exposure import days
from coldchain.archive.metrology import tolerance
from coldchain.archive.metrology.tolerance import ToleranceCase
from coldchain.reading import Trace
from tests.alerting.cast import HOUR, PROBE, T0, Clinic, trace_of
from tests.alerting.test_shift import COLD, certify

EMPTY: dict[str, Any] = {"new": [], "gone": [], "longer": [], "changed": [], "same": 0, "lots": []}


class Asked:
    """Whom the ledger asks: it counts how often, and answers when it is let."""

    def __init__(self) -> None:
        self.count = 0
        self.let = threading.Event()
        self.let.set()
        self.wrong: Exception | None = None

    def __call__(self, calibration: int) -> Mapping[str, Any]:
        self.count += 1
        assert self.let.wait(20)
        if self.wrong is not None:
            raise self.wrong
        return EMPTY | {"calibration": calibration, "same": self.count}


@pytest.fixture
def asked() -> Asked:
    return Asked()


async def case(clinic: Clinic) -> ToleranceCase:
    async with clinic.archive.reading() as tx:
        return await tolerance.of(tx, 1)


async def until(clinic: Clinic, same: int) -> ToleranceCase:
    """Wait until the answer that stands is the one of that number, and fresh."""
    async with asyncio.timeout(60):
        while (found := (await case(clinic)).found) is None or found["same"] != same or tolerance.is_stale(found):
            await asyncio.sleep(0.02)
    return await case(clinic)


def hours(first: float) -> Trace:
    return trace_of([5.0] * 60, start=T0 + round(first * HOUR))


async def test_a_case_is_asked_about_by_itself_and_anew_when_readings_of_its_time_come(clinic: Clinic, asked: Asked):
    await certify(clinic, COLD, good="2026-06-01")
    task = asyncio.create_task(Ledger(clinic.archive, clinic.series, lease_s=3, look_s=0.05, what_if=asked).work())
    first = await until(clinic, 1)
    assert (first.judged_by, first.judged_at is not None) == ("coldchain", True)
    await clinic.arrive(hours(8))
    await until(clinic, 2)
    await clinic.arrive(Trace(PROBE, [T0 + 90 * 24 * HOUR], [5.0], [0]))  # after the day on which it was found wrong
    await asyncio.sleep(0.5)
    assert asked.count == 2
    task.cancel()
    await asyncio.wait([task])


async def test_an_answer_that_may_not_have_read_what_came_meanwhile_is_not_kept(clinic: Clinic, asked: Asked):
    asked.let.clear()
    await certify(clinic, COLD, good="2026-06-01")
    task = asyncio.create_task(Ledger(clinic.archive, clinic.series, lease_s=3, look_s=0.05, what_if=asked).work())
    async with asyncio.timeout(60):
        while asked.count == 0:
            await asyncio.sleep(0.02)
    await clinic.arrive(hours(8))
    async with asyncio.timeout(60):
        while await due(clinic):
            await asyncio.sleep(0.02)
    asked.let.set()
    assert (await until(clinic, 2)).found is not None
    task.cancel()
    await asyncio.wait([task])


async def test_a_what_if_that_cannot_be_answered_stops_nothing(
    clinic: Clinic, asked: Asked, caplog: pytest.LogCaptureFixture
):
    asked.wrong = ValueError("no such time")
    await certify(clinic, COLD, good="2026-06-01")
    task = asyncio.create_task(Ledger(clinic.archive, clinic.series, lease_s=3, look_s=0.05, what_if=asked).work())
    async with asyncio.timeout(60):
        while "what-if not answered" not in caplog.text:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    assert (asked.count, task.done(), (await case(clinic)).found) == (1, False, None)
    task.cancel()
    await asyncio.wait([task])


async def due(clinic: Clinic) -> bool:
    """True while books of the first day are still to be made, or nobody saw that it came."""
    async with clinic.archive.reading() as tx:
        keys = {(clinic.compartment, T0 // 86_400_000 * 86_400_000)}
        return not await days.there(tx, keys) or bool(await days.waiting(tx, clock.now() + 10**12, 1))
