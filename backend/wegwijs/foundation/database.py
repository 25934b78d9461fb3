"""One way to both databases: what a transaction and a database offer, whichever it is.

SQL is written with `?`. Piccolo queries join the transaction that is open in the same task.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

import asyncpg
import msgspec
from piccolo.engine.base import Engine
from piccolo.table import TABLE_REGISTRY

from wegwijs.foundation.problems import Problem

T = TypeVar("T")
Kind = Literal["sqlite", "postgresql"]
Row = dict[str, Any]

_RETRIES = 5
_STRUCTURED = frozenset({list, dict})
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


def plain(values: Sequence[object]) -> Sequence[object]:
    """Lists and dicts as JSON text; everything else as it is."""
    if not _STRUCTURED.isdisjoint(map(type, values)):
        return [_encode(value).decode() if type(value) in _STRUCTURED else value for value in values]
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
        """Run one statement for each row, as one bulk operation. Here lists and dicts are the caller's to encode."""

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
async def joined(engine: Engine[Any], transaction: Any) -> AsyncIterator[None]:
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
            from wegwijs.foundation.sqlite import SQLiteDatabase  # noqa: PLC0415 (it imports this module)

            return SQLiteDatabase(Path(unquote(url.removeprefix("sqlite:///"))))
        from wegwijs.foundation.postgresql import PostgresDatabase  # noqa: PLC0415 (it imports this module)

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
    async def scrub(self) -> None:
        """Leave nothing of deleted rows behind in the files, as far as the database can. Outside any transaction."""

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
