"""How the county's file came in: what stands there at first, before any act; probes hung and vaccine received, each on its day.

    county's file ─┬─► ground: regions, facilities, equipment, compartments, lots ─► imported, dated before the first act
                   └─► an act for each probe at its start, and for each receipt at its time

So the trail rises in time, as that of a county does that has written things down as they happened.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

import msgspec

from coldchain.archive import equipment, imports, lots
from coldchain.archive.audit import By
from coldchain.archive.county import Channel, County, Receipt
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import NewAssignment
from coldchain.archive.lots import NewMovement, Reason
from coldchain.up.life.acts import WHY, Act, Calendar, Stage

FOUNDED: Final = -701  # days before the story: a day before anybody does anything
USER: Final = "demo"


async def found(archive: Archive, county: County, live_at: int) -> None:
    """Import what does not begin on a day of its own; again, it changes nothing."""
    ground = msgspec.structs.replace(county, channels=[], receipts=[])
    await imports.import_county(archive, ground, By(USER, Calendar(live_at).at(FOUNDED, 9), WHY))


def acts(stage: Stage) -> Iterator[Act]:
    """Everything that the county's file dates."""
    for channel in stage.county.channels:
        yield Act(channel.start, USER, partial(_hang, channel=channel))
    for receipt in stage.county.receipts:
        yield Act(receipt.at, USER, partial(_receive, receipt=receipt))


async def _hang(tx: Tx, _: Stage, by: By, *, channel: Channel) -> None:
    new = NewAssignment(
        channel=channel.name, equipment=channel.equipment, compartment=channel.compartment, position=channel.position,
        interval_s=channel.interval_s, start=channel.start,
    )  # fmt: skip
    await equipment.assign(tx, new, by)


async def _receive(tx: Tx, stage: Stage, by: By, *, receipt: Receipt) -> None:
    new = NewMovement(
        lot=receipt.lot, at=receipt.at, doses=receipt.doses, reason=Reason.RECEIVED,
        target=stage.rooms[f"{receipt.equipment}/{receipt.compartment}"], document=receipt.document,
        counterparty=receipt.supplier, temperature_c=receipt.temperature_c,
    )  # fmt: skip
    await lots.move(tx, new, by)
