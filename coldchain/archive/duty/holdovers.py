"""How long equipment keeps cold without mains, as well as anybody knows: what silence may wait for at night.

measured in its own losses of mains ─► else what its model's catalogue claims ─► else the hours of the policy in force there

Of what was measured the least counts: who waits for longer than it once held has waited too long. Only losses that found it
rested speak of it, and only of lately: seals age.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty.nights import Spot, policies
from coldchain.archive.duty.quiet import HOUR_MS, Holdover
from coldchain.archive.performance.days import losses_of
from coldchain.archive.performance.rest import rested
from coldchain.excursion import Severity

LATELY_MS: Final = 730 * 86_400_000  # two summers


async def holdovers(tx: Tx, equipment: Collection[str], at: int) -> dict[str, Holdover]:
    """What is known of each; of one that is not in the archive nothing is.

    Args:
        tx: one snapshot.
        equipment: their codes.
        at: domain time: what was measured until then counts, and what was in force then.
    """
    codes = sorted(set(equipment))
    measured = await _measured(tx, codes, at)
    claimed = await _claimed(tx, codes)
    unknown = {code: Spot(code, None, Severity.WARNING) for code in claimed if code not in measured}
    found = {code: Holdover(hours, "measured", "its own losses of mains", code) for code, hours in measured.items()}
    in_force = await policies(tx, [spot for code, spot in unknown.items() if claimed[code][0] is None], at)
    for code, spot in unknown.items():
        hours, source = claimed[code]
        if hours is not None:
            found[code] = Holdover(hours, "catalogue", source, code)
        else:
            found[code] = Holdover(in_force[spot].silence_h, "policy", in_force[spot].source, code)
    return found


async def _measured(tx: Tx, codes: Collection[str], at: int) -> dict[str, float]:
    found: dict[str, float] = {}
    losses = await losses_of(tx, codes, at - LATELY_MS, at)
    for code in {loss.equipment for loss in losses}:
        fair = rested(loss for loss in losses if loss.equipment == code)
        hours = [loss.holdover_ms / HOUR_MS for loss in fair if loss.holdover_ms is not None]
        if hours:
            found[code] = min(hours)
    return found


async def _claimed(tx: Tx, codes: Collection[str]) -> dict[str, tuple[float | None, str]]:
    row = tables.Equipment
    query = select(row.code, row.holdover_h_catalogue, row.holdover_source).where(row.code.in_(codes))
    return {code: (hours, source) for code, hours, source in await tx.execute(query)}
