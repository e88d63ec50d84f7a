"""What a verification could not see, in plain words: a report without this would be believed for more than it proves. Pure."""

from collections.abc import Iterator
from typing import Final

from coldchain.archive.audited import UNCHAINED
from coldchain.archive.evidence.findings import Report
from coldchain.archive.rows import table_of
from coldchain.clock import iso

SOME: Final = 5  # places that are named


def limits(report: Report) -> list[str]:
    """A sentence for each thing that this report does not prove, what matters most first."""
    return [*_of_roots(report), *_of_days(report), *_of_times(report), *_of_tables()]


def _of_roots(report: Report) -> Iterator[str]:
    if report.root is None:
        yield (
            "no root was given: chains that somebody made anew from the first link on would look the same, and so would "
            "chains whose ends were cut off together with the newest roots. Give one that left the house: --root HASH"
        )
    elif report.root_n is not None and report.root_at is not None:
        yield (
            f"root {report.root_n} of {iso(report.root_at)} vouches for what was written before it; for the "
            f"{report.links_since} links since then nothing does that left the house"
        )
    if report.root is None and report.root_at is not None:
        yield f"{report.links_since} links were written since the newest root, of {iso(report.root_at)}: cut off, nobody would miss them"
    for chain in report.chains:
        if chain.adopted and chain.adopted_at is not None:
            yield f"chain {chain.stream}: {chain.adopted} rows were adopted, last at {iso(chain.adopted_at)}; nothing is proved of them from before"


def _of_days(report: Report) -> Iterator[str]:
    if report.oldest_open is not None:
        yield (
            f"{report.days_open} days of channels are not sealed yet, the oldest {iso(report.oldest_open)[:10]}: what is "
            "changed in them within the time of a batch that arrived is not seen"
        )
    if report.sealed_late:
        yield f"sealed long after their last arrival, and open until then: {_some(report.sealed_late)}"
    if report.mixed:
        yield (
            "late readings lie among those that were sealed before, so that nobody can show that these are still as they "
            f"were: {_some(report.mixed)}"
        )
    if report.days_deleted:
        acts = ", ".join(map(str, report.acts))
        yield (
            f"{report.days_deleted} days of channels are gone, by act {acts}: who signed is as the chain says it; see "
            "`coldchain retention show`"
        )
    if report.days_elsewhere:
        yield f"{report.days_elsewhere} sealed days of channels: their readings are not in this file, and were not looked at"


def _of_times(report: Report) -> Iterator[str]:
    if report.set_back:
        yield f"times are the clock's, and it was set back, or somebody dated what they wrote: {_some(report.set_back)}"


def _of_tables() -> Iterator[str]:
    for why, kinds in UNCHAINED.items():
        if "chains" not in why:
            yield f"not looked at, {why}: {', '.join(sorted(table_of(kind).name for kind in kinds))}"


def _some(places: list[str]) -> str:
    more = f" … and {len(places) - SOME} more" if len(places) > SOME else ""
    return "; ".join(places[:SOME]) + more
