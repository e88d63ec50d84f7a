"""Which packs are in force, said to the archive at every start: what judged then must be known for ever.

A pack whose rules say something else than they said, or a new version dated in the past, is found by its digest: the
channels it may have judged otherwise come back by the change journal. The site's own packs, as its settings name them,
hold from the start that first saw them; what was judged before stays judged by those of before.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from hashlib import sha256

from alerting.excursion.rule import Rule
from alerting.excursion.rules import Pack, pack_of
from alerting.timelines import Timelines
from coldchain.archive import rule_packs
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rule_packs import Version
from coldchain.errors import BadInput

log = logging.getLogger(__name__)

WORDS = frozenset({"source"})  # of a rule, that judge nothing


async def with_remembered(tx: Tx, packs: Mapping[str, Pack]) -> dict[str, Pack]:
    """These packs, and those that judged here once and that no setting names any more: their past stays what it was.

    One that cannot be read any more is left out, and said so: what it judged is judged again without it.
    """
    found = dict(packs)
    for name, text in (await rule_packs.texts(tx)).items():
        if name not in found:
            try:
                found[name] = pack_of(text, f"the archive's copy of {name}")
            except BadInput as error:
                log.error("a pack that judged here cannot be read any more: %s", error)  # noqa: TRY400 - its words say all
    return found


async def say(tx: Tx, packs: Iterable[Pack], own: Sequence[str], timelines: Timelines, at: int) -> None:
    """Write down what is in force now, and let timelines know since when.

    Args:
        tx: a writing transaction.
        packs: those that are loaded.
        own: names of the site's own.
        timelines: learn which were the site's own when.
        at: domain time.
    """
    by = By("alerting", at, "as its settings and files say")
    await rule_packs.load(tx, [version for pack in packs for version in _versions(pack)], by)
    timelines.obey(await rule_packs.obey(tx, own, by))


def digest(rules: Iterable[Rule]) -> str:
    """Of everything in some rules that judges."""
    said = [
        (field.name, sorted(value) if isinstance(value, frozenset) else value)
        for rule in rules
        for field in fields(rule)
        if field.init and field.name not in WORDS
        for value in [getattr(rule, field.name)]
    ]
    return sha256(repr(said).encode()).hexdigest()


def _versions(pack: Pack) -> list[Version]:
    return [
        Version(
            pack=pack.name,
            version=version.name,
            valid_from=version.valid_from,
            sha256=digest(version.rules),
            title_zh=pack.title_zh,
            title_en=pack.title_en,
            source=version.source,
            text=pack.text,
        )
        for version in pack.versions
    ]
