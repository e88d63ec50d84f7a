"""The words of a scenario: places, their equipment, what measures it, what goes wrong; each class is a TOML table.

`scenario_file.load` reads them, `scenario_check` holds them to each other.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from coldchain.reading import NAME_PART
from firmware_sim.faults import Fault
from firmware_sim.physics.ambient import Climate

Name = Annotated[str, Meta(pattern=rf"^{NAME_PART.pattern}$")]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
RegionCode = Annotated[str, Meta(pattern=r"^\d{12}$")]
HardwareId = Annotated[str, Meta(pattern=r"^[0-9a-f]{1,16}$")]
TenSeconds = Annotated[int, Meta(ge=10, le=3600, multiple_of=10)]

EquipmentType = Literal["domestic_fridge", "frost_free_fridge", "medical_fridge", "ilr", "freezer", "cold_room"]
DeviceKind = Literal["cclog", "xy-md02", "rs-ws-n01", "tasmota"]
Purpose = Literal["vaccine", "ice_packs", "empty"]
Position = Literal["middle", "door", "back", "contents"]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TOML table: an unknown key is an error, not a shrug."""


class Room(_Table, frozen=True):
    """The climate around the equipment of a facility."""

    mean_c: float = 26.0
    swing_k: Annotated[float, Meta(ge=0)] = 2.0
    noise_k: Annotated[float, Meta(ge=0)] = 0.3

    def climate(self) -> Climate:
        """The same, for the physics."""
        return Climate(self.mean_c, self.swing_k, self.noise_k)


class ProbeOf(_Table, frozen=True):
    """One temperature input of a device: which compartment it hangs in, where, in what."""

    input: Literal["T1", "T2"] = "T1"
    compartment: str = "cold"
    position: Position = "middle"
    type: Literal["bare", "steel", "glycol", "sht"] = "steel"


class Device(_Table, frozen=True):
    """A box that reads probes of one piece of equipment."""

    kind: DeviceKind
    id: HardwareId
    probes: Annotated[tuple[ProbeOf, ...], Meta(min_length=1, max_length=2)] = (ProbeOf(),)
    interval_s: TenSeconds = 60
    address: Annotated[int, Meta(ge=1, le=247)] = 1  # on an RS-485 bus
    clamp: bool = False  # beside it a current clamp around the compressor's cable, on an input of the gateway itself


class Compartment(_Table, frozen=True):
    """A part of the equipment with a temperature of its own, in the order of the type's chambers."""

    name: Name
    name_zh: Text
    name_en: Text
    purpose: Purpose
    profile: str


class Equipment(_Table, frozen=True, kw_only=True):
    """One cabinet or cold room with its papers, how people use it, and what measures it."""

    code: Name
    type: EquipmentType
    name_zh: Text
    name_en: Text
    short_zh: Annotated[str, Meta(min_length=1, max_length=6)]
    brand: str = ""
    model: str = ""
    serial: str = ""
    volume_cold_l: float | None = None
    volume_frozen_l: float | None = None
    started_on: Day | None = None
    compartments: Annotated[tuple[Compartment, ...], Meta(min_length=1)]
    dial_k: Annotated[float, Meta(ge=-6, le=6)] = 0.0
    load: Annotated[float, Meta(gt=0.2, le=5)] = 1.0  # times the type's contents
    door: str = "median"  # a habit of firmware_sim.physics.door
    devices: tuple[Device, ...] = ()


class Facility(_Table, frozen=True, kw_only=True):
    """A place; with equipment and a gateway, or with bags only."""

    code: Name
    region: RegionCode
    name_zh: Text
    name_en: Text
    short_zh: Annotated[str, Meta(min_length=1, max_length=6)]
    kind: Literal["county_store", "township_clinic", "maternity_ward", "village_post", "hospital", "other"]
    gateway: Name | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    room: Room = Room()
    equipment: tuple[Equipment, ...] = ()


class Region(_Table, frozen=True):
    """An administrative division; level 1 is the province, 5 the village."""

    code: RegionCode
    level: Annotated[int, Meta(ge=1, le=5)]
    name_zh: Text
    name_en: Text
    parent: RegionCode | None = None


class Vaccine(_Table, frozen=True):
    """A vaccine of the catalogue."""

    code: Name
    name_zh: Text
    name_en: Text
    freeze_sensitive: bool
    profile: str = "2-8"
    vvm_type: str | None = None


class Lot(_Table, frozen=True):
    """A maker's lot."""

    id: Name
    number: Text
    vaccine: Name
    maker: Text
    expires_on: Day
    doses_per_vial: Annotated[int, Meta(ge=1)] = 1


class Stock(_Table, frozen=True):
    """Doses of a lot that were received into a compartment some days before the live start."""

    lot: Name
    equipment: Name
    compartment: Name
    doses: Annotated[int, Meta(ge=1)]
    days_before: Annotated[float, Meta(gt=0)]
    document: str = ""


class Caption(_Table, frozen=True):
    """What a person beside the screen is told at a minute of the story."""

    at_min: float
    zh: Text
    en: Text


class Scenario(_Table, frozen=True, kw_only=True):
    """All of it. Everything random in a run follows from `seed`."""

    name: Text
    seed: str
    history_days: Annotated[float, Meta(ge=0, le=400)] = 3.0
    live_local: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = (
        "09:20"  # the rooms' time at the live start
    )
    regions: tuple[Region, ...] = ()
    facilities: Annotated[tuple[Facility, ...], Meta(min_length=1)]
    vaccines: tuple[Vaccine, ...] = ()
    lots: tuple[Lot, ...] = ()
    stock: tuple[Stock, ...] = ()
    faults: tuple[Fault, ...] = ()
    captions: tuple[Caption, ...] = ()

    def local_s(self, at_s: int) -> int:
        """Seconds since a local midnight some days before the scenario begins."""
        hours, minutes = self.live_local.split(":")
        return at_s + (int(self.history_days) + 2) * 86_400 + int(hours) * 3600 + int(minutes) * 60

    @property
    def begins_s(self) -> int:
        """The scenario's first second; the live start is 0."""
        return -int(self.history_days * 86_400)

    def equipment(self) -> tuple[tuple[Facility, Equipment], ...]:
        """Every piece of equipment with the facility it stands in."""
        return tuple((facility, item) for facility in self.facilities for item in facility.equipment)
