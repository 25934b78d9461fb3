"""One way to both databases: SQLite with a few kept connections, PostgreSQL with a pool.

Piccolo's own SQLite engine opens a connection, and with it a thread, for every query; keeping three readers and one
writer makes a look-up by id ten times faster. Its transactions default to DEFERRED, with which 62 of 80 concurrent
writers failed with "database is locked": writes here are always IMMEDIATE, one after the other.
"""

import asyncio
import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

import aiosqlite
import asyncpg
import msgspec
from piccolo.engine.base import Engine
from piccolo.engine.postgres import PostgresEngine
from piccolo.engine.sqlite import SQLiteEngine, dict_factory
from piccolo.table import TABLE_REGISTRY

from wegwijs.foundation.problems import Problem

T = TypeVar("T")
Kind = Literal["sqlite", "postgresql"]
Row = dict[str, Any]

_READERS = 3
_RETRIES = 5
# FULL, because NORMAL may lose acknowledged commits when the power fails; it still gave thousands of commits a second.
_PRAGMAS = (
    "busy_timeout = 5000",
    "foreign_keys = ON",
    "synchronous = FULL",
    "secure_delete = ON",
    "cache_size = -16000",
)
_encode = msgspec.json.Encoder().encode

# The row itself is at fault (a broken constraint, a value the column cannot hold), not the database.
ROW_REFUSED = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    OverflowError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
)


def marks(count: int) -> str:
    """Placeholders for a list of values: `?, ?, ?`."""
    return ", ".join("?" * count)


@lru_cache(maxsize=2048)
def _dollars(sql: str) -> str:
    """`?` to `$1`, `$2` …: our statements keep question marks out of literals."""
    parts = sql.split("?")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]


def _plain(values: Sequence[object]) -> Sequence[object]:
    """Lists and dicts as JSON text; everything else as it is."""
    if any(type(value) in (list, dict) for value in values):
        return [_encode(value).decode() if type(value) in (list, dict) else value for value in values]
    return values


class Transaction(ABC):
    """An open transaction. SQL is written with `?`; values and results are Python values."""

    kind: Kind
    _savepoints = 0

    @abstractmethod
    async def fetch(self, sql: str, *values: object) -> list[Row]:
        """All rows of a query."""

    async def fetch_one(self, sql: str, *values: object) -> Row | None:
        """The first row of a query, or None."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    @abstractmethod
    async def execute(self, sql: str, *values: object) -> int:
        """Run one statement; returns the number of rows it changed."""

    @abstractmethod
    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row, as one bulk operation."""

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what happens inside, and only that, when it raises. Piccolo's nested transactions join instead."""
        self._savepoints += 1
        name = f"wegwijs_{self._savepoints}"
        await self.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            await self.execute(f"ROLLBACK TO SAVEPOINT {name}")
            await self.execute(f"RELEASE SAVEPOINT {name}")
            raise
        await self.execute(f"RELEASE SAVEPOINT {name}")

    @property
    def for_update(self) -> str:
        """The clause that locks the rows a query reads; an IMMEDIATE transaction holds the only write lock already."""
        return "FOR UPDATE" if self.kind == "postgresql" else ""


class _SQLiteTransaction(Transaction):
    kind: Kind = "sqlite"

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        return list(await self.connection.execute_fetchall(sql, _plain(values)))  # type: ignore[arg-type]

    async def execute(self, sql: str, *values: object) -> int:
        async with self.connection.execute(sql, _plain(values)) as cursor:
            return cursor.rowcount

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            await self.connection.executemany(sql, [_plain(row) for row in rows])


class _PostgresTransaction(Transaction):
    kind: Kind = "postgresql"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        return [dict(row) for row in await self.connection.fetch(_dollars(sql), *_plain(values))]

    async def execute(self, sql: str, *values: object) -> int:
        status = str(await self.connection.execute(_dollars(sql), *_plain(values)))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            await self.connection.executemany(_dollars(sql), [_plain(row) for row in rows])


class _CurrentEngine:
    """Stands in every Piccolo table for the engine of the transaction that is open in this task.

    So one process can hold several databases (as the tests do), and a query outside a transaction fails loudly.
    """

    _engine: ContextVar[Engine[Any]] = ContextVar("wegwijs_engine")

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self._engine.get(), name)
        except LookupError:
            raise RuntimeError("a query was made outside Database.read() or Database.write()") from None


current_engine = _CurrentEngine()


def bind_tables() -> None:
    """Let every Piccolo table that is defined so far use the engine of the open transaction."""
    for table in TABLE_REGISTRY:
        table._meta._db = current_engine  # type: ignore[assignment]


@asynccontextmanager
async def _joined(engine: Engine[Any], transaction: Any) -> AsyncIterator[None]:
    """Let Piccolo queries in this task join our transaction: they only ask it for `.connection`."""
    engine_token = _CurrentEngine._engine.set(engine)
    transaction_token = engine.current_transaction.set(transaction)
    try:
        yield
    finally:
        engine.current_transaction.reset(transaction_token)
        _CurrentEngine._engine.reset(engine_token)


class Database(ABC):
    """A database that can be opened, read in snapshots and written in transactions."""

    kind: Kind

    @classmethod
    def from_url(cls, url: str) -> "Database":
        """`sqlite:///absolute/path.db` or `postgresql://user:password@host/name`."""
        if url.startswith("sqlite:///"):
            return SQLiteDatabase(Path(unquote(url.removeprefix("sqlite:///"))))
        return PostgresDatabase(url)

    @abstractmethod
    async def open(self) -> None:
        """Open the kept connections. Raises Problem `database_unavailable`."""

    @abstractmethod
    async def close(self) -> None:
        """Close them."""

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """One snapshot, read only."""

    @abstractmethod
    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that commits when the block ends and rolls back when it raises."""

    @abstractmethod
    def _worth_retrying(self, error: Exception) -> bool: ...

    async def run_write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in a write transaction, again after a deadlock or a serialization failure.

        `work` must have no effect outside the transaction. Raises Problem `database_busy` after several tries.
        """
        for attempt in range(_RETRIES):
            try:
                async with self.write() as transaction:
                    return await work(transaction)
            except Exception as error:
                if not self._worth_retrying(error):
                    raise
                await asyncio.sleep(0.02 * 2**attempt)
        raise Problem("database_busy", retry_after=2)


def _sqlite_problem(error: sqlite3.Error) -> Problem | None:
    """The problem document for a failure of the store itself; None for a fault of ours."""
    text = str(error)
    if re.search(r"locked|busy", text):
        return Problem("database_busy", retry_after=2)
    if re.search(r"readonly|disk is full", text):
        return Problem("database_read_only", retry_after=60)
    if re.search(r"unable to open|disk I/O|malformed|not a database|no such table", text):
        return Problem("database_unavailable", retry_after=30)
    return None


class SQLiteDatabase(Database):
    """WAL, `synchronous=FULL`, foreign keys, three kept readers and one kept writer."""

    kind: Kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = SQLiteEngine(path=str(path))
        self._readers: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        self._all: list[aiosqlite.Connection] = []
        self._writer: aiosqlite.Connection | None = None
        self._write_lock = asyncio.Lock()

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(**self.engine.connection_kwargs)
        self._all.append(connection)
        connection.row_factory = dict_factory  # type: ignore[assignment]
        for pragma in _PRAGMAS:
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        return connection

    async def open(self) -> None:
        bind_tables()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = await self._connect()
            await self._writer.execute_fetchall("PRAGMA journal_mode = WAL")
            for _ in range(_READERS):
                self._readers.put_nowait(await self._connect())
        except (OSError, sqlite3.Error) as error:
            await self.close()
            problem = _sqlite_problem(error) if isinstance(error, sqlite3.Error) else None
            raise problem or Problem("database_unavailable", f"{self.path} cannot be opened", retry_after=30) from error

    async def close(self) -> None:
        for connection in self._all:
            await connection.close()
        self._all.clear()
        self._readers = asyncio.LifoQueue()
        self._writer = None

    @asynccontextmanager
    async def _transaction(self, connection: aiosqlite.Connection, begin: str) -> AsyncIterator[Transaction]:
        transaction = _SQLiteTransaction(connection)
        try:
            await connection.execute(begin)
            try:
                async with _joined(self.engine, transaction):
                    yield transaction
            except BaseException:
                await self._rollback(connection)
                raise
            try:
                await connection.execute("COMMIT")
            except BaseException:
                await self._rollback(connection)
                raise
        except sqlite3.Error as error:
            problem = _sqlite_problem(error)
            if problem is None:
                raise
            raise problem from error

    @staticmethod
    async def _rollback(connection: aiosqlite.Connection) -> None:
        # SQLite may have rolled back by itself (full disk); a second ROLLBACK would hide the first error.
        if connection.in_transaction:
            await asyncio.shield(asyncio.ensure_future(_settled(connection.execute("ROLLBACK"))))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        connection = await self._readers.get()
        try:
            async with self._transaction(connection, "BEGIN DEFERRED") as transaction:
                yield transaction
        finally:
            self._readers.put_nowait(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self._write_lock:
            if self._writer is None:
                raise Problem("database_unavailable", retry_after=30)
            async with self._transaction(self._writer, "BEGIN IMMEDIATE") as transaction:
                yield transaction

    def _worth_retrying(self, error: Exception) -> bool:
        return False  # busy_timeout has waited five seconds already


async def _settled(statement: Awaitable[Any]) -> None:
    await statement


_POSTGRES_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_POSTGRES_GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidPasswordError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.UndefinedTableError,
)


class PostgresDatabase(Database):
    """A pool; reads in REPEATABLE READ, so that one answer is one snapshot."""

    kind: Kind = "postgresql"

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.name = parts.path.lstrip("/") or "?"
        self.engine = PostgresEngine(config={"dsn": url})
        self._dsn = url
        self._pool: Any = None

    async def open(self) -> None:
        bind_tables()
        try:
            self._pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=8, command_timeout=60)
        except _POSTGRES_GONE as error:
            raise Problem("database_unavailable", retry_after=30) from error

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @asynccontextmanager
    async def _transaction(self, **options: Any) -> AsyncIterator[Transaction]:
        if self._pool is None:
            raise Problem("database_unavailable", retry_after=30)
        try:
            async with self._pool.acquire() as connection, connection.transaction(**options):
                transaction = _PostgresTransaction(connection)
                async with _joined(self.engine, transaction):
                    yield transaction
        except asyncpg.ReadOnlySQLTransactionError as error:
            raise Problem("database_read_only", retry_after=60) from error
        except _POSTGRES_GONE as error:
            raise Problem("database_unavailable", retry_after=30) from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        async with self._transaction(isolation="repeatable_read", readonly=True) as transaction:
            yield transaction

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self._transaction() as transaction:
            yield transaction

    def _worth_retrying(self, error: Exception) -> bool:
        return isinstance(error, _POSTGRES_AGAIN)
