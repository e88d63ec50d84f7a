"""What the collector may make of InfluxDB's answers: scripted ones from a fake, and those the real influxd can give."""

import gzip
import os
import signal
from pathlib import Path

import pytest

from coldchain.errors import ColdchainError, Refused, SlowDown, TooLarge, Unavailable
from coldchain.reading import Trace
from coldchain.series import open_series
from coldchain.series.answers import refusal, retry_after, said
from coldchain.series.influx import InfluxSeries
from coldchain.settings import SeriesSettings
from tests.fakes.influx_answers import Scripted, fake_influx
from tests.parts.influx import Influx, influx_server

TRACE = Trace("gw-1/a/temperature", [1_763_740_800_000, 1_763_740_860_000], [4.0, None], [0, 3])


async def written_to(settings: SeriesSettings) -> ColdchainError | None:
    async with open_series(settings) as series:
        try:
            await series.write([TRACE])
        except ColdchainError as error:
            return error
    return None


async def test_a_confirmed_write_is_asked_for_as_documented():
    async with fake_influx() as fake:
        assert await written_to(fake.settings) is None
    [asked] = fake.asked
    assert asked.parameters == {"org": ["county"], "bucket": ["readings"], "precision": ["ms"]}
    assert asked.headers["content-type"] == "text/plain; charset=utf-8"
    assert asked.body == (
        b"reading,channel=gw-1/a/temperature value=4.0,quality=0i 1763740800000\n"
        b"reading,channel=gw-1/a/temperature quality=3i 1763740860000"
    )


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Scripted(400, b'{"error": "unable to parse"}'), Refused),
        (Scripted(422, b'{"code": "unprocessable entity", "message": "field type conflict"}'), Refused),
        (Scripted(413, b"<html>413 Request Entity Too Large</html>"), TooLarge),
        (Scripted(401, b'{"code": "unauthorized"}'), Unavailable),
        (Scripted(403), Unavailable),
        (Scripted(404, b'{"error": "database not found"}'), Unavailable),
        (Scripted(408), Unavailable),
        (Scripted(429), Unavailable),
        (Scripted(500, b'{"error": "engine: cache-max-memory-size exceeded"}'), Unavailable),
        (Scripted(502, b"<html>Bad Gateway</html>"), Unavailable),
        (Scripted(503), Unavailable),
        (Scripted(200, b"<html>Welcome to Clinic WiFi, please log in</html>"), Unavailable),
        (Scripted(202), Unavailable),
        (Scripted(302, headers={"Location": "/login"}), Unavailable),
        (Scripted(cut=True), Unavailable),
        (Scripted(silent=True), Unavailable),
    ],
)
async def test_only_204_confirms(answer: Scripted, error: type[ColdchainError]):
    async with fake_influx(answer) as fake:
        assert type(await written_to(fake.settings)) is error


@pytest.mark.parametrize("status", [429, 503])
async def test_it_is_told_how_long_to_wait(status: int):
    async with fake_influx(Scripted(status, headers={"Retry-After": "7"})) as fake:
        error = await written_to(fake.settings)
    assert isinstance(error, SlowDown)
    assert error.after_s == 7.0


def test_a_date_to_wait_for_is_counted_from_the_servers_own_clock():
    headers = {"Retry-After": "Fri, 21 Nov 2025 16:00:30 GMT", "Date": "Fri, 21 Nov 2025 16:00:00 GMT"}
    assert retry_after(headers) == 30.0


@pytest.mark.parametrize(("asked", "waited"), [("-5", None), ("soon", None), ("999999", 3600.0), ("0", 0.0)])
def test_a_strange_wait_is_bounded_or_ignored(asked: str, waited: float | None):
    assert retry_after({"Retry-After": asked}) == waited


def test_the_servers_words_are_kept_short():
    assert said(b'{"message": "a\\n b"}') == "a b"
    assert len(said(b"x" * 10_000)) == 500
    assert str(refusal(400, {}, b'{"error": "bad timestamp"}')) == "series: 400 bad timestamp"


async def test_a_body_crosses_a_network_packed():
    trace = Trace("gw-1/a/temperature", [*range(1000)], [4.0] * 1000, [0] * 1000)
    async with fake_influx() as fake, InfluxSeries.open(fake.settings) as series:
        series._packs = True  # the fake is on this machine, where packing would be a waste
        await series.write([trace])
    [asked] = fake.asked
    assert asked.headers["content-encoding"] == "gzip"
    assert gzip.decompress(asked.body).count(b"\n") == 999


async def test_the_real_server_takes_a_packed_body(influx: Influx):
    trace = Trace("gw-1/a/temperature", [TRACE.t[0] + i for i in range(1000)], [4.0] * 1000, [0] * 1000)
    async with InfluxSeries.open(influx.settings()) as series:
        series._packs = True
        await series.write([trace])
        assert await series.read(trace.channel, trace.t[0], trace.t[0] + 1000) == trace


async def test_a_missing_database_is_waited_for(influx: Influx):
    settings = influx.settings().model_copy(update={"bucket": "nowhere"})
    error = await written_to(settings)
    assert isinstance(error, Unavailable)
    assert "database not found" in str(error)


async def test_a_type_conflict_is_refused_in_the_servers_words_and_its_neighbours_are_stored(influx: Influx):
    settings = influx.settings()
    async with InfluxSeries.open(settings) as series:
        # Somebody's script had made `value` an integer in this shard.
        await series._write(b"reading,channel=gw-9/x/temperature value=1i,quality=0i 1763740800000")
        with pytest.raises(Refused, match="field type conflict"):
            await series.write([TRACE])
        kept = await series.read(TRACE.channel, TRACE.t[0], TRACE.t[1] + 1)
    assert kept.t == [TRACE.t[1]]  # the null has no `value` to conflict


@pytest.fixture
def own_influx(tmp_path: Path):
    with influx_server(tmp_path) as server:
        yield server


async def test_a_killed_server_is_waited_for_and_forgets_nothing_it_confirmed(own_influx: Influx):
    settings = own_influx.settings()
    assert await written_to(settings) is None
    own_influx.kill()
    assert isinstance(await written_to(settings), Unavailable)
    own_influx.start()
    async with open_series(settings) as series:
        assert await series.read(TRACE.channel, TRACE.t[0], TRACE.t[1] + 1) == TRACE


async def test_silence_is_no_answer(own_influx: Influx):
    settings = own_influx.settings().model_copy(update={"timeout_s": 0.3})
    os.kill(own_influx.influxd.pid, signal.SIGSTOP)
    try:
        error = await written_to(settings)
    finally:
        os.kill(own_influx.influxd.pid, signal.SIGCONT)
    assert type(error) is Unavailable
