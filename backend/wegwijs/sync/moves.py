"""Records that pass from one scope to another: the old scope is told that they left, the new one gets them.

Every writer that changes what decides the scopes of a row (its author, its team) goes through here, or writes the same
entries: a move without its `remove` leaves a copy on a device that may no longer have one.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from wegwijs.foundation.database import Transaction
from wegwijs.sync.entity import Registry, Row, SyncedEntity
from wegwijs.sync.feed import FeedEntry, record_changes
from wegwijs.sync.rows import load_rows, update_rows


async def move(
    tx: Transaction, registry: Registry, organisation: UUID, name: str, ids: Sequence[UUID], change: Mapping[str, UUID]
) -> int:
    """Change what decides the scopes of records (`{"team": …}`, `{"author": …}`), with all that hangs on them.

    Every row of them gets a new version, since what it says of itself changed, or where it is. Returns how many.
    """
    entries: list[FeedEntry] = []
    root = registry.get(name)
    # Children first, as a push locks them.
    below: list[tuple[SyncedEntity, str, list[Row]]] = [
        (entity, reference, await load_rows(tx, entity, ids, by=reference, lock=True))
        for entity, reference in registry.children(name)
    ]
    rows = {row["id"]: row for row in await load_rows(tx, root, ids, lock=True) if row["organisation"] == organisation}
    before = {identity: root.scopes(row) for identity, row in rows.items()}
    for row in rows.values():
        row.update(change)
    for entity, reference, children in [*below, (root, "id", list(rows.values()))]:
        mine = [row for row in children if row[reference] in rows]
        for row in mine:
            row["version"] += 1
            owner = rows[row[reference]]
            entries += _moved(entity.name, row, before[owner["id"]], root.scopes(owner))
        await update_rows(tx, entity, mine)
    if entries:
        await record_changes(tx, organisation, entries)
    return len(rows)


def _moved(name: str, row: Row, old: tuple[str, ...], new: tuple[str, ...]) -> list[FeedEntry]:
    left = [FeedEntry(scope, name, row["id"], "remove", row["version"], "scope") for scope in old if scope not in new]
    deleted = row["deleted_at"] is not None
    kind, reason = ("remove", "deleted") if deleted else ("put", None)
    return [*left, *(FeedEntry(scope, name, row["id"], kind, row["version"], reason) for scope in new)]
