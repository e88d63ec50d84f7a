"""The collector's store on a real embedded series and a real SQLite archive; its voice speaks into a list."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from coldchain import wire
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.pages import Asked
from coldchain.archive.refused import Refused, listed
from coldchain.series import Series
from coldchain.series.embedded import EmbeddedSeries
from coldchain.settings import ArchiveSettings
from coldchain.wire import Feed, Stored
from collector.batch import Delivery
from collector.refused import open_keeper
from collector.store import Store
from collector.voice import Voice
from tests.parts.archives import on_sqlite


@dataclass
class Heard:
    """A broker connection that only remembers."""

    messages: list[tuple[str, bytes, int]] = field(default_factory=list)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        assert not retain
        self.messages.append((topic, payload, qos))

    def stored(self, gateway: str = "gw-1") -> list[Stored]:
        topic = wire.topic_of(gateway, "stored")
        return [wire.decode_stored(payload) for to, payload, _ in self.messages if to == topic]

    def feeds(self) -> list[Feed]:
        return [wire.decode_feed(payload) for topic, payload, _ in self.messages if "/feed/" in topic]


@dataclass
class Room:
    """A collector's store with everything around it."""

    series: Series
    archive: Archive
    heard: Heard
    store: Store

    async def flush(self, deliveries: Sequence[Delivery]) -> None:
        """A flush, and its refusals kept and told."""
        await self.store.flush(deliveries)
        await self.store.refusals_kept()

    async def refused(self) -> list[Refused]:
        async with self.archive.reading() as tx:
            return (await listed(tx, Asked())).items


@pytest.fixture
async def series(tmp_path: Path) -> AsyncIterator[EmbeddedSeries]:
    async with EmbeddedSeries.open(tmp_path / "series.sqlite", writer=True) as opened:
        yield opened


@pytest.fixture
def archive_settings(tmp_path: Path) -> ArchiveSettings:
    """Settings of an empty archive, migrated."""
    return on_sqlite(tmp_path)


@pytest.fixture
async def room(series: EmbeddedSeries, archive_settings: ArchiveSettings) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        archive = await stack.enter_async_context(open_archive(archive_settings))
        keeper = await stack.enter_async_context(open_keeper(archive_settings, "main"))
        heard, voice = Heard(), Voice()
        await stack.enter_async_context(voice.over(heard))
        store = await Store.open(series, "main", keeper, voice)
        keeping = asyncio.ensure_future(store.keep_refusals())
        stack.callback(keeping.cancel)
        yield Room(series, archive, heard, store)
