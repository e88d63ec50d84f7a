"""How pages say what is so now: a compartment's word, the county in one sentence, a forecast, a reading; on `terms`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from coldchain.archive.tables import Equipment
from coldchain.reading import ChannelName, Fault, Quality, Quantity, Reading
from dashboards.county import Card, County, Forecast, Place, Unit
from dashboards.i18n import N_, NN_, Language
from dashboards.status import Condition, State, Why, worst
from dashboards.terms import BASES, FAULTS, STATES, TYPES, WHYS, word

SWITCHES: Mapping[Quantity, tuple[str, str]] = {
    Quantity.DOOR: (N_("closed"), N_("open")),
    Quantity.POWER: (N_("off"), N_("on")),
    Quantity.COMPRESSOR: (N_("resting"), N_("running")),
}
ON = 0.5
# What a county's sentence counts, the worst first.
COUNTED: Mapping[State, tuple[str, str]] = {
    State.HEAT: NN_("%(n)s too warm", "%(n)s too warm"),
    State.FREEZE: NN_("%(n)s too cold", "%(n)s too cold"),
    State.UNKNOWN: NN_("%(n)s unknown", "%(n)s unknown"),
    State.HIGH: NN_("%(n)s above its band", "%(n)s above their band"),
    State.LOW: NN_("%(n)s below its band", "%(n)s below their band"),
    State.NORMAL: NN_("%(n)s in range", "%(n)s in range"),
}


def condition(found: Condition, now: int, language: Language) -> str:
    """The word of a compartment, and for what is unknown since when and why."""
    if found.state is not State.UNKNOWN:
        return language.text(STATES[found.state])
    why = language.text(WHYS[found.why]) if found.why else ""
    if found.why is Why.PROBE_FAULT and found.fault in FAULTS:
        why = language.text(FAULTS[found.fault])
    if found.since is None:
        return language.text("unknown (%(why)s)", why=why)
    return language.text("unknown for %(span)s (%(why)s)", span=language.span(now - found.since), why=why)


def forecast(found: Forecast, now: int, language: Language) -> str:
    """When which limit is passed if nothing changes: the time left runs down to it."""
    limit = f"{found.limit_c:g} °C"
    if found.at <= now:
        return language.text("expected at %(limit)s by now", limit=limit)
    facts = {"limit": limit, "time": language.when(found.at, now), "span": language.span(found.at - now)}
    if found.is_rising:
        text = language.text("reaches %(limit)s at about %(time)s, in %(span)s", **facts)
    else:
        text = language.text("falls to %(limit)s at about %(time)s, in %(span)s", **facts)
    return text + _between(found, now, language)


def _between(found: Forecast, now: int, language: Language) -> str:
    if found.early is None:
        return ""
    early = language.span(max(0, found.early - now))
    if found.late is None:
        return language.text(" (%(early)s, or much later)", early=early)
    return language.text(" (%(early)s to %(late)s)", early=early, late=language.span(found.late - now))


def basis(found: Forecast, language: Language) -> str:
    """What a forecast rests on; always said to be an estimate."""
    if found.basis not in BASES:
        return language.text("(estimate)")
    return language.text("(estimate from %(basis)s)", basis=language.text(BASES[found.basis]))


@dataclass(frozen=True, slots=True)
class Sentence:
    """The state of the whole county in one sentence, and the worst state in it."""

    text: str
    state: State


def sentence(county: County, language: Language) -> Sentence:
    """All that somebody needs who has no more than a second."""
    states: Counter[State] = Counter(unit.state for unit in county.units if unit.state is not State.NONE)
    n = sum(states.values())
    if not n:
        return Sentence(language.text("No equipment is watched here yet."), State.NONE)
    more = _without_mains(county.units, language)
    if states[State.NORMAL] == n:
        text = language.count(
            "The one piece of equipment is in range.", "All %(n)s pieces of equipment are in range.", n
        )
        return Sentence(text + more, State.NORMAL)
    parts = [_counted(state, states[state], language) for state in COUNTED if states[state]]
    text = language.text("%(n)s pieces of equipment: %(parts)s.", n=n, parts=language.text(", ").join(parts))
    return Sentence(text + more, worst(unit.state for unit in county.units))


def wanting(county: County) -> list[tuple[str, list[Place]]]:
    """(shape, places) of whatever is not as it should be, the worst first: where to look."""
    found: list[tuple[str, list[Place]]] = [
        (state, [place for place in county.places if any(unit.state is state for unit in place.units)])
        for state in COUNTED
        if state is not State.NORMAL
    ]
    found.append(("power", [place for place in county.places if any(unit.is_without_mains for unit in place.units)]))
    return [(shape, places) for shape, places in found if places]


def _counted(state: State, n: int, language: Language) -> str:
    one, many = COUNTED[state]
    return language.count(one, many, n)


def _without_mains(units: list[Unit], language: Language) -> str:
    n = sum(unit.is_without_mains for unit in units)
    return language.count(" %(n)s has no mains power.", " %(n)s have no mains power.", n) if n else ""


def where(card: Card, language: Language) -> str:
    """Facility, equipment, compartment."""
    parts = [language.name(row) for row in (card.facility, card.equipment, card.compartment) if row is not None]
    return " · ".join(parts)


def equipment_type(row: Equipment, language: Language) -> str:
    """What kind of equipment it is."""
    return word(TYPES, row.type, language)


def reading(found: Reading, language: Language) -> str:
    """A reading as people say it: a value with its unit, open or closed, on or off, or the fault."""
    quality = Quality.of(found.quality)
    if quality.fault is not Fault.NONE or found.value is None:
        return word(FAULTS, quality.fault, language) if quality.fault in FAULTS else "—"
    quantity = ChannelName.parse(found.channel).quantity
    if quantity is Quantity.TEMPERATURE:
        return language.degrees(found.value, 2)
    if quantity.is_binary:
        return language.text(SWITCHES[quantity][int(found.value >= ON)])
    return f"{found.value:g} {quantity.unit}"
