"""Cells as people write them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from coldchain.clock import parse_iso
from coldchain.exchange import cells
from coldchain.exchange.cells import CellFault, Choice
from coldchain.sheets import Cell

CHINA = ZoneInfo("Asia/Shanghai")
NAIVE = datetime(2026, 7, 3, 16, 0)  # noqa: DTZ001 - a sheet knows no zone
FOUR = parse_iso("2026-07-03T16:00:00+08:00", "t")


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 7, 3), NAIVE, "2026-07-03", "2026/7/3", "2026.07.03", "20260703", "2026年7月3日",
        "２０２６-07-03", " 2026-07-03 00:00:00 ", 46206, 46206.0,
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_spelling(cell: Cell):
    assert cells.day(cell) == "2026-07-03"


@pytest.mark.parametrize("cell", ["2026-02-30", "03.07.2026", "soon", 3, "2026-07-03 16:00", ""])
def test_what_is_no_day_is_said_in_both_languages(cell: Cell):
    with pytest.raises(CellFault) as caught:
        cells.day(cell)
    assert "2026-07-03" in caught.value.en or "calendar" in caught.value.en
    assert any("一" <= char <= "鿿" for char in caught.value.zh)


@pytest.mark.parametrize(
    "cell",
    [NAIVE, "2026-07-03 16:00", "2026/7/3 16:00:00", "2026-07-03T08:00:00Z", "2026-07-03T16:00+08:00",
     "2026年7月3日 16时00分", 46206 + 16 / 24],
)  # fmt: skip
def test_a_time_without_an_offset_is_of_the_site(cell: Cell):
    assert cells.moment(CHINA)(cell) == FOUR


@pytest.mark.parametrize("cell", ["2026-07-03", "16:00", "2026-07-03 25:00", "2026-07-03 16:61"])
def test_what_is_no_time_is_refused(cell: Cell):
    with pytest.raises(CellFault):
        cells.moment(CHINA)(cell)


@pytest.mark.parametrize(("cell", "value"), [("1,234", 1234), ("１２", 12), (12.0, 12), ("4,0", 4), ("+7", 7)])
def test_a_number_is_read_in_every_spelling(cell: Cell, value: int):
    assert cells.whole(0, 10_000)(cell) == value


@pytest.mark.parametrize("cell", ["twelve", 1.5, -1, 10_001, "nan", True, "1e3"])
def test_what_is_no_such_number_is_refused(cell: Cell):
    with pytest.raises(CellFault):
        cells.whole(0, 10_000)(cell)


@pytest.mark.parametrize(("cell", "value"), [("是", True), ("否", False), ("Y", True), (0, False), (True, True)])
def test_yes_and_no(cell: Cell, *, value: bool):
    assert cells.flag(cell) is value


def test_a_choice_knows_all_its_words():
    kind = cells.choice(
        [Choice("ilr", "冰衬冰箱", "Ice-lined refrigerator", ("冰衬",)), Choice("freezer", "低温冰箱", "Freezer")]
    )
    assert [kind(cell) for cell in ("冰衬冰箱", "ILR", "冰衬", "ice-lined  refrigerator")] == ["ilr"] * 4
    with pytest.raises(CellFault, match="none of Ice-lined refrigerator, Freezer"):
        kind("oven")


def test_numbers_in_a_column_of_text_lose_their_point():
    assert cells.text()(511900012.0) == "511900012"


def test_what_nobody_sees_is_no_part_of_a_text():
    assert cells.text()("\ufeffA\u200b1\u00a0 ") == "A1"


@pytest.mark.parametrize("cell", ["2.02601E+11", 2e15, "8.1e19", date(2026, 1, 2), True, "#N/A"])
def test_a_number_that_a_spreadsheet_spoiled_is_not_taken_as_printed(cell: Cell):
    with pytest.raises(CellFault):
        cells.printed()(cell)


@pytest.mark.parametrize(("cell", "value"), [("126支", 126), ("126 瓶", 126), (" １２６支 ", 126)])
def test_a_unit_that_the_column_knows_may_stand_behind_a_number(cell: Cell, value: int):
    assert cells.whole(0, 1000, ("支", "瓶"))(cell) == value


@pytest.mark.parametrize("cell", ["126盒", "支", "126支2"])
def test_a_unit_that_it_does_not_know_may_not(cell: Cell):
    with pytest.raises(CellFault, match="is no number"):
        cells.whole(0, 1000, ("支",))(cell)


def test_a_degree_behind_a_number_and_a_true_minus_are_understood():
    assert cells.number(-50, 50, ("°C",))("−2℃") == -2.0


@pytest.mark.parametrize("cell", ["46206", "2026-07-03T00:00:00"])
def test_a_day_in_csv_may_be_a_spreadsheets_number(cell: Cell):
    assert cells.day(cell) == "2026-07-03"


def test_a_year_that_nobody_means_is_no_day():
    with pytest.raises(CellFault, match="calendar"):
        cells.day("0026-07-03")
