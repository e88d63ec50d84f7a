"""What a gateway's guard said is in the archive before it is acknowledged: once, whatever comes again, good ones beside bad."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from coldchain import wire
from coldchain.archive import audit, chains
from coldchain.archive.edge import EdgeNotice, edge_notices
from coldchain.archive.telling import at_edge
from coldchain.errors import Unavailable
from coldchain.wire import Arrival
from collector import keeping
from tests.collector.cast import GATEWAY, MINUTE, NOW, PROBE, T0, delivery, payload
from tests.collector.conftest import Room

NURSE = "+8613800138000"
FAR = 10**15


def said(**more: object) -> dict[str, object]:
    event = {
        "anchor": T0,
        "channel": PROBE,
        "person": "张护士",
        "at": T0 + MINUTE,
        "answer": "accepted",
        "number": NURSE,
    }
    return event | more


async def kept(room: Room) -> list[EdgeNotice]:
    async with room.archive.reading() as tx:
        return await edge_notices(tx, channels=[f"{GATEWAY}/{PROBE}"], start=0, end=FAR)


async def test_what_a_guard_said_is_kept_and_then_acknowledged(room: Room):
    await room.flush([delivery(payload(1, told=[said()]))])
    assert [answer.stored for answer in room.heard.stored()] == [[1]]
    [notice] = await kept(room)
    assert (notice.person, notice.phone_number, notice.anchor, notice.at) == ("张护士", NURSE, T0, T0 + MINUTE)
    assert (notice.answer, notice.way, notice.act, notice.received_at) == ("accepted", "modem", "begin", NOW)


async def test_a_batch_that_only_tells_is_acknowledged_too(room: Room):
    await room.flush([delivery(payload(1, series={}, told=[said()]))])
    assert [answer.stored for answer in room.heard.stored()] == [[1]]
    assert len(await kept(room)) == 1


async def test_sent_again_in_another_batch_it_is_kept_once(room: Room):
    for seq in (1, 2):
        await room.flush([delivery(payload(seq, told=[said(), said(answer="delivered", at=T0 + 2 * MINUTE)]))])
    assert [notice.answer for notice in await kept(room)] == ["accepted", "delivered"]


async def test_each_event_has_one_link_in_its_gateways_chain_however_often_it_is_sent(room: Room):
    for seq in (1, 2):
        await room.flush([delivery(payload(seq, told=[said(), said(answer="delivered", at=T0 + 2 * MINUTE)]))])
    async with room.archive.reading() as tx:
        its = [each async for each in chains.links(tx, audit.shard(GATEWAY))]
        assert await chains.unseen(tx) == []
    assert [(each.entity, each.actor, json.loads(each.image)["answer"]) for each in its] == [
        ("edge_notice", GATEWAY, "accepted"), ("edge_notice", GATEWAY, "delivered"),
    ]  # fmt: skip
    assert NURSE not in "".join(each.image for each in its)


async def test_it_is_kept_before_what_it_was_said_of_can_be_judged(room: Room):
    seen: list[int] = []
    real = room.series.write_arrivals

    async def write_arrivals(arrivals: Sequence[Arrival]) -> None:
        seen.append(len(await kept(room)))
        await real(arrivals)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room.series, "write_arrivals", write_arrivals)
        await room.flush([delivery(payload(1, told=[said()]))])
    assert seen == [1]


async def test_an_archive_that_hangs_holds_up_one_flush_for_a_moment(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "AHEAD_S", 0.05)
    asked: list[object] = []

    class Hangs:
        async def keep(self, rejected: object) -> None: ...

        async def keep_told(self, told: object) -> None:
            asked.append(told)
            await asyncio.Event().wait()

    real, room.store._keeping._keeper = room.store._keeping._keeper, Hangs()
    for seq in (1, 2):
        await room.store.flush([delivery(payload(seq, told=[said()])), delivery(payload(seq + 10))])
    assert sorted(seq for answer in room.heard.stored() for seq in answer.stored) == [11, 12]
    assert len(asked) <= 2  # early once; what waits its turn asks too
    room.store._keeping._keeper = real


async def test_it_is_not_acknowledged_while_the_archive_is_away(room: Room):
    class Absent:
        async def keep(self, rejected: object) -> None: ...

        async def keep_told(self, told: object) -> None:
            raise Unavailable("archive: away")

    real, room.store._keeping._keeper = room.store._keeping._keeper, Absent()
    await room.flush([delivery(payload(1, told=[said()])), delivery(payload(2))])
    assert [answer.stored for answer in room.heard.stored()] == [[2]]
    room.store._keeping._keeper = real
    await room.flush([delivery(payload(1, told=[said()]))])
    assert [answer.stored for answer in room.heard.stored()] == [[2], [1]]
    assert len(await kept(room)) == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (said(channel="no channel"), "name"),
        (said(at=NOW + 3_600_000), "future"),
        (said(anchor=0), "past"),
        (said(person="x" * 201), "shape"),
        (said(answer="x" * 41), "shape"),
    ],
)
async def test_a_bad_event_is_refused_by_name_and_its_neighbours_are_kept(
    room: Room, bad: dict[str, object], reason: str
):
    await room.flush([delivery(payload(1, told=[bad, said()]))])
    assert room.heard.stored()[0].refused == {"1": reason}
    assert len(await kept(room)) == 1
    [refused] = await room.refused()
    assert refused.reason == reason


async def test_too_many_events_are_refused_and_the_first_of_them_kept(room: Room):
    await room.flush([delivery(payload(1, told=[said(at=T0 + n) for n in range(201)]))])
    assert room.heard.stored()[0].refused == {"1": "shape"}
    assert len(await kept(room)) == 200


async def test_of_a_boot_without_a_clock_it_is_kept_apart(room: Room):
    boot = {"boot": "b1", "after": T0, "before": NOW}
    event = said(anchor=60_000, at=120_000, words="去\0")
    await room.flush([delivery(payload(1, series={PROBE: {"t": [60_000], "v": [9.0]}}, undated=boot, told=[event]))])
    assert [answer.stored for answer in room.heard.stored()] == [[1]]
    assert await kept(room) == []  # nobody knows when it was


@pytest.mark.parametrize(
    ("events", "is_told"),
    [
        ([said()], True),
        ([said(answer="refused")], False),
        ([said(answer="refused"), said(answer="accepted", at=T0 + 2 * MINUTE)], True),
        ([said(act="over")], False),
        ([said(number="+8613900139000")], False),
    ],
)
async def test_the_server_finds_whom_the_gateway_reached(room: Room, events: list[dict[str, object]], is_told: bool):
    await room.flush([delivery(payload(1, told=events))])
    assert (at_edge.told(await kept(room), NURSE) is not None) is is_told


def test_the_batch_of_an_old_gateway_tells_nothing():
    assert wire.decode_batch(payload(1)).told == []
    assert b"told" not in wire.encode(wire.decode_batch(payload(1)))
