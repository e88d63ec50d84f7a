"""Mail through the house's own server: one message, one recipient, so that each refusal is this person's alone.

    Message ─► MIME ─► connect, TLS, login, MAIL, RCPT ─► DATA ─► the server's words
                       4xx later · 5xx refused · no login: broken   silence here: unknown

The message's number is its Message-ID; what comes back to it is read by `bounces`, out of the `mailbox` of the settings.
"""

import asyncio
import re
import smtplib
import ssl
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial

from coldchain import clock
from coldchain.providers import cutting
from coldchain.providers.imap import Imap, trusting
from coldchain.providers.mailbox import Mailbox, Maildir
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Returned, Verdict
from coldchain.providers.settings import MailSettings

NAME = "mail"
TEXT_B = 64 * 1024
AT_ONCE = 8  # conversations; a server that hangs holds no other thread of this process
LONGEST_S = 4.0  # times `timeout_s`, of a whole conversation: a server that drips resets each single wait
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
# A 5xx before the recipient is named is not about him: the sender, the login or the house is refused.
_OURS = frozenset({"connect", "greet", "tls", "login", "sender"})


@dataclass(slots=True)
class Stage:
    """How far a conversation has come: what a failure means depends on it."""

    name: str = "connect"


def written(section: MailSettings, message: Message) -> EmailMessage:
    """The mail itself."""
    mail = EmailMessage()
    mail["From"] = section.sender
    mail["To"] = message.address
    mail["Subject"] = cutting.characters(message.title or message.text, 120)
    mail["Date"] = format_datetime(datetime.fromtimestamp(clock.wall() / 1000, UTC))
    mail["Message-ID"] = message_id(section, message.out_id)
    mail["Auto-Submitted"] = "auto-generated"  # holiday answers are not wanted
    mail["Content-Language"] = message.language
    if message.kind == "alarm":
        mail["Importance"] = "high"
    mail.set_content(cutting.whole_text(message, TEXT_B), cte="base64")
    return mail


def message_id(section: MailSettings, out_id: str) -> str:
    """Our number as a Message-ID of the sender's domain."""
    return f"<{out_id}@{section.sender.rpartition('@')[2]}>"


def envelope_sender(section: MailSettings, out_id: str) -> str:
    """Where a bounce goes to: with `bounces`, an address that names the message, however little the bounce quotes."""
    if not section.bounces:
        return section.sender
    name, _, host = section.bounces.rpartition("@")
    return f"{name}+{out_id}@{host}"


class Mail:
    """The way. Made by `opened`."""

    name = NAME
    wakes = False
    names_person = True

    def __init__(
        self,
        section: MailSettings,
        tls: ssl.SSLContext | None,
        threads: ThreadPoolExecutor,
        mailbox: Mailbox | None = None,
    ) -> None:
        self.per_address: tuple[Limit, ...] = tuple(limit.limit() for limit in section.limits)
        self._section = section
        self._tls = tls
        self._threads = threads
        self._mailbox = mailbox
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def send(self, message: Message) -> Answer:
        """To one mailbox."""
        if not _ADDRESS.fullmatch(message.address):
            return Answer(Verdict.REFUSED, "our.address", "the address is no mail address; write name@host")
        talk = partial(sent, self._section, self._tls, message)
        async with self._turn:
            try:
                async with asyncio.timeout(LONGEST_S * self._section.timeout_s):
                    return await asyncio.get_running_loop().run_in_executor(self._threads, talk)
            except RuntimeError:  # the executor's word for: closed
                return Answer(Verdict.LATER, "our.closed", "the service is stopping; nothing was sent")
            except TimeoutError:  # the thread may still come to its end: whether it went out, nobody knows
                return Answer(Verdict.UNKNOWN, "our.silence", "the conversation took too long")

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the protocol's
        """A mail server cannot be asked; a second mail has the same Message-ID."""
        return None

    async def returned(self, at: int) -> list[Returned]:
        """What came back and is of a message of ours; [] without a mailbox, or where it is not yet time to look.

        Raises:
            Unavailable: the mailbox cannot be read now.
        """
        return [] if self._mailbox is None else await self._mailbox.returned(at)

    async def put_away(self, names: Sequence[str]) -> None:
        """These are kept elsewhere now.

        Raises:
            Unavailable: the mailbox cannot be written now; they come again.
        """
        if self._mailbox is not None and names:
            await self._mailbox.put_away(names)


@asynccontextmanager
async def opened(section: MailSettings) -> AsyncIterator[Mail]:
    """The way; a connection is made for each message, for minutes may lie between two."""
    tls = None if section.tls == "none" else await asyncio.to_thread(trusting, section.ca_file, "channels.mail.ca_file")
    threads = ThreadPoolExecutor(2 * AT_ONCE, thread_name_prefix="mail")
    one = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
    try:
        yield Mail(section, tls, threads, await asyncio.to_thread(_mailbox, section, one))
    finally:
        one.shutdown(wait=False, cancel_futures=True)
        threads.shutdown(wait=False, cancel_futures=True)


def _mailbox(section: MailSettings, thread: ThreadPoolExecutor) -> Mailbox | None:
    if section.imap:
        return Mailbox(section, Imap(section.imap), section.imap.look_every_s, thread)
    if section.maildir:
        return Mailbox(section, Maildir(section.maildir), section.maildir.look_every_s, thread)
    return None


def sent(section: MailSettings, tls: ssl.SSLContext | None, message: Message) -> Answer:
    """Hold the conversation; blocks."""
    stage = Stage()
    try:
        smtp = _connected(section, tls)
        try:
            return _told(smtp, section, tls, message, stage)
        finally:
            _bye(smtp)
    except (smtplib.SMTPException, OSError) as error:
        return failed(error, stage)


def _connected(section: MailSettings, tls: ssl.SSLContext | None) -> smtplib.SMTP:
    name = section.sender.rpartition("@")[2]  # smtplib would ask the DNS for ours, and wait for it
    if section.tls == "implicit":
        return smtplib.SMTP_SSL(section.host, section.port, name, timeout=section.timeout_s, context=tls)
    return smtplib.SMTP(section.host, section.port, name, timeout=section.timeout_s)


def _bye(smtp: smtplib.SMTP) -> None:
    """Leave politely; however that is answered, it changes nothing of what was said before."""
    with suppress(smtplib.SMTPException, OSError):
        smtp.quit()
    smtp.close()


def _told(
    smtp: smtplib.SMTP, section: MailSettings, tls: ssl.SSLContext | None, message: Message, stage: Stage
) -> Answer:
    stage.name = "greet"
    smtp.ehlo_or_helo_if_needed()
    if section.tls == "starttls":
        stage.name = "tls"
        smtp.starttls(context=tls)
        smtp.ehlo()
    if section.user:
        stage.name = "login"
        smtp.login(section.user, section.password.get_secret_value())
    stage.name = "sender"
    number = message.out_id
    dsn = smtp.has_extn("dsn")
    _go_on(smtp.mail(envelope_sender(section, number), [f"ENVID={number}", "RET=HDRS"] if dsn else []))
    stage.name = "recipient"
    _go_on(smtp.rcpt(message.address, ["NOTIFY=FAILURE,DELAY"] if dsn else []))
    stage.name = "text"
    code, words = smtp.data(written(section, message).as_bytes())
    _go_on((code, words))
    return Answer(Verdict.ACCEPTED, str(code), _words(words), message_id(section, number))


def _go_on(reply: tuple[int, bytes]) -> None:
    code, words = reply
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, words)


def failed(error: Exception, stage: Stage) -> Answer:
    """What a failure at this stage means."""
    words = f"{stage.name}: {type(error).__name__}: {error}"[:500]
    if isinstance(error, smtplib.SMTPResponseException):
        code = int(error.smtp_code)
        return Answer(_by_code(code, stage), str(code), f"{stage.name}: {_words(error.smtp_error)}")
    if _is_mended_by_nobody_else(error, stage):
        return Answer(Verdict.BROKEN, f"our.{stage.name}", words)
    if stage.name == "text":
        return Answer(Verdict.UNKNOWN, "our.silence", words)
    return Answer(Verdict.LATER, "our.unreachable", words)


def _is_mended_by_nobody_else(error: Exception, stage: Stage) -> bool:
    """A certificate, a missing STARTTLS, a login that the server does not know: our settings or its, until changed."""
    if isinstance(error, smtplib.SMTPServerDisconnected | ssl.SSLEOFError):
        return False
    login = stage.name == "login" and isinstance(error, smtplib.SMTPException)
    return login or isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError)


def _by_code(code: int, stage: Stage) -> Verdict:
    if code // 100 != 5:  # 4xx, and what is no SMTP at all
        return Verdict.LATER
    return Verdict.BROKEN if stage.name in _OURS else Verdict.REFUSED


def _words(words: bytes | str) -> str:
    return (words.decode("utf-8", "replace") if isinstance(words, bytes) else words)[:500]
