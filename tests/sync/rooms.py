"""Opens a house on either engine: for pytest and for `scripts/bench faults` alike."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from tests.sync import mutants_judging, mutants_travel, steps  # noqa: F401  (they register what they hold)
from tests.sync.house import House, open_house
from tests.sync.server import PostgresStorage, Server, SQLiteStorage, inline_sqlite, watched

MEMORY = Path("/dev/shm")
"""A folder in memory, where there is one: copies cost nothing there."""


@asynccontextmanager
async def sqlite_house() -> AsyncIterator[House]:
    """A house on SQLite files."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name, inline_sqlite():
        server = Server(SQLiteStorage(Path(name)), Path(name))
        with watched(server.statements):
            async with open_house(server) as house:
                yield house


@asynccontextmanager
async def postgres_house(server_url: str) -> AsyncIterator[House]:
    """A house on databases of a PostgreSQL server, whose address names its database `postgres`."""
    storage = PostgresStorage(lambda name: server_url.replace("/postgres?", f"/{name}?"), f"s{uuid4().hex[:12]}")
    await storage.create()
    with tempfile.TemporaryDirectory() as name:
        server = Server(storage, Path(name))
        try:
            with watched(server.statements):
                async with open_house(server) as house:
                    yield house
        finally:
            await storage.drop(["current", "house", "empty", "copy"])
