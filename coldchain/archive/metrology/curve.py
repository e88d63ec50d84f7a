"""A probe's errors where a laboratory measured them, and what they say of any reading. Pure.

Linear between two points and constant outside: beyond the last point nobody measured, so nothing is extrapolated.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from coldchain.errors import BadInput
from coldchain.reading import PHYSICAL_RANGE, Quantity, Trace

Points = tuple[tuple[float, float], ...]  # (reference °C, indicated °C), as they are written on a certificate


class Found(StrEnum):
    """In which state a probe was measured."""

    AS_FOUND = "as_found"  # as it came from its place
    AS_LEFT = "as_left"  # after it was adjusted, if it was


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """What the standard said, and what the probe showed, in m°C."""

    reference_mc: int
    indicated_mc: int

    @property
    def error_mc(self) -> int:
        """By how much it showed too much."""
        return self.indicated_mc - self.reference_mc


@dataclass(frozen=True, slots=True)
class Curve:
    """What is to be taken off whatever a probe shows; points rising in what it showed."""

    points: tuple[Point, ...]

    @classmethod
    def of(cls, points: Iterable[Point]) -> "Curve":
        """The curve through these points.

        Raises:
            BadInput: there is none, or the probe showed as much or less where it was warmer.
        """
        rising = tuple(sorted(points))
        if not rising:
            raise BadInput("points", "there is none", "enter what the standard said and what the probe showed")
        for colder, warmer in pairwise(rising):
            if warmer.reference_mc == colder.reference_mc or warmer.indicated_mc <= colder.indicated_mc:
                wrong = f"at {_c(warmer.reference_mc)} it showed {_c(warmer.indicated_mc)}, at {_c(colder.reference_mc)} {_c(colder.indicated_mc)}"
                raise BadInput("points", wrong, "compare them with the certificate, each as REFERENCE:INDICATED")
        return cls(rising)

    @property
    def measured_c(self) -> tuple[float, float]:
        """From what it showed to what it showed somebody measured; beyond that the error is taken from the nearest point."""
        return self.points[0].indicated_mc / 1000, self.points[-1].indicated_mc / 1000

    def error_mc(self, indicated_mc: float) -> float:
        """The error where it shows this."""
        points = self.points
        after = bisect_right(points, indicated_mc, key=lambda point: point.indicated_mc)
        if after == 0:
            return points[0].error_mc
        if after == len(points):
            return points[-1].error_mc
        low, high = points[after - 1], points[after]
        share = (indicated_mc - low.indicated_mc) / (high.indicated_mc - low.indicated_mc)
        return low.error_mc + share * (high.error_mc - low.error_mc)

    def corrected_c(self, indicated_c: float) -> float:
        """What it would have shown without its error, to the thousandth."""
        return round(indicated_c - self.error_mc(indicated_c * 1000) / 1000, 3)


def corrected(trace: Trace, curve: Curve) -> Trace:
    """A trace as the certificate corrects it; what is no measurement stays none."""
    values = [None if value is None else curve.corrected_c(value) for value in trace.v]
    return Trace(trace.channel, trace.t, values, trace.q)


def read_points(field: str, written: Points) -> list[Point]:
    """Points as a certificate has them.

    Raises:
        BadInput: a temperature that no probe can show, or the curve through them cannot be.
    """
    low, high = PHYSICAL_RANGE[Quantity.TEMPERATURE]
    for value in (value for both in written for value in both):
        if not low <= value <= high:
            raise BadInput(field, f"{value:g} °C is no temperature of a probe", f"write {low:g} to {high:g}")
    points = sorted(Point(round(reference * 1000), round(indicated * 1000)) for reference, indicated in written)
    if points:
        try:
            Curve.of(points)
        except BadInput as error:
            raise BadInput(field, error.wrong, error.cure) from None
    return points


def _c(mc: int) -> str:
    return f"{mc / 1000:g} °C"
