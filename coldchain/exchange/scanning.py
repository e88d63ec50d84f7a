"""The codes on boxes: GS1 DataMatrix (biip) and 20-digit traceability codes (追溯码). Pure.

scanned text ─► GS1 elements (GTIN, lot, expiry, serial) | 20 digits (product, serial) ─► Scanned

A 20-digit code tells the product, not the lot: which lot it is follows from the stock that is recorded where it was scanned.
"""

import re
from typing import Final

import biip
import msgspec

from coldchain.errors import BadInput

LONGEST: Final = 200
TRACE_CODE: Final = re.compile(r"\d{20}")
PRODUCT_DIGITS: Final = 7  # 药品标识码: the platforms' practice; the other digits count the boxes
_ALREADY_ELEMENTS: Final = re.compile(r"\((\d{2,4})\)")
_FIXED: Final = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
_GROUP: Final = "\x1d"


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """What a code says; None where it does not."""

    kind: str  # gs1 | trace_code
    gtin: str | None = None
    lot: str | None = None
    expires_on: str | None = None  # YYYY-MM-DD
    made_on: str | None = None
    serial: str | None = None
    product: str | None = None  # the first digits of a traceability code


def scanned(text: str) -> Scanned:
    """Read a scanner's text.

    Raises:
        BadInput: when it is neither, or its check digit or a date in it is wrong.
    """
    code = text.strip()
    if not code or len(code) > LONGEST:
        raise BadInput("code", f"it has {len(code)} characters", "scan one code of a box at a time")
    digits = re.sub(r"\s", "", code)
    if TRACE_CODE.fullmatch(digits):
        return Scanned(kind="trace_code", product=digits[:PRODUCT_DIGITS], serial=digits[PRODUCT_DIGITS:])
    message = _message(code)
    elements = {each.ai.ai: each for each in message.element_strings}
    gtin = elements["01"]
    if gtin.gtin_error is not None:
        raise BadInput("code", gtin.gtin_error, "scan it again, or correct the digit")
    lot, serial = elements.get("10"), elements.get("21")
    return Scanned(
        kind="gs1",
        gtin=gtin.value,
        lot=lot.value if lot else None,
        expires_on=_day(elements.get("17")),
        made_on=_day(elements.get("11")),
        serial=serial.value if serial else None,
    )


def _message(code: str) -> biip.gs1_messages.GS1Message:
    found = biip.parse(_without_brackets(code))
    if found.gs1_message is None or not found.gs1_message.element_strings:
        wrong = f"{code[:40]!r} is neither a GS1 code nor 20 digits"
        raise BadInput("code", wrong, "scan the square code of the box, or type its 20 digits")
    if all(each.ai.ai != "01" for each in found.gs1_message.element_strings):
        raise BadInput("code", f"{code[:40]!r} names no product", "scan the code that begins with 01")
    return found.gs1_message


def _without_brackets(code: str) -> str:
    """`(01)…(10)…` as printed below the square becomes what is in it."""
    parts = _ALREADY_ELEMENTS.split(code)
    if parts[0] or len(parts) < 3:
        return code
    pairs = list(zip(parts[1::2], parts[2::2], strict=True))
    ended = [ai + value + ("" if ai in _FIXED else _GROUP) for ai, value in pairs]
    return "".join(ended).rstrip(_GROUP)


def _day(element: biip.gs1_element_strings.GS1ElementString | None) -> str | None:
    return None if element is None or element.date is None else element.date.isoformat()
