"""GET /api/v1/equipment: what stands where, with the newest reading of each channel."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request

from coldchain.archive import views
from coldchain.archive.tables import Assignment, Region
from coldchain.clock import iso, iso_or_none, now
from coldchain.errors import BadInput
from coldchain.reading import ChannelName
from dashboards.access import Asking
from dashboards.api.asked import Paged, listed
from dashboards.api.models import ChannelAnswer, CompartmentAnswer, EquipmentAnswer, Listed
from dashboards.county import Place, Room, Unit
from dashboards.drawing import look_at
from dashboards.i18n import Language
from dashboards.live import Live
from dashboards.pages.shown import language_of
from dashboards.parts import parts_of

router = APIRouter(prefix="/api/v1", tags=["equipment"])


@router.get("/equipment")
async def equipment(
    request: Request,
    viewer: Asking,
    page: Paged,
    facility: Annotated[str | None, Query(max_length=64)] = None,
    region: Annotated[str | None, Query(max_length=64, description="It and all below it.")] = None,
) -> Listed[EquipmentAnswer]:
    """Equipment in scope, by code. Names are in the language of Accept-Language."""
    parts = parts_of(request)
    last = page.after(str)
    async with parts.archive.reading() as tx:
        if region and await tx.get(Region, region) is None:
            raise BadInput("region", f"there is none with the code {region!r}", "send its 12-digit code")
        below = await views.facilities_below(tx, region) if region else None
        here = frozenset({facility}) if facility is not None else None
        codes = await views.equipment_codes(tx, (viewer.scope, below, here), page.limit, last[0] if last else None)
    places, site = await look_at(parts.archive, parts.live, now(), codes)
    found = sorted(((place, unit) for place in places for unit in place.units), key=lambda pair: pair[1].row.code)
    channels: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in site.assignments:
        channels[assignment.equipment].append(assignment)
    words = language_of(request)
    return listed(
        found,
        page,
        lambda pair: (pair[1].row.code,),
        lambda pair: _shown(*pair, channels[pair[1].row.code], parts.live, words),
    )


def _shown(place: Place, unit: Unit, assignments: Sequence[Assignment], live: Live, words: Language) -> EquipmentAnswer:
    rooms = {room.row.id: room.row.name for room in unit.rooms}
    return EquipmentAnswer(
        code=unit.row.code,
        name=words.name(unit.row),
        type=unit.row.type,
        facility=place.row.code,
        status=unit.row.status,
        compartments=[_room(room, words) for room in unit.rooms],
        channels=[_channel(assignment, rooms, live) for assignment in assignments],
    )


def _room(room: Room, words: Language) -> CompartmentAnswer:
    found = room.condition
    return CompartmentAnswer(
        name=room.row.name,
        label=words.name(room.row),
        purpose=room.row.purpose,
        profile=room.profile.name,
        low_c=room.profile.low_c,
        high_c=room.profile.high_c,
        state=found.state,
        value=found.value,
        time=iso_or_none(found.time),
        since=iso_or_none(found.since),
        why=found.why,
    )


def _channel(assignment: Assignment, rooms: dict[int, str], live: Live) -> ChannelAnswer:
    reading = live.newest.get(assignment.channel)
    if reading is not None and reading.time < assignment.start:  # measured elsewhere, before the probe came here
        reading = None
    return ChannelAnswer(
        channel=assignment.channel,
        quantity=ChannelName.parse(assignment.channel).quantity,
        compartment=rooms.get(assignment.compartment or 0),
        position=assignment.position,
        value=reading.value if reading else None,
        time=iso(reading.time) if reading else None,
        quality=reading.quality if reading else None,
    )
