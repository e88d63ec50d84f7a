"""When a temperature has left the band that it usually keeps and goes on: something fails before a limit is passed. Pure.

    hourly rollups of three days ─► usual band ─► newest reading outside of it? ─► since when ─► forecast

Doors and defrosts belong to the usual: they were there on the days before, and they turn back. What is outside for
twenty minutes, and is on its way to a limit as seen from now and from five minutes ago, is told. In the simulated
cabinets that found no false one in months and most broken compressors before the limit; see `bench/forecast.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alerting.excursion.forecast import MINUTE, Forecast, Points, Way, forecast, measured_rate
from coldchain.profile import Profile

USUAL_HOURS: Final = 72
SETTLED: Final = 2  # the newest hours are not usual yet
LEAST_HOURS: Final = 24
RARE: Final = 0.05  # the share of hours whose extremes are not usual
MARGIN_K: Final = 0.5
LEAST_OUTSIDE_MS: Final = 20 * MINUTE
AGAIN_MS: Final = 5 * MINUTE  # so long ago it must have been on its way already
SURE: Final = 2.0  # standard errors from standing still


@dataclass(frozen=True, slots=True)
class Usual:
    """The band that a temperature keeps in all but its rarest hours."""

    low_c: float
    high_c: float

    def is_left(self, value_c: float) -> bool:
        """True well outside of it."""
        return not self.low_c - MARGIN_K <= value_c <= self.high_c + MARGIN_K

    def way(self, value_c: float, profile: Profile, room_c: float | None) -> Way | None:
        """To which limit it goes from there; None where there is no limit on that side."""
        if value_c > self.high_c:
            return None if profile.high_c is None else Way.up(profile.high_c, room_c)
        return None if profile.low_c is None else Way.down(profile.low_c)


def usual_of(hours: Sequence[tuple[float, float]]) -> Usual | None:
    """The usual band of so many hours' (lowest, highest); None before there is a day of them."""
    if len(hours) < LEAST_HOURS:
        return None
    rare = round(RARE * len(hours))
    lows, highs = sorted(low for low, _ in hours), sorted(high for _, high in hours)
    return Usual(lows[rare], highs[-1 - rare])


def departure(usual: Usual, way: Way, points: Points) -> Forecast | None:
    """When the limit will be passed, if the newest point is on its way there and was so five minutes before."""
    if not points:
        return None
    now = points[-1][0]
    since = next((t for t, v in reversed(points) if usual.low_c <= v <= usual.high_c), points[0][0])
    outside = [point for point in points if point[0] >= since]
    if now - since < LEAST_OUTSIDE_MS or not usual.is_left(points[-1][1]):
        return None
    for instant in (now - AGAIN_MS, now):
        rate = measured_rate(way, outside, instant)
        if rate is None or rate.per_min <= SURE * rate.error:
            return None
    return forecast(way, outside, now)
