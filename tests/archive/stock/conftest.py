import pytest

from coldchain.archive.db import Archive
from tests.archive.stock.shop import Shop, open_shop


@pytest.fixture
async def shop(archive: Archive) -> Shop:
    return await open_shop(archive)
