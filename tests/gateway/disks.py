"""A disk of its own for a test, small and really full: a tmpfs, where the system lets us mount one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.settings import GatewaySection

SIZE = 600_000


@dataclass(frozen=True, slots=True)
class Disk:
    """Mounted at `folder`."""

    folder: Path

    @property
    def spool(self) -> Path:
        return self.folder / "spool.sqlite"

    def section(self, memory_readings: int = 20_000) -> GatewaySection:
        return GatewaySection(spool=self.spool, memory_readings=memory_readings)

    def fill(self, leaving: int = 0) -> None:
        """Somebody else's file takes all the room that there is."""
        with (self.folder / "big").open("ab", buffering=0) as big:
            with suppress(OSError):
                while big.write(bytes(4_096)):
                    pass
            big.truncate(big.tell() - leaving)

    def clear(self) -> None:
        """That file is gone again."""
        (self.folder / "big").unlink()

    def allow(self, what: str) -> None:
        """Remount `ro` or `rw`."""
        subprocess.run(["mount", "-o", f"remount,{what}", self.folder], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Skips where nobody may mount: there the tests with a limit on a file's size stand alone."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk of its own: {mounted.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
