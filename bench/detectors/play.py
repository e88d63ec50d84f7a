"""Let a detector hear a year as it arrived: readings in order of arrival, a tick a minute, a restart where there was one."""

from collections.abc import Sequence

from bench.county_year.journal import Journal
from bench.county_year.simulate import Year
from bench.detectors.band import Detector

MINUTE = 60_000


def play(detector: Detector, year: Year, journal: Journal, *, is_raw: bool = False) -> None:
    """Feed the detector; `is_raw`: it takes 85.0 and zeros for temperatures, as it would without quality codes."""
    values = year.shown if is_raw else year.v
    waiting = list(reversed(journal.restarts))
    tick = down_until = 0
    for arrival in journal.arrivals:
        tick = tick or arrival.at // MINUTE * MINUTE
        while waiting and waiting[-1].at <= arrival.at:
            tick = _tick(detector, tick, waiting[-1].at)
            tick = down_until = waiting.pop().back
            detector.restart()
        at = max(arrival.at, down_until)  # what comes while it is down the broker keeps for it
        tick = _tick(detector, tick, at)
        _hear(detector, at, year.t[arrival.first : arrival.stop], values[arrival.first : arrival.stop])


def _tick(detector: Detector, tick: int, until: int) -> int:
    """Let the minutes pass; returns the last of them."""
    while tick + MINUTE <= until:
        tick += MINUTE
        detector.tick(tick)
    return tick


def _hear(detector: Detector, at: int, times: Sequence[int], values: Sequence[float | None]) -> None:
    for time, celsius in zip(times, values, strict=True):
        if celsius is not None:
            detector.hear(at, time, celsius)
