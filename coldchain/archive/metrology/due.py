"""Which probes must go to the laboratory: those without a certificate, with one that ran out or soon will, or found wrong.

assignments in force ─► devices ─► their last certificates ─► due list
"""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import func, select, true

from coldchain.archive.db import Tx
from coldchain.archive.metrology import reach
from coldchain.archive.metrology.limits import Outcome
from coldchain.archive.rows import Record, table_of
from coldchain.archive.tables import Assignment, Calibration, Channel, Equipment
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.reading import Quantity

SOON_DAYS = 30
MOST_DAYS = 3660


class Why(StrEnum):
    """Why a probe is on the list; the worst counts."""

    WRONG = "wrong"  # its last certificate left it out of its limit
    OVERDUE = "overdue"
    NEVER = "never"  # it has none, as far as we know
    SOON = "soon"


URGENCY = {why: n for n, why in enumerate(Why)}


class Last(NamedTuple):
    """What of a device's last certificate tells whether it is due."""

    certificate: str
    due_on: str
    as_found: str | None
    as_left: str | None

    @property
    def is_wrong(self) -> bool:
        """True when it left the device out of its limit."""
        return (self.as_left or self.as_found) == Outcome.FAILED


class Due(Record, frozen=True, kw_only=True):
    """A probe that hangs somewhere and is to be calibrated."""

    device: str
    equipment: str
    facility: str
    compartment: int | None
    why: Why
    certificate: str | None
    due_on: str | None
    days_left: int | None  # negative: so many too late


Place = tuple[int, str, str, str]


class _Hung(NamedTuple):
    """A device that is due, and where it hangs."""

    place: Place
    compartment: int | None
    equipment: str
    facility: str
    last: Last | None


async def listed(
    tx: Tx,
    scope: Scope,
    today: str,
    within_days: int = SOON_DAYS,
    *,
    after: Place | None = None,
    most: int | None = None,
) -> list[Due]:
    """The probes in scope that hang somewhere and are due by `today` + so many days, the most urgent first.

    Args:
        tx: where it is read.
        scope: of which facilities.
        today: the site's day.
        within_days: what runs out so soon is due.
        after: the place behind which it begins; None at the first.
        most: so many are enough; None is all.

    Raises:
        BadInput: when the number of days cannot be.
    """
    if not 0 <= within_days <= MOST_DAYS:
        raise BadInput("within", f"{within_days} days cannot be", f"write 0 to {MOST_DAYS}")
    hung, piece, channel = (table_of(each) for each in (Assignment, Equipment, Channel))
    query = (
        select(hung.c.channel, hung.c.compartment, piece.c.code, piece.c.facility)
        .join_from(hung, piece, piece.c.code == hung.c.equipment)
        .join(channel, channel.c.name == hung.c.channel)
        .where(channel.c.quantity == Quantity.TEMPERATURE.value, piece.c.status.not_in(("scrapped", "moved")))
        .where(hung.c.end.is_(None), true() if scope is None else piece.c.facility.in_(scope))
    )
    its = list(await tx.execute(query))
    last, found = await _last(tx), []
    for name, compartment, code, facility in its:
        device = reach.device_of(name)
        why = why_of(last.get(device), today, within_days)
        if why is not None:
            paper = last.get(device)
            place = URGENCY[why], "" if paper is None else paper.due_on, device, f"{code}/{compartment or ''}"
            found.append(_Hung(place, compartment, code, facility, paper))
    found.sort(key=lambda each: each.place)
    rest = [each for each in found if after is None or each.place > after]
    return [_due(each, today) for each in rest[:most]]


def place_of(due: Due) -> Place:
    """Where it stands in the list."""
    return URGENCY[due.why], due.due_on or "", due.device, f"{due.equipment}/{due.compartment or ''}"


def _due(each: _Hung, today: str) -> Due:
    rank, _, device, _ = each.place
    last = each.last
    return Due(
        device=device, equipment=each.equipment, facility=each.facility, compartment=each.compartment,
        why=list(Why)[rank], certificate=None if last is None else last.certificate,
        due_on=None if last is None else last.due_on,
        days_left=None if last is None else days_between(today, last.due_on),
    )  # fmt: skip


async def _last(tx: Tx) -> dict[str, Last]:
    """The certificate of each device that was made last, of a whole county at once: found by the database, columns only."""
    row = table_of(Calibration).c
    newest = func.row_number().over(partition_by=row.device, order_by=(row.done_on.desc(), row.id.desc()))
    query = select(row.device, row.certificate, row.due_on, row.as_found, row.as_left, newest.label("n"))
    of = query.where(row.withdrawn_at.is_(None)).subquery().c
    found = select(of.device, of.certificate, of.due_on, of.as_found, of.as_left).where(of.n == 1)
    return {device: Last(*its) for device, *its in await tx.execute(found)}


def why_of(its: Last | None, today: str, within_days: int) -> Why | None:
    """Why a device with this last certificate is due; None: it is not."""
    if its is None:
        return Why.NEVER
    if its.is_wrong:
        return Why.WRONG
    left = days_between(today, its.due_on)
    if left < 0:
        return Why.OVERDUE
    return Why.SOON if left <= within_days else None


def days_between(today: str, day: str) -> int:
    """How many days from today to a day."""
    return (date.fromisoformat(day) - date.fromisoformat(today)).days
