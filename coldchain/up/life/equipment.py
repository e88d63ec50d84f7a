"""Cards, a van with its boxes, counted things, weekly care, repairs and requests of the demo's county."""

from collections.abc import Iterator, Mapping
from functools import partial

import msgspec

from coldchain.archive import equipment
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Equipment, EquipmentType, NewCompartment, Purpose
from coldchain.archive.upkeep import cards, care, items, papers, repairs, requests
from coldchain.archive.upkeep.care import NewCare
from coldchain.archive.upkeep.items import NewCount
from coldchain.archive.upkeep.repairs import Mending, NewRepair
from coldchain.archive.upkeep.requests import NewRequest
from coldchain.archive.upkeep.words import CareKind, Item, Paper, Wish
from coldchain.up.life.acts import Act, Stage
from coldchain.up.life.papers import paper

STORE = "519921000"
VAN, BOXES = "519921000-YC1", ("519921000-LX1", "519921000-LX2")
UNTOLD_CARD = "519921110-YY1"  # its card lacks what January's collection wants
FORGOTTEN_CARE = ("519921105-BX1", "519921112-YY1")  # nobody has cleaned them for weeks
WEEKS = 6
ITEMS = ((Item.ICE_PACK, 24), (Item.CARRIER, 4), (Item.THERMOMETER, 2))
NO_ICE = "519921108"  # never counted what it has


def acts(stage: Stage, keepers: Mapping[str, str], managers: tuple[str, str]) -> Iterator[Act]:
    """Everything about equipment but its probes."""
    day = stage.calendar
    yield Act(day.at(-600, 9), managers[0], _bring_van)
    for number, each in enumerate(stage.county.equipment):
        if each.code != UNTOLD_CARD:
            yield Act(day.at(-590, 9, number), managers[0], partial(_describe, piece=each))
        yield from _care(stage, each, keepers[each.facility], number)
    for number, (facility, keeper) in enumerate(keepers.items()):
        for kind, quantity in () if facility == NO_ICE else ITEMS:
            count = NewCount(facility=facility, kind=kind, quantity=quantity + number % 3, counted_on=day.on(-80))
            yield Act(day.at(-80, 9, number), keeper, partial(_count, new=count))
    yield from _repairs(stage, keepers, managers)


async def _bring_van(tx: Tx, stage: Stage, by: By) -> None:
    van = Equipment(
        code=VAN, facility=STORE, name_zh="疫苗运输车", name_en="Vaccine van", short_zh="运输车", brand="川原",
        type=EquipmentType.VACCINE_VAN, model="YM-1", serial="YM10001", manufacturer="川原汽车", funding="省级",
    )  # fmt: skip
    boxes = [
        Equipment(
            code=code,
            facility=STORE,
            name_zh=f"冷藏箱{number}号",
            name_en=f"Cold box {number}",
            short_zh=f"箱{number}",
            type=EquipmentType.COLD_BOX,
            brand="岷冷",
            model="LX-25",
            serial=f"LX25{number:04d}",
            manufacturer="岷冷电器",
            funding="省级",
            volume_cold_l=25.0,
            volume_frozen_l=0.0,
            cold_bags=0,
        )
        for number, code in enumerate(BOXES, 1)
    ]
    await cards.put(tx, [van, *boxes], by)
    rooms = [
        NewCompartment(
            equipment=code, name="main", name_zh="箱内", name_en="Inside", purpose=Purpose.VACCINE, profile="2-8"
        )
        for code in BOXES
    ]
    await equipment.put_compartments(tx, rooms, by)
    await stage.look_round(tx)


async def _describe(tx: Tx, stage: Stage, by: By, *, piece: Equipment) -> None:
    started = piece.started_on if isinstance(piece.started_on, str) else None
    told = msgspec.structs.replace(
        piece, manufacturer=f"{piece.brand}电器", funding="省级", allotted_by="青岷市疾控中心", cold_bags=0,
        arrived_on=started, price_fen=stage.dice(piece.code).randrange(300_000, 1_500_000, 10_000),
        power_w=stage.dice(piece.code).randrange(90, 400, 10),
    )  # fmt: skip
    await cards.put(tx, [told], by)
    plate = await paper(tx, f"铭牌-{piece.code}.txt", piece.facility, by, f"{piece.brand} {piece.model} {piece.serial}")
    await papers.attach(tx, piece.code, plate, Paper.NAMEPLATE, by)


def _care(stage: Stage, piece: Equipment, keeper: str, number: int) -> Iterator[Act]:
    stopped = WEEKS - 2 if piece.code in FORGOTTEN_CARE else 0
    for week in range(stopped, WEEKS):
        at = stage.calendar.at(-7 * week - 3, 14, number)
        new = NewCare(equipment=piece.code, kind=CareKind.CLEANED, done_at=at)
        yield Act(at, keeper, partial(_clean, new=new))
    if piece.type in {EquipmentType.FREEZER, EquipmentType.DOMESTIC_FRIDGE}:
        at = stage.calendar.at(-20, 15, number)
        frost = 2.0 + stage.dice(f"frost/{piece.code}").randrange(50) / 10
        new = NewCare(equipment=piece.code, kind=CareKind.DEFROSTED, done_at=at, frost_mm=frost)
        yield Act(at, keeper, partial(_clean, new=new))


async def _clean(tx: Tx, _: Stage, by: By, *, new: NewCare) -> None:
    await care.enter(tx, new, by)


async def _count(tx: Tx, _: Stage, by: By, *, new: NewCount) -> None:
    await items.count(tx, new, by)


def _repairs(stage: Stage, keepers: Mapping[str, str], managers: tuple[str, str]) -> Iterator[Act]:
    """One mended, one still open; one request granted, one that nobody has looked at."""
    day = stage.calendar
    old = NewRepair(equipment="519921106-BC1", broken_on=day.on(-120), cause="压缩机不启动")
    yield Act(day.at(-120, 10), keepers["519921106"], partial(_break, new=old))
    yield Act(day.at(-117, 16), keepers["519921106"], _mend)
    new = NewRepair(equipment=BOXES[1], broken_on=day.on(-9), cause="箱盖合页断裂，关不严")
    yield Act(day.at(-9, 11), managers[1], partial(_break, new=new))
    scale = NewRequest(
        kind=Wish.PARAMETERS, facility="519921104", equipment="519921104-YY1", wanted_on=day.on(-40),
        wanted="温控器由 4 档调到 3 档",
    )  # fmt: skip
    yield Act(day.at(-41, 9), keepers["519921104"], partial(_ask, new=scale, name="granted"))
    yield Act(day.at(-40, 9), managers[0], _grant)
    yield Act(day.at(-39, 9), keepers["519921104"], _finish)
    scrap = NewRequest(
        kind=Wish.SCRAP, facility="519921101", equipment="519921101-BX1", wanted_on=day.on(30),
        wanted="家用冰箱使用十年，停电一小时即超温，申请换成冰衬冰箱",
    )  # fmt: skip
    yield Act(day.at(-4, 9), keepers["519921101"], partial(_ask, new=scrap, name="open"))


async def _break(tx: Tx, stage: Stage, by: By, *, new: NewRepair) -> None:
    stage.made[f"repair/{new.equipment}"] = (await repairs.enter(tx, new, by)).id


async def _mend(tx: Tx, stage: Stage, by: By) -> None:
    bill = await paper(tx, "维修单.txt", "519921106", by, "更换启动器和压缩机，试机 24 小时正常")
    how = Mending(
        repaired_on=stage.calendar.on(-117),
        done="更换压缩机",
        repairer="川原制冷维修部",
        cost_fen=86_000,
        document=bill,
    )
    await repairs.mend(tx, stage.made["repair/519921106-BC1"], how, by)


async def _ask(tx: Tx, stage: Stage, by: By, *, new: NewRequest, name: str) -> None:
    stage.made[f"request/{name}"] = (await requests.ask(tx, new, by)).id


async def _grant(tx: Tx, stage: Stage, by: By) -> None:
    await requests.decide(tx, stage.made["request/granted"], by, is_granted=True)


async def _finish(tx: Tx, stage: Stage, by: By) -> None:
    await requests.finish(tx, stage.made["request/granted"], "已调到 3 档，观察一天平均 4.3 °C", by)
