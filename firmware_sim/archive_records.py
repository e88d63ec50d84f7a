"""The archive's side of a scenario: who and what there is, as frozen records in the archive's own words.

An importer takes them as they are; nothing here knows the archive. Times are ms UTC, from the moment the scenario goes live.
"""

from collections.abc import Iterator

import msgspec

from firmware_sim.fleet.measured import series_of
from firmware_sim.scenario import Equipment, Facility, Lot, ProbeOf, Region, Scenario, Vaccine

_DAY_MS = 86_400_000


class FacilityRecord(msgspec.Struct, frozen=True):
    """A place."""

    code: str
    region: str
    name_zh: str
    name_en: str
    short_zh: str
    kind: str
    gateway: str | None
    latitude: float | None
    longitude: float | None


class EquipmentRecord(msgspec.Struct, frozen=True):
    """A piece of equipment with its papers."""

    code: str
    facility: str
    name_zh: str
    name_en: str
    short_zh: str
    type: str
    brand: str
    model: str
    serial: str
    is_medical: bool
    volume_cold_l: float
    volume_frozen_l: float
    started_on: str | None


class CompartmentRecord(msgspec.Struct, frozen=True):
    """A part of it, unique by (equipment, name)."""

    equipment: str
    name: str
    name_zh: str
    name_en: str
    purpose: str
    profile: str


class ChannelRecord(msgspec.Struct, frozen=True):
    """A channel and what it has measured since the beginning; no compartment: the whole equipment (door, mains)."""

    name: str
    gateway: str
    device: str
    quantity: str
    equipment: str
    compartment: str | None
    position: str
    interval_s: int
    start: int


class ReceiptRecord(msgspec.Struct, frozen=True):
    """Doses that came into a compartment from outside."""

    lot: str
    at: int
    equipment: str
    compartment: str
    doses: int
    document: str


class ArchiveRecords(msgspec.Struct, frozen=True):
    """Everything, in an order in which it can be inserted."""

    regions: tuple[Region, ...]
    facilities: tuple[FacilityRecord, ...]
    equipment: tuple[EquipmentRecord, ...]
    compartments: tuple[CompartmentRecord, ...]
    channels: tuple[ChannelRecord, ...]
    vaccines: tuple[Vaccine, ...]
    lots: tuple[Lot, ...]
    receipts: tuple[ReceiptRecord, ...]


def of(scenario: Scenario, live_at_ms: int) -> ArchiveRecords:
    """The records of a scenario that goes live at `live_at_ms`."""
    begins_ms = live_at_ms + scenario.begins_s * 1000
    return ArchiveRecords(
        regions=tuple(sorted(scenario.regions, key=lambda region: (region.level, region.code))),
        facilities=tuple(_facility(facility) for facility in scenario.facilities),
        equipment=tuple(_equipment(facility, equipment) for facility, equipment in scenario.equipment()),
        compartments=tuple(record for _, equipment in scenario.equipment() for record in _compartments(equipment)),
        channels=tuple(
            record
            for facility, equipment in scenario.equipment()
            for record in _channels(facility, equipment, begins_ms)
        ),
        vaccines=scenario.vaccines,
        lots=scenario.lots,
        receipts=tuple(
            ReceiptRecord(
                stock.lot,
                live_at_ms - round(stock.days_before * _DAY_MS),
                stock.equipment,
                stock.compartment,
                stock.doses,
                stock.document,
            )
            for stock in scenario.stock
        ),
    )


def _facility(of_one: Facility) -> FacilityRecord:
    return FacilityRecord(
        of_one.code, of_one.region, of_one.name_zh, of_one.name_en, of_one.short_zh, of_one.kind, of_one.gateway,
        of_one.latitude, of_one.longitude,
    )  # fmt: skip


def _equipment(facility: Facility, item: Equipment) -> EquipmentRecord:
    return EquipmentRecord(
        code=item.code,
        facility=facility.code,
        name_zh=item.name_zh,
        name_en=item.name_en,
        short_zh=item.short_zh,
        type=item.type,
        brand=item.brand,
        model=item.model,
        serial=item.serial,
        is_medical=item.type in {"medical_fridge", "ilr"},
        volume_cold_l=item.volume_cold_l or 0.0,  # what has no such part holds none
        volume_frozen_l=item.volume_frozen_l or 0.0,
        started_on=item.started_on,
    )


def _compartments(item: Equipment) -> Iterator[CompartmentRecord]:
    for part in item.compartments:
        yield CompartmentRecord(item.code, part.name, part.name_zh, part.name_en, part.purpose, part.profile)


def _channels(facility: Facility, item: Equipment, start: int) -> Iterator[ChannelRecord]:
    for device in item.devices:
        hangs: dict[str | None, ProbeOf] = {probe.input: probe for probe in device.probes}
        for part, quantity, input_name, interval_s in series_of(device):
            probe = hangs.get(input_name)
            yield ChannelRecord(
                name=f"{facility.gateway}/{part}/{quantity}",
                gateway=facility.gateway or "",
                device=part,
                quantity=str(quantity),
                equipment=item.code,
                compartment=probe.compartment if probe else None,
                position=probe.position if probe else "",
                interval_s=interval_s,
                start=start,
            )
