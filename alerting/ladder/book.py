"""Whom the county's policy names for alarms, asked of the archive. After: `rungs`.

    few places, or the archive is being written ─► each asked by itself
    many, or nobody changes anything            ─► the whole book, kept until somebody does, or the minute is over

What people enter stands in one chain (`chains.COUNTY`), so that the number of its last link tells whether a book still holds.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from alerting import folding
from coldchain.archive import chains
from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Tx
from coldchain.archive.duty.asking import levels_for, levels_in, read
from coldchain.archive.duty.book import Book
from coldchain.archive.duty.who import Level
from coldchain.excursion import Severity

FEW: Final = 8  # places asked for one by one, at some 25 ms each
MINUTE: Final = 60_000  # to which policies, turns and absences begin

_Key = tuple[str | None, str | None, Severity]  # equipment, facility, how loud
_State = tuple[int, int]  # the last link of what people entered, and the minute


class Levels(Protocol):
    """Whom the county's policy names for these alarms, by the alarms' numbers."""

    async def __call__(self, tx: Tx, alarms: Sequence[Alarm], at: int) -> Mapping[int, Sequence[Level]]:
        """In one snapshot."""


async def by_duty(tx: Tx, alarms: Sequence[Alarm], at: int) -> dict[int, list[Level]]:
    """As the archive's policies, rotas and absences say; asked once for all alarms of one place and loudness.

    For a few places each is asked for by itself; for a burst the whole book is read once, which takes as long as some of them.
    """
    keys = _keys(alarms)
    return await _asked(tx, keys, await read(tx, at) if _are_many(keys) else None, at)


class Kept:
    """`by_duty` for whoever asks all the time: while nobody changes anything one book answers for all."""

    def __init__(self) -> None:
        self._book: Book | None = None
        self._holds: _State | None = None  # when and of what the book was read
        self._before: _State | None = None  # how things stood when it was asked last

    async def __call__(self, tx: Tx, alarms: Sequence[Alarm], at: int) -> dict[int, list[Level]]:
        """See `by_duty`."""
        keys, now = _keys(alarms), (await chains.newest(tx), at // MINUTE)
        # While somebody imports a county it would be read for every alarm anew: only who rests is written down.
        if now != self._holds and (_are_many(keys) or now == self._before):
            self._book, self._holds = await read(tx, at), now
        self._before = now
        return await _asked(tx, keys, self._book if now == self._holds else None, at)


def _keys(alarms: Sequence[Alarm]) -> dict[int, _Key]:
    return {alarm.id: (alarm.equipment, alarm.facility, folding.loudness(alarm)) for alarm in alarms}


def _are_many(keys: Mapping[int, _Key]) -> bool:
    return len(set(keys.values())) > FEW


async def _asked(tx: Tx, keys: Mapping[int, _Key], book: Book | None, at: int) -> dict[int, list[Level]]:
    known = {key: await _levels(tx, key, book, at) for key in set(keys.values())}
    return {number: known[key] for number, key in keys.items()}


async def _levels(tx: Tx, key: _Key, book: Book | None, at: int) -> list[Level]:
    equipment, facility, severity = key
    if book is not None:
        return levels_in(book, equipment=equipment, facility=facility, severity=severity, at=at).levels
    return await levels_for(tx, equipment=equipment, facility=facility, region=None, severity=severity, at=at)
