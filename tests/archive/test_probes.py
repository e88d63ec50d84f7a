"""Approved buffers."""

from typing import Any

import pytest

from coldchain.archive import chains, probes
from coldchain.archive.db import Archive
from coldchain.archive.probes import Buffer, NewBuffer
from coldchain.errors import BadInput
from tests.archive.journal import last, told
from tests.archive.small import HOUR, NURSE, PROBE, T0, fill


def buffer(start: int = T0, **more: Any) -> NewBuffer:
    values = {"channel": PROBE, "tau_s": 900, "source": "CDC 2026-14", "approved_by": "张科长", "start": start, **more}
    return NewBuffer(**values)


async def approve(archive: Archive, new: NewBuffer) -> Buffer:
    async with archive.writing() as tx:
        return await probes.approve_buffer(tx, new, NURSE)


async def buffers(archive: Archive) -> list[tuple[int, int, int | None]]:
    async with archive.reading() as tx:
        return [(each.tau_s, each.start, each.end) for each in (await probes.buffers_of(tx, [PROBE]))[PROBE]]


async def test_an_approved_buffer_makes_its_channel_be_judged_again(archive: Archive):
    await fill(archive)
    before = await last(archive)
    approved = await approve(archive, buffer(end=T0 + HOUR))
    assert (approved.approved_by, approved.approved_at) == ("张科长", NURSE.at)
    assert await told(archive, before, "buffer") == [(PROBE, T0, T0 + HOUR)]


async def test_one_buffer_follows_another_that_was_ended(archive: Archive):
    await fill(archive)
    first = await approve(archive, buffer())
    before = await last(archive)
    async with archive.writing() as tx:
        await probes.end_buffer(tx, first.id, T0 + HOUR, NURSE)
    await approve(archive, buffer(T0 + HOUR, tau_s=600))
    assert await buffers(archive) == [(900, T0, T0 + HOUR), (600, T0 + HOUR, None)]
    assert await told(archive, before, "buffer") == [(PROBE, T0 + HOUR, None)] * 2


async def test_a_buffer_that_was_withdrawn_never_was_but_stays_in_the_book(archive: Archive):
    await fill(archive)
    wrong = await approve(archive, buffer(tau_s=9000))
    async with archive.writing() as tx:
        await probes.withdraw_buffer(tx, wrong.id, NURSE)
    await approve(archive, buffer())
    assert await buffers(archive) == [(900, T0, None)]
    async with archive.reading() as tx:
        assert [(each.tau_s, each.withdrawn_at) for each in await probes.all_buffers(tx)] == [
            (9000, NURSE.at),
            (900, None),
        ]
        assert await chains.unseen(tx) == []


REFUSED = [
    (buffer(T0 + HOUR, approved_by="  "), "approved_by: nobody approved it; name who did"),
    (buffer(T0 + HOUR, source=""), "source: nothing shows it; name the document"),
    (buffer(T0 + HOUR, tau_s=0), "tau_s: 0 s cannot be; write 1 to 21600"),
    (buffer(T0 + HOUR, channel="511900012-1/mains/power"), "channel: .* is no temperature"),
    (buffer(T0 + HOUR, channel="gw/new/temperature"), "channel: 'gw/new/temperature' is not in the archive"),
    (buffer(T0 + HOUR, end=T0), "end: .* is not after its start"),
    (buffer(T0 + HOUR), r"start: .* has one of 900 s since .* \(number 1\); end that one"),
]


async def test_a_buffer_that_cannot_be_is_refused_and_the_approved_one_stays(archive: Archive):
    await fill(archive)
    await approve(archive, buffer())
    for new, words in REFUSED:
        with pytest.raises(BadInput, match=words):
            await approve(archive, new)
    assert await buffers(archive) == [(900, T0, None)]
