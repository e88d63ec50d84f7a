"""Whole tables given out as they stand, so that there is nothing in the archive that nobody can take along.

    table ─► rows in scope, from–to ─► at most `extracts.MOST`; secrets, files' bytes and marks of work stay here

Whose a row is, its own keys to a facility tell, else those of the row that it belongs to. What leads to no facility is
given to those only who see everything.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, LargeBinary, Table, or_, select

from coldchain.archive import extracts, tables
from coldchain.archive.db import Tx
from coldchain.archive.extracts import Rows, Wanted

KEPT_HERE: Final[Mapping[str, frozenset[str]]] = {  # and why
    "secrets": frozenset({"token", "session"}),
    "given out with their proofs by `coldchain evidence export`": frozenset({"audit", "root", "seal"}),
    "marks of work": frozenset({
        "answered",
        "change", "checkpoint", "cursor", "lease", "ledger_day", "stock_picture", "stay",
    }),
    "sets of days of what is given out": frozenset({"record_month"}),
    "raw messages, shown to those who inspect them": frozenset({"refused"}),
}  # fmt: skip
SECRET: Final = frozenset({"password_hash", "digest"})
PHONES: Final = frozenset(
    {"phone", "phone_number", "email", "wechat", "wecom", "telephone", "login", "fingerprint", "sent_to"}
)
_WHEN: Final = (
    "at", "taken_at", "held_at", "raised_at", "first_bad", "opened_at", "entered_at", "done_at", "signed_at", "added_at",
    "created_at", "start", "since", "day",
)  # fmt: skip


def names() -> list[str]:
    """The tables that are given out, by the names of their datasets."""
    closed = frozenset().union(*KEPT_HERE.values())
    return sorted(name.replace("_", "-") for name in tables.Base.metadata.tables if name not in closed)


def columns(name: str, *, with_phones: bool = True) -> list[str]:
    """What is given out of a table."""
    left = SECRET if with_phones else SECRET | PHONES
    its = _table(name).columns
    return [each.name for each in its if each.name not in left and not isinstance(each.type, LargeBinary)]


async def rows(tx: Tx, name: str, wanted: Wanted, *, with_phones: bool = True) -> Rows:
    """The rows of a table in scope, in the order of their keys.

    Raises:
        BadInput: when there are more than one table may have.
    """
    table = _table(name)
    query = select(*(table.columns[each] for each in columns(name, with_phones=with_phones)))
    if wanted.scope is not None:
        query = query.where(_is_in(table, wanted.scope))
    when = next((table.columns[each] for each in _WHEN if each in table.columns), None)
    if when is not None and when.type.python_type is int:
        query = extracts.between(query, when, wanted)
    return await extracts.bounded(tx, query.order_by(*table.primary_key.columns))


def is_scoped(name: str) -> bool:
    """True when its rows belong to facilities."""
    return bool(_ways(_table(name), ()))


def _table(name: str) -> Table:
    return tables.Base.metadata.tables[name.replace("-", "_")]


def _is_in(table: Table, scope: frozenset[str]) -> ColumnElement[bool]:
    ways = _ways(table, ())
    if not ways:
        return or_(False)
    conditions = []
    for column, target in ways:
        if target.name == "facility":
            conditions.append(table.columns[column].in_(scope))
        else:
            key = next(iter(target.primary_key.columns))
            conditions.append(table.columns[column].in_(select(key).where(_is_in(target, scope))))
    return or_(*conditions)


def _ways(table: Table, seen: tuple[str, ...]) -> list[tuple[str, Table]]:
    """By which columns a row belongs to a facility: all that name one, or a compartment, else the first key of a row that does."""
    if table.name == "facility":
        return [("code", table)]
    keys = [(key.parent.name, key.column.table) for column in table.columns for key in column.foreign_keys]
    direct = [(column, target) for column, target in keys if target.name == "facility"]
    inside = [(column, target) for column, target in keys if target.name == "compartment"]
    if direct or inside:
        return direct or inside
    for column, target in keys:
        if target.name not in {table.name, *seen} and _ways(target, (*seen, table.name)):
            return [(column, target)]
    return []
