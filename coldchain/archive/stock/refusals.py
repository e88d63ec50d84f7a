"""Receipts in lists, and the reports that a refused one demands: to the drug authority and to the health authority.

refused delivery ─► due (until both authorities were told, and the papers are there) ─► report: whom, when, by whom ─► paper
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, select, text, true

from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock import papers
from coldchain.archive.stock.receiving import Receipt, ReceiptLine, State
from coldchain.archive.views import Scope
from coldchain.errors import BadInput


class Authority(StrEnum):
    """To whom a refusal is reported at once."""

    DRUG = "drug"  # 药品监督管理部门
    HEALTH = "health"  # 卫生健康主管部门


class NewReport(Record, frozen=True, kw_only=True):
    """An authority was told of a refused delivery."""

    receipt: int
    authority: Authority
    told: str
    told_at: int
    document: str | None = None
    note: str = ""


class Report(NewReport, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    by: str
    withdrawn_at: int | None


class Card(Record, frozen=True, kw_only=True):
    """A receipt with its lines and its reports, and the tag of its state."""

    receipt: Receipt
    lines: tuple[ReceiptLine, ...]
    reports: tuple[Report, ...]
    tag: str


@dataclass(frozen=True, slots=True)
class Due:
    """A refused delivery: authorities that were not told yet, and reports whose paper is missing."""

    receipt: Receipt
    authorities: tuple[Authority, ...]
    papers_missing: tuple[Report, ...] = ()


async def report(tx: Tx, new: NewReport, by: By) -> Report:
    """Write down that an authority was told.

    Raises:
        BadInput: when the delivery was not refused, or the report cannot be.
    """
    check_texts("refusal_report", {"told": new.told, "note": new.note})
    await audit.begin(tx)
    receipt = await tx.get(tables.Receipt, new.receipt)
    if receipt is None or receipt.withdrawn_at is not None or receipt.state != State.REFUSED:
        raise BadInput("receipt", f"{new.receipt} was not refused", "choose one from the list of reports due")
    await papers.check_told(tx, new.told, new.told_at, new.document, by)
    if new.told_at < receipt.at:
        raise BadInput("told_at", "it is before the delivery came", "write when they were told")
    row = tables.RefusalReport(**{name: getattr(new, name) for name in NewReport.__struct_fields__}, by=by.actor)
    row.authority = new.authority.value
    await changes.enter(tx, by, "reported", row, [])
    return record_of(row, Report)


async def add_paper(tx: Tx, number: int, document: str, by: By, *, seen: str | None = None) -> Report:
    """The paper by which an authority was told, where only a word was written down first.

    Raises:
        BadInput: when there is no such report or document, or the paper is there.
        Stale: it was changed since it was seen.
    """
    return record_of(await papers.add(tx, tables.RefusalReport, number, document, by, seen), Report)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Report:
    """Take back a report that was entered by mistake: it is due again.

    Raises:
        BadInput: when there is none that counts.
        Stale: it was changed since it was seen.
    """
    return record_of(await papers.withdraw(tx, tables.RefusalReport, number, by, seen), Report)


async def due(tx: Tx, scope: Scope) -> list[Due]:
    """Refused deliveries of which somebody was not told yet, or not by a paper that is here, the oldest first."""
    row = tables.Receipt
    query = select(row).where(row.state == State.REFUSED, row.withdrawn_at.is_(None), _in(scope))
    refused = list(await tx.scalars(query.order_by(row.at, row.id)))
    reports = await _reports(tx, [each.id for each in refused])
    told = {(each.receipt, each.authority) for each in reports}
    by_paper = {(each.receipt, each.authority) for each in reports if each.document is not None}
    found = [
        Due(
            record_of(each, Receipt),
            tuple(one for one in Authority if (each.id, one) not in told),
            tuple(one for one in reports if one.receipt == each.id and (each.id, one.authority) not in by_paper),
        )
        for each in refused
    ]
    return [each for each in found if each.authorities or each.papers_missing]


async def card(tx: Tx, number: int) -> Card:
    """One receipt with all that belongs to it.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.Receipt, number)
    if row is None:
        raise BadInput("receipt", f"there is no receipt {number}", "choose one from the list")
    line = tables.ReceiptLine
    lines = await tx.scalars(select(line).where(line.receipt == number).order_by(line.id))
    return Card(
        receipt=record_of(row, Receipt),
        lines=tuple(record_of(each, ReceiptLine) for each in lines),
        reports=tuple(await _reports(tx, [number])),
        tag=locking.tag_of(row),
    )


async def listed(tx: Tx, scope: Scope, asked: Asked, *, state: State | None = None) -> Page[Receipt]:
    """Receipts, the newest first."""
    query = select(tables.Receipt).where(_in(scope))
    if state is not None:
        query = query.where(tables.Receipt.state == state.value)
        # said in so many words, so that the index of the few that are not settled is found
        query = query if state is State.ACCEPTED else query.where(text("receipt.state <> 'accepted'"))
    return await page(tx, query, (tables.Receipt.at, tables.Receipt.id), asked, Receipt, descending=True)


async def _reports(tx: Tx, receipts: Sequence[int]) -> list[Report]:
    row = tables.RefusalReport
    query = select(row).where(row.receipt.in_(receipts), row.withdrawn_at.is_(None)).order_by(row.id)
    return [record_of(each, Report) for each in await tx.scalars(query)]


def _in(scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else tables.Receipt.facility.in_(scope)
