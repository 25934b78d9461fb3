"""Rows of synced tables: read by id, written in bulk. Lists are JSON text in the database and lists in memory."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Transaction, marks
from wegwijs.sync.entity import Readable, Row, SyncedEntity

_CHUNK = 500


def _from_database(entity: Readable, row: Row) -> Row:
    for name in entity.lists:
        if row[name] is not None:
            row[name] = msgspec.json.decode(row[name])
    return row


def _to_database(entity: SyncedEntity, row: Row, names: Sequence[str]) -> list[Any]:
    if not entity.lists:
        return [row[name] for name in names]
    return [msgspec.json.encode(row[name]).decode() if name in entity.lists else row[name] for name in names]


async def load_rows(
    tx: Transaction, entity: Readable, ids: Iterable[UUID], *, by: str | None = None, lock: bool = False
) -> list[Row]:
    """Rows by their key (or by another column), in key order, which is also the order in which they are locked."""
    wanted = sorted(ids, key=attrgetter("int"))
    by = by or entity.key
    found: list[Row] = []
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found += await tx.fetch(
            f"SELECT * FROM {entity.table} WHERE {by} IN ({marks(len(chunk))}) ORDER BY {entity.key} "  # noqa: S608
            f"{tx.for_update if lock else ''}",
            *chunk,
        )
    return [_from_database(entity, row) for row in found]


async def insert_rows(tx: Transaction, entity: SyncedEntity, rows: list[Row]) -> None:
    """One bulk insert."""
    await tx.execute_many(
        f"INSERT INTO {entity.table} ({', '.join(entity.columns)}) VALUES ({marks(len(entity.columns))})",  # noqa: S608
        [_to_database(entity, row, entity.columns) for row in rows],
    )


async def update_rows(tx: Transaction, entity: SyncedEntity, rows: list[Row]) -> None:
    """One bulk update of whole rows."""
    names = tuple(name for name in entity.columns if name != "id")
    await tx.execute_many(
        f"UPDATE {entity.table} SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?",  # noqa: S608
        [_to_database(entity, row, (*names, "id")) for row in rows],
    )
