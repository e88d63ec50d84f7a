"""What gateways' own guards said: kept for the collector, read by alerting so that nobody is told the same case twice.

    gateway/guard ─► batches ─► collector ─► keep ─► edge_notice ─► edge_notices ─► alerting

The gateway deletes what it told from its disk because it stands here; so `keep` returns only once it does.
"""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import select

from coldchain.archive import audit, rows
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.tables import EdgeNoticeRow

REACHED = ("accepted", "delivered", "replied")  # answers after which the person counts as told


class EdgeNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One event. Where `boot` is not empty, `anchor` and `at` are ms since that boot, whose time nobody ever knew."""

    gateway: str
    boot: str = ""
    channel: str
    anchor: int
    at: int
    way: str
    act: str
    person: str
    phone_number: str
    answer: str
    words: str = ""
    received_at: int


async def keep(archive: Archive, notices: Sequence[EdgeNotice]) -> None:
    """Make them durable, each with a link in its gateway's chain; an event that is here already is not kept twice.

    Raises:
        Unavailable: nothing was kept: do not tell the gateway that it may delete.
    """
    if not notices:
        return
    async with archive.writing() as tx:
        new = await rows.inserted(tx, EdgeNoticeRow, [_row(notice) for notice in notices])
        for row in new:
            audit.decided(tx, By(row.gateway, row.received_at), "kept", [row])


async def edge_notices(tx: Tx, *, channels: Collection[str], start: int, end: int) -> list[EdgeNotice]:
    """What was said of these channels about excursions that began in [start, end), in order of saying.

    A gateway judges by its own limits, so its anchor lies somewhere in the server's excursion: give the excursion's span.
    """
    query = (
        select(EdgeNoticeRow)
        .where(EdgeNoticeRow.channel.in_(channels), EdgeNoticeRow.boot == "")
        .where(EdgeNoticeRow.anchor >= start, EdgeNoticeRow.anchor < end)
        .order_by(EdgeNoticeRow.at, EdgeNoticeRow.id)
    )
    return [rows.record_of(row, EdgeNotice) for row in await tx.scalars(query)]


def _row(notice: EdgeNotice) -> dict[str, object]:
    return {name: _clean(getattr(notice, name)) for name in notice.__struct_fields__}


def _clean(value: object) -> object:
    """Text that any database can hold: PostgreSQL's has no NUL, and UTF-8 no half of a surrogate pair."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
