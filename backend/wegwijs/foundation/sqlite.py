"""SQLite with a few kept connections, WAL and durable commits.

Piccolo's own engine opens a connection, and with it a thread, for every query; keeping three readers and one writer
makes a look-up by id ten times faster. Its transactions default to DEFERRED, with which 62 of 80 concurrent writers
failed with "database is locked": writes here are always IMMEDIATE, one after the other.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from operator import attrgetter
from pathlib import Path
from uuid import UUID

import aiosqlite
from piccolo.engine.sqlite import SQLiteEngine, dict_factory

from wegwijs.foundation.database import Database, Kind, Row, Transaction, bind_tables, joined, plain
from wegwijs.foundation.problems import Problem

_READERS = 3
_SCRUB_TRIES = 25
# FULL, because NORMAL may lose acknowledged commits when the power fails; it still gave thousands of commits a second.
_PRAGMAS = (
    "busy_timeout = 5000",
    "foreign_keys = ON",
    "synchronous = FULL",
    "secure_delete = ON",
    "cache_size = -16000",
    # Pages that many pushes change are brought from the log into the file once in 16 MB and not once in 4.
    "wal_autocheckpoint = 4000",
)

# Ids are sixteen bytes, as PostgreSQL keeps them. As text, which is Piccolo's way, they made the file half as large
# again, and a push cost a third more in here: its rows and their indexes are mostly ids.
sqlite3.register_adapter(UUID, attrgetter("bytes"))
sqlite3.register_converter("UUID", lambda stored: UUID(bytes=stored))


class _SQLiteTransaction(Transaction):
    kind: Kind = "sqlite"

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        return list(await self.connection.execute_fetchall(sql, plain(values)))  # type: ignore[arg-type]

    async def execute(self, sql: str, *values: object) -> int:
        # What gives no rows is over when it has run: closing its cursor would be a second way to the thread and back.
        return (await self.connection.execute(sql, plain(values))).rowcount

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            await self.connection.executemany(sql, rows)


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


_MAY_HOLD_TEXT = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'organisation'"


async def _ids_as_bytes(connection: aiosqlite.Connection) -> None:
    """Turn the ids of a database that an earlier version wrote as text into bytes: all of them, or none."""
    if not list(await connection.execute_fetchall(_MAY_HOLD_TEXT)):
        return
    if not list(await connection.execute_fetchall("SELECT 1 FROM organisation WHERE typeof(id) = 'text' LIMIT 1")):
        return
    await connection.create_function("id_bytes", 1, lambda text: UUID(text).bytes, deterministic=True)
    await connection.execute("BEGIN IMMEDIATE")
    try:
        # Both ends of a reference change, one after the other.
        await connection.execute("PRAGMA defer_foreign_keys = ON")
        columns = await connection.execute_fetchall(
            "SELECT t.name AS held, c.name AS field FROM sqlite_master t JOIN pragma_table_info(t.name) c "
            "WHERE t.type = 'table' AND c.type = 'UUID'"
        )
        for column in columns:
            held, field = dict(column)["held"], dict(column)["field"]
            change = f"UPDATE {held} SET {field} = id_bytes({field}) WHERE typeof({field}) = 'text'"  # noqa: S608
            await connection.execute(change)
        await connection.execute("COMMIT")
    except BaseException:
        await connection.rollback()
        raise


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
            await _ids_as_bytes(self._writer)
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
        try:
            await connection.execute(begin)
            async with joined(self.engine, transaction := _SQLiteTransaction(connection)):
                yield transaction
            await connection.execute("COMMIT")
        except BaseException as error:
            # Waits its turn behind whatever the connection's thread still does, so that it also takes back a BEGIN
            # whose request was cancelled; where nothing is open (SQLite has rolled back itself) it does nothing.
            await asyncio.shield(asyncio.ensure_future(connection.rollback()))
            problem = _sqlite_problem(error) if isinstance(error, sqlite3.Error) else None
            if problem is None:
                raise
            raise problem from error

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

    async def scrub(self) -> None:
        # secure_delete overwrites what is deleted, but a page that was split or moved may have left a copy in free
        # space, and the write-ahead log holds pages as they were: write the file anew, then cut the log to nothing.
        async with self._write_lock:
            if self._writer is None:
                raise Problem("database_unavailable", retry_after=30)
            try:
                await self._writer.execute_fetchall("VACUUM")
                await self._truncate_log(self._writer)
            except sqlite3.Error as error:
                raise _sqlite_problem(error) or error from error

    @staticmethod
    async def _truncate_log(writer: aiosqlite.Connection) -> None:
        # A reader keeps the log in use as long as its snapshot lasts; most are over in milliseconds.
        for _ in range(_SCRUB_TRIES):
            [state] = await writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            if not dict(state)["busy"]:
                return
            await asyncio.sleep(0.2)
        raise Problem("database_busy", retry_after=60)

    def _worth_retrying(self, error: Exception) -> bool:
        return False  # busy_timeout has waited five seconds already
