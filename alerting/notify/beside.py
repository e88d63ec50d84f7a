"""What else went on at the same equipment when a temperature left its band: the explanation stands in the same alarm.

cases ─► doors that stood open · mains that were lost · work that was planned, each about that time ─► phrases of the same text

It explains and makes nothing quieter: how loud it is, and whether an occasion accounts for it, the policy has decided before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerting.occasions import concerns
from coldchain.archive import cases, occasions
from coldchain.archive.db import Tx
from coldchain.archive.occasions import Occasion, OccasionKind
from coldchain.archive.tables import Equipment, Facility
from coldchain.excursion import Case, Kind

REACH_MS: Final = 30 * 60_000  # what was over so long before it began explains nothing
WORK: Final = frozenset({OccasionKind.DEFROST, OccasionKind.PLANNED_OUTAGE, OccasionKind.STOCK_TAKE})


@dataclass(frozen=True, slots=True)
class Beside:
    """Something that went on, from–to; None: it goes on, as far as anybody knows. `what`: door_open, defrost."""

    what: str
    start: int
    end: int | None

    def touches(self, case: Case) -> bool:
        """True when it went on about the time of the case."""
        facts = case.facts
        until = facts.last_bad if facts.known_good_after is None else facts.known_good_after
        return self.start <= until and (self.end is None or self.end >= facts.first_bad - REACH_MS)


async def beside(
    tx: Tx, about: Sequence[Case], units: Mapping[str, Equipment], places: Mapping[str, Facility]
) -> dict[str, tuple[Beside, ...]]:
    """What went on beside each of these cases, by their ids, in time; asked for all at once."""
    felt = [case for case in about if case.facts.kind.is_temperature and case.facts.equipment]
    if not felt:
        return {}
    since = min(case.facts.first_bad for case in felt) - REACH_MS
    codes = sorted({case.facts.equipment for case in felt if case.facts.equipment})
    found = defaultdict[str, set[Beside]](set)
    for code, each in [*await _doors(tx, codes, since), *await _mains(tx, codes, since)]:
        found[code].add(each)
    planned = [each for each in await occasions.listed(tx, since) if each.kind in WORK and each.withdrawn_at is None]
    for code in codes:
        if code in units:
            found[code] |= set(_work(planned, units[code], places))
    return {case.id: _touching(case, found[case.facts.equipment or ""]) for case in felt}


def _touching(case: Case, found: Collection[Beside]) -> tuple[Beside, ...]:
    return tuple(sorted((each for each in found if each.touches(case)), key=lambda each: (each.start, each.what)))


async def _doors(tx: Tx, codes: Sequence[str], since: int) -> list[tuple[str, Beside]]:
    doors = [case.facts for case in await cases.at_equipment(tx, Kind.DOOR_OPEN, codes, since)]
    what = Kind.DOOR_OPEN.value
    return [(each.equipment, Beside(what, each.first_bad, each.known_good_after)) for each in doors if each.equipment]


async def _mains(tx: Tx, codes: Sequence[str], since: int) -> list[tuple[str, Beside]]:
    losses = await cases.recent_observations(tx, Kind.POWER_LOSS, since)
    what = Kind.POWER_LOSS.value
    return [
        (each.equipment, Beside(what, each.start, each.end))
        for each in losses
        if each.equipment and each.equipment in codes
    ]


def _work(planned: Sequence[Occasion], unit: Equipment, places: Mapping[str, Facility]) -> list[Beside]:
    """What was planned for it, its facility, or the feeder on which that hangs."""
    feeder = places[unit.facility].feeder if unit.facility in places else ""
    return [
        Beside(each.kind.value, each.start, each.end)
        for each in planned
        if concerns(each, unit.code, unit.facility, feeder)
    ]
