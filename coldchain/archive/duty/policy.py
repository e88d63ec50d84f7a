"""A policy of who is told: by severity levels of members, channels and minutes. Pure; what ships is `default.toml`.

    default.toml, a county's own (JSON)  ─►  `policy_of`: checked, each refusal names its field  ─►  `who`

It says who hears of it. How loud something is, and from when on, says alerting's policy: two tables, two questions.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from coldchain.archive.duty.words import Means, means_of
from coldchain.archive.facilities.needs import Certainty
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.rows import Record
from coldchain.errors import BadInput
from coldchain.excursion import Severity

FILE: Final = Path(__file__).with_name("default.toml")
FEWEST: Final = 3  # people that a critical alarm reaches: fewer is no policy
MOST_STEPS: Final = 40
LONGEST_MIN: Final = 10_080  # a week: whoever waits longer waits for nobody
DAY_MIN: Final = 1440
CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
MEMBER: Final = re.compile(r"(desk|night_phone|rota:[1-9]\d{0,8}|person:[1-9]\d{0,8}|[a-z_]+(?:@[\w.-]{1,64})?)(\??)")


class MemberKind(StrEnum):
    """What a member of a level is."""

    POST = "post"
    PERSON = "person"
    ROTA = "rota"
    DESK = "desk"
    NIGHT_PHONE = "night_phone"


@dataclass(frozen=True, slots=True)
class Member:
    """One of those whom a level tells; `facility` empty: the one that the alarm is at."""

    kind: MemberKind
    number: int = 0  # of a person, a rota
    post: str = ""
    facility: str = ""
    is_optional: bool = False


class Quiet(Record, frozen=True, kw_only=True, rename={"start": "from"}):
    """The hours in which people sleep, by the clock of the site; over midnight, too. `rest_until`: until when on a day off."""

    start: str
    until: str
    rest_until: str = ""  # as on other days


class Step(Record, frozen=True, kw_only=True):
    """One level for one severity."""

    severity: Severity
    after_min: int
    members: tuple[str, ...]
    channels: tuple[str, ...]
    repeat_min: int
    receipt_min: int


class Policy(Record, frozen=True, kw_only=True):
    """Who is told, and what that rests on."""

    title: str
    source: str
    steps: tuple[Step, ...]
    quiet: Quiet
    certainty: Certainty = Certainty.PRACTICE
    valid_from: str = ""
    people: int = FEWEST
    tail_min: int = 10
    silence_h: float = 4.0

    def levels(self, severity: Severity) -> list[Step]:
        """Its steps for a severity, in their order."""
        return sorted((step for step in self.steps if step.severity is severity), key=_after)


def policy_of(content: object, where: str = "") -> Policy:
    """A policy of what was written.

    Raises:
        BadInput: naming the field.
    """
    try:
        policy = msgspec.convert(content, Policy)
    except msgspec.ValidationError as error:
        raise BadInput("policy", str(error), "correct it as the default policy is written", where=where) from None
    _check(policy, where)
    return policy


def written(policy: Policy) -> dict[str, Any]:
    """As it is kept, and as it can be sent again."""
    content: dict[str, Any] = msgspec.to_builtins(policy)
    return content


def read(text: str, where: str = "default.toml") -> Policy:
    """Read such a file.

    Raises:
        BadInput: naming the file and what is wrong in it.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput("policy", str(error), "correct it", where=where) from None
    return policy_of(content, where)


@cache
def shipped() -> Policy:
    """What holds where a county has said nothing."""
    return read(FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1024)
def member_of(text: str) -> Member:
    """Who is meant by `keeper`, `deputy?`, `keeper@CODE`, `rota:3`, `person:12`, `desk`, `night_phone`.

    Raises:
        BadInput: when it is none of these.
    """
    found = MEMBER.fullmatch(text)
    if found is None:
        raise _no_member(text)
    said, is_optional = found[1], bool(found[2])
    if said in {MemberKind.DESK, MemberKind.NIGHT_PHONE}:
        return Member(MemberKind(said), is_optional=is_optional)
    kind, _, number = said.partition(":")
    if number:
        return Member(MemberKind(kind), number=int(number), is_optional=is_optional)
    post, _, facility = said.partition("@")
    if post not in set(PostKind):
        raise _no_member(text)
    return Member(MemberKind.POST, post=post, facility=facility, is_optional=is_optional)


def _no_member(text: str) -> BadInput:
    posts = ", ".join(PostKind)
    return BadInput("members", f"{text[:80]!r} is nobody", f"write one of {posts}, rota:N, person:N, desk, night_phone")


def _check(policy: Policy, where: str) -> None:
    if not policy.source.strip():
        raise BadInput("source", "it is empty", "name what the policy rests on", where=where)
    if policy.people < FEWEST:
        raise BadInput("people", f"{policy.people} are too few", f"a critical alarm reaches {FEWEST}", where=where)
    _check_quiet(policy.quiet, where)
    _check_minutes("tail_min", policy.tail_min, 0, where)
    if not 0 <= policy.silence_h <= LONGEST_MIN / 60:
        raise BadInput("silence_h", f"{policy.silence_h:g} is out of range", "write hours, up to a week", where=where)
    if not 1 <= len(policy.steps) <= MOST_STEPS:
        raise BadInput("steps", f"there are {len(policy.steps)}", f"write 1 to {MOST_STEPS}", where=where)
    for step in policy.steps:
        _check_step(step, where)
    for severity in sorted({step.severity for step in policy.steps}):
        _check_order(policy.levels(severity), where)


def _check_quiet(quiet: Quiet, where: str) -> None:
    for field, text in (("from", quiet.start), ("until", quiet.until), ("rest_until", quiet.rest_until or "00:00")):
        if CLOCK.fullmatch(text) is None:
            raise BadInput(f"quiet.{field}", f"{text[:20]!r} is no time of day", "write 22:00", where=where)
    if quiet.rest_until and quiet.rest_until < quiet.until:
        wrong = f"a day off would begin at {quiet.rest_until}, before other days"
        raise BadInput("quiet.rest_until", wrong, f"write {quiet.until} or later", where=where)
    if quiet.rest_until >= quiet.start > quiet.until:  # one night would go over into the next, and a holiday be one
        wrong = f"a day off would begin at {quiet.rest_until}, when the next night has begun"
        raise BadInput("quiet.rest_until", wrong, f"write a time before {quiet.start}", where=where)


def _check_step(step: Step, where: str) -> None:
    if step.severity is Severity.NOTE:
        raise BadInput("severity", "nobody is told of a note", "write critical or warning", where=where)
    _check_minutes("after_min", step.after_min, 0, where)
    _check_minutes("repeat_min", step.repeat_min, 0, where)
    _check_minutes("receipt_min", step.receipt_min, 1, where)
    if not step.members:
        raise BadInput("members", "a level tells nobody", "name at least one", where=where)
    for text in step.members:
        member_of(text)
    if not step.channels:
        raise BadInput("channels", "a level has no channel", "name at least one", where=where)
    for channel in step.channels:
        if means_of(channel) is None:
            known = ", ".join(Means)
            raise BadInput("channels", f"{channel[:40]!r} is no channel", f"write one of {known}", where=where)


def _check_order(steps: Sequence[Step], where: str) -> None:
    starts = [step.after_min for step in steps]
    severity = steps[0].severity
    if starts[0] != 0:
        raise BadInput("after_min", f"the first level of {severity} waits {starts[0]} min", "write 0", where=where)
    if len(set(starts)) < len(starts):
        raise BadInput("after_min", f"two levels of {severity} begin together", "make one of them", where=where)
    calls = any(means_of(channel) is Means.VOICE for step in steps for channel in step.channels)
    if severity is Severity.CRITICAL and not calls:
        raise BadInput(
            "channels", "a critical alarm calls nobody", "name voice: nothing else wakes people", where=where
        )


def _check_minutes(field: str, value: int, least: int, where: str) -> None:
    if not least <= value <= LONGEST_MIN:
        raise BadInput(field, f"{value} is out of range", f"write {least} to {LONGEST_MIN} minutes", where=where)


def _after(step: Step) -> int:
    return step.after_min
