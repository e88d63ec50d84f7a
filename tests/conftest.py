"""Fixtures that every room's tests may ask for: the real parts, one of each for the whole session."""

import gc
import os
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.parts.archives import Emptied, emptied, empty_sqlite, migrate
from tests.parts.influx import Influx, influx_server
from tests.parts.mosquitto import Mosquitto, mosquitto_broker
from tests.parts.postgres import Postgres, postgres_server

# Names that any test may use for a gateway; each has a user and password on the test broker.
GATEWAYS = [f"gw-{n}" for n in range(1, 61)]

# Files live in memory where there is room for them: everything here is synced to its disk many thousand times, and no
# test cuts the power of the machine. `PYTEST_DEBUG_TEMPROOT` names another place.
MEMORY = Path("/dev/shm")
ROOM_B = 4_000_000_000
FOLDER = "PYTEST_DEBUG_TEMPROOT"

# Half a minute and more, each; the longest first.
LONG = ["test_service", "test_adopted", "test_migrations", "test_browser", "test_watch", "test_verify", "test_retention",
        "test_live", "test_access", "test_configuration", "test_cli", "test_any_order"]  # fmt: skip


def pytest_configure() -> None:
    """Choose the place for everybody's `tmp_path`, before anybody has one."""
    if FOLDER not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_B:
        os.environ[FOLDER] = str(MEMORY)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many a test waits for another process."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long begin first, or one of them keeps everybody waiting at the end."""
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


def pytest_collection_finish() -> None:
    """What is there now stays to the end: the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--seed N` repeats a soak."""
    parser.addoption("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="seed of the soak tests")


@pytest.fixture(scope="session")
def parts_folder() -> Iterator[Path]:
    """A short path, readable by `postgres`: pytest's own temporary folders are private to one user."""
    with tempfile.TemporaryDirectory(prefix="coldchain-", dir=os.environ.get(FOLDER)) as folder:
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


@pytest.fixture(scope="session")
def sqlite_template(parts_folder: Path) -> Path:
    """An empty archive, to be copied."""
    path = parts_folder / "template.sqlite"
    path.write_bytes(empty_sqlite())
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The URL of an empty archive, to be copied; nobody opens it."""
    url = postgres.url()
    migrate(url)
    return url


@pytest.fixture(scope="session")
async def postgres_archive(postgres: Postgres, postgres_template: str) -> AsyncIterator[Emptied]:
    """The one archive on PostgreSQL that is emptied before each test."""
    async with emptied(postgres.url(postgres_template)) as opened:
        yield opened
