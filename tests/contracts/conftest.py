"""The stores that the series contract is held against."""

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from coldchain.series import Series, open_series
from coldchain.settings import SeriesSettings
from tests.parts.influx import Influx

NAMED = "COLDCHAIN_TEST_INFLUX_URL"


@pytest.fixture(params=["embedded", "influxd", *(["named"] if NAMED in os.environ else [])])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> SeriesSettings:
    """A store with nothing of this test's in it: SQLite, Debian's influxd behind nginx, or a named InfluxDB."""
    if request.param == "embedded":
        return SeriesSettings(kind="embedded", path=tmp_path / "series.sqlite")
    if request.param == "influxd":
        influx: Influx = request.getfixturevalue("influx")
        return influx.settings()
    return SeriesSettings(
        kind="influx",
        url=os.environ[NAMED],
        token=SecretStr(os.environ.get("COLDCHAIN_TEST_INFLUX_TOKEN", "")),
        org=os.environ.get("COLDCHAIN_TEST_INFLUX_ORG", "coldchain"),
        bucket=os.environ.get("COLDCHAIN_TEST_INFLUX_BUCKET", "coldchain"),
    )


@pytest.fixture
async def series(settings: SeriesSettings) -> AsyncIterator[Series]:
    """The store, open for writing."""
    async with open_series(settings, writer=True) as opened:
        yield opened


@pytest.fixture
def gateway() -> str:
    """A gateway of this test alone: a named server is not emptied between tests."""
    return f"gw-{secrets.token_hex(4)}"
