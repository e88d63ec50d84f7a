"""A mail server on aiosmtpd, in the test's own loop: TLS, a login, refusals at each stage, DSN where wanted."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from coldchain.providers.settings import MailSettings

USER, PASSWORD = "coldchain", "a-password-of-tests"


@dataclass
class FakeSmtp:
    """What it shall say, and what it has taken."""

    tls: str = "none"
    dsn: bool = False
    wants_login: bool = False
    mail: str = "250 OK"
    rcpt: dict[str, str] = field(default_factory=dict)  # address -> its next refusal
    data: str = "250 2.0.0 queued as 4XyZ12"
    quit: str = "221 Bye"
    misbehaves: str = ""  # says nothing more at `rcpt`, `data`, `after` having taken it; or hangs up then: `cut`
    taken: list[Envelope] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the lines of MAIL and RCPT
    port: int = 0
    ca_file: Path = Path()

    def settings(self, **changed: Any) -> MailSettings:
        login = {"user": USER, "password": SecretStr(PASSWORD)} if self.wants_login else {}
        ca_file = self.ca_file if self.tls != "none" else None
        given: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "tls": self.tls, "ca_file": ca_file, **login}
        return MailSettings(**{"sender": "alarm@county.example", "timeout_s": 10.0, **given, **changed})

    # aiosmtpd's hooks

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]] if self.dsn else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.mail

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._say_nothing("rcpt")
        if address in self.rcpt:
            return self.rcpt.pop(address)  # once
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self._say_nothing("data")
        if self.data.startswith("2"):
            self.taken.append(envelope)
        await self._say_nothing("after")
        if self.misbehaves == "cut":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.data

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return self.quit

    async def _say_nothing(self, stage: str) -> None:
        if self.misbehaves == stage:
            self.misbehaves = ""  # once
            await asyncio.sleep(3600)

    def knows(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


class _Talk(SMTP):
    """One conversation; aiosmtpd refuses the parameters of DSN, so they are heard and taken off before it."""

    fake: FakeSmtp

    async def smtp_MAIL(self, arg: str | None) -> None:
        self.fake.asked.append(f"MAIL {arg}")
        await super().smtp_MAIL(_without(arg, self.fake.dsn))

    async def smtp_RCPT(self, arg: str | None) -> None:
        self.fake.asked.append(f"RCPT {arg}")
        await super().smtp_RCPT(_without(arg, self.fake.dsn))


def _without(arg: str | None, dsn: bool) -> str | None:
    if not dsn or arg is None:
        return arg
    return " ".join(part for part in arg.split(" ") if not part.startswith(("ENVID=", "RET=", "NOTIFY=")))


@asynccontextmanager
async def fake_smtp(fake: FakeSmtp, folder: Path) -> AsyncIterator[FakeSmtp]:
    """Run it on a free port; its certificate's authority is `fake.ca_file`."""
    context = _context(fake, folder) if fake.tls != "none" else None
    tasks: list[_Talk] = []

    def talk() -> _Talk:
        made = _Talk(
            fake,
            hostname="mail.county.example",
            tls_context=context if fake.tls == "starttls" else None,
            require_starttls=fake.tls == "starttls",
            authenticator=fake.knows if fake.wants_login else None,
            auth_required=fake.wants_login,
            auth_require_tls=fake.tls == "starttls",
            loop=asyncio.get_running_loop(),
        )
        made.fake = fake
        tasks.append(made)
        return made

    server = await asyncio.get_running_loop().create_server(
        talk, "127.0.0.1", 0, ssl=context if fake.tls == "implicit" else None
    )
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for one in tasks:
            if isinstance(one.transport, asyncio.Transport):
                one.transport.abort()
            if one._handler_coroutine is not None:
                one._handler_coroutine.cancel()


def _context(fake: FakeSmtp, folder: Path) -> ssl.SSLContext:
    fake.ca_file = certified(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "key.pem")
    return context


def certified(folder: Path) -> Path:
    """A certificate of 127.0.0.1 with its key in `key.pem`; returns the file of whoever vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.county.example")])
    now = datetime.now(UTC)  # noqa: TID251 - a certificate is of the real day
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = cert.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret + pem)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(pem)
    return ca_file
