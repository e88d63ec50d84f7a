"""What went on where an excursion was: sessions, deliveries, what people entered; from the archive, for the policy.

Looked up for all verdicts on heat, once per compartment; each is given what lies around its own beginning, whatever it
is judged together with. Before: `policy`, which says how far each explains a deviation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerting.excursion.occasions import Occasion, deliveries, session
from alerting.excursion.policy import REACH_MS
from alerting.excursion.stretch import Place
from alerting.excursion.verdicts import Verdict
from coldchain.archive import occasions as kept
from coldchain.archive import views
from coldchain.archive.db import Tx
from coldchain.archive.facilities import sessions


@dataclass(frozen=True, slots=True)
class _Asked:
    """A compartment (or a whole piece of equipment) and the time, both ends included, around its excursions' beginnings."""

    equipment: str
    compartment: int | None
    start: int
    end: int


async def occasions_of(tx: Tx, verdicts: Iterable[Verdict], zone: ZoneInfo) -> dict[Place, Sequence[Occasion]]:
    """What went on at each place while its excursions on heat began.

    Args:
        tx: a reading transaction.
        verdicts: any; what is not about heat is passed over, as nothing explains frost.
        zone: of the site, in which sessions are held.
    """
    spans: dict[Place, tuple[int, int]] = {}
    for verdict in verdicts:
        if verdict.kind.is_temperature and not verdict.kind.is_cold and verdict.place.equipment is not None:
            first, last = spans.get(verdict.place, (verdict.first_bad, verdict.first_bad))
            spans[verdict.place] = (min(first, verdict.first_bad), max(last, verdict.first_bad))
    found: dict[Place, Sequence[Occasion]] = {}
    for place, (first, last) in spans.items():
        assert place.equipment is not None
        asked = _Asked(place.equipment, place.compartment, first - REACH_MS, last + REACH_MS)
        found[place] = await _occasions(tx, asked, zone)
    return found


def near(verdict: Verdict, went_on: Iterable[Occasion]) -> list[Occasion]:
    """What may explain this excursion, of all that went on at its place."""
    start, end = verdict.first_bad - REACH_MS, verdict.first_bad + REACH_MS
    return [occasion for occasion in went_on if occasion.start <= end and occasion.end >= start]


def concerns(entered: kept.NewOccasion, equipment: str, facility: str, feeder: str) -> bool:
    """True when it was entered for this piece, for where that stands, or for the power line (empty: unknown) that feeds it."""
    is_fed = bool(feeder) and entered.feeder == feeder
    return entered.equipment == equipment or entered.facility == facility or is_fed


async def _occasions(tx: Tx, asked: _Asked, zone: ZoneInfo) -> list[Occasion]:
    entered = await kept.occasions_for(tx, asked.equipment, asked.start - 1, asked.end + 1)
    found = [Occasion(each.kind.value, each.start, each.end) for each in entered]
    stands = await views.equipment_of(tx, asked.equipment)
    if stands is not None:
        its = await sessions.held_around(tx, stands.facility, asked.start, asked.end, zone)
        laid_out = (session(each.day, each.from_min, each.to_min, zone) for each in its)
        found += [each for each in laid_out if each and each.start <= asked.end and each.end >= asked.start]
    if asked.compartment is not None:
        found += deliveries(await kept.arrivals_at(tx, asked.compartment, asked.start, asked.end + 1))
    return sorted(found)
