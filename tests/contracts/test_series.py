"""What every time series store promises (`coldchain.series.Series`), held against each of them."""

import math
from dataclasses import replace

import pytest

from coldchain.errors import BadInput, Refused
from coldchain.reading import Fault, Reading, Trace
from coldchain.series import DAY, HOUR, Rollup, Series, Span, UndatedTrace
from coldchain.wire import Arrival, ArrivedBatch

T0 = 1_763_740_800_000  # 2025-11-21 16:00 UTC
MINUTE = 60_000


@pytest.fixture
def channel(gateway: str) -> str:
    return f"{gateway}/28ff641e/temperature"


def steady(channel: str, count: int, start: int = T0, step: int = MINUTE) -> Trace:
    return Trace(channel, [start + i * step for i in range(count)], [2.0 + i / 100 for i in range(count)], [0] * count)


async def test_it_gives_back_what_was_written(series: Series, channel: str):
    trace = Trace(channel, [T0, T0 + 1, T0 + 60_000], [4.0, -0.125, 4.1], [0, 64, 0])
    await series.write([trace])
    assert await series.read(channel, T0, T0 + HOUR) == trace


async def test_a_null_keeps_its_quality(series: Series, channel: str):
    trace = Trace(channel, [T0, T0 + MINUTE], [None, 85.0], [int(Fault.DISCONNECTED), int(Fault.POWER_ON)])
    await series.write([trace])
    assert await series.read(channel, T0, T0 + HOUR) == trace


async def test_every_float_comes_back_to_the_last_bit(series: Series, channel: str):
    values = [0.1 + 0.2, 1e-300, -1.7976931348623157e308, 123456789.0, 5e-324, 1e22]
    await series.write([Trace(channel, [T0 + i for i in range(len(values))], list(values), [0] * len(values))])
    assert (await series.read(channel, T0, T0 + HOUR)).v == values


async def test_whole_values_stay_floats_and_times_stay_whole(series: Series, channel: str):
    await series.write([Trace(channel, [T0], [4.0], [0])])
    trace = await series.read(channel, T0, T0 + 1)
    assert [type(x) for x in (trace.v[0], trace.t[0], trace.q[0])] == [float, int, int]


async def test_a_range_holds_its_start_and_not_its_end(series: Series, channel: str):
    await series.write([steady(channel, 5)])
    assert (await series.read(channel, T0 + MINUTE, T0 + 3 * MINUTE)).t == [T0 + MINUTE, T0 + 2 * MINUTE]


async def test_a_limit_keeps_the_earliest(series: Series, channel: str):
    await series.write([steady(channel, 5)])
    assert (await series.read(channel, T0, T0 + HOUR, limit=2)).t == [T0, T0 + MINUTE]


async def test_writing_the_same_again_changes_nothing(series: Series, channel: str):
    trace = steady(channel, 10)
    await series.write([trace])
    await series.write([trace, Trace(channel, trace.t[3:5], trace.v[3:5], trace.q[3:5])])
    assert await series.read(channel, T0, T0 + HOUR) == trace


async def test_late_readings_stand_in_their_place(series: Series, channel: str):
    whole = steady(channel, 6)
    await series.write([Trace(channel, whole.t[4:], whole.v[4:], whole.q[4:])])
    await series.write([Trace(channel, whole.t[:4], whole.v[:4], whole.q[:4])])
    assert await series.read(channel, T0, T0 + HOUR) == whole


async def test_channels_are_kept_apart(series: Series, gateway: str):
    a, b = steady(f"{gateway}/a/temperature", 3), steady(f"{gateway}/b/temperature", 2, T0 + 1)
    await series.write([a, b])
    assert [await series.read(x.channel, T0, T0 + HOUR) for x in (a, b)] == [a, b]


@pytest.mark.parametrize("odd", ["a b", "a,b=c", "it's", 'say "x"', "温度", "a=b, c"])
async def test_no_name_can_break_out_of_its_place(series: Series, gateway: str, odd: str):
    trace = steady(f"{gateway}/{odd}/temperature", 2)
    await series.write([trace])
    assert await series.read(trace.channel, T0, T0 + HOUR) == trace
    assert trace.channel in await series.newest([trace.channel])


async def test_an_unknown_channel_is_empty(series: Series, channel: str):
    assert len(await series.read(channel, T0, T0 + HOUR)) == 0
    assert await series.newest([channel]) == {}
    assert await series.undated(channel) == []


async def test_many_spans_are_read_at_once_in_their_order(series: Series, gateway: str):
    names = [f"{gateway}/d{n}/temperature" for n in range(130)]
    await series.write([steady(name, 3) for name in names[:-1]])
    traces = await series.read_spans([Span(name, T0, T0 + 2 * MINUTE) for name in names])
    assert [trace.channel for trace in traces] == names
    assert {len(trace) for trace in traces[:-1]} == {2}
    assert len(traces[-1]) == 0


async def test_before_and_after_look_past_the_gaps(series: Series, channel: str):
    trace = steady(channel, 5, step=10 * DAY)
    await series.write([trace])
    assert (await series.before(channel, trace.t[3], 2)).t == trace.t[1:3]
    assert (await series.after(channel, trace.t[3], 2)).t == trace.t[3:5]
    assert len(await series.before(channel, T0, 2)) == 0


async def test_what_came_before_is_asked_of_many_channels_each_with_its_own_time(series: Series, gateway: str):
    names = [f"{gateway}/d{n}/temperature" for n in range(130)]
    await series.write([steady(name, 5) for name in names[:-1]])
    times = {name: T0 + n % 5 * MINUTE for n, name in enumerate(names)}
    found = await series.before_each(times, 2)
    assert list(found) == names
    assert found == {name: await series.before(name, time, 2) for name, time in times.items()}
    assert [len(found[name]) for name in (*names[:3], names[-1])] == [0, 1, 2, 0]
    assert await series.before_each({}) == {}


async def test_newest_is_the_latest_by_time_not_by_arrival(series: Series, channel: str):
    await series.write([steady(channel, 3)])
    await series.write([Trace(channel, [T0 - DAY], [9.0], [0])])
    assert await series.newest([channel]) == {channel: Reading(channel, T0 + 2 * MINUTE, 2.02, 0)}


async def test_newest_of_all_includes_a_null(series: Series, channel: str):
    await series.write([steady(channel, 3), Trace(channel, [T0 + HOUR], [None], [6])])
    assert (await series.newest())[channel] == Reading(channel, T0 + HOUR, None, 6)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
async def test_what_is_no_number_is_refused(series: Series, channel: str, value: float):
    with pytest.raises(Refused):
        await series.write([Trace(channel, [T0], [value], [0])])


async def test_a_time_beyond_the_store_is_refused(series: Series, channel: str):
    with pytest.raises(Refused):
        await series.write([Trace(channel, [2**70], [4.0], [0])])


async def test_nothing_to_write_is_no_error(series: Series):
    await series.write([])
    await series.write_arrivals([])


async def test_undated_readings_keep_boot_and_bounds(series: Series, channel: str):
    first = UndatedTrace(channel, "b1", T0, None, [0, 60_000], [4.0, None], [0, 3])
    other = UndatedTrace(channel, "b2", None, None, [5], [4.5], [0])
    await series.write_undated([first, other])
    assert await series.undated(channel) == [first, other]


async def test_later_bounds_of_a_boot_tighten_it(series: Series, channel: str):
    boot = UndatedTrace(channel, "b1", T0, T0 + DAY, [0], [4.0], [0])
    await series.write_undated([boot])
    await series.write_undated([replace(boot, after=T0 + HOUR, before=None, t=[1])])
    [kept] = await series.undated(channel)
    assert (kept.after, kept.before, kept.t) == (T0 + HOUR, T0 + DAY, [0, 1])


async def test_undated_readings_are_no_readings(series: Series, channel: str):
    await series.write_undated([UndatedTrace(channel, "b1", None, None, [T0], [4.0], [0])])
    assert len(await series.read(channel, 0, T0 + HOUR)) == 0


def arrival(collector: str, shard: int, position: int, gateway: str = "gw-1") -> Arrival:
    channels = [f"{gateway}/d{n}/temperature" for n in range(3)]
    return Arrival(
        collector, shard, position, [ArrivedBatch(gateway, "ab" * 16, position, channels, T0, T0 + 5, "cd" * 32)]
    )


async def test_the_journal_is_read_after_a_cursor_in_order(series: Series, gateway: str):
    lines = [arrival(gateway, 3, T0 + n) for n in range(5)]
    await series.write_arrivals([*lines, arrival(gateway, 4, T0 + 9), arrival(f"{gateway}x", 3, T0 + 2)])
    assert await series.arrivals(gateway, 3, T0 + 1) == lines[2:]
    assert await series.arrivals(gateway, 3, 0, limit=2) == lines[:2]
    assert await series.arrivals(gateway, 3, T0 + 4) == []


async def test_heads_are_the_last_positions(series: Series, gateway: str):
    await series.write_arrivals([arrival(gateway, 3, T0), arrival(gateway, 3, T0 + 7), arrival(gateway, 60, T0 + 1)])
    heads = {key: position for key, position in (await series.heads()).items() if key[0] == gateway}
    assert heads == {(gateway, 3): T0 + 7, (gateway, 60): T0 + 1}


async def test_a_journal_line_may_be_long(series: Series, gateway: str):
    batch = ArrivedBatch(
        gateway, "ab" * 16, 1, [f"{gateway}/{n:064}/temperature" for n in range(500)], T0, T0, "cd" * 32
    )
    await series.write_arrivals([Arrival(gateway, 1, T0, [batch])])
    assert (await series.arrivals(gateway, 1, 0))[0].batches == [batch]


async def test_an_envelope_hides_no_peak(series: Series, channel: str):
    trace = steady(channel, 600)
    trace.v[345] = 19.5
    await series.write([trace])
    envelope = await series.envelope(channel, T0, T0 + 600 * MINUTE, 60)
    assert (len(envelope.t), envelope.step, envelope.t[0]) == (60, 10 * MINUTE, T0)
    assert max(envelope.high) == 19.5
    assert envelope.low[34] == min(v for v in trace.v[340:350] if v is not None)
    assert envelope.mean[0] == pytest.approx(2.045)


async def test_an_envelope_leaves_gaps_and_faults_out(series: Series, channel: str):
    await series.write([steady(channel, 10), steady(channel, 10, T0 + 30 * MINUTE)])
    await series.write([Trace(channel, [T0 + 15 * MINUTE, T0 + 16 * MINUTE], [85.0, None], [2, 3])])
    envelope = await series.envelope(channel, T0, T0 + 40 * MINUTE, 4)
    assert envelope.t == [T0, T0 + 30 * MINUTE]
    assert max(envelope.high) < 3


async def test_a_reconstructed_time_is_believed(series: Series, channel: str):
    await series.write([Trace(channel, [T0], [9.0], [64])])
    assert (await series.envelope(channel, T0, T0 + MINUTE, 1)).high == [9.0]


def rollup(channel: str, start: int, high: float, count: int = 60) -> Rollup:
    return Rollup(channel, start, 2.0, high, (2.0 + high) / 2, 3600.0, count)


async def test_rollups_are_replaced(series: Series, channel: str):
    await series.write_rollups([rollup(channel, T0, 5.0), rollup(channel, T0 + HOUR, 6.0)], HOUR)
    await series.write_rollups([rollup(channel, T0 + HOUR, 7.5, 61)], HOUR)
    kept = await series.rollups(channel, T0, T0 + DAY, HOUR)
    assert kept == [rollup(channel, T0, 5.0), rollup(channel, T0 + HOUR, 7.5, 61)]
    assert await series.rollups(channel, T0, T0 + DAY, DAY) == []


async def test_there_are_rollups_of_hours_and_days_only(series: Series, channel: str):
    with pytest.raises(BadInput, match="HOUR or DAY"):
        await series.write_rollups([rollup(channel, T0, 5.0)], MINUTE)


async def test_a_long_envelope_comes_from_rollups(series: Series, channel: str):
    hours = [rollup(channel, T0 + n * HOUR, 5.0 + (n == 30)) for n in range(48)]
    await series.write_rollups(hours, HOUR)
    await series.write([steady(channel, 60, T0 + 47 * HOUR)])
    envelope = await series.envelope(channel, T0, T0 + 48 * HOUR, 12)
    assert (envelope.step, envelope.t[0]) == (4 * HOUR, T0)
    assert (len(envelope.t), envelope.high[7]) == (12, 6.0)


async def test_a_long_envelope_shows_what_is_not_rolled_up_yet(series: Series, channel: str):
    await series.write_rollups([rollup(channel, T0, 5.0)], HOUR)
    await series.write([steady(channel, 60, T0 + 20 * HOUR)])
    envelope = await series.envelope(channel, T0, T0 + 24 * HOUR, 24)
    assert envelope.t == [T0 + 20 * HOUR]


async def test_marks_are_remembered_and_moved(series: Series, gateway: str):
    await series.set_marks({f"rollups/{gateway}/3": T0, f"{gateway} b": 2})
    await series.set_marks({f"rollups/{gateway}/3": T0 + 1})
    marks = await series.marks()
    assert (marks[f"rollups/{gateway}/3"], marks[f"{gateway} b"]) == (T0 + 1, 2)


async def test_a_stretch_of_one_channel_is_deleted_and_nothing_beside_it(series: Series, gateway: str):
    a, b = steady(f"{gateway}/a/temperature", 10), steady(f"{gateway}/b/temperature", 10)
    await series.write([a, b])
    await series.write_arrivals([arrival(gateway, 3, T0)])
    await series.delete(a.channel, T0 + 2 * MINUTE, T0 + 5 * MINUTE)
    assert (await series.read(a.channel, T0, T0 + HOUR)).t == a.t[:2] + a.t[5:]
    assert await series.read(b.channel, T0, T0 + HOUR) == b
    assert len(await series.arrivals(gateway, 3, 0)) == 1
    await series.delete(a.channel, T0 + 2 * MINUTE, T0 + 5 * MINUTE)  # nothing is there any more
    await series.delete(f"{gateway}/nobody/temperature", T0, T0 + HOUR)


async def test_what_was_deleted_can_be_written_again(series: Series, channel: str):
    trace = steady(channel, 3)
    await series.write([trace])
    await series.delete(channel, T0, T0 + HOUR)
    assert len(await series.read(channel, T0, T0 + HOUR)) == 0
    await series.write([trace])
    assert await series.read(channel, T0, T0 + HOUR) == trace


async def test_it_answers_a_ping(series: Series):
    await series.ping()
