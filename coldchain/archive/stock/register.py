"""The register (疫苗出入库登记): what came into and went out of a facility, with the balance of each lot after every line.

    movements that cross the facility's threshold ─► a page in time ─► each lot's balance before the page ─► running

Withdrawn lines stay, struck, and count nothing; doses kept for another facility stay their owner's in the books, so they
stand in the line and move no balance. Nothing is kept ready: the register is what the movements say.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.stock import days, places
from coldchain.archive.stock.words import Reason

Key = tuple[int, int]  # (at, id) of a movement
MOST_NAMED: Final = 10_000  # rows by number in one question: databases take some 32,000


@dataclass(frozen=True, slots=True)
class Wish:
    """Which lines: of a facility, perhaps of one vaccine or lot, in [start, end)."""

    facility: str
    vaccine: str | None = None
    lot: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the register (出入库登记)."""

    movement: int
    at: int
    vaccine: str
    name_zh: str
    maker: str
    spec: str
    dosage_form: str
    lot: str
    number: str
    expires_on: str
    batch_release: str
    reason: Reason
    into: int
    out: int
    kept: int  # doses that crossed the threshold for another facility, or for it
    balance: int
    counterparty: str
    handed_by: str
    taken_by: str
    place: str
    temperature_c: float | None
    document: str
    remark: str
    is_struck: bool

    @property
    def key(self) -> Key:
        """Where it stands in the register."""
        return self.at, self.movement


HEADINGS: Final = {
    "day": "日期", "vaccine": "疫苗代码", "name_zh": "疫苗名称", "maker": "生产企业", "spec": "规格", "dosage_form": "剂型",
    "number": "批号", "expires_on": "有效期", "batch_release": "批签发号", "reason": "类型", "into": "入库数量",
    "out": "出库数量", "balance": "结余", "counterparty": "往来单位", "handed_by": "发货人", "taken_by": "领取人",
    "place": "存放位置", "temperature_c": "收货温度", "document": "单号", "remark": "备注", "is_struck": "作废",
}  # fmt: skip


async def lines(tx: Tx, wish: Wish, limit: int, after: Key | None = None) -> list[Line]:
    """One page, and one line more to know whether another follows; `after` is the key of the last line before.

    Raises:
        BadInput: when there is no such facility.
    """
    await places.check_facility(tx, wish.facility)
    its = await places.compartments(tx, wish.facility)
    found = await _page(tx, wish, its, limit + 1, after)
    balances = await _balances(tx, its, {row.lot for row in found}, found[0]) if found else {}
    room_names = await _names(tx, its)
    shown = []
    for row in found:
        into, out, kept = _sides(row, its)
        balances[row.lot] = balances.get(row.lot, 0) + into - out
        shown.append(_line(row, (into, out, kept, balances[row.lot]), room_names))
    return shown


async def balance(tx: Tx, facility: str, lot: str, at: int) -> int:
    """How many doses of a lot the facility's books have at a moment, kept elsewhere or not."""
    its = await places.compartments(tx, facility)
    row = tables.Movement
    query = _sums(its).where(row.lot == lot, row.at <= at)
    return int((await tx.execute(query)).one().balance)


def as_csv(shown: Iterable[Line]) -> str:
    """Lines as a table with the form's headings; a number that a sheet would take for a formula stays text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS.values())
    for line in shown:
        values = {"day": days.day_of(line.at), "is_struck": "作废" if line.is_struck else ""}
        writer.writerow([_cell(values.get(name, getattr(line, name, ""))) for name in HEADINGS])
    return out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} and not isinstance(value, int | float) else text


async def _page(tx: Tx, wish: Wish, its: Sequence[int], limit: int, after: Key | None) -> list[Any]:
    """The first lines in time: of each compartment and direction by its own index, then merged."""
    row = tables.Movement
    crossing: list[tuple[InstrumentedAttribute[int | None], ColumnElement[bool]]] = [
        (row.target, or_(row.source.is_(None), row.source.not_in(its))),
        (row.source, or_(row.target.is_(None), row.target.not_in(its))),
    ]
    wished = _conditions(wish, after)
    found: set[Key] = set()
    for place in its:
        for end, other in crossing:
            query = select(row.at, row.id).where(end == place, other, *wished)
            for at, number in await tx.execute(query.order_by(row.at, row.id).limit(limit)):
                found.add((at, number))
    numbers = [number for _, number in sorted(found)[:limit]]
    lines = select(*_COLUMNS).join(tables.Lot, tables.Lot.id == row.lot)
    lines = lines.join(tables.Vaccine, tables.Vaccine.code == tables.Lot.vaccine).order_by(row.at, row.id)
    shown: list[Any] = []
    for n in range(0, len(numbers), MOST_NAMED):
        shown += await tx.execute(lines.where(row.id.in_(numbers[n : n + MOST_NAMED])))
    return shown


def _conditions(wish: Wish, after: Key | None) -> list[ColumnElement[bool]]:
    row = tables.Movement
    found: list[ColumnElement[bool]] = []
    if wish.lot is not None:
        found.append(row.lot == wish.lot)
    if wish.vaccine is not None:
        found.append(row.lot.in_(select(tables.Lot.id).where(tables.Lot.vaccine == wish.vaccine)))
    if wish.start is not None:
        found.append(row.at >= wish.start)
    if wish.end is not None:
        found.append(row.at < wish.end)
    if after is not None:
        found += [row.at >= after[0], tuple_(row.at, row.id) > tuple_(*after)]
    return found


async def _balances(tx: Tx, its: Sequence[int], lots: set[str], first: Any) -> dict[str, int]:  # noqa: ANN401 - a row
    """What each lot had before a line."""
    row = tables.Movement
    before = or_(row.at < first.at, and_(row.at == first.at, row.id < first.id))
    rows = await tx.execute(_sums(its).add_columns(row.lot).where(row.lot.in_(lots), before).group_by(row.lot))
    return {each.lot: int(each.balance) for each in rows}


def _sums(its: Sequence[int]) -> Select[Any]:
    """In less out, of what counts and is no custody; what stays within the facility is both."""
    row = tables.Movement
    into = case((row.target.in_(its), row.doses), else_=0)
    out = case((row.source.in_(its), row.doses), else_=0)
    query = select(func.coalesce(func.sum(into - out), 0).label("balance"))
    return query.where(row.withdrawn_at.is_(None), row.custody.is_(None))


def _sides(row: Any, its: Sequence[int]) -> tuple[int, int, int]:  # noqa: ANN401 - a row
    """(into, out, kept) as they count."""
    if row.withdrawn_at is not None:
        return 0, 0, 0
    if row.custody is not None:
        return 0, 0, row.doses
    return (row.doses, 0, 0) if row.target in its else (0, row.doses, 0)


async def _names(tx: Tx, its: Sequence[int]) -> dict[int, str]:
    row = tables.Compartment
    return {each.id: f"{each.equipment}/{each.name}" for each in await tx.scalars(select(row).where(row.id.in_(its)))}


_COLUMNS: Final = (
    tables.Movement.id, tables.Movement.at, tables.Movement.lot, tables.Movement.source, tables.Movement.target,
    tables.Movement.doses, tables.Movement.reason, tables.Movement.document, tables.Movement.custody,
    tables.Movement.counterparty, tables.Movement.handed_by, tables.Movement.taken_by, tables.Movement.temperature_c,
    tables.Movement.remark, tables.Movement.withdrawn_at, tables.Lot.vaccine, tables.Vaccine.name_zh, tables.Lot.maker,
    tables.Lot.spec, tables.Lot.dosage_form, tables.Lot.number, tables.Lot.expires_on, tables.Lot.batch_release,
)  # fmt: skip


def _line(row: Any, counts: tuple[int, int, int, int], rooms: dict[int, str]) -> Line:  # noqa: ANN401 - a row
    into, out, kept, left = counts
    is_struck = row.withdrawn_at is not None
    is_in = row.target in rooms
    return Line(
        movement=row.id,
        at=row.at,
        vaccine=row.vaccine,
        name_zh=row.name_zh,
        maker=row.maker,
        spec=row.spec,
        dosage_form=row.dosage_form,
        lot=row.lot,
        number=row.number,
        expires_on=row.expires_on,
        batch_release=row.batch_release,
        reason=Reason(row.reason),
        into=row.doses if is_struck and is_in else into,
        out=row.doses if is_struck and not is_in else out,
        kept=kept,
        balance=left,
        counterparty=row.counterparty,
        handed_by=row.handed_by,
        taken_by=row.taken_by,
        place=rooms[row.target if is_in else row.source],
        temperature_c=row.temperature_c,
        document=row.document,
        remark=row.remark,
        is_struck=is_struck,
    )
