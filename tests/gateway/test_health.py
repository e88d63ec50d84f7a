"""What the box says of itself is true in every state, above all when its clock is lost or wrong and its disk is full."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from coldchain import clock, wire
from gateway.boot import Boot
from gateway.clockwatch import HOLDOVER_MS, LOOKS, Clockwatch, Learned, Source
from gateway.drivers.source import BusRecord
from gateway.health import Vitals
from gateway.settings import GatewaySection
from gateway.spool import open_spool
from tests.gateway.parts import NOON, HandClock
from tests.gateway.spools import rows

MINUTE = 60_000
HOUR = 60 * MINUTE


@dataclass
class Line:
    """A bus that only keeps its record."""

    record: BusRecord

    def samples(self):
        raise AssertionError("health reads nothing from a bus")

    def health(self):
        return self.record.health()


@asynccontextmanager
async def vitals_of(tmp_path, hand, **options):
    boot: Boot = hand.boot()
    line = Line(BusRecord("logger", "serial-ascii"))
    async with open_spool(GatewaySection(spool=tmp_path / "spool.sqlite", **options), boot) as spool:
        yield Vitals(boot, Clockwatch(spool.learned), spool, {"logger": line})


async def told(vitals):
    """As it is read at the other end."""
    return wire.decode_health(wire.encode(await vitals.health()))


def clock_of(health):
    return health.clock, health.offset_ms, health.sent


# -- the clock -------------------------------------------------------------------------------------------------------


async def test_a_box_that_does_not_know_the_time_claims_none(tmp_path, hand):
    async with vitals_of(tmp_path, hand) as vitals:
        assert clock_of(await told(vitals)) == ("unknown", None, 0)


async def test_what_ntp_told_is_told_with_the_moment_of_saying_it(tmp_path, hand):
    async with vitals_of(tmp_path, hand) as vitals:
        vitals.watch.look(NOON, hand.ticks, trusted=True)
        hand.ticks += 5_000
        assert clock_of(await told(vitals)) == ("ntp", NOON - 1_000, NOON + 5_000)


async def test_what_an_acknowledgement_told_is_told_as_such(tmp_path, hand):
    async with vitals_of(tmp_path, hand) as vitals:
        vitals.watch.hear(NOON, hand.ticks, hand.ticks)
        assert clock_of(await told(vitals)) == ("ack", NOON - 1_000, NOON)


async def test_a_clock_that_ntp_no_longer_steers_is_told_as_vouched_for_by_acknowledgements(tmp_path, hand):
    async with vitals_of(tmp_path, hand) as vitals:
        vitals.watch.look(NOON, hand.ticks, trusted=True)
        hand.ticks += HOLDOVER_MS + 1
        vitals.watch.look(NOON + 9 * HOUR, hand.ticks, trusted=False)
        assert (await told(vitals)).clock == "ntp"
        vitals.watch.hear(NOON + HOLDOVER_MS, hand.ticks, hand.ticks)
        assert clock_of(await told(vitals)) == ("ack", NOON - 1_000, NOON + HOLDOVER_MS + 1)


async def test_a_wrong_clock_that_is_trusted_is_told_as_wrong_as_it_is(tmp_path, hand):
    """So that whoever hears `sent` beside a right clock sees how wrong the stamps are."""
    async with vitals_of(tmp_path, hand) as vitals:
        vitals.watch.look(NOON + 8 * HOUR, hand.ticks, trusted=True)
        vitals.watch.hear(NOON, hand.ticks, hand.ticks)
        assert clock_of(await told(vitals)) == ("ntp", NOON + 8 * HOUR - 1_000, NOON + 8 * HOUR)
        for _ in range(LOOKS):
            vitals.watch.look(NOON, hand.ticks, trusted=True)
        assert clock_of(await told(vitals)) == ("ntp", NOON - 1_000, NOON)


async def test_what_the_spool_remembers_of_this_boot_is_told_after_a_restart_but_not_of_another(tmp_path):
    first, second = HandClock(), HandClock()
    async with vitals_of(tmp_path, first) as vitals:
        await vitals.spool.learn(Learned(NOON, Source.ACK))
    async with vitals_of(tmp_path, first) as vitals:
        assert clock_of(await told(vitals)) == ("ack", NOON, NOON + 1_000)
    async with open_spool(GatewaySection(spool=tmp_path / "spool.sqlite"), second.boot("boot-2")) as spool:
        vitals = Vitals(second.boot("boot-2"), Clockwatch(spool.learned), spool, {})
        assert clock_of(await told(vitals)) == ("unknown", None, 0)


async def test_a_slow_disk_makes_no_clock_look_late(tmp_path, hand):
    async with vitals_of(tmp_path, hand) as vitals:
        vitals.watch.look(NOON, hand.ticks, trusted=True)
        slow = asyncio.ensure_future(vitals.spool._do(lambda _: _busy(hand)))
        await asyncio.sleep(0)
        health = await told(vitals)
        await slow
        assert health.sent == NOON + 30_000


def _busy(hand):
    until = clock.monotonic() + 0.05
    while clock.monotonic() < until:
        pass
    hand.ticks += 30_000


async def test_when_a_device_last_spoke_is_a_time_only_when_that_is_known(tmp_path, hand):
    async with vitals_of(tmp_path, hand) as vitals:
        vitals.sources["logger"].record.device("a1").spoke(500)
        [bus] = (await told(vitals)).buses
        assert (bus.devices[0].state, bus.devices[0].last_ms) == ("ok", None)
        vitals.watch.look(NOON, hand.ticks, trusted=True)
        [bus] = (await told(vitals)).buses
        assert bus.devices[0].last_ms == NOON - 500


# -- the spool -------------------------------------------------------------------------------------------------------


async def test_an_empty_spool_says_so_and_promises_nothing(tmp_path, hand):
    async with vitals_of(tmp_path, hand, spool_max_mb=2) as vitals:
        spool = (await told(vitals)).spool
    assert spool is not None
    assert (spool.readings, spool.hours_left, spool.dropped, spool.rule) == (0, None, 0, "thin the oldest")
    assert (spool.limit_bytes, 0 < spool.bytes < 200_000) == (2_000_000, True)


async def test_the_hours_left_are_those_until_the_first_reading_is_given_up(tmp_path, hand):
    async with vitals_of(tmp_path, hand, spool_max_mb=1) as vitals:
        capacity = 4687
        for first in range(0, capacity + 60, 60):
            await vitals.spool.append(rows(first, first + 59))
            spool = await vitals.spool.health()
            assert (spool.dropped > 0) is (first + 60 > capacity)
            if spool.dropped == 0:
                assert spool.hours_left == pytest.approx((capacity - first - 60) / 60, abs=0.06)


async def test_readings_in_unanswered_batches_count_as_waiting_but_take_no_room_from_new_ones(tmp_path, hand):
    async with vitals_of(tmp_path, hand, spool_max_mb=1) as vitals:
        await vitals.spool.append(rows(0, 599))
        before = await vitals.spool.health()
        assert await vitals.spool.form("oldest", await vitals.spool.newest(), 300, NOON)
        after = await vitals.spool.health()
        assert (before.readings, after.readings) == (600, 600)
        assert after.hours_left == pytest.approx(before.hours_left + 5, abs=0.1)
        await vitals.spool.settle([1])
        assert (await vitals.spool.health()).readings == 300


async def test_on_a_full_disk_the_hours_left_are_those_of_memory(tmp_path, hand):
    async with vitals_of(tmp_path, hand, memory_readings=1200) as vitals:
        await vitals.spool.append(rows(0, 59))
        assert ("", "", "disk") in vitals.states()
        await vitals.spool._do(lambda file: file._db.execute("PRAGMA query_only = ON"))
        for n in range(60, 120):
            await vitals.spool.append(rows(n, n))
        spool = await vitals.spool.health()
        assert ("", "", "memory") in vitals.states()
        assert (spool.readings, spool.hours_left) == (120, 19.0)  # 1140 more in memory, one a minute
        assert "60 readings in memory, 0 lost there" in spool.rule
        await vitals.spool._do(lambda file: file._db.execute("PRAGMA query_only = OFF"))
        await vitals.spool.relieve()
        assert (await vitals.spool.health()).rule == "thin the oldest"


async def test_a_disk_that_cannot_even_be_read_is_told_with_all_the_rest(tmp_path, hand):
    async with vitals_of(tmp_path, hand) as vitals:
        vitals.watch.look(NOON, hand.ticks, trusted=True)
        await vitals.spool.append(rows(0, 9))
        await told(vitals)
        await vitals.spool._do(lambda file: file._db.close())
        health = await told(vitals)
    assert health.spool is not None
    assert health.spool.readings == 10
    assert (health.clock, len(health.buses)) == ("ntp", 1)
