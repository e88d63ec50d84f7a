"""Where things are: regions as a tree of five levels, and the facilities in them."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import CTE, select

from coldchain.archive import audit, changes, doubtful, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, record_of
from coldchain.errors import BadInput

CODE: Final = re.compile(r"[0-9]{12}")
LEVELS: Final = ("province", "prefecture", "county", "township", "village")


class FacilityKind(StrEnum):
    """What a facility is in the programme: its level, or what it is for (级别/性质)."""

    COUNTY_STORE = "county_store"
    PREFECTURE_STORE = "prefecture_store"
    PROVINCE_STORE = "province_store"
    TOWNSHIP_CLINIC = "township_clinic"
    COMMUNITY_CLINIC = "community_clinic"
    VILLAGE_POST = "village_post"
    MATERNITY_WARD = "maternity_ward"
    ADULT_CLINIC = "adult_clinic"
    RABIES_CLINIC = "rabies_clinic"
    HOSPITAL = "hospital"
    OTHER = "other"


# The levels of region in which a facility of a kind lies; one elsewhere is a finding, not an error.
AT_HOME: Final = {
    FacilityKind.PROVINCE_STORE: (1,),
    FacilityKind.PREFECTURE_STORE: (2,),
    FacilityKind.COUNTY_STORE: (3,),
    FacilityKind.TOWNSHIP_CLINIC: (4, 5),
    FacilityKind.COMMUNITY_CLINIC: (4, 5),
    FacilityKind.VILLAGE_POST: (4, 5),
}


class Region(Record, frozen=True, kw_only=True):
    """An administrative division; `level` 1 is a province, 5 a village."""

    code: str
    level: int
    name_zh: str
    name_en: str
    parent: str | None = None


class Facility(Record, frozen=True, kw_only=True):
    """A store, clinic, ward or post; `short_zh` is what fits a text message, `gateway` the box that stands there.

    `feeder` is the power line that it hangs on (供电线路), empty where nobody knows.
    """

    code: str
    region: str
    name_zh: str
    name_en: str
    short_zh: str
    kind: FacilityKind
    gateway: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    feeder: str = ""


async def regions(tx: Tx) -> list[Region]:
    """All regions, each after the one it lies in."""
    rows = await tx.scalars(select(tables.Region).order_by(tables.Region.level, tables.Region.code))
    return [record_of(row, Region) for row in rows]


async def below(tx: Tx, region: str) -> frozenset[str]:
    """The codes of a region and of all regions in it; empty when there is no such region."""
    return frozenset(await tx.scalars(select(tree(region).c.code)))


async def lineage(tx: Tx, region: str) -> list[str]:
    """The codes of a region and of those it lies in, from itself up; empty when there is no such region."""
    row = tables.Region
    first = select(row.code, row.parent).where(row.code == region).cte("above", recursive=True)
    above = first.union(select(row.code, row.parent).join(first, row.code == first.c.parent))
    return list(await tx.scalars(select(row.code).where(row.code.in_(select(above.c.code))).order_by(row.level.desc())))


async def facilities(tx: Tx, *, region: str | None = None) -> list[Facility]:
    """All facilities, or those in a region and below."""
    query = select(tables.Facility).order_by(tables.Facility.code)
    if region is not None:
        query = query.where(tables.Facility.region.in_(select(tree(region).c.code)))
    return [record_of(row, Facility) for row in await tx.scalars(query)]


async def codes(tx: Tx, scope: frozenset[str] | None) -> list[str]:
    """The codes of the facilities in scope, in order; None is all of them."""
    return sorted(await tx.scalars(select(tables.Facility.code))) if scope is None else sorted(scope)


async def facility(tx: Tx, code: str) -> Facility:
    """One facility.

    Raises:
        BadInput: when there is none of that code.
    """
    row = await tx.get(tables.Facility, code)
    if row is None:
        raise BadInput("facility", f"{code[:80]!r} is not in the archive", "import it first, or correct the code")
    return record_of(row, Facility)


async def put_regions(tx: Tx, records: Sequence[Region], by: By) -> int:
    """Insert or change regions, parents before children; returns how many were not so already.

    Raises:
        BadInput: when a code, level or parent cannot be.
    """
    for record in records:
        check_region(record)
    ordered = sorted(records, key=_level)
    levels = {region.code: region.level for region in await regions(tx)}
    for record in ordered:
        levels[record.code] = record.level
        if record.parent is not None and levels.get(record.parent, record.level) >= record.level:
            wrong = f"{record.parent!r} of {record.code} is no region of a higher level"
            raise BadInput("region.parent", wrong, "name the division that it lies in, and import that one too")
    return await changes.put(tx, tables.Region, ["code"], ordered, by)


async def put_facilities(tx: Tx, records: Sequence[Facility], by: By) -> int:
    """Insert or change facilities; returns how many were not so already. Another feeder had other outages.

    Raises:
        BadInput: when one lies nowhere on earth or in no region that is known, or has another's gateway.
    """
    for record in records:
        check_position(record.code, record.latitude, record.longitude)
    await audit.begin(tx)
    await _check_regions(tx, records)
    await _check_gateways(tx, records)
    written = await changes.write(tx, tables.Facility, ["code"], records, by)
    for each in [each for each in written.altered if "feeder" in each.before]:
        feeders = {each.before["feeder"], each.row.feeder}
        outages = select(tables.Occasion).where(tables.Occasion.feeder.in_(feeders))
        touched: list[Touched] = []
        for outage in await tx.scalars(outages.where(tables.Occasion.withdrawn_at.is_(None))):
            touched += await doubtful.around(tx, doubtful.at_facility(each.row.code), outage.start, outage.end)
        await changes.journal(tx, by, each.row, touched)
    return written.count


def check_region(region: Region) -> None:
    """Refuse what cannot be a region.

    Raises:
        BadInput: naming the field.
    """
    if not CODE.fullmatch(region.code):
        raise BadInput(
            "region.code", f"{region.code[:80]!r} is not 12 digits", "write the national code, zeros at its end"
        )
    if not 1 <= region.level <= len(LEVELS):
        names = ", ".join(f"{n} {name}" for n, name in enumerate(LEVELS, 1))
        raise BadInput("region.level", f"{region.level} of {region.code} is no level", f"use {names}")


def check_position(code: str, latitude: float | None, longitude: float | None) -> None:
    """Refuse a place that is nowhere; None where nobody knows.

    Raises:
        BadInput: naming the field.
    """
    if (latitude is None) != (longitude is None):
        raise BadInput("facility.latitude", f"{code} has one of two coordinates", "write both, or none")
    for field, value, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if value is not None and not -most <= value <= most:  # also refuses NaN
            raise BadInput(
                f"facility.{field}", f"{value} of {code} is nowhere", f"write degrees from -{most} to {most}"
            )


async def _check_regions(tx: Tx, records: Sequence[Facility]) -> None:
    wanted = {each.region for each in records}
    known = set(await tx.scalars(select(tables.Region.code).where(tables.Region.code.in_(wanted))))
    for each in records:
        if each.region not in known:
            wrong = f"{each.region[:80]!r} of {each.code} is not in the archive"
            raise BadInput("facility.region", wrong, "import it first, or correct the code")


async def _check_gateways(tx: Tx, records: Sequence[Facility]) -> None:
    """A box stands at one place; who is named by these records is asked by what they say, not by what was said."""
    row = tables.Facility
    given = [(each.gateway, each.code) for each in records if each.gateway]
    others = select(row.gateway, row.code).where(
        row.gateway.in_([gateway for gateway, _ in given]), row.code.not_in([each.code for each in records])
    )
    holder: dict[str, str] = {}
    for gateway, code in [*((str(gateway), code) for gateway, code in await tx.execute(others)), *given]:
        if holder.setdefault(gateway, code) != code:
            wrong = f"{gateway} of {code} stands at {holder[gateway]}"
            raise BadInput("facility.gateway", wrong, "name its own, or take it from the other one first")


def _level(region: Region) -> int:
    return region.level


def tree(region: str) -> CTE:
    """A region and all regions in it, as a table of codes."""
    top = select(tables.Region.code).where(tables.Region.code == region).cte("below", recursive=True)
    return top.union(select(tables.Region.code).join(top, tables.Region.parent == top.c.code))
