"""The small year is simulated once."""

import pytest

from bench.county_year.simulate import Year
from tests.bench.small_year import small_year


@pytest.fixture(scope="session")
def year() -> Year:
    return small_year()
