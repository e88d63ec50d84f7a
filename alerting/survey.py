"""What should be speaking now, where it hangs and what it said last: one look at the archive, for everything that watches.

assignments in force + newest readings + silences that were broken ─► Survey ─► silence, warming, probes, health
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from alerting.excursion.observations import EVERYTHING, PAUSE_INTERVALS, Break, Heard, subjects_of
from alerting.excursion.stretch import VACCINE
from alerting.occasions import concerns
from coldchain.archive import cases, occasions, standing
from coldchain.archive.cases import Observation
from coldchain.archive.db import Tx
from coldchain.archive.occasions import Occasion, OccasionKind
from coldchain.archive.standing import Standing
from coldchain.archive.upkeep.words import Status
from coldchain.excursion import Kind
from coldchain.profile import Profile, profile_of
from coldchain.reading import ChannelName, Quantity, Reading, is_believed

ROOM = "ambient"  # the profile of what measures a room
LATELY_MS: Final = 24 * 3_600_000  # an outage that was over before accounts for nothing that is seen now


@dataclass(frozen=True, slots=True)
class Hung:
    """A thermometer, and the compartment that it has measured since then."""

    channel: str
    device: str  # gateway/device: what a certificate is about
    equipment: str
    type: str
    compartment: int
    profile: Profile
    is_vaccine: bool
    since: int
    interval_ms: int


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that stands somewhere at one moment, as far as watching goes."""

    at: int
    heard: Sequence[Heard]
    hung: Sequence[Hung]
    newest: Mapping[str, Reading]
    types: Mapping[str, str]  # of equipment, by its code
    outages: Mapping[str, Sequence[Occasion]] = field(default_factory=dict)  # planned, of late, by equipment

    def value_of(self, channel: str) -> float | None:
        """The newest value of a channel that was believed."""
        return believed(self.newest.get(channel))

    def room_of(self, equipment: str) -> float | None:
        """The warmest that is measured around a piece of equipment."""
        rooms = (self.value_of(h.channel) for h in self.hung if h.equipment == equipment and h.profile.name == ROOM)
        return max((each for each in rooms if each is not None), default=None)

    def planned_until(self, equipment: str, first: int, last: int) -> int | None:
        """The end of an outage that was planned for some of that time; None when none was."""
        its = self.outages.get(equipment, ())
        return max((each.end for each in its if each.start <= last and each.end > first), default=None)

    def watched_by(self) -> dict[str, list[str]]:
        """Which equipment hangs on which gateway (`gateway`), and on which of its devices (`gateway/device`)."""
        found: dict[str, set[str]] = defaultdict(set)
        for each in self.heard:
            if each.equipment:
                found[each.channel.gateway].add(each.equipment)
                for device in {each.channel.device, each.channel.device.rpartition(".")[0]} - {""}:
                    found[f"{each.channel.gateway}/{device}"].add(each.equipment)
        return {gateway: sorted(equipment) for gateway, equipment in found.items()}


def believed(reading: Reading | None) -> float | None:
    """Its value, if it is a measurement."""
    return reading.value if reading is not None and is_believed(reading.quality) else None


async def survey(tx: Tx, newest: Mapping[str, Reading], spoke: Mapping[str, int], at: int) -> Survey:
    """Look around. `newest` is the newest believed reading of every channel, `spoke` when it said anything at all."""
    site = await standing.standing(tx, at)
    heard = [
        Heard(
            channel=ChannelName.parse(assignment.channel),
            interval_ms=assignment.interval_s * 1000,
            last=max(assignment.start, reading.time if reading else assignment.start),
            value=believed(reading),
            equipment=assignment.equipment,
            has_spoken=reading is not None and reading.time >= assignment.start,
            is_faulty=at - spoke.get(assignment.channel, 0) <= PAUSE_INTERVALS * assignment.interval_s * 1000,
        )
        for assignment in site.hanging
        for reading in [newest.get(assignment.channel)]
    ]
    types = {piece.code: piece.type for piece in site.pieces}
    pauses = [PAUSE_INTERVALS * h.interval_ms for h in heard]
    is_quiet = any(at - h.last > pause for h, pause in zip(heard, pauses, strict=True))
    breaks = await _breaks(tx, at - max(pauses), spoken(newest)) if is_quiet else {}
    outages = await _outages(tx, site, at)
    return Survey(at, [_with(h, breaks) for h in heard], list(_hung(site, types)), newest, types, outages)


Spoken = Mapping[str, Sequence[tuple[str, int]]]  # gateway → (channel, time of its newest reading)


def spoken(newest: Mapping[str, Reading]) -> Spoken:
    """The newest times by gateway, so that a county of silences is compared without looking at every channel each time."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for channel, reading in newest.items():
        found[channel.partition("/")[0]].append((channel, reading.time))
    return found


def broken_at(seen: Observation, by_gateway: Spoken) -> int | None:
    """The earliest newest reading after a silence began; None while nothing of it was heard again."""
    if seen.subject == EVERYTHING:
        its = [time for channels in by_gateway.values() for _, time in channels]
    else:
        channels = by_gateway.get(seen.subject.partition("/")[0], ())
        its = [time for channel, time in channels if f"{channel}/".startswith(f"{seen.subject}/")]
    return min((time for time in its if time > seen.start), default=None)


def _hung(site: Standing, types: Mapping[str, str]) -> Iterable[Hung]:
    rooms = {room.id: room for room in site.rooms}
    spare = {piece.code for piece in site.pieces if piece.status == Status.SPARE}
    for assignment in site.hanging:
        name = ChannelName.parse(assignment.channel)
        if assignment.compartment is None or name.quantity is not Quantity.TEMPERATURE:
            continue
        room = rooms[assignment.compartment]
        yield Hung(
            channel=assignment.channel,
            device=f"{name.gateway}/{name.device}",
            equipment=assignment.equipment,
            type=types.get(assignment.equipment, ""),
            compartment=room.id,
            profile=profile_of(room.profile),
            is_vaccine=room.purpose == VACCINE and assignment.equipment not in spare,
            since=assignment.start,
            interval_ms=assignment.interval_s * 1000,
        )


async def _breaks(tx: Tx, since: int, by_gateway: Spoken) -> dict[str, Break]:
    """The last silence of each subject, if it was broken since then: whatever was part of an earlier one has had its pause."""
    last = {seen.subject: seen for seen in await cases.recent_observations(tx, Kind.SILENCE, since)}
    found = {}
    for subject, seen in last.items():
        broken = broken_at(seen, by_gateway)
        if broken is not None:
            found[subject] = Break(seen.start, broken if seen.end is None else seen.end)
    return found


async def _outages(tx: Tx, site: Standing, at: int) -> dict[str, list[Occasion]]:
    """The planned ones that have begun and lasted until lately, by equipment."""
    listed = await occasions.listed(tx, at - LATELY_MS)
    begun = [o for o in listed if o.kind is OccasionKind.PLANNED_OUTAGE and o.start <= at and o.withdrawn_at is None]
    if not begun:
        return {}
    feeders = await standing.feeders(tx)
    found = {
        piece.code: [each for each in begun if concerns(each, piece.code, piece.facility, feeders[piece.facility])]
        for piece in site.pieces
    }
    return {code: its for code, its in found.items() if its}


def _with(heard: Heard, breaks: Mapping[str, Break]) -> Heard:
    its = tuple(breaks[subject] for subject in subjects_of(heard.channel)[:-1] if subject in breaks)
    return replace(heard, breaks=its) if its else heard
