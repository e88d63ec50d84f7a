"""Excursions as cases with their revisions, and observations. What is written here was decided by alerting."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeVar

from sqlalchemy import Insert, Update, and_, insert, or_, select, update

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, record_of
from coldchain.excursion import Case, CaseState, Certainty, Facts, Kind, LotShare, LotsKnown, Severity

T = TypeVar("T")

_AT_ONCE: Final = 100  # channels in one question
_COUNTING: Final = (CaseState.OPEN.value, CaseState.CLOSED.value)


class KeptRevision(Record, frozen=True, kw_only=True):
    """A case as it became, why, and the window of readings that was looked at.

    `is_history` False: it merely goes on; the case says so, and no revision is due that would keep it.
    """

    case: Case
    why: str
    at: int
    evidence_start: int
    evidence_end: int
    note: str = ""
    is_history: bool = True


class NewObservation(Record, frozen=True, kw_only=True):
    """Something seen at an instant; `end` None = it goes on."""

    kind: Kind
    subject: str
    severity: Severity
    start: int
    seen_at: int
    equipment: str | None = None
    end: int | None = None
    detail: dict[str, Any]


class Observation(NewObservation, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int


def case_of(row: tables.Excursion) -> Case:
    """The case that a row holds."""
    facts = Facts(
        kind=Kind(row.kind),
        rule=row.rule,
        rule_version=row.rule_version,
        severity=Severity(row.severity),
        certainty=Certainty(row.certainty),
        is_open=row.state == CaseState.OPEN,
        known_good_before=row.known_good_before,
        first_bad=row.first_bad,
        last_bad=row.last_bad,
        known_good_after=row.known_good_after,
        extreme_mc=row.extreme_mc,
        out_ms=row.out_ms,
        unknown_ms=row.unknown_ms,
        degree_ms=row.degree_ms,
        mkt_mc=row.mkt_mc,
        equipment=row.equipment,
        compartment=row.compartment,
        lots_known=LotsKnown(row.lots_known),
        lots=tuple(LotShare(**share) for share in row.lots),
        explained=row.explained,
        product_mc=row.product_mc,
        is_held=row.is_held,
        waits_at_night=row.waits_at_night,
    )
    state = CaseState(row.state)
    return Case(row.id, row.channel, row.anchor, row.opened_at, row.revision, state, row.merged_into, facts)


async def anchored(tx: Tx, spans: Mapping[str, tuple[int, int]]) -> list[Case]:
    """Every case, in whatever state, whose anchor lies in [start, end] of its channel's span; the first opened first."""
    found: list[Case] = []
    for channels in _batched(list(spans.items()), _AT_ONCE):
        is_asked = or_(
            *(
                and_(tables.Excursion.channel == channel, tables.Excursion.anchor.between(start, end))
                for channel, (start, end) in channels
            )
        )
        query = select(tables.Excursion).where(is_asked).execution_options(populate_existing=True)
        found += [case_of(row) for row in await tx.scalars(query)]
    return sorted(found, key=lambda case: (case.opened_at, case.anchor))


def _batched(spans: list[T], size: int) -> list[list[T]]:
    return [spans[at : at + size] for at in range(0, len(spans), size)]


async def concerning(tx: Tx, compartment: int, start: int, end: int | None) -> list[Case]:
    """The counting cases of a compartment that touch [start, end]; `end` None = all later ones."""
    query = select(tables.Excursion).where(
        tables.Excursion.compartment == compartment, tables.Excursion.state.in_(_COUNTING)
    )
    query = query.where(tables.Excursion.last_bad >= start)
    if end is not None:
        query = query.where(tables.Excursion.first_bad <= end)
    return [case_of(row) for row in await tx.scalars(query.order_by(tables.Excursion.first_bad))]


async def keep(tx: Tx, revisions: Sequence[KeptRevision]) -> None:
    """Write cases as they became; every revision that is history stands beside those before it."""
    last = {each.case.id: each.case for each in revisions}
    history = [each for each in revisions if each.is_history]
    new = {each.case.id for each in history if each.case.revision == 1}
    rows = [_identity(case) | _columns(case) | {"is_followed": False} for case in last.values()]
    await _write(tx, insert(tables.Excursion), [row for row in rows if row["id"] in new])
    await _write(tx, update(tables.Excursion), [row for row in rows if row["id"] not in new])
    await _write(tx, insert(tables.ExcursionRevision), [_revision(each) for each in history])


async def _write(tx: Tx, statement: Insert | Update, rows: list[dict[str, Any]]) -> None:
    if rows:
        await tx.execute(statement, rows)


def _identity(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "channel": case.channel,
        "anchor": case.anchor,
        "opened_at": case.opened_at,
        "revision": case.revision,
    }


def _revision(each: KeptRevision) -> dict[str, Any]:
    said = {name: value for name, value in _columns(each.case).items() if name not in {"equipment", "compartment"}}
    return said | {
        "excursion": each.case.id,
        "revision": each.case.revision,
        "at": each.at,
        "reason": each.why,
        "evidence_start": each.evidence_start,
        "evidence_end": each.evidence_end,
        "note": each.note,
    }


def _columns(case: Case) -> dict[str, Any]:
    values = asdict(case.facts)
    del values["is_open"]
    values |= {"lots": list(values["lots"]), "state": case.state.value, "merged_into": case.merged_into}
    return {name: getattr(value, "value", value) for name, value in values.items()}


async def revisions(tx: Tx, case: str) -> list[tables.ExcursionRevision]:
    """Everything a case ever said, the oldest first."""
    query = select(tables.ExcursionRevision).where(tables.ExcursionRevision.excursion == case)
    return list(await tx.scalars(query.order_by(tables.ExcursionRevision.revision)))


async def open_observations(tx: Tx, kind: Kind) -> list[Observation]:
    """Observations of a kind that go on."""
    query = select(tables.Observation).where(tables.Observation.kind == kind.value, tables.Observation.end.is_(None))
    return [record_of(row, Observation) for row in await tx.scalars(query.order_by(tables.Observation.id))]


async def last_observation(tx: Tx, kind: Kind, subject: str) -> Observation | None:
    """The last observation of a kind on a subject."""
    query = select(tables.Observation).where(
        tables.Observation.kind == kind.value, tables.Observation.subject == subject
    )
    row = await tx.scalar(query.order_by(tables.Observation.id.desc()).limit(1))
    return None if row is None else record_of(row, Observation)


async def ended_observations(tx: Tx, kind: Kind, subject: str, count: int) -> list[Observation]:
    """The newest observations of a kind on a subject that are over, the newest first."""
    query = select(tables.Observation).where(
        tables.Observation.kind == kind.value,
        tables.Observation.subject == subject,
        tables.Observation.end.is_not(None),
    )
    rows = await tx.scalars(query.order_by(tables.Observation.id.desc()).limit(count))
    return [record_of(row, Observation) for row in rows]


async def observe(tx: Tx, new: NewObservation) -> Observation:
    """Write down something seen."""
    row = tables.Observation(
        kind=new.kind.value,
        subject=new.subject,
        severity=new.severity.value,
        start=new.start,
        seen_at=new.seen_at,
        equipment=new.equipment,
        end=new.end,
        detail=new.detail,
    )
    tx.add(row)
    await tx.flush()
    return record_of(row, Observation)


async def end_observation(tx: Tx, observation: int, end: int, **more: str) -> None:
    """It is over; `more` joins its detail."""
    row = await tx.get_one(tables.Observation, observation)
    row.end = max(end, row.start)
    row.detail = {**row.detail, **more}
    await tx.flush()


async def make_louder(tx: Tx, observation: int, severity: Severity, **more: bool) -> None:
    """It has lasted long enough to be louder; `more` joins its detail."""
    row = await tx.get_one(tables.Observation, observation)
    row.severity = severity.value
    row.detail = {**row.detail, **more}
    row.is_followed = False
    await tx.flush()


async def case(tx: Tx, case_id: str) -> Case:
    """One case."""
    return case_of(await tx.get_one(tables.Excursion, case_id))


async def observation(tx: Tx, observation_id: int) -> Observation:
    """One observation."""
    return record_of(await tx.get_one(tables.Observation, observation_id), Observation)
