"""接种单位档案: a row per facility."""

from datetime import tzinfo
from typing import Any, Final

import msgspec
from msgspec import UNSET

from coldchain.archive import places, tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import card
from coldchain.archive.facilities.card import ServiceCycle, ServiceForm
from coldchain.archive.places import FacilityKind
from coldchain.errors import BadInput
from coldchain.exchange import cells
from coldchain.exchange.cells import Choice
from coldchain.exchange.form import Column, Form
from coldchain.exchange.forms.kind import Kind, Sender, Values, said
from coldchain.exchange.forms.scope import check_region

SHORT: Final = 6  # characters that fit a text message

KINDS: Final = (
    Choice(FacilityKind.PROVINCE_STORE, "省级", "province store", ("省级疾控",)),
    Choice(FacilityKind.PREFECTURE_STORE, "市级", "prefecture store", ("市级疾控", "地级")),
    Choice(FacilityKind.COUNTY_STORE, "县级", "county store", ("县级疾控", "区级")),
    Choice(FacilityKind.TOWNSHIP_CLINIC, "乡级", "township clinic", ("乡镇卫生院", "卫生院")),
    Choice(FacilityKind.COMMUNITY_CLINIC, "社区", "community clinic", ("社区卫生服务中心",)),
    Choice(FacilityKind.VILLAGE_POST, "村级", "village post", ("村卫生室",)),
    Choice(FacilityKind.MATERNITY_WARD, "产科", "maternity ward", ("产科接种室",)),
    Choice(FacilityKind.ADULT_CLINIC, "成人", "adult clinic", ("成人接种门诊",)),
    Choice(FacilityKind.RABIES_CLINIC, "狂犬", "rabies clinic", ("犬伤门诊", "狂犬病暴露处置门诊")),
    Choice(FacilityKind.HOSPITAL, "医院", "hospital"),
    Choice(FacilityKind.OTHER, "其他", "other"),
)
SERVICE_FORMS: Final = (
    Choice(ServiceForm.CLINIC, "接种门诊", "clinic"),
    Choice(ServiceForm.FIXED_POST, "固定接种点", "fixed post", ("村接种点",)),
    Choice(ServiceForm.WARD, "产科接种室", "ward"),
    Choice(ServiceForm.OUTREACH, "入户接种", "outreach"),
)
CYCLES: Final = (
    Choice(ServiceCycle.DAY, "日", "day", ("日接种", "按日")),
    Choice(ServiceCycle.WEEK, "周", "week", ("周接种", "按周")),
    Choice(ServiceCycle.MONTH, "月", "month", ("月接种", "按月")),
)

FORM: Final = Form(
    "facilities",
    "接种单位档案",
    "facilities",
    (
        Column("code", "单位编码", "Code", cells.printed(64), ("organizationCode", "机构编码"), is_required=True),
        Column("region", "区划编码", "Region", cells.printed(12), ("行政区划代码", "地区编码"), is_required=True),
        Column("name_zh", "单位名称", "Name", cells.text(), ("名称", "机构名称"), is_required=True),
        Column("name_en", "英文名称", "English name", cells.text(), default=UNSET),
        Column("short_zh", "简称", "Short name", cells.text(SHORT), default=UNSET),
        Column("kind", "级别/性质", "Kind", cells.choice(KINDS), ("级别", "性质", "单位性质"), is_required=True),
        Column("unit_code", "接种单位国家编码", "Unit code", cells.printed(20), ("预防接种单位编码",), default=UNSET),
        Column("gateway", "网关编号", "Gateway", cells.printed(64), default=UNSET),
        Column("feeder", "供电线路", "Feeder", cells.text(), default=UNSET),
        Column("address", "地址", "Address", cells.text(), ("单位地址",), default=UNSET),
        Column("latitude", "纬度", "Latitude", cells.number(-90, 90), default=UNSET),
        Column("longitude", "经度", "Longitude", cells.number(-180, 180), default=UNSET),
        Column("head", "负责人", "Head", cells.text(), default=UNSET),
        Column("telephone", "联系电话", "Telephone", cells.printed(40), ("电话",), default=UNSET),
        Column("service_form", "服务形式", "Service form", cells.choice(SERVICE_FORMS), default=UNSET),
        Column("service_cycle", "服务周期", "Service cycle", cells.choice(CYCLES), default=UNSET),
        Column("population", "服务人口", "Population", cells.whole(0, 100_000_000, ("人",)), default=UNSET),
        Column("staff", "人员数", "Staff", cells.whole(0, 100_000, ("人",)), ("接种人员数",), default=UNSET),
        Column("certified_staff", "持证人员数", "Certified staff", cells.whole(0, 100_000, ("人",)), default=UNSET),
        Column(
            "rooms_m2", "接种室面积(平方米)", "Rooms, m²", cells.number(0, 1_000_000, ("平方米", "㎡")), default=UNSET
        ),
        Column("information", "信息化设备", "Information equipment", cells.text(), default=UNSET),
        Column("has_maternity", "产科标识", "Maternity", cells.flag, default=UNSET),
        Column("has_rabies", "犬伤标识", "Rabies", cells.flag, default=UNSET),
        Column("licensed_on", "资质批准日期", "Licensed on", cells.day, default=UNSET),
        Column("licensed_until", "资质有效期至", "Licensed until", cells.day, ("资质有效期",), default=UNSET),
    ),
    key=("code",),
)


def form(_zone: tzinfo) -> Form:
    """Its form; it has no times."""
    return FORM


async def put(tx: Tx, values: Values, sender: Sender) -> bool:
    """Enter or change a facility; whoever manages all of a region enters new ones there."""
    there = await tx.get(tables.Facility, values["code"])
    if there is not None and not sender.may_write(there.code):
        raise BadInput("code", f"{there.code[:80]!r} is empty or taken", "correct the code")
    if there is None or there.region != values["region"]:
        await check_region(tx, values["region"], sender)
    has_changed = await card.put_cards(tx, [record_of(values, there)], sender.by) > 0
    sender.so_far.facilities.add(values["code"])
    return has_changed


def record_of(values: Values, there: tables.Facility | None) -> card.Form:
    """The record of a row: what it leaves unsaid stays as it is, and names that a new one was not given are made for it."""
    row: dict[str, Any] = said(values)
    if there is None:
        row = {"name_en": row["name_zh"], "short_zh": row["name_zh"][:SHORT], **row}
    else:
        row = {name: getattr(there, name) for name in places.Facility.__struct_fields__} | row
    return msgspec.convert(row, card.Form)


KIND: Final = Kind(form, put)
