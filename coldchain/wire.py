"""What travels on the broker, version 1: topics, batches of readings, acknowledgements, health, and the feed.

    coldchain/v1/gw/{gateway}/readings   gateway → collector             QoS 1            Batch
    coldchain/v1/gw/{gateway}/stored     collector → gateway             QoS 1            Stored
    coldchain/v1/gw/{gateway}/health     gateway → everyone              QoS 1, retained  Health; last will: offline
    coldchain/v1/feed/{shard}            collector → alerting, dashboards QoS 0           Feed, a hint of what became durable

All times are integer ms UTC. Pure: bytes in, records out; nothing here waits or asks a clock.
"""

import re
from binascii import crc32
from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

import msgspec

from coldchain.errors import BadInput
from coldchain.reading import NAME_PART, Trace

VERSION = "v1"
MAX_BATCH_BYTES = 256 * 1024
MAX_FEED_BYTES = 128 * 1024
WINDOW = 8  # batches of one gateway in the air
SHARDS = 64

READINGS_OF_ALL = "coldchain/+/gw/+/readings"  # any version: an unknown one is refused by name, not ignored
STORED_OF_ALL = f"coldchain/{VERSION}/gw/+/stored"
HEALTH_OF_ALL = f"coldchain/{VERSION}/gw/+/health"
FEED_OF_ALL = f"coldchain/{VERSION}/feed/+"

T = TypeVar("T")

_TOPIC = re.compile(
    rf"coldchain/(?P<version>[^/]+)/gw/(?P<gateway>{NAME_PART.pattern})/(?P<what>readings|stored|health)"
)
_SPOOL = re.compile(r"[0-9a-f]{32}")
_SPOOL_IN_TEXT = re.compile(rb'"spool"\s*:\s*"([0-9a-f]{32})"')
_SEQ_IN_TEXT = re.compile(rb'"seq"\s*:\s*([1-9][0-9]{0,17})\b')


class Refusal(StrEnum):
    """Why the collector does not take a message, a batch or a reading; the same word in acks, logs, tables and pages."""

    RETAINED = "retained"  # readings are events: a retained one would come again at every reconnect
    VERSION = "version"  # the topic names a version this collector does not know
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"  # not JSON, not UTF-8, numbers such as NaN that JSON does not have
    SHAPE = "shape"  # JSON, but not a batch: a field missing or of the wrong type, columns of unequal length
    NAME = "name"  # a device or quantity that cannot be a channel
    QUALITY = "quality"  # a quality code nobody knows, or a null without one
    VALUE = "value"  # infinite, or outside what a 64-bit float should carry here
    FUTURE = "future"  # later than arrival + 5 min
    PAST = "past"  # before 2015: a clock that was never set
    CONFLICT = "conflict"  # another value stands at this channel and time already
    DATABASE = "database"  # the database refused this reading alone, in its own words


class Block(msgspec.Struct, omit_defaults=True):
    """Readings of one series in a batch: either `t0` and `step`, or `t`; `v` may hold nulls, then `q` says why."""

    v: list[float | None]
    t0: int | None = None
    step: int | None = None
    t: list[int] | None = None
    q: list[int] | None = None

    def times(self) -> list[int]:
        """The times in ms, one per value.

        Raises:
            BadInput: when neither or both forms are given, or the columns differ in length.
        """
        if self.t is not None and self.t0 is None and self.step is None:
            times = self.t
        elif self.t is None and self.t0 is not None and self.step is not None and self.step > 0:
            times = [self.t0 + i * self.step for i in range(len(self.v))]
        else:
            raise BadInput("series", "times are given twice, in part or not at all", "send t, or t0 and step > 0")
        if len(times) != len(self.v) or (self.q is not None and len(self.q) != len(self.v)):
            raise BadInput("series", "columns of unequal length", "send as many t and q as v")
        return times


class Undated(msgspec.Struct, omit_defaults=True):
    """A boot that never learned the time: the batch's times are ms since that boot, which lay between the bounds."""

    boot: str
    after: int | None = None  # the boot began no earlier (the newest time known before it), ms UTC
    before: int | None = None  # and all of it had happened by then, ms UTC


class Told(msgspec.Struct, omit_defaults=True, frozen=True):
    """What a gateway's own guard said to somebody, or what came back of it: one event, never changed."""

    anchor: int  # the first bad reading of what it was about, as an excursion's anchor
    channel: str  # device/quantity, as in `series`
    person: str  # by the gateway's own list; empty where nobody in particular heard it (buzzer and light)
    at: int
    answer: str  # accepted | refused | later | broken | unknown, then delivered | failed, and replied
    way: str = "modem"  # or siren
    act: str = "begin"  # begin | again | over
    number: str = ""
    words: str = ""  # the network's, or the person's


class Batch(msgspec.Struct, omit_defaults=True):
    """One message of a gateway. (gateway, spool, seq) names it for ever; its bytes never change once sent."""

    spool: str
    seq: int
    sent: int
    series: dict[str, Block]
    undated: Undated | None = None
    told: list[Told] = []  # of an undated batch these times too are ms since that boot


class Stored(msgspec.Struct, omit_defaults=True):
    """What the collector says of batches: durable, or refused with the raw payload kept and the reason."""

    spool: str
    stored: list[int]
    refused: dict[str, str] = {}
    now: int = 0


class SpoolHealth(msgspec.Struct, omit_defaults=True):
    """How full the gateway's disk queue is, and how long it would last."""

    id: str
    readings: int
    hours_left: float | None = None  # until the size limit, at the rate of the last hour
    bytes: int = 0
    limit_bytes: int = 0
    dropped: int = 0  # readings lost to the rule when full, since the spool was made
    rule: str = ""


class OffsetHealth(msgspec.Struct, omit_defaults=True):
    """A register of a device that is not zero: `adds` is what it makes the device add to what it measures."""

    quantity: str
    adds: float
    register: int = 0


class DeviceHealth(msgspec.Struct, omit_defaults=True):
    """One device as the gateway sees it."""

    device: str
    state: str  # ok | silent | failing
    last_ms: int | None = None
    failures: int = 0
    note: str = ""  # what it last said wrong, or an offset register that is not zero
    offsets: list[OffsetHealth] | None = (
        None  # those that are set; None: nobody has looked, or there is no such register
    )


class BusHealth(msgspec.Struct, omit_defaults=True):
    """One serial line or MQTT source with its devices."""

    name: str
    kind: str
    state: str  # ok | gone
    devices: list[DeviceHealth] = []


class Health(msgspec.Struct, omit_defaults=True):
    """What a gateway says of itself; `{"state": "offline"}` alone is its last will."""

    state: str  # online | offline
    sent: int = 0
    boot: str = ""
    clock: str = ""  # ntp | ack | unknown
    offset_ms: int | None = None
    spool: SpoolHealth | None = None
    buses: list[BusHealth] = []
    versions: dict[str, str] = {}


class ArrivedBatch(msgspec.Struct, omit_defaults=True):
    """A batch as the arrival journal names it."""

    gateway: str
    spool: str
    seq: int
    channels: list[str]
    first: int
    last: int
    sha256: str


class Arrival(msgspec.Struct, omit_defaults=True):
    """One line of the arrival journal: what one collector made durable in one shard at one position."""

    collector: str
    shard: int
    position: int
    batches: list[ArrivedBatch]


class Feed(msgspec.Struct, omit_defaults=True):
    """A hint that the journal grew. It continues a cursor when `previous` is the cursor's position.

    `series` (channel → Block) is left out when it would make the message too long: read the journal then.
    """

    collector: str
    shard: int
    position: int
    previous: int
    batches: list[ArrivedBatch]
    series: dict[str, Block] | None = None


def topic_of(gateway: str, what: str) -> str:
    """The topic on which a gateway's `readings`, `stored` or `health` travel."""
    return f"coldchain/{VERSION}/gw/{gateway}/{what}"


def feed_topic(shard: int) -> str:
    """The topic of one shard's feed."""
    return f"coldchain/{VERSION}/feed/{shard}"


def shard_of(gateway: str) -> int:
    """The shard that a gateway belongs to; fixed for ever."""
    return crc32(gateway.encode()) % SHARDS


def parse_topic(topic: str) -> tuple[str, str, str]:
    """Take `coldchain/{version}/gw/{gateway}/{what}` apart into (version, gateway, what).

    Raises:
        BadInput: when it is another kind of topic.
    """
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise BadInput("topic", f"{topic[:120]!r} is none of ours", "publish to coldchain/v1/gw/{gateway}/readings")
    return match["version"], match["gateway"], match["what"]


_encoder = msgspec.json.Encoder()
encode = _encoder.encode
_batch = msgspec.json.Decoder(Batch)
_stored = msgspec.json.Decoder(Stored)
_health = msgspec.json.Decoder(Health)
_feed = msgspec.json.Decoder(Feed)


class WireError(BadInput):
    """A payload that cannot be read; `refusal` names why."""

    def __init__(self, refusal: Refusal, wrong: str, cure: str) -> None:
        self.refusal = refusal
        super().__init__("payload", wrong, cure)


def decode_batch(payload: bytes) -> Batch:
    """Read a gateway's message. Times, names and values are not judged here.

    Raises:
        WireError: too large, malformed, or not of a batch's shape.
    """
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError(Refusal.TOO_LARGE, f"{len(payload)} bytes", f"send at most {MAX_BATCH_BYTES} in a batch")
    try:
        batch = _batch.decode(payload)
    except msgspec.ValidationError as error:
        raise WireError(Refusal.SHAPE, str(error), "send {spool, seq, sent, series}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # recursion: "[[[[[…"
        raise WireError(Refusal.MALFORMED, str(error), "send UTF-8 JSON without NaN or Infinity") from None
    if not _SPOOL.fullmatch(batch.spool) or batch.seq < 1:
        raise WireError(Refusal.SHAPE, "spool or seq is out of form", "spool is 32 hex digits, seq rises from 1")
    return batch


def key_of(payload: bytes) -> tuple[str, int] | None:
    """(spool, seq) of a payload that cannot be read as a whole, so that its refusal can be told; None where it has none."""
    spool, seq = _SPOOL_IN_TEXT.search(payload), _SEQ_IN_TEXT.search(payload)
    return (spool[1].decode(), int(seq[1])) if spool and seq else None


def decode_stored(payload: bytes) -> Stored:
    """Read an acknowledgement.

    Raises:
        BadInput: when it is none.
    """
    return _read(_stored, "stored", payload)


def decode_health(payload: bytes) -> Health:
    """Read a gateway's health.

    Raises:
        BadInput: when it is none.
    """
    return _read(_health, "health", payload)


def decode_feed(payload: bytes) -> Feed:
    """Read a feed message.

    Raises:
        BadInput: when it is none.
    """
    return _read(_feed, "feed", payload)


def _read(decoder: "msgspec.json.Decoder[T]", what: str, payload: bytes) -> T:
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(what, str(error), "it is dropped; the sender speaks another version") from None


def digest(payload: bytes) -> str:
    """SHA-256 of a batch's bytes, hex."""
    return sha256(payload).hexdigest()


def block_of(trace: Trace) -> Block:
    """The shortest block for a trace: `t0` and `step` where the spacing is even, `q` only where it says something."""
    q = trace.q if any(trace.q) else None
    step = trace.t[1] - trace.t[0] if len(trace) > 1 else 0
    if step > 0 and all(b - a == step for a, b in zip(trace.t, trace.t[1:], strict=False)):
        return Block(v=trace.v, t0=trace.t[0], step=step, q=q)
    return Block(v=trace.v, t=trace.t, q=q)


def traces_of(series: dict[str, Block], prefix: str = "") -> Iterator[Trace]:
    """The traces of a batch's or a feed's series; `prefix` is `gateway/` for a batch."""
    for name, block in series.items():
        yield Trace(prefix + name, block.times(), block.v, block.q or [0] * len(block.v))
