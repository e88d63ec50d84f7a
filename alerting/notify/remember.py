"""The last stage: what became of each sending is written down, many together, as soon as the writing before them is done.

answers ─► [ notices settled · attempts ended · receipts · channels out or well again · ladders to be looked at ]
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from alerting.notify.stages import Sending
from coldchain import clock, crash
from coldchain.archive import cases
from coldchain.archive.cases import NewObservation, Observation
from coldchain.archive.db import Archive, Tx
from coldchain.archive.telling import attempts, climbing, notices, receipts
from coldchain.archive.telling.notices import BROKEN, REFUSED, TOLD, UNKNOWN, Outcome
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.errors import Unavailable
from coldchain.excursion import Kind, Severity
from coldchain.providers.outcome import Receipt

log = logging.getLogger(__name__)

_FAILED: Final = frozenset({REFUSED, BROKEN, UNKNOWN})
EVERY_S: Final = 0.1  # between two writings: of a burst many end meanwhile; a message by itself waits for nothing
AGAIN_S: Final = 0.5  # before it is tried once more
Done = tuple[Sending, Outcome]


class Remember:
    """Writes down what became of sendings; whoever asks waits until it stands there."""

    def __init__(self, archive: Archive, waking: frozenset[str]) -> None:
        self._archive = archive
        self._waking = waking
        self._waiting: list[tuple[Done, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._next = 0.0

    async def stage(self, sending: Sending) -> Sending:
        """Keep it, with all that ended meanwhile."""
        assert sending.outcome
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append(((sending, sending.outcome), kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="remember")
        await kept
        return sending

    async def rest(self) -> None:
        """Wait until nothing is being written."""
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(max(0.0, self._next - clock.monotonic()))
                self._next = clock.monotonic() + EVERY_S
                batch, self._waiting = self._waiting, []
                await self._write_some(batch)
        finally:
            self._writing = None

    async def _write_some(self, batch: Sequence[tuple[Done, asyncio.Future[None]]]) -> None:
        try:
            await self._write_patiently([done for done, _ in batch])
        except Exception as error:  # noqa: BLE001 - whoever waits gets it, whatever it is
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
            return
        for _, kept in batch:
            if not kept.done():
                kept.set_result(None)

    async def _write_patiently(self, done: Sequence[Done]) -> None:
        """Once more where it may pass: two that waited for each other, or people would hear all of it a second time."""
        try:
            await self._write_once(done)
        except Unavailable as error:
            log.warning("what became of %d messages is written down again: %s", len(done), error)
            await asyncio.sleep(AGAIN_S)
            await self._write_once(done)

    async def _write_once(self, done: Sequence[Done]) -> None:
        async with self._archive.writing() as tx:
            await write(tx, done, self._waking)
            crash.point("notify.before_settle_commit")


async def write(tx: Tx, done: Sequence[Done], waking: frozenset[str]) -> None:
    """What became of these sendings, in one transaction."""
    held = set(await notices.settle(tx, [(sending.notice, outcome) for sending, outcome in done]))
    await attempts.end(tx, [(s.attempt, outcome) for s, outcome in done if s.attempt is not None])
    for sending, outcome in done:
        if sending.receipts:
            await receipts.keep(tx, [_kept(each, sending) for each in sending.receipts], outcome.at)
    failed = [(s, o) for s, o in done if o.state in _FAILED and s.notice.id in held]
    for at in sorted({outcome.at for _, outcome in failed}):
        await climbing.look_at(tx, await _alarms(tx, failed, at), at)
    await _channels(tx, done, waking)


async def _alarms(tx: Tx, failed: Sequence[Done], at: int) -> list[int]:
    """The alarms of which a message failed then, also those that it only told along."""
    mine = [sending for sending, outcome in failed if outcome.at == at]
    along = await notices.alarms_in(tx, {s.notice.fold for s in mine if s.notice.fold})
    return [*along, *(sending.alarm.id for sending in mine)]


def _kept(receipt: Receipt, sending: Sending) -> NewReceipt:
    """It was asked for by our id, whether or not the answer names that again."""
    known = {"provider": sending.notice.channel, "state": receipt.state.value}
    return NewReceipt(**asdict(receipt) | known | {"out_id": receipt.out_id or receipts.out_id(sending.notice.id)})


async def _channels(tx: Tx, done: Sequence[Done], waking: frozenset[str]) -> None:
    """A channel that is out is a trouble of its own, told by any way left; one accepted message shows that it is mended."""
    said = {sending.notice.channel: (outcome.state, outcome) for sending, outcome in done if outcome.verdict}
    if not {state for state, _ in said.values()} & {BROKEN, TOLD}:
        return
    out = {each.subject: each for each in await cases.open_observations(tx, Kind.CHANNEL_OUT)}
    for channel, (state, outcome) in said.items():
        if state == BROKEN:
            await _is_out(tx, channel, out.get(channel), outcome, is_loud=channel in waking)
        elif state == TOLD and channel in out:
            await cases.end_observation(tx, out[channel].id, outcome.at)


async def _is_out(tx: Tx, channel: str, known: Observation | None, outcome: Outcome, *, is_loud: bool) -> None:
    said = {"last": outcome.at, "code": outcome.provider_code, "words": outcome.answer}
    if known is not None:
        await cases.say_more(tx, known.id, outcome.at, **said)
        return
    new = NewObservation(
        kind=Kind.CHANNEL_OUT,
        subject=channel,
        severity=Severity.CRITICAL if is_loud else Severity.WARNING,
        start=outcome.at,
        seen_at=outcome.at,
        detail=said,
    )
    await cases.observe(tx, new)
