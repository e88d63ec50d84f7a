"""How people's changes are made: the row, its link in the audit trail, and an entry in the change journal.

The journal is for what makes old readings or exposures mean something else; alerting follows it. All three stand in the caller's transaction, so that none is ever there without the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import inspect, select, tuple_

from coldchain import clock
from coldchain.archive import audit, images
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import check_texts, table_of
from coldchain.archive.tables import Base, Change
from coldchain.errors import BadInput

R = TypeVar("R", bound=Base)


@dataclass(frozen=True, slots=True)
class Touched:
    """What a correction makes doubtful: a channel's verdicts, or a lot's exposure in a compartment, in [start, end)."""

    start: int
    end: int | None = None
    channel: str | None = None
    compartment: int | None = None
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Altered:
    """A row that was changed, and what its changed columns said before."""

    row: Any
    before: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What a `write` came to."""

    added: Sequence[Base]
    altered: Sequence[Altered]

    @property
    def count(self) -> int:
        """How many rows were inserted or changed."""
        return len(self.added) + len(self.altered)


async def put(tx: Tx, kind: type[Base], key: Sequence[str], records: Sequence[msgspec.Struct], by: By) -> int:
    """`write`, where nobody asks what was changed.

    Returns:
        How many rows were inserted or changed.

    Raises:
        BadInput: when a text is too long for its column.
    """
    return (await write(tx, kind, key, records, by)).count


async def write(tx: Tx, kind: type[Base], key: Sequence[str], records: Sequence[msgspec.Struct], by: By) -> Written:
    """Insert each record, or change the row with the same `key`; rows that say the same already are left alone.

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
    added, altered = [], []
    for each, its_key in zip(values, keys, strict=True):
        row = there.get(its_key)
        if row is None:
            row = there[its_key] = kind(**each)
            tx.add(row)
            added.append(row)
        elif (before := _set(row, each)) and row not in added:
            altered.append(Altered(row, before))
    await audit.record(tx, by, "added", added)
    await audit.record(tx, by, "changed", [each.row for each in altered])
    return Written(added, altered)


async def enter(tx: Tx, by: By, action: str, row: Base, touched: Sequence[Touched]) -> None:
    """A row as it stands now, with its link in the trail and its entries in the journal."""
    tx.add(row)
    await audit.record(tx, by, action, [row])
    await journal(tx, by, row, touched)


async def counting(tx: Tx, kind: type[R], field: str, number: int) -> R:
    """A row by its number that nobody withdrew.

    Raises:
        BadInput: when there is none.
    """
    await audit.begin(tx)
    row = await tx.get(kind, number)
    if row is None or getattr(row, "withdrawn_at") is not None:  # noqa: B009 - the kinds passed here all have it
        raise BadInput(field, f"{number} is not one that counts", "choose one from the list")
    return row


def end_at(row: Any, end: int) -> int | None:  # noqa: ANN401 - a row of any table that has both
    """Let a row with `start` and `end` end earlier than it did; returns when it did (None: never).

    Raises:
        BadInput: when it begins later, or is over by then.
    """
    check_end(row, end)
    before: int | None = row.end
    row.end = end
    return before


def check_end(row: Any, end: int) -> None:  # noqa: ANN401 - as above
    """Refuse an end that is not within.

    Raises:
        BadInput: when it begins later, or is over by then.
    """
    if end <= row.start or (row.end is not None and row.end <= end):
        until = "on" if row.end is None else f"to {clock.iso(row.end)}"
        raise BadInput("end", f"it is from {clock.iso(row.start)} {until}", "end it within, or withdraw it")


def check_span(start: int, end: int | None) -> None:
    """Refuse an end that is not after its start.

    Raises:
        BadInput: naming it.
    """
    if end is not None and end <= start:
        raise BadInput("end", f"{clock.iso(end)} is not after its start", "write a later time, or none")


async def is_entered(tx: Tx, kind: type[Base], **values: object) -> bool:
    """True when a row says exactly this, ended or withdrawn since or not."""
    same = [getattr(kind, name).is_not_distinct_from(value) for name, value in values.items()]
    return await tx.scalar(select(inspect(kind).primary_key[0]).where(*same).limit(1)) is not None


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
            entity_id=images.key_of(row),
            channel=each.channel,
            compartment=each.compartment,
            lot=each.lot,
            start=each.start,
            end=each.end,
        )
        for each in touched
    )
    await tx.flush()


def _set(row: Base, values: Mapping[str, object]) -> dict[str, Any]:
    """Give the row these values; what those said before that were others."""
    before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    for name in before:
        setattr(row, name, values[name])
    return before
