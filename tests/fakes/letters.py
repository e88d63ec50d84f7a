"""Sealed letters as WeCom and WeChat write and open them: written from their page, knowing nothing of our own code."""

import base64
import hashlib
import os
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN, AES_KEY = "a-token-of-tests", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass(frozen=True, slots=True)
class Letter:
    """One call of ours: the URL's parameters and the body."""

    query: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Office:
    """The platform's side of one application."""

    receiver: str
    token: str = TOKEN
    aes_key: str = AES_KEY

    @property
    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def shut(self, plain: str) -> str:
        text = plain.encode()
        inner = os.urandom(16) + len(text).to_bytes(4, "big") + text + self.receiver.encode()
        pad = 32 - len(inner) % 32
        aes = self._cipher.encryptor()
        return base64.b64encode(aes.update(inner + bytes([pad] * pad)) + aes.finalize()).decode()

    def signature(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted([self.token, *parts])).encode()).hexdigest()

    def letter(self, fields: dict[str, str], at: int) -> Letter:
        """An event or message, sealed at `at` (ms)."""
        xml = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in fields.items())
        sealed, timestamp, nonce = self.shut(f"<xml>{xml}</xml>"), str(at // 1000), "1372623149"
        query = {"msg_signature": self.signature(timestamp, nonce, sealed), "timestamp": timestamp, "nonce": nonce}
        body = f"<xml><ToUserName><![CDATA[{self.receiver}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return Letter(query, body.encode())

    def check(self, words: str, at: int) -> dict[str, str]:
        """The parameters with which the platform tries our URL."""
        sealed, timestamp, nonce = self.shut(words), str(at // 1000), "263014780"
        signature = self.signature(timestamp, nonce, sealed)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": sealed}

    def opened(self, answer: bytes) -> ET.Element:
        """What we answered within the call; refuses what is not signed or not sealed as it should be."""
        outer = ET.fromstring(answer)
        parts = {name: outer.findtext(name, "") for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
        assert parts["MsgSignature"] == self.signature(parts["Encrypt"], parts["TimeStamp"], parts["Nonce"])
        aes = self._cipher.decryptor()
        inner = aes.update(base64.b64decode(parts["Encrypt"])) + aes.finalize()
        inner = inner[16 : -inner[-1]]
        length = int.from_bytes(inner[:4], "big")
        assert inner[4 + length :].decode() == self.receiver
        return ET.fromstring(inner[4 : 4 + length])
