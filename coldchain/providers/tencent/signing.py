"""Tencent's signature of a request, version 3: TC3-HMAC-SHA256. Pure; checked against the vendor's published example."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json"  # signed byte for byte as it is sent


@dataclass(frozen=True, slots=True)
class Call:
    """One call: a JSON body to one host; `at` is real time in seconds since 1970, 5 minutes of grace."""

    service: str  # sms, vms
    host: str
    at: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": CONTENT_TYPE})  # signed beside host


def authorization(call: Call, key_id: str, key_secret: str) -> str:
    """The `Authorization` header."""
    names = ";".join(sorted({*call.headers, "host"}))
    scope = f"{_date(call.at)}/{call.service}/tc3_request"
    return f"{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature(call, key_secret)}"


def signature(call: Call, key_secret: str) -> str:
    """The signature alone."""
    date = _date(call.at)
    headers = {**call.headers, "host": call.host}
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in sorted(headers))
    request = f"POST\n/\n\n{lines}\n{';'.join(sorted(headers))}\n{_hex(call.body)}"
    to_sign = f"{ALGORITHM}\n{call.at}\n{date}/{call.service}/tc3_request\n{_hex(request.encode())}"
    key = f"TC3{key_secret}".encode()
    for part in (date, call.service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _date(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
