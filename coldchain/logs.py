"""One line an event, `key=value` behind a sentence, on standard error; times are ISO 8601 UTC of the domain clock."""

import logging
import sys

from coldchain import clock

LEVELS = ("debug", "info", "warning", "error")


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{clock.iso(clock.now())} {record.levelname.lower():<7} {record.name}: {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def set_up(level: str = "info") -> None:
    """Send every logger's lines to standard error. Call once, at the entry of a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Their information is our debugging.
    for chatty in ("aiosqlite", "amqtt", "asyncio", "mqtt", "pymodbus", "transitions", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))


def fields(**values: object) -> str:
    """`a=1 b="two words"` for the end of a log line."""
    return " ".join(f'{key}="{value}"' if " " in str(value) else f"{key}={value}" for key, value in values.items())
