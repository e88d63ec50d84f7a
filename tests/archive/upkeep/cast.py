"""What this theme's tests share: the small county's refrigerator, people, days, and short ways to act."""

from typing import Any

from coldchain.archive import documents, lots
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.upkeep import cards, life
from coldchain.archive.upkeep.cards import Card, Equipment
from coldchain.archive.upkeep.life import Turn
from coldchain.archive.upkeep.words import EquipmentType, Status
from tests.archive.small import HOUR, T0

FRIDGE, CLINIC, POST = "511900012-BX1", "511900012", "511900013"
DAY = 24 * HOUR
NOW = T0 + 30 * DAY  # 2026-07-31
TODAY, YESTERDAY, AGES_AGO = "2026-07-31", "2026-07-30", "2020-01-01"
KEEPER, CHIEF = By("李小琴", NOW, "asked for"), By("李科长", NOW, "decided")
PDF = b"%PDF-1.7 a certificate"


def piece(code: str = "E2", **said: Any) -> Equipment:
    values = {
        "code": code,
        "facility": CLINIC,
        "name_zh": "冰衬冰箱",
        "name_en": "ILR",
        "short_zh": "冰衬",
        "type": EquipmentType.ILR,
    }
    return Equipment(**{**values, **said})  # fmt: skip


async def put(archive: Archive, *records: Equipment, by: By = CHIEF) -> int:
    async with archive.writing() as tx:
        return await cards.put(tx, records, by)


async def card(archive: Archive, code: str = FRIDGE) -> Card:
    async with archive.reading() as tx:
        return await cards.card(tx, code)


async def turn(archive: Archive, status: Status, on: str = TODAY, code: str = FRIDGE, **more: Any) -> life.StatusSpan:
    async with archive.writing() as tx:
        return await life.set_status(tx, code, Turn(status, on, "because", **more), CHIEF)


async def spans(archive: Archive, code: str = FRIDGE) -> list[tuple[str, str | None, str | None]]:
    async with archive.reading() as tx:
        return [(each.status.value, each.since, each.until) for each in await life.statuses(tx, code)]


async def a_document(archive: Archive, content: bytes = PDF, facility: str | None = CLINIC) -> str:
    async with archive.writing() as tx:
        return (await documents.add(tx, "报废批复.pdf", content, facility, CHIEF)).sha256


async def take_out(archive: Archive) -> None:
    """The doses of the small county leave the refrigerator."""
    async with archive.writing() as tx:
        await lots.move(
            tx, NewMovement(lot="HepB-A1", at=T0 + 2 * HOUR, doses=70, reason=Reason.ISSUED, source=1), KEEPER
        )
