"""Both databases behind one interface: transactions, savepoints, migrations, and what a broken store answers."""

import asyncio
import shutil
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from piccolo.table import Table

from tests.helpers import contact_mutations, push_body, sign_in
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database
from wegwijs.foundation.migrate import FOLDER, SchemaAhead, SchemaBehind, check_schema, migrate
from wegwijs.foundation.problems import Problem
from wegwijs.operation.dump import LEFT_OUT, tables
from wegwijs.people.tables import Person
from wegwijs.piccolo_app import TABLES


async def names(db: Database) -> list[str]:
    async with db.read():
        return sorted(row["display_name"] for row in await Person.select(Person.display_name))


async def add(name: str) -> None:
    await Person.insert(Person(id=uuid4(), display_name=name, created_at=now()))


async def test_a_transaction_is_whole_or_not_at_all(db: Database) -> None:
    with pytest.raises(KeyError):
        async with db.write():
            await add("half")
            raise KeyError
    async with db.write():
        await add("whole")
    assert await names(db) == ["whole"]


async def test_a_savepoint_takes_back_only_what_happened_inside(db: Database) -> None:
    async with db.write() as tx:
        await add("before")
        with pytest.raises(KeyError):
            async with tx.savepoint():
                await add("inside")
                raise KeyError
        await add("after")
    assert await names(db) == ["after", "before"]


async def test_eighty_writers_that_read_first_all_succeed(db: Database) -> None:
    async with db.write() as tx:
        await tx.execute("CREATE TABLE tally (n INTEGER)")
        await tx.execute("INSERT INTO tally (n) VALUES (0)")

    async def one() -> None:
        async with db.write() as tx:
            row = await tx.fetch_one(f"SELECT n FROM tally {tx.for_update}")
            assert row is not None
            await tx.execute("UPDATE tally SET n = ?", row["n"] + 1)

    await asyncio.gather(*(one() for _ in range(80)))
    async with db.read() as tx:
        assert await tx.fetch_one("SELECT n FROM tally") == {"n": 80}


async def test_a_reader_sees_one_snapshot(db: Database) -> None:
    async with db.read() as tx:
        before = await tx.fetch("SELECT display_name FROM person")
        await asyncio.create_task(_write(db))
        assert await tx.fetch("SELECT display_name FROM person") == before == []
    assert await names(db) == ["later"]


async def _write(db: Database) -> None:
    async with db.write():
        await add("later")


async def test_a_request_that_is_cancelled_anywhere_leaves_the_connection_usable(db: Database) -> None:
    """Cancelled after each number of turns of the loop, from before BEGIN to after COMMIT."""
    for turns in range(40):
        task = asyncio.create_task(_write(db))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with db.write():
        await add("last")
    assert "last" in await names(db)


async def test_a_query_outside_a_transaction_fails_loudly(db: Database) -> None:
    with pytest.raises(RuntimeError, match="outside"):
        await Person.select()


async def test_migrating_again_does_nothing_and_says_so(db: Database) -> None:
    told: list[str] = []
    assert await migrate(db, told.append) == []
    assert told == ["nothing to do: the database is up to date"]


async def test_every_column_of_every_table_is_in_the_migrated_database(db: Database) -> None:
    for table in TABLES:
        async with db.read() as tx:
            if db.kind == "sqlite":
                rows = await tx.fetch(f"SELECT name FROM pragma_table_info('{table._meta.tablename}')")
            else:
                rows = await tx.fetch(
                    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = ?",
                    table._meta.tablename,
                )
        assert {row["name"] for row in rows} == {column._meta.db_column_name for column in table._meta.columns}


async def test_a_database_behind_the_code_is_refused_and_migrating_tells_each_step(
    db: Database, tmp_path: Path
) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    (folder / "0999_more.sql").write_text(
        "-- one column more\n-- kind: expand\nALTER TABLE person ADD COLUMN extra TEXT;"
    )
    with pytest.raises(SchemaBehind, match="0999_more"):
        await check_schema(db, folder)
    told: list[str] = []
    await migrate(db, told.append, folder)
    assert told == ["applied 0999_more (expand): one column more"]
    # The release before it still runs: an expanding step takes nothing away.
    await check_schema(db)
    async with db.write():
        await add("old release")


async def test_a_database_contracted_by_a_newer_release_is_refused(db: Database, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    (folder / "0999_less.sql").write_text(
        "-- drop a column\n-- kind: contract\nALTER TABLE person DROP COLUMN display_name;"
    )
    await migrate(db, lambda line: None, folder)
    with pytest.raises(SchemaAhead, match="0999_less"):
        await check_schema(db)


async def test_a_migration_that_fails_leaves_nothing_half_done(db: Database, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    (folder / "0999_bad.sql").write_text(
        "-- breaks\n-- kind: expand\nCREATE TABLE half (id INTEGER);\nALTER TABLE nowhere ADD COLUMN x TEXT;"
    )
    with pytest.raises(Problem, match="database_unavailable"):
        await migrate(db, lambda line: None, folder)
    async with db.read() as tx:
        with pytest.raises(Exception, match="half"):
            await tx.fetch("SELECT * FROM half")


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_sqlite_is_durable_and_checks_references(db: Database) -> None:
    async with db.read() as tx:
        found: dict[str, Any] = {}
        for pragma in ("journal_mode", "synchronous", "foreign_keys", "secure_delete"):
            found |= await tx.fetch_one(f"PRAGMA {pragma}") or {}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_locked_database_answers_busy_and_nothing_is_lost(app: Any, database_url: str) -> None:
    worker = await sign_in(app, "worker")
    body = push_body(worker, contact_mutations())
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = await worker.client.post("/api/sync/v1/push", json=body)
    other.execute("ROLLBACK")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
    assert int(answer.headers["retry-after"]) > 0
    again = await worker.client.post("/api/sync/v1/push", json=body)
    assert [result["status"] for result in again.json()["results"]] == ["applied", "applied"]


async def read_only(app: Any, on: bool) -> None:
    """Make the application's database refuse writes, as a full disk or a standby does."""
    database = app.dependencies["db"].dependency()  # the one that serves, not the one the tests look with
    if database.kind == "sqlite":
        await database._writer.execute_fetchall(f"PRAGMA query_only = {on:d}")
        return
    connection = await asyncpg.connect(app.state.settings.database_url)
    await connection.execute("SET default_transaction_read_only = off")
    name = await connection.fetchval("SELECT quote_ident(current_database())")
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {'on' if on else 'off'}")
    await connection.close()
    await database._pool.expire_connections()


async def test_a_read_only_database_answers_so_and_nothing_is_lost(app: Any) -> None:
    worker = await sign_in(app, "worker")
    body = push_body(worker, contact_mutations())
    await read_only(app, True)
    answer = await worker.client.post("/api/sync/v1/push", json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_read_only")
    await read_only(app, False)
    again = await worker.client.post("/api/sync/v1/push", json=body)
    assert [result["status"] for result in again.json()["results"]] == ["applied", "applied"]


async def test_a_database_that_cannot_be_opened_is_a_clear_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    db = Database.from_url(f"sqlite:///{tmp_path}/file/wegwijs.db")
    with pytest.raises(Problem, match="database_unavailable"):
        await db.open()
    (tmp_path / "junk.db").write_text("this is no database, only a text that is long enough" * 20)
    with pytest.raises(Problem, match="database_unavailable"):
        await Database.from_url(f"sqlite:///{tmp_path}/junk.db").open()


async def test_a_postgresql_that_is_not_there_is_a_clear_problem() -> None:
    with pytest.raises(Problem, match="database_unavailable"):
        await Database.from_url("postgresql://nobody@127.0.0.1:1/none").open()


async def test_piccolo_knows_every_table(db: Database) -> None:
    async with db.read() as tx:
        found = {table.name for table in await tables(tx)} | LEFT_OUT
    found -= {"schema_migration", "sqlite_sequence"}
    assert all(issubclass(table, Table) for table in TABLES)
    assert {table._meta.tablename for table in TABLES} == found


async def test_ids_that_an_earlier_version_wrote_as_text_become_bytes_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    url = f"sqlite:///{path}"
    db = Database.from_url(url)
    await db.open()
    await migrate(db, lambda _line: None)
    organisation, contact, request = uuid4(), uuid4(), uuid4()
    moment = now()
    who = {"organisation": organisation, "author": uuid4(), "device": uuid4(), "version": 1, "received_at": moment}
    meeting = {"id": contact, "team": uuid4(), "date_precision": "none", "clock_skewed": False, "heavy": False}
    meeting |= {"incomplete": False, "tier": "unlinked"}
    asked = {"id": request, "contact_id": contact, "position": 0, "theme": "HOU", "subtheme": "HOU.social"}
    asked |= {"further_actions": "[]", "barriers": "[]"}
    named = {"id": organisation, "name": "Stad", "slug": "stad", "country": "BE", "default_language": "nl"}
    named |= {"time_zone": "Europe/Brussels", "legal_hold": False, "is_demo": False, "created_at": moment}
    async with db.write() as tx:
        for table, row in (
            ("organisation", named),
            ("contact", {**who, **meeting}),
            ("help_request", {**who, **asked}),
        ):
            marks = ", ".join("?" * len(row))
            await tx.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
    await db.close()
    old = sqlite3.connect(path, isolation_level=None)
    old.create_function("id_text", 1, lambda stored: str(UUID(bytes=stored)))
    for table, columns in {
        "organisation": ["id"],
        "contact": ["id", "author"],
        "help_request": ["id", "contact_id"],
    }.items():
        for column in columns:
            old.execute(f"UPDATE {table} SET {column} = id_text({column})")
    assert old.execute("SELECT typeof(contact_id) FROM help_request").fetchone() == ("text",)
    old.close()

    await db.open()
    async with db.read() as tx:
        found = await tx.fetch_one("SELECT contact_id, author FROM help_request WHERE id = ?", request)
        above = await tx.fetch_one("SELECT author FROM contact WHERE id = ?", contact)
    await db.close()
    assert found is not None and above is not None
    assert found["contact_id"] == contact and above["author"] == who["author"]
