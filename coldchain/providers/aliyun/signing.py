"""Aliyun's signature of a request, version 3: ACS3-HMAC-SHA256. Pure; checked against the vendor's published example."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an RPC product: everything travels in the query, the body is empty."""

    action: str
    version: str
    query: Mapping[str, str]
    host: str
    date: str  # 2026-11-23T03:10:00Z: real time, 15 minutes of grace
    nonce: str  # never twice
    method: str = "POST"


def canonical_query(query: Mapping[str, str]) -> str:
    """The query as it is signed and sent: sorted, RFC 3986, space as %20 and ~ as itself."""
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items()))


def signed_headers(call: Call, key_id: str, key_secret: str) -> dict[str, str]:
    """The headers of a call, `Authorization` among them."""
    headers = {
        "host": call.host,
        "x-acs-action": call.action,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": call.date,
        "x-acs-signature-nonce": call.nonce,
        "x-acs-version": call.version,
    }
    names = ";".join(sorted(headers))
    digest = signature(call.method, canonical_query(call.query), headers, key_secret)
    headers["authorization"] = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={digest}"
    return headers


def signature(method: str, query: str, headers: Mapping[str, str], key_secret: str) -> str:
    """The signature over a canonical query and the headers that are to be signed (lower-case names)."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(
        [method, "/", query, lines, ";".join(sorted(headers)), headers["x-acs-content-sha256"]],
    )
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
