"""A real PostgreSQL; initdb and the server run as `postgres` when we are root, because they refuse root."""

import getpass
import itertools
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.process import Server, free_port, program

BIN = "/usr/lib/postgresql/*/bin"
# No test cuts the power of the machine; what a killed server has written is still with the system.
UNSAFE = ["-c", "fsync=off", "-c", "full_page_writes=off"]


class Postgres(Server):
    """`url()` makes a fresh database and names it as `[archive] url` wants it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        user = "postgres" if getpass.getuser() == "root" else None
        if user:
            shutil.chown(folder, user)
        subprocess.run(
            [program("initdb", BIN), "-D", str(folder / "data"), "-U", "coldchain", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-locale"],
            check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder,
        )  # fmt: skip
        command = [
            program("postgres", BIN),
            "-D",
            str(folder / "data"),
            "-p",
            str(self.port),
            "-h",
            "127.0.0.1",
            "-k",
            str(folder),
            *UNSAFE,
        ]
        super().__init__(command, folder / "postgres.log", self._is_ready, user=user)
        self._names = (f"test{n}" for n in itertools.count(1))

    def _is_ready(self) -> bool:
        command = [program("pg_isready", BIN, "/usr/bin"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        return subprocess.run(command, check=False).returncode == 0

    def url(self, template: str | None = None) -> str:
        """The URL of a fresh database: empty, or a copy of the one at another URL, to which nobody is connected."""
        name = next(self._names)
        of = ["-T", template.rpartition("/")[2]] if template else []
        server = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "coldchain"]
        subprocess.run([program("createdb", BIN, "/usr/bin"), *server, *of, name], check=True)
        return f"postgresql://coldchain@127.0.0.1:{self.port}/{name}"


@contextmanager
def postgres_server(folder: Path) -> Iterator[Postgres]:
    """A running PostgreSQL, stopped on leaving."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Postgres(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
