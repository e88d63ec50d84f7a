"""A site's folder: settings, random secrets, stores, logs; and the lock that keeps a second `up` out of it."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coldchain.errors import BadInput

SETTINGS = """\
# A coldchain site. Every key with its default and meaning: deploy/coldchain.sample.toml
# The broker's port, users and passwords are given to the services by `coldchain up`.

[series]
kind = "embedded"
path = {series}

[archive]
url = {archive}
"""
SERVICES = ("collector", "alerting", "dashboards")


@dataclass(frozen=True, slots=True)
class Site:
    """One folder, one site."""

    folder: Path

    @property
    def settings(self) -> Path:
        """The settings file, yours to change."""
        return self.folder / "coldchain.toml"

    @property
    def series(self) -> Path:
        """The time series that a new site's settings name."""
        return self.folder / "series.sqlite"

    @property
    def archive_url(self) -> str:
        """The archive that a new site's settings name."""
        return f"sqlite:///{self.folder / 'archive.sqlite'}"

    def log(self, name: str) -> Path:
        """Where a process's output goes."""
        return self.folder / "log" / f"{name}.log"

    def prepare(self) -> None:
        """Make the folder and whatever of it is missing; nothing that is there is changed."""
        (self.folder / "log").mkdir(parents=True, exist_ok=True)
        (self.folder / "secrets").mkdir(mode=0o700, exist_ok=True)
        (self.folder / "secrets" / "gateways").mkdir(mode=0o700, exist_ok=True)
        if not self.settings.exists():
            # JSON strings are TOML strings; a folder's name may hold anything
            series = json.dumps(str(self.series))
            self.settings.write_text(SETTINGS.format(series=series, archive=json.dumps(self.archive_url)))
        for service in SERVICES:
            self.secret(service)

    def secret(self, name: str) -> Path:
        """The file with the password of a broker user (or a person), made at first use, readable by us alone."""
        path = self.folder / "secrets" / name
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(16) + "\n")
        return path

    def password(self, name: str) -> str:
        """The password in `secret(name)`."""
        return self.secret(name).read_text().strip()

    def broker_user(self, user: str) -> Path:
        """The file with a broker user's password: a service's, or a gateway's."""
        return self.secret(user if user in SERVICES else f"gateways/{user}")

    def gateways(self) -> list[str]:
        """The gateways that have a password."""
        return sorted(path.name for path in (self.folder / "secrets" / "gateways").iterdir())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. The lock is inherited by the services, so that it lasts while any of them lives.

        Raises:
            BadInput: when another process has it.
        """
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        os.set_inheritable(handle, True)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise BadInput(
                "--data", f"{self.folder} is in use", "stop the other coldchain there, or name another folder"
            ) from None
        try:
            yield
        finally:
            os.close(handle)
