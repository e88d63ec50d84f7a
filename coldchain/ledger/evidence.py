"""A dossier's evidence: what the archive gathered, with a digest of the readings and what each lot went through.

archive (case, probes, alarms, movements …) ─┐
                                             ├─► evidence ─► frozen by `coldchain.archive.disposition`
series (readings of the window) ─────────────┘

Heat sums and vial monitors stand in it as estimates, and are no ground for a release.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

from coldchain import clock
from coldchain.archive import views
from coldchain.archive.db import Archive
from coldchain.archive.disposition import gathering
from coldchain.archive.disposition.freezing import Evidence
from coldchain.archive.disposition.gathering import Gathered
from coldchain.archive.disposition.limits import Went, compared, covering
from coldchain.archive.evidence.days import lines_of
from coldchain.archive.lots import Stay
from coldchain.archive.tables import Assignment
from coldchain.errors import BadInput
from coldchain.exposure import DAY, Exposure, band_names
from coldchain.kinetics import VVM_NOMINAL, VVM_RATES
from coldchain.ledger import behind, lots
from coldchain.ledger.lots import Story, Told
from coldchain.profile import profile_of
from coldchain.series import Series

LONGEST_MS: Final = 400 * DAY  # of readings that are read for one digest
PATIENCE_S: Final = 3.0  # who judges is seconds behind what arrives, not minutes
LOOK_AGAIN_S: Final = 0.5


async def evidence_of(
    archive: Archive, series: Series, dossier: int, at: int, patience_s: float = PATIENCE_S
) -> Evidence:
    """All that is known for a dossier at `at`, for it to be frozen: with every reading that had arrived by then.

    Args:
        archive: with the dossier.
        series: with the readings.
        dossier: its number.
        at: the time of this act.
        patience_s: for so long it waits for whoever judges and keeps the books, where they are behind what arrived.

    Raises:
        BadInput: when there is no such dossier, its window is longer than can be read, or what arrived for its
            compartment is not judged or not in the books yet.
    """
    until = clock.monotonic() + patience_s
    while True:
        gathered, found = await _put_together(archive, series, dossier, at)
        waits_for = await _behind(archive, series, gathered)  # asked last: what arrived while we read counts too
        if waits_for is None:
            return found
        if clock.monotonic() >= until:
            wrong = f"readings of its compartment have arrived that {waits_for}"
            raise BadInput(
                "dossier", wrong, "wait a minute and freeze it again; if it stays so, see whether alerting runs"
            )
        await asyncio.sleep(LOOK_AGAIN_S)


async def _behind(archive: Archive, series: Series, gathered: Gathered) -> str | None:
    """What was not yet done with all that arrived for the dossier's compartment; None: nothing is left."""
    compartment = gathered.case.facts.compartment
    channels = {probe.channel for probe in gathered.probes} | {gathered.case.channel}
    if await behind.is_unjudged(archive, series, channels):
        return "nobody judged yet"
    if compartment is not None and await behind.is_unwritten(archive, series, compartment, channels):
        return "are not in the books of exposure yet"
    return None


async def _put_together(archive: Archive, series: Series, dossier: int, at: int) -> tuple[Gathered, Evidence]:
    async with archive.reading() as tx:
        gathered = await gathering.gather(tx, dossier, at)
    if gathered.end - gathered.start > LONGEST_MS:
        raise BadInput("dossier", "its evidence spans more than 400 days", "have its excursions looked at one by one")
    content = gathered.content | {
        "at": at,
        "window": {"start": gathered.start, "end": gathered.end},
        "readings": [await _digest(series, probe, gathered) for probe in gathered.probes],
        "exposures": {lot: await _exposure(archive, series, lot, gathered, at) for lot in gathered.lots},
    }
    return gathered, Evidence(gathered.case, content)


async def _digest(series: Series, probe: Assignment, gathered: Gathered) -> dict[str, Any]:
    """Over the lines `time,value,quality` of all readings while the probe hung there, day by day."""
    start = max(probe.start, gathered.start)
    end = gathered.end if probe.end is None else min(probe.end, gathered.end)
    digest, count = sha256(), 0
    for first in range(start, end, DAY):
        trace = await series.read(probe.channel, first, min(first + DAY, end))
        digest.update("".join(lines_of(trace)).encode())
        count += len(trace.t)
    return {"channel": probe.channel, "start": start, "end": end, "count": count, "sha256": digest.hexdigest()}


async def _exposure(archive: Archive, series: Series, lot: str, gathered: Gathered, at: int) -> dict[str, Any]:
    async with archive.reading() as tx:
        row, vaccine = (await views.lot_names(tx, [lot]))[lot]
        story = await lots.story_of(tx, row, vaccine)
    told = await lots.tell(archive, series, story, _ends(story, gathered.facility), at)
    went = Went(told.worst, len(told.excursions), await _unknown_ms(archive, told.excursions))
    found = compared(went, profile_of(vaccine.profile), gathered.limits[lot])
    return _shown(story, told, went) | {
        "compared": [asdict(each) | {"inside": each.is_inside} for each in found],
        "covered_by": covering(went, profile_of(vaccine.profile), found),
    }


def _ends(story: Story, facility: str) -> Sequence[Stay]:
    """Where doses are at the dossier's facility; or where they are at all, when none is there any more."""
    here = [stay for stay in story.stays if stay.end is None and story.facility_of(stay) == facility]
    return here or story.ends()


async def _unknown_ms(archive: Archive, excursions: Collection[str]) -> int:
    """Time of the excursions on its way in which nobody knew how it was."""
    async with archive.reading() as tx:
        return sum(row.unknown_ms for row in (await views.excursions_of(tx, excursions)).values())


def _shown(story: Story, told: Told, went: Went) -> dict[str, Any]:
    low_c = profile_of(story.vaccine.profile).low_c
    worst = went.exposure
    return {
        "bands_ms": dict(zip(band_names(), worst.bands_ms(low_c), strict=True)),
        "known_ms": worst.sensor_ms,
        "by_hand_ms": worst.manual_ms,
        "unknown_ms": worst.unknown_ms,
        "low_mc": worst.low_mc,
        "high_mc": worst.high_mc,
        "excursions": sorted(told.excursions),
        "places": [
            {
                "compartment": each.leg.stay.compartment,
                "start": each.leg.start,
                "end": each.leg.end,
                "counted": each.is_counted,
                "excursions": sorted(each.excursions),
            }
            for each in told.passages
        ],
        "estimates": _estimates(worst, story.vaccine.vvm_type),
    }


def _estimates(worst: Exposure, vvm_type: str | None) -> dict[str, Any]:
    """Decision support, never a ground: labelled so wherever it is read."""
    models = {"measured": VVM_RATES, "nominal": VVM_NOMINAL}
    used = {name: worst.life_used(vvm_type, rates) for name, rates in models.items()} if vvm_type else {}
    return {"estimate": True, "mkt_c": worst.mkt_c(), "vvm_type": vvm_type, "vvm_life_used": used}
