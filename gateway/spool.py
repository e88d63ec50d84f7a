"""The only queue between probe and collector: readings go in and are on the disk, batches come out until confirmed.

    async with open_spool(settings, boot) as spool:
        await spool.append(rows)                  # from the sampler
        seq = await spool.form("newest", …)       # from the uplink
        await spool.settle(stored, refused)

All of it happens in one thread of its own, so a slow card never holds up a bus. When the disk refuses, be it at the start
already, the newest readings wait in memory, bounded and told in health, and go to the disk as soon as it takes them. After:
sampler; before: uplink.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Literal, TypeVar

from coldchain import clock, wire
from coldchain.errors import BadInput
from gateway.boot import Boot
from gateway.clockwatch import Learned
from gateway.pace import Pace
from gateway.settings import GatewaySection
from gateway.spoolfile import Depth, SpoolFile, Stamped
from gateway.spoollayout import DiskRefuses, connect, held_alone
from gateway.tellings import Said

log = logging.getLogger(__name__)

RULE = "thin the oldest"
OPEN_EVERY_S = 5.0  # a file that could not be opened is tried again
GIVE_UP_AFTER_S = 30.0  # an open file that failed for so long is closed and opened again
_AT_ONCE = 500  # readings from memory in one transaction
_FILE_FAILS = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB")

R = TypeVar("R")


class Spool:
    """The queue, on the disk where that is possible. Made by `open_spool`.

    `append` and `health` always work. Everything else raises `DiskRefuses` while the disk does not take it.
    """

    def __init__(
        self,
        open_file: Callable[[], AbstractContextManager[SpoolFile]],
        thread: ThreadPoolExecutor,
        most_in_memory: int,
    ) -> None:
        self.id = ""  # until the file was opened; another one when it could not be read and was begun anew
        self.learned: Learned | None = None
        self._open_file = open_file
        self._opened = ExitStack()
        self._file: SpoolFile | None = None
        self._open_after = 0.0
        self._thread = thread
        self._coming: deque[Stamped] = deque()  # only the spool's thread takes from it: no cancelled caller loses a row
        self._writing = asyncio.Lock()
        self._memory: deque[Stamped] = deque()
        self._most_in_memory = most_in_memory
        self._lost_in_memory = 0
        self._trouble = ""
        self._trouble_since = 0.0
        self._pace = Pace()
        self._depth = Depth()

    # -- the file, in the spool's thread -------------------------------------------------------------------------

    def begin(self) -> None:
        """Open the file; if the disk refuses just now, later.

        Raises:
            BadInput: a setting that time does not cure.
        """
        try:
            self._open()
        except DiskRefuses as error:
            self._hold(error)

    def _open(self) -> SpoolFile:
        try:
            file = self._opened.enter_context(self._open_file())
        except DiskRefuses:
            self._open_after = clock.monotonic() + OPEN_EVERY_S
            raise
        self.id, self.learned, self._file = file.id, file.learned(), file
        self._trouble_since = clock.monotonic()
        return file

    def _at_hand(self) -> SpoolFile:
        """The file, opened now if it is time to try that again."""
        if self._file is not None:
            return self._file
        if clock.monotonic() < self._open_after:
            raise DiskRefuses(self._trouble)
        try:
            return self._open()
        except BadInput as error:  # at the start it would have ended us; now there are readings in memory to keep
            self._open_after = clock.monotonic() + OPEN_EVERY_S
            raise DiskRefuses(str(error)) from error

    def end(self) -> None:
        """Bring to the disk what has not got there yet, and let go of the file."""
        self._open_after = 0.0
        if self._coming or self._memory:  # whoever waited to append was cancelled
            self._write()
        if self._memory:
            log.error("%s: %d readings in memory end with this process", self._trouble, len(self._memory))
        self._let_go()

    def _let_go(self) -> None:
        self._file = None
        self._opened.close()

    async def _do(self, work: Callable[[SpoolFile], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._done, work)
        except sqlite3.Error as error:
            raise DiskRefuses(f"spool: {error}") from error

    def _done(self, work: Callable[[SpoolFile], R]) -> R:
        if self._file is None:
            raise DiskRefuses(self._trouble)
        return work(self._file)

    # -- readings in ---------------------------------------------------------------------------------------------

    async def append(self, rows: Sequence[Stamped]) -> None:
        """Keep readings; on return they are on the disk, or in memory because the disk refused.

        Calls that wait for each other share one transaction.
        """
        self._coming.extend(rows)
        async with self._writing:
            if self._coming:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._write)

    def _write(self) -> None:
        """In the spool's thread: what waits in memory first, then what is coming."""
        rows = [self._coming.popleft() for _ in range(len(self._coming))]
        self._memory.extend(rows)
        self._pace.add([row.ticks for row in rows])
        self._flush()

    async def relieve(self) -> None:
        """Try to bring to the disk what waits in memory. Call it now and then: the buses may be silent."""
        if self._trouble:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._flush)

    def _flush(self) -> None:
        """Bring to the disk what it takes."""
        try:
            file = self._at_hand()
            self._empty_memory(file)
            file.make_room()
        except (DiskRefuses, sqlite3.Error) as error:
            self._hold(error)
        else:
            if self._trouble:
                log.warning("the spool's disk takes readings again")
            self._trouble = ""

    def _empty_memory(self, file: SpoolFile) -> None:
        at_once = _AT_ONCE
        while self._memory:
            some = list(islice(self._memory, at_once))
            try:
                file.append(some)
            except DiskRefuses:
                if at_once == 1:
                    raise
                at_once = max(1, at_once // 10)  # a little may still fit
                continue
            for _ in some:
                self._memory.popleft()

    def _hold(self, error: Exception) -> None:
        """Let readings wait in memory, the newest of them."""
        if not self._trouble:
            log.error("%s: readings are held in memory until the disk takes them", error)
            self._trouble_since = clock.monotonic()
        self._trouble = str(error)
        while len(self._memory) > self._most_in_memory:
            self._memory.popleft()
            self._lost_in_memory += 1
        if clock.monotonic() - self._trouble_since >= GIVE_UP_AFTER_S and _is_of_the_file(error.__cause__ or error):
            self._let_go()

    # -- what the guard says -------------------------------------------------------------------------------------

    async def tell(self, said: Sequence[Said], notes: Mapping[str, bytes | None]) -> None:
        """Keep what the guard said and what it must still know, in one transaction."""
        await self._do(lambda file: file.tell(said, notes))

    async def notes(self) -> dict[str, bytes]:
        """What the guard noted before."""
        return await self._do(SpoolFile.notes)

    # -- batches out ---------------------------------------------------------------------------------------------

    async def learn(self, learned: Learned) -> None:
        """Note the present boot's time and date what waited for it."""
        dated = await self._do(lambda file: file.learn(learned))
        self.learned = learned
        log.info("the time is known from %s; %d readings were dated", learned.source, dated)

    async def newest(self) -> int:
        """The mark behind the newest reading."""
        return await self._do(SpoolFile.newest)

    async def form(self, end: Literal["newest", "oldest"], up_to: int, most: int, sent_ms: int) -> int | None:
        """Make a batch of readings up to a mark, from that end; its seq, or None if none wait."""
        return await self._do(lambda file: file.form(end, up_to, most, sent_ms))

    async def form_undated(self, most: int, sent_ms: int) -> int | None:
        """Make a batch of an earlier boot that never learned the time; None if there is none."""
        return await self._do(lambda file: file.form_undated(most, sent_ms))

    async def form_question(self) -> tuple[int, bytes]:
        """The seq and the bytes of an empty batch that asks for the time; it is not kept."""
        return await self._do(SpoolFile.form_question)

    async def unanswered(self) -> list[int]:
        """The seqs of all batches without an answer, oldest first."""
        return await self._do(SpoolFile.unanswered)

    async def payload(self, seq: int) -> bytes | None:
        """A batch's bytes; None when it is settled."""
        return await self._do(lambda file: file.payload(seq))

    async def settle(self, stored: Iterable[int], refused: Iterable[int] = ()) -> None:
        """Forget batches that the collector has."""
        await self._do(lambda file: self._settle(file, stored, refused))

    def _settle(self, file: SpoolFile, stored: Iterable[int], refused: Iterable[int]) -> None:
        file.settle(stored, refused)
        if self._memory:  # there is room again
            self._flush()

    # -- how it is -----------------------------------------------------------------------------------------------

    @property
    def is_in_trouble(self) -> bool:
        """True while the disk does not take readings and they wait in memory."""
        return bool(self._trouble)

    async def health(self) -> wire.SpoolHealth:
        """How full it is, how long it will last, and what was lost; of a disk that cannot be read, what was last known."""
        try:
            self._depth = await self._do(SpoolFile.depth)
        except DiskRefuses as error:
            log.debug("the spool's depth cannot be read: %s", error)
        depth = self._depth
        in_memory = len(self._memory)
        room = self._most_in_memory - in_memory if self._trouble else depth.capacity - depth.waiting
        return wire.SpoolHealth(
            id=self.id,
            readings=depth.readings + in_memory,
            hours_left=self._pace.hours_for(room),
            bytes=depth.bytes,
            limit_bytes=depth.limit_bytes,
            dropped=depth.dropped + self._lost_in_memory,
            rule=self._rule(depth),
        )

    def _rule(self, depth: Depth) -> str:
        words = [RULE]
        if depth.last_loss:
            words.append(depth.last_loss)
        if depth.refused:
            words.append(f"{depth.refused} readings in batches that the collector keeps as refused")
        if self._trouble:
            words.append(f"{self._trouble}: {len(self._memory)} readings in memory, {self._lost_in_memory} lost there")
        return "; ".join(words)


def _is_of_the_file(error: BaseException | None) -> bool:
    """True if the open file is what fails (a card pulled or rotten), not the room on its disk."""
    return getattr(error, "sqlite_errorname", "").startswith(_FILE_FAILS)


@asynccontextmanager
async def open_spool(settings: GatewaySection, boot: Boot) -> AsyncIterator[Spool]:
    """The spool of `[gateway] spool`, for the present boot. A disk that refuses just now does not keep it from working.

    Raises:
        BadInput: a path that cannot be used, or another gateway that uses it.
    """
    loop = asyncio.get_running_loop()
    limit_bytes = int(settings.spool_max_mb * 1_000_000)
    with ThreadPoolExecutor(1, thread_name_prefix="spool") as thread:
        spool = Spool(lambda: _open_file(settings.spool, limit_bytes, boot), thread, settings.memory_readings)
        await loop.run_in_executor(thread, spool.begin)
        try:
            yield spool
        finally:
            await loop.run_in_executor(thread, spool.end)


@contextmanager
def _open_file(path: Path, limit_bytes: int, boot: Boot) -> Iterator[SpoolFile]:
    with held_alone(path), closing(connect(path, limit_bytes)) as db:
        try:
            file = SpoolFile(db, limit_bytes, boot.id)
        except sqlite3.Error as error:
            raise DiskRefuses(f"{path}: {error}") from error
        yield file
