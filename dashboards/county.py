"""One picture of now, as records: every facility, its equipment, the condition of each compartment, the alarms, the news.

Drawn by `drawing` once for all who look; each caller then sees the part that lies in their scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from coldchain.archive.tables import (
    Compartment,
    Equipment,
    Excursion,
    ExcursionRevision,
    Facility,
    Region,
    Transition,
    Vaccine,
)
from coldchain.archive.transport.words import RIDES_ALONG
from coldchain.archive.views import AlarmCase, Scope
from coldchain.excursion import Kind, Severity
from coldchain.profile import Profile
from dashboards.status import Condition, Probe, State

MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Room:
    """A compartment with its probes and its condition."""

    row: Compartment
    profile: Profile
    probes: list[Probe]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Mains:
    """Whether there is mains power, since when as far as known, and whether that may be taken for the present."""

    is_on: bool
    since: int
    is_fresh: bool
    planned_until: int | None = None  # the outage was entered beforehand


@dataclass(frozen=True, slots=True)
class Forecast:
    """What alerting estimated: this limit is passed at about that time, no sooner than `early`, no later than `late`."""

    limit_c: float
    from_c: float
    at: int
    early: int | None = None
    late: int | None = None
    basis: str = ""

    @classmethod
    def told(cls, detail: Mapping[str, Any], at: int) -> "Forecast":
        """What alerting wrote at `at`: its minutes count from then and run down by themselves."""

        def moment(name: str) -> int | None:
            return None if detail.get(name) is None else at + round(float(detail[name]) * MINUTE)

        return cls(
            limit_c=float(detail["limit_c"]),
            from_c=float(detail["from_c"]),
            at=at + round(float(detail["minutes"]) * MINUTE),
            early=moment("early"),
            late=moment("late"),
            basis=str(detail.get("basis", "")),
        )

    @property
    def is_rising(self) -> bool:
        """True where it grows too warm."""
        return self.from_c <= self.limit_c


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of equipment as it is now."""

    row: Equipment
    rooms: list[Room]
    state: State
    mains: Mains | None
    is_door_open: bool
    forecast: Forecast | None

    @property
    def is_watched(self) -> bool:
        """False for a box, bag or vehicle in which no probe hangs: its journeys have a record of their own."""
        return self.row.type not in RIDES_ALONG or any(room.probes for room in self.rooms)

    @property
    def is_without_mains(self) -> bool:
        """True when there is no mains now; what is silent may have it back."""
        return self.mains is not None and self.mains.is_fresh and not self.mains.is_on


@dataclass(frozen=True, slots=True)
class Place:
    """A facility with its equipment; a village post may have none, and is not silent for that."""

    row: Facility
    region: Region
    units: list[Unit]


@dataclass(frozen=True, slots=True)
class LotInside:
    """A lot that an alarm concerns."""

    id: str
    number: str
    vaccine: Vaccine | None
    doses: int | None


@dataclass(frozen=True, slots=True)
class HeldLot:
    """Doses of a lot that are not to be used, because of which excursion."""

    lot: LotInside
    case: Excursion
    facility: Facility
    equipment: Equipment | None
    compartment: Compartment | None  # None: somewhere at the facility
    since: int

    def may_be_in(self, unit: Unit) -> bool:
        """True where these doses lie in that equipment; or at its facility, if nobody knows where."""
        if self.compartment is None:
            return self.facility.code == unit.row.facility
        return self.compartment.equipment == unit.row.code


@dataclass(frozen=True, slots=True)
class Card:
    """An alarm that has not ended, with all that a person must know to take it."""

    case: AlarmCase
    facility: Facility | None
    equipment: Equipment | None
    compartment: Compartment | None
    lots: list[LotInside]
    steps: list[Transition]
    forecast: Forecast | None = None  # of its equipment, as it is now

    @property
    def kind(self) -> str:
        """What went wrong."""
        return self.case.alarm.kind

    @property
    def is_of_temperature(self) -> bool:
        """True for what a vaccine feels."""
        return Kind(self.kind).is_temperature

    @property
    def is_critical(self) -> bool:
        """True for what cannot wait."""
        return self.case.alarm.severity == Severity.CRITICAL

    @property
    def is_held(self) -> bool:
        """True where the lots that it names are not to be used."""
        return self.case.excursion is not None and self.case.excursion.is_held

    @property
    def since(self) -> int:
        """When the trouble began, not when it was found."""
        case = self.case
        if case.excursion:
            return case.excursion.first_bad
        return case.observation.start if case.observation else case.alarm.raised_at


@dataclass(frozen=True, slots=True)
class News:
    """Something that became known of an excursion; `before` is what was known until then."""

    revision: ExcursionRevision
    before: ExcursionRevision | None
    excursion: Excursion
    facility: Facility
    equipment: Equipment


@dataclass(frozen=True, slots=True)
class County:
    """The picture. `now` is domain time."""

    now: int
    places: list[Place]
    held: list[HeldLot]
    alarms: list[Card]
    news: list[News]
    due: list[Card]  # alarms that are over and that nobody closed

    def within(self, scope: Scope) -> "County":
        """The part that a caller sees."""
        if scope is None:
            return self
        return replace(
            self,
            places=[place for place in self.places if place.row.code in scope],
            held=[held for held in self.held if held.facility.code in scope],
            alarms=[card for card in self.alarms if card.facility and card.facility.code in scope],
            news=[news for news in self.news if news.facility.code in scope],
            due=[card for card in self.due if card.facility and card.facility.code in scope],
        )

    @property
    def units(self) -> list[Unit]:
        """All equipment."""
        return [unit for place in self.places for unit in place.units]

    def unit(self, code: str) -> tuple[Place, Unit] | None:
        """A piece of equipment and where it stands."""
        return next(((p, u) for p in self.places for u in p.units if u.row.code == code), None)
