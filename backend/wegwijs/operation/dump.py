"""All tables as lines of JSON, the same from both databases and for both: written from one snapshot, loaded into one
transaction.

Ids and instants are text, bytes base64; the type of the column they go to tells how they are read. Each table is
followed by the count and SHA-256 of its lines, and the last line repeats all of them.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Row, Transaction, marks
from wegwijs.operation.archive import ArchiveError

FORMAT = 1
_PAGE = 2000
# What a restored server must not take over: sessions and challenges end, counters of tries and jobs begin anew.
LEFT_OUT = frozenset({"schema_migration", "session", "sign_in_challenge", "throttle", "job_run", "sqlite_sequence"})


class Table(msgspec.Struct, frozen=True):
    """A table of the database: its columns in order with their types in small letters, and its key."""

    name: str
    columns: dict[str, str]
    key: str


class Clock(msgspec.Struct, frozen=True):
    """Where an organisation's counter stood in the snapshot."""

    organisation: UUID
    epoch: str
    seq: int


class Head(msgspec.Struct, frozen=True):
    """The first line."""

    wegwijs_backup: int
    made_at: datetime
    migrations: list[str]
    clocks: list[Clock]


class Begin(msgspec.Struct, frozen=True):
    """The line before a table's rows."""

    table: str
    columns: list[str]


class Total(msgspec.Struct, frozen=True):
    """How many rows a table has, and the SHA-256 of their lines."""

    rows: int
    sha256: str


class End(msgspec.Struct, frozen=True):
    """The last line."""

    totals: dict[str, Total]


@dataclass(slots=True)
class Loaded:
    """What an archive turned out to hold."""

    head: Head
    totals: dict[str, Total]


# -- the database as it is -------------------------------------------------------------------------------------------


async def tables(tx: Transaction) -> list[Table]:
    """All tables that a backup holds, those that others refer to first."""
    if tx.kind == "sqlite":
        names = [row["name"] for row in await tx.fetch("SELECT name FROM sqlite_master WHERE type = 'table'")]
    else:
        names = [
            row["name"]
            for row in await tx.fetch(
                "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
            )
        ]
    found = [await _table(tx, name) for name in sorted(set(names) - LEFT_OUT)]
    return _parents_first(found, await _references(tx, [table.name for table in found]))


async def _table(tx: Transaction, name: str) -> Table:
    if tx.kind == "sqlite":
        rows = await tx.fetch(f"SELECT name, type, pk FROM pragma_table_info('{name}') ORDER BY cid")  # noqa: S608
        return Table(
            name,
            {row["name"]: row["type"].partition("(")[0].lower() for row in rows},
            next(row["name"] for row in rows if row["pk"]),
        )
    rows = await tx.fetch(
        "SELECT column_name AS name, data_type AS type FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position",
        name,
    )
    key = await tx.fetch_one(
        "SELECT k.column_name AS name FROM information_schema.table_constraints c "
        "JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name) "
        "WHERE c.table_schema = current_schema() AND c.table_name = ? AND c.constraint_type = 'PRIMARY KEY'",
        name,
    )
    assert key is not None
    return Table(name, {row["name"]: row["type"] for row in rows}, key["name"])


async def _references(tx: Transaction, names: list[str]) -> dict[str, set[str]]:
    """Which tables each table refers to."""
    found: dict[str, set[str]] = {name: set() for name in names}
    if tx.kind == "sqlite":
        for name in names:
            for row in await tx.fetch(f"SELECT \"table\" AS other FROM pragma_foreign_key_list('{name}')"):  # noqa: S608
                found[name].add(row["other"])
        return found
    for row in await tx.fetch(
        "SELECT conrelid::regclass::text AS name, confrelid::regclass::text AS other FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ):
        found.setdefault(row["name"], set()).add(row["other"])
    return found


def _parents_first(found: list[Table], references: dict[str, set[str]]) -> list[Table]:
    done: dict[str, Table] = {}
    waiting = found
    while waiting:
        ready = [table for table in waiting if references[table.name] - {table.name} <= set(done)]
        if not ready:
            raise RuntimeError("tables refer to each other in a ring")
        done |= {table.name: table for table in ready}
        waiting = [table for table in waiting if table.name not in done]
    return list(done.values())


# -- writing ---------------------------------------------------------------------------------------------------------


def _out(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    return value


def _lines(rows: list[Row], columns: Sequence[str], types: Sequence[str]) -> list[bytes]:
    boolean = [at for at, kind in enumerate(types) if kind == "boolean"]
    lines = []
    for row in rows:
        values = [_out(row[name]) for name in columns]
        for at in boolean:
            # SQLite has whole numbers for them; the lines are to be the same from both.
            values[at] = None if values[at] is None else bool(values[at])
        lines.append(msgspec.json.encode(values) + b"\n")
    return lines


async def dump(tx: Transaction, made_at: datetime) -> AsyncIterator[bytes]:
    """The whole database as lines, a page at a time. `tx` must be one snapshot."""
    migrations = await tx.fetch("SELECT name FROM schema_migration ORDER BY name")
    clocks = await tx.fetch("SELECT organisation, epoch, seq FROM sync_clock ORDER BY organisation")
    head = Head(FORMAT, made_at, [row["name"] for row in migrations], [Clock(**row) for row in clocks])
    yield msgspec.json.encode(head) + b"\n"
    totals: dict[str, Total] = {}
    for table in await tables(tx):
        columns, types = list(table.columns), list(table.columns.values())
        yield msgspec.json.encode(Begin(table.name, columns)) + b"\n"
        count, hashed, after = 0, hashlib.sha256(), None
        while True:
            rows = await _page(tx, table, after)
            if not rows:
                break
            lines = _lines(rows, columns, types)
            for line in lines:
                hashed.update(line)
            count, after = count + len(rows), rows[-1][table.key]
            yield b"".join(lines)
        totals[table.name] = Total(count, hashed.hexdigest())
        yield msgspec.json.encode(totals[table.name]) + b"\n"
    yield msgspec.json.encode(End(totals)) + b"\n"


async def _page(tx: Transaction, table: Table, after: object) -> list[Row]:
    where = "" if after is None else f"WHERE {table.key} > ? "
    values = [] if after is None else [after]
    return await tx.fetch(
        f"SELECT * FROM {table.name} {where}ORDER BY {table.key} LIMIT {_PAGE}",  # noqa: S608
        *values,
    )


# -- reading ---------------------------------------------------------------------------------------------------------


def pages(lines: Iterator[bytes]) -> Iterator[Head | tuple[Begin, list[list[Any]]] | End]:
    """An archive's lines: the head, the rows of each table a page at a time, and the totals, all compared with what is
    really there. Raises ArchiveError where they differ."""
    yield _decoded(next(lines, b""), Head)
    totals: dict[str, Total] = {}
    for line in lines:
        if not line.startswith(b'{"table"'):
            end = _decoded(line, End)
            if end.totals != totals or next(lines, None) is not None:
                raise ArchiveError("the backup's totals do not fit its tables")
            yield end
            return
        begin = _decoded(line, Begin)
        count, hashed, rows = 0, hashlib.sha256(), []
        for text in lines:
            if text.startswith(b"{"):
                totals[begin.table] = _decoded(text, Total)
                break
            hashed.update(text + b"\n")
            count += 1
            rows.append(_decoded(text, list[Any]))
            if len(rows) == _PAGE:
                yield begin, rows
                rows = []
        yield begin, rows
        if totals.get(begin.table) != Total(count, hashed.hexdigest()):
            raise ArchiveError(f"the rows of {begin.table} do not fit their count or their hash")
    raise ArchiveError("the backup has no end")


def _decoded(line: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError as error:
        raise ArchiveError("a line of the backup cannot be read") from error


def check(lines: Iterator[bytes]) -> Loaded:
    """Read an archive to its end and compare all counts and hashes. Raises ArchiveError."""
    head: Head | None = None
    for part in pages(lines):
        if isinstance(part, Head):
            head = part
        elif isinstance(part, End) and head is not None:
            return Loaded(head, part.totals)
    raise ArchiveError("the backup has no end")


def _converter(kind: str) -> Any:
    if kind == "uuid":
        return UUID
    if kind.startswith("timestamp"):
        return datetime.fromisoformat
    if kind in {"blob", "bytea"}:
        return base64.b64decode
    return None


async def load(tx: Transaction, lines: Iterator[bytes]) -> Loaded:
    """Load an archive into empty tables. Raises ArchiveError, also when a table or column is not known here."""
    known = {table.name: table for table in await tables(tx)}
    head: Head | None = None
    for part in pages(lines):
        if isinstance(part, Head):
            head = part
        elif isinstance(part, End):
            assert head is not None
            await _compare(tx, known, part.totals)
            await _set_sequences(tx, known.values())
            return Loaded(head, part.totals)
        else:
            await _insert(tx, known, *part)
    raise ArchiveError("the backup has no end")


async def _insert(tx: Transaction, known: dict[str, Table], begin: Begin, rows: list[list[Any]]) -> None:
    table = known.get(begin.table)
    if table is None or not set(begin.columns) <= set(table.columns):
        raise ArchiveError(f"the backup's table {begin.table} is not that of this release")
    converters = [
        (at, convert) for at, name in enumerate(begin.columns) if (convert := _converter(table.columns[name]))
    ]
    try:
        for row in rows:
            for at, convert in converters:
                row[at] = None if row[at] is None else convert(row[at])
    except (ValueError, TypeError, IndexError) as error:
        raise ArchiveError(f"a row of {begin.table} cannot be read") from error
    await tx.execute_many(
        f"INSERT INTO {table.name} ({', '.join(begin.columns)}) VALUES ({marks(len(begin.columns))})",  # noqa: S608
        rows,
    )


async def _compare(tx: Transaction, known: dict[str, Table], totals: dict[str, Total]) -> None:
    for name in known:
        found = await tx.fetch_one(f"SELECT COUNT(*) AS n FROM {name}")  # noqa: S608
        if found is None or found["n"] != (totals[name].rows if name in totals else 0):
            raise ArchiveError(f"{name} did not get all of its rows")


async def _set_sequences(tx: Transaction, known: Any) -> None:
    """PostgreSQL counts its serial numbers apart from the rows that were loaded; SQLite goes on from the highest."""
    if tx.kind != "postgresql":
        return
    for table in known:
        if table.columns[table.key] == "bigint":
            await tx.fetch(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{table.key}'), "  # noqa: S608
                f"(SELECT COALESCE(MAX({table.key}), 0) + 1 FROM {table.name}), false)"
            )
