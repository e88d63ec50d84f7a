"""For which facilities a sender may write, and where they may enter new ones."""

from coldchain.archive import places, views
from coldchain.archive.db import Tx
from coldchain.errors import BadInput
from coldchain.exchange.forms.kind import Sender


async def check_facility(tx: Tx, code: str, sender: Sender) -> None:
    """Refuse a facility that is not there, or is not the sender's: they are told the same.

    Raises:
        BadInput: naming the facility.
    """
    if not sender.may_write(code):
        raise BadInput("facility", f"{code[:80]!r} is not in the archive", "import it first, or correct the code")
    await places.facility(tx, code)


async def check_region(tx: Tx, code: str, sender: Sender) -> None:
    """Refuse a region unless it lies in one of which every facility is the sender's: who has a part decides nothing.

    Raises:
        BadInput: naming the region.
    """
    if sender.scope is None:
        return
    theirs = sender.scope | sender.so_far.facilities
    for region in await places.lineage(tx, code):
        below = await views.facilities_below(tx, region)
        if below and below <= theirs:
            return
    wrong = f"{code[:80]!r} is not in the archive"
    raise BadInput("region", wrong, "correct the code, or ask whoever manages that region")
