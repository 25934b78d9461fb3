"""The real application, in this process, on a real database that can be copied, cut off in the middle and restored.

What is not real here: the clock and the source of random ids (both follow the seed), the network (`network.py`), and on
SQLite the worker threads: statements run where they are awaited, so that a seed replays exactly.
"""

import asyncio
import os
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import aiosqlite
import asyncpg
from litestar import Litestar

from wegwijs.app import create_app
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation import clock as server_clock
from wegwijs.foundation import postgresql, sqlite
from wegwijs.foundation.database import Database
from wegwijs.foundation.migrate import migrate
from wegwijs.foundation.settings import Settings, load_settings
from wegwijs.operation.nightly import recover
from wegwijs.operation.restore import restore
from wegwijs.sync import digests
from wegwijs.sync.history import History, Upcast

ORIGIN = "http://localhost:8000"
HISTORY = History(
    schema=5,
    steps={
        2: {"contact": Upcast(renamed={"minutes": "duration"})},
        3: {"contact": Upcast(values={"setting": {"on_the_street": "street"}})},
        5: {"contact": Upcast(added={"heavy": False})},
    },
)
"""A past for the records: the oldest app that is still taken in speaks version 1."""
PATIENCE = 0.25
"""Seconds: a transaction that has not ended by then waits for a lock."""
BEGIN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class PowerCut(Exception):
    """The server process ended here: the open transaction never happened, and nobody got an answer."""


class Clock:
    """The one clock of the simulated world."""

    def __init__(self) -> None:
        self.now = BEGIN

    def advance(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


class Statements:
    """Looks at every statement of the server's write transactions; can cut the power at a numbered one."""

    def __init__(self) -> None:
        self.cut_at: int | None = None
        self.seen = self.cuts = 0
        self.before: Callable[[Any, str], Any] | None = None

    def arm(self, cut_at: int | None) -> None:
        """Count anew, and cut before statement number `cut_at` (0 is the first)."""
        self.cut_at, self.seen = cut_at, 0

    async def pass_by(self, transaction: Any, sql: str) -> None:
        """Called before each statement."""
        if self.before is not None:
            await self.before(transaction, sql)
        if self.cut_at is not None:
            self.seen += 1
            if self.seen > self.cut_at:
                self.cut_at = None  # the next process runs
                self.cuts += 1
                raise PowerCut(sql)


@contextmanager
def watched(statements: Statements) -> Iterator[None]:
    """Let every statement of both engines' transactions pass by `statements`."""
    with ExitStack() as stack:
        for kind in (sqlite._SQLiteTransaction, postgresql._PostgresTransaction):
            for name in ("fetch", "execute", "execute_many"):
                stack.enter_context(patch.object(kind, name, _watching(getattr(kind, name), statements)))
        for database in (sqlite.SQLiteDatabase, postgresql.PostgresDatabase):
            stack.enter_context(patch.object(database, "write", _watching_commit(database.write, statements)))
        yield


def _watching(original: Any, statements: Statements) -> Any:
    async def statement(self: Any, sql: str, *values: Any) -> Any:
        await statements.pass_by(self, sql)
        return await original(self, sql, *values)

    return statement


def _watching_commit(original: Any, statements: Statements) -> Any:
    @asynccontextmanager
    async def write(self: Any) -> AsyncIterator[Any]:
        async with original(self) as transaction:
            yield transaction
            await statements.pass_by(transaction, "COMMIT")
        await statements.pass_by(transaction, "committed")

    return write


@contextmanager
def inline_sqlite() -> Iterator[None]:
    """Run SQLite's statements in this thread, one after the other in the order in which they are awaited."""

    async def execute(self: Any, function: Any, *args: Any, **more: Any) -> Any:
        if not self._connection:
            raise ValueError("Connection closed")
        await asyncio.sleep(0)
        return function(*args, **more)

    async def connect(self: Any) -> Any:
        self._connection = self._connection or self._connector()
        return self

    async def close(self: Any) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    with (
        patch.object(aiosqlite.Connection, "_execute", execute),
        patch.object(aiosqlite.Connection, "close", close),
        patch.object(aiosqlite.Connection, "__await__", lambda self: connect(self).__await__()),
    ):
        yield


@contextmanager
def deterministic(clock: Clock, source: random.Random) -> Iterator[None]:
    """The server's clock is `clock`, its random ids come from `source`, and its records have a past."""

    class SimulatedTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return clock.now

    with (
        patch.object(server_clock, "datetime", SimulatedTime),
        patch.object(os, "urandom", source.randbytes),
        patch.object(REGISTRY, "history", HISTORY),
    ):
        yield


class Storage(Protocol):
    """Where databases are kept: copies are what restarts, backups and schedules are made of."""

    url: str

    async def copy(self, source: str, target: str) -> None:
        """Make `target` an exact copy of `source`. Nobody may be connected to either."""


class SQLiteStorage:
    """Files in one folder; in memory where the machine has such a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"sqlite:///{folder / 'current.db'}"

    async def copy(self, source: str, target: str) -> None:
        for ending in ("-wal", "-shm"):
            (self._folder / f"{target}.db{ending}").unlink(missing_ok=True)
        origin = sqlite3.connect(self._folder / f"{source}.db")
        origin.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        origin.close()
        shutil.copyfile(self._folder / f"{source}.db", self._folder / f"{target}.db")


class PostgresStorage:
    """Databases of one server."""

    def __init__(self, url_of: Callable[[str], str], prefix: str) -> None:
        self._url_of, self._prefix = url_of, prefix
        self.url = url_of(f"{prefix}_current")

    async def create(self) -> None:
        """An empty database to begin with."""
        await self._run(f"CREATE DATABASE {self._prefix}_current TEMPLATE template0 ENCODING 'UTF8'")

    async def copy(self, source: str, target: str) -> None:
        await self._run(
            f"DROP DATABASE IF EXISTS {self._prefix}_{target} WITH (FORCE)",
            f"CREATE DATABASE {self._prefix}_{target} TEMPLATE {self._prefix}_{source} STRATEGY FILE_COPY",
        )

    async def drop(self, names: list[str]) -> None:
        """Remove what was made."""
        await self._run(*(f"DROP DATABASE IF EXISTS {self._prefix}_{name} WITH (FORCE)" for name in names))

    async def _run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._url_of("postgres"))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


class Server:
    """The application, its database and what the tests may do to both."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        self.storage = storage
        self.clock = Clock()
        self.statements = Statements()
        self.settings: Settings = load_settings(
            {},
            data_dir=folder / "data",
            keys_dir=folder / "keys",
            database_url=storage.url,
            public_url=ORIGIN,
            log_level="error",
        )
        self.app: Litestar = create_app(self.settings)
        self.db: Database = self.app.dependencies["db"].dependency()  # type: ignore[union-attr]
        # What the makers of people in tests/helpers.py look for.
        self.app.state.db, self.app.state.settings = self.db, self.settings
        self.backups = folder / "backups"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        """Open the application on a migrated database with the tests' history of every row."""
        await self.db.open()
        await migrate(self.db, lambda _line: None)
        async with self.db.write() as tx:
            await tx.execute(_history_table(self.db.kind))
        await self.keep("empty")
        async with self.db.write() as tx:
            for statement in _history_triggers(self.db.kind):
                await tx.execute(statement)
        await self.db.close()
        ready, stop = asyncio.get_running_loop().create_future(), asyncio.Event()

        async def live() -> None:
            async with self.app.lifespan():
                ready.set_result(None)
                await stop.wait()

        task = asyncio.create_task(live())
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if ready.done():
                yield self
        finally:
            stop.set()
            await task

    async def keep(self, name: str) -> None:
        """Keep a copy of the database as it is now."""
        await self.db.close()
        await self.storage.copy("current", name)
        await self.db.open()

    async def go_back(self, name: str) -> None:
        """Put a kept copy in the place of the database, as a person does who restores files: with the server ended."""
        await self.db.close()
        digests._memory.known.clear()  # a process that begins remembers nothing
        await self.storage.copy(name, "current")
        await self.db.open()

    async def start_again(self) -> None:
        """What a server does before it answers: look whether its database was put back, carry out the journal."""
        await recover(self.db, self.settings, REGISTRY)

    async def restore(self, path: Path) -> None:
        """Put a backup into an empty database, as `wegwijs restore` does."""
        await self.go_back("empty")
        await restore(self.db, self.settings, REGISTRY, path)
        async with self.db.write() as tx:
            for statement in _history_triggers(self.db.kind):
                await tx.execute(statement)

    async def until_done_or_waiting(self, task: "asyncio.Task[Any]") -> None:
        """Wait until a task is done, or can be seen to wait for a lock that another holds."""
        if self.db.kind == "postgresql":
            await asyncio.wait({task}, timeout=PATIENCE)
        for _ in range(2000):
            if task.done() or self.db.kind == "postgresql":
                return
            await asyncio.sleep(0)

    def forget_the_past(self) -> None:
        """Begin a schedule: no journal, no noted positions, no backups."""
        for folder in (self.settings.journal_dir, self.backups):
            shutil.rmtree(folder, ignore_errors=True)


def _history_table(kind: str) -> str:
    """The tests' own table: every version that a row ever had. Committed ones only, as it is written by triggers."""
    serial = "INTEGER PRIMARY KEY AUTOINCREMENT" if kind == "sqlite" else "BIGSERIAL PRIMARY KEY"
    return (
        f"CREATE TABLE sim_history (pos {serial}, kind TEXT, id UUID, version INTEGER, field TEXT, value TEXT, "
        "device UUID, organisation UUID, author UUID, deleted_by UUID)"
    )


def _history_triggers(kind: str) -> list[str]:
    values = {"contact": ("duration", "group_size"), "help_request": ("outcome", "barriers"), "note": ("text",)}
    statements = [
        # A constraint of the store that the rules do not know: what a fault of ours would look like.
        "CREATE UNIQUE INDEX sim_one_such_position ON help_request (organisation, position) WHERE position = 98"
    ]
    for table, names in values.items():
        rows = [f"('{table}', NEW.id, NEW.version, '{name}', CAST(NEW.{name} AS TEXT), NEW.device, NEW.organisation, "
                "NEW.author, NEW.deleted_by)" for name in names]  # fmt: skip
        insert = (
            "INSERT INTO sim_history (kind, id, version, field, value, device, organisation, author, deleted_by) "
            f"VALUES {', '.join(rows)};"
        )
        if kind == "sqlite":
            statements += [
                f"CREATE TRIGGER sim_{table}_{when} AFTER {when} ON {table} BEGIN {insert} END"
                for when in ("INSERT", "UPDATE")
            ]
        else:
            statements += [
                f"CREATE FUNCTION sim_{table}() RETURNS trigger AS $$ BEGIN {insert} RETURN NULL; END $$ "
                "LANGUAGE plpgsql",
                f"CREATE TRIGGER sim_{table} AFTER INSERT OR UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION sim_{table}()",
            ]
    insert = (
        "INSERT INTO sim_history (kind, id, version, field, value, device, organisation, author) "
        "VALUES ('conflict', NEW.id, NEW.version, 'choice', NEW.choice, NEW.settled_by, NEW.organisation, "
        "NEW.membership);"
    )
    if kind == "sqlite":
        return [*statements, f"CREATE TRIGGER sim_choice AFTER UPDATE ON sync_conflict BEGIN {insert} END"]
    return [
        *statements,
        f"CREATE FUNCTION sim_choice() RETURNS trigger AS $$ BEGIN {insert} RETURN NULL; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER sim_choice AFTER UPDATE ON sync_conflict FOR EACH ROW EXECUTE FUNCTION sim_choice()",
    ]
