"""Whether a probe passes, by dated limits."""

from pathlib import Path

import pytest

from coldchain.archive.metrology import limits
from coldchain.archive.metrology.curve import Point
from coldchain.archive.metrology.limits import Outcome
from coldchain.errors import BadInput

AUTOMATIC = limits.in_force("cn-2017", "2026-03-01")
GSP = limits.in_force("gsp-annex3", "2026-03-01")


@pytest.mark.parametrize(
    ("error_mc", "uncertainty_mc", "outcome"),
    [
        (500, None, Outcome.PASSED),
        (-500, None, Outcome.PASSED),
        (501, None, Outcome.FAILED),
        (-501, 10, Outcome.FAILED),
        (400, 100, Outcome.PASSED),
        (400, 101, Outcome.NEAR),
        (-500, 1, Outcome.NEAR),
    ],
)
def test_a_probe_passes_within_its_limit_and_is_near_within_its_uncertainty(
    error_mc: int, uncertainty_mc: int | None, outcome: Outcome
):
    assert AUTOMATIC.outcome([Point(5000, 5000 + error_mc)], uncertainty_mc) is outcome


def test_the_worst_point_counts():
    points = [Point(2000, 2000), Point(5000, 5600), Point(8000, 8450)]
    assert AUTOMATIC.outcome(points, 100) is Outcome.FAILED
    assert AUTOMATIC.outcome(points[::2], 100) is Outcome.NEAR


@pytest.mark.parametrize(
    ("reference_mc", "error_mc", "outcome"),
    [
        (0, 600, Outcome.FAILED),  # 0 °C is of the tighter band
        (-1, 600, Outcome.PASSED),
        (-25_000, 1001, Outcome.FAILED),
        (40_000, 500, Outcome.PASSED),
        (-40_000, 5000, None),  # of no band: not judged
    ],
)
def test_frost_may_be_measured_less_exactly(reference_mc: int, error_mc: int, outcome: Outcome | None):
    assert GSP.outcome([Point(reference_mc, reference_mc + error_mc)], None) is outcome


def test_a_limit_is_in_force_from_its_day_on():
    assert limits.in_force("cn-2017", "2017-12-15").source.startswith("疫苗储存和运输管理规范")
    with pytest.raises(BadInput, match="limit: 'cn-2017' is not in force on 2017-12-14; use one of cn-2017, "):
        limits.in_force("cn-2017", "2017-12-14")
    with pytest.raises(BadInput, match="limit: 'mine' is unknown"):
        limits.in_force("mine", "2026-01-01")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("error_c = 0.5", "error_c"),
        ("low_c = 40.0", "low_c"),
        ('valid_from = "2017-12-15"', "valid_from"),
    ],
)
def test_a_county_s_own_file_is_checked(broken: str, words: str, tmp_path: Path):
    wrong = {"error_c = 0.5": "error_c = -0.5", "low_c = 40.0": "", 'valid_from = "2017-12-15"': 'valid_from = "soon"'}
    text = limits.SHIPPED.read_text(encoding="utf-8").replace(
        "low_c = 0.0, high_c = 40.0", "low_c = 40.0, high_c = 0.0"
    )
    if broken != "low_c = 40.0":
        text = limits.SHIPPED.read_text(encoding="utf-8").replace(broken, wrong[broken])
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        limits.load(tmp_path / "mine.toml")
