"""The inbox is bounded, takes the same bytes once, and flushes by count or by age."""

import logging

import pytest

from coldchain.clock import monotonic
from collector.batch import Delivery
from collector.intake import Inbox
from tests.collector.cast import delivery, steady


def inbox(*deliveries: Delivery, messages: int = 100, size: int = 1_000_000) -> Inbox:
    box = Inbox(messages, size)
    for one in deliveries:
        box.put(one)
    return box


async def test_it_gives_the_oldest_first():
    box = inbox(*(steady(seq) for seq in (3, 1, 2)))
    assert await box.take(2, 600) == [steady(3), steady(1)]
    assert await box.take(2, 0.01) == [steady(2)]


async def test_enough_messages_are_not_waited_for():
    box = inbox(steady(1), steady(2))
    began = monotonic()
    await box.take(2, 600)
    assert monotonic() - began < 300


async def test_the_same_bytes_are_taken_once_until_they_are_done():
    box = inbox(steady(1), steady(1))
    taken = await box.take(10, 0.01)
    box.put(steady(1))
    assert (len(taken), len(box)) == (1, 1)
    box.done(taken)
    box.put(steady(1))
    assert len(await box.take(10, 0.01)) == 1


async def test_the_same_bytes_of_two_gateways_are_two():
    assert len(inbox(delivery(gateway="gw-1"), delivery(gateway="gw-2"))) == 2


async def test_a_full_inbox_drops_and_says_so_once(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        box = inbox(*(steady(1, gateway=f"gw-{n}") for n in range(1, 6)), messages=2)
    assert len(box) == 2
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "inbox full" in caplog.text


async def test_bytes_are_bounded_too():
    one = steady(1)
    box = inbox(*(steady(1, gateway=f"gw-{n}") for n in range(3)), size=len(one.payload) * 2)
    assert len(box) == 2


async def test_a_gateway_gone_wild_leaves_room_for_the_others():
    wild = [steady(seq, gateway="gw-1") for seq in range(1, 100)]
    assert len(inbox(*wild, steady(1, gateway="gw-2"), messages=40)) == 11
    large = [delivery(bytes([n]) * 1000, gateway="gw-1") for n in range(100)]
    assert len(inbox(*large, steady(1, gateway="gw-2"), size=40_000)) == 11


async def test_room_comes_back_when_a_flush_is_done():
    box = inbox(steady(1), messages=1)
    box.done(await box.take(1, 0))
    box.put(steady(2))
    assert await box.take(1, 0) == [steady(2)]
