"""Probes that were found wrong: how far back that reaches, what was found, and what people made of it."""

from typing import Any

import pytest

from coldchain.archive import chains
from coldchain.archive.db import Archive
from coldchain.archive.metrology import certificates, tolerance
from coldchain.archive.metrology.tolerance import ToleranceCase
from coldchain.archive.pages import Asked
from coldchain.errors import BadInput
from tests.archive.metrology.cast import CHIEF, WARM, add, certificate
from tests.archive.small import HOUR, NURSE, PROBE, T0, fill

DAY = 24 * HOUR

GOOD = ((5.0, 5.1),)
LOT = {"lot": "HepB-A1", "vaccine": "HepB", "doses": 70, "minutes_out": 45.0}
NEW = {"id": "c9", "equipment": "511900012-BX1", "lots": [LOT, LOT | {"lot": "B"}]}
LONGER = {"id": "c1", "equipment": "E9", "lots": [LOT | {"doses": 100}]}
FOUND: dict[str, Any] = {"new": [NEW], "gone": [], "longer": [LONGER], "changed": [], "same": 2, "lots": []}


async def cases(archive: Archive, **asked: Any) -> list[ToleranceCase]:
    async with archive.reading() as tx:
        return (await tolerance.listed(tx, Asked(), asked.pop("scope", None), **asked)).items


async def test_a_probe_found_wrong_puts_all_in_question_since_the_last_good_check(archive: Archive):
    await add(
        archive,
        certificate("A", "2023-03-01", "2024-02-28", found=GOOD),
        certificate("B", "2024-03-01", "2025-02-28", found=WARM, left=GOOD),  # put right: good from then on
        certificate("C", "2025-03-01", "2026-02-28"),  # nobody knows
        certificate("D", "2026-03-01", "2027-02-28", found=WARM),
    )
    assert [(each.calibration, each.channel, each.since, each.until) for each in await cases(archive)] == [
        (4, PROBE, "2024-03-01", "2026-03-01"),
        (2, PROBE, "2023-03-01", "2024-03-01"),
    ]


async def test_without_a_good_check_it_reaches_back_to_the_beginning(archive: Archive):
    await add(archive, certificate("A", "2025-03-01", "2026-02-28", found=WARM), certificate("B", found=WARM))
    assert [each.since for each in await cases(archive)] == [None, None]


async def test_a_probe_within_its_limit_opens_none(archive: Archive):
    await add(archive, certificate("A", found=GOOD), certificate("B"))
    assert await cases(archive) == []
    async with archive.reading() as tx:
        with pytest.raises(BadInput, match="calibration: 1 found its probe within its limit, or does not say"):
            await tolerance.of_calibration(tx, 1)


async def test_what_a_what_if_found_is_kept_and_concluded_by_people(archive: Archive):
    await fill(archive)
    await add(archive, certificate(found=WARM))
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="case: 1 was not asked about yet"):
            await tolerance.conclude(tx, 1, "all is well", CHIEF)
        judged = await tolerance.judged(tx, 1, FOUND, NURSE)
        assert (judged.found, judged.judged_at, judged.judged_by) == (FOUND, T0, NURSE.actor)
        with pytest.raises(BadInput, match="conclusion: says nothing"):
            await tolerance.conclude(tx, 1, " ", CHIEF)
        await tolerance.conclude(tx, 1, "maker asked", CHIEF)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="case: 1 is not one that is open"):
            await tolerance.judged(tx, 1, FOUND, NURSE)
    [case] = await cases(archive, scope=frozenset({"511900012"}))
    assert (case.conclusion, case.closed_by, case.found) == ("maker asked", CHIEF.actor, FOUND)
    assert await cases(archive, only_open=True) == await cases(archive, scope=frozenset({"511900013"})) == []
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_a_certificate_that_says_only_how_it_left_a_wrong_probe_opens_one_too(archive: Archive):
    await add(archive, certificate("A", "2025-03-01", "2026-02-28", found=GOOD), certificate("B", left=WARM))
    assert [(each.calibration, each.since) for each in await cases(archive)] == [(2, "2025-03-01")]


async def test_a_good_check_that_never_was_lets_a_concluded_case_reach_farther_and_be_due_again(archive: Archive):
    old, good, _ = await add(
        archive,
        certificate("A", "2024-03-01", "2025-02-28", found=GOOD),
        certificate("B", "2025-03-01", "2026-02-28", found=GOOD),
        certificate("C", found=WARM),
    )
    async with archive.writing() as tx:
        await tolerance.judged(tx, 1, FOUND, NURSE)
        await tolerance.conclude(tx, 1, "maker asked", CHIEF)
        await certificates.withdraw(tx, good.id, NURSE)
    [case] = await cases(archive, only_open=True)
    assert (case.since, case.found, case.judged_at, case.conclusion) == ("2024-03-01", None, None, "")
    async with archive.writing() as tx:
        await certificates.withdraw(tx, old.id, NURSE)
    assert [each.since for each in await cases(archive)] == [None]
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_a_good_check_that_is_entered_late_shortens_an_open_case_and_leaves_a_concluded_one(archive: Archive):
    await add(archive, certificate("C", found=WARM), certificate("D", device="gw/other", found=WARM))
    async with archive.writing() as tx:
        await tolerance.judged(tx, 2, FOUND, NURSE)
        await tolerance.conclude(tx, 2, "maker asked", CHIEF)
        await tolerance.judged(tx, 1, FOUND, NURSE)
    late: dict[str, Any] = {"done": "2025-03-01", "due": "2026-02-28", "found": GOOD}
    await add(archive, certificate("B", **late), certificate("B", device="gw/other", **late))
    assert [(each.since, each.found is None, each.conclusion) for each in await cases(archive)] == [
        (None, False, "maker asked"),
        ("2025-03-01", True, ""),
    ]


async def test_the_answer_to_another_certificate_is_refused(archive: Archive):
    await add(archive, certificate(found=WARM))
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="found: it is about certificate 9, the case about 1"):
            await tolerance.judged(tx, 1, FOUND | {"calibration": 9}, NURSE)


async def test_an_answer_that_lists_nothing_is_refused(archive: Archive):
    await add(archive, certificate(found=WARM))
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="found: it lists no gone, longer, changed"):
            await tolerance.judged(tx, 1, {"new": []}, NURSE)


async def test_a_withdrawn_certificate_takes_its_case_along(archive: Archive):
    await add(archive, certificate(found=WARM))
    async with archive.writing() as tx:
        await certificates.withdraw(tx, 1, NURSE)
        with pytest.raises(BadInput, match="case: 1 is not one that is open"):
            await tolerance.judged(tx, 1, FOUND, NURSE)
    [case] = await cases(archive)
    assert case.withdrawn_at == NURSE.at
    assert await cases(archive, only_open=True) == []


def test_whoever_sees_some_equipment_sees_what_concerns_it():
    cut = tolerance.seen_from(FOUND, frozenset({"511900012-BX1"}))
    assert cut is not None
    assert (cut["new"], cut["longer"]) == ([NEW], [])
    assert [(lot["lot"], lot["doses"]) for lot in cut["lots"]] == [("B", 70), ("HepB-A1", 70)]
    assert tolerance.seen_from(FOUND, None) == FOUND
    assert tolerance.seen_from(None, frozenset()) is None


def test_of_a_lot_the_most_doses_count():
    lots = tolerance.lots_of(FOUND)
    assert lots == [{"lot": "B", "vaccine": "HepB", "doses": 70}, {"lot": "HepB-A1", "vaccine": "HepB", "doses": 100}]


JUNE = 1_780_272_000_000  # 2026-06-01


async def test_readings_that_come_later_make_what_was_found_stale(archive: Archive):
    await fill(archive)
    await add(
        archive, certificate("A", "2025-03-01", "2026-02-28", found=GOOD), certificate("B", "2026-07-01", found=WARM)
    )
    async with archive.reading() as tx:
        assert [case.id for case in await tolerance.due(tx)] == [1]
    async with archive.writing() as tx:
        await tolerance.judged(tx, 1, FOUND, CHIEF)
        assert await tolerance.due(tx) == []
        assert await tolerance.came(tx, [("gw/other/temperature", JUNE), (PROBE, JUNE + 400 * DAY)], CHIEF) == []
        assert await tolerance.came(tx, [(PROBE, JUNE)], CHIEF) == [1]
        assert await tolerance.came(tx, [(PROBE, JUNE)], CHIEF) == []  # once is enough
        with pytest.raises(BadInput, match="case: 1: readings came later than what was found; it is asked anew"):
            await tolerance.conclude(tx, 1, "all is well", CHIEF)
        assert [case.id for case in await tolerance.due(tx)] == [1]
        await tolerance.judged(tx, 1, FOUND, CHIEF)
        assert (await tolerance.conclude(tx, 1, "all is well", CHIEF)).closed_by == CHIEF.actor
        assert await chains.unseen(tx) == []


async def test_a_concluded_case_stays_concluded_and_tells_that_more_came(archive: Archive):
    await fill(archive)
    await add(archive, certificate("B", "2026-07-01", found=WARM))
    async with archive.writing() as tx:
        await tolerance.judged(tx, 1, FOUND, CHIEF)
        await tolerance.conclude(tx, 1, "all is well", CHIEF)
        assert await tolerance.came(tx, [(PROBE, JUNE)], CHIEF) == [1]
        case = await tolerance.of(tx, 1)
        assert (case.conclusion, tolerance.is_stale(case.found), await tolerance.due(tx)) == ("all is well", True, [])
