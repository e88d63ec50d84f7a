"""The words of rounds and runs: what is planned, what goes on the road, what is read there (疫苗运输温度记录表)."""

import tomllib
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from coldchain.archive.exposure.evidence import Ice
from coldchain.archive.rows import Record
from coldchain.archive.upkeep.words import EquipmentType

__all__ = [
    "RIDES_ALONG",
    "Cooling",
    "Ice",
    "Line",
    "Logger",
    "Measured",
    "NewRound",
    "NewRun",
    "Point",
    "Reading",
    "Round",
    "Run",
    "RunKind",
    "Stop",
    "Tool",
    "Way",
    "most_apart_ms",
]

TERMS: Final = Path(__file__).with_name("transport.toml")
RIDES_ALONG: Final = frozenset(
    {
        EquipmentType.VEHICLE,
        EquipmentType.VACCINE_VAN,
        EquipmentType.MOBILE_VEHICLE,
        EquipmentType.GSP_VEHICLE,
        EquipmentType.COLD_BOX,
        EquipmentType.MOBILE_BOX,
        EquipmentType.CARRIER,
    }
)


class RunKind(StrEnum):
    """Why a run goes."""

    SUPPLY = "supply"  # part of a round
    EMERGENCY = "emergency"  # ordered by a paper, outside of any round
    OUTREACH = "outreach"  # a session bag to a village and back
    RETURN = "return"  # unopened doses back to the store


class Tool(StrEnum):
    """疫苗运输工具."""

    REFRIGERATED_VEHICLE = "refrigerated_vehicle"  # 冷藏车
    VACCINE_VEHICLE = "vaccine_vehicle"  # 疫苗运输车
    OTHER = "other"


class Cooling(StrEnum):
    """疫苗冷藏方式."""

    REFRIGERATED_VEHICLE = "refrigerated_vehicle"
    ONBOARD_BOX = "onboard_box"  # 车载冷藏箱
    OTHER = "other"


class Way(StrEnum):
    """配送方式."""

    DELIVERED = "delivered"  # 本级配送
    COLLECTED = "collected"  # 下级自运


class Point(StrEnum):
    """Where on its way a run was when it was read (项目)."""

    DEPARTURE = "departure"  # 启运
    EN_ROUTE = "en_route"  # 途中
    ARRIVAL = "arrival"  # 到达
    BACK = "back"  # at its origin again


class NewRound(Record, frozen=True, kw_only=True):
    """A round of a region's year; days are local, both inside."""

    region: str
    year: int
    number: int
    name: str
    first_day: str
    last_day: str


class Round(NewRound, frozen=True, kw_only=True):
    """… that stands in the plan."""

    id: int
    closed_at: int | None = None
    closed_by: str | None = None
    withdrawn_at: int | None = None


class Line(Record, frozen=True, kw_only=True):
    """A facility's part of a round."""

    round: int
    facility: str
    planned_doses: int
    sessions_held: int | None = None
    closed_at: int | None = None
    closed_by: str | None = None


class Logger(Record, frozen=True, kw_only=True):
    """A channel that measures a carrier for one run."""

    channel: str
    carrier: int
    interval_s: int = 60
    position: str = ""


class NewRun(Record, frozen=True, kw_only=True):
    """A run that begins: loading from `started_at` on. `carriers` are compartments of the vehicle, its boxes, a bag."""

    kind: RunKind
    origin: str
    stops: tuple[str, ...]
    carriers: tuple[int, ...]
    started_at: int
    tool: Tool
    cooling: Cooling
    way: Way
    sender: str
    plate: str = ""
    purpose: str = ""
    round: int | None = None
    order_no: str = ""
    order_document: str | None = None
    loggers: tuple[Logger, ...] = ()


class Run(Record, frozen=True, kw_only=True):
    """A run that stands in the archive; `ended_at` None: on its way."""

    id: int
    kind: RunKind
    round: int | None
    origin: str
    tool: Tool
    cooling: Cooling
    way: Way
    plate: str
    purpose: str
    sender: str
    order_no: str
    order_document: str | None
    started_at: int
    ended_at: int | None
    closed_by: str | None
    despite: str
    withdrawn_at: int | None


class Stop(Record, frozen=True, kw_only=True):
    """Where a run goes; `receipt` is what was decided there."""

    run: int
    facility: str
    position: int
    arrived_at: int | None
    distance_km: int | None
    receiver: str | None
    receipt: int | None


class Measured(Record, frozen=True, kw_only=True):
    """What was read of one carrier."""

    carrier: int
    vaccine_c: float
    ice: Ice | None = None
    ambient_c: float | None = None


class Reading(Measured, frozen=True, kw_only=True):
    """… at a point of the way, by somebody."""

    id: int
    run: int
    point: Point
    facility: str | None
    at: int
    by: str
    withdrawn_at: int | None = None


@cache
def most_apart_ms() -> tuple[int, int]:
    """(a trip longer than this, is read on the way at most so far apart)"""  # noqa: D415 - says what the pair is
    terms = tomllib.loads(TERMS.read_text(encoding="utf-8"))["en_route"]
    return terms["longer_than_min"] * 60_000, terms["apart_min"] * 60_000


def listed(codes: Sequence[str]) -> str:
    """Codes in a message."""
    return ", ".join(code[:80] for code in codes)
