"""What a post must have learned, as dated data with its source: `needs.toml`.

What the law says and what a county asks beyond it changes; the archive keeps who learned what, and asks this page.
"""

import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from coldchain.archive.facilities import days
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.rows import Record
from coldchain.errors import BadInput

FILE: Final = Path(__file__).with_name("needs.toml")


class Certainty(StrEnum):
    """How surely it is known."""

    READ = "read"
    PRACTICE = "practice"
    ASSUMED = "assumed"


class Need(Record, frozen=True, kw_only=True):
    """Since `valid_from`, whoever holds this post must have passed these topics within so many months."""

    post: PostKind
    topics: tuple[str, ...]
    months: int
    valid_from: str
    source: str
    certainty: Certainty


class Needs(Record, frozen=True, kw_only=True):
    """The whole file: the topics there are, and what posts need."""

    topics: dict[str, str]
    needs: tuple[Need, ...]

    def at(self, post: PostKind, day: str) -> Need | None:
        """What this post needs on a day; None when nothing is known to be asked."""
        valid = [need for need in self.needs if need.post is post and need.valid_from <= day]
        return max(valid, key=_valid_from, default=None)

    def check_topic(self, topic: str) -> None:
        """Refuse a topic that no training is of.

        Raises:
            BadInput: listing those there are.
        """
        if topic not in self.topics:
            raise BadInput("topic", f"{topic[:40]!r} is no topic", f"use one of {', '.join(self.topics)}")


def read(text: str, where: str = "needs.toml") -> Needs:
    """Read such a file.

    Raises:
        BadInput: naming the file and what is wrong in it.
    """
    try:
        found = msgspec.convert(tomllib.loads(text), Needs)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInput("needs", str(error), "correct it", where=where) from None
    for need in found.needs:
        days.check(need.valid_from, "valid_from")
        for topic in need.topics:
            found.check_topic(topic)
        if need.months < 1:
            raise BadInput(
                "months", f"{need.months} of {need.post}", "write for how many months it counts", where=where
            )
    return found


@cache
def standing() -> Needs:
    """What comes with coldchain."""
    return read(FILE.read_text(encoding="utf-8"))


def months_after(day: str, months: int) -> str:
    """The same day of a later month, or its last where it has no such day."""
    begun = days.parse(day, "day")
    year, month = divmod(begun.year * 12 + begun.month - 1 + months, 12)
    for last in (begun.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(begun.day, last)).isoformat()
        except ValueError:
            continue
    raise AssertionError  # every month has 28 days


def _valid_from(need: Need) -> str:
    return need.valid_from
