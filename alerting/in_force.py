"""Which packs are in force, said to the archive at every start: what judged then must be known for ever.

A pack whose rules say something else than they said, or a new version dated in the past, is found by its digest: the
channels it may have judged otherwise come back by the change journal. The site's own packs, as its settings name them,
hold from the start that first saw them; what was judged before stays judged by those of before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from hashlib import sha256

from alerting.excursion.rule import Rule
from alerting.excursion.rules import Pack
from alerting.timelines import Timelines
from coldchain.archive import rule_packs
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rule_packs import Version

WORDS = frozenset({"source"})  # of a rule, that judge nothing


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
        )
        for version in pack.versions
    ]
