"""Who may be asked now whether a number is still theirs, and how often: nobody who is away, needed, or did not answer before.

known (words about the address) ─┐
what was asked of it lately ─────┴─► rests?     the person ─► there? busy? ─► `questions.ask`
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import ways
from coldchain.archive.duty.questions import Question, QuestionState
from coldchain.archive.duty.ways import PATIENCE_MS, QUARTER_MS, Known
from coldchain.archive.rows import Record
from coldchain.excursion import AlarmState

MOST_TIMES: Final = 2  # in a quarter: who answers nothing is listed, and not asked for ever
_OVER: Final = tuple(state.value for state in AlarmState if state.is_over)


def rests(known: Known, asked: Sequence[Question], at: int) -> bool:
    """True when this address was asked lately, is asked now, or as often as a quarter may ask in vain."""
    lately = [each for each in asked if each.state.is_open or each.sent_at > at - PATIENCE_MS]
    return bool(lately) or in_vain(known, asked, at) >= MOST_TIMES


def in_vain(known: Known, asked: Sequence[Question], at: int) -> int:
    """How often it was asked within a quarter and nobody answered, since it was last good."""
    start = max(at - QUARTER_MS, known.verified_at or 0)
    return sum(1 for each in asked if each.state is QuestionState.UNANSWERED and each.sent_at > start)


class Person(Record, frozen=True, kw_only=True):
    """Somebody who is there."""

    id: int
    name: str
    facility: str
    language: str = "zh"


async def people(tx: Tx, at: int) -> dict[int, Person]:
    """Everybody who has not left, at facilities that are not closed, with their language."""
    wish = tables.ReachWish
    query = ways.there(at).add_columns(wish.language).outerjoin(wish, wish.person == tables.Person.id)
    return {
        each.id: Person(id=each.id, name=each.name, facility=each.facility, language=each.language or "zh")
        for each in await tx.execute(query)
    }


async def is_busy(tx: Tx, person: int, at: int) -> bool:
    """True when somebody is away, or was called for something that is not over: nobody asks them for their number now."""
    away, notice, alarm = tables.Absence, tables.Notice, tables.Alarm
    absent = select(away.id).where(away.person == person, away.withdrawn_at.is_(None), away.start <= at, away.end > at)
    if await tx.scalar(absent.limit(1)) is not None:
        return True
    called = select(notice.id).join(alarm, alarm.id == notice.alarm).where(notice.person == str(person))
    called = called.where(notice.level > 0, alarm.state.not_in(_OVER))
    return await tx.scalar(called.limit(1)) is not None
