"""How pages say what the archive keeps in short words: states, kinds, reasons. Every entry is in both catalogues."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from coldchain.archive.tables import Equipment, Excursion, ExcursionRevision
from coldchain.excursion import CaseState, Kind
from coldchain.reading import ChannelName, Fault, Quality, Quantity, Reading
from dashboards.county import Card, County, Forecast, Place, Unit
from dashboards.i18n import N_, NN_, Language
from dashboards.status import Condition, State, Why, worst

STATES: Mapping[str, str] = {
    State.NORMAL: N_("in range"),
    State.HEAT: N_("too warm"),
    State.FREEZE: N_("too cold"),
    State.HIGH: N_("above band"),
    State.LOW: N_("below band"),
    State.UNKNOWN: N_("unknown"),
    State.NONE: N_("no probe"),
}
KINDS: Mapping[str, str] = {
    Kind.HEAT: N_("too warm"),
    Kind.FREEZE: N_("too cold"),
    Kind.CUMULATIVE_HEAT: N_("too warm for too long in all"),
    Kind.CUMULATIVE_FREEZE: N_("too cold for too long in all"),
    Kind.SILENCE: N_("no readings"),
    Kind.POWER_LOSS: N_("no mains power"),
    Kind.DOOR_OPEN: N_("door open"),
}
WHYS: Mapping[str, str] = {
    Why.GATEWAY_POWER: N_("gateway has no power"),
    Why.GATEWAY_OFFLINE: N_("gateway offline"),
    Why.PROBE_FAULT: N_("probe fault"),
    Why.SILENT: N_("no readings arrive"),
    Why.NEVER: N_("nothing ever arrived"),
}
FAULTS: Mapping[int, str] = {
    Fault.GARBLED: N_("garbled"),
    Fault.POWER_ON: N_("probe restarted (85.0)"),
    Fault.DISCONNECTED: N_("probe unplugged"),
    Fault.ZERO_SCRATCHPAD: N_("probe line shorted"),
    Fault.OUT_OF_PHYSICS: N_("impossible value"),
    Fault.NO_ANSWER: N_("probe does not answer"),
    Fault.DEVICE_ERROR: N_("device reports an error"),
    Fault.NOT_A_NUMBER: N_("no number"),
}
CASE_STATES: Mapping[str, str] = {
    CaseState.OPEN: N_("goes on"),
    CaseState.CLOSED: N_("ended"),
    CaseState.MERGED: N_("merged into another"),
    CaseState.WITHDRAWN: N_("withdrawn: it never was"),
}
SEVERITIES: Mapping[str, str] = {"note": N_("note"), "warning": N_("warning"), "critical": N_("critical")}
TYPES: Mapping[str, str] = {
    "domestic_fridge": N_("domestic refrigerator"),
    "medical_fridge": N_("medical refrigerator"),
    "ilr": N_("ice-lined refrigerator"),
    "freezer": N_("freezer"),
    "ultra_freezer": N_("ultra-low freezer"),
    "cold_room": N_("cold room"),
    "freezer_room": N_("freezer room"),
    "cold_box": N_("cold box"),
    "carrier": N_("vaccine carrier"),
    "vehicle": N_("refrigerated vehicle"),
    "other": N_("other equipment"),
}
EQUIPMENT_STATUSES: Mapping[str, str] = {
    "normal": N_("in use"),
    "repair": N_("in repair"),
    "spare": N_("spare"),
    "moved": N_("moved elsewhere"),
    "scrapped": N_("scrapped"),
}
# Where a probe hangs; other positions are shown as they were entered.
POSITIONS: Mapping[str, str] = {
    "middle": N_("middle"),
    "door": N_("at the door"),
    "back": N_("at the back"),
    "contents": N_("among the vaccine"),
    "bottom": N_("bottom"),
    "lid": N_("near the lid"),
}
QUANTITIES: Mapping[str, str] = {
    "temperature": N_("temperature"),
    "humidity": N_("humidity"),
    "door": N_("door"),
    "power": N_("mains power"),
    "compressor": N_("compressor"),
    "voltage": N_("voltage"),
    "battery": N_("battery"),
    "signal": N_("signal"),
}
ROLES: Mapping[str, str] = {
    "clinic": N_("clinic"),
    "manager": N_("manager"),
    "auditor": N_("auditor"),
    "administrator": N_("administrator"),
}
REASONS: Mapping[str, str] = {
    "opened": N_("found"),
    "continued": N_("goes on"),
    "late_data": N_("revised by data that arrived late"),
    "ended": N_("ended"),
    "lots": N_("the lots inside were corrected"),
    "merged": N_("merged into another"),
    "withdrawn": N_("withdrawn"),
    "reopened": N_("opened again"),
    "rule_changed": N_("the rule changed"),
}
REFUSALS: Mapping[str, str] = {
    "retained": N_("a retained message: readings must not be"),
    "version": N_("of a version that is not known"),
    "too_large": N_("too large"),
    "malformed": N_("not readable"),
    "shape": N_("a field is missing or of the wrong type"),
    "name": N_("a name that cannot be a channel"),
    "quality": N_("a quality code that nobody knows"),
    "value": N_("an impossible value"),
    "future": N_("a time in the future"),
    "past": N_("a time before any of this was built"),
    "conflict": N_("another value stands at this time already"),
    "database": N_("refused by the database"),
}
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


K = TypeVar("K", str, int)


def word(table: Mapping[K, str], key: K, language: Language) -> str:
    """The word for a key; a key that no table knows yet is shown as it is, never hidden."""
    return language.text(table[key]) if key in table else str(key)


def kind(key: str, language: Language) -> str:
    """What went wrong."""
    return word(KINDS, key, language)


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
    """What is expected if mains stays away."""
    limit = f"{found.limit_c:g} °C"
    if found.at <= now:
        return language.text("expected at %(limit)s by now", limit=limit)
    return language.text(
        "reaches %(limit)s at about %(time)s, in %(span)s",
        limit=limit,
        time=language.when(found.at, now),
        span=language.span(found.at - now),
    )


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


def extreme(case: Excursion | ExcursionRevision, language: Language) -> str:
    """The furthest temperature of an excursion."""
    return language.degrees(None if case.extreme_mc is None else case.extreme_mc / 1000)


def revision(before: ExcursionRevision | None, after: ExcursionRevision, language: Language) -> str:
    """What a revision changed, in words: an excursion that began earlier than was known says so."""
    said = [word(REASONS, after.reason, language)]
    if before is not None and before.first_bad != after.first_bad:
        said.append(
            language.text(
                "start revised from %(old)s to %(new)s",
                old=language.when(before.first_bad),
                new=language.when(after.first_bad),
            )
        )
    if before is not None and before.extreme_mc != after.extreme_mc and after.extreme_mc is not None:
        said.append(language.text("extreme %(value)s", value=extreme(after, language)))
    if before is not None and before.severity != after.severity:
        said.append(language.text("now %(severity)s", severity=word(SEVERITIES, after.severity, language)))
    return language.text("; ").join(said)


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
