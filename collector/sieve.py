"""What is a reading and what is not. Pure: one message and the time it came go in, readings and named flaws come out.

A flaw stops as little as it can: one reading, one series, or the whole message; the good ones beside it pass on.
A number outside of what its sensor can say is stored with that fault named in its quality, whoever sent it.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from operator import lt
from typing import cast

from coldchain import wire
from coldchain.errors import BadInput
from coldchain.reading import (
    KNOWN_CODES,
    PHYSICAL_RANGE,
    ChannelName,
    Fault,
    Quality,
    Quantity,
    Trace,
    fault_of,
    is_believed,
    name_part,
)
from coldchain.series import UndatedTrace
from coldchain.wire import Batch, Block, Refusal, Told
from collector.batch import Delivery, Flaw, Judged

EARLIEST = 1_420_070_400_000  # 2015: before it a clock was never set
MOST_AHEAD = 5 * 60_000
LONGEST_BOOT = 10 * 366 * 86_400_000
LARGEST = 1e9  # no quantity comes near; a float beyond it is a damaged one
LARGEST_SEQ = 2**53  # what every JSON reader keeps whole
MOST_TOLD = 200  # in one message
LONGEST_WORD, LONGEST_NAME, LONGEST_WORDS = 40, 200, 2000

Row = tuple[int, float | None, int]


def judge(delivery: Delivery) -> Judged:
    """Take a message apart. Whatever it holds, this returns."""
    judged = _addressed(delivery)
    if judged.flaws:
        return judged
    try:
        batch = wire.decode_batch(delivery.payload)
        _check_key(batch)
    except wire.WireError as error:
        judged.flaws.append(Flaw(error.refusal, str(error)))
        judged.spool, judged.seq = wire.key_of(delivery.payload) or (None, None)
        return judged
    judged.spool, judged.seq = batch.spool, batch.seq
    if batch.undated is None:
        _judge_dated(judged, batch)
    else:
        _judge_undated(judged, batch, batch.undated)
    if batch.told and (batch.undated is None or judged.boot):
        _judge_told(judged, batch)
    return judged


def _addressed(delivery: Delivery) -> Judged:
    try:
        version, gateway, _ = wire.parse_topic(delivery.topic)
    except BadInput as error:
        named = delivery.topic.split("/")[3:4]
        return Judged(delivery, "".join(named)[:64], flaws=[Flaw(Refusal.NAME, str(error))], answerable=False)
    judged = Judged(delivery, gateway, sha256=wire.digest(delivery.payload))
    if version != wire.VERSION:
        judged.answerable = False  # we do not know how that version acknowledges; it keeps what it has
        judged.flaws.append(Flaw(Refusal.VERSION, f"{version[:64]!r}; this collector knows {wire.VERSION}"))
    elif delivery.retained:
        judged.spool, judged.seq = wire.key_of(delivery.payload) or (None, None)
        judged.flaws.append(Flaw(Refusal.RETAINED, "readings are events; publish them without the retain flag"))
    return judged


def _check_key(batch: Batch) -> None:
    if batch.seq > LARGEST_SEQ:
        raise wire.WireError(Refusal.SHAPE, f"seq {batch.seq} is beyond 2^53", "seq rises by one from 1")


def _judge_dated(judged: Judged, batch: Batch) -> None:
    latest = judged.delivery.received + MOST_AHEAD
    for name, block, channel, quantity in _named(judged, batch):
        trace = _columns(judged, name, channel, block)
        if trace and not _is_clean(trace, block, quantity, latest):
            trace = _sifted(judged, name, trace, quantity, EARLIEST, latest)
        if trace:
            judged.traces.append(trace)


def _judge_undated(judged: Judged, batch: Batch, boot: wire.Undated) -> None:
    try:
        name_part("boot", boot.boot)
    except BadInput as error:
        judged.flaws.append(Flaw(Refusal.NAME, str(error)))
        return
    judged.boot = boot.boot
    latest = judged.delivery.received + MOST_AHEAD
    for bound in (boot.after, boot.before):
        if bound is not None and (reason := _untimely(bound, EARLIEST, latest)):
            judged.flaws.append(Flaw(reason, f"boot {boot.boot} has a bound at {bound}"))
            return
    for name, block, channel, quantity in _named(judged, batch):
        trace = _columns(judged, name, channel, block)
        trace = trace and _sifted(judged, name, trace, quantity, 0, LONGEST_BOOT)
        if trace:
            kept = UndatedTrace(channel, boot.boot, boot.after, boot.before, trace.t, trace.v, trace.q)
            judged.undated.append(kept)


def _judge_told(judged: Judged, batch: Batch) -> None:
    """What the gateway's guard said; each event by itself."""
    dated = (EARLIEST, judged.delivery.received + MOST_AHEAD)
    earliest, latest = (0, LONGEST_BOOT) if batch.undated else dated
    if len(batch.told) > MOST_TOLD:
        judged.flaws.append(Flaw(Refusal.SHAPE, f"told: {len(batch.told)} events; at most {MOST_TOLD} in a message"))
    for told in batch.told[:MOST_TOLD]:
        if flaw := _flaw_of(judged.gateway, told, earliest, latest):
            judged.flaws.append(flaw)
        else:
            judged.told.append(told)


def _flaw_of(gateway: str, told: Told, earliest: int, latest: int) -> Flaw | None:
    try:
        _channel(gateway, told.channel)
    except BadInput as error:
        return Flaw(Refusal.NAME, f"told: {error}")
    for time in (told.anchor, told.at):
        if reason := _untimely(time, earliest, latest):
            return Flaw(reason, f"told of {told.channel} at {time}")
    words = (told.answer, told.way, told.act)
    names = (told.person, told.number)
    if max(map(len, words)) > LONGEST_WORD or max(map(len, names)) > LONGEST_NAME or len(told.words) > LONGEST_WORDS:
        return Flaw(Refusal.SHAPE, f"told of {told.channel} at {told.at}: a text is too long")
    return None


def _named(judged: Judged, batch: Batch) -> Iterator[tuple[str, Block, str, Quantity]]:
    for name, block in batch.series.items():
        try:
            channel, quantity = _channel(judged.gateway, name)
        except BadInput as error:
            judged.flaws.append(Flaw(Refusal.NAME, str(error)))
        else:
            yield name, block, channel, quantity


@lru_cache(maxsize=100_000)
def _channel(gateway: str, name: str) -> tuple[str, Quantity]:
    channel = ChannelName.parse(f"{gateway}/{name}")
    return str(channel), channel.quantity


def _columns(judged: Judged, name: str, channel: str, block: Block) -> Trace | None:
    try:
        times = block.times()
    except BadInput as error:
        judged.flaws.append(Flaw(Refusal.SHAPE, f"{name}: {error}"))
        return None
    return Trace(channel, times, block.v, block.q or [0] * len(times)) if times else None


def _is_clean(trace: Trace, block: Block, quantity: Quantity, latest: int) -> bool:
    """True when nothing needs a closer look; nearly always, and at the speed of C."""
    t, v = trace.t, trace.v
    if block.q is not None or t[0] < EARLIEST or t[-1] > latest or None in v:
        return False
    low, high = PHYSICAL_RANGE[quantity]
    values = cast("list[float]", v)
    return low <= min(values) and max(values) <= high and (block.t is None or all(map(lt, t, islice(t, 1, None))))


def _sifted(judged: Judged, name: str, trace: Trace, quantity: Quantity, earliest: int, latest: int) -> Trace | None:
    """The readings that pass, rising in time, each time once."""
    kept: dict[int, Row] = {}
    for t, v, q in zip(trace.t, trace.v, trace.q, strict=True):
        reason = _untimely(t, earliest, latest) or _unsound(v, q)
        row = (t, v, q) if reason else (t, v, _quality(quantity, v, q))
        if not reason and kept.setdefault(t, row) != row:
            reason = Refusal.CONFLICT
        if reason:
            judged.flaws.append(Flaw(reason, f"{name} at {t}: value {v}, quality {q}"))
    if not kept:
        return None
    times, values, codes = zip(*(kept[t] for t in sorted(kept)), strict=True)
    return Trace(trace.channel, list(times), list(values), list(codes))


def _untimely(t: int, earliest: int, latest: int) -> Refusal | None:
    if t > latest:
        return Refusal.FUTURE
    return Refusal.PAST if t < earliest else None


def _unsound(v: float | None, q: int) -> Refusal | None:
    if q not in KNOWN_CODES or (v is None and is_believed(q)):
        return Refusal.QUALITY
    return None if v is None or abs(v) <= LARGEST else Refusal.VALUE


def _quality(quantity: Quantity, v: float | None, q: int) -> int:
    if not is_believed(q) or fault_of(quantity, v) is Fault.NONE:
        return q
    return Quality(Fault.OUT_OF_PHYSICS, Quality.of(q).reconstructed).code
