"""Phone numbers in one spelling, `+8613800138000`, so that the same number is never two.

The plan of one country is enough here, and fits a pattern: a library of all countries' plans would be the largest
dependency of the archive for one question. A number of another country is taken as it is written, with its `+`.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from coldchain.errors import BadInput

NOISE: Final = re.compile(r"[\s().\-]")
MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
FIXED: Final = re.compile(r"0(10|2\d|[3-9]\d\d)([2-8]\d{6,7})", re.ASCII)  # area code and number
EXTENSION: Final = re.compile(r"(.+?)(?:转|ext|x|#)(\d{1,6})", re.IGNORECASE | re.ASCII)
ABROAD: Final = re.compile(r"\+(?!86)[1-9]\d{6,14}", re.ASCII)
HOME: Final = ("+86", "0086")


class PhoneKind(StrEnum):
    """What rings: a ward's night line is nobody's own, but is answered at night."""

    MOBILE = "mobile"
    FIXED = "fixed"
    WARD_NIGHT = "ward_night"


def normal(written: str, field: str = "phone") -> str:
    """The one spelling of a number.

    Raises:
        BadInput: when it is none.
    """
    digits, extension = _split(NOISE.sub("", unicodedata.normalize("NFKC", written)))  # １３８ is 138
    if ABROAD.fullmatch(digits):
        return digits + extension
    for prefix in HOME:
        if digits.startswith(prefix):
            digits = digits.removeprefix(prefix)
            digits = digits if MOBILE.fullmatch(digits) or digits.startswith("0") else f"0{digits}"
    if MOBILE.fullmatch(digits):
        return f"+86{digits}{extension}"
    if FIXED.fullmatch(digits):
        return f"+86{digits[1:]}{extension}"
    cure = "write 11 digits of a mobile, a fixed line with its area code (0827-5551234), or +country and number"
    raise BadInput(field, f"{written[:40]!r} is no phone number", cure)


def is_mobile(number: str) -> bool:
    """True for one to which a text message can be sent; of other countries that is not known, so it is tried."""
    home = number.removeprefix("+86")
    return bool(MOBILE.fullmatch(home)) if home != number else ";ext=" not in number


def shown(number: str) -> str:
    """As people of the country write it: `138 0013 8000`, `0827-5551234`."""
    number, _, extension = number.partition(";ext=")
    home = number.removeprefix("+86")
    tail = f" 转 {extension}" if extension else ""
    if home == number:
        return number + tail
    if MOBILE.fullmatch(home):
        return f"{home[:3]} {home[3:7]} {home[7:]}{tail}"
    found = FIXED.fullmatch(f"0{home}")
    return f"0{found[1]}-{found[2]}{tail}" if found else number + tail


def check_kind(kind: PhoneKind, number: str, field: str = "phone.kind") -> None:
    """Refuse a mobile that is a fixed line: a message sent there is lost.

    Raises:
        BadInput: when it is.
    """
    if kind is PhoneKind.MOBILE and not is_mobile(number):
        raise BadInput(field, f"{shown(number)} is no mobile", "call it fixed, or correct the number")
    if kind is PhoneKind.FIXED and number.startswith("+86") and is_mobile(number):
        raise BadInput(field, f"{shown(number)} is a mobile", "call it mobile, or correct the number")


def _split(digits: str) -> tuple[str, str]:
    found = EXTENSION.fullmatch(digits)
    return (found[1], f";ext={found[2]}") if found else (digits, "")
