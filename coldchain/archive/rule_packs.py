"""Which rule packs alerting has loaded, in which versions, and which of them are the site's own from when on.

alerting starts ─► what is loaded now ─► compared with what was ─► doubtful channels (change journal)

Packs are files; here stands what of them judged. A version that says something else now, or a new one dated in the past,
makes alerting judge again from its date; another choice of the site's own packs holds from now on and rewrites nothing.
"""

from collections.abc import Sequence

from msgspec.structs import replace
from sqlalchemy import select, true

from coldchain.archive import changes, doubtful, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.doubtful import EVER
from coldchain.archive.rows import Record, record_of


class Version(Record, frozen=True, kw_only=True):
    """A version of a pack; `sha256` is of its rules, `text` the whole file that holds it."""

    pack: str
    version: str
    valid_from: int
    sha256: str
    title_zh: str
    title_en: str
    source: str
    text: str
    is_loaded: bool = True


class SiteRules(Record, frozen=True, kw_only=True):
    """From `start` on these packs judge wherever nothing else was chosen."""

    start: int
    packs: list[str]


async def load(tx: Tx, versions: Sequence[Version], by: By) -> int | None:
    """Say which versions are loaded now.

    Returns:
        From when on readings are to be judged again, None when nothing changed. The first time nothing is: whatever was
        judged so far was judged by what is loaded.
    """
    there = {(row.pack, row.version): record_of(row, Version) for row in await tx.scalars(select(tables.RulePack))}
    now = {(each.pack, each.version): each for each in versions}
    gone = [replace(old, is_loaded=False) for key, old in there.items() if key not in now and old.is_loaded]
    if all(there.get(key) == each for key, each in now.items()) and not gone:
        return None
    await changes.put(tx, tables.RulePack, ["pack", "version"], [*versions, *gone], by)
    if not there:
        return None
    since = _since(there, now)
    if since is not None:
        [row, *_] = await tx.scalars(select(tables.RulePack).order_by(tables.RulePack.valid_from.desc()))
        await changes.journal(tx, by, row, await doubtful.channels(tx, true(), since, None))
    return since


async def versions(tx: Tx) -> list[Version]:
    """Every version that was ever loaded, by pack, the oldest first."""
    row = tables.RulePack
    return [record_of(each, Version) for each in await tx.scalars(select(row).order_by(row.pack, row.valid_from))]


async def texts(tx: Tx) -> dict[str, str]:
    """The files of the packs that judged here so far, by pack: for those that nobody names any more."""
    return {each.pack: each.text for each in await versions(tx) if each.is_loaded}


async def names(tx: Tx) -> set[str]:
    """The packs that are loaded; empty as long as alerting never ran."""
    return {each.pack for each in await versions(tx) if each.is_loaded}


async def obey(tx: Tx, packs: Sequence[str], by: By) -> list[SiteRules]:
    """Say which packs are the site's own now; returns which were from when on.

    The first answer holds for ever before, too.
    """
    known = await site(tx)
    if known and known[-1].packs == list(packs):
        return known
    start = max(by.at, known[-1].start + 1) if known else EVER
    await changes.put(tx, tables.SiteRules, ["start"], [SiteRules(start=start, packs=list(packs))], by)
    return await site(tx)


async def site(tx: Tx) -> list[SiteRules]:
    """The site's own packs, in time."""
    row = tables.SiteRules
    return [record_of(each, SiteRules) for each in await tx.scalars(select(row).order_by(row.start))]


def _since(there: dict[tuple[str, str], Version], now: dict[tuple[str, str], Version]) -> int | None:
    """The earliest time at which another rule judges than did; the oldest version of a pack also judges what is older."""
    oldest: dict[str, int] = {}
    for each in [*there.values(), *now.values()]:
        oldest[each.pack] = min(each.valid_from, oldest.get(each.pack, each.valid_from))
    differing = [
        each
        for key in there.keys() | now.keys()
        for old, new in [(there.get(key), now.get(key))]
        if _rules(old) != _rules(new)
        for each in (old, new)
        if each is not None
    ]
    return min((EVER if each.valid_from == oldest[each.pack] else each.valid_from for each in differing), default=None)


def _rules(version: Version | None) -> tuple[int, str] | None:
    """What a version judges by; None where it does not judge."""
    return (version.valid_from, version.sha256) if version is not None and version.is_loaded else None
