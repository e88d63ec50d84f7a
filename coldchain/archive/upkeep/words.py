"""The words of equipment: types and statuses as they are met in the field, and which status may follow which."""

from enum import StrEnum
from typing import Final


class EquipmentType(StrEnum):
    """What kind of cold-chain equipment it is."""

    DOMESTIC_FRIDGE = "domestic_fridge"  # 普通冰箱 (冷藏+冷冻)
    MEDICAL_FRIDGE = "medical_fridge"  # 医用冰箱
    ILR = "ilr"  # 冰衬冰箱
    FREEZER = "freezer"  # 冷冻冰箱, 低温冰箱
    ULTRA_FREEZER = "ultra_freezer"  # 深低温冰箱
    COLD_ROOM = "cold_room"  # 冷藏冷库
    FREEZER_ROOM = "freezer_room"  # 冷冻冷库
    COLD_BOX = "cold_box"  # 冷藏箱
    CARRIER = "carrier"  # 冷藏包
    VEHICLE = "vehicle"  # 冷藏车
    OTHER = "other"
    REFRIGERATOR = "refrigerator"  # 冷藏冰箱
    SMALL_FRIDGE = "small_fridge"  # 台式小冰箱
    SDD = "sdd"  # 太阳能直驱冰箱
    COOL_ROOM = "cool_room"  # 阴凉库
    AMBIENT_ROOM = "ambient_room"  # 常温库
    ROOM = "room"  # 房间室温
    INCUBATOR = "incubator"  # 培养箱
    VACCINE_VAN = "vaccine_van"  # 疫苗运输车
    MOBILE_VEHICLE = "mobile_vehicle"  # 移动冷藏车
    GSP_VEHICLE = "gsp_vehicle"  # GSP冷藏车
    MOBILE_BOX = "mobile_box"  # 移动保温箱
    BACKUP_UNIT = "backup_unit"  # 备用冷库制冷机组
    GENERATOR = "generator"  # 发电机
    THERMOMETER = "thermometer"  # 温度计
    ICE_PACK = "ice_pack"  # 冰排


class Status(StrEnum):
    """Whether it is in use (设备状态)."""

    NORMAL = "normal"  # 正常
    REPAIR = "repair"  # 待修
    SPARE = "spare"  # 备用
    MOVED = "moved"  # 迁出
    SCRAPPED = "scrapped"  # 报废


# What may follow what. Scrapped is the end; what was given away may come back, and is then not to be scrapped by us before.
ARROWS: Final = {
    Status.NORMAL: frozenset({Status.REPAIR, Status.SPARE, Status.MOVED, Status.SCRAPPED}),
    Status.REPAIR: frozenset({Status.NORMAL, Status.SPARE, Status.MOVED, Status.SCRAPPED}),
    Status.SPARE: frozenset({Status.NORMAL, Status.REPAIR, Status.MOVED, Status.SCRAPPED}),
    Status.MOVED: frozenset({Status.NORMAL, Status.SPARE}),
    Status.SCRAPPED: frozenset(),
}
EMPTY: Final = frozenset({Status.SPARE, Status.MOVED, Status.SCRAPPED})  # nothing is kept inside
GONE: Final = frozenset({Status.MOVED, Status.SCRAPPED})  # no probe of ours hangs in it any more


class Door(StrEnum):
    """How it opens (开门方式)."""

    SOLID = "solid"
    GLASS = "glass"
    CHEST = "chest"  # from above
    WALK_IN = "walk_in"


class Paper(StrEnum):
    """What a document is to a piece of equipment."""

    PHOTO = "photo"
    NAMEPLATE = "nameplate"
    MANUAL = "manual"
    ACCEPTANCE = "acceptance"  # 验收单
    MAPPING = "mapping"  # 温度分布验证
    REPAIR = "repair"
    SCRAPPING = "scrapping"  # 报废批复
    TRANSFER = "transfer"  # 调拨单
    OTHER = "other"


class Item(StrEnum):
    """What is counted, not kept piece by piece."""

    ICE_PACK = "ice_pack"  # 冰排
    CARRIER = "carrier"  # 冷藏包
    COLD_BOX = "cold_box"  # 冷藏箱
    THERMOMETER = "thermometer"  # 温度计
    LOGGER = "logger"  # 温度记录仪
    STABILISER = "stabiliser"  # 稳压器
    UPS = "ups"
    OTHER = "other"


class CareKind(StrEnum):
    """What was done to it."""

    CLEANED = "cleaned"
    CHECKED = "checked"  # looked after frost and order, nothing to do
    DEFROSTED = "defrosted"


class Wish(StrEnum):
    """What a facility may ask to have changed (变更申请)."""

    ALARM_OFF = "alarm_off"  # 短信报警关闭
    ALARM_ON = "alarm_on"  # 短信报警恢复
    ALARM_CONTACT = "alarm_contact"  # 报警联系人变更
    ALARM_DELAY = "alarm_delay"  # 报警延时变更
    TEMPERATURE_RANGE = "temperature_range"  # 温度范围变更
    PARAMETERS = "parameters"  # 冰箱参数变更
    STANDBY = "standby"  # 转备用
    INTO_USE = "into_use"  # 启用
    SCRAP = "scrap"  # 报废
    REPLACE = "replace"  # 更换
    REMOVE_PROBE = "remove_probe"  # 拆除探头
    ADD_EQUIPMENT = "add_equipment"  # 新增冰箱
    CLOSURE = "closure"  # 接种单位停业


class WishState(StrEnum):
    """How far it is."""

    OPEN = "open"  # 未处理
    IN_PROGRESS = "in_progress"  # 处理中: granted, to be done by hand
    DONE = "done"  # 处理完成: applied, done by hand, or refused
