"""What a county's own system posts back to us, signed as we sign (`webhook.headers`, with the same secret). Pure.

    {"receipts": [{"id", "state", "at"?, "to"?, "code"?, "words"?, "key"?}],     `id`: the message's own, as we sent it
     "replies":  [{"id", "from", "text", "at"?}]}                                `id`: theirs, the same when it is repeated

`state` is one of delivered, failed, read, answered, rang_out, keyed; `at` is ms UTC, the arrival's where it is left out.
The receiver of a repeated post does nothing twice. Any other answer than 200 asks to post it again.
"""

from typing import Any, Final

import msgspec

from coldchain.errors import BadInput
from coldchain.providers.outcome import Receipt, Reply, State
from coldchain.providers.pushed import structs, tables

ANSWER: Final = b'{"kept":true}'
ANSWER_TYPE: Final = "application/json"
LATEST: Final = 253_402_300_799_999  # the end of the year 9999; what is beyond it is no time


class Heard(msgspec.Struct, frozen=True):
    """What became of one message."""

    id: str
    state: State
    at: int = 0
    to: str = ""
    message_id: str = ""
    code: str = ""
    words: str = ""
    key: str = ""


class Written(msgspec.Struct, frozen=True, rename={"number": "from"}):
    """What somebody answered."""

    id: str
    number: str
    text: str
    at: int = 0


def receipts_of(body: bytes, at: int, provider: str) -> list[Receipt]:
    """What became of messages; `provider` is the way's name in the settings, `at` the arrival's time.

    Raises:
        BadInput: the body is no JSON object with lists.
    """
    return [
        Receipt(
            provider, each.state, _time(each.at, at), each.message_id, each.id, each.to, each.code, each.words, each.key
        )
        for each in structs(_pieces(body, "receipts", provider), Heard, provider)
        if each.state is not State.PENDING
    ]


def replies_of(body: bytes, at: int, provider: str) -> list[Reply]:
    """What people answered.

    Raises:
        BadInput: the body is no JSON object with lists.
    """
    return [
        Reply(provider, each.number, each.text, _time(each.at, at), each.id)
        for each in structs(_pieces(body, "replies", provider), Written, provider)
    ]


def _time(given: int, at: int) -> int:
    return given if 0 < given <= LATEST else at


def _pieces(body: bytes, name: str, provider: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for table in tables(body, provider):
        pieces = table.get(name, [])
        if not isinstance(pieces, list):
            raise BadInput(name, "is no list", f'post {{"{name}": […]}}', where=provider)
        found += [piece if isinstance(piece, dict) else {} for piece in pieces]
    return found
