"""What gateways say of themselves, turned into observations: a full spool, a wrong clock, devices with an offset set.

    coldchain/v1/gw/+/health (retained) ─► Gateways.take ─► what was last said ─► Gateways.seen ─► observations

Kept in memory alone: after a start the broker says again what each gateway said last. Nothing is said of a gateway that
was not heard of yet, and `offline`, its last will, is a hint that changes nothing: silence is found in its readings.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from alerting.excursion.observations import Seen, loudest
from alerting.excursion.policy import Policy
from coldchain.excursion import Kind
from coldchain.wire import Health, SpoolHealth

MINUTE: Final = 60_000
ONLINE: Final = "online"
CLOCK_UNKNOWN: Final = "unknown"
OF_ITSELF: Final = (Kind.SPOOL_NEARLY_FULL, Kind.CLOCK_LOST, Kind.CLOCK_WRONG)
KINDS: Final = (*OF_ITSELF, Kind.OFFSET_SET)

FULL_SHARE: Final = 0.8  # of the file; what is on its way is a few batches, so this is days without a collector
LEAST_HOURS: Final = 24.0  # to the limit at the pace of the last hour: time to go there
WAITING_SHARE: Final = 0.1  # below it the hours left only say that the file is small, not that it fills
# The collector refuses what is later than its arrival by five minutes, so a clock ahead by more loses every reading's
# place in time. A message is under way for seconds; one that waited for a connection is late once, not twice in a row.
WRONG_MS: Final = 5 * MINUTE
LOOKS: Final = 2

Detail = Mapping[str, float | str | list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Since when something is wrong, and what is said of it."""

    since: int
    detail: Detail


@dataclass(frozen=True, slots=True)
class Said:
    """What a gateway said last, and what of it is trouble. `looks`: so often in a row its time was wrong; None = unknown."""

    at: int
    troubles: Mapping[Kind, Trouble]
    looks: int | None = None
    offsets: Mapping[str, Trouble | None] = field(default_factory=dict)  # of each device looked at; None: none is set

    def knows(self, kind: Kind) -> bool:
        """True when it is known whether there is such trouble."""
        return kind is not Kind.CLOCK_WRONG or (self.looks is not None and not 0 < self.looks < LOOKS)


class Gateways:
    """What each gateway said last."""

    def __init__(self) -> None:
        self._said: dict[str, Said] = {}

    def take(self, gateway: str, health: Health, at: int, *, is_retained: bool = False) -> None:
        """Hear a message. One that is older than what was heard before, or a last will, changes nothing.

        Args:
            gateway: who says it, from the topic.
            health: what it says.
            at: domain time of its arrival.
            is_retained: the broker kept it: it was said at its own `sent`, as far as that is known.
        """
        if health.state != ONLINE:
            return
        said_at = min(at, health.sent) if is_retained and health.sent else at
        before = self._said.get(gateway)
        if before is None or said_at >= before.at:
            self._said[gateway] = heard(before, health, said_at, is_retained=is_retained)

    def heard_at(self, gateway: str) -> int | None:
        """When a gateway last said anything of itself; None = not since we started."""
        said = self._said.get(gateway)
        return None if said is None else said.at

    def knows(self, subject: str, kind: Kind) -> bool:
        """True when it is known whether a gateway, or its device, has such trouble; what was seen before a start may go on."""
        gateway, _, device = subject.partition("/")
        said = self._said.get(gateway)
        if kind is Kind.OFFSET_SET:
            return said is not None and device in said.offsets
        return said is not None and said.knows(kind)

    def seen(self, policy: Policy, equipment: Mapping[str, Sequence[str]], at: int) -> list[Seen]:
        """What goes on, as loud as the policy has it. `equipment`: what each gateway, or each device, watches."""
        return [
            _seen(subject, kind, trouble, policy, equipment.get(subject, ()), at)
            for gateway, said in sorted(self._said.items())
            for subject, kind, trouble in _troubles(gateway, said)
        ]


def heard(before: Said | None, health: Health, at: int, *, is_retained: bool) -> Said:
    """What follows from a message, after the one before. Pure."""
    known = before.troubles if before else {}
    looks = before.looks if before else None
    details: dict[Kind, Detail] = {}
    if health.spool is not None and is_nearly_full(health.spool):
        details[Kind.SPOOL_NEARLY_FULL] = _fullness(health.spool)
    if health.clock == CLOCK_UNKNOWN:
        details[Kind.CLOCK_LOST] = {"boot": health.boot}
    if health.sent and not is_retained:  # what was kept says nothing of how long it was on its way
        off_ms = health.sent - at
        looks = (looks or 0) + 1 if abs(off_ms) > WRONG_MS else 0
        if looks >= LOOKS:
            details[Kind.CLOCK_WRONG] = {"off_s": round(off_ms / 1000)}
    elif Kind.CLOCK_WRONG in known:
        details[Kind.CLOCK_WRONG] = known[Kind.CLOCK_WRONG].detail
    troubles = {kind: Trouble(known[kind].since if kind in known else at, it) for kind, it in details.items()}
    return Said(at, troubles, looks, _offsets(before, health, at))


def _offsets(before: Said | None, health: Health, at: int) -> dict[str, Trouble | None]:
    """Of each device whose registers somebody looked at: what is set there, and since when that is known."""
    known = before.offsets if before else {}
    found: dict[str, Trouble | None] = dict(known)
    for device in (device for bus in health.buses for device in bus.devices):
        if device.offsets is not None:
            trouble = known.get(device.device)
            said: Detail = {"offsets": [msgspec.to_builtins(each) for each in device.offsets]}
            since = trouble.since if trouble and trouble.detail == said else at
            found[device.device] = Trouble(since, said) if device.offsets else None
    return found


def _troubles(gateway: str, said: Said) -> Iterator[tuple[str, Kind, Trouble]]:
    for kind, trouble in said.troubles.items():
        yield gateway, kind, trouble
    for device, offset in sorted(said.offsets.items()):
        if offset is not None:
            yield f"{gateway}/{device}", Kind.OFFSET_SET, offset


def is_nearly_full(spool: SpoolHealth) -> bool:
    """True when readings will be lost in a day, or four fifths are used."""
    if not spool.limit_bytes:
        return False
    share = spool.bytes / spool.limit_bytes
    return share >= FULL_SHARE or (
        share >= WAITING_SHARE and spool.hours_left is not None and spool.hours_left < LEAST_HOURS
    )


def _fullness(spool: SpoolHealth) -> Detail:
    said: dict[str, float | str] = {
        "share": round(spool.bytes / spool.limit_bytes, 2),
        "readings": spool.readings,
        "dropped": spool.dropped,
    }
    return said if spool.hours_left is None else said | {"hours_left": spool.hours_left}


def _seen(subject: str, kind: Kind, trouble: Trouble, policy: Policy, equipment: Sequence[str], at: int) -> Seen:
    return Seen(
        kind=kind,
        subject=subject,
        start=trouble.since,
        loudness=loudest([policy.loudness_of(kind, max(0, at - trouble.since))]),
        equipment=equipment[0] if len(equipment) == 1 else None,
        detail={**trouble.detail, "equipment": list(equipment)},
    )
