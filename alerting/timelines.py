"""Where each channel measured and by which packs, from the archive: the stretches that judge it, and what it should say now.

    assignments ──────────┐
    compartments' uses ───┤
    equipment's statuses ─┤
    site's own packs ─────┼─► stays, cut wherever one of them changes ─► stretches
    choices of packs ─────┤
    buffers ──────────────┘

Read once a channel and kept until the change journal names it. All that are missing are read together: after a start
that is every channel of the site, and whoever asked of each alone would hold up every alarm meanwhile.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol, TypeVar

from alerting.excursion.rules import Pack
from alerting.excursion.stretch import BEGINNING, NEVER, Place, Stay, Stretch, stretches_of
from coldchain import logs
from coldchain.archive import equipment, probes, rule_choices, uses, views
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Assignment
from coldchain.archive.probes import Buffer
from coldchain.archive.rule_choices import Chosen
from coldchain.archive.rule_packs import SiteRules
from coldchain.archive.upkeep import life
from coldchain.archive.upkeep.words import Status
from coldchain.archive.uses import Purpose, Use
from coldchain.errors import BadInput
from coldchain.reading import ChannelName, Quantity

log = logging.getLogger(__name__)

EQUIPMENT_WIDE = "ambient"  # a channel of no compartment has no band of its own


class InForce(Protocol):
    """Something that holds in [start, end); `end` None = still."""

    @property
    def start(self) -> int: ...  # noqa: D102
    @property
    def end(self) -> int | None: ...  # noqa: D102


T = TypeVar("T", bound=InForce)


@dataclass(frozen=True, slots=True)
class Own:
    """In [start, end) these packs were the site's own."""

    start: int
    end: int | None
    packs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A channel's whole history of places."""

    stays: tuple[Stay, ...]
    stretches: tuple[Stretch, ...]

    def place_at(self, time: int) -> Stay | None:
        """Where it measured at a time."""
        return next((s for s in self.stays if s.start <= time and (s.end is None or time < s.end)), None)


class Timelines:
    """The timelines read so far. `packs` are those that are loaded, `own` the names of the site's own, unless told when."""

    def __init__(self, packs: Mapping[str, Pack], own: Sequence[str]) -> None:
        self._packs = packs
        self._own = [Own(BEGINNING, None, tuple(own))]
        self._kept: dict[str, Timeline] = {}
        self._at = NEVER  # what is to change later than this is not known yet …
        self._next: dict[str, int] = {}  # … but when it will have to be

    def __getitem__(self, channel: str) -> Timeline:
        return self._kept[channel]

    def obey(self, site: Sequence[SiteRules]) -> None:
        """Learn which packs were the site's own from when on; of those that are not loaded any more nothing can judge."""
        ends = [each.start for each in site[1:]] + [None]
        known = [(each, tuple(name for name in each.packs if name in self._packs)) for each in site]
        self._own = [Own(each.start, end, packs) for (each, packs), end in zip(known, ends, strict=True)]
        self._kept.clear()
        self._next.clear()

    def reach(self, at: int) -> dict[str, int]:
        """It is `at` by now: forget what was to change by then; returns those channels, each with when it did.

        A probe that is to be moved tomorrow is still where it is: an end that lies ahead ends nothing today.
        """
        self._at = at
        changed = {channel: time for channel, time in self._next.items() if time <= at}
        for channel in changed:
            self.forget(channel)
        return changed

    def forget(self, channel: str) -> None:
        """A correction names the channel."""
        self._kept.pop(channel, None)
        self._next.pop(channel, None)

    def stretches(self, channels: Iterable[str]) -> dict[str, Sequence[Stretch]]:
        """Stretches by channel, of those that were read: every decision asks, and a county has thousands of channels."""
        return {channel: self._kept[channel].stretches for channel in channels if channel in self._kept}

    async def read(self, tx: Tx, channels: Iterable[str]) -> None:
        """Make sure that these channels' timelines are there; however many are not, they take the same few questions."""
        missing = {channel: _quantity(channel) for channel in channels if channel not in self._kept}
        if not missing:
            return
        buffers = await probes.buffers_of(tx, [name for name, its in missing.items() if its is Quantity.TEMPERATURE])
        hung = await equipment.assignments_of_each(tx, [name for name, its in missing.items() if its is not None])
        begun = {channel: self._begun(channel, its) for channel, its in hung.items()}
        books = await _books(tx, [each for its in begun.values() for each in its])
        for channel, quantity in missing.items():
            its = self._begun(channel, buffers.get(channel, ()))
            stays = [stay for each in begun.get(channel, ()) for stay in self._stays(each, its, books)]
            stretches = () if quantity is None else stretches_of(stays, self._packs, (), quantity)
            self._kept[channel] = Timeline(tuple(stays), stretches)

    def _stays(self, assignment: Assignment, buffers: Sequence[Buffer], books: "_Books") -> Iterator[Stay]:
        """An assignment in pieces."""
        channel, inside, piece = assignment.channel, assignment.compartment, assignment.equipment
        end = self._end(assignment)
        stay = Stay(books.place(assignment), assignment.start, None if end == NEVER else end)
        chosen = self._begun(channel, [self._loaded(each) for each in books.chosen[piece, inside]])
        used = self._begun(channel, [] if inside is None else books.used[inside])
        statuses = self._begun(channel, [] if inside is None else books.statuses[piece])
        spare = [each for each in statuses if each.status is Status.SPARE]
        return self._cut(stay, chosen, buffers, used, spare)

    def _begun(self, channel: str, spans: Sequence[T]) -> list[T]:
        """What has begun by now; what begins later, or ends later, is remembered."""
        later = [edge for each in spans for edge in (each.start, each.end) if edge is not None and edge > self._at]
        if later:
            self._next[channel] = min([*later, self._next.get(channel, NEVER)])
        return [each for each in spans if each.start <= self._at]

    def _end(self, each: InForce) -> int:
        """When it ends, as far as that has come to pass."""
        return NEVER if each.end is None or each.end > self._at else each.end

    def _cut(
        self,
        stay: Stay,
        chosen: Sequence[Chosen],
        buffers: Sequence[Buffer],
        used: Sequence[Use],
        spare: Sequence[life.InForce],
    ) -> Iterator[Stay]:
        """A stay in pieces in each of which it was one use that the same packs judge by the same buffer.

        What is spare (备用) is for nothing meanwhile, whatever its compartments are for: nothing is kept in it.
        """
        end = NEVER if stay.end is None else stay.end
        spans: list[InForce] = [*self._own, *chosen, *buffers, *used, *spare]
        edges = {edge for each in spans for edge in (each.start, self._end(each))}
        for start, stop in pairwise([stay.start, *sorted(edge for edge in edges if stay.start < edge < end), end]):
            buffer, use = _in_force(buffers, start), _in_force(used, start)
            place = stay.place if buffer is None else replace(stay.place, buffer_ms=buffer.tau_s * 1000)
            place = place if use is None else replace(place, profile=use.profile, purpose=use.purpose.value)
            place = place if _in_force(spare, start) is None else replace(place, purpose=Purpose.EMPTY.value)
            yield Stay(place, start, None if stop == NEVER else stop, self._packs_at(start, chosen))

    def _packs_at(self, time: int, chosen: Sequence[Chosen]) -> tuple[str, ...]:
        own, choice = _in_force(self._own, time), _in_force(chosen, time)
        assert own is not None
        if choice is None or choice.packs is None:
            return own.packs if choice is None else choice.over(own.packs)
        beside = [name for name in own.packs if self._packs[name].is_beside]
        return tuple(dict.fromkeys([*choice.over(()), *beside]))

    def _loaded(self, chosen: Chosen) -> Chosen:
        """Without packs that are not there any more: what nobody can judge by, the site's own packs judge."""
        packs = None if chosen.packs is None else tuple(name for name in chosen.packs if name in self._packs)
        added = tuple(name for name in chosen.added if name in self._packs)
        if (packs, added) != (chosen.packs, chosen.added):
            fields = logs.fields(chosen=",".join([*(chosen.packs or ()), *chosen.added]), loaded=",".join(self._packs))
            log.error("a pack that was chosen is not loaded; the site's own judge in its place %s", fields)
        return replace(chosen, packs=packs or None, added=added)


@dataclass(frozen=True, slots=True)
class _Books:
    """What the archive says of the places at which some channels hang."""

    types: Mapping[str, str]  # of the equipment
    chosen: Mapping[rule_choices.Place, Sequence[Chosen]]
    used: Mapping[int, Sequence[Use]]
    statuses: Mapping[str, Sequence[life.InForce]]

    def place(self, assignment: Assignment) -> Place:
        """Where it hangs; what the place was for then, its uses say."""
        return Place(
            interval_ms=assignment.interval_s * 1000,
            profile=EQUIPMENT_WIDE,
            equipment=assignment.equipment,
            compartment=assignment.compartment,
            type=self.types.get(assignment.equipment),
        )


async def _books(tx: Tx, assignments: Sequence[Assignment]) -> _Books:
    inside = [(each.compartment, each.equipment) for each in assignments if each.compartment is not None]
    pieces = await views.equipment_of_each(tx, [each.equipment for each in assignments])
    return _Books(
        types={code: piece.type for code, piece in pieces.items()},
        chosen=await rule_choices.choices_for(tx, [(each.equipment, each.compartment) for each in assignments]),
        used=await uses.of_each(tx, [compartment for compartment, _ in inside]),
        statuses=await life.in_force(tx, [piece for _, piece in inside]),
    )


def _in_force(spans: Sequence[T], time: int) -> T | None:
    return next((each for each in spans if each.start <= time and (each.end is None or time < each.end)), None)


def _quantity(channel: str) -> Quantity | None:
    try:
        return ChannelName.parse(channel).quantity
    except BadInput:
        return None
