"""One county: every fridge lives its year, every detector hears it arrive, and the counts are added up.

Fridges know nothing of each other, so each is a piece of work for one process; what comes back are counts.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from multiprocessing import get_context
from zoneinfo import ZoneInfo

from alerting.excursion import occasions
from alerting.excursion.occasions import Occasion, SessionHours
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import Pack, load_pack
from alerting.excursion.stretch import Place, Stay, stretches_of
from bench.county_year import ours as service
from bench.county_year.causes import What, causes_of
from bench.county_year.fridges import BEGINS, Fridge, county
from bench.county_year.journal import Journal, journal_of
from bench.county_year.ours import Ours, Ways
from bench.county_year.score import Score, count_found, count_rings, is_night, score_of
from bench.county_year.simulate import Year, simulate
from bench.county_year.truth import Truth, truth_of
from bench.detectors.band import Band, Detector, band_of
from bench.detectors.consecutive import Consecutive
from bench.detectors.lasting import Lasting
from bench.detectors.play import play
from bench.detectors.threshold import Threshold

MINUTE = 60_000
DAY_MS = 86_400_000
ZONE = ZoneInfo("Asia/Shanghai")
PACKS, POLICY = ("cn-2017", "watch"), "default"
OURS = "coldchain (default packs and policy)"
SESSION_MIN = (8 * 60, 17 * 60 + 30)
_OCCASIONS = {What.DELIVERY: occasions.DELIVERY, What.STOCK_TAKE: occasions.STOCK_TAKE}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is simulated."""

    seed: str
    fridges: int
    days: int
    every_min: int = 1
    trouble: float = 1.0  # times the usual rates of whatever goes wrong


@dataclass(slots=True)
class Report:
    """Counts by detector, and of the year itself."""

    scores: dict[str, Score] = field(default_factory=dict)
    readings: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    unseen: int = 0  # dangers that no reading shows
    late_days: float = 0.0  # the longest that a reading was late
    others: Counter[str] = field(default_factory=Counter)  # told by us, but of no temperature, by kind …
    others_at_night: Counter[str] = field(default_factory=Counter)  # … with a call at night
    false_by: Counter[str] = field(default_factory=Counter)  # our false alarms, by what went on

    def add(self, other: "Report") -> None:
        """Take in another's counts."""
        for name, score in other.scores.items():
            self.scores[name] = self.scores.get(name, Score()) + score
        self.readings += other.readings
        self.unseen += other.unseen
        self.others += other.others
        self.others_at_night += other.others_at_night
        self.causes += other.causes
        self.false_by += other.false_by
        self.late_days = max(self.late_days, other.late_days)


@dataclass(frozen=True, slots=True)
class Naive:
    """A detector as people write it, and what its own rule asks of an excursion."""

    name: str
    make: Callable[[Band], Detector]
    readings: int = 1
    lasts_ms: int = 0
    grace_ms: int = 0  # by which the rule engine's own minute may decide either way
    is_raw: bool = False  # 85.0 and zeros are temperatures to it


NAIVE = (
    Naive("threshold, 85.0 and zeros believed", Threshold, is_raw=True),
    Naive("threshold", Threshold),
    Naive("3 consecutive readings", Consecutive, readings=3),
    Naive("threshold for 10 min", partial(Lasting, for_ms=10 * MINUTE), lasts_ms=10 * MINUTE, grace_ms=3 * MINUTE),
    Naive("threshold for 20 min", partial(Lasting, for_ms=20 * MINUTE), lasts_ms=20 * MINUTE, grace_ms=3 * MINUTE),
)


def run(size: Size) -> Report:
    """Simulate a county and score everybody."""
    report = Report()
    work = partial(run_fridge, size=size)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for number, one in enumerate(pool.map(work, county(size.seed, size.fridges)), 1):
            report.add(one)
            if sys.stderr.isatty():
                print(
                    f"\r{number} of {size.fridges} fridges", end="\n" if number == size.fridges else "", file=sys.stderr
                )
    return report


def run_fridge(fridge: Fridge, size: Size) -> Report:
    """One fridge's share of the report."""
    causes = causes_of(fridge, size.days, size.trouble)
    year = simulate(fridge, causes, size.days, every_min=size.every_min)
    journal = journal_of(year)
    truth = truth_of(year, journal, size.every_min * MINUTE)
    report = Report(readings=len(year.t), unseen=sum(d.possible_at is None for d in truth.dangers))
    report.causes.update(cause.what.value for cause in year.causes)
    report.late_days = max((a.at - year.t[a.first]) / DAY_MS for a in journal.arrivals)
    for naive in NAIVE:
        report.scores[naive.name] = score_naive(naive, year, journal, truth)
    ours = Ours(fridge.channel, ways_of(year, size.every_min * MINUTE))
    service.play(ours, year, journal)
    score = score_of(year, truth, ours.calls())
    count_found(score, truth.excursions, ours.found())
    report.scores[OURS] = score
    report.others.update(kind for kind, ring in ours.others if ring.is_new)
    report.others_at_night.update(kind for kind, ring in ours.others if ring.is_call and is_night(ring.at))
    report.false_by.update(_what_went_on(year, truth, ours))
    return report


def score_naive(naive: Naive, year: Year, journal: Journal, truth: Truth) -> Score:
    """One naive detector over one fridge's year."""
    detector = naive.make(band_of(year.fridge.profile))
    play(detector, year, journal, is_raw=naive.is_raw)
    score = score_of(year, truth, detector.rings)
    long = [out for out in truth.excursions if out.readings >= naive.readings]
    due = [out for out in long if out.known_ms >= naive.lasts_ms + naive.grace_ms]
    possible = [out for out in long if out.last - out.first >= naive.lasts_ms - naive.grace_ms]
    count_rings(score, due, possible, detector.rings)
    return score


def ways_of(year: Year, interval_ms: int) -> Ways:
    """By what a fridge is judged: shipped rules and policy, its session hours, its deliveries and stock-takes."""
    fridge = year.fridge
    place = Place(interval_ms, fridge.profile, fridge.name, 1, type=fridge.type)
    stretches = stretches_of([Stay(place, 0, None)], _packs(), PACKS)
    hours = [SessionHours(weekday, *SESSION_MIN, date(2025, 12, 1)) for weekday in fridge.sessions]
    end = BEGINS + year.minutes * MINUTE
    known = occasions.sessions(hours, ZONE, BEGINS, end)
    for cause in year.causes:
        if cause.what in _OCCASIONS:
            start, stop = BEGINS + cause.start_s * 1000, BEGINS + cause.end_s * 1000
            known.append(Occasion(_OCCASIONS[cause.what], start, stop))
    return Ways(stretches, load_policy(POLICY), sorted(known, key=lambda each: each.start))


@lru_cache
def _packs() -> dict[str, Pack]:
    return {name: load_pack(name) for name in PACKS}


def _what_went_on(year: Year, truth: Truth, ours: Ours) -> Sequence[str]:
    """For each of our false alarms: the type of fridge and the causes near it."""
    found = []
    for ring in ours.calls():
        if ring.is_new and not any(excuse.meets(ring.first, ring.last, ring.side) for excuse in truth.excuses):
            first, last = (ring.first - BEGINS) // 1000 - 1800, (ring.last - BEGINS) // 1000
            near = {c.what.value for c in year.causes if c.start_s <= last and first <= c.end_s}
            day = (ring.first - BEGINS) // DAY_MS
            near |= {"session"} if year.fridge.is_session(day) else set()
            found.append(f"{year.fridge.type} {ring.side}: {', '.join(sorted(near)) or 'nothing'}")
    return found
