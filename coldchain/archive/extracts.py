"""Tables given out: rows of one theme in a scope, joined with what makes them legible elsewhere.

    Wanted (scope, from–to) ─► one query ─► at most `MOST` rows as they stand; more are refused, never cut silently

Each row names its facility, equipment and compartment as people do; times are ms UTC here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, RowMapping, or_, select
from sqlalchemy.orm import aliased

from coldchain.archive.db import Tx
from coldchain.archive.stock import places
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.tables import (
    Assignment,
    Calibration,
    Care,
    Channel,
    Compartment,
    Equipment,
    Excursion,
    ExposureDay,
    Facility,
    Given,
    Lot,
    ManualRecord,
    Movement,
    Repair,
    Stay,
    Vaccine,
)
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

MOST: Final = 50_000
Rows = Sequence[RowMapping]
Query: TypeAlias = Any  # a select of so many columns that their types have no short name


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: facilities, and from–to in ms UTC where rows have a time; None is open."""

    scope: Scope
    start: int | None = None
    end: int | None = None


async def facilities(tx: Tx, wanted: Wanted) -> list[str]:
    """The codes of all facilities in scope."""
    query = select(Facility.code).order_by(Facility.code)
    if wanted.scope is not None:
        query = query.where(Facility.code.in_(wanted.scope))
    found = list(await tx.scalars(query.limit(MOST + 1)))
    check_count(len(found))
    return found


async def lots(tx: Tx, wanted: Wanted) -> Rows:
    """Lots of which doses ever were in scope."""
    query = select(*Lot.__table__.columns).order_by(Lot.id)
    if wanted.scope is not None:
        query = query.where(
            Lot.id.in_(select(Stay.lot).where(Stay.compartment.in_(places.compartments_of(wanted.scope))))
        )
    return await bounded(tx, query)


async def stock(tx: Tx, wanted: Wanted) -> Rows:
    """What lies where now."""
    query = select(
        Equipment.facility, _place(Compartment), Lot.vaccine, Lot.maker, Lot.number, Lot.expires_on, Stay.doses,
        Lot.doses_per_vial, Lot.approval_number, Lot.batch_release, Lot.produced_on, Lot.spec, Lot.dosage_form,
        Lot.trace_code, Lot.gtin,
    )  # fmt: skip
    query = query.select_from(Stay).join(Lot, Lot.id == Stay.lot).join(Compartment, Compartment.id == Stay.compartment)
    query = query.join(Equipment, Equipment.code == Compartment.equipment).where(Stay.end == FOREVER)
    return await bounded(tx, _in(query, wanted).order_by(Equipment.facility, Lot.vaccine, Lot.id, Stay.compartment))


async def lying(tx: Tx, facilities: frozenset[str]) -> Rows:
    """Of which lots doses lie in these facilities now, by place."""
    query = select(
        Equipment.facility, _place(Compartment), Compartment.id.label("room"), Lot.id.label("lot"), Lot.vaccine,
        Lot.number, Stay.doses,
    )  # fmt: skip
    query = query.select_from(Stay).join(Lot, Lot.id == Stay.lot).join(Compartment, Compartment.id == Stay.compartment)
    query = query.join(Equipment, Equipment.code == Compartment.equipment).where(Stay.end == FOREVER)
    query = query.where(Equipment.facility.in_(facilities))
    return await bounded(tx, query.order_by(Equipment.facility, Stay.compartment, Lot.id))


async def movements(tx: Tx, wanted: Wanted) -> Rows:
    """Movements into, out of or within the facilities; those withdrawn are marked."""
    source, target = aliased(Compartment), aliased(Compartment)
    at, to = aliased(Equipment), aliased(Equipment)
    query = select(
        Movement.id, Movement.at, Lot.vaccine, Lot.maker, Lot.number, Lot.expires_on, Movement.reason, Movement.doses,
        Movement.held, at.facility.label("source_facility"), _place(source, "source"),
        to.facility.label("target_facility"), _place(target, "target"), Movement.document, Movement.counterparty,
        Movement.handed_by, Movement.taken_by, Movement.temperature_c, Movement.remark, Movement.withdrawn_at,
    )  # fmt: skip
    query = query.select_from(Movement).join(Lot, Lot.id == Movement.lot)
    query = query.outerjoin(source, source.id == Movement.source).outerjoin(at, at.code == source.equipment)
    query = query.outerjoin(target, target.id == Movement.target).outerjoin(to, to.code == target.equipment)
    if wanted.scope is not None:
        query = query.where(or_(at.facility.in_(wanted.scope), to.facility.in_(wanted.scope)))
    return await bounded(tx, between(query, Movement.at, wanted).order_by(Movement.at, Movement.id))


async def excursions(tx: Tx, wanted: Wanted) -> Rows:
    """Excursions by their first bad reading."""
    row = Excursion
    query = select(
        row.id, row.revision, Equipment.facility, row.equipment, Compartment.name.label("compartment"), row.channel,
        row.kind, row.rule, row.rule_version, row.severity, row.certainty, row.state, row.first_bad, row.last_bad,
        row.extreme_mc, row.out_ms, row.unknown_ms, row.explained, row.is_held,
    )  # fmt: skip
    query = query.select_from(row).outerjoin(Equipment, Equipment.code == row.equipment)
    query = query.outerjoin(Compartment, Compartment.id == row.compartment)
    return await bounded(tx, between(_in(query, wanted), row.first_bad, wanted).order_by(row.first_bad, row.id))


async def repairs(tx: Tx, wanted: Wanted) -> Rows:
    """Repairs that count, by the day on which it broke."""
    columns = (
        Repair.broken_on,
        Repair.repaired_on,
        Repair.cause,
        Repair.done,
        Repair.repairer,
        Repair.cost_fen,
        Repair.by,
    )
    query = select(Equipment.facility, Repair.equipment, *columns).join(Equipment, Equipment.code == Repair.equipment)
    return await bounded(
        tx, _in(query.where(Repair.withdrawn_at.is_(None)), wanted).order_by(Repair.broken_on, Repair.id)
    )


async def care(tx: Tx, wanted: Wanted) -> Rows:
    """The log of cleaning, checks and defrosts."""
    columns = (Care.equipment, Care.kind, Care.done_at, Care.frost_mm, Care.note, Care.by)
    query = select(Equipment.facility, *columns).join(Equipment, Equipment.code == Care.equipment)
    query = _in(query.where(Care.withdrawn_at.is_(None)), wanted)
    return await bounded(tx, between(query, Care.done_at, wanted).order_by(Care.done_at, Care.id))


async def calibrations(tx: Tx, wanted: Wanted) -> Rows:
    """Certificates of devices that ever measured in scope."""
    row = Calibration
    query = select(
        row.device,
        row.certificate,
        row.done_on,
        row.due_on,
        row.by,
        row.uncertainty_mc,
        row.k,
        row.as_found,
        row.as_left,
    )
    if wanted.scope is not None:
        device = Channel.gateway + "/" + Channel.device
        theirs = select(device).join(Assignment, Assignment.channel == Channel.name)
        theirs = theirs.join(Equipment, Equipment.code == Assignment.equipment)
        query = query.where(row.device.in_(theirs.where(Equipment.facility.in_(wanted.scope))))
    return await bounded(tx, query.where(row.withdrawn_at.is_(None)).order_by(row.device, row.done_on, row.id))


async def records(tx: Tx, wanted: Wanted) -> Rows:
    """What people read off displays twice a day."""
    row = ManualRecord
    query = select(
        Equipment.facility, _place(Compartment), row.day, row.half, row.taken_at, row.value_c, row.ambient_c, row.action,
        row.signed_by, row.entered_at, row.late_reason,
    )  # fmt: skip
    query = query.join(Compartment, Compartment.id == row.compartment).join(
        Equipment, Equipment.code == Compartment.equipment
    )
    query = _in(query.where(row.withdrawn_at.is_(None)), wanted)
    return await bounded(tx, between(query, row.taken_at, wanted).order_by(row.taken_at, row.id))


async def exposure_days(tx: Tx, wanted: Wanted) -> Rows:
    """What each compartment's whole UTC days came to."""
    row = ExposureDay
    columns = [column for column in row.__table__.columns if column.name not in {"compartment", "cold"}]
    query = select(Equipment.facility, _place(Compartment), *columns)
    query = query.join(Compartment, Compartment.id == row.compartment).join(
        Equipment, Equipment.code == Compartment.equipment
    )
    return await bounded(tx, between(_in(query, wanted), row.day, wanted).order_by(row.day, row.compartment))


async def given(tx: Tx, wanted: Wanted) -> Rows:
    """Doses given, as other systems count them."""
    row = Given
    query = select(row.facility, Lot.number, Lot.vaccine, Lot.maker, row.given_on, row.doses, row.source)
    query = query.join(Lot, Lot.id == row.lot).where(row.withdrawn_at.is_(None))
    if wanted.scope is not None:
        query = query.where(row.facility.in_(wanted.scope))
    return await bounded(tx, query.order_by(row.given_on, row.id))


async def vaccines(tx: Tx, _wanted: Wanted) -> Rows:
    """The catalogue."""
    return await bounded(tx, select(*Vaccine.__table__.columns).order_by(Vaccine.code))


def check_count(count: int) -> None:
    """Refuse more rows than one table may have.

    Raises:
        BadInput: with the cure.
    """
    if count > MOST:
        raise BadInput("start", f"there are more than {MOST} rows", "ask for fewer: from start to end, or one facility")


async def bounded(tx: Tx, query: Query) -> Rows:
    """The rows of a query.

    Raises:
        BadInput: when there are more than one table may have.
    """
    found: Rows = (await tx.execute(query.limit(MOST + 1))).mappings().all()
    check_count(len(found))
    return found


def _place(room: Any, name: str = "compartment") -> ColumnElement[str]:  # noqa: ANN401 - the table or an alias of it
    joined: ColumnElement[str] = room.equipment + "/" + room.name
    return joined.label(name)


def _in(query: Query, wanted: Wanted) -> Query:
    return query if wanted.scope is None else query.where(Equipment.facility.in_(wanted.scope))


def between(query: Query, column: Any, wanted: Wanted) -> Query:  # noqa: ANN401 - a column, of a model or a table
    """Those from `start` to `end`."""
    if wanted.start is not None:
        query = query.where(column >= wanted.start)
    return query if wanted.end is None else query.where(column < wanted.end)
