"""Texts on their way: each is noted before it goes out, tried until the network takes or refuses it, then watched for its receipt.

    guard ─► put ─► noted ─► bring ─► modem ─► accepted ─► receipt
                               └─ later, unknown: again, under the same name, so that it goes out once

After a power cut the notes bring each text back: the modem's spool knows by its name what became of it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from coldchain.providers.modem import Modem
from coldchain.providers.outcome import Message, Reply, Verdict
from gateway.guard.ledger import Ledger
from gateway.guard.words import Act

log = logging.getLogger(__name__)

KEY: Final = "text/"
RETRY_S: Final = 60.0
GIVE_UP_MS: Final = 2 * 3_600_000  # an alarm that could not leave for so long is told by later rounds
RECEIPT_MS: Final = 24 * 3_600_000  # so long a receipt or an answer may come
_SETTLED: Final = (Verdict.ACCEPTED, Verdict.REFUSED)


class Text(msgspec.Struct):
    """One text to one person. It survives a power cut as JSON."""

    out_id: str
    person: str
    number: str
    body: str
    act: Act
    series: str
    anchor_ticks: int
    anchor_time: int | None
    made_ticks: int
    boot: str  # that the ticks are of
    answer: str = ""  # the last that was told
    has_receipt: bool = False

    @property
    def is_sent(self) -> bool:
        """True once the network has it."""
        return self.answer == Verdict.ACCEPTED


class Post:
    """The texts of this box."""

    def __init__(
        self, modem: Modem, ledger: Ledger, is_wanted: Callable[[Text], bool], went_out: Callable[[Text], None]
    ) -> None:
        self._modem = modem
        self._ledger = ledger
        self._is_wanted = is_wanted
        self._went_out = went_out
        self._texts: dict[str, Text] = {}
        self._going: set[str] = set()
        self._heard: set[str] = set()  # replies that are told but perhaps not written down yet

    def recall(self, notes: Mapping[str, bytes]) -> None:
        """Take up the texts of before a power cut."""
        for key, note in notes.items():
            if key.startswith(KEY):
                text = msgspec.json.decode(note, type=Text)
                text.made_ticks = self._ledger.ticks
                if text.boot != self._ledger.boot:  # its ticks say nothing here
                    text.boot, text.anchor_ticks = self._ledger.boot, 0
                self._texts[text.out_id] = text

    def begin_anew(self) -> None:
        """Nothing is under way: whoever brought texts was stopped."""
        self._going.clear()

    def put(self, text: Text) -> None:
        """Let it go out once it is noted."""
        self._texts[text.out_id] = text
        self._note(text)

    def waits_for(self, series: str, number: str) -> bool:
        """True while a text about this channel to this number has not gone out."""
        return any(
            text.series == series and text.number == number and not text.is_sent for text in self._texts.values()
        )

    def set_out(self, tasks: asyncio.TaskGroup) -> None:
        """Start what is noted and not under way."""
        for text in self._texts.values():
            if not text.is_sent and text.out_id not in self._going:
                self._going.add(text.out_id)
                tasks.create_task(self._bring(text), name=f"guard text {text.out_id}")

    async def _bring(self, text: Text) -> None:
        while self._is_wanted(text) and self._ledger.ticks - text.made_ticks < GIVE_UP_MS:
            answer = await self._modem.send(Message(text.out_id, text.number, text.body, {}))
            self._hear(text, str(answer.verdict), answer.words)
            if answer.verdict in _SETTLED:
                break
            await asyncio.sleep(RETRY_S if answer.retry_after_s is None else answer.retry_after_s)
        if text.is_sent:
            self._note(text)
            self._went_out(text)
        else:
            self._forget(text)
        self._going.discard(text.out_id)

    def _hear(self, text: Text, answer: str, words: str) -> None:
        """Say what is new."""
        if answer != text.answer:
            text.answer = answer
            self._say(text, answer, words)

    def _say(self, text: Text, answer: str, words: str) -> None:
        self._ledger.say(
            text, answer, way=self._modem.name, act=text.act, person=text.person, number=text.number, words=words
        )

    async def look_back(self) -> list[tuple[Text, Reply]]:
        """Receipts of what went out, and what people answered to it: each answer once."""
        for text in [text for text in self._texts.values() if text.is_sent]:
            if self._ledger.ticks - text.made_ticks > RECEIPT_MS:
                self._forget(text)
            elif not text.has_receipt:
                await self._ask(text)
        try:
            replies = self._modem.replies()
        except OSError as error:
            log.warning("guard: the modem's spool: %s", error)
            return []
        return [found for reply in replies if (found := self._matched(reply))]

    async def _ask(self, text: Text) -> None:
        for receipt in await self._modem.ask(text.out_id, text.number, 0) or ():
            self._say(text, str(receipt.state), receipt.words)
            text.has_receipt = True
            self._note(text)

    def _matched(self, reply: Reply) -> tuple[Text, Reply] | None:
        """The newest text to that number; a reply of nobody whom we told changes nothing and stays in the modem's spool."""
        if reply.id in self._heard:
            return None
        text = next((one for one in reversed(self._texts.values()) if one.number == reply.number), None)
        if text is None:
            log.warning("guard: a text from %s, whom nothing was told", reply.number)
            self._modem.forget(reply.id)
            return None
        self._heard.add(reply.id)
        self._say(text, "replied", reply.text)
        return text, reply

    def forget_replies(self) -> None:
        """All that was told is on our disk now."""
        for reply_id in self._heard:
            self._modem.forget(reply_id)
        self._heard.clear()

    def _note(self, text: Text) -> None:
        self._ledger.note(KEY + text.out_id, msgspec.json.encode(text))

    def _forget(self, text: Text) -> None:
        self._texts.pop(text.out_id, None)
        self._ledger.note(KEY + text.out_id, None)
