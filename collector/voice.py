"""What the collector says: to each gateway which batches are settled, to everyone what became durable.

Nothing said here is remembered. An acknowledgement that is lost is asked for again by the gateway's next resend, and a
feed message is only a hint: the journal has it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from coldchain import wire
from coldchain.errors import Unavailable
from coldchain.reading import Trace
from coldchain.wire import Arrival, Block, Feed, Refusal, Stored

log = logging.getLogger(__name__)

Answer = tuple[str, str, int, Refusal | None]  # gateway, spool, seq, why it was refused


class Link(Protocol):
    """What speaking needs of a broker connection."""

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Send a message."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message to publish."""

    topic: str
    payload: bytes
    qos: int


class Voice:
    """Publishes over whichever connection there is; without one it is silent."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self._lost = asyncio.Event()

    @asynccontextmanager
    async def over(self, link: Link) -> AsyncIterator[None]:
        """Speak over this connection until leaving; what is being said then is given up."""
        self._link, self._lost = link, asyncio.Event()
        try:
            yield
        finally:
            self._link = None
            self._lost.set()

    async def say(self, messages: Sequence[Said]) -> None:
        """Publish all of them at once, and return when the broker has them or the connection is lost."""
        if self._link is None or not messages:
            return
        publish, gone = self._link.publish, self._lost
        task = asyncio.current_task()
        cancelled = task.cancelling() if task else 0
        saying = asyncio.gather(*(publish(m.topic, m.payload, qos=m.qos) for m in messages), return_exceptions=True)
        lost = asyncio.ensure_future(gone.wait())
        lost.add_done_callback(lambda _: saying.cancel())
        try:
            _tell(await saying)
        except asyncio.CancelledError:
            # The connection was lost, and that is all: unless somebody stops us at the same moment.
            if not gone.is_set() or (task is not None and task.cancelling() > cancelled):
                raise
        finally:
            lost.cancel()


def _tell(results: Iterable[BaseException | None]) -> None:
    errors = [result for result in results if result is not None]
    unexpected = next((error for error in errors if not isinstance(error, Unavailable)), None)
    if unexpected:
        raise unexpected
    if errors:
        log.info("%d messages not sent: %s", len(errors), errors[0])


def acknowledgements(settled: Iterable[Answer], now: int) -> list[Said]:
    """One message per gateway and spool."""
    answers: dict[tuple[str, str], Stored] = {}
    for gateway, spool, seq, refused in settled:
        answer = answers.get((gateway, spool))
        if answer is None:
            answer = answers[gateway, spool] = Stored(spool, [], {}, now)
        if refused is None:
            answer.stored.append(seq)
        else:
            answer.refused[str(seq)] = str(refused)
    return [Said(wire.topic_of(gateway, "stored"), wire.encode(answer), 1) for (gateway, _), answer in answers.items()]


def feed(arrival: Arrival, previous: int, traces: Iterable[Trace]) -> Said:
    """The hint that this line stands in the journal, with its readings where they fit."""
    hint = Feed(
        arrival.collector,
        arrival.shard,
        arrival.position,
        previous,
        arrival.batches,
        {t.channel: _block(t) for t in _joined(traces)},
    )
    payload = wire.encode(hint)
    if len(payload) > wire.MAX_FEED_BYTES:
        hint.series = None
        payload = wire.encode(hint)
    return Said(wire.feed_topic(arrival.shard), payload, 0)


def _joined(traces: Iterable[Trace]) -> list[Trace]:
    """One trace per channel, rising in time."""
    found: dict[str, Trace] = {}
    for trace in traces:
        known = found.get(trace.channel)
        found[trace.channel] = trace if known is None else _merged(known, trace)
    return list(found.values())


def _merged(a: Trace, b: Trace) -> Trace:
    if a.t[-1] < b.t[0]:
        return Trace(a.channel, a.t + b.t, a.v + b.v, a.q + b.q)
    rows = {t: (t, v, q) for trace in (a, b) for t, v, q in zip(trace.t, trace.v, trace.q, strict=True)}
    t, v, q = zip(*(rows[time] for time in sorted(rows)), strict=True)
    return Trace(a.channel, list(t), list(v), list(q))


def _block(trace: Trace) -> Block:
    """`wire.block_of` at the speed of C: even spacing is seen by comparing whole columns."""
    t = trace.t
    q = trace.q if any(trace.q) else None
    step = t[1] - t[0] if len(t) > 1 else 0
    if step > 0 and t[-1] - t[0] == step * (len(t) - 1) and t == list(range(t[0], t[-1] + 1, step)):
        return Block(trace.v, t0=t[0], step=step, q=q)
    return Block(trace.v, t=t, q=q)
