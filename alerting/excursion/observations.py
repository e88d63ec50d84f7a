"""Observations: silence and lost mains, seen at an instant from what was then known. Pure; never recomputed.

Silence has one cause and is one event: when every channel of a gateway is silent, the gateway is; when every channel of
a device is, the device. It begins with the last reading, ends with the next, and is critical when the last that was
heard was an exceedance. Lost mains begin and end with the readings of a power channel.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from alerting.excursion.policy import Policy
from coldchain.excursion import Severity
from coldchain.reading import ChannelName, Quantity, Trace, is_believed

EVERYTHING = "site"  # the subject when no gateway at all is heard: our own broker, collector or store is the cause


class Cause(StrEnum):
    """Why a subject may be silent."""

    POWER = "power"  # it said that the mains were lost before it fell silent
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was last heard of a channel that should be speaking."""

    channel: ChannelName
    interval_ms: int
    last: int  # its newest reading; without any, when it was assigned
    value: float | None = None
    is_out: bool = False  # a run is pending or open there
    equipment: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """A subject that should speak and does not."""

    subject: str
    start: int
    severity: Severity
    cause: Cause
    equipment: tuple[str, ...]
    channels: tuple[str, ...]
    is_out: bool


@dataclass(frozen=True, slots=True)
class MainsEvent:
    """The mains were lost or came back, as a power channel says."""

    time: int
    is_lost: bool


def silences(heard: Iterable[Heard], policy: Policy, now: int) -> list[Silence]:
    """The subjects that are silent now, each as wide as its cause."""
    everything = sorted(heard, key=lambda h: str(h.channel))
    if len({h.channel.gateway for h in everything}) > 1 and _are_silent(everything, policy, now):
        return [_silence(EVERYTHING, everything, policy, now)]
    found = []
    for gateway, channels in _grouped(everything, lambda h: h.channel.gateway):
        if _are_silent(channels, policy, now):
            found.append(_silence(gateway, channels, policy, now))
            continue
        for device, its in _grouped(channels, lambda h: f"{h.channel.gateway}/{h.channel.device}"):
            if _are_silent(its, policy, now):
                found.append(_silence(device, its, policy, now))
            else:
                found += [_silence(str(h.channel), [h], policy, now) for h in its if _are_silent([h], policy, now)]
    return found


def subjects_of(channel: ChannelName) -> tuple[str, str, str, str]:
    """Every subject that a reading of this channel breaks the silence of."""
    return EVERYTHING, channel.gateway, f"{channel.gateway}/{channel.device}", str(channel)


def mains_events(trace: Trace, *, is_lost: bool) -> list[MainsEvent]:
    """Where a power channel changes its mind; `is_lost` is what it said before."""
    events = []
    for time, value, code in zip(trace.t, trace.v, trace.q, strict=True):
        if value is None or not is_believed(code):
            continue
        says_lost = value < 0.5  # 1 = mains, 0 = none
        if says_lost != is_lost:
            is_lost = says_lost
            events.append(MainsEvent(time, is_lost))
    return events


def _are_silent(channels: Sequence[Heard], policy: Policy, now: int) -> bool:
    """All of them, for longer than a pause; what speaks only twice a day is not silent after half an hour."""
    return bool(channels) and all(
        now - h.last > 3 * h.interval_ms and policy.loudness_of_silence(now - h.last, is_out=False) is not None
        for h in channels
    )


def _silence(subject: str, channels: Sequence[Heard], policy: Policy, now: int) -> Silence:
    start = max(h.last for h in channels)
    is_out = any(h.is_out for h in channels)
    severity = policy.loudness_of_silence(now - start, is_out=is_out)
    assert severity is not None
    power = [h for h in channels if h.channel.quantity is Quantity.POWER]
    is_power = any(h.value is not None and h.value < 0.5 for h in power)
    return Silence(
        subject=subject,
        start=start,
        severity=severity,
        cause=Cause.POWER if is_power else Cause.UNKNOWN,
        equipment=tuple(sorted({h.equipment for h in channels if h.equipment})),
        channels=tuple(str(h.channel) for h in channels),
        is_out=is_out,
    )


def _grouped(heard: Sequence[Heard], key: Callable[[Heard], str]) -> list[tuple[str, list[Heard]]]:
    """Neighbours with the same key; `heard` is sorted by channel, so by gateway and device too."""
    return [(name, list(group)) for name, group in groupby(heard, key=key)]
