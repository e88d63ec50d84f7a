"""Two probes against each other: bounds, gaps, and who may begin or end anything."""

from collections.abc import Sequence

import pytest

from alerting.excursion.pairs import Apart, Base, Mean, base_of, disagreement, drift
from coldchain.series import DAY, HOUR
from tests.alerting.cast import T0

Values = Sequence[float | None]


def means(values: Values, step: int = HOUR) -> list[Mean]:
    """One an hour; None is one that was not known long enough."""
    return [Mean(T0 + i * step, value) for i, value in enumerate(values) if value is not None]


FIVE = means([5.0] * 30)


def apart(values: Values) -> Apart | None:
    return disagreement(FIVE, means(values))


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([7.1, 7.1, 7.1], Apart(T0, 2.1)),
        ([7.0, 7.0, 7.0], None),
        ([7.1, 7.1], None),
        ([5.0, 2.9, 2.9, 2.9], Apart(T0 + HOUR, -2.1)),
        ([7.1, 7.1, 7.1, 6.9], None),
        ([7.1, 7.1, 2.9], None),
        ([7.1, None, 7.1, None, 7.2], Apart(T0, 2.2)),
        ([7.1, 7.1, 7.1, None, None], Apart(T0, 2.1)),
        ([], None),
    ],
)
def test_three_hours_apart_in_a_row_disagree(values: Values, found: Apart | None):
    assert apart(values) == found


def test_hours_in_which_only_one_spoke_are_not_compared():
    assert disagreement(means([5.0, None, None, 5.0]), means([9.0] * 4)) is None


def test_the_base_is_the_median_of_the_first_fortnight():
    first, second = means([5.0] * 20, DAY), means([5.3] * 6 + [9.0] + [5.2] * 7 + [8.0] * 6, DAY)
    assert base_of(first, second) == Base(0.25, T0 + 13 * DAY)
    assert base_of(first, second[:13]) is None


@pytest.mark.parametrize(
    ("lately", "found"),
    [
        ([5.8, 5.8, 5.8], Apart(T0, 0.6)),
        ([5.7, 5.7, 5.7], None),
        ([5.8, 5.8], None),
        ([4.6, 4.6, 4.6, 4.5], Apart(T0, -0.7)),
        ([5.8, 5.8, 5.8, 5.2], None),
    ],
)
def test_a_difference_that_moved_for_three_days_drifts(lately: Values, found: Apart | None):
    assert drift(means([5.0] * len(lately), DAY), means(lately, DAY), base=0.2) == found
