"""What all ways to people have in common: what is asked of them, what they answer, what they later report.

A channel never raises for what a provider or a network does: every refusal, limit and silence is one of five
verdicts, with the provider's own code and words beside it, because they are read aloud in the alarm's story.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Protocol, runtime_checkable

# What somebody else's words may come to, by field: a provider that says something odd must not keep us from writing
# down that it took the message.
LONGEST: Final[Mapping[str, int]] = {
    "code": 200, "words": 500, "message_id": 200, "out_id": 64, "address": 200, "key": 40,
}  # fmt: skip
Kind = Literal["alarm", "over", "drill", "note", "number"]  # of a message
_BEIJING_S: Final = 8 * 3600.0  # no daylight saving since 1991
_DAY_S: Final = 86_400.0
_BLANKS: Final = {*range(32), *range(0xD800, 0xE000)} - {ord("\n"), ord("\t")}  # no database or page can show these


class Verdict(StrEnum):
    """What became of one message at the provider's door, in words that say what to do next."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # never again this way to this address
    LATER = "later"  # a limit, busy, not reached at all: wait `retry_after_s`; nothing went out
    BROKEN = "broken"  # our key, template or balance: this way is out for everybody until somebody mends it
    UNKNOWN = "unknown"  # it may have gone out (silence after the request left): ask before sending again


@dataclass(frozen=True, slots=True)
class Answer:
    """The provider's answer to one message; `code` and `words` are its own, or ours where we refused in its stead."""

    verdict: Verdict
    code: str = ""
    words: str = ""
    message_id: str = ""
    retry_after_s: float | None = None
    cost_fen: int = 0

    def __post_init__(self) -> None:
        _make_plain(self, "code", "words", "message_id")


class State(StrEnum):
    """What a receipt says."""

    PENDING = "pending"  # the provider has it and knows no more yet: only ever an answer to `ask` and `look`
    DELIVERED = "delivered"  # on the phone or in the mailbox; nobody has read it for that
    FAILED = "failed"
    READ = "read"
    ANSWERED = "answered"  # a call was picked up, perhaps by a voice mailbox: not an acknowledgement
    RANG_OUT = "rang_out"
    KEYED = "keyed"  # a key was pressed during a call: `Receipt.key`


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider later says of a message: at a callback, or asked. A hint: it may come twice, late, or never."""

    provider: str  # the channel's name
    state: State
    at: int  # ms UTC; the arrival's where the provider names no time
    message_id: str = ""
    out_id: str = ""
    address: str = ""
    code: str = ""
    words: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        _make_plain(self, *LONGEST)


def _make_plain(said: Answer | Receipt, *fields: str) -> None:
    for field in fields:
        text: str = getattr(said, field)
        object.__setattr__(said, field, "".join(" " if ord(c) in _BLANKS else c for c in text)[: LONGEST[field]])


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote or pressed: an SMS, or a card of WeCom or WeChat (`text` is then the act)."""

    provider: str
    number: str
    text: str
    at: int  # ms UTC
    id: str  # the provider's, for telling a repeated callback from a second reply


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address.

    `text` is the whole of it in the person's language, for ways that carry free text. `short` holds a template's
    variables (place, thing, what, value, since, lots, doses, code), each at most 6 characters, for those that do not.
    """

    out_id: str  # ours, [0-9a-z-]{1,64}: comes back in receipts where the provider has a field for it
    address: str
    text: str
    short: Mapping[str, str]
    title: str = ""
    link: str = ""
    code: str = ""
    kind: Kind = "alarm"
    language: Literal["zh", "en"] = "zh"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages to one address within so many seconds.

    With `from_hour` only those count that were sent in the same window, which opens at that hour of Beijing's day and is
    `within_s` long: one call a night, two texts a calendar day. Outside the window the limit is none.
    """

    times: int
    within_s: float
    from_hour: int | None = None

    def wait_s(self, sent_s: Sequence[float], now_s: float) -> float:
        """How long until one more is allowed; 0 at once. Both since 1970, the oldest first, where there is a window."""
        if self.from_hour is not None:
            opened_s = now_s - (now_s + _BEIJING_S - self.from_hour * 3600) % _DAY_S
            closes_s = opened_s + self.within_s
            used = sum(1 for each in sent_s if each >= opened_s)
            return closes_s - now_s if now_s < closes_s and used >= self.times else 0.0
        if len(sent_s) < self.times:
            return 0.0
        return max(0.0, sent_s[-self.times] + self.within_s - now_s)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a provider took: our id of it, the provider's, and when (ms UTC)."""

    out_id: str
    message_id: str
    at: int


class Channel(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """As the policy and the settings call it (aliyun_sms, mail, …)."""

    @property
    def wakes(self) -> bool:
        """A telephone rings: SMS and cards wake nobody."""

    @property
    def names_person(self) -> bool:
        """The address is one person's; a group's robot tells nobody in particular."""

    @property
    def per_address(self) -> tuple[Limit, ...]:
        """The provider's limits for one address, so that a ladder does not run into them."""

    async def send(self, message: Message) -> Answer:
        """Hand one message to the provider; never raises for what it or the network does."""

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:
        """What the provider knows of a message of ours: [] when it knows none, and no answer never means that.

        None when this way cannot be asked, or not now: then sending once more is the lesser harm.
        """


@runtime_checkable
class Looks(Protocol):
    """A way whose provider tells what became of a message that it gave an id, without a callback."""

    async def look(self, message_id: str, address: str, sent_at: int) -> list[Receipt]:
        """What became of it so far.

        Raises:
            Unavailable: the provider cannot be asked now.
        """


@runtime_checkable
class Lists(Protocol):
    """A way that tells of many messages to one address in one answer."""

    async def listed(self, address: str, sent: Sequence[Sent]) -> list[Receipt]:
        """What is known of these messages to one address; each receipt names ours by `out_id`.

        It waits until nothing is to be sent.

        Raises:
            Unavailable: the provider cannot be asked now.
        """


@runtime_checkable
class Pulls(Protocol):
    """A way whose provider queues what it has to say and gives each page once: the page is to be kept before it is read."""

    @property
    def queues(self) -> tuple[str, ...]:
        """Their names."""

    async def pull(self, queue: str) -> bytes:
        """The next page of a queue as it came, b"" when there is none.

        Raises:
            Unavailable: the provider cannot be asked now.
        """

    def heard_in(self, queue: str, page: bytes, at: int) -> list[Receipt | Reply]:
        """What a page says; `at` is its arrival's time.

        Raises:
            BadInput: it is no page of this queue.
        """


@dataclass(frozen=True, slots=True)
class Returned:
    """One mail that came back, under its name in the mailbox, and what it says."""

    name: str
    receipts: tuple[Receipt, ...]


@runtime_checkable
class Returns(Protocol):
    """A way whose messages may come back into a mailbox; each comes again until it is put away."""

    async def returned(self, at: int) -> list[Returned]:
        """What came back and is of a message of ours; `at` is now.

        Raises:
            Unavailable: the mailbox cannot be read now.
        """

    async def put_away(self, names: Sequence[str]) -> None:
        """These are kept elsewhere now.

        Raises:
            Unavailable: the mailbox cannot be written now; they come again.
        """


@runtime_checkable
class Changes(Protocol):
    """A way whose messages can be changed once after they were sent."""

    @property
    def card_s(self) -> float:
        """For how many real seconds."""

    async def change(self, message_id: str, address: str, words: str) -> Answer:
        """Write `words` in the place of a message's buttons; never raises for what a provider or the network does."""
