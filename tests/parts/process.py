"""A server process that can be started, stopped and killed, and started again as it was."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, *folders: str) -> str:
    """The path of an installed program, looked for beyond the PATH too."""
    found = shutil.which(name) or next(
        (str(p) for f in folders for p in sorted(Path("/").glob(f"{f.lstrip('/')}/{name}"))), None
    )
    if found is None:
        raise RuntimeError(f"{name} is not installed; run `make apt` (see README, For contributors)")
    return found


def answers(port: int) -> bool:
    """True when something accepts connections on a loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Return when `is_so()`; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)


class Server:
    """One server: `command` runs in the foreground, `is_up` tells when it answers."""

    def __init__(self, command: list[str], log: Path, is_up: Callable[[], bool], user: str | None = None) -> None:
        self.command = command
        self.log = log
        self.is_up = is_up
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, user=self.user)
        try:
            wait_until(lambda: self.is_up() or self._ended(), self.command[0])
        except TimeoutError:
            self.kill()
            raise
        if self._ended():
            raise RuntimeError(f"{self.command[0]} ended at once:\n{self.log.read_text(errors='replace')[-2000:]}")

    def _ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self.process is not None
        return self.process.pid

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
