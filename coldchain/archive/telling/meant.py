"""Who replied, and which alarm they mean: rows are locked, and nothing is changed. Before: `wording`; after: `replying`.

    number or chat ─► who      code ─► that alarm · none ─► the only message that is open for them ─► its first free part

What cannot be found has an outcome of its own, by which it is answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sqlalchemy import or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import ways
from coldchain.archive.facilities import numbers
from coldchain.archive.telling import codes, numbered, together
from coldchain.archive.telling.wording import Written
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState

_OVER: Final = frozenset(state.value for state in AlarmState if state.is_over)


class Reply(Protocol):
    """What a person wrote or pressed, as `coldchain.providers` has it."""

    @property
    def provider(self) -> str:
        """The channel's name."""

    @property
    def number(self) -> str:
        """A telephone's number, or the id of a chat's member."""

    @property
    def text(self) -> str:
        """What they wrote; of a card the act."""

    @property
    def at(self) -> int:
        """When, ms UTC; 0 where nobody says."""

    @property
    def id(self) -> str:
        """The provider's, for telling a repeated callback from a second reply."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who replied; of nobody in the register the person is 0."""

    person: int
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Found:
    """Which alarm a reply is about, or why none."""

    outcome: str = ""
    about: int | None = None
    others: Sequence[tables.Alarm] = ()  # that the same message told besides
    words: dict[str, Any] = field(default_factory=dict)


async def who_wrote(tx: Tx, reply: Reply) -> Who | None:
    """Whose number or id it is; of several, whoever was told last."""
    person, phone, notice = tables.Person, tables.Phone, tables.Notice
    own = select(phone.person).where(phone.phone_number == number_of(reply.number))
    query = select(person).where(
        person.left_at.is_(None),
        or_(person.id.in_(own), _chat(reply) == reply.number) if _chat(reply) is not None else person.id.in_(own),
    )
    rows = list(await tx.scalars(query.order_by(person.id)))
    if not rows or not reply.number:
        return None
    if len(rows) > 1:
        theirs = select(notice.person).where(notice.person.in_([str(row.id) for row in rows]), notice.level > 0)
        last = await tx.scalar(theirs.order_by(notice.id.desc()).limit(1))
        rows.sort(key=lambda row: str(row.id) != last)
    return await _known(tx, rows[0])


def _chat(reply: Reply) -> Any:  # noqa: ANN401 - a column
    return {"wecom": tables.Person.wecom, "wechat": tables.Person.wechat}.get(reply.provider)


async def by_notice(tx: Tx, notice: tables.Notice) -> Who:
    """Whom a message was for."""
    row = await tx.get(tables.Person, int(notice.person)) if notice.person.isdecimal() else None
    return await _known(tx, row) if row else Who(0, notice.person, notice.language)


async def _known(tx: Tx, row: tables.Person) -> Who:
    wish = (await ways.wishes(tx, [row.id])).get(row.id)
    return Who(row.id, row.name, wish.language if wish else "zh")


async def of_number(tx: Tx, reply: Reply, who: Who, at: int) -> tuple[Who, Found]:
    """Whose number it is, and what they said of it; else nobody knows what they mean."""
    said = await numbered.answer(tx, reply.provider, number_of(reply.number), who.person, reply.text, at)
    if said is None:
        return who, Found("unclear")
    outcome, person = said
    if person != who.person:  # two people have this number, and the question named the other
        who = await _known(tx, await tx.get_one(tables.Person, person))
    return who, Found(outcome, words={"name": who.name})


async def alarm_meant(tx: Tx, who: Who, written: Written) -> Found:
    """The alarm whose code they wrote, else the only one that is open for them."""
    told = await _told(tx, who)
    if not written.codes:
        return await _only(tx, who, written, [alarm for alarm in told if alarm.state not in _OVER])
    numbers = [number for code in written.codes if (number := await codes.alarm_with(tx, code)) is not None]
    if not numbers:
        return Found("unknown", words={"code": written.codes[0]})
    if len(set(numbers)) > 1:
        return Found("which", words=_several(list(written.codes)))
    alarm = await tx.get_one(tables.Alarm, numbers[0])
    if alarm.id not in {each.id for each in told}:
        return Found("not_yours", about=alarm.id, words={"code": alarm.code})
    return await named(tx, who, alarm.id)


async def _told(tx: Tx, who: Who) -> list[tables.Alarm]:
    """The alarms of which they were called, the newest last."""
    theirs = select(tables.Notice.alarm).where(tables.Notice.person == str(who.person), tables.Notice.level > 0)
    query = select(tables.Alarm).where(tables.Alarm.id.in_(theirs), tables.Alarm.state != AlarmState.CLOSED.value)
    return list(await tx.scalars(query.order_by(tables.Alarm.id).with_for_update()))


async def _only(tx: Tx, who: Who, written: Written, told: Sequence[tables.Alarm]) -> Found:
    """What one message told them, where nothing else is open for them: no part of it needs a name."""
    if not told:
        return Found("none")
    its = await together.of_one_message(tx, told[0].id, str(who.person))
    if {alarm.id for alarm in told} <= {alarm.id for alarm in its}:
        return one_of(its, who, written)
    return Found("which", words=_several([alarm.code or str(alarm.id) for alarm in told]))


def _several(names: Sequence[str]) -> dict[str, Any]:
    return {"codes": "、".join(names[:4]), "code": names[0]}


async def named(tx: Tx, who: Who, number: int) -> Found:
    """This very alarm, whoever is on the way to it."""
    alarm, *others = await together.of_one_message(tx, number, str(who.person))
    return Found("over" if alarm.state in _OVER else "", alarm.id, others, {"code": alarm.code})


def one_of(message: Sequence[tables.Alarm], who: Who, written: Written) -> Found:
    """Of the parts of a message that was answered as a whole: the first that nobody else is on the way to, if there is one."""
    going_on = [alarm for alarm in message if alarm.state not in _OVER]
    if not going_on:
        return Found("over", message[0].id, words={"code": message[0].code})
    free = [alarm for alarm in going_on if together.is_free(alarm, written.act or "", who.name)]
    first, *_ = free or going_on
    return Found("", first.id, [alarm for alarm in going_on if alarm is not first], {"code": first.code})


def number_of(written: str) -> str:
    """A telephone's number as the archive keeps it; a chat's id as it is."""
    try:
        return numbers.normal(written, "number")
    except BadInput:
        return written
