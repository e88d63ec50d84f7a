"""The card of a piece of equipment: all columns of the archive, what cannot be, and what the yearly archive still lacks.

    county file, form, command line ─► check ─► status and place by way of `life` ─► the row ─► its readings judged again

What is left unsaid stays as it is, so that a county file of before does not wipe what people have filled in since.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import ColumnElement, String, or_, select, true

from coldchain.archive import audit, changes, doubtful, hanging, images, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx, at_end
from coldchain.archive.hanging import HOLDERS
from coldchain.archive.performance import years
from coldchain.archive.rows import Record, record_of, table_of
from coldchain.archive.upkeep import days, life
from coldchain.archive.upkeep.words import GONE, Door, EquipmentType, Status
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

Text = str | UnsetType
Litres = float | None | UnsetType
Count = int | None | UnsetType
OnDay = str | None | UnsetType

MOST_L: Final = 5_000_000.0  # a store of five thousand cubic metres
MOST: Final = {
    "volume_cold_l": MOST_L,
    "volume_frozen_l": MOST_L,
    "cold_bags": 10_000,
    "power_w": 1_000_000,
    "price_fen": 10_000_000_000,
    "holdover_h_catalogue": 2_000,
}
IN_ORDER: Final = ("produced_on", "arrived_on", "started_on", "scrapped_on")
PER_M3: Final = 1000.0

# What the yearly archive demands of every piece (the starred columns), and of those that hold vaccine.
STARRED: Final = ("brand", "model", "funding", "manufacturer", "serial", "arrived_on", "started_on")
STARRED_OF_HOLDERS: Final = ("cold_bags", "volume_cold_l", "volume_frozen_l")


class Equipment(Record, frozen=True, kw_only=True):
    """What somebody says of a piece of equipment (冷链设备档案); a status unsaid is normal for one that is new."""

    code: str
    facility: str
    name_zh: str
    name_en: str
    short_zh: str
    type: EquipmentType
    status: Status | UnsetType = UNSET
    brand: Text = UNSET
    model: Text = UNSET
    serial: Text = UNSET
    national_code: Text = UNSET
    manufacturer: Text = UNSET
    funding: Text = UNSET
    allotted_by: Text = UNSET
    price_fen: Count = UNSET
    is_medical: bool | UnsetType = UNSET
    door: Text = UNSET
    volume_cold_l: Litres = UNSET
    volume_frozen_l: Litres = UNSET
    cold_bags: Count = UNSET
    power_w: Count = UNSET
    refrigerant: Text = UNSET
    pqs_code: Text = UNSET
    holdover_h_catalogue: Litres = UNSET
    holdover_source: Text = UNSET
    produced_on: OnDay = UNSET
    arrived_on: OnDay = UNSET
    started_on: OnDay = UNSET
    scrapped_on: OnDay = UNSET


class Card(Record, frozen=True, kw_only=True):
    """… as it stands in the archive."""

    code: str
    facility: str
    name_zh: str
    name_en: str
    short_zh: str
    type: EquipmentType
    status: Status
    brand: str
    model: str
    serial: str
    national_code: str
    manufacturer: str
    funding: str
    allotted_by: str
    price_fen: int | None
    is_medical: bool
    door: str
    volume_cold_l: float | None
    volume_frozen_l: float | None
    cold_bags: int | None
    power_w: int | None
    refrigerant: str
    pqs_code: str
    holdover_h_catalogue: float | None
    holdover_source: str
    produced_on: str | None
    arrived_on: str | None
    started_on: str | None
    scrapped_on: str | None
    replaces: str | None


class Gap(Record, frozen=True, kw_only=True):
    """What the card of a piece still lacks for the yearly archive."""

    equipment: str
    facility: str
    missing: list[str]


async def put(tx: Tx, records: Sequence[Equipment], by: By) -> int:
    """Insert or change equipment; returns how many were not so already.

    Another status or place than the archive's goes the way that `life` prescribes, on the day of this act. Its type and
    place say which rules judge it, so all that it ever measured is then judged again.

    Raises:
        BadInput: when a card cannot be, or `life` refuses the status or the place.
    """
    await audit.begin(tx)
    there = {row.code: row for row in await _rows(tx, [record.code for record in records])}
    for record in records:
        check(record, there.get(record.code))
        _check_come(record, there.get(record.code), by)
    await _check_facilities(tx, records)
    await _check_holders(tx, records)
    turned = {record.code for record in records if await _turned(tx, there.get(record.code), record, by)}
    written = await changes.write(tx, tables.Equipment, ["code"], records, by)
    for row in [each.row for each in written.altered if "type" in each.before]:
        await _doubt(tx, by, row)
    claims = [each.row.code for each in written.altered if "holdover_h_catalogue" in each.before]
    if claims:
        at_end(tx, partial(years.reclaimed, codes=claims))
    return len(turned | {row.code for row in _written(written)})


async def change(tx: Tx, record: Equipment, by: By, seen: str | None = None) -> Card:
    """Change the card of one that is there.

    Raises:
        BadInput: when there is none, or as in `put`.
        Stale: when it was changed since it was `seen`.
    """
    await audit.begin(tx)
    row = await life.row_of(tx, record.code)
    locking.check(row, seen)
    await put(tx, [record], by)
    return await card(tx, record.code)


async def card(tx: Tx, code: str) -> Card:
    """One piece of equipment.

    Raises:
        BadInput: when there is none.
    """
    return record_of(await life.row_of(tx, code), Card)


async def is_there(tx: Tx, code: str) -> bool:
    """True when there is a piece of this code, gone or not."""
    return await tx.get(tables.Equipment, code) is not None


async def cards(tx: Tx, scope: Scope, *, with_gone: bool = False) -> list[Card]:
    """All in scope, by code; what is scrapped or was given away only if it is asked for."""
    row = tables.Equipment
    query = select(*table_of(row).columns)  # rows, not entities: a county has thousands
    query = query.where(true() if scope is None else row.facility.in_(scope)).order_by(row.code)
    if not with_gone:
        query = query.where(row.status.not_in([status.value for status in GONE]))
    return [record_of(each, Card) for each in await tx.execute(query)]


async def gaps(tx: Tx, scope: Scope, *, after: str | None = None, most: int | None = None) -> list[Gap]:
    """The pieces of which the yearly archive wants to know more, by code: so many behind one, or all."""
    row = tables.Equipment
    columns = [getattr(row, name) for name in ("code", "facility", "type", "status", *STARRED, *STARRED_OF_HOLDERS)]
    query = select(*columns).where(true() if scope is None else row.facility.in_(scope), row.status.not_in(GONE))
    query = query.where(or_(*(_is_unsaid(name) for name in (*STARRED, *STARRED_OF_HOLDERS)))).order_by(row.code)
    found: list[Gap] = []
    while most is None or len(found) < most:  # not each row that the database finds lacks something
        some = query if after is None else query.where(row.code > after)
        rows = list(await tx.execute(some.limit(most)))
        lacking = ((each, missing(each)) for each in rows)
        found += [Gap(equipment=each.code, facility=each.facility, missing=its) for each, its in lacking if its]
        if most is None or len(rows) < most:
            break
        after = rows[-1].code
    return found[:most]


def _is_unsaid(name: str) -> ColumnElement[bool]:
    column = getattr(tables.Equipment, name)
    return or_(column.is_(None), column == "") if isinstance(column.type, String) else column.is_(None)


def missing(card: Any) -> list[str]:  # noqa: ANN401 - a card, or a row with its columns
    """The starred columns that nobody filled in; what was never started needs no start of use."""
    wanted = [*STARRED, *(STARRED_OF_HOLDERS if card.type in HOLDERS else ())]
    empty = [name for name in wanted if getattr(card, name) in {"", None}]
    return [name for name in empty if not (name == "started_on" and card.status == Status.SPARE)]


def check(record: Equipment, row: tables.Equipment | None = None) -> None:
    """Refuse what cannot be a piece of equipment, by what is said now and what was said before.

    Raises:
        BadInput: naming the field.
    """
    said = msgspec.to_builtins(record)
    values = {**({} if row is None else images.image_of(row)), **said}
    if row is not None and values["status"] != row.status and "scrapped_on" not in said:
        values["scrapped_on"] = None  # whether it may be so at all, its life says
    if not record.code.strip() or "/" in record.code:
        raise BadInput("equipment.code", f"{record.code[:80]!r} cannot be one", "write the code, without a slash")
    _check_numbers(values)
    _check_days(values)
    door = values.get("door") or ""
    if door and door not in set(Door):
        raise BadInput("equipment.door", f"{door[:40]!r} is no way to open", f"use one of {', '.join(Door)}")
    if values.get("holdover_h_catalogue") is not None and not (values.get("holdover_source") or "").strip():
        wrong = "it has hours without a source"
        raise BadInput("equipment.holdover_source", wrong, "name the catalogue or data sheet that says so")


def in_litres(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a file or form, where a volume may be written in m³ (`volume_cold_m3`) instead of litres.

    Raises:
        BadInput: when it says both.
    """
    values = dict(entry)
    for name in ("volume_cold", "volume_frozen"):
        if f"{name}_m3" not in values:
            continue
        cubic = values.pop(f"{name}_m3")
        if values.get(f"{name}_l") is not None:
            raise BadInput(f"{name}_m3", "its volume is there in litres too", "write one of the two")
        is_number = isinstance(cubic, int | float) and not isinstance(cubic, bool)
        values[f"{name}_l"] = cubic * PER_M3 if is_number else cubic
    return values


def _check_numbers(values: Mapping[str, Any]) -> None:
    for name, most in MOST.items():
        number = values.get(name)
        if number is not None and not 0 <= number <= most:  # nor is "not a number" between them
            raise BadInput(
                f"equipment.{name}", f"{str(number)[:40]} cannot be", f"write 0 to {most:g}, or leave it out"
            )


def _check_days(values: Mapping[str, Any]) -> None:
    known = [(name, values[name]) for name in IN_ORDER if values.get(name) is not None]
    for name, day in known:
        days.check(f"equipment.{name}", day)
    for (earlier, before), (name, day) in pairwise(known):
        if day < before:
            raise BadInput(f"equipment.{name}", f"{day} is before {earlier} {before}", "correct one of the two")
    if values.get("scrapped_on") is not None and values.get("status") != Status.SCRAPPED:
        cure = "leave it out, or scrap the equipment by its status"
        raise BadInput("equipment.scrapped_on", "it is not scrapped", cure)


def _check_come(record: Equipment, row: tables.Equipment | None, by: By) -> None:
    """A day that is said now has begun."""
    for name in IN_ORDER:
        day = getattr(record, name)
        if isinstance(day, str) and (row is None or day != getattr(row, name)):
            days.check_past(f"equipment.{name}", day, by.at)


async def _check_facilities(tx: Tx, records: Sequence[Equipment]) -> None:
    row = tables.Facility.code
    known = set(await tx.scalars(select(row).where(row.in_({record.facility for record in records}))))
    for record in records:
        if record.facility not in known:
            wrong = f"{record.facility[:80]!r} of {record.code} is not in the archive"
            raise BadInput("equipment.facility", wrong, "import it first, or correct the code")


async def _check_holders(tx: Tx, records: Sequence[Equipment]) -> None:
    """What has a compartment for vaccine is not of a type that holds none."""
    rooms, wrong = tables.Compartment, [each for each in records if each.type not in hanging.MAY_HOLD_VACCINE]
    held = select(rooms.equipment).where(rooms.purpose == "vaccine", rooms.equipment.in_([each.code for each in wrong]))
    with_vaccine = set(await tx.scalars(held)) if wrong else set()
    for each in wrong:
        if each.code in with_vaccine:
            hanging.check_holds(each.code, each.type, field="equipment.type")


async def _turned(tx: Tx, row: tables.Equipment | None, record: Equipment, by: By) -> bool:
    """True when its status or place was another one and is now as the record says."""
    if row is None:
        return False
    today = days.day_of(by.at)
    if record.status is not UNSET and record.status != row.status:
        on = record.scrapped_on if isinstance(record.scrapped_on, str) else today
        await life.set_status(tx, record.code, life.Turn(record.status, on, by.reason or "county file"), by)
    elif record.facility == row.facility:
        return False
    if record.facility != row.facility:
        await life.move(tx, record.code, life.Relocation(record.facility, today, by.reason or "county file"), by)
    return True


async def _doubt(tx: Tx, by: By, row: tables.Equipment) -> None:
    """All that was ever measured there is to be judged again."""
    where = tables.Assignment.equipment == row.code
    await changes.journal(tx, by, row, await doubtful.channels(tx, where, doubtful.EVER, None))


async def _rows(tx: Tx, codes: Sequence[str]) -> Sequence[tables.Equipment]:
    return list(await tx.scalars(select(tables.Equipment).where(tables.Equipment.code.in_(codes))))


def _written(written: changes.Written) -> list[Any]:
    return [*written.added, *(each.row for each in written.altered)]
