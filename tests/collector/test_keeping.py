"""Refusals beside the flushes: an archive that is slow, away or choosy costs no clean batch its answer, and is never overtaken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from coldchain.errors import ColdchainError, Refused, Unavailable
from collector import keeping
from collector.batch import Delivery
from collector.refused import Keeper, Notice, Rejected
from collector.sieve import judge
from tests.collector.cast import HOUR, NOW, PROBE, T0, delivery, payload, steady
from tests.collector.conftest import Room
from tests.collector.test_store import ended, journal


def flawed(seq: int, *, size: int = 0) -> Delivery:
    """One good reading and one of the future."""
    block = {"t": [T0 + seq, NOW + HOUR], "v": [4.0, 4.1]}
    return delivery(payload(seq, series={PROBE: block}, more="x" * size))


@dataclass
class Gate:
    """The real keeper behind a gate that the test opens; it may refuse some for good."""

    real: Keeper
    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    fails: dict[int, ColdchainError] = field(default_factory=dict)

    async def keep(self, rejected: Sequence[Rejected]) -> None:
        self.asked += 1
        await self.open.wait()
        for one in rejected:
            if one.seq in self.fails:
                raise self.fails[one.seq]
        await self.real.keep(rejected)

    async def keep_told(self, told: Sequence[Notice]) -> None:
        await self.real.keep_told(told)


@pytest.fixture
def gate(room: Room) -> Gate:
    built = Gate(room.store._keeping._keeper)
    room.store._keeping._keeper = built
    return built


async def test_an_archive_that_does_not_answer_holds_up_no_clean_batch(room: Room, gate: Gate):
    async with asyncio.timeout(60):
        await room.store.flush([flawed(1), steady(2, start=T0 - HOUR)])
        await room.store.flush([steady(3, start=T0 - 2 * HOUR), flawed(4)])
    assert ended(room) == ([2, 3], {})
    assert await room.refused() == []
    gate.open.set()
    await room.store.refusals_kept()
    assert ended(room) == ([2, 3], {"1": "future", "4": "future"})
    assert {kept.seq for kept in await room.refused()} == {1, 4}


async def test_the_good_readings_of_a_flawed_message_do_not_wait_for_the_archive(room: Room, gate: Gate):
    await room.store.flush([flawed(1)])
    [arrival], [feed] = await journal(room.series), room.heard.feeds()
    assert arrival.batches == feed.batches
    assert [batch.first for batch in arrival.batches] == [T0 + 1]
    gate.open.set()
    await room.store.refusals_kept()


async def test_a_flawed_message_sent_again_while_it_waits_is_neither_written_nor_kept_again(room: Room, gate: Gate):
    for _ in range(3):
        await room.store.flush([flawed(1)])
    assert len(await journal(room.series)) == 1
    gate.open.set()
    await room.store.refusals_kept()
    await room.flush([flawed(1)])
    assert [answer.refused for answer in room.heard.stored()] == [{"1": "future"}] * 2
    assert (gate.asked, len(await room.refused())) == (1, 1)


async def test_an_archive_that_is_away_is_asked_again_when_the_gateway_is(room: Room, gate: Gate):
    gate.open.set()
    gate.fails = {1: Unavailable("archive: away")}
    await room.flush([flawed(1), steady(2, start=T0 - HOUR)])
    assert ended(room) == ([2], {})
    gate.fails = {}
    await room.flush([flawed(1)])
    assert ended(room) == ([2], {"1": "future"})


@pytest.mark.parametrize("error", [Refused("archive: a row contradicts another"), ColdchainError("unforeseen")])
async def test_one_that_the_archive_will_not_have_costs_no_other_its_place(
    room: Room, gate: Gate, error: ColdchainError
):
    gate.open.set()
    gate.fails = {2: error}
    await room.flush([flawed(seq) for seq in (1, 2, 3)])
    assert ended(room) == ([], {"1": "future", "3": "future"})


async def test_what_waits_is_bounded_and_the_rest_comes_again(room: Room, gate: Gate, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 3000)
    many = [flawed(seq, size=1000) for seq in range(1, 6)]
    await room.store.flush(many)
    assert sum(room.store._keeping.has(one) for one in map(judge, many)) == 2
    gate.open.set()
    await room.store.refusals_kept()
    while len(ended(room)[1]) < 5:
        await room.flush(many)
    assert {kept.seq for kept in await room.refused()} == {1, 2, 3, 4, 5}


async def test_one_that_is_larger_than_the_room_is_taken_alone(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 100)
    await room.flush([flawed(1, size=1000)])
    assert ended(room) == ([], {"1": "future"})


async def test_a_retained_copy_that_waits_is_not_taken_for_the_message_itself(room: Room, gate: Gate):
    good = steady(1)
    await room.store.flush([delivery(good.payload, retained=True)])
    await room.store.flush([good])
    assert ended(room) == ([1], {})
    gate.open.set()
    await room.store.refusals_kept()
