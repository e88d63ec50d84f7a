"""A fake: an HTTP server that gives the answers of an InfluxDB which cannot be brought about on a real one at will.

It is strict about what it is asked (path, parameters, body) and says nothing of its own: a test scripts each answer.
What the real influxd can show (stored, partial writes, type conflicts, a missing database, a kill, silence) is tested on it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from coldchain.settings import SeriesSettings


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer; `cut` closes the connection instead, `silent` never says anything."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    path: str
    parameters: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


class FakeInflux:
    """Answers writes from its script, the last entry again and again, and remembers what it was asked."""

    def __init__(self, port: int, script: list[Scripted]) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.settings = SeriesSettings(
            kind="influx", url=f"http://127.0.0.1:{port}", org="county", bucket="readings", timeout_s=0.5
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive until a script cuts it."""
        try:
            while True:
                self.asked.append(await _request(reader))
                answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if answer.silent:
                    await asyncio.sleep(3600)
                if answer.cut:
                    break
                writer.write(_answer(answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up: that is its right
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    request, *lines = head.split("\r\n")
    method, target, _ = request.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers["content-length"]))
    url = urlsplit(target)
    assert (method, url.path) == ("POST", "/api/v2/write"), request
    parameters = parse_qs(url.query, strict_parsing=True)
    assert set(parameters) == {"org", "bucket", "precision"}, target
    return Asked(url.path, parameters, headers, body)


def _answer(answer: Scripted) -> bytes:
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n{head}\r\n".encode() + answer.body


@asynccontextmanager
async def fake_influx(*script: Scripted) -> AsyncIterator[FakeInflux]:
    """A running fake; without a script every write is confirmed."""
    handlers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        with suppress(asyncio.CancelledError):
            await fake.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    fake = FakeInflux(server.sockets[0].getsockname()[1], list(script) or [Scripted()])
    try:
        yield fake
    finally:
        server.close()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
