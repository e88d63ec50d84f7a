"""The newest reading of every channel, and what gateways say of themselves; between the feed and the picture of now.

Filled once from the series, then kept from the broker's feed, and filled again whenever the feed may have been missed:
it is a hint, and a page that shows an old value as new would lie. `heard` wakes whoever waits for a change.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from coldchain import clock
from coldchain.backoff import delays
from coldchain.broker import Message, connect
from coldchain.errors import BadInput, Unavailable
from coldchain.reading import Reading, Trace, is_believed
from coldchain.series import Series
from coldchain.settings import BrokerSettings
from coldchain.wire import FEED_OF_ALL, HEALTH_OF_ALL, Health, decode_feed, decode_health, parse_topic, traces_of

log = logging.getLogger(__name__)

REFILL_S = 60.0  # a QoS 0 hint may be lost without a word
LOOK_BACK = 120  # readings looked through for the last measurement before a fault


@dataclass(slots=True)
class Live:
    """What is newest. Changed only by this module; read by everybody."""

    newest: dict[str, Reading] = field(default_factory=dict)
    believed: dict[str, Reading] = field(default_factory=dict)
    gateways: dict[str, Health] = field(default_factory=dict)
    linked: bool = False  # to the broker, now
    ending: bool = False  # the service stops: streams of open pages end
    last_feed: float | None = None  # clock.monotonic()
    version: int = 0
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, reading: Reading) -> None:
        """Keep it where it is newer than what is known."""
        if reading.time >= self.newest.get(reading.channel, _NEVER).time:
            self.newest[reading.channel] = reading
        if is_believed(reading.quality) and reading.time >= self.believed.get(reading.channel, _NEVER).time:
            self.believed[reading.channel] = reading

    def changed(self) -> None:
        """Wake those who wait for a change."""
        self.version += 1
        self._heard.set()
        self._heard = asyncio.Event()

    def end(self) -> None:
        """Let the streams of open pages end; they would not by themselves."""
        self.ending = True
        self.changed()

    async def heard(self, seconds: float) -> None:
        """Return at the next change, or after `seconds` (real time)."""
        event = self._heard
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return


_NEVER = Reading("", -(2**62), None)


async def fill(live: Live, series: Series, channels: Iterable[str] | None = None) -> None:
    """Read the newest of these channels (of all) from the series.

    Raises:
        Unavailable: the series does not answer.
    """
    for reading in (await series.newest(channels)).values():
        live.take(reading)
        if not is_believed(reading.quality) and reading.channel not in live.believed:
            for earlier in (await series.before(reading.channel, reading.time, LOOK_BACK)).readings():
                if is_believed(earlier.quality):
                    live.take(earlier)
    live.changed()


async def keep_filled(live: Live, series: Series) -> None:
    """Fill again and again; the series may be away for a while."""
    while True:
        await asyncio.sleep(REFILL_S)
        try:
            await fill(live, series)
        except Unavailable as error:
            log.warning("the series does not answer: %s", error)


async def follow(live: Live, series: Series, settings: BrokerSettings) -> None:
    """Keep `live` from the broker for as long as this runs; a lost connection is taken up again."""
    waits = delays(0.5, 30.0)
    while True:
        try:
            async with connect(settings, f"dashboards-{secrets.token_hex(4)}") as link:
                await link.subscribe(FEED_OF_ALL, qos=0)
                await link.subscribe(HEALTH_OF_ALL)
                await fill(live, series)  # after subscribing, so that nothing falls between
                live.linked, waits = True, delays(0.5, 30.0)
                async for message in link.messages():
                    await _take(live, series, message)
        except Unavailable as error:
            log.warning("live updates are interrupted: %s", error)
        finally:
            live.linked = False
        await asyncio.sleep(next(waits))


async def _take(live: Live, series: Series, message: Message) -> None:
    try:
        if "/feed/" in message.topic:
            await _feed(live, series, message.payload)
        else:
            _, gateway, _ = parse_topic(message.topic)
            live.gateways[gateway] = decode_health(message.payload)
    except Unavailable as error:
        log.warning("a feed message was left, the next refill makes up for it: %s", error)
    except BadInput as error:
        log.warning("%s was not understood: %s", message.topic, error)
    live.changed()


async def _feed(live: Live, series: Series, payload: bytes) -> None:
    feed = decode_feed(payload)
    live.last_feed = clock.monotonic()
    if feed.series is None:  # too long for a hint: the names are there
        await fill(live, series, {channel for batch in feed.batches for channel in batch.channels})
        return
    for trace in traces_of(feed.series):
        for reading in _telling(trace):
            live.take(reading)


def _telling(trace: Trace) -> list[Reading]:
    """The last reading of a trace, and the last that is a measurement."""
    readings = trace.readings()
    measured = next((reading for reading in reversed(readings) if is_believed(reading.quality)), None)
    return [reading for reading in (measured, *readings[-1:]) if reading is not None]


async def begin(live: Live, series: Series) -> None:
    """Fill for the first time; a collector that is still starting may not have made its store yet."""
    try:
        await fill(live, series)
    except Unavailable as error:
        log.warning("starting without readings: %s", error)
