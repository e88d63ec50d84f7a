"""The product's own temperature: what a vial behind a bare air probe feels, as a first-order delay of what is read.

Used only where an approved time constant is on file for the place, for heat, and beside the raw verdict, which it never
touches. It is kept as a distance beyond the limit in millionths of a degree. After: a reading of a run. Before: `run`.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

_SHARES = 1_000_000


@dataclass(slots=True)
class Product:
    """How far beyond the limit the product is, while the probe is out."""

    tau_ms: int
    least: int  # the smallest distance (m°C) that is out
    now: int  # µ°C beyond the limit
    extreme: int  # m°C, over the bad readings
    run_ms: int = 0  # between consecutive bad readings at which the product was out too

    @classmethod
    def begin(cls, tau_ms: int, least: int, distance: int) -> "Product":
        """From where it is known to stand: the last good reading, or the limit when there is none."""
        return cls(tau_ms, least, distance * 1000, distance)

    def follow(self, pause: int | None, distance: int) -> None:
        """Move towards what the probe reads; after a pause of which nothing is known (None) the product may be as warm."""
        lag = distance * 1000 - self.now
        left = 0 if pause is None else lag * _share_left(pause, self.tau_ms) // _SHARES
        self.now = distance * 1000 - left

    def stay_out(self, pause: int | None, distance: int, *, was_out: bool) -> None:
        """Follow the probe to a bad reading; `was_out`: the one before was bad too."""
        was_out = was_out and self._is_out
        self.follow(pause, distance)
        self.extreme = max(self.extreme, _up(self.now))
        if pause is not None and was_out and self._is_out:
            self.run_ms += pause

    @property
    def _is_out(self) -> bool:
        return _up(self.now) >= self.least


def _up(millionths: int) -> int:
    return -(-millionths // 1000)


@lru_cache(maxsize=1024)
def _share_left(pause: int, tau_ms: int) -> int:
    """How much of a difference is left after a pause, in millionths."""
    return round(_SHARES * math.exp(-pause / tau_ms))
