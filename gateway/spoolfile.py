"""The spool's file: SQLite, one writer, every commit on the disk before it returns. After: sampler; before: uplink.

Synchronous and for one thread; `spool.Spool` keeps it off the event loop. What the disk refuses becomes `DiskRefuses`.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NamedTuple

from coldchain import clock, crash, wire
from coldchain.reading import RECONSTRUCTED
from gateway import tellings
from gateway.batching import Row, payload_of
from gateway.clockwatch import Learned, Source
from gateway.spoollayout import DiskRefuses
from gateway.tellings import Said
from gateway.thinning import surplus

log = logging.getLogger(__name__)

BYTES_PER_READING = 160  # with its index, in pages that thinning left a third full
MOST_FORMED = 64  # batches without an answer; more are not made, so that they cannot fill the spool
_SHARE_FOR_READINGS = 0.75  # of the file; the rest is for batches
_THIN_AT_ONCE = 0.1  # of the capacity
_LOSSES_KEPT = 100

_ROWS = """
SELECT reading.id, reading.boot, series.name, reading.ticks, reading.time, reading.value, reading.quality
FROM reading JOIN series ON series.n = reading.series
"""


class Stamped(NamedTuple):
    """A reading to keep. `time` is None while the boot's clock is unknown."""

    series: str
    ticks: int
    time: int | None
    value: float | None
    quality: int


@dataclass(frozen=True, slots=True)
class Depth:
    """How full the spool is."""

    readings: int = 0
    waiting: int = 0  # of the readings, those in no batch yet: the rule when full counts these
    batches: int = 0
    capacity: int = 0
    bytes: int = 0
    limit_bytes: int = 0
    dropped: int = 0
    refused: int = 0
    last_loss: str = ""


class SpoolFile:
    """An open spool over a connection of `spoollayout.connect`."""

    def __init__(self, db: sqlite3.Connection, limit_bytes: int, boot_id: str) -> None:
        self._db = db
        self._limit_bytes = limit_bytes
        self.capacity = int(limit_bytes * _SHARE_FOR_READINGS) // BYTES_PER_READING
        self.id = self._meta("spool")
        self._count = self._int("SELECT count(*) FROM reading")
        self._series: dict[str, int] = dict(db.execute("SELECT name, n FROM series"))
        self._boot = self._begin(boot_id)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk when it ends.

        Raises:
            DiskRefuses: nothing of it was kept.
        """
        count, series = self._count, dict(self._series)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            crash.point("spool.before_commit")
            self._db.execute("COMMIT")
        except BaseException as error:
            self._count, self._series = count, series
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise DiskRefuses(f"spool: {error}") from error
            raise

    def _begin(self, boot_id: str) -> int:
        with self._writing() as db:
            db.execute(
                "INSERT INTO boot (id, source, last_ticks) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
                (boot_id, Source.UNKNOWN),
            )
            return self._int("SELECT n FROM boot WHERE id = ?", boot_id)

    # -- readings in ---------------------------------------------------------------------------------------------

    def append(self, rows: Sequence[Stamped]) -> None:
        """Keep readings; on return they are on the disk. A (boot, series, ticks) already kept stays as it is."""
        known = self.learned()
        with self._writing() as db:
            columns = [self._dated(row, known) for row in rows]
            before = db.total_changes
            db.executemany(
                "INSERT INTO reading (boot, series, ticks, time, value, quality) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                columns,
            )
            self._count += db.total_changes - before
            self._remember_latest(rows)
        crash.point("spool.after_append")

    def _dated(self, row: Stamped, known: Learned | None) -> tuple[object, ...]:
        """The columns of a reading; one that waited in memory while its boot's offset was learned is dated here."""
        time, quality = row.time, row.quality
        if time is None and known:
            time, quality = known.offset_ms + row.ticks, quality | RECONSTRUCTED
        return self._boot, self._series_n(row.series), row.ticks, time, row.value, quality

    def _series_n(self, name: str) -> int:
        if name not in self._series:
            self._series[name] = self._int("INSERT INTO series (name) VALUES (?) RETURNING n", name)
        return self._series[name]

    def _remember_latest(self, rows: Sequence[Stamped]) -> None:
        newest = {row.series: row for row in rows}
        self._db.executemany(
            "INSERT OR REPLACE INTO latest (boot, series, ticks, time, value, quality) VALUES (?, ?, ?, ?, ?, ?)",
            [self._dated(row, None) for row in newest.values()],
        )
        last = max((row.ticks for row in rows), default=0)
        self._db.execute("UPDATE boot SET last_ticks = max(last_ticks, ?) WHERE n = ?", (last, self._boot))

    def learned(self) -> Learned | None:
        """What is known of the present boot's time."""
        offset, source = self._db.execute("SELECT offset_ms, source FROM boot WHERE n = ?", (self._boot,)).fetchone()
        return None if offset is None else Learned(offset, Source(source))

    def learn(self, learned: Learned) -> int:
        """Note the present boot's offset, and date its readings that waited for it; returns how many those were.

        A reading that has a time keeps it.
        """
        with self._writing() as db:
            db.execute(
                "UPDATE boot SET offset_ms = ?, source = ? WHERE n = ?",
                (learned.offset_ms, learned.source, self._boot),
            )
            dating = "SET time = ticks + ?, quality = quality | ? WHERE boot = ? AND time IS NULL"
            values = (learned.offset_ms, RECONSTRUCTED, self._boot)
            tellings.date(db, self._boot, learned.offset_ms)
            db.execute(f"UPDATE latest {dating}", values)
            return db.execute(f"UPDATE reading {dating}", values).rowcount

    # -- what the guard says -------------------------------------------------------------------------------------

    def tell(self, said: Sequence[Said], notes: Mapping[str, bytes | None]) -> None:
        """Keep what the guard said, and what it must still know, together; on return they are on the disk."""
        known = self.learned()
        with self._writing() as db:
            tellings.keep(db, self._boot, said, notes, known.offset_ms if known else None)
        crash.point("spool.after_tell")

    def notes(self) -> dict[str, bytes]:
        """What the guard noted, by key."""
        return tellings.notes(self._db)

    # -- batches out ---------------------------------------------------------------------------------------------

    def newest(self) -> int:
        """The id of the newest reading: a mark for `form`."""
        return self._int("SELECT coalesce(max(id), 0) FROM reading")

    def form(self, end: Literal["newest", "oldest"], up_to: int, most: int, sent_ms: int) -> int | None:
        """Make a batch of at most `most` dated readings up to the mark, from that end; returns its seq, None if none wait.

        What the guard said rides in it, and alone if it must. From here on the batch's bytes are fixed.
        """
        order = "DESC" if end == "newest" else "ASC"
        where = f"{_ROWS} WHERE time IS NOT NULL AND id <= ? ORDER BY id {order} LIMIT ?"
        told = tellings.dated(self._db)
        return self._form(where, (up_to, most), wire.Batch(self.id, 0, sent_ms, {}), told)

    def form_undated(self, most: int, sent_ms: int) -> int | None:
        """Make a batch of an earlier boot that never learned the time; None if there is none.

        Only once the present boot knows the time: its start is the bound before which all of that had happened.
        """
        present = self.learned()
        boots = self._db.execute(
            "SELECT boot FROM reading WHERE time IS NULL AND boot <> ?1 UNION "
            "SELECT boot FROM told WHERE time IS NULL AND boot <> ?1 ORDER BY boot LIMIT 1",
            (self._boot,),
        ).fetchone()
        if present is None or boots is None:
            return None
        where = f"{_ROWS} WHERE time IS NULL AND boot = ? ORDER BY id LIMIT ?"
        head = wire.Batch(self.id, 0, sent_ms, {}, self._bounds(boots[0]))
        return self._form(where, (boots[0], most), head, tellings.undated(self._db, boots[0]))

    def _bounds(self, boot: int) -> wire.Undated:
        (name,) = self._db.execute("SELECT id FROM boot WHERE n = ?", (boot,)).fetchone()
        (after,) = self._db.execute("SELECT max(offset_ms + last_ticks) FROM boot WHERE n < ?", (boot,)).fetchone()
        (before,) = self._db.execute("SELECT min(offset_ms) FROM boot WHERE n > ?", (boot,)).fetchone()
        return wire.Undated(name, after, before)

    def form_question(self) -> tuple[int, bytes]:
        """The seq and the bytes of an empty batch: its answer tells a box without a clock what time it is.

        Only its number is kept, so that no other batch ever has it: nobody is to send it a second time.
        """
        with self._writing() as db:
            seq = self._keep_batch([], wire.Batch(self.id, 0, 0, {}))
            [(question,)] = db.execute("DELETE FROM batch WHERE seq = ? RETURNING payload", (seq,)).fetchall()
        return seq, bytes(question)

    def _form(
        self, query: str, values: tuple[int, int], head: wire.Batch, told: list[tuple[int, wire.Told]]
    ) -> int | None:
        if self._int("SELECT count(*) FROM batch") >= MOST_FORMED:
            return None
        rows = [Row(*row) for row in self._db.execute(query, values)]
        if not rows and not told:
            return None
        head.told = [event for _, event in told]
        with self._writing() as db:
            seq = self._keep_batch(rows, head)
            tellings.forget(db, [n for n, _ in told])
        crash.point("spool.after_form")
        return seq

    def _keep_batch(self, rows: list[Row], head: wire.Batch) -> int:
        seq = self._int("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'batch'")
        head.seq = seq
        while len(payload := payload_of(rows, head)) > wire.MAX_BATCH_BYTES and rows:
            rows = rows[: len(rows) // 2]
        self._db.execute("INSERT INTO batch (seq, readings, payload) VALUES (?, ?, ?)", (seq, len(rows), payload))
        self._delete(row.id for row in rows)
        return seq

    def _delete(self, ids: Iterable[int]) -> None:
        before = self._db.total_changes
        self._db.executemany("DELETE FROM reading WHERE id = ?", ((n,) for n in ids))
        self._count -= self._db.total_changes - before

    def unanswered(self) -> list[int]:
        """The seqs of all batches that the collector has not answered, oldest first."""
        return [seq for (seq,) in self._db.execute("SELECT seq FROM batch ORDER BY seq")]

    def payload(self, seq: int) -> bytes | None:
        """A batch's bytes; None when it is settled."""
        row = self._db.execute("SELECT payload FROM batch WHERE seq = ?", (seq,)).fetchone()
        return None if row is None else bytes(row[0])

    def settle(self, stored: Iterable[int], refused: Iterable[int] = ()) -> None:
        """Forget batches that the collector has: stored, or refused with the raw payload kept there."""
        with self._writing() as db:
            db.executemany("DELETE FROM batch WHERE seq = ?", ((seq,) for seq in stored))
            for seq in refused:
                gone = db.execute("DELETE FROM batch WHERE seq = ? RETURNING readings", (seq,)).fetchall()
                self._add("refused", sum(readings for (readings,) in gone))
        crash.point("spool.after_settle")

    # -- when full -----------------------------------------------------------------------------------------------

    def make_room(self) -> None:
        """Give up readings by the rule when full (docs/decisions/spool-full.md) until the rest fits."""
        block = max(100, int(self.capacity * _THIN_AT_ONCE))
        while self._count > self.capacity:
            self._thin(block)

    def _thin(self, block: int) -> None:
        """One step of the rule: the next block from the oldest on; one that cannot be thinned goes whole."""
        done = int(self._meta("thinned_to"))
        query = f"{_ROWS} WHERE reading.id > ? ORDER BY reading.id LIMIT ?"
        rows = [Row(*row) for row in self._db.execute(query, (done, block))]
        if len(rows) < block and done > 0:  # once through all of it: begin again at the oldest
            with self._writing():
                self._set("thinned_to", "0")
            return
        gone = surplus(rows)
        how = "thinned"
        if len(gone) * 10 < len(rows):
            gone, how = [row.id for row in rows], "dropped"
        with self._writing():
            self._delete(gone)
            self._set("thinned_to", str(rows[-1].id))
            self._tell_loss(how, rows, len(gone))
        log.warning("the spool is full: %s %d of %d readings", how, len(gone), len(rows))

    def _tell_loss(self, how: str, rows: Sequence[Row], readings: int) -> None:
        times = [row.time for row in rows if row.time is not None]
        self._db.execute(
            "INSERT INTO loss (how, first, last, readings) VALUES (?, ?, ?, ?)",
            (how, min(times, default=None), max(times, default=None), readings),
        )
        self._db.execute("DELETE FROM loss WHERE n <= (SELECT max(n) FROM loss) - ?", (_LOSSES_KEPT,))
        self._add("dropped", readings)

    def depth(self) -> Depth:
        """How full it is, and what was lost."""
        pages = self._int("PRAGMA page_count") - self._int("PRAGMA freelist_count")
        batches, in_batches = self._db.execute("SELECT count(*), coalesce(sum(readings), 0) FROM batch").fetchone()
        return Depth(
            readings=self._count + in_batches,
            waiting=self._count,
            batches=batches,
            capacity=self.capacity,
            bytes=pages * self._int("PRAGMA page_size"),
            limit_bytes=self._limit_bytes,
            dropped=int(self._meta("dropped")),
            refused=int(self._meta("refused")),
            last_loss=self._last_loss(),
        )

    def _last_loss(self) -> str:
        row = self._db.execute("SELECT how, first, last, readings FROM loss ORDER BY n DESC LIMIT 1").fetchone()
        if row is None:
            return ""
        how, first, last, readings = row
        span = "without a date" if first is None else f"of {clock.iso(first)} to {clock.iso(last)}"
        return f"{how} {readings} readings {span}"

    # -- small things --------------------------------------------------------------------------------------------

    def _int(self, query: str, *values: object) -> int:
        return int(self._db.execute(query, values).fetchone()[0])

    def _meta(self, key: str) -> str:
        return str(self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0])

    def _set(self, key: str, value: str) -> None:
        self._db.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))

    def _add(self, key: str, number: int) -> None:
        self._set(key, str(int(self._meta(key)) + number))
