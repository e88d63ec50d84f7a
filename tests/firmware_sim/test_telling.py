"""A story's captions come in order, when the clock comes to them."""

import pytest

from coldchain import clock
from firmware_sim.scenario import Caption
from firmware_sim.scenario_file import load
from firmware_sim.telling import tell


@pytest.fixture
def fast(monkeypatch):
    """A minute of the domain in half a millisecond, from the story's live start."""
    start = clock.wall()
    scale = clock.Scale(start, start - 400 * 60_000, 3600)
    monkeypatch.setattr(clock, "now", lambda: scale.at(clock.wall()))
    monkeypatch.setattr(clock, "speed", lambda: 3600.0)
    return scale.domain


async def test_captions_are_told_in_order_and_not_before_their_minute(fast):
    told = []
    await tell(load("county"), fast, lambda caption: told.append((caption.at_min, clock.now())))
    minutes = [minute for minute, _ in told]
    assert minutes == sorted(minutes)
    assert len(minutes) >= 6
    assert all(at >= fast + minute * 60_000 for minute, at in told)


async def test_a_story_joined_late_is_told_from_there_on(fast):
    told: list[Caption] = []
    await tell(load("county"), fast - 100 * 60_000, told.append)
    assert told
    assert min(caption.at_min for caption in told) > 99
