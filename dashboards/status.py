"""What newest readings mean at this moment, in one word per compartment; before: live, views; after: county. Pure.

The word is for the eye alone. Whether something is an excursion was decided by alerting; here its open cases are
looked at first, then the newest readings, and time without readings is *unknown*, with why as far as it is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from coldchain.excursion import Kind, Severity
from coldchain.profile import Profile
from coldchain.reading import Fault, Quality, Reading, is_believed

GAP_INTERVALS = 3  # silence longer than so many intervals is unknown time


class State(StrEnum):
    """A compartment's word; the order is how much a person should care."""

    HEAT = "heat"  # an open excursion
    FREEZE = "freeze"
    UNKNOWN = "unknown"
    HIGH = "high"  # outside of the band, patience not yet used up
    LOW = "low"
    NORMAL = "normal"
    NONE = "none"  # no probe stands in it


URGENCY = {state: place for place, state in enumerate(State)}


class Why(StrEnum):
    """Why a compartment is unknown."""

    GATEWAY_POWER = "gateway_power"  # the gateway is offline, and mains was gone when it last spoke
    GATEWAY_OFFLINE = "gateway_offline"
    PROBE_FAULT = "probe_fault"  # the gateway speaks and says that the probe does not
    SILENT = "silent"
    NEVER = "never"  # nothing ever came


@dataclass(frozen=True, slots=True)
class Probe:
    """One channel of a compartment with what is newest of it."""

    channel: str
    position: str
    interval_ms: int
    newest: Reading | None
    believed: Reading | None  # the newest that is a measurement

    def is_fresh(self, now: int) -> bool:
        """True while a believed value may still be taken for the present."""
        return self.believed is not None and now - self.believed.time <= GAP_INTERVALS * self.interval_ms


@dataclass(frozen=True, slots=True)
class Condition:
    """A compartment's word, the reading that it rests on, and since when."""

    state: State
    value: float | None = None
    time: int | None = None  # of that reading
    since: int | None = None  # of an excursion or of not knowing
    why: Why | None = None
    fault: Fault = Fault.NONE
    was: State | None = None  # an excursion that was open when knowledge ended


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is already decided about a compartment: an open excursion, and whether county policy wants it told."""

    kind: Kind
    first_bad: int
    severity: Severity = Severity.CRITICAL

    @property
    def state(self) -> State:
        """The word for it: an excursion nobody needs to be told of is only high or low."""
        if self.severity is Severity.NOTE:
            return State.LOW if self.kind.is_cold else State.HIGH
        return State.FREEZE if self.kind.is_cold else State.HEAT


def condition(
    profile: Profile,
    probes: Sequence[Probe],
    troubles: Iterable[Trouble],
    now: int,
    *,
    offline: bool = False,
    mains_gone: bool = False,
) -> Condition:
    """The compartment's condition at `now`.

    Args:
        profile: its band.
        probes: its temperature channels.
        troubles: its open excursions.
        now: domain time.
        offline: its gateway's last word was a farewell.
        mains_gone: the last that is known of its mains is that there was none.
    """
    if not probes:
        return Condition(State.NONE)
    trouble = min(troubles, key=lambda one: (URGENCY[one.state], one.first_bad), default=None)
    fresh = [probe.believed for probe in probes if probe.believed and probe.is_fresh(now)]
    if not fresh:
        return _unknown(probes, trouble, offline=offline, mains_gone=mains_gone)
    telling = furthest_out(profile, fresh)
    assert telling.value is not None  # believed readings have one
    if trouble:
        return Condition(trouble.state, telling.value, telling.time, trouble.first_bad)
    return Condition(_beside(profile, telling.value), telling.value, telling.time)


def furthest_out(profile: Profile, readings: Sequence[Reading]) -> Reading:
    """Of several probes the one that says most: the furthest outside, or nearest to an edge; never a mean."""

    def excess(reading: Reading) -> float:
        assert reading.value is not None
        above = reading.value - profile.high_c if profile.high_c is not None else float("-inf")
        below = profile.low_c - reading.value if profile.low_c is not None else float("-inf")
        return max(above, below)

    return max(readings, key=excess)


def _unknown(probes: Sequence[Probe], trouble: Trouble | None, *, offline: bool, mains_gone: bool) -> Condition:
    last = max((p.believed for p in probes if p.believed), key=lambda reading: reading.time, default=None)
    newest = max((p.newest for p in probes if p.newest), key=lambda reading: reading.time, default=None)
    fault = Quality.of(newest.quality).fault if newest and not is_believed(newest.quality) else Fault.NONE
    return Condition(
        State.UNKNOWN,
        last.value if last else None,
        last.time if last else None,
        last.time if last else None,
        _why(last, fault, offline=offline, mains_gone=mains_gone),
        fault,
        trouble.state if trouble else None,
    )


def _why(last: Reading | None, fault: Fault, *, offline: bool, mains_gone: bool) -> Why:
    if last is None and fault is Fault.NONE and not offline:
        return Why.NEVER
    if offline:
        return Why.GATEWAY_POWER if mains_gone else Why.GATEWAY_OFFLINE
    return Why.PROBE_FAULT if fault is not Fault.NONE else Why.SILENT


def _beside(profile: Profile, value: float) -> State:
    if profile.holds(value):
        return State.NORMAL
    return State.HIGH if profile.high_c is not None and value > profile.high_c else State.LOW


def worst(states: Iterable[State]) -> State:
    """The state that a person should care about most."""
    return min(states, key=URGENCY.__getitem__, default=State.NONE)
