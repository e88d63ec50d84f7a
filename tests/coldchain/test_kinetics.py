import pytest

from coldchain.kinetics import mean_kinetic_temperature


@pytest.mark.parametrize(
    ("series", "mkt"),
    [
        ([(t, 1) for t in range(2, 9)], 5.242),
        ([(5, 22), (12, 2)], 5.866),
        ([(5, 23), (25, 1)], 7.756),
        ([(5, 21), (15, 3)], 7.107),
        ([(5, 20), (15, 4)], 7.705),
        ([(5, 18), (14, 6)], 8.285),
    ],
)
def test_mean_kinetic_temperature_holds_the_published_vectors(series, mkt):
    assert mean_kinetic_temperature(series) == pytest.approx(mkt, abs=0.0006)


def test_nothing_has_no_mean():
    assert mean_kinetic_temperature([]) is None
    assert mean_kinetic_temperature([(5.0, 0.0)]) is None
