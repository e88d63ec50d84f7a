"""The sealed letters of WeCom and WeChat: whose they are is checked before anything inside is read.

    query + XML ─► `opened` ─► signature, age ─► AES-256-CBC ─► for whom? ─► fields      answer ─► `sealed_answer` ─► XML

Both platforms call our URL with `msg_signature`, `timestamp` and `nonce`, and a body whose `Encrypt` holds the message.
The signature covers that text, so a forged, altered or old callback ends here as `Forged`, before it is decrypted.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from coldchain.errors import BadInput

BLOCK_B = 32  # their padding fills to 32 bytes, though AES knows 16: a generic unpadder refuses what is right
LARGEST_B = 64 * 1024  # of a callback's body: a text of 2,048 bytes, a button or an event is far smaller
WINDOW_S = 600  # they repeat a callback within seconds; an older one was kept by somebody
_HEAD_B = 16 + 4  # random bytes, then the length of the message


class Forged(BadInput):
    """A callback that nobody with our keys wrote, or that is older than they would send: nothing in it is believed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One application's secrets for callbacks; `receiver` is the corporation's id (WeCom) or the account's (WeChat)."""

    token: str = field(repr=False)
    key: bytes = field(repr=False)
    receiver: str

    @classmethod
    def of(cls, token: str, aes_key: str, receiver: str) -> "Seal":
        """From what the platform's page shows.

        Raises:
            BadInput: when the EncodingAESKey is not 43 characters of base64, or there is no token or receiver.
        """
        cure = "copy token and EncodingAESKey (43 characters) from the platform's callback page"
        if not token or not receiver:
            raise BadInput("callback_token", "the token or the receiver's id is missing", cure)
        try:
            key = base64.b64decode(aes_key + "=", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(aes_key) != 43 or len(key) != 32:
            raise BadInput("aes_key", f"an EncodingAESKey of {len(aes_key)} characters", cure)
        return cls(token, key, receiver)


def opened(seal: Seal, query: Mapping[str, str], body: bytes, at: int) -> dict[str, str]:
    """The fields of a callback's message.

    Args:
        seal: our secrets.
        query: the URL's parameters, decoded.
        body: as it came.
        at: now, ms UTC.

    Raises:
        Forged: not signed with our token, not sealed with our key, not for us, or older than `WINDOW_S`.
    """
    if len(body) > LARGEST_B:
        raise Forged("callback", f"{len(body)} bytes", f"send at most {LARGEST_B}")
    return fields(_message(seal, query, fields(body).get("Encrypt", ""), at))


def echo(seal: Seal, query: Mapping[str, str], at: int) -> bytes:
    """The answer to the platform's check of our URL: the sealed `echostr`, opened.

    Raises:
        Forged: as `opened`.
    """
    return _message(seal, query, query.get("echostr", ""), at)


def sealed_answer(seal: Seal, plain: bytes, at: int) -> bytes:
    """An answer within the same call, sealed and signed: how a pressed card is changed."""
    timestamp, nonce = str(at // 1000), secrets.token_hex(8)
    text = shut(seal, plain)
    signature = signed(seal.token, timestamp, nonce, text)
    return (
        f"<xml><Encrypt><![CDATA[{text}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    ).encode()


def signed(*parts: str) -> str:
    """Their signature: SHA-1 over the sorted parts, joined."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - the platforms' own signature


def shut(seal: Seal, plain: bytes) -> str:
    """Seal a message: 16 random bytes, its length, itself, for whom; padded, AES-256-CBC, base64."""
    inner = secrets.token_bytes(16) + struct.pack(">I", len(plain)) + plain + seal.receiver.encode()
    pad = BLOCK_B - len(inner) % BLOCK_B
    aes = _cipher(seal).encryptor()
    return base64.b64encode(aes.update(inner + bytes([pad]) * pad) + aes.finalize()).decode()


def fields(body: bytes) -> dict[str, str]:
    """The texts of an XML message by the names of their elements, the first of each; entities and DTDs are refused.

    Raises:
        Forged: when it is no XML, or brings a document type: the platforms never send one, attackers do.
    """
    found: dict[str, str] = {}
    open_elements: list[tuple[str, list[str]]] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        open_elements.append((name, []))

    def end(name: str) -> None:
        found.setdefault(name, "".join(open_elements.pop()[1]).strip())

    def text(data: str) -> None:
        open_elements[-1][1].append(data)

    def no_document_type(*_: object) -> None:
        raise Forged("callback", "it brings a document type", "send the platform's own XML")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = no_document_type
    try:
        parser.Parse(body, True)  # the positional form is expat's own
    except (expat.ExpatError, ValueError) as error:
        raise Forged("callback", f"no XML: {error}", "send the platform's own XML") from None
    return found


def _message(seal: Seal, query: Mapping[str, str], text: str, at: int) -> bytes:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    wanted = signed(seal.token, timestamp, nonce, text)
    if not text or not hmac.compare_digest(wanted.encode(), query.get("msg_signature", "").encode()):
        raise Forged("msg_signature", "not signed with our token", "check the token on the platform's callback page")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(at // 1000 - int(timestamp)) > WINDOW_S:
        raise Forged("timestamp", f"{timestamp[:20]!r} is not of now", "check this machine's clock, or who repeats it")
    return _unshut(seal, text)


def _unshut(seal: Seal, text: str) -> bytes:
    try:
        cipher = base64.b64decode(text, validate=True)
        aes = _cipher(seal).decryptor()
        inner = aes.update(cipher) + aes.finalize()
    except (binascii.Error, ValueError):
        raise Forged("Encrypt", "not sealed with our key", "check the EncodingAESKey") from None
    pad = inner[-1] if inner else 0
    if len(inner) < _HEAD_B + pad or not 1 <= pad <= BLOCK_B or inner[-pad:] != bytes([pad]) * pad:
        raise Forged("Encrypt", "not sealed with our key", "check the EncodingAESKey")
    inner = inner[16:-pad]
    (length,) = struct.unpack(">I", inner[:4])
    message, receiver = inner[4 : 4 + length], inner[4 + length :]
    if len(message) != length or not hmac.compare_digest(receiver, seal.receiver.encode()):
        raise Forged("Encrypt", f"sealed for {receiver[:64]!r}", f"send what is for {seal.receiver}")
    return message


def _cipher(seal: Seal) -> Cipher[CBC]:
    return Cipher(AES(seal.key), CBC(seal.key[:16]))  # the IV is fixed by the platforms' protocol
