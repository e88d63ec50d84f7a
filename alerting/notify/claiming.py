"""What is claimed together, and all that is to be known of it before it leaves: one transaction for many notices.

waiting ─► claimed ─► quiet, dedup ─► within the limits of its address? ─► attempt written ─► it may leave
                          └─► dropped or put back, here and now ◄──┘
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from alerting.notify.channels import OWN
from alerting.notify.stages import Sending, Stage, can_wait, waits
from coldchain.archive import alarms
from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Tx
from coldchain.archive.duty.nights import nights_of
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.facilities import days
from coldchain.archive.telling import at_edge, attempts, notices
from coldchain.archive.telling.attempts import Moment
from coldchain.archive.telling.notices import Notice
from coldchain.providers.outcome import Channel, Limit, Verdict

FIRST: Final = frozenset({"raised", "past"})  # what a gateway can have told already


@dataclass(frozen=True, slots=True)
class Money:
    """What telling may cost, in fen; None: as much as it takes. It stops news, never what is critical."""

    a_month: int | None = None
    an_alarm: int | None = None


@dataclass(frozen=True, slots=True)
class Claiming:
    """By what notices are claimed."""

    worker: str
    lasts_s: float
    channels: Mapping[str, Channel]
    zone: ZoneInfo
    money: Money
    before: Sequence[Stage]  # the stages that need nothing but the row


async def claimed(tx: Tx, by: Claiming, moment: Moment, limit: int) -> tuple[list[Sending], list[Sending]]:
    """Claim up to so many notices; returns those that leave now, and those that ended or wait again."""
    taken = await notices.claim(tx, by.worker, moment.wall_s, by.lasts_s, limit)
    if not taken:
        return [], []
    sendings = await _about(tx, by, taken, moment)
    for stage in by.before:
        sendings = [await stage(sending) for sending in sendings]
    sendings = await _paced(tx, by.channels, sendings, moment)
    leaving = [sending for sending in sendings if sending.outcome is None]
    numbers = await attempts.begin(tx, [sending.notice for sending in leaving], moment)
    stopped = [sending for sending in sendings if sending.outcome is not None]
    await notices.settle(tx, [(sending.notice, sending.outcome) for sending in stopped if sending.outcome])
    return [replace(sending, attempt=numbers[sending.notice.id]) for sending in leaving], stopped


async def _about(tx: Tx, by: Claiming, taken: Sequence[Notice], moment: Moment) -> list[Sending]:
    theirs = [notice.alarm for notice in taken]
    about = await alarms.alarms(tx, theirs)
    whys = await notices.whys(tx, [notice.transition for notice in taken])
    last = await notices.last_whys(tx, theirs)
    told = await notices.told_before(tx, taken)
    unsure = [notice.id for notice in taken if notice.verdict == Verdict.UNKNOWN]
    asked = await attempts.last_sent(tx, unsure) if unsure else {}
    dear = await _dear(tx, by, taken, moment)
    there = await _told_there(tx, by, taken, about, whys)
    asleep = await _asleep(tx, by, taken, about, moment)
    return [
        Sending(
            notice=each,
            alarm=about[each.alarm],
            why=whys[each.transition],
            last_why=last[each.alarm],
            was_told=each.id in told,
            at=moment.at,
            is_night=each.alarm in asleep,
            wall_s=moment.wall_s,
            is_dear=each.id in dear,
            asked_at=asked.get(each.id),
            at_edge=there.get(each.id),
        )
        for each in taken
    ]


async def _asleep(
    tx: Tx, by: Claiming, taken: Sequence[Notice], about: Mapping[int, Alarm], moment: Moment
) -> set[int]:
    """The alarms with something that can wait, where people sleep now; asked only of those."""
    open_now = [(each, by.channels[each.channel]) for each in taken if each.channel in by.channels]
    waiting = {each.alarm for each, channel in open_now if can_wait(about[each.alarm], channel)}
    found = await nights_of(tx, [about[number] for number in sorted(waiting)], moment.at, by.zone)
    return {number for number, night in found.items() if night.is_now}


async def _told_there(
    tx: Tx, by: Claiming, taken: Sequence[Notice], about: Mapping[int, Alarm], whys: Mapping[int, str]
) -> dict[int, EdgeNotice]:
    """Those whose person the gateway told itself, of what they are told here for the first time.

    A text from the box is as good as a text from here; it wakes nobody, so a call is spared only whoever replied to it.
    """
    first = [n for n in taken if n.level and not n.turn and n.sent_to and not n.fold and whys[n.transition] in FIRST]
    said = await at_edge.of_alarms(tx, [about[number] for number in sorted({notice.alarm for notice in first})])
    found = {}
    for notice in first:
        event = at_edge.told(said.get(notice.alarm, ()), notice.sent_to)
        channel = by.channels.get(notice.channel)
        if event and channel and (not channel.wakes or event.answer == at_edge.REPLIED):
            found[notice.id] = event
    return found


async def _dear(tx: Tx, by: Claiming, taken: Sequence[Notice], moment: Moment) -> set[int]:
    """Those for which no money is left."""
    paid = [notice for notice in taken if notice.channel not in OWN]
    if not paid:
        return set()
    money, month = by.money, days.month_begins(round(moment.wall_s * 1000), by.zone) / 1000
    if money.a_month is not None and await attempts.cost_since(tx, month) >= money.a_month:
        return {notice.id for notice in paid}
    if money.an_alarm is None:
        return set()
    spent = await attempts.cost_of(tx, [notice.alarm for notice in paid])
    return {notice.id for notice in paid if spent.get(notice.alarm, 0) >= money.an_alarm}


async def _paced(tx: Tx, channels: Mapping[str, Channel], sendings: Sequence[Sending], moment: Moment) -> list[Sending]:
    """Those whose address has had enough wait until it may have more; asked of the rows, so that all processes count together."""
    limits = {name: channel.per_address for name, channel in channels.items() if channel.per_address}
    ways = {(s.notice.channel, s.notice.sent_to) for s in sendings if not s.outcome and s.notice.channel in limits}
    if not ways:
        return list(sendings)
    longest_s = max(limit.within_s for channel, _ in ways for limit in limits[channel])
    sent = await attempts.sent_since(tx, ways, moment.wall_s - longest_s, moment.wall_s)
    found = []
    for sending in sendings:
        way = (sending.notice.channel, sending.notice.sent_to)
        if sending.outcome or way not in ways:
            found.append(sending)
            continue
        times = sent.setdefault(way, [])
        wait_s = _wait_s(limits[way[0]], times, moment.wall_s)
        if wait_s > 0:
            found.append(waits(sending, wait_s, "this address had as many as its provider allows"))
        else:
            times.append(moment.wall_s)
            found.append(sending)
    return found


def _wait_s(limits: Sequence[Limit], times: Sequence[float], wall_s: float) -> float:
    """How long until one more is allowed."""
    return max((limit.wait_s(times, wall_s) for limit in limits), default=0.0)
