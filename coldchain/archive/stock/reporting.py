"""Expired and unusable doses are reported level by level (第四十条): who was told, when, by which paper; what is due.

labels: expired, unusable ─► due (until as many were reported, and the papers are there) ─► report ─► paper
"""

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import ColumnElement, select, true

from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock import labels, papers, places
from coldchain.archive.stock.entries import lot_row
from coldchain.archive.stock.labels import Label, Why
from coldchain.archive.stock.words import MOST_DOSES
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

REPORTED = (Why.EXPIRED, Why.UNUSABLE)


class NewReport(Record, frozen=True, kw_only=True):
    """So many doses of a lot at a facility were reported as expired or unusable; `told` is who, at which office."""

    facility: str
    lot: str
    why: Why
    doses: int
    told: str
    told_at: int
    document: str | None = None
    note: str = ""


class Report(NewReport, frozen=True, kw_only=True):
    """… that stands in the archive; without a document its paper is due."""

    id: int
    by: str
    withdrawn_at: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """Doses at a facility that are to be reported, up to that level; and reports whose paper is missing."""

    facility: str
    lot: str
    number: str
    vaccine: str
    why: Why
    doses: int
    reported: int
    reported_to: str
    since: int
    papers_missing: tuple[Report, ...]


async def report(tx: Tx, new: NewReport, by: By) -> Report:
    """Write down that they were reported.

    Raises:
        BadInput: naming what cannot be.
    """
    await audit.begin(tx)
    await places.check_facility(tx, new.facility)
    await lot_row(tx, new.lot)
    if new.why not in REPORTED:
        raise BadInput("why", f"{new.why!s} is not reported so", f"use one of {', '.join(REPORTED)}")
    if not 1 <= new.doses <= MOST_DOSES:
        raise BadInput("doses", f"{new.doses} cannot be reported", "write how many, 1 or more")
    check_texts("unusable_report", {"told": new.told, "note": new.note})
    await papers.check_told(tx, new.told, new.told_at, new.document, by)
    values = {name: getattr(new, name) for name in NewReport.__struct_fields__}
    row = tables.UnusableReport(**values | {"why": new.why.value}, by=by.actor)
    await changes.enter(tx, by, "reported", row, [])
    return record_of(row, Report)


async def add_paper(tx: Tx, number: int, document: str, by: By, *, seen: str | None = None) -> Report:
    """The paper by which it was reported.

    Raises:
        BadInput: when there is no such report or document, or the paper is there.
        Stale: it was changed since it was seen.
    """
    return record_of(await papers.add(tx, tables.UnusableReport, number, document, by, seen), Report)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Report:
    """Take back a report that was entered by mistake: it is due again.

    Raises:
        BadInput: when there is none that counts.
        Stale: it was changed since it was seen.
    """
    return record_of(await papers.withdraw(tx, tables.UnusableReport, number, by, seen), Report)


async def card(tx: Tx, number: int) -> tuple[Report, str]:
    """One, withdrawn or not, and the tag of its state.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.UnusableReport, number)
    if row is None:
        raise BadInput("report", f"there is no report {number}", "choose one from the list")
    return record_of(row, Report), locking.tag_of(row)


async def due(tx: Tx, scope: Scope, at: int) -> list[Due]:
    """What lies there expired or unusable and was not reported in full, or not by a paper; the longest first."""
    lying = await labels.labels(tx, scope, at, REPORTED)
    reports: dict[tuple[str, str, str], list[Report]] = {}
    row = tables.UnusableReport
    for each in await tx.scalars(select(row).where(row.withdrawn_at.is_(None), _in(scope)).order_by(row.id)):
        reports.setdefault((each.facility, each.lot, each.why), []).append(record_of(each, Report))
    found = []
    for key, its in groupby(sorted(lying, key=_key), key=_key):
        found.append(_due(list(its), reports.pop(key, [])))
    for (facility, lot, why), told in reports.items():  # what is no longer there may still lack its paper
        known = await lot_row(tx, lot)
        since = min(each.told_at for each in told)
        told_doses = sum(each.doses for each in told)
        found.append(
            Due(facility, lot, known.number, known.vaccine, Why(why), 0, told_doses, "", since, _without(told))
        )
    due_ones = [each for each in found if each.doses > each.reported or each.papers_missing]
    return sorted(due_ones, key=lambda each: (each.since, each.facility, each.lot))


def _due(lying: list[Label], told: list[Report]) -> Due:
    first = lying[0]
    return Due(
        first.facility, first.lot, first.number, first.vaccine, first.why, sum(each.doses for each in lying),
        sum(each.doses for each in told), first.reported_to, min(each.since for each in lying), _without(told),
    )  # fmt: skip


def _without(told: list[Report]) -> tuple[Report, ...]:
    return tuple(each for each in told if each.document is None)


def _key(label: Label) -> tuple[str, str, str]:
    return label.facility, label.lot, label.why.value


def _in(scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else tables.UnusableReport.facility.in_(scope)
