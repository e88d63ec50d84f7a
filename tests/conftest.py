"""Fixtures that every room's tests may ask for: the real parts, one of each for the whole session."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.influx import Influx, influx_server
from tests.parts.mosquitto import Mosquitto, mosquitto_broker
from tests.parts.postgres import Postgres, postgres_server

# Names that any test may use for a gateway; each has a user and password on the test broker.
GATEWAYS = [f"gw-{n}" for n in range(1, 61)]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--seed N` repeats a soak."""
    parser.addoption("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="seed of the soak tests")


@pytest.fixture(scope="session")
def parts_folder() -> Iterator[Path]:
    """A short path, readable by `postgres`: pytest's own temporary folders are private to one user."""
    with tempfile.TemporaryDirectory(prefix="coldchain-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def mosquitto(parts_folder: Path) -> Iterator[Mosquitto]:
    """The shared broker; a test that kills it starts its own with `mosquitto_broker`."""
    with mosquitto_broker(parts_folder / "mosquitto", GATEWAYS) as broker:
        yield broker


@pytest.fixture(scope="session")
def influx(parts_folder: Path) -> Iterator[Influx]:
    """The shared influxd behind nginx; ask it for a fresh database with `influx.settings()`."""
    with influx_server(parts_folder / "influx") as server:
        yield server


@pytest.fixture(scope="session")
def postgres(parts_folder: Path) -> Iterator[Postgres]:
    """The shared PostgreSQL; ask it for a fresh database with `postgres.url()`."""
    with postgres_server(parts_folder / "postgres") as server:
        yield server
