"""What entries of duty have in common: a place that exists, one at most; somebody who is there; nothing in the past."""

from typing import Final

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty.policy import MemberKind, Policy, member_of
from coldchain.archive.facilities.posts import living
from coldchain.errors import BadInput

MISSING: Final = "import it first, or correct the code"


async def place(
    tx: Tx, *, region: str | None = None, facility: str | None = None, equipment: str | None = None
) -> None:
    """Refuse two places for one thing, and one that is not in the archive; none is everywhere.

    Raises:
        BadInput: naming it.
    """
    said = [("region", region, tables.Region), ("facility", facility, tables.Facility)]
    said.append(("equipment", equipment, tables.Equipment))
    named = [(field, code, table) for field, code, table in said if code is not None]
    if len(named) > 1:
        raise BadInput(named[1][0], f"a {named[0][0]} was named too", "name one place, or none for everywhere")
    for field, code, table in named:
        if await tx.get(table, code) is None:
            raise BadInput(field, f"{code[:80]!r} is not in the archive", MISSING)


async def members(tx: Tx, policy: Policy, at: int) -> None:
    """Refuse a policy that names a person, a rota or a facility that is not there.

    Raises:
        BadInput: naming it.
    """
    for text in dict.fromkeys(text for step in policy.steps for text in step.members):
        member = member_of(text)
        if member.kind is MemberKind.PERSON:
            await living(tx, member.number, at)
        if member.kind is MemberKind.ROTA:
            await rota(tx, member.number)
        if member.facility:
            await place(tx, facility=member.facility)


async def rota(tx: Tx, number: int, field: str = "rota") -> tables.Rota:
    """A rota that counts.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.Rota, number)
    if row is None or row.withdrawn_at is not None:
        raise BadInput(field, f"{number} is not one that counts", "choose one from the list")
    return row


def not_past(field: str, at: int, now: int) -> None:
    """Refuse to say afterwards who was to be told: whoever was told, was told by what stood then.

    Raises:
        BadInput: naming the field.
    """
    if at < now:
        raise BadInput(field, f"{clock.iso(at)} is past", "let it hold from now on: who was told stays as it was")
