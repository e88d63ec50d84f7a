"""What the collector says, and that it never waits for a connection that is gone."""

import asyncio

import pytest

from coldchain import wire
from coldchain.errors import Unavailable
from coldchain.reading import Trace
from coldchain.wire import Arrival, Block, Refusal
from collector.voice import Said, Voice, acknowledgements, feed
from tests.collector.cast import CHANNEL, MINUTE, NOW, OTHER_SPOOL, SPOOL, T0
from tests.collector.conftest import Heard

LINE = Arrival("main", 3, NOW, [])
WORD = Said("coldchain/v1/feed/3", b"{}", 0)


class Stuck:
    """A connection on which nothing is ever answered."""

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        await asyncio.Event().wait()


class Broken:
    """A connection on which everything fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        raise self.error


async def test_it_says_everything_over_the_connection_there_is():
    voice, heard = Voice(), Heard()
    async with voice.over(heard):
        await voice.say([WORD, WORD])
    await voice.say([WORD])
    assert len(heard.messages) == 2


async def test_it_gives_up_what_it_says_when_the_connection_goes():
    voice = Voice()
    async with voice.over(Stuck()):
        saying = asyncio.ensure_future(voice.say([WORD]))
        await asyncio.sleep(0.01)
        assert not saying.done()
    await asyncio.wait_for(saying, 60)


async def test_it_can_be_stopped_while_it_says_something():
    voice = Voice()
    async with voice.over(Stuck()):
        saying = asyncio.ensure_future(voice.say([WORD]))
        await asyncio.sleep(0.01)
        saying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saying


async def test_a_message_that_cannot_be_sent_is_no_error():
    voice = Voice()
    async with voice.over(Broken(Unavailable("gone"))):
        await voice.say([WORD])


async def test_a_mistake_of_ours_is_one():
    voice = Voice()
    async with voice.over(Broken(ZeroDivisionError())):
        with pytest.raises(ZeroDivisionError):
            await voice.say([WORD])


def test_each_gateway_and_spool_gets_one_answer():
    answers = acknowledgements(
        [
            ("gw-1", SPOOL, 4, None),
            ("gw-2", SPOOL, 9, None),
            ("gw-1", SPOOL, 5, Refusal.FUTURE),
            ("gw-1", OTHER_SPOOL, 1, None),
        ],
        NOW,
    )
    said = [(answer.topic, wire.decode_stored(answer.payload)) for answer in answers]
    assert said == [
        ("coldchain/v1/gw/gw-1/stored", wire.Stored(SPOOL, [4], {"5": "future"}, NOW)),
        ("coldchain/v1/gw/gw-2/stored", wire.Stored(SPOOL, [9], {}, NOW)),
        ("coldchain/v1/gw/gw-1/stored", wire.Stored(OTHER_SPOOL, [1], {}, NOW)),
    ]


def fed(*traces: Trace) -> dict[str, Block] | None:
    return wire.decode_feed(feed(LINE, 5, traces).payload).series


def test_a_feed_carries_its_readings_short_where_they_are_even():
    even = Trace(CHANNEL, [T0, T0 + MINUTE, T0 + 2 * MINUTE], [4.0, 4.1, 4.2], [0, 0, 0])
    assert fed(even) == {CHANNEL: Block([4.0, 4.1, 4.2], t0=T0, step=MINUTE)}


def test_a_feed_carries_uneven_times_and_qualities_as_they_are():
    uneven = Trace(CHANNEL, [T0, T0 + 1, T0 + 3], [4.0, None, 4.2], [0, 3, 64])
    assert fed(uneven) == {CHANNEL: Block([4.0, None, 4.2], t=[T0, T0 + 1, T0 + 3], q=[0, 3, 64])}


def test_a_feed_joins_batches_of_one_channel_in_time():
    late = Trace(CHANNEL, [T0 + 5, T0 + 6], [5.0, 6.0], [0, 0])
    early = Trace(CHANNEL, [T0, T0 + 5], [1.0, 5.0], [0, 0])
    last = Trace(CHANNEL, [T0 + 9], [9.0], [0])
    assert fed(late, early, last) == {CHANNEL: Block([1.0, 5.0, 6.0, 9.0], t=[T0, T0 + 5, T0 + 6, T0 + 9])}


def test_a_feed_too_long_to_send_is_a_bare_hint():
    times = list(range(T0, T0 + 60_000, 2))
    long = Trace(CHANNEL, times, [0.1 * n for n in range(len(times))], [0] * len(times))
    said = feed(LINE, 5, [long])
    assert len(said.payload) < wire.MAX_FEED_BYTES
    assert fed(long) is None
