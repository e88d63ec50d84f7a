"""Consecutive-N: so many values out in a row, and somebody is called; one inside, and counting begins anew."""

from dataclasses import dataclass

from bench.detectors.band import Called, Side


@dataclass(slots=True)
class Consecutive(Called):
    """Counts values as they come, whenever they were measured."""

    needed: int = 3
    side: Side = Side.INSIDE
    count: int = 0

    def hear(self, at: int, time: int, celsius: float) -> None:
        """Ring at the N-th of a row."""
        side = self.band.side(celsius)
        self.count = self.count + 1 if side is self.side else 1
        self.side = side
        if side is Side.INSIDE or self.count < self.needed:
            return
        if self.count == self.needed:
            self.ring(at, time, side)
        else:
            self.goes_on(time)

    def restart(self) -> None:
        """It counts from nought."""
        self.side, self.count = Side.INSIDE, 0
