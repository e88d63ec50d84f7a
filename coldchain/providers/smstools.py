"""The files of smstools' spool: header lines, an empty line, the text. Pure; `modem` moves them about.

Outgoing texts are UCS-2, which smsd passes on as it is. Incoming ones are decoded here by their `Alphabet`: what smsd
3.1.21 makes of Chinese itself (`decode_unicode_text = yes`) lacks every character from U+8000 on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from coldchain.providers.outcome import Message, State, Verdict

_ALPHABETS: Final = {"UCS2": "utf-16-be", "UTF-8": "utf-8", "ISO": "latin-1"}
_CODE = re.compile(r"\+CM[SE] ERROR: *(\d+)")
# What a refusal of the network means for us (3GPP TS 27.005, 24.011); any other may pass at another time.
_NEVER: Final = frozenset({1, 8, 10, 21, 28, 29, 30, 50, 69, 96, 111})  # unassigned, barred, rejected, unknown, …
_MODEM_OUT: Final = frozenset({310, 311, 312, 313, 315, 316, 317, 318, 330})  # no SIM, PIN or PUK wanted, SIM busy, …
_STILL_TRYING: Final = 32  # a status report's number: below it is done, from here on not yet …
_FAILED: Final = 64  # … and from here on it never will be
_NOT_CONFIRMED: Final = 1  # passed on by a centre that cannot say whether it was delivered


@dataclass(frozen=True, slots=True)
class Slip:
    """One file taken apart."""

    headers: Mapping[str, str]
    body: bytes

    def text(self) -> str:
        """The body as people wrote it."""
        return self.body.decode(_ALPHABETS.get(self.headers.get("Alphabet", "ISO"), "latin-1"), "replace")

    def message_ids(self) -> tuple[str, ...]:
        """The network's numbers of each piece, where a report was asked for (`117 118 .`)."""
        return tuple(re.findall(r"\d+", self.headers.get("Message_id", "")))


@dataclass(frozen=True, slots=True)
class Report:
    """What the network says of one piece."""

    message_id: str
    status: int
    words: str

    def state(self) -> State | None:
        """What it proves; None while the network still tries, or cannot tell."""
        if self.status >= _FAILED:
            return State.FAILED
        return State.DELIVERED if self.status < _STILL_TRYING and self.status != _NOT_CONFIRMED else None


def outgoing(message: Message, digits: str) -> bytes:
    """The file of a message to a number (digits with the country, no plus)."""
    lines = [f"To: {digits}", "Alphabet: UCS2", "Report: yes", f"X-Out-Id: {message.out_id}"]
    if message.kind == "alarm":
        lines.append("Priority: High")
    return ("\n".join(lines) + "\n\n").encode("ascii") + message.text.encode("utf-16-be", "replace")


def slip_of(data: bytes) -> Slip:
    """Take a file apart; a line without a colon is passed over."""
    head, _, body = data.partition(b"\n\n")
    lines = head.decode("latin-1").splitlines()
    headers = {name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}
    return Slip(headers, body)


def report_of(slip: Slip) -> Report | None:
    """The status report in a file; None when it is another text."""
    found = dict(re.findall(r"^(Message_id|Status): *(.*)$", slip.body.decode("latin-1"), re.MULTILINE))
    number, _, words = found.get("Status", "").partition(",")
    if not number.isdecimal() or not found.get("Message_id", "").strip().isdecimal():
        return None
    return Report(found["Message_id"].strip(), int(number), words)


def refusal_of(slip: Slip) -> tuple[Verdict, str, str]:
    """Verdict, code and words of a file in `failed`."""
    words = slip.headers.get("Fail_reason", "")
    found = _CODE.search(words)
    if found is None:
        return Verdict.BROKEN, "", words or "smsd gave no reason"  # the modem does not answer, or is not set up
    code = int(found[1])
    verdict = Verdict.REFUSED if code in _NEVER else Verdict.BROKEN if code in _MODEM_OUT else Verdict.LATER
    return verdict, found[1], words
