"""Answers that are kept, so that a request which comes twice is carried out once: the network broke, the program retries.

key, digest of what is asked ─► known? ─┬─► no   carried out; its answer is kept in the same transaction
                                        └─► yes  the same answer; another question under a known key is refused
"""

import hashlib
from typing import Final

from sqlalchemy import delete, select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.errors import Refused

KEPT_MS: Final = 7 * 24 * 3_600_000  # nobody retries for longer


async def known(tx: Tx, key: str, question: str, by: By) -> str | None:
    """What was answered to this before, as JSON; None: it is new. Writers wait for each other here.

    Raises:
        Refused: when something else was asked under this key.
    """
    await audit.begin(tx)
    row = tables.Answered
    found = await tx.scalar(select(row).where(row.actor == by.actor, row.key == key))
    if found is None:
        return None
    if found.asked != _digest(question):
        raise Refused(f"Idempotency-Key {key!r} was used for something else; use a new one for every new request")
    return found.answer


async def keep(tx: Tx, key: str, question: str, answer: str, by: By) -> None:
    """Keep an answer; those that nobody will ask for again are dropped."""
    row = tables.Answered
    await tx.execute(delete(row).where(row.at < by.at - KEPT_MS))
    tx.add(row(actor=by.actor, key=key, asked=_digest(question), answer=answer, at=by.at))
    await tx.flush()


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()
