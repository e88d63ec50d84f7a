"""GET /api/v1/lots/{lot}/exposure: what a lot went through, over its stays; GET …/excursions/{id}/affected: which doses.

A lot's doses may have had different ways to where they are; the sums are those of the way with most time outside of
its storage band, and each place has its own. Readings count as they came: a certificate's correction is shown beside them
elsewhere, and changes nothing here. Estimates support a decision; they are none.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from coldchain import clock
from coldchain.archive import holds, views
from coldchain.archive.db import Tx
from coldchain.archive.disposition.portions import held_by
from coldchain.archive.exposure import affected
from coldchain.archive.exposure.affected import Affected, AffectedLot
from coldchain.archive.holds import Hold
from coldchain.archive.lots import Stay
from coldchain.archive.tables import Lot, Vaccine
from coldchain.clock import iso, iso_or_none
from coldchain.errors import BadInput
from coldchain.exposure import MINUTE, exposure_shape, vial_shape
from coldchain.ledger import lots
from coldchain.ledger.lots import Passage, Story, Told
from coldchain.profile import Profile, profile_of
from dashboards.access import Asking, Viewer
from dashboards.api.models_exposure import (
    AffectedAnswer,
    AffectedLotAnswer,
    GivenAnswer,
    IssuedAnswer,
    LotExposure,
    LotPlace,
    NowAnswer,
    VialMonitor,
)
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["lots"])


@router.get("/lots/{lot}/exposure")
async def lot_exposure(
    request: Request,
    viewer: Asking,
    lot: Annotated[str, Path(max_length=200, description="Its id; or its printed number, where only one has it.")],
    dossier: Annotated[bool, Query(description="With estimates of the vial monitor's life used.")] = False,
) -> LotExposure:
    """Whoever sees one of a lot's places sees its whole way there: what happened before counts too."""
    parts = parts_of(request)
    now = clock.now()
    async with parts.archive.reading() as tx:
        story = await lots.story_of(tx, *await _wanted(tx, lot))
        in_force = [hold for hold in await holds.of_lot(tx, story.lot.id) if hold.lifted_at is None]
    ends = story.ends(viewer.scope)
    if not ends and not (viewer.scope is None and not story.stays):
        raise NotFound("lot", lot)
    told = await lots.tell(parts.archive, parts.series, story, ends, now)
    return _shown(story, viewer, told, in_force, is_dossier=dossier)


@router.get("/excursions/{excursion}/affected")
async def excursion_affected(
    request: Request, viewer: Asking, excursion: Annotated[str, Path(max_length=200)]
) -> AffectedAnswer:
    """Which doses an excursion concerns, where they are now, and who gave some of them; what is elsewhere is summed."""
    async with parts_of(request).archive.reading() as tx:
        row = (await views.excursions_of(tx, [excursion])).get(excursion)
        equipment = None if row is None or row.equipment is None else await views.equipment_of(tx, row.equipment)
        if row is None or not viewer.sees(None if equipment is None else equipment.facility):
            raise NotFound("excursion", excursion)
        return _affected(viewer, await affected.by_excursion(tx, excursion))


async def _wanted(tx: Tx, wanted: str) -> tuple[Lot, Vaccine]:
    found = await views.lots_of(tx, wanted)
    if not found:
        raise NotFound("lot", wanted)
    if len(found) > 1:
        ids = ", ".join(lot.id for lot, _ in found)
        raise BadInput("lot", f"{len(found)} lots have the number {wanted!r}", f"ask by id: {ids}")
    return found[0]


def _shown(story: Story, viewer: Viewer, told: Told, in_force: Sequence[Hold], *, is_dossier: bool) -> LotExposure:
    here = [stay for stay in story.stays if stay.end is None and viewer.sees(story.facility_of(stay))]
    band = profile_of(story.vaccine.profile)
    places = [_place(story, each, in_force, band) for each in told.passages]
    vial = vial_shape(told.worst, story.vaccine.vvm_type) if is_dossier else None
    return LotExposure(
        lot=story.lot.id,
        vaccine=story.vaccine.code,
        doses=sum(stay.levels[-1][1] for stay in here),
        held=any(viewer.sees(hold.facility) for hold in in_force) or any(place.doses_held for place in places),
        places=places,
        vvm=VialMonitor(**vial) if vial else None,
        excursions=len(told.excursions),
        **exposure_shape(told.worst, band.low_c, band.high_c),
    )


def _held_here(facility: str, passage: Passage, in_force: Sequence[Hold]) -> int:
    """Doses that a hold names and that were here once its excursion had begun; two holds may name the same ones."""
    leg = passage.leg
    return held_by(
        hold
        for hold in in_force
        if hold.facility == facility
        and hold.compartment in {None, leg.stay.compartment}
        and (leg.end is None or leg.end > hold.since)
    )


def _place(story: Story, passage: Passage, in_force: Sequence[Hold], band: Profile) -> LotPlace:
    stay: Stay = passage.leg.stay
    room, unit = story.rooms[stay.compartment]
    return LotPlace(
        compartment=room.name,
        equipment=unit.code,
        facility=unit.facility,
        start=iso(passage.leg.start),
        end=iso_or_none(passage.leg.end),
        doses=stay.doses,
        doses_held=_held_here(unit.facility, passage, in_force),
        counted=passage.is_counted,
        excursions=len(passage.excursions),
        **exposure_shape(passage.went, band.low_c, band.high_c),
    )


def _affected(viewer: Viewer, found: Affected) -> AffectedAnswer:
    return AffectedAnswer(
        excursion=found.excursion,
        start=iso(found.start),
        end=iso(found.end),
        lots_known=found.known,
        lots=[_affected_lot(viewer, each) for each in found.lots],
    )


def _affected_lot(viewer: Viewer, lot: AffectedLot) -> AffectedLotAnswer:
    return AffectedLotAnswer(
        lot=lot.lot,
        number=lot.number,
        vaccine=lot.vaccine,
        maker=lot.maker,
        expires_on=lot.expires_on,
        doses=lot.doses,
        minutes_out=None if lot.out_ms is None else round(lot.out_ms / MINUTE, 1),
        now=[
            NowAnswer(
                compartment=each.compartment,
                equipment=each.equipment,
                facility=each.facility,
                doses=each.doses,
                concerned=each.concerned,
            )
            for each in lot.now
            if viewer.sees(each.facility)
        ],
        elsewhere=sum(each.concerned for each in lot.now if not viewer.sees(each.facility)),
        issued=[
            IssuedAnswer(
                facility=each.facility,
                reason=each.reason,
                doses=each.doses,
                concerned=each.concerned,
                first=iso(each.first),
                last=iso(each.last),
            )
            for each in lot.issued
            if viewer.sees(each.facility)
        ],
        issued_elsewhere=sum(each.concerned for each in lot.issued if not viewer.sees(each.facility)),
        given=[
            GivenAnswer(
                facility=each.facility,
                given_on=each.given_on,
                doses=each.doses,
                source=each.source,
                seen=each.facility in lot.seen,
                strange=each.strange,
            )
            for each in lot.given
            if viewer.sees(each.facility)
        ],
        given_elsewhere=sum(each.doses for each in lot.given if not viewer.sees(each.facility)),
    )
