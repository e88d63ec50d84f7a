"""Bodies that providers push at us, read piece by piece: a piece that is no report is logged and its neighbours live."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import msgspec

from coldchain.errors import BadInput

log = logging.getLogger(__name__)

BEIJING = timezone(timedelta(hours=8))
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S")
T = TypeVar("T", bound=msgspec.Struct)


def tables(body: bytes, provider: str) -> list[dict[str, Any]]:
    """The JSON objects of a body: one, or a list of them.

    Raises:
        BadInput: it is no JSON, or holds no objects.
    """
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadInput("body", str(error), "push JSON", where=provider) from None
    pieces = found if isinstance(found, list) else [found]
    if not all(isinstance(piece, dict) for piece in pieces):
        raise BadInput("body", "holds something that is no object", "push a list of reports", where=provider)
    return pieces


def structs(pieces: list[dict[str, Any]], kind: type[T], provider: str) -> Iterator[T]:
    """The pieces as records; what does not fit is logged and left out."""
    for piece in pieces:
        try:
            yield msgspec.convert(piece, kind, strict=False)
        except msgspec.ValidationError as error:
            log.warning("%s pushed something that is no %s: %s", provider, kind.__name__, error)


def beijing_ms(text: str) -> int:
    """Ms UTC of a provider's local time (`2017-01-01 00:00:00`); 0 when it names none."""
    for form in _FORMS:
        try:
            return round(datetime.strptime(text, form).replace(tzinfo=BEIJING).timestamp() * 1000)
        except ValueError:
            continue
    return 0


def unix_ms(text: str | int) -> int:
    """Ms UTC of seconds since 1970, as text or number; 0 when it names none."""
    digits = str(text)
    return int(digits) * 1000 if digits.isascii() and digits.isdecimal() and len(digits) < 13 else 0
