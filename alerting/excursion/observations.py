"""Observations: silence and lost mains, seen at an instant from what was then known. Pure; never recomputed.

Silence has one cause and is one event: when every channel of a gateway is silent, the gateway is; when every channel of
a device is, the device. It begins with the last reading of all, ends with the next, and is as loud as the loudest of its
channels: the longest silent, and critical where the last that was heard was an exceedance. When no gateway at all is heard,
the cause is ours (broker, collector, store): each gateway's silence stays its own, for somebody has to read each display,
but all have one root and wait together, from the last reading of anybody. Lost mains begin and end with the readings of a
power channel.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

from alerting.excursion.policy import ORDER, Loudness, Policy
from coldchain.excursion import Kind, Severity
from coldchain.reading import ChannelName, Quantity, Trace, is_believed

# The root when no gateway at all is heard: our own broker, collector or store is the cause. No gateway can have this name.
# Archives of earlier versions have silences of which this is the subject, too.
EVERYTHING: Final = "*"
PAUSE_INTERVALS: Final = 3  # what has been quiet for no longer than this merely has not spoken yet


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that goes on, as it is seen now: what will stand in the archive as an observation."""

    kind: Kind
    subject: str
    start: int
    loudness: Loudness
    equipment: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


class Cause(StrEnum):
    """Why a subject may be silent."""

    POWER = "power"  # it said that the mains were lost before it fell silent
    UNKNOWN = "unknown"


class Mains(StrEnum):
    """What is known of the mains where something is silent."""

    LOST = "lost"  # a power channel said so, before it fell silent or even now
    ON = "on"  # a power channel that is still heard says so
    UNKNOWN = "unknown"  # the gateway went dark with its mains on, or nothing there knows about mains


@dataclass(frozen=True, slots=True)
class Break:
    """A wider silence that a reading of something else ended: what was part of it is due again."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What was last heard of a channel that should be speaking."""

    channel: ChannelName
    interval_ms: int
    last: int  # its newest believed reading; without any, when it was assigned
    value: float | None = None  # of that
    is_out: bool = False  # a run is pending or open there
    equipment: str | None = None
    has_spoken: bool = True
    is_faulty: bool = False  # it does speak, and nothing of it is believed
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """A subject that should speak and does not."""

    subject: str
    start: int
    loudness: Loudness
    mains: Mains
    equipment: tuple[str, ...]
    channels: tuple[str, ...]
    is_out: bool
    is_faulty: bool = False  # all of it speaks, and nothing is believed
    planned: int | None = None  # the end of a planned outage with which all of it fell silent
    root: str = ""  # of what it is a part, when it fell silent together with everybody
    # for how long it may wait at night: what keeps cold for the shortest time
    holdover: Mapping[str, Any] | None = None

    @property
    def cause(self) -> Cause:
        """Power where that is known."""
        return Cause.POWER if self.mains is Mains.LOST else Cause.UNKNOWN

    def seen(self) -> Seen:
        """As an observation; about one piece of equipment only where it concerns no other."""
        detail = {
            "cause": self.cause.value,
            "mains": self.mains.value,
            "is_out": self.is_out,
            "is_faulty": self.is_faulty,
            "equipment": list(self.equipment),
            "channels": list(self.channels),
            **({} if self.planned is None else {"planned": self.planned}),
            **self.later(),
        }
        return Seen(Kind.SILENCE, self.subject, self.start, self.loudness, self._only(), detail)

    def later(self) -> dict[str, Any]:
        """What of it may be known only some time after it began."""
        root = {"root": self.root} if self.root else {}
        return root if self.holdover is None else {**root, "holdover": dict(self.holdover)}

    def _only(self) -> str | None:
        return self.equipment[0] if len(self.equipment) == 1 else None


@dataclass(frozen=True, slots=True)
class MainsEvent:
    """The mains were lost or came back, as a power channel says."""

    time: int
    is_lost: bool


def silences(heard: Iterable[Heard], policy: Policy, now: int) -> list[Silence]:
    """The subjects that are silent now, each as wide as its cause."""
    everything = sorted(heard, key=lambda h: str(h.channel))
    silent = {h.channel for h in everything if is_silent(h, policy, now)}
    mains = _mains_by_equipment(everything, silent)
    outage = _outage(everything, silent)
    return [
        _silence(subject, its, mains, _Judged(policy, now, outage))
        for subject, its in _as_wide_as_may_be(everything, silent)
    ]


def is_silent(heard: Heard, policy: Policy, now: int) -> bool:
    """For longer than a pause; what speaks only twice a day is not silent after half an hour."""
    waited_from = max([heard.last, *(b.end for b in heard.breaks if _was_part(heard, b, policy))])
    return now - waited_from > PAUSE_INTERVALS * heard.interval_ms and _loudness(heard, policy, now) is not None


def loudest(loudness: Iterable[Loudness | None]) -> Loudness:
    """The loudest of some, None being a note. It waits for the morning only if all that are so loud do."""
    every = [each or Loudness(Severity.NOTE) for each in loudness]
    severity = max((each.severity for each in every), key=ORDER.index, default=Severity.NOTE)
    loud = [each for each in every if each.severity is severity]
    return Loudness(severity, waits_at_night=bool(loud) and all(each.waits_at_night for each in loud))


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


def _was_part(heard: Heard, broken: Break, policy: Policy) -> bool:
    """True when it fell silent with the others. What had been silent by itself before, or never spoke, still is."""
    pause = PAUSE_INTERVALS * heard.interval_ms
    by_itself = broken.start - heard.last > pause and _loudness(heard, policy, broken.start) is not None
    return heard.has_spoken and heard.last <= broken.start and not by_itself


def _loudness(heard: Heard, policy: Policy, now: int) -> Loudness | None:
    return policy.loudness_of(Kind.SILENCE, now - heard.last, is_out=heard.is_out)


@dataclass(frozen=True, slots=True)
class _Judged:
    """By what a silence is judged; `outage`: the last reading of anybody, when nobody is heard."""

    policy: Policy
    now: int
    outage: int | None

    def fell_with_all(self, heard: Heard) -> bool:
        """True when it was not silent by itself before: that has a cause of its own, and rang for it."""
        return self.outage is not None and _was_part(heard, Break(self.outage, self.outage), self.policy)

    def loudness(self, heard: Heard) -> Loudness | None:
        """Of one channel. Parts of one outage wait together, but for what was out of its band when it was last heard."""
        if self.outage is None or heard.is_out or not self.fell_with_all(heard):
            return _loudness(heard, self.policy, self.now)
        return self.policy.loudness_of(Kind.SILENCE, self.now - self.outage)


def _outage(everything: Sequence[Heard], silent: set[ChannelName]) -> int | None:
    """The last reading of anybody, when several gateways should speak and none does."""
    is_whole = len({h.channel.gateway for h in everything}) > 1 and _all_of(everything, silent)
    return max(h.last for h in everything) if is_whole else None


def _as_wide_as_may_be(everything: Sequence[Heard], silent: set[ChannelName]) -> Iterable[tuple[str, Sequence[Heard]]]:
    for gateway, channels in _grouped(everything, lambda h: h.channel.gateway):
        if _all_of(channels, silent):
            yield gateway, channels
            continue
        for device, its in _grouped(channels, lambda h: f"{h.channel.gateway}/{h.channel.device}"):
            if _all_of(its, silent):
                yield device, its
            else:
                yield from ((str(h.channel), [h]) for h in its if h.channel in silent)


def _all_of(channels: Sequence[Heard], silent: set[ChannelName]) -> bool:
    return bool(channels) and all(h.channel in silent for h in channels)


def _silence(subject: str, its: Sequence[Heard], mains: Mapping[str, Collection[Mains]], judged: _Judged) -> Silence:
    return Silence(
        subject=subject,
        start=max(h.last for h in its),
        loudness=loudest(judged.loudness(h) for h in its),
        mains=_mains(its, mains),
        equipment=tuple(sorted({h.equipment for h in its if h.equipment})),
        channels=tuple(str(h.channel) for h in its),
        is_out=any(h.is_out for h in its),
        is_faulty=all(h.is_faulty for h in its),
        root=EVERYTHING if any(judged.fell_with_all(h) for h in its) else "",
    )


def _mains(its: Sequence[Heard], by_equipment: Mapping[str, Collection[Mains]]) -> Mains:
    """What the power channels say that are silent themselves, or that watch the same equipment."""
    mine = [_says(h, is_heard=False) for h in its if h.channel.quantity is Quantity.POWER]
    said = {*mine, *(word for code in {h.equipment for h in its if h.equipment} for word in by_equipment.get(code, ()))}
    return next((word for word in (Mains.LOST, Mains.ON) if word in said), Mains.UNKNOWN)


def _mains_by_equipment(everything: Iterable[Heard], silent: set[ChannelName]) -> dict[str, set[Mains]]:
    """What is said of each equipment's mains, each word once."""
    said: dict[str, set[Mains]] = defaultdict(set)
    for h in everything:
        if h.channel.quantity is Quantity.POWER and h.equipment:
            said[h.equipment].add(_says(h, is_heard=h.channel not in silent))
    return said


def _says(power: Heard, *, is_heard: bool) -> Mains:
    """That the mains are on counts only while it is heard."""
    if power.value is None:
        return Mains.UNKNOWN
    if power.value < 0.5:
        return Mains.LOST
    return Mains.ON if is_heard else Mains.UNKNOWN


def _grouped(heard: Sequence[Heard], key: Callable[[Heard], str]) -> list[tuple[str, list[Heard]]]:
    """Neighbours with the same key; `heard` is sorted by channel, so by gateway and device too."""
    return [(name, list(group)) for name, group in groupby(heard, key=key)]
