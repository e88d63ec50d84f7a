"""Certificates of the county's probes: most in date, one overdue, one never made, one wrong; and one correction."""

from collections.abc import Iterator
from functools import partial

from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.metrology import certificates, corrections
from coldchain.archive.metrology.certificates import NewCalibration
from coldchain.archive.metrology.corrections import NewCorrection
from coldchain.up.life.acts import MINUTE_MS, Act, Stage
from coldchain.up.life.papers import paper

LABORATORY = "青岷市计量测试所"
OVERDUE = "519921112-YY1"  # last seen by the laboratory more than a year ago
NEVER = "519921110-YY1"
WRONG = "519921105-BX1"  # found 0.8 K too low a few days ago, set right and hung back
CORRECTED = "519921020-YY1"  # within its limit, but 0.4 K off: corrected in its own line


def acts(stage: Stage, managers: tuple[str, str]) -> Iterator[Act]:
    """Everything about probes."""
    day = stage.calendar
    for number, piece in enumerate(stage.county.equipment):
        before = -410 if piece.code == OVERDUE else -150 - 7 * (number % 9)
        for device in () if piece.code == NEVER else stage.probes_of(piece.code):
            error = 0.4 if piece.code == CORRECTED else stage.dice(device).randrange(-15, 16) / 100
            yield Act(
                day.at(before + 3, 10, number), managers[0], partial(_certify, device=device, error=error, on=before)
            )
    [wrong] = stage.probes_of(WRONG)[:1]
    yield Act(day.at(-5, 10), managers[0], partial(_certify, device=wrong, error=-0.8, on=-6, left=0.05))
    hung = next(each.start for each in stage.county.channels if each.equipment == CORRECTED)
    yield Act(hung + 60 * MINUTE_MS, managers[0], partial(_propose, start=hung))
    yield Act(hung + 120 * MINUTE_MS, managers[1], _approve)


async def _certify(
    tx: Tx, stage: Stage, by: By, *, device: str, error: float, on: int, left: float | None = None
) -> None:
    """A certificate at the points of the bath: around 5 °C, or below zero."""
    piece = next(each for each in stage.county.channels if each.name == f"{device}/temperature")
    is_frozen = piece.compartment in {"frozen", "chest"}
    points = (-20.0, -15.0) if is_frozen else (2.0, 5.0, 8.0)
    number = f"QM-{stage.calendar.date(on):%Y%m%d}-{device.rpartition('/')[2][-6:].replace('.', '')}"
    new = NewCalibration(
        device=device, certificate=number, done_on=stage.calendar.on(on), due_on=stage.calendar.on(on + 365),
        by=LABORATORY, found=tuple((point, round(point + error, 2)) for point in points),
        left=() if left is None else tuple((point, round(point + left, 2)) for point in points),
        uncertainty_c=0.1, k=2.0,
        document=await paper(tx, f"校准证书-{number}.txt", stage_facility(stage, piece.equipment), by, device),
    )  # fmt: skip
    stage.made[f"certificate/{piece.equipment}"] = (await certificates.add(tx, new, by)).id


def stage_facility(stage: Stage, code: str) -> str:
    """Where a piece of equipment stands."""
    return next(each.facility for each in stage.county.equipment if each.code == code)


async def _propose(tx: Tx, stage: Stage, by: By, *, start: int) -> None:
    new = NewCorrection(calibration=stage.made[f"certificate/{CORRECTED}"], start=start)
    stage.made["correction"] = (await corrections.propose(tx, new, by)).id


async def _approve(tx: Tx, stage: Stage, by: By) -> None:
    await corrections.approve(tx, stage.made["correction"], by)
