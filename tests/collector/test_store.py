"""The order of a flush on real stores: durable, journalled, kept, answered; and what each failure leaves behind."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import pytest

from coldchain import wire
from coldchain.errors import Refused, SlowDown, TooLarge, Unavailable
from coldchain.reading import Trace
from coldchain.series import Series
from coldchain.settings import ArchiveSettings
from coldchain.wire import Arrival, shard_of
from collector import patience, sieve
from collector.batch import Delivery, Judged
from collector.refused import open_keeper
from collector.store import Store
from collector.voice import Voice
from tests.collector.cast import CHANNEL, HOUR, MINUTE, NOW, OTHER_SPOOL, PROBE, SPOOL, T0, delivery, payload, steady
from tests.collector.conftest import Heard, Room

SHARD = shard_of("gw-1")


async def stored_times(series: Series, channel: str = CHANNEL) -> list[int]:
    return (await series.read(channel, T0 - 10 * HOUR, T0 + HOUR)).t


def ended(room: Room) -> tuple[list[int], dict[str, str]]:
    """All that was told to the gateway: what is stored, and what is refused."""
    answers = room.heard.stored()
    return [seq for a in answers for seq in a.stored], {seq: why for a in answers for seq, why in a.refused.items()}


async def journal(series: Series) -> list[Arrival]:
    return await series.arrivals("main", SHARD, 0)


async def test_a_batch_is_stored_journalled_answered_and_fed(room: Room):
    await room.flush([steady(5)])
    assert await stored_times(room.series) == [T0, T0 + MINUTE, T0 + 2 * MINUTE]
    [arrival] = await journal(room.series)
    [answer], [feed] = room.heard.stored(), room.heard.feeds()
    assert (answer.spool, answer.stored, answer.refused) == (SPOOL, [5], {})
    assert (feed.position, feed.previous, feed.batches) == (arrival.position, 0, arrival.batches)
    assert feed.series is not None
    assert list(wire.traces_of(feed.series)) == [
        Trace(CHANNEL, [T0, T0 + MINUTE, T0 + 2 * MINUTE], [4.0, 4.01, 4.02], [0] * 3)
    ]


async def test_one_answer_per_gateway_and_one_feed_per_shard(room: Room):
    flush = [steady(seq, start=T0 - seq * 10 * MINUTE, gateway=name) for seq in (1, 2, 3) for name in ("gw-1", "gw-2")]
    await room.flush(flush)
    assert [[answer.stored for answer in room.heard.stored(name)] for name in ("gw-1", "gw-2")] == [[[1, 2, 3]]] * 2
    feed = next(feed for feed in room.heard.feeds() if feed.shard == SHARD)
    assert feed.series is not None
    assert len(feed.series[CHANNEL].v) == 9


async def test_each_feed_continues_the_one_before(room: Room):
    for seq in (1, 2, 3):
        await room.flush([steady(seq, 1, start=T0 + seq)])
    first, second, third = room.heard.feeds()
    assert (first.previous, second.previous, third.previous) == (0, first.position, second.position)
    assert first.position < second.position < third.position


async def test_answers_go_by_qos_1_and_hints_by_qos_0(room: Room):
    await room.flush([steady(1)])
    assert {topic: qos for topic, _, qos in room.heard.messages} == {
        wire.topic_of("gw-1", "stored"): 1,
        wire.feed_topic(SHARD): 0,
    }


async def test_a_resend_is_answered_again_and_journalled_once(room: Room):
    await room.flush([steady(1)])
    await room.flush([steady(1)])
    assert [answer.stored for answer in room.heard.stored()] == [[1], [1]]
    assert len(await journal(room.series)) == 1
    assert len(room.heard.feeds()) == 1


async def test_a_resend_to_a_new_process_is_journalled_again_because_its_arrival_may_be_missing(
    room: Room, archive_settings: ArchiveSettings
):
    await room.flush([steady(1)])
    async with open_keeper(archive_settings, "main") as keeper:
        after_a_restart = await Store.open(room.series, "main", keeper, Voice())
        await after_a_restart.flush([steady(1)])
    first, again = await journal(room.series)
    assert (first.batches, first.position < again.position) == (again.batches, True)
    assert len(await stored_times(room.series)) == 3


async def test_equal_readings_in_another_batch_are_settled(room: Room):
    await room.flush([steady(1)])
    await room.flush([steady(2)])
    assert [(answer.stored, answer.refused) for answer in room.heard.stored()] == [([1], {}), ([2], {})]


async def test_a_second_value_is_refused_and_both_are_kept(room: Room):
    await room.flush([steady(1)])
    await room.flush([steady(2, first=7.0)])
    assert room.heard.stored()[1].refused == {"2": "conflict"}
    assert (await room.series.read(CHANNEL, T0, T0 + HOUR)).v == [4.0, 4.01, 4.02]
    [kept] = await room.refused()
    assert (kept.reason, kept.seq, kept.bytes) == ("conflict", 2, len(steady(2, first=7.0).payload))


async def test_a_bad_reading_is_kept_and_its_neighbours_are_stored(room: Room):
    block = {"t": [T0, T0 + 1, NOW + HOUR], "v": [4.0, None, 4.2]}
    await room.flush([delivery(payload(1, series={PROBE: block})), steady(2, start=T0 + 2 * MINUTE)])
    assert await stored_times(room.series) == [T0, *(T0 + n * MINUTE for n in (2, 3, 4))]
    assert ended(room) == ([2], {"1": "quality"})
    assert sorted(kept.reason for kept in await room.refused()) == ["future", "quality"]


async def test_garbage_is_kept_and_nothing_else_is_touched(room: Room):
    await room.flush([delivery(b"\x00\xffgarbage"), steady(1)])
    [kept] = await room.refused()
    assert (kept.reason, kept.gateway, kept.spool, kept.bytes) == ("malformed", "gw-1", None, 9)
    assert [answer.stored for answer in room.heard.stored()] == [[1]]


async def test_the_same_refusal_is_kept_once(room: Room):
    bad = delivery(payload(1)[:-4])
    for _ in range(3):
        await room.flush([bad])
    assert len(await room.refused()) == 1
    assert [answer.refused for answer in room.heard.stored()] == [{"1": "malformed"}] * 3


async def test_an_unknown_version_is_kept_and_left_with_its_gateway(room: Room):
    await room.flush([Delivery("coldchain/v9/gw/gw-1/readings", payload(), retained=False, received=NOW)])
    assert [kept.reason for kept in await room.refused()] == ["version"]
    assert room.heard.messages == []


async def test_an_empty_batch_is_settled_without_an_arrival(room: Room):
    await room.flush([delivery(payload(1, series={}))])
    assert [answer.stored for answer in room.heard.stored()] == [[1]]
    assert await journal(room.series) == []


async def test_undated_readings_are_kept_and_answered_but_never_fed(room: Room):
    body = payload(1, series={PROBE: {"t": [0, 60_000], "v": [4.0, 4.1]}}, undated={"boot": "b1", "before": T0})
    await room.flush([delivery(body)])
    [trace] = await room.series.undated(CHANNEL)
    assert (trace.boot, trace.before, trace.t) == ("b1", T0, [0, 60_000])
    assert [answer.stored for answer in room.heard.stored()] == [[1]]
    assert room.heard.feeds() == []


async def test_a_boot_corrected_later_comes_as_ordinary_readings(room: Room):
    body = payload(1, series={PROBE: {"t": [0], "v": [4.0]}}, undated={"boot": "b1"})
    corrected = payload(2, series={PROBE: {"t": [T0], "v": [4.0], "q": [64]}})
    await room.flush([delivery(body), delivery(corrected)])
    assert (await room.series.read(CHANNEL, T0, T0 + 1)).q == [64]
    assert len(await room.series.undated(CHANNEL)) == 1


async def test_two_boxes_under_one_name_are_both_stored_and_seen(room: Room):
    boxes = [payload(seq, spool, {PROBE: {"t": [T0 + n], "v": [4.0]}}) for n, (seq, spool) in enumerate(ALTERNATING)]
    for body in boxes:
        await room.flush([delivery(body)])
    assert await stored_times(room.series) == [T0, T0 + 1, T0 + 2, T0 + 3]
    assert [answer.spool for answer in room.heard.stored()] == [spool for _, spool in ALTERNATING]
    assert (await room.series.marks())["gateway_twin/gw-1"] == NOW


ALTERNATING = [(1, SPOOL), (1, OTHER_SPOOL), (2, SPOOL), (2, OTHER_SPOOL)]


async def test_a_swapped_card_with_old_answers_in_flight_mixes_nothing_up(room: Room):
    await room.flush([steady(8), delivery(payload(8, OTHER_SPOOL, {PROBE: {"t": [T0 - 1], "v": [4.0]}}))])
    assert sorted((answer.spool, answer.stored) for answer in room.heard.stored()) == [(SPOOL, [8]), (OTHER_SPOOL, [8])]
    assert "gateway_twin/gw-1" not in await room.series.marks()


async def test_other_bytes_under_a_settled_number_are_stored_and_seen(room: Room):
    await room.flush([steady(1)])
    await room.flush([steady(1, start=T0 - HOUR)])
    assert len(await stored_times(room.series)) == 6
    assert "gateway_twin/gw-1" in await room.series.marks()


@dataclass
class Failing:
    """The real series, with a chosen call that fails in a chosen way first."""

    real: Series
    method: str
    before: Callable[[Sequence[object]], Awaitable[None]]

    def __getattr__(self, name: str) -> object:
        real = getattr(self.real, name)
        if name != self.method:
            return real

        async def call(argument: Sequence[object]) -> None:
            await self.before(argument)
            await real(argument)

        return call


def failing(*errors: Exception) -> Callable[[Sequence[object]], Awaitable[None]]:
    left = list(errors)

    async def fail(_: Sequence[object]) -> None:
        if left:
            raise left.pop(0)

    return fail


def readings_of(traces: Sequence[object]) -> int:
    return sum(len(trace) for trace in traces if isinstance(trace, Trace))


async def flushed(room: Room, failure: Failing, *deliveries: Delivery) -> Store:
    store = room.store
    store._series = failure  # type: ignore[assignment]  # the rest is the real series'
    await store.flush(deliveries)
    await store.refusals_kept()
    return store


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_S", 0.001)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("method", ["write", "write_arrivals", "newest"])
async def test_an_absent_database_is_waited_for_and_nothing_is_said_meanwhile(room: Room, method: str):
    said_before: list[int] = []

    async def away(_: Sequence[object]) -> None:
        said_before.append(len(room.heard.messages))
        if len(said_before) < 4:
            raise SlowDown("later", 0.001) if len(said_before) == 1 else Unavailable("503")

    if method == "newest":

        async def newest(channels: Sequence[str]) -> object:
            await away(channels)
            return await room.series.newest(channels)

        failure = Failing(room.series, "nothing", away)
        failure.__dict__["newest"] = newest
    else:
        failure = Failing(room.series, method, away)
    await flushed(room, failure, steady(1))
    assert said_before == [0, 0, 0, 0]
    assert [answer.stored for answer in room.heard.stored()] == [[1]]
    assert len(await stored_times(room.series)) == 3


async def test_only_what_the_database_refuses_alone_is_refused(room: Room):
    async def picky(traces: Sequence[object]) -> None:
        if any(4.01 in trace.v for trace in traces if isinstance(trace, Trace)):
            raise Refused("400 field type conflict")

    others = [steady(seq, start=T0 - seq * HOUR, first=5.0) for seq in (2, 3, 4)]
    await flushed(room, Failing(room.series, "write", picky), steady(1), *others)
    assert ended(room) == ([2, 3, 4], {"1": "database"})
    assert T0 + MINUTE not in await stored_times(room.series)
    assert len(await stored_times(room.series)) == 11
    [kept] = await room.refused()
    assert "400 field type conflict" in kept.detail


async def test_what_is_too_large_is_cut_until_it_fits(room: Room):
    sizes: list[int] = []

    async def small(traces: Sequence[object]) -> None:
        sizes.append(readings_of(traces))
        if sizes[-1] > 4:
            raise TooLarge("413")

    await flushed(room, Failing(room.series, "write", small), steady(1, 3), steady(2, 10, start=T0 - HOUR))
    assert [answer.stored for answer in room.heard.stored()] == [[1, 2]]
    assert sizes[:2] == [13, 3]
    assert len(await stored_times(room.series)) == 13


async def test_a_refused_arrival_leaves_its_batches_unanswered(room: Room):
    failure = Failing(room.series, "write_arrivals", failing(Refused("400")))
    store = await flushed(room, failure, steady(1))
    assert room.heard.messages == []
    await store.flush([steady(1)])
    assert [answer.stored for answer in room.heard.stored()] == [[1]]


async def test_a_refusal_that_cannot_be_kept_is_not_told(room: Room):
    real = room.store._keeping._keeper
    room.store._keeping._keeper = Absent()
    await room.flush([delivery(payload(1)[:-4]), steady(2)])
    assert [(answer.stored, answer.refused) for answer in room.heard.stored()] == [([2], {})]
    room.store._keeping._keeper = real
    await room.flush([delivery(payload(1)[:-4])])
    assert room.heard.stored()[1].refused == {"1": "malformed"}


async def test_an_unforeseen_error_costs_one_message_and_no_other(room: Room, monkeypatch: pytest.MonkeyPatch):
    poison = steady(2)

    def judge(delivery: Delivery) -> Judged:
        if delivery == poison:
            raise ZeroDivisionError
        return sieve.judge(delivery)

    monkeypatch.setattr("collector.store.judge", judge)
    await room.flush([steady(1, start=T0 - HOUR), poison, steady(3, start=T0 - 2 * HOUR)])
    assert [answer.stored for answer in room.heard.stored()] == [[1], [3]]
    assert len(await stored_times(room.series)) == 6


async def test_after_an_unforeseen_error_it_asks_the_store_what_stands_there(room: Room):
    async def write_and_stumble(traces: Sequence[object]) -> None:
        await room.series.write([trace for trace in traces if isinstance(trace, Trace)])
        room.store._series = room.series
        raise ZeroDivisionError

    await flushed(room, Failing(room.series, "write", write_and_stumble), steady(1))
    assert room.heard.messages == []
    await room.flush([steady(2, first=7.0)])
    assert ended(room) == ([], {"2": "conflict"})


class Absent:
    async def keep(self, rejected: Sequence[object]) -> None:
        raise Unavailable("archive: no such table")

    async def keep_told(self, told: Sequence[object]) -> None:
        raise Unavailable("archive: no such table")


async def test_without_a_connection_it_stores_and_is_silent(series: Series, archive_settings: ArchiveSettings):
    async with open_keeper(archive_settings, "main") as keeper:
        store = await Store.open(series, "main", keeper, Voice())
        await store.flush([steady(1)])
    assert len(await stored_times(series)) == 3


async def test_beside_another_collector_it_asks_the_store_each_time(room: Room, archive_settings: ArchiveSettings):
    async with open_keeper(archive_settings, "second") as keeper:
        heard, voice = Heard(), Voice()
        async with voice.over(heard):
            second = await Store.open(room.series, "second", keeper, voice, alone=False)
            await second.flush([steady(1, 1)])
            await room.flush([steady(2, first=4.0)])  # the first collector writes more of the same channel
            await second.flush([steady(3, first=7.0)])
            keeping = asyncio.ensure_future(second.keep_refusals())
            await second.refusals_kept()
            keeping.cancel()
    assert heard.stored()[1].refused == {"3": "conflict"}
