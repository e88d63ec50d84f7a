"""A sheet against a form."""

import pytest

from coldchain.errors import BadInput
from coldchain.exchange import cells
from coldchain.exchange.form import Column, Form, TitleMap
from coldchain.exchange.taking import take
from coldchain.sheets import Cell, Sheet

LOTS = Form(
    "lots",
    "批号",
    "lots",
    (
        Column("number", "疫苗批号", "Lot", cells.text(20), ("批号",), is_required=True),
        Column("doses", "数量(支)", "Doses", cells.whole(1, 1000), is_required=True),
        Column("expires_on", "疫苗效期", "Expiry", cells.day, ("有效期至",)),
        Column("is_paid", "自费", "Paid", cells.flag, default=False),
    ),
    key=("number",),
)
HEAD: list[Cell] = ["批号 *", "数量（支）", "有效期至", "备注"]


def sheet(*rows: list[Cell]) -> list[Sheet]:
    return [Sheet("库存", [["某县库存日报"], [], HEAD, *rows])]


def test_the_header_is_found_below_the_title_and_columns_by_any_of_their_names():
    taken = take(LOTS, sheet(["A1", 12, "2027-06-30", "x"], [None, None, None, None]))
    assert [line.values for line in taken.lines] == [
        {"number": "A1", "doses": 12, "expires_on": "2027-06-30", "is_paid": False}
    ]
    assert (taken.faults, list(taken.unread)) == ([], ["备注"])


def test_every_fault_is_named_with_row_and_column_and_good_neighbours_stay():
    taken = take(LOTS, sheet(["A1", 0, "soon"], ["A2", 3, None], ["", 4, None]))
    assert [(fault.row, fault.column) for fault in taken.faults] == [(4, "数量(支)"), (4, "疫苗效期"), (6, "疫苗批号")]
    assert [line.values["number"] for line in taken.lines] == ["A2"]


def test_a_row_that_repeats_another_says_which():
    taken = take(LOTS, sheet(["A1", 1, None], ["A1", 1, None]))
    assert [(fault.row, fault.zh, fault.en) for fault in taken.faults] == [
        (5, "与第 库存 4 行重复", "it repeats row 库存 4")
    ]
    assert [line.values["doses"] for line in taken.lines] == [1]


def test_of_rows_that_say_two_things_of_the_same_none_is_taken():
    taken = take(LOTS, sheet(["A1", 1, None], ["B1", 5, None], ["A1", 2, None]))
    assert [fault.row for fault in taken.faults] == [4, 6]
    assert "otherwise than row 库存 6" in taken.faults[0].en
    assert [line.values["number"] for line in taken.lines] == ["B1"]


def test_titles_over_two_rows_as_merged_cells_leave_them():
    upper: list[Cell] = ["批号", "库存", None]
    lower: list[Cell] = [None, "数量(支)", "有效期至"]
    taken = take(LOTS, [Sheet("", [["县库存日报", None, None], upper, lower, ["A1", 12, "2027-06-30"]])])
    assert [(line.row, line.values["number"], line.values["doses"]) for line in taken.lines] == [(4, "A1", 12)]


def test_a_title_below_a_group_is_read_with_it():
    form = Form("x", "x", "x", (Column("vaccine", "疫苗名称", "V", cells.text(), is_required=True), LOTS.columns[0]))
    taken = take(form, [Sheet("", [["疫苗", None], ["名称", "批号"], ["HepB", "A1"]])])
    assert [line.values for line in taken.lines] == [{"vaccine": "HepB", "number": "A1"}]


@pytest.mark.parametrize("title", ["数量(盒)", "数量（万支）", "数量(人份)"])
def test_a_title_with_another_unit_is_another_column(title: str):
    with pytest.raises(BadInput, match="missing Doses"):
        take(LOTS, [Sheet("", [["批号", title], ["A1", 1]])])


def test_two_columns_of_one_field_must_say_the_same():
    rows: list[list[Cell]] = [["批号", "疫苗批号", "数量"], ["A1", "A1", 1], ["A2", None, 2], ["A3", "A4", 3]]
    taken = take(LOTS, [Sheet("", rows)])
    assert [line.values["number"] for line in taken.lines] == ["A1", "A2"]
    assert [(fault.row, fault.column, fault.en) for fault in taken.faults] == [
        (4, "疫苗批号", "two columns of it differ")
    ]


def test_what_a_mapping_says_goes_before_the_titles():
    taken = take(LOTS, [Sheet("", [["批号", "PH", "数量"], ["x", "A1", 1]])], TitleMap({"PH": "number"}, {}))
    assert taken.lines[0].values["number"] == "A1"
    assert list(taken.unread) == ["批号"]


def test_a_title_of_the_mapping_that_the_sheet_has_not_refuses_it():
    mapping = TitleMap({"PH": "number", "XQ": "expires_on"}, {})
    with pytest.raises(BadInput, match=r"missing Expiry \(缺少列：疫苗效期\)"):
        take(LOTS, [Sheet("", [["PH", "数量"], ["A1", 1]])], mapping)


def test_a_sheet_of_titles_alone_is_told():
    [fault] = take(LOTS, sheet()).faults
    assert (fault.row, fault.zh, fault.en) == (0, "标题行下没有数据", "no row stands below the titles")


def test_a_hidden_sheet_is_not_read_and_is_named():
    hidden = Sheet("上月", [HEAD, ["OLD", 5, None]], is_hidden=True)
    taken = take(LOTS, [*sheet(["A1", 1, None]), hidden])
    assert [line.values["number"] for line in taken.lines] == ["A1"]
    assert "上月 (隐藏的工作表 hidden sheet)" in taken.unread


def test_a_row_of_titles_that_comes_again_is_no_row():
    taken = take(LOTS, sheet(["A1", 1, None], HEAD, ["A2", 1, None]))
    assert ([line.values["number"] for line in taken.lines], list(taken.faults)) == (["A1", "A2"], [])


def test_a_sheet_without_the_columns_says_which_are_missing():
    with pytest.raises(BadInput, match=r"missing Doses \(缺少列：数量\(支\)\)"):
        take(LOTS, [Sheet("", [["批号", "有效期"], ["A1", "2027-06-30"]])])


def test_a_saved_mapping_reads_a_platforms_titles_and_fills_what_it_leaves_out():
    mapping = TitleMap({"PH": "number"}, {"doses": "5"})
    taken = take(LOTS, [Sheet("", [["PH", "其他"], ["A1", "x"]])], mapping)
    assert taken.lines[0].values["number"] == "A1"
    assert taken.lines[0].values["doses"] == 5
