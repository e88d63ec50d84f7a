"""The collector put together: one connection to the broker, one flush at a time, rollups and a sign of life beside.

It says that it is alive by the mark `collector/{id}/alive` (domain time, ms UTC), renewed every `alive_every_s` as long
as the store takes it: who sees it grow old knows that nothing is being made durable.
"""

import asyncio
import logging
from contextlib import AsyncExitStack

from coldchain import clock, logs, wire
from coldchain.backoff import delays
from coldchain.broker import Link, Message, connect
from coldchain.errors import Refused, Unavailable
from coldchain.series import Series, open_series
from collector.batch import Delivery
from collector.intake import Inbox
from collector.refused import open_keeper
from collector.rollups import keep_rolling
from collector.settings import CollectorSection, CollectorSettings
from collector.store import Store
from collector.voice import Voice

log = logging.getLogger(__name__)

MARK = "collector/{}/alive"
RECONNECT_FIRST_S = 0.2
RECONNECT_MOST_S = 10.0
LATE_SIGNS = 4  # so many signs of life may be missing before it is called dead
STEADY_S = 30.0  # a connection that lasted this long begins the delays anew


async def run(settings: CollectorSettings) -> None:
    """Collect until cancelled.

    Raises:
        BadInput: a setting is wrong, or the embedded store has a writer already.
    """
    section = settings.collector
    async with AsyncExitStack() as stack:
        series = await stack.enter_async_context(open_series(settings.series, writer=True))
        keeper = await stack.enter_async_context(open_keeper(settings.archive, section.id))
        voice = Voice()
        store = await Store.open(series, section.id, keeper, voice, alone=not section.shared_group)
        inbox = Inbox(section.inbox_messages, round(section.inbox_mb * 1024 * 1024))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(_flush(store, inbox, section), name="flush")
        tasks.create_task(store.keep_refusals(), name="refusals")
        tasks.create_task(_stay_alive(series, section), name="alive")
        if section.rollups:
            tasks.create_task(keep_rolling(series, section.rollups_every_s), name="rollups")
        tasks.create_task(_listen(settings, inbox, voice), name="listen")


async def _flush(store: Store, inbox: Inbox, section: CollectorSection) -> None:
    while True:
        deliveries = await inbox.take(section.flush_messages, section.flush_after_s)
        await store.flush(deliveries)
        inbox.done(deliveries)


async def _listen(settings: CollectorSettings, inbox: Inbox, voice: Voice) -> None:
    """Take in what comes, over one connection after the other."""
    client_id = f"collector-{settings.collector.id}"
    waits = delays(RECONNECT_FIRST_S, RECONNECT_MOST_S)

    def take_in(message: Message) -> None:
        inbox.put(Delivery(message.topic, message.payload, message.retained, clock.now()))

    while True:
        began = clock.monotonic()
        try:
            async with connect(settings.broker, client_id, into=take_in) as link, voice.over(link):
                await _subscribe(link, settings.collector.shared_group)
                async for _ in link.messages():
                    pass  # all of them go into the inbox; this ends with the connection
        except Unavailable as error:
            if clock.monotonic() - began > STEADY_S:
                waits = delays(RECONNECT_FIRST_S, RECONNECT_MOST_S)
            wait_s = next(waits)
            log.warning("no broker: %s %s", error, logs.fields(again_in_s=round(wait_s, 1)))
            await asyncio.sleep(wait_s)


async def _subscribe(link: Link, shared_group: str) -> None:
    """Ask for all readings.

    With QoS 0: it is the collector's own answer that lets a gateway delete, and a message lost on the way here comes
    again for want of it. Acknowledging each to the broker too would add half to the cost of taking it in.
    """
    topic = wire.READINGS_OF_ALL
    await link.subscribe(f"$share/{shared_group}/{topic}" if shared_group else topic, qos=0)
    log.info("listening %s", logs.fields(topic=topic, group=shared_group or "-"))


async def _stay_alive(series: Series, section: CollectorSection) -> None:
    while True:
        try:
            await series.set_marks({MARK.format(section.id): clock.now()})
        except (Unavailable, Refused) as error:
            log.debug("sign of life not stored: %s", error)
        await asyncio.sleep(section.alive_every_s)


async def sign_of_life(settings: CollectorSettings) -> str:
    """How fresh this collector's mark is, in words.

    Raises:
        Unavailable: it is old, missing, or the store does not answer.
    """
    section = settings.collector
    async with open_series(settings.series) as series:
        mark = (await series.marks()).get(MARK.format(section.id))
    if mark is None:
        raise Unavailable(f"collector {section.id} has never said that it is alive")
    age_s = (clock.now() - mark) / 1000
    if age_s > LATE_SIGNS * section.alive_every_s * clock.speed():
        raise Unavailable(f"collector {section.id} was last alive {age_s:.0f} s ago; see its log")
    return f"collector {section.id} was alive {age_s:.0f} s ago"
