"""What InfluxDB's answers mean. Pure. Only 204 to a write is a confirmation; whatever is not understood is not one.

204                      stored
400, 422                 Refused, with the server's own words (good lines of the same request may be stored)
413                      TooLarge
429, 503 + Retry-After   SlowDown
everything else          Unavailable: 401, 403, 404 (a database or a proxy's path), 5xx, a captive portal's 200
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import msgspec

from coldchain.errors import ColdchainError, Refused, SlowDown, TooLarge, Unavailable

MOST_WORDS = 500
MOST_PATIENCE_S = 3600.0


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> ColdchainError:
    """The error for an answer that is no confirmation."""
    words = f"series: {status} {said(body)}"
    if status == 413:
        return TooLarge(words)
    if status in {400, 422}:
        return Refused(words)
    patience_s = retry_after(headers)
    return Unavailable(words) if patience_s is None else SlowDown(words, patience_s)


def said(body: bytes) -> str:
    """The server's words: the message of its JSON, or the start of its text."""
    try:
        answer = msgspec.json.decode(body, type=dict[str, object])
        text = str(answer.get("message") or answer.get("error") or answer)
    except msgspec.MsgspecError:
        text = body.decode(errors="replace").strip()
    return " ".join(text.split())[:MOST_WORDS]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server asks, counted from its own clock where it names a date; None if it does not ask."""
    asked = headers.get("Retry-After")
    if asked is None:
        return None
    try:
        seconds = float(asked) if asked.strip().isdigit() else _until(asked, headers.get("Date", asked))
    except ValueError:
        return None
    return min(max(seconds, 0.0), MOST_PATIENCE_S)


def _until(date: str, now: str) -> float:
    return (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds()
