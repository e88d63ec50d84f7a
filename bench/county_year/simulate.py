"""A year of one fridge: the cabinet's physics under its causes, once a minute what the air truly was and what the probe said.

The cabinet steps 30 s while its door is shut, 10 s in minutes in which it stands open.
"""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.county_year.causes import Cause, What, door_openings
from bench.county_year.fridges import BEGINS, DAY_S, MINUTE_S, MONTH_S, Fridge
from coldchain.reading import Fault
from firmware_sim.device.probe import PROBE_TYPES, Probe
from firmware_sim.physics.ambient import room_c
from firmware_sim.physics.cabinet import Cabinet, Conditions
from firmware_sim.physics.presets import PRESETS

SETTLES_S = 2 * DAY_S  # before the year begins
STUCK_K = -40.0  # a thermostat that never opens

# what a probe shows instead: the value as a script without quality codes takes it, and the fault as a driver tells it
_SHOWS = {
    What.POWER_ON_VALUE: (85.0, Fault.POWER_ON),
    What.ZERO_SCRATCHPAD: (0.0, Fault.ZERO_SCRATCHPAD),
    What.GARBLED: (None, Fault.GARBLED),
}
_ONCE_IN = 3  # a fault holds for a while and strikes one reading in so many
_UNMEASURED = frozenset({What.PROBE_SILENT, What.GATEWAY_OFF})


@dataclass(slots=True)
class Year:
    """Everything about one fridge, in columns: the truth by minute, and what was measured."""

    fridge: Fridge
    causes: list[Cause]
    minutes: int = 0
    air_mc: list[int] = field(default_factory=list)  # by minute from the beginning
    contents_mc: list[int] = field(default_factory=list)
    t: list[int] = field(default_factory=list)  # ms UTC of each reading
    v: list[float | None] = field(default_factory=list)
    q: list[int] = field(default_factory=list)
    shown: list[float | None] = field(default_factory=list)  # … as a script without quality codes takes it


class Ahead:
    """Causes or openings by start, asked about ever later times."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = sorted(spans)
        self._at = 0

    def meets(self, start_s: int, end_s: int) -> bool:
        """True when one of them shares a second with [start, end)."""
        while self._at < len(self._spans) and self._spans[self._at][1] <= start_s:
            self._at += 1
        return self._at < len(self._spans) and self._spans[self._at][0] < end_s


@dataclass(slots=True)
class _Surroundings:
    """What acts on the cabinet, by kind."""

    causes: Sequence[Cause]
    ahead: dict[What, Ahead]
    doors: Ahead
    started: list[Cause]  # deliveries to come, the last first

    def now(self, what: What, at_s: int) -> bool:
        """True while such a cause lasts."""
        return self.ahead[what].meets(at_s, at_s + 1)

    def amount(self, what: What, at_s: int) -> float:
        """How much of it."""
        return next((cause.amount for cause in self.causes if cause.what is what and cause.holds(at_s)), 0.0)


def simulate(fridge: Fridge, causes: list[Cause], days: int, *, every_min: int = 1) -> Year:
    """Let a fridge live; its probe is read every so many minutes."""
    around = _surroundings(fridge, causes, days)
    year = Year(fridge, causes)
    cabinet = Cabinet(PRESETS[fridge.type])
    rng = random.Random(f"{fridge.seed}/probe")
    probe = Probe(PROBE_TYPES[fridge.probe], rng, cabinet.heats[0].air_c)
    phase_s = rng.randrange(MINUTE_S)
    for at_s in range(-SETTLES_S, days * DAY_S, MINUTE_S):
        _minute(fridge, cabinet, probe, around, at_s)
        if at_s >= 0:
            heat = cabinet.heats[0]
            year.air_mc.append(round(heat.air_c * 1000))
            year.contents_mc.append(round(heat.contents_c * 1000))
            year.minutes += 1
            if at_s // MINUTE_S % every_min == 0:
                _read(year, probe, around, at_s, phase_s)
    return year


def _surroundings(fridge: Fridge, causes: Sequence[Cause], days: int) -> _Surroundings:
    spans: dict[What, list[tuple[int, int]]] = {what: [] for what in What}
    for cause in causes:
        spans[cause.what].append((cause.start_s, cause.end_s))
    doors = [span for day in range(days) for span in door_openings(fridge, day)]
    doors += spans[What.AJAR] + spans[What.DELIVERY] + spans[What.STOCK_TAKE]
    started = [cause for cause in reversed(causes) if cause.what is What.DELIVERY]
    ahead = {what: Ahead(_joined(its)) for what, its in spans.items()}
    return _Surroundings(causes, ahead, Ahead(_joined(doors)), started)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time in spans that do not touch each other."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _minute(fridge: Fridge, cabinet: Cabinet, probe: Probe, around: _Surroundings, at_s: int) -> None:
    """Step the cabinet through one minute."""
    room = room_c(fridge.climate, fridge.seed, at_s) + fridge.season_now_k(at_s)
    mains, works = not around.now(What.POWER_CUT, at_s), not around.now(What.COMPRESSOR, at_s)
    charge = _charge(around, at_s)
    shut = Conditions(room, mains, (), works, charge)
    opened = Conditions(room, mains, (True,), works, charge)
    cabinet.dial_k = _dial_k(fridge, around, at_s)
    if around.started and around.started[-1].start_s <= at_s:
        cabinet.heats[0].contents_c += around.started.pop().amount
    is_door = around.doors.meets(at_s, at_s + MINUTE_S)
    step_s = 10 if is_door else 30
    for second in range(at_s, at_s + MINUTE_S, step_s):
        is_open = is_door and around.doors.meets(second, second + step_s)
        cabinet.step(opened if is_open else shut, step_s)
        probe.feel(cabinet.heats[0].air_c, step_s)


def _dial_k(fridge: Fridge, around: _Surroundings, at_s: int) -> float:
    if around.now(What.STUCK, at_s):
        return STUCK_K
    turned_k = around.amount(What.TURNED, at_s) if around.now(What.TURNED, at_s) else 0.0
    return fridge.dial_k(max(0, at_s) // MONTH_S) + turned_k


def _charge(around: _Surroundings, at_s: int) -> float:
    if not around.now(What.LEAK, at_s):
        return 1.0
    leak = next(cause for cause in around.causes if cause.what is What.LEAK and cause.holds(at_s))
    return math.exp(-(at_s - leak.start_s) / 3600 / leak.amount)


def _read(year: Year, probe: Probe, around: _Surroundings, at_s: int, phase_s: int) -> None:
    """What the gateway stores of this minute, if anything."""
    if any(around.now(what, at_s) for what in _UNMEASURED):
        return
    shown: float | None = round(probe.reads(), 4)
    value, code = shown, 0
    for what, (instead, fault) in _SHOWS.items():
        if around.now(what, at_s) and probe.rng.randrange(_ONCE_IN) == 0:
            shown, value, code = instead, None, int(fault)
    year.t.append(BEGINS + (at_s + phase_s) * 1000)
    year.v.append(value)
    year.q.append(code)
    year.shown.append(shown)
