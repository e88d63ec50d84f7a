"""Counting (盘点): what is there against what the books say, and the differences into the books with their reasons.

    enter(count) ─► differences ─► post(reasons) ─► COUNTED movements at the moment of the count
                └─► unusable ones ─► post ─► set apart with a label, until they are disposed of

Every lot that the books have there must be named, with 0 where none was found: what nobody counted is no difference.
Differences beyond a dated limit (`terms`) want a witness who is not the counter.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, select, true

from coldchain.archive import audit, locking, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import counting
from coldchain.archive.db import Tx
from coldchain.archive.disposition.words import name_key
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock import apart, places, presence, terms
from coldchain.archive.stock import reasons as reasons_
from coldchain.archive.stock.words import MOST_DOSES, NewMovement, Reason
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

MOST_LINES: Final = 1000


class Counted(Record, frozen=True, kw_only=True):
    """Doses of a lot that were found; of these so many damaged or unreadable, and how."""

    lot: str
    counted: int
    unusable: int = 0
    why_unusable: str = ""


class NewCount(Record, frozen=True, kw_only=True):
    """A stock-take of one compartment."""

    compartment: int
    at: int
    counted_by: str
    lines: tuple[Counted, ...]
    witness: str = ""
    note: str = ""


class Line(Counted, frozen=True, kw_only=True):
    """… against the books at that moment; `movement` posted the difference."""

    booked: int
    reason: str
    movement: int | None

    @property
    def difference(self) -> int:
        """Doses more (or, below 0, fewer) than in the books."""
        return self.counted - self.booked


class Count(Record, frozen=True, kw_only=True):
    """A stock-take as it stands."""

    id: int
    compartment: int
    at: int
    counted_by: str
    witness: str
    note: str
    by: str
    posted_at: int | None
    withdrawn_at: int | None


async def enter(tx: Tx, new: NewCount, by: By) -> Count:
    """Write down what was counted, beside what the books say.

    Raises:
        BadInput: when a lot of the books is not counted, one is there twice, or a quantity cannot be.
    """
    await audit.begin(tx)
    await places.facility_of(tx, new.compartment)
    places.check_not_ahead("at", new.at, by.at)
    values = {name: getattr(new, name) for name in NewCount.__struct_fields__ if name != "lines"}
    check_texts("stock_count", values)
    if not new.counted_by.strip():
        raise BadInput("counted_by", "nobody counted", "name who did")
    booked = await _booked(tx, new.compartment, new.at)
    await _check_lines(tx, new, booked)
    row = tables.StockCount(**values, by=by.actor)
    tx.add(row)
    await audit.record(tx, by, "counted", [row])
    lines = [
        tables.StockCountLine(
            count=row.id,
            lot=line.lot,
            counted=line.counted,
            booked=booked.get(line.lot, 0),
            unusable=line.unusable,
            why_unusable=line.why_unusable.strip(),
            reason="",
        )
        for line in new.lines
    ]
    tx.add_all(lines)
    await audit.record(tx, by, "counted", lines)
    return record_of(row, Count)


async def post(tx: Tx, number: int, reasons: Mapping[str, str], by: By, *, seen: str | None = None) -> list[Line]:
    """Put the differences into the books, and set apart what is unusable; `reasons` says by lot why each difference is.

    Raises:
        BadInput: when it was posted, the books of that moment changed since, a difference has no reason, or they want a
            witness.
        Stale: it was changed since it was seen.
    """
    row = await counting(tx, tables.StockCount, "count", number)
    locking.check(row, seen)
    if row.posted_at is not None:
        raise BadInput("count", f"{number} is in the books already", "count again, if it is wrong")
    booked = await _booked(tx, row.compartment, row.at)
    lines = await _rows(tx, number)
    changed = [line.lot for line in lines if booked.get(line.lot, 0) != line.booked]
    changed += sorted(set(booked) - {line.lot for line in lines})
    if changed:
        wrong = f"the books of that moment say something else now of {', '.join(changed)}"
        raise BadInput("count", wrong, "withdraw it and enter it again")
    _check_witness(row, sum(abs(line.counted - line.booked) for line in lines))
    for line in lines:
        if line.counted != line.booked:
            await _post(tx, row, line, reasons.get(line.lot, ""), by)
        await _set_apart(tx, row, line, by)
    row.posted_at = by.at
    await audit.record(tx, by, "posted", [row])
    return [record_of(line, Line) for line in lines]


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Count:
    """Take back a count that was entered by mistake, with the movements that it posted, and what it set apart.

    Raises:
        BadInput: when there is none that counts, or its doses have gone on.
        Stale: it was changed since it was seen.
    """
    row = await counting(tx, tables.StockCount, "count", number)
    locking.check(row, seen)
    row.withdrawn_at = by.at
    apart_rows = list(await tx.scalars(select(tables.SetApart).where(tables.SetApart.count == number)))
    for each in apart_rows:
        each.withdrawn_at = by.at
    await audit.record(tx, by, "withdrawn", apart_rows)
    for line in await _rows(tx, number):
        if line.movement is not None:
            await lots.withdraw(tx, line.movement, by, alone=False)
    await audit.record(tx, by, "withdrawn", [row])
    return record_of(row, Count)


async def count(tx: Tx, number: int) -> tuple[Count, list[Line], str]:
    """A count with its lines, and the tag of its state.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.StockCount, number)
    if row is None:
        raise BadInput("count", f"there is no count {number}", "choose one from the list")
    return record_of(row, Count), [record_of(line, Line) for line in await _rows(tx, number)], locking.tag_of(row)


async def listed(tx: Tx, scope: Scope, asked: Asked) -> Page[Count]:
    """Counts, the newest first."""
    row = tables.StockCount
    its: ColumnElement[bool] = true() if scope is None else row.compartment.in_(places.compartments_of(scope))
    return await page(tx, select(row).where(its), (row.at, row.id), asked, Count, descending=True)


async def _booked(tx: Tx, compartment: int, at: int) -> dict[str, int]:
    """What the books say was there at a moment, lot by lot."""
    found = {}
    for inside in await presence.inside(tx, {compartment}, at, at + 1):
        found[inside.lot.id] = max(level for stay in inside.stays for level in stay.levels if level[0] <= at)[1]
    return found


async def _check_lines(tx: Tx, new: NewCount, booked: Mapping[str, int]) -> None:
    named = [line.lot for line in new.lines]
    if len(named) > MOST_LINES:
        raise BadInput("lines", f"{len(named)} are too many", f"send at most {MOST_LINES}")
    for n, line in enumerate(new.lines):
        if line.lot in named[:n]:
            raise BadInput(f"lines[{n}].lot", f"{line.lot} is counted twice", "write it once, with all its doses")
        if not 0 <= line.counted <= MOST_DOSES:
            raise BadInput(f"lines[{n}].counted", f"{line.counted} cannot be found", "write how many doses, 0 or more")
        await lots.lot(tx, line.lot)
        _check_unusable(n, line)
    missing = sorted(set(booked) - set(named))
    if missing:
        wrong = f"the books have {', '.join(missing)} there, and nobody counted it"
        raise BadInput("lines", wrong, "count it, or write 0 where none was found")


def _check_unusable(n: int, line: Counted) -> None:
    if not 0 <= line.unusable <= line.counted:
        wrong = f"{line.unusable} of {line.counted} cannot be unusable"
        raise BadInput(f"lines[{n}].unusable", wrong, "write how many of those found are damaged or unreadable")
    if line.unusable:
        check_texts("stock_count_line", {"why_unusable": line.why_unusable})
        wrong = f"nobody says what is wrong with {line.unusable} doses of {line.lot}"
        reasons_.check(f"lines[{n}].why_unusable", line.why_unusable, wrong, "write what is damaged or unreadable")


def _check_witness(row: tables.StockCount, differences: int) -> None:
    most = terms.witness_above_doses(row.at)
    if differences <= most:
        return
    witness = name_key(row.witness)
    if not witness or witness in {name_key(row.counted_by), name_key(row.by)}:
        wrong = f"its differences come to {differences} doses, more than {most}, and nobody but the counter saw them"
        raise BadInput("witness", wrong, "withdraw it, count again with a second person, and name them")


async def _set_apart(tx: Tx, row: tables.StockCount, line: tables.StockCountLine, by: By) -> None:
    """What is unusable beyond what stands apart there already."""
    more = line.unusable - sum(doses for _, doses in await apart.since(tx, line.lot, row.compartment))
    if more > 0:
        found = tables.SetApart(
            lot=line.lot, compartment=row.compartment, doses=more, why=line.why_unusable, since=row.at, count=row.id,
            by=by.actor,
        )  # fmt: skip
        tx.add(found)
        await audit.record(tx, by, "set_apart", [found])


async def _post(tx: Tx, row: tables.StockCount, line: tables.StockCountLine, reason: str, by: By) -> None:
    wrong = f"{line.counted} of {line.lot} were found, the books say {line.booked}"
    reason = reasons_.check(f"reasons.{line.lot}", reason, wrong, "say why")
    check_texts("stock_count_line", {"reason": reason})
    more = line.counted - line.booked
    new = NewMovement(
        lot=line.lot,
        at=row.at,
        doses=abs(more),
        reason=Reason.COUNTED,
        source=row.compartment if more < 0 else None,
        target=row.compartment if more > 0 else None,
        remark=reason,
    )
    line.reason, line.movement = reason, (await lots.move(tx, new, by)).id
    await audit.record(tx, by, "posted", [line])


async def _rows(tx: Tx, number: int) -> list[tables.StockCountLine]:
    row = tables.StockCountLine
    return list(await tx.scalars(select(row).where(row.count == number).order_by(row.lot)))
