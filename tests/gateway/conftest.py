"""Fixtures of the gateway's tests."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.parts import HandClock, Pty


@pytest.fixture
def hand() -> HandClock:
    return HandClock()


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[Pty]:
    port = Pty(tmp_path / "ttyS0")
    yield port
    with contextlib.suppress(OSError):  # the test left it vanished
        port.vanish()
