"""Alerting put together: listen to the feed, decide, tell people, keep the books; each its own task of one process."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from alerting import in_force, telling
from alerting.cards import Cards
from alerting.deadman import desk
from alerting.deadman import watch as deadman
from alerting.deadman.signs import Signs
from alerting.deadman.watch import Outside
from alerting.decide import Court
from alerting.drills import rounds
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import Pack, load_pack, load_packs, rules_by_id
from alerting.feed import Follower, Inbox, Source
from alerting.health import Gateways
from alerting.judge import Judge
from alerting.ledger.loop import Ledger
from alerting.notify.answers import Answers
from alerting.notify.channels import channels
from alerting.notify.claiming import Money
from alerting.notify.outbox import Outbox, Telling
from alerting.numbers import rounds as asking
from alerting.receipts import Receipts
from alerting.replay.site import shifted
from alerting.settings import AlertingSettings
from alerting.shift import LEASE, Shift
from alerting.telling import Speaking
from alerting.timelines import Timelines
from alerting.watch import Watch
from coldchain import clock, logs, wire
from coldchain.archive import views
from coldchain.archive.db import Archive, open_archive
from coldchain.backoff import delays
from coldchain.broker import Message, connect
from coldchain.errors import BadInput, Unavailable
from coldchain.providers.opening import open_channels
from coldchain.providers.outcome import Channel
from coldchain.series import open_series

log = logging.getLogger(__name__)

CLIENT = "alerting"
PULLED = "pulled"  # beside the data: what providers gave once, until it is in the archive
FIRST_WAIT_S, MOST_WAIT_S = 0.5, 30.0


async def run(settings: AlertingSettings) -> None:
    """Alert until cancelled.

    Raises:
        BadInput: a setting, a rule pack or the policy is wrong.
    """
    section = settings.alerting
    packs = load_packs([*section.rules, *section.further_rules])
    own = [load_pack(name).name for name in section.rules]
    policy = load_policy(section.policy)
    zone = ZoneInfo(section.time_zone)
    async with AsyncExitStack() as stack:
        ways = channels() | await stack.enter_async_context(open_channels(settings.channels))
        series = await stack.enter_async_context(open_series(settings.series))
        archive = await _patiently_opened(settings, stack)
        packs = await _with_remembered(archive, packs)
        timelines = Timelines(packs, own)
        watch, rules = Watch(policy, timelines, zone), rules_by_id(packs)
        court = Court(archive, series, Judge(series), watch, timelines, policy, packs, own, rules, zone)
        inbox, news, signs = Inbox(), asyncio.Event(), Signs()
        shift = Shift(court, Follower(Source(archive, series, timelines)), section, news, signs.decided)
        speaking = _speaking(archive, ways, settings, shift.name, news, signs)
        # its own reader: a day of readings for the books never stands before what must be decided now
        books = await stack.enter_async_context(open_series(settings.series))
        ledger = Ledger(archive, books, lease_s=section.lease_s, what_if=partial(shifted, settings))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(_listen(settings, inbox, watch.gateways, signs), name="listen")
        tasks.create_task(shift.work(inbox), name="decide")
        tasks.create_task(telling.tell(speaking), name="tell")
        tasks.create_task(telling.hear(speaking), name="hear")
        watched = Outside(archive, ways, signs, settings.deadman, _desk_path(settings))
        tasks.create_task(deadman.work(watched), name="deadman")
        tasks.create_task(ledger.work(), name="ledger")
        exercise = rounds.exercise_of(settings.drills, zone, ways)
        tasks.create_task(rounds.work(archive, exercise), name="drills")
        quarterly = asking.quarterly_of(settings.numbers, section)
        tasks.create_task(asking.work(archive, ways, quarterly), name="numbers")


def _desk_path(settings: AlertingSettings) -> Path:
    return settings.deadman.desk_path or desk.folder_of(settings.archive, settings.series) / desk.NAME


async def _patiently_opened(settings: AlertingSettings, stack: AsyncExitStack) -> Archive:
    """The archive, once it is there; closed with the stack."""
    waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
    while True:
        try:
            return await stack.enter_async_context(open_archive(settings.archive, migrate=True))
        except Unavailable as error:
            log.warning("no archive: %s", error)
            await asyncio.sleep(next(waits))


async def _with_remembered(archive: Archive, packs: Mapping[str, Pack]) -> dict[str, Pack]:
    async with archive.reading() as tx:
        return await in_force.with_remembered(tx, packs)


async def _listen(settings: AlertingSettings, inbox: Inbox, gateways: Gateways, signs: Signs) -> None:
    """Take in the feed, and what gateways say of themselves, over one connection after the other."""
    waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
    while True:
        try:
            async with connect(settings.broker, CLIENT) as link:
                await link.subscribe(wire.FEED_OF_ALL, qos=0)
                await link.subscribe(wire.HEALTH_OF_ALL)
                log.info("listening %s", logs.fields(topic=wire.FEED_OF_ALL))
                waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
                signs.linked(stands=True)
                async for message in link.messages():
                    _take_in(inbox, gateways, message, signs)
        except Unavailable as error:
            signs.linked(stands=False)
            log.warning("no feed, the sweep goes on without: %s", error)
            await asyncio.sleep(next(waits))


def _take_in(inbox: Inbox, gateways: Gateways, message: Message, signs: Signs) -> None:
    what = "feed" if "/feed/" in message.topic else "health"
    try:
        if what == "feed":
            inbox.put(wire.decode_feed(message.payload))
            signs.fed()
        else:
            _, gateway, _ = wire.parse_topic(message.topic)
            gateways.take(gateway, wire.decode_health(message.payload), clock.now(), is_retained=message.retained)
            if not message.retained:
                signs.heard_gateway()
    except BadInput as error:
        log.warning("%s message not understood: %s", what, error)


def _speaking(
    archive: Archive,
    ways: Mapping[str, Channel],
    settings: AlertingSettings,
    worker: str,
    news: asyncio.Event,
    signs: Signs,
) -> Speaking:
    section, pulled = settings.alerting, desk.folder_of(settings.archive, settings.series) / PULLED
    how = Telling(
        ZoneInfo(section.time_zone),
        url=section.link_url,
        claim_s=section.claim_s,
        money=Money(section.fen_a_month or None, section.fen_an_alarm or None),
    )
    outbox = Outbox(archive, ways, how, worker, news)
    receipts, answers = Receipts(archive, ways, news, pulled), Answers(archive, ways)
    return Speaking(outbox, receipts, answers, Cards(archive, ways), news, signs)


async def sign_of_life(settings: AlertingSettings) -> str:
    """For how long the lease is held, in words.

    Raises:
        Unavailable: nobody holds it, or the archive does not answer.
    """
    async with open_archive(settings.archive) as archive, archive.reading() as tx:
        until = await views.newest_lease(tx, LEASE)
    left_s = (until - clock.wall()) / 1000 if until is not None else 0.0
    if left_s <= 0:
        raise Unavailable("alerting: nobody judges; see its log")
    return f"alerting judges; its lease holds for {left_s:.0f} s more"
