"""Drills: a facility's alarm path tried without any trouble, and what became of it.

    asked (a person) ─┐
                      ├─► running ─► verified | failed | withdrawn (a real alarm came)
    planned (monthly) ┘   └► refused (no times or money left, a real alarm, nobody to be told)

A drill runs as an observation of its own kind, hence as an alarm that is marked; it is about no equipment, so that no figure of
equipment, no form and no hold can know of it. What it finds broken is an observation by itself.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Select, func, or_, select

from coldchain.archive import audit, tables
from coldchain.archive.arrows import RINGING, Transition
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, insert_new, record_of
from coldchain.archive.telling.notices import Notice
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState, Kind, Severity

_TEMPERATURES: Final = tuple(kind.value for kind in Kind if kind.is_temperature)
_ON: Final = tuple(state.value for state in AlarmState if not state.is_over)


class DrillState(StrEnum):
    """How far a drill is."""

    ASKED = "asked"
    RUNNING = "running"
    VERIFIED = "verified"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"

    @property
    def is_over(self) -> bool:
        """True when nothing more becomes of it."""
        return self not in _OPEN


_OPEN: Final = frozenset({DrillState.ASKED, DrillState.RUNNING})


class Link(StrEnum):
    """What of the path was broken, or why it was not tried."""

    ALARM = "alarm"  # no alarm was raised: nobody judges
    PEOPLE = "people"  # the first level names nobody
    WAY = "way"  # somebody of it was reached by none of their ways
    ANSWER = "answer"  # all were told, and nobody answered
    TIMES = "times"  # as many as a month may have
    MONEY = "money"  # as dear as a month may be
    REAL = "real_alarm"  # the people are needed


class Drill(Record, frozen=True, kw_only=True):
    """A drill as it stands."""

    id: int
    facility: str
    planned: str
    asked_at: int
    by: str
    state: DrillState
    observation: int | None
    begun_at: int | None
    answer_by: int | None
    ended_at: int | None
    people: list[int] = msgspec.field(default_factory=list)
    ways: list[str] = msgspec.field(default_factory=list)
    link: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened since a drill began."""

    alarm: int | None
    state: AlarmState | None
    notices: Sequence[Notice] = ()
    answers: Sequence[Transition] = ()  # who said that they have seen it, or go


@dataclass(frozen=True, slots=True)
class Used:
    """What a month has had of drills."""

    times: int  # at one facility
    fen: int  # everywhere


async def ask(tx: Tx, facility: str, by: By) -> Drill:
    """Somebody wants a drill at once, at whatever hour: they answer for it with their name.

    Raises:
        BadInput: there is no such facility, or a drill goes on there.
    """
    check_texts("drill", {"facility": facility, "by": by.actor})
    row = await tx.get(tables.Facility, facility, with_for_update=True)
    if row is None:
        raise BadInput("facility", f"{facility} is unknown", "choose one from the list of facilities")
    if any(each.facility == facility for each in await going_on(tx)):
        raise BadInput("facility", f"a drill goes on at {facility}", "wait until it has ended")
    return await _add(tx, tables.Drill(facility=facility, asked_at=by.at, by=by.actor, state=DrillState.ASKED), by)


async def plan(tx: Tx, facility: str, month: str, at: int) -> bool:
    """The month's planned drill of a facility is due; False when it was begun, or given up, before."""
    row = {
        "facility": facility, "planned": month, "asked_at": at, "by": "", "state": DrillState.ASKED.value,
        "people": [], "ways": [], "link": "", "words": "",
    }  # fmt: skip
    if await tx.scalar(_planned(facility, month)) is not None:
        return False
    await insert_new(tx, tables.Drill, [row])
    [made] = await tx.scalars(_planned(facility, month))
    audit.decided(tx, By(MACHINE, at), "planned", [made])
    return True


async def planned_in(tx: Tx, month: str) -> set[str]:
    """The facilities whose planned drill of that month is there."""
    return set(await tx.scalars(select(tables.Drill.facility).where(tables.Drill.planned == month)))


def _planned(facility: str, month: str) -> Select[tables.Drill]:
    return select(tables.Drill).where(tables.Drill.facility == facility, tables.Drill.planned == month)


async def _add(tx: Tx, row: tables.Drill, by: By) -> Drill:
    row.people, row.ways, row.planned, row.link, row.words = [], [], "", "", ""
    tx.add(row)
    await tx.flush()
    audit.decided(tx, by, "asked", [row])
    return record_of(row, Drill)


async def going_on(tx: Tx) -> list[Drill]:
    """Drills that have not ended, the first first."""
    row = tables.Drill
    query = select(row).where(row.state.in_([state.value for state in _OPEN])).order_by(row.id)
    return [record_of(each, Drill) for each in await tx.scalars(query)]


async def drill(tx: Tx, number: int) -> Drill | None:
    """One drill."""
    row = await tx.get(tables.Drill, number)
    return None if row is None else record_of(row, Drill)


async def listed(
    tx: Tx, scope: Scope, limit: int, *, facility: str | None = None, before: int | None = None
) -> list[Drill]:
    """Drills, the newest first, and one more than `limit` where there are more."""
    row = tables.Drill
    query = select(row).order_by(row.id.desc()).limit(limit + 1)
    if scope is not None:
        query = query.where(row.facility.in_(scope))
    if facility is not None:
        query = query.where(row.facility == facility)
    if before is not None:
        query = query.where(row.id < before)
    return [record_of(each, Drill) for each in await tx.scalars(query)]


async def newest(tx: Tx, scope: Scope) -> dict[str, Drill]:
    """By facility, the drill that was asked for last."""
    row = tables.Drill
    last = select(func.max(row.id)).group_by(row.facility)
    if scope is not None:
        last = last.where(row.facility.in_(scope))
    return {each.facility: record_of(each, Drill) for each in await tx.scalars(select(row).where(row.id.in_(last)))}


async def verified(tx: Tx, scope: Scope) -> dict[str, int]:
    """By facility, when its path was last found whole."""
    row = tables.Drill
    query = select(row.facility, func.max(row.ended_at)).where(row.state == DrillState.VERIFIED.value)
    if scope is not None:
        query = query.where(row.facility.in_(scope))
    return {place: at for place, at in await tx.execute(query.group_by(row.facility)) if at is not None}


async def alarms_of(tx: Tx, numbers: Collection[int]) -> dict[int, int]:
    """By drill, the alarm by which it ran."""
    row, alarm = tables.Drill, tables.Alarm
    query = select(row.id, alarm.id).join(alarm, alarm.observation == row.observation)
    return dict((await tx.execute(query.where(row.id.in_(numbers)))).all())


async def begun(tx: Tx, scope: Scope, since: int) -> dict[str, int]:
    """By facility, how many began since then."""
    row = tables.Drill
    query = select(row.facility, func.count()).where(row.begun_at >= since)
    if scope is not None:
        query = query.where(row.facility.in_(scope))
    return {place: int(times) for place, times in await tx.execute(query.group_by(row.facility))}


async def move(tx: Tx, seen: Drill, state: DrillState, at: int, **more: Any) -> bool:  # noqa: ANN401 - its columns
    """Let a drill go on to a state; False when somebody else moved it meanwhile, and nothing is written."""
    row = await tx.get_one(tables.Drill, seen.id, with_for_update=True, populate_existing=True)
    if row.state != seen.state:
        return False
    row.state = state.value
    for column, value in more.items():
        setattr(row, column, value)
    if state.is_over:
        row.ended_at = at
    await tx.flush()
    audit.decided(tx, By(MACHINE, at), state.value, [row])
    return True


async def attach(tx: Tx, number: int, observation: int, at: int) -> None:
    """By which observation it runs."""
    row = await tx.get_one(tables.Drill, number)
    row.observation = observation
    await tx.flush()
    audit.decided(tx, By(MACHINE, at), "begun", [row])


async def story(tx: Tx, drill: Drill) -> Story:
    """What happened since it began: its alarm, who was told by what, who answered."""
    row, arrow, notice = tables.Alarm, tables.Transition, tables.Notice
    alarm = await tx.scalar(select(row).where(row.observation == drill.observation)) if drill.observation else None
    if alarm is None:
        return Story(None, None)
    told = await tx.scalars(select(notice).where(notice.alarm == alarm.id).order_by(notice.id))
    said = [AlarmState.SEEN.value, AlarmState.TAKEN.value]
    answers = select(arrow).where(arrow.alarm == alarm.id, arrow.after.in_(said), arrow.by != "").order_by(arrow.id)
    return Story(
        alarm=alarm.id,
        state=AlarmState(alarm.state),
        notices=[record_of(each, Notice) for each in told],
        answers=[record_of(each, Transition) for each in await tx.scalars(answers)],
    )


async def real_alarm(tx: Tx, facility: str, since: int | None = None) -> int | None:
    """A real alarm of a facility for which its people are needed: loud or of a temperature; of any loudness that began since."""
    row, arrow = tables.Alarm, tables.Transition
    needs = [row.severity == Severity.CRITICAL.value, row.kind.in_(_TEMPERATURES)]
    if since is not None:
        rang = select(arrow.id).where(arrow.alarm == row.id, arrow.at >= since, arrow.why.in_(RINGING))
        needs.append(rang.exists())
    query = select(row.id).where(row.facility == facility, row.is_drill.is_(False), row.state.in_(_ON), or_(*needs))
    query = query.where(row.kind != Kind.DRILL_FAILED.value)  # what the last one found is why it is tried again
    return await tx.scalar(query.order_by(row.id).limit(1))


async def used(tx: Tx, facility: str, since: int) -> Used:
    """What drills came to since then: how many began at a facility, and what all of them cost."""
    row, attempt, alarm = tables.Drill, tables.NoticeAttempt, tables.Alarm
    times = select(func.count()).select_from(row).where(row.facility == facility, row.begun_at >= since)
    cost = select(func.coalesce(func.sum(attempt.cost_fen), 0)).join(alarm, alarm.id == attempt.alarm)
    fen = await tx.scalar(cost.where(alarm.is_drill.is_(True), attempt.at >= since))
    return Used(await tx.scalar(times) or 0, int(fen or 0))


async def clinics(tx: Tx) -> list[str]:
    """The facilities that have something to be alarmed about: equipment in use, and are open themselves."""
    place, piece = tables.Facility, tables.Equipment
    here = select(piece.facility).where(piece.status == "normal")
    query = select(place.code).where(place.status == "active", place.code.in_(here)).order_by(place.code)
    return list(await tx.scalars(query))


def told(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """Notices as they are shown: whom, by what, what became of it; no address."""
    return [
        {
            "person": each.person, "channel": each.channel, "level": each.level, "state": each.state,
            "answer": each.answer, "code": each.provider_code, "receipt": each.receipt_state or None,
            "text_zh": each.text_zh, "text_en": each.text_en,
        }
        for each in notices
    ]  # fmt: skip
