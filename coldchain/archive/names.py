"""By which names somebody is known: two logins of one person are one person, wherever two are wanted."""

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.disposition.words import name_key


async def names_of(tx: Tx, actor: str) -> frozenset[str]:
    """What an actor is called: as they log in, and as people know them."""
    user = await tx.get(tables.User, actor)
    return frozenset({name_key(actor)} | ({name_key(user.display)} if user is not None else set()))


async def is_same_person(tx: Tx, one: str, other: str) -> bool:
    """True when two actors are known by the same name."""
    return bool(await names_of(tx, one) & await names_of(tx, other))
