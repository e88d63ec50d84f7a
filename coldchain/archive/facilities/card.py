"""A facility's card (接种单位档案): the columns of the official form, read and written as one.

A form need not say all of them: what is absent stays as it is. A closed door is not among them: `standing` does that.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Select, select

from coldchain.archive import audit, documents, images, locking, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import calendar, days, numbers
from coldchain.archive.facilities.standing import Standing
from coldchain.archive.places import Facility
from coldchain.archive.rows import record_of
from coldchain.errors import BadInput

UNIT_CODE: Final = re.compile(r"[0-9]{12}")
MOST: Final = 100_000_000  # of people, metres, whatever is counted here
# What a unit says of itself; the rest of its card is the county's to say.
OWN: Final = frozenset(
    {
        "address", "latitude", "longitude", "head", "telephone", "service_form", "service_cycle", "working_week",
        "population", "staff", "certified_staff", "rooms_m2", "information",
    }
)  # fmt: skip


class ServiceForm(StrEnum):
    """How it vaccinates (服务形式)."""

    UNSAID = ""
    CLINIC = "clinic"
    FIXED_POST = "fixed_post"
    WARD = "ward"
    OUTREACH = "outreach"


class ServiceCycle(StrEnum):
    """How often (服务周期)."""

    UNSAID = ""
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Form(Facility, frozen=True, kw_only=True):
    """What somebody says of a facility; what is unset stays as it is, and is empty for a new one."""

    unit_code: str | UnsetType | None = UNSET
    has_maternity: bool | UnsetType = UNSET
    has_rabies: bool | UnsetType = UNSET
    address: str | UnsetType = UNSET
    head: str | UnsetType = UNSET
    telephone: str | UnsetType = UNSET
    service_form: ServiceForm | UnsetType = UNSET
    service_cycle: ServiceCycle | UnsetType = UNSET
    working_week: str | UnsetType = UNSET
    population: int | UnsetType | None = UNSET
    staff: int | UnsetType | None = UNSET
    certified_staff: int | UnsetType | None = UNSET
    rooms_m2: float | UnsetType | None = UNSET
    information: str | UnsetType = UNSET
    licensed_on: str | UnsetType | None = UNSET
    licensed_until: str | UnsetType | None = UNSET
    licence: str | UnsetType | None = UNSET


class Card(Form, frozen=True, kw_only=True):
    """… as it stands in the archive."""

    unit_code: str | None
    has_maternity: bool
    has_rabies: bool
    address: str
    head: str
    telephone: str
    service_form: ServiceForm
    service_cycle: ServiceCycle
    working_week: str
    population: int | None
    staff: int | None
    certified_staff: int | None
    rooms_m2: float | None
    information: str
    licensed_on: str | None
    licensed_until: str | None
    licence: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as it stands, and the tag of that state."""

    card: Card
    status: Standing
    tag: str


async def card(tx: Tx, facility: str) -> Shown:
    """One facility's card.

    Raises:
        BadInput: when there is none of that code.
    """
    await places.facility(tx, facility)
    [shown] = await cards(tx, [facility])
    return shown


async def cards(tx: Tx, facilities: Sequence[str]) -> list[Shown]:
    """The cards of these facilities, by code."""
    rows = await tx.scalars(_these(facilities).order_by(tables.Facility.code))
    return [Shown(record_of(row, Card), Standing(row.status), locking.tag_of(row)) for row in rows]


async def put_cards(tx: Tx, forms: Sequence[Form], by: By) -> int:
    """Insert or change facilities with what their forms say; returns how many were not so already.

    Raises:
        BadInput: when something cannot be, or a unit code is another facility's.
    """
    await audit.begin(tx)
    rows = {row.code: row for row in await tx.scalars(_these([each.code for each in forms]))}
    ready = [_normal(each) for each in forms]
    for each in ready:
        there = rows.get(each.code)
        check({} if there is None else images.image_of(there), each)
        await documents.check(tx, "facility.licence", each.licence or None)
    await _check_unit_codes(tx, ready)
    return await places.put_facilities(tx, ready, by)


async def change(tx: Tx, new: Form, by: By, *, seen: str | None = None) -> Shown:
    """Change the card of a facility that is there.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, or something cannot be.
    """
    await audit.begin(tx)
    await places.facility(tx, new.code)
    locking.check(await tx.get_one(tables.Facility, new.code), seen)
    if not await places.lineage(tx, new.region):
        raise BadInput("facility.region", f"{new.region[:80]!r} is not in the archive", "import it first")
    await put_cards(tx, [new], by)
    return await card(tx, new.code)


def differing(before: Card, after: Form) -> set[str]:
    """The fields in which two cards differ; what the second does not say does not."""
    names = before.__struct_fields__
    return {name for name in names if getattr(after, name) not in (UNSET, getattr(before, name))}


def check(before: Mapping[str, Any], new: Form) -> None:
    """Refuse a card that cannot be, over what stands there already.

    Raises:
        BadInput: naming the field.
    """
    said = {**before, **msgspec.to_builtins(new)}
    unit_code = said.get("unit_code")
    if unit_code is not None and not UNIT_CODE.fullmatch(unit_code):
        cure = "write the 12 digits of the unit's national code"
        raise BadInput("facility.unit_code", f"{unit_code[:40]!r} has not 12 digits", cure)
    for field in ("population", "staff", "certified_staff", "rooms_m2"):
        _check_amount(field, said.get(field))
    if (said.get("certified_staff") or 0) > (said.get("staff") or math.inf):
        wrong = f"{said['certified_staff']} of {said['staff']} are certified"
        raise BadInput("facility.certified_staff", wrong, "correct one of the two")
    calendar.check_week(said.get("working_week") or "")
    _check_licence(said.get("licensed_on"), said.get("licensed_until"))


def check_form(new: Form) -> None:
    """Refuse a form that cannot be, by itself.

    Raises:
        BadInput: naming the field.
    """
    places.check_position(new.code, new.latitude, new.longitude)
    check({}, _normal(new))


def _check_amount(field: str, value: float | None) -> None:
    if value is not None and not 0 <= value <= MOST:
        raise BadInput(f"facility.{field}", f"{value} cannot be", f"write 0 to {MOST}, or nothing")


def _check_licence(since: str | None, until: str | None) -> None:
    days.check(since, "facility.licensed_on")
    days.check(until, "facility.licensed_until")
    if since is not None and until is not None and until < since:
        raise BadInput(
            "facility.licensed_until", f"{until} is before its approval on {since}", "correct one of the two"
        )


def _normal(new: Form) -> Form:
    """An empty unit code is none; a phone number has one spelling."""
    telephone = numbers.normal(new.telephone, "facility.telephone") if new.telephone else new.telephone
    unit_code = new.unit_code or None if isinstance(new.unit_code, str) else new.unit_code
    return msgspec.structs.replace(new, telephone=telephone, unit_code=unit_code)


async def _check_unit_codes(tx: Tx, forms: Sequence[Form]) -> None:
    """The national code is one unit's; also within the same form."""
    holder: dict[str, str] = {}
    given = [(each.unit_code, each.code) for each in forms if isinstance(each.unit_code, str)]
    row = tables.Facility
    rows = await tx.execute(select(row.unit_code, row.code).where(row.unit_code.in_([unit for unit, _ in given])))
    for unit, code in [*((str(unit), code) for unit, code in rows), *given]:
        if holder.setdefault(unit, code) != code:
            wrong = f"{unit} is the code of both {holder[unit]} and {code}"
            raise BadInput("facility.unit_code", wrong, "correct one of the two")


def _these(codes: Sequence[str]) -> Select[tables.Facility]:
    return select(tables.Facility).where(tables.Facility.code.in_(codes))
