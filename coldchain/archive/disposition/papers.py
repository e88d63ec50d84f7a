"""What people put into a dossier: photos and papers, the manufacturer's written opinion, reports to the authorities.

paper ─► document (kept by its content) ─► dossier        opinion ─► of the version in force, on its frozen evidence
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypeVar

from sqlalchemy import select

from coldchain.archive import audit, documents, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition import changed
from coldchain.archive.disposition.dossiers import check_seen, dossier_row, lines_of, version_row
from coldchain.archive.disposition.records import Opinion, Paper, Report
from coldchain.archive.disposition.words import State, Verdict
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.tables import Base
from coldchain.clock import iso
from coldchain.errors import BadInput

DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
Kind = Literal["photo", "document"]
P = TypeVar("P", tables.DossierDocument, tables.AuthorityReport)
ARTICLES: Final = ("39", "73")
AUTHORITIES: Final = ("drug", "health")


class NewOpinion(Record, frozen=True, kw_only=True):
    """What the holder of the marketing authorisation wrote about a lot; conditional: under which condition, until when."""

    lot: str
    verdict: Verdict
    author: str
    organisation: str
    dated: str
    document: str
    condition: str = ""
    use_by: str | None = None


class NewReport(Record, frozen=True, kw_only=True):
    """A report under an article of the Vaccine Administration Law, made to one authority."""

    article: str
    authority: str
    told: str
    told_at: int
    document: str
    note: str = ""


async def add_document(
    tx: Tx, number: int, document: str, kind: Kind, by: By, *, note: str = "", seen: str | None = None
) -> Paper:  # fmt: skip
    """Put a photo or paper into a dossier; one that is in it and counts is returned as it was put there.

    Raises:
        BadInput: when there is no such dossier or document.
    """
    check_texts("dossier_document", {"note": note})
    await _begin(tx, number, seen)
    await documents.check(tx, "document", document)
    paper = tables.DossierDocument
    row = await tx.scalar(select(paper).where(paper.dossier == number, paper.document == document))
    if row is not None and row.withdrawn_at is not None:
        row.kind, row.note, row.by, row.at, row.withdrawn_at = kind, note, by.actor, by.at, None
        await audit.record(tx, by, "added", [row])
    elif row is None:
        row = paper(dossier=number, document=document, kind=kind, note=note, by=by.actor, at=by.at)
        await _enter(tx, row, by)
    return record_of(row, Paper)


async def add_opinion(tx: Tx, number: int, new: NewOpinion, by: By, *, seen: str | None = None) -> Opinion:
    """Enter what the manufacturer wrote; the newest that was not taken back counts. Not usable, it holds what was released.

    Raises:
        BadInput: when the evidence is not frozen, the lot is none of the dossier's, nobody signed it, its document does
            not exist, or its day is before the excursion or still to come.
    """
    row = await _begin(tx, number, seen)
    _check_named("opinion", author=new.author, organisation=new.organisation)
    check_texts("opinion", {"author": new.author, "organisation": new.organisation, "condition": new.condition})
    if (await version_row(tx, row)).sha256 is None:
        raise BadInput("dossier", "its evidence is not frozen", "freeze it: an opinion is about what is known")
    await _check_lot(tx, row, new.lot)
    await _check_days(tx, row, new, by)
    await documents.check(tx, "document", new.document)
    entered = tables.Opinion(
        dossier=number, version=row.version, lot=new.lot, verdict=str(new.verdict), condition=new.condition.strip(),
        use_by=new.use_by, author=new.author.strip(), organisation=new.organisation.strip(), dated=new.dated,
        document=new.document, by=by.actor, at=by.at,
    )  # fmt: skip
    await _enter(tx, entered, by)
    await changed.lapse(tx, row, by, "another opinion came in")
    if new.verdict is Verdict.NOT_USABLE:
        await changed.hold_again(tx, row, by, new.lot)  # its release stood on another word
    row.state = State.OPINION_IN.value
    await audit.record(tx, by, row.state, [row])
    return record_of(entered, Opinion)


async def add_report(tx: Tx, number: int, new: NewReport, by: By, *, seen: str | None = None) -> Report:
    """Enter a report that was made.

    Raises:
        BadInput: when the article or authority is none, nobody was told, its time is to come, or its document does not exist.
    """
    await _begin(tx, number, seen)
    check_texts("authority_report", {"told": new.told, "note": new.note})
    if new.article not in ARTICLES:
        raise BadInput("article", f"{new.article[:20]!r} demands no report", f"use one of {', '.join(ARTICLES)}")
    if new.authority not in AUTHORITIES:
        raise BadInput("authority", f"{new.authority[:20]!r} is none", f"use one of {', '.join(AUTHORITIES)}")
    _check_named("report", told=new.told)
    if new.told_at > by.at:
        raise BadInput("told_at", f"{iso(new.told_at)} is still to come", "write when it was made")
    await documents.check(tx, "document", new.document)
    row = tables.AuthorityReport(
        dossier=number, article=new.article, authority=new.authority, told=new.told.strip(), told_at=new.told_at,
        document=new.document, note=new.note, by=by.actor, at=by.at,
    )  # fmt: skip
    await _enter(tx, row, by)
    return record_of(row, Report)


async def withdraw_opinion(tx: Tx, number: int, opinion: int, by: By, *, seen: str | None = None) -> Opinion:
    """Take back an opinion that was entered by mistake; what was proposed and is not decided lapses.

    Raises:
        BadInput: when there is none that counts, or a decision rests on it.
    """
    dossier = await _begin(tx, number, seen)
    row = await tx.get(tables.Opinion, opinion)
    if row is None or row.dossier != number or row.withdrawn_at is not None:
        raise BadInput("opinion", f"{opinion} is not one that counts", "choose one from the dossier")
    if await _is_decided_by(tx, opinion):
        raise BadInput(
            "opinion", f"a decision rests on {opinion}", "enter the right one; the decision stays in the book"
        )
    row.withdrawn_at = by.at
    await changed.lapse(tx, dossier, by, "an opinion was taken back")
    await tx.flush()
    if dossier.state in {State.OPINION_IN, State.PROPOSED, State.FIRST_SIGNATURE}:
        dossier.state = (await state_by_opinions(tx, dossier)).value
    await audit.record(tx, by, "withdrawn", [row, dossier])
    return record_of(row, Opinion)


async def withdraw_document(tx: Tx, number: int, paper: int, by: By, *, seen: str | None = None) -> Paper:
    """Take out a photo or paper that was put in by mistake; evidence that was frozen with it stays as it is.

    Raises:
        BadInput: when there is none that counts.
    """
    return record_of(await _withdrawn(tx, tables.DossierDocument, "document", (number, paper), by, seen), Paper)


async def withdraw_report(tx: Tx, number: int, report: int, by: By, *, seen: str | None = None) -> Report:
    """Take back a report that was entered by mistake; where the law demands it, it is due again.

    Raises:
        BadInput: when there is none that counts.
    """
    return record_of(await _withdrawn(tx, tables.AuthorityReport, "report", (number, report), by, seen), Report)


async def _withdrawn(
    tx: Tx, kind: type[P], field: str, which: tuple[int, int], by: By, seen: str | None
) -> P:  # fmt: skip
    """`which`: the dossier, and what of it."""
    await _begin(tx, which[0], seen)
    row = await tx.get(kind, which[1], populate_existing=True)
    if row is None or row.dossier != which[0] or row.withdrawn_at is not None:
        raise BadInput(field, f"{which[1]} is not one that counts", "choose one from the dossier")
    row.withdrawn_at = by.at
    await audit.record(tx, by, "withdrawn", [row])
    return row


async def counting_opinion(tx: Tx, row: tables.Dossier, lot: str) -> tables.Opinion | None:
    """The newest opinion on a lot, on the evidence in force, that was not taken back."""
    opinion = tables.Opinion
    query = select(opinion).where(opinion.dossier == row.id, opinion.version == row.version, opinion.lot == lot)
    return await tx.scalar(query.where(opinion.withdrawn_at.is_(None)).order_by(opinion.id.desc()).limit(1))


async def state_by_opinions(tx: Tx, row: tables.Dossier) -> State:
    """Of what is frozen and still to be decided: whether somebody wrote about a lot of it."""
    opinions = [await counting_opinion(tx, row, lot) for lot in {line.lot for line in await lines_of(tx, row)}]
    return State.OPINION_IN if any(opinions) else State.FROZEN


async def _begin(tx: Tx, number: int, seen: str | None) -> tables.Dossier:
    await audit.begin(tx)
    await check_seen(tx, number, seen)
    return await dossier_row(tx, number)


async def _enter(tx: Tx, row: Base, by: By) -> None:
    tx.add(row)
    await audit.record(tx, by, "added", [row])


def _check_named(what: str, **names: str) -> None:
    for field, name in names.items():
        if not name.strip():
            raise BadInput(field, f"nobody stands behind the {what}", "write a name")


async def _check_lot(tx: Tx, row: tables.Dossier, lot: str) -> None:
    hold = tables.Hold
    query = select(hold.id).where(hold.excursion == row.excursion, hold.facility == row.facility, hold.lot == lot)
    if await tx.scalar(query.limit(1)) is None:
        raise BadInput("lot", f"{lot[:80]!r} is none of the dossier's", "choose one of its lines")


async def _check_days(tx: Tx, row: tables.Dossier, new: NewOpinion, by: By) -> None:
    first_bad = (await tx.get_one(tables.Excursion, row.excursion)).first_bad
    dated = _day("dated", new.dated)
    if dated < _utc(first_bad).date():
        raise BadInput("dated", f"{new.dated} is before the excursion", "ask for an opinion on what happened")
    if dated > (_utc(by.at) + timedelta(hours=14)).date():  # where it is tomorrow already
        raise BadInput("dated", f"{new.dated} is still to come", "write the day that stands on it")
    if new.verdict is Verdict.CONDITIONAL and not (new.condition.strip() or new.use_by):
        raise BadInput("condition", "it is under no condition", "write which, or until which day to use it")
    if new.verdict is not Verdict.CONDITIONAL and (new.condition.strip() or new.use_by):
        raise BadInput("condition", f"{new.verdict!s} knows none", "leave it out, or say `conditional`")
    if new.use_by is not None and _day("use_by", new.use_by) < dated:
        raise BadInput("use_by", f"{new.use_by} is before the opinion", "write the last day of use")


def _day(field: str, text: str) -> date:
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # a day that no calendar has is told below
    raise BadInput(field, f"{text[:40]!r} is no day", "write 2026-07-03")


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


async def _is_decided_by(tx: Tx, opinion: int) -> bool:
    line, proposal = tables.ProposalLine, tables.Proposal
    query = select(line.id).join(proposal, proposal.id == line.proposal)
    query = query.where(line.opinion == opinion, proposal.decided_at.is_not(None))
    return await tx.scalar(query.limit(1)) is not None
