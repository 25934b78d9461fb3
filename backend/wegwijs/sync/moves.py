"""Records that pass from one scope to another: the old scope is told that they left, the new one gets them.

Every writer that changes what decides the scopes of a row (its author, its team) goes through here, or writes the same
entries: a move without its `remove` leaves a copy on a device that may no longer have one.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from wegwijs.foundation.database import Transaction, marks
from wegwijs.sync.entity import Registry, Row, SyncedEntity
from wegwijs.sync.feed import FeedEntry, record_changes
from wegwijs.sync.rows import load_rows, update_rows
from wegwijs.sync.served import CONFLICT

_CHUNK = 500


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
    if "team" in change:
        moved = [row["id"] for _, reference, children in below for row in children if row[reference] in rows]
        entries += await _pass_conflicts(tx, organisation, [*rows, *moved], change["team"])
    if entries:
        await record_changes(tx, organisation, entries)
    return len(rows)


async def _pass_conflicts(tx: Transaction, organisation: UUID, ids: Sequence[UUID], team: UUID) -> list[FeedEntry]:
    """Open conflicts go with their records: it is for the supervisors of the new team to choose now."""
    entries: list[FeedEntry] = []
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        found = await tx.fetch(
            "SELECT id, team, membership, version FROM sync_conflict WHERE organisation = ? AND settled_at IS NULL "  # noqa: S608
            f"AND team <> ? AND entity_id IN ({marks(len(chunk))}) ORDER BY id {tx.for_update}",
            organisation,
            team,
            *chunk,
        )
        for row in found:
            version = row["version"] + 1
            await tx.execute("UPDATE sync_conflict SET team = ?, version = ? WHERE id = ?", team, version, row["id"])
            entries.append(FeedEntry(f"team:{row['team']}", CONFLICT.name, row["id"], "remove", version, "scope"))
            for scope in (f"team:{team}", f"member:{row['membership']}"):
                entries.append(FeedEntry(scope, CONFLICT.name, row["id"], "put", version))
    return entries


def _moved(name: str, row: Row, old: tuple[str, ...], new: tuple[str, ...]) -> list[FeedEntry]:
    left = [FeedEntry(scope, name, row["id"], "remove", row["version"], "scope") for scope in old if scope not in new]
    deleted = row["deleted_at"] is not None
    kind, reason = ("remove", "deleted") if deleted else ("put", None)
    return [*left, *(FeedEntry(scope, name, row["id"], kind, row["version"], reason) for scope in new)]
