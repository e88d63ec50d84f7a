"""How pages tell of what was watched beside temperatures: silence, mains, clocks, probes; after: history; before: templates."""

from collections.abc import Callable, Mapping
from typing import Any

from coldchain.archive.tables import Observation
from coldchain.excursion import Kind
from coldchain.reading import Quantity
from dashboards import words
from dashboards.county import Forecast, Unit
from dashboards.history import EVERYTHING, Event
from dashboards.i18n import HOUR, Language
from dashboards.terms import MAINS, POSITIONS, QUANTITIES, word

Detail = Mapping[str, Any]
_OF_ITSELF = frozenset({Kind.DOOR_OPEN, Kind.BATTERY_LOW})  # the kind names what it is about
_UNITS = {quantity.value: quantity.unit for quantity in Quantity}


def subject(name: str, unit: Unit, language: Language) -> str:
    """What an event is about: everything, a gateway, one of its devices, a channel; of the equipment itself, nothing."""
    if name == unit.row.code:
        return ""
    if name == EVERYTHING:
        return language.text("all gateways")
    gateway, _, rest = name.partition("/")
    device, _, quantity = rest.partition("/")
    if not rest:
        return language.text("gateway %(name)s", name=gateway)
    if not quantity:
        return language.text("device %(name)s", name=device)
    return _channel(name, quantity, unit, language)


def _channel(name: str, quantity: str, unit: Unit, language: Language) -> str:
    for room in unit.rooms:
        for probe in room.probes:
            if probe.channel == name:
                where = word(POSITIONS, probe.position, language) if probe.position else ""
                return " ".join(part for part in (language.name(room.row), where) if part)
    return word(QUANTITIES, quantity, language)


def line(event: Event, unit: Unit, now: int, language: Language) -> str:
    """An event in one line: when, of what, what is known of it, and in what it went on."""
    said = [_times(event, now, language)]
    if event.kind not in _OF_ITSELF:
        said.append(subject(event.subject, unit, language))
    if event.seen is not None:
        said += observed(event.seen, now, language, unit.forecast)
        if into := event.seen.detail.get("into"):
            said.append(language.text("went on as: %(subject)s", subject=subject(str(into), unit, language)))
    return language.text("; ").join(part for part in said if part)


def _times(event: Event, now: int, language: Language) -> str:
    start, span = language.when(event.start, now), language.span(event.lasted(now))
    if event.end is None:
        return language.text("since %(time)s, %(span)s", time=start, span=span)
    return f"{start} – {language.when(event.end, now)}"


def observed(seen: Observation, now: int, language: Language, expected: Forecast | None) -> list[str]:
    """What an observation says beside its times; what was expected is said only while it goes on.

    Args:
        seen: the observation.
        now: domain time.
        language: the reader's.
        expected: of its equipment, as it is now: lost mains, and what was expected when they were lost, are older.
    """
    say = _DETAILS.get(Kind(seen.kind))
    said = say(seen.detail, language) if say else []
    found = _expected(seen) if seen.end is None else None
    if found and seen.kind == Kind.POWER_LOSS:
        found = expected
    if found:
        said.append(f"{words.forecast(found, now, language)} {words.basis(found, language)}")
    return said


def _expected(seen: Observation) -> Forecast | None:
    if seen.kind == Kind.FORECAST:
        return Forecast.told(seen.detail, seen.start)
    told = seen.detail.get("forecast")
    return Forecast.told(told, seen.start) if told else None


def _silence(detail: Detail, language: Language) -> list[str]:
    said = [word(MAINS, str(detail.get("mains", "unknown")), language)]
    if detail.get("is_out"):
        said.append(language.text("out of its band when last heard"))
    return [*said, *_planned(detail, language)]


def _planned(detail: Detail, language: Language) -> list[str]:
    until = detail.get("planned")
    return [language.text("planned outage until %(time)s", time=language.when(int(until)))] if until else []


def _apart(detail: Detail, language: Language) -> list[str]:
    by_k = detail.get("by_k")
    return [] if by_k is None else [language.text("by %(kelvin)s", kelvin=language.kelvin(float(by_k)))]


def _spool(detail: Detail, language: Language) -> list[str]:
    said = []
    if (share := detail.get("share")) is not None:
        said.append(language.text("%(percent)s full", percent=f"{float(share):.0%}"))
    if (hours := detail.get("hours_left")) is not None:
        said.append(language.text("room for another %(span)s", span=language.span(round(float(hours) * HOUR))))
    if dropped := detail.get("dropped"):
        said.append(language.count("%(n)s reading lost", "%(n)s readings lost", int(dropped)))
    return said


def _clock(detail: Detail, language: Language) -> list[str]:
    off_s = detail.get("off_s")
    if off_s is None:
        return []
    span = language.span(abs(round(float(off_s) * 1000)))
    if float(off_s) > 0:
        return [language.text("fast by %(span)s", span=span)]
    return [language.text("slow by %(span)s", span=span)]


def _calibration(detail: Detail, language: Language) -> list[str]:
    due = detail.get("due_on")
    return [language.text("was due on %(day)s", day=due)] if due else []


def _offsets(detail: Detail, language: Language) -> list[str]:
    return [
        language.text(
            "adds %(value)s to its %(quantity)s",
            value=f"{float(each['adds']):+g} {_UNITS.get(str(each['quantity']), '')}".rstrip(),
            quantity=word(QUANTITIES, str(each["quantity"]), language),
        )
        for each in detail.get("offsets", ())
    ]


_DETAILS: Mapping[Kind, Callable[[Detail, Language], list[str]]] = {
    Kind.SILENCE: _silence,
    Kind.POWER_LOSS: _planned,
    Kind.DISAGREEMENT: _apart,
    Kind.DRIFT: _apart,
    Kind.SPOOL_NEARLY_FULL: _spool,
    Kind.CLOCK_WRONG: _clock,
    Kind.OFFSET_SET: _offsets,
    Kind.CALIBRATION_EXPIRED: _calibration,
}
