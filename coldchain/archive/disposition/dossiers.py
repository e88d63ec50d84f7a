"""Dossiers as they are listed and shown: their lines, versions, papers, proposals and signatures, and a tag of all that.

dossier ─► lines (what is held here, by lot and place) · gone · versions · papers · proposals with signatures and witnesses
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy import select, true
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.disposition.records import (
    Dossier,
    Gone,
    Line,
    Opinion,
    Paper,
    Proposal,
    ProposedLine,
    Report,
    Shown,
    Signature,
    Version,
    Witness,
)
from coldchain.archive.disposition.words import Lifted, State
from coldchain.archive.rows import Record, record_of
from coldchain.archive.tables import Base
from coldchain.archive.views import Scope
from coldchain.errors import BadInput, Stale

ANY: Final = "*"
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which dossiers somebody asks for; None is any."""

    scope: Scope
    state: State | None = None
    facility: str | None = None
    excursion: str | None = None


async def listed(tx: Tx, wish: Wish, limit: int, after: int | None = None) -> list[Dossier]:
    """Dossiers, the newest first, one more than `limit` if there are more."""
    row = tables.Dossier
    query = select(row).where(true() if wish.scope is None else row.facility.in_(wish.scope))
    for column, value in ((row.state, wish.state), (row.facility, wish.facility), (row.excursion, wish.excursion)):
        query = query if value is None else query.where(column == value)
    query = query if after is None else query.where(row.id < after)
    return [record_of(each, Dossier) for each in await tx.scalars(query.order_by(row.id.desc()).limit(limit + 1))]


async def of_lot(tx: Tx, lot: str, scope: Scope = None) -> list[Dossier]:
    """Every dossier of an excursion that ever held doses of a lot, wherever they were then."""
    row, hold = tables.Dossier, tables.Hold
    query = select(row).where(row.excursion.in_(select(hold.excursion).where(hold.lot == lot))).order_by(row.id)
    query = query.where(true() if scope is None else row.facility.in_(scope))
    return [record_of(each, Dossier) for each in await tx.scalars(query)]


async def find(tx: Tx, number: int) -> Dossier | None:
    """A dossier; None when there is none of that number."""
    row = await tx.get(tables.Dossier, number)
    return None if row is None else record_of(row, Dossier)


async def dossier_row(tx: Tx, number: int) -> tables.Dossier:
    """The row of a dossier, as it stands now.

    Raises:
        BadInput: when there is none of that number.
    """
    row = await tx.get(tables.Dossier, number, populate_existing=True)
    if row is None:
        raise BadInput("dossier", f"there is no dossier {number}", "see the list of dossiers")
    return row


async def version_row(tx: Tx, row: tables.Dossier) -> tables.DossierVersion:
    """The version in force."""
    return await tx.get_one(tables.DossierVersion, (row.id, row.version), populate_existing=True)


async def show(tx: Tx, number: int) -> Shown:
    """All of a dossier.

    Raises:
        BadInput: when there is none of that number.
    """
    row = await dossier_row(tx, number)
    reports = await _its(tx, tables.AuthorityReport.dossier, row.id, Report)
    return Shown(
        dossier=record_of(row, Dossier),
        lines=await lines_of(tx, row),
        gone=await _gone(tx, row),
        versions=await _its(tx, tables.DossierVersion.dossier, row.id, Version, tables.DossierVersion.version),
        papers=await _its(tx, tables.DossierDocument.dossier, row.id, Paper),
        opinions=await _its(tx, tables.Opinion.dossier, row.id, Opinion),
        reports=reports,
        reports_due=[due for due in await demanded(tx, row) if due not in _made(reports)],
        proposals=await _proposals(tx, row),
        witnesses=await _its(tx, tables.Witness.dossier, row.id, Witness),
    )


async def evidence(tx: Tx, number: int, version: int) -> bytes:
    """The frozen evidence of a version: canonical JSON.

    Raises:
        BadInput: when that version was not frozen.
    """
    row = await tx.get(tables.DossierVersion, (number, version))
    if row is None or row.evidence is None:
        raise BadInput(
            "version", f"there is no evidence {version} of dossier {number}", "freeze it, or ask for another"
        )
    return row.evidence


async def check_seen(tx: Tx, number: int, seen: str | None) -> None:
    """Refuse an act on another state of the dossier; None asks for no such check. Call `audit.begin` first.

    Raises:
        Stale: something was added to it since.
    """
    if seen is not None and seen not in {ANY, (await show(tx, number)).tag}:
        raise Stale("tag", f"{seen[:40]!r} is no longer its state", "look at it again, and repeat")


async def lines_of(tx: Tx, row: tables.Dossier) -> list[Line]:
    """What its excursion holds at its facility now."""
    found: dict[tuple[str, int | None], int] = defaultdict(int)
    for hold in await _holds(tx, row):
        if hold.lifted_at is None:
            found[hold.lot, hold.compartment] += hold.doses
    ordered = sorted(found.items(), key=lambda each: (each[0][0], each[0][1] or 0))
    return [Line(lot=lot, compartment=compartment, doses=doses) for (lot, compartment), doses in ordered]


async def demanded(tx: Tx, row: tables.Dossier) -> list[tuple[str, str]]:
    """The reports that the law demands, (article, authority): of suspected quality always; of what came, where it came."""
    equipment = tables.Equipment
    query = select(equipment.type).join(tables.Excursion, tables.Excursion.equipment == equipment.code)
    kind = await tx.scalar(query.where(tables.Excursion.id == row.excursion))
    articles = ["39", "73"] if kind in {"vehicle", "carrier", "cold_box"} else ["73"]
    return [(article, authority) for article in articles for authority in ("drug", "health")]


def _made(reports: list[Report]) -> set[tuple[str, str]]:
    return {(each.article, each.authority) for each in reports if each.withdrawn_at is None}


async def _holds(tx: Tx, row: tables.Dossier) -> list[tables.Hold]:
    hold = tables.Hold
    query = select(hold).where(hold.excursion == row.excursion, hold.facility == row.facility).order_by(hold.id)
    return list(await tx.scalars(query.execution_options(populate_existing=True)))


async def _gone(tx: Tx, row: tables.Dossier) -> list[Gone]:
    return [record_of(hold, Gone) for hold in await _holds(tx, row) if hold.lifted_why == Lifted.GONE]


async def _proposals(tx: Tx, row: tables.Dossier) -> list[Proposal]:
    found = []
    proposal = tables.Proposal
    query = select(proposal).where(proposal.dossier == row.id).order_by(proposal.id)
    for each in await tx.scalars(query.execution_options(populate_existing=True)):
        lines = await _its(tx, tables.ProposalLine.proposal, each.id, ProposedLine)
        signatures = await _its(tx, tables.Signature.proposal, each.id, Signature)
        names = [name for name in Proposal.__struct_fields__ if name not in {"lines", "signatures"}]
        found.append(Proposal(**{name: getattr(each, name) for name in names}, lines=lines, signatures=signatures))
    return found


async def _its(
    tx: Tx, of: InstrumentedAttribute[int], number: int, kind: type[R], key: InstrumentedAttribute[int] | None = None
) -> list[R]:
    table: type[Base] = of.class_  # type: ignore[assignment] # a column of a table of ours
    query = select(table).where(of == number).order_by(getattr(table, "id") if key is None else key)  # noqa: B009
    return [record_of(row, kind) for row in await tx.scalars(query.execution_options(populate_existing=True))]
