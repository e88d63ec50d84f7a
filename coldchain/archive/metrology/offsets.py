"""Devices that add something of their own to what they measure: what gateways found in offset registers, as it stands now."""

from typing import Any

from sqlalchemy import or_, select, true

from coldchain.archive.db import Tx
from coldchain.archive.metrology import reach
from coldchain.archive.rows import Record
from coldchain.archive.tables import Equipment, Observation
from coldchain.archive.views import Scope
from coldchain.excursion import Kind


class OffsetSet(Record, frozen=True, kw_only=True):
    """A device whose register is not zero; `values` names quantity, register and what is added."""

    device: str
    equipment: str | None
    facility: str | None
    since: int
    values: list[dict[str, Any]]


async def listed(tx: Tx, scope: Scope) -> list[OffsetSet]:
    """Those in scope that go on, the oldest first."""
    row = Observation
    query = select(row, Equipment.facility).outerjoin(Equipment, Equipment.code == row.equipment)
    query = query.where(row.kind == Kind.OFFSET_SET.value, row.end.is_(None))
    reached = true() if scope is None else or_(Equipment.facility.in_(scope), reach.covers_device(row.subject, scope))
    found = await tx.execute(query.where(reached).order_by(row.start, row.id))
    return [
        OffsetSet(
            device=seen.subject, equipment=seen.equipment, facility=facility, since=seen.start,
            values=list(seen.detail.get("offsets", ())),
        )
        for seen, facility in found
    ]  # fmt: skip
