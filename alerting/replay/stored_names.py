"""The names that the archive knows its equipment by, so that another platform's alarms find their channels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from alerting.excursion.stretch import Stay
from alerting.replay.names import Names, Subject, key_of
from coldchain.archive import equipment, places, views
from coldchain.archive.db import Tx

Texts = Sequence[str]


async def names_in(tx: Tx, stays: Mapping[str, Sequence[Stay]]) -> Names:
    """Equipment by its code and names, alone or after its facility's; a compartment by its name after the equipment's."""
    whole: dict[str, set[str]] = defaultdict(set)
    parts: dict[tuple[str, int], set[str]] = defaultdict(set)
    for channel, its in stays.items():
        for place in (stay.place for stay in its):
            if place.equipment is not None:
                whole[place.equipment].add(channel)
                if place.compartment is not None:
                    parts[place.equipment, place.compartment].add(channel)
    names: dict[str, list[Subject]] = defaultdict(list)
    for code, channels in whole.items():
        stands = await views.equipment_of(tx, code)
        assert stands is not None  # an assignment refers to it
        facility = await places.facility(tx, stands.facility)
        there = [facility.name_zh, facility.name_en, facility.short_zh]
        own = [code, stands.name_zh, stands.name_en, stands.short_zh]
        where = frozenset(key_of(name) for name in [facility.code, *there])
        _add(names, [*own, *_after(there, own)], Subject(frozenset(channels), where))
        for each in await equipment.compartments(tx, equipment=code):
            inside = parts.get((code, each.id))
            if inside:
                of_it = _after(own, [each.name, each.name_zh, each.name_en])
                _add(names, [*of_it, *_after(there, of_it)], Subject(frozenset(inside), where))
    return names


def _after(first: Texts, then: Texts) -> list[str]:
    return [one + other for one in first if one for other in then]


def _add(names: dict[str, list[Subject]], texts: Texts, subject: Subject) -> None:
    for name in {key_of(text) for text in texts if text}:
        names[name].append(subject)
