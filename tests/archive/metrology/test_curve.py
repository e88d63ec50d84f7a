"""Errors at points, between them and beyond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.archive.metrology.curve import Curve, Point, corrected, read_points
from coldchain.errors import BadInput
from coldchain.reading import Fault, Trace
from tests.archive.metrology.cast import WARM

CURVE = Curve.of(read_points("found", WARM))


@pytest.mark.parametrize(
    ("indicated_c", "corrected_c"),
    [
        (2.4, 2.0),
        (8.8, 8.0),
        (5.6, 5.0),  # half way: 0.6 K
        (0.0, -0.4),  # outside the first error counts …
        (20.0, 19.2),  # … or the last
    ],
)
def test_an_error_is_linear_between_points_and_constant_outside(indicated_c: float, corrected_c: float):
    assert CURVE.corrected_c(indicated_c) == corrected_c


def test_a_single_point_is_a_constant():
    assert [Curve.of([Point(5000, 4700)]).corrected_c(value) for value in (-20.0, 5.0)] == [-19.7, 5.3]


def test_what_is_no_measurement_stays_none_and_nothing_else_changes():
    trace = Trace("c", [1, 2, 3], [2.4, None, 8.8], [0, int(Fault.GARBLED), 64])
    assert corrected(trace, CURVE) == Trace("c", [1, 2, 3], [2.0, None, 8.0], [0, int(Fault.GARBLED), 64])


@given(st.dictionaries(st.integers(-15, 20), st.integers(-300, 300), min_size=1, max_size=6))
def test_at_its_points_a_curve_gives_back_what_the_standard_said(errors: dict[int, int]):
    points = [Point(slot * 2000, slot * 2000 + error) for slot, error in errors.items()]
    curve = Curve.of(points)
    for point in points:
        assert curve.corrected_c(point.indicated_mc / 1000) == pytest.approx(point.reference_mc / 1000, abs=1e-9)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (((2.0, 2.0), (2.0, 2.1)), r"found: at 2 °C it showed 2.1 °C, at 2 °C 2 °C; compare"),
        (((2.0, 5.0), (8.0, 5.0)), r"found: at 8 °C it showed 5 °C"),
        (((2.0, 850.0),), r"found: 850 °C is no temperature of a probe; write -110 to 80"),
    ],
)
def test_points_that_cannot_be_are_refused(points: tuple[tuple[float, float], ...], words: str):
    with pytest.raises(BadInput, match=words):
        read_points("found", points)


def test_no_point_is_no_curve():
    assert read_points("found", ()) == []
    with pytest.raises(BadInput, match="points: there is none"):
        Curve.of([])
