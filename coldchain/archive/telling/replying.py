"""What people answer to an alarm, whatever the way: a text, a card's button, a key during a call. One meaning, one door.

    reply ─► who (by the registered number) ─► which alarm (of those they were told of) ─► taking ─► kept, with what came of it
                                                                                                └─► one text goes back

What cannot be understood or allowed is kept as well, changes nothing, and is answered with what would be understood. A provider that
calls twice is heard once. The text waits in the reply's own row until alerting sends it: once, or never where nobody can.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from sqlalchemy import func, or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import ways
from coldchain.archive.facilities import numbers
from coldchain.archive.rows import is_plain
from coldchain.archive.telling import codes, numbered, receipts, wording
from coldchain.archive.telling.receipts import NewReply
from coldchain.archive.telling.taking import LONGEST_ETA_MIN, LONGEST_NOTE, SHORTEST_ETA_MIN, USUAL_ETA_MIN, Act, take
from coldchain.archive.telling.wording import Written
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
MOST_A_DAY: Final = (
    10  # texts that go back to one number: whatever answers our answers by itself is not answered for ever
)
CALL: Final = "call"
GATEWAY: Final = "gateway"
_OVER: Final = frozenset(state.value for state in AlarmState if state.is_over)
_WAYS: Final = {"wecom": "card", "wechat": "card"}


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


class Pressed(Protocol):
    """A receipt that says that a key was pressed during a call."""

    @property
    def provider(self) -> str:
        """The channel's name."""

    @property
    def at(self) -> int:
        """When, ms UTC."""

    @property
    def message_id(self) -> str:
        """The provider's id of the call."""

    @property
    def out_id(self) -> str:
        """Our id of it."""

    @property
    def address(self) -> str:
        """The number that was called."""

    @property
    def key(self) -> str:
        """The key."""


@dataclass(frozen=True, slots=True)
class _Reply:
    provider: str
    number: str
    text: str
    at: int
    id: str


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a reply."""

    is_new: bool  # False: this very reply was heard before; nothing was done
    outcome: str = (
        ""  # going, seen; number_yes, number_no; or why nothing was changed: stranger, unclear, which, none, unknown, …
    )
    alarms: tuple[int, ...] = ()  # that were taken
    person: str = ""
    text: str = ""  # that goes back; empty: none does

    @property
    def is_taken(self) -> bool:
        """True when an alarm was changed, or stood so already."""
        return bool(self.alarms)


@dataclass(frozen=True, slots=True)
class _Who:
    person: int
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class _Found:
    """Which alarms a reply is about, or why none."""

    outcome: str = ""
    alarms: Sequence[tables.Alarm] = ()
    about: int | None = None  # of one that is named and not taken
    words: dict[str, Any] = field(default_factory=dict)


async def answer(tx: Tx, reply: Reply, at: int) -> Said:
    """Do what somebody wrote, and keep it; whatever it is, it is kept and heard once.

    Args:
        tx: a writing transaction; the provider hears that we have it when it is committed.
        reply: as the provider gave it.
        at: domain time, of its arrival.
    """
    if await _is_known(tx, reply.provider, reply.id):
        return Said(is_new=False)
    who = await _who(tx, reply)
    written = wording.read(reply.text)
    if who is None:
        found = _Found("stranger")
    elif written.act is None:
        who, found = await _of_number(tx, reply, who, at)
    else:
        found = await _meant(tx, who, written)
    return await _done(tx, reply, who, written, found, at)


async def keyed(tx: Tx, receipt: Pressed, at: int) -> Said | None:
    """Do what the key says that was pressed during a call: 1 going, 2 seen. None: no key of a call of ours.

    Nothing is written back: the voice that asked for the key has said what it does.
    """
    if not receipt.key:
        return None
    notice = await receipts.notice_of(tx, receipt.provider, receipt.message_id, receipt.out_id)
    if notice is None:
        return None
    reply_id = f"key/{receipt.message_id or receipt.out_id}/{receipt.key}"
    if await _is_known(tx, receipt.provider, reply_id):
        return Said(is_new=False)
    who = await _by_notice(tx, notice)
    written = wording.read(receipt.key)
    found = await _together(tx, who, notice.alarm) if written.act else _Found("unclear", about=notice.alarm)
    pressed = _Reply(receipt.provider, receipt.address or notice.sent_to, receipt.key, receipt.at, reply_id)
    return await _done(tx, pressed, who, written, found, at, way=CALL)


async def at_gateway(tx: Tx, reply: Reply, alarm: int, at: int) -> Said:
    """Do what somebody answered to the text that a gateway's own guard sent of this alarm, while nobody heard it.

    How long they need counts from when they wrote: whoever should be there by now is awaited for a moment, and then others are
    called on. Nothing is written back: that box is not ours to send by, and its text has long been answered.
    """
    if await _is_known(tx, reply.provider, reply.id):
        return Said(is_new=False)
    who, written = await _who(tx, reply), wording.read(reply.text)
    if who is None:
        found = _Found("stranger", about=alarm)
    elif written.act is None:
        found = _Found("unclear", about=alarm)
    else:
        found = await _together(tx, who, alarm)
    return await _done(tx, reply, who, _from_now(written, reply.at, at), found, at, way=GATEWAY)


def _from_now(written: Written, said_at: int, at: int) -> Written:
    """With the minutes that are left of those that somebody said some time ago; none that nobody may say are made good."""
    eta_min = USUAL_ETA_MIN if written.eta_min is None else written.eta_min
    if written.act != "going" or not SHORTEST_ETA_MIN <= eta_min <= LONGEST_ETA_MIN:
        return written
    gone_min = max(0, at - said_at) // MINUTE_MS
    return replace(written, eta_min=max(SHORTEST_ETA_MIN, eta_min - gone_min))


# -- who, and which ------------------------------------------------------------------------------------------------------


async def _is_known(tx: Tx, provider: str, reply_id: str) -> bool:
    row = tables.NoticeReply
    query = select(row.id).where(row.provider == provider[:40], row.reply_id == reply_id[:200])
    return await tx.scalar(query) is not None


async def _who(tx: Tx, reply: Reply) -> _Who | None:
    """Whose number or id it is; of several, whoever was told last."""
    person, phone, notice = tables.Person, tables.Phone, tables.Notice
    own = select(phone.person).where(phone.phone_number == _number(reply.number))
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


async def _by_notice(tx: Tx, notice: tables.Notice) -> _Who:
    row = await tx.get(tables.Person, int(notice.person)) if notice.person.isdecimal() else None
    return await _known(tx, row) if row else _Who(0, notice.person, notice.language)


async def _known(tx: Tx, row: tables.Person) -> _Who:
    wish = (await ways.wishes(tx, [row.id])).get(row.id)
    return _Who(row.id, row.name, wish.language if wish else "zh")


async def _of_number(tx: Tx, reply: Reply, who: _Who, at: int) -> tuple[_Who, _Found]:
    """Whose number it is, and what they said of it; else nobody knows what they mean."""
    said = await numbered.answer(tx, reply.provider, _number(reply.number), who.person, reply.text, at)
    if said is None:
        return who, _Found("unclear")
    outcome, person = said
    if person != who.person:  # two people have this number, and the question named the other
        who = await _known(tx, await tx.get_one(tables.Person, person))
    return who, _Found(outcome, words={"name": who.name})


async def _meant(tx: Tx, who: _Who, written: Written) -> _Found:
    """The alarm whose code they wrote, else the only one that is open for them."""
    told = await _told(tx, who)
    if not written.codes:
        return await _only(tx, who, [alarm for alarm in told if alarm.state not in _OVER])
    numbers = [number for code in written.codes if (number := await codes.alarm_with(tx, code)) is not None]
    if not numbers:
        return _Found("unknown", words={"code": written.codes[0]})
    if len(set(numbers)) > 1:
        return _Found("which", words=_several(list(written.codes)))
    alarm = await tx.get_one(tables.Alarm, numbers[0])
    if alarm.id not in {each.id for each in told}:
        return _Found("not_yours", about=alarm.id, words={"code": alarm.code})
    return await _together(tx, who, alarm.id)


async def _told(tx: Tx, who: _Who) -> list[tables.Alarm]:
    """The alarms of which they were called, the newest last."""
    theirs = select(tables.Notice.alarm).where(tables.Notice.person == str(who.person), tables.Notice.level > 0)
    query = select(tables.Alarm).where(tables.Alarm.id.in_(theirs), tables.Alarm.state != AlarmState.CLOSED.value)
    return list(await tx.scalars(query.order_by(tables.Alarm.id).with_for_update()))


async def _only(tx: Tx, who: _Who, told: Sequence[tables.Alarm]) -> _Found:
    if not told:
        return _Found("none")
    found = await _together(tx, who, told[0].id)
    if {alarm.id for alarm in told} <= {alarm.id for alarm in found.alarms}:
        return found
    return _Found("which", words=_several([alarm.code or str(alarm.id) for alarm in told]))


def _several(names: Sequence[str]) -> dict[str, Any]:
    return {"codes": "、".join(names[:4]), "code": names[0]}


async def _together(tx: Tx, who: _Who, number: int) -> _Found:
    """The alarm, with what the same message told of the same facility."""
    alarm, *others = await of_one_message(tx, who.person, number)
    if alarm.state in _OVER:
        return _Found("over", about=alarm.id, words={"code": alarm.code})
    return _Found(alarms=[alarm, *others], about=alarm.id)


async def of_one_message(tx: Tx, person: int, number: int) -> list[tables.Alarm]:
    """The alarm, with those of the same facility that the same message told them: one taking for each facility.

    All are locked by rising number, so that two people who answer of two of them wait for each other.
    """
    row, notice = tables.Alarm, tables.Notice
    folds = select(notice.fold).where(notice.alarm == number, notice.person == str(person), notice.fold != "")
    others = await tx.scalars(select(notice.alarm).where(notice.fold.in_(folds), notice.person == str(person)))
    query = select(row).where(row.id.in_({number, *others})).order_by(row.id).with_for_update()
    found = {each.id: each for each in await tx.scalars(query.execution_options(populate_existing=True))}
    alarm = found.pop(number)
    return [alarm, *(each for each in found.values() if each.facility == alarm.facility and each.state not in _OVER)]


# -- what is done ----------------------------------------------------------------------------------------------------------


async def _done(
    tx: Tx, reply: Reply, who: _Who | None, written: Written, found: _Found, at: int, *, way: str = ""
) -> Said:
    """Take the alarms, keep the reply, and let the answer wait for alerting; by a `way` of its own none goes back."""
    outcome, words = found.outcome, found.words
    taken: tuple[int, ...] = ()
    if found.alarms and who and written.act:
        eta_min = USUAL_ETA_MIN if written.eta_min is None else written.eta_min
        words = {"code": found.alarms[0].code, "name": who.name, "minutes": eta_min}
        outcome = written.act if SHORTEST_ETA_MIN <= eta_min <= LONGEST_ETA_MIN else "late"
        if outcome != "late":
            taken = await _take(tx, reply, who, written, [alarm.id for alarm in found.alarms], at, way)
    text = "" if way else wording.answer_of(outcome, who.language if who else "zh", **words)
    if text and await _is_enough(tx, reply.number, at):
        text = ""
    new = NewReply(
        provider=reply.provider[:40],
        reply_id=reply.id[:200],
        phone_number=_kept(_number(reply.number), 200),
        text=_kept(reply.text, receipts.LONGEST_TEXT),
        at=reply.at or at,
        received_at=at,
        alarm=found.about,
        person=who.name if who else "",
        outcome=outcome,
        text_back=text,
        text_back_state="waiting" if text else "",
    )
    await receipts.keep_reply(tx, new)
    return Said(True, outcome, taken, who.name if who else "", text)


async def _take(
    tx: Tx, reply: Reply, who: _Who, written: Written, alarms: Sequence[int], at: int, way: str
) -> tuple[int, ...]:
    assert written.act
    way = way or _WAYS.get(reply.provider, "sms")
    for number in alarms:
        note = "" if reply.text.strip() in {"1", "2"} else _kept(reply.text.strip(), LONGEST_NOTE)
        await take(tx, Act(number, written.act, who.name, at, eta_min=written.eta_min, note=note, way=way))
    return tuple(alarms)


async def _is_enough(tx: Tx, number: str, at: int) -> bool:
    row = tables.NoticeReply
    query = (
        select(func.count())
        .select_from(row)
        .where(row.phone_number == _kept(_number(number), 200), row.text_back != "")
    )
    return (await tx.scalar(query.where(row.received_at > at - DAY_MS)) or 0) >= MOST_A_DAY


def _number(written: str) -> str:
    """A telephone's number as the archive keeps it; a chat's id as it is."""
    try:
        return numbers.normal(written, "number")
    except BadInput:
        return written


def _kept(text: str, most: int) -> str:
    """What a column can hold: no control characters, no more than so many."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if is_plain(letter) else " " for letter in clean)[:most]
