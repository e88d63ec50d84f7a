"""What processors worked, in this process and in a database's: wall time says how busy the machine was with other things."""

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass(slots=True)
class Cpu:
    """Counts for this process and, where one is named, for a server and its children."""

    server: int | None = None
    _seen: dict[int, float] = field(default_factory=dict)  # a child that ended keeps what it had

    def ms(self) -> float:
        """Milliseconds since some moment."""
        own = time.process_time() * 1000
        if self.server is None:
            return own
        for child in psutil.Process(self.server).children(recursive=True):
            try:
                self._seen[child.pid] = int(Path(f"/proc/{child.pid}/schedstat").read_text().split()[0]) / 1e6
            except (OSError, psutil.Error):  # it ended meanwhile
                continue
        return own + sum(self._seen.values())


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds: by the clock, and of processors; in which way the dearest was asked, where there were several."""

    median_ms: float
    p95_ms: float
    cpu_ms: float
    worst_cpu_ms: float
    worst: str = ""


def took_of(wall: Sequence[float], cpu_ms: float, worst_cpu_ms: float, worst: str = "") -> Took:
    """What so many measurements come to."""
    ordered = sorted(wall)
    p95 = ordered[min(len(ordered) - 1, math.ceil(0.95 * len(ordered)) - 1)]
    return Took(round(statistics.median(ordered), 2), round(p95, 2), round(cpu_ms, 2), round(worst_cpu_ms, 2), worst)
