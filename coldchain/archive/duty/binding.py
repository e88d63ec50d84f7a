"""Whose WeChat it is: bound by a person's own link, and forgotten when they leave the account.

ticket (from whom keeps their books) ─► their own telephone ─► openid ─► bound      unfollowed ─► forgotten
"""

from sqlalchemy import select

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.facilities.posts import living
from coldchain.archive.rows import check_texts


async def bind(tx: Tx, person: int, openid: str, by: By) -> str:
    """From now on this is their WeChat, and nobody else's; returns their name.

    Raises:
        BadInput: when there is nobody of that number, or the openid is none.
    """
    check_texts("person", {"wechat": openid})
    await audit.begin(tx)
    row = await living(tx, person, by.at)
    changed = [each for each in await _with(tx, openid) if each.id != row.id]
    for each in changed:  # one telephone is one person: whoever had it before is bound anew
        each.wechat = ""
    row.wechat = openid
    await audit.record(tx, by, "bound", [*changed, row])
    return row.name


async def forget(tx: Tx, openid: str, at: int) -> int:
    """Who had it left the account, or it was closed: no message reaches them there. Returns how many that were."""
    found = await _with(tx, openid)
    if not found:
        return 0
    await audit.begin(tx)
    for each in found:
        each.wechat = ""
    await audit.record(tx, By(MACHINE, at, "left the account"), "unbound", found)
    return len(found)


async def wechat_of(tx: Tx, person: int) -> tuple[str, str] | None:
    """(name, openid) of somebody; None: there is nobody of that number."""
    row = await tx.get(tables.Person, person)
    return None if row is None else (row.name, row.wechat)


async def _with(tx: Tx, openid: str) -> list[tables.Person]:
    row = tables.Person
    return list(await tx.scalars(select(row).where(row.wechat == openid, row.wechat != "").order_by(row.id)))
