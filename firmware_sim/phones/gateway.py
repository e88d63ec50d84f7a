"""The gateway for texts and calls: takes signed messages once each, lets its people answer, calls back until it is heard."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from coldchain import clock
from firmware_sim.phones import http
from firmware_sim.phones.people import Act, answers
from firmware_sim.phones.signing import is_signed, signed

log = logging.getLogger(__name__)

WAYS: Final = {"/sms": "sms", "/voice": "voice"}
MOST_TRIES: Final = 8
ICON: Final = {"sms": "短信 SMS ", "voice": "电话 call"}
LONGEST_LINE: Final = 110
HOME: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the gateway stands."""

    secret: str = field(repr=False)
    callbacks: str  # http://host:port of the dashboards
    say: Callable[[str], None]  # a line for whoever watches
    zone: ZoneInfo = HOME
    first_wait_s: float = 1.0  # real seconds until a call back is tried again; doubles


class Gateway:
    """Made by `serving`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._taken: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            request = await http.read(reader)
            writer.write(self._answer(request) if request else http.answer(400))
            await writer.drain()
        except ConnectionError as error:
            log.info("a caller hung up: %s", error)
        finally:
            writer.close()

    def _answer(self, request: http.Request) -> bytes:
        way = WAYS.get(request.path)
        if way is None or request.method != "POST":
            return http.answer(404)
        if not is_signed(self._place.secret, request.headers, request.body, clock.wall() // 1000):
            return http.answer(401)
        message = _message(request.body)
        if message is None:
            return http.answer(400)
        number = f"{way}-{message['id']}"
        if (way, message["id"]) not in self._taken:
            self._taken.add((way, message["id"]))
            self._let_answer(way, number, message)
        return http.answer(200, json.dumps({"id": number}).encode())

    def _let_answer(self, way: str, number: str, message: dict[str, Any]) -> None:
        self._place.say(_line(way, message))
        hour = datetime.fromtimestamp(clock.now() / 1000, self._place.zone).hour
        task = asyncio.create_task(self._live(way, number, message, answers(way, message, hour)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _live(self, way: str, number: str, message: dict[str, Any], acts: list[Act]) -> None:
        """What becomes of a message, in the county's time."""
        so_far_s = 0.0
        for n, act in enumerate(acts):
            await asyncio.sleep((act.after_s - so_far_s) / clock.speed())
            so_far_s = act.after_s
            if act.said:
                self._place.say(f"    {_shown(message['to'])} {act.said}")
            await self._call_back(way, f"{number}-{n}", _told(act, n, number, message))

    async def _call_back(self, way: str, number: str, told: dict[str, Any]) -> None:
        url = f"{self._place.callbacks}/callbacks/webhook_{way}/phones"
        body, wait_s = json.dumps(told).encode(), self._place.first_wait_s
        for _ in range(MOST_TRIES):
            try:
                status = await http.post(url, signed(self._place.secret, number, body, clock.wall() // 1000), body)
                if status == 200:
                    return
                log.warning("%s answers %d", url, status)
            except (OSError, TimeoutError) as error:
                log.warning("%s: %s", url, error)
            await asyncio.sleep(wait_s)
            wait_s *= 2
        log.error("%s never heard of %s", url, number)

    async def stop(self) -> None:
        """Nobody answers any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _message(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    is_one = isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("id", "to", "text", "kind"))
    return found if is_one else None


def _told(act: Act, n: int, number: str, message: dict[str, Any]) -> dict[str, Any]:
    at = clock.now()
    if act.text:
        return {"replies": [{"id": f"{number}-{n}", "from": message["to"], "text": act.text, "at": at}]}
    receipt = {"id": message["id"], "message_id": number, "state": act.state, "to": message["to"], "at": at}
    return {"receipts": [{**receipt, "key": act.key}]}


def _line(way: str, message: dict[str, Any]) -> str:
    return f"{ICON[way]} → {_shown(message['to'])}: {message['text']}"[:LONGEST_LINE]


def _shown(number: str) -> str:
    """As people write it; all of it, for nobody real has it."""
    return number.removeprefix("+86")


@asynccontextmanager
async def serving(place: Place, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve; yields the port."""
    gateway = Gateway(place)
    server = await asyncio.start_server(gateway.serve, host, port)
    try:
        async with server:
            yield int(server.sockets[0].getsockname()[1])
    finally:
        await gateway.stop()
