"""A county store with a van, a clinic with a session bag and the fridge of the small county, a village post with nothing."""

from dataclasses import dataclass
from typing import Any

from coldchain.archive import equipment, lots, places
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import Equipment, EquipmentType, NewCompartment, Purpose
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.places import Facility, FacilityKind
from coldchain.archive.stock.receiving import DeliveryLine
from coldchain.archive.transport import cargo, ending, readings, receiving, rounds, runs
from coldchain.archive.transport.cargo import Load, Unload
from coldchain.archive.transport.receiving import Reception
from coldchain.archive.transport.words import Cooling, Ice, Measured, NewRound, NewRun, Point, RunKind, Tool, Way
from tests.archive.small import COUNTY, HOUR, NURSE, T0, compartment_of, fill

MINUTE = 60_000
STORE, CLINIC, POST = "511900001", "511900012", "511900013"
LOT = "HepB-A1"
LOADING = T0 + 24 * HOUR  # the second of July, eight in the morning
LOGGER = "511900001-v/log7/temperature"


@dataclass(frozen=True, slots=True)
class Cast:
    """The compartments."""

    store: int
    van: int
    box: int
    bag: int
    fridge: int


def later(hours: float) -> int:
    return LOADING + round(hours * HOUR)


def by(hours: float, why: str = "") -> By:
    """Somebody, so many hours after loading began."""
    return By("driver 王", later(hours), why)


async def furnish(archive: Archive) -> Cast:
    """All of it, with 500 doses in the store and a round for the clinic."""
    await fill(archive)
    async with archive.writing() as tx:
        store = Facility(code=STORE, region=COUNTY, name_zh="清江县疾控中心", name_en="Qingjiang CDC", short_zh="县库", kind=FacilityKind.COUNTY_STORE)  # fmt: skip
        await places.put_facilities(tx, [store], NURSE)
        store_room = await _unit(tx, "LK1", STORE, EquipmentType.COLD_ROOM)
        van = await _unit(tx, "V1", STORE, EquipmentType.VEHICLE)
        box = await _unit(tx, "X1", STORE, EquipmentType.COLD_BOX)
        bag = await _unit(tx, "B1", CLINIC, EquipmentType.CARRIER)
        came = NewMovement(lot=LOT, at=T0, doses=500, reason=Reason.RECEIVED, target=store_room)
        await lots.move(tx, came, NURSE)
        await rounds.plan(tx, a_round(), {CLINIC: 100}, NURSE)
    return Cast(store_room, van, box, bag, await compartment_of(archive, "cold"))


async def _unit(tx: Tx, code: str, facility: str, kind: EquipmentType) -> int:
    unit = Equipment(code=code, facility=facility, name_zh=code, name_en=code, short_zh=code, type=kind)
    await equipment.put_equipment(tx, [unit], NURSE)
    room = NewCompartment(equipment=code, name="cold", name_zh="冷藏", name_en="cold", purpose=Purpose.VACCINE, profile="2-8")  # fmt: skip
    await equipment.put_compartments(tx, [room], NURSE)
    return (await equipment.compartment(tx, code, "cold")).id


def a_round(**values: Any) -> NewRound:
    base = {
        "region": COUNTY, "year": 2026, "number": 4, "name": "第四轮", "first_day": "2026-07-01", "last_day": "2026-07-20",
    }  # fmt: skip
    return NewRound(**{**base, **values})


def a_run(cast: Cast, **values: Any) -> NewRun:
    base = {
        "kind": RunKind.SUPPLY, "origin": STORE, "stops": (CLINIC,), "carriers": (cast.van,), "started_at": LOADING,
        "tool": Tool.VACCINE_VEHICLE, "cooling": Cooling.REFRIGERATED_VEHICLE, "way": Way.DELIVERED,
        "sender": "库管 赵", "plate": "川Z12345", "purpose": "常规", "round": 1,
    }  # fmt: skip
    return NewRun(**{**base, **values})


def outreach(cast: Cast, **values: Any) -> NewRun:
    base = {
        "kind": RunKind.OUTREACH, "origin": CLINIC, "stops": (POST,), "carriers": (cast.bag,), "tool": Tool.OTHER,
        "cooling": Cooling.OTHER, "plate": "", "purpose": "下乡接种", "sender": "李小琴",
    }  # fmt: skip
    return a_run(cast, **{**base, **values})


async def start(archive: Archive, new: NewRun) -> int:
    async with archive.writing() as tx:
        return (await runs.start(tx, new, by(0.1))).id


async def load(archive: Archive, number: int, doses: int, source: int, carrier: Any, **values: Any) -> None:
    new = Load(**{"lot": LOT, "doses": doses, "source": source, "carrier": carrier, "at": later(0.2), **values})
    async with archive.writing() as tx:
        await cargo.load(tx, number, new, by(100))


async def read(archive: Archive, number: int, point: Point, hours: float, carrier: int, vaccine_c: float = 4.5, **values: Any) -> None:  # fmt: skip
    measured = Measured(carrier=carrier, vaccine_c=vaccine_c, **{"ice": Ice.FROZEN, **values})
    async with archive.writing() as tx:
        await readings.read(tx, number, point, later(hours), measured, by(100))


async def arrive(archive: Archive, number: int, facility: str, hours: float, carrier: int, vaccine_c: float = 5.0, **values: Any) -> None:  # fmt: skip
    said = {"distance_km": 32, "receiver": "李小琴", "now": by(100), **values}
    now = said.pop("now")
    async with archive.writing() as tx:
        measured = [Measured(carrier=carrier, vaccine_c=vaccine_c, ice=Ice.CONDITIONED)]
        await readings.arrive(tx, number, facility, later(hours), measured, now, **said)


async def receive(archive: Archive, number: int, hours: float, cast: Cast, doses: int = 100, **values: Any) -> str:
    line = DeliveryLine(lot=LOT, doses=doses, compartment=cast.fridge, carrier=cast.van)
    new = Reception(**{"document": "CK-9", "at": later(hours), "lines": (line,), "papers_complete": True, **values})
    async with archive.writing() as tx:
        return (await receiving.receive(tx, number, CLINIC, new, by(100))).state


async def bring_back(archive: Archive, number: int, hours: float, doses: int, carrier: int, target: int) -> None:
    async with archive.writing() as tx:
        new = Unload(lot=LOT, doses=doses, carrier=carrier, at=later(hours), target=target)
        await cargo.bring_back(tx, number, new, by(100))


async def complete(
    archive: Archive, number: int, hours: float, despite: str = "", watched: frozenset[int] = frozenset()
) -> None:  # fmt: skip
    async with archive.writing() as tx:
        await ending.complete(tx, number, later(hours), by(100), despite=despite, watched=watched)


async def delivered(archive: Archive, cast: Cast, watched: frozenset[int] = frozenset(), **values: Any) -> int:
    """A supply of a hundred doses that was received and ended as it should."""
    number = await start(archive, a_run(cast, **values))
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    await arrive(archive, number, CLINIC, 2, cast.van)
    assert await receive(archive, number, 2.2, cast) == "accepted"
    await complete(archive, number, 3, watched=watched)
    return number
