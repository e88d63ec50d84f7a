"""As much of HTTP/1.1 as a gateway for texts needs: one request a connection, bodies with their length."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

LARGEST: Final = 64 * 1024
TIMEOUT_S: Final = 10.0
_WORDS: Final = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 413: "Content Too Large"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request, whole; names of headers in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


async def read(reader: asyncio.StreamReader) -> Request | None:
    """The next request; None when it is none, or too large."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            method, path, _ = first.split(" ", 2)
            headers = {name.strip().lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", "0"))
            if not 0 <= length <= LARGEST:
                return None
            return Request(method, path, headers, await reader.readexactly(length))
    except (ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
        return None


def answer(status: int, body: bytes = b"{}") -> bytes:
    """An answer as bytes."""
    head = f"HTTP/1.1 {status} {_WORDS[status]}\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body


async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Post something; returns the status.

    Raises:
        OSError: nobody answers.
    """
    parts = urlsplit(url)
    lines = [f"POST {parts.path or '/'} HTTP/1.1", f"host: {parts.netloc}", f"content-length: {len(body)}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    async with asyncio.timeout(TIMEOUT_S):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        try:
            writer.write(("\r\n".join(lines) + "\r\nconnection: close\r\n\r\n").encode() + body)
            await writer.drain()
            words = (await reader.readline()).split()
        finally:
            writer.close()
    if len(words) < 2 or not words[1].isdigit():
        raise ConnectionError("an answer that is no HTTP")
    return int(words[1])
