"""Our records as InfluxDB line protocol, times in ms. Pure; the hot path of every reading.

    reading,channel=…            value=4.12,quality=0i                 t     value absent when null, quality always
    undated,channel=…,boot=…     value=…,quality=0i,after=…i,before=…i t     t = ms since the boot
    arrival,collector=…,shard=…  batches="[…]"                         position
    rollup_hour|rollup_day,…     low=…,high=…,mean=…,known=…,count=…i  start
    mark,name=…                  position=…i                           0     written over in place

Lines are joined by hand: the client's `Point` costs nine times as much a reading, with the same bytes as its result.
"""

import re
from collections.abc import Iterable

import msgspec

from coldchain.errors import BadInput
from coldchain.reading import Trace
from coldchain.series import HOUR, Rollup, UndatedTrace
from coldchain.wire import Arrival

_SPECIAL = re.compile(r"([,= ])")
# Servers differ in what a backslash in a tag means; no name of ours has one.
_NEVER = re.compile(r"[\x00-\x1f\x7f\\]")
_pack = msgspec.json.Encoder().encode


def tag(text: str) -> str:
    """A tag's value as it stands in a line.

    Raises:
        BadInput: when it is empty, or holds what no line can carry.
    """
    if not text or _NEVER.search(text):
        raise BadInput("tag", f"{text[:80]!r} cannot be stored", "use printable characters, and no backslash")
    return _SPECIAL.sub(r"\\\1", text) if _SPECIAL.search(text) else text


def string(text: str) -> str:
    """A string field's value as it stands in a line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def readings(traces: Iterable[Trace]) -> bytes:
    """Lines of readings."""
    lines: list[str] = []
    for trace in traces:
        head = f"reading,channel={tag(trace.channel)} "
        if any(trace.q) or None in trace.v:
            lines.extend(
                f"{head}quality={q}i {t}" if v is None else f"{head}value={v!r},quality={q}i {t}"
                for t, v, q in zip(trace.t, trace.v, trace.q, strict=True)
            )
        else:
            head += "value="
            lines.extend([f"{head}{v!r},quality=0i {t}" for t, v in zip(trace.t, trace.v, strict=True)])
    return "\n".join(lines).encode()


def undated(traces: Iterable[UndatedTrace]) -> bytes:
    """Lines of readings whose boot never learned the time."""
    lines = []
    for trace in traces:
        head = f"undated,channel={tag(trace.channel)},boot={tag(trace.boot)} "
        bounds = "".join(
            f",{name}={bound}i"
            for name, bound in (("after", trace.after), ("before", trace.before))
            if bound is not None
        )
        for t, v, q in zip(trace.t, trace.v, trace.q, strict=True):
            value = "" if v is None else f"value={v!r},"
            lines.append(f"{head}{value}quality={q}i{bounds} {t}")
    return "\n".join(lines).encode()


def arrivals(journal: Iterable[Arrival]) -> bytes:
    """Lines of the arrival journal."""
    return "\n".join(
        f"arrival,collector={tag(line.collector)},shard={line.shard}"
        f" batches={string(_pack(line.batches).decode())} {line.position}"
        for line in journal
    ).encode()


def rollups(rows: Iterable[Rollup], step: int) -> bytes:
    """Lines of rollups."""
    name = rollup_name(step)
    return "\n".join(
        f"{name},channel={tag(r.channel)}"
        f" low={r.low!r},high={r.high!r},mean={r.mean!r},known={r.seconds_known!r},count={r.count}i {r.start}"
        for r in rows
    ).encode()


def rollup_name(step: int) -> str:
    """The measurement that holds the rollups of `step`."""
    return "rollup_hour" if step == HOUR else "rollup_day"


def marks(positions: dict[str, int]) -> bytes:
    """Lines of marks."""
    return "\n".join(f"mark,name={tag(name)} position={position}i 0" for name, position in positions.items()).encode()
