"""An alarm's whole story: the one reader of the command line, the API, the page and a dossier's evidence.

alarm ─► arrows · cases it was about    ┐
      ├► notices ─► attempts, receipts  ├─► story, read in one snapshot ─► `in_order`: everything as it happened
      ├► replies                        │
      └► what the gateway said itself   ┘      nothing here changes anything
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlalchemy import or_, select

from coldchain.archive import tables, views
from coldchain.archive.db import Tx
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.facilities import contacts, persons
from coldchain.archive.telling import at_edge
from coldchain.archive.telling.notices import CLAIMED, TOLD, UNKNOWN

LINK_LASTS_MS: Final = 24 * 60 * 60_000  # after the alarm is over
LAST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person, each try to send it, and what its provider said afterwards."""

    notice: tables.Notice
    attempts: list[tables.NoticeAttempt] = field(default_factory=list)
    receipts: list[tables.NoticeReceipt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Story:
    """All that was said about an alarm; `names` are of the people that notices and replies name by their number."""

    cases: list[str]  # the excursions that it was ever about, the first first
    steps: list[tables.Transition]
    messages: list[Message]
    replies: list[tables.NoticeReply]
    names: dict[str, str]
    at_edge: list[EdgeNotice] = field(default_factory=list)  # what the gateway's own guard said of any of its cases

    @property
    def cost_fen(self) -> int:
        """What all of it cost: each try that was paid for, once."""
        return sum(try_.cost_fen for message in self.messages for try_ in message.attempts)


@dataclass(frozen=True, slots=True)
class Sent:
    """A try to send a message."""

    message: Message
    attempt: tables.NoticeAttempt


@dataclass(frozen=True, slots=True)
class Heard:
    """What a provider said of a message afterwards."""

    message: Message
    receipt: tables.NoticeReceipt


What: TypeAlias = tables.Transition | Message | Sent | Heard | tables.NoticeReply | EdgeNotice


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; a message is an event of its own only where nothing was tried: it was folded, or dropped."""

    at: int
    what: What


@dataclass(frozen=True, slots=True)
class Told:
    """A person who was told of an alarm."""

    person: int
    name: str


async def story(tx: Tx, alarm: int) -> Story:
    """Everything about one alarm, the oldest first."""
    messages = await _messages(tx, alarm)
    reply = tables.NoticeReply
    replies = list(await tx.scalars(select(reply).where(reply.alarm == alarm).order_by(reply.id)))
    cases = await cases_of(tx, alarm)
    return Story(
        cases=cases,
        steps=await views.transitions(tx, [alarm]),
        messages=messages,
        replies=replies,
        names=await _names(tx, {each.notice.person for each in messages}),
        at_edge=await _at_edge(tx, cases),
    )


async def cases_of(tx: Tx, alarm: int) -> list[str]:
    """The excursions that an alarm was ever about, by when they began."""
    row, folded = tables.Excursion, tables.FoldedCase
    last = select(tables.Alarm.excursion).where(tables.Alarm.id == alarm)
    before = select(folded.excursion).where(folded.alarm == alarm)
    query = select(row.id).where(or_(row.id.in_(last), row.id.in_(before)))
    return list(await tx.scalars(query.order_by(row.first_bad, row.id)))


def in_order(told: Story) -> list[Event]:
    """Everything as it happened; of what happened at one moment, the arrow first, then what was sent, then what was heard."""
    events = [Event(each.at, each) for each in told.steps]
    for message in told.messages:
        if not message.attempts:
            events.append(Event(message.notice.told_at or message.notice.created_at, message))
        events += [Event(each.at, Sent(message, each)) for each in message.attempts]
    for message in told.messages:
        events += [Event(each.at, Heard(message, each)) for each in message.receipts]
    events += [Event(each.at, each) for each in told.replies]
    events += [Event(each.at, each) for each in told.at_edge]
    return sorted(events, key=lambda event: event.at)  # which is stable


async def _messages(tx: Tx, alarm: int) -> list[Message]:
    row = tables.Notice
    notices = list(await tx.scalars(select(row).where(row.alarm == alarm).order_by(row.id)))
    numbers = [each.id for each in notices]
    tries: dict[int, list[tables.NoticeAttempt]] = defaultdict(list)
    attempt = tables.NoticeAttempt
    for try_ in await tx.scalars(select(attempt).where(attempt.notice.in_(numbers)).order_by(attempt.id)):
        tries[try_.notice].append(try_)
    said: dict[int | None, list[tables.NoticeReceipt]] = defaultdict(list)
    receipt = tables.NoticeReceipt
    for each in await tx.scalars(select(receipt).where(receipt.notice.in_(numbers)).order_by(receipt.at, receipt.id)):
        said[each.notice].append(each)
    return [Message(each, tries[each.id], said[each.id]) for each in notices]


async def _at_edge(tx: Tx, cases: list[str]) -> list[EdgeNotice]:
    """What gateways said of these cases, each event once, though the cases lie close to each other."""
    found: dict[EdgeNotice, None] = {}
    for said in (await at_edge.of_cases(tx, cases)).values():
        found |= dict.fromkeys(said)
    return sorted(found, key=lambda event: event.at)


async def by_link(tx: Tx, code: str, at: int) -> int | None:
    """The alarm that a link's code opens at this time: an hour ago's is still there, last week's is not."""
    row = tables.Alarm
    query = select(row.id, row.ended_at).where(row.code == code).order_by(row.id.desc()).limit(1)
    found = (await tx.execute(query)).first()
    if found is None or (found[1] is not None and found[1] + LINK_LASTS_MS <= at):
        return None
    return int(found[0])


async def told_with(tx: Tx, alarm: int, digits: str) -> list[Told]:
    """Who was told of this alarm and has a number that ends in these digits: one, or nobody may act by them."""
    row = tables.Notice
    query = select(row.person).where(row.alarm == alarm, or_(row.state.in_((TOLD, CLAIMED, UNKNOWN)), row.tries > 0))
    people = [int(each) for each in set(await tx.scalars(query)) if _is_number(each)]
    if len(digits) != LAST_DIGITS or not people:
        return []
    phones = await contacts.phones_of(tx, people)
    theirs = {person for person, its in phones.items() if any(_ends_in(each.phone_number, digits) for each in its)}
    names = await _names(tx, {str(person) for person in theirs})
    return [Told(person, names[str(person)]) for person in sorted(theirs) if str(person) in names]


def _ends_in(number: str, digits: str) -> bool:
    """Of the number itself, without the extension behind it."""
    return number.partition(";ext=")[0].endswith(digits)


def _is_number(person: str) -> bool:
    return person.isascii() and person.isdigit()


async def _names(tx: Tx, people: Iterable[str]) -> dict[str, str]:
    numbers = [int(each) for each in people if _is_number(each)]
    return {str(number): name for number, name in (await persons.names(tx, numbers)).items()}
