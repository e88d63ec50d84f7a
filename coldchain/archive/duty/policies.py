"""A county's own policies, dated: for a region and below, a facility, a piece of equipment, or everywhere.

Another policy of the same place ends the one before when it begins; what held stays what held. Never backdated: who was to be told
last night is judged by what stood last night.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select

from coldchain import clock
from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.duty import checks
from coldchain.archive.duty.policy import policy_of, written
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.errors import BadInput


class NewPolicy(Record, frozen=True, kw_only=True):
    """Who is told there from `start` on; `content` as `default.toml` says it."""

    content: Mapping[str, Any]
    start: int
    region: str | None = None
    facility: str | None = None
    equipment: str | None = None


class Entered(NewPolicy, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = before it ever held."""

    id: int
    title: str
    end: int | None
    by: str
    withdrawn_at: int | None


async def enter(tx: Tx, new: NewPolicy, by: By) -> Entered:
    """From then on this is who is told there; the policy of that place before it ends.

    Raises:
        BadInput: when the policy or its place cannot be, it is past, or another of that place begins later.
    """
    policy = policy_of(dict(new.content))
    check_texts("duty_policy", {"title": policy.title, "by": by.actor})
    await audit.begin(tx)
    checks.not_past("start", new.start, by.at)
    await checks.place(tx, region=new.region, facility=new.facility, equipment=new.equipment)
    await checks.members(tx, policy, by.at)
    for before in await _beside(tx, new):
        if before.start >= new.start:
            begins = clock.iso(before.start)
            raise BadInput("start", f"policy {before.id} of that place begins at {begins}", "withdraw that one first")
        before.end = new.start
        await changes.enter(tx, by, "ended", before, [])
    row = tables.DutyPolicy(
        region=new.region, facility=new.facility, equipment=new.equipment, start=new.start, end=None,
        title=policy.title, content=written(policy), by=by.actor, withdrawn_at=None,
    )  # fmt: skip
    await changes.enter(tx, by, "entered", row, [])
    return record_of(row, Entered)


async def end(tx: Tx, number: int, at: int, by: By, *, seen: str | None = None) -> Entered:
    """Let a policy end: from then on the one of the next wider place holds.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, it is past, or it is over by then.
    """
    row = await changes.counting(tx, tables.DutyPolicy, "policy", number)
    locking.check(row, seen)
    checks.not_past("at", at, by.at)
    changes.end_at(row, at)
    await changes.enter(tx, by, "ended", row, [])
    return record_of(row, Entered)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Entered:
    """Take back a policy that has not begun; the one that it would have ended goes on.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, or it has begun.
    """
    row = await changes.counting(tx, tables.DutyPolicy, "policy", number)
    locking.check(row, seen)
    if row.start <= by.at:
        raise BadInput("policy", f"{number} holds since {clock.iso(row.start)}", "end it, or enter another")
    row.withdrawn_at = by.at
    table = tables.DutyPolicy
    before = await tx.scalar(_same_place(row).where(table.end == row.start, table.id != row.id).limit(1))
    if before is not None:
        before.end = row.end
        await changes.enter(tx, by, "goes on", before, [])
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Entered)


async def listed(tx: Tx, *, after: int = 0, limit: int | None = None) -> list[Entered]:
    """All of them, those that ended or were withdrawn too, by number."""
    row = tables.DutyPolicy
    query = select(row).where(row.id > after).order_by(row.id).limit(limit)
    return [record_of(each, Entered) for each in await tx.scalars(query)]


async def _beside(tx: Tx, new: NewPolicy) -> list[tables.DutyPolicy]:
    """Those of the same place that hold then or later."""
    row = tables.DutyPolicy
    query = _same_place(new).where(or_(row.end.is_(None), row.end > new.start)).order_by(row.start.desc())
    return list(await tx.scalars(query))


def _same_place(place: Any) -> Any:  # noqa: ANN401 - a record or a row, and a query of rows
    row = tables.DutyPolicy
    return select(row).where(
        row.withdrawn_at.is_(None),
        row.region.is_not_distinct_from(place.region),
        row.facility.is_not_distinct_from(place.facility),
        row.equipment.is_not_distinct_from(place.equipment),
    )
