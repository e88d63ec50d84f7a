import pytest

from coldchain.archive.facilities import numbers
from coldchain.archive.facilities.numbers import PhoneKind
from coldchain.errors import BadInput


@pytest.mark.parametrize(
    ("written", "kept", "shown"),
    [
        ("13800138000", "+8613800138000", "138 0013 8000"),
        ("138-0013 8000", "+8613800138000", "138 0013 8000"),
        ("+86 138 0013 8000", "+8613800138000", "138 0013 8000"),
        ("0086 13800138000", "+8613800138000", "138 0013 8000"),
        ("＋８６　１３８ ００１３ ８０００", "+8613800138000", "138 0013 8000"),
        ("0827-5551234", "+868275551234", "0827-5551234"),
        ("０８２７－５５５１２３４", "+868275551234", "0827-5551234"),
        ("（010）65551234", "+861065551234", "010-65551234"),
        ("+86 10 6555 1234", "+861065551234", "010-65551234"),
        ("0827-5551234转801", "+868275551234;ext=801", "0827-5551234 转 801"),
        ("+4122 791 2111", "+41227912111", "+41227912111"),
    ],
)
def test_a_number_has_one_spelling_and_is_shown_as_people_write_it(written: str, kept: str, shown: str):
    assert numbers.normal(written) == kept
    assert numbers.normal(kept.replace(";ext=", "x")) == kept
    assert numbers.shown(kept) == shown


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12800138000",
        "1380013800",
        "5551234",
        "0827-0551234",
        "+86",
        "+0123456",
        "abc",
        "١٣٨٠٠١٣٨٠٠٠",
        "13800138000\x00",
    ],
)
def test_what_is_no_number_is_refused_with_the_cure(written: str):
    with pytest.raises(BadInput, match=r"phone: .* is no phone number; write 11 digits of a mobile, a fixed line with"):
        numbers.normal(written)


@pytest.mark.parametrize(
    ("kind", "number", "wrong"),
    [
        (PhoneKind.MOBILE, "+868275551234", "is no mobile"),
        (PhoneKind.MOBILE, "+868275551234;ext=1", "is no mobile"),
        (PhoneKind.FIXED, "+8613800138000", "is a mobile"),
    ],
)
def test_a_line_is_not_called_what_it_is_not(kind: PhoneKind, number: str, wrong: str):
    with pytest.raises(BadInput, match=wrong):
        numbers.check_kind(kind, number)


@pytest.mark.parametrize("number", ["+868275551234", "+8613800138000"])
def test_what_rings_in_a_ward_at_night_may_be_either(number: str):
    numbers.check_kind(PhoneKind.WARD_NIGHT, number)
