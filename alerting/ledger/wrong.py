"""Probes that were found wrong: what would have been judged without their error is asked when a case opens, and again later.

case opened, or later readings came ─► one what-if at a time, beside all else ─► its answer, kept ─► people conclude
days whose books are made anew ─► was the probe in question then? ─► the answer is stale

The what-if reads both stores by connections of its own, in a thread that dies with the process: it takes minutes for a
year of readings, and nobody's decision waits for it.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from alerting.ledger.days import ChannelDay
from coldchain import clock, logs
from coldchain.archive import journal
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Archive
from coldchain.archive.journal import Fence
from coldchain.archive.metrology import tolerance
from coldchain.archive.metrology.tolerance import ToleranceCase

log = logging.getLogger(__name__)

WhatIf = Callable[[int], Mapping[str, Any]]  # by the number of a certificate; it may take minutes
WHY: Final = "what-if"


@dataclass(slots=True)
class _Asked:
    """A what-if that goes on; `is_late` once readings came that it may not have read."""

    case: ToleranceCase
    answer: Future[Mapping[str, Any]]
    is_late: bool = False


class Wrong:
    """Asks about one case after the other."""

    def __init__(self, archive: Archive, what_if: WhatIf) -> None:
        self._archive = archive
        self._what_if = what_if
        self._asked: _Asked | None = None
        self._aside: set[int] = set()  # cases of which nobody can tell: a person sees why in the log, and asks by hand

    async def look(self, fence: Fence) -> None:
        """Keep an answer that has come, and ask the next; called again and again, it never waits for one."""
        if self._asked is not None and self._asked.answer.done():
            asked, self._asked = self._asked, None
            await self._keep(asked, fence)
        if self._asked is None:
            async with self._archive.reading() as tx:
                due = [case for case in await tolerance.due(tx) if case.id not in self._aside]
            if due:
                self._asked = _Asked(due[0], _in_background(self._what_if, due[0].calibration))

    async def doubt(self, days: Iterable[ChannelDay], fence: Fence) -> None:
        """The readings of these days are others than they were."""
        keys = [(day.channel, day.day) for day in days]
        if self._asked is not None and any(channel == self._asked.case.channel for channel, _ in keys):
            self._asked.is_late = True
        async with self._archive.reading() as tx:
            if not await tolerance.concerned(tx, keys):
                return
        async with self._archive.writing() as tx:
            await journal.check_fence(tx, fence)
            await tolerance.came(tx, keys, _by("later readings came"))

    async def _keep(self, asked: _Asked, fence: Fence) -> None:
        error = asked.answer.exception()
        if error is not None:
            self._aside.add(asked.case.id)
            log.warning("what-if not answered %s: %s", logs.fields(case=asked.case.id), error)
            return
        if asked.is_late:
            return  # it is asked anew
        async with self._archive.writing() as tx:
            await journal.check_fence(tx, fence)
            if asked.case == await tolerance.of(tx, asked.case.id):  # nobody withdrew, concluded or asked it meanwhile
                await tolerance.judged(tx, asked.case.id, asked.answer.result(), _by(WHY))


def _by(why: str) -> By:
    return By(MACHINE, clock.now(), why)


def _in_background(what_if: WhatIf, calibration: int) -> Future[Mapping[str, Any]]:
    """In a thread that nobody waits for when the process ends, as they do for those of a pool."""
    answer: Future[Mapping[str, Any]] = Future()

    def work() -> None:
        try:
            answer.set_result(what_if(calibration))
        except BaseException as error:  # noqa: BLE001 - it is told to whoever asked
            answer.set_exception(error)

    threading.Thread(target=work, name=f"what-if {calibration}", daemon=True).start()
    return answer
