"""Taking an alarm: seen, on the way, what it was, over and done with. One door, whatever the way: page, call, text, card, link.

    ringing ─► seen (others are called on) ─► taken (on the way, until `eta`) ─► ended (the facts) ─► closed (cause, measure)

A triage word (moved, door, sensor, false) and a note are arrows that leave the state as it is. Who ends an alarm is the
readings, never a person: what somebody says of it does not cool a refrigerator.
"""

from dataclasses import dataclass
from typing import Final, Literal

from coldchain.archive import tables
from coldchain.archive.arrows import Alarm, Arrow, stand, write
from coldchain.archive.db import Tx
from coldchain.archive.rows import check_texts, record_of
from coldchain.archive.telling import codes
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState

SHORTEST_ETA_MIN: Final = 1
LONGEST_ETA_MIN: Final = 240  # whoever needs longer than four hours is not the one to go
USUAL_ETA_MIN: Final = 30  # where nobody said
LONGEST_NOTE: Final = 500
_MINUTE: Final = 60_000


@dataclass(frozen=True, slots=True)
class Act:
    """What a person says of an alarm.

    `alarm` is its number or its code. `going` needs somebody with a name who is there in `eta_min`; `moved`, `door`,
    `sensor` and `false` say what it is: moved to …, the door was open, the sensor is out for defrosting, a false alarm.
    """

    alarm: int | str
    act: Literal["seen", "going", "moved", "door", "sensor", "false", "note"]
    by: str
    at: int
    eta_min: int | None = None
    note: str = ""
    way: str = "page"  # page | api | call | sms | card | link | gateway


@dataclass(frozen=True, slots=True)
class Closing:
    """Why it came, and what was done: columns of the report, by a named person."""

    alarm: int | str
    cause: str
    measure: str
    by: str
    at: int


async def take(tx: Tx, act: Act) -> Alarm:
    """Write what a person says of an alarm; the same said twice is written once.

    Raises:
        BadInput: there is no such alarm, it is over, nobody is named, or they would be there too late.
    """
    _check(act)
    row = await _row(tx, act.alarm)
    if AlarmState(row.state).is_over and act.act in {"seen", "going"}:
        raise BadInput("alarm", f"{act.alarm} is over", "nothing is to be done")
    if row.state == AlarmState.CLOSED:
        raise BadInput("alarm", f"{act.alarm} is closed", "nothing is to be done")
    if act.act == "going":
        return await _go(tx, row, act)
    if act.act == "seen" and row.state != AlarmState.RINGING:  # who is on the way has seen it
        return record_of(row, Alarm)
    after = AlarmState.SEEN if act.act == "seen" else AlarmState(row.state)
    arrow = Arrow(after, act.act, act.at, act.by, _noted(act))
    write(tx, row, AlarmState(row.state), arrow)
    row.state = after.value
    if act.act == "seen":
        row.taken_by, row.taken_at = act.by, act.at
    await tx.flush()
    return record_of(row, Alarm)


async def _go(tx: Tx, row: tables.Alarm, act: Act) -> Alarm:
    """On the way: the ladder waits until then. Somebody else may go too, and who goes may be later than they said."""
    eta_min = USUAL_ETA_MIN if act.eta_min is None else act.eta_min
    eta_at = act.at + eta_min * _MINUTE
    is_said = row.state == AlarmState.TAKEN and row.taken_by == act.by and act.eta_min is None
    if is_said:
        return record_of(row, Alarm)
    arrow = Arrow(
        AlarmState.TAKEN,
        AlarmState.TAKEN.value,
        act.at,
        act.by,
        _noted(act, "" if act.eta_min is None else f"{eta_min} min"),
    )
    write(tx, row, AlarmState(row.state), arrow)
    stand(row, arrow)
    row.taken_by, row.taken_at, row.eta_at, row.next_at = act.by, act.at, eta_at, eta_at
    await tx.flush()
    return record_of(row, Alarm)


def _noted(act: Act, eta: str = "") -> str:
    way = "" if act.way == "page" else act.way
    return " · ".join(part for part in (eta, act.note.strip(), way) if part)


def _check(act: Act) -> None:
    check_texts("transition", {"by": act.by, "note": act.note})
    if len(act.note) > LONGEST_NOTE:
        raise BadInput("note", f"{len(act.note)} characters are too many", f"use at most {LONGEST_NOTE}")
    if not act.by.strip():
        raise BadInput("by", "nobody is named", "say who takes it")
    if act.eta_min is not None and not SHORTEST_ETA_MIN <= act.eta_min <= LONGEST_ETA_MIN:
        cure = f"say {SHORTEST_ETA_MIN} to {LONGEST_ETA_MIN} minutes, or let somebody go who is nearer"
        raise BadInput("eta_min", f"{act.eta_min} minutes", cure)
    if act.act == "moved" and not act.note.strip():
        raise BadInput("note", "it does not say where to", "name the place that the vaccine was moved to")


async def close(tx: Tx, closing: Closing) -> Alarm:
    """Write cause and measure of an alarm that is over: nothing is due of it any more.

    Raises:
        BadInput: there is no such alarm, it goes on, it is closed already, or something is left empty.
    """
    for field, words in (("cause", closing.cause), ("measure", closing.measure), ("by", closing.by)):
        if not words.strip():
            raise BadInput(field, "is empty", "an alarm is closed by a named person, with its cause and what was done")
    check_texts("alarm", {"cause": closing.cause, "measure": closing.measure, "closed_by": closing.by})
    row = await _row(tx, closing.alarm)
    if row.state != AlarmState.ENDED:
        is_closed = row.state == AlarmState.CLOSED
        wrong = f"{closing.alarm} was closed by {row.closed_by}" if is_closed else f"{closing.alarm} goes on"
        raise BadInput("alarm", wrong, "nothing is to be done" if is_closed else "close it when it is over")
    arrow = Arrow(AlarmState.CLOSED, "closed", closing.at, closing.by, f"{closing.cause} · {closing.measure}")
    write(tx, row, AlarmState.ENDED, arrow)
    stand(row, arrow)
    row.cause, row.measure = closing.cause.strip(), closing.measure.strip()
    row.closed_by, row.closed_at = closing.by, closing.at
    await tx.flush()
    return record_of(row, Alarm)


async def _row(tx: Tx, alarm: int | str) -> tables.Alarm:
    number = alarm if isinstance(alarm, int) else await codes.alarm_with(tx, codes.read(alarm))
    row = None if number is None else await tx.get(tables.Alarm, number, with_for_update=True)
    if row is None:
        raise BadInput("alarm", f"{alarm} is unknown", "choose one from the list")
    return row
