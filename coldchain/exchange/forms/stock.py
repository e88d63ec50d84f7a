"""库存日报: a row per facility and lot with what is there. The books then say so: nobody types a lot twice.

row ─► its lot (entered if it is new) ─► doses in the books there then ─► more: received · fewer: issued
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final

import msgspec
from msgspec import UNSET

from coldchain import clock
from coldchain.archive import equipment, extracts, lots, stock_pictures
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Compartment, Purpose
from coldchain.archive.lots import MOST_DOSES, Lot, LotEntry, NewMovement, Reason, Vaccine
from coldchain.archive.stock import presence, undecided
from coldchain.archive.stock.matching import lots_like, lots_numbered
from coldchain.archive.stock_pictures import Picture
from coldchain.archive.upkeep import cards
from coldchain.errors import BadInput
from coldchain.exchange import cells
from coldchain.exchange.form import Column, Form
from coldchain.exchange.forms import matching
from coldchain.exchange.forms.kind import Kind, Sender, Values, said
from coldchain.exchange.forms.scope import check_facility
from coldchain.exchange.taking import Note

_LOT_NAMES: Final = ("id", "number", "vaccine", "maker", "expires_on")
# What a row may add to a lot, and what of it stands in the archive as long as nobody has said.
_UNSAID: Final[Mapping[str, tuple[Any, ...]]] = {
    "doses_per_vial": (1,), "approval_number": ("",), "batch_release": ("",), "produced_on": (None,), "spec": ("",),
    "dosage_form": ("",), "trace_code": ("",), "gtin": ("",),
}  # fmt: skip
DOSES: Final = ("人份", "剂", "剂次", "doses")
VIALS: Final = ("支", "瓶", "vials")


def form(zone: tzinfo) -> Form:
    """Its form; times without an offset are of `zone`."""
    return Form(
        "stock",
        "疫苗库存",
        "stock",
        (
            Column(
                "facility", "单位编码", "Facility", cells.printed(64), ("接种单位编码", "机构编码"), is_required=True
            ),
            Column("vaccine", "疫苗名称", "Vaccine", cells.text(), ("疫苗编码", "疫苗", "品种"), is_required=True),
            Column(
                "maker", "生产企业", "Maker", cells.text(), ("生产厂家", "上市许可持有人", "厂家"), is_required=True
            ),
            Column("number", "疫苗批号", "Lot number", cells.printed(), ("批号", "产品批号"), is_required=True),
            Column("expires_on", "疫苗效期", "Expiry", cells.day, ("有效期至", "失效日期", "有效期"), is_required=True),
            Column(
                "doses",
                "数量(人份)",
                "Doses",
                cells.whole(0, MOST_DOSES, DOSES),
                ("人份数", "剂次数", "剂数"),
                default=UNSET,
                units=DOSES,
                is_bare=False,
            ),
            Column(
                "vials",
                "支数",
                "Vials",
                cells.whole(0, MOST_DOSES, VIALS),
                ("库存支数", "库存数量", "库存", "数量(支)", "数量(瓶)"),
                default=UNSET,
                units=VIALS,
            ),
            Column(
                "doses_per_vial",
                "每支人份",
                "Doses per vial",
                cells.whole(1, 1000, DOSES),
                ("每支剂次",),
                default=UNSET,
            ),
            Column("at", "库存时间", "As of", cells.moment(zone), ("盘点时间", "统计时间"), default=UNSET),
            Column("compartment", "存放位置", "Compartment", cells.printed(), ("设备/格", "存放设备"), default=UNSET),
            Column("approval_number", "批准文号", "Approval number", cells.printed(), default=UNSET),
            Column("batch_release", "批签发合格编号", "Batch release", cells.printed(), ("批签发号",), default=UNSET),
            Column("produced_on", "生产日期", "Produced on", cells.day, default=UNSET),
            Column("spec", "规格", "Specification", cells.text(), default=UNSET),
            Column("dosage_form", "剂型", "Dosage form", cells.text(), default=UNSET),
            Column("trace_code", "追溯码", "Traceability code", cells.printed(20), ("电子监管码",), default=UNSET),
            Column("gtin", "GTIN", "GTIN", cells.printed(14), ("商品条码",), default=UNSET),
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
    spoken_of = {(lot.id, each.id) for each in places}
    if spoken_of & sender.so_far.lying:
        wrong = f"an earlier row of this file says how much of {lot.id} lies there"
        raise BadInput("number", wrong, "make one row of them, or fill in the column 存放位置 (Compartment) in both")
    picture = Picture(
        facility=row["facility"], lot=lot.id, place=_place(places, row), at=at, document=sender.file[:200]
    )
    await _check_newest(tx, picture)
    levels = {each.id: await presence.level_at(tx, lot.id, each.id, at) for each in places}
    more = _doses(row, lot) - sum(levels.values())
    if more > 0:
        target = _target(places, levels, vaccine)
        await _move(tx, lot, at, (None, target.id), more, sender)
    elif more < 0:
        await _issue(tx, lot, at, levels, -more, sender)
    await stock_pictures.keep(tx, picture)
    sender.so_far.lying.update(spoken_of)
    sender.so_far.told.add(row["facility"])
    return is_new or more != 0


def _place(places: Sequence[Compartment], row: dict[str, Any]) -> str:
    """Of what a row speaks: of a compartment, of a piece of equipment by all that it has, or of the whole facility."""
    return f"{places[0].equipment}/{places[0].name}" if "compartment" in row and len(places) == 1 else ""


async def _check_newest(tx: Tx, new: Picture) -> None:
    """An older picture says nothing of today, and what it says of yesterday was in the books by today's."""
    last = await stock_pictures.newest(tx, new.facility, new.lot, new.place)
    if last is not None and last.at > new.at:
        wrong = f"{last.document} tells of {clock.iso(last.at)}, this file of {clock.iso(new.at)}"
        raise BadInput("at", wrong, "send the newest file; an older one changes nothing")


def _doses(row: dict[str, Any], lot: Lot) -> int:
    """How many doses a row says: in either measure, which then must not be at odds."""
    of_vials = int(row["vials"]) * lot.doses_per_vial if "vials" in row else None
    if "doses" not in row:
        if of_vials is None:
            raise BadInput("doses", "no number is given", "fill in doses (人份) or vials (支)")
        return of_vials
    if of_vials is not None and of_vials != row["doses"]:
        wrong = f"{row['doses']} doses are not {row['vials']} vials of {lot.doses_per_vial}"
        raise BadInput("doses", wrong, "correct one of them, or the doses per vial")
    return int(row["doses"])


async def _lot(tx: Tx, row: dict[str, Any], vaccine: Vaccine, sender: Sender) -> tuple[Lot, bool]:
    """The lot of a row, entered if it is new. Of one that is known, a row adds what nobody said, and corrects nothing."""
    found = await lots_numbered(tx, row["number"], vaccine.code, row["maker"])
    if len(found) > 1:
        raise BadInput("maker", f"{row['maker'][:80]!r} may be {', '.join(e.maker for e in found)}", "write it in full")
    told = {field: row[field] for field in _UNSAID if field in row}
    if found:
        _check_same(found[0], row)
        told = {field: value for field, value in told.items() if getattr(found[0], field) in _UNSAID[field]}
        entry = LotEntry(**{field: getattr(found[0], field) for field in _LOT_NAMES} | told)
    else:
        if like := await lots_like(tx, row["number"], vaccine.code, row["maker"]):
            wrong = f"{row['number'][:80]!r} may be {', '.join(each.number for each in like)}"
            raise BadInput("number", wrong, "write it as it is printed; spreadsheets drop zeros before a number")
        its_id = matching.id_for(vaccine.code, row["number"], row["maker"])
        names = (its_id, row["number"], vaccine.code, row["maker"], row["expires_on"])
        entry = LotEntry(**dict(zip(_LOT_NAMES, names, strict=True)) | told)
    count = await lots.put_lots(tx, [entry], sender.by)
    return await lots.lot(tx, entry.id), count > 0


def _check_same(lot: Lot, row: dict[str, Any]) -> None:
    """What tells one box from another must not be at odds."""
    for field in ("expires_on", "produced_on", "doses_per_vial"):
        kept, here = getattr(lot, field), row.get(field)
        if here is None or kept == here or kept in _UNSAID.get(field, ()):
            continue
        if field == "expires_on":
            wrong = f"{lot.number} expires on {kept} in the archive, here on {here}"
        else:
            wrong = f"{lot.number} has {kept} in the archive, here {here}"
        raise BadInput(field, wrong, "look at the box, and correct the one or the other")


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
    enter = undecided.bring_in if reason is Reason.RECEIVED else lots.move  # a file is no decision at the door
    await enter(tx, msgspec.structs.replace(new, remark="库存文件 stock file"), sender.by)


async def left_out(tx: Tx, sender: Sender) -> list[Note]:
    """What lies in the books of the facilities that the file tells of, and no row was taken for: nothing is made of it."""
    found = []
    for row in await extracts.lying(tx, frozenset(sender.so_far.told)):
        if (row["lot"], row["room"]) not in sender.so_far.lying:
            where = f"{row['facility']} {row['compartment']}"
            zh = f"{where} 账上有 {row['vaccine']} 批号 {row['number']} {row['doses']} 剂，文件中没有采用的行；若已用完请写 0"
            en = f"{where}: {row['doses']} doses of {row['vaccine']} {row['number']} are in the books, and no row was taken"
            found.append(Note(zh, f"{en} for them; write 0 where none is left"))
    return found


KIND: Final = Kind(form, put, left_out)
