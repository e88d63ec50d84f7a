"""What a row says, in one spelling: the image that chains keep, tags are made of and the auditor compares.

row ─► columns by name, bytes and secrets by their digests ─► JSON with sorted keys ─► hashed
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import inspect

from coldchain.archive.tables import Base

Image = dict[str, Any]

# Shown by a fingerprint: that it changed, not what it is.
SECRET: Final = frozenset(
    {"password_hash", "digest", "phone", "phone_number", "email", "wechat", "wecom", "sent_to", "fingerprint"}
)
FINGERPRINT: Final = "sha256:"
# Marks of work still to be done, no statements: they change without a link.
PASSING: Final = frozenset({"is_followed", "expanded"})


def image_of(row: Base) -> Image:
    """The row's columns by name; bytes by their digest."""
    return {
        name: shown(name, getattr(row, name))
        for name in inspect(type(row)).columns.keys()  # noqa: SIM118 - no dict
        if name not in PASSING
    }


def image_of_columns(columns: Mapping[str, Any]) -> Image:
    """The same of a row's columns."""
    return {name: shown(name, value) for name, value in columns.items() if name not in PASSING}


def key_of(row: Base) -> str:
    """The row's primary key as text."""
    return "/".join(str(getattr(row, column.name)) for column in inspect(type(row)).primary_key)


def canonical(value: object) -> str:
    """JSON in one spelling only: keys sorted, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: object) -> str:
    """The hash of its one spelling."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def shown(name: str, value: object) -> object:
    """A column's value as an image has it."""
    if isinstance(value, bytes):
        return f"{FINGERPRINT}{hashlib.sha256(value).hexdigest()}"
    if name in SECRET:
        return f"{FINGERPRINT}{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"
    return value


def as_shown(name: str, said: object) -> object:
    """What an image says of a column as it would be said today: `phone` stood in images as it is, once."""
    is_old = name in SECRET and not (isinstance(said, str) and said.startswith(FINGERPRINT))
    return shown(name, said) if is_old else said
