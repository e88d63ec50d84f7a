"""Certificates (检定/校准证书) of devices: dates, laboratory, errors at points, uncertainty, and whether the probe passed.

A certificate changes no verdict: readings after its end stay judged, and are flagged. One that found a probe out of its
limit opens a tolerance case for what it measured before. A mistake is withdrawn, never deleted.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import select

from coldchain import clock
from coldchain.archive import audit, changes, documents, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.metrology import limits, reach, tolerance
from coldchain.archive.metrology.curve import Found, Point, Points, read_points
from coldchain.archive.metrology.limits import Outcome
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.upkeep import days
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

WIDEST_C: Final = 10.0  # an uncertainty beyond this is a slip of the pen
LONGEST_YEARS: Final = 3  # a probe is checked once a year, with some programmes every two or three
K: Final = (1.0, 4.0)
USUAL_K: Final = (
    2.0  # covers 95 of 100: what an outcome is judged by, whatever less a laboratory expands its uncertainty by
)


class NewCalibration(Record, frozen=True, kw_only=True):
    """A certificate of a device (`gateway/device`) by the laboratory that signed it; dates are YYYY-MM-DD.

    `found` and `left` are pairs of what the standard said and what the device showed, °C; `limit` is a name of limits.toml.
    """

    device: str
    certificate: str
    done_on: str
    due_on: str
    by: str
    found: Points = ()
    left: Points = ()
    uncertainty_c: float | None = None  # expanded …
    k: float | None = None  # … with this coverage factor
    limit: str = limits.USUAL
    document: str | None = None
    note: str = ""


class Calibration(Record, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake, counts no more."""

    id: int
    device: str
    certificate: str
    done_on: str
    due_on: str
    by: str
    uncertainty_mc: int | None = None
    k: float | None = None
    limit: str = ""
    as_found: Outcome | None = None  # None: it does not say
    as_left: Outcome | None = None
    document: str | None = None
    note: str = ""
    withdrawn_at: int | None = None


async def add(tx: Tx, new: NewCalibration, by: By) -> Calibration:
    """Write down a certificate; when it found the probe out of its limit, a tolerance case is opened with it.

    Raises:
        BadInput: when it cannot be one, or stands there already.
    """
    await audit.begin(tx)
    check(new)
    days.check_past("done_on", new.done_on, by.at)
    await documents.check(tx, "document", new.document)
    there = await _standing(tx, new)
    if there is not None:
        wrong = f"{new.certificate!r} of {new.device} is there (number {there})"
        raise BadInput("certificate", wrong, "withdraw that one first, if it is wrong")
    row = _row(new)
    await changes.enter(tx, by, "added", row, _told_of(row))
    await _put_points(tx, row, new, by)
    if tolerance.is_wrong(row):
        await tolerance.open_case(tx, row, by)
    await tolerance.reach_again(tx, row.device, by)
    return record_of(row, Calibration)


async def withdraw(tx: Tx, calibration: int, by: By) -> Calibration:
    """Take back a certificate that was entered by mistake, and the tolerance case that it opened.

    Cases of the same probe that went back to it as the last good check reach farther now, and are due again.

    Raises:
        BadInput: when there is none, it was taken back before, or a correction rests on it.
    """
    row = await changes.counting(tx, tables.Calibration, "calibration", calibration)
    resting = select(tables.Correction.id).where(tables.Correction.calibration == row.id)
    correction = await tx.scalar(resting.where(tables.Correction.withdrawn_at.is_(None)).limit(1))
    if correction is not None:
        raise BadInput("calibration", f"correction {correction} rests on it", "withdraw the correction first")
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, _told_of(row))
    await tolerance.withdraw_with(tx, row, by)
    await tolerance.reach_again(tx, row.device, by)
    return record_of(row, Calibration)


async def of(tx: Tx, number: int) -> Calibration:
    """One certificate that counts.

    Raises:
        BadInput: there is none.
    """
    row = await tx.get(tables.Calibration, number)
    if row is None or row.withdrawn_at is not None:
        raise BadInput("calibration", f"{number} is not one that counts", "choose one from the list")
    return record_of(row, Calibration)


async def points_of(tx: Tx, numbers: Collection[int]) -> dict[tuple[int, Found], list[Point]]:
    """The points of certificates, by number and state; absent where there are none."""
    row = tables.CalibrationPoint
    found: dict[tuple[int, Found], list[Point]] = {}
    for each in await tx.scalars(select(row).where(row.calibration.in_(numbers)).order_by(row.reference_mc)):
        its = found.setdefault((each.calibration, Found(each.state)), [])
        its.append(Point(each.reference_mc, each.indicated_mc))
    return found


async def latest(tx: Tx, devices: Collection[str] | None = None) -> dict[str, Calibration]:
    """The certificate of each device that was made last. A device that is not here never had one, as far as we know."""
    row = tables.Calibration
    query = select(row).where(row.withdrawn_at.is_(None)).order_by(row.done_on, row.id)
    if devices is not None:
        query = query.where(row.device.in_(devices))
    return {each.device: record_of(each, Calibration) for each in await tx.scalars(query)}


async def adjusted_after(tx: Tx, its: Calibration) -> Calibration | None:
    """The next certificate of the same device that left it otherwise than it found it: from then on `its` tells nothing of it."""
    row = tables.Calibration
    query = select(row).where(row.device == its.device, row.withdrawn_at.is_(None), row.done_on > its.done_on)
    later = [record_of(each, Calibration) for each in await tx.scalars(query.order_by(row.done_on, row.id))]
    points = await points_of(tx, [each.id for each in later])
    return next((each for each in later if is_adjusted(points, each.id)), None)


def is_adjusted(points: Mapping[tuple[int, Found], Sequence[Point]], number: int) -> bool:
    """True when a certificate says that the probe went back otherwise than it came."""
    left = points.get((number, Found.AS_LEFT))
    return left is not None and left != points.get((number, Found.AS_FOUND))


async def all_of(tx: Tx, device: str | None = None) -> list[Calibration]:
    """All certificates, or a device's, the withdrawn too."""
    row = tables.Calibration
    query = select(row).order_by(row.device, row.done_on, row.id)
    if device is not None:
        query = query.where(row.device == device)
    return [record_of(each, Calibration) for each in await tx.scalars(query)]


async def listed(
    tx: Tx, asked: Asked, scope: Scope, *, device: str | None = None, equipment: str | None = None
) -> Page[Calibration]:
    """Certificates of devices in scope, the last entered first, the withdrawn too."""
    row = tables.Calibration
    query = select(row).where(reach.covers_device(row.device, scope, equipment))
    if device is not None:
        query = query.where(row.device == device)
    return await page(tx, query, (row.id,), asked, Calibration, descending=True)


async def is_entered(tx: Tx, new: NewCalibration) -> bool:
    """True when this certificate was entered once, withdrawn since or not."""
    return await changes.is_entered(tx, tables.Calibration, device=new.device, certificate=new.certificate)


def check(new: NewCalibration) -> None:
    """Refuse what cannot be a certificate.

    Raises:
        BadInput: naming the field.
    """
    check_texts("calibration", {"certificate": new.certificate, "by": new.by, "note": new.note})
    reach.channel_of(new.device)
    if not new.certificate.strip():
        raise BadInput("certificate", "it has no number", "write the number on the certificate")
    days.check("done_on", new.done_on)
    days.check("due_on", new.due_on)
    if new.due_on <= new.done_on:
        raise BadInput("due_on", f"{new.due_on} is not after {new.done_on}", "write when the next one is due")
    if int(new.due_on[:4]) - int(new.done_on[:4]) > LONGEST_YEARS:
        wrong = f"{new.due_on} is more than {LONGEST_YEARS} years after {new.done_on}"
        raise BadInput("due_on", wrong, "write the day on the certificate; where it has none, a year later")
    if new.found or new.left or new.limit != limits.USUAL:
        limits.in_force(new.limit, new.done_on)
    _check_uncertainty(new)
    read_points("found", new.found)
    read_points("left", new.left)


def _check_uncertainty(new: NewCalibration) -> None:
    if new.uncertainty_c is not None and not 0 < new.uncertainty_c <= WIDEST_C:
        raise BadInput(
            "uncertainty_c", f"{new.uncertainty_c:g} K cannot be", f"write more than 0, at most {WIDEST_C:g}"
        )
    if new.k is not None and not K[0] <= new.k <= K[1]:
        raise BadInput("k", f"{new.k:g} is no coverage factor", f"write {K[0]:g} to {K[1]:g}; it is 2 as a rule")
    if new.k is not None and new.uncertainty_c is None:
        raise BadInput("uncertainty_c", "is missing beside k", "write the expanded uncertainty, or no k")


async def _standing(tx: Tx, new: NewCalibration) -> int | None:
    row = tables.Calibration
    same = select(row.id).where(row.device == new.device, row.certificate == new.certificate)
    return await tx.scalar(same.where(row.withdrawn_at.is_(None)).limit(1))


def _row(new: NewCalibration) -> tables.Calibration:
    return tables.Calibration(
        device=new.device, certificate=new.certificate, done_on=new.done_on, due_on=new.due_on, by=new.by,
        uncertainty_mc=None if new.uncertainty_c is None else round(new.uncertainty_c * 1000), k=new.k, limit=new.limit if new.found or new.left else "",
        as_found=_outcome(new, "found", new.found), as_left=_outcome(new, "left", new.left), document=new.document, note=new.note,
    )  # fmt: skip


def _outcome(new: NewCalibration, field: str, points: Points) -> Outcome | None:
    if not points:
        return None
    doubt_c = (new.uncertainty_c or 0.0) * max(1.0, USUAL_K / (new.k or USUAL_K))  # k = 1 covers two thirds of cases
    return limits.in_force(new.limit, new.done_on).outcome(read_points(field, points), round(doubt_c * 1000))


async def _put_points(tx: Tx, row: tables.Calibration, new: NewCalibration, by: By) -> None:
    points = [
        tables.CalibrationPoint(
            calibration=row.id, state=state.value, reference_mc=point.reference_mc, indicated_mc=point.indicated_mc
        )
        for state, written in ((Found.AS_FOUND, new.found), (Found.AS_LEFT, new.left))
        for point in read_points(state, written)
    ]
    tx.add_all(points)
    await audit.record(tx, by, "added", points)


def _told_of(row: tables.Calibration) -> Sequence[Touched]:
    """Nothing is judged otherwise for it; whoever follows the journal learns that the device has another certificate."""
    return [Touched(clock.parse_iso(f"{row.done_on}T00:00:00Z"))]
