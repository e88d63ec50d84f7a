"""The answers of WeCom, WeChat and the groups' robots: always HTTP 200, the refusal stands in the body's code.

Their texts change and carry request numbers; what is decided is decided by the number alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coldchain.providers.outcome import Answer, Verdict
from coldchain.providers.over_http import Spoken

JSON = {"content-type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one number means for the message."""

    verdict: Verdict
    retry_after_s: float | None = None


Meanings = Mapping[int, Meaning]
REFUSED, BROKEN = Meaning(Verdict.REFUSED), Meaning(Verdict.BROKEN)


def later(after_s: float) -> Meaning:
    """Busy, or a limit."""
    return Meaning(Verdict.LATER, after_s)


@dataclass(frozen=True, slots=True)
class Told:
    """A body whose code is 0: accepted, perhaps with reservations that stand in it."""

    table: dict[str, Any] = field(default_factory=dict)


def read(
    spoken: Spoken | Answer, meanings: Meanings, *, code: str = "errcode", words: str = "errmsg", wanted: str = ""
) -> Told | Answer:
    """Told when the code is 0; else what it means. A number that is not known refuses this message alone.

    Some good answers have no code but what was `wanted`. Any other body without a code is nobody's acceptance: it may
    be a gateway's or a portal's page.
    """
    if isinstance(spoken, Answer):
        return spoken
    table = spoken.table()
    number = None if table is None else table.get(code, 0 if wanted and wanted in table else None)
    if table is None or not isinstance(number, int) or isinstance(number, bool):
        return spoken.unread()
    if number == 0:
        return Told(table)
    meaning = meanings.get(number, REFUSED)
    return Answer(meaning.verdict, str(number), str(table.get(words, ""))[:500], retry_after_s=meaning.retry_after_s)


def written(table: object) -> bytes:
    """JSON as they want it: UTF-8 itself, no escapes, for their lengths count bytes."""
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
