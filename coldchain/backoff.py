"""How long to wait before trying again: doubling, capped, jittered, so that a county of gateways does not return in step."""

import random
from collections.abc import Iterator


def delays(first_s: float, most_s: float, rng: random.Random | None = None) -> Iterator[float]:
    """Endless delays in seconds, each drawn from the upper half of a doubling, capped range."""
    draw = rng or random.Random()
    limit = first_s
    while True:
        yield limit * draw.uniform(0.5, 1.0)
        limit = min(most_s, limit * 2)
