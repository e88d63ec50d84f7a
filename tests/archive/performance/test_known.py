"""What nobody knows is not zero, what nobody saw is no measurement, and those who are gone are asked too."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete

from coldchain import clock
from coldchain.admin.performance import performance
from coldchain.archive import equipment, tables
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import EquipmentType, NewAssignment
from coldchain.archive.performance import days, models, ranking
from coldchain.archive.performance.days import DAY_MS, Loss, SpreadOfDay, losses_of
from coldchain.archive.performance.failures import Basis, Failure
from coldchain.archive.performance.models import ModelAge, Piece
from coldchain.archive.performance.rest import rested
from coldchain.archive.performance.weights import Fact
from coldchain.archive.upkeep import life
from coldchain.archive.upkeep.life import Turn
from coldchain.archive.upkeep.words import Status
from coldchain.settings import ArchiveSettings
from tests.archive.cast import a_case, keep
from tests.archive.performance.test_reports import CODE, HELD, HERE, MINUTE, RAN, D, a_day, broke, failed, put, report
from tests.archive.small import HOUR, NURSE, T0, compartment_of, fill
from tests.archive.test_admin import run


def loss(start_h: float, end_h: float | None, **more: Any) -> Loss:
    end = None if end_h is None else D + round(end_h * HOUR)
    return Loss(equipment=CODE, start=D + round(start_h * HOUR), end=end, **more)


async def emptied(tx: Tx) -> None:
    """As if no lot had ever been inside."""
    await tx.execute(delete(tables.Movement))


# reports


async def test_a_day_of_which_nothing_is_known_any_more_is_not_counted(archive: Archive):
    await fill(archive)
    await put(archive, a_day(0), a_day(1, **RAN))
    assert (await report(archive)).days == 1


async def test_without_a_channel_of_the_mains_nobody_says_that_they_held(archive: Archive):
    await fill(archive)
    await put(archive, a_day(0, known_ms=DAY_MS))
    assert (await report(archive)).losses is None
    await put(archive, a_day(0, known_ms=DAY_MS, mains_known_ms=HOUR))
    found = await report(archive)
    assert (found.losses, found.mains_known_h, found.mains_out_min) == (0, 1.0, 0.0)


async def test_a_duty_that_the_temperature_told_is_called_an_estimate(archive: Archive):
    await fill(archive)
    await put(archive, a_day(0, **(RAN | {"basis": "temperature"})))
    assert (await report(archive)).is_estimate


def test_a_machine_is_rested_when_it_had_its_mains_for_as_long_as_it_had_lacked_them():
    first, soon, rest = loss(0, 3), loss(3.1, 4), loss(9, 10)
    assert rested([rest, soon, first]) == [first, rest]
    assert rested([first, loss(3.1, 3.11), loss(3.2, 4)]) == [first]  # what flickers pays nothing off
    assert rested([loss(0, 0.1), loss(0.3, 4)]) == [loss(0, 0.1), loss(0.3, 4)]
    assert rested([loss(0, None, heard_to=D + HOUR), loss(1.5, 2), loss(4, 5)])[1:] == [loss(4, 5)]


async def test_the_holdover_of_a_machine_that_was_warm_already_does_not_count(archive: Archive):
    await fill(archive)
    short = loss(5.1, 6, holdover_ms=10 * MINUTE, held_ms=9 * MINUTE, catalogue_ms=4 * HOUR)
    await put(archive, losses=(HELD, short))
    found = await report(archive)
    assert (found.losses, found.holdovers, found.holdover_h, found.holdover_pct) == (2, 1, 2.0, 50.0)


async def test_a_loss_in_which_it_stayed_cold_tells_of_no_recovery(archive: Archive):
    await fill(archive)
    cold = [loss(hour, hour + 1, held_ms=HOUR, back_at=D + (hour + 1) * HOUR) for hour in (10, 20)]
    await put(archive, losses=(HELD, *cold))
    found = await report(archive)
    assert (found.recovery_min, found.held_h) == (30.0, 2.0)


async def test_a_day_of_which_little_is_known_says_little_of_a_usual_day_of_thirty_probes(archive: Archive):
    await fill(archive)
    its: dict[str, Any] = {"compartment": await compartment_of(archive, "cold"), "low_mc": 4000, "mean_mc": 5000}
    whole = SpreadOfDay(day=D, known_ms=DAY_MS * 27, high_mc=6000, deviation_mc=1000, **its)
    scrap = SpreadOfDay(day=D + DAY_MS, known_ms=DAY_MS * 3, high_mc=4100, deviation_mc=0, **its)
    await put(archive, spreads=(whole, scrap))
    assert (await report(archive)).deviation_k == 0.9


async def test_a_loss_that_began_before_the_period_belongs_to_it_as_long_as_it_lasts(archive: Archive):
    await fill(archive)
    dead = loss(-240, None, heard_to=D - 200 * HOUR)
    await put(archive, losses=(loss(-30, 5), loss(-30.5, 0, held_ms=1), dead))
    async with archive.reading() as tx:
        found = await losses_of(tx, [CODE], D, D + DAY_MS)
    assert [each.start for each in found] == [D - 30 * HOUR]
    assert (await report(archive)).losses == 1


async def test_a_card_filled_in_later_tells_of_the_losses_before(archive: Archive):
    await fill(archive)
    await put(archive, losses=(loss(1, 5, holdover_ms=2 * HOUR),))
    async with archive.writing() as tx:
        row = await tx.get_one(tables.Equipment, CODE)
        row.holdover_h_catalogue = 8.0
    found = await report(archive)
    assert (found.catalogue_h, found.holdover_pct) == (8.0, 25.0)


# failures


async def test_heat_that_comes_back_within_a_day_is_one_failure(archive: Archive):
    await fill(archive)
    span: dict[str, Any] = {"explained": None}
    first = a_case("c1", **span)
    again = a_case(
        "c2", first_bad=first.facts.first_bad + 20 * HOUR, last_bad=first.facts.first_bad + 21 * HOUR, **span
    )
    later = a_case(
        "c3", first_bad=first.facts.first_bad + 90 * HOUR, last_bad=first.facts.first_bad + 91 * HOUR, **span
    )
    await keep(archive, first, again, later)
    assert [each.on for each in await failed(archive)] == ["2026-07-01", "2026-07-04"]


async def test_mains_that_nobody_heard_of_any_more_explain_no_heat_for_ever(archive: Archive):
    await fill(archive)
    await keep(archive, a_case(explained=None))
    lost: dict[str, Any] = {"equipment": CODE, "end": None}
    await put(archive, losses=(Loss(start=T0 - 50 * HOUR, heard_to=T0 - 2 * HOUR, **lost),))
    assert await failed(archive) == []
    await put(archive, losses=(Loss(start=T0 - 50 * HOUR, heard_to=T0 - 40 * HOUR, **lost),))
    assert len(await failed(archive)) == 1


@pytest.mark.parametrize(("plug", "count"), [(None, 0), (CODE, 1)])
async def test_without_a_channel_of_its_own_mains_those_of_the_clinic_explain_heat(
    plug: str | None, count: int, archive: Archive
):
    await fill(archive)
    await keep(archive, a_case(explained=None))
    async with archive.writing() as tx:
        new = equipment.Equipment(
            code="F9", facility="511900012", name_zh="九", name_en="nine", short_zh="九", type=EquipmentType.ILR
        )
        await equipment.put_equipment(tx, [new], NURSE)
        await tx.execute(delete(tables.Assignment).where(tables.Assignment.channel.like("%/power")))
        for at, code in enumerate(filter(None, ("F9", plug))):
            told = NewAssignment(channel=f"gw/plug{at}/power", equipment=code, start=T0 - 50 * HOUR)
            await equipment.assign(tx, told, NURSE)
        out = Loss(equipment="F9", start=T0 - HOUR, end=T0 + HOUR)
        await days.put_losses(tx, "F9", (0, 2**53), [out], T0)
    assert len(await failed(archive)) == count


async def test_a_machine_that_was_put_aside_does_not_fail_by_being_warm(archive: Archive):
    await fill(archive)
    await keep(archive, a_case(explained=None))
    assert len(await failed(archive)) == 1
    async with archive.writing() as tx:
        await emptied(tx)
        await life.set_status(tx, CODE, Turn(Status.SPARE, "2026-06-30", "a new one came"), NURSE)
    assert await failed(archive) == []


# models


def piece(**more: Any) -> Piece:
    values: dict[str, Any] = {
        "code": "E1", "brand": "海容", "model": "HYC-290",
        "born": date(2025, 1, 1), "since": date(2025, 1, 1), "until": date(2026, 1, 1),
    }  # fmt: skip
    return Piece(**(values | more))


def failure(on: str, **more: Any) -> Failure:
    return Failure(equipment="E1", on=on, repaired_on=None, basis=Basis.REPAIR, cause="", **more)


def test_a_failure_before_anybody_would_have_known_counts_in_no_mean_time():
    its = piece(since=date(2025, 12, 1), failed=[failure("2025-03-01"), failure("2025-12-10")])
    [band] = models.grouped([its], [3])
    assert (band.failures, band.mtbf_days, models.mtbf_days(its)) == (1, 31.0, 31.0)


def test_days_on_which_it_stood_aside_are_no_service():
    aside = [
        (date(2025, 2, 1), date(2025, 3, 1)),
        (date(2025, 2, 20), date(2025, 3, 11)),
        (date(2024, 1, 1), date(2025, 1, 2)),
    ]
    its = piece(failed=[failure("2025-02-01")], idle=aside)
    assert models.mtbf_days(its) == 365 - 28 - 10 - 1


def test_a_failure_of_today_was_no_day_ago_wherever_it_is_today():
    assert models.days_since(piece(failed=[failure("2026-01-02")])) == 0


async def of_models(archive: Archive, today: str = "2026-07-01") -> list[ModelAge]:
    async with archive.reading() as tx:
        return await models.by_age(tx, None, today)


async def test_what_was_scrapped_counts_until_then(archive: Archive):
    """Or a model of which the worst are gone would never fail."""
    await fill(archive)
    await broke(archive, "2022-03-01", "2022-03-11")
    before = sum(each.service_years for each in await of_models(archive, "2022-09-01"))
    async with archive.writing() as tx:
        await emptied(tx)
        await life.set_status(tx, CODE, Turn(Status.SCRAPPED, "2022-09-01", "worn out"), NURSE)
    after = await of_models(archive)
    assert (sum(each.failures for each in after), sum(each.service_years for each in after)) == (1, before)
    async with archive.reading() as tx:
        assert await ranking.ranked(tx, None, T0) == []


async def test_where_nobody_keeps_a_repair_book_service_counts_from_the_first_reading(archive: Archive):
    await fill(archive)
    async with archive.reading() as tx:
        [its] = await models.pieces(tx, HERE, "2026-07-01")
    assert (its.born, its.since) == (date(2021, 3, 1), date(2026, 7, 1))
    await broke(archive, "2026-03-01", "2026-03-02")
    async with archive.reading() as tx:
        [its] = await models.pieces(tx, HERE, "2026-07-01")
    assert its.since == date(2021, 3, 1)


async def test_failures_of_a_machine_that_nobody_watches_are_not_known_to_be_none(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        [watched] = await ranking.ranked(tx, None, T0)
        await tx.execute(delete(tables.Assignment))
        [alone] = await ranking.ranked(tx, None, T0)
    assert Fact.FAILURES in alone.unknown
    assert Fact.FAILURES not in watched.unknown
    await broke(archive, "2023-03-01", "2023-03-02")  # a clinic that keeps a book would have written it down
    async with archive.reading() as tx:
        assert await ranking.ranked(tx, None, T0) == [watched]


# the command


async def test_the_words_of_one_piece(archive: Archive, settings: ArchiveSettings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "now", lambda: D + 2 * DAY_MS + HOUR)
    await fill(archive)
    said = run(performance, settings, "show", CODE).stdout
    assert f"{CODE}\t0 days\tduty unknown\tmains unknown" in said
    assert "no failure is known" in said
    always = RAN | {"basis": "temperature", "periods": 0, "period_ms": 0, "cycles": 0}
    await put(archive, a_day(0, **always), losses=(loss(30, None, heard_to=D + 31 * HOUR),))
    await broke(archive, "2026-06-29", "2026-06-30")
    said = run(performance, settings, "show", CODE).stdout
    assert "duty about 25 % (temperature, an estimate)\t" in said
    assert "still, last heard 2026-07-02T15:00" in said
    assert "1 failures, one in" in said
    answer = json.loads(run(performance, settings, "show", CODE, "--json").stdout)
    assert (answer["days_since_failure"], [each["on"] for each in answer["failures"]]) == (4, ["2026-06-29"])
