"""The end of a collection: what all units confirmed, added up, and frozen with the digest of each.

newest snapshot of each consolidated unit ─► roll-up (type × status) ─► canonical JSON, sha256 ─► nothing changes any more
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import collection, snapshot
from coldchain.archive.facilities.collection import Collection, UnitState
from coldchain.archive.rows import record_of
from coldchain.errors import BadInput

NAMED: Final = 5  # facilities named in a refusal
COUNTED: Final = ("population", "staff", "certified_staff", "rooms_m2")


@dataclass(frozen=True, slots=True)
class Part:
    """What counts of a unit: its newest snapshot, None when it never confirmed."""

    facility: str
    state: UnitState
    missing: str
    content: str | None
    sha256: str | None


async def parts(tx: Tx, number: int) -> list[Part]:
    """All units of a collection with what they confirmed last, by facility."""
    unit, taken = tables.CollectionUnit, tables.CollectionSnapshot
    newest = select(func.max(taken.id)).group_by(taken.unit)
    query = (
        select(unit.facility, unit.state, unit.missing, taken.content, taken.sha256)
        .outerjoin(taken, (taken.unit == unit.id) & taken.id.in_(newest))
        .where(unit.collection == number)
        .order_by(unit.facility)
    )
    return [
        Part(facility, UnitState(state), missing, content, sha256)
        for facility, state, missing, content, sha256 in await tx.execute(query)
    ]


async def roll_up(tx: Tx, number: int) -> dict[str, Any]:
    """What consolidated units come to; of a frozen collection, what it came to then.

    Raises:
        BadInput: when there is no such collection.
    """
    await collection.collection(tx, number)
    kept = (await tx.get_one(tables.Collection, number)).roll_up
    if kept is not None:
        return dict(json.loads(kept))
    return added_up(await parts(tx, number))


async def freeze(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Collection:
    """Let nothing in this collection change any more; `seen` is `collection.state_of` it as it was looked at.

    Raises:
        Stale: a unit confirmed or was returned since.
        BadInput: when a unit is neither consolidated nor excused, a snapshot is not what was confirmed, or it is frozen.
    """
    await collection.running(tx, number)
    await collection.check_state(tx, number, seen)
    there = await parts(tx, number)
    waiting = [each.facility for each in there if each.state is not UnitState.CONSOLIDATED and not each.missing]
    if waiting:
        more = f" and {len(waiting) - NAMED} more" if len(waiting) > NAMED else ""
        wrong = f"{', '.join(waiting[:NAMED])}{more} are not consolidated"
        raise BadInput("units", wrong, "chase and consolidate them, or say of each why it is missing")
    broken = [each.facility for each in there if not _holds(each)]
    if broken:
        raise BadInput("units", f"what {', '.join(broken[:NAMED])} confirmed was changed since", "return it to them")
    row = await tx.get_one(tables.Collection, number)
    sealed = snapshot.sealed(added_up(there))
    row.roll_up, row.sha256, row.frozen_by, row.frozen_at = sealed.content, sealed.sha256, by.actor, by.at
    await audit.record(tx, by, "frozen", [row])
    return record_of(row, Collection)


async def broken(tx: Tx, number: int) -> list[str]:
    """The units whose snapshot is not what they confirmed, and `roll_up` when the sum is not what was frozen.

    Raises:
        BadInput: when there is no such collection.
    """
    await collection.collection(tx, number)
    there = await parts(tx, number)
    found = [each.facility for each in there if not _holds(each)]
    row = await tx.get_one(tables.Collection, number)
    if row.roll_up is not None and (
        snapshot.digest(row.roll_up) != row.sha256 or snapshot.sealed(added_up(there)).sha256 != row.sha256
    ):
        found.append("roll_up")
    return found


def added_up(there: Iterable[Part]) -> dict[str, Any]:
    """The sums over what consolidated units confirmed, with the digest of each; pure."""
    units, missing = {}, {}
    facilities: dict[str, int] = defaultdict(int)
    totals: dict[str, float] = dict.fromkeys(COUNTED, 0)
    equipment: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    items: dict[str, int] = defaultdict(int)
    for part in there:
        if part.state is not UnitState.CONSOLIDATED or part.content is None:
            missing[part.facility] = part.missing
            continue
        said = json.loads(part.content)
        units[part.facility] = part.sha256
        facilities[said["card"]["kind"]] += 1
        for name in COUNTED:
            totals[name] += said["card"][name] or 0
        for piece in said["equipment"]:
            _count(equipment[piece["type"]], piece)
        for kind, count in said["items"].items():
            items[kind] += count["quantity"]
    return {
        "units": units, "missing": missing, "facilities": dict(facilities), "totals": totals,
        "equipment": dict(equipment), "items": dict(items),
    }  # fmt: skip


def _count(by_status: dict[str, dict[str, float]], piece: Mapping[str, Any]) -> None:
    """One piece more, in all and of its status (the official roll-up's columns)."""
    for column in ("all", piece["status"]):
        sums = by_status.setdefault(column, {"count": 0, "cold_l": 0, "frozen_l": 0})
        sums["count"] += 1
        sums["cold_l"] += piece["volume_cold_l"] or 0
        sums["frozen_l"] += piece["volume_frozen_l"] or 0


def _holds(part: Part) -> bool:
    return part.content is None or snapshot.digest(part.content) == part.sha256
