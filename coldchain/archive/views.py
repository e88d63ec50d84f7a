"""What pages and the API read: the site at a moment, and lists cut to what a caller may see; each in few queries.

A `Scope` is the set of facility codes that a caller sees; None is all of them. Lists come in pages: `after` is the key
of the last row of the page before, and one row more than `limit` is fetched to know whether another page follows.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive.arrows import UNDONE
from coldchain.archive.db import Tx
from coldchain.archive.rows import in_batches
from coldchain.archive.tables import (
    Alarm,
    Assignment,
    AuditEntry,
    Channel,
    Compartment,
    Equipment,
    Excursion,
    ExcursionRevision,
    Facility,
    Lease,
    Lot,
    Notice,
    Observation,
    Person,
    RefusedRow,
    Region,
    Transition,
    Vaccine,
)
from coldchain.excursion import AlarmState, CaseState, Severity

Scope = frozenset[str] | None
_OVER = [state for state in AlarmState if state.is_over]


@dataclass(frozen=True, slots=True)
class Site:
    """All that stands somewhere, with the assignments in force at one moment."""

    regions: dict[str, Region]
    facilities: list[Facility]
    equipment: list[Equipment]
    compartments: list[Compartment]
    assignments: list[Assignment]


@dataclass(frozen=True, slots=True)
class AlarmCase:
    """An alarm with the excursion or the observation that it is about; `compartment` is its name."""

    alarm: Alarm
    excursion: Excursion | None
    observation: Observation | None
    compartment: str | None


async def facilities_below(tx: Tx, region: str) -> frozenset[str]:
    """The facilities of a region and of every region under it."""
    tree = select(Region.code).where(Region.code == region).cte("tree", recursive=True)
    tree = tree.union(select(Region.code).join(tree, Region.parent == tree.c.code))
    rows = await tx.scalars(select(Facility.code).where(Facility.region.in_(select(tree.c.code))))
    return frozenset(rows)


async def site(tx: Tx, now: int, only: Collection[str] | None = None) -> Site:
    """Everything that stands somewhere at `now`, or these pieces of it and where they stand; nothing that is scrapped."""
    in_force = and_(Assignment.start <= now, or_(Assignment.end.is_(None), Assignment.end > now))
    places, units = select(Facility), select(Equipment).where(Equipment.status != "scrapped")
    rooms, assignments = select(Compartment), select(Assignment).where(in_force)
    if only is not None:
        units = units.where(Equipment.code.in_(only))
        places = places.where(Facility.code.in_(units.with_only_columns(Equipment.facility)))
        rooms = rooms.where(Compartment.equipment.in_(only))
        assignments = assignments.where(Assignment.equipment.in_(only))
    return Site(
        {region.code: region for region in await tx.scalars(select(Region))},
        list(await tx.scalars(places.order_by(Facility.region, Facility.code))),
        list(await tx.scalars(units.order_by(Equipment.code))),
        list(await tx.scalars(rooms.order_by(Compartment.equipment, Compartment.id))),
        list(await tx.scalars(assignments.order_by(Assignment.channel))),
    )


async def equipment_codes(tx: Tx, scopes: Iterable[Scope], limit: int, after: str | None = None) -> list[str]:
    """What stands in all of these scopes, by code; what is scrapped is left out."""
    query = select(Equipment.code).where(Equipment.status != "scrapped").order_by(Equipment.code).limit(limit + 1)
    for scope in scopes:
        query = query.where(_in(Equipment.facility, scope))
    if after is not None:
        query = query.where(Equipment.code > after)
    return list(await tx.scalars(query))


@dataclass(frozen=True, slots=True)
class Covered:
    """What stands in a scope, by its keys."""

    regions: frozenset[str]
    equipment: frozenset[str]
    compartments: frozenset[int]


async def covered(tx: Tx, scope: frozenset[str]) -> Covered:
    """The regions of these facilities, their equipment and its compartments; what is scrapped is left out."""
    theirs = and_(Equipment.facility.in_(scope), Equipment.status != "scrapped")
    rooms = select(Compartment.id).join(Equipment, Equipment.code == Compartment.equipment).where(theirs)
    return Covered(
        frozenset(await tx.scalars(select(Facility.region).where(Facility.code.in_(scope)))),
        frozenset(await tx.scalars(select(Equipment.code).where(theirs))),
        frozenset(await tx.scalars(rooms)),
    )


async def equipment_of(tx: Tx, code: str) -> Equipment | None:
    """One piece of equipment, scrapped or not."""
    return await tx.get(Equipment, code)


async def equipment_of_each(tx: Tx, codes: Iterable[str]) -> dict[str, Equipment]:
    """These pieces of equipment by code, scrapped or not, as far as there are such."""
    query = select(Equipment)
    return {
        row.code: row for some in in_batches(codes) for row in await tx.scalars(query.where(Equipment.code.in_(some)))
    }


async def open_excursions(tx: Tx) -> list[Excursion]:
    """Excursions that have not ended."""
    return list(await tx.scalars(select(Excursion).where(Excursion.state == CaseState.OPEN)))


async def open_observations(tx: Tx) -> list[Observation]:
    """Observations that have not ended: silence, mains lost, forecasts."""
    return list(await tx.scalars(select(Observation).where(Observation.end.is_(None)).order_by(Observation.start)))


async def open_alarms(tx: Tx) -> list[AlarmCase]:
    """Alarms that have not ended, the newest first."""
    rows = await tx.execute(_alarm_cases().where(Alarm.state.not_in(_OVER)).order_by(Alarm.id.desc()))
    return [AlarmCase(row[0], row[1], row[2], row[3]) for row in rows]


async def unclosed_alarms(tx: Tx, limit: int) -> list[AlarmCase]:
    """Alarms that are over and wait for cause and measure, the newest first; nothing is left of what was withdrawn."""
    last = select(Transition.why).where(Transition.alarm == Alarm.id).order_by(Transition.id.desc()).limit(1)
    query = _alarm_cases().where(Alarm.state == AlarmState.ENDED, Alarm.is_drill.is_(False))
    query = query.where(last.scalar_subquery().not_in(UNDONE)).order_by(Alarm.id.desc()).limit(limit)
    return [AlarmCase(row[0], row[1], row[2], row[3]) for row in await tx.execute(query)]


async def transitions(tx: Tx, alarms: Sequence[int]) -> list[Transition]:
    """Every change of these alarms, the oldest first."""
    return list(await tx.scalars(select(Transition).where(Transition.alarm.in_(alarms)).order_by(Transition.id)))


async def assignments_of(tx: Tx, equipment: str, start: int, end: int) -> list[Assignment]:
    """Which channels measured this equipment at some time in [start, end)."""
    query = (
        select(Assignment)
        .where(Assignment.equipment == equipment, Assignment.start < end)
        .where(or_(Assignment.end.is_(None), Assignment.end > start))
    )
    return list(await tx.scalars(query.order_by(Assignment.channel, Assignment.start)))


async def assignments_in(tx: Tx, compartment: int, start: int, end: int) -> list[Assignment]:
    """Which channels measured this compartment at some time in [start, end)."""
    query = (
        select(Assignment)
        .where(Assignment.compartment == compartment, Assignment.start < end)
        .where(or_(Assignment.end.is_(None), Assignment.end > start))
    )
    return list(await tx.scalars(query.order_by(Assignment.start)))


async def facilities_of_channel(tx: Tx, channel: str) -> frozenset[str] | None:
    """Where this channel ever measured something; None when no such channel was declared or seen."""
    if await tx.get(Channel, channel) is None:
        return None
    query = select(Equipment.facility).join(Assignment, Assignment.equipment == Equipment.code)
    return frozenset(await tx.scalars(query.where(Assignment.channel == channel)))


async def stays_of_channel(tx: Tx, channel: str, facilities: frozenset[str]) -> list[tuple[int, int | None]]:
    """From when to when (None: still) this channel measured something in one of these facilities."""
    query = (
        select(Assignment.start, Assignment.end)
        .join(Equipment, Equipment.code == Assignment.equipment)
        .where(Assignment.channel == channel, Equipment.facility.in_(facilities))
        .order_by(Assignment.start)
    )
    return [(start, end) for start, end in await tx.execute(query)]


@dataclass(frozen=True, slots=True)
class ExcursionWish:
    """Which excursions a caller asks for; None is any. Times are ms UTC: those that touch [start, end)."""

    scope: Scope
    start: int | None = None
    end: int | None = None
    equipment: str | None = None
    state: str | None = None
    kinds: frozenset[str] | None = None


async def excursions(
    tx: Tx, wish: ExcursionWish, limit: int, after: tuple[int, str] | None = None
) -> list[tuple[Excursion, Compartment | None]]:
    """Excursions with their compartment, the newest first; `after` is (first bad, id)."""
    query = (
        select(Excursion, Compartment)
        .outerjoin(Compartment, Compartment.id == Excursion.compartment)
        .outerjoin(Equipment, Equipment.code == Excursion.equipment)
        .order_by(Excursion.first_bad.desc(), Excursion.id.desc())
        .limit(limit + 1)
    )
    for condition in _excursion_conditions(wish):
        query = query.where(condition)
    if after is not None:
        query = query.where(tuple_(Excursion.first_bad, Excursion.id) < tuple_(*after))
    return [(row[0], row[1]) for row in await tx.execute(query)]


def _excursion_conditions(wish: ExcursionWish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.scope is not None:
        found.append(Equipment.facility.in_(wish.scope))
    if wish.end is not None:
        found.append(Excursion.first_bad < wish.end)
    if wish.start is not None:
        found.append(or_(Excursion.state == CaseState.OPEN, Excursion.last_bad >= wish.start))
    if wish.equipment is not None:
        found.append(Excursion.equipment == wish.equipment)
    if wish.state is not None:
        found.append(Excursion.state == wish.state)
    if wish.kinds is not None:
        found.append(Excursion.kind.in_(wish.kinds))
    return found


async def observations_of(
    tx: Tx, equipment: str, subjects: Collection[str], window: tuple[int, int], limit: int
) -> list[Observation]:
    """What was seen of this equipment, or of one of these subjects, and touches [start, end); the newest first."""
    start, end = window
    query = (
        select(Observation)
        .where(or_(Observation.equipment == equipment, Observation.subject.in_(subjects)))
        .where(Observation.start < end, or_(Observation.end.is_(None), Observation.end >= start))
    )
    return list(await tx.scalars(query.order_by(Observation.start.desc(), Observation.id.desc()).limit(limit)))


async def excursions_of(tx: Tx, ids: Collection[str]) -> dict[str, Excursion]:
    """Excursions by id."""
    return {row.id: row for row in await tx.scalars(select(Excursion).where(Excursion.id.in_(ids)))}


async def revisions(tx: Tx, excursions: Sequence[str]) -> list[ExcursionRevision]:
    """Every revision of these excursions, the first first."""
    query = select(ExcursionRevision).where(ExcursionRevision.excursion.in_(excursions))
    return list(await tx.scalars(query.order_by(ExcursionRevision.excursion, ExcursionRevision.revision)))


async def recent_revisions(tx: Tx, since: int, limit: int) -> list[tuple[ExcursionRevision, Excursion]]:
    """What became known of excursions since then, but for those that merely go on or that nobody need be told of."""
    query = (
        select(ExcursionRevision, Excursion)
        .join(Excursion, Excursion.id == ExcursionRevision.excursion)
        .where(ExcursionRevision.at >= since, ExcursionRevision.reason.not_in(["continued", "lots"]))
        .where(Excursion.severity != Severity.NOTE)
        .order_by(ExcursionRevision.at.desc(), ExcursionRevision.excursion, ExcursionRevision.revision.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await tx.execute(query)]


async def alarms(
    tx: Tx, scope: Scope, limit: int, *, state: str | None = None, after: int | None = None
) -> list[AlarmCase]:
    """Alarms, the newest first."""
    query = _alarm_cases().where(_in(Alarm.facility, scope)).order_by(Alarm.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(Alarm.state == state)
    if after is not None:
        query = query.where(Alarm.id < after)
    return [AlarmCase(row[0], row[1], row[2], row[3]) for row in await tx.execute(query)]


async def alarm(tx: Tx, scope: Scope, number: int) -> AlarmCase | None:
    """One alarm, if it is in scope."""
    row = (await tx.execute(_alarm_cases().where(_in(Alarm.facility, scope)).where(Alarm.id == number))).first()
    return AlarmCase(row[0], row[1], row[2], row[3]) if row else None


async def notices(tx: Tx, number: int) -> list[Notice]:
    """All that was told about an alarm, the oldest first."""
    return list(await tx.scalars(select(Notice).where(Notice.alarm == number).order_by(Notice.id)))


@dataclass(frozen=True, slots=True)
class AuditWish:
    """Which entries of the audit chains a caller asks for; None is any."""

    entity: str | None = None
    start: int | None = None
    end: int | None = None


async def audit(tx: Tx, wish: AuditWish, limit: int, after: tuple[int, str, int] | None = None) -> list[AuditEntry]:
    """Entries of all chains, the newest first; `entity` is a kind, or `kind/id`; `after` is (at, stream, n)."""
    key = tuple_(AuditEntry.at, AuditEntry.stream, AuditEntry.n)
    query = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.stream.desc(), AuditEntry.n.desc())
    if wish.entity is not None:
        kind, slash, number = wish.entity.partition("/")
        query = query.where(AuditEntry.entity == kind)
        query = query.where(AuditEntry.entity_id == number) if slash else query
    if wish.start is not None:
        query = query.where(AuditEntry.at >= wish.start)
    if wish.end is not None:
        query = query.where(AuditEntry.at < wish.end)
    if after is not None:
        query = query.where(key < tuple_(*after))
    return list(await tx.scalars(query.limit(limit + 1)))


async def refused(tx: Tx, scope: Scope, limit: int, after: int | None = None) -> list[RefusedRow]:
    """Messages that were not stored, the newest first: of gateways that measured something in scope when they came."""
    query = select(RefusedRow).order_by(RefusedRow.id.desc()).limit(limit + 1)
    if scope is not None:
        query = query.where(_was_theirs(scope))
    if after is not None:
        query = query.where(RefusedRow.id < after)
    return list(await tx.scalars(query))


def _was_theirs(facilities: frozenset[str]) -> ColumnElement[bool]:
    """True for a refused message whose gateway had a probe in one of these facilities at that moment."""
    then = RefusedRow.received_at
    return exists(
        select(Assignment.channel)
        .join(Channel, Channel.name == Assignment.channel)
        .join(Equipment, Equipment.code == Assignment.equipment)
        .where(Channel.gateway == RefusedRow.gateway, Equipment.facility.in_(facilities))
        .where(Assignment.start <= then, or_(Assignment.end.is_(None), Assignment.end > then))
    )


async def lots_of(tx: Tx, wanted: str) -> list[tuple[Lot, Vaccine]]:
    """The lots with this id, or else with this printed number."""
    pairs = select(Lot, Vaccine).join(Vaccine, Vaccine.code == Lot.vaccine)
    rows = (await tx.execute(pairs.where(Lot.id == wanted))).all()
    if not rows:
        rows = (await tx.execute(pairs.where(Lot.number == wanted).order_by(Lot.id))).all()
    return [(row[0], row[1]) for row in rows]


async def lot_names(tx: Tx, lots: Sequence[str]) -> dict[str, tuple[Lot, Vaccine]]:
    """Lots by id, with their vaccine."""
    query = select(Lot, Vaccine).join(Vaccine, Vaccine.code == Lot.vaccine).where(Lot.id.in_(lots))
    return {row[0].id: (row[0], row[1]) for row in await tx.execute(query)}


async def compartments_of(tx: Tx, ids: Sequence[int]) -> dict[int, tuple[Compartment, Equipment]]:
    """Compartments by id, with their equipment."""
    query = select(Compartment, Equipment).join(Equipment, Equipment.code == Compartment.equipment)
    return {row[0].id: (row[0], row[1]) for row in await tx.execute(query.where(Compartment.id.in_(ids)))}


async def facilities_named(tx: Tx, codes: Collection[str]) -> dict[str, Facility]:
    """Facilities by code."""
    return {row.code: row for row in await tx.scalars(select(Facility).where(Facility.code.in_(set(codes))))}


async def people_at(tx: Tx, facilities: Collection[str]) -> dict[str, list[int]]:
    """The numbers of those who belong to each of these facilities, in order."""
    found: dict[str, list[int]] = {}
    query = select(Person.facility, Person.id).where(Person.facility.in_(set(facilities)), Person.left_at.is_(None))
    for facility, number in await tx.execute(query.order_by(Person.id)):
        found.setdefault(facility, []).append(number)
    return found


async def newest_lease(tx: Tx, prefix: str = "") -> int | None:
    """When the longest-held lease with that prefix runs out (wall clock); None when nobody holds one."""
    return await tx.scalar(select(func.max(Lease.expires_at)).where(Lease.name.startswith(prefix, autoescape=True)))


def _alarm_cases() -> Select[Alarm, Excursion, Observation, str]:
    return (
        select(Alarm, Excursion, Observation, Compartment.name)
        .outerjoin(Excursion, Excursion.id == Alarm.excursion)
        .outerjoin(Observation, Observation.id == Alarm.observation)
        .outerjoin(Compartment, Compartment.id == Excursion.compartment)
    )


def _in(column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], codes: Scope) -> ColumnElement[bool]:
    return true() if codes is None else column.in_(codes)
