"""Approved buffers and calibrations of probes."""

from typing import Any

import pytest

from coldchain.archive import audit, probes
from coldchain.archive.db import Archive
from coldchain.archive.probes import Buffer, NewBuffer, NewCalibration
from coldchain.errors import BadInput
from tests.archive.journal import last, told
from tests.archive.small import HOUR, NURSE, PROBE, T0, fill

DEVICE = "511900012-1/28ff641e"


def buffer(start: int = T0, **more: Any) -> NewBuffer:
    values = {"channel": PROBE, "tau_s": 900, "source": "CDC 2026-14", "approved_by": "张科长", "start": start, **more}
    return NewBuffer(**values)


def certificate(number: str = "JL-1", done: str = "2026-03-01", due: str = "2027-02-28", **more: Any) -> NewCalibration:
    values = {"device": DEVICE, "certificate": number, "done_on": done, "due_on": due, "by": "省计量院", **more}
    return NewCalibration(**values)


async def approve(archive: Archive, new: NewBuffer) -> Buffer:
    async with archive.writing() as tx:
        return await probes.approve_buffer(tx, new, NURSE)


async def buffers(archive: Archive) -> list[tuple[int, int, int | None]]:
    async with archive.reading() as tx:
        return [(each.tau_s, each.start, each.end) for each in await probes.buffers_of(tx, PROBE)]


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
        assert await audit.unseen(tx) == []


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


async def test_the_certificate_made_last_counts_whenever_it_was_entered(archive: Archive):
    async with archive.writing() as tx:
        for new in (certificate("JL-2", "2027-02-01", "2028-01-31"), certificate(), certificate(device="gw/other")):
            await probes.add_calibration(tx, new, NURSE)
        found = await probes.latest_calibrations(tx)
    assert {device: each.certificate for device, each in found.items()} == {DEVICE: "JL-2", "gw/other": "JL-1"}


async def test_a_withdrawn_certificate_counts_no_more_and_may_be_entered_right(archive: Archive):
    async with archive.writing() as tx:
        wrong = await probes.add_calibration(tx, certificate(due="2028-02-28"), NURSE)
        with pytest.raises(BadInput, match=r"certificate: 'JL-1' of .* is there \(number 1\); withdraw"):
            await probes.add_calibration(tx, certificate(), NURSE)
        await probes.withdraw_calibration(tx, wrong.id, NURSE)
        await probes.add_calibration(tx, certificate(), NURSE)
    async with archive.reading() as tx:
        assert [each.due_on for each in (await probes.latest_calibrations(tx)).values()] == ["2027-02-28"]
        assert [each.withdrawn_at for each in await probes.calibrations(tx, DEVICE)] == [NURSE.at, None]
        assert await audit.unseen(tx) == []


async def test_a_certificate_changes_no_verdict_but_the_journal_tells_of_it(archive: Archive):
    before = await last(archive)
    async with archive.writing() as tx:
        await probes.add_calibration(tx, certificate(), NURSE)
    assert await last(archive) == before + 1
    assert await told(archive, before, "calibration") == []


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (certificate(device="gw"), "channel: 'gw/temperature' has 2 parts"),
        (certificate(" "), "certificate: it has no number"),
        (certificate(done="2026-02-30"), "done_on: '2026-02-30' is no date; write it as 2026-03-01"),
        (certificate(due="20270228"), "due_on: '20270228' is no date"),
        (certificate(due="2026-03-01"), "due_on: 2026-03-01 is not after 2026-03-01"),
        (certificate("x" * 201), "calibration.certificate: 201 characters"),
    ],
)
def test_a_certificate_that_cannot_be_is_refused(new: NewCalibration, words: str):
    with pytest.raises(BadInput, match=words):
        probes.check_calibration(new)
