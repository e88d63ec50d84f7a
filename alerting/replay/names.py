"""What names stand for: another platform's alarm names a fridge or a probe its own way, and ours have several names each.

A channel goes by its own name, by its device, by its equipment's names, and by whatever a file of names says by hand.
Where a name may mean several things the facility decides; where that does not help, nobody guesses. After: `vendor`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What a name stands for: channels of ours, and the facilities (as `key_of` their names) that tell it apart."""

    channels: frozenset[str]
    facilities: frozenset[str] = frozenset()


Names = Mapping[str, Sequence[Subject]]  # `key_of` a name → what it may stand for


def key_of(name: str) -> str:
    """A name as it is looked up: case and blanks make no difference."""
    return "".join(name.split()).casefold()


def lookup(names: Names, name: str, facility: str) -> Sequence[Subject]:
    """What a name stands for; not exactly one: nothing, or several things that even the facility does not tell apart."""
    subjects = names.get(key_of(name), ())
    if len(subjects) > 1 and facility:
        return [subject for subject in subjects if key_of(facility) in subject.facilities]
    return subjects


def names_of_channels(channels: Iterable[str]) -> dict[str, list[Subject]]:
    """What channels go by of themselves: their own name, their device with its gateway, and their device."""
    names: dict[str, list[Subject]] = {}
    devices: dict[str, set[str]] = defaultdict(set)
    for channel in channels:
        names[key_of(channel)] = [Subject(frozenset({channel}))]
        device, _, _ = channel.rpartition("/")
        if device.count("/") == 1:
            devices[device].add(channel)
    for device, its in devices.items():
        for name in (device, device.partition("/")[2]):
            names.setdefault(key_of(name), []).append(Subject(frozenset(its)))
    return names


def joined(*several: Names) -> dict[str, list[Subject]]:
    """All of them; a name that several know may mean each of the different things."""
    names: dict[str, list[Subject]] = {}
    for each in several:
        for name, subjects in each.items():
            kept = names.setdefault(name, [])
            kept += [subject for subject in subjects if subject not in kept]
    return names


def with_given(names: Names, given: Iterable[tuple[str, str]]) -> Names:
    """The same with names given by hand: each stands for all that its rows name, and for nothing else."""
    by_hand: dict[str, set[str]] = defaultdict(set)
    for theirs, ours in given:
        by_hand[key_of(theirs)] |= {c for subject in names.get(key_of(ours), ()) for c in subject.channels}
    return {**names, **{name: [Subject(frozenset(channels))] for name, channels in by_hand.items() if channels}}
