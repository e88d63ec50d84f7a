"""冷链设备档案: a row per piece of equipment. A piece that is new gets the compartments that its type usually has."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final

import msgspec
from msgspec import UNSET

from coldchain.archive import equipment, tables
from coldchain.archive.db import Tx
from coldchain.archive.equipment import NewCompartment, Purpose
from coldchain.archive.upkeep.cards import Equipment
from coldchain.archive.upkeep.words import Door, EquipmentType, Status
from coldchain.errors import BadInput
from coldchain.exchange import cells
from coldchain.exchange.cells import Choice
from coldchain.exchange.form import Column, Form
from coldchain.exchange.forms.kind import Kind, Sender, Values, said
from coldchain.exchange.forms.scope import check_facility

LITRES_PER_M3: Final = 1000.0
SHORT: Final = 6  # characters that fit a text message

TYPES: Final = (
    Choice(EquipmentType.DOMESTIC_FRIDGE, "普通冰箱", "domestic refrigerator", ("普通冰箱(冷藏+冷冻)", "家用冰箱")),
    Choice(EquipmentType.MEDICAL_FRIDGE, "医用冰箱", "medical refrigerator", ("医用冷藏冰箱", "医用冷藏箱")),
    Choice(EquipmentType.REFRIGERATOR, "冷藏冰箱", "refrigerator"),
    Choice(EquipmentType.SMALL_FRIDGE, "台式小冰箱", "small refrigerator"),
    Choice(EquipmentType.ILR, "冰衬冰箱", "ice-lined refrigerator"),
    Choice(EquipmentType.SDD, "太阳能直驱冰箱", "solar direct drive", ("太阳能冰箱",)),
    Choice(EquipmentType.FREEZER, "冷冻冰箱", "freezer", ("低温冰箱",)),
    Choice(EquipmentType.ULTRA_FREEZER, "深低温冰箱", "ultra-low freezer", ("超低温冰箱",)),
    Choice(EquipmentType.COLD_ROOM, "冷藏冷库", "cold room", ("普通冷库",)),
    Choice(EquipmentType.FREEZER_ROOM, "冷冻冷库", "freezer room", ("低温冷库",)),
    Choice(EquipmentType.COOL_ROOM, "阴凉库", "cool room"),
    Choice(EquipmentType.AMBIENT_ROOM, "常温库", "ambient store"),
    Choice(EquipmentType.ROOM, "房间室温", "room"),
    Choice(EquipmentType.INCUBATOR, "培养箱", "incubator"),
    Choice(EquipmentType.VEHICLE, "冷藏车", "refrigerated vehicle"),
    Choice(EquipmentType.VACCINE_VAN, "疫苗运输车", "vaccine van"),
    Choice(EquipmentType.MOBILE_VEHICLE, "移动冷藏车", "mobile refrigerated vehicle"),
    Choice(EquipmentType.GSP_VEHICLE, "GSP冷藏车", "GSP vehicle"),
    Choice(EquipmentType.MOBILE_BOX, "移动保温箱", "mobile insulated box"),
    Choice(EquipmentType.COLD_BOX, "冷藏箱", "cold box"),
    Choice(EquipmentType.CARRIER, "冷藏包", "vaccine carrier"),
    Choice(EquipmentType.BACKUP_UNIT, "备用冷库制冷机组", "backup refrigeration unit"),
    Choice(EquipmentType.GENERATOR, "发电机", "generator"),
    Choice(EquipmentType.THERMOMETER, "温度计", "thermometer"),
    Choice(EquipmentType.ICE_PACK, "冰排", "ice packs"),
    Choice(EquipmentType.OTHER, "其他", "other"),
)
STATUSES: Final = (
    Choice(Status.NORMAL, "正常", "normal"),
    Choice(Status.REPAIR, "待修", "to be repaired", ("维修",)),
    Choice(Status.SPARE, "备用", "spare"),
    Choice(Status.MOVED, "迁出", "moved away"),
    Choice(Status.SCRAPPED, "报废", "scrapped"),
)
DOORS: Final = (
    Choice(Door.SOLID, "实心门", "solid"),
    Choice(Door.GLASS, "玻璃门", "glass"),
    Choice(Door.CHEST, "卧式上开门", "chest", ("上开门", "卧式")),
    Choice(Door.WALK_IN, "步入式", "walk-in"),
)
UNITS: Final = (Choice("l", "升", "L", ("litre", "liter")), Choice("m3", "立方米", "m³", ("m3",)))

_COLD = ("cold", "冷藏室", "Refrigerator", Purpose.VACCINE, "2-8")
_ICE = ("frozen", "冷冻室", "Freezer", Purpose.ICE_PACKS, "ice-packs")
_FROZEN = ("frozen", "冷冻室", "Freezer", Purpose.VACCINE, "frozen")
_ULTRA = ("frozen", "深低温室", "Ultra-low freezer", Purpose.VACCINE, "ultra-cold")
_ROOM = ("room", "库内", "Room", Purpose.VACCINE, "2-8")
_FROZEN_ROOM = ("room", "库内", "Room", Purpose.VACCINE, "frozen")
_INSIDE = ("inside", "箱内", "Inside", Purpose.VACCINE, "2-8")
COMPARTMENTS: Final = {
    EquipmentType.DOMESTIC_FRIDGE: (_COLD, _ICE),
    EquipmentType.MEDICAL_FRIDGE: (_COLD,),
    EquipmentType.REFRIGERATOR: (_COLD,),
    EquipmentType.SMALL_FRIDGE: (_COLD,),
    EquipmentType.ILR: (_COLD,),
    EquipmentType.SDD: (_COLD,),
    EquipmentType.FREEZER: (_FROZEN,),
    EquipmentType.ULTRA_FREEZER: (_ULTRA,),
    EquipmentType.COLD_ROOM: (_ROOM,),
    EquipmentType.FREEZER_ROOM: (_FROZEN_ROOM,),
    EquipmentType.VEHICLE: (_INSIDE,),
    EquipmentType.VACCINE_VAN: (_INSIDE,),
    EquipmentType.MOBILE_VEHICLE: (_INSIDE,),
    EquipmentType.GSP_VEHICLE: (_INSIDE,),
    EquipmentType.MOBILE_BOX: (_INSIDE,),
    EquipmentType.COLD_BOX: (_INSIDE,),
    EquipmentType.CARRIER: (_INSIDE,),
}

FORM: Final = Form(
    "equipment",
    "冷链设备档案",
    "equipment",
    (
        Column("code", "设备编码", "Code", cells.printed(64), ("facilityCode", "cooler_sn", "编码"), is_required=True),
        Column(
            "facility",
            "单位编码",
            "Facility",
            cells.printed(64),
            ("organizationCode", "所属单位编码"),
            is_required=True,
        ),
        Column(
            "type", "设备类型", "Type", cells.choice(TYPES), ("设备名称(类型)", "cooler_type", "类型"), is_required=True
        ),
        Column("name_zh", "设备名称", "Name", cells.text(), ("facilityName", "cooler_name"), default=UNSET),
        Column("name_en", "英文名称", "English name", cells.text(), default=UNSET),
        Column("short_zh", "简称", "Short name", cells.text(SHORT), default=UNSET),
        Column("status", "状态", "Status", cells.choice(STATUSES), ("设备状态",), default=UNSET),
        Column("brand", "品牌", "Brand", cells.text(), default=UNSET),
        Column("model", "型号", "Model", cells.text(), ("modelNumber", "规格型号"), default=UNSET),
        Column("serial", "出厂编号", "Serial number", cells.printed(), ("factoryNum",), default=UNSET),
        Column(
            "national_code", "国家编码", "National code", cells.printed(), ("country_code", "国标编码"), default=UNSET
        ),
        Column("manufacturer", "生产厂商", "Manufacturer", cells.text(), ("生产厂家", "生产企业"), default=UNSET),
        Column("funding", "经费来源", "Funding", cells.text(), ("资产来源", "source"), default=UNSET),
        Column("allotted_by", "配发单位", "Allotted by", cells.text(), default=UNSET),
        Column(
            "price_yuan", "购置价格(元)", "Price, yuan", cells.number(0, 100_000_000, ("元",)), ("价格",), default=UNSET
        ),
        Column("is_medical", "是否医用", "Medical grade", cells.flag, ("is_medical", "医用冰箱"), default=UNSET),
        Column("door", "开门方式", "Door", cells.choice(DOORS), ("door_type", "门类型"), default=UNSET),
        Column(
            "volume_cold_l",
            "冷藏容积",
            "Refrigerated volume",
            cells.number(0, 1e7, ("L", "升")),
            ("size",),
            default=UNSET,
            units=("L", "升"),
        ),
        Column("unit_cold", "冷藏容积单位", "Refrigerated volume unit", cells.choice(UNITS), default="l"),
        Column(
            "volume_frozen_l",
            "冷冻容积",
            "Frozen volume",
            cells.number(0, 1e7),
            ("size2",),
            default=UNSET,
            units=("L", "升"),
        ),
        Column("unit_frozen", "冷冻容积单位", "Frozen volume unit", cells.choice(UNITS), default="l"),
        Column(
            "cold_bags",
            "冷藏包数量",
            "Cold bags",
            cells.whole(0, 10_000, ("个",)),
            ("coolbagNum",),
            default=UNSET,
            units=("个",),
        ),
        Column("power_w", "功率(W)", "Power, W", cells.whole(0, 1_000_000, ("W", "瓦")), default=UNSET),
        Column("refrigerant", "制冷剂", "Refrigerant", cells.text(), default=UNSET),
        Column("pqs_code", "PQS编码", "PQS code", cells.printed(), default=UNSET),
        Column(
            "holdover_h_catalogue",
            "标称保温时间(小时)",
            "Catalogue holdover, h",
            cells.number(0, 2000, ("h", "小时")),
            default=UNSET,
        ),
        Column("holdover_source", "保温时间来源", "Holdover source", cells.text(), default=UNSET),
        Column("produced_on", "出厂日期", "Produced on", cells.day, ("生产日期", "productionDate"), default=UNSET),
        Column("arrived_on", "到货日期", "Arrived on", cells.day, ("arrivalDate", "到货时间"), default=UNSET),
        Column("started_on", "启用日期", "Started on", cells.day, ("startuseDate", "启用时间"), default=UNSET),
        Column("scrapped_on", "报废日期", "Scrapped on", cells.day, ("scrapDate",), default=UNSET),
    ),
    key=("code",),
)


def form(_zone: tzinfo) -> Form:
    """Its form; it has no times."""
    return FORM


async def put(tx: Tx, values: Values, sender: Sender) -> bool:
    """Enter or change a piece; one that stands at a facility which is not theirs nobody draws to their own."""
    await check_facility(tx, values["facility"], sender)
    there = await tx.get(tables.Equipment, values["code"])
    if there is not None and not sender.may_write(there.facility):
        raise BadInput("code", f"{there.code[:80]!r} is empty or taken", "correct the code")
    record = record_of(values, there)
    count = await equipment.put_equipment(tx, [record], sender.by)
    usual = COMPARTMENTS.get(record.type, ())
    if usual and not await equipment.compartments(tx, equipment=record.code):
        made = [NewCompartment(equipment=record.code, name=n, name_zh=zh, name_en=en, purpose=p, profile=f)
                for n, zh, en, p, f in usual]  # fmt: skip
        count += await equipment.put_compartments(tx, made, sender.by)
    return count > 0


def record_of(values: Values, there: tables.Equipment | None) -> Equipment:
    """The record of a row: names that it does not give stay as they are, or are the type's for one that is new."""
    row: dict[str, Any] = said(values)
    units = {
        field: row.pop(unit) for field, unit in (("volume_cold_l", "unit_cold"), ("volume_frozen_l", "unit_frozen"))
    }
    for field, unit in units.items():
        if field in row and unit == "m3":
            row[field] *= LITRES_PER_M3
    if "price_yuan" in row:
        row["price_fen"] = round(row.pop("price_yuan") * 100)
    return msgspec.convert(_names(row, there) | row, Equipment)


def _names(row: Mapping[str, Any], there: tables.Equipment | None) -> dict[str, str]:
    if there is not None:
        return {"name_zh": there.name_zh, "name_en": there.name_en, "short_zh": there.short_zh}
    its_type = next(each for each in TYPES if each.value == row["type"])
    name = row.get("name_zh", its_type.zh)
    return {"name_zh": name, "name_en": its_type.en if name == its_type.zh else name, "short_zh": name[:SHORT]}


KIND: Final = Kind(form, put)
