"""How far a long replay has come, for the person who waits, and how long its parts took. Real time only."""

from types import TracebackType
from typing import Final, TextIO

from coldchain import clock

EVERY_S: Final = 1.0


class Progress:
    """Tells a person, at most once a second. On a terminal one line that is written over, else a line each time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._begun = self._told = clock.monotonic()
        self._width = 0

    def tell(self, share: float | None, what: str) -> None:
        """Say where we are.

        Args:
            share: how much of it is done, 0 to 1; None where nobody knows.
            what: in words.
        """
        now = clock.monotonic()
        if now - self._told < EVERY_S:
            return
        self._told = now
        percent = "" if share is None else f"{min(max(share, 0.0), 1.0):4.0%}  "
        left = ""
        if share is not None and share > 0.01:
            left = f", about {(now - self._begun) * (1 - share) / share:.0f} s left"
        self._write(f"replay: {percent}{what}{left}")

    def done(self) -> None:
        """Leave the terminal as it was."""
        if self._is_terminal and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()

    def _write(self, line: str) -> None:
        if self._is_terminal:
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()


class Stopwatch:
    """Real seconds spent inside of it, all times taken together."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = 0.0

    def __enter__(self) -> None:
        self._since = clock.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds += clock.monotonic() - self._since
