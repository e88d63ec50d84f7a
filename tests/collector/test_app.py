"""The collector as its own process between a real mosquitto and a real store, killed where it hurts most."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from coldchain import clock, wire
from coldchain.archive.db import migrate, open_archive
from coldchain.archive.pages import Asked
from coldchain.archive.refused import listed
from coldchain.broker import Link, connect
from coldchain.series import open_series
from coldchain.settings import ArchiveSettings, SeriesSettings
from coldchain.wire import Block, Stored
from tests.parts.influx import Influx, influx_server
from tests.parts.mosquitto import Mosquitto

SPOOL = "ab" * 16
PROBE = "28ff641e/temperature"
MINUTE = 60_000
PATIENCE_S = 60


@contextmanager
def collector_process(
    broker: Mosquitto, series: SeriesSettings, folder: Path, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "COLDCHAIN_BROKER__PORT": str(broker.port),
        "COLDCHAIN_BROKER__PASSWORD": broker.password("collector"),
        "COLDCHAIN_SERIES__KIND": series.kind,
        "COLDCHAIN_SERIES__PATH": str(series.path),
        "COLDCHAIN_SERIES__URL": series.url,
        "COLDCHAIN_SERIES__BUCKET": series.bucket,
        "COLDCHAIN_ARCHIVE__URL": f"sqlite:///{folder}/archive.sqlite",
        "COLDCHAIN_COLLECTOR__FLUSH_AFTER_S": "0.02",
        "COLDCHAIN_COLLECTOR__ROLLUPS_EVERY_S": "0.1",
        **more,
    }
    with subprocess.Popen([sys.executable, "-m", "collector"], env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


class Gateway:
    """A gateway on the wire: sends a batch again and again until it is answered, as the real one does."""

    def __init__(self, link: Link, name: str) -> None:
        self.link = link
        self.name = name
        self.answers: dict[int, Stored] = {}

    async def listen(self) -> None:
        async for message in self.link.messages():
            answer = wire.decode_stored(message.payload)
            for seq in [*answer.stored, *map(int, answer.refused)]:
                self.answers[seq] = answer

    async def deliver(self, seq: int, series: dict[str, Block]) -> Stored:
        """Send until it is settled."""
        payload = wire.encode(wire.Batch(SPOOL, seq, clock.now(), series))
        async with asyncio.timeout(PATIENCE_S):
            while seq not in self.answers:
                await self.link.publish(wire.topic_of(self.name, "readings"), payload)
                for _ in range(20):
                    await asyncio.sleep(0.01)
                    if seq in self.answers:
                        break
        return self.answers[seq]


@asynccontextmanager
async def gateway_on(broker: Mosquitto, name: str) -> AsyncIterator[Gateway]:
    async with AsyncExitStack() as stack:
        link = await stack.enter_async_context(connect(broker.settings(name), f"{name}-box"))
        await link.subscribe(wire.topic_of(name, "stored"))
        gateway = Gateway(link, name)
        listening = asyncio.ensure_future(gateway.listen())
        stack.callback(listening.cancel)
        yield gateway


@pytest.fixture(params=["embedded", "influxd"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> SeriesSettings:
    if request.param == "embedded":
        return SeriesSettings(path=tmp_path / "series.sqlite")
    influx: Influx = request.getfixturevalue("influx")
    return influx.settings()


@pytest.fixture
async def archive(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path}/archive.sqlite")


def hour_of(start: int) -> dict[str, Block]:
    return {PROBE: Block([4.0 + n / 100 for n in range(60)], t0=start, step=MINUTE)}


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():  # type: ignore[misc]  # it is a coroutine function here
            await asyncio.sleep(0.05)


async def test_readings_of_several_gateways_are_stored_answered_and_rolled_up(
    mosquitto: Mosquitto, settings: SeriesSettings, tmp_path: Path
):
    start = clock.now() // 3_600_000 * 3_600_000 - 10 * 3_600_000
    names = ["gw-1", "gw-2", "gw-3"]
    async with AsyncExitStack() as stack:
        stack.enter_context(collector_process(mosquitto, settings, tmp_path))
        boxes = [await stack.enter_async_context(gateway_on(mosquitto, name)) for name in names]
        answers = await asyncio.gather(
            *(box.deliver(seq, hour_of(start + seq * 3_600_000)) for box in boxes for seq in (1, 2))
        )
        assert {tuple(answer.refused) for answer in answers} == {()}
        series = await stack.enter_async_context(open_series(settings))

        async def rolled_up() -> bool:
            days = [await series.rollups(f"{name}/{PROBE}", start, start + 86_400_000, 3_600_000) for name in names]
            return [len(hours) for hours in days] == [2, 2, 2]

        await until(rolled_up)
        for name in names:
            assert len(await series.read(f"{name}/{PROBE}", start, start + 86_400_000)) == 120
        assert "collector/main/alive" in await series.marks()


@pytest.mark.parametrize("point", ["before_write", "after_write", "after_arrival", "after_ack"])
async def test_killed_at_any_point_it_loses_nothing_and_doubles_nothing(
    mosquitto: Mosquitto, settings: SeriesSettings, tmp_path: Path, point: str
):
    start = clock.now() - 10 * 3_600_000
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(gateway_on(mosquitto, "gw-4"))
        doomed = stack.enter_context(
            collector_process(mosquitto, settings, tmp_path, COLDCHAIN_CRASH_AT=f"store.{point}")
        )
        sending = asyncio.ensure_future(box.deliver(1, hour_of(start)))
        await asyncio.to_thread(doomed.wait, PATIENCE_S)
        assert doomed.returncode == -9
        assert not sending.done() or point == "after_ack"
        stack.enter_context(collector_process(mosquitto, settings, tmp_path))
        await sending
        series = await stack.enter_async_context(open_series(settings))
        trace = await series.read(f"gw-4/{PROBE}", start, start + 3_600_000)
        assert trace.v == [4.0 + n / 100 for n in range(60)]
        lines = await series.arrivals("main", wire.shard_of("gw-4"), 0)
        assert {(batch.seq, batch.first) for line in lines for batch in line.batches} == {(1, start)}


async def test_two_collectors_share_the_gateways(mosquitto: Mosquitto, influx: Influx, tmp_path: Path):
    settings = influx.settings()
    start = clock.now() - 40 * 3_600_000
    shared = {"COLDCHAIN_COLLECTOR__SHARED_GROUP": "collectors"}
    async with AsyncExitStack() as stack:
        for name in ("first", "second"):
            more = {**shared, "COLDCHAIN_COLLECTOR__ID": name, "COLDCHAIN_COLLECTOR__ROLLUPS": str(name == "first")}
            stack.enter_context(collector_process(mosquitto, settings, tmp_path, **more))
        box = await stack.enter_async_context(gateway_on(mosquitto, "gw-6"))
        series = await stack.enter_async_context(open_series(settings))

        async def both_write() -> bool:
            return len({collector for collector, _ in await series.heads()}) == 2

        sent = 0
        while sent < 30 and not (sent >= 10 and await both_write()):
            sent += 1
            await box.deliver(sent, hour_of(start + sent * 3_600_000))
        assert await both_write()
        assert len(await series.read(f"gw-6/{PROBE}", start, clock.now())) == 60 * sent


@pytest.mark.usefixtures("archive")
async def test_bad_messages_are_named_and_good_ones_pass(mosquitto: Mosquitto, tmp_path: Path):
    settings = SeriesSettings(path=tmp_path / "series.sqlite")
    now = clock.now()
    async with AsyncExitStack() as stack:
        stack.enter_context(collector_process(mosquitto, settings, tmp_path))
        box = await stack.enter_async_context(gateway_on(mosquitto, "gw-5"))
        topic = wire.topic_of("gw-5", "readings")
        for garbage in (b"", b"{", b"\xff" * 1000, b"[" * 1000, b" " * 1_000_000, b'{"a":' * 100_000):
            await box.link.publish(topic, garbage)
        future = await box.deliver(1, {PROBE: Block([4.0, 4.1], t=[now - 1000, now + 3_600_000])})
        good = await box.deliver(2, {PROBE: Block([4.2], t=[now])})
        assert (future.refused["1"], good.stored) == ("future", [2])
        series = await stack.enter_async_context(open_series(settings))
        assert (await series.read(f"gw-5/{PROBE}", now - 10_000, now + 1)).v == [4.0, 4.2]


@pytest.mark.usefixtures("archive")
async def test_killed_between_keeping_a_refusal_and_telling_it_is_told_by_the_next_process(
    mosquitto: Mosquitto, tmp_path: Path
):
    settings = SeriesSettings(path=tmp_path / "series.sqlite")
    now = clock.now()
    series = {PROBE: Block([4.0, 4.1], t=[now, now + 3_600_000])}
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(gateway_on(mosquitto, "gw-8"))
        crash_at = {"COLDCHAIN_CRASH_AT": "refused.after_keep"}
        doomed = stack.enter_context(collector_process(mosquitto, settings, tmp_path, **crash_at))
        sending = asyncio.ensure_future(box.deliver(1, series))
        await asyncio.to_thread(doomed.wait, PATIENCE_S)
        assert doomed.returncode == -9
        assert not sending.done()
        stack.enter_context(collector_process(mosquitto, settings, tmp_path))
        assert (await sending).refused == {"1": "future"}
    where = ArchiveSettings(url=SecretStr(f"sqlite:///{tmp_path}/archive.sqlite"))
    async with open_archive(where) as kept, kept.reading() as tx:
        assert [one.seq for one in (await listed(tx, Asked())).items] == [1]


async def test_it_says_nothing_while_influxd_is_dead_and_everything_after(mosquitto: Mosquitto, tmp_path: Path):
    start = clock.now() - 10 * 3_600_000
    async with AsyncExitStack() as stack:
        influx = stack.enter_context(influx_server(tmp_path / "influx"))
        settings = influx.settings()
        stack.enter_context(collector_process(mosquitto, settings, tmp_path))
        box = await stack.enter_async_context(gateway_on(mosquitto, "gw-7"))
        await box.deliver(1, hour_of(start))
        influx.kill()
        sending = asyncio.ensure_future(box.deliver(2, hour_of(start + 3_600_000)))
        await asyncio.sleep(1)
        assert not sending.done()
        await asyncio.to_thread(influx.start)
        assert (await sending).stored == [2]
        series = await stack.enter_async_context(open_series(settings))
        assert len(await series.read(f"gw-7/{PROBE}", start, clock.now())) == 120


async def test_it_waits_for_a_broker_and_comes_back(tmp_path: Path, mosquitto_of_its_own: Mosquitto):
    broker = mosquitto_of_its_own
    settings = SeriesSettings(path=tmp_path / "series.sqlite")
    start = clock.now() - 10 * 3_600_000
    with collector_process(broker, settings, tmp_path):
        broker.start()
        async with gateway_on(broker, "gw-1") as box:
            await box.deliver(1, hour_of(start))
        broker.kill()
        broker.start()
        async with gateway_on(broker, "gw-1") as box:
            await box.deliver(2, hour_of(start + 3_600_000))


@pytest.fixture
def mosquitto_of_its_own(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path, ["gw-1"])
    yield broker
    broker.stop()


async def test_a_second_collector_on_one_file_says_why_it_ends(mosquitto: Mosquitto, tmp_path: Path):
    settings = SeriesSettings(path=tmp_path / "series.sqlite")
    async with open_series(settings, writer=True):
        with collector_process(mosquitto, settings, tmp_path) as process:
            assert await asyncio.to_thread(process.wait, PATIENCE_S) == 2
