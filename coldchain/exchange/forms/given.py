"""接种数: a row per lot, facility and day with how many doses were given; of lots that we never saw, too. No person's data."""

from datetime import tzinfo
from typing import Any, Final

from msgspec import UNSET

from coldchain.archive.db import Tx
from coldchain.archive.exposure import given
from coldchain.archive.exposure.given import NewGiven
from coldchain.errors import BadInput
from coldchain.exchange import cells
from coldchain.exchange.form import Column, Form
from coldchain.exchange.forms import matching
from coldchain.exchange.forms.kind import Kind, Sender, Values, said
from coldchain.exchange.forms.scope import check_facility
from coldchain.exchange.forms.stock import DOSES

FORM: Final = Form(
    "given",
    "接种数",
    "doses given",
    (
        Column("facility", "单位编码", "Facility", cells.printed(64), ("接种单位编码",), is_required=True),
        Column("number", "疫苗批号", "Lot number", cells.printed(), ("批号",), is_required=True),
        Column("vaccine", "疫苗名称", "Vaccine", cells.text(), ("疫苗编码", "疫苗"), default=UNSET),
        Column("maker", "生产企业", "Maker", cells.text(), ("生产厂家",), default=UNSET),
        Column("given_on", "接种日期", "Given on", cells.day, ("日期",), is_required=True),
        Column(
            "doses",
            "接种剂次",
            "Doses",
            cells.whole(1, 2**31 - 1, DOSES),
            ("接种数", "剂次"),
            is_required=True,
            units=DOSES,
        ),
        Column("source", "来源", "Source", cells.text(), default=UNSET),
    ),
    key=("facility", "number", "vaccine", "maker", "given_on", "source"),
)


def form(_zone: tzinfo) -> Form:
    """Its form; it has no times."""
    return FORM


async def put(tx: Tx, values: Values, sender: Sender) -> bool:
    """Write down a count."""
    await check_facility(tx, values["facility"], sender)
    row = said(values)
    vaccine = await matching.vaccine_called(tx, row["vaccine"]) if "vaccine" in row else None
    lot = await matching.lot_numbered(tx, row["number"], vaccine.code if vaccine else None, row.get("maker"))
    if "source" not in row:
        await _check_not_counted(tx, lot.id, row, sender)
    new = NewGiven(
        lot=lot.id,
        facility=row["facility"],
        given_on=row["given_on"],
        doses=row["doses"],
        source=row.get("source", sender.file),
    )
    return await given.put(tx, [new], sender.by) > 0


async def _check_not_counted(tx: Tx, lot: str, row: dict[str, Any], sender: Sender) -> None:
    """The same counts in a file of another name must not count twice; two systems may count two things, and say so."""
    for each in await given.of_lots(tx, [lot], since=row["given_on"]):
        if (each.facility, each.given_on) == (row["facility"], row["given_on"]) and each.source != sender.file:
            wrong = f"{each.doses} doses of that day are there from {each.source[:80]!r}"
            raise BadInput(
                "source", wrong, "fill in the column 来源 (Source): that one to correct it, another to add to it"
            )


KIND: Final = Kind(form, put)
