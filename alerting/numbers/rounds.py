"""The one writer of questions: sees what came of those that were asked, and asks whoever's turn it is. Rows, no timers.

    every minute ─► what was heard, what is over ─► ended
                └─► by day ─► who is due, how many more today, is there money ─► may they be asked now? ─► written ─► sent ─► kept

Several processes may ask: an address has one open question, and the row is written before the message leaves.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from alerting.notify.channels import answer_of
from alerting.numbers.texts import message_of
from alerting.numbers.turns import (
    KEPT_BACK,
    PERSON_MS,
    allowance,
    channel_of,
    in_turn,
    is_day,
    is_open,
)
from alerting.settings import AlertingSection, NumbersSection
from alerting.shift import whole
from coldchain import clock, crash
from coldchain.archive import drills
from coldchain.archive.db import Archive, Tx
from coldchain.archive.duty import askable, nights, questions, ways
from coldchain.archive.duty.askable import Person
from coldchain.archive.duty.nights import Spot
from coldchain.archive.duty.questions import Gone, NewQuestion, Question, QuestionState
from coldchain.archive.duty.ways import QUARTER_MS, Known
from coldchain.archive.duty.words import WayKind
from coldchain.archive.facilities import calendar, days, sessions
from coldchain.archive.telling import attempts
from coldchain.archive.telling.attempts import Moment
from coldchain.backoff import delays
from coldchain.errors import ColdchainError
from coldchain.excursion import Severity
from coldchain.providers.outcome import Answer, Channel, Message, Verdict

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0
LATER_S: Final = 900.0  # where a provider does not say how long
FIRST_WAIT_S, MOST_WAIT_S = 0.5, 60.0
SECRET_BYTES: Final = 12
OURS: Final = "our."  # codes by which a channel refuses in its provider's stead: a template is missing, not a number
_HOUR_MS: Final = 3_600_000
_STATES: Final = {
    Verdict.ACCEPTED: QuestionState.ASKED,
    Verdict.UNKNOWN: QuestionState.ASKED,  # it may have gone out, and is not sent again for that
    Verdict.LATER: QuestionState.WAITING,
    Verdict.BROKEN: QuestionState.WITHDRAWN,
    Verdict.REFUSED: QuestionState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Quarterly:
    """How a site asks."""

    zone: ZoneInfo
    url: str = ""  # before a question's secret; empty: no links, and mailboxes cannot be asked
    fen_a_month: int | None = None  # what questions may cost; None: as much as they do
    news_fen_a_month: int | None = None  # what all news may cost: questions stop long before it is spent
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class Asking:
    """Where, by which ways, and how; `works` is what one round found of facilities."""

    archive: Archive
    ways: Mapping[str, Channel]  # those that lead to a named person
    how: Quarterly
    moment: Moment
    works: dict[str, bool] = field(default_factory=dict)


def quarterly_of(section: NumbersSection, alerting: AlertingSection) -> Quarterly:
    """How a site with these settings asks."""
    return Quarterly(
        ZoneInfo(alerting.time_zone),
        section.link_url,
        section.fen_a_month or None,
        alerting.fen_a_month or None,
        section.quarterly,
    )


async def work(archive: Archive, channels: Mapping[str, Channel], how: Quarterly) -> None:
    """Ask until cancelled, whatever fails on the way."""
    waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
    while True:
        try:
            await look(archive, channels, how, Moment(clock.now(), clock.wall() / 1000))
            waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
            await asyncio.sleep(EVERY_S)
        except ColdchainError as error:
            log.warning("nobody is asked for their number: %s", error)
            await asyncio.sleep(next(waits))


async def look(archive: Archive, channels: Mapping[str, Channel], how: Quarterly, moment: Moment) -> int:
    """One round: what came of questions, then whoever is to be asked now; returns how many messages left.

    Raises:
        Unavailable: the archive is not there.
    """
    await whole(_follow(archive, moment))
    own = {name: way for name, way in channels.items() if way.names_person}
    if not (how.is_on and is_day(moment.at, how.zone) and any(channel_of(kind, list(own)) for kind in WayKind)):
        return 0
    asking = Asking(archive, own, how, moment)
    async with archive.reading() as tx:
        if await _is_dear(tx, asking):
            return 0
        people = await askable.people(tx, moment.at)
        again = await _again(tx, asking, people)
        due = await _due(tx, asking, people)
    left = 0
    for question in again:
        left += await whole(_send(asking, question, people[question.person]))
    for new in due:
        left += await whole(_ask(asking, new, people[new.person]))
    return left


async def _follow(archive: Archive, moment: Moment) -> None:
    async with archive.writing() as tx:
        await questions.follow(tx, moment.at, moment.wall_s)


# -- whose turn it is ----------------------------------------------------------------------------------------------------------


async def _due(tx: Tx, asking: Asking, people: Mapping[int, Person]) -> list[NewQuestion]:
    """Those who are asked now, no more than the hour may have; nobody, and no address, twice."""
    at = asking.moment.at
    asked = await questions.since(tx, at - QUARTER_MS)
    known = await ways.known(tx, list(people))
    everything = [each for its in known.values() for each in its]
    free = allowance(len(everything), *_lately(asked, asking))
    by_way = questions.by_way(asked)
    resting = {each.person for each in asked if each.sent_at > at - PERSON_MS}
    busy = {each.sent_to for each in asked if each.state.is_open}
    found: list[NewQuestion] = []
    for each in in_turn([each for each in everything if each.is_due(at) and _may_come(each, by_way, asking)]):
        if len(found) >= free:
            break
        channel = channel_of(each.kind, list(asking.ways))
        if channel is None or each.person in resting or each.address in busy:
            continue
        if await _is_free(tx, asking, people[each.person]) and not await _is_used(tx, asking, channel, each.address):
            resting.add(each.person)
            busy.add(each.address)
            language = people[each.person].language
            found.append(
                NewQuestion(
                    person=each.person, kind=each.kind, sent_to=each.address, channel=channel, language=language
                )
            )
    return found


def _lately(asked: Sequence[Question], asking: Asking) -> tuple[int, int]:
    """How many were asked today, and within the hour."""
    at = asking.moment.at
    first = days.begins(days.day_of(at, asking.how.zone), asking.how.zone)
    return sum(each.sent_at >= first for each in asked), sum(each.sent_at > at - _HOUR_MS for each in asked)


def _may_come(known: Known, asked: Mapping[tuple[int, str, str], Sequence[Question]], asking: Asking) -> bool:
    """True when nothing about the address itself stands against it; a mailbox is answered behind a link alone."""
    if known.kind is WayKind.MAIL and not asking.how.url:
        return False
    its = asked.get((known.person, known.kind.value, ways.fingerprint(known.address)), ())
    return not askable.rests(known, its, asking.moment.at)


async def _is_free(tx: Tx, asking: Asking, person: Person) -> bool:
    """True when they are at work, and nothing is going on for which they are needed."""
    if person.facility not in asking.works:
        asking.works[person.facility] = await _works(tx, asking, person.facility)
    return asking.works[person.facility] and not await askable.is_busy(tx, person.id, asking.moment.at)


async def _works(tx: Tx, asking: Asking, facility: str) -> bool:
    """True in working hours that are nobody's quiet hours, while nothing loud goes on there."""
    at, zone = asking.moment.at, asking.how.zone
    day = days.day_of(at, zone)
    held = await sessions.held(tx, facility, day, day, zone)
    working = () if held else await calendar.working_days(tx, facility, day, day)
    if not is_open(held, working, at, zone):
        return False
    spot = Spot(None, facility, Severity.WARNING)
    if (await nights.nights(tx, [spot], at, zone))[spot].is_now:
        return False
    return await drills.real_alarm(tx, facility) is None


async def _is_used(tx: Tx, asking: Asking, channel: str, address: str) -> bool:
    """True when this address had a message lately: what its provider still allows is for alarms."""
    limits = asking.ways[channel].per_address
    if not limits:
        return False
    wall_s = asking.moment.wall_s
    longest_s = max(limit.within_s for limit in limits)
    return bool(await attempts.sent_since(tx, [(channel, address)], wall_s - longest_s, wall_s))


async def _is_dear(tx: Tx, asking: Asking) -> bool:
    """True when the month has no money for questions: they are the first that a cap drops."""
    how = asking.how
    start = days.month_begins(round(asking.moment.wall_s * 1000), how.zone) / 1000
    if how.fen_a_month is not None and await questions.cost_since(tx, start) >= how.fen_a_month:
        return True
    if how.news_fen_a_month is None:
        return False
    return await attempts.cost_since(tx, start) * KEPT_BACK >= how.news_fen_a_month


async def _again(tx: Tx, asking: Asking, people: Mapping[int, Person]) -> list[Question]:
    """Those that surely did not go out, of whoever may be asked now."""
    found = []
    for each in await questions.waiting(tx, asking.moment.wall_s):
        person = people.get(each.person)
        if person is not None and await _is_free(tx, asking, person):
            found.append(each)
    return found


# -- one question -----------------------------------------------------------------------------------------------------------------


async def _ask(asking: Asking, new: NewQuestion, person: Person) -> bool:
    async with asking.archive.writing() as tx:
        question = await questions.ask(tx, new, asking.moment.at)
    return question is not None and await _send(asking, question, person)


async def _send(asking: Asking, question: Question, person: Person) -> bool:
    """Write that it leaves, let it leave, and keep what was said; False when another process does."""
    at, wall_s, url = asking.moment.at, asking.moment.wall_s, asking.how.url
    secret = secrets.token_urlsafe(SECRET_BYTES) if url else ""
    async with asking.archive.writing() as tx:
        if not await questions.leave(tx, question.id, questions.digest_of(secret), at, wall_s):
            return False
    crash.point("numbers.after_leave")
    answer = await _answer(asking.ways.get(question.channel), message_of(question, person.name, url and url + secret))
    crash.point("numbers.after_send")
    async with asking.archive.writing() as tx:
        await questions.left(tx, question.id, _gone(answer, wall_s), at)
    return True


async def _answer(way: Channel | None, message: Message) -> Answer:
    if way is None:
        return Answer(Verdict.BROKEN, "our.closed", "this way is open no more")
    return await answer_of(way.name, way.send(message))


def _gone(answer: Answer, wall_s: float) -> Gone:
    state = _STATES[answer.verdict]
    if answer.verdict is Verdict.REFUSED and answer.code.startswith(OURS):
        state = QuestionState.WITHDRAWN  # a template is missing: nothing is known of the number
    if not state.is_open:
        log.warning("a question by its way did not go out: %s %s", answer.code, answer.words)
    try_after = wall_s + (answer.retry_after_s or LATER_S) if state is QuestionState.WAITING else None
    return Gone(state, answer.verdict.value, answer.message_id, answer.code, answer.words, answer.cost_fen, try_after)
