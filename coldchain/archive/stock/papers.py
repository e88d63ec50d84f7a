"""What becomes of a report to an authority, of whichever kind: its paper follows the word, or it was a mistake."""

from typing import TypeVar

from coldchain.archive import audit, changes, documents, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.stock import places, reasons
from coldchain.errors import BadInput

Reported = TypeVar("Reported", tables.UnusableReport, tables.RefusalReport)


async def check_told(tx: Tx, told: str, told_at: int, document: str | None, by: By) -> None:
    """Check what every report says.

    Raises:
        BadInput: when nobody was told, or only later than now, or there is no such document.
    """
    reasons.check("told", told, "nobody was told", "name the office, and the person if you know")
    places.check_not_ahead("told_at", told_at, by.at)
    await documents.check(tx, "document", document)


async def add(tx: Tx, kind: type[Reported], number: int, document: str, by: By, seen: str | None) -> Reported:
    """Put the paper to a report that counts.

    Raises:
        BadInput: when there is no such report or document, or the paper is there.
        Stale: it was changed since it was seen.
    """
    row = await _counting(tx, kind, number, seen)
    if row.document is not None:
        raise BadInput("document", "its paper is there", "nothing is to be done")
    await documents.check(tx, "document", document)
    row.document = document
    await audit.record(tx, by, "paper", [row])
    return row


async def withdraw(tx: Tx, kind: type[Reported], number: int, by: By, seen: str | None) -> Reported:
    """Take a report back.

    Raises:
        BadInput: when there is none that counts.
        Stale: it was changed since it was seen.
    """
    row = await _counting(tx, kind, number, seen)
    row.withdrawn_at = by.at
    await audit.record(tx, by, "withdrawn", [row])
    return row


async def _counting(tx: Tx, kind: type[Reported], number: int, seen: str | None) -> Reported:
    row = await changes.counting(tx, kind, "report", number)
    locking.check(row, seen)
    return row
