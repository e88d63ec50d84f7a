"""How long until the limit once the mains are lost: a first-order warm-up with the published figure of the type. Pure.

An estimate, labelled as such: `basis` says what it rests on. A type without a published figure has no forecast, which
is said too. Shown beside the observation; it rings nobody.
"""

import math
from dataclasses import dataclass
from typing import Final

BASIS: Final = "type figure"


@dataclass(frozen=True, slots=True)
class Figure:
    """A published warm-up: from `start_c`, in a room of `ambient_c`, `limit_c` is passed after `hours`."""

    start_c: float
    ambient_c: float
    limit_c: float
    hours: float
    source: str

    @property
    def time_constant_min(self) -> float:
        """The time constant of the first-order response that passes through the figure."""
        return 60 * self.hours / math.log((self.ambient_c - self.start_c) / (self.ambient_c - self.limit_c))


# The least favourable figure that is published for the type; where the source names no room or start, 25 °C and 5 °C.
FIGURES: Final = {
    "domestic_fridge": Figure(5, 25, 8, 2, "domestic refrigerators pass 8 °C about 2 h after an outage begins"),
    "medical_fridge": Figure(5, 25, 8, 1, "pharmacy refrigerators with glass doors hold 1 to 3 h"),
    "ilr": Figure(5, 43, 10, 20, "WHO PQS E003: holdover of ice-lined refrigerators at least 20 h at 43 °C to +10 °C"),
}


@dataclass(frozen=True, slots=True)
class Forecast:
    """In how many minutes `limit_c` is passed, from `from_c`; 0 when it is passed already."""

    minutes: int
    from_c: float
    limit_c: float
    basis: str
    source: str


def forecast(equipment_type: str, from_c: float, limit_c: float) -> Forecast | None:
    """The time until the limit, or None where no figure is published, or the room itself is no warmer than the limit."""
    figure = FIGURES.get(equipment_type)
    if figure is None or limit_c >= figure.ambient_c:
        return None
    if from_c >= limit_c:
        minutes = 0
    else:
        ratio = (figure.ambient_c - from_c) / (figure.ambient_c - limit_c)
        minutes = math.floor(figure.time_constant_min * math.log(ratio))
    return Forecast(minutes, from_c, limit_c, BASIS, figure.source)
