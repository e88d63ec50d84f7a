"""What the fakes of providers stand on: a small HTTP server whose answers can be made late, cut, wrong or missing.

A fake is a class with `async def answer(asked) -> Said`; `served(fake)` runs it on a free port. `faults` is a queue:
each request takes the first one off it. With `after_receipt` the fake does its work and then misbehaves, which is what a
time-out looks like when the message went out all the same.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx2


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came; header names are lower-case."""

    method: str
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """One answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


def said(table: Any, status: int = 200, **headers: str) -> Said:
    """An answer in JSON."""
    return Said(json.dumps(table, ensure_ascii=False).encode(), status, {"Content-Type": "application/json", **headers})


@dataclass(frozen=True, slots=True)
class Fault:
    """`hang` never answers, `drip` answers a byte at a time, `cut` closes the connection, `say` gives another answer."""

    kind: Literal["hang", "drip", "cut", "say"]
    after_receipt: bool = False
    said: Said = Said()


HANG, CUT, DRIP = Fault("hang"), Fault("cut"), Fault("drip")
HANG_AFTER, CUT_AFTER = Fault("hang", after_receipt=True), Fault("cut", after_receipt=True)


def says(table: Any, status: int = 200, **headers: str) -> Fault:
    """Answer this instead of anything of one's own."""
    return Fault("say", said=said(table, status, **headers))


class Fake(Protocol):
    """One provider's fake."""

    faults: list[Fault]
    port: int

    async def answer(self, asked: Asked) -> Said:
        """The provider's answer to one request."""


@asynccontextmanager
async def served(fake: Fake, *, latency_s: float = 0.0) -> AsyncIterator[None]:
    """Run the fake on a free port of this machine; `fake.port` names it. Each answer takes `latency_s`."""
    handlers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        with suppress(asyncio.CancelledError):
            await _serve(fake, reader, writer, latency_s)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


async def pushed(url: str, body: bytes, *, times: int = 1, within_s: float = 5.0) -> list[Said | None]:
    """What was answered to a callback, pushed so many times as a provider pushes duplicates; None where it was too late."""
    answers: list[Said | None] = []
    async with httpx2.AsyncClient(trust_env=False, timeout=within_s) as client:
        for _ in range(times):
            try:
                answer = await client.post(url, content=body, headers={"content-type": "application/json"})
                answers.append(Said(answer.content, answer.status_code, dict(answer.headers)))
            except httpx2.HTTPError:
                answers.append(None)
    return answers


async def _serve(fake: Fake, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, latency_s: float) -> None:
    try:
        while True:
            asked = await _request(reader)
            fault = fake.faults.pop(0) if fake.faults else None
            if latency_s:
                await asyncio.sleep(latency_s)
            answer = await fake.answer(asked) if fault is None or fault.after_receipt else fault.said
            if fault is not None and fault.kind == "hang":
                await asyncio.sleep(3600)
            if fault is not None and fault.kind == "cut":
                break
            if fault is not None and fault.kind == "drip":
                await _drip(writer)
            writer.write(_bytes(answer))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client hung up: that is its right
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    request, *lines = head.split("\r\n")
    method, target, _ = request.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Asked(method, url.path, query, url.query, headers, body)


def _bytes(answer: Said) -> bytes:
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n{head}\r\n".encode() + answer.body
