"""Fakes of what stands at the end of a webhook and of the long tail: a county's own system, and an ntfy server."""

import hashlib
import hmac
import json
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import apprise

from coldchain import clock
from tests.fakes.serving import Asked, Fault, Said, said, served

SECRET = "a-webhook-secret-of-tests"
NTFY_TOKEN = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"


@dataclass
class FakeSystem:
    """A receiver as our page on webhooks asks for: checks the signature and the time, acts once per id."""

    secret: str = SECRET
    faults: list[Fault] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    number: bool = True  # it names its own number
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/told"

    async def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        at = asked.headers["coldchain-timestamp"]
        wanted = hmac.new(self.secret.encode(), at.encode() + b"." + asked.body, hashlib.sha256).hexdigest()
        if asked.headers["coldchain-signature"] != f"v1={wanted}":
            return said({"error": "wrong signature"}, 401)
        if abs(clock.wall() / 1000 - int(at)) > 300:
            return said({"error": "old"}, 401)
        self.taken.setdefault(asked.headers["coldchain-id"], json.loads(asked.body))
        return said({"id": f"theirs-{len(self.taken)}"}, 202) if self.number else Said(b"", 204)


@dataclass
class FakeNtfy:
    """An ntfy server with one token: refuses with a status and its own code of five digits."""

    faults: list[Fault] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    async def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {NTFY_TOKEN}":
            return said({"code": 40101, "http": 401, "error": "unauthorized"}, 401)
        self.taken.append(json.loads(asked.body))
        return said({"id": f"ntfy{len(self.taken)}", "event": "message"})


@dataclass
class FakeAny:
    """Answers whatever it is told, to anybody: what apprise's plugins make of it is looked at."""

    body: bytes = b"{}"
    status: int = 200
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    async def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        return Said(self.body, self.status)


def plugins_loaded() -> None:
    """Let apprise load its plugins, in a thread whose warnings may be held back: one of them needs a module that is to go."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        apprise.Apprise.instantiate("json://127.0.0.1")


@asynccontextmanager
async def fake_system() -> AsyncIterator[FakeSystem]:
    """A running receiver."""
    fake = FakeSystem()
    async with served(fake):
        yield fake


@asynccontextmanager
async def fake_ntfy() -> AsyncIterator[FakeNtfy]:
    """A running server."""
    plugins_loaded()
    fake = FakeNtfy()
    async with served(fake):
        yield fake


@asynccontextmanager
async def fake_any(body: bytes = b"{}", status: int = 200) -> AsyncIterator[FakeAny]:
    """A running server of one answer."""
    plugins_loaded()
    fake = FakeAny(body, status)
    async with served(fake):
        yield fake
