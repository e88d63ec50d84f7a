"""For how long a silence may wait at night: as long as everything that is silent keeps cold, as far as anybody knows.

silences ─► holdover of the equipment (measured, else catalogue, else policy) ─► written down once ─► wakes people when it is used up

By day a silence rings as it always does. At night nobody is woken while the vaccine is surely cold: but a loss of mains that
was told before has begun to use that up already, and what was out of its band when it was last heard never waits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from alerting.excursion.observations import Silence
from alerting.survey import Survey
from coldchain.archive.cases import Observation
from coldchain.archive.db import Tx
from coldchain.archive.duty.holdovers import holdovers
from coldchain.archive.duty.quiet import Holdover, least, silence_waits
from coldchain.excursion import Severity


async def learned(
    tx: Tx, silent: Sequence[Silence], known: Iterable[Observation], around: Survey
) -> dict[str, Mapping[str, Any]]:
    """The holdover of each silence: as it was written down when it began; asked for once, where it was not."""
    found: dict[str, Mapping[str, Any]] = {
        each.subject: each.detail["holdover"] for each in known if each.detail.get("holdover")
    }
    vaccine = {hung.equipment for hung in around.hung if hung.is_vaccine}
    cold = {each.subject: _cold(each, vaccine) for each in silent if each.subject not in found}
    codes = {code for its in cold.values() for code in its}
    by_code = await holdovers(tx, codes, around.at) if codes else {}
    for subject, its in cold.items():
        shortest = least(by_code[code] for code in its if code in by_code)
        if shortest is not None:
            found[subject] = asdict(shortest)
    return found


def _cold(silence: Silence, vaccine: set[str]) -> Sequence[str]:
    """The equipment of it that holds vaccine; all of it, where none does."""
    return [code for code in silence.equipment if code in vaccine] or silence.equipment


def patient(silence: Silence, holdover: Mapping[str, Any] | None, lost_at: int | None, at: int) -> Silence:
    """It waits at night until nothing has been known for longer than it keeps cold; without a holdover it does not.

    Args:
        silence: as it is now.
        holdover: of what it is about, as `learned` has it.
        lost_at: when the mains were lost there, if that was told before.
        at: now.
    """
    if holdover is None:
        return silence
    found = replace(silence, holdover=holdover)
    loudness = silence.loudness
    if loudness.severity is not Severity.WARNING:
        return found
    since = silence.start if lost_at is None else min(lost_at, silence.start)
    waits = loudness.waits_at_night or silence_waits(at - since, Holdover(**holdover).hours)
    return replace(found, loudness=replace(loudness, waits_at_night=waits))


def lost_at(silence: Silence, losses: Mapping[str, Observation]) -> int | None:
    """When the first of its equipment lost its mains, as far as that was told and is not over."""
    return min((losses[code].start for code in silence.equipment if code in losses), default=None)
