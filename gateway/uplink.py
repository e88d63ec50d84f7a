"""The spool drained to the broker, until the collector says `stored`. After: spool; before: broker, collector.

    ┌─ each minute, or at once on haste: a mark; what lies before it is due
    ├─ while the window has room: the newest due readings first (one slot), then the oldest
    ├─ an acknowledgement settles its batches; one that does not come sends them again, the same bytes
    └─ while the time is unknown: questions, beside the window, whatever else waits for an answer

Resending is always safe: a batch is (gateway, spool, seq) for ever and the collector stores it once. A question (an empty
batch) is never sent twice: what answers it was said after it was asked, so its `now` tells the time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from coldchain import clock, crash, wire
from coldchain.backoff import delays
from coldchain.broker import Link, Message, Will, connect
from coldchain.errors import BadInput, Unavailable
from coldchain.settings import BrokerSettings
from gateway.boot import Boot
from gateway.clockwatch import Clockwatch
from gateway.questions import Questions
from gateway.settings import GatewaySettings
from gateway.spool import Spool
from gateway.spoollayout import DiskRefuses
from gateway.window import Flight, Window

log = logging.getLogger(__name__)

_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 60.0
_WELL_AFTER_S = 30.0  # a connection that stood so long ended by accident: begin the waits anew
_SPOOL_RETRY_S = 5.0
_LARGEST_SEQ = 2**53  # also of a time in ms
_LONGEST_SEQ = 15  # digits
_GOODBYE_S = 2.0
OFFLINE = wire.encode(wire.Health(state="offline"))


class Uplink:
    """One gateway's way to the broker. `run` ends only when it is cancelled."""

    def __init__(self, settings: GatewaySettings, spool: Spool, watch: Clockwatch, boot: Boot) -> None:
        self._name = settings.gateway.name
        self._broker: BrokerSettings = settings.uplink_broker()
        self._most = settings.gateway.batch_readings
        self._every_s = settings.gateway.send_every_s
        self._health_every_s = settings.gateway.health_every_s
        self._spool = spool
        self._watch = watch
        self._boot = boot
        self._patience_s = settings.gateway.ack_timeout_s
        self._window = Window(self._patience_s)
        self._window_of = ""  # the spool that it is of
        self._due = 0  # readings up to this mark are to be sent
        self._questions = Questions(self._patience_s)
        self._wake = asyncio.Event()  # something changed: look for what to send
        self._hurry = asyncio.Event()
        self._told = asyncio.Event()  # health is to be told now
        self._answered_at = clock.monotonic()

    def hurry(self) -> None:
        """Send what there is now, not at the next minute."""
        self._hurry.set()

    def tell_health(self) -> None:
        """Publish health now, not at the next minute."""
        self._told.set()

    def silent_s(self) -> float:
        """How long (real seconds) the collector has answered nothing; since our start, if it never did."""
        return clock.monotonic() - self._answered_at

    async def run(self, health: Callable[[], Awaitable[wire.Health]]) -> None:
        """Connect, send and listen; when the connection is lost, wait and connect again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._mark_what_is_due(), name="uplink marks")
            tasks.create_task(self._keep_connected(health), name="uplink link")

    async def _mark_what_is_due(self) -> None:
        while True:
            try:
                self._due = await self._spool.newest()
            except DiskRefuses as error:
                log.warning("uplink: %s", error)
            self._wake.set()
            try:
                async with asyncio.timeout(self._every_s / clock.speed()):
                    await self._hurry.wait()
            except TimeoutError:
                continue
            self._hurry.clear()

    async def _keep_connected(self, health: Callable[[], Awaitable[wire.Health]]) -> None:
        waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
        while True:
            began = clock.monotonic()
            try:
                await self._be_connected(health)
            except* Unavailable as lost:
                log.warning("uplink: %s", _first(lost))
            self._window.ground()
            if clock.monotonic() - began > _WELL_AFTER_S:
                waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
            await asyncio.sleep(next(waits))

    async def _be_connected(self, health: Callable[[], Awaitable[wire.Health]]) -> None:
        # Two boxes under one name must not throw each other off: the spool is part of the id.
        client_id = f"{self._name}-{(self._spool.id or self._boot.id)[:8]}"
        will = Will(wire.topic_of(self._name, "health"), OFFLINE)
        async with connect(self._broker, client_id, will=will) as link:
            await link.subscribe(wire.topic_of(self._name, "stored"))
            log.info("uplink: connected to %s:%d as %s", self._broker.host, self._broker.port, self._name)
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._listen(link), name="uplink listen")
                    tasks.create_task(self._send(link), name="uplink send")
                    tasks.create_task(self._tell(link, health), name="uplink health")
            except asyncio.CancelledError:
                await self._say_goodbye(link)
                raise

    async def _say_goodbye(self, link: Link) -> None:
        """A clean stop sends no last will; we say it ourselves."""
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await link.publish(wire.topic_of(self._name, "health"), OFFLINE, retain=True)
        except (TimeoutError, Unavailable) as error:
            log.info("uplink: could not say goodbye: %s", error)

    # -- out -----------------------------------------------------------------------------------------------------

    async def _send(self, link: Link) -> None:
        has_looked = False
        self._questions.soon()
        while True:
            self._wake.clear()
            try:
                if not has_looked or self._window_of != self._spool.id:
                    await self._take_stock()
                    has_looked = True
                await self._ask_the_time(link)
                await self._send_what_there_is(link)
                wait_s = self._until_something_is_due()
            except DiskRefuses as error:  # what is formed already may still go: keep the connection
                log.warning("uplink: %s", error)
                wait_s = _SPOOL_RETRY_S
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                if late := self._window.expire(clock.monotonic()):
                    log.info("uplink: %d batches without an answer; the window is %d", late, self._window.size)

    def _until_something_is_due(self) -> float | None:
        due = [self._window.next_expiry(), None if self._watch.learned else self._questions.next_at]
        first = min((at for at in due if at is not None), default=None)
        return None if first is None else max(0.0, first - clock.monotonic())

    async def _take_stock(self) -> None:
        """Learn what is formed but unanswered: by a run before, or while the last connection was lost and nobody awaited it."""
        found = await self._spool.unanswered()
        if self._window_of != self._spool.id:  # opened late, or begun anew: no number of before means anything in it
            self._window = Window(self._patience_s)
            self._questions.forget()
            self._window_of = self._spool.id
        for seq in found:
            self._window.add(seq, is_found=True)

    async def _send_what_there_is(self, link: Link) -> None:
        while self._window.has_room:
            flight = await self._next()
            if flight is None:
                return
            payload = await self._spool.payload(flight.seq)
            if payload is None:
                self._window.answered(flight.seq)
                continue
            self._window.sent(flight, clock.monotonic(), self._boot.ticks())
            await link.publish(wire.topic_of(self._name, "readings"), payload)
            crash.point("uplink.after_publish")

    async def _next(self) -> Flight | None:
        """The order of sending: the newest, what is to be sent again, the oldest, those without a date, the hopeless."""
        sent_ms = self._watch.time_of(self._boot.ticks())
        if sent_ms is None:
            return self._window.next_again(behind=False) or self._window.next_again(behind=True)
        if self._window.newest_is_open and (seq := await self._form("newest", sent_ms)):
            return self._window.add(seq, is_newest=True)
        if again := self._window.next_again(behind=False):
            return again
        if seq := await self._form("oldest", sent_ms) or await self._spool.form_undated(self._most, sent_ms):
            return self._window.add(seq)
        return self._window.next_again(behind=True)

    async def _form(self, end: str, sent_ms: int) -> int | None:
        return await self._spool.form("newest" if end == "newest" else "oldest", self._due, self._most, sent_ms)

    async def _ask_the_time(self, link: Link) -> None:
        """Without a clock, ask with an empty batch, now and then until somebody has answered one soon enough."""
        if self._watch.learned is not None or clock.monotonic() < self._questions.next_at:
            return
        try:
            seq, question = await self._spool.form_question()
        except DiskRefuses as error:  # what was formed before may go all the same
            log.warning("uplink: cannot ask the time: %s", error)
            self._questions.put_off(clock.monotonic() + _SPOOL_RETRY_S)
            return
        self._questions.asked(seq, clock.monotonic(), self._boot.ticks())
        await link.publish(wire.topic_of(self._name, "readings"), question)

    # -- back ----------------------------------------------------------------------------------------------------

    async def _listen(self, link: Link) -> None:
        async for message in link.messages():
            heard_ticks = self._boot.ticks()
            try:
                answer = self._understood(message)
                if answer is not None:
                    await self._settle(answer, heard_ticks)
            except BadInput as error:
                log.warning("uplink: an acknowledgement that cannot be read: %s", error)
            except DiskRefuses as error:  # not settled: they will be sent and acknowledged again
                log.warning("uplink: %s", error)

    def _understood(self, message: Message) -> wire.Stored | None:
        """The acknowledgement, if it is for this spool: after a swapped card old ones may still be on their way."""
        if message.retained:
            log.warning("uplink: a retained acknowledgement is ignored; nobody should retain these")
            return None
        answer = wire.decode_stored(message.payload)
        if any(not 1 <= seq <= _LARGEST_SEQ for seq in answer.stored) or not 0 <= answer.now <= _LARGEST_SEQ:
            raise BadInput("stored", "a number is out of all bounds", "it is dropped; the sender is no collector")
        if answer.spool != self._spool.id:
            log.info("uplink: an acknowledgement of another spool is ignored: %s", answer.spool)
            return None
        return answer

    async def _settle(self, answer: wire.Stored, heard_ticks: int) -> None:
        refused = {
            int(seq): reason for seq, reason in answer.refused.items() if seq.isdecimal() and len(seq) <= _LONGEST_SEQ
        }
        for seq, reason in refused.items():
            log.error("uplink: the collector refused batch %d and keeps it: %s", seq, reason)
        self._answered_at = clock.monotonic()
        self._hear_the_time(answer, [*answer.stored, *refused], heard_ticks)
        await self._spool.settle(answer.stored, refused)
        for seq in (*answer.stored, *refused):
            self._window.answered(seq)
        self._wake.set()
        await self.remember_the_time()

    def _hear_the_time(self, answer: wire.Stored, seqs: list[int], heard_ticks: int) -> None:
        """Take `now`: said after the first transmission of each of these, whichever of them it answers."""
        sent = [flight.first_ticks for seq in seqs if (flight := self._window.flights.get(seq))]
        sent += [self._questions.answered(seq) for seq in seqs]
        said_after = max((ticks for ticks in sent if ticks is not None), default=None)
        if answer.now and said_after is not None:
            self._watch.hear(answer.now, said_after, heard_ticks)
        if self._watch.learned is None:
            self._questions.soon()

    async def remember_the_time(self) -> None:
        """Write down what the clockwatch learned; readings that waited for it become due.

        Raises:
            DiskRefuses: call again later.
        """
        learned = self._watch.learned
        if learned is not None and learned != self._spool.learned:
            await self._spool.learn(learned)
            self._hurry.set()
            self.tell_health()

    async def _tell(self, link: Link, health: Callable[[], Awaitable[wire.Health]]) -> None:
        while True:
            self._told.clear()
            await link.publish(wire.topic_of(self._name, "health"), wire.encode(await health()), retain=True)
            try:
                async with asyncio.timeout(self._health_every_s / clock.speed()):
                    await self._told.wait()
            except TimeoutError:
                continue


def _first(lost: BaseException) -> BaseException:
    """The innermost first error of nested groups: the one that says what happened."""
    while isinstance(lost, BaseExceptionGroup):
        lost = lost.exceptions[0]
    return lost
