"""What stands in the county: types, rooms, probes, days on which children are vaccinated."""

import math
import random
from dataclasses import dataclass
from functools import lru_cache

from firmware_sim.physics.ambient import Climate

BEGINS = 1_767_196_800_000  # 2026-01-01T00:00+08:00, ms UTC; the county keeps that zone the whole year
FIRST_WEEKDAY = 3  # a Thursday; Monday is 0
DAY_S, MINUTE_S = 86_400, 60
MONTH_S = 30 * DAY_S
_WARMEST_DAY = 200

# (type, share of the county, storage profile, probe)
_MIX = (
    ("domestic_fridge", 40, "2-8", "steel"),
    ("medical_fridge", 25, "2-8", "steel"),
    ("ilr", 15, "2-8", "steel"),
    ("frost_free_fridge", 10, "2-8", "sht"),
    ("freezer", 10, "frozen", "steel"),
)


@dataclass(frozen=True, slots=True)
class Fridge:
    """One compartment with vaccine, its probe and its room."""

    name: str
    seed: str
    type: str
    profile: str
    probe: str
    climate: Climate
    season_k: float  # how much warmer than the mean the room is in July
    sessions: tuple[int, ...]  # weekdays

    @property
    def channel(self) -> str:
        """Its probe's channel."""
        return f"gw-{self.name}/28{self.name}/temperature"

    def season_now_k(self, local_s: int) -> float:
        """How far the room's mean of the day is from that of the year."""
        day = local_s // DAY_S
        return self.season_k * math.cos(2 * math.pi * (day - _WARMEST_DAY) / 365)

    def dial_k(self, month: int) -> float:
        """Where people have set the knob: put right at the first of each month, never quite."""
        return _dial_k(self, month)

    def is_session(self, day: int) -> bool:
        """True on days on which children are vaccinated."""
        return (day + FIRST_WEEKDAY) % 7 in self.sessions


@lru_cache(maxsize=256)
def _dial_k(fridge: Fridge, month: int) -> float:
    error_k = random.Random(f"{fridge.seed}/dial/{month}").uniform(-0.4, 0.4)
    if fridge.type == "medical_fridge":
        return error_k
    if fridge.type != "domestic_fridge":
        return 0.0
    # A household's thermostat feels the plate: the colder the room, the colder the vaccine. People set it to about 5 °C.
    room_c = fridge.climate.mean_c + fridge.season_now_k(month * MONTH_S + MONTH_S // 2)
    return (4.9 - 3.3 - 0.2 * (room_c - 25.0)) / 0.82 + error_k


def county(seed: str, count: int) -> list[Fridge]:
    """The county's fridges, the same for the same seed; types in their shares."""
    kinds = [row for row in _MIX for _ in range(row[1])]
    random.Random(f"{seed}/mix").shuffle(kinds)
    return [_fridge(f"{seed}/{n}", f"f{n:03}", *kinds[n % len(kinds)]) for n in range(count)]


def _fridge(seed: str, name: str, type_: str, _share: int, profile: str, probe: str) -> Fridge:
    rng = random.Random(seed)
    is_heated = type_ == "ilr"  # made for hot rooms: in a cold one it would freeze its vaccine all winter
    climate = Climate(
        rng.uniform(22, 26) if is_heated else rng.uniform(17, 23), rng.uniform(1, 3), rng.uniform(0.2, 0.6)
    )
    sessions = tuple(sorted(rng.sample(range(5), rng.choice((1, 2, 2, 3)))))
    return Fridge(
        name, seed, type_, profile, probe, climate, rng.uniform(1, 3) if is_heated else rng.uniform(5, 8), sessions
    )
