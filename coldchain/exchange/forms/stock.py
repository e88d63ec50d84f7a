"""库存日报: a row per facility and lot with what is there. The books then say so: nobody types a lot twice.

row ─► its lot (entered if it is new) ─► doses in the books there then ─► more: received · fewer: issued
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, Final

import msgspec
from msgspec import UNSET

from coldchain.archive import equipment, lots
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Compartment, Purpose
from coldchain.archive.lots import Lot, LotEntry, NewMovement, Reason, Vaccine
from coldchain.archive.stock import presence
from coldchain.archive.stock.matching import lots_numbered
from coldchain.archive.upkeep import cards
from coldchain.errors import BadInput
from coldchain.exchange import cells
from coldchain.exchange.form import Column, Form
from coldchain.exchange.forms import matching
from coldchain.exchange.forms.kind import Kind, Sender, Values, said
from coldchain.exchange.forms.scope import check_facility

_LOT_FIELDS: Final = (
    "expires_on", "doses_per_vial", "approval_number", "batch_release", "produced_on", "spec", "dosage_form", "trace_code", "gtin",
)  # fmt: skip


def form(zone: tzinfo) -> Form:
    """Its form; times without an offset are of `zone`."""
    return Form(
        "stock",
        "疫苗库存",
        "stock",
        (
            Column("facility", "单位编码", "Facility", cells.text(64), ("接种单位编码", "机构编码"), is_required=True),
            Column("vaccine", "疫苗名称", "Vaccine", cells.text(), ("疫苗编码", "疫苗", "品种"), is_required=True),
            Column(
                "maker", "生产企业", "Maker", cells.text(), ("生产厂家", "上市许可持有人", "厂家"), is_required=True
            ),
            Column("number", "疫苗批号", "Lot number", cells.text(), ("批号", "产品批号"), is_required=True),
            Column("expires_on", "疫苗效期", "Expiry", cells.day, ("有效期至", "失效日期", "有效期"), is_required=True),
            Column(
                "doses", "数量(人份)", "Doses", cells.whole(0, 2**31 - 1), ("人份数", "剂次数", "剂数"), default=UNSET
            ),
            Column(
                "vials", "支数", "Vials", cells.whole(0, 2**31 - 1), ("库存支数", "库存数量", "库存"), default=UNSET
            ),
            Column("doses_per_vial", "每支人份", "Doses per vial", cells.whole(1, 1000), ("每支剂次",), default=UNSET),
            Column("at", "库存时间", "As of", cells.moment(zone), ("盘点时间", "统计时间"), default=UNSET),
            Column("compartment", "存放位置", "Compartment", cells.text(), ("设备/格", "存放设备"), default=UNSET),
            Column("approval_number", "批准文号", "Approval number", cells.text(), default=UNSET),
            Column("batch_release", "批签发合格编号", "Batch release", cells.text(), ("批签发号",), default=UNSET),
            Column("produced_on", "生产日期", "Produced on", cells.day, default=UNSET),
            Column("spec", "规格", "Specification", cells.text(), default=UNSET),
            Column("dosage_form", "剂型", "Dosage form", cells.text(), default=UNSET),
            Column("trace_code", "追溯码", "Traceability code", cells.text(20), ("电子监管码",), default=UNSET),
            Column("gtin", "GTIN", "GTIN", cells.text(14), ("商品条码",), default=UNSET),
        ),
        key=("facility", "vaccine", "maker", "number", "compartment"),
    )


async def put(tx: Tx, values: Values, sender: Sender) -> bool:
    """Let the books say what the row says."""
    await check_facility(tx, values["facility"], sender)
    row = said(values)
    vaccine = await matching.vaccine_called(tx, row["vaccine"])
    lot, is_new = await _lot(tx, row, vaccine, sender)
    at = row.get("at", sender.by.at)
    if at > sender.by.at:
        raise BadInput("at", "it has not been yet", "correct the time")
    places = await _places(tx, row)
    levels = {each.id: await presence.level_at(tx, lot.id, each.id, at) for each in places}
    more = _doses(row, lot) - sum(levels.values())
    if more > 0:
        target = _target(places, levels, vaccine)
        await _move(tx, lot, at, (None, target.id), more, sender)
    elif more < 0:
        await _issue(tx, lot, at, levels, -more, sender)
    return is_new or more != 0


def _doses(row: dict[str, Any], lot: Lot) -> int:
    if "doses" in row:
        return int(row["doses"])
    if "vials" in row:
        return int(row["vials"]) * lot.doses_per_vial
    raise BadInput("doses", "no number is given", "fill in doses (人份) or vials (支)")


async def _lot(tx: Tx, row: dict[str, Any], vaccine: Vaccine, sender: Sender) -> tuple[Lot, bool]:
    found = await lots_numbered(tx, row["number"], vaccine.code, row["maker"])
    if len(found) > 1:
        raise BadInput("maker", f"{row['maker'][:80]!r} may be {', '.join(e.maker for e in found)}", "write it in full")
    if found and found[0].expires_on != row["expires_on"]:
        wrong = f"{row['number']} expires on {found[0].expires_on} in the archive, here on {row['expires_on']}"
        raise BadInput("expires_on", wrong, "look at the box, and correct the one or the other")
    known = found[0] if found else None
    entry = LotEntry(
        id=known.id if known else matching.id_for(vaccine.code, row["number"], row["maker"]),
        number=row["number"],
        vaccine=vaccine.code,
        maker=known.maker if known else row["maker"],
        **{field: row[field] for field in _LOT_FIELDS if field in row},
    )
    count = await lots.put_lots(tx, [entry], sender.by)
    return await lots.lot(tx, entry.id), count > 0


async def _places(tx: Tx, row: dict[str, Any]) -> list[Compartment]:
    """The compartment that is named, or all for vaccine at the facility."""
    if "compartment" in row:
        code, _, name = row["compartment"].partition("/")
        if (await cards.card(tx, code)).facility != row["facility"]:
            raise BadInput(
                "compartment", f"{code[:80]!r} is not at {row['facility']}", "name equipment that stands there"
            )
        there = await equipment.compartments(tx, equipment=code)
        if name:
            return [await equipment.compartment(tx, code, name)]
        found = [each for each in there if each.purpose is Purpose.VACCINE]
    else:
        found = await equipment.vaccine_compartments(tx, row["facility"])
    if not found:
        raise BadInput("facility", f"{row['facility']} has no compartment for vaccine", "enter its equipment first")
    return found


def _target(places: Sequence[Compartment], levels: dict[int, int], vaccine: Vaccine) -> Compartment:
    """Where more came to: where the lot lies already, else the only place that is for such a vaccine."""
    fitting = [each for each in places if each.profile == vaccine.profile] or list(places)
    lying = [each for each in fitting if levels[each.id] > 0]
    if len(lying or fitting) == 1:
        return (lying or fitting)[0]
    names = ", ".join(f"{each.equipment}/{each.name}" for each in lying or fitting)
    raise BadInput("compartment", f"it may lie in {names}", "fill in the column 存放位置 (Compartment)")


async def _issue(tx: Tx, lot: Lot, at: int, levels: dict[int, int], doses: int, sender: Sender) -> None:
    for place, level in sorted(levels.items(), key=lambda each: -each[1]):
        taken = min(level, doses)
        if taken > 0:
            await _move(tx, lot, at, (place, None), taken, sender)
            doses -= taken


async def _move(tx: Tx, lot: Lot, at: int, ends: tuple[int | None, int | None], doses: int, sender: Sender) -> None:
    reason = Reason.RECEIVED if ends[0] is None else Reason.ISSUED
    new = NewMovement(
        lot=lot.id, at=at, doses=doses, reason=reason, source=ends[0], target=ends[1], document=sender.file
    )
    await lots.move(tx, msgspec.structs.replace(new, remark="库存文件 stock file"), sender.by)


KIND: Final = Kind(form, put)
