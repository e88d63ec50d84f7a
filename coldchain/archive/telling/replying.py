"""What people answer to an alarm, whatever the way: a text, a card's button, a key during a call. One meaning, one door.

    reply ─► `meant`: who, and which alarm ─► `together` ─► kept, with what came of it
                                                      └─► one text goes back

What cannot be understood or allowed is kept as well, changes nothing, and is answered with what would be understood. A provider that
calls twice is heard once. The text waits in the reply's own row until alerting sends it: once, or never where nobody can.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from sqlalchemy import func, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import is_plain
from coldchain.archive.telling import receipts, together, wording
from coldchain.archive.telling.meant import (
    Found,
    Reply,
    Who,
    alarm_meant,
    by_notice,
    named,
    number_of,
    of_number,
    one_of,
    who_wrote,
)
from coldchain.archive.telling.receipts import NewReply
from coldchain.archive.telling.taking import LONGEST_ETA_MIN, LONGEST_NOTE, SHORTEST_ETA_MIN, USUAL_ETA_MIN, Act
from coldchain.archive.telling.wording import Written

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
MOST_A_DAY: Final = 10  # texts that go back to one number: what answers our answers by itself is not answered for ever
CALL: Final = "call"
GATEWAY: Final = "gateway"
_WAYS: Final = {"wecom": "card", "wechat": "card"}


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
    # going, seen; number_yes, number_no; or why nothing was changed: stranger, unclear, which, none, unknown, …
    outcome: str = ""
    alarms: tuple[int, ...] = ()  # that were taken
    person: str = ""
    text: str = ""  # that goes back; empty: none does

    @property
    def is_taken(self) -> bool:
        """True when an alarm was changed, or stood so already."""
        return bool(self.alarms)


async def answer(tx: Tx, reply: Reply, at: int) -> Said:
    """Do what somebody wrote, and keep it; whatever it is, it is kept and heard once.

    Args:
        tx: a writing transaction; the provider hears that we have it when it is committed.
        reply: as the provider gave it.
        at: domain time, of its arrival.
    """
    if await _is_known(tx, reply.provider, reply.id):
        return Said(is_new=False)
    who = await who_wrote(tx, reply)
    written = wording.read(reply.text)
    if who is None:
        found = Found("stranger")
    elif written.act is None:
        who, found = await of_number(tx, reply, who, at)
    else:
        found = await alarm_meant(tx, who, written)
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
    who = await by_notice(tx, notice)
    written = wording.read(receipt.key)
    found = Found("unclear", about=notice.alarm)
    if written.act:
        found = one_of(await together.of_one_message(tx, notice.alarm, str(who.person)), who, written)
    pressed = _Reply(receipt.provider, receipt.address or notice.sent_to, receipt.key, receipt.at, reply_id)
    return await _done(tx, pressed, who, written, found, at, way=CALL)


async def at_gateway(tx: Tx, reply: Reply, alarm: int, at: int) -> Said:
    """Do what somebody answered to the text that a gateway's own guard sent of this alarm, while nobody heard it.

    How long they need counts from when they wrote: whoever should be there by now is awaited for a moment, and then others are
    called on. Nothing is written back: that box is not ours to send by, and its text has long been answered.
    """
    if await _is_known(tx, reply.provider, reply.id):
        return Said(is_new=False)
    who, written = await who_wrote(tx, reply), wording.read(reply.text)
    if who is None:
        found = Found("stranger", about=alarm)
    elif written.act is None:
        found = Found("unclear", about=alarm)
    else:
        found = await named(tx, who, alarm)
    return await _done(tx, reply, who, _from_now(written, reply.at, at), found, at, way=GATEWAY)


def _from_now(written: Written, said_at: int, at: int) -> Written:
    """With the minutes that are left of those that somebody said some time ago; none that nobody may say are made good."""
    eta_min = USUAL_ETA_MIN if written.eta_min is None else written.eta_min
    if written.act != "going" or not SHORTEST_ETA_MIN <= eta_min <= LONGEST_ETA_MIN:
        return written
    gone_min = max(0, at - said_at) // MINUTE_MS
    return replace(written, eta_min=max(SHORTEST_ETA_MIN, eta_min - gone_min))


async def _is_known(tx: Tx, provider: str, reply_id: str) -> bool:
    row = tables.NoticeReply
    query = select(row.id).where(row.provider == provider[:40], row.reply_id == reply_id[:200])
    return await tx.scalar(query) is not None


# -- what is done ----------------------------------------------------------------------------------------------------------


async def _done(
    tx: Tx, reply: Reply, who: Who | None, written: Written, found: Found, at: int, *, way: str = ""
) -> Said:
    """Take the alarms, keep the reply, and let the answer wait for alerting; by a `way` of its own none goes back."""
    outcome, words = found.outcome, found.words
    taken: tuple[int, ...] = ()
    if not found.outcome and who and written.act:
        eta_min = USUAL_ETA_MIN if written.eta_min is None else written.eta_min
        words = words | {"name": who.name, "minutes": eta_min}
        outcome = written.act if SHORTEST_ETA_MIN <= eta_min <= LONGEST_ETA_MIN else "late"
        if outcome != "late":
            taken = await _take(tx, reply, who, written, found, at, way)
    text = "" if way else wording.answer_of(outcome, who.language if who else "zh", **words)
    if text and await _is_enough(tx, reply.number, at):
        text = ""
    new = NewReply(
        provider=reply.provider[:40],
        reply_id=reply.id[:200],
        phone_number=_kept(number_of(reply.number), 200),
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


async def _take(tx: Tx, reply: Reply, who: Who, written: Written, found: Found, at: int, way: str) -> tuple[int, ...]:
    assert found.about
    assert written.act
    note = "" if reply.text.strip() in {"1", "2"} else _kept(reply.text.strip(), LONGEST_NOTE)
    way = way or _WAYS.get(reply.provider, "sms")
    act = Act(found.about, written.act, who.name, at, eta_min=written.eta_min, note=note, way=way)
    return tuple(alarm.id for alarm in await together.take_with(tx, act, found.others))


async def _is_enough(tx: Tx, number: str, at: int) -> bool:
    row = tables.NoticeReply
    query = (
        select(func.count())
        .select_from(row)
        .where(row.phone_number == _kept(number_of(number), 200), row.text_back != "")
    )
    return (await tx.scalar(query.where(row.received_at > at - DAY_MS)) or 0) >= MOST_A_DAY


def _kept(text: str, most: int) -> str:
    """What a column can hold: no control characters, no more than so many."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if is_plain(letter) else " " for letter in clean)[:most]
