"""The window of the devices: a record that asks for nothing leaves them some weeks after its last change.

It stays on the server, and comes back to the device by itself when it changes again. A record leaves with all that
hangs on it or not at all. What still asks for something stays: an open conflict, a mutation that waits or was refused,
and whatever the kind of record itself says in `keeps` (an incomplete contact).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from wegwijs.foundation.database import Database, Transaction, marks
from wegwijs.sync.entity import Readable, Registry, Row, SyncedEntity
from wegwijs.sync.feed import FeedEntry, record_changes
from wegwijs.sync.ledger import WITH_PAYLOAD
from wegwijs.sync.marks import seq_before
from wegwijs.sync.rows import load_rows

CHUNK = 200
# Devices pull a person's scope; the team's is for the server's own lists, and keeps all.
_PERSON = "member:"
_ON_DEVICES = f"{_PERSON}%"


async def close_window(db: Database, registry: Registry, organisation: UUID, moment: datetime, days: int) -> int:
    """Take what has not changed for `days` off the devices of an organisation. Returns how many rows left."""
    async with db.read() as tx:
        upto = await seq_before(tx, organisation, moment - timedelta(days=days))
    count = 0
    for kind in registry.windowed():
        after = 0
        while True:
            after, left = await db.run_write(
                lambda tx, kind=kind, after=after: _chunk(tx, registry, kind, organisation, after, upto)  # type: ignore[misc]
            )
            count += left
            if not after:
                break
    return count


async def returning(
    tx: Transaction, registry: Registry, organisation: UUID, root: SyncedEntity, owners: Sequence[Row]
) -> list[FeedEntry]:
    """What comes back to devices because something of it changed: of the trees of these roots that left by the window,
    every row. A help request must not come back without the contact that it belongs to."""
    scopes = {scope for row in owners for scope in root.scopes(row) if scope.startswith(_PERSON)}
    ids = sorted({row["id"] for row in owners})
    left = await tx.fetch(
        "SELECT scope, entity_id FROM sync_change WHERE organisation = ? AND reason = 'window' AND entity = ? "  # noqa: S608
        f"AND scope IN ({marks(len(scopes))}) AND entity_id IN ({marks(len(ids))})",
        organisation,
        root.name,
        *sorted(scopes),
        *ids,
    )
    if not left:
        return []
    back = sorted({row["entity_id"] for row in left})
    rows = [(root, row["id"], row) for row in await load_rows(tx, root, back)]
    for entity, reference in registry.children(root.name):
        rows += [(entity, row[reference], row) for row in await load_rows(tx, entity, back, by=reference)]
    return [
        FeedEntry(change["scope"], entity.name, row["id"], "put", row["version"])
        for change in left
        for entity, of, row in rows
        if of == change["entity_id"] and row["deleted_at"] is None
    ]


async def _chunk(
    tx: Transaction, registry: Registry, kind: Readable, organisation: UUID, after: int, upto: int
) -> tuple[int, int]:
    """One chunk: where to go on (0: at the end), and how many rows left."""
    found = await tx.fetch(
        "SELECT seq, scope, entity_id FROM sync_change WHERE organisation = ? AND scope LIKE ? AND entity = ? "
        "AND kind = 'put' AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
        organisation,
        _ON_DEVICES,
        kind.name,
        after,
        upto,
        CHUNK,
    )
    if not found:
        return 0, 0
    trees = await _trees(tx, registry, kind, organisation, [row["entity_id"] for row in found])
    entries = await _leaving(tx, organisation, trees, upto)
    if entries:
        await record_changes(tx, organisation, entries)
    return (found[-1]["seq"] if len(found) == CHUNK else 0), len(entries)


async def _trees(
    tx: Transaction, registry: Registry, kind: Readable, organisation: UUID, ids: Sequence[UUID]
) -> dict[UUID, list[UUID]]:
    """Root to the ids of its tree (itself first), without those that a kind of record wants to keep. Locked as a push
    locks them, so that none changes meanwhile."""
    kept: set[UUID] = set()
    trees: dict[UUID, list[UUID]] = {}
    for entity, reference in registry.children(kind.name):
        for row in await load_rows(tx, entity, ids, by=reference, lock=True):
            trees.setdefault(row[reference], []).append(row["id"])
            if entity.keeps(row):
                kept.add(row[reference])
    roots: dict[UUID, list[UUID]] = {}
    for row in await load_rows(tx, kind, ids, lock=True):
        identity = row[kind.key]
        if row["organisation"] == organisation and identity not in kept and not kind.keeps(row):
            roots[identity] = [identity, *trees.get(identity, [])]
    return roots


async def _leaving(tx: Transaction, organisation: UUID, trees: dict[UUID, list[UUID]], upto: int) -> list[FeedEntry]:
    """Entries for the trees in which nothing changed after `upto` and nothing is open."""
    ids = [identity for tree in trees.values() for identity in tree]
    busy = await _busy(tx, organisation, ids)
    feed: dict[UUID, list[Row]] = {}
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        for row in await tx.fetch(
            "SELECT scope, entity, entity_id, seq, version FROM sync_change WHERE organisation = ? "  # noqa: S608
            f"AND scope LIKE ? AND kind = 'put' AND entity_id IN ({marks(len(chunk))})",
            organisation,
            _ON_DEVICES,
            *chunk,
        ):
            feed.setdefault(row["entity_id"], []).append(row)
    entries = []
    for tree in trees.values():
        rows = [row for identity in tree for row in feed.get(identity, [])]
        if busy.isdisjoint(tree) and all(row["seq"] <= upto for row in rows):
            entries += [
                FeedEntry(row["scope"], row["entity"], row["entity_id"], "remove", row["version"], "window")
                for row in rows
            ]
    return entries


async def _busy(tx: Transaction, organisation: UUID, ids: list[UUID]) -> set[UUID]:
    """Records with an open conflict, or with a mutation that waits, was refused or was handed over."""
    busy: set[UUID] = set()
    waiting = sorted(WITH_PAYLOAD)
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        rows = await tx.fetch(
            "SELECT entity_id FROM sync_conflict WHERE organisation = ? AND settled_at IS NULL "  # noqa: S608
            f"AND entity_id IN ({marks(len(chunk))}) UNION SELECT entity_id FROM sync_ledger WHERE organisation = ? "
            f"AND status IN ({marks(len(waiting))}) AND entity_id IN ({marks(len(chunk))})",
            organisation,
            *chunk,
            organisation,
            *waiting,
            *chunk,
        )
        busy |= {row["entity_id"] for row in rows}
    return busy
