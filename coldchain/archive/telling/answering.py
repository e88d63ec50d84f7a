"""The texts that go back to whoever replied: each in its reply's own row, leaving once.

waiting ─► leaving ─► told | refused      put back to waiting only where it surely did not go out

A text that was leaving when a process died may have gone out, and stays so: nobody is answered twice.
"""

from typing import Final

from sqlalchemy import select

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.archive.telling.receipts import Reply

WAITING: Final = "waiting"
LEAVING: Final = "leaving"
TOLD: Final = "told"
REFUSED: Final = "refused"
STALE_MS: Final = 60 * 60_000  # whoever wrote an hour ago waits for no answer any more


async def is_waiting(tx: Tx) -> bool:
    """True when somebody is to be answered."""
    row = tables.NoticeReply
    return await tx.scalar(select(row.id).where(row.text_back_state == WAITING).limit(1)) is not None


async def leave(tx: Tx, at: int, limit: int, but: frozenset[int] = frozenset()) -> list[Reply]:
    """The next that are answered now, marked before they leave; what waited too long is refused.

    Args:
        tx: a writing transaction.
        at: domain time.
        limit: at most so many.
        but: those that are put off.
    """
    row = tables.NoticeReply
    query = select(row).where(row.text_back_state == WAITING, row.id.not_in(sorted(but))).order_by(row.id).limit(limit)
    rows = list(await tx.scalars(query.with_for_update(skip_locked=True)))
    for each in rows:
        each.text_back_state = REFUSED if at - each.received_at > STALE_MS else LEAVING
    await tx.flush()
    audit.decided(tx, By(MACHINE, at), LEAVING, rows)
    return [record_of(each, Reply) for each in rows if each.text_back_state == LEAVING]


async def left(tx: Tx, reply: int, state: str, at: int) -> None:
    """What became of one: told, refused, or waiting again."""
    row = await tx.get_one(tables.NoticeReply, reply, with_for_update=True)
    row.text_back_state = state
    await tx.flush()
    audit.decided(tx, By(MACHINE, at), state, [row])
