"""How people's changes are made: the row, its link in the audit trail, and an entry in the change journal.

The journal is for what makes old readings or exposures mean something else; alerting follows it. All three stand in the caller's transaction, so that none is ever there without the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import select, tuple_

from coldchain.archive import audit
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import check_texts, table_of
from coldchain.archive.tables import Base, Change


@dataclass(frozen=True, slots=True)
class Touched:
    """What a correction makes doubtful: a channel's verdicts, or a lot's exposure in a compartment, in [start, end)."""

    start: int
    end: int | None = None
    channel: str | None = None
    compartment: int | None = None
    lot: str | None = None


async def put(tx: Tx, kind: type[Base], key: Sequence[str], records: Sequence[msgspec.Struct], by: By) -> int:
    """Insert each record, or change the row with the same `key`; rows that say the same already are left alone.

    Returns:
        How many rows were inserted or changed.

    Raises:
        BadInput: when a text is too long for its column.
    """
    values = [msgspec.to_builtins(record) for record in records]
    for each in values:
        check_texts(table_of(kind).name, each)
    await audit.begin(tx)
    keys = [tuple(each[name] for name in key) for each in values]
    query = select(kind).where(tuple_(*(getattr(kind, name) for name in key)).in_(keys))
    there = {tuple(getattr(row, name) for name in key): row for row in await tx.scalars(query)}
    added, changed = [], []
    for each, its_key in zip(values, keys, strict=True):
        row = there.get(its_key)
        if row is None:
            row = there[its_key] = kind(**each)
            tx.add(row)
            added.append(row)
        elif _set(row, each) and row not in added:
            changed.append(row)
    await audit.record(tx, by, "added", added)
    await audit.record(tx, by, "changed", changed)
    return len(added) + len(changed)


async def journal(tx: Tx, by: By, row: Base, touched: Sequence[Touched]) -> None:
    """Tell alerting that this row's change makes `touched` doubtful.

    Numbers of entries must become visible in their order, or a follower's cursor would pass one that comes late: hence
    all writers of the journal pass here one at a time.
    """
    await audit.begin(tx)
    tx.add_all(
        Change(
            at=by.at,
            entity=table_of(type(row)).name,
            entity_id=audit.key_of(row),
            channel=each.channel,
            compartment=each.compartment,
            lot=each.lot,
            start=each.start,
            end=each.end,
        )
        for each in touched
    )
    await tx.flush()


def _set(row: Base, values: dict[str, object]) -> bool:
    """Give the row these values; True when one was another."""
    new = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in new.items():
        setattr(row, name, value)
    return bool(new)
