"""The door to the MQTT broker; aiomqtt is known here and nowhere else.

    async with connect(settings, client_id) as link:
        await link.subscribe(topic)
        async for message in link.messages():
            await link.publish(...)

A lost connection ends `messages()` and every `publish` with `Unavailable`: the caller's loop backs off and connects
again. Sessions are clean: the broker queues nothing for us, the gateway's spool is the only queue.
"""

import asyncio
import math
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiomqtt

from coldchain.errors import Unavailable
from coldchain.settings import BrokerSettings


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when we vanish; retained, QoS 1."""

    topic: str
    payload: bytes


class Link:
    """An open connection. Made by `connect`."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client

    async def subscribe(self, topic: str, *, qos: int = 1) -> None:
        """Ask for a topic; wildcards allowed.

        Raises:
            Unavailable: when the broker does not grant it or is gone.
        """
        try:
            async with asyncio.timeout(self._client.timeout):
                granted = await self._client.subscribe(topic, qos=qos, timeout=math.inf)
        except TimeoutError as error:
            raise Unavailable(f"broker: subscribing {topic}: no answer in {self._client.timeout:g} s") from error
        except aiomqtt.MqttError as error:
            raise Unavailable(f"broker: subscribing {topic}: {error}") from error
        if any((code if isinstance(code, int) else code.value) >= 0x80 for code in granted):  # MQTT's failure bit
            raise Unavailable(f"broker: subscribing {topic}: not granted; check the user's access list")

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Send; with QoS 1, return once the broker has taken it.

        Raises:
            Unavailable: when it did not.
        """
        try:
            # Not aiomqtt's own timeout, see `_by_itself`; and that would cost a task per message.
            async with asyncio.timeout(self._client.timeout):
                await self._client.publish(topic, payload, qos=qos, retain=retain, timeout=math.inf)
        except TimeoutError as error:
            raise Unavailable(f"broker: publishing {topic}: no answer in {self._client.timeout:g} s") from error
        except aiomqtt.MqttError as error:
            raise Unavailable(f"broker: publishing {topic}: {error}") from error

    async def messages(self) -> AsyncIterator[Message]:
        """Messages of all subscriptions, in order of arrival.

        Raises:
            Unavailable: when the connection is lost.
        """
        try:
            async for message in self._client.messages:
                yield _ours(message)
        except aiomqtt.MqttError as error:
            raise Unavailable(f"broker: {error}") from error


@asynccontextmanager
async def connect(
    settings: BrokerSettings,
    client_id: str,
    *,
    will: Will | None = None,
    most_waiting: int = 10_000,
    into: Callable[[Message], None] | None = None,
) -> AsyncIterator[Link]:
    """Connect with a clean session.

    Args:
        settings: where and as whom.
        client_id: unique on the broker; a second client of one id throws the first off.
        will: retained message that the broker publishes if we vanish.
        most_waiting: messages held in memory; above it new ones are dropped, and come again because nobody
            acknowledged them.
        into: called with each message as it comes, at half the cost of iterating; `messages()` then only waits for the
            connection's end. It must not raise and must not wait.

    Raises:
        Unavailable: no broker there, or it does not let us in.
    """
    client = aiomqtt.Client(
        hostname=settings.host,
        port=settings.port,
        username=settings.user or None,
        password=settings.password.get_secret_value() or None,
        identifier=client_id,
        keepalive=settings.keepalive_s,
        timeout=settings.timeout_s,
        clean_session=True,
        will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=True) if will else None,
        tls_context=_tls(settings),
        queue_type=_sink(into) if into else None,
        max_queued_incoming_messages=most_waiting,
        max_inflight_messages=1000,
        # Without it a small packet waits 40 ms for the answer to the one before (Nagle against delayed acknowledgement).
        socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
    )
    client.pending_calls_threshold = 100_000  # acknowledgements of a flush go out together: that is no reason to warn
    try:
        await _by_itself(client.__aenter__(), undo=lambda: client.__aexit__(None, None, None))
        try:
            yield Link(client)
        finally:
            await _by_itself(client.__aexit__(None, None, None))
    except aiomqtt.MqttError as error:
        raise Unavailable(f"broker {settings.host}:{settings.port}: {error}") from error


async def _by_itself(work: Coroutine[Any, Any, object], undo: Callable[[], Awaitable[object]] | None = None) -> None:
    """Await in a task of its own, so that a cancellation of ours stays ours.

    aiomqtt waits for the broker with Python 3.11's wait_for, which forgets a cancellation that comes together with the
    answer: the caller's loop would go on for ever.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        if undo is not None and not task.cancelled() and task.exception() is None:
            await undo()
        raise
    await task


def _sink(into: Callable[[Message], None]) -> type[asyncio.Queue[aiomqtt.Message]]:
    """A queue for aiomqtt that keeps nothing and hands everything on."""

    class Sink(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            into(_ours(item))

    return Sink


def _ours(message: aiomqtt.Message) -> Message:
    return Message(message.topic.value, message.payload, bool(message.retain))


def _tls(settings: BrokerSettings) -> ssl.SSLContext | None:
    if not settings.tls:
        return None
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
