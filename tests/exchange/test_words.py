"""What the archive refuses, said in Chinese."""

import pytest

from coldchain.errors import BadInput
from coldchain.exchange.words import in_chinese


@pytest.mark.parametrize(
    ("wrong", "zh"),
    [
        ("'F9' is not in the archive", "档案中没有“F9”，请先录入或更正编码"),
        ("201 characters are too many", "有 201 个字符，太长"),
        ("A1 expires on 2027-06-30 in the archive, here on 2027-07-31", "批号 A1 档案中效期为 2027-06-30，此处为 2027-07-31，请核对包装"),
        ("5 of 3 are certified", "持证人员 5 名多于人员总数 3 名"),
        ("E1/cold holds 3 doses of L1 at 2026-07-03T08:00:00+00:00, not 9", "E1/cold 在 2026-07-03T08:00:00+00:00 只有 L1 的 3 剂，不足 9 剂"),
        ("4 of the 9 doses of L1 in E1/cold are kept there for another facility", "E1/cold 中 L1 的 9 剂有 4 剂为其他单位代管"),
        ("Ada vouched for 2026-07-03 to 2026-07-04", "Ada 已对 2026-07-03 至 2026-07-04 签字作证，请先撤回或更正时间"),
        ("it may lie in E1/cold, E4/cold", "可能存放于 E1/cold, E4/cold，请填写“存放位置”"),
    ],
)  # fmt: skip
def test_the_sentence_of_a_kind_is_used(wrong: str, zh: str):
    assert in_chinese(BadInput("x", wrong, "y")) == zh


def test_what_has_none_is_given_in_the_archives_own_words():
    assert in_chinese(BadInput("x", "hm", "do so")) == "档案不接受（hm；do so）"
