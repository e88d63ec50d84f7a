"""Opening the archive, and its two transactions: `reading` (one snapshot, never writes) and `writing` (commits on leaving).

    async with open_archive(settings) as archive:
        async with archive.reading() as tx:
            facilities = await places.facilities(tx)
        async with archive.writing() as tx:
            await lots.move(tx, …)

SQLite: WAL, `synchronous=FULL`, every writing transaction is `BEGIN IMMEDIATE` (upgrading a read snapshot fails at once
whatever the busy timeout) and one process has one writing connection, so that its own writers queue in order instead
of polling. PostgreSQL: `READ COMMITTED` with `lock` around what must not be done twice at once. Inside `writing`, wait
for nothing but the database: everybody else is waiting too.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from sqlalchemy import event, exc, func, select, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from coldchain.archive import schema
from coldchain.errors import BadInput, Refused, Unavailable
from coldchain.settings import ArchiveSettings

Tx = AsyncSession

PATIENCE_S: Final = 10.0  # how long a transaction waits for another one, or for a free connection
READERS: Final = 5
DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class Archive:
    """An open archive. Made by `open_archive`."""

    def __init__(self, readers: AsyncEngine, writers: AsyncEngine) -> None:
        self._readers = readers
        self._writers = writers

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """One snapshot of everything; it blocks no writer, and a write inside it is refused.

        Raises:
            Unavailable: the database is not there.
        """
        with _foreign_errors():  # of leaving it too: a database that went meanwhile answers no rollback
            async with AsyncSession(self._readers, expire_on_commit=False) as tx:
                await _begin(tx)
                yield tx

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Tx]:
        """One transaction: kept whole on leaving, or, with any error inside, not at all.

        Raises:
            Unavailable: the database is not there, or others held it longer than `PATIENCE_S`; nothing was kept.
            Refused: a row contradicts another (a key taken, a reference to nothing), or a value does not fit its column;
                nothing was kept.
        """
        with _foreign_errors():
            async with AsyncSession(self._writers, expire_on_commit=False) as tx:
                await _begin(tx)
                yield tx
                await tx.flush()
                for work in tx.info.pop(_AT_END, []):
                    await work(tx)
                await tx.commit()


@asynccontextmanager
async def open_archive(settings: ArchiveSettings, *, migrate: bool = False) -> AsyncIterator[Archive]:
    """Open the archive, check that its tables are those this program knows, close it on leaving.

    Args:
        settings: where it is.
        migrate: bring its tables up to date first; several processes may do so at once.

    Raises:
        BadInput: when the URL is of no known form.
        Unavailable: when the database is not there or its tables are of another version.
    """
    url = database_url(settings.url.get_secret_value())
    if migrate:
        await _migrate(url, schema.HEAD)
    readers, writers = _engines(url)
    try:
        async with AsyncSession(readers) as tx:
            await _begin(tx)
            await (await tx.connection()).run_sync(schema.require_current)
        yield Archive(readers, writers)
    finally:
        await readers.dispose()
        await writers.dispose()


async def migrate(url: str, revision: str = schema.HEAD) -> None:
    """Bring the tables to `revision`, creating the database's folder and file if it is SQLite.

    Raises:
        BadInput: when the URL is of no known form.
        Unavailable: when the database is not there.
    """
    await _migrate(database_url(url), revision)


async def _migrate(url: URL, revision: str) -> None:
    with _foreign_errors(connecting=True):
        if url.get_backend_name() == "sqlite":
            Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
        await schema.migrate(url, revision)


def at_end(tx: Tx | Session, work: Callable[[Tx], Awaitable[None]]) -> None:
    """Let a writing transaction end with this, before it is committed; what takes a busy lock is best done last."""
    tx.info.setdefault(_AT_END, []).append(work)


_AT_END: Final = "at_end"
_PASSED: Final = "passed"  # the locks that this transaction has


async def lock(tx: Tx, name: str) -> None:
    """Until this transaction ends, no other passes here with the same name; SQLite has one writer anyway.

    What was read before the wait may be another's by now, and a session gives the row it has: hence it is read again.
    """
    if tx.get_bind().dialect.name != "postgresql":
        return
    await tx.execute(text("select pg_advisory_xact_lock(:space, :name)"), {"space": 1, "name": _int32(name)})
    passed: set[str] = tx.info.setdefault(_PASSED, set())
    if name not in passed:
        passed.add(name)
        for row in list(tx.identity_map.values()):
            await tx.refresh(row)


async def lock_all(tx: Tx, names: Sequence[str]) -> None:
    """`lock` for several names, in the order of their numbers: whoever takes several waits for nobody who waits for it."""
    if names and tx.get_bind().dialect.name == "postgresql":
        numbers = sorted({_int32(name) for name in names})
        await tx.execute(select(*(func.pg_advisory_xact_lock(1, number) for number in numbers)))


def database_url(written: str) -> URL:
    """Read `sqlite:///path` or `postgresql://user:password@host/database`.

    Raises:
        BadInput: when it is neither; the text itself is not repeated, it may hold a password.
    """
    cure = "write sqlite:///path/to/archive.sqlite or postgresql://user:password@host/database"
    try:
        url = make_url(written)
    except (exc.ArgumentError, ValueError):
        raise BadInput("archive.url", "this is no URL", cure) from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise BadInput("archive.url", f"{url.drivername!r} is no database we know", cure)
    if not url.database or url.database == ":memory:":
        raise BadInput("archive.url", "it names no database", cure)
    return url.set(drivername=driver)


def _engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """(readers, writers)"""  # noqa: D415 - says what the pair is
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, READERS, "BEGIN", query_only=True), _sqlite(url, 1, "BEGIN IMMEDIATE", query_only=False)
    engine = create_async_engine(
        url,
        pool_pre_ping=True,
        pool_size=READERS,
        pool_timeout=PATIENCE_S,
        connect_args={"timeout": PATIENCE_S, "server_settings": schema.POSTGRES_SETTINGS},
    )
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True), engine


def _sqlite(url: URL, connections: int, begin: str, *, query_only: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=PATIENCE_S,
        connect_args={"timeout": PATIENCE_S, "isolation_level": None},  # None: we say BEGIN ourselves
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")  # NORMAL loses the last commits in a power cut
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA query_only={'ON' if query_only else 'OFF'}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


async def _begin(tx: Tx) -> None:
    with _foreign_errors(connecting=True):
        await tx.connection()


@contextmanager
def _foreign_errors(*, connecting: bool = False) -> Iterator[None]:
    """Turn the database's errors into ours; a mistake in our own SQL stays what it is."""
    try:
        yield
    except exc.IntegrityError as error:
        raise Refused(f"archive: {_words(error)}") from error
    except exc.TimeoutError as error:
        raise Unavailable(f"archive: all connections are busy: {error}") from error
    except exc.DBAPIError as error:
        if connecting or _may_pass(error):
            raise Unavailable(f"archive: {_words(error)}") from error
        if isinstance(error, exc.DataError) or _state(error).startswith(_UNFIT):
            raise Refused(f"archive: {_words(error)}") from error
        raise
    except OSError as error:
        if not connecting:  # then it is not the database's
            raise
        raise Unavailable(f"archive: {error}") from error


# PostgreSQL: connection lost, out of resources, operator intervened (shut-down, crash); serialization failure or
# deadlock; lock not available in time.
_PASSING = ("08", "53", "57", "40", "55")
_UNFIT = "22"  # a value that its column cannot hold: too long, out of range


def _may_pass(error: exc.DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    state = _state(error)
    if state:
        return state.startswith(_PASSING)
    words = str(error.orig)
    return "locked" in words or "busy" in words or "disk" in words or "unable to open" in words or "closed" in words


def _state(error: exc.DBAPIError) -> str:
    """PostgreSQL's code of five characters; SQLite has none."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def _words(error: exc.DBAPIError) -> str:
    return str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__


def _int32(name: str) -> int:
    return crc32(name.encode()) - 2**31
