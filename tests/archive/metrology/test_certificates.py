"""Certificates, who is due, and what devices add by themselves."""

import pytest

from coldchain.archive import cases, chains, equipment
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive
from coldchain.archive.equipment import EquipmentType, NewAssignment
from coldchain.archive.metrology import certificates, due, offsets, reach
from coldchain.archive.metrology.certificates import NewCalibration
from coldchain.archive.metrology.curve import Found, Point
from coldchain.archive.metrology.due import Why
from coldchain.archive.metrology.limits import Outcome
from coldchain.archive.pages import Asked
from coldchain.errors import BadInput
from coldchain.excursion import Kind, Severity
from tests.archive.journal import last, told
from tests.archive.metrology.cast import DEVICE, WARM, add, certificate
from tests.archive.small import HOUR, NURSE, PROBE, T0, fill

HERE, ELSEWHERE = frozenset({"511900012"}), frozenset({"511900013"})


async def test_the_certificate_made_last_counts_whenever_it_was_entered(archive: Archive):
    newer = certificate("JL-2", "2026-05-01", "2028-01-31")
    await add(archive, newer, certificate(), certificate(device="gw/other"))
    async with archive.reading() as tx:
        found = await certificates.latest(tx)
        assert await certificates.latest(tx, ["gw/other"]) == {"gw/other": found["gw/other"]}
    assert {device: each.certificate for device, each in found.items()} == {DEVICE: "JL-2", "gw/other": "JL-1"}


async def test_a_withdrawn_certificate_counts_no_more_and_may_be_entered_right(archive: Archive):
    [wrong] = await add(archive, certificate(due="2028-02-28"))
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match=r"certificate: 'JL-1' of .* is there \(number 1\); withdraw"):
            await certificates.add(tx, certificate(), NURSE)
        await certificates.withdraw(tx, wrong.id, NURSE)
    await add(archive, certificate())
    async with archive.reading() as tx:
        assert [each.due_on for each in (await certificates.latest(tx)).values()] == ["2027-02-28"]
        assert [each.withdrawn_at for each in await certificates.all_of(tx, DEVICE)] == [NURSE.at, None]
        assert await chains.unseen(tx) == []


async def test_a_certificate_changes_no_verdict_but_the_journal_tells_of_it(archive: Archive):
    before = await last(archive)
    await add(archive, certificate())
    assert await last(archive) == before + 1
    assert await told(archive, before, "calibration") == []


async def test_its_points_stand_beside_it_and_say_whether_the_probe_passed(archive: Archive):
    left = ((2.0, 2.05), (8.0, 8.1))
    [found] = await add(archive, certificate(found=WARM, left=left, uncertainty_c=0.45, k=2.0))
    assert (found.as_found, found.as_left) == (Outcome.FAILED, Outcome.NEAR)
    assert (found.uncertainty_mc, found.k, found.limit) == (450, 2.0, "cn-2017")
    async with archive.reading() as tx:
        points = await certificates.points_of(tx, [found.id])
        assert await chains.unseen(tx) == []
    assert points == {
        (1, Found.AS_FOUND): [Point(2000, 2400), Point(8000, 8800)],
        (1, Found.AS_LEFT): [Point(2000, 2050), Point(8000, 8100)],
    }


async def test_one_that_says_nothing_of_errors_is_neither_good_nor_bad(archive: Archive):
    [found] = await add(archive, certificate())
    assert (found.as_found, found.as_left, found.limit) == (None, None, "")


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (certificate(device="gw"), "device: 'gw' is no device; write gateway/device"),
        (certificate(device="gw/a b"), "device: 'a b' is no name"),
        (certificate(" "), "certificate: it has no number"),
        (certificate(done="2026-02-30"), "done_on: '2026-02-30' is no date; write it as 2026-03-01"),
        (certificate(due="20270228"), "due_on: '20270228' is no date"),
        (certificate(due="2026-03-01"), "due_on: 2026-03-01 is not after 2026-03-01"),
        (certificate(due="2036-02-28"), "due_on: 2036-02-28 is more than 3 years after 2026-03-01; write the day"),
        (certificate("x" * 201), "calibration.certificate: 201 characters"),
        (certificate(limit="mine"), "limit: 'mine' is unknown; use one of"),
        (certificate(uncertainty_c=0.0), "uncertainty_c: 0 K cannot be"),
        (certificate(uncertainty_c=0.1, k=20.0), "k: 20 is no coverage factor; write 1 to 4"),
        (certificate(k=2.0), "uncertainty_c: is missing beside k"),
        (certificate(found=((2.0, 2.0), (8.0, 1.0))), "found: at 8 °C it showed 1 °C"),
        (certificate(left=((2.0, -127.0),)), "left: -127 °C is no temperature"),
    ],
)
def test_a_certificate_that_cannot_be_is_refused(new: NewCalibration, words: str):
    with pytest.raises(BadInput, match=words):
        certificates.check(new)


async def test_what_is_not_there_or_still_to_come_is_refused_and_good_ones_stay(archive: Archive):
    await add(archive, certificate())
    for new, words in (
        (certificate("JL-2", done="2026-07-03"), "done_on: 2026-07-03 is still to come"),
        (certificate("JL-2", document="0" * 64), "document: there is no document"),
    ):
        with pytest.raises(BadInput, match=words):
            await add(archive, new)
    async with archive.reading() as tx:
        assert [each.certificate for each in await certificates.all_of(tx)] == ["JL-1"]


async def test_a_scope_sees_the_certificates_of_what_ever_measured_there(archive: Archive):
    await fill(archive)
    await add(archive, certificate(), certificate(device="gw/other"))
    async with archive.reading() as tx:
        lists = [
            [each.device for each in (await certificates.listed(tx, Asked(), scope, equipment=code)).items]
            for scope, code in ((None, None), (HERE, None), (ELSEWHERE, None), (None, "511900012-BX1"))
        ]
        first = await certificates.listed(tx, Asked(limit=1), None)
        second = await certificates.listed(tx, Asked(limit=1, cursor=first.next), None)
    assert lists == [["gw/other", DEVICE], [DEVICE], [], [DEVICE]]
    assert [page.items[0].device for page in (first, second)] == ["gw/other", DEVICE]


@pytest.mark.parametrize(
    ("new", "today", "expected"),
    [
        (None, "2026-07-01", (Why.NEVER, None)),
        (certificate(), "2027-01-29", (Why.SOON, 30)),
        (certificate(), "2027-01-28", None),
        (certificate(), "2027-02-28", (Why.SOON, 0)),
        (certificate(), "2027-03-01", (Why.OVERDUE, -1)),
        (certificate(found=WARM), "2026-07-01", (Why.WRONG, 242)),
        (certificate(found=WARM, left=((5.0, 5.1),)), "2026-07-01", None),
    ],
)
async def test_a_probe_is_due_before_its_certificate_runs_out(
    new: NewCalibration | None, today: str, expected: tuple[Why, int | None] | None, archive: Archive
):
    await fill(archive)
    await add(archive, *([new] if new else []))
    async with archive.reading() as tx:
        found = await due.listed(tx, HERE, today)
        assert await due.listed(tx, ELSEWHERE, today) == []
    assert [(each.why, each.days_left) for each in found] == ([] if expected is None else [expected])


async def test_the_most_urgent_are_first_and_a_probe_that_hangs_nowhere_is_not_due(archive: Archive):
    await fill(archive)
    late, wrong = "511900012-1/28ff0001", "511900012-1/28ff0002"
    async with archive.writing() as tx:
        for device in (late, wrong, "511900012-1/28ff0003"):
            new = NewAssignment(
                channel=f"{device}/temperature", equipment="511900012-BX1", compartment="cold", start=T0
            )
            await equipment.assign(tx, new, NURSE)
        await equipment.unassign(tx, "511900012-1/28ff0003/temperature", T0 + HOUR, NURSE)
    await add(archive, certificate(device=late, due="2026-06-01"), certificate(device=wrong, found=WARM))
    async with archive.reading() as tx:
        found = await due.listed(tx, None, "2026-07-01")
        with pytest.raises(BadInput, match="within: -1 days cannot be"):
            await due.listed(tx, None, "2026-07-01", -1)
    assert [(each.device, each.why) for each in found] == [
        (wrong, Why.WRONG), (late, Why.OVERDUE), (DEVICE, Why.NEVER),
    ]  # fmt: skip


async def test_offsets_that_are_set_in_devices_are_listed_while_they_are(archive: Archive):
    await fill(archive)
    values = [{"quantity": "temperature", "register": 0x0103, "adds": -0.5}]
    async with archive.writing() as tx:
        for device, code in ((DEVICE, "511900012-BX1"), ("gw/old", None)):
            seen = NewObservation(
                kind=Kind.OFFSET_SET, subject=device, severity=Severity.WARNING, start=T0, seen_at=T0, equipment=code,
                detail={"offsets": values},
            )  # fmt: skip
            await cases.observe(tx, seen)
    async with archive.reading() as tx:
        everything = await offsets.listed(tx, None)
        assert await offsets.listed(tx, HERE) == everything[:1]
        assert await offsets.listed(tx, ELSEWHERE) == []
    assert (everything[0].facility, everything[0].since, everything[0].values) == ("511900012", T0, values)
    async with archive.writing() as tx:
        await cases.end_observation(tx, 1, T0 + HOUR)
    async with archive.reading() as tx:
        assert await offsets.listed(tx, HERE) == []


@pytest.mark.parametrize(
    ("k", "outcome"), [(None, Outcome.PASSED), (2.0, Outcome.PASSED), (1.0, Outcome.NEAR), (3.0, Outcome.PASSED)]
)
async def test_an_uncertainty_that_covers_less_than_usual_is_widened_before_it_is_weighed(
    k: float | None, outcome: Outcome, archive: Archive
):
    """0.35 K off and 0.1 K unsure: with k = 1 that is 0.2 K, and 0.55 K may be the truth."""
    [found] = await add(archive, certificate(found=((5.0, 5.35),), uncertainty_c=0.1, k=k))
    assert (found.as_found, found.uncertainty_mc) == (outcome, 100)


async def test_a_paper_older_than_the_limit_is_kept_when_it_says_nothing_of_errors(archive: Archive):
    old = certificate("JL-0", "2016-03-01", "2017-02-28")
    assert [each.limit for each in await add(archive, old)] == [""]
    with pytest.raises(BadInput, match="limit: 'cn-2017' is not in force on 2016-03-01"):
        await add(archive, certificate("JL-X", "2016-03-01", "2017-02-28", found=WARM))


async def test_who_gave_a_probe_away_looks_at_it_and_writes_of_it_no_more(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        new = equipment.Equipment(
            code="F9", facility="511900013", name_zh="九", name_en="nine", short_zh="九", type=EquipmentType.OTHER
        )
        await equipment.put_equipment(tx, [new], NURSE)
        assert await reach.is_kept_in(tx, PROBE, HERE)
        await equipment.assign(tx, NewAssignment(channel=PROBE, equipment="F9", start=T0 + HOUR), NURSE)
        assert [await reach.is_in(tx, PROBE, scope) for scope in (HERE, ELSEWHERE, None)] == [True, True, True]
        assert [await reach.is_kept_in(tx, PROBE, scope) for scope in (HERE, ELSEWHERE, None)] == [False, True, True]
        assert not await reach.is_kept_in(tx, "gw/nobody/temperature", HERE)
