"""Which lots an excursion concerns, how many doses, and for how long each was out: from the movements in the archive.

    stock (what was there while any of the excursions judged together went on) ─► of each excursion by itself: its lots

In this compartment is best; where nobody ever entered a movement for the compartment, the lots at the facility are
named, and said to be known no better; else not known. A lot that came or left meanwhile has its own share of the time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from alerting.excursion.cases import Concerned
from alerting.excursion.exposure import TimeOut, time_out
from alerting.excursion.rules import Rule
from alerting.excursion.stretch import VACCINE
from alerting.excursion.verdicts import Verdict
from coldchain.archive import lots, views
from coldchain.archive.db import Tx
from coldchain.archive.lots import Inside, Stay
from coldchain.excursion import LotShare, LotsKnown
from coldchain.reading import Trace


class Reads(Protocol):
    """The one thing that is asked of a store here."""

    async def read(self, channel: str, start: int, end: int, *, limit: int | None = None) -> Trace:
        """The readings of one channel in [start, end)."""


@dataclass(frozen=True, slots=True)
class Stock:
    """The lots that a compartment's excursions may concern: those in it meanwhile, and those elsewhere around it.

    `first` is since when the books know of any lot in it: after that they are believed when they name none.
    """

    here: Sequence[Inside] = ()
    first: int | None = None
    around: Sequence[Inside] = ()  # at the facility, looked up where an excursion is older than all that was `here`

    def at(self, verdict: Verdict) -> tuple[LotsKnown, Sequence[Inside]]:
        """What one excursion may concern, whatever it is judged together with."""
        end = verdict.last_bad + 1
        if self.first is not None and self.first < end:
            return LotsKnown.COMPARTMENT, self.here
        if verdict.place.purpose != VACCINE:
            return LotsKnown.NO, ()
        is_known = any(stay.touches(verdict.first_bad, end) for inside in self.around for stay in inside.stays)
        return (LotsKnown.FACILITY, self.around) if is_known else (LotsKnown.NO, ())


async def stock_of(tx: Tx, verdicts: Iterable[Verdict]) -> dict[int | None, Stock]:
    """What was in and around each compartment while its excursions went on."""
    by_compartment: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.place.compartment is not None and verdict.place.equipment is not None:
            by_compartment[verdict.place.compartment].append(verdict)
    windows = {compartment: _window(its) for compartment, its in by_compartment.items()}
    here, first = await lots.in_each(tx, windows), await lots.first_in_each(tx, windows)
    return {
        compartment: await _with_around(tx, Stock(here[compartment], first.get(compartment)), its)
        for compartment, its in by_compartment.items()
    }


def _window(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    return min(_start(verdict) for verdict in verdicts), max(verdict.last_bad for verdict in verdicts) + 1


async def _with_around(tx: Tx, stock: Stock, verdicts: Sequence[Verdict]) -> Stock:
    """With what was at the facility too, where an excursion is older than all that the books know of the compartment."""
    older = [v for v in verdicts if v.place.purpose == VACCINE and stock.at(v)[0] is LotsKnown.NO]
    if not older:
        return stock
    equipment = older[0].place.equipment  # a compartment is of one
    stands = None if equipment is None else await views.equipment_of(tx, equipment)
    if stands is None:
        return stock
    start, end = min(verdict.first_bad for verdict in older), max(verdict.last_bad for verdict in older) + 1
    return Stock(stock.here, stock.first, await lots.at_facility(tx, stands.facility, start, end))


async def concerned_by(series: Reads, verdict: Verdict, rule: Rule, stock: Stock) -> Concerned:
    """The lots of one excursion with their doses and their own time out; its readings are read once, or not at all."""
    known, insides = stock.at(verdict)
    start, end = verdict.first_bad, verdict.last_bad + 1
    doses = {inside.lot.id: sum(stay.doses_within(start, end) for stay in inside.stays) for inside in insides}
    there = [inside for inside in insides if doses[inside.lot.id]]
    is_shared = any(not _stayed_throughout(verdict, inside) for inside in there)
    out = await _time_out(series, verdict, rule) if is_shared else None
    shares = [
        LotShare(inside.lot.id, inside.lot.vaccine, doses[inside.lot.id], _out_ms(verdict, inside, out))
        for inside in there
    ]
    return Concerned(known, tuple(sorted(shares, key=lambda share: share.lot)))


def _out_ms(verdict: Verdict, inside: Inside, out: TimeOut | None) -> int:
    if out is None or _stayed_throughout(verdict, inside):
        return verdict.out_ms
    end = _end(verdict)
    parts = [(stay.start, end if stay.end is None else stay.end) for stay in inside.stays]
    return min(verdict.out_ms, sum(out.within(*part) for part in _joined(parts)))


def _joined(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """One part where several overlap: doses in two compartments of a facility at once were out once."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _stayed_throughout(verdict: Verdict, inside: Inside) -> bool:
    return any(_covers(stay, _start(verdict), _end(verdict)) for stay in inside.stays)


def _covers(stay: Stay, start: int, end: int) -> bool:
    return stay.start <= start and (stay.end is None or stay.end >= end)


async def _time_out(series: Reads, verdict: Verdict, rule: Rule) -> TimeOut:
    trace = await series.read(verdict.channel, _start(verdict), _end(verdict) + 1)
    return time_out(rule, rule.gap_factor * verdict.place.interval_ms, trace)


def _start(verdict: Verdict) -> int:
    return verdict.first_bad if verdict.known_good_before is None else verdict.known_good_before


def _end(verdict: Verdict) -> int:
    return verdict.last_bad if verdict.known_good_after is None else verdict.known_good_after
