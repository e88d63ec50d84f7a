"""For which facilities a sender may write."""

from coldchain.archive import places
from coldchain.archive.db import Tx
from coldchain.errors import BadInput
from coldchain.exchange.forms.kind import Sender


async def check_facility(tx: Tx, code: str, sender: Sender) -> None:
    """Refuse a facility that is not there, or is not the sender's: they are told the same.

    Raises:
        BadInput: naming the facility.
    """
    if sender.scope is not None and code not in sender.scope:
        raise BadInput("facility", f"{code[:80]!r} is not in the archive", "import it first, or correct the code")
    await places.facility(tx, code)
