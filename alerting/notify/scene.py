"""What an alarm is about, gathered from the archive for a text: where, what, since when, how far, which lots.

Gathered for many alarms at once: a burst of them costs as many questions as one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerting.notify.beside import Beside, beside
from coldchain.archive import cases, views
from coldchain.archive.alarms import Alarm
from coldchain.archive.cases import Observation
from coldchain.archive.db import Tx
from coldchain.archive.tables import Equipment, Facility
from coldchain.excursion import Case, LotsKnown


@dataclass(frozen=True, slots=True)
class Named:
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot as a person knows it."""

    vaccine: Named
    number: str
    doses: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a text may name; what is not known is None or empty."""

    alarm: Alarm
    facility: Named | None = None
    equipment: Named | None = None
    compartment: Named | None = None
    case: Case | None = None
    observation: Observation | None = None
    lots_known: LotsKnown = LotsKnown.NO
    lots: tuple[LotLine, ...] = ()
    place_short: str = ""  # 简称 of the facility …
    thing_short: str = ""  # … and of the equipment, at most six characters each
    feeder: str = ""  # the power line of the facility
    beside: tuple[Beside, ...] = ()  # what else went on there at that time

    @property
    def doses(self) -> int:
        """Over all lots."""
        return sum(lot.doses for lot in self.lots)

    @property
    def begun(self) -> int:
        """When it began, as the readings say where there are any."""
        if self.case:
            return self.case.facts.first_bad
        return self.observation.start if self.observation else self.alarm.raised_at


async def scenes_of(tx: Tx, alarms: Sequence[Alarm]) -> dict[int, Scene]:
    """Gather the scenes of these alarms, by the alarms' numbers."""
    found_cases = await cases.cases(tx, [alarm.excursion for alarm in alarms if alarm.excursion])
    seen = await cases.observations(tx, [alarm.observation for alarm in alarms if alarm.observation is not None])
    watched = [code for each in seen.values() for code in each.detail.get("equipment", ())]
    units = await views.equipment_of_each(tx, [*watched, *(alarm.equipment for alarm in alarms if alarm.equipment)])
    places = await views.facilities_named(
        tx, [*(unit.facility for unit in units.values()), *(alarm.facility for alarm in alarms if alarm.facility)]
    )
    rooms = await views.compartments_of(tx, [c.facts.compartment for c in found_cases.values() if c.facts.compartment])
    lots = await views.lot_names(tx, [share.lot for c in found_cases.values() for share in c.facts.lots])
    lines = {name: (Named(row[1].name_zh, row[1].name_en), row[0].number) for name, row in lots.items()}
    went_on = await beside(tx, list(found_cases.values()), units, places)
    scenes = {}
    for alarm in alarms:
        case = found_cases.get(alarm.excursion or "")
        observation = seen.get(alarm.observation or 0)
        unit = units.get(alarm.equipment or "")
        place = _place(alarm, unit, observation, units, places)
        room = rooms.get(case.facts.compartment or 0) if case else None
        scenes[alarm.id] = Scene(
            alarm=alarm,
            facility=Named(place.name_zh, place.name_en) if place else None,
            equipment=Named(unit.name_zh, unit.name_en) if unit else None,
            compartment=Named(room[0].name_zh, room[0].name_en) if room else None,
            case=case,
            observation=observation,
            lots_known=case.facts.lots_known if case else LotsKnown.NO,
            lots=_lots(case, lines) if case else (),
            place_short=place.short_zh if place else "",
            thing_short=unit.short_zh if unit else "",
            feeder=place.feeder if place else "",
            beside=went_on.get(case.id, ()) if case else (),
        )
    return scenes


def _place(
    alarm: Alarm,
    unit: Equipment | None,
    seen: Observation | None,
    units: Mapping[str, Equipment],
    places: Mapping[str, Facility],
) -> Facility | None:
    """Where it is; what a gateway watches is somewhere when all of it stands there."""
    if unit is not None:
        return places.get(unit.facility)
    if alarm.facility is not None:
        return places.get(alarm.facility)
    among: Iterable[str] = seen.detail.get("equipment", ()) if seen else ()
    stand = {units[code].facility for code in among if code in units}
    return places.get(stand.pop()) if len(stand) == 1 else None


def _lots(case: Case, lines: Mapping[str, tuple[Named, str]]) -> tuple[LotLine, ...]:
    return tuple(
        LotLine(lines[share.lot][0], lines[share.lot][1], share.doses)
        for share in case.facts.lots
        if share.lot in lines
    )
