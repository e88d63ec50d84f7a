"""Excursions as cases with their revisions, and observations. What is written here was decided by alerting."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeVar

from sqlalchemy import Insert, Update, and_, func, insert, or_, select, update

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.comparing import CASE
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, in_batches, record_of
from coldchain.excursion import Case, CaseState, Certainty, Facts, Kind, LotShare, LotsKnown, Severity

T = TypeVar("T")

_AT_ONCE: Final = 100  # channels in one question
_SUBJECTS_AT_ONCE: Final = 10_000  # databases count the words of a question; a county is asked about in one
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
    waits_at_night: bool = False  # the policy lets people sleep
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
    """The counting cases that a movement in a compartment may concern, of those that touch [start, end] (None = later ones).

    Its own, and those of the same facility that know their lots no better than by facility, or not at all.
    """
    case, here = tables.Excursion, tables.Equipment
    stands = select(here.facility).join(tables.Compartment, tables.Compartment.equipment == here.code)
    neighbours = select(here.code).where(here.facility.in_(stands.where(tables.Compartment.id == compartment)))
    is_vague = and_(case.lots_known != LotsKnown.COMPARTMENT.value, case.equipment.in_(neighbours))
    query = select(case).where(or_(case.compartment == compartment, is_vague), case.state.in_(_COUNTING))
    query = query.where(case.last_bad >= start)
    if end is not None:
        query = query.where(tables.Excursion.first_bad <= end)
    return [case_of(row) for row in await tx.scalars(query.order_by(tables.Excursion.first_bad))]


async def at_equipment(tx: Tx, kind: Kind, equipment: Collection[str], since: int) -> list[Case]:
    """The cases of a kind at these that count and whose last bad reading is not before `since`, in time."""
    case = tables.Excursion
    query = select(case).where(case.equipment.in_(equipment), case.kind == kind.value, case.last_bad >= since)
    rows = await tx.scalars(query.where(case.state.in_(_COUNTING)).order_by(case.first_bad, case.id))
    return [case_of(row) for row in rows]


async def keep(tx: Tx, revisions: Sequence[KeptRevision]) -> None:
    """Write cases as they became; every revision that is history stands beside those before it."""
    last = {each.case.id: each.case for each in revisions}
    history = [each for each in revisions if each.is_history]
    new = {each.case.id for each in history if each.case.revision == 1}
    rows = [_identity(case) | _columns(case) | {"is_followed": False} for case in last.values()]
    await _write(tx, insert(tables.Excursion), [row for row in rows if row["id"] in new])
    await _write(tx, update(tables.Excursion), [row for row in rows if row["id"] not in new])
    await _write(tx, insert(tables.ExcursionRevision), [_revision(each) for each in history])
    for each in history:
        audit.decided(tx, By(MACHINE, each.at), each.why, [_chained(each)])


def _chained(each: KeptRevision) -> tuple[str, str, str, dict[str, Any]]:
    """A revision for the chain of its gateway, with what its case says for ever."""
    case = each.case
    of_case = {
        "channel": case.channel,
        "anchor": case.anchor,
        "opened_at": case.opened_at,
        "equipment": case.facts.equipment,
        "compartment": case.facts.compartment,
    }
    stream = audit.shard(case.channel.split("/")[0])
    return stream, "excursion_revision", f"{case.id}/{case.revision}", _revision(each) | {CASE: of_case}


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
    return (await open_observations_of(tx, [kind]))[kind]


async def open_observations_of(tx: Tx, kinds: Collection[Kind]) -> dict[Kind, list[Observation]]:
    """Observations that go on, of each of these kinds."""
    row, found = tables.Observation, {kind: list[Observation]() for kind in kinds}
    query = select(row).where(row.kind.in_([kind.value for kind in found]), row.end.is_(None)).order_by(row.id)
    for each in await tx.scalars(query):
        found[Kind(each.kind)].append(record_of(each, Observation))
    return found


async def last_observation(tx: Tx, kind: Kind, subject: str) -> Observation | None:
    """The last observation of a kind on a subject."""
    query = select(tables.Observation).where(
        tables.Observation.kind == kind.value, tables.Observation.subject == subject
    )
    row = await tx.scalar(query.order_by(tables.Observation.id.desc()).limit(1))
    return None if row is None else record_of(row, Observation)


async def recent_observations(tx: Tx, kind: Kind, since: int) -> list[Observation]:
    """Observations of a kind that go on or ended at `since` or later, in the order in which they were written."""
    row = tables.Observation
    query = select(row).where(row.kind == kind.value, or_(row.end.is_(None), row.end >= since)).order_by(row.id)
    return [record_of(each, Observation) for each in await tx.scalars(query)]


async def newest_observations(
    tx: Tx, kind: Kind, subjects: Collection[str], count: int, *, are_over: bool = False
) -> dict[str, list[Observation]]:
    """The newest observations of a kind on each of these subjects that had any, the newest first; or of those that are over."""
    row, found = tables.Observation, defaultdict[str, list[Observation]](list)
    for some in _batched(sorted(subjects), _SUBJECTS_AT_ONCE):
        place = func.row_number().over(partition_by=row.subject, order_by=row.id.desc()).label("place")
        ranked = select(row.id, place).where(row.kind == kind.value, row.subject.in_(some))
        ranks = (ranked.where(row.end.is_not(None)) if are_over else ranked).subquery()
        query = select(row).join(ranks, ranks.c.id == row.id).where(ranks.c.place <= count).order_by(row.id.desc())
        for each in await tx.scalars(query):
            found[each.subject].append(record_of(each, Observation))
    return dict(found)


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
        waits_at_night=new.waits_at_night,
        detail=new.detail,
    )
    tx.add(row)
    await tx.flush()
    audit.decided(tx, By(MACHINE, new.seen_at), "seen", [row])
    return record_of(row, Observation)


async def end_observation(tx: Tx, observation: int, end: int, **more: str) -> None:
    """It is over; `more` joins its detail."""
    row = await tx.get_one(tables.Observation, observation)
    row.end = max(end, row.start)
    row.detail = {**row.detail, **more}
    await tx.flush()
    audit.decided(tx, By(MACHINE, row.end), "ended", [row])


async def end_observations(tx: Tx, ends: Mapping[int, int]) -> None:
    """These are over, each since its time: after an outage all silences of a county end in one transaction."""
    row = tables.Observation
    for some in in_batches(ends):
        found = {each.id: each for each in await tx.scalars(select(row).where(row.id.in_(some)))}
        its = [found[number] for number in some]
        for each in its:
            each.end = max(ends[each.id], each.start)
        await tx.flush()
        for each in its:
            audit.decided(tx, By(MACHINE, max(ends[each.id], each.start)), "ended", [each])


async def make_louder(
    tx: Tx, observation: int, severity: Severity, *, waits_at_night: bool = False, at: int | None = None
) -> None:
    """It has lasted long enough to be louder, or to wait for the morning no longer."""
    row = await tx.get_one(tables.Observation, observation)
    row.severity = severity.value
    row.waits_at_night = waits_at_night
    row.is_followed = False
    await tx.flush()
    audit.decided(tx, By(MACHINE, row.seen_at if at is None else at), "louder", [row])


async def case(tx: Tx, case_id: str) -> Case:
    """One case."""
    return case_of(await tx.get_one(tables.Excursion, case_id))


async def observation(tx: Tx, observation_id: int) -> Observation:
    """One observation."""
    return record_of(await tx.get_one(tables.Observation, observation_id), Observation)


async def cases(tx: Tx, ids: Collection[str]) -> dict[str, Case]:
    """Cases by id."""
    rows = await tx.scalars(select(tables.Excursion).where(tables.Excursion.id.in_(ids)))
    return {row.id: case_of(row) for row in rows}


async def observations(tx: Tx, ids: Collection[int]) -> dict[int, Observation]:
    """Observations by number."""
    rows = await tx.scalars(select(tables.Observation).where(tables.Observation.id.in_(ids)))
    return {row.id: record_of(row, Observation) for row in rows}


async def say_more(tx: Tx, observation: int, at: int, **more: Any) -> None:  # noqa: ANN401 - details of any kind
    """More of what goes on joins its detail."""
    row = await tx.get_one(tables.Observation, observation)
    row.detail = {**row.detail, **more}
    await tx.flush()
    audit.decided(tx, By(MACHINE, at), "seen", [row])
