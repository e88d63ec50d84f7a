"""The days ahead: cut where anything begins or ends; and what would leave an alarm without people is found before it is so."""

import pytest

from coldchain.archive.db import Archive
from coldchain.archive.duty import absences, gaps, rotas, ways
from coldchain.archive.duty.absences import NewAbsence
from coldchain.archive.duty.gaps import LeavesGap
from coldchain.archive.duty.rotas import NewRota, NewShift, NewTurn
from coldchain.archive.duty.week import DAYS, Span, week
from coldchain.archive.duty.words import GapKind
from tests.archive.duty.books import ms
from tests.archive.duty.test_asking import BY, CLINIC, LI, NOW, WU, ZHOU, staffed
from tests.archive.small import COUNTY

__all__ = ["staffed"]  # a fixture is found by its name
DAY = 86_400_000


async def desk_of(archive: Archive) -> int:
    """Wu from 8 to 20 every day, Zhou through the night until 8."""
    async with archive.writing() as tx:
        desk = await rotas.add(tx, NewRota(name="县值班", region=COUNTY, is_desk=True), BY)
        for weekday in range(7):
            for person, from_min, to_min in ((WU, 480, 1200), (ZHOU, 1200, 1920)):
                turn = NewTurn(
                    rota=desk.id, person=person, weekday=weekday, from_min=from_min, to_min=to_min, start=NOW - DAY
                )
                await rotas.add_turn(tx, turn, BY)
    return desk.id


def told(span: Span) -> tuple[int, int, tuple[str, ...]]:
    return span.start, span.end, span.people


async def test_a_rota_is_cut_where_hours_begin_and_end(staffed: Archive):
    desk = await desk_of(staffed)
    async with staffed.reading() as tx:
        found = await week(tx, NOW, [desk], CLINIC)
    assert len(found) == DAYS
    begun = ms("2026-11-20 20:00")
    assert [told(each) for each in found[0].rotas[desk]] == [
        (NOW, begun, ("吴丹",)), (begun, ms("2026-11-21 00:00"), ("周敏",)),
    ]  # fmt: skip
    eight, twenty = ms("2026-11-21 08:00"), ms("2026-11-21 20:00")
    assert [told(each) for each in found[1].rotas[desk]] == [
        (ms("2026-11-21 00:00"), eight, ("周敏",)), (eight, twenty, ("吴丹",)),
        (twenty, ms("2026-11-22 00:00"), ("周敏",)),
    ]  # fmt: skip


async def test_a_swap_and_an_absence_are_in_it(staffed: Archive):
    desk = await desk_of(staffed)
    noon, two = ms("2026-11-22 12:00"), ms("2026-11-22 14:00")
    async with staffed.writing() as tx:
        await rotas.add_shift(tx, NewShift(rota=desk, person=LI, instead_of=WU, start=noon, end=two), BY)
        away = NewAbsence(person=ZHOU, start=ms("2026-11-22 22:00"), end=ms("2026-11-23 06:00"))
        await absences.enter(tx, away, BY)
        found = (await week(tx, NOW, [desk], CLINIC))[2].rotas[desk]
    assert [each.people for each in found] == [("周敏",), ("吴丹",), ("李小琴",), ("吴丹",), ("周敏",), ()]
    assert [gap.kind for gap in found[-1].gaps] == [GapKind.ABSENT]
    assert found[-1].gaps[0].told_zh == "周敏不在岗，无人代班"


async def test_a_facility_s_watches_are_by_day_and_in_the_night(staffed: Archive):
    async with staffed.reading() as tx:
        first, *_ = await week(tx, NOW, [], CLINIC)
    assert [each.at for each in first.watches] == [ms("2026-11-20 10:00"), ms("2026-11-21 03:00")]
    assert [one.person for one in first.watches[0].levels[0].people] == [LI]


async def test_what_opens_a_gap_is_found_and_what_stood_before_is_not_asked(staffed: Archive):
    scope, start, end = frozenset({CLINIC}), NOW + DAY, NOW + 2 * DAY
    async with staffed.writing() as tx:
        before = await gaps.missing(tx, start, end, scope)
        gaps.check_opened(before, before, "stand_in")
        await absences.enter(tx, NewAbsence(person=LI, start=start, end=end), BY)
        with pytest.raises(LeavesGap, match=f"{CLINIC} would be left without people") as refused:
            gaps.check_opened(before, await gaps.missing(tx, start, end, scope), "stand_in")
    assert refused.value.gap.kind in gaps.OPENS


async def test_a_gap_between_is_found_though_somebody_is_there_when_the_absence_begins(staffed: Archive):
    await desk_of(staffed)
    scope, start, end = frozenset({CLINIC}), ms("2026-11-22 06:00"), ms("2026-11-22 18:00")
    async with staffed.writing() as tx:
        before = await gaps.missing(tx, start, end, scope)
        await absences.enter(tx, NewAbsence(person=WU, start=start, end=end), BY)
        opened = [gap for key, gap in (await gaps.missing(tx, start, end, scope)).items() if key not in before]
    assert (ms("2026-11-22 08:00"), WU) in {(gap.at, gap.person) for gap in opened}


async def test_a_stand_in_who_is_away_in_the_second_week_is_found(staffed: Archive):
    scope, start, end = frozenset({CLINIC}), NOW + DAY, NOW + 12 * DAY
    async with staffed.writing() as tx:
        away = NewAbsence(person=WU, start=NOW + 9 * DAY, end=NOW + 10 * DAY)
        await absences.enter(tx, away, BY)
        before = await gaps.missing(tx, start, end, scope)
        await absences.enter(tx, NewAbsence(person=LI, start=start, end=end, stand_in=WU), BY)
        opened = await gaps.missing(tx, start, end, scope)
    assert any(gap.at >= away.start and gap.person == WU for key, gap in opened.items() if key not in before)


async def test_every_gap_is_said_in_chinese_too(staffed: Archive):
    async with staffed.reading() as tx:
        found = await gaps.gaps_at(tx, NOW)
    assert found
    assert all(each.told_zh and not each.told_zh.isascii() for each in found)


async def test_numbers_to_be_asked_for_come_in_pages(staffed: Archive):
    async with staffed.reading() as tx:
        whole = await ways.due(tx, NOW)
        paged, after = [], None
        while page := await ways.due(tx, NOW, after=after, limit=1):
            paged += page
            after = page[-1].person, page[-1].place
    assert len(whole) == 3
    assert paged == whole
