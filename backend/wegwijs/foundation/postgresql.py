"""PostgreSQL with a pool."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from wegwijs.foundation.database import Database, Kind, Row, Transaction, bind_tables, joined, plain
from wegwijs.foundation.problems import Problem


@lru_cache(maxsize=2048)
def _dollars(sql: str) -> str:
    """`?` to `$1`, `$2` …: our statements keep question marks out of literals."""
    parts = sql.split("?")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]


class _PostgresTransaction(Transaction):
    kind: Kind = "postgresql"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        return [dict(row) for row in await self.connection.fetch(_dollars(sql), *plain(values))]

    async def execute(self, sql: str, *values: object) -> int:
        status = str(await self.connection.execute(_dollars(sql), *plain(values)))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            await self.connection.executemany(_dollars(sql), rows)


# A plan that is kept from when a table was empty may read all of it for ever: handing in was 2.5 times slower after
# 4,000 records, because the ledger was searched by the wrong index. Planning each time costs a tenth of a millisecond.
_SETTINGS = {"plan_cache_mode": "force_custom_plan"}
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
            self._pool = await asyncpg.create_pool(
                self._dsn, min_size=1, max_size=8, command_timeout=60, server_settings=_SETTINGS
            )
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
                async with joined(self.engine, transaction):
                    yield transaction
        except asyncpg.ReadOnlySQLTransactionError as error:
            raise Problem("database_read_only", retry_after=60) from error
        except asyncpg.CharacterNotInRepertoireError as error:
            # U+0000, the one character that PostgreSQL keeps in no text: what was asked cannot be, the server is well.
            raise Problem("bad_request", "A text holds a character that cannot be stored.") from error
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

    async def scrub(self) -> None:
        # Dead rows are taken out of their pages. Free space of a page and the write-ahead log may hold bytes until they
        # are overwritten: that, and the disk below, is the business of whoever runs the server (docs/operate.md).
        if self._pool is None:
            raise Problem("database_unavailable", retry_after=30)
        try:
            async with self._pool.acquire() as connection:
                await connection.execute("VACUUM", timeout=3600)
        except _POSTGRES_GONE as error:
            raise Problem("database_unavailable", retry_after=30) from error

    def _worth_retrying(self, error: Exception) -> bool:
        return isinstance(error, _POSTGRES_AGAIN)
