"""The record of abnormal temperatures (疫苗储存和运输温度异常情况记录表): each excursion with each of its lots, as far as it is known.

excursion, its lots · cause and measure from whoever closed its alarm · ambient from the manual record · opinion, outcome ─► lines

An excursion that was withdrawn, or is part of another, is none; a drill has none. What nobody wrote yet is empty, never guessed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import RowMapping, Select, or_, select

from coldchain.archive.db import Tx
from coldchain.archive.extracts import Wanted, between, bounded
from coldchain.archive.rows import in_batches
from coldchain.archive.tables import (
    Alarm,
    Dossier,
    Equipment,
    Excursion,
    Facility,
    FoldedCase,
    Lot,
    ManualRecord,
    Opinion,
    Proposal,
    ProposalLine,
    Signature,
    Vaccine,
)
from coldchain.excursion import CaseState, Kind, LotShare, Severity

TEMPERATURE: Final = tuple(kind.value for kind in Kind if kind.is_temperature)
COUNTING: Final = (CaseState.OPEN.value, CaseState.CLOSED.value)

Key = tuple[str, str]  # excursion, lot


@dataclass(frozen=True, slots=True)
class Decided:
    """What the maker wrote of a lot, what becomes of its doses, and who signed second."""

    opinions: list[Opinion] = field(default_factory=list)
    outcomes: list[tuple[str, int]] = field(default_factory=list)  # outcome, doses
    reviewers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the record; without a lot where none lay inside, or nobody knows."""

    case: RowMapping
    share: LotShare | None
    lot: tuple[Lot, Vaccine] | None
    closed: Alarm | None  # with what whoever closed it wrote
    decided: Decided
    ambient_c: float | None


async def lines(tx: Tx, wanted: Wanted) -> list[Line]:
    """The record of a scope and a time, by when it first was out.

    Raises:
        BadInput: there are more than one table may have.
    """
    query = _cases(wanted)
    cases = await bounded(tx, query.order_by(Excursion.first_bad, Excursion.id))
    ids = query.with_only_columns(Excursion.id)
    closed, decided, ambient = await _closed(tx, ids), await _decided(tx, ids), await _ambient(tx, ids)
    shares = {case["id"]: _shares(case) for case in cases}
    lots = await _lots(tx, {share.lot for some in shares.values() for share in some if share})
    return [
        Line(
            case, share, lots.get(share.lot) if share else None, closed.get(case["id"]),
            decided.get((case["id"], share.lot), Decided()) if share else Decided(), ambient.get(case["id"]),
        )
        for case in cases
        for share in shares[case["id"]]
    ]  # fmt: skip


def _shares(case: RowMapping) -> list[LotShare | None]:
    return [LotShare(**share) for share in case["lots"]] or [None]


def _cases(wanted: Wanted) -> Select[Any]:
    """What was told of, or holds vaccine; not what policy merely records."""
    row = Excursion
    query = select(
        row.id, row.state, row.kind, row.first_bad, row.last_bad, row.out_ms, row.unknown_ms, row.extreme_mc, row.lots,
        Equipment.code.label("equipment"), Equipment.name_zh.label("equipment_name"), Equipment.type, Equipment.facility,
        Facility.name_zh.label("facility_name"),
    )  # fmt: skip
    query = query.join(Equipment, Equipment.code == row.equipment).join(Facility, Facility.code == Equipment.facility)
    query = query.where(row.kind.in_(TEMPERATURE), row.state.in_(COUNTING))
    query = query.where(or_(row.severity != Severity.NOTE.value, row.is_held))
    if wanted.scope is not None:
        query = query.where(Equipment.facility.in_(wanted.scope))
    filtered: Select[Any] = between(query, row.first_bad, wanted)
    return filtered


async def _closed(tx: Tx, ids: Select[Any]) -> dict[str, Alarm]:
    """By excursion its alarm, once somebody closed it; also where it was about another since."""
    its = select(Excursion.id, Alarm).join(Alarm, Alarm.excursion == Excursion.id)
    earlier = select(Excursion.id, Alarm).join(FoldedCase, FoldedCase.excursion == Excursion.id)
    earlier = earlier.join(Alarm, Alarm.id == FoldedCase.alarm)
    found: dict[str, Alarm] = {}
    for query in (earlier, its):
        found |= dict((await tx.execute(query.where(Excursion.id.in_(ids), Alarm.closed_at.is_not(None)))).all())
    return found


async def _decided(tx: Tx, ids: Select[Any]) -> Mapping[Key, Decided]:
    """By excursion and lot, of the dossier where it happened, on the version in force."""
    found: dict[Key, Decided] = defaultdict(Decided)
    here = select(Dossier.excursion).join(Excursion, Excursion.id == Dossier.excursion)
    here = here.join(Equipment, Equipment.code == Excursion.equipment).where(Dossier.facility == Equipment.facility)
    here = here.where(Excursion.id.in_(ids))
    opinions = here.add_columns(Opinion).join(Opinion, Opinion.dossier == Dossier.id)
    opinions = opinions.where(Opinion.version == Dossier.version, Opinion.withdrawn_at.is_(None))
    for excursion, opinion in await tx.execute(opinions.order_by(Opinion.id)):
        found[excursion, opinion.lot].opinions.append(opinion)
    outcomes = here.add_columns(ProposalLine.lot, ProposalLine.outcome, ProposalLine.doses, Signature.display)
    outcomes = outcomes.join(Proposal, Proposal.dossier == Dossier.id).join(
        ProposalLine, ProposalLine.proposal == Proposal.id
    )
    outcomes = outcomes.join(Signature, (Signature.proposal == Proposal.id) & (Signature.place == 2))
    outcomes = outcomes.where(Proposal.version == Dossier.version, Proposal.decided_at.is_not(None))
    for excursion, lot, outcome, doses, reviewer in await tx.execute(outcomes.order_by(ProposalLine.id)):
        found[excursion, lot].outcomes.append((outcome, doses))
        if reviewer not in found[excursion, lot].reviewers:
            found[excursion, lot].reviewers.append(reviewer)
    return found


async def _ambient(tx: Tx, ids: Select[Any]) -> dict[str, float]:
    """The room's temperature as somebody wrote it down while it was out; the last, where there are several."""
    row = ManualRecord
    query = select(Excursion.id, row.ambient_c).join(row, row.compartment == Excursion.compartment)
    query = query.where(row.taken_at >= Excursion.first_bad, row.taken_at <= Excursion.last_bad)
    query = query.where(Excursion.id.in_(ids), row.withdrawn_at.is_(None))
    rows = await tx.execute(query.order_by(row.taken_at, row.id))
    return {excursion: ambient_c for excursion, ambient_c in rows if ambient_c is not None}


async def _lots(tx: Tx, ids: Collection[str]) -> dict[str, tuple[Lot, Vaccine]]:
    query, found = select(Lot, Vaccine).join(Vaccine, Vaccine.code == Lot.vaccine), {}
    for some in in_batches(ids):
        for lot, vaccine in await tx.execute(query.where(Lot.id.in_(some))):
            found[lot.id] = (lot, vaccine)
    return found
