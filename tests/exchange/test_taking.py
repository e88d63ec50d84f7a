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
    taken = take(LOTS, sheet(["A1", 1, None], ["A1", 2, None]))
    assert [(fault.row, fault.zh, fault.en) for fault in taken.faults] == [
        (5, "与第 库存 4 行重复", "it repeats row 库存 4")
    ]
    assert [line.values["doses"] for line in taken.lines] == [1]


def test_a_sheet_without_the_columns_says_which_are_missing():
    with pytest.raises(BadInput, match=r"missing Doses \(缺少列：数量\(支\)\)"):
        take(LOTS, [Sheet("", [["批号", "有效期"], ["A1", "2027-06-30"]])])


def test_a_saved_mapping_reads_a_platforms_titles_and_fills_what_it_leaves_out():
    mapping = TitleMap({"PH": "number"}, {"doses": "5"})
    taken = take(LOTS, [Sheet("", [["PH", "其他"], ["A1", "x"]])], mapping)
    assert taken.lines[0].values["number"] == "A1"
    assert taken.lines[0].values["doses"] == 5
