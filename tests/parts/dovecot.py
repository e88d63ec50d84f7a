"""A real Dovecot as an ordinary user, in a folder of its own: one account, IMAP with and without TLS, mails put in as an MTA does."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coldchain.providers.settings import ImapSettings
from tests.fakes.smtp import certified
from tests.parts.process import Server, answers, free_port, program

USER, PASSWORD = "bounce", "let me in"
CONF = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
ssl = yes
ssl_cert = <{folder}/key.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home
}}
first_valid_uid = 1
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {plain}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls}
  }}
}}
"""


class Dovecot(Server):
    """The server, with one account that sees one folder, INBOX."""

    def __init__(self, folder: Path, user: str) -> None:
        group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
        self.folder, self.plain, self.tls = folder, free_port(), free_port()
        self.ca_file = folder / "ca.pem"
        certified(folder)
        conf = folder / "dovecot.conf"
        conf.write_text(CONF.format(folder=folder, user=user, group=group, plain=self.plain, tls=self.tls))
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        for name in ("home", "run", "state", *(f"mail/{each}" for each in ("new", "cur", "tmp"))):
            (folder / name).mkdir(parents=True)
        if os.getuid() == 0:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, user)
        command = [program("dovecot", "/usr/sbin"), "-F", "-c", str(conf)]
        super().__init__(command, folder / "log", lambda: answers(self.tls))

    def settings(self, tls: str = "implicit", **changed: Any) -> ImapSettings:
        port = self.tls if tls == "implicit" else self.plain
        given = {"host": "127.0.0.1", "port": port, "tls": tls, "ca_file": self.ca_file, "look_every_s": 0.001}
        return ImapSettings.model_validate(given | {"user": USER, "password": PASSWORD} | changed)

    def deliver(self, *mails: bytes, flags: str = "") -> None:
        """Put mails in, as another client would."""
        with self.client() as imap:
            for mail in mails:
                imap.append("INBOX", flags, "", mail)

    def empty(self) -> None:
        """Take all mails out."""
        with self.client() as imap:
            _, count = imap.select("INBOX")
            if count != [b"0"]:
                imap.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
                imap.expunge()

    def flags(self) -> list[set[str]]:
        """The flags of each mail, the first that came first, without those of the session."""
        with self.client() as imap:
            imap.select("INBOX", readonly=True)
            _, found = imap.fetch("1:*", "(FLAGS)")
        lines = [line for line in found if isinstance(line, bytes)]
        return [{flag.decode() for flag in imaplib.ParseFlags(line)} - {r"\Recent"} for line in lines]

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        tls = ssl.create_default_context(cafile=self.ca_file)
        with imaplib.IMAP4_SSL("127.0.0.1", self.tls, ssl_context=tls) as imap:
            imap.login(USER, PASSWORD)
            yield imap


@contextmanager
def dovecot_server() -> Iterator[Dovecot]:
    """A running server. Dovecot does no mail for root, so under root the account is of `nobody`, in a folder that `nobody` can reach."""
    user = "nobody" if os.getuid() == 0 else getpass.getuser()
    with tempfile.TemporaryDirectory(prefix="dovecot") as folder:
        Path(folder).chmod(0o755)
        server = Dovecot(Path(folder), user)
        server.start()
        try:
            yield server
        finally:
            server.stop()
