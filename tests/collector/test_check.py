"""`coldchain collector check`: the sign of life that a health check asks for."""

import subprocess
import sys

import pytest

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.series import open_series
from coldchain.settings import SeriesSettings
from collector.app import MARK, sign_of_life
from collector.settings import CollectorSettings


@pytest.fixture
def settings(tmp_path):
    return CollectorSettings(series=SeriesSettings(path=tmp_path / "series.sqlite"))


async def alive_at(settings, time):
    async with open_series(settings.series, writer=True) as series:
        await series.set_marks({MARK.format("main"): time})


async def test_a_fresh_sign_of_life_is_told(settings):
    await alive_at(settings, clock.now())
    assert await sign_of_life(settings) == "collector main was alive 0 s ago"


async def test_an_old_sign_of_life_is_a_dead_collector(settings):
    await alive_at(settings, clock.now() - 60_000)
    with pytest.raises(Unavailable, match="last alive 60 s ago"):
        await sign_of_life(settings)


async def test_a_collector_that_never_lived_is_named(settings):
    async with open_series(settings.series, writer=True):
        pass
    with pytest.raises(Unavailable, match="never"):
        await sign_of_life(settings)


async def test_the_command_answers_by_its_exit_code(settings, tmp_path):
    (tmp_path / "s.toml").write_text(f'[series]\npath = "{settings.series.path}"\n')
    command = [sys.executable, "-m", "coldchain", "collector", "check", "--settings", str(tmp_path / "s.toml")]
    await alive_at(settings, clock.now())
    assert subprocess.run(command, check=False).returncode == 0
    await alive_at(settings, 1)
    assert subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 1
