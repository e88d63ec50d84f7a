"""What machines' days add up to, how models last, and what to replace first."""

import json
from datetime import date
from typing import Any

import pytest

from coldchain import clock
from coldchain.admin.performance import performance
from coldchain.archive import audited, tables
from coldchain.archive.db import Archive
from coldchain.archive.pages import Asked
from coldchain.archive.performance import days, failures, models, ranking, reports, weights
from coldchain.archive.performance.days import DAY_MS, Day, Loss, SpreadOfDay
from coldchain.archive.performance.failures import Basis, Failure
from coldchain.archive.performance.models import Piece
from coldchain.archive.performance.ranking import Candidate
from coldchain.archive.performance.reports import Period, Report
from coldchain.archive.performance.weights import Fact, Facts
from coldchain.archive.upkeep import repairs
from coldchain.archive.upkeep.repairs import NewRepair
from coldchain.errors import BadInput
from coldchain.excursion import CaseState, Kind
from coldchain.settings import ArchiveSettings
from tests.archive.cast import a_case, keep
from tests.archive.small import HOUR, NURSE, T0, compartment_of, fill
from tests.archive.test_admin import run

CODE = "511900012-BX1"
HERE, ELSEWHERE = frozenset({"511900012"}), frozenset({"511900013"})
D = T0 - T0 % DAY_MS
MINUTE = 60_000


def a_day(n: int = 0, **more: Any) -> Day:
    return Day(equipment=CODE, day=D + n * DAY_MS, **more)


RAN = {
    "basis": "compressor",
    "run_ms": 6 * HOUR,
    "run_known_ms": DAY_MS,
    "cycles": 48,
    "periods": 48,
    "period_ms": DAY_MS,
}
HELD = Loss(
    equipment=CODE, start=D + HOUR, end=D + 5 * HOUR, holdover_ms=2 * HOUR, held_ms=2 * HOUR, catalogue_ms=4 * HOUR,
    back_at=D + 5 * HOUR + 30 * MINUTE, warming_mk_h=1500,
)  # fmt: skip


async def put(
    archive: Archive, *its: Day, losses: tuple[Loss, ...] = (), spreads: tuple[SpreadOfDay, ...] = ()
) -> None:
    async with archive.writing() as tx:
        await days.put(tx, its, spreads, T0)
        await days.put_losses(tx, CODE, (0, 2**53), losses, T0)


async def report(archive: Archive, count: int = 2) -> Report:
    async with archive.reading() as tx:
        return (await reports.of(tx, [CODE], Period(D, D + count * DAY_MS)))[CODE]


async def test_days_add_up_to_a_report(archive: Archive):
    await fill(archive)
    cold = await compartment_of(archive, "cold")
    spread = {"compartment": cold, "known_ms": DAY_MS, "low_mc": 3000, "mean_mc": 5000}
    await put(
        archive,
        a_day(0, known_ms=DAY_MS, **RAN, open_ms=30 * MINUTE, open_known_ms=DAY_MS, openings=12),
        a_day(1, known_ms=DAY_MS // 2, **(RAN | {"run_ms": 18 * HOUR}), out_ms=4 * HOUR, mains_known_ms=DAY_MS),
        a_day(2, known_ms=DAY_MS, **RAN),  # beyond the period
        losses=(HELD,),
        spreads=(
            SpreadOfDay(**spread, day=D, high_mc=7000, deviation_mc=400),
            SpreadOfDay(**spread, day=D + DAY_MS, high_mc=9500, deviation_mc=800),
        ),
    )  # fmt: skip
    assert await report(archive) == Report(
        equipment=CODE, start=D, end=D + 2 * DAY_MS, days=2, known_h=36.0, basis="compressor", is_estimate=False,
        run_known_h=48.0, duty_pct=50.0, period_min=30.0, cycles=96, door_known_h=24.0, door_min_per_day=30.0,
        openings_per_day=12.0, mains_known_h=24.0, mains_out_min=240.0, spread_k=6.5, deviation_k=0.6, losses=1,
        holdovers=1, holdover_h=2.0, held_h=2.0, holdover_pct=50.0, recovery_min=30.0, warming_k_h=1.5,
    )  # fmt: skip


async def test_what_a_compressor_told_counts_before_what_the_temperature_told(archive: Archive):
    await fill(archive)
    told = {
        "basis": "temperature",
        "run_ms": DAY_MS,
        "run_known_ms": DAY_MS,
        "cycles": 9,
        "periods": 9,
        "period_ms": DAY_MS,
    }
    await put(archive, a_day(0, **RAN), a_day(1, **told))
    found = await report(archive)
    assert (found.basis, found.duty_pct, found.cycles, found.days) == ("compressor", 25.0, 48, 2)
    assert (await report(archive, 1)).days == 1


async def test_nothing_known_is_nothing_said(archive: Archive):
    await fill(archive)
    found = await report(archive)
    assert (found.days, found.basis, found.duty_pct, found.door_min_per_day, found.mains_out_min) == (
        0,
        None,
        None,
        None,
        None,
    )
    assert (found.deviation_k, found.holdover_h, found.holdover_pct) == (None, None, None)
    assert (found.cycles, found.losses, found.held_h) == (None, None, None)


@pytest.mark.parametrize(
    ("loss", "share"),
    [
        ({"holdover_ms": HOUR, "catalogue_ms": 4 * HOUR}, 0.25),
        ({"held_ms": 5 * HOUR, "catalogue_ms": 4 * HOUR}, 1.25),  # it held for longer than its card says
        ({"held_ms": 3 * HOUR, "catalogue_ms": 4 * HOUR}, None),  # the mains were back before anybody could know
        ({"holdover_ms": HOUR}, None),
    ],
)
def test_a_loss_tells_of_the_card_only_what_it_proved(loss: dict[str, int], share: float | None):
    assert Loss(equipment=CODE, start=D, end=None, **loss).share_of_catalogue == share


async def test_a_list_is_cut_to_a_scope_and_comes_in_pages(archive: Archive):
    await fill(archive)
    period = Period(D, D + DAY_MS)
    async with archive.reading() as tx:
        page = await reports.listed(tx, Asked(limit=1), HERE, period)
        assert [each.equipment for each in page.items] == [CODE]
        assert (await reports.listed(tx, Asked(), ELSEWHERE, period)).items == []
        assert (await reports.listed(tx, Asked(), None, period, model="another")).items == []


@pytest.mark.parametrize(("start", "end", "field"), [(D + 1, D + DAY_MS, "start"), (D, D, "end")])
def test_a_period_is_of_whole_days(start: int, end: int, field: str):
    with pytest.raises(BadInput, match=field):
        Period(start, end)


# failures


async def broke(archive: Archive, on: str, mended: str | None = None) -> None:
    async with archive.writing() as tx:
        new = NewRepair(
            equipment=CODE, broken_on=on, cause="compressor", repaired_on=mended, done="x" if mended else ""
        )
        await repairs.enter(tx, new, NURSE)


async def failed(archive: Archive) -> list[Failure]:
    async with archive.reading() as tx:
        return (await failures.of(tx, [CODE])).get(CODE, [])


async def test_where_a_repair_book_is_kept_it_alone_tells_of_failures(archive: Archive):
    await fill(archive)
    await keep(archive, a_case(explained=None))
    await broke(archive, "2026-03-01", "2026-03-05")
    assert [(each.on, each.repaired_on, each.basis) for each in await failed(archive)] == [
        ("2026-03-01", "2026-03-05", Basis.REPAIR)
    ]


async def test_without_one_heat_that_nothing_explains_is_presumed_to_be_a_failure(archive: Archive):
    await fill(archive)
    await keep(
        archive,
        a_case("c1", explained=None), a_case("c2", explained=None), a_case("c3", explained="session"),
        a_case("c4", kind=Kind.FREEZE, explained=None), a_case("c5", CaseState.WITHDRAWN, explained=None),
    )  # fmt: skip
    assert [(each.on, each.basis, each.cause) for each in await failed(archive)] == [
        ("2026-07-01", Basis.HEAT, "cn-2017/heat")
    ]


@pytest.mark.parametrize(("back_at", "count"), [(T0 + HOUR, 0), (T0 + HOUR - 1, 1), (None, 0)])
async def test_what_the_mains_account_for_is_no_failure(back_at: int | None, count: int, archive: Archive):
    """The case goes on from T0 + 1 h to T0 + 2 h; the mains were back before it."""
    await fill(archive)
    await keep(archive, a_case(explained=None))
    await put(archive, losses=(Loss(equipment=CODE, start=T0 - HOUR, end=T0 + HOUR // 2, back_at=back_at),))
    assert len(await failed(archive)) == count


# models


def piece(code: str = "E1", born: str | None = "2020-01-01", *failed_on: str, **more: Any) -> Piece:
    values: dict[str, Any] = {
        "brand": "海容",
        "model": "HYC-290",
    } | more
    its = [Failure(equipment=code, on=on, repaired_on=None, basis=Basis.REPAIR, cause="") for on in failed_on]
    day = None if born is None else date.fromisoformat(born)
    return Piece(code=code, born=day, since=day, until=date(2026, 1, 1), failed=its, **values)


def test_failures_count_where_the_machine_was_of_that_age():
    found = models.grouped(
        [piece("E1", "2020-01-01", "2021-05-01", "2024-02-01", "2025-02-01"), piece("E2", "2024-01-01")], [3, 6]
    )
    assert [(each.from_years, each.to_years, each.pieces, each.failures) for each in found] == [
        (0, 3, 2, 1),
        (3, 6, 1, 2),
    ]
    young, old = found
    assert young.service_years == pytest.approx(5.0, abs=0.01)
    assert young.mtbf_days == pytest.approx(365.25 * 5, abs=1.5)
    assert old.mtbf_days == pytest.approx(365.25 * 3 / 2, abs=1)


def test_models_stand_apart_and_what_never_failed_has_no_mean_time():
    found = models.grouped([piece("E1"), piece("E2", model="other"), piece("E3", None)], [10])
    assert [(each.model, each.pieces, each.mtbf_days) for each in found] == [("HYC-290", 1, None), ("other", 1, None)]


def test_a_piece_says_how_long_since_it_failed_and_how_often_it_does():
    its = piece("E1", "2025-01-01", "2025-03-01", "2025-12-22")
    assert (models.days_since(its), models.mtbf_days(its)) == (10, 182.5)
    assert (models.days_since(piece()), models.mtbf_days(piece())) == (None, None)


async def test_age_counts_from_what_the_card_says(archive: Archive):
    await fill(archive)
    await broke(archive, "2024-05-01", "2024-05-01")
    async with archive.reading() as tx:
        [its] = await models.pieces(tx, HERE, "2026-07-01")
        assert await models.pieces(tx, ELSEWHERE, "2026-07-01") == []
        young, older = await models.by_age(tx, None, "2026-07-01")
    assert its.born == date(2021, 3, 1)
    assert (young.from_years, young.service_years, older.from_years, older.to_years) == (0, 3.0, 3, 6)
    assert older.service_years == pytest.approx(2.33, abs=0.01)


# what to replace first

WEIGHTS = weights.shipped()


A_PIECE = Candidate("E1", "F", "海容", "HYC-290")


def test_facts_stand_in_the_order_of_their_names():
    assert list(Facts._fields) == [fact.value for fact in Fact]


@pytest.mark.parametrize(
    ("known", "points"),
    [
        ({"age": 6.0}, 0.0),
        ({"age": 9.0}, 12.5),
        ({"age": 30.0}, 25.0),
        ({"failures": 1.0, "domestic": 1.0}, 11.2),
        ({"age": 20, "failures": 9, "shortfall": 99, "duty": 100, "deviation": 9, "domestic": 1}, 100.0),
    ],
)
def test_points_follow_the_weights(known: dict[str, float], points: float):
    assert ranking.rank_of(A_PIECE, Facts(**known), WEIGHTS).points == points


def test_reasons_stand_in_words_the_greatest_first_and_what_is_not_known_is_named():
    rank = ranking.rank_of(A_PIECE, Facts(age=9.0, failures=4.0, domestic=0.0, duty=40.0), WEIGHTS)
    assert [(reason.fact, reason.zh) for reason in rank.reasons] == [
        (Fact.FAILURES, "近一年故障 4 次"),
        (Fact.AGE, "已使用 9.0 年"),
    ]
    assert rank.reasons[0].en == "failed 4 times within a year"
    assert rank.unknown == [Fact.SHORTFALL, Fact.DEVIATION]


async def test_what_speaks_for_replacing_comes_from_books_and_days(archive: Archive):
    await fill(archive)
    await put(
        archive, a_day(-1, **(RAN | {"run_ms": 20 * HOUR})), losses=(Loss(**{**_values(HELD), "start": D - HOUR}),)
    )
    await broke(archive, "2026-06-01", "2026-06-02")
    async with archive.reading() as tx:
        [rank] = await ranking.ranked(tx, HERE, T0)
        assert await ranking.ranked(tx, ELSEWHERE, T0) == []
    assert {reason.fact for reason in rank.reasons} == {Fact.DUTY, Fact.FAILURES, Fact.SHORTFALL, Fact.DOMESTIC}
    assert rank.unknown == [Fact.DEVIATION]


async def test_nothing_is_ranked_by_a_duty_that_the_temperature_told(archive: Archive):
    await fill(archive)
    await put(archive, a_day(-1, **(RAN | {"basis": "temperature", "run_ms": 23 * HOUR})))
    async with archive.reading() as tx:
        [rank] = await ranking.ranked(tx, HERE, T0)
    assert Fact.DUTY in rank.unknown


def _values(loss: Loss) -> dict[str, Any]:
    return {name: getattr(loss, name) for name in loss.__struct_fields__}


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("full = 12.0", "full = 6.0", "full"),
        ("weight = 25", "weight = -1", "weight"),
        ('name = "duty"', 'name = "age"', "factor"),
        ('name = "duty"', 'name = "smell"', "smell"),
        ("{value:.1f} years old", "{years} years old", "years"),
        ("[3, 6, 9, 12]", "[3, 3]", "age_bands_years"),
        ('valid_from = "2026-01-01"', 'valid_from = "now"', "valid_from"),
        ("window_days = 365", "window_days = 0", "window_days"),
    ],
)
def test_a_county_s_own_weights_are_checked(right: str, wrong: str, words: str, tmp_path):
    text = weights.SHIPPED.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "mine.toml").write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(BadInput, match=f"(?s)mine.toml.*{words}|{words}.*mine.toml"):
        weights.load(tmp_path / "mine.toml")


def test_the_weights_come_to_a_hundred():
    assert sum(factor.weight for factor in WEIGHTS.factor) == 100
    assert {factor.name for factor in WEIGHTS.factor} == set(Fact)


# the command


async def test_the_words_at_the_terminal(archive: Archive, settings: ArchiveSettings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "now", lambda: D + 2 * DAY_MS + HOUR)
    await fill(archive)
    await put(archive, a_day(0, **RAN), losses=(HELD,))
    shown = json.loads(run(performance, settings, "show", CODE, "--days", "2", "--json").stdout)
    assert (shown["items"][0]["duty_pct"], shown["losses"][0]["holdover_ms"]) == (25.0, 2 * HOUR)
    line = run(performance, settings, "show").stdout
    assert f"{CODE}\t1 days\tduty 25 % (compressor), period 30 min" in line
    assert "held 120 min" in run(performance, settings, "show", CODE).stdout
    assert "none failed" in run(performance, settings, "models").stdout
    ranked = json.loads(run(performance, settings, "replace-first", "--json").stdout)
    assert ranked["source"].startswith("a proposal of this project")
    assert ranked["items"][0]["equipment"] == CODE
    assert "equipment: 'E9' is not in the archive" in str(run(performance, settings, "show", "E9").exception)


def test_machine_days_are_derived_and_stand_in_no_chain():
    assert not {tables.MachineDay, tables.SpreadDay, tables.Outage} & set(audited.WATCHED)
