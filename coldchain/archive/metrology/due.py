"""Which probes must go to the laboratory: those without a certificate, with one that ran out or soon will, or found wrong.

assignments in force ─► devices ─► their last certificates ─► due list
"""

from datetime import date
from enum import StrEnum

from sqlalchemy import select, true

from coldchain.archive.db import Tx
from coldchain.archive.metrology import certificates, reach
from coldchain.archive.metrology.certificates import Calibration
from coldchain.archive.metrology.limits import Outcome
from coldchain.archive.rows import Record
from coldchain.archive.tables import Assignment, Channel, Equipment
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


async def listed(tx: Tx, scope: Scope, today: str, within_days: int = SOON_DAYS) -> list[Due]:
    """The probes in scope that hang somewhere and are due by `today` + so many days, the most urgent first.

    Raises:
        BadInput: when the number of days cannot be.
    """
    if not 0 <= within_days <= MOST_DAYS:
        raise BadInput("within", f"{within_days} days cannot be", f"write 0 to {MOST_DAYS}")
    query = (
        select(Assignment.channel, Assignment.compartment, Equipment.code, Equipment.facility)
        .join(Equipment, Equipment.code == Assignment.equipment)
        .join(Channel, Channel.name == Assignment.channel)
        .where(Channel.quantity == Quantity.TEMPERATURE.value, Equipment.status.not_in(("scrapped", "moved")))
        .where(Assignment.end.is_(None), true() if scope is None else Equipment.facility.in_(scope))
    )
    hung = list(await tx.execute(query))
    last = await certificates.latest(tx)
    found = []
    for channel, compartment, code, facility in hung:
        device = reach.device_of(channel)
        its = last.get(device)
        why = why_of(its, today, within_days)
        if why is not None:
            found.append(
                Due(
                    device=device, equipment=code, facility=facility, compartment=compartment, why=why,
                    certificate=its.certificate if its else None, due_on=its.due_on if its else None,
                    days_left=days_between(today, its.due_on) if its else None,
                )
            )  # fmt: skip
    return sorted(found, key=lambda due: (list(Why).index(due.why), due.due_on or "", due.device))


def why_of(its: Calibration | None, today: str, within_days: int) -> Why | None:
    """Why a device with this last certificate is due; None: it is not."""
    if its is None:
        return Why.NEVER
    if its.left_as is Outcome.FAILED:
        return Why.WRONG
    left = days_between(today, its.due_on)
    if left < 0:
        return Why.OVERDUE
    return Why.SOON if left <= within_days else None


def days_between(today: str, day: str) -> int:
    """How many days from today to a day."""
    return (date.fromisoformat(day) - date.fromisoformat(today)).days
