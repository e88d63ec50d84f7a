"""An alarm's whole story, for whoever shows it: every message with its tries and what was said of it, replies, names.

alarm ─► notices ─► attempts, receipts   ┐
      └► replies                         ┴─► story, read in one snapshot; nothing here changes anything
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import or_, select

from coldchain.archive import alarms, tables
from coldchain.archive.db import Tx
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.facilities import contacts
from coldchain.archive.telling import at_edge, receipts
from coldchain.archive.telling.notices import CLAIMED, TOLD, UNKNOWN
from coldchain.archive.telling.receipts import Reply

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
    """All that was said about an alarm; `names` are of the people that notices name by their number."""

    messages: list[Message]
    replies: list[Reply]
    names: dict[str, str]
    at_edge: list[EdgeNotice] = field(default_factory=list)  # what the gateway's own guard said of it


@dataclass(frozen=True, slots=True)
class Told:
    """A person who was told of an alarm."""

    person: int
    name: str


async def story(tx: Tx, alarm: int) -> Story:
    """Everything about one alarm, the oldest first."""
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
    messages = [Message(each, tries[each.id], said[each.id]) for each in notices]
    names = await _names(tx, {each.person for each in notices})
    edge = await at_edge.of_alarms(tx, list((await alarms.alarms(tx, [alarm])).values()))
    return Story(messages, await receipts.replies(tx, alarm), names, edge.get(alarm, []))


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
    row = tables.Person
    found = await tx.execute(select(row.id, row.name).where(row.id.in_(numbers)))
    return {str(each[0]): each[1] for each in found}
