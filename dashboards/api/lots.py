"""GET /api/v1/lots/{lot}/exposure: what a lot went through, from raw readings over its stays.

A lot's doses may have had different ways to where they are; the sums are those of the way with most time outside of
its storage band, and each place has its own. Estimates support a decision; they are none.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request

from coldchain import clock
from coldchain.archive import holds, lots, views
from coldchain.archive.db import Tx
from coldchain.archive.holds import Hold
from coldchain.archive.lots import Movement, Stay
from coldchain.archive.tables import Assignment, Compartment, Equipment, Lot, Vaccine
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.profile import Profile, profile_of
from coldchain.reading import ChannelName, Quantity, Trace
from coldchain.series import Series
from dashboards.access import Asking, Viewer
from dashboards.api.models import LotExposure, LotPlace, VialMonitor
from dashboards.exposure import Exposure, exposure
from dashboards.parts import parts_of
from dashboards.problems import NotFound
from dashboards.status import GAP_INTERVALS
from dashboards.ways import Leg, Way, ways

router = APIRouter(prefix="/api/v1", tags=["lots"])

DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Story:
    """All that the archive says of a lot."""

    lot: Lot
    vaccine: Vaccine
    stays: list[Stay]
    movements: list[Movement]
    rooms: dict[int, tuple[Compartment, Equipment]]
    probes: dict[int, list[Assignment]]  # by compartment
    holds: list[Hold]  # in force

    def is_seen_by(self, viewer: Viewer, stay: Stay) -> bool:
        """True when the stay is in the viewer's scope."""
        return viewer.sees(self.rooms[stay.compartment][1].facility)


@router.get("/lots/{lot}/exposure")
async def lot_exposure(
    request: Request,
    viewer: Asking,
    lot: Annotated[str, Path(max_length=200, description="Its id; or its printed number, where only one has it.")],
) -> LotExposure:
    """Whoever sees one of a lot's places sees its whole way there: what happened before counts too."""
    parts = parts_of(request)
    now = clock.now()
    async with parts.archive.reading() as tx:
        story = await _story(tx, lot, now)
    chosen = [way for way in ways(story.stays, story.movements) if story.is_seen_by(viewer, way[-1].stay)]
    if not chosen and not (viewer.scope is None and not story.stays):
        raise NotFound("lot", lot)
    legs = sorted({leg for way in chosen for leg in way}, key=lambda leg: (leg.start, leg.stay.compartment))
    went = {leg: await _went_through(parts.series, story, leg, now) for leg in legs}
    worst = max(chosen, key=lambda way: _badness(story, way, went), default=())
    return _shown(story, viewer, worst, went)


async def _story(tx: Tx, wanted: str, now: int) -> Story:
    found = await views.lots_of(tx, wanted)
    if not found:
        raise NotFound("lot", wanted)
    if len(found) > 1:
        ids = ", ".join(lot.id for lot, _ in found)
        raise BadInput("lot", f"{len(found)} lots have the number {wanted!r}", f"ask by id: {ids}")
    lot, vaccine = found[0]
    stays = await lots.stays(tx, lot.id)
    rooms = await views.compartments_of(tx, sorted({stay.compartment for stay in stays}))
    probes = {stay.compartment: await views.assignments_in(tx, stay.compartment, stays[0].start, now) for stay in stays}
    movements = await lots.movements(tx, lot.id)
    in_force = [hold for hold in await holds.of_lot(tx, lot.id) if hold.lifted_at is None]
    return Story(lot, vaccine, stays, movements, rooms, probes, in_force)


async def _went_through(series: Series, story: Story, leg: Leg, now: int) -> Exposure:
    """Day by day, so that a stay of years neither fills the memory nor holds up everybody else."""
    total = Exposure()
    end = min(leg.end if leg.end is not None else now, now)
    for start in range(leg.start, end, DAY):
        total += await _day(series, story, leg.stay.compartment, start, min(start + DAY, end))
    return total


async def _day(series: Series, story: Story, compartment: int, start: int, end: int) -> Exposure:
    probes = [probe for probe in story.probes[compartment] if _measures(probe, start, end)]
    gap_ms = GAP_INTERVALS * 1000 * max((probe.interval_s for probe in probes), default=60)
    traces = [await _trace(series, probe, start - gap_ms, end + gap_ms) for probe in probes]
    return exposure(traces, start, end, gap_ms, _profile(story, compartment).low_c)


def _measures(probe: Assignment, start: int, end: int) -> bool:
    is_there = probe.start < end and (probe.end is None or probe.end > start)
    return is_there and ChannelName.parse(probe.channel).quantity is Quantity.TEMPERATURE


async def _trace(series: Series, probe: Assignment, start: int, end: int) -> Trace:
    """The probe's readings while it stood there."""
    first = max(start, probe.start)
    last = end if probe.end is None else min(end, probe.end)
    return await series.read(probe.channel, first, last)


def _profile(story: Story, compartment: int) -> Profile:
    return profile_of(story.rooms[compartment][0].profile)


def _badness(story: Story, way: Way, went: dict[Leg, Exposure]) -> tuple[float, float]:
    band = profile_of(story.vaccine.profile)
    found = sum((went[leg] for leg in way), Exposure())
    return found.minutes_outside(band.low_c, band.high_c), found.minutes_unknown


def _shown(story: Story, viewer: Viewer, worst: Way, went: dict[Leg, Exposure]) -> LotExposure:
    total = sum((went[leg] for leg in worst), Exposure())
    used = total.life_used_pct(story.vaccine.vvm_type) if story.vaccine.vvm_type else None
    here = [stay for stay in story.stays if stay.end is None and story.is_seen_by(viewer, stay)]
    places = [_place(story, leg, found, counted=leg in worst) for leg, found in went.items()]
    return LotExposure(
        lot=story.lot.id,
        vaccine=story.vaccine.code,
        doses=sum(stay.levels[-1][1] for stay in here),
        held=any(viewer.sees(hold.facility) for hold in story.holds) or any(place.doses_held for place in places),
        places=places,
        bands=total.minutes,
        minutes_unknown=total.minutes_unknown,
        mkt_c=total.mkt_c(),
        vvm=VialMonitor(type=story.vaccine.vvm_type or "", life_used_pct=used) if used is not None else None,
    )


def _held_here(story: Story, leg: Leg) -> int:
    """Doses that a hold names and that were here once its excursion had begun; two holds may name the same ones."""
    facility = story.rooms[leg.stay.compartment][1].facility
    return max(
        (
            hold.doses
            for hold in story.holds
            if hold.facility == facility
            and hold.compartment in {None, leg.stay.compartment}
            and (leg.end is None or leg.end > hold.since)
        ),
        default=0,
    )


def _place(story: Story, leg: Leg, found: Exposure, *, counted: bool) -> LotPlace:
    room, unit = story.rooms[leg.stay.compartment]
    return LotPlace(
        compartment=room.name,
        equipment=unit.code,
        facility=unit.facility,
        start=iso(leg.start),
        end=iso(leg.end) if leg.end is not None else None,
        doses=leg.stay.doses,
        doses_held=_held_here(story, leg),
        counted=counted,
        bands=found.minutes,
        minutes_unknown=found.minutes_unknown,
        mkt_c=found.mkt_c(),
    )
