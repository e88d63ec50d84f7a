"""Telephone numbers of the mainland, as the archive keeps them (+8613800138000) and as providers write them."""

import re

_PREFIX = re.compile(r"^(?:\+86|0086|86(?=1[3-9]\d{9}$))", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FIXED = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}", re.ASCII)  # area code and number


def national(number: str) -> str:
    """Digits without the country: 13800138000, 02112345678; what is no number comes back as it is, for the refusal."""
    bare = re.sub(r"[\s()\-]", "", number)
    short = _PREFIX.sub("", bare)
    return f"0{short}" if short != bare and not _MOBILE.fullmatch(short) and not short.startswith("0") else short


def is_mobile(number: str) -> bool:
    """A mobile phone of the mainland: the only thing that an SMS reaches."""
    return _MOBILE.fullmatch(national(number)) is not None


def is_fixed(number: str) -> bool:
    """A fixed line with its area code: it can be called, never written to."""
    return _FIXED.fullmatch(national(number)) is not None


def e164(number: str) -> str:
    """+8613800138000 for any way of writing a mainland number; anything else as it is."""
    digits = national(number)
    return f"+86{digits.removeprefix('0')}" if is_mobile(number) or is_fixed(number) else number
