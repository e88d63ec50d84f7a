"""Each try to send a notice: written before it leaves, so that after a crash nobody forgets that it may have gone out.

What the tries add up to is asked here too: how often an address was written to, and what a month cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.duty import questions
from coldchain.archive.telling.notices import Notice, Outcome

LATER = "later"  # the verdict of one that surely did not go out
AHEAD_S = 60.0  # two machines' clocks differ by no more


@dataclass(frozen=True, slots=True)
class Moment:
    """When: domain time, and real seconds, in which providers count."""

    at: int
    wall_s: float


async def begin(tx: Tx, notices: Sequence[Notice], moment: Moment) -> dict[int, int]:
    """A row for each of these claimed notices, before it is sent; returns their numbers by notice."""
    rows = [
        tables.NoticeAttempt(
            notice=each.id,
            alarm=each.alarm,
            channel=each.channel,
            sent_to=each.sent_to,
            claim=each.claim or "",
            at=moment.at,
            sent_s=moment.wall_s,
            verdict="unknown",
        )
        for each in notices
    ]
    tx.add_all(rows)
    for row in await _of(tx, [notice.id for notice in notices]):
        row.verdict = "unknown"  # until the answer is kept
        row.tries += 1
    await tx.flush()
    audit.decided(tx, By(MACHINE, moment.at), "tried", rows)
    return {row.notice: row.id for row in rows}


async def _of(tx: Tx, notices: Sequence[int]) -> Iterable[tables.Notice]:
    return await tx.scalars(select(tables.Notice).where(tables.Notice.id.in_(notices)))


async def end(tx: Tx, answers: Sequence[tuple[int, Outcome]]) -> None:
    """What the provider answered to each of these tries."""
    outcomes = dict(answers)
    query = select(tables.NoticeAttempt).where(tables.NoticeAttempt.id.in_(sorted(outcomes)))
    for row in await tx.scalars(query):
        outcome = outcomes[row.id]
        row.verdict, row.answer = outcome.verdict, outcome.answer
        row.provider_id, row.provider_code = outcome.provider_id, outcome.provider_code
        row.cost_fen = outcome.cost_fen
        audit.decided(tx, By(MACHINE, outcome.at), outcome.verdict or "answered", [row])
    await tx.flush()


async def sent_since(
    tx: Tx, ways: Iterable[tuple[str, str]], since_s: float, now_s: float
) -> dict[tuple[str, str], list[float]]:
    """When messages went to each of these (channel, address) since then, in real seconds, the first first.

    What was sent by a clock that was ahead is no longer counted once that clock went back: nobody is closed until then.
    """
    row = tables.NoticeAttempt
    query = select(row.channel, row.sent_to, row.sent_s).where(row.sent_s > since_s, row.sent_s <= now_s + AHEAD_S)
    query = query.where(row.verdict != LATER, tuple_(row.channel, row.sent_to).in_(sorted(set(ways))))
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for channel, address, sent_s in await tx.execute(query.order_by(row.sent_s)):
        found[channel, address].append(sent_s)
    return found


async def last_sent(tx: Tx, notices: Sequence[int]) -> dict[int, int]:
    """When each of these notices was last sent, or may have been (domain time)."""
    row = tables.NoticeAttempt
    query = select(row.notice, func.max(row.at)).where(row.notice.in_(notices)).group_by(row.notice)
    return {each[0]: each[1] for each in await tx.execute(query)}


async def cost_since(tx: Tx, since_s: float) -> int:
    """What all messages since then cost, people's numbers being asked for among them."""
    row = tables.NoticeAttempt
    spent = await tx.scalar(select(func.coalesce(func.sum(row.cost_fen), 0)).where(row.sent_s >= since_s)) or 0
    return spent + await questions.cost_since(tx, since_s)


async def cost_of(tx: Tx, alarms: Iterable[int]) -> dict[int, int]:
    """What the messages of each of these alarms cost."""
    row = tables.Notice
    query = select(row.alarm, func.sum(row.cost_fen)).where(row.alarm.in_(sorted(set(alarms)))).group_by(row.alarm)
    return {each[0]: each[1] for each in await tx.execute(query)}
