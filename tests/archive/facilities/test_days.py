"""Days and months of a site's own calendar."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from coldchain.archive.facilities import days
from coldchain.errors import BadInput

CHENGDU, ABROAD = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MINUTE = 60_000


def at(text: str, zone: ZoneInfo = CHENGDU) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def test_a_month_is_the_sites_own():
    late = at("2026-06-30T23:59")
    assert (days.month_of(late, CHENGDU), days.month_of(late + MINUTE, CHENGDU)) == ("2026-06", "2026-07")
    assert days.month_of(late + MINUTE, ABROAD) == "2026-06"
    assert days.month_begins(late, CHENGDU) == at("2026-06-01T00:00")
    assert days.month_begins(late + MINUTE, CHENGDU) == at("2026-07-01T00:00")


@pytest.mark.parametrize(
    ("when", "first", "last"),
    [
        ("2026-06-30T23:59", "2026-06-01", "2026-06-30"),
        ("2026-12-31T12:00", "2026-12-01", "2026-12-31"),
        ("2028-02-01T00:00", "2028-02-01", "2028-02-29"),
    ],
)
def test_a_month_has_its_first_and_its_last_day(when: str, first: str, last: str):
    assert days.month_days(at(when), CHENGDU) == (first, last)


def test_a_day_on_which_clocks_change_is_shorter_and_still_one_day():
    began, ended = days.begins("2026-03-29", ABROAD), days.end_of("2026-03-29", ABROAD)
    assert ended - began == 23 * 60 * MINUTE
    assert {days.day_of(began, ABROAD), days.day_of(ended - 1, ABROAD)} == {"2026-03-29"}


@pytest.mark.parametrize(("text", "cure"), [("2026-02-30", "write YYYY-MM-DD"), ("20260201", "write 2026-02-01")])
def test_what_is_no_day_is_refused_with_its_field_and_the_cure(text: str, cure: str):
    with pytest.raises(BadInput, match="from") as refused:
        days.parse(text, "from")
    assert refused.value.cure == cure
