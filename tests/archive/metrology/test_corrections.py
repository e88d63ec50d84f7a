"""Corrections: two persons, one at a time, and raw readings as they were."""

from typing import Any

import pytest

from coldchain.archive import chains, people
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.metrology import certificates, corrections
from coldchain.archive.metrology.corrections import Correction, NewCorrection
from coldchain.archive.metrology.curve import Found
from coldchain.archive.pages import Asked
from coldchain.archive.people import Role, User
from coldchain.errors import BadInput
from coldchain.reading import Fault, Trace
from tests.archive.journal import last
from tests.archive.metrology.cast import CHIEF, WARM, add, certificate, propose
from tests.archive.small import HOUR, NURSE, PROBE, T0, fill

DAY = 24 * HOUR
FEBRUARY = T0 - 140 * DAY  # before the certificate of 1 March


async def approve(archive: Archive, number: int, by: By = CHIEF) -> Correction:
    async with archive.writing() as tx:
        return await corrections.approve(tx, number, by)


async def shown(archive: Archive, trace: Trace) -> list[float | None]:
    async with archive.reading() as tx:
        its = await corrections.in_force(tx, PROBE, trace.t[0], trace.t[-1] + 1)
    return corrections.corrected(trace, its)


@pytest.fixture
async def certified(archive: Archive) -> Archive:
    """A clinic whose probe has a certificate that found it 0.4 to 0.8 K too warm, and left it so."""
    await fill(archive)
    await add(archive, certificate(found=WARM))
    return archive


async def test_it_is_in_force_once_a_second_person_agrees(certified: Archive):
    before = await last(certified)
    trace = Trace(PROBE, [T0 - 1, T0, T0 + 1], [2.4, 2.4, None], [0, 0, int(Fault.GARBLED)])
    proposed = await propose(certified)
    assert (proposed.channel, proposed.state, proposed.approved_by) == (PROBE, Found.AS_FOUND, None)
    assert await shown(certified, trace) == [None, None, None]
    approved = await approve(certified, proposed.id)
    assert (approved.proposed_by, approved.approved_by) == (NURSE.actor, CHIEF.actor)
    assert await shown(certified, trace) == [None, 2.0, None]
    assert await last(certified) == before  # nothing is judged otherwise
    async with certified.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_the_state_in_which_the_probe_was_left_counts_where_the_certificate_has_both(certified: Archive):
    await add(certified, certificate("JL-2", found=WARM, left=((5.0, 5.1),)))
    assert (await propose(certified, 2)).state is Found.AS_LEFT
    before: dict[str, Any] = {"start": FEBRUARY, "end": FEBRUARY + DAY, "state": Found.AS_FOUND}
    assert (await propose(certified, 2, **before)).state is Found.AS_FOUND


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"start": T0 - 200 * DAY}, "start: JL-2 left it so on 2026-03-01; begin then"),
        ({"start": T0, "state": Found.AS_FOUND}, "end: JL-2 adjusted it on 2026-03-01; end then"),
        ({"start": FEBRUARY, "end": T0, "state": Found.AS_FOUND}, "end: JL-2 adjusted it on 2026-03-01"),
    ],
)
async def test_points_of_a_state_in_which_the_probe_was_not_correct_nothing(
    asked: dict[str, Any], words: str, certified: Archive
):
    await add(certified, certificate("JL-2", found=WARM, left=((5.0, 5.1),)))
    with pytest.raises(BadInput, match=words):
        await propose(certified, 2, **asked)


async def test_a_probe_that_was_only_looked_at_is_in_one_state(certified: Archive):
    """A laboratory that adjusts nothing may write the same points twice."""
    await add(certified, certificate("JL-2", found=WARM, left=WARM))
    assert (await propose(certified, 2, FEBRUARY, state=Found.AS_FOUND)).state is Found.AS_FOUND


async def test_once_the_probe_was_adjusted_an_older_certificate_corrects_it_no_more(certified: Archive):
    """The certificate comes weeks after the adjustment, and nobody remembers the correction."""
    await approve(certified, (await propose(certified, start=FEBRUARY)).id)
    june = T0 - 21 * DAY  # 10 June
    trace = Trace(PROBE, [june - DAY, june + DAY], [2.4, 2.4], [0, 0])
    assert await shown(certified, trace) == [2.0, 2.0]
    await add(certified, certificate("JL-2", "2026-06-10", found=WARM, left=((5.0, 5.0),)))
    assert await shown(certified, trace) == [2.0, None]
    async with certified.reading() as tx:
        assert await corrections.in_force(tx, PROBE, june + DAY, T0) == []
    async with certified.writing() as tx:
        await corrections.end(tx, 1, june, CHIEF)
    with pytest.raises(BadInput, match="end: JL-2 adjusted the probe on 2026-06-10"):
        await propose(certified, 1, T0)
    async with certified.writing() as tx:
        await certificates.withdraw(tx, 2, NURSE)
    assert (await propose(certified, 1, T0)).calibration == 1


@pytest.mark.parametrize("actor", [NURSE.actor, f" {NURSE.actor.upper()} "])
async def test_the_same_person_cannot_approve(certified: Archive, actor: str):
    await propose(certified)
    with pytest.raises(BadInput, match=r"approved_by: .* proposed it; let a second person"):
        await approve(certified, 1, By(actor, T0, "me too"))
    async with certified.reading() as tx:
        assert await corrections.in_force(tx, PROBE, T0, T0 + 1) == []


async def test_one_follows_another_that_was_ended(certified: Archive):
    await add(certified, certificate("JL-2", found=((5.0, 5.2),)))
    await approve(certified, (await propose(certified)).id)
    with pytest.raises(
        BadInput, match=r"start: .* has one since 2026-07-01T00:00:00\+00:00 \(number 1\); end that one"
    ):
        await propose(certified, 2, T0 + HOUR)
    async with certified.writing() as tx:
        await corrections.end(tx, 1, T0 + HOUR, CHIEF)
    await approve(certified, (await propose(certified, 2, T0 + HOUR)).id)
    trace = Trace(PROBE, [T0, T0 + HOUR - 1, T0 + HOUR], [5.6, 5.6, 5.6], [0, 0, 0])
    assert await shown(certified, trace) == [5.0, 5.0, 5.4]


async def test_one_that_was_withdrawn_never_was_but_stays_in_the_book(certified: Archive):
    await approve(certified, (await propose(certified)).id)
    async with certified.writing() as tx:
        await corrections.withdraw(tx, 1, CHIEF)
    assert await shown(certified, Trace(PROBE, [T0], [2.4], [0])) == [None]
    async with certified.reading() as tx:
        listed = await corrections.listed(tx, Asked(), frozenset({"511900012"}))
        assert (await corrections.listed(tx, Asked(), frozenset({"511900013"}))).items == []
    assert [(each.id, each.withdrawn_at) for each in listed.items] == [(1, CHIEF.at)]


async def test_a_certificate_on_which_one_rests_is_not_withdrawn(certified: Archive):
    await propose(certified)
    with pytest.raises(BadInput, match="calibration: correction 1 rests on it; withdraw the correction first"):
        async with certified.writing() as tx:
            await certificates.withdraw(tx, 1, NURSE)


async def test_what_cannot_be_is_refused_and_the_one_in_force_stays(certified: Archive):
    await approve(certified, (await propose(certified)).id)
    await add(certified, certificate("JL-2"), certificate("JL-3", device="gw/new", found=((5.0, 5.1),)))
    refused: list[tuple[dict[str, Any], str]] = [
        ({"calibration": 9}, "calibration: 9 is not one that counts"),
        ({"calibration": 2}, "calibration: JL-2 has no points as found"),
        ({"calibration": 1, "state": Found.AS_LEFT}, "calibration: JL-1 has no points as left"),
        ({"calibration": 3}, "channel: 'gw/new/temperature' is not in the archive"),
        ({"calibration": 1, "end": T0}, "end: .* is not after its start"),
        ({"calibration": 1, "start": T0 - DAY, "end": T0 + 1}, "start: .* has one since"),
    ]
    for asked, words in refused:
        with pytest.raises(BadInput, match=words):
            await propose(certified, **asked)
    with pytest.raises(BadInput, match="correction: 1 was approved by"):
        await approve(certified, 1)
    with pytest.raises(BadInput, match="correction: 7 is not one that counts"):
        await approve(certified, 7)
    assert await shown(certified, Trace(PROBE, [T0], [8.8], [0])) == [8.0]


async def test_two_logins_of_one_person_are_not_two_persons(certified: Archive):
    logins = [("liu", "刘 科长"), ("liu.private", "刘科长")]
    async with certified.writing() as tx:
        for name, display in logins:
            await people.create_user(tx, User(name=name, display=display, role=Role.MANAGER), "no hash", CHIEF)
    async with certified.writing() as tx:
        new = NewCorrection(calibration=1, start=T0)
        proposed = await corrections.propose(tx, new, By("liu", NURSE.at))
    with pytest.raises(BadInput, match=r"approved_by: liu\.private proposed it; let a second person approve it"):
        await approve(certified, proposed.id, By("liu.private", NURSE.at))
