"""The single threshold: whenever a value crosses a limit, somebody is called."""

from dataclasses import dataclass

from bench.detectors.band import Called, Side


@dataclass(slots=True)
class Threshold(Called):
    """Remembers on which side the value before was."""

    was: Side = Side.INSIDE

    def hear(self, at: int, time: int, celsius: float) -> None:
        """Ring on every crossing outwards."""
        side = self.band.side(celsius)
        if side not in (self.was, Side.INSIDE):
            self.ring(at, time, side)
        elif side is not Side.INSIDE:
            self.goes_on(time)
        self.was = side

    def restart(self) -> None:
        """It no longer knows that it has called."""
        self.was = Side.INSIDE
