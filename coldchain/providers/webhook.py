"""A signed POST to a system of the county's own, and how its receiver checks it.

    POST url
    Coldchain-Id: the message's own number        the same when it is sent again: keep it, and act once
    Coldchain-Timestamp: seconds since 1970       refuse what is older or newer than 5 minutes
    Coldchain-Signature: v1=hex                   HMAC-SHA256(secret, timestamp + "." + body)

    {"id", "to", "kind", "title", "text", "link", "code", "language", "short": {…}}

Any 2xx accepts with an empty body or a JSON object, which may say {"id": …}; a page for people does not (a portal of
some network answers for everybody). 429 and 503 with Retry-After are waited for; other 4xx are refusals.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from coldchain import clock
from coldchain.errors import BadInput
from coldchain.providers.errcode import written
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Verdict
from coldchain.providers.over_http import Line, Spoken, connected
from coldchain.providers.settings import WebhookSettings

ID, TIMESTAMP, SIGNATURE = "Coldchain-Id", "Coldchain-Timestamp", "Coldchain-Signature"
WINDOW_S = 300
_ABOUT_THIS_MESSAGE = frozenset({400, 409, 413, 422})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The signature's header."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def headers(secret: str, out_id: str, body: bytes, at: int) -> dict[str, str]:
    """The headers of a request made at `at` (ms UTC)."""
    timestamp = str(at // 1000)
    return {
        "content-type": "application/json; charset=utf-8",
        ID: out_id,
        TIMESTAMP: timestamp,
        SIGNATURE: signature(secret, timestamp, body),
    }


def check(secret: str, received: Mapping[str, str], body: bytes, at: int) -> str:
    """For a receiver: the message's id, once it is sure that we sent it and just now. It must still act once per id.

    Raises:
        BadInput: the signature or the time is not right.
    """
    given = {name.lower(): text for name, text in received.items()}
    timestamp = given.get(TIMESTAMP.lower(), "")
    wanted = signature(secret, timestamp, body)
    if not hmac.compare_digest(wanted.encode(), given.get(SIGNATURE.lower(), "").encode()):
        raise BadInput(SIGNATURE, "not signed with our secret", "compare the secrets; sign the body as it came")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(at // 1000 - int(timestamp)) > WINDOW_S:
        raise BadInput(TIMESTAMP, f"{timestamp[:20]!r} is not within {WINDOW_S} s", "set both clocks by NTP")
    return given.get(ID.lower(), "")


class Webhook:
    """The way. Made by `opened`."""

    def __init__(self, section: WebhookSettings, line: Line) -> None:
        self.name, self.wakes = section.way, section.wakes
        self.names_person = section.names_person
        self.per_address: tuple[Limit, ...] = tuple(limit.limit() for limit in section.limits)
        self._section = section
        self._line = line

    async def send(self, message: Message) -> Answer:
        """To the one system; `address` is whom it shall tell, in its own words."""
        if not message.address:
            return Answer(Verdict.REFUSED, "our.address", "the address is empty")
        body = written(
            {
                "id": message.out_id,
                "to": message.address,
                "kind": message.kind,
                "title": message.title,
                "text": message.text,
                "link": message.link,
                "code": message.code,
                "language": message.language,
                "short": dict(message.short),
            }
        )
        secret = self._section.secret.get_secret_value()
        # The wall's time, not the demo's: the receiver compares it with its own clock.
        signed = headers(secret, message.out_id, body, clock.wall())
        return answered(await self._line.say(self._section.url, body=body, headers=signed), message.out_id)

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the protocol's
        """It cannot be asked; it may be sent again, for the receiver acts once per id."""
        return None


def answered(spoken: Spoken | Answer, out_id: str) -> Answer:
    """What the receiver's answer means: its status decides; our number stands where it names none."""
    if isinstance(spoken, Answer):
        return spoken
    table = spoken.table() if spoken.body.strip() else {}
    if 200 <= spoken.status < 300 and table is not None:
        number = table.get("id") or out_id
        return Answer(Verdict.ACCEPTED, f"http.{spoken.status}", "", str(number)[:128])
    answer = spoken.unread()
    if spoken.status in _ABOUT_THIS_MESSAGE:
        return Answer(Verdict.REFUSED, answer.code, answer.words)
    return answer


@asynccontextmanager
async def opened(section: WebhookSettings) -> AsyncIterator[Webhook]:
    """The way with its own client."""
    async with connected(section) as line:
        yield Webhook(section, line)
