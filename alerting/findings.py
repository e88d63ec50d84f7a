"""Verdicts in the words of cases: how loud each is, which lots it concerns, and what explains it.

    verdicts ─► lots, occasions (archive) ─► policy ─► findings ─► `reconcile`

The same for what is decided live and for a replay of stored history: it writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerting.excursion.cases import Concerned, Finding, finding_of
from alerting.excursion.policy import Policy
from alerting.excursion.rule import Rule
from alerting.excursion.verdicts import Verdict
from alerting.lots import Reads, Stock, concerned_by, stock_of
from alerting.occasions import near, occasions_of
from coldchain.archive.db import Archive


@dataclass(frozen=True, slots=True)
class Bench:
    """What a verdict is weighed with."""

    archive: Archive
    series: Reads
    policy: Policy
    rules: Mapping[tuple[str, str], Rule]  # by id and version
    zone: ZoneInfo  # of the site


async def findings_of(bench: Bench, verdicts: Sequence[Verdict]) -> list[Finding]:
    """One finding for each verdict, in their order; what several have in common is looked up once, and changes none.

    Raises:
        Unavailable: the archive or the series does not answer.
    """
    if not verdicts:
        return []
    felt = [verdict for verdict in verdicts if verdict.kind.is_temperature]
    async with bench.archive.reading() as tx:
        stock = await stock_of(tx, felt)
        went_on = await occasions_of(tx, felt, bench.zone)
    found = []
    for verdict in verdicts:
        concerned = Concerned()  # a fault of a probe, an open door: no lot has felt it yet
        if verdict.kind.is_temperature:
            rule = bench.rules[verdict.rule, verdict.version]
            concerned = await concerned_by(bench.series, verdict, rule, stock.get(verdict.place.compartment, Stock()))
        found.append(finding_of(verdict, bench.policy, concerned, near(verdict, went_on.get(verdict.place, ()))))
    return found
