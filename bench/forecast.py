"""What a forecast is worth: simulated cabinets that lose their mains or their compressor, and how far off it was told.

    presets × rooms × doors, probes, loads ─► days of readings ─► forecast, departure ─► errors, lead gained, false warnings

`python -m bench.forecast [WEEKS]` prints the tables, of four cabinets per type and room or so many. Everything random is drawn from the seeds in the names; the same run is the
same figures. A warning of lost mains is for nothing when they came back in time, and wrong when the limit would not have
been passed even without them: each cut is therefore also lived on to its bitter end.
"""

import copy
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Final

from alerting.excursion.departures import SETTLED, USUAL_HOURS, departure, usual_of
from alerting.excursion.forecast import FIGURES, Forecast, Points, Way, forecast
from alerting.warming import PROVED_TYPES
from firmware_sim.device.probe import PROBE_TYPES, Probe
from firmware_sim.installation import Installation
from firmware_sim.physics.ambient import DAY_S, Climate, room_c
from firmware_sim.physics.cabinet import STEP_S, Cabinet, Conditions
from firmware_sim.physics.door import HABITS, is_open
from firmware_sim.physics.presets import PRESETS
from firmware_sim.scenario_file import load

HOUR_S: Final = 3600
MINUTE: Final = 60_000
PROVED: Final = PROVED_TYPES | {"frost_free_fridge"}  # which the archive calls domestic
LIMITS: Final = {"freezer": -15.0}
LIMIT_C: Final = 8.0
ROOMS_C: Final = (18.0, 25.0, 32.0)
BEFORE_MIN: Final = (15, 30, 60, 120)
EVERY_MS: Final = 5 * MINUTE
LEADS_MIN: Final = (60, 120)  # within so long a limit is expected: then a warning is told
OUT_MIN: Final = 30  # and the mains have been out for so long
ALARM_MIN: Final = 20  # an excursion is told after so long
BITTER_END_S: Final = 12 * HOUR_S  # lived on without mains
RECOVERS_S: Final = 4 * HOUR_S  # nothing is counted after the mains are back
STORY: Final = ("519921101", 5, (30, 45, 60))  # the story's fridge without mains: facility, minute, asked at


@dataclass(frozen=True, slots=True)
class Plan:
    """One cabinet's week."""

    preset: str
    room_c: float
    probe: str
    door: str
    dial_k: float
    seed: str
    cuts: tuple[tuple[int, int], ...] = ()  # seconds
    broken_s: int | None = None
    days: float = 6.7


@dataclass(frozen=True, slots=True)
class Week:
    """What its probe said, once a minute."""

    plan: Plan
    points: Points
    would: tuple[int | None, ...]  # when each cut's limit would have been passed, had the mains stayed away

    @property
    def limit_c(self) -> float:
        """Of its first compartment."""
        return LIMITS.get(self.plan.preset, LIMIT_C)

    def between(self, start_ms: int, end_ms: int) -> Points:
        """The readings in [start, end)."""
        return self.points[max(0, start_ms // MINUTE - 1) : max(0, end_ms // MINUTE - 1)]

    def breach(self, start_ms: int, end_ms: int) -> int | None:
        """The first reading beyond the limit."""
        return next((t for t, v in self.between(start_ms, end_ms) if v > self.limit_c), None)


def plans(per_room: int = 4) -> Iterator[Plan]:
    """Every type in every room: weeks with three cuts of different lengths, and weeks in which the compressor breaks."""
    for preset in PRESETS:
        for room in ROOMS_C:
            for n in range(per_room):
                rng = random.Random(f"{preset}/{room}/{n}")
                starts = [day * DAY_S + rng.randrange(DAY_S) // 60 * 60 for day in (2, 3.4, 5)]
                hours = [rng.choice((1, 2, 3, 4)), rng.choice((1, 2, 3, 5)), rng.choice((1, 2, 4, 8, 12))]
                cuts = tuple((int(s), int(s) + h * HOUR_S) for s, h in zip(starts, hours, strict=True))
                yield Plan(preset, room, *_habits(rng), f"{preset}/{room}/{n}", cuts)
            for n in range(per_room // 2):
                rng = random.Random(f"{preset}/{room}/broken/{n}")
                broken_s = 4 * DAY_S + rng.randrange(DAY_S) // 60 * 60
                yield Plan(preset, room, *_habits(rng), f"{preset}/{room}/broken/{n}", broken_s=broken_s)


def _habits(rng: random.Random) -> tuple[str, str, float]:
    door = rng.choice(("median", "normal", "busy", "few-but-long"))
    return rng.choice(("bare", "steel", "glycol")), door, rng.choice((-1.0, 0.0, 0.5, 1.0))


@dataclass(slots=True)
class Lived:
    """A cabinet with its probe, at one moment."""

    plan: Plan
    cabinet: Cabinet
    probe: Probe
    room_c: float = 25.0

    def step(self, now_s: int, *, mains: bool) -> float | None:
        """Ten seconds more; what the probe says, once a minute."""
        if now_s % 60 == 0:
            self.room_c = room_c(Climate(self.plan.room_c, 3.0, 0.5), self.plan.seed, now_s)
        door = now_s >= 0 and is_open(HABITS[self.plan.door], self.plan.seed, now_s)
        works = self.plan.broken_s is None or now_s < self.plan.broken_s
        self.cabinet.step(Conditions(self.room_c, mains, (door,), works))
        self.probe.feel(self.cabinet.heats[0].air_c, STEP_S)
        return round(self.probe.reads(), 2) if now_s > 0 and now_s % 60 == 0 else None


def live(plan: Plan) -> Week:
    """Run the cabinet."""
    cabinet = Cabinet(PRESETS[plan.preset], plan.dial_k)
    probe = Probe(PROBE_TYPES[plan.probe], random.Random(plan.seed), cabinet.heats[0].air_c)
    lived, points, would = Lived(plan, cabinet, probe), [], []
    for now_s in range(-8 * HOUR_S, int(plan.days * DAY_S), STEP_S):
        if any(now_s == end for _, end in plan.cuts):
            would.append(_bitter_end(copy.deepcopy(lived), now_s, LIMITS.get(plan.preset, LIMIT_C)))
        value = lived.step(now_s, mains=not any(start <= now_s < end for start, end in plan.cuts))
        if value is not None:
            points.append((now_s * 1000, value))
    return Week(plan, points, tuple(would))


def _bitter_end(lived: Lived, now_s: int, limit_c: float) -> int | None:
    """When the limit is passed without mains from here on."""
    for later_s in range(now_s, now_s + BITTER_END_S, STEP_S):
        value = lived.step(later_s, mains=False)
        if value is not None and value > limit_c:
            return later_s * 1000
    return None


@dataclass(frozen=True, slots=True)
class Outage:
    """One power cut with what had been seen of the same cabinet before."""

    week: Week
    start: int
    end: int
    would: int | None
    earlier: tuple[Points, ...]

    @property
    def breach(self) -> int | None:
        """When the limit was passed, if the mains did not come back in time."""
        return self.week.breach(self.start, self.end)

    def told(self, now: int) -> Forecast | None:
        """What would have been said."""
        way, figure = Way.up(self.week.limit_c), FIGURES.get(self.week.plan.preset)
        return forecast(way, self.week.between(self.start, now + 1), now, outages=self.earlier, figure=figure)


def outages(weeks: Iterable[Week]) -> Iterator[Outage]:
    """All of them, each with those before it."""
    for week in weeks:
        earlier: tuple[Points, ...] = ()
        for (start_s, end_s), would in zip(week.plan.cuts, week.would, strict=True):
            outage = Outage(week, start_s * 1000, end_s * 1000, would, earlier)
            yield outage
            earlier = (*earlier, week.between(outage.start, outage.end))


@dataclass(frozen=True, slots=True)
class Errors:
    """How far off the likely time was, in minutes, and how often early and late held the truth."""

    of: str
    before_min: int
    cases: int
    median_min: float  # negative: told too early
    half_within_min: float
    most_min: int
    held: float


def errors(every: Iterable[Outage]) -> list[Errors]:
    """By what the forecast rests on, and by type; so long before the limit was passed."""
    found: dict[tuple[str, int], list[tuple[int, bool]]] = defaultdict(list)
    for outage in every:
        if outage.breach is None:
            continue
        for before in BEFORE_MIN:
            now = outage.breach - before * MINUTE
            told = outage.told(now) if now > outage.start else None
            if told is not None:
                holds = told.early <= before and (told.late is None or before <= told.late + 1)
                for of in (told.basis, outage.week.plan.preset):
                    found[of, before].append((told.minutes - before, holds))
    return [
        Errors(
            of,
            before,
            len(rows),
            median(off for off, _ in rows),
            median(abs(off) for off, _ in rows),
            max(abs(off) for off, _ in rows),
            sum(holds for _, holds in rows) / len(rows),
        )
        for (of, before), rows in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True)
class Warnings:
    """Told within `lead_min` of the expected limit: rightly with so much time left, or for nothing."""

    of: str
    lead_min: int
    right: int
    came_back: int  # and the mains with it, in time: the limit would have been passed
    wrong: int  # it would not have been, within twice as long
    unwarned: int  # limits that were passed without
    median_before_min: float | None  # before the limit; an excursion is told 20 minutes after it


def mains_warnings(every: Sequence[Outage], lead_min: int, bases: frozenset[str]) -> Warnings:
    """Once the mains have been out for half an hour, by forecasts that rest on one of these."""
    gained: list[int] = []
    came_back = wrong = unwarned = 0
    for outage in every:
        breach = outage.breach
        times = range(outage.start + OUT_MIN * MINUTE, min(breach or outage.end, outage.end), EVERY_MS)
        warned = next((now for now in times if _warns(outage.told(now), lead_min, bases)), None)
        if breach is None and warned is not None:
            is_right = outage.would is not None and outage.would <= warned + 2 * lead_min * MINUTE
            came_back, wrong = came_back + is_right, wrong + (not is_right)
        elif breach is None:
            continue
        elif warned is None:
            unwarned += 1
        else:
            gained.append((breach - warned) // MINUTE)
    words = f"mains, {' or '.join(sorted(bases))}"
    return Warnings(words, lead_min, len(gained), came_back, wrong, unwarned, median(gained) if gained else None)


def _warns(told: Forecast | None, lead_min: int, bases: frozenset[str]) -> bool:
    return told is not None and told.basis in bases and told.minutes <= lead_min


@dataclass(frozen=True, slots=True)
class Departures:
    """The same for a temperature that left its usual band, and over how many fridge-months nothing was told falsely."""

    warnings: Warnings
    fridge_months: float


def departure_warnings(weeks: Iterable[Week], lead_min: int) -> Departures:
    """Broken compressors against all the hours in which nothing was broken."""
    gained: list[int] = []
    wrong = unwarned = calm = 0
    for week in weeks:
        broken = None if week.plan.broken_s is None else week.plan.broken_s * 1000
        breach = None if broken is None else week.breach(broken, week.points[-1][0])
        warned, was_told = None, False
        for now, told in _looks(week, breach):
            says = told is not None and 0 < told.minutes <= lead_min
            if broken is None or now < broken:
                calm += 1
                wrong += says and not was_told
                was_told = says
            elif says and warned is None:
                warned = now
        if breach is not None:
            unwarned += warned is None
            gained += [] if warned is None else [(breach - warned) // MINUTE]
    warnings = Warnings(
        "departure, readings", lead_min, len(gained), 0, wrong, unwarned, median(gained) if gained else None
    )
    return Departures(warnings, calm * EVERY_MS / (30 * DAY_S * 1000))


def _looks(week: Week, breach: int | None) -> Iterator[tuple[int, Forecast | None]]:
    """Every five minutes from the third day on, while the mains are there and have been for some hours."""
    hours = _hours(week.points)
    cuts = [(start * 1000, (end + RECOVERS_S) * 1000) for start, end in week.plan.cuts]
    for now in range(2 * DAY_S * 1000, breach or week.points[-1][0], EVERY_MS):
        if any(start <= now < end for start, end in cuts):
            continue
        hour = now // (HOUR_S * 1000)
        span = range(hour - SETTLED - USUAL_HOURS, hour - SETTLED)
        usual = usual_of([hours[each] for each in span if each in hours])
        points = week.between(now - 6 * HOUR_S * 1000, now + 1)
        is_left = usual is not None and bool(points) and usual.is_left(points[-1][1])
        yield (
            now,
            departure(usual, Way.up(week.limit_c), points)
            if usual and is_left and points[-1][1] > usual.high_c
            else None,
        )


def _hours(points: Points) -> dict[int, tuple[float, float]]:
    found: dict[int, list[float]] = defaultdict(list)
    for time, value in points:
        found[time // (HOUR_S * 1000)].append(value)
    return {hour: (min(values), max(values)) for hour, values in found.items()}


def story() -> list[tuple[int, Forecast | None, int]]:
    """What is said of the story's fridge: (minute, forecast, minutes that were really left)."""
    code, cut_min, asked = STORY
    scenario = load("county")
    facility = next(each for each in scenario.facilities if each.code == code)
    equipment = next(each for each in facility.equipment if each.type == "domestic_fridge")
    here = Installation(scenario, facility, equipment)
    device = next(each for each in equipment.devices if each.probes)
    points = []
    for now_s in range(0, 150 * 60, device.interval_s):
        here.advance(now_s)
        points.append((now_s * 1000, round(here.probe(device, device.probes[0].input).reads(), 2)))
    passed = next(t for t, v in points if t > cut_min * MINUTE and v > LIMIT_C)
    since = [point for point in points if point[0] >= cut_min * MINUTE]
    return [
        (
            minute,
            forecast(
                Way.up(LIMIT_C),
                [p for p in since if p[0] <= minute * MINUTE],
                minute * MINUTE,
                figure=FIGURES["domestic_fridge"],
            ),
            passed // MINUTE - minute,
        )
        for minute in (cut_min + 1, 15, *asked)
    ]


def main(per_room: int = 4) -> None:
    """Run everything, print the tables."""
    with ProcessPoolExecutor(2) as workers:
        weeks = list(workers.map(live, plans(per_room), chunksize=4))
    every = list(outages(weeks))
    print(
        f"{len(weeks)} weeks, {len(every)} power cuts, {sum(o.breach is not None for o in every)} of them passed the limit"
    )
    print(
        f"\n{'so long before the limit':26}{'min':>5}{'cases':>7}{'median':>8}{'half within':>13}{'most':>6}{'held':>7}"
    )
    for row in errors(every):
        print(
            f"{row.of:26}{row.before_min:5}{row.cases:7}{row.median_min:+8.0f}{row.half_within_min:13.0f}"
            f"{row.most_min:6}{row.held:7.0%}"
        )
    print(
        f"\n{'warned when expected within':40}{'min':>5}{'right':>7}{'came back':>11}{'wrong':>7}{'unwarned':>10}{'median before':>15}"
    )
    proved = [o for o in every if o.week.plan.preset in PROVED]
    others = [o for o in every if o.week.plan.preset not in PROVED]
    for lead in LEADS_MIN:
        for words, its in (("", proved), (" elsewhere", others)):
            for bases in ({"readings", "own history"}, {"readings"}, {"own history"}, {"type figure"}):
                _print(mains_warnings(its, lead, frozenset(bases)), words)
        for words, are_proved in (("", True), (" elsewhere", False)):
            left = departure_warnings([w for w in weeks if (w.plan.preset in PROVED) is are_proved], lead)
            _print(left.warnings, words)
            print(f"{'  in fridge-months without trouble':40}{left.fridge_months:10.1f}")
    print("\nthe story's fridge, whose mains fail at minute 5")
    for minute, told, really in story():
        words = f"{told.minutes} min ({told.early} to {told.late}), {told.basis}" if told else "nothing"
        print(f"  minute {minute:3}: said {words}; really {really} min")


def _print(row: Warnings, words: str) -> None:
    before = "-" if row.median_before_min is None else f"{row.median_before_min:.0f}"
    print(
        f"{row.of + words:40}{row.lead_min:5}{row.right:7}{row.came_back:11}{row.wrong:7}{row.unwarned:10}{before:>15}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
