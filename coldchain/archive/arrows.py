"""An alarm's row and its arrows: what both the deciding transaction and people write. Before: `alarms`, `telling.taking`.

    before ─► after, why, by whom ─► transition row + the alarm's own row, both chained

`stand` keeps what follows from every arrow in one place: when it ended, what is no longer true, when the ladder looks.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record
from coldchain.excursion import AlarmState, Kind, Severity


class NewAlarm(Record, frozen=True, kw_only=True):
    """A trouble that people must take: about an excursion or an observation."""

    excursion: str | None = None
    observation: int | None = None
    equipment: str | None = None
    facility: str | None = None
    kind: Kind
    severity: Severity
    state: AlarmState
    is_past: bool = False
    waits_at_night: bool = False
    raised_at: int
    ended_at: int | None = None
    is_drill: bool = False


class Alarm(NewAlarm, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    taken_by: str | None = None
    taken_at: int | None = None
    next_at: int | None = None
    level: int = 0
    rungs: list[tuple[int, int]] = msgspec.field(default_factory=list)
    rung_at: int | None = None
    rings: int | None = None
    eta_at: int | None = None
    score: int = 0
    code: str | None = None
    cause: str = ""
    measure: str = ""
    closed_by: str | None = None
    closed_at: int | None = None


class Transition(Record, frozen=True, kw_only=True):
    """One arrow of an alarm."""

    id: int
    alarm: int
    at: int
    before: AlarmState | None
    after: AlarmState
    why: str
    by: str
    note: str
    expanded: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """A change of an alarm to be written: its state after, and why."""

    after: AlarmState
    why: str
    at: int
    by: str = ""
    note: str = ""


# Why the ladder begins, or begins again. What is past is told once and climbs none.
RINGING: Final = ("raised", "worsened", "reopened", "lapsed")
# Why an alarm ended that was told of as if nothing were left of it.
UNDONE: Final = ("withdrawn", "merged", "eased")


def write(tx: Tx, alarm: tables.Alarm, before: AlarmState | None, arrow: Arrow) -> None:
    """The arrow's row, and the alarm's as it is left."""
    transition = tables.Transition(
        alarm=alarm.id,
        at=arrow.at,
        before=before.value if before else None,
        after=arrow.after.value,
        why=arrow.why,
        by=arrow.by,
        note=arrow.note,
    )
    tx.add(transition)
    audit.decided(tx, By(arrow.by or MACHINE, arrow.at), arrow.why, [alarm, transition])


def stand(alarm: tables.Alarm, arrow: Arrow) -> None:
    """Let the row stand as the arrow leaves it, and say when the ladder is to look at it."""
    was_over = AlarmState(alarm.state).is_over
    alarm.state = arrow.after.value
    if arrow.after.is_over:
        alarm.ended_at = alarm.ended_at if arrow.after is AlarmState.CLOSED else arrow.at
        alarm.next_at = None
        return
    alarm.ended_at = None
    if was_over:
        alarm.cause = alarm.measure = ""
        alarm.closed_by = alarm.closed_at = None
    if arrow.why in RINGING:
        alarm.next_at = arrow.at
        # It is worse than what somebody set out for, or they did not come: nobody is waited for.
        if arrow.why != "reopened":
            alarm.eta_at = None
