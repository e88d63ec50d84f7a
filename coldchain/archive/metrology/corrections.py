"""Corrections by a certificate: proposed by one person, approved by another, shown beside the raw reading in their own line.

    propose ─► (seen by nobody else's chart) ─► approve, by a second person ─► in force ─► end, or withdraw
                                                                                 └─► no more once the probe was adjusted

They change no reading and no verdict: what is judged is what the probe said. The points of a certificate tell of the probe
in one state: as it was found, until it was adjusted; as it was left, from then on, until it is adjusted again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from coldchain import clock
from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.metrology import certificates, reach
from coldchain.archive.metrology.certificates import Calibration
from coldchain.archive.metrology.curve import Curve, Found
from coldchain.archive.names import is_same_person
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, record_of
from coldchain.archive.upkeep import days
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.reading import Trace


class NewCorrection(Record, frozen=True, kw_only=True):
    """From `start` on (until `end`, if that is known) the device's temperature is corrected by this certificate."""

    calibration: int
    start: int
    end: int | None = None
    state: Found | None = None  # which of its points; None: as it was left, if it says so, else as it was found


class Correction(Record, frozen=True, kw_only=True):
    """… that stands in the archive; in force once `approved_by` is somebody else than `proposed_by`."""

    id: int
    channel: str
    calibration: int
    state: Found
    start: int
    end: int | None
    proposed_by: str
    proposed_at: int
    approved_by: str | None
    approved_at: int | None
    withdrawn_at: int | None


@dataclass(frozen=True, slots=True)
class InForce:
    """A correction as it is applied, with the number of the certificate that it comes from."""

    start: int
    end: int | None
    certificate: str
    curve: Curve

    def holds(self, time: int) -> bool:
        """True for a reading of that time."""
        return self.start <= time and (self.end is None or time < self.end)


async def propose(tx: Tx, new: NewCorrection, by: By) -> Correction:
    """Write down a correction that a second person is to approve.

    Raises:
        BadInput: the certificate does not count or has no such points, its device has no channel, the times cannot be, the
            probe was in another state then, or the channel has another correction.
    """
    await audit.begin(tx)
    changes.check_span(new.start, new.end)
    certificate = await certificates.of(tx, new.calibration)
    points = await certificates.points_of(tx, [certificate.id])
    state = new.state or (Found.AS_LEFT if (certificate.id, Found.AS_LEFT) in points else Found.AS_FOUND)
    if (certificate.id, state) not in points:
        wrong = f"{certificate.certificate} has no points {state.replace('_', ' ')}"
        raise BadInput("calibration", wrong, "choose a certificate that says what the probe showed")
    channel = reach.channel_of(certificate.device)
    if await tx.get(tables.Channel, channel) is None:
        raise BadInput("channel", f"{channel[:200]!r} is not in the archive", "assign it first")
    _check_state(certificate, state, new, is_adjusted=certificates.is_adjusted(points, certificate.id))
    await _check_adjusted(tx, certificate, new)
    await _check_alone(tx, channel, new)
    row = tables.Correction(
        channel=channel, calibration=certificate.id, state=state.value, start=new.start, end=new.end,
        proposed_by=by.actor, proposed_at=by.at,
    )  # fmt: skip
    await changes.enter(tx, by, "proposed", row, [])
    return record_of(row, Correction)


async def approve(tx: Tx, number: int, by: By) -> Correction:
    """A second person agrees: it is in force.

    Raises:
        BadInput: there is none, it is approved already, or by whom it was proposed.
    """
    row = await changes.counting(tx, tables.Correction, "correction", number)
    if row.approved_by is not None:
        raise BadInput("correction", f"{number} was approved by {row.approved_by}", "nothing is to be approved")
    if await is_same_person(tx, row.proposed_by, by.actor):
        raise BadInput("approved_by", f"{by.actor} proposed it", "let a second person approve it")
    row.approved_by, row.approved_at = by.actor, by.at
    await changes.enter(tx, by, "approved", row, [])
    return record_of(row, Correction)


async def end(tx: Tx, number: int, at: int, by: By) -> Correction:
    """From a time on the reading stands alone again.

    Raises:
        BadInput: there is none, it begins later, or is over by then.
    """
    row = await changes.counting(tx, tables.Correction, "correction", number)
    changes.end_at(row, at)
    await changes.enter(tx, by, "ended", row, [])
    return record_of(row, Correction)


async def withdraw(tx: Tx, number: int, by: By) -> Correction:
    """Take back a correction that was a mistake.

    Raises:
        BadInput: there is none, or it was taken back before.
    """
    row = await changes.counting(tx, tables.Correction, "correction", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Correction)


async def listed(tx: Tx, asked: Asked, scope: Scope, *, channel: str | None = None) -> Page[Correction]:
    """Corrections of channels in scope, the last proposed first, the withdrawn too."""
    row = tables.Correction
    query = select(row).where(reach.covers(row.channel, scope))
    if channel is not None:
        query = query.where(row.channel == channel)
    return await page(tx, query, (row.id,), asked, Correction, descending=True)


async def channel_of(tx: Tx, number: int) -> str | None:
    """What a correction is about; None when there is no such."""
    return await tx.scalar(select(tables.Correction.channel).where(tables.Correction.id == number))


async def in_force(tx: Tx, channel: str, start: int, end: int) -> list[InForce]:
    """The approved corrections of a channel that hold at some time of [start, end); none once the probe was adjusted."""
    row = tables.Correction
    query = select(row, tables.Calibration).join(tables.Calibration, tables.Calibration.id == row.calibration)
    query = query.where(row.channel == channel, row.withdrawn_at.is_(None), row.approved_by.is_not(None))
    query = query.where(row.start < end, or_(row.end.is_(None), row.end > start)).order_by(row.start)
    rows = [(each, record_of(its, Calibration)) for each, its in await tx.execute(query)]
    points = await certificates.points_of(tx, {its.id for _, its in rows})
    found = []
    for each, its in rows:
        curve, until = Curve.of(points[its.id, Found(each.state)]), await _until(tx, its, each.end)
        if until is None or until > max(each.start, start):
            found.append(InForce(each.start, until, its.certificate, curve))
    return found


def corrected(trace: Trace, corrections: Sequence[InForce]) -> list[float | None]:
    """Beside each reading of a trace what it is corrected to; None where no correction holds, or nothing was measured."""
    values: list[float | None] = []
    for time, value in zip(trace.t, trace.v, strict=True):
        its = None if value is None else next((each for each in corrections if each.holds(time)), None)
        values.append(None if its is None or value is None else its.curve.corrected_c(value))
    return values


def _check_state(certificate: Calibration, state: Found, new: NewCorrection, *, is_adjusted: bool) -> None:
    """Refuse points of a state in which the probe was not."""
    if state is Found.AS_LEFT and new.start < _begins(certificate.done_on):
        wrong = f"{certificate.certificate} left it so on {certificate.done_on}"
        raise BadInput("start", wrong, "begin then, or take the points as it was found")
    if state is Found.AS_FOUND and is_adjusted and (new.end is None or new.end > days.ends(certificate.done_on)):
        wrong = f"{certificate.certificate} adjusted it on {certificate.done_on}"
        raise BadInput("end", wrong, "end then, or take the points as it was left")


async def _check_adjusted(tx: Tx, certificate: Calibration, new: NewCorrection) -> None:
    later = await certificates.adjusted_after(tx, certificate)
    if later is not None and (new.end is None or new.end > days.ends(later.done_on)):
        wrong = f"{later.certificate} adjusted the probe on {later.done_on}"
        raise BadInput("end", wrong, "end then, and propose one by that certificate from then on")


async def _until(tx: Tx, its: Calibration, end: int | None) -> int | None:
    """When a correction by this certificate is over: its end, or the day on which the probe was adjusted."""
    later = await certificates.adjusted_after(tx, its)
    if later is None:
        return end
    return _begins(later.done_on) if end is None else min(end, _begins(later.done_on))


def _begins(day: str) -> int:
    """When this day begins somewhere on earth, ms UTC: nobody wrote its hour."""
    return clock.parse_iso(f"{day}T00:00:00Z") - days.EAST_MS


async def _check_alone(tx: Tx, channel: str, new: NewCorrection) -> None:
    row = tables.Correction
    query = select(row).where(row.channel == channel, row.withdrawn_at.is_(None))
    query = query.where(or_(row.end.is_(None), row.end > new.start))
    if new.end is not None:
        query = query.where(row.start < new.end)
    other = await tx.scalar(query.limit(1))
    if other is not None:
        wrong = f"{channel} has one since {clock.iso(other.start)} (number {other.id})"
        raise BadInput("start", wrong, "end that one first, or withdraw it")
