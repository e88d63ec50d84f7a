"""Which lots an excursion concerns, how many doses, and for how long each was out: from the movements in the archive.

In this compartment is best; where nobody ever entered a movement for the compartment, the lots at the facility are
named, and said to be known no better; else not known. A lot that came or left meanwhile has its own share of the time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.excursion.cases import Concerned
from alerting.excursion.exposure import out_within
from alerting.excursion.rules import Rule
from alerting.excursion.stretch import BEGINNING
from alerting.excursion.verdicts import Verdict
from coldchain.archive import lots, views
from coldchain.archive.db import Tx
from coldchain.archive.lots import Inside
from coldchain.excursion import LotShare, LotsKnown
from coldchain.series import Series


@dataclass(frozen=True, slots=True)
class Stock:
    """The lots that a compartment's excursions may concern."""

    known: LotsKnown
    inside: Sequence[Inside] = ()


async def stock_of(tx: Tx, verdicts: Iterable[Verdict]) -> dict[int | None, Stock]:
    """What was in each compartment while its excursions went on."""
    spans: dict[int | None, tuple[Verdict, int, int]] = {}
    for verdict in verdicts:
        _, start, end = spans.get(verdict.place.compartment, (verdict, verdict.first_bad, verdict.last_bad))
        place = (verdict, min(start, verdict.first_bad), max(end, verdict.last_bad))
        spans[verdict.place.compartment] = place
    return {key: await _stock(tx, verdict, start, end + 1) for key, (verdict, start, end) in spans.items()}


async def _stock(tx: Tx, verdict: Verdict, start: int, end: int) -> Stock:
    place = verdict.place
    if place.compartment is None or place.equipment is None:
        return Stock(LotsKnown.NO)
    ever = await lots.in_compartment(tx, place.compartment, BEGINNING, end)
    if ever:
        return Stock(LotsKnown.COMPARTMENT, [i for i in ever if any(s.touches(start, end) for s in i.stays)])
    stands = await views.equipment_of(tx, place.equipment)
    if stands is None or place.purpose != "vaccine":
        return Stock(LotsKnown.NO)
    there = await lots.at_facility(tx, stands.facility, start, end)
    return Stock(LotsKnown.FACILITY, there) if there else Stock(LotsKnown.NO)


async def concerned_by(series: Series, verdict: Verdict, rule: Rule, stock: Stock) -> Concerned:
    """The lots of one excursion with their doses and their own time out."""
    end = verdict.last_bad + 1
    shares = []
    for inside in stock.inside:
        doses = sum(stay.doses_within(verdict.first_bad, end) for stay in inside.stays)
        if doses:
            out_ms = await _out_ms(series, verdict, rule, inside)
            shares.append(LotShare(inside.lot.id, inside.lot.vaccine, doses, out_ms))
    return Concerned(stock.known, tuple(sorted(shares, key=lambda share: share.lot)))


async def _out_ms(series: Series, verdict: Verdict, rule: Rule, inside: Inside) -> int:
    start = verdict.first_bad if verdict.known_good_before is None else verdict.known_good_before
    end = verdict.last_bad if verdict.known_good_after is None else verdict.known_good_after
    if any(stay.start <= start and (stay.end is None or stay.end >= end) for stay in inside.stays):
        return verdict.out_ms
    trace = await series.read(verdict.channel, start, end + 1)
    gap_ms = rule.gap_factor * verdict.place.interval_ms
    parts = [(s.start, end if s.end is None else s.end) for s in inside.stays]
    return min(verdict.out_ms, sum(out_within(rule, gap_ms, trace, *part) for part in parts))
