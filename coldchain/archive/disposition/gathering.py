"""What the archive knows of an excursion, put together for a dossier's evidence; the readings join it in `coldchain.ledger`.

case, revisions, pack · probes and their certificates · who was told (`told`) · movements · papers ─► one record
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, or_, select

from coldchain.archive import cases, images, tables, views
from coldchain.archive.db import Tx
from coldchain.archive.disposition import dossiers, told
from coldchain.archive.disposition.levels import places_at
from coldchain.archive.disposition.limits import Line
from coldchain.archive.stock import stability
from coldchain.archive.tables import Base
from coldchain.excursion import Case, excursion_shape
from coldchain.reading import ChannelName, Quantity

Plain = dict[str, Any]
R = TypeVar("R", bound=Base)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the archive says: `content` is plain; `start` and `end` are the window of the readings that were looked at."""

    case: Case
    start: int
    end: int
    facility: str
    probes: Sequence[tables.Assignment]
    lots: Sequence[str]
    limits: dict[str, list[Line]]  # by lot
    content: Plain


async def gather(tx: Tx, number: int, at: int) -> Gathered:
    """Everything but the readings, as it stands in this snapshot.

    Raises:
        BadInput: when there is no such dossier.
    """
    shown = await dossiers.show(tx, number)
    row = shown.dossier
    case = await cases.case(tx, row.excursion)
    around = await told.merged_with(tx, row.excursion)
    alarms = await told.alarms_of(tx, around)
    revisions = await cases.revisions(tx, row.excursion)
    start = min([case.facts.first_bad, *(each.evidence_start for each in revisions)])
    end = max([case.facts.last_bad, *(each.evidence_end for each in revisions)]) + 1
    compartment = case.facts.compartment
    probes = [] if compartment is None else await _probes(tx, compartment, start, end)
    lots = sorted({line.lot for line in shown.lines} | {gone.lot for gone in shown.gone})
    content = {
        "dossier": {"excursion": row.excursion, "facility": row.facility, "version": row.version},
        "case": excursion_shape(case, await _name(tx, compartment)),
        "revisions": [images.image_of(each) for each in revisions],
        "rules": await _rules(tx, case),
        "assignments": [images.image_of(each) for each in probes],
        "calibrations": await _calibrations(tx, {probe.channel for probe in probes}),
        "merged": {
            each: [images.image_of(one) for one in await cases.revisions(tx, each)]
            for each in around
            if each != row.excursion
        },
        "alarms": alarms,
        "alarms_sha256": images.digest(alarms),
        "lots": [images.image_of(each) for each in await _all(tx, tables.Lot, tables.Lot.id.in_(lots))],
        "movements": [images.image_of(each) for each in await _movements(tx, lots, row.facility)],
        "held": msgspec.to_builtins(shown.lines),
        "gone": msgspec.to_builtins(shown.gone),
        "papers": msgspec.to_builtins([each for each in shown.papers if each.withdrawn_at is None]),
        "reports": msgspec.to_builtins([each for each in shown.reports if each.withdrawn_at is None]),
        "reports_due": shown.reports_due,
    }
    return Gathered(case, start, end, row.facility, probes, lots, await _limits(tx, lots, at), content)


async def _movements(tx: Tx, lots: Sequence[str], facility: str) -> list[tables.Movement]:
    """Those by which doses of these lots came to the facility, went about in it, or left it; the withdrawn too."""
    places, movement = await places_at(tx, facility), tables.Movement
    is_here = or_(movement.source.in_(places), movement.target.in_(places))
    return await _all(tx, movement, movement.lot.in_(lots) & is_here)


async def _name(tx: Tx, compartment: int | None) -> str | None:
    row = None if compartment is None else await tx.get(tables.Compartment, compartment)
    return None if row is None else row.name


async def _probes(tx: Tx, compartment: int, start: int, end: int) -> list[tables.Assignment]:
    found = await views.assignments_in(tx, compartment, start, end)
    return [each for each in found if ChannelName.parse(each.channel).quantity is Quantity.TEMPERATURE]


async def _rules(tx: Tx, case: Case) -> Plain:
    """Which version of which pack judged, by its digest; None where the archive never saw it."""
    pack = tables.RulePack
    name = case.facts.rule.partition("/")[0]
    row = await tx.scalar(select(pack).where(pack.pack == name, pack.version == case.facts.rule_version))
    said = {"rule": case.facts.rule, "version": case.facts.rule_version}
    return said | {"sha256": None if row is None else row.sha256, "source": None if row is None else row.source}


async def _calibrations(tx: Tx, channels: Collection[str]) -> list[Plain]:
    """All certificates of these probes that count: which stood at the time follows from their days."""
    devices = {channel.rpartition("/")[0] for channel in channels}
    kind = tables.Calibration
    found = await _all(tx, kind, kind.device.in_(devices) & kind.withdrawn_at.is_(None))
    return [images.image_of(each) for each in found]


async def _limits(tx: Tx, lots: Sequence[str], at: int) -> dict[str, list[Line]]:
    """The lines of the makers' tables that stand now, by lot."""
    found = {}
    for lot in await _all(tx, tables.Lot, tables.Lot.id.in_(lots)):
        standing = await stability.standing(tx, lot.vaccine, lot.maker, at, lot.product)
        found[lot.id] = [
            Line(
                each.id, each.low_c, each.high_c, each.max_cumulative_hours, each.max_count, each.document_no,
                each.certainty, each.document, each.approved_at is not None,
            )
            for each in standing
        ]  # fmt: skip
    return found


async def _all(tx: Tx, kind: type[R], where: ColumnElement[bool]) -> list[R]:
    key = getattr(kind, "id")  # noqa: B009 - every kind that comes here has one
    return list(await tx.scalars(select(kind).where(where).order_by(key)))
