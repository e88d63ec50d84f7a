"""A page follows what happens: a feed message, an alarm that somebody takes; and it survives a broker that goes away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx2
from fastapi import FastAPI

from coldchain import wire
from coldchain.broker import Link, connect
from coldchain.reading import Fault, Trace
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running, served
from tests.dashboards.site import channel
from tests.parts.mosquitto import Mosquitto, mosquitto_broker

Made = Callable[[], AbstractAsyncContextManager[World]]


@asynccontextmanager
async def listening(url: str, token: str, query: str = "") -> AsyncIterator["asyncio.Queue[tuple[str, str]]"]:
    """The events of an open page as (event, HTML)."""
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def listen() -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "zh"}
        async with (
            httpx2.AsyncClient(timeout=30) as caller,
            caller.stream("GET", f"{url}/events{query}", headers=headers) as answer,
        ):
            assert answer.headers["content-type"].startswith("text/event-stream")
            event, data = "", []
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    data.append(value)
                elif not line and event:
                    heard.put_nowait((event, "\n".join(data)))
                    event, data = "", []

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(heard: "asyncio.Queue[tuple[str, str]]", words: str) -> tuple[str, str]:
    """The next event that says these words."""
    async with asyncio.timeout(60):
        while True:
            event, html = await heard.get()
            if words in html:
                return event, html


def feed(series: dict[str, wire.Block] | None, channels: list[str], position: int = 1) -> bytes:
    batch = wire.ArrivedBatch("gw-1", "0" * 32, position, channels, 0, 0, "")
    return wire.encode(wire.Feed("c", wire.shard_of("gw-1"), position, position - 1, [batch], series))


async def publish(link: Link, payload: bytes) -> None:
    await link.publish(wire.feed_topic(wire.shard_of("gw-1")), payload)


async def linked(url: str, token: str) -> None:
    """Return once the service hears the broker."""
    async with asyncio.timeout(60), httpx2.AsyncClient() as caller:
        while True:
            health = (await caller.get(f"{url}/api/v1/health")).json()
            if health["parts"]["broker"]["status"] == "ok":
                return
            await asyncio.sleep(0.05)


async def test_a_reading_of_the_feed_reaches_an_open_page(own_world: Made, mosquitto: Mosquitto) -> None:
    async with own_world() as world, served(world.settings) as url:
        token = world.site.tokens["manager"]
        await linked(url, token)
        async with listening(url, token) as heard, connect(mosquitto.settings("tester"), "t") as link:
            await until(heard, "青石镇卫生院")
            block = wire.Block(v=[5.55], t=[world.site.now])
            await publish(link, feed({channel(1): block}, [channel(1)]))
            event, _ = await until(heard, "5.5 °C")
            assert event.startswith("place-")


async def test_a_feed_too_long_for_a_hint_is_read_from_the_series(own_world: Made, mosquitto: Mosquitto) -> None:
    async with own_world() as world, served(world.settings) as url:
        token = world.site.tokens["manager"]
        await linked(url, token)
        async with listening(url, token, "?equipment=E01") as heard, connect(mosquitto.settings("tester"), "t") as link:
            await until(heard, "冷藏室")
            await world.series.write([Trace(channel(1), [world.site.now], [6.66], [0])])
            await publish(link, feed(None, [channel(1)]))
            assert (await until(heard, "6.7 °C"))[0] == "unit"


async def test_a_garbled_feed_or_health_message_harms_nothing(own_world: Made, mosquitto: Mosquitto) -> None:
    async with own_world() as world, served(world.settings) as url:
        token = world.site.tokens["manager"]
        await linked(url, token)
        async with listening(url, token) as heard, connect(mosquitto.settings("tester"), "t") as link:
            for payload in (b"", b"\xff", b"{}", b'{"series": 5}'):
                await publish(link, payload)
                await link.publish(wire.topic_of("gw-1", "health"), payload)
            await publish(link, feed({channel(1): wire.Block(v=[7.77], t=[world.site.now])}, [channel(1)]))
            await until(heard, "7.8 °C")


async def test_a_fault_is_shown_as_unknown_time_only_after_the_gap(own_world: Made, mosquitto: Mosquitto) -> None:
    async with own_world() as world, served(world.settings) as url:
        token = world.site.tokens["manager"]
        await linked(url, token)
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as caller,
            connect(mosquitto.settings("tester"), "t") as link,
        ):
            block = wire.Block(v=[None], t=[world.site.now], q=[int(Fault.GARBLED)])
            await publish(link, feed({channel(1): block}, [channel(1)]))
            async with asyncio.timeout(60):
                while True:
                    (item,) = (await caller.get(f"{url}/api/v1/equipment?facility=F01")).json()["items"]
                    newest = next(one for one in item["channels"] if one["channel"] == channel(1))
                    if newest["quality"] == int(Fault.GARBLED):
                        break
                    await asyncio.sleep(0.05)
            assert item["compartments"][0]["state"] == "normal"


async def test_who_takes_an_alarm_is_seen_on_every_open_page(own_world: Made) -> None:
    async with (
        own_world() as world,
        served(world.settings) as url,
        listening(url, world.site.tokens["manager"]) as heard,
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {world.site.tokens['clinic']}"}) as nurse,
    ):
        await until(heard, "1 起报警")
        said = {"act": "going", "eta_min": 20, "note": "带冰排"}
        answer = await nurse.post(f"{url}/api/v1/alarms/{world.site.alarm}/take", json=said)
        assert answer.json()["state"] == "taken"
        event, html = await until(heard, "正在前往")
        assert event == "alarms"
        assert "20 分钟后到达 · 带冰排" in html


async def test_the_broker_may_go_and_come_back(tmp_path: Path) -> None:
    with mosquitto_broker(tmp_path / "broker") as broker:
        async with made_world(tmp_path, broker) as world, served(world.settings) as url:
            token = world.site.tokens["manager"]
            await linked(url, token)
            broker.kill()
            async with httpx2.AsyncClient() as caller, asyncio.timeout(60):
                while (await caller.get(f"{url}/api/v1/health")).json()["status"] != "degraded":
                    await asyncio.sleep(0.05)
            await world.series.write([Trace(channel(1), [world.site.now], [3.33], [0])])
            broker.start()
            await linked(url, token)
            async with listening(url, token) as heard:
                await until(heard, "3.3 °C")


async def test_without_a_broker_pages_and_api_still_answer(own_world: Made) -> None:
    async with own_world() as world:
        broker = world.settings.broker.model_copy(update={"port": 1})
        settings = world.settings.model_copy(update={"broker": broker})
        async with running(create_app(settings)) as app, client(app, world.site.tokens["manager"]) as caller:
            assert (await caller.get("/")).status_code == 200
            health = (await caller.get("/api/v1/health")).json()
            assert health["status"] == "degraded"
            assert health["parts"]["broker"]["status"] == "degraded"


async def test_before_the_collector_made_its_store_the_service_starts_and_says_so(
    own_world: Made, tmp_path: Path
) -> None:
    async with own_world() as world:
        series = world.settings.series.model_copy(update={"path": tmp_path / "later.sqlite"})
        settings = world.settings.model_copy(update={"series": series})
        async with running(create_app(settings)) as app, client(app, world.site.tokens["manager"]) as caller:
            assert (await caller.get("/")).status_code == 200
            assert (await caller.get("/api/v1/health")).json()["parts"]["series"]["status"] == "degraded"
            answer = await caller.get("/api/v1/readings", params={"channel": channel(1), "points": "9"})
            assert answer.status_code == 503
            assert answer.headers["retry-after"]


async def test_a_stale_reading_is_told_as_unknown_with_its_age(app: FastAPI, world: World) -> None:
    async with client(app, world.site.tokens["manager"]) as caller:
        (item,) = (await caller.get("/api/v1/equipment", params={"facility": "F05"})).json()["items"]
    (room,) = item["compartments"]
    assert (room["state"], room["why"]) == ("unknown", "gateway_power")
