"""The picture's lists, joined from the archive's rows: alarms with their places and lots, held lots, news; before: drawing."""

from collections.abc import Iterable, Mapping, Sequence

from coldchain.archive.holds import Hold
from coldchain.archive.tables import Excursion, ExcursionRevision, Lot, Transition, Vaccine
from coldchain.archive.views import AlarmCase, Site
from dashboards.county import Card, Forecast, HeldLot, LotInside, News

Lots = Mapping[str, tuple[Lot, Vaccine]]


def held_of(site: Site, held: Iterable[Hold], because: Mapping[str, Excursion], lots: Lots) -> list[HeldLot]:
    """Holds in force, with what they hold and why."""
    facilities = {row.code: row for row in site.facilities}
    equipment = {row.code: row for row in site.equipment}
    compartments = {row.id: row for row in site.compartments}
    found = []
    for hold, doses in _by_place(held):
        room = compartments.get(hold.compartment or 0)
        unit = equipment.get(room.equipment) if room else None
        lot = _lot_inside(hold.lot, doses, lots)
        found.append(HeldLot(lot, because[hold.excursion], facilities[hold.facility], unit, room, hold.since))
    return found


def _by_place(held: Iterable[Hold]) -> list[tuple[Hold, int]]:
    """One of the holds that an excursion has on a lot in a place, with the doses of all of them: some were brought there."""
    found: dict[tuple[str, str, str, int | None], tuple[Hold, int]] = {}
    for hold in held:
        key = (hold.excursion, hold.lot, hold.facility, hold.compartment)
        first, doses = found.get(key, (hold, 0))
        found[key] = (first, doses + hold.doses)
    return list(found.values())


def cards_of(
    site: Site,
    cases: Sequence[AlarmCase],
    steps: Sequence[Transition],
    lots: Lots,
    forecasts: Mapping[str, Forecast | None],
) -> list[Card]:
    """Alarms with all that a person must know to take them: critical ones first, then temperatures, then the newest."""
    facilities = {row.code: row for row in site.facilities}
    equipment = {row.code: row for row in site.equipment}
    compartments = {row.id: row for row in site.compartments}
    cards = []
    for case in cases:
        alarm, seen = case.alarm, case.observation
        # A silent gateway is one alarm for all that it watches; where it stands follows from any of that.
        named = [equipment[code] for code in (seen.detail.get("equipment") or [] if seen else []) if code in equipment]
        unit = equipment.get(alarm.equipment or "")
        place = alarm.facility or (named[0].facility if named else "")
        room = compartments.get(case.excursion.compartment or 0) if case.excursion else None
        inside = lots_inside(case.excursion, lots) if case.excursion else []
        its = [step for step in steps if step.alarm == alarm.id]
        expected = forecasts.get(alarm.equipment or "")
        cards.append(Card(case, facilities.get(place), unit, room, inside, its, expected))
    return sorted(cards, key=lambda card: (not card.is_critical, not card.is_of_temperature, -card.case.alarm.id))


def news_of(
    site: Site, recent: Sequence[tuple[ExcursionRevision, Excursion]], revisions: Sequence[ExcursionRevision]
) -> list[News]:
    """What became known lately, with what was known before."""
    facilities = {row.code: row for row in site.facilities}
    equipment = {row.code: row for row in site.equipment}
    known = {(row.excursion, row.revision): row for row in revisions}
    return [
        News(row, known.get((row.excursion, row.revision - 1)), case, facilities[unit.facility], unit)
        for row, case in recent
        if (unit := equipment.get(case.equipment or ""))
    ]


def lots_inside(excursion: Excursion, lots: Lots) -> list[LotInside]:
    """The lots that an excursion names, with their printed numbers."""
    return [_lot_inside(entry["lot"], entry.get("doses"), lots) for entry in excursion.lots]


def _lot_inside(lot: str, doses: int | None, lots: Lots) -> LotInside:
    known = lots.get(lot)
    return LotInside(lot, known[0].number if known else lot, known[1] if known else None, doses)
