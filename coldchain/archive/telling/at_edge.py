"""What gateways said of an alarm's excursion while nobody heard them: who was told there, and need not be told again here.

    excursion (channel, span) ─► edge notices whose anchor lies in it ─┬─► story, and alerting's dedup
                                                                       └─► what people answered ─► `replying`: taking

A gateway judges by its own limits, so its anchor may lie a little before the server's first bad reading.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.arrows import Alarm
from coldchain.archive.db import Tx
from coldchain.archive.edge import REACHED, EdgeNotice, edge_notices
from coldchain.excursion import AlarmState

EARLIER_MS: Final = 30 * 60_000  # a limit of the box's own may be passed so long before the server's
REPLIED: Final = "replied"
_OVER: Final = tuple(state.value for state in AlarmState if state.is_over)


async def of_alarms(tx: Tx, alarms: Sequence[Alarm]) -> dict[int, list[EdgeNotice]]:
    """By alarm, what was said of its excursion, the first first; alarms of which nothing was said are left out.

    Of the excursion that it is about now: who was told of an earlier one is told of this one all the same.
    """
    cases = {alarm.excursion: alarm.id for alarm in alarms if alarm.excursion}
    return {cases[case]: said for case, said in (await of_cases(tx, cases.keys())).items()}


async def of_cases(tx: Tx, cases: Collection[str]) -> dict[str, list[EdgeNotice]]:
    """By excursion, what was said of it, the first first; those of which nothing was said are left out."""
    if not cases:
        return {}
    row = tables.Excursion
    rows = list(await tx.scalars(select(row).where(row.id.in_(sorted(cases)))))
    spans = {each.id: (each.channel, *_span(each)) for each in rows}
    if not spans:
        return {}
    first, last = min(start for _, start, _ in spans.values()), max(end for _, _, end in spans.values())
    said: dict[str, list[EdgeNotice]] = defaultdict(list)
    for event in await edge_notices(tx, channels={channel for channel, _, _ in spans.values()}, start=first, end=last):
        said[event.channel].append(event)
    found = {
        case: [event for event in said[channel] if start <= event.anchor < end]
        for case, (channel, start, end) in spans.items()
    }
    return {case: events for case, events in found.items() if events}


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody wrote back to a gateway's text about an alarm that goes on, as replies have it."""

    alarm: int
    provider: str
    number: str
    text: str
    at: int
    id: str


async def unheard(tx: Tx) -> list[Answered]:
    """What people answered there that nothing has come of here, the first first: of alarms that are not over."""
    alarm, case, said = tables.Alarm, tables.Excursion, tables.EdgeNoticeRow
    query = (
        select(alarm.id, case, said)
        .join(case, case.id == alarm.excursion)
        .join(said, said.channel == case.channel)
        .where(alarm.state.not_in(_OVER), said.answer == REPLIED, said.boot == "")
        .order_by(said.at, said.id, alarm.id)
    )
    found = []
    for number, its, event in await tx.execute(query):
        start, end = _span(its)
        if start <= event.anchor < end:
            name = f"edge/{event.id}/{number}"
            found.append(Answered(number, event.way, event.phone_number, event.words, event.at, name))
    reply = tables.NoticeReply
    known = set(await tx.scalars(select(reply.reply_id).where(reply.reply_id.in_([each.id for each in found]))))
    return [each for each in found if each.id not in known]


def _span(case: tables.Excursion) -> tuple[int, int]:
    """Within which a gateway's anchor is of this excursion: [start, end)."""
    start = case.first_bad if case.known_good_before is None else min(case.known_good_before, case.first_bad)
    end = case.last_bad if case.known_good_after is None else case.known_good_after
    return start - EARLIER_MS, end + 1


def told(said: Sequence[EdgeNotice], number: str) -> EdgeNotice | None:
    """The event that shows best that the person of this number was told there: their own reply, else the network's word."""
    theirs = [each for each in said if each.phone_number == number and each.act != "over" and each.answer in REACHED]
    return next((each for each in theirs if each.answer == REPLIED), theirs[0] if theirs else None)
