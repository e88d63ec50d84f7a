"""The six characters by which people name an alarm in a text message: Crockford's alphabet, which nobody misreads."""

import secrets
from typing import Final

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 6
_MISREAD: Final = str.maketrans("OIL", "011")


async def fresh(tx: Tx) -> str:
    """A code that no alarm has which is not closed."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if await alarm_with(tx, code) is None:
            return code


async def alarm_with(tx: Tx, code: str) -> int | None:
    """The alarm with that code; a closed one's code may be another's again."""
    query = select(tables.Alarm.id).where(tables.Alarm.code == code, tables.Alarm.state != AlarmState.CLOSED.value)
    return await tx.scalar(query)


def read(written: str) -> str:
    """A code as somebody typed it: small letters, O for 0, I and L for 1.

    Raises:
        BadInput: it is none.
    """
    code = written.strip().upper().translate(_MISREAD)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise BadInput("code", f"{written[:20]!r} is no alarm's code", "write the six characters of the message")
    return code
