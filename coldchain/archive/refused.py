"""Messages and readings that the collector would not store: kept whole with the reason, for a person to see.

The gateway deletes a refused batch from its disk because it stands here; so `keep` returns only once it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from sqlalchemy import func, select

from coldchain.archive import rows
from coldchain.archive.db import Archive, Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.tables import RefusedRow
from coldchain.wire import Refusal


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """What came, and why it was not taken. `payload` is the message as it arrived, or the part that was refused."""

    collector: str
    gateway: str
    topic: str
    received: int
    spool: str | None
    seq: int | None
    reason: Refusal
    detail: str
    payload: bytes


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """One of them as it is listed; its payload is asked for by id."""

    id: int
    collector: str
    gateway: str
    topic: str
    received_at: int
    spool: str | None
    seq: int | None
    reason: str
    detail: str
    bytes: int


async def keep(archive: Archive, refusals: Sequence[RefusedMessage]) -> None:
    """Make them durable; one that is here already (same gateway, payload and reason) is not kept twice.

    Raises:
        Unavailable: nothing was kept: do not tell the gateway that it may delete.
    """
    if not refusals:
        return
    async with archive.writing() as tx:
        await rows.insert_new(tx, RefusedRow, [_row(refused) for refused in refusals])


async def listed(tx: Tx, asked: Asked, *, gateway: str | None = None) -> Page[Refused]:
    """Newest first."""
    query = select(
        *(getattr(RefusedRow, name) for name in Refused.__struct_fields__ if name != "bytes"),
        func.length(RefusedRow.payload).label("bytes"),
    )
    if gateway is not None:
        query = query.where(RefusedRow.gateway == gateway)
    return await page(tx, query, (RefusedRow.id,), asked, Refused, descending=True)


async def payload(tx: Tx, refused: int) -> bytes | None:
    """The message itself; None when there is no such row."""
    return await tx.scalar(select(RefusedRow.payload).where(RefusedRow.id == refused))


def _row(refused: RefusedMessage) -> dict[str, object]:
    return {
        "collector": refused.collector,
        "gateway": _clean(refused.gateway),
        "topic": _clean(refused.topic),
        "received_at": refused.received,
        "spool": refused.spool,
        "seq": refused.seq,
        "reason": str(refused.reason),
        "detail": _clean(refused.detail),
        "sha256": sha256(refused.payload).hexdigest(),
        "payload": refused.payload,
    }


def _clean(text: str) -> str:
    """What any database can hold: PostgreSQL's text has no NUL, and UTF-8 no half of a surrogate pair."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
