"""What a keeper may write down as a bare movement, and what has a door of its own where more is asked.

    received ─► receiving      counted ─► counting            disposed ─► disposing
    returned from outside ─► a run, or receiving              to another clinic ─► custody, or a run

`lots.move` is the mechanics behind all doors; this one is for people and programs that have nothing but a movement.
"""

from typing import Final

from coldchain.archive import audit, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.places import FacilityKind
from coldchain.archive.stock import issuing, places, reasons
from coldchain.archive.stock.words import Movement, NewMovement, Reason
from coldchain.errors import BadInput, Refused

# Only CDCs supply (疫苗管理法 第三十五条): doses come from these, and go back to them.
STORES: Final = frozenset({FacilityKind.COUNTY_STORE, FacilityKind.PREFECTURE_STORE, FacilityKind.PROVINCE_STORE})
DOORS: Final = {
    Reason.RECEIVED: ("what is delivered is decided at the door", "enter it as a receipt"),
    Reason.COUNTED: ("a difference is found by counting", "enter a count, and post it with its reasons"),
    Reason.DISPOSED: ("nobody saw it", "enter a disposal: with why, a signed scan and a witness from outside"),
}


async def enter(tx: Tx, new: NewMovement, by: By) -> Movement:
    """Enter a movement, today's or one that was forgotten.

    Raises:
        BadInput: when it has a door of its own, or cannot be.
        Refused: when just this movement is in the books already.
    """
    await audit.begin(tx)
    places.check_not_ahead("at", new.at, by.at)
    if new.reason in DOORS:
        raise BadInput("reason", *DOORS[new.reason])
    if new.reason is Reason.RETURNED:
        _check_return(new)
    await _check_supply(tx, new)
    if new.document and await lots.is_entered(tx, new):
        raise Refused(f"{new.document} with just these doses at just this time is in the books already")
    is_issue = new.reason is Reason.ISSUED
    return await (issuing.issue if is_issue else lots.move)(tx, new, by)


def _check_return(new: NewMovement) -> None:
    if new.source is None:
        wrong = "nothing shows where these doses were"
        raise BadInput("source", wrong, "let the run that carried them bring them back, or receive them at the door")
    if new.target is None:
        wrong = "nobody is named to whom they were returned"
        reasons.check("counterparty", new.counterparty, wrong, "name who took them back")


async def _check_supply(tx: Tx, new: NewMovement) -> None:
    """A clinic supplies no other clinic."""
    if new.source is None or new.target is None or new.run is not None:
        return
    giver = await tx.get_one(tables.Facility, await places.facility_of(tx, new.source, "source"))
    taker = await tx.get_one(tables.Facility, await places.facility_of(tx, new.target, "target"))
    if giver.code != taker.code and not {giver.kind, taker.kind} & STORES:
        wrong = f"{giver.code} does not supply {taker.code}"
        raise BadInput("target", wrong, "let them be kept there with the county's consent (custody), or enter the run")
