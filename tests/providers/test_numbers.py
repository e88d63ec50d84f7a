"""Telephone numbers: one spelling in, one out."""

import pytest

from coldchain.providers.numbers import e164, is_fixed, is_mobile, national


@pytest.mark.parametrize(
    "written", ["+8613800138000", "13800138000", "008613800138000", "8613800138000", "138 0013-8000"]
)
def test_a_mobile_has_one_spelling(written: str):
    assert (e164(written), national(written)) == ("+8613800138000", "13800138000")
    assert is_mobile(written)


@pytest.mark.parametrize("written", ["+862155551234", "021-55551234", "+8602155551234"])
def test_a_fixed_line_is_told_by_its_area_code(written: str):
    assert (e164(written), national(written)) == ("+862155551234", "02155551234")
    assert is_fixed(written)
    assert not is_mobile(written)


@pytest.mark.parametrize(
    "written", ["", "110", "+85255512345", "1380013800", "+862155551234;ext=12", "１３８００１３８０００"]
)
def test_what_is_neither_comes_back_as_it_is(written: str):
    assert not is_mobile(written)
    assert not is_fixed(written)
    assert e164(written) == written
