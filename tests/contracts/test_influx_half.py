"""A point that is half there: the real influxd shows one field before the other while it takes a write."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from coldchain.errors import Unavailable
from coldchain.reading import Reading, Trace
from coldchain.series import HOUR, Rollup, Span, influx
from coldchain.series.influx import InfluxSeries
from tests.parts.influx import Influx

CHANNEL = "gw-1/28ff/temperature"
T0 = 1_763_740_800_000
LAST = T0 + 60_000
WHOLE = Trace(CHANNEL, [T0, LAST], [4.0, 4.5], [0, 0])
HALVES = {"value": f"value=4.5 {LAST}", "quality": f"quality=0i {LAST}"}

Asks = Callable[[InfluxSeries], Awaitable[object]]
ASKED: dict[str, tuple[Asks, object]] = {
    "read": (lambda series: series.read(CHANNEL, T0, LAST + 1), WHOLE),
    "read_spans": (lambda series: series.read_spans([Span(CHANNEL, T0, LAST + 1)]), [WHOLE]),
    "before": (lambda series: series.before(CHANNEL, LAST + 1, 2), WHOLE),
    "after": (lambda series: series.after(CHANNEL, T0, 2), WHOLE),
}


@pytest.fixture
async def series(influx: Influx) -> AsyncIterator[InfluxSeries]:
    async with InfluxSeries.open(influx.settings()) as opened:
        await opened.write([Trace(CHANNEL, [T0], [4.0], [0])])
        yield opened


async def put(series: InfluxSeries, half: str) -> None:
    await series._write(f"reading,channel={CHANNEL} {HALVES[half]}".encode())


async def asked_twice(series: InfluxSeries, asks: Asks, monkeypatch: pytest.MonkeyPatch, rest: bytes) -> object:
    """What comes of a question when the rest of a point becomes visible only after it was asked once."""
    waited = asyncio.Event()

    async def patience(seconds: float) -> None:
        if seconds:
            await series._write(rest)
            waited.set()

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "sleep", patience)
        answer = await asks(series)
    assert waited.is_set()
    return answer


@pytest.mark.parametrize("first", HALVES)
@pytest.mark.parametrize("what", ASKED)
async def test_a_reading_that_is_half_there_is_asked_for_again(
    series: InfluxSeries, monkeypatch: pytest.MonkeyPatch, first: str, what: str
):
    asks, wanted = ASKED[what]
    await put(series, first)
    [rest] = HALVES.keys() - {first}
    line = f"reading,channel={CHANNEL} {HALVES[rest]}".encode()
    assert await asked_twice(series, asks, monkeypatch, line) == wanted


async def test_the_newest_reading_is_never_a_measurement_without_a_value(
    series: InfluxSeries, monkeypatch: pytest.MonkeyPatch
):
    await put(series, "quality")
    line = f"reading,channel={CHANNEL} {HALVES['value']}".encode()
    newest = await asked_twice(series, lambda its: its.newest([CHANNEL]), monkeypatch, line)
    assert newest == {CHANNEL: Reading(CHANNEL, LAST, 4.5, 0)}


async def test_an_hour_of_which_a_figure_is_missing_is_asked_for_again(
    series: InfluxSeries, monkeypatch: pytest.MonkeyPatch
):
    hour = Rollup(CHANNEL, T0, 4.0, 5.0, 4.5, 3600.0, 60)
    await series._write(f"rollup_hour,channel={CHANNEL} low=4.0,high=5.0,mean=4.5,known=3600.0 {T0}".encode())
    line = f"rollup_hour,channel={CHANNEL} count=60i {T0}".encode()
    found = await asked_twice(series, lambda its: its.rollups(CHANNEL, T0, T0 + HOUR, HOUR), monkeypatch, line)
    assert found == [hour]


async def test_what_stays_half_is_refused_by_its_channel_and_time(
    series: InfluxSeries, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(influx, "AGAIN_S", (0.001, 0.001))
    await put(series, "value")
    with pytest.raises(Unavailable, match=rf"stays missing.*{LAST}, 4.5, None.*{CHANNEL}"):
        await series.read(CHANNEL, T0, LAST + 1)
    assert (await series.read(CHANNEL, T0, LAST)).v == [4.0]


async def test_a_fault_without_a_value_is_whole(series: InfluxSeries):
    await series.write([Trace(CHANNEL, [LAST], [None], [3])])
    assert await series.newest() == {CHANNEL: Reading(CHANNEL, LAST, None, 3)}
