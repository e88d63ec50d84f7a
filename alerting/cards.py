"""Cards with buttons, changed once somebody has gone: nobody shall press what another has done, or take what is over.

    alarm taken, ended ─► cards of its messages (`archive.telling.cards`) ─► way.change ─► 王芳已前往 in the buttons' place

It is a courtesy and nothing depends on it: what was not changed within minutes, or after a restart twice, is left as it is.
"""

import logging
from collections.abc import Mapping
from typing import Final

from alerting.notify.channels import answer_of
from coldchain.archive.db import Archive
from coldchain.archive.telling import cards
from coldchain.archive.telling.cards import Card
from coldchain.excursion import AlarmState
from coldchain.providers.outcome import Changes, Channel, Verdict

log = logging.getLogger(__name__)

WITHIN_MS: Final = 10 * 60_000  # after an alarm was taken or ended; domain time
MOST: Final = 20  # of one round
_WORDS: Final = {"zh": ("{}已前往", "报警已结束"), "en": ("{} is going", "It is over")}


class Cards:
    """Changes them."""

    def __init__(self, archive: Archive, ways: Mapping[str, Channel]) -> None:
        self._archive = archive
        self._ways = {name: way for name, way in ways.items() if isinstance(way, Changes)}
        self._done: set[tuple[int, str]] = set()

    async def turn(self, at: int, wall_s: float) -> int:
        """Change what became stale since it was last looked; returns how many.

        Raises:
            Unavailable: the archive is not there.
        """
        if not self._ways:
            return 0
        longest_s = max(way.card_s for way in self._ways.values())
        async with self._archive.reading() as tx:
            found = await cards.stale(tx, list(self._ways), at - WITHIN_MS, wall_s - longest_s)
        self._done &= {(each.attempt, each.provider_id) for each in found}
        due = [each for each in found if (each.attempt, each.provider_id) not in self._done]
        return sum([await self._change(each) for each in due[:MOST]])

    async def _change(self, card: Card) -> bool:
        way = self._ways[card.channel]
        answer = await answer_of(card.channel, way.change(card.provider_id, card.sent_to, _words(card)))
        if answer.verdict is Verdict.LATER:
            return False
        self._done.add((card.attempt, card.provider_id))
        if answer.verdict is not Verdict.ACCEPTED:
            log.info("a card of %s stays as it is: %s %s", card.channel, answer.code, answer.words)
        return answer.verdict is Verdict.ACCEPTED


def _words(card: Card) -> str:
    going, over = _WORDS["en" if card.language == "en" else "zh"]
    return going.format(card.taken_by or "") if card.state == AlarmState.TAKEN.value else over
