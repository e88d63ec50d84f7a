"""Short messages as they travel between a modem and its computer (3GPP TS 23.040): SUBMIT out, DELIVER and STATUS-REPORT in.

Texts are UCS-2 or the GSM 7-bit alphabet without its extension table. A PDU begins with the service centre's address,
which the length that AT commands name does not count: `tpdu_length`. Pure.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

GSM7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
CENTRE = bytes.fromhex("0891683108200105F0")
CHINA = timezone(timedelta(hours=8))
ONE_UCS2, PART_UCS2 = 70, 67
ONE_GSM7, PART_GSM7 = 160, 153
_WANTS_REPORT, _HAS_HEADER = 0x20, 0x40
_UCS2 = 0x08
_PERIOD_OCTETS = {0: 0, 1: 7, 2: 1, 3: 7}  # of the validity period, by its format


@dataclass(frozen=True, slots=True)
class Part:
    """Where a piece of a long text belongs."""

    of: int  # the sender's number for the whole
    count: int
    n: int


@dataclass(frozen=True, slots=True)
class Submit:
    """A message on its way out."""

    number: str
    text: str
    wants_report: bool
    part: Part | None = None


def tpdu_length(pdu: bytes) -> int:
    """Octets without the service centre's address."""
    return len(pdu) - 1 - pdu[0]


def submit_of(pdu: bytes) -> Submit:
    """Read a SUBMIT.

    Raises:
        ValueError: it is none, or is cut short.
    """
    try:
        return _submit(pdu[1 + pdu[0] :])
    except IndexError:
        raise ValueError("the PDU is cut short") from None


def _submit(tpdu: bytes) -> Submit:
    first, digits = tpdu[0], tpdu[2]
    if first & 3 != 1:
        raise ValueError("it is no SUBMIT")
    at = 4 + (digits + 1) // 2  # behind the address
    number, is_ucs2 = _digits(tpdu[4:at], digits), tpdu[at + 1] == _UCS2
    at += 2 + _PERIOD_OCTETS[first >> 3 & 3]
    length, data = tpdu[at], tpdu[at + 1 :]
    header = data[: 1 + data[0]] if first & _HAS_HEADER else b""
    text = data[len(header) : length].decode("utf-16-be") if is_ucs2 else _unpacked(data, length, _septets(header))
    return Submit(number, text, bool(first & _WANTS_REPORT), _part(header))


def deliver(number: str, text: str, at_s: float, of: int = 1) -> list[bytes]:
    """A text from a telephone, in as many pieces as it needs; `of` numbers a long one."""
    is_gsm7 = all(char in GSM7 for char in text)
    one, piece = (ONE_GSM7, PART_GSM7) if is_gsm7 else (ONE_UCS2, PART_UCS2)
    if len(text) <= one:
        return [_deliver(number, text, at_s, b"", is_gsm7=is_gsm7)]
    pieces = [text[i : i + piece] for i in range(0, len(text), piece)]
    headers = [bytes([5, 0, 3, of & 0xFF, len(pieces), n]) for n in range(1, len(pieces) + 1)]
    return [_deliver(number, text, at_s, header, is_gsm7=is_gsm7) for text, header in zip(pieces, headers, strict=True)]


def _deliver(number: str, text: str, at_s: float, header: bytes, *, is_gsm7: bool) -> bytes:
    if is_gsm7:
        coding, data, length = 0, _packed(text, header), len(text) + _septets(header)
    else:
        coding, data = _UCS2, header + text.encode("utf-16-be")
        length = len(data)
    first = 0x04 | (_HAS_HEADER if header else 0)
    return CENTRE + bytes([first]) + _address(number) + bytes([0, coding]) + _stamp(at_s) + bytes([length]) + data


def status_report(reference: int, number: str, sent_s: float, done_s: float, status: int) -> bytes:
    """What the centre says of a message: 0 received, 32 and more still trying, 64 and more failed for good."""
    return CENTRE + bytes([6, reference]) + _address(number) + _stamp(sent_s) + _stamp(done_s) + bytes([status])


def _address(number: str) -> bytes:
    return bytes([len(number), 0x91]) + _semi_octets(number)


def _semi_octets(digits: str) -> bytes:
    even = digits + "F" * (len(digits) % 2)
    return bytes.fromhex("".join(even[i + 1] + even[i] for i in range(0, len(even), 2)))


def _digits(octets: bytes, count: int) -> str:
    text = octets.hex().upper()
    return "".join(text[i + 1] + text[i] for i in range(0, len(text), 2))[:count]


def _stamp(at_s: float) -> bytes:
    local = datetime.fromtimestamp(at_s, UTC).astimezone(CHINA)
    return _semi_octets(local.strftime("%y%m%d%H%M%S") + "32")  # 32 quarters of an hour east


def _part(header: bytes) -> Part | None:
    return Part(header[3], header[4], header[5]) if header[1:3] == b"\x00\x03" else None


def _septets(header: bytes) -> int:
    """So many places a header takes among 7-bit characters."""
    return (len(header) * 8 + 6) // 7


def _packed(text: str, header: bytes) -> bytes:
    skip = _septets(header)
    bits = sum(GSM7.index(char) << 7 * (skip + i) for i, char in enumerate(text))
    packed = bits.to_bytes((7 * (skip + len(text)) + 7) // 8, "little")
    return header + packed[len(header) :]


def _unpacked(data: bytes, length: int, skip: int) -> str:
    bits = int.from_bytes(data, "little")
    return "".join(GSM7[bits >> 7 * i & 0x7F] for i in range(skip, length))
