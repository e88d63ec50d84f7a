"""What a way needs to stand in the contract suite: a channel, opened against its fake, and the ways to make that fake misbehave.

A rig is registered by standing in the list `RIGS` of a module of `rigs/`: nothing else is to be edited.
"""

import importlib
import pkgutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from coldchain.providers.outcome import Channel, Message
from tests.fakes.serving import CUT_AFTER, DRIP, HANG, HANG_AFTER, Fake, Fault, says

PATIENT_S = 10.0  # of a channel whose provider answers: a loaded machine may take a second for it
IMPATIENT_S = 0.8  # of one whose provider hangs: given up after this
RETRY_AFTER_S = 7.0


class As(StrEnum):
    """How a stand is put up."""

    IT_IS = "it is"
    WRONG_KEY = "wrong key"
    NOBODY_THERE = "nobody there"
    SILENT = "silent"  # as it is, and soon given up, because it is going to hang


class Bad(StrEnum):
    """What the provider can be told to do with the next message."""

    REFUSE = "refuse"  # in its own way, at HTTP 200 where it has HTTP
    HANG = "hang"  # takes the request, and neither the message nor a word comes of it
    HANG_AFTER = "hang after"  # takes the message and says nothing
    CUT_AFTER = "cut after"  # takes the message and hangs up
    DRIP = "drip"  # answers a byte at a time, for ever
    BUSY = "busy"  # 429 with Retry-After of RETRY_AFTER_S
    BROKEN_INSIDE = "broken inside"  # 500 with a page for people
    UNREADABLE = "unreadable"  # 200 with a page for people


@dataclass(frozen=True)
class Stand:
    """A channel before its provider."""

    channel: Channel
    taken: Callable[[], int]  # how many messages the provider has taken
    bad: Callable[[Bad], None]  # for the next message
    has_it: Callable[[], bool]  # the provider has begun to do what it was told to do


@dataclass(frozen=True)
class Rig:
    """One way, as the contract suite puts it up."""

    name: str  # the channel's
    stand: Callable[[As], AbstractAsyncContextManager[Stand]]
    message: Message  # that it takes
    bad_address: Message | None  # that it must refuse before sending
    too_long: Message | None = None  # that it must refuse before sending; None: nothing is too long, or it is cut
    can: frozenset[Bad] = frozenset(Bad)  # what its provider can be told
    stands: frozenset[As] = frozenset(As)
    takes_again: bool = True  # the same message at once again: False where our id or a limit prevents it
    knows: bool = False  # `ask` finds a message whose answer was lost
    refusal: tuple[str, str] = ("", "")  # the code and words that REFUSE gives


def http_bad(fake: Fake, refusal: Fault) -> Callable[[Bad], None]:
    """`Stand.bad` of a provider over HTTP."""
    faults = {
        Bad.REFUSE: refusal,
        Bad.HANG: HANG,
        Bad.HANG_AFTER: HANG_AFTER,
        Bad.CUT_AFTER: CUT_AFTER,
        Bad.DRIP: DRIP,
        Bad.BUSY: says({}, 429, Retry_After=f"{RETRY_AFTER_S:.0f}"),
        Bad.BROKEN_INSIDE: says("<html>Bad Gateway</html>", 502),
        Bad.UNREADABLE: says("<html>Welcome to the hotel</html>"),
    }
    return lambda bad: fake.faults.append(faults[bad])


def nobodys(url: str) -> str:
    """An address of this machine where nobody listens."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:9").geturl()


def timeout_s(how: As) -> float:
    """How long a rig's channel waits for its provider."""
    return IMPATIENT_S if how is As.SILENT else PATIENT_S


def waits(how: As) -> dict[str, float]:
    """The same, as settings of a provider over HTTP, which may be asked as often as one likes."""
    return {"timeout_s": timeout_s(how), "connect_s": timeout_s(how), "per_s": 1000.0}


def rigs() -> list[Rig]:
    """Every rig that a module of `rigs/` offers."""
    package = importlib.import_module("tests.providers.contract.rigs")
    modules = sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    return [rig for name in modules for rig in importlib.import_module(f"{package.__name__}.{name}").RIGS]
