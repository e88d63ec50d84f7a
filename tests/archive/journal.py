"""What the change journal tells alerting, for tests of this room."""

from sqlalchemy import select

from coldchain.archive.db import Archive
from coldchain.archive.tables import Change

Told = tuple[str | None, int | None, int | None]  # channel, from, to


async def last(archive: Archive) -> int:
    """The number of the journal's last entry."""
    async with archive.reading() as tx:
        return await tx.scalar(select(Change.id).order_by(Change.id.desc()).limit(1)) or 0


async def told(archive: Archive, after: int, entity: str) -> list[Told]:
    """Which channels an entity's changes made doubtful since an entry, and from when to when."""
    async with archive.reading() as tx:
        query = select(Change).where(Change.id > after, Change.entity == entity, Change.channel.is_not(None))
        return [(row.channel, row.start, row.end) for row in await tx.scalars(query.order_by(Change.id))]
