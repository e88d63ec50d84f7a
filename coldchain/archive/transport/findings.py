"""What the record of a run lacks or shows, in words; pure. A finding hinders nobody from unloading, but the run's end asks why.

readings, stops, receipts ─► findings: no departure, too far apart on the way, out of the band, nobody signed …
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from coldchain.archive.transport.words import Point, Reading, Run, RunKind, Stop, most_apart_ms
from coldchain.clock import iso
from coldchain.profile import Profile


class Lack(StrEnum):
    """What kind of finding it is."""

    DEPARTURE = "departure"
    ARRIVAL = "arrival"
    BACK = "back"
    EN_ROUTE = "en_route"
    OUT_OF_BAND = "out_of_band"
    ICE = "ice"
    DISTANCE = "distance"
    RECEIVER = "receiver"
    RECEIPT = "receipt"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Finding:
    """One of them."""

    lack: Lack
    words: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """What rode along: its band, and whether a channel measured it on the whole way."""

    compartment: int
    name: str  # equipment/compartment
    band: Profile
    is_measured: bool


def findings(
    run: Run, carriers: Sequence[Carrier], stops: Sequence[Stop], readings: Iterable[Reading], moved: Mapping[str, int]
) -> list[Finding]:
    """All findings of a run; `moved` is how many doses were unloaded at each facility."""
    counting = [each for each in readings if each.withdrawn_at is None]
    found = [
        finding
        for carrier in carriers
        for finding in _of_carrier(
            run, carrier, stops, [each for each in counting if each.carrier == carrier.compartment]
        )
    ]
    found += [finding for stop in stops for finding in _of_stop(run, stop, moved)]
    if run.kind is RunKind.EMERGENCY and run.order_document is None:
        found.append(Finding(Lack.ORDER, f"the order {run.order_no} itself is not here"))
    return found


def _of_carrier(run: Run, carrier: Carrier, stops: Sequence[Stop], read: Sequence[Reading]) -> Iterable[Finding]:
    points = {(each.point, each.facility) for each in read}
    if (Point.DEPARTURE, None) not in points:
        yield Finding(Lack.DEPARTURE, f"{carrier.name} was not read at departure")
    for stop in stops:
        if stop.arrived_at is not None and (Point.ARRIVAL, stop.facility) not in points:
            yield Finding(Lack.ARRIVAL, f"{carrier.name} was not read on arrival at {stop.facility}")
    if run.kind is RunKind.OUTREACH and (Point.BACK, None) not in points:
        yield Finding(Lack.BACK, f"{carrier.name} was not read when it was back")
    for each in read:
        if not carrier.band.holds(each.vaccine_c):
            yield Finding(
                Lack.OUT_OF_BAND, f"{carrier.name} was at {each.vaccine_c:g} °C {iso(each.at)} ({each.point})"
            )
        if each.ice is None and not carrier.is_measured and each.point is not Point.EN_ROUTE:
            yield Finding(Lack.ICE, f"the ice packs of {carrier.name} were not looked at {iso(each.at)} ({each.point})")
    if not carrier.is_measured:
        yield from _gaps(carrier, read)


def _gaps(carrier: Carrier, read: Sequence[Reading]) -> Iterable[Finding]:
    """Where nobody read for too long, on a way that is longer than what needs no reading."""
    longest, apart = most_apart_ms()
    times = sorted(each.at for each in read)
    if not times or times[-1] - times[0] <= longest:
        return
    for first, last in pairwise(times):
        if last - first > apart:
            words = f"nobody read {carrier.name} from {iso(first)} to {iso(last)}: {(last - first) / 3_600_000:.1f} h"
            yield Finding(Lack.EN_ROUTE, words)


def _of_stop(run: Run, stop: Stop, moved: Mapping[str, int]) -> Iterable[Finding]:
    if stop.arrived_at is None:
        yield Finding(Lack.ARRIVAL, f"it did not come to {stop.facility}")
        return
    if stop.distance_km is None:
        yield Finding(Lack.DISTANCE, f"the distance to {stop.facility} is not written")
    if run.kind is RunKind.OUTREACH:
        return  # nobody receives at a session: what comes back is counted at home
    if stop.receiver is None:
        yield Finding(Lack.RECEIVER, f"nobody signed at {stop.facility}")
    if stop.receipt is None and not moved.get(stop.facility):
        yield Finding(Lack.RECEIPT, f"nothing was received at {stop.facility}")
