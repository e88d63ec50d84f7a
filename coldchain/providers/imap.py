"""A mailbox on an IMAP server (RFC 3501), for `mailbox`: a connection for each look, and no flag touched by reading.

    connect, TLS, login, SELECT ─► UID SEARCH UNSEEN UNDELETED ─► sizes ─► BODY.PEEK[] one by one        put away: UID STORE

A mail's name is UIDVALIDITY.UID: when the server counts anew, no name of before fits a mail of now.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from coldchain.errors import BadInput
from coldchain.providers.bounces import LARGEST_B
from coldchain.providers.mailbox import AT_ONCE
from coldchain.providers.settings import ImapSettings

_UID: Final = re.compile(rb"\bUID (\d+)")
_SIZE: Final = re.compile(rb"\bRFC822\.SIZE (\d+)")
# What the library raises while it reads the answers of a server that is not well.
_ODD: Final = (imaplib.IMAP4.error, ValueError, LookupError, AttributeError, TypeError, AssertionError)


class Imap:
    """One folder of one account."""

    def __init__(self, section: ImapSettings) -> None:
        self._section = section
        self._tls = None if section.tls == "none" else trusting(section.ca_file, "channels.mail.imap.ca_file")

    def unread(self, known: frozenset[str]) -> Iterator[tuple[str, bytes]]:
        """See `mailbox.Box`."""
        with self._selected() as (imap, validity):
            uids = b" ".join(
                part for part in _of(imap.uid("SEARCH", "UNSEEN", "UNDELETED")) if isinstance(part, bytes)
            ).split()
            names = {f"{validity}.{uid.decode()}": uid.decode() for uid in uids}
            wanted = {name: uid for name, uid in names.items() if name not in known}
            wanted = dict(list(wanted.items())[:AT_ONCE])
            sizes = _sizes(imap, list(wanted.values()))
            for name, uid in wanted.items():
                yield name, _whole(imap, uid) if sizes.get(uid, LARGEST_B + 1) <= LARGEST_B else b""

    def put_away(self, names: Sequence[str]) -> None:
        """See `mailbox.Box`. Deleted is what the server lets us delete alone (UIDPLUS); else it is only marked so."""
        deletes = self._section.afterwards == "delete"
        with self._selected() as (imap, validity):
            uids = [uid for of, _, uid in (name.partition(".") for name in names) if of == validity]
            if not uids:
                return
            _of(imap.uid("STORE", ",".join(uids), "+FLAGS.SILENT", r"(\Seen \Deleted)" if deletes else r"(\Seen)"))
            if deletes and "UIDPLUS" in _text(_of(imap.capability())).upper().split():  # told after the login
                _of(imap.uid("EXPUNGE", ",".join(uids)))

    @contextmanager
    def _selected(self) -> Iterator[tuple[imaplib.IMAP4, str]]:
        """Connected, logged in, in the folder; with the number by which the server counts it."""
        section = self._section
        try:
            imap = self._connected()
            try:
                imap.login(section.user, section.password.get_secret_value())
                folder = section.folder.replace("\\", "\\\\").replace('"', '\\"')
                _of(imap.select(f'"{folder}"'))
                _, validity = imap.response("UIDVALIDITY")
                yield imap, _text(validity)
            finally:
                with suppress(OSError, *_ODD):
                    imap.logout()
                with suppress(OSError):  # closed already, when it said goodbye
                    imap.shutdown()
        except _ODD as error:
            raise OSError(f"{section.host}: {type(error).__name__}: {error}") from None

    def _connected(self) -> imaplib.IMAP4:
        section = self._section
        if section.tls == "implicit":
            return imaplib.IMAP4_SSL(section.host, section.port, ssl_context=self._tls, timeout=section.timeout_s)
        imap = imaplib.IMAP4(section.host, section.port, timeout=section.timeout_s)
        if section.tls == "starttls":
            try:
                imap.starttls(self._tls)
            except BaseException:
                imap.shutdown()
                raise
        return imap


def trusting(ca_file: Path | None, field: str) -> ssl.SSLContext:
    """Who vouches for a mail server: the house's own authorities, or the system's.

    Raises:
        BadInput: the file cannot be read; `field` is where the settings name it.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise BadInput(field, str(error), "name a PEM file of authorities") from None


def _of(answer: tuple[str, list[Any]]) -> list[Any]:
    """What a command brought.

    Raises:
        imaplib.IMAP4.error: the server refused it.
    """
    said, found = answer
    if said != "OK":
        raise imaplib.IMAP4.error(_text(found))
    return found


def _sizes(imap: imaplib.IMAP4, uids: Sequence[str]) -> dict[str, int]:
    if not uids:
        return {}
    sizes = {}
    for line in _of(imap.uid("FETCH", ",".join(uids), "(UID RFC822.SIZE)")):
        uid, size = (pattern.search(line) if isinstance(line, bytes) else None for pattern in (_UID, _SIZE))
        if uid and size:
            sizes[uid[1].decode()] = int(size[1])
    return sizes


def _whole(imap: imaplib.IMAP4, uid: str) -> bytes:
    """One mail; b"" when it has gone meanwhile."""
    found = _of(imap.uid("FETCH", uid, "(BODY.PEEK[])"))
    return next((part[1] for part in found if isinstance(part, tuple) and isinstance(part[1], bytes)), b"")


def _text(found: Sequence[Any]) -> str:
    return b" ".join(part for part in found if isinstance(part, bytes)).decode("utf-8", "replace")
