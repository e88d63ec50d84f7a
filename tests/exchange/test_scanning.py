"""Codes as scanners send them."""

import pytest

from coldchain.errors import BadInput
from coldchain.exchange.scanning import Scanned, scanned

BOX = Scanned(kind="gs1", gtin="06901234567892", lot="2026A01", expires_on="2027-06-30", serial="123456")


@pytest.mark.parametrize(
    "text",
    [
        "]d2010690123456789217270630102026A01\x1d21123456",
        "010690123456789217270630102026A01\x1d21123456",
        "(01)06901234567892(17)270630(10)2026A01(21)123456",
        " (01)06901234567892(10)2026A01(21)123456(17)270630\n",
    ],
)
def test_a_square_code_is_read_as_scanned_or_as_printed(text: str):
    assert scanned(text) == BOX


def test_twenty_digits_tell_the_product():
    assert scanned("8123 4567 8901 2345 6789") == Scanned(kind="trace_code", product="8123456", serial="7890123456789")


def test_an_expiry_of_day_00_is_the_end_of_the_month():
    assert scanned("(01)06901234567892(17)270600").expires_on == "2027-06-30"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "6901234567892",
        "HELLO",
        "81234",
        "(01)06901234567893(10)A",
        "(01)06901234567892(17)271330",
        "(10)2026A01",
        "x" * 300,
    ],
)
def test_what_is_no_code_of_a_box_is_refused(text: str):
    with pytest.raises(BadInput, match="code"):
        scanned(text)
