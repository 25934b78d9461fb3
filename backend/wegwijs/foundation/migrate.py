"""Migrations: numbered SQL files that run as they are on both databases, each in one transaction.

Expand and contract: a release only *expands* (adds tables, nullable columns, indexes), so that the release before it
still runs on the new schema and a roll-back needs no restore. What nothing uses any more is dropped by a *contracting*
file one release later. A file begins with its description and its kind; `{serial}` stands for the one type that has
two names. Piccolo's own migration files would be 4,000 generated lines for the same tables, and its changes of column
types do not run on SQLite.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wegwijs.foundation.clock import now, rfc3339
from wegwijs.foundation.database import Database, Transaction

FOLDER = Path(__file__).parents[1] / "migrations"
_SERIAL = {"sqlite": "INTEGER", "postgresql": "BIGSERIAL"}
_HISTORY = (
    "CREATE TABLE IF NOT EXISTS schema_migration "
    "(name VARCHAR(80) PRIMARY KEY, kind VARCHAR(8) NOT NULL, description TEXT NOT NULL, "
    "applied_at VARCHAR(30) NOT NULL)"
)
# Any number; it only has to be the same for every process that migrates the same database.
_LOCK = 7274496


class SchemaBehind(Exception):
    """The database lacks migrations that this code needs."""


class SchemaAhead(Exception):
    """The database has been contracted by a newer release: this code would miss columns."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `kind` is expand or contract."""

    name: str
    kind: str
    description: str
    statements: tuple[str, ...]


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """All migrations in order. Raises ValueError when a file lacks its two head lines."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        head = re.match(r"-- (?P<description>.+)\n-- kind: (?P<kind>expand|contract)\n", text)
        if head is None:
            raise ValueError(
                f"{path.name}: must begin with a line '-- description' and a line '-- kind: expand|contract'"
            )
        body = re.sub(r"--.*", "", text)
        statements = tuple(statement.strip() for statement in body.split(";") if statement.strip())
        found.append(Migration(path.stem, head["kind"], head["description"], statements))
    return found


async def _applied(tx: Transaction) -> dict[str, str]:
    """Names and kinds of what has been applied; empty on a new database."""
    if tx.kind == "sqlite":
        known = await tx.fetch_one("SELECT name FROM sqlite_master WHERE name = 'schema_migration'")
    else:
        known = await tx.fetch_one("SELECT to_regclass('schema_migration') AS name")
    if known is None or known["name"] is None:
        return {}
    return {row["name"]: row["kind"] for row in await tx.fetch("SELECT name, kind FROM schema_migration")}


async def check_schema(db: Database, folder: Path = FOLDER) -> None:
    """Compare the database with the code. Raises SchemaBehind or SchemaAhead, with what to do in the message."""
    async with db.read() as tx:
        applied = await _applied(tx)
    known = {migration.name for migration in read_migrations(folder)}
    missing = sorted(known - set(applied))
    if missing:
        raise SchemaBehind(f"the database lacks {', '.join(missing)}: run `wegwijs migrate`")
    contracted = sorted(name for name, kind in applied.items() if name not in known and kind == "contract")
    if contracted:
        raise SchemaAhead(
            f"a newer release has contracted the database ({', '.join(contracted)}): install that release again, "
            "or restore the backup that was made before it"
        )


async def migrate(db: Database, tell: Callable[[str], None], folder: Path = FOLDER) -> list[str]:
    """Apply what is missing, one transaction a file, and tell each step. Returns the names that were applied."""
    done: list[str] = []
    for migration in read_migrations(folder):
        async with db.write() as tx:
            if tx.kind == "postgresql":
                await tx.fetch("SELECT pg_advisory_xact_lock(?)", _LOCK)
            await tx.execute(_HISTORY)
            if migration.name in await _applied(tx):
                continue
            for statement in migration.statements:
                await tx.execute(statement.replace("{serial}", _SERIAL[tx.kind]))
            await tx.execute(
                "INSERT INTO schema_migration (name, kind, description, applied_at) VALUES (?, ?, ?, ?)",
                migration.name,
                migration.kind,
                migration.description,
                rfc3339(now()),
            )
        tell(f"applied {migration.name} ({migration.kind}): {migration.description}")
        done.append(migration.name)
    if not done:
        tell("nothing to do: the database is up to date")
    return done
