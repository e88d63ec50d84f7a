"""The six characters by which people name an alarm in a text message: Crockford's alphabet, which nobody misreads."""

import secrets
from typing import Final

from sqlalchemy import ColumnElement, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 6
_MISREAD: Final = str.maketrans("OIL", "011")


async def fresh(tx: Tx) -> str:
    """A code that no alarm has which is not closed."""
    [code] = await fresh_ones(tx, 1)
    return code


async def fresh_ones(tx: Tx, count: int) -> list[str]:
    """So many of them, each another; drawn together and asked for together."""
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = {"".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(count - len(found))}
        asked = select(tables.Alarm.code).where(_is_open(), tables.Alarm.code.in_(drawn))
        found |= dict.fromkeys(sorted(drawn - set(await tx.scalars(asked))))
    return list(found)


async def alarm_with(tx: Tx, code: str) -> int | None:
    """The alarm with that code; a closed one's code may be another's again."""
    return await tx.scalar(select(tables.Alarm.id).where(tables.Alarm.code == code, _is_open()))


def _is_open() -> ColumnElement[bool]:
    return tables.Alarm.state != AlarmState.CLOSED.value


def read(written: str) -> str:
    """A code as somebody typed it: small letters, O for 0, I and L for 1.

    Raises:
        BadInput: it is none.
    """
    code = written.strip().upper().translate(_MISREAD)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise BadInput("code", f"{written[:20]!r} is no alarm's code", "write the six characters of the message")
    return code
