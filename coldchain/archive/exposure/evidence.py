"""Evidence by hand: from–to somebody vouches for a compartment that no sensor watched, such as an outreach bag.

read at departure, ice packs looked at ─► carried ─► read at return, signed ─► manual time, not unknown

Only of what is carried (`carried`): a refrigerator stands where its display is read twice a day, and two readings days
apart say nothing of it. For one there must be a document, as for a logger's strip.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from sqlalchemy import select, union

from coldchain import clock
from coldchain.archive import audit, changes, documents, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.exposure import carried
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.twice_daily import evidence as twice_daily
from coldchain.archive.twice_daily.hours import longest_reach_ms
from coldchain.errors import BadInput
from coldchain.exposure import DAY, Vouched
from coldchain.reading import PHYSICAL_RANGE, Quantity

LONGEST_MS: Final = 7 * DAY  # nobody carries a bag for longer
ANSWERABLE_MS: Final = 10 * 60_000  # how far a hand-written end may lie ahead of whoever enters it


class Ice(StrEnum):
    """What the ice packs looked like."""

    FROZEN = "frozen"
    CONDITIONED = "conditioned"
    PARTLY_THAWED = "partly_thawed"
    THAWED = "thawed"


class NewEvidence(Record, frozen=True, kw_only=True):
    """From–to a compartment was watched by a person; at least one temperature or the ice packs' state tells how.

    `low_c` and `high_c` are the extremes in between where a logger kept them; `document` is its strip.
    """

    compartment: int
    start: int
    end: int
    signed_by: str
    departure_c: float | None = None
    return_c: float | None = None
    low_c: float | None = None
    high_c: float | None = None
    ice_out: Ice | None = None
    ice_back: Ice | None = None
    note: str = ""
    run: int | None = None
    document: str | None = None


class Evidence(NewEvidence, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake, counts no more."""

    id: int
    withdrawn_at: int | None = None


async def enter(tx: Tx, new: NewEvidence, by: By) -> Evidence:
    """Write down what somebody vouches for. Where a sensor knew all the same, the sensor wins; this is kept beside it.

    Raises:
        BadInput: naming the field: it cannot be so, tells nothing, or overlaps what somebody vouched for already.
    """
    await audit.begin(tx)
    await _check(tx, new, by)
    row = tables.ManualEvidence(
        compartment=new.compartment,
        start=new.start,
        end=new.end,
        departure_c=new.departure_c,
        return_c=new.return_c,
        low_c=new.low_c,
        high_c=new.high_c,
        ice_out=new.ice_out,
        ice_back=new.ice_back,
        signed_by=new.signed_by.strip(),
        note=new.note,
        run=new.run,
        document=new.document,
    )
    await changes.enter(tx, by, "vouched", row, [Touched(new.start, new.end, compartment=new.compartment)])
    return record_of(row, Evidence)


async def withdraw(tx: Tx, number: int, by: By) -> Evidence:
    """Take back what was entered by mistake: nobody knew.

    Raises:
        BadInput: when there is none that counts.
    """
    row = await changes.counting(tx, tables.ManualEvidence, "evidence", number)
    row.withdrawn_at = by.at
    touched = Touched(row.start, row.end, compartment=row.compartment)
    await changes.enter(tx, by, "withdrawn", row, [touched])
    return record_of(row, Evidence)


async def listed(tx: Tx, compartment: int, start: int, end: int) -> list[Evidence]:
    """What counts and touches [start, end)."""
    kind = tables.ManualEvidence
    query = select(kind).where(kind.compartment == compartment, kind.withdrawn_at.is_(None))
    query = query.where(kind.start < end, kind.start > start - LONGEST_MS, kind.end > start).order_by(kind.start)
    return [record_of(row, Evidence) for row in await tx.scalars(query)]


async def vouched_in(tx: Tx, compartments: Collection[int], start: int, end: int) -> set[int]:
    """In which of these compartments people may vouch for some of [start, end): the others need not be asked about."""
    signed, reach = tables.ManualEvidence, longest_reach_ms()
    read = tables.ManualRecord
    found = select(signed.compartment).where(
        signed.compartment.in_(compartments), signed.withdrawn_at.is_(None), signed.start < end, signed.end > start
    )
    more = select(read.compartment).where(
        read.compartment.in_(compartments), read.taken_at >= start - reach, read.taken_at < end + reach
    )
    return set(await tx.scalars(union(found, more)))


async def spans(tx: Tx, compartment: int, start: int, end: int) -> list[Vouched]:
    """All that people vouch for in [start, end): signed evidence, and between two good readings of the display."""
    signed = [_vouched(each) for each in await listed(tx, compartment, start, end)]
    read = [
        Vouched(first, last, round(low_c * 1000), round(high_c * 1000))
        for first, last, low_c, high_c in await twice_daily.spans(tx, compartment, start, end)
    ]
    return sorted([*signed, *read], key=lambda each: (each.start, each.end))


def _vouched(each: Evidence) -> Vouched:
    said = (each.departure_c, each.return_c, each.low_c, each.high_c)
    read = [round(celsius * 1000) for celsius in said if celsius is not None]
    return Vouched(each.start, each.end, min(read, default=None), max(read, default=None))


async def _check(tx: Tx, new: NewEvidence, by: By) -> None:
    check_texts("manual_evidence", {"signed_by": new.signed_by, "note": new.note})
    changes.check_span(new.start, new.end)
    if new.end - new.start > LONGEST_MS:
        raise BadInput("end", "more than seven days are no journey", "write when it came back")
    if new.end > by.at + ANSWERABLE_MS:
        raise BadInput("end", f"{clock.iso(new.end)} has not been yet", "enter it when it is back")
    if not new.signed_by.strip():
        raise BadInput("signed_by", "nobody signed", "write who vouches for it")
    _check_readings(new)
    await documents.check(tx, "document", new.document)
    room = await tx.get(tables.Compartment, new.compartment)
    if room is None:
        raise BadInput("compartment", f"there is no compartment {new.compartment}", "import its equipment first")
    _check_carried(new, await tx.get_one(tables.Equipment, room.equipment))
    for other in await listed(tx, new.compartment, new.start, new.end):
        until = f"{clock.iso(other.start)} to {clock.iso(other.end)}"
        raise BadInput(
            "start", f"{other.signed_by} vouched for {until}", "withdraw that one, or write the time beside it"
        )


def _check_carried(new: NewEvidence, piece: tables.Equipment) -> None:
    """Two readings vouch for what is carried, for as long as it keeps cold; for all else somebody must have kept a record."""
    if new.run is not None:
        return  # its run has a record of its own, with readings on the way
    limit = carried.at(new.start)
    if piece.type not in limit.types and new.document is None:
        wrong = (
            f"{piece.code} is a {piece.type.replace('_', ' ')}: two readings say nothing of what it did between them"
        )
        cure = "keep the record of twice a day; or let a manager enter it with the document that shows it"
        raise BadInput("compartment", wrong, cure)
    is_logged = new.document is not None and new.low_c is not None and new.high_c is not None
    if not is_logged and new.end - new.start > limit.most_ms:
        wrong = f"it is longer than {limit.most_hours} h, and no logger kept the extremes"
        raise BadInput("end", wrong, f"write when it came back ({limit.source})")


def _check_readings(new: NewEvidence) -> None:
    low, high = PHYSICAL_RANGE[Quantity.TEMPERATURE]
    for field in ("departure_c", "return_c", "low_c", "high_c"):
        celsius = getattr(new, field)
        if celsius is not None and not low <= celsius <= high:
            raise BadInput(field, f"{celsius} °C cannot be", f"write {low:g} to {high:g}")
    if new.low_c is not None and new.high_c is not None and new.high_c < new.low_c:
        raise BadInput("high_c", f"{new.high_c} is below the lowest, {new.low_c}", "correct one of the two")
    if new.departure_c is None and new.return_c is None and new.ice_back is None:
        raise BadInput(
            "return_c", "nothing was looked at", "write a temperature, or the state of the ice packs on return"
        )
