"""Regions whose tree cannot well be: one that lies in none, one that skips a level, one whose code is another's child.

Books of a single county begin with the county, and a farm or a development zone may have no town above it: so it is found
and told, and nothing is refused.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from coldchain.archive import places
from coldchain.archive.db import Tx
from coldchain.archive.places import LEVELS, Region
from coldchain.archive.rows import Record

# So many digits of a region's code are those of the one it lies in, by the level of that one (GB/T 2260, GB/T 10114).
SHARED: Final = {1: 2, 2: 4, 3: 6, 4: 9}


class OddRegion(StrEnum):
    """What is odd."""

    NO_PARENT = "no_parent"  # regions of a higher level are known, and it lies in none of them
    SKIPS = "skips"  # a village directly in a county
    CODE_ELSEWHERE = "code_elsewhere"  # its code says that it lies in another one


class RegionFinding(Record, frozen=True, kw_only=True):
    """A region to look at."""

    region: str
    what: OddRegion
    told: str


async def region_findings(tx: Tx) -> list[RegionFinding]:
    """All of them, by code."""
    known = {each.code: each for each in await places.regions(tx)}
    top = min((each.level for each in known.values()), default=1)
    found = [finding for each in known.values() for finding in _of(each, known, top)]
    return sorted(found, key=lambda each: (each.region, each.what))


def _of(region: Region, known: Mapping[str, Region], top: int) -> list[RegionFinding]:
    name = LEVELS[region.level - 1]
    if region.parent is None:
        if region.level == top:
            return []
        return [_found(region, OddRegion.NO_PARENT, f"a {name} in no {LEVELS[region.level - 2]}")]
    parent = known[region.parent]
    found = []
    if parent.level != region.level - 1:
        found.append(_found(region, OddRegion.SKIPS, f"a {name} directly in a {LEVELS[parent.level - 1]}"))
    digits = SHARED[parent.level]
    if region.code[:digits] != parent.code[:digits]:
        found.append(_found(region, OddRegion.CODE_ELSEWHERE, f"it lies in {parent.code}"))
    return found


def _found(region: Region, what: OddRegion, told: str) -> RegionFinding:
    return RegionFinding(region=region.code, what=what, told=told)
