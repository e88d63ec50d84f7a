"""An exposure beside a maker's lines: covered, or why not."""

from typing import Any

import pytest

from coldchain.archive.disposition.limits import HOUR, Line, Went, compared, covering
from coldchain.exposure import BANDS, Bands, Exposure
from coldchain.profile import PROFILES

BAND = PROFILES["2-8"]
REFRIGERATED = 4  # the place of 2..8 among the bands


def went(high_mc: int = 9_000, hours: float = 5, low_mc: int = 4_000, **more: Any) -> Went:
    """So many hours in 8..15."""
    ms = [0] * BANDS
    ms[REFRIGERATED + 1] = round(hours * HOUR)
    bands = Bands(tuple(ms), (0,) * BANDS)
    exposure = Exposure(sensor_ms=sum(ms), low_mc=low_mc, high_mc=high_mc, hot=bands, cold=bands, **more)
    return Went(exposure, 1, 0)


def line(**more: Any) -> Line:
    said: dict[str, Any] = {
        "id": 1, "low_c": 8.0, "high_c": 25.0, "max_hours": 6.0, "max_count": 2, "document_no": "S-1", "certainty": "read",
    }  # fmt: skip
    return Line(**said | more)


def why(story: Went, *lines: Line) -> list[str]:
    return [each.wrong for each in compared(story, BAND, lines)]


def test_what_lies_inside_a_line_is_covered():
    assert why(went(), line()) == [""]
    assert covering(went(), BAND, compared(went(), BAND, [line(id=3, max_hours=1.0), line()])) == [1]


@pytest.mark.parametrize(
    ("story", "limit", "wrong"),
    [
        (went(hours=6.5), line(), "6.50 h are more than 6 h"),
        (went(high_mc=25_100), line(), "it does not reach from 8 to 25.1 °C"),
        (went(), line(low_c=9.0), "it does not reach from 8 to 9 °C"),
        (Went(went().exposure, 3, 0), line(), "3 excursions are more than 2"),
        (Went(went().exposure, 1, 2 * HOUR), line(), "7.00 h are more than 6 h"),
        (
            went(),
            line(certainty="own-knowledge"),
            "the line is marked own-knowledge: nobody read it in the maker's paper",
        ),
        (went(), line(certainty="example"), "the line is marked example: nobody read it in the maker's paper"),
        (went(manual_high_mc=9_500), line(), "of what somebody read by hand nobody knows how long it was so"),
    ],
)
def test_what_is_not_covered_says_why(story: Went, limit: Line, wrong: str):
    assert why(story, limit) == [wrong]
    assert covering(story, BAND, compared(story, BAND, [limit])) == []


def test_each_side_wants_a_line_of_its_own():
    both = went(low_mc=-1_000)
    assert [(each.side, each.is_inside) for each in compared(both, BAND, [line()])] == [("heat", True), ("cold", False)]
    assert covering(both, BAND, compared(both, BAND, [line()])) == []
    cold = line(id=2, low_c=-2.0, high_c=2.0)
    assert covering(both, BAND, compared(both, BAND, [line(), cold])) == [1, 2]


def test_where_nothing_is_known_outside_of_the_band_no_line_covers_anything():
    calm = went(high_mc=7_000, hours=0)
    assert covering(calm, BAND, compared(calm, BAND, [line()])) == []


def test_a_line_without_an_end_has_no_limit_on_that_side():
    assert why(went(high_mc=60_000), line(high_c=None)) == [""]
