"""What an alarm is about, gathered from the archive for a text: where, what, since when, how far, which lots."""

from dataclasses import dataclass

from coldchain.archive import cases, places, views
from coldchain.archive.alarms import Alarm
from coldchain.archive.cases import Observation
from coldchain.archive.db import Tx
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

    @property
    def doses(self) -> int:
        """Over all lots."""
        return sum(lot.doses for lot in self.lots)


async def scene_of(tx: Tx, alarm: Alarm) -> Scene:
    """Gather an alarm's scene."""
    case = await cases.case(tx, alarm.excursion) if alarm.excursion else None
    observation = await cases.observation(tx, alarm.observation) if alarm.observation else None
    equipment, facility = await _place(tx, alarm.equipment)
    if facility is None and observation is not None:
        facility = await _watched_place(tx, observation)
    return Scene(
        alarm=alarm,
        facility=facility,
        equipment=equipment,
        compartment=await _compartment(tx, case.facts.compartment if case else None),
        case=case,
        observation=observation,
        lots_known=case.facts.lots_known if case else LotsKnown.NO,
        lots=await _lots(tx, case) if case else (),
    )


async def _place(tx: Tx, code: str | None) -> tuple[Named | None, Named | None]:
    stands = await views.equipment_of(tx, code) if code else None
    if stands is None:
        return None, None
    facility = await places.facility(tx, stands.facility)
    return Named(stands.name_zh, stands.name_en), Named(facility.name_zh, facility.name_en)


async def _watched_place(tx: Tx, seen: Observation) -> Named | None:
    """The facility of what a gateway watches, where all of that stands in one."""
    found = {(await _place(tx, code))[1] for code in seen.detail.get("equipment", ())}
    return found.pop() if len(found) == 1 else None


async def _compartment(tx: Tx, number: int | None) -> Named | None:
    if number is None:
        return None
    found = await views.compartments_of(tx, [number])
    return Named(found[number][0].name_zh, found[number][0].name_en) if number in found else None


async def _lots(tx: Tx, case: Case) -> tuple[LotLine, ...]:
    found = await views.lot_names(tx, [share.lot for share in case.facts.lots])
    return tuple(
        LotLine(Named(found[s.lot][1].name_zh, found[s.lot][1].name_en), found[s.lot][0].number, s.doses)
        for s in case.facts.lots
        if s.lot in found
    )
