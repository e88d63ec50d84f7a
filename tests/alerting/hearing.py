"""An alarm of which somebody was told by text, and the provider's queue of what came back: for tests of what is heard."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from alerting.receipts import Receipts
from coldchain.archive import alarms, chains
from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Archive
from coldchain.errors import BadInput, Unavailable
from coldchain.excursion import AlarmState
from coldchain.providers.outcome import Receipt, Reply
from tests.alerting.ways import Loudspeaker
from tests.archive.small import T0, fill
from tests.archive.telling.cast import queued, rung, sent

LI = "+8613800138000"
AT = T0 + 60_000


class Queue(Loudspeaker):
    """A way whose provider gives each page of receipts and replies once, as Tencent's does."""

    queues = ("receipts", "replies")

    def __init__(self, *replies: Reply, receipts: tuple[Receipt, ...] = ()) -> None:
        super().__init__(name="sms", wakes=False)
        self.pages = [("receipts", msgspec.json.encode(receipts))] if receipts else []
        self.pages += [("replies", msgspec.json.encode([each])) for each in replies]
        self.is_out = False

    async def pull(self, queue: str) -> bytes:
        if self.is_out:
            raise Unavailable("tencent_sms: no answer")
        mine = next((n for n, (name, _) in enumerate(self.pages) if name == queue), None)
        return b"" if mine is None else self.pages.pop(mine)[1]

    def heard_in(self, queue: str, page: bytes, at: int) -> list[Receipt | Reply]:
        kind = Receipt if queue == "receipts" else Reply
        try:
            return list(msgspec.json.decode(page, type=list[kind]))  # type: ignore[valid-type]  # either
        except msgspec.DecodeError as error:
            raise BadInput("page", f"{error} at {at}", "give a page") from None


@dataclass
class Told:
    """An alarm of which 李小琴 was told by text."""

    archive: Archive
    alarm: int
    folder: Path

    async def its_alarm(self) -> Alarm:
        async with self.archive.reading() as tx:
            return (await alarms.alarms(tx, [self.alarm]))[self.alarm]

    async def state(self) -> AlarmState:
        return (await self.its_alarm()).state

    async def rows(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        async with self.archive.reading() as tx:
            rows = await tx.scalars(select(table).order_by(table.id))
            assert await chains.unseen(tx) == []
            return [tuple(getattr(row, name) for name in columns) for row in rows]

    def ears(self, way: Any, **more: Any) -> Receipts:
        return Receipts(self.archive, {way.name: way, **more}, asyncio.Event(), self.folder)


async def told_by_text(archive: Archive, folder: Path) -> Told:
    await fill(archive)
    alarm = await rung(archive)
    await queued(archive, alarm, person="1", sent_to=LI)
    await sent(archive)
    return Told(archive, alarm.id, folder)


def reply(text: str, id_: str = "r1") -> Reply:
    return Reply("sms", LI, text, T0 + 40_000, id_)


def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask without waiting."""
    monkeypatch.setattr("alerting.receipts.FIRST_S", 0.0)
    monkeypatch.setattr("alerting.receipts.MOST_S", 0.0)
