"""Certificates for this folder's tests."""

from typing import Any

from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.metrology import certificates, corrections
from coldchain.archive.metrology.certificates import Calibration, NewCalibration
from coldchain.archive.metrology.corrections import Correction, NewCorrection
from tests.archive.small import NURSE, T0

DEVICE = "511900012-1/28ff641e"
CHIEF = By("chief 王", T0, "checked against the paper")
WARM = ((2.0, 2.4), (8.0, 8.8))  # it shows 0.4 K too much at 2 °C, 0.8 K at 8 °C


def certificate(number: str = "JL-1", done: str = "2026-03-01", due: str = "2027-02-28", **more: Any) -> NewCalibration:
    values = {"device": DEVICE, "certificate": number, "done_on": done, "due_on": due, "by": "省计量院", **more}
    return NewCalibration(**values)


async def add(archive: Archive, *new: NewCalibration, by: By = NURSE) -> list[Calibration]:
    async with archive.writing() as tx:
        return [await certificates.add(tx, each, by) for each in new]


async def propose(archive: Archive, calibration: int = 1, start: int = T0, **more: Any) -> Correction:
    async with archive.writing() as tx:
        return await corrections.propose(tx, NewCorrection(calibration=calibration, start=start, **more), NURSE)
