"""What a piece of equipment was when, and where it stood: statuses and places from day to day.

    set_status(normal → scrapped) ─┐   arrow allowed? nothing recorded inside?
    move(clinic → other clinic) ───┴─► the span before ends, the next begins ─► card ─► probes that no longer hang there

A piece that never changed has no span: its card says it all. `equipment.facility` is where it stands now, and whoever
reads sessions, choices or scopes goes by that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive import audit, changes, documents, doubtful, locking, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days as site_days
from coldchain.archive.rows import Record, check_texts, in_batches, record_of
from coldchain.archive.upkeep import days
from coldchain.archive.upkeep.words import ARROWS, EMPTY, GONE, Status
from coldchain.errors import BadInput

EVER: Final = 2**62  # after any movement
BEGINNING: Final = "0000-00-00"  # before any day, as days are compared
NEVER: Final = "9999-99-99"  # after any
SHOWN: Final = 5  # lots named in a refusal
MOST_NAMED: Final = 500  # a database takes only so many words at once

S = TypeVar("S", tables.EquipmentStatus, tables.EquipmentPlace)


@dataclass(frozen=True, slots=True)
class Turn:
    """From this day on it is in this status; `why` is for the books, `document` the paper that orders it."""

    status: Status
    on: str
    why: str
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Relocation:
    """From this day on it stands at this facility."""

    facility: str
    on: str
    why: str
    document: str | None = None


class StatusSpan(Record, frozen=True, kw_only=True):
    """A status from day to day; None = as long as anybody knows, or still."""

    status: Status
    since: str | None
    until: str | None
    reason: str = ""
    document: str | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class InForce:
    """Readings of [start, end) are judged by this status; `end` None = still."""

    status: Status
    start: int
    end: int | None


class PlaceSpan(Record, frozen=True, kw_only=True):
    """A facility from day to day."""

    facility: str
    since: str | None
    until: str | None
    reason: str = ""
    document: str | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Inside:
    """Doses of a lot in a compartment."""

    compartment: str
    lot: str
    number: str
    doses: int


async def set_status(tx: Tx, code: str, turn: Turn, by: By, seen: str | None = None) -> StatusSpan:
    """From `turn.on` on it is in another status. What is gone has no probes of ours any more; what is spare is no vaccine's.

    Readings are judged by it from that day on, and never before it is entered: a status rewrites no past.

    Raises:
        BadInput: when the arrow cannot be, the day cannot be, or it is to be empty and lots are recorded inside.
        Stale: when its card was changed since it was `seen`.
    """
    await audit.begin(tx)
    row = await row_of(tx, code)
    locking.check(row, seen)
    now = Status(row.status)
    _check_arrow(now, turn.status)
    await _check_paper(tx, turn.on, turn.why, turn.document, by)
    if row.started_on is not None and turn.status is Status.SCRAPPED and turn.on < row.started_on:
        raise BadInput("on", f"{turn.on} is before its use began, {row.started_on}", "correct the day")
    if turn.status in EMPTY:
        await check_empty(tx, code, turn.on, by.at, f"made {turn.status.value}")
    judged_from = max(by.at, site_days.begins(turn.on))  # what was judged before anybody said so stays judged
    before = tables.EquipmentStatus(equipment=code, status=now.value, since=row.started_on, reason="", by=by.actor,
                                    judged_from=doubtful.EVER)  # fmt: skip
    next_ = tables.EquipmentStatus(equipment=code, status=turn.status.value, since=turn.on, reason=turn.why,
                                   document=turn.document, by=by.actor, judged_from=judged_from)  # fmt: skip
    await _span(tx, before, next_, by)
    row.status = turn.status.value
    row.scrapped_on = turn.on if turn.status is Status.SCRAPPED else None
    await audit.record(tx, by, turn.status.value, [row])
    if Status.SPARE in {now, turn.status}:
        its = tables.Assignment.equipment == code
        await changes.journal(tx, by, next_, await doubtful.channels(tx, its, judged_from, None))
    if turn.status in GONE:
        await _unhang(tx, code, by)
    return record_of(next_, StatusSpan)


async def move(tx: Tx, code: str, to: Relocation, by: By, seen: str | None = None) -> PlaceSpan:
    """From `to.on` on it stands elsewhere; other rules may judge there, so what it measured is judged again.

    Raises:
        BadInput: when the facility is unknown or the same, it is scrapped, the day cannot be, or lots are inside.
        Stale: when its card was changed since it was `seen`.
    """
    await audit.begin(tx)
    row = await row_of(tx, code)
    locking.check(row, seen)
    if await tx.get(tables.Facility, to.facility) is None:
        raise BadInput(
            "facility", f"{to.facility[:80]!r} is not in the archive", "import it first, or correct the code"
        )
    if row.facility == to.facility:
        raise BadInput("facility", f"it stands at {row.facility} already", "name the facility that it goes to")
    if row.status == Status.SCRAPPED:
        raise BadInput("equipment", f"{code} is scrapped", "what is scrapped goes nowhere")
    await _check_paper(tx, to.on, to.why, to.document, by)
    await check_empty(tx, code, to.on, by.at, f"moved to {to.facility}")
    before = tables.EquipmentPlace(equipment=code, facility=row.facility, since=row.started_on, reason="", by=by.actor)
    next_ = tables.EquipmentPlace(equipment=code, facility=to.facility, since=to.on, reason=to.why,
                                  document=to.document, by=by.actor)  # fmt: skip
    await _span(tx, before, next_, by)
    row.facility = to.facility
    await audit.record(tx, by, "moved", [row])
    papers = tables.EquipmentDocument
    its = select(papers.document).where(papers.equipment == code, papers.withdrawn_at.is_(None)).distinct()
    for document in list(await tx.scalars(its.order_by(papers.document))):
        await documents.file_at(tx, document, to.facility, by)  # whoever has the equipment has its papers
    where = tables.Assignment.equipment == code
    await changes.journal(tx, by, row, await doubtful.channels(tx, where, doubtful.EVER, None))
    return record_of(next_, PlaceSpan)


async def statuses(tx: Tx, code: str) -> list[StatusSpan]:
    """What it was, in time.

    Raises:
        BadInput: when there is no such equipment.
    """
    row = await row_of(tx, code)
    spans = [record_of(each, StatusSpan) for each in await _spans(tx, tables.EquipmentStatus, [code])]
    return spans or [StatusSpan(status=Status(row.status), since=row.started_on, until=None)]


async def in_force(tx: Tx, codes: Iterable[str]) -> dict[str, list[InForce]]:
    """By which statuses readings of each of these pieces are judged, in time; of a time before the first of them by none.

    Raises:
        BadInput: when there is no such equipment.
    """
    piece, found = tables.Equipment, dict[str, list[InForce]]()
    for some in in_batches(codes):
        rows = {row.code: row for row in await tx.scalars(select(piece).where(piece.code.in_(some)))}
        spans: dict[str, list[tables.EquipmentStatus]] = {code: [] for code in some}
        for each in await _spans(tx, tables.EquipmentStatus, some):
            spans[each.equipment].append(each)
        found |= {code: _judging(_there(rows.get(code), code), its) for code, its in spans.items()}
    return found


def _judging(row: tables.Equipment, spans: Sequence[tables.EquipmentStatus]) -> list[InForce]:
    """What never changed is judged by what it is."""
    if not spans:
        return [InForce(Status(row.status), doubtful.EVER, None)]
    known = [(each.judged_from, Status(each.status)) for each in spans if each.judged_from is not None]
    ends = [*(start for start, _ in known[1:]), None]
    found = [InForce(status, start, end) for (start, status), end in zip(known, ends, strict=True)]
    return [each for each in found if each.end is None or each.start < each.end]


async def places(tx: Tx, code: str) -> list[PlaceSpan]:
    """Where it stood, in time.

    Raises:
        BadInput: when there is no such equipment.
    """
    row = await row_of(tx, code)
    spans = [record_of(each, PlaceSpan) for each in await _spans(tx, tables.EquipmentPlace, [code])]
    return spans or [PlaceSpan(facility=row.facility, since=row.started_on, until=None)]


async def status_on(tx: Tx, day: str, rows: Sequence[Any]) -> dict[str, Status]:
    """What each of these pieces (rows or cards) was at the end of a day; one that came later is not here."""
    spans = await courses(tx, tables.EquipmentStatus.status, [row.code for row in rows])
    came = [row for row in rows if (row.arrived_on or row.started_on or day) <= day]
    return {row.code: Status(_at_end_of(day, course(spans.get(row.code, ()), row.status))) for row in came}


async def place_on(tx: Tx, day: str, rows: Sequence[Any]) -> dict[str, str]:
    """Where each of these pieces (rows or cards) stood at the end of a day."""
    spans = await courses(tx, tables.EquipmentPlace.facility, [row.code for row in rows])
    return {row.code: _at_end_of(day, course(spans.get(row.code, ()), row.facility)) for row in rows}


async def courses(
    tx: Tx, what: InstrumentedAttribute[str], codes: Sequence[str]
) -> dict[str, list[tuple[str | None, str]]]:
    """By code, since which day (None: ever) it was what: a status or a place. Who never changed is not here."""
    span = what.class_
    query = select(span.equipment, span.since, what).order_by(span.id)
    if len(codes) <= MOST_NAMED:
        query = query.where(span.equipment.in_(codes))
    found: dict[str, list[tuple[str | None, str]]] = {}
    for code, since, value in await tx.execute(query):
        found.setdefault(code, []).append((since, value))
    return found


def course(spans: Sequence[tuple[str | None, str]], now: str) -> list[tuple[str, str, str]]:
    """What it was from a day up to another, which is not in it; who never changed is what it is now. Pure."""
    known = spans or [(None, now)]
    firsts = [BEGINNING, *(since or BEGINNING for since, _ in known[1:])]
    its = zip(firsts, [*firsts[1:], NEVER], known, strict=True)
    return [(first, until, value) for first, until, (_, value) in its if first < until]


def _at_end_of(day: str, its: Sequence[tuple[str, str, str]]) -> str:
    return next(value for first, until, value in its if first <= day < until)


async def inside(tx: Tx, code: str, since: int) -> list[Inside]:
    """The doses that the book has in this equipment at some moment after `since`."""
    query = select(tables.Compartment).where(tables.Compartment.equipment == code).order_by(tables.Compartment.id)
    return [
        Inside(room.name, each.lot.id, each.lot.number, each.doses)
        for room in await tx.scalars(query)
        for each in await lots.in_compartment(tx, room.id, since, EVER)
    ]


async def check_empty(tx: Tx, code: str, on: str, at: int, act: str) -> None:
    """Refuse an act while doses are recorded inside: those of now, or, for a day that is past, those that left after it.

    Raises:
        BadInput: naming lots and doses.
    """
    found = await inside(tx, code, min(at, days.ends(on)))
    if not found:
        return
    named = ", ".join(f"{each.doses} doses of {each.number} in {each.compartment}" for each in found[:SHOWN])
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    wrong = f"{code} holds {named}{more}"
    raise BadInput("equipment", wrong, f"move or dispose of them first; then it can be {act}")


async def row_of(tx: Tx, code: str) -> tables.Equipment:
    """The row of a piece of equipment.

    Raises:
        BadInput: when there is none.
    """
    return _there(await tx.get(tables.Equipment, code), code)


def _there(row: tables.Equipment | None, code: str) -> tables.Equipment:
    if row is None:
        raise BadInput("equipment", f"{code[:80]!r} is not in the archive", "import it first, or correct the code")
    return row


def _check_arrow(now: Status, then: Status) -> None:
    if then is now:
        raise BadInput("status", f"it is {now.value} already", "nothing is to be changed")
    if then not in ARROWS[now]:
        may = ", ".join(sorted(ARROWS[now])) or "nothing: enter the new piece under a code of its own"
        raise BadInput("status", f"what is {now.value} does not become {then.value}", f"it may become {may}")


async def _check_paper(tx: Tx, on: str, why: str, document: str | None, by: By) -> None:
    days.check_past("on", on, by.at)
    check_texts("equipment_status", {"reason": why})
    if not why.strip():
        raise BadInput("reason", "nobody says why", "write why in a few words")
    await documents.check(tx, "document", document)


async def _span(tx: Tx, before: S, next_: S, by: By) -> None:
    """End the span that lasts, or the one that never had a row, and begin the next."""
    spans = await _spans(tx, type(next_), [next_.equipment])
    assert next_.since is not None
    if spans:
        last = spans[-1]
        if last.since is not None and next_.since < last.since:
            raise BadInput("on", f"{next_.since} is before the last change, {last.since}", "correct the day")
    else:
        last = before
        last.since = None if last.since is not None and last.since > next_.since else last.since
        tx.add(last)
    last.until = next_.since
    tx.add(next_)
    await audit.record(tx, by, "ended", [last])
    await audit.record(tx, by, "began", [next_])


async def _spans(tx: Tx, kind: type[S], codes: Sequence[str]) -> list[S]:
    """Their spans in the order in which they were entered, which is that of their days."""
    query = select(kind).order_by(kind.equipment, kind.id)
    return list(await tx.scalars(query.where(kind.equipment.in_(codes))))


async def _unhang(tx: Tx, code: str, by: By) -> None:
    """From now on no probe of ours measures there; what they measured stays as it was."""
    row = tables.Assignment
    hanging = list(await tx.scalars(select(row).where(row.equipment == code, row.end.is_(None), row.start < by.at)))
    for each in hanging:
        each.end = by.at
    await audit.record(tx, by, "ended", hanging)
    for each in hanging:
        await changes.journal(tx, by, each, [Touched(by.at, None, channel=each.channel)])
