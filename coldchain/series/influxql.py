"""InfluxQL: the one query language that InfluxDB 1.8, 2.x (through its DBRP mapping) and 3.x all answer. Pure.

Here are the statements as text, and their answers as typed rows. JSON writes a float 4.0 as `4`: the row types turn it
back, and keep counts and times whole.
"""

import re
from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from coldchain.errors import Unavailable
from coldchain.reading import RECONSTRUCTED, is_believed

R = TypeVar("R")
_LITERAL = re.compile(r"(['\\])")

COLUMNS = "value, quality"
BELIEVED = f"(quality = 0 OR quality = {RECONSTRUCTED})"

# A server shows some fields of a point before the others while it takes a write: what it must have may be missing.
ReadingRow = tuple[int, float | None, int | None]  # time, value, quality
UndatedRow = tuple[int, float | None, int | None, int | None, int | None]  # t, value, quality, after, before
BucketRow = tuple[int, float, float, float, int]  # start, min, max, mean, count
RollupRow = tuple[int, float | None, float | None, float | None, float | None, int | None]  # start, low, high, mean, …
ArrivalRow = tuple[int, str]  # position, batches
MarkRow = tuple[int, int]  # 0, position


class Table(msgspec.Struct, Generic[R]):
    """One series of an answer: the rows of one combination of tags."""

    values: list[R]
    tags: dict[str, str] = {}
    partial: bool = False


class Result(msgspec.Struct, Generic[R]):
    """The answer to one statement."""

    series: list[Table[R]] = []
    error: str | None = None
    partial: bool = False


class Answer(msgspec.Struct, Generic[R]):
    """The answer to one request, of one or more statements."""

    results: list[Result[R]] = []
    error: str | None = None


def is_half_read(row: ReadingRow | UndatedRow) -> bool:
    """True when a reading's quality is missing, or the value of one that is said to have one."""
    value, quality = row[1], row[2]
    return quality is None or (value is None and is_believed(quality))


def is_half_rolled(row: RollupRow) -> bool:
    """True when any figure of an hour or day is missing."""
    return None in row


def literal(text: str) -> str:
    """A string as it stands in a statement."""
    return "'" + _LITERAL.sub(r"\\\1", text.replace("\n", "\\n")) + "'"


def select(columns: str, measurement: str, where: Iterable[str] = (), then: str = "") -> str:
    """A statement; `where` holds conditions made by the functions here, which alone write a value into a text."""
    conditions = " AND ".join(where)
    return " ".join(filter(None, ["SELECT", columns, "FROM", measurement, conditions and "WHERE", conditions, then]))


def of_channels(channels: Iterable[str]) -> str:
    """A condition that holds for these channels."""
    return "(" + " OR ".join(tagged("channel", channel) for channel in channels) + ")"


def tagged(name: str, value: object) -> str:
    """A condition that holds where a tag has a value. Names are quoted: some are words of the language."""
    return f'"{name}" = {literal(str(value))}'


def within(start: int, end: int) -> str:
    """A condition that holds in [start, end), ms."""
    return f"time >= {start:d}ms AND time < {end:d}ms"


def span(channel: str, start: int, end: int, limit: int | None = None) -> str:
    """The statement that reads a stretch of a channel."""
    then = "" if limit is None else f"LIMIT {limit:d}"
    return select(COLUMNS, "reading", [tagged("channel", channel), within(start, end)], then)


def before(channel: str, time: int, count: int) -> str:
    """The statement that reads the last of a channel before a time, the newest first."""
    where = [tagged("channel", channel), f"time < {time:d}ms"]
    return select(COLUMNS, "reading", where, f"ORDER BY time DESC LIMIT {count:d}")


def delete(channel: str, start: int, end: int) -> str:
    """The statement that deletes a stretch of a channel's readings."""
    return " ".join(["DELETE FROM reading WHERE", tagged("channel", channel), "AND", within(start, end)])


def decoded(decoder: "msgspec.json.Decoder[Answer[R]]", body: bytes) -> list[list[Table[R]]]:
    """The tables of each statement of a request.

    Raises:
        Unavailable: when a statement failed, its rows were cut short, or it is no answer at all.
    """
    try:
        answer = decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise Unavailable(f"series: not an InfluxQL answer: {error}") from error
    for result in answer.results:
        if result.error or result.partial or any(table.partial for table in result.series):
            raise Unavailable(f"series: {result.error or 'the server cut its answer short; raise its max-row-limit'}")
    if answer.error:
        raise Unavailable(f"series: {answer.error}")
    return [result.series for result in answer.results]
