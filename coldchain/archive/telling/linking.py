"""What is done behind a message's link: each try with four digits is kept as a reply, right or wrong; the wrong ones count.

    alarm, act, digits ─► tried too often? ─► who was told and has such a number ─► together ─► kept as a reply of the way `link`

The tries stand in the archive, so all processes count together and a restart forgets none; the digits stand nowhere.
"""

import secrets
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import func, select

from coldchain.archive import db, tables
from coldchain.archive.db import Tx
from coldchain.archive.telling import receipts, story, together
from coldchain.archive.telling.receipts import NewReply
from coldchain.archive.telling.taking import Act

LINK: Final = "link"
MOST_TRIES: Final = 5  # in vain, of one alarm within an hour: who may try often finds four digits
WITHIN_MS: Final = 3_600_000
_KEYS: Final = {"going": "1", "seen": "2"}  # as they would be written in a text message


@dataclass(frozen=True, slots=True)
class Tapped:
    """What somebody does behind a link, and by which four digits."""

    act: Literal["going", "seen"]
    digits: str
    eta_min: int | None = None


async def tap(tx: Tx, alarm: int, tapped: Tapped, at: int) -> str:
    """Do it as the one person who was told and whose number ends so; keep the try.

    Returns:
        The act; else why nothing was changed: `not_yours` (nobody told has these digits), `several` (more than one),
        `often` (too many tries for now: this one is not even kept).

    Raises:
        BadInput: it is over, or they would be there too late.
    """
    await db.lock(tx, f"link {alarm}")
    if await _tries(tx, alarm, at) >= MOST_TRIES:
        return "often"
    found = await story.told_with(tx, alarm, tapped.digits.strip())
    outcome = tapped.act if len(found) == 1 else "several" if found else "not_yours"
    name = found[0].name if len(found) == 1 else ""
    if name:
        minutes = tapped.eta_min if tapped.act == "going" else None
        _, *others = await together.of_one_message(tx, alarm, str(found[0].person))
        await together.take_with(tx, Act(alarm, tapped.act, name, at, minutes, way=LINK), others)
    await receipts.keep_reply(tx, _reply(alarm, tapped, name, outcome, at))
    return outcome


async def _tries(tx: Tx, alarm: int, at: int) -> int:
    """Those in vain of the last hour; a clock that went back does not make yesterday's count until tomorrow.

    Who was told and says so is no guesser: six people who were told of one alarm must not shut each other out.
    """
    row = tables.NoticeReply
    query = select(func.count()).where(row.alarm == alarm, row.provider == LINK, row.outcome.not_in(tuple(_KEYS)))
    return await tx.scalar(query.where(row.received_at > at - WITHIN_MS, row.received_at < at + WITHIN_MS)) or 0


def _reply(alarm: int, tapped: Tapped, name: str, outcome: str, at: int) -> NewReply:
    written = [_KEYS[tapped.act], *([str(tapped.eta_min)] if tapped.eta_min is not None else [])]
    return NewReply(
        provider=LINK, reply_id=secrets.token_hex(8), phone_number="", text=" ".join(written), at=at, received_at=at,
        alarm=alarm, person=name, outcome=outcome,
    )  # fmt: skip
