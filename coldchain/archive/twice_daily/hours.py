"""When both readings are to be made: what is shipped, with its source, and what a county set from a day on.

    hours.toml, table record_hours ─► Book ─► hours of a region on a day

The nearest region up the tree that set hours by that day decides; where none did, what is shipped.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days
from coldchain.archive.places import FacilityKind
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.errors import BadInput

SHIPPED: Final = Path(__file__).with_name("hours.toml")
DAY_MIN: Final = 24 * 60


class Half(StrEnum):
    """Which of the day's two readings."""

    AM = "am"
    PM = "pm"


class NewHours(Record, frozen=True, kw_only=True):
    """From a local day on; minutes of the local day. `holiday_kinds` of facilities record on working days only."""

    valid_from: str
    am_from_min: int
    am_to_min: int
    pm_from_min: int
    pm_to_min: int
    apart_min: int
    holiday_kinds: tuple[FacilityKind, ...]
    source: str
    certainty: str
    region: str | None = None

    def window(self, half: Half) -> tuple[int, int]:
        """From and to of a half, both inside."""
        if half is Half.AM:
            return self.am_from_min, self.am_to_min
        return self.pm_from_min, self.pm_to_min

    def window_ms(self, day: str, half: Half, zone: ZoneInfo) -> tuple[int, int]:
        """… as times of a day."""
        first, last = self.window(half)
        return moment_of(day, first, zone), moment_of(day, last, zone)

    def words(self, half: Half) -> str:
        """… as people write them."""
        first, last = self.window(half)
        return f"{clock_of(first)} to {clock_of(last)}"


class Hours(NewHours, frozen=True, kw_only=True):
    """… that a region set; withdrawn = entered by mistake, never in force."""

    id: int
    withdrawn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What `hours.toml` says beside the hours."""

    types: frozenset[str]  # of equipment that is recorded
    purposes: frozenset[str]  # of its compartments
    late_within_days: int
    lasting_c: float
    of_readings: int
    nearest_ms: int


@dataclass(frozen=True, slots=True)
class Reach:
    """From a day on, how far two good readings may lie apart and still speak for the time between."""

    valid_from: str
    apart_ms: int


@dataclass(frozen=True, slots=True)
class Book:
    """All hours there are, and how regions lie in each other."""

    own: Mapping[str | None, Sequence[NewHours]]  # the latest first
    parents: Mapping[str, str | None]

    def of(self, region: str, day: str) -> NewHours | None:
        """The hours of a region on a day; None before anybody asked for records."""
        own = (_in_force(self.own[each], day) for each in self.deciding(region))
        return next((each for each in own if each is not None), None) or _in_force(shipped(), day)

    def deciding(self, region: str) -> tuple[str | None, ...]:
        """Whose own hours hold for a region from their days on, the nearest first; where this is the same, hours are."""
        found: list[str | None] = []
        at: str | None = region
        while at is not None:
            found.append(at)
            at = self.parents.get(at)
        return tuple(each for each in (*found, None) if each in self.own)


async def book(tx: Tx) -> Book:
    """What is in force where and when."""
    own: dict[str | None, list[NewHours]] = {}
    for each in await listed(tx):
        if each.withdrawn_at is None:
            own.setdefault(each.region, []).insert(0, each)
    rows = await tx.execute(select(tables.Region.code, tables.Region.parent))
    return Book(own, {row.code: row.parent for row in rows})


async def listed(tx: Tx) -> list[Hours]:
    """All hours that were ever set, the withdrawn too, in the order of their days."""
    query = select(tables.RecordHours).order_by(tables.RecordHours.valid_from, tables.RecordHours.id)
    return [record_of(row, Hours) for row in await tx.scalars(query)]


async def put(tx: Tx, new: NewHours, by: By) -> Hours:
    """Set the hours of a region (None: everywhere) from a day on; a later day may be set again.

    Raises:
        BadInput: when they cannot be kept by anybody, or the day has hours already.
    """
    await audit.begin(tx)
    check(new)
    if new.region is not None and await tx.get(tables.Region, new.region) is None:
        raise BadInput("region", f"{new.region[:80]!r} is not in the archive", "import it first, or correct the code")
    there = [each for each in await listed(tx) if (each.region, each.valid_from) == (new.region, new.valid_from)]
    if any(each.withdrawn_at is None for each in there):
        raise BadInput("valid_from", f"{new.valid_from} has hours already", "withdraw those, or choose another day")
    row = tables.RecordHours(
        region=new.region, valid_from=new.valid_from, am_from_min=new.am_from_min, am_to_min=new.am_to_min,
        pm_from_min=new.pm_from_min, pm_to_min=new.pm_to_min, apart_min=new.apart_min,
        holiday_kinds=[kind.value for kind in new.holiday_kinds], source=new.source, certainty=new.certainty,
    )  # fmt: skip
    await changes.enter(tx, by, "set", row, [])
    return record_of(row, Hours)


async def withdraw(tx: Tx, number: int, by: By) -> Hours:
    """Take back hours that were set by mistake.

    Raises:
        BadInput: when there are none of that number, or they were taken back before.
    """
    row = await changes.counting(tx, tables.RecordHours, "hours", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Hours)


def check(new: NewHours) -> None:
    """Refuse hours that cannot be kept.

    Raises:
        BadInput: naming the field.
    """
    check_texts("record_hours", {"source": new.source, "certainty": new.certainty})
    days.parse(new.valid_from, "valid_from")
    if not new.source.strip():
        raise BadInput("source", "nothing says why these hours", "name the order or the document")
    for half in Half:
        first, last = new.window(half)
        if not 0 <= first < last <= DAY_MIN:
            wrong = f"{clock_of(first)} to {clock_of(last)} is no part of a day"
            raise BadInput(half.value, wrong, "write an earlier and a later time, 00:00 to 24:00")
    if new.pm_from_min < new.am_to_min:
        raise BadInput(
            "pm", f"it begins at {clock_of(new.pm_from_min)}, in the morning's hours", "begin it after those"
        )
    if not 0 < new.apart_min <= new.pm_to_min - new.am_from_min:
        most = new.pm_to_min - new.am_from_min
        raise BadInput("apart_min", f"{new.apart_min} min cannot be kept", f"write 1 to {most}")


@cache
def terms() -> Terms:
    """What is recorded, how late, and which difference is a finding."""
    file = _file()
    due, difference = file["due"], file["difference"]
    return Terms(
        types=frozenset(due["types"]),
        purposes=frozenset(due["purposes"]),
        late_within_days=file["late"]["within_days"],
        lasting_c=difference["lasting_c"],
        of_readings=difference["of_readings"],
        nearest_ms=difference["nearest_min"] * 60_000,
    )


@cache
def reaches() -> tuple[Reach, ...]:
    """How far evidence by hand reaches, the latest first."""
    found = [Reach(str(table["valid_from"]), table["apart_h"] * 3_600_000) for table in _file()["evidence"]]
    return tuple(sorted(found, key=lambda each: each.valid_from, reverse=True))


def reach_ms(day: str) -> int:
    """… of two readings of which the first is of that day; 0 before anybody asked for records."""
    return next((each.apart_ms for each in reaches() if each.valid_from <= day), 0)


def longest_reach_ms() -> int:
    """How far from a reading others are looked for."""
    return max(each.apart_ms for each in reaches())


@cache
def shipped() -> tuple[NewHours, ...]:
    """The hours of the file, the latest first."""
    found = [_hours(table) for table in _file()["hours"]]
    for each in found:
        check(each)
    return tuple(sorted(found, key=lambda each: each.valid_from, reverse=True))


def _file() -> dict[str, Any]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def _hours(table: Mapping[str, Any]) -> NewHours:
    (am_from, am_to), (pm_from, pm_to) = (map(minute_of, table[half]) for half in Half)
    return NewHours(
        valid_from=str(table["valid_from"]), am_from_min=am_from, am_to_min=am_to, pm_from_min=pm_from, pm_to_min=pm_to,
        apart_min=table["apart_min"], holiday_kinds=tuple(map(FacilityKind, table["holiday_kinds"])),
        source=table["source"], certainty=table["certainty"],
    )  # fmt: skip


def _in_force(latest_first: Sequence[NewHours], day: str) -> NewHours | None:
    return next((each for each in latest_first if each.valid_from <= day), None)


def minute_of(text: str, field: str = "time") -> int:
    """`HH:MM` as minutes of the day; 24:00 is its end.

    Raises:
        BadInput: when it is neither.
    """
    hours, colon, minutes = text.partition(":")
    if colon and hours.isdigit() and minutes.isdigit() and int(minutes) < 60 and len(text) <= 5:
        found = int(hours) * 60 + int(minutes)
        if found <= DAY_MIN:
            return found
    raise BadInput(field, f"{text[:20]!r} is no time of a day", "write it as 06:00")


def clock_of(minute: int) -> str:
    """Minutes of the day as `HH:MM`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def local_clock(at: int, zone: ZoneInfo) -> str:
    """The local time of day, to the minute."""
    return datetime.fromtimestamp(at / 1000, zone).strftime("%H:%M")


def moment_of(day: str, minute: int, zone: ZoneInfo) -> int:
    """A minute of a local day, ms UTC."""
    there = datetime.combine(date.fromisoformat(day), time(), zone) + timedelta(minutes=minute)
    return round(there.timestamp() * 1000)
