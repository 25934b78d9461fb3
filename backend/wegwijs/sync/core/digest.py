"""The digest of a scope: how many rows it holds and the xor of their marks, equal when two views are equal."""

from collections.abc import Iterable

from wegwijs.sync.core.canonical import row_mark


def scope_digest(rows: Iterable[tuple[str, str, int]]) -> tuple[int, str]:
    """Number of rows (entity, id, version) and the xor of their marks as 16 hex digits, in whatever order they come."""
    count = mark = 0
    for entity, entity_id, version in rows:
        count += 1
        mark ^= row_mark(entity, entity_id, version)
    return count, f"{mark:016x}"
