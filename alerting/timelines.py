"""Where each channel measured, from the archive: the stretches that judge it, and what it should be saying now.

Read once a channel and kept until the change journal names it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.excursion.rules import Pack
from alerting.excursion.stretch import Place, Stay, Stretch, stretches_of
from coldchain.archive import equipment
from coldchain.archive.db import Tx
from coldchain.errors import BadInput
from coldchain.reading import ChannelName, Quantity

EQUIPMENT_WIDE = "ambient"  # a channel of no compartment has no band of its own


@dataclass(frozen=True, slots=True)
class Timeline:
    """A channel's whole history of places."""

    stays: tuple[Stay, ...]
    stretches: tuple[Stretch, ...]

    def place_at(self, time: int) -> Stay | None:
        """Where it measured at a time."""
        return next((s for s in self.stays if s.start <= time and (s.end is None or time < s.end)), None)


class Timelines:
    """The timelines read so far."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = packs
        self._kept: dict[str, Timeline] = {}
        self._compartments: dict[int, equipment.Compartment] = {}

    def __getitem__(self, channel: str) -> Timeline:
        return self._kept[channel]

    def forget(self, channel: str) -> None:
        """A correction names the channel."""
        self._kept.pop(channel, None)

    def stretches(self) -> dict[str, Sequence[Stretch]]:
        """Stretches by channel, of all that were read."""
        return {channel: timeline.stretches for channel, timeline in self._kept.items()}

    async def read(self, tx: Tx, channels: Iterable[str]) -> None:
        """Make sure that these channels' timelines are there."""
        for channel in channels:
            if channel not in self._kept:
                self._kept[channel] = await self._timeline(tx, channel)

    async def _timeline(self, tx: Tx, channel: str) -> Timeline:
        assignments = await equipment.assignments_of(tx, channel)
        if any(a.compartment is not None and a.compartment not in self._compartments for a in assignments):
            self._compartments = {c.id: c for c in await equipment.compartments(tx)}
        stays = tuple(self._stay(a) for a in assignments)
        return Timeline(stays, stretches_of(stays, self._packs if _is_temperature(channel) else ()))

    def _stay(self, assignment: equipment.Assignment) -> Stay:
        place = Place(
            interval_ms=assignment.interval_s * 1000,
            profile=EQUIPMENT_WIDE,
            equipment=assignment.equipment,
            compartment=assignment.compartment,
        )
        if assignment.compartment is not None:
            compartment = self._compartments[assignment.compartment]
            place = Place(
                place.interval_ms, compartment.profile, place.equipment, place.compartment, compartment.purpose.value
            )
        return Stay(place, assignment.start, assignment.end)


def _is_temperature(channel: str) -> bool:
    try:
        return ChannelName.parse(channel).quantity is Quantity.TEMPERATURE
    except BadInput:
        return False
