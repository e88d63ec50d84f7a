"""What providers and people say of a message afterwards. It may come twice, late, forged or never: a hint, not an answer.

A receipt changes no alarm. One that says that nobody was reached lets the ladder be looked at, for the next path follows at
once; one that says that somebody was reached slows nothing. The same receipt twice changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import case, func, or_, select

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.duty import questions
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.telling import climbing

OUT_ID: Final = "n"  # our id of a message: n and the notice's number
LONGEST_TEXT: Final = 500  # of what somebody wrote
# Of several receipts of one message the one furthest on counts, in whatever order they come.
_ORDER: Final = ("", "delivered", "read", "failed", "rang_out", "answered", "keyed")
FAILED: Final = frozenset({"failed", "rang_out"})
_REACHED: Final = frozenset({"delivered", "read", "answered", "keyed"})


class NewReceipt(Record, frozen=True, kw_only=True):
    """What a provider says of one message; `state` is one of delivered, failed, read, answered, rang_out, keyed."""

    provider: str
    state: str
    at: int
    message_id: str = ""
    out_id: str = ""
    address: str = ""
    code: str = ""
    words: str = ""
    key: str = ""


class KeptReceipt(Record, frozen=True, kw_only=True):
    """A receipt that was new, with the notice that it is about."""

    receipt: NewReceipt
    notice: int | None
    alarm: int | None
    person: str = ""


class NewReply(Record, frozen=True, kw_only=True):
    """What somebody wrote or pressed, and what came of it."""

    provider: str
    reply_id: str
    phone_number: str
    text: str
    at: int
    received_at: int
    alarm: int | None = None
    person: str = ""
    outcome: str = ""
    text_back: str = ""  # the text that goes back to them …
    text_back_state: str = ""  # … waiting | leaving | told | refused; empty: there is none


class Reply(NewReply, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int


def out_id(notice: int) -> str:
    """What we call the message of a notice: the same however often it is sent."""
    return f"{OUT_ID}{notice}"


async def keep(tx: Tx, receipts: Sequence[NewReceipt], received_at: int) -> list[KeptReceipt]:
    """Keep what providers said; returns what was new. What is about no message of ours is kept too, and changes nothing."""
    found, unreached = [], []
    for each in receipts:
        notice = await notice_of(tx, each.provider, each.message_id, each.out_id)
        if await _is_known(tx, each):
            continue
        await _insert(tx, each, notice, received_at)
        its = [] if notice is None else await _of_message(tx, notice)
        for row in its:
            _note(row, each)
        found.append(_kept(each, notice))
        unreached += [row.alarm for row in its if each.state in FAILED]
    await tx.flush()
    await climbing.look_at(tx, unreached, received_at)
    return found


def _kept(receipt: NewReceipt, notice: tables.Notice | None) -> KeptReceipt:
    if notice is None:
        return KeptReceipt(receipt=receipt, notice=None, alarm=None)
    return KeptReceipt(receipt=receipt, notice=notice.id, alarm=notice.alarm, person=notice.person)


async def notice_of(tx: Tx, provider: str, message_id: str, out_id: str) -> tables.Notice | None:
    """By the provider's id of the message, or by ours; only of that channel: what another forges is about nothing."""
    attempt, number = tables.NoticeAttempt, _number(out_id, OUT_ID)
    ways = []
    if number is not None:
        ways.append(attempt.notice == number)
    if message_id:
        ways.append(attempt.provider_id == message_id)
    if not ways:
        return None
    query = select(attempt.notice).where(attempt.channel == provider, or_(*ways)).order_by(attempt.id.desc())
    found = await tx.scalar(query.limit(1))
    return None if found is None else await tx.get_one(tables.Notice, found, with_for_update=True)


async def went_to(tx: Tx, channel: str, out_id: str) -> str:
    """The address that a message of ours went to by this channel, a notice or a question; empty where none is called so."""
    notice = await notice_of(tx, channel, "", out_id)
    if notice is not None:
        return notice.sent_to
    row, number = tables.WayQuestion, _number(out_id, questions.OUT_ID)
    return await tx.scalar(select(row.sent_to).where(row.id == number, row.channel == channel)) or ""


def _number(out_id: str, letter: str) -> int | None:
    """The row's number in our id of a message; None where it is no such id."""
    number = out_id.removeprefix(letter)
    return int(number) if number != out_id and number.isascii() and number.isdigit() and len(number) < 10 else None


async def _of_message(tx: Tx, notice: tables.Notice) -> list[tables.Notice]:
    """The notice, with all that its message told along: whom it reached was reached for each of them."""
    if not notice.fold:
        return [notice]
    row = tables.Notice
    query = select(row).where(row.fold == notice.fold).order_by(row.id).with_for_update()
    return list(await tx.scalars(query))


async def _is_known(tx: Tx, receipt: NewReceipt) -> bool:
    row = tables.NoticeReceipt
    query = select(row.id).where(row.provider == receipt.provider, row.provider_id == receipt.message_id)
    query = query.where(row.out_id == receipt.out_id, row.state == receipt.state, row.pressed == receipt.key)
    return await tx.scalar(query) is not None


async def _insert(tx: Tx, receipt: NewReceipt, notice: tables.Notice | None, received_at: int) -> None:
    values = {
        "provider": receipt.provider,
        "provider_id": receipt.message_id[:200],
        "out_id": receipt.out_id[:64],
        "state": receipt.state,
        "at": receipt.at or received_at,
        "sent_to": receipt.address[:200],
        "provider_code": receipt.code[:200],
        "answer": receipt.words[:LONGEST_TEXT],
        "pressed": receipt.key[:40],
    }
    check_texts("notice_receipt", values)
    row = tables.NoticeReceipt(**values, notice=notice.id if notice else None, received_at=received_at)
    tx.add(row)
    await tx.flush()
    audit.decided(tx, By(MACHINE, received_at), receipt.state, [row])


def _note(notice: tables.Notice, receipt: NewReceipt) -> None:
    if _rank(receipt.state) >= _rank(notice.receipt_state):
        notice.receipt_state, notice.receipt_at = receipt.state, receipt.at or notice.told_at


def _rank(state: str) -> int:
    return _ORDER.index(state) if state in _ORDER else 0


async def keep_reply(tx: Tx, reply: NewReply) -> Reply | None:
    """Keep what somebody answered, with what came of it; None when this very reply is there already."""
    check_texts("notice_reply", {"text": reply.text, "phone_number": reply.phone_number, "outcome": reply.outcome})
    values = {name: getattr(reply, name) for name in reply.__struct_fields__}
    query = select(tables.NoticeReply).where(
        tables.NoticeReply.provider == reply.provider, tables.NoticeReply.reply_id == reply.reply_id
    )
    if await tx.scalar(query) is not None:
        return None
    row = tables.NoticeReply(**values)
    tx.add(row)
    await tx.flush()
    audit.decided(tx, By(reply.person or MACHINE, reply.received_at), "replied", [row])
    return record_of(row, Reply)


class Unheard(Record, frozen=True, kw_only=True):
    """A message that a provider took, and of which nobody has said anything since."""

    out_id: str
    channel: str
    sent_to: str
    provider_id: str
    sent_s: float


async def unheard(tx: Tx, channels: Collection[str], since_s: float, limit: int) -> list[Unheard]:
    """Messages by these channels since then that nothing was heard of, the newest first; then questions about numbers."""
    attempt, notice = tables.NoticeAttempt, tables.Notice
    columns = (attempt.notice, attempt.channel, attempt.sent_to, attempt.provider_id, attempt.sent_s)
    query = select(*columns).join(notice, notice.id == attempt.notice)
    query = query.where(attempt.sent_s > since_s, attempt.channel.in_(sorted(channels)), notice.receipt_state == "")
    query = query.where(attempt.verdict == "accepted").order_by(attempt.id.desc()).limit(limit)
    found = _as_unheard(out_id, await tx.execute(query))
    return found + await _unheard_questions(tx, channels, since_s, limit - len(found))


async def _unheard_questions(tx: Tx, channels: Collection[str], since_s: float, limit: int) -> list[Unheard]:
    """Those that were asked, and of which no provider has said anything; an answer is asked of nobody but the person."""
    row, heard = tables.WayQuestion, tables.NoticeReceipt
    columns = (row.id, row.channel, row.sent_to, row.provider_id, row.sent_s)
    query = select(*columns).where(row.state == questions.QuestionState.ASKED, row.sent_s > since_s)
    query = query.where(row.verdict == "accepted", row.channel.in_(sorted(channels))).order_by(row.id.desc())
    asked = _as_unheard(questions.out_id, await tx.execute(query.limit(max(0, limit))))
    if not asked:
        return []
    about = heard.notice.is_(None) & (
        heard.out_id.in_([each.out_id for each in asked])
        | heard.provider_id.in_([each.provider_id for each in asked if each.provider_id])
    )
    names = await tx.execute(select(heard.provider, heard.out_id, heard.provider_id).where(about))
    known = {(provider, name) for provider, ours, theirs in names for name in (ours, theirs)}
    return [
        each
        for each in asked
        if not {(each.channel, each.out_id), (each.channel, each.provider_id or each.out_id)} & known
    ]


def _as_unheard(name: Callable[[int], str], rows: Iterable[tuple[int, str, str, str, float]]) -> list[Unheard]:
    return [
        Unheard(out_id=name(number), channel=channel, sent_to=sent_to, provider_id=provider_id, sent_s=sent_s)
        for number, channel, sent_to, provider_id, sent_s in rows
    ]


async def never_answer(tx: Tx, since: int, times: int) -> list[tuple[str, str, int]]:
    """(channel, address, how often): tried at least so often since then, and never was anybody reached there."""
    row = tables.Notice
    failed = func.sum(case((row.receipt_state.in_(FAILED), 1), else_=0))
    reached = func.sum(case((row.receipt_state.in_(_REACHED), 1), else_=0))
    query = select(row.channel, row.sent_to, failed).where(row.created_at >= since, row.sent_to != "")
    query = query.where(row.tries > 0)  # a message counts once, however many alarms it told of
    query = query.group_by(row.channel, row.sent_to).having(failed >= times, reached == 0)
    return [(each[0], each[1], int(each[2])) for each in await tx.execute(query.order_by(row.channel, row.sent_to))]
