"""The signature of the webhook as its description says it: HMAC-SHA256 over the timestamp, a dot and the body. Pure."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

WINDOW_S: Final = 300


def signed(secret: str, number: str, body: bytes, now_s: int) -> dict[str, str]:
    """The headers of a request of ours."""
    return {
        "content-type": "application/json",
        "coldchain-id": number,
        "coldchain-timestamp": str(now_s),
        "coldchain-signature": _digest(secret, str(now_s), body),
    }


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now_s: int) -> bool:
    """True for a request by whoever shares the secret, made just now; names of headers are in small letters."""
    stamp = headers.get("coldchain-timestamp", "")
    is_fresh = stamp.isascii() and stamp.isdigit() and len(stamp) < 12 and abs(int(stamp) - now_s) <= WINDOW_S
    given = headers.get("coldchain-signature", "")
    return is_fresh and hmac.compare_digest(_digest(secret, stamp, body).encode(), given.encode())


def _digest(secret: str, stamp: str, body: bytes) -> str:
    return "v1=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
