"""The texts that go back to whoever replied, by the way that they replied by. Once each, or never where that way cannot."""

import logging
from collections.abc import Mapping
from typing import Final

from alerting.notify.channels import answer_of
from alerting.notify.short import plain
from coldchain import clock
from coldchain.archive.db import Archive
from coldchain.archive.telling import answering
from coldchain.archive.telling.answering import REFUSED, TOLD, WAITING
from coldchain.archive.telling.receipts import Reply
from coldchain.providers.outcome import Answer, Channel, Message, Verdict

log = logging.getLogger(__name__)

OUT_ID: Final = "r"  # our id of such a text: r and the reply's number, which no notice has
AT_ONCE: Final = 20
LATER_S: Final = 30.0  # where a provider does not say how long
DONE: Final = {"going": "已记前往", "seen": "已记知悉", "number_yes": "号码已核对", "number_no": "已记非本人"}
NOT_DONE: Final = "未作更改"
_STATES: Final = {Verdict.ACCEPTED: TOLD, Verdict.UNKNOWN: TOLD, Verdict.LATER: WAITING}


class Answers:
    """Answers whoever replied."""

    def __init__(self, archive: Archive, ways: Mapping[str, Channel]) -> None:
        self._archive = archive
        self._ways = ways
        self._later: dict[int, float] = {}  # real seconds: not before

    async def send(self, at: int) -> int:
        """Send what waits; returns how many came to their end.

        Raises:
            Unavailable: the archive is not there.
        """
        now = clock.monotonic()
        self._later = {reply: until for reply, until in self._later.items() if until > now}
        async with self._archive.reading() as tx:
            if not await answering.is_waiting(tx):
                return 0
        async with self._archive.writing() as tx:
            leaving = await answering.leave(tx, at, AT_ONCE, frozenset(self._later))
        return sum([await self._send(reply, at) for reply in leaving])

    async def _send(self, reply: Reply, at: int) -> bool:
        way = self._ways.get(reply.provider)
        answer = Answer(Verdict.REFUSED, words="no such way is open")
        if way:
            answer = await answer_of(way.name, way.send(_message(reply)))
        state = _STATES.get(answer.verdict, REFUSED)
        if state == WAITING:
            self._later[reply.id] = clock.monotonic() + (answer.retry_after_s or LATER_S)
        elif state == REFUSED:
            log.warning("reply %d is not answered: %s %s %s", reply.id, reply.provider, answer.code, answer.words)
        async with self._archive.writing() as tx:
            await answering.left(tx, reply.id, state, at)
        return state != WAITING


def _message(reply: Reply) -> Message:
    """The text as a channel takes it; a template says in six characters what was done."""
    return Message(
        out_id=f"{OUT_ID}{reply.id}",
        address=reply.phone_number,
        text=reply.text_back,
        short=plain(what=DONE.get(reply.outcome, NOT_DONE)),
        title=reply.text_back[:60],
        kind="note",
    )
