"""Mail that came back: a report on delivery (RFC 3464), matched to our message by whatever it still quotes of it.

Hosts and people forge bounces and answer with holiday notes: a receipt is a hint. `delayed` says nothing yet; the
mails of hosts that write no report at all are recognised only by the address that they come back to (`bounces`).
"""

import re
from collections.abc import Iterator
from datetime import UTC
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime

from coldchain.providers.outcome import Receipt, State
from coldchain.providers.settings import MailSettings

NAME = "mail"
LARGEST_B = 1024 * 1024
_STATES = {"failed": State.FAILED, "delivered": State.DELIVERED}
_POSTMASTER = re.compile(r"postmaster|mailer-daemon|mail delivery")
_OUT_ID = re.compile(r"[0-9a-z-]{1,64}")


def receipts_of(section: MailSettings, body: bytes, at: int) -> list[Receipt]:
    """The receipts in one mail that came back; [] when it is none of ours, or says nothing final.

    Args:
        section: whose sender and `bounces` the mail must belong to.
        body: the whole mail as it came.
        at: when it came, ms UTC; for reports without a time.
    """
    if len(body) > LARGEST_B:
        return []
    mail = message_from_bytes(body, policy=policy.default)
    number = _number(section, mail)
    if not number:
        return []
    at = _date(mail, at)
    found = [receipt for fields in _recipients(mail) for receipt in _receipt(fields, number, at)]
    if not found and _is_plain_bounce(mail) and _came_back(section, mail):
        return [Receipt(NAME, State.FAILED, at, out_id=number, code="bounce", words=str(mail.get("Subject", ""))[:200])]
    return found


def _receipt(fields: "Message[str, str]", number: str, at: int) -> list[Receipt]:
    action = str(fields.get("Action", "")).strip().lower()
    if action not in _STATES:
        return []
    address = str(fields.get("Original-Recipient") or fields.get("Final-Recipient") or "").rpartition(";")[2].strip()
    words = " ".join(str(fields.get("Diagnostic-Code", "")).split())[:500]
    code = str(fields.get("Status", "")).strip()[:20]
    return [Receipt(NAME, _STATES[action], at, out_id=number, address=address, code=code, words=words)]


def _recipients(mail: EmailMessage) -> Iterator["Message[str, str]"]:
    """The groups of a report that speak of one recipient each; the first group speaks of the message."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            groups = part.get_payload()
            yield from (group for group in groups[1:] if isinstance(group, Message)) if isinstance(groups, list) else ()


def _number(section: MailSettings, mail: EmailMessage) -> str:
    """Our number: from the address it came back to, the quoted Message-ID, or the envelope's id; the first that is ours."""
    host = re.escape(section.sender.rpartition("@")[2])
    of_ours = re.compile(rf"<({_OUT_ID.pattern})@{host}>", re.IGNORECASE)
    for text in (_came_back(section, mail), *_quoted(mail)):
        match = of_ours.search(text) or _OUT_ID.fullmatch(text)
        if match:
            return match[match.lastindex or 0]
    return ""


def _quoted(mail: EmailMessage) -> Iterator[str]:
    """What a report repeats of our mail: its Message-ID, or the envelope's id."""
    for part in mail.walk():
        kind, payload = part.get_content_type(), part.get_payload()
        first = payload[0] if isinstance(payload, list) and payload else None
        if kind == "message/rfc822" and isinstance(first, Message):
            yield str(first.get("Message-ID", ""))
        elif kind == "message/delivery-status" and isinstance(first, Message):
            yield str(first.get("Original-Envelope-Id", "")).strip()
        elif kind == "text/rfc822-headers":
            quoted = part.get_payload(decode=True)
            yield str(message_from_bytes(quoted).get("Message-ID", "")) if isinstance(quoted, bytes) else ""


def _came_back(section: MailSettings, mail: EmailMessage) -> str:
    """The number in the address that it came back to; empty when it is none of ours."""
    name, _, host = section.bounces.rpartition("@")
    if not name:
        return ""
    came_to = re.compile(rf"{re.escape(name)}\+({_OUT_ID.pattern})@{re.escape(host)}", re.IGNORECASE)
    for header in ("Delivered-To", "X-Original-To", "To"):
        match = came_to.search(str(mail.get(header, "")))
        if match:
            return match[1]
    return ""


def _is_plain_bounce(mail: EmailMessage) -> bool:
    """From a mail host in its own words; a person's holiday note comes back to the same address."""
    written_by = str(mail.get("From", "")).lower()
    return mail.get_content_type() != "multipart/report" and bool(_POSTMASTER.search(written_by))


def _date(mail: EmailMessage, at: int) -> int:
    """The report's own time, unless it has none or lies in the future."""
    try:
        moment = parsedate_to_datetime(str(mail.get("Date", "")))
    except ValueError:
        return at
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(at, round(moment.timestamp() * 1000))
