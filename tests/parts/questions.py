"""What databases are asked in the course of something: many are to be asked as little as few."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def questions(of: Engine | type[Engine] = Engine) -> Iterator[list[str]]:
    """The statements that begin with SELECT, in their order; SQLite takes numbered rows one by one, and they are not counted."""
    said: list[str] = []

    def note(*call: Any) -> None:
        if (statement := str(call[2])).lower().startswith("select"):
            said.append(statement)

    event.listen(of, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(of, "before_cursor_execute", note)
