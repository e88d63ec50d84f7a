"""What stands between a probe and the product: approved buffers. What laboratories say of probes stands in `metrology`.

A buffer (glycol, a vial) makes the product follow the reading with a time constant that a document shows. It lets the
engine judge heat by the product's own temperature, never freezing; so none stands here without the name of who approved
it. It changes no reading. A mistake is withdrawn, never deleted; what reaches back to where the probe has spoken needs a
`Correction`.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select

from coldchain import clock
from coldchain.archive import audit, backdating, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.backdating import Correction
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, in_batches, record_of
from coldchain.errors import BadInput
from coldchain.reading import ChannelName, Quantity

SLOWEST_S: Final = 6 * 3600  # a litre of water is quicker


class NewBuffer(Record, frozen=True, kw_only=True):
    """From `start` on (until `end`, if that is known) the product at this channel follows with this time constant."""

    channel: str
    tau_s: int
    source: str
    approved_by: str
    start: int
    end: int | None = None


class Buffer(NewBuffer, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake, counts no more."""

    id: int
    approved_at: int
    withdrawn_at: int | None = None


async def approve_buffer(tx: Tx, new: NewBuffer, by: By, correction: Correction | None = None) -> Buffer:
    """Write down an approval.

    Raises:
        BadInput: when nobody approved it, no document shows it, the channel is no known temperature, the time constant
            cannot be, the channel has another buffer at that time, or it reaches back silently.
    """
    await audit.begin(tx)
    check_buffer(new)
    if await tx.get(tables.Channel, new.channel) is None:
        raise BadInput(
            "channel", f"{new.channel[:200]!r} is not in the archive", "assign it first, or correct the name"
        )
    for row in await _buffers(tx, [new.channel]):
        if (row.end is None or row.end > new.start) and (new.end is None or new.end > row.start):
            wrong = f"{new.channel} has one of {row.tau_s} s since {clock.iso(row.start)} (number {row.id})"
            raise BadInput("start", wrong, "end that one first, or withdraw it")
    row = tables.Buffer(
        channel=new.channel, tau_s=new.tau_s, source=new.source.strip(), approved_by=new.approved_by.strip(),
        approved_at=by.at, start=new.start, end=new.end,
    )  # fmt: skip
    touched = [Touched(new.start, new.end, channel=new.channel)]
    is_past = await backdating.check(tx, "start", touched, by, correction)
    await changes.enter(tx, by, "approved", row, touched)
    await backdating.enter(tx, by, "approved", row, touched, correction if is_past else None)
    return record_of(row, Buffer)


async def end_buffer(tx: Tx, buffer: int, end: int, by: By, correction: Correction | None = None) -> Buffer:
    """From `end` on the probe is bare.

    Raises:
        BadInput: when there is no such buffer, it begins later, is over by then, or it would end in the past silently.
    """
    row = await changes.counting(tx, tables.Buffer, "buffer", buffer)
    changes.check_end(row, end)
    touched = [Touched(end, row.end, channel=row.channel)]
    is_past = await backdating.check(tx, "end", touched, by, correction)
    row.end = end
    await changes.enter(tx, by, "ended", row, touched)
    await backdating.enter(tx, by, "ended", row, touched, correction if is_past else None)
    return record_of(row, Buffer)


async def withdraw_buffer(tx: Tx, buffer: int, by: By, correction: Correction | None = None) -> Buffer:
    """Take back an approval that was entered by mistake: the probe always was bare.

    Raises:
        BadInput: when there is none, it was taken back before, or it has judged something and nobody says why.
    """
    row = await changes.counting(tx, tables.Buffer, "buffer", buffer)
    touched = [Touched(row.start, row.end, channel=row.channel)]
    is_past = await backdating.check(tx, "buffer", touched, by, correction)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, touched)
    await backdating.enter(tx, by, "withdrawn", row, touched, correction if is_past else None)
    return record_of(row, Buffer)


async def buffers_of(tx: Tx, channels: Iterable[str]) -> dict[str, list[Buffer]]:
    """The buffers of each of these channels that count, in time; no two of a channel at once."""
    asked = list(channels)
    found: dict[str, list[Buffer]] = {channel: [] for channel in asked}
    for row in await _buffers(tx, asked):
        found[row.channel].append(record_of(row, Buffer))
    return found


async def all_buffers(tx: Tx) -> list[Buffer]:
    """All buffers, the withdrawn too."""
    query = select(tables.Buffer).order_by(tables.Buffer.channel, tables.Buffer.start, tables.Buffer.id)
    return [record_of(row, Buffer) for row in await tx.scalars(query)]


async def is_buffer_entered(tx: Tx, new: NewBuffer) -> bool:
    """True when this was approved once, whatever became of it since."""
    return await changes.is_entered(tx, tables.Buffer, channel=new.channel, tau_s=new.tau_s, start=new.start)


def check_buffer(new: NewBuffer) -> None:
    """Refuse what cannot be a buffer.

    Raises:
        BadInput: naming the field.
    """
    check_texts("buffer", {"source": new.source, "approved_by": new.approved_by})
    if not new.approved_by.strip():
        raise BadInput("approved_by", "nobody approved it", "name who did")
    if not new.source.strip():
        raise BadInput("source", "nothing shows it", "name the document that the time constant stands in")
    if not 1 <= new.tau_s <= SLOWEST_S:
        raise BadInput("tau_s", f"{new.tau_s} s cannot be", f"write 1 to {SLOWEST_S}")
    if ChannelName.parse(new.channel).quantity is not Quantity.TEMPERATURE:
        raise BadInput("channel", f"{new.channel!r} is no temperature", "only a temperature has a buffer")
    changes.check_span(new.start, new.end)


async def _buffers(tx: Tx, channels: Iterable[str]) -> list[tables.Buffer]:
    query = select(tables.Buffer).where(tables.Buffer.withdrawn_at.is_(None)).order_by(tables.Buffer.start)
    return [
        row for some in in_batches(channels) for row in await tx.scalars(query.where(tables.Buffer.channel.in_(some)))
    ]
