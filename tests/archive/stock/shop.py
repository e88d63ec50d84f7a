"""A small county with a store above the clinic, another clinic beside it, and two more lots, for this room's tests."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from coldchain.archive import documents, equipment, lots, people, places
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import EquipmentType, NewCompartment, Purpose
from coldchain.archive.lots import LotEntry, Movement, NewMovement, Reason, VaccineEntry
from coldchain.archive.people import Role, User
from coldchain.archive.places import Facility, FacilityKind
from coldchain.archive.stock.receiving import Delivery, DeliveryLine, Transport
from tests.archive.small import COUNTY, HOUR, T0, TOWN, Rows, all_rows, compartment_of, fill, put

CLINIC, STORE, OTHER, POST = "511900012", "511900001", "511900014", "511900013"
DAY = 24 * HOUR
NOW = T0 + 30 * DAY
KEEPER = By("keeper", NOW, "test")
RECORD = sha256(b"record").hexdigest()  # of the transport, on paper
OLD, NEW, DILUENT = "HepB-A1", "HepB-B2", "DIL-1"  # OLD expires on 2028-11-28, NEW on 2029-05-31


@dataclass(frozen=True, slots=True)
class Shop:
    """The compartments' numbers: the clinic's, the store's, the other clinic's."""

    archive: Archive
    cold: int
    ice: int
    store: int
    other: int


async def open_shop(archive: Archive) -> Shop:
    """The clinic has 70 doses of OLD since T0 + 1 h; the store has 1000 of NEW since T0. Built once, then put in."""
    if _KEPT:
        await put(archive, _KEPT)
    else:
        await _build(archive)
        _KEPT.extend(await all_rows(archive))
    async with archive.reading() as tx:
        store = (await equipment.compartment(tx, f"{STORE}-BX1", "cold")).id
        other = (await equipment.compartment(tx, f"{OTHER}-BX1", "cold")).id
    return Shop(archive, await compartment_of(archive, "cold"), await compartment_of(archive, "frozen"), store, other)


_KEPT: Rows = []


async def _build(archive: Archive) -> None:
    await fill(archive)
    by = By("founder", T0, "test")
    async with archive.writing() as tx:
        await places.put_facilities(
            tx,
            [_facility(STORE, "县疾控中心", FacilityKind.COUNTY_STORE), _facility(OTHER, "东坝镇卫生院", FacilityKind.TOWNSHIP_CLINIC)],
            by,
        )  # fmt: skip
        await _fridge(tx, STORE, by)
        await _fridge(tx, OTHER, by)
        await lots.put_vaccines(
            tx,
            [VaccineEntry(code="DIL", name_zh="稀释液", name_en="Diluent", freeze_sensitive=True, is_diluent=True)],
            by,
        )
        await lots.put_lots(tx, [
            LotEntry(id=DILUENT, number="D1", vaccine="DIL", maker="蜀原", expires_on="2030-01-31"),
            LotEntry(id=NEW, number="B2", vaccine="HepB", maker="蜀原", expires_on="2029-05-31", produced_on="2026-05-31"),
        ], by)  # fmt: skip
        await documents.add(tx, "paper.txt", b"record", None, by)
        store = (await equipment.compartment(tx, f"{STORE}-BX1", "cold")).id
        await lots.move(tx, NewMovement(lot=NEW, at=T0, doses=1000, reason=Reason.RECEIVED, target=store), by)
        for name, role, region in (("chief", Role.MANAGER, COUNTY), ("clerk", Role.CLINIC, None)):
            user = User(name=name, display=name, role=role, region=region, facility=None if region else CLINIC)
            await people.create_user(tx, user, "x", by)


async def paper(archive: Archive, text: str = "record") -> str:
    """A document."""
    async with archive.writing() as tx:
        return (await documents.add(tx, "paper.txt", text.encode(), None, KEEPER)).sha256


async def move(shop: Shop, by: By = KEEPER, **values: Any) -> Movement:
    """A movement of ten doses of OLD, a day after T0."""
    new = NewMovement(**{"lot": OLD, "at": T0 + DAY, "doses": 10, "reason": Reason.ISSUED, **values})
    async with shop.archive.writing() as tx:
        return await lots.move(tx, new, by)


def a_delivery(shop: Shop, **values: Any) -> Delivery:
    """200 doses of NEW at the clinic's door, two days after T0, with everything in order."""
    lines = (DeliveryLine(lot=NEW, doses=200, compartment=shop.cold),)
    return Delivery(**{
        "facility": CLINIC, "at": T0 + 2 * DAY, "document": "CK-7", "supplier": "县疾控中心",
        "transport": Transport.REFRIGERATED_VEHICLE, "arrival_c": 4.6, "papers_complete": True, "lines": lines,
        "record_low_c": 3.1, "record_high_c": 6.9, "record": RECORD, **values,
    })  # fmt: skip


def _facility(code: str, zh: str, kind: FacilityKind) -> Facility:
    return Facility(code=code, region=TOWN, name_zh=zh, name_en=zh, short_zh=zh[:4], kind=kind)


async def _fridge(tx: Tx, facility: str, by: By) -> None:
    code = f"{facility}-BX1"
    unit = equipment.Equipment(
        code=code, facility=facility, name_zh="冰箱", name_en="Refrigerator", short_zh="冰箱", type=EquipmentType.MEDICAL_FRIDGE
    )  # fmt: skip
    await equipment.put_equipment(tx, [unit], by)
    room = NewCompartment(
        equipment=code, name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
    )
    await equipment.put_compartments(tx, [room], by)
