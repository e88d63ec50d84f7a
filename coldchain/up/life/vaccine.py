"""The catalogue, the papers of the lots, what clinics gave over the past weeks, a count, and two deliveries that did not just come in."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

import msgspec

from coldchain.archive import lots
from coldchain.archive.audit import By
from coldchain.archive.county import Receipt
from coldchain.archive.db import Tx
from coldchain.archive.exposure import given
from coldchain.archive.exposure.given import NewGiven
from coldchain.archive.lots import LotEntry, NewMovement, Reason
from coldchain.archive.stock import catalogue, counting, issuing, receiving
from coldchain.archive.stock.counting import Counted, NewCount
from coldchain.archive.stock.receiving import Delivery, DeliveryLine, Transport
from coldchain.up.life.acts import Act, Stage
from coldchain.up.life.papers import paper

SESSIONS_SINCE: Final = 7  # days: each movement costs the demo's start 20 ms
STORE: Final = "519921000"
COLD_ROOM: Final = "519921000-LK1/room"


def acts(stage: Stage, keepers: Mapping[str, str], managers: tuple[str, str]) -> Iterator[Act]:
    """Everything about vaccine but its journeys."""
    day = stage.calendar
    yield Act(day.at(-690, 9), "demo", _load_catalogue)
    yield Act(day.at(-60, 9), managers[0], _describe_lots)
    receipts = [each for each in stage.county.receipts if not each.equipment.startswith(STORE)]
    for number, receipt in enumerate(receipts):
        yield from _sessions(stage, receipt, keepers[receipt.equipment[:9]], number)
    yield Act(day.at(-3, 16), keepers["519921103"], _count)
    yield Act(day.at(-2, 10), managers[1], _wait_for_papers)
    yield Act(day.at(-1, 11), keepers["519921020"], _refuse)
    yield Act(day.at(-1, 17), keepers["519921107"], _told_by_the_register)


async def _load_catalogue(tx: Tx, _: Stage, by: By) -> None:
    await catalogue.load(tx, catalogue.read(), by)


async def _describe_lots(tx: Tx, stage: Stage, by: By) -> None:
    """Their numbers are invented like their makers: no such approval or release was ever given."""
    found = []
    for number, lot in enumerate(stage.county.lots, 1):
        digits = lot.number[2:]
        found.append(
            msgspec.structs.replace(
                lot,
                approval_number=f"国药准字S0000{number:04d}",
                batch_release=f"演示批签 {digits[:4]}-{number:04d}",
                produced_on=f"{digits[:4]}-{digits[4:6]}-15",
                dosage_form="注射剂",
                spec="0.5 ml/支",
            )
        )
    await lots.put_lots(tx, found, by)


def _sessions(stage: Stage, receipt: Receipt, keeper: str, number: int) -> Iterator[Act]:
    """A clinic gives a little of a lot on its days, Tuesdays or Fridays."""
    dice = stage.dice(f"given/{receipt.lot}/{receipt.equipment}")
    left = receipt.doses * 2 // 5  # the rest is there when the story begins
    for ago in range(-SESSIONS_SINCE, 0):
        at = stage.calendar.at(ago, 9, number % 60)
        doses = dice.randint(1, 6)
        if stage.calendar.date(ago).weekday() != (1, 4)[number % 2] or at <= receipt.at or doses > left:
            continue
        left -= doses
        yield Act(at, keeper, partial(_give, receipt=receipt, doses=doses))


async def _give(tx: Tx, stage: Stage, by: By, *, receipt: Receipt, doses: int) -> None:
    source = stage.rooms[f"{receipt.equipment}/{receipt.compartment}"]
    new = NewMovement(
        lot=receipt.lot, at=by.at, doses=doses, reason=Reason.ISSUED, source=source, counterparty="接种门诊"
    )
    await issuing.issue(tx, new, by)


async def _count(tx: Tx, stage: Stage, by: By) -> None:
    """A stock-take that finds one dose less of a lot than the books have."""
    room = stage.rooms["519921103-YY1/cold"]
    there = await lots.in_compartment(tx, room, by.at, by.at + 1)
    booked = {inside.lot.id: sum(stay.levels[-1][1] for stay in inside.stays) for inside in there}
    broken = min(booked)
    lines = tuple(Counted(lot=lot, counted=doses - (lot == broken)) for lot, doses in sorted(booked.items()))
    done = await counting.enter(tx, NewCount(compartment=room, at=by.at, counted_by=by.actor, lines=lines), by)
    await counting.post(tx, done.id, {broken: "1 支破损，已按规定登记"}, by)


async def _wait_for_papers(tx: Tx, stage: Stage, by: By) -> None:
    """A delivery whose batch release certificate is still to come."""
    lot = LotEntry(
        id="MMR-MS202607019", number="MS202607019", vaccine="MMR", maker="岷山生物", expires_on="2029-06-28",
        approval_number="国药准字S00000017", produced_on="2026-07-15",
    )  # fmt: skip
    await lots.put_lots(tx, [lot], by)
    record = await paper(tx, "运输温度记录-QJ-CK-0301.txt", STORE, by, "启运 4.2 °C，途中 3.9–5.4 °C，到达 4.8 °C")
    delivery = Delivery(
        facility=STORE, at=by.at, document="QJ-CK-0301", supplier="青岷市疾控中心", plate="川Z00001",
        transport=Transport.REFRIGERATED_VEHICLE, arrival_c=4.8, record=record, record_low_c=3.9, record_high_c=5.4,
        papers_complete=False, missing="批签发证明", handed_by="尤丁", taken_by="赵甲",
        lines=(DeliveryLine(lot=lot.id, doses=300, compartment=stage.rooms[COLD_ROOM]),),
    )  # fmt: skip
    await receiving.receive(tx, delivery, by)


async def _refuse(tx: Tx, stage: Stage, by: By) -> None:
    """A delivery without any record of its temperature: refused, and a report is due."""
    delivery = Delivery(
        facility="519921020", at=by.at, document="QJ-CK-0302", supplier="蜀原生物制品", plate="川Z00002",
        transport=Transport.OTHER, arrival_c=9.6, papers_complete=True, handed_by="配送员",
        lines=(DeliveryLine(lot="HepB-SY202510037", doses=50, compartment=stage.rooms["519921020-YY1/cold"]),),
    )  # fmt: skip
    await receiving.receive(tx, delivery, by)


async def _told_by_the_register(tx: Tx, stage: Stage, by: By) -> None:
    """What the vaccination register counted at a clinic, without any child's name."""
    its = sorted({each.lot for each in stage.county.receipts if each.equipment == "519921107-YY1"})
    told = [
        NewGiven(lot=lot, facility="519921107", given_on=stage.calendar.on(-1), doses=2, source="接种信息系统")
        for lot in its[:2]
    ]
    await given.put(tx, told, by)
